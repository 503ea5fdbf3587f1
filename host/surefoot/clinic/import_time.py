# SPDX-License-Identifier: MIT
"""Time stamps of a file to an even rate: rows that are missing become NaN rows, rows are never moved or made up."""

from dataclasses import dataclass

import numpy as np

from surefoot.clinic.import_columns import Source
from surefoot.delimited import Layout
from surefoot.delimited_read import line_of
from surefoot.errors import MeasureError
from surefoot.measures.processing import MIN_RATE_HZ

GAP = 1.5  # steps of the usual length: beyond it, rows are missing
ROUGH_GAP = 3.0  # the same where the stamps scatter so much that one missing row can't be told
WHOLE_HZ = 1e-4  # a rate this near to a whole number of hertz is that number: crystals and stamps are no better
AGREE = 0.01
UNEVEN = 0.15  # of the usual step: scatter of the stamps above which it is said
FASTEST_HZ = 20_000.0


@dataclass(frozen=True)
class Even:
    """Values [n, k] at an even rate, NaN where rows were missing; how many, in how many gaps; what is to be said."""

    values: np.ndarray
    rate_hz: float
    missing_rows: int = 0
    gaps: int = 0
    notes: tuple[str, ...] = ()


def even(
    values: np.ndarray, time_s: np.ndarray | None, given_hz: float | None, layout: Layout, source: Source | None
) -> Even:
    """Values [n, k] on an even grid, by their time stamps [n] in s or, without those, by the rate that is given.

    MeasureError: neither is there, they disagree, stamps stand still or run backward, or the rate is none of a
    balance recording.
    """
    if given_hz is not None and not 0 < given_hz < np.inf:
        raise MeasureError(f"--rate {given_hz:g} is no rate: give the samples a second, such as 100.")
    if time_s is None:
        if given_hz is None:
            raise MeasureError(
                f"How fast {layout.path} was sampled isn't said: give --rate HZ, or name its column of times in"
                " --columns, such as time=Time[s]."
            )
        return Even(values, _possible(given_hz, layout, None))
    step_s = _steps_s(time_s, layout, source)
    usual_s = float(np.median(step_s))
    rate_hz = _possible(1 / usual_s, layout, source)
    scatter = float(np.abs(step_s[step_s < ROUGH_GAP * usual_s] / usual_s - 1).mean())
    near = step_s < (GAP if scatter <= UNEVEN else ROUGH_GAP) * usual_s
    # Stamps rounded to a millisecond have a median step that is wrong by up to one; their mean isn't.
    rate_hz = 1 / float(step_s[near].mean())
    whole_hz = float(round(rate_hz))
    rate_hz = whole_hz if whole_hz and abs(rate_hz / whole_hz - 1) < WHOLE_HZ else round(rate_hz, 3)
    notes = []
    if given_hz is not None:
        if abs(rate_hz / given_hz - 1) > AGREE:
            raise MeasureError(
                f"--rate says {given_hz:g} Hz and the times in {layout.path} say {rate_hz:g} Hz: leave out --rate, or"
                " leave the column of times out of --columns if they are wrong."
            )
        rate_hz = given_hz
    if scatter > UNEVEN:
        notes.append(
            f"The time stamps scatter by {scatter:.0%} of a step: the rows are taken as even, at {rate_hz:g} Hz, and"
            " single rows that are missing can't be told."
        )
    absent = np.where(near, 0, np.maximum(np.rint(step_s * rate_hz).astype(np.int64) - 1, 0))
    missing = int(absent.sum())
    if not missing:
        return Even(values, rate_hz, notes=tuple(notes))
    if missing > len(values):
        raise MeasureError(
            f"{layout.path} lacks {missing} rows by its times, more than the {len(values)} that it has: check the"
            " column of times, or cut the file at its gaps."
        )
    full = np.full((len(values) + missing, values.shape[1]), np.nan)
    full[np.arange(len(values)) + np.concatenate(([0], np.cumsum(absent)))] = values
    gaps = int((absent > 0).sum())
    return Even(full, rate_hz, missing, gaps, tuple(notes))


def _steps_s(time_s: np.ndarray, layout: Layout, source: Source | None) -> np.ndarray:
    """Steps between the stamps, all above 0."""
    unknown = np.flatnonzero(~np.isfinite(time_s))
    if len(unknown):
        raise MeasureError(
            f"{len(unknown)} times in {layout.path} are empty, first at line {line_of(layout, unknown[0])}: delete"
            " those rows, or leave the times out of --columns and give --rate."
        )
    if len(time_s) < 3:
        raise MeasureError(f"{layout.path} has {len(time_s)} rows of numbers: a recording is needed.")
    step_s = np.diff(time_s)
    wrong = np.flatnonzero(step_s <= 0)
    if len(wrong):
        same = step_s[wrong[0]] == 0
        what = "the same time as the row before it" if same else "an earlier time than the row before it"
        raise MeasureError(
            f"{layout.path}, line {line_of(layout, wrong[0] + 1)} has {what} ({len(wrong)} such rows): delete rows that"
            f" are there twice, or leave {source or 'the times'} out of --columns and give --rate."
        )
    return step_s


def _possible(rate_hz: float, layout: Layout, source: Source | None) -> float:
    """The rate, if a balance recording can have it; a thousandfold mistake of the unit is named."""
    if source and source.unit and rate_hz < MIN_RATE_HZ <= rate_hz * 1e3 <= FASTEST_HZ and source.unit.word == "s":
        raise MeasureError(
            f"The times in {layout.path} make {rate_hz:g} Hz: this looks like milliseconds given as seconds, so say"
            f" time={source.name}[ms]."
        )
    if source and source.unit and rate_hz > FASTEST_HZ and source.unit.word != "s":
        raise MeasureError(
            f"The times in {layout.path} make {rate_hz:g} Hz: this looks like seconds given as {source.unit.word}, so"
            f" say time={source.name}[s]."
        )
    if rate_hz > FASTEST_HZ:
        raise MeasureError(f"{rate_hz:g} Hz is no rate of a force plate or motion sensor: check the times or --rate.")
    return rate_hz
