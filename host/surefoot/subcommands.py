# SPDX-License-Identifier: MIT
"""Words below a command: each takes the flags that every command has."""

from __future__ import annotations

import argparse
from typing import Any


def add(below: Any, name: str, help_text: str, description: str) -> argparse.ArgumentParser:
    """A parser for `name` among the subparsers `below`, with --json and -v."""
    own = below.add_parser(
        name, help=help_text, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    # Said before or after the word, it counts: a default here would take back what was said before.
    own.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document for machines"
    )
    own.add_argument("-v", "--verbose", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return own
