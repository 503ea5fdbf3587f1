# SPDX-License-Identifier: MIT
"""Kept recordings as EDF+ files, continuous: every row keeps its time, and what was lost can't be taken for a number.

EDF has no value for a lost sample. The lowest digital number of each signal is kept for it alone, and each gap is an
annotation with its duration ("lost imu"); the last record is filled up with the same and annotated, too.
"""

from __future__ import annotations

from datetime import datetime
from math import ceil, floor, log10
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...care.codes import codes
from .names import labelled
from .values import ExportError, Motion, Package, Recording, Row

if TYPE_CHECKING:
    from edfio import Edf

LOWEST, HIGHEST = -32768, 32767
INSTALL = "pip install 'surefoot[export]'"
PAST_END = "no data: end of the last record"
STEPS = (1.0, 2.0, 5.0, 10.0, 20.0)
FINEST = 1e-3  # of a range: what is smaller in m/s2, deg/s or N is noise, and would not fit EDF's field
SEXES = {"female": "F", "male": "M"}
FIELD_MAX = 80  # letters that EDF has for what is said of a recording
DURATION_MAX = 8  # letters that EDF has for the duration of a record


def write_edf(package: Package, folder: Path) -> list[Path]:
    """A file a recording. Raises ExportError where edfio isn't installed, SurefootError."""
    about = {row["person"]: row for row in package.rows("people")}
    made = []
    for recording, labels in labelled(package):
        path = folder / labels.named("motion.edf")
        edf_of(recording, recording.motion(), about[recording.person]).write(path)
        made.append(path)
    return made


def edf_of(recording: Recording, motion: Motion, about: Row) -> Edf:
    """One recording. Without its time the file says 1 January 1985, which is how EDF+ writes an unknown one."""
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
    begun = datetime.fromisoformat(recording.begun_utc) if recording.begun_utc else None
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
