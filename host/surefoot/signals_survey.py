# SPDX-License-Identifier: MIT
"""A long recording in pieces of bounded size: what is true of all of it is surveyed first, then any rows can be read.

Byte ranges are decoded by themselves, each behind the recording's own beginning (its schema, configuration and head).
Sample numbers are absolute, so that pieces need no order. Times are those of `signals.to_signals`: clocks are fitted
to frames and readings of the whole recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import recording, rezero, signals_check, signals_time
from .calibration import Calibration
from .calibration_law import loads, saturated_counts
from .decode import Decoded, Samples
from .errors import RecordingError
from .recording_parts import Part, first_row, read_bytes
from .signals import Floats
from .signals_runs import covered, outside_of

LEAD_BYTES = 1 << 14  # before a part: a chain of packed frames that began there is whole
FRAMES, MOST_FRAMES = 1024, 1 << 13  # of some parts are enough for their clock, and so many of all
SECONDS = 10.0  # of walking hold swings of both feet
EVERY, MOST_ROWS = (
    20,
    60_000,
)  # one row of so many tells loads and doubts, or fewer, so that a day's take no more memory
CLOCKS = ("imu_us", "imu_t")  # all of a status that is looked at
Ints = npt.NDArray[np.int64]
Zeros = tuple[Floats | None, Floats | None]


@dataclass(frozen=True, eq=False)
class PartFacts:
    """What some parts hold: each with its first row of the insoles (None: unknown) and each foot's last zero in it, the
    runs [k,2] of rows that came, some frames' clocks, counts of every EVERYth row, each second's change of load, and
    ranges."""

    parts: tuple[tuple[Part, int | None, Zeros], ...]
    decoded: Decoded
    runs: Ints
    some: npt.NDArray[np.uint16]
    restless: Ints
    low: Ints
    high: Ints
    imu_ends: Ints
    imu_ranges: tuple[Ints, Ints]


def part_facts(
    path: Path, parts: Sequence[Part], head: bytes, record: Calibration, of: int = 1
) -> tuple[PartFacts, Samples | None]:
    """Of parts that follow each other, one lot `of` so many, and their IMU samples."""
    decoded = read_bytes(path, max(parts[0].begin - LEAD_BYTES, len(recording.MAGIC)), parts[-1].end, head)
    cells, imu = decoded.samples["cells"], decoded.samples.get("imu")
    index, counts = cells.index, cells.counts
    n = len(index)
    every = max(EVERY, -(-n * of // MOST_ROWS))
    second = index // max(round(cells.rate_hz), 1)
    starts = np.flatnonzero(np.diff(second, prepend=-1)) if n else np.empty(0, np.intp)
    load = counts.sum(axis=1, dtype=np.int64)
    change = np.maximum.reduceat(load, starts) - np.minimum.reduceat(load, starts) if n else load
    no_range = (np.full(16, 65535), np.zeros(16, np.int64))
    ranges = (counts.min(axis=0).astype(np.int64), counts.max(axis=0).astype(np.int64)) if n else no_range
    motion = np.zeros((0, 6), np.int64) if imu is None else imu.counts.astype(np.int64)
    at_end = (motion >= 32767) | (motion <= -32768)
    ends = np.array([len(motion), at_end[:, :3].any(axis=1).sum(), at_end[:, 3:].any(axis=1).sum()], np.int64)
    facts = PartFacts(
        parts=_marked(path, parts, cells, record),
        decoded=_slim(decoded, min(FRAMES, max(MOST_FRAMES // of, 2))),
        runs=covered(index),
        some=counts[index % every == 0].astype(np.uint16),
        restless=np.stack((second[starts], change), axis=1).astype(np.int64),
        low=ranges[0],
        high=ranges[1],
        imu_ends=ends,
        imu_ranges=(motion.min(axis=0), motion.max(axis=0)) if len(motion) else (np.zeros(6, int), np.zeros(6, int)),
    )
    return facts, imu


def _marked(
    path: Path, parts: Sequence[Part], cells: Samples, record: Calibration
) -> tuple[tuple[Part, int | None, Zeros], ...]:
    known = [first_row(path, part.begin) for part in parts]
    edges = [len(cells.index) if row is None else int(np.searchsorted(cells.index, row)) for row in known]
    out = []
    for part, row, begin, end in zip(parts, known, edges, [*edges[1:], len(cells.index)], strict=True):
        out.append((part, row, _last_zero(cells, slice(begin, max(begin, end)), record)))
    return tuple(out)


def _last_zero(cells: Samples, rows: slice, record: Calibration) -> Zeros:
    """Of the last seconds where they hold a swing of each foot, else of all."""
    left = right = None
    for begin in (max(rows.stop - round(SECONDS * cells.rate_hz), rows.start), rows.start):
        some = slice(begin, rows.stop)
        if some.stop > some.start and (left is None or right is None):
            found = rezero.rezeroed(cells.counts[some], record, cells.rate_hz, index=cells.index[some]).zero_count
            left, right = (zero[-1] if len(zero) else None for zero in found)
    return left, right


def _slim(decoded: Decoded, frames: int) -> Decoded:
    """Without samples but for the clocks of so many frames, and with no gaps, which are those of a part."""
    samples = {}
    for name, one in decoded.samples.items():
        some = np.unique(np.linspace(0, len(one.frame_index) - 1, frames).astype(int)) if len(one.frame_index) else []
        samples[name] = replace(
            one,
            index=one.index[:0].copy(),  # a view would keep all of them in memory
            counts=one.counts[:0].copy(),
            frame_index=one.frame_index[some],
            frame_tick=one.frame_tick[some],
            gaps=(),
        )
    status = {key: values for key, values in decoded.status.items() if key in CLOCKS}
    return replace(decoded, samples=samples, status=status)


@dataclass(frozen=True, eq=False)
class Survey:
    """What is true of a whole recording: `decoded` without samples, its clocks, `rows`, the `holes` [h,2] in them, each
    second's change of load [k,2] (second, counts), each part with its rows, and the zeros `before` it."""

    path: Path
    head: bytes
    decoded: Decoded
    record: Calibration
    rows: int
    period_us: float
    t0_us: float
    holes: Ints
    restless: Ints
    stuck: npt.NDArray[np.bool_]
    has_imu: bool
    parts: tuple[tuple[Part, int, int], ...]
    before: tuple[Zeros, ...]
    warnings: tuple[str, ...]

    @property
    def rate_hz(self) -> float:
        return 1e6 / self.period_us


def survey(path: Path, head: bytes, record: Calibration, found: Sequence[PartFacts]) -> Survey:
    """Of all parts in the order of the file. RecordingError: several sessions, or nothing of the insoles in it."""
    sessions = max(one.decoded.sessions for one in found)
    if sessions > 1:
        raise RecordingError(f"{path} holds {sessions} sessions: a recording is one trial, split it by hand.")
    decoded = _joined(found)
    cells, imu = decoded.samples["cells"], decoded.samples.get("imu")
    runs = np.concatenate([one.runs for one in found])
    if not len(runs):
        raise RecordingError(f"{path} holds no sample of the insoles: check that the board was started and its cable.")
    rows = max(cells.expected, int(runs[:, 1].max()))
    period_us, t0_us, said = signals_time.cells_clock(cells)
    low = np.min([one.low for one in found], axis=0)
    high = np.max([one.high for one in found], axis=0)
    doubts, stuck = _doubts(record, decoded, np.concatenate([one.some for one in found]), low, high)
    ends = np.sum([one.imu_ends for one in found], axis=0)
    if ends[0]:
        assert imu is not None
        alike = replace(imu, index=imu.frame_index)
        doubts += signals_time.imu_times_s(alike, decoded.status, decoded.schema, t0_us)[1]
        seen = [one.imu_ranges for one in found if one.imu_ends[0]]
        doubts += _imu_doubts(ends, np.array([one[0] for one in seen]), np.array([one[1] for one in seen]))
    elif decoded.config.get("imu") is None:
        doubts += ("The board has no IMU, so nothing is known of the trunk.",)
    else:
        doubts += ("Not one IMU sample arrived, so nothing is known of the trunk: run the board's self-test.",)
    parts, before = _laid_out(found, rows)
    return Survey(
        path, head, decoded, record, rows, period_us, t0_us, outside_of(runs, rows),
        np.concatenate([one.restless for one in found]), stuck, bool(ends[0]),
        parts, before, (*said, *doubts),
    )  # fmt: skip


def _laid_out(found: Sequence[PartFacts], rows: int) -> tuple[tuple[tuple[Part, int, int], ...], tuple[Zeros, ...]]:
    """Each part with its first row and the one after its last, and the zeros before it. One whose first row nobody
    knows belongs to the one before."""
    parts: list[tuple[Part, int]] = []
    before: list[Zeros] = []
    zeros: Zeros = (None, None)
    for part, row, mine in (entry for one in found for entry in one.parts):
        if row is not None or not parts:
            parts.append((part, row or 0))
            before.append(zeros)
        else:
            parts[-1] = (Part(parts[-1][0].begin, part.end), parts[-1][1])
        zeros = (zeros[0] if mine[0] is None else mine[0], zeros[1] if mine[1] is None else mine[1])
    lasts = [*(row for _, row in parts[1:]), rows]
    return tuple((part, row, last) for (part, row), last in zip(parts, lasts, strict=True)), tuple(before)


def _joined(found: Sequence[PartFacts]) -> Decoded:
    """One Decoded of all parts', with some of their frames."""
    first, last = found[0].decoded, found[-1].decoded
    samples: dict[str, Samples] = {}
    for name, one in first.samples.items():
        mine = [part.decoded.samples[name] for part in found if len(part.decoded.samples[name].frame_index)]
        index, tick = (
            np.concatenate([getattr(part, column) for part in mine] or [np.empty(0, np.int64)])
            for column in ("frame_index", "frame_tick")
        )
        order = np.unique(index, return_index=True)[1]
        wrap = next(stream["wrap"] for stream in first.schema["streams"] if stream["name"] == name)
        index, tick = index[order], tick[order]
        if len(tick):  # parts know their ticks up to whole wraps
            near = tick[0] + np.round((index - index[0]) * (1e9 / one.rate_hz / one.tick_ns))
            tick = tick + np.round((near - tick) / wrap).astype(np.int64) * wrap
        expected = max(part.decoded.samples[name].expected for part in found)
        samples[name] = replace(one, frame_index=index, frame_tick=tick, expected=expected)
    rows = [part.decoded.status for part in found if part.decoded.status]
    status = {key: np.concatenate([one[key] for one in rows]) for key in rows[0]} if rows else {}
    if status:
        steps = (np.diff(status["imu_t"]) + 2**31) % 2**32 - 2**31
        status["imu_t"] = status["imu_t"][0] + np.concatenate(([0], np.cumsum(steps)))
    config = next((part.decoded.config for part in found[::-1] if part.decoded.config != first.config), first.config)
    return replace(
        first,
        config=config,
        samples=samples,
        status=status,
        end=next((part.decoded.end for part in found[::-1] if part.decoded.end), last.end),
        pings=(),
        bad_frames=sum(part.decoded.bad_frames for part in found),
        heart=_heart(found, samples["cells"]),
    )


def _heart(found: Sequence[PartFacts], cells: Samples) -> Samples | None:
    """The measurements of a strap in all parts, each once, on the clock of the joined cells."""
    mine = [part.decoded for part in found if part.decoded.heart and len(part.decoded.samples["cells"].frame_index)]
    rows: dict[int, tuple[int, npt.NDArray[Any]]] = {}
    hearts = []
    for one in mine:
        own, heart = one.samples["cells"], one.heart
        assert heart
        hearts.append(heart)
        place = int(np.searchsorted(cells.frame_index, own.frame_index[0]))
        shift = int(cells.frame_tick[place] - own.frame_tick[0])
        for index, tick, counts in zip(heart.index.tolist(), heart.frame_tick.tolist(), heart.counts, strict=True):
            rows.setdefault(index, (tick + shift, counts))
    if not rows:
        return None
    index = np.array(sorted(rows), np.int64)
    ticks = np.array([rows[k][0] for k in sorted(rows)], np.int64)
    counts = np.array([rows[k][1] for k in sorted(rows)])
    expected = max(heart.expected for heart in hearts)
    return replace(
        hearts[0], index=index, counts=counts, frame_index=index, frame_tick=ticks, gaps=(), expected=expected
    )


def _doubts(
    record: Calibration, decoded: Decoded, some: npt.NDArray[Any], low: Ints, high: Ints
) -> tuple[tuple[str, ...], npt.NDArray[np.bool_]]:
    """What is said of insoles, shares of one row in EVERY; and the cells at the end of their range throughout."""
    full = saturated_counts(record)
    state = signals_check.state(some, full, decoded.config)
    stuck = (low == high) & (low >= full)
    state = replace(state, low=low, high=high, stuck=stuck)
    force = loads(some, record, ignore=stuck).foot_force_n
    for foot, rows in enumerate(state.gone):
        force[rows, foot] = np.nan
    total = signals_check.total_n(force)
    return signals_check.insoles(state, force, total, signals_check.usual_load(total))[1], stuck


def _imu_doubts(ends: Ints, low: npt.NDArray[Any], high: npt.NDArray[Any]) -> tuple[str, ...]:
    """As `signals_check.imu`, of counts of its samples and of those at the end of acceleration and turn rate."""
    said = signals_check.imu(np.stack((low.min(axis=0), high.max(axis=0))).astype(np.int16))
    shares = {"acceleration": ends[1] / ends[0], "turn rate": ends[2] / ends[0]}
    out = [
        f"The IMU's {name} hit the end of its range in {share:.1%} of the samples: start with a wider one."
        for name, share in shares.items()
        if any(f"IMU's {name}" in one for one in said)
    ]
    if ends[0] > 50 and (low.min(axis=0) == high.max(axis=0)).all():
        out.append("The IMU repeats one and the same sample: run the board's self-test.")
    return tuple(out)
