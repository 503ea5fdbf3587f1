# SPDX-License-Identifier: MIT
"""What `surefoot score` may be told about files of other instruments."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import SurefootError

ONLY_FILES = ("columns", "kind", "rate", "az0_mm", "amti", "filter", "order", "trim", "detrend", "person", "out")
TEXT = (".csv", ".txt", ".tsv", ".dat", ".asc")
ONLY_FOLDERS = ("calibration", "protocol", "since")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a file; a folder of recordings takes none of them."""
    of_files = parser.add_argument_group(
        "files of other instruments", "text or CSV of a force plate or of a motion sensor at the waist, each one trial"
    )
    of_files.add_argument(
        "--columns", metavar="MAP", help='which column is what, such as "ml=-COPy[mm],ap=COPx[mm],time=Time[s]"'
    )
    of_files.add_argument("--kind", choices=("cop", "imu"), help="centre of pressure, or acceleration at the waist")
    of_files.add_argument("--rate", type=float, metavar="HZ", help="samples a second, where there are no times")
    of_files.add_argument("--amti", action="store_true", help="six columns without names: Fx Fy Fz [N] Mx My Mz [Nm]")
    of_files.add_argument(
        "--az0-mm",
        type=float,
        metavar="MM",
        help="surface of the plate in its axes, below 0 where z points down; for ml and ap of plate.x and plate.y",
    )
    of_files.add_argument("--filter", type=_filter, metavar="HZ", help="low-pass, or none (default: cop 10, imu 3.5)")
    of_files.add_argument("--order", type=int, metavar="N", help="of that filter (default: 4)")
    of_files.add_argument("--trim", type=float, metavar="S", help="seconds left out at the start (default: 0)")
    of_files.add_argument("--detrend", choices=("mean", "linear"), help="what is taken away first (default: mean)")
    of_files.add_argument("--person", metavar="CODE", help="a code such as P001, never a name; may be left out")
    of_files.add_argument(
        "--out", type=Path, metavar="DIR", help="write measures.json and measures.csv into this folder"
    )


def _filter(word: str) -> float | str:
    return word if word == "none" else float(word)


def are_files(args: argparse.Namespace) -> bool:
    """Whether files are to be scored, not a folder of recordings. SurefootError where both or the wrong options are."""
    folders = [path for path in args.dir if path.is_dir()]
    said = [f"--{name.replace('_', '-')}" for name in ONLY_FILES if getattr(args, name)]
    recorded = next((path for path in args.dir if path.suffix == ".sfr"), None)
    if recorded:
        raise SurefootError(f"{recorded} is a recording of Surefoot: name the folder that it is in.")
    if not folders and (said or len(args.dir) > 1 or args.dir[0].is_file() or args.dir[0].suffix.lower() in TEXT):
        wrong = [f"--{name}" for name in ONLY_FOLDERS if getattr(args, name)]
        if wrong:
            raise SurefootError(f"{' and '.join(wrong)} belong to a folder of recordings: leave them out for files.")
        return True
    if len(args.dir) > 1:
        raise SurefootError("Name one folder that `surefoot record` wrote, or files of other instruments, not both.")
    if said:
        raise SurefootError(f"{', '.join(said)} belong to files of other instruments: leave them out for a folder.")
    return False


def processing(args: argparse.Namespace, kind: str) -> Any:
    """How the signal is treated: what was said, else the default of the kind."""
    from dataclasses import replace

    from ..measures import COP, TRUNK

    made = COP if kind == "cop" else TRUNK
    if args.filter is not None:
        made = replace(made, filter_hz=None if args.filter == "none" else args.filter)
    said = (("order", args.order), ("trim_s", args.trim), ("detrend", args.detrend))
    return replace(made, **{name: value for name, value in said if value is not None})
