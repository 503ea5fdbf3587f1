# SPDX-License-Identifier: MIT
"""`surefoot hardware`: one word more says what to draw or to list."""

from __future__ import annotations

import argparse
from importlib import import_module

from .. import subcommands

NAME = "hardware"
HELP = "paper, parts and boxes for whoever builds a device"
DESCRIPTION = """\
Drawings at true scale and lists of parts, made from the tables that firmware and host read: `template` to cut an
insole, `mat` for where the feet stand, `bom` for what to buy, `enclosure` for the two boxes, `wiring`, `schematic` and
`netlist` for what is joined to what, `front-end` for why. Print PDF files at 100 %.
"""
# Modules of this package, each with NAME, HELP, DESCRIPTION, add_arguments(parser) and run(args) -> exit code.
SUBCOMMANDS = ("template", "mat", "bom", "enclosure", "wiring", "schematic", "netlist", "front-end")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    below = parser.add_subparsers(dest="what", metavar="WHAT", parser_class=type(parser), required=True)
    for module in map(_module, SUBCOMMANDS):
        own = subcommands.add(below, module.NAME, module.HELP, module.DESCRIPTION)
        module.add_arguments(own)


def run(args: argparse.Namespace) -> int:
    return _module(args.what).run(args)


def _module(name: str):
    return import_module(f".{name.replace('-', '_')}", __package__)
