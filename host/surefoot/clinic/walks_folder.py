# SPDX-License-Identifier: MIT
"""A person's walks on disk, `<data folder>/walks/<CODE>/`: who walks, each walk, and what the person said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NoReturn

from ..errors import CommandInvalid, ProtocolError, RecordingError, SurefootError
from ..measures.gait.strides import Strides
from ..recording import SUFFIX
from .document import read_document, write_document
from .run_values import check_person, now_utc
from .walk_values import Goal, KeptWalk, Said, ScaleCheck, Walker, said_row, walk_goal

FOLDER = "walks"
WALKER = "walker.json"
WALK_SUFFIX, SAID_SUFFIX, STRIDES_SUFFIX = ".walk.json", ".said.json", ".strides.parquet"
FORMAT = 1
NAMES = tuple(column.name for column in fields(Strides))
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


def live_path(data: Path, person: str, device: str, created_utc: str) -> Path:
    """Where a walk on the cable is kept that began then. Raises RecordingError."""
    stamp = created_utc.translate({ord(sign): None for sign in "-:"})
    return made_folder(data, person) / f"{device}-live-{stamp}{SUFFIX}"


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
    document = asdict(walker) | {"goal": walk_goal(walker.goal), "checks": [asdict(one) for one in walker.checks]}
    write_document({"format": FORMAT, "kind": "surefoot-walker", **document}, "walker.schema.json", path)
    return path


def keep_walk(data: Path, person: str, name: str, document: Mapping[str, Any]) -> Path:
    """The analysis of the walk `name`, as `output.walk_result.document` makes it of that walk alone; over an earlier
    one. Without a walk its "problems" say why. Raises RecordingError, ProtocolError."""
    path = made_folder(data, person) / f"{name}{WALK_SUFFIX}"
    write_document(document, "walk.schema.json", path, indent=None)
    return path


def keep_said(data: Path, person: str, name: str, said: Said, said_utc: str = "") -> Path:
    """What the person said of the walk `name`, then or now; over what was said before. Raises RecordingError,
    ProtocolError."""
    folder = walks_folder(data, person)
    if name not in names_in(folder):
        known = ", ".join(names_in(folder)[-3:])
        have = f"the last ones are {known}" if known else "none is kept yet"
        raise RecordingError(f"{person} has no walk '{name}': {have}.")
    path = folder / f"{name}{SAID_SUFFIX}"
    about = {
        "format": FORMAT,
        "kind": "surefoot-said",
        "person": person,
        "walk": name,
        "said_utc": said_utc or now_utc(),
    }
    write_document({**about, **said_row(said)}, "said.schema.json", path)
    return path


def walks_of(data: Path, person: str) -> tuple[KeptWalk, ...]:
    """Every walk in order of time; what can't be read or wasn't analysed is listed with its `problem` in words.

    A walk of unknown time goes before what the same board logged later, else where it was fetched. Raises
    RecordingError where the folder can't be read.
    """
    folder = walks_folder(data, person)
    return _in_order([_kept(folder, name, person) for name in names_in(folder)])


def named(data: Path, person: str, text: str) -> str:
    """The name of a kept walk by its whole name, its end, or `last`. Raises CommandInvalid, RecordingError."""
    names, wanted = [walk.name for walk in walks_of(data, person)], text.removesuffix(SUFFIX)
    found = [name for name in names if name == wanted] or [name for name in names if name.endswith(wanted)]
    if text in ("", "last"):
        found = names[-1:] if text else []
    if len(found) != 1:
        known = ", ".join(names[-3:])
        have = f"The latest kept: {known}." if known else "None is kept yet."
        many = f"{len(found)} walks of {person} are" if found else f"No walk of {person} is"
        raise CommandInvalid(f"{many} named '{text}'. {have}")
    return found[0]


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
            if "file" in entry["strides"]:
                entry = {**entry, "strides": _beside(folder, entry["strides"], person, problems)}
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


class KeptStrides(Mapping[str, list[Any]]):
    """The columns of a long walk's strides, each read when it is asked for. Raises RecordingError."""

    def __init__(self, path: Path, person: str):
        self._path, self._person = path, person

    def __getitem__(self, name: str) -> list[Any]:
        import pyarrow.parquet as pq

        if name not in self:
            raise KeyError(name)
        return self._read(lambda: pq.read_table(self._path, columns=[name]).column(name).to_pylist())

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)

    def __contains__(self, name: object) -> bool:
        return name in NAMES

    def check(self, rows: int) -> None:
        """That all of it is there, so many rows of every column. Raises RecordingError."""
        import pyarrow.parquet as pq

        seen = self._read(lambda: pq.read_metadata(self._path))
        if seen.num_rows != rows or not {*NAMES} <= {*seen.schema.names}:
            self._fail(f"{seen.num_rows} rows of {rows}")

    def _read(self, how: Callable[[], Any]) -> Any:
        import pyarrow as pa

        try:
            return how()
        except FileNotFoundError:
            return self._fail("it is gone")
        except (OSError, pa.ArrowException) as error:
            return self._fail(str(error))

    def _fail(self, why: str) -> NoReturn:
        again = AGAIN.format(person=self._person)
        raise RecordingError(f"{self._path} isn't the table of a walk's strides ({why}): {again}.")


def _beside(folder: Path, told: Mapping[str, Any], person: str, problems: list[str]) -> Mapping[str, Any]:
    """The table that a document names; none, and a problem more, where it isn't what belongs to it."""
    strides = KeptStrides(folder / Path(told["file"]).name, person)
    try:
        strides.check(told["rows"])
    except RecordingError as error:
        problems.append(str(error))
        return {}
    return strides


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
