# SPDX-License-Identifier: MIT
"""`surefoot walk pages`: a person's walks as two pages, one for who walked and one for who treats."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SurefootError

if TYPE_CHECKING:
    from ..clinic.walk_values import KeptWalk

NAME = "walk pages"
HELP = "a person's walks as two pages: one in plain words, one with all numbers"
DESCRIPTION = """\
Write two pages of the walks that are kept of a person, each whole in itself: nothing is fetched, both print.
  patient.html    for who walked: plain words, large type, their own goal and rating
  therapist.html  distributions, walks side by side with their errors, gait lines, what was lost

  surefoot walk pages --person P001"""
FILES = ("patient.html", "therapist.html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--person", required=True, metavar="CODE", help="a code such as P001, never a name")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the clinic's data folder (default: SUREFOOT_DATA, else ~/surefoot)"
    )
    parser.add_argument(
        "--walk",
        metavar="NAME",
        help="the walk to show in full, by name, by the end of its name, or `last` (default: the last with numbers)",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write them into this folder (default: that of the person's walks)"
    )


def run(args: argparse.Namespace) -> int:
    from ..calibration_store import data_folder

    problems: list[str] = []
    pages = write_pages(data_folder(args.data), args.person, args.out, name=args.walk, problems=problems)
    for problem in problems:
        print(f"surefoot: {problem}", file=sys.stderr)
    if args.json:
        found = dict(zip(("patient", "therapist"), map(str, pages), strict=True))
        print(json.dumps({**found, "problems": problems}))
    else:
        print(f"For {args.person}: {pages[0]}\nFor the therapist: {pages[1]}")
    return 0


def write_pages(
    data: Path,
    person: str,
    out: Path | None = None,
    now: datetime | None = None,
    name: str | None = None,
    problems: list[str] | None = None,
) -> tuple[Path, Path]:
    """The patient's and the therapist's page of all walks kept; `now` decides which week is this one, `name` which walk
    the therapist's shows in full (as `walk sync --of` takes it). What could not be read of a walk is added to
    `problems`.

    SurefootError: no walk is kept of that person or has that name, or a file or folder can't be read or written.
    """
    from ..clinic.walks_folder import named, walker_of, walks_folder, walks_of
    from . import page
    from .result import made_folder, write_whole
    from .walk_page_patient import patient_view
    from .walk_page_therapist import therapist_view

    walker, walks = walker_of(data, person), walks_of(data, person)
    if not walks:
        raise SurefootError(
            f"No walk of {person} is kept in {walks_folder(data, person)}: `surefoot walk sync --person {person}`"
            " fetches them from the board."
        )
    name = None if name is None else named(data, person, name)
    if problems is not None:
        problems += [walk.problem for walk in walks if walk.problem]
    at = (now or datetime.now(UTC)).astimezone()
    folder = out or walks_folder(data, person)
    made_folder(folder)
    shown = (
        page.render("walk_patient.html.j2", **patient_view(walker, walks, at)),
        page.render(
            "walk_therapist.html.j2", **therapist_view(walker, walks, at, _versions(data, person, walks), name)
        ),
    )
    paths = folder / FILES[0], folder / FILES[1]
    for path, text in zip(paths, shown, strict=True):
        write_whole(path, text.encode("utf-8"))
    return paths


def _versions(data: Path, person: str, walks: tuple[KeptWalk, ...]) -> dict[str, dict[str, Any]]:
    """By which versions each walk was analysed, by its name; of what can be read."""
    from ..clinic.document import read_document
    from ..clinic.walks_folder import AGAIN, WALK_SUFFIX, walks_folder

    out: dict[str, dict[str, Any]] = {}
    for walk in walks:
        path = walks_folder(data, person) / f"{walk.name}{WALK_SUFFIX}"
        try:
            again = AGAIN.format(person=person)
            found = read_document(path, "walk.schema.json", "surefoot-walk", "a walk", again, "surefoot walk sync")
        except SurefootError:
            continue
        out[walk.name] = dict(found.get("versions") or {})
    return out
