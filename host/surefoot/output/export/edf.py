# SPDX-License-Identifier: MIT
"""Kept recordings as EDF+ files, continuous: every row keeps its time, and what was lost can't be taken for a number.

EDF has no value for a lost sample. The lowest digital number of each signal is kept for it alone, and each gap is an
annotation with its duration ("lost imu"); the last record is filled up with the same and annotated, too. A recording
of more than two hours is a file for every two.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil, floor, log10
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...care.codes import codes
from .names import Leave, readable
from .values import ExportError, Mark, Motion, Package, Recording, Row

if TYPE_CHECKING:
    from edfio import Edf

LOWEST, HIGHEST = -32768, 32767
INSTALL = "pip install 'surefoot[export]'"
PAST_END = "no data: end of the last record"
STEPS = (1.0, 2.0, 5.0, 10.0, 20.0)
FINEST = 1e-3  # of a range: what is smaller in m/s2, deg/s or N is noise, and would not fit EDF's field
SEXES = {"female": "F", "male": "M"}
FIELD_MAX = 80  # letters that EDF has for what is said of a recording
PIECE_RECORDS = 7200  # of a second each: a longer recording is several files
DURATION_MAX = 8  # letters that EDF has for the duration of a record


def write_edf(package: Package, folder: Path, leave: Leave = None) -> list[Path]:
    """A file a recording; `leave`: as `names.readable` has it. Raises ExportError where edfio isn't installed,
    SurefootError."""
    about = {row["person"]: row for row in package.rows("people")}
    made = []
    for recording, labels, whole in readable(package, leave):
        cuts = pieces(whole)
        for number, (low, high) in enumerate(cuts, 1):
            path = folder / labels.named(f"split-{number:02}_motion.edf" if len(cuts) > 1 else "motion.edf")
            edf_of(recording, part_of(whole, low, high), about[recording.person], low / whole.rate_hz).write(path)
            made.append(path)
    return made


def pieces(motion: Motion) -> list[tuple[int, int]]:
    """Rows of each file: whole records, since a file is made in memory."""
    step = round(motion.rate_hz) * PIECE_RECORDS
    return [(low, min(low + step, motion.rows)) for low in range(0, motion.rows, step)]


def part_of(motion: Motion, low: int, high: int) -> Motion:
    """Rows `low` to `high` - 1 by themselves."""
    systems = []
    for one in motion.systems:
        inside = [(max(first, low), min(first + count, high)) for first, count in one.gaps]
        gaps = tuple((first - low, last - first) for first, last in inside if last > first)
        lost = sum(count for _, count in gaps)
        systems.append(replace(one, values=one.values[low:high], gaps=gaps, lost=lost))
    begin_s, end_s = low / motion.rate_hz, high / motion.rate_hz
    marks = tuple(Mark(mark.onset_s - begin_s, mark.text) for mark in motion.marks if begin_s <= mark.onset_s < end_s)
    return replace(motion, rows=high - low, systems=tuple(systems), marks=marks)


def edf_of(recording: Recording, motion: Motion, about: Row, after_s: float = 0.0) -> Edf:
    """One recording, or what of it began `after_s` after it did. Without its time the file says 1 January 1985, which
    is how EDF+ writes an unknown one."""
    edfio = _library()
    per_record = round(motion.rate_hz)
    duration_s = record_s(per_record, motion.rate_hz)
    records = ceil(motion.rows / per_record)
    past = records * per_record - motion.rows
    signals = []
    for system in motion.systems:
        for name, unit, values in zip(system.channels, system.units, system.values.T, strict=True):
            top = top_of(values)
            digital = np.full(records * per_record, LOWEST, np.int16)
            digital[: motion.rows] = to_digital(values, top)
            signals.append(edfio.EdfSignal.from_digital(
                digital, per_record / duration_s, label=name, physical_dimension=codes().unit(unit),
                physical_range=(-top, top), digital_range=(LOWEST, HIGHEST), transducer_type=system.name,
                prefiltering="nominal calibration" if motion.nominal else "",
            ))  # fmt: skip
    begun = None
    if recording.begun_utc:
        begun = datetime.fromisoformat(recording.begun_utc) + timedelta(seconds=after_s)
    equipment = _word(f"Surefoot_{motion.device}")
    said = [one for one in (recording.protocol, recording.condition, f"trial{recording.trial}") if one]
    return edfio.Edf(
        signals,
        patient=edfio.Patient(code=_word(recording.person), sex=SEXES.get(about["sex"] or "", "X")),  # type: ignore[arg-type]
        recording=edfio.Recording(
            startdate=begun.date() if begun else None,
            equipment_code=equipment,
            additional=fitting([_word(one) for one in said], FIELD_MAX - len(f"Startdate DD-MMM-YYYY X X {equipment}")),
        ),
        starttime=begun.time() if begun else None,
        data_record_duration=duration_s,
        annotations=[edfio.EdfAnnotation(*one) for one in [(0.0, None, " ".join(said)), *notes_of(motion, past)]],
    )


def fitting(words: list[str], room: int) -> list[str]:
    """As many of the words, from the first, as a header field has room for with a blank before each."""
    return [word for at, word in enumerate(words, 1) if sum(len(one) + 1 for one in words[:at]) <= room]


def notes_of(motion: Motion, past: int) -> list[tuple[float, float | None, str]]:
    """Onset and duration in s, and text: marks, cues, what was lost, and the filling of the last record."""
    found: list[tuple[float, float | None, str]] = [(mark.onset_s, None, mark.text) for mark in motion.marks]
    for system in motion.systems:
        found += [
            (first / motion.rate_hz, count / motion.rate_hz, f"lost {system.name}") for first, count in system.gaps
        ]
    if past:
        found.append((motion.rows / motion.rate_hz, past / motion.rate_hz, PAST_END))
    return sorted(found, key=lambda one: one[0])


def record_s(per_record: int, rate_hz: float) -> float:
    """Duration of a record, to the digits that EDF has room for: times then are right to a millionth."""
    return float(f"{per_record / rate_hz:.7f}"[:DURATION_MAX])


def top_of(values: np.ndarray) -> float:
    """A round number above every value, so that none is taken for a lost one."""
    largest = max(FINEST, float(np.nanmax(np.abs(values)))) if np.isfinite(values).any() else FINEST
    scale = 10.0 ** floor(log10(largest))
    return next(scale * step for step in STEPS if scale * step > largest * 1.001)


def to_digital(values: np.ndarray, top: float) -> np.ndarray:
    """int16 of values between -top and top; LOWEST where lost, and only there."""
    share = (np.nan_to_num(values) + top) / (2 * top)
    digital = np.clip(np.rint(share * (HIGHEST - LOWEST) + LOWEST), LOWEST + 1, HIGHEST)
    return np.where(np.isnan(values), LOWEST, digital).astype(np.int16)


def _word(text: str) -> str:
    """EDF's fields are of ASCII without blanks."""
    return "".join(sign if sign.isascii() and sign.isprintable() and sign != " " else "_" for sign in text)


def _library() -> Any:
    try:
        import edfio
    except ImportError:
        raise ExportError(f"EDF+ needs edfio, which isn't installed: {INSTALL}") from None
    return edfio
