# SPDX-License-Identifier: MIT
"""A folder of rated scales in, a result out: each scale's items, its total or why there is none, its known error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import __version__
from ..care.scale_answers import Answer, total
from ..care.scale_change import Rating, judge_scale
from ..care.scales import Scale, load_scale
from ..errors import RecordingError, SurefootError
from . import circumstances, scale_record

FORMAT, KIND = 1, "surefoot-scale-result"
NO_NORMS = "No published figure that was read in its source is known for this scale, so none is shown."
UNFINISHED = "It was broken off: take it up again with `surefoot scale {} --resume`."


def score_scales(folder: Path, since: Sequence[Path] = ()) -> dict[str, Any]:
    """The result of a folder, each scale beside the same one of the earlier folders, oldest first.

    A file that can't be read is named among the `problems`. Raises RecordingError where nothing can, or where the
    folders don't go together.
    """
    documents, problems = _read(folder)
    earlier = [_read(one)[0] for one in since]
    people = {str(one["person"]) for each in (documents, *earlier) for one in each}
    if len(people) > 1:
        raise RecordingError(f"These are scales of {', '.join(sorted(people))}: name one person's.")
    if not documents:
        raise RecordingError(f"No scale in {folder} could be read. {' '.join(problems)}".strip())
    made: list[dict[str, Any]] = []
    for document in documents:
        before = [one for each in earlier for one in each if one["scale"]["id"] == document["scale"]["id"]]
        _check_order([*before, document])
        try:
            made.append(_entry(document, before, bool(since)))
        except SurefootError as error:
            problems.append(str(error))
    if not made:
        raise RecordingError(f"No scale in {folder} could be scored. {' '.join(problems)}")
    return {
        "format": FORMAT,
        "kind": KIND,
        "person": people.pop(),
        "scales": made,
        "problems": problems,
        "versions": {"software": __version__},
    }


def _read(folder: Path) -> tuple[list[dict[str, Any]], list[str]]:
    paths, problems, found = scale_record.files(folder), [], []
    if not paths:
        raise RecordingError(f"{folder} holds no scale (*{scale_record.SUFFIX}): `surefoot scale` writes these.")
    for path in paths:
        try:
            found.append(scale_record.read(path))
        except SurefootError as error:
            problems.append(str(error))
    return found, problems


def _entry(document: Mapping[str, Any], before: Sequence[Mapping[str, Any]], compared: bool) -> dict[str, Any]:
    scale = load_scale(str(document["scale"]["id"]))
    answers = scale_record.answers_in(document, scale)
    found = total(scale, answers)
    named = [key for key in scale.keys if not scale.items.own or key in answers]
    entry: dict[str, Any] = {
        "id": scale.id,
        "version": document["scale"]["version"],
        "title": scale.title,
        "purpose": scale.purpose,
        "rated_by": scale.rated_by,
        "rated": document["rated"],
        "resumed_utc": list(document.get("resumed_utc", ())),
        "typed": document["typed"],
        "ended": document["ended"],
        "circumstances": dict(document["circumstances"]),
        "value": found.value,
        "reason": found.reason,
        "range": list(scale.range),
        "better": scale.better,
        "how": scale.score,
        "at_ceiling": found.at_ceiling,
        "rated_items": found.answered,
        "items": [scale_record.row_of(scale, key, answers.get(key, Answer())) for key in named],
        "errors": [asdict(error) for error in scale.error],
        "norms": [],
        "no_norms": NO_NORMS,
        "note": scale.note,
        "licence": scale.licence,
        "sources": [asdict(source) for source in scale.sources],
        "change": None,
    }
    if document["ended"] != scale_record.COMPLETE:
        entry["reason"] = f"{found.reason or ''} {UNFINISHED.format(scale.id)}".strip()
        entry["value"] = None
    return entry | ({"change": _change(scale, [*before, document])} if compared else {})


def _check_order(documents: Sequence[Mapping[str, Any]]) -> None:
    times = [str(one["rated"]) for one in documents]
    name = documents[-1]["scale"]["id"]
    if times != sorted(times):
        raise RecordingError(f"{name}: name the earlier sessions from the oldest to the newest, the present one last.")
    if len({(one["rated"], one["created_utc"]) for one in documents}) < len(documents):
        raise RecordingError(f"{name}: one session is named twice: name each earlier one once, not the present one.")


def _change(scale: Scale, documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    ratings = [rating_of(scale, one, number) for number, one in enumerate(documents, 1)]
    change = judge_scale(scale, ratings[:-1], ratings[-1])
    sessions = [{"rated": one["rated"], "value": rating.value} for one, rating in zip(documents, ratings, strict=True)]
    return asdict(change) | {"judged": change.judged, "earlier": sessions[:-1]}


def rating_of(scale: Scale, document: Mapping[str, Any], place: int) -> Rating:
    """What is compared of one session; `place` counts those that are known from 1. Raises ProtocolError."""
    answers = scale_record.answers_in(document, scale)
    found = total(scale, answers)
    said = dict(document["circumstances"])
    whole = document["ended"] == scale_record.COMPLETE
    number = said.get("session")
    return Rating(
        max(place, number) if isinstance(number, int) else place,
        str(document["scale"]["version"]),
        found.value if whole else None,
        found.reason if whole else "It was broken off.",
        circumstances.for_scale(said),
        tuple(answer.own for answer in answers.values() if answer.own),
    )
