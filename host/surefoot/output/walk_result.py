# SPDX-License-Identifier: MIT
"""A walk that was found as plain values: one document for machines, and a table with one row a stride."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from ..clinic.walk_find import FoundWalk
from ..clinic.walk_input import WalkInput
from ..clinic.walk_rows import LENGTH, STRIDES, Rows
from ..clinic.walk_stream import BEST
from ..measures.gait.bouts import Pauses
from ..measures.gait.parameters import Gait
from ..measures.gait.strides import Strides
from ..measures.gait.table import GAIT
from ..measures.gait.values import FEET, Stances
from .walk_lists import DECIMALS, Listed, csv_parts, listed, numbers
from .walk_profiles import more

FORMAT, KIND = 1, "surefoot-walk"
EVENTS = (("initial_s", "initial_contact_s"), ("off_s", "foot_off_s"), ("heel_rise_s", "heel_rise_s"))


def entry(name: str, walk: WalkInput, found: FoundWalk) -> dict[str, Any]:
    """What is known of one file, in JSON's own types: null where a value is not known."""
    walked, rows = found.walked, found.rows
    return {
        "file": name,
        "maker": walk.maker,
        "source": walked.source,
        **walk.facts,
        "by": found.by,
        "feet": {foot: _foot(getattr(walked, foot), walked.length_m.get(foot), rows, BEST) for foot in FEET},
        "also": {
            source: {foot: _foot(getattr(one, foot), None, rows, source) for foot in FEET}
            for source, one in found.also.items()
        },
        "parameters": {
            key: {"value": value, "unit": GAIT[key].unit, "strides": found.gait.counts.get(key)}
            for key, value in found.gait.values.items()
        },
        "strides": _columns(found.gait.strides.columns()) if rows is None else _strides(rows),
        "bouts": _bouts(found.gait),
        "pauses": _columns({field.name: getattr(found.gait.pauses, field.name) for field in fields(Pauses)}),
        "turns": [
            {"begin_s": numbers([a])[0], "end_s": numbers([b])[0], "angle_deg": numbers([c])[0]}
            for a, b, c in walked.turns
        ],
        "not_reported": found.untold | found.gait.not_reported,
        "notes": [*walk.warnings, *found.notes],
        **more(found),
    }


def _foot(one: Stances | None, length_m: Any, rows: Rows | None, table: str) -> dict[str, Any] | None:
    """One list for each event, all as long: one entry a stance. None for a foot that was not measured. Of a long walk
    they are read from `rows`."""
    if one is None:
        return None
    lasting = (
        {} if rows is None else {name: Listed(column) for name, column in rows.columns(f"{table}.{one.foot}").items()}
    )
    out: dict[str, Any] = {word: lasting.get(name) or numbers(getattr(one, name)) for name, word in EVENTS}
    out["broken"] = lasting.get("broken") or [bool(value) for value in one.broken]
    if length_m is not None:
        out["stride_length_m"] = lasting.get(LENGTH) or numbers(length_m)
    return out


def _strides(rows: Rows) -> dict[str, Any]:
    columns = rows.columns(STRIDES)
    return {field.name: Listed(columns[field.name]) if columns else [] for field in fields(Strides)}


def _bouts(gait: Gait) -> dict[str, list[Any]]:
    """Columns of the bouts, and of each the parameters that it has enough strides for."""
    rows = [gait.by_bout.row(number)[0] for number in range(len(gait.bouts))]
    return {**_columns(gait.bouts.columns()), "parameters": rows}


def _columns(columns: Mapping[str, np.ndarray]) -> dict[str, list[Any]]:
    """Columns of a table as lists."""
    return {name: listed(values) for name, values in columns.items()}


def document(walks: Sequence[Mapping[str, Any]], problems: Sequence[str], made: Mapping[str, Any]) -> dict[str, Any]:
    """All walks, their sums, and why others could not be analysed."""
    summary = {
        "walks": len(walks),
        "walking_s": _sum(walks, "gait_walking_s"),
        "bouts": round(_sum(walks, "gait_bouts") or 0),
        "steps": round(_sum(walks, "gait_steps") or 0),
        "distance_m": _sum(walks, "gait_distance_m"),
    }
    return {
        "format": FORMAT, "kind": KIND, **made, "summary": summary, "walks": [*walks], "problems": [*problems]
    }  # fmt: skip


def _sum(walks: Sequence[Mapping[str, Any]], key: str) -> float | None:
    """Of a parameter over the walks that tell it; None where none does."""
    values = [walk["parameters"][key]["value"] for walk in walks if key in walk["parameters"]]
    return round(sum(values), DECIMALS) if values else None


def strides_csv(walks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One row a stride, in the order of files and time; empty where a value is not known."""
    names = [field.name for field in fields(Strides)]
    rows = (
        (walk["file"], *cells)
        for walk in walks
        for cells in zip(*(walk["strides"][name] for name in names), strict=True)
    )
    return csv_parts(("file", *names), rows)


def contacts_csv(walks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One row a stance, in the order of files, feet and time; empty where a value is not known."""
    names = (*(word for _, word in EVENTS), "broken")
    rows = (
        (walk["file"], foot, *cells)
        for walk in walks
        for foot, one in walk["feet"].items()
        if one is not None
        for cells in zip(*(one[name] for name in names), strict=True)
    )
    return csv_parts(("file", "foot", *names), rows)
