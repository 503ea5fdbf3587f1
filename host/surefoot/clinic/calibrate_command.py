# SPDX-License-Identifier: MIT
"""`surefoot calibrate`: one word more says what is calibrated."""

from __future__ import annotations

import argparse
from importlib import import_module

from .. import subcommands

NAME = "calibrate"
HELP = "calibrate a board or its insoles, step by step"
DESCRIPTION = """\
A guided session: it says what to do, looks at the samples while they come, and says so where a step has to be repeated.
What was received is kept as evidence, and what is found becomes a new calibration record; no record is ever changed.
"""
# What is calibrated: the module of this package, with HELP, DESCRIPTION, add_arguments(parser), run(args) -> exit code.
SUBCOMMANDS = {
    "imu": "calibrate_imu_command",
    "insole": "calibrate_insole_command",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    below = parser.add_subparsers(dest="what", metavar="WHAT", parser_class=type(parser), required=True)
    for name in SUBCOMMANDS:
        module = _module(name)
        own = subcommands.add(below, name, module.HELP, module.DESCRIPTION)
        module.add_arguments(own)


def run(args: argparse.Namespace) -> int:
    return _module(args.what).run(args)


def _module(name: str):
    return import_module(f".{SUBCOMMANDS[name]}", __package__)
