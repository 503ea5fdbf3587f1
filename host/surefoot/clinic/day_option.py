# SPDX-License-Identifier: MIT
"""The option --on DAY: what a command tells or keeps is of that day, not of today."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import date

from ..errors import CommandInvalid


def add_on(parser: ArgumentParser) -> None:
    parser.add_argument("--on", metavar="DAY", help="the day it is about, such as 2026-11-28 (default: today)")


def day_of(text: str, what: str) -> date:
    """Of words such as 2026-11-28; `what` names it. Raises CommandInvalid."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandInvalid(f"{what} {text} is no day: write it as 2026-11-28.") from None


def day_in(args: Namespace) -> date:
    """Raises CommandInvalid for what is no day, or is still to come."""
    if not args.on:
        return date.today()
    day = day_of(args.on, "--on")
    if day > date.today():
        raise CommandInvalid(f"--on {day} is still to come: check the date.")
    return day
