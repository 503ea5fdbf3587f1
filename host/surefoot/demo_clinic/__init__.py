# SPDX-License-Identifier: MIT
"""`surefoot demo clinic`: a made-up clinic, so that every screen and report has something to show."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

NAME = "demo clinic"
HELP = "a made-up clinic of 20 people over 12 weeks: every page and paper, without hardware"
DESCRIPTION = """\
Twenty people who don't exist, over twelve weeks of visits, training at home and diaries. Their tests and walks are
sampled by the real firmware on virtual boards, the decisions are those of the rules. All of it is marked as simulated.
It takes some minutes; the same seed gives the same people and numbers.

examples:
  surefoot demo clinic                            then open out/demo-clinic/index.html
  surefoot demo clinic --people 3 --weeks 4 --out out/small-clinic    quicker
  export SUREFOOT_DATA=out/demo-clinic SUREFOOT_PASSPHRASE_FILE=out/demo-clinic/demo-passphrase-no-secret.txt
  surefoot caseload --on 2026-03-29               commands on that clinic's store, as of its last day
  surefoot ladder show --person P002 --on 2026-03-29
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("out/demo-clinic"), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--people", type=int, default=20, metavar="N", help="1 to 20 (default: %(default)s)")
    parser.add_argument("--weeks", type=int, default=12, metavar="N", help="2 to 26 (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="draws people, boards and dice (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Make the clinic; prints where. SurefootError where it can't be."""
    from .making import make

    def say(text: str) -> None:
        print(text, file=sys.stderr if args.json else sys.stdout, flush=True)

    told = make(args.out, args.people, args.weeks, args.seed, say)
    if args.json:
        print(json.dumps(told))
    return 0
