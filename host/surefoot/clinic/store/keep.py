# SPDX-License-Identifier: MIT
"""A session's folder, rated scales or a person's walks into the store: files first, then all rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...calibration_store import FOLDER as CALIBRATION
from ...errors import RecordingError, SurefootError
from ...recording import SUFFIX
from ..run_values import HAND_SUFFIX
from ..walks_folder import SAID_SUFFIX, STRIDES_SUFFIX, WALK_SUFFIX, walks_folder, walks_of
from .documents import File, trial_document, walk_document
from .values import VOID, Entry, Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class Kept:
    """What is new in the store: trials, scales or walks, a result (None: nothing new), and what was left out."""

    person: str
    entries: tuple[Entry, ...]
    result: Entry | None = None
    known: int = 0  # that were kept before
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Read:
    path: Path
    head: Mapping[str, Any]
    sha256: str


def keep_session(store: Store, folder: Path, *, by: str) -> Kept:
    """Keep the recordings of `surefoot record --out`, an entry for each trial and one for their result. A trial that is
    kept already, or was and is void, isn't kept again. Raises SurefootError, with nothing kept."""
    from .database import writing
    from .entries import SHOWN, entries, put_in
    from .recompute import scored

    found, problems = _heads(folder)
    person = _one_person(folder, found)
    _must_know(store, person)
    every = {one.document["file"]["sha256"]: one for one in entries(store, kind="trial", every=True)}
    known = [every[one.sha256] for one in found if one.sha256 in every]
    fresh = [one for one in found if one.sha256 not in every]
    voided = [
        f"{one.document['file']['name']} was kept before and voided ({one.reason}), so it was not kept again."
        for one in known
        if one.state == VOID
    ]
    if not fresh:
        return Kept(known[0].person, (), known=len(known), problems=(*problems, *voided))
    session = known[0].document["session"] if known else _session(found)
    beside = _put_all(store, folder, _beside(folder))
    files = _put_all(store, folder, [one.path for one in fresh])
    with_them = [_named(one) for one in beside]
    documents = [trial_document(one.head, session, _named(file), with_them)
                 for one, file in zip(fresh, files, strict=True)]  # fmt: skip
    live = [one for one in known if one.person == person and one.state in SHOWN]
    result = scored(store, person, [*(one.document for one in live), *documents])
    result["problems"] = [*problems, *result["problems"]]
    on = date.fromisoformat(session[:10])
    with writing(store) as connection:
        _rows(connection, store, person, [*files, *beside])
        made = [put_in(connection, store, person, "trial", on, one, by=by) for one in documents]
        before = _result(connection, person, session)
        kept = put_in(connection, store, person, "result", on, result, by=by,
                      sources=[one.id for one in (*live, *made)], replaces=before)  # fmt: skip
    return Kept(person, tuple(made), kept, len(known), (*result["problems"], *voided))


def keep_walks(store: Store, data: Path, person: str, *, by: str) -> Kept:
    """Keep every walk of `<data>/walks/<CODE>/` that isn't kept as it is now. Raises SurefootError, nothing kept."""
    from .database import writing
    from .entries import entries_in, put_in

    walks = walks_of(data, person)
    if not walks:
        raise RecordingError(f"{walks_folder(data, person)} holds no walk: `surefoot walk sync` fetches them.")
    _must_know(store, person)
    folder = walks_folder(data, person)
    prepared = []
    for walk in walks:
        paths = [folder / f"{walk.name}{end}" for end in (SUFFIX, WALK_SUFFIX, STRIDES_SUFFIX, SAID_SUFFIX)]
        prepared.append((walk, _put_all(store, folder, [path for path in paths if path.is_file()])))
    made, known = [], 0
    with writing(store) as connection:
        before = {one.document["name"]: one for one in entries_in(connection, person, "walk")}
        for walk, files in prepared:
            document, old = walk_document(walk, [_named(file) for file in files]), before.get(walk.name)
            if old and old.document == document:
                known += 1
                continue
            at = walk.begun_utc or walk.fetched_utc or store.now_utc()
            _rows(connection, store, person, files)
            made.append(put_in(connection, store, person, "walk", date.fromisoformat(at[:10]), document, by=by,
                               replaces=old.id if old else None))  # fmt: skip
    problems = tuple(walk.problem for walk in walks if walk.problem)
    return Kept(person, tuple(made), None, known, problems)


def keep_scales(store: Store, folder: Path, *, by: str) -> Kept:
    """Keep the rated scales of a folder. One that was kept, and was gone on with since, replaces what was kept; one
    that was taken back isn't kept again. Raises SurefootError, nothing kept."""
    from ..scale_record import files, read
    from .database import writing
    from .entries import SHOWN, entries_in, put_in

    found: list[dict[str, Any]] = []
    problems = []
    for path in files(folder):
        try:
            found.append(read(path))
        except SurefootError as error:
            problems.append(f"{error} It was not kept.")
    if not found:
        raise RecordingError(f"Nothing in {folder} can be kept. {' '.join(problems)}".strip())
    people = {str(one["person"]) for one in found}
    if len(people) > 1:
        raise RecordingError(f"{folder} holds scales of {', '.join(sorted(people))}: keep one person per folder.")
    person, made, known = people.pop(), [], 0
    _must_know(store, person)
    with writing(store) as connection:
        before = {_which(one.document): one for one in entries_in(connection, person, "scale", every=True)}
        for one in found:
            document = {key: value for key, value in one.items() if key not in ("kind", "person")}
            old = before.get(_which(document))
            if old and (old.document == document or old.state not in SHOWN):
                known += 1
                continue
            on = date.fromisoformat(document["rated"][:10])
            made.append(put_in(connection, store, person, "scale", on, document, by=by,
                               replaces=old.id if old else None))  # fmt: skip
    return Kept(person, tuple(made), None, known, tuple(problems))


def _which(document: Mapping[str, Any]) -> tuple[str, str]:
    """What tells one rated scale from another, gone on with or not."""
    return document["scale"]["id"], document["created_utc"]


def keep_folder(store: Store, folder: Path, *, by: str) -> tuple[Kept, str]:
    """Keep what a folder holds, and what that is called: trials of a test, or rated scales. Raises SurefootError."""
    from ..scale_record import are_scales

    if are_scales(folder):
        return keep_scales(store, folder, by=by), "scale"
    return keep_session(store, folder, by=by), "trial"


_File = tuple[str, str, int]  # name in its folder, SHA-256, bytes


def _heads(folder: Path) -> tuple[list[_Read], list[str]]:
    """What can be read of a folder, and a sentence for each that can't. Raises RecordingError where nothing can."""
    from ...recording import read
    from .. import byhand
    from ..scoring import recordings
    from .files import hash_of

    found, problems = [], []
    for path in (*recordings(folder), *byhand.files(folder)):
        try:
            head = byhand.read(path) if path.name.endswith(HAND_SUFFIX) else read(path).head
            if not head:
                raise RecordingError(f"{path.name} breaks off before it says whose it is.")
            found.append(_Read(path, head, hash_of(path)[0]))
        except SurefootError as error:
            problems.append(f"{error} It was not kept.")
    if not found:
        raise RecordingError(f"Nothing in {folder} can be kept. {' '.join(problems)}")
    return found, problems


def _one_person(folder: Path, found: Sequence[_Read]) -> str:
    people = {str(one.head.get("person", "unknown")) for one in found}
    if len(people) != 1:
        raise RecordingError(f"{folder} holds recordings of {', '.join(sorted(people))}: keep one person per folder.")
    if any(not one.head.get("protocol") for one in found):
        raise RecordingError(f"{folder} holds no test: walks are kept by `surefoot keep --walks CODE`.")
    return people.pop()


def _must_know(store: Store, person: str) -> None:
    from .database import reading
    from .people import must_be_there

    with reading(store) as connection:
        must_be_there(connection, person)


def _result(connection: Connection, person: str, session: str) -> str | None:
    """The id of the session's result so far."""
    from .entries import entries_in

    found = [one.id for one in entries_in(connection, person, "result") if one.document["session"] == session]
    return found[-1] if found else None


def _session(found: Sequence[_Read]) -> str:
    """One name for the trials of a folder: when the first began, and its test."""
    first = min(found, key=lambda one: str(one.head["created_utc"]))
    return f"{first.head['created_utc']} {first.head['protocol']['id']}"


def _beside(folder: Path) -> list[Path]:
    """What trials are scored with: calibration records, protocols of one's own."""
    return [*sorted((folder / CALIBRATION).glob("*.json")), *sorted(folder.glob("*.toml"))]


def _put_all(store: Store, folder: Path, paths: Sequence[Path]) -> list[_File]:
    from .files import put_path

    return [(path.relative_to(folder).as_posix(), *put_path(store.folder, path)) for path in paths]


def _rows(connection: Connection, store: Store, person: str, files: Sequence[_File]) -> None:
    from .files import find, row_in

    for name, sha256, size_bytes in files:
        if find(store.folder, sha256) is None:  # whose else it was, they were deleted a moment ago
            raise StoreError(f"{name} was deleted by another station while it was being kept: repeat, to keep it.")
        row_in(connection, store, person, name, sha256, size_bytes)


def _named(file: _File) -> File:
    return {"name": file[0], "sha256": file[1]}
