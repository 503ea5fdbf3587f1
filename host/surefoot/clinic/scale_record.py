# SPDX-License-Identifier: MIT
"""A rated scale as a file: schema-checked, written whole after every answer, so that an interruption loses none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from .. import __version__
from ..care.scale_answers import Answer, check
from ..care.scales import Scale
from ..errors import ProtocolError, RecordingError
from ..recording import SUFFIX as RECORDING_SUFFIX
from .document import read_document, write_document
from .run_values import HAND_SUFFIX, check_person

FORMAT = 1
KIND = "surefoot-scale"
SUFFIX = ".scale.json"
SCHEMA = "scales/record.schema.json"
COMPLETE, INTERRUPTED = "complete", "interrupted"


@dataclass(frozen=True)
class Sheet:
    """Whose scale it is, when it was rated (a moment in UTC, or the date on a paper), in which circumstances."""

    person: str
    scale: Scale
    rated: str
    created_utc: str
    circumstances: Mapping[str, Any] = field(default_factory=dict)
    typed: bool = False
    resumed_utc: tuple[str, ...] = ()


def path_of(folder: Path, scale: Scale) -> Path:
    """The file of a scale in a folder: one of each."""
    return folder / f"{scale.id}{SUFFIX}"


def files(folder: Path) -> list[Path]:
    """The scales of a folder, by name."""
    return sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []


def are_scales(folder: Path) -> bool:
    """Whether a folder is one of scales. Raises RecordingError where trials are among them."""
    if not files(folder):
        return False
    if any(folder.glob(f"*{RECORDING_SUFFIX}")) or any(folder.glob(f"*{HAND_SUFFIX}")):
        raise RecordingError(f"{folder} holds trials and scales: move the *{SUFFIX} files into a folder of their own.")
    return True


def new_place(folder: Path, scale: Scale, person: str) -> Path:
    """Where a new scale goes. Raises RecordingError where one is there already, trials are, or somebody else's are."""
    path = path_of(folder, scale)
    if path.exists():
        ended = read(path)["ended"]
        hint = "add --resume to go on with it" if ended == INTERRUPTED else "none is ever overwritten"
        raise RecordingError(f"{path} exists already: name another folder ({hint}).")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(f"The folder {folder} can't be made ({error.strerror}): choose another.") from None
    if any(folder.glob(f"*{RECORDING_SUFFIX}")) or any(folder.glob(f"*{HAND_SUFFIX}")):
        raise RecordingError(f"{folder} holds trials: name another folder for scales.")
    if others := {str(read(other)["person"]) for other in files(folder)} - {person}:
        raise RecordingError(f"{folder} holds scales of {', '.join(sorted(others))}: keep one person per folder.")
    return path


def written(sheet: Sheet, answers: Mapping[str, Answer], ended: str) -> dict[str, Any]:
    """The document of a scale. Items in the scale's order; of a complete one, those not asked have no entry. While it
    is interrupted they have: what was left out on purpose is not asked again when it is taken up."""
    kept = {key for key, answer in answers.items() if ended == INTERRUPTED or answer != Answer()}
    rows = [_row(key, answers[key]) for key in sheet.scale.keys if key in kept]
    return {
        "format": FORMAT,
        "kind": KIND,
        "person": check_person(sheet.person),
        "scale": {"id": sheet.scale.id, "version": sheet.scale.version},
        "rated": sheet.rated,
        "created_utc": sheet.created_utc,
        **({"resumed_utc": list(sheet.resumed_utc)} if sheet.resumed_utc else {}),
        "software": __version__,
        "ended": ended,
        "typed": sheet.typed,
        "circumstances": dict(sheet.circumstances),
        "answers": rows,
    }


def write(document: Mapping[str, Any], path: Path) -> None:
    """The caller has made sure that the file is its own. Raises RecordingError, ProtocolError."""
    write_document(document, SCHEMA, path)


def read(path: Path) -> dict[str, Any]:
    """The checked document of a file. Raises RecordingError, or ProtocolError naming the field that is wrong."""
    return read_document(path, SCHEMA, KIND, "a rated scale", "rate or type it again", "surefoot scale")


def answers_in(document: Mapping[str, Any], scale: Scale) -> dict[str, Answer]:
    """The checked answers of a document. Raises ProtocolError for one that the scale doesn't have, or has twice."""
    answers: dict[str, Answer] = {}
    for row in document["answers"]:
        key = row["item"]
        if key in answers:
            raise ProtocolError(f"{scale.title}: item {key} is answered twice: take one out.")
        words = {name: row[name] for name in ("value", "reason", "own", "weight") if name in row}
        answers[key] = check(scale, key, Answer(row["state"], **words))
    return answers


def taken_up(path: Path, scale: Scale, person: str, now_utc: str) -> tuple[Sheet, dict[str, Answer]]:
    """The sheet and the answers of a scale that was interrupted. Raises RecordingError where it can't go on."""
    document = read(path)
    if document["ended"] != INTERRUPTED:
        raise RecordingError(f"{path} is complete: leave out --resume, and name another folder for a new one.")
    if document["person"] != person:
        raise RecordingError(f"{path} is of {document['person']}, not of {person}: give the code it was begun with.")
    if document["scale"] != {"id": scale.id, "version": scale.version}:
        raise RecordingError(f"{path} is of another version of the scale: begin it anew in another folder.")
    sheet = Sheet(
        person,
        scale,
        document["rated"],
        document["created_utc"],
        document["circumstances"],
        document["typed"],
        (*document.get("resumed_utc", ()), now_utc),
    )
    return sheet, answers_in(document, scale)


def rated_on(text: str | None, now_utc: str) -> str:
    """The date on a paper, else this moment. Raises RecordingError for what is no date, or lies ahead."""
    if text is None:
        return now_utc
    try:
        given = date.fromisoformat(text)
    except ValueError:
        raise RecordingError(f"--date {text} is no date: write it as 2026-05-31.") from None
    if given.isoformat() > now_utc[:10]:
        raise RecordingError(f"--date {text} lies ahead: give the day on which it was rated.")
    return given.isoformat()


def row_of(scale: Scale, key: str, answer: Answer) -> dict[str, Any]:
    """One item as a result shows it: every key, with what it is about and what its rating means."""
    says = next((level.says for level in scale.levels if level.value == answer.value), "")
    about = answer.own or scale.about_of(key)
    return {"item": key, "about": about, "state": answer.state, "value": answer.value, "says": says} | {
        "reason": answer.reason,
        "weight": answer.weight,
    }


def _row(key: str, answer: Answer) -> dict[str, Any]:
    row: dict[str, Any] = {"item": key, "state": answer.state}
    row |= {"value": answer.value} if answer.value is not None else {}
    row |= {name: text for name in ("reason", "own") if (text := getattr(answer, name))}
    return row | ({"weight": answer.weight} if answer.weight is not None else {})
