# SPDX-License-Identifier: MIT
"""Options of `surefoot record` beyond board, person and feet. Loads little: `surefoot --help` must stay quick."""

import argparse
from typing import Any

from .store.options import add_store

ASSISTANCE = ("none", "supervised", "contact", "minimal", "moderate", "maximal")


def add_conditions(parser: argparse.ArgumentParser) -> Any:
    """What two tests must share to be compared; the group of these options."""
    group = parser.add_argument_group(
        "circumstances", "kept with the test: two tests are only compared where these are the same and known"
    )
    group.add_argument("--aid", metavar="WHAT", help="walking aid: none, cane, walker ...")
    group.add_argument("--assistance", choices=ASSISTANCE, help="how much help was given")
    group.add_argument("--footwear", metavar="WHAT", help="what is worn on the feet")
    group.add_argument("--orthosis", metavar="WHAT", help="brace or splint: none, left ankle ...")
    group.add_argument("--medication", metavar="WHAT", help="taken for the condition: none, or its name")
    group.add_argument("--medication-min", type=float, metavar="MIN", help="minutes since the last dose")
    return group


def add_circumstances(parser: argparse.ArgumentParser) -> None:
    """In which circumstances a test or a scale is done."""
    group = add_conditions(parser)
    group.add_argument("--session", type=int, metavar="N", help="the how-manieth session of this test, from 1")
    group.add_argument("--age", type=int, metavar="YEARS", help="age at the test, for published figures only")
    group.add_argument("--sex", choices=("female", "male"), help="for published figures only")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Circumstances, who ends a trial, and the test by hand."""
    add_circumstances(parser)
    group = parser.add_argument_group("observer")
    group.add_argument(
        "--no-stop", action="store_true", help="a loss of balance that the device sees is told and ends no trial"
    )
    group = parser.add_argument_group("safety profile", "of a person who is in the clinic's store")
    group.add_argument("--despite", metavar="REASON", help="go on with a test that it blocks; the reason is kept")
    group.add_argument(
        "--by", metavar="WHO", help="who goes on (default: SUREFOOT_BY, else the name you are logged in by)"
    )
    group = parser.add_argument_group("the clinic's store")
    add_store(group)
    group.add_argument("--keep", action="store_true", help="put the test into the store, as `surefoot keep` does")
    group = parser.add_argument_group("heart rate", "shown beside the test and never judged")
    group.add_argument(
        "--heart",
        nargs="?",
        const="",
        metavar="NAME|ADDRESS",
        help="listen to a Bluetooth heart-rate strap: the one that is near, or this one ('surefoot devices --heart')",
    )
    hand = parser.add_argument_group("by hand", "without a board; what only the device can give is left out")
    hand.add_argument("--by-hand", action="store_true", help="run cues and keys on this computer's clock")
    hand.add_argument(
        "--typed",
        nargs="*",
        metavar="KEY=VALUE|FILE",
        help="what was timed elsewhere, such as elapsed_s=12.3 or eyes-open.2.held_s=30; without any, each is asked",
    )
