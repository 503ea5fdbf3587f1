# SPDX-License-Identifier: MIT
"""A walk of our own board in: which calibration record is in force for it, when it was, and its signals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from surefoot import calibration, calibration_store, recording
from surefoot.calibration import Calibration
from surefoot.clinic import heart, in_force, walk_cue
from surefoot.clinic.walk_input import WalkInput, read_text
from surefoot.decode import Decoded
from surefoot.errors import MeasureError
from surefoot.signals import to_signals

CUT = (
    "The recording breaks off without an end, so it may be a part of the walk only: fetch it again if the board has it."
)
NOMINAL = "There is no calibration record, so forces are nominal: contacts don't hang on that, newtons do."


def read_walk(
    path: Path,
    columns: str | None = None,
    rate_hz: float | None = None,
    given: Path | None = None,
    data: Path | None = None,
    pair: str | None = None,
) -> WalkInput:
    """The walk in a file, our own or another maker's; `given`, `data`, `pair`: for the calibration of our own.

    SurefootError says what can't be read, told or believed, and what to do.
    """
    if path.suffix != recording.SUFFIX:
        if given is not None:
            raise MeasureError(f"--calibration belongs to recordings of Surefoot: leave it out for {path}.")
        return read_text(path, columns, rate_hz)
    if columns or rate_hz is not None:
        raise MeasureError(f"--columns and --rate belong to files of other makers: leave them out for {path}.")
    decoded = recording.read(path)
    record, said = record_for(path, decoded, given, data, pair)
    made = to_signals(decoded, record, rezero=True)
    lost = {"cells": int(made.lost_cells.sum()), "imu": int(made.lost_imu.sum())}
    facts = facts_of(decoded, record, len(made.t_s), made.rate_hz, _runs(made.lost_cells), lost)
    until_s = facts["duration_s"]
    beats = heart.of_recording(decoded, made.t0_us, made.clock, 0.0, until_s)
    facts |= {"heart": beats} if beats else {}
    has_imu = bool(np.isfinite(made.acc_ms2).any())
    return WalkInput(
        "Surefoot",
        made.rate_hz,
        np.asarray(made.cell_force_n, float),
        acc_ms2=made.acc_ms2 if has_imu else None,
        gyr_dps=made.gyr_dps if has_imu else None,
        facts=facts,
        warnings=(*cut_short(decoded), *walk_cue.notes(decoded), *said, *made.warnings),
        insole_mm=None if record.nominal else record.foot_length_mm,
    )


def cut_short(decoded: Decoded) -> tuple[str, ...]:
    """A sentence where the recording has no end, so that it is not the whole walk."""
    return () if decoded.end else (CUT,)


def facts_of(
    decoded: Decoded, record: Calibration, rows: int, rate_hz: float, gaps: int, lost: dict[str, int]
) -> dict[str, Any]:
    """What was read, for the record; `lost`: rows by stream, those of the cells in so many `gaps`."""
    return {
        "rows": rows,
        "rate_hz": rate_hz,
        "duration_s": rows / rate_hz,
        "missing_rows": lost["cells"],
        "gaps": gaps,
        "empty_cells": {},
        "columns": {},
        "lost_rows": lost,
        "begun_utc": begun_utc(decoded),
        "fetched_utc": decoded.head.get("fetched_utc"),
        "calibration": "none" if record.nominal else record.id,
        "device": str(decoded.config.get("id", "")),
        "log": decoded.head.get("log"),
        "ended": ended(decoded),
    }


def record_for(
    path: Path, decoded: Decoded, given: Path | None, data: Path | None, pair: str | None
) -> tuple[Calibration, tuple[str, ...]]:
    """The record given, else the one in force when the walk was, of those beside the recording, else of the clinic's
    data folder, else the nominal; and what is to be said of it. CalibrationError: of another board, several pairs."""
    device, said = str(decoded.config.get("id", "")), []
    if given is not None:
        return calibration.must_be_of(calibration.load(given), device), ()
    utc = begun_utc(decoded) or str(decoded.head.get("created_utc") or "")
    if not utc and decoded.head.get("fetched_utc"):
        utc = str(decoded.head["fetched_utc"])
        said.append("The board knew no date, so the calibration is the one that was in force when it was fetched.")
    if not utc:
        utc = _utc(datetime.now(UTC))
        said.append("The board knew no date, so the calibration is the one that is in force now.")
    beside = calibration_store.read_folder(calibration_store.calibration_folder(path.parent))
    shelf = beside if beside.records else calibration_store.shelf(calibration_store.data_folder(data))
    found = in_force.from_shelf(shelf, device, "", utc, pair)
    problems = [one for one in found.said if one.startswith("Not used")]
    if found.record is None or found.record.nominal:
        return calibration.nominal(), (*problems, NOMINAL)
    return found.record, (*problems, *said, *calibration.doubts(found.record, utc))


def begun_utc(decoded: Decoded) -> str | None:
    """When the recording began, None where nobody had told the board the time of day."""
    at_ms = decoded.config.get("utc_ms")
    return None if at_ms is None else _utc(datetime.fromtimestamp(at_ms * 1e-3, UTC))


def ended(decoded: Decoded) -> str | None:
    """Why the board ended the recording, in its own word, such as "stop" or "battery"; None where it never said."""
    reasons = decoded.schema.get("reasons", ())
    number = None if decoded.end is None else decoded.end.get("reason")
    return reasons[number] if number is not None and 0 <= number < len(reasons) else None


def _utc(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files, and of each folder the recordings of our own that lie in it. MeasureError where there are none."""
    out: list[Path] = []
    for path in paths:
        inside = sorted(path.glob(f"*{recording.SUFFIX}")) if path.is_dir() else [path]
        if not inside:
            raise MeasureError(
                f"There is no recording ({recording.SUFFIX}) in {path}: fetch walks by `surefoot log fetch --out"
                f" {path}`, or name files of other makers one by one."
            )
        out += inside
    return out


def _runs(lost: npt.NDArray[np.bool_]) -> int:
    return int((np.diff(lost.astype(np.int8), prepend=0) > 0).sum())
