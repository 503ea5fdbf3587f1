# SPDX-License-Identifier: MIT
"""Kept recordings as a BIDS-Motion data set (BIDS 1.10): one tracking system a device, lost samples n/a and counted.

The cells of an insole are of type MISC, in N: BIDS has no type for a force. All systems of a recording are on the clock
of the insoles; the waist sensor's samples are put on it between neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ... import __version__
from ...care.protocol import load_protocol, protocol_names
from . import for_mne
from .bids_files import BIDS, MISSING, as_json, bids_unit, events, text, tsv
from .motion import CELL
from .names import Labels, Leave, readable, subjects
from .values import Motion, Package, Recording, System, blocks

TYPES = ("ACCEL", "ANGACCEL", "GYRO", "JNTANG", "LATENCY", "MAGN", CELL, "ORNT", "POS", "VEL")
README = """# Recordings of Surefoot

Waist sensor (tracksys imu: acceleration with gravity, and turning) and insoles (insoleL, insoleR: eight cells a foot,
force in N, type MISC since BIDS has none for force), all on the insoles' clock. Axes of the waist sensor: x right,
y forward, z up. Samples that were lost are n/a in every column and counted in LostSamples; none is filled in.

The tables have no head, as BIDS wants it: columns are named in channels.tsv (pandas: header=None, na_values="n/a").
mne-bids (0.20) knows their names and sidecars, but has no reader for the samples in them; its searches find no name
with tracksys, it takes run after tracksys (as BIDS has them) for a wrong order, and its report wants one system a
recording. So the same samples are in derivatives/mne once more, as BrainVision files: its `read_raw_bids`, searches and
report take those, and the README there shows how.

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
    "sex": {"Description": "As told", "Levels": {"F": "female", "M": "male"}},
    "height": {"Description": "Height", "Units": "m"},
    "weight": {"Description": "Weight", "Units": "kg"},
}
AGE_MAX = 89
SEXES = {"female": "F", "male": "M"}  # of all that BIDS allows, what mne-bids reads, too


def write_bids(package: Package, folder: Path, leave: Leave = None) -> list[Path]:
    """The data set; what was written. `leave`: as `names.readable` has it. Raises SurefootError, ExportError."""
    description = {
        "Name": "Surefoot recordings",
        "BIDSVersion": BIDS,
        "DatasetType": "raw",
        "License": "n/a",
        "Authors": ["n/a"],
        "GeneratedBy": [{"Name": "Surefoot", "Version": __version__}],
    }
    made = [
        as_json(folder / "dataset_description.json", description),
        text(folder / "README.md", README + (HIDDEN if package.hidden else "")),
        *for_mne.begin(folder),
    ]
    scans: dict[tuple[Path, Path], list[tuple[Any, ...]]] = {}
    for recording, labels, motion in readable(package, leave):
        (folder / labels.folder / "motion").mkdir(parents=True, exist_ok=True)
        for system in motion.systems:
            made += _system(folder / labels.folder / "motion", labels, recording, motion, system)
        made += events(folder / labels.folder / "motion", labels, motion)
        made += for_mne.recording_files(folder, labels, motion)
        tables = [labels.named("motion.tsv", system.name) for system in motion.systems]
        for root, names in ((Path(), tables), (for_mne.PLACE, [labels.named("motion.vhdr")])):
            rows = scans.setdefault((root, labels.folder), [])
            rows += [(f"motion/{name}", recording.begun_utc, recording.day) for name in names]
    for (root, place), rows in scans.items():
        name = folder / root / place / f"{'_'.join(place.parts)}_scans.tsv"
        made.append(tsv(name, ("filename", "acq_time", "day"), rows))
    subject = {code: f"sub-{label}" for code, label in subjects(package).items()}
    recorded = {place.parts[0] for _, place in scans}
    people = [
        (subject[row["person"]], _age(row["age_years"]), SEXES.get(row["sex"] or ""), row["height_m"], row["weight_kg"])
        for row in package.rows("people")
        if subject[row["person"]] in recorded
    ]
    for root in (folder, folder / for_mne.PLACE):
        head = ("participant_id", "age", "sex", "height", "weight")
        made += [tsv(root / "participants.tsv", head, people), as_json(root / "participants.json", PEOPLE)]
    return [*made, as_json(folder / "scans.json", SCANS)]


def _system(folder: Path, labels: Labels, recording: Recording, motion: Motion, system: System) -> list[Path]:
    table = folder / labels.named("motion.tsv", system.name)
    with table.open("w", encoding="ascii", newline="\n") as file:
        file.writelines(f"{row}\n" for row in rows_of(system.values))
    units = [bids_unit(unit) for unit in system.units]
    body = ["body" if kind != CELL else MISSING for kind in system.kinds]
    columns = zip(system.channels, system.components, system.kinds, system.points, units, body, strict=True)
    head = ("name", "component", "type", "tracked_point", "units", "reference_frame")
    told = {
        "TaskName": labels.task,
        "TaskDescription": ", ".join(one for one in (recording.protocol, recording.condition) if one),
        **_instructions(recording),
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
        as_json(folder / labels.named("motion.json", system.name), told),
        tsv(folder / labels.named("channels.tsv", system.name), head, columns),
        as_json(folder / labels.named("channels.json", system.name), CHANNELS),
    ]


def _instructions(recording: Recording) -> dict[str, str]:
    """What is said before a shipped test of the same version."""
    if recording.protocol not in protocol_names():
        return {}
    protocol = load_protocol(recording.protocol)
    told = {one.id: one.instruction for one in protocol.conditions if protocol.version == recording.version}
    return {"Instructions": told[recording.condition]} if told.get(recording.condition) else {}


def rows_of(values: np.ndarray) -> Iterable[str]:
    """Lines of a table of numbers: seven digits, n/a where one is lost."""
    for some in blocks(len(values)):
        for row in values[some].tolist():
            yield "\t".join(MISSING if value != value else f"{value:.7g}" for value in row)


def _age(years: int | None) -> int | None:
    return None if years is None else min(years, AGE_MAX)
