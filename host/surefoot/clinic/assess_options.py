# SPDX-License-Identifier: MIT
"""Options of `surefoot assess`. Loads nothing: `surefoot --help` must stay quick."""

import argparse
from pathlib import Path

from . import record_options

FALL = "DAY[,injury=WHAT][,place=WHERE][,activity=WHAT]"
NEAR_FALL = "DAY[,caught][,activity=WHAT]"


def profile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--age", dest="age_years", type=int, metavar="YEARS", help="on that day")
    parser.add_argument("--sex", choices=("female", "male"), help="for published figures only")
    parser.add_argument("--height-m", type=float, metavar="M", help="in metres, such as 1.68")
    parser.add_argument("--weight-kg", type=float, metavar="KG", help="in kilograms, 20 to 300")
    parser.add_argument("--usual-pain", type=int, metavar="0-10", help="as it usually is; rises are judged by it")
    parser.add_argument("--pain-site", metavar="WHERE", help="where it usually is")


def safety(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--for",
        dest="wanted",
        nargs="+",
        action="extend",
        default=[],
        metavar="WHAT",
        help="ask only what a test, a ladder, a task (standing:none/apart) or the insoles need",
    )
    parser.add_argument("--all", dest="every", action="store_true", help="ask what was answered and still holds, too")
    parser.add_argument(
        "--answer",
        nargs="+",
        action="extend",
        metavar="NAME=STATE",
        help="fine, not-fine or not-asked; :WORDS after it",
    )
    parser.add_argument(
        "--pressure",
        nargs="+",
        metavar="S/D",
        help="blood pressure lying, then within 3 min of standing: 140/80 130/78",
    )
    parser.add_argument("--heart-rate", type=int, metavar="N", help="at rest, a minute")


def falls(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--month", metavar="YYYY-MM", help="report this month, as far as it has gone")
    parser.add_argument("--no-falls", action="store_true", help="none in that month")
    parser.add_argument("--fall", action="append", default=[], metavar=FALL, help="injury: none, minor, serious")
    parser.add_argument("--near-fall", action="append", default=[], metavar=NEAR_FALL,
                        help="caught: somebody else had to hold them")  # fmt: skip
    parser.add_argument("--history", type=int, metavar="N", help="falls in the twelve months before")
    parser.add_argument("--injurious", type=int, metavar="N", help="how many of these with an injury")
    parser.add_argument("--last-fall", metavar="DAY", help="the day of the last of these")
    parser.add_argument("--near-history", type=int, metavar="N", help="near-falls in the twelve months before")


def visit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pain-before", type=int, metavar="0-10", help="0 none ... 10 the worst there is")
    parser.add_argument("--pain-after", type=int, metavar="0-10", help="the same, after the tests")
    parser.add_argument("--pain-site", metavar="WHERE", help="such as left knee")
    parser.add_argument("--steadiness", type=int, metavar="1-5", help="1 steady ... 5 lost my balance")
    parser.add_argument(
        "--confidence", type=float, metavar="0-100", help="sure of not losing balance in a day's doings"
    )
    parser.add_argument("--abc", type=Path, metavar="FILE", help="instead: an ABC scale made by `surefoot scale abc`")
    parser.add_argument("--exertion", type=int, metavar="0-10", help="Borg: 0 nothing at all ... 10 as hard as can be")
    parser.add_argument("--note", metavar="WORDS", help="no names")
    parser.add_argument(
        "--source", action="append", default=[], metavar="ID", help="an entry of the tests it is around"
    )
    record_options.add_conditions(parser)
