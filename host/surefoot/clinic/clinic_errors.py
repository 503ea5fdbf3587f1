# SPDX-License-Identifier: MIT
"""A clinic's own measurement error: repeats of its own people on different days, kept in its data folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..care.measurement_error import MIN_OWN_SESSIONS
from ..care.norms_file import Error
from ..errors import MeasureError, RecordingError
from ..measures.reliability import Z95, reliability
from .document import read_document, write_document

FILE, SCHEMA, KIND, FORMAT = "measurement-error.json", "measurement-error.schema.json", "surefoot-measurement-error", 1
IN_LOGARITHMS = ("cop_", "trunk_")  # sway is near normal there


@dataclass(frozen=True)
class Repeats:
    """Sessions of people on different days: `table` [people][sessions] of one measure in its unit, each session the
    mean of `trials`; `made` is what of the fingerprint all share."""

    protocol: str
    condition: str
    measure: str
    unit: str
    population: str
    made: str
    trials: int
    table: tuple[tuple[float, ...], ...]
    simulated: bool = False


def in_logarithms(measure: str) -> bool:
    """Whether sessions of a measure are compared by their logarithms."""
    return measure.startswith(IN_LOGARITHMS)


def error_row(repeats: Repeats) -> dict[str, Any]:
    """The error as the file has it. MeasureError: fewer than MIN_OWN_SESSIONS sessions, or what `reliability` refuses.

    The SEM of agreement, which holds a drift from session to session, widened by Student's t over 1.96.
    """
    from scipy.special import stdtrit

    sessions = sum(map(len, repeats.table))
    if sessions < MIN_OWN_SESSIONS:
        raise MeasureError(f"{sessions} sessions say too little about an error: {MIN_OWN_SESSIONS} are needed.")
    logs = in_logarithms(repeats.measure)
    found = reliability(np.array(repeats.table), logs)
    if not found.sem.value > 0:
        raise MeasureError("The sessions of each person are all the same number, so they say nothing about error.")
    wider = float(stdtrit((found.n - 1) * (found.k - 1), 0.975)) / Z95
    return {
        "protocol": repeats.protocol,
        "condition": repeats.condition,
        "measure": repeats.measure,
        "unit": repeats.unit,
        "scale": "log" if logs else "raw",
        "sem": found.sem.value * wider,
        "trials": repeats.trials,
        "people": found.n,
        "sessions": found.k,
        "population": repeats.population,
        "made": repeats.made,
        "simulated": repeats.simulated,
    }


def keep(rows: Sequence[dict[str, Any]], data: Path, now_utc: str) -> Path:
    """Write the errors into the data folder, in place of those before. Raises RecordingError."""
    path = data / FILE
    document = {"format": FORMAT, "kind": KIND, "created_utc": now_utc, "software": __version__, "errors": list(rows)}
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(f"The folder {data} can't be made ({error.strerror}): name another by --data.") from None
    write_document(document, SCHEMA, path)
    return path


def kept(data: Path) -> tuple[Error, ...]:
    """The errors of the data folder, the largest first; none where there is no file. Raises RecordingError,
    ProtocolError."""
    path = data / FILE
    if not path.is_file():
        return ()
    document = read_document(
        path, SCHEMA, KIND, "a clinic's measurement error", "keep it again", "surefoot reliability --keep"
    )
    made_on = document["created_utc"][:10]
    # Whoever is held against the error of several populations is held against the largest.
    rows = sorted(document["errors"], key=lambda row: -row["sem"])
    return tuple(_error(row, made_on) for row in rows)


def _error(row: dict[str, Any], made_on: str) -> Error:
    people, sessions = row["people"], row["sessions"]
    return Error(
        row["measure"],
        row["unit"],
        row["scale"],
        row["sem"],
        row["trials"],
        "between-days",
        f"{people} people, {sessions} sessions each, {row['population']}",
        f"this clinic's own repeats, {FILE} of {made_on}",
        "V",
        (row["protocol"],),
        {"condition": row["condition"], "made": row["made"], "simulated": "yes" if row["simulated"] else "no"},
        n=people,
    )
