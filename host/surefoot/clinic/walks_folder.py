# SPDX-License-Identifier: MIT
"""A person's walks on disk, `<data folder>/walks/<CODE>/`: who walks, each walk, and what the person said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import ProtocolError, RecordingError, SurefootError
from ..recording import SUFFIX
from .document import read_document, write_document
from .run_values import check_person, now_utc
from .walk_values import Goal, KeptWalk, Said, ScaleCheck, Walker

FOLDER = "walks"
WALKER = "walker.json"
WALK_SUFFIX, SAID_SUFFIX = ".walk.json", ".said.json"
FORMAT = 1
AGAIN = "`surefoot walk sync --person {person} --again` analyses it anew"


def walks_folder(data: Path, person: str) -> Path:
    """Where a person's walks lie. Raises RecordingError for a name instead of a code."""
    return data / FOLDER / check_person(person)


def made_folder(data: Path, person: str) -> Path:
    """The same, made where it isn't there yet. Raises RecordingError."""
    folder = walks_folder(data, person)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(
            f"The folder {folder} can't be made ({error.strerror}): name a data folder that you may write to (--data)."
        ) from None
    return folder


def walker_of(data: Path, person: str) -> Walker:
    """Who walks; one of whom nothing is known yet where there is no file. Raises RecordingError, ProtocolError."""
    path = walks_folder(data, person) / WALKER
    if not path.exists():
        return Walker(person)
    again = "put a copy back, or move it away and begin anew"
    document = _document(path, "walker", "what is known of a person who walks", again, person)
    goal = document.pop("goal", None)
    checks = tuple(ScaleCheck(**one) for one in document.pop("checks", ()))
    return Walker(**document, goal=Goal(**goal) if goal else None, checks=checks)


def keep_walker(data: Path, walker: Walker) -> Path:
    """Over what was kept before. Raises RecordingError, ProtocolError naming the field that can't be so."""
    path = made_folder(data, walker.person) / WALKER
    document = asdict(walker) | {"checks": [asdict(one) for one in walker.checks]}
    write_document({"format": FORMAT, "kind": "surefoot-walker", **document}, "walker.schema.json", path)
    return path


def keep_walk(data: Path, person: str, name: str, document: Mapping[str, Any]) -> Path:
    """The analysis of the walk `name`, as `output.walk_result.document` makes it of that walk alone; over an earlier
    one. Without a walk its "problems" say why. Raises RecordingError, ProtocolError."""
    path = made_folder(data, person) / f"{name}{WALK_SUFFIX}"
    write_document(document, "walk.schema.json", path, indent=None)
    return path


def keep_said(data: Path, person: str, name: str, said: Said) -> Path:
    """What the person said of the walk `name`; over what was said before. Raises RecordingError, ProtocolError."""
    folder = walks_folder(data, person)
    if name not in names_in(folder):
        known = ", ".join(names_in(folder)[-3:])
        have = f"the last ones are {known}" if known else "none is kept yet"
        raise RecordingError(f"{person} has no walk '{name}': {have}.")
    path = folder / f"{name}{SAID_SUFFIX}"
    about = {"format": FORMAT, "kind": "surefoot-said", "person": person, "walk": name, "said_utc": now_utc()}
    write_document({**about, **asdict(said)}, "said.schema.json", path)
    return path


def walks_of(data: Path, person: str) -> tuple[KeptWalk, ...]:
    """Every walk in order of time; what can't be read or wasn't analysed is listed with its `problem` in words.

    A walk of unknown time goes before what the same board logged later, else where it was fetched. Raises
    RecordingError where the folder can't be read.
    """
    folder = walks_folder(data, person)
    return _in_order([_kept(folder, name, person) for name in names_in(folder)])


def names_in(folder: Path) -> list[str]:
    """Names of the walks in a person's folder, by board and log. Raises RecordingError."""
    try:
        files = [path.name for path in folder.iterdir() if not path.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecordingError(f"The folder {folder} can't be read ({error.strerror}): make it readable.") from None
    return sorted({name.removesuffix(end) for end in (SUFFIX, WALK_SUFFIX) for name in files if name.endswith(end)})


def _kept(folder: Path, name: str, person: str) -> KeptWalk:
    begun_utc = fetched_utc = said = None
    entry: Mapping[str, Any] = {}
    problems: list[str] = []
    try:
        document = _walk(folder, name, person)
        begun_utc, fetched_utc = document.get("begun_utc"), document.get("fetched_utc")
        problems += document["problems"]
        for entry in document["walks"][:1]:
            begun_utc = entry.get("begun_utc") or begun_utc
        if not entry and not problems:
            problems.append(f"{name} was analysed without a result: {AGAIN.format(person=person)}.")
    except SurefootError as error:
        problems.append(str(error))
    try:
        said = said_of(folder, name, person)
    except SurefootError as error:
        problems.append(str(error))
    if not entry:
        entry = {"file": f"{name}{SUFFIX}", "parameters": {}, "not_reported": {}, "notes": list(problems)}
    return KeptWalk(name, begun_utc, entry, said, " ".join(problems) or None, fetched_utc)


def _walk(folder: Path, name: str, person: str) -> dict[str, Any]:
    path, again = folder / f"{name}{WALK_SUFFIX}", AGAIN.format(person=person)
    if not path.exists():
        raise RecordingError(f"{folder / name}{SUFFIX} was fetched and not analysed yet: {again}.")
    return read_document(path, "walk.schema.json", "surefoot-walk", "an analysed walk", again, "surefoot walk sync")


def said_of(folder: Path, name: str, person: str) -> Said | None:
    """What the person said of a walk; None where nothing was. Raises RecordingError, ProtocolError."""
    path = folder / f"{name}{SAID_SUFFIX}"
    if not path.exists():
        return None
    document = _document(path, "said", "what a person said of a walk", "ask again, by --said", person)
    return Said(**{key: value for key, value in document.items() if key in Said.__dataclass_fields__})


def _document(path: Path, word: str, what: str, again: str, person: str) -> dict[str, Any]:
    """The fields of a checked file that is this person's."""
    document = read_document(path, f"{word}.schema.json", f"surefoot-{word}", what, again, "surefoot walk sync")
    if document["person"] != person:
        raise ProtocolError(f"{path} is of {document['person']}, not of {person}: move it to that person's folder.")
    return {key: value for key, value in document.items() if key not in ("format", "kind")}


def _in_order(walks: Sequence[KeptWalk]) -> tuple[KeptWalk, ...]:
    """By time. Numbers of a board's logs only grow, so one of unknown time lies before the next known one."""
    before: dict[str, str] = {}
    keyed: list[tuple[str, str, KeptWalk]] = []
    for walk in sorted(walks, key=lambda one: one.name, reverse=True):
        board = walk.name.rpartition("-")[0]
        known = [utc for utc in (before.get(board), walk.fetched_utc) if utc]
        at_utc = walk.begun_utc or min(known, default="")
        if at_utc:
            before[board] = at_utc
        keyed.append((at_utc, walk.name, walk))
    return tuple(walk for _, _, walk in sorted(keyed, key=lambda one: one[:2]))
