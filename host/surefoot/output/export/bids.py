# SPDX-License-Identifier: MIT
"""Kept recordings as a BIDS-Motion data set (BIDS 1.10): one tracking system a device, lost samples n/a and counted.

The cells of an insole are of type MISC, in N: BIDS has no type for a force. All systems of a recording are on the clock
of the insoles; the waist sensor's samples are put on it between neighbours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ... import __version__
from ...care.codes import codes
from .motion import CELL
from .names import Labels, labelled, subjects
from .values import Motion, Package, Recording, System

BIDS = "1.10.0"
MISSING = "n/a"
TYPES = ("ACCEL", "ANGACCEL", "GYRO", "JNTANG", "LATENCY", "MAGN", CELL, "ORNT", "POS", "VEL")
README = """# Recordings of Surefoot

Waist sensor (tracksys imu: acceleration with gravity, and turning) and insoles (insoleL, insoleR: eight cells a foot,
force in N, type MISC since BIDS has none for force), all on the insoles' clock. Axes of the waist sensor: x right,
y forward, z up. Samples that were lost are n/a in every column and counted in LostSamples; none is filled in.

Surefoot measures and suggests; a clinician decides. It is not a medical device. The way somebody stands and walks may
identify them: hand these recordings on only as their consent says.
"""
HIDDEN = "De-identified: codes are random, days are counted from the person's first, free texts are left out.\n"
CHANNELS = {
    "reference_frame": {
        "Description": "Axes of the body at the lower back, while standing",
        "Levels": {"body": {"SpatialAxes": "RAS", "RotationRule": "right-hand", "RotationOrder": "XYZ"}},
    }
}
SCANS = {
    "acq_time": {"Description": "When the recording began, UTC; n/a where that is left out"},
    "day": {"Description": "Days since the first thing written about this person", "Units": "day"},
}
PEOPLE = {
    "age": {"Description": "Age; 89 stands for 89 or older", "Units": "year"},
    "sex": {"Description": "As told", "Levels": {"female": "female", "male": "male"}},
    "height": {"Description": "Height", "Units": "m"},
    "weight": {"Description": "Weight", "Units": "kg"},
}
AGE_MAX = 89


def write_bids(package: Package, folder: Path) -> list[Path]:
    """The data set; what was written. Raises SurefootError, ExportError."""
    description = {
        "Name": "Surefoot recordings",
        "BIDSVersion": BIDS,
        "DatasetType": "raw",
        "License": "n/a",
        "Authors": ["n/a"],
        "GeneratedBy": [{"Name": "Surefoot", "Version": __version__}],
    }
    made = [
        _json(folder / "dataset_description.json", description),
        _text(folder / "README.md", README + (HIDDEN if package.hidden else "")),
        _json(folder / "participants.json", PEOPLE),
        _json(folder / "scans.json", SCANS),
    ]
    subject = subjects(package)
    scans: dict[tuple[str, int], list[tuple[Any, ...]]] = {}
    for recording, labels in labelled(package):
        place = Path(f"sub-{labels.subject}", f"ses-{labels.session:02}", "motion")
        (folder / place).mkdir(parents=True, exist_ok=True)
        motion = recording.motion()
        for system in motion.systems:
            made += _system(folder / place, labels, recording, motion, system)
            row = (f"motion/{labels.named('motion.tsv', system.name)}", recording.begun_utc, recording.day)
            scans.setdefault((labels.subject, labels.session), []).append(row)
        made += _events(folder / place, labels, motion)
    for (who, session), rows in scans.items():
        name = folder / f"sub-{who}" / f"ses-{session:02}" / f"sub-{who}_ses-{session:02}_scans.tsv"
        made.append(_tsv(name, ("filename", "acq_time", "day"), rows))
    recorded = {who for who, _ in scans}
    people = [
        (f"sub-{subject[row['person']]}", _age(row["age_years"]), row["sex"], row["height_m"], row["weight_kg"])
        for row in package.rows("people") if subject[row["person"]] in recorded
    ]  # fmt: skip
    head = ("participant_id", "age", "sex", "height", "weight")
    return [*made, _tsv(folder / "participants.tsv", head, people)]


def bids_unit(ucum: str) -> str:
    """As BIDS writes it: m/s2 is m/s^2. Raises CodeError for a unit that isn't in the table."""
    return re.sub(r"(?<=[a-z])(\d)", r"^\1", codes().unit(ucum))


def _system(folder: Path, labels: Labels, recording: Recording, motion: Motion, system: System) -> list[Path]:
    table = folder / labels.named("motion.tsv", system.name)
    table.write_text("\n".join(rows_of(system.values)) + "\n", "ascii")
    units = [bids_unit(unit) for unit in system.units]
    body = ["body" if kind != CELL else MISSING for kind in system.kinds]
    columns = zip(system.channels, system.components, system.kinds, system.points, units, body, strict=True)
    head = ("name", "component", "type", "tracked_point", "units", "reference_frame")
    told = {
        "TaskName": labels.task,
        "TaskDescription": ", ".join(one for one in (recording.protocol, recording.condition) if one),
        "TrackingSystemName": system.name,
        "Manufacturer": "Surefoot",
        "ManufacturersModelName": "Surefoot insoles and waist sensor",
        "SoftwareVersions": motion.firmware,
        "DeviceSerialNumber": motion.device,
        "SamplingFrequency": round(motion.rate_hz),
        "SamplingFrequencyEffective": motion.rate_hz,
        "RecordingDuration": motion.rows / motion.rate_hz,
        "RecordingType": "continuous",
        "MissingValues": MISSING,
        "MotionChannelCount": len(system.channels),
        "TrackedPointsCount": len(set(system.points)),
        "SubjectArtefactDescription": MISSING,
        "LostSamples": system.lost,
        "NominalCalibration": motion.nominal,
    } | {f"{kind}ChannelCount": system.kinds.count(kind) for kind in TYPES}
    return [
        table,
        _json(folder / labels.named("motion.json", system.name), told),
        _tsv(folder / labels.named("channels.tsv", system.name), head, columns),
        _json(folder / labels.named("channels.json", system.name), CHANNELS),
    ]


def rows_of(values: np.ndarray) -> Iterable[str]:
    """Lines of a table of numbers: seven digits, n/a where one is lost."""
    for row in values.tolist():
        yield "\t".join(MISSING if value != value else f"{value:.7g}" for value in row)


def _events(folder: Path, labels: Labels, motion: Motion) -> list[Path]:
    """Marks and cues; and where a system lost samples, in every system's events."""
    rows = [(mark.onset_s, 0, mark.text) for mark in motion.marks]
    for system in motion.systems:
        rows += [
            (first / motion.rate_hz, count / motion.rate_hz, f"lost {system.name}") for first, count in system.gaps
        ]
    if not rows:
        return []
    lines = [(f"{onset:.6f}", f"{duration:.6f}", text) for onset, duration, text in sorted(rows)]
    return [
        _tsv(folder / labels.named("events.tsv"), ("onset", "duration", "trial_type"), lines),
        _json(folder / labels.named("events.json"), {"trial_type": {"Description": "Mark, cue or loss of samples"}}),
    ]


def _age(years: int | None) -> int | None:
    return None if years is None else min(years, AGE_MAX)


def _tsv(path: Path, head: Sequence[str], rows: Iterable[Iterable[Any]]) -> Path:
    lines = ["\t".join(head)]
    lines += ["\t".join(MISSING if cell is None else str(cell) for cell in row) for row in rows]
    return _text(path, "\n".join(lines) + "\n")


def _json(path: Path, told: Mapping[str, Any]) -> Path:
    return _text(path, json.dumps(told, ensure_ascii=False, indent=1) + "\n")


def _text(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path
