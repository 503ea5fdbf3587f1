# SPDX-License-Identifier: MIT
"""The recordings of a BIDS data set once more, below derivatives/mne, in a format that MNE reads: BrainVision.

BIDS has motion as tables of text alone, and for these mne-bids (0.20) has names and sidecars but no reader. A file here
holds all systems of a recording, which are on one clock, as floats of 32 bits; a lost sample is NaN, as it is n/a in
the table. BrainVision: Brain Products, "BrainVision Core Data Format 1.0" (2019).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ... import __version__
from .bids_files import BIDS, MISSING, as_json, bids_unit, events, text, tsv
from .names import Labels
from .values import Motion, blocks

PLACE = Path("derivatives", "mne")
HOW = """import mne_bids
path = mne_bids.BIDSPath(root="derivatives/mne", subject="...", session="01", task="...", datatype="motion",
                         suffix="motion", extension=".vhdr", check=False)  # run="01" of a task done more than once
raw = mne_bids.read_raw_bids(path)
"""
README = f"""# The same recordings for MNE

Each recording of the data set, all its systems in one BrainVision file: SI units, floats of 32 bits, NaN where a
sample was lost. Nothing was computed.

```python
{HOW}```
"""
DESCRIPTION = {
    "Name": "Surefoot recordings for MNE",
    "BIDSVersion": BIDS,
    "DatasetType": "derivative",
    "License": "n/a",
    "Authors": ["n/a"],
    "GeneratedBy": [{"Name": "Surefoot", "Version": __version__}],
    "DatasetLinks": {"raw": "../.."},
}
HEADER = """Brain Vision Data Exchange Header File Version 1.0

[Common Infos]
Codepage=UTF-8
DataFile={eeg}
MarkerFile={vmrk}
DataFormat=BINARY
DataOrientation=MULTIPLEXED
NumberOfChannels={count}
SamplingInterval={interval_us:.9g}

[Binary Infos]
BinaryFormat=IEEE_FLOAT_32

[Channel Infos]
"""
MARKERS = """Brain Vision Data Exchange Marker File, Version 1.0

[Common Infos]
Codepage=UTF-8
DataFile={eeg}

[Marker Infos]
"""


def begin(folder: Path) -> list[Path]:
    """What tells of all recordings below `folder`, the data set's root."""
    place = folder / PLACE
    place.mkdir(parents=True)
    return [
        as_json(place / "dataset_description.json", DESCRIPTION),
        text(place / "README.md", README),
        text(place / ".bidsignore", "sub-*\n"),  # BIDS has no name for such files
    ]


def recording_files(folder: Path, labels: Labels, motion: Motion) -> list[Path]:
    """One recording."""
    place = folder / PLACE / labels.folder / "motion"
    place.mkdir(parents=True, exist_ok=True)
    own = {end: place / labels.named(f"motion.{end}") for end in ("vhdr", "eeg", "vmrk", "json")}
    called = {end: path.name for end, path in own.items()}
    channels = [
        (name, "MISC", bids_unit(unit), system.name)
        for system in motion.systems
        for name, unit in zip(system.channels, system.units, strict=True)
    ]
    header = HEADER.format(**called, count=len(channels), interval_us=1e6 / motion.rate_hz)
    lines = [f"Ch{number}={name},,1,{unit}" for number, (name, _, unit, _) in enumerate(channels, 1)]
    told = {
        "TaskName": labels.task,
        "SamplingFrequency": motion.rate_hz,
        "PowerLineFrequency": MISSING,
        "RecordingDuration": motion.rows / motion.rate_hz,
        "Sources": [
            f"bids:raw:{(labels.folder / 'motion' / labels.named('motion.tsv', system.name)).as_posix()}"
            for system in motion.systems
        ],
    }
    with own["eeg"].open("wb") as file:
        for rows in blocks(motion.rows):
            together = np.hstack([system.values[rows] for system in motion.systems])
            file.write(together.astype("<f4").tobytes())
    return [
        own["eeg"],
        text(own["vhdr"], header + "\n".join(lines) + "\n"),
        text(own["vmrk"], MARKERS.format(**called)),
        as_json(own["json"], told),
        tsv(place / labels.named("channels.tsv"), ("name", "type", "units", "tracking_system"), channels),
        *events(place, labels, motion),
    ]
