# SPDX-License-Identifier: MIT
"""Walks of hours: pieces of bounded size, one after the other or side by side, joined to what the whole would give.

First every piece is looked at for what only all of them know (clocks, rests, how the waist's sensor was worn), then
cuts are laid into losses and rests, and each piece is analysed with OVERLAP_S of its neighbours beside it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from surefoot.clinic.walk_find import FoundWalk, Looked, looked, told
from surefoot.clinic.walk_input import WalkInput
from surefoot.clinic.walk_more import More, MoreSoFar, more, with_more, worn_of
from surefoot.clinic.walk_rows import Rows
from surefoot.errors import MeasureError, SurefootError
from surefoot.measures.gait import pieces
from surefoot.measures.gait.bouts import Bouts
from surefoot.measures.gait.parameters import Gait
from surefoot.measures.gait.values import Walked
from surefoot.measures.gait.waist import Waist
from surefoot.measures.gait.waist_axes import Axes

Progress = Callable[[str, int, int], None]


class Source(Protocol):
    """A long recording of which any rows can be read, in any process."""

    @property
    def name(self) -> str:
        """Its file."""
        ...

    def surveys(self) -> int:
        """Into how many tasks the first look is divided."""
        ...

    def survey(self, number: int) -> Any:
        """What one of these tasks finds."""
        ...

    def surveyed(self, found: Sequence[Any]) -> Source:
        """The same recording with what all tasks found; whatever comes below works from then on only."""
        ...

    def shape(self) -> WalkInput:
        """Its facts and warnings, and which sensors it has, with next to no rows."""
        ...

    def axes(self) -> Axes | None:
        """How the sensor at the waist was worn."""
        ...

    def rows(self) -> int:
        """How many there are."""
        ...

    def restless(self) -> np.ndarray:
        """How much went on in each whole second, NaN in a loss (`pieces.cuts`)."""
        ...

    def piece(self, low: int, high: int) -> WalkInput:
        """The rows `low` to `high` - 1."""
        ...


@dataclass(frozen=True)
class Piece:
    """What one piece tells, times in s of the whole: None of a sensor for which there was nothing to tell."""

    seen: dict[str, Walked]
    waist: Waist | None
    failed: dict[str, str]
    also: More
    lost_imu: int


@dataclass(frozen=True)
class _Job:
    source: Source
    leg_m: float | None
    length_factor: float | None
    axes: Axes | None
    on_foot: bool = False


def find_long(
    source: Source,
    leg_m: float | None = None,
    length_factor: float | None = None,
    *,
    jobs: int | None = None,
    piece_s: float = pieces.PIECE_S,
    progress: Progress = lambda what, done, total: None,
) -> tuple[WalkInput, FoundWalk]:
    """As `stream_long`, with every stance and stride in memory."""
    from surefoot.clinic.walk_stream import loaded

    shape, found = stream_long(source, leg_m, length_factor, jobs=jobs, piece_s=piece_s, progress=progress)
    return shape, loaded(found)


def stream_long(
    source: Source,
    leg_m: float | None = None,
    length_factor: float | None = None,
    *,
    jobs: int | None = None,
    piece_s: float = pieces.PIECE_S,
    on_foot: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> tuple[WalkInput, FoundWalk]:
    """What `find` makes of the whole recording, its tables on disk (`FoundWalk.rows`), and its facts without rows.
    `jobs`: processes, the processor's cores where left out. MeasureError as `find`; a piece that fails names its
    minutes. `on_foot` as of a WalkInput."""
    from surefoot.clinic import walk_stream, walk_windows

    count = jobs or os.cpu_count() or 1
    found = list(_each(_survey, source, range(source.surveys()), count, lambda n, of: progress("reading", n, of)))
    source = source.surveyed(found)
    del found
    shape = source.shape()
    rate_hz, rows = shape.rate_hz, source.rows()
    width = max(round(rate_hz), 1)
    at = [second * width for second in pieces.cuts(max(rows // width, 1), source.restless(), piece_s)]
    at[-1] = rows
    job = _Job(source, leg_m, length_factor, source.axes(), on_foot)
    made, tables, lost_imu = MoreSoFar(), Rows(), 0

    def piece_by_piece() -> Iterator[Piece]:
        nonlocal lost_imu
        for one in _each(_piece, job, list(pairwise(at)), count, lambda n, of: progress("analysing", n, of)):
            made.take(one.also)
            lost_imu += one.lost_imu
            yield replace(one, also=More())

    done = walk_windows.spooled(piece_by_piece(), tables)
    lost = {**shape.facts.get("lost_rows", {}), "imu": lost_imu}
    shape = replace(shape, facts={**shape.facts, "lost_rows": lost} if "lost_rows" in shape.facts else shape.facts)
    cuts_s = [row / rate_hz for row in at[1:-1]]
    whole, best = walk_stream.streamed(shape, tables, done, cuts_s, rows / rate_hz)
    return shape, with_more(whole, best, made.more())


_here: Any = None


def _begin(given: Any) -> None:
    global _here
    _here = given


def _call(task: tuple[Callable[[Any, Any], Any], Any]) -> Any:
    return task[0](_here, task[1])


def _each(
    work: Callable[[Any, Any], Any], given: Any, tasks: Sequence[Any], jobs: int, progress: Callable[[int, int], None]
) -> Iterator[Any]:
    """work(given, task) of each task in order, by so many processes."""
    progress(0, len(tasks))
    if min(jobs, len(tasks)) < 2:
        for number, task in enumerate(tasks, 1):
            yield work(given, task)
            progress(number, len(tasks))
        return
    pool: Executor
    with ProcessPoolExecutor(min(jobs, len(tasks)), initializer=_begin, initargs=(given,)) as pool:
        try:
            for number, made in enumerate(pool.map(_call, [(work, task) for task in tasks]), 1):
                yield made
                progress(number, len(tasks))
        except BrokenProcessPool:
            raise MeasureError(
                "A process that analysed a part of the walk was ended from outside, which happens where memory runs"
                " out: give fewer --jobs."
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _survey(source: Source, number: int) -> Any:
    return source.survey(number)


def _piece(job: _Job, rows: tuple[int, int]) -> Piece:
    rate_hz = job.source.shape().rate_hz
    try:
        return _analysed(job, *rows)
    except SurefootError as reason:
        raise MeasureError(f"{_minutes(job, rows, rate_hz)}: {reason}") from None
    except Exception as reason:  # of another process nothing else would say where
        raise MeasureError(f"{_minutes(job, rows, rate_hz)} failed: {type(reason).__name__}: {reason}") from reason


def _minutes(job: _Job, rows: tuple[int, int], rate_hz: float) -> str:
    low, high = (row / rate_hz / 60 for row in rows)
    return f"{job.source.name}, minutes {low:.0f} to {high:.0f}"


def _analysed(job: _Job, low: int, high: int) -> Piece:
    """The piece that owns rows `low` to `high` - 1."""
    source = job.source
    rate_hz = source.shape().rate_hz
    beside = round(pieces.OVERLAP_S * rate_hz)
    first, last = max(low - beside, 0), min(high + beside, source.rows())
    walk = replace(source.piece(first, last), on_foot=job.on_foot)
    by_sensor = looked(walk, job.leg_m, job.length_factor, job.axes)
    own = slice(low - first, high - first)
    try:
        also = _own_more(walk, by_sensor, own, high == source.rows())
    except MeasureError:  # nobody walked in it
        also = More()
    worn = _worn(walk, first, low, high if high < source.rows() else last)
    begin_s = first / rate_hz
    waist = None if by_sensor.waist is None else pieces.shifted_waist(by_sensor.waist, begin_s)
    seen = {name: pieces.shifted(one, begin_s) for name, one in by_sensor.seen.items()}
    also = replace(also, worn=worn, quiet=None if also.quiet is None else _later(also.quiet, begin_s))
    lost = 0 if walk.acc_ms2 is None else int((~np.isfinite(walk.acc_ms2[own, 0])).sum())
    return Piece(seen, waist, by_sensor.failed, also, lost)


def _own_more(walk: WalkInput, by_sensor: Looked, own: slice, to_end: bool) -> More:
    """Of strides that begin in the rows `own`, standings in them, and the parts of bouts that lie there."""
    found, best = told(walk, by_sensor)
    low_s, high_s = own.start / walk.rate_hz, own.stop / walk.rate_hz
    table, bouts = found.gait.strides, found.gait.bouts
    inside = np.flatnonzero((bouts.end_s > low_s) & (bouts.start_s < high_s))
    number = np.full(len(bouts) + 1, -1)
    number[inside] = np.arange(len(inside))
    mine = table.at((table.start_s >= low_s) & (table.start_s < high_s))
    mine = replace(mine, bout=number[mine.bout])
    columns = {name: values[inside] for name, values in bouts.columns().items()}
    ends = {"start_s": np.maximum(columns["start_s"], low_s), "end_s": np.minimum(columns["end_s"], high_s)}
    gait: Gait = replace(found.gait, strides=mine, bouts=Bouts(**(columns | ends)))
    waist = found.waist
    if waist is not None:
        waist = replace(waist, rise_m=np.where((waist.step_s >= low_s) & (waist.step_s < high_s), waist.rise_m, np.nan))
    also = more(walk, replace(found, gait=gait, waist=waist), best)
    if also.quiet is None:
        return also
    stood = also.quiet
    keep = (stood.begin_s >= low_s) & ((stood.begin_s < high_s) | to_end)
    stood = replace(
        stood, begin_s=stood.begin_s[keep], end_s=stood.end_s[keep], mean_n=stood.mean_n[keep],
        left_share=stood.left_share[keep],
    )  # fmt: skip
    return replace(also, quiet=stood)


def _worn(walk: WalkInput, first: int, low: int, high: int) -> Any:
    """Of the whole minutes of the recording that begin in rows `low` to `high` - 1."""
    width = round(60 * walk.rate_hz)
    begin, end = (-(-row // width) * width for row in (low, high))
    rows = slice(begin - first, end - first)
    part = replace(
        walk,
        force_n=None if walk.force_n is None else walk.force_n[rows],
        acc_ms2=None if walk.acc_ms2 is None else walk.acc_ms2[rows],
    )
    return worn_of(part, 60.0 * (begin // width)) if begin < end else None


def _later(stood: Any, by_s: float) -> Any:
    return replace(stood, begin_s=stood.begin_s + by_s, end_s=stood.end_s + by_s)
