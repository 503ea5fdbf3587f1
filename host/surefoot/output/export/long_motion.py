# SPDX-License-Identifier: MIT
"""A recording of hours in SI, piece by piece into files that are gone with it: memory holds a piece alone."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ... import wire
from ...cells import CELLS_PER_FOOT
from ...decode import Decoded, Event, decode
from ...recording_parts import beginning, parts_of
from ...signals_pieces import rows_of
from ...signals_survey import PartFacts, Survey, part_facts, survey
from .motion import board, marks_of, systems_of
from .values import Motion

if TYPE_CHECKING:
    from ...calibration import Calibration

LONG_BYTES = 12 << 20  # of a recording: an hour or so as it comes, more packed
PIECE_S = 300.0
PARTS = 10  # of a file are surveyed at a time
TYPES = (np.dtype("<f8"), np.dtype("<f4"), np.dtype("<f4"))  # of the waist and the feet, as signals have them
COLUMNS = (6, CELLS_PER_FOOT, CELLS_PER_FOOT)


def head_of(path: Path) -> Decoded:
    """Schema, configuration and head alone. Raises RecordingError."""
    return decode(beginning(path))


def long_motion(path: Path, record: Calibration, part_bytes: int | None = None) -> Motion:
    """As `motion_of` has the whole with its zeros taken anew. Raises RecordingError, Unreadable, OSError."""
    head = beginning(path)
    parts = parts_of(path, part_bytes) if part_bytes else parts_of(path)
    lots = [parts[first : first + PARTS] for first in range(0, len(parts), PARTS)]
    facts = [part_facts(path, lot, head, record, len(lots))[0] for lot in lots]
    whole = survey(path, head, record, facts)
    said = replace(whole.decoded, events=_events(facts, whole), notes=_notes(facts), pings=_pings(facts))
    marks = marks_of(said, whole.t0_us, whole.rows / whole.rate_hz)
    systems = systems_of(*_spooled(whole))
    return Motion(whole.rate_hz, whole.rows, systems, marks, record.nominal, *board(whole.decoded))


def _spooled(whole: Survey) -> Sequence[np.ndarray]:
    """Waist [n,6] and feet [n,8] in files without a name, which the arrays alone hold open."""
    with tempfile.TemporaryFile() as waist, tempfile.TemporaryFile() as left, tempfile.TemporaryFile() as right:
        files: tuple[IO[bytes], ...] = (waist, left, right)
        step = max(round(PIECE_S * whole.rate_hz), 1)
        for low in range(0, whole.rows, step):
            rows = rows_of(whole, low, min(low + step, whole.rows))
            imu = np.column_stack((rows.acc_ms2, rows.gyr_dps))
            force = rows.cell_force_n
            feet = force[:, :CELLS_PER_FOOT], force[:, CELLS_PER_FOOT:]
            # Written and not mapped, so that a full disk is an error with words.
            for file, values, kind in zip(files, (imu, *feet), TYPES, strict=True):
                file.write(np.ascontiguousarray(values, kind).tobytes())
        made: list[Any] = []
        for file, kind, columns in zip(files, TYPES, COLUMNS, strict=True):
            file.flush()
            made.append(np.memmap(file, kind, "r", shape=(whole.rows, columns)))
        return made


def _events(facts: Sequence[PartFacts], whole: Survey) -> tuple[Event, ...]:
    """Of all parts, each once, on the clock of the whole: a part may know its own up to whole turns of the counter."""
    found: dict[Event, None] = {}
    for one in (facts.decoded for facts in facts):
        cells = one.samples["cells"]
        if len(cells.frame_index):
            true_us = whole.t0_us + float(cells.frame_index[0]) * whole.period_us
            turns = round((true_us - float(cells.frame_tick[0])) / wire.TICK_WRAP)
            for event in one.events:
                found[event._replace(t_us=event.t_us + turns * wire.TICK_WRAP)] = None
    return tuple(found)


def _notes(facts: Sequence[PartFacts]) -> tuple[dict[str, Any], ...]:
    """Notes are behind the beginning and in the overlap of parts again."""
    return tuple({json.dumps(note, sort_keys=True): note for one in facts for note in one.decoded.notes}.values())


def _pings(facts: Sequence[PartFacts]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(ping for one in facts for ping in one.decoded.pings))
