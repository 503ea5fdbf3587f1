# SPDX-License-Identifier: MIT
"""Research measures of the centre of pressure: sample entropy, scaling exponent, diffusion, sway density.

They depend on their parameters, which therefore stand in the fingerprint of each, and never enter a score.
"""

from dataclasses import dataclass

import numpy as np

from surefoot.errors import MeasureError
from surefoot.measures.density import RADIUS_M, SMOOTH_HZ, density
from surefoot.measures.diffusion import diffusion, mean_square_displacement
from surefoot.measures.entropy import sample_entropy
from surefoot.measures.fluctuation import SHORTEST, scaling_exponent
from surefoot.measures.processing import COP, Analysed, Measured, Processing, low_pass, moves
from surefoot.measures.spectra import NO_STRETCH
from surefoot.measures.sway import AXES, DEAD_COLUMN, cop_of, prepare_cop
from surefoot.measures.table import KEYS, RESEARCH_STEMS, to_table

LEAST_DIFFUSION_S = 25.0  # the least for sway measures at all: Scoppa 2013
TOO_SHORT = (
    f"Diffusion needs an unbroken {LEAST_DIFFUSION_S:g} s, for its lags reach to a third: record a longer trial."
)
ONE_AXIS = "Where the feet stood isn't known, so only forward-and-back sway is: give the foot placement."


@dataclass(frozen=True)
class Research:
    """Parameters: rate of entropy and exponent (Montesinos 2018, 10.1186/s12984-018-0465-9), pattern length m and
    tolerance r in SD; smallest window in samples; short and long region of the diffusion in s; rate, radius and
    smoothing of the density."""

    rate_hz: float = 20.0
    m: int = 4
    r: float = 0.25
    shortest: int = SHORTEST
    regions_s: tuple[float, float, float, float] = (0.0, 1.0, 2.0, 10.0)
    density_hz: float = 25.0
    radius_m: float = RADIUS_M
    smooth_hz: float = SMOOTH_HZ

    def __post_init__(self) -> None:
        a, b, c, d = self.regions_s
        rates = 1 <= self.rate_hz < np.inf and 1 <= self.density_hz < np.inf
        if not (rates and 0 <= a < b <= c < d and 1 <= self.m <= 10 and self.r > 0 and self.shortest >= 3):
            raise MeasureError(
                f"These parameters can't be used ({self}): rates must be 1 Hz or more, regions rise, m be 1 to 10, r"
                " above 0 and the smallest window 3 or more samples."
            )


def research_measures(
    cop_m: np.ndarray, rate_hz: float, processing: Processing = COP, options: Research | None = None
) -> Measured:
    """The research measures of a centre of pressure [n, 2] (ML, AP) in m, or of [n], forward and back, alone.

    All of the longest unbroken stretch. `fingerprint_of(key)` names the parameters, with the number of samples N that
    the entropy was made of. MeasureError as for `cop_measures`.
    """
    column = np.asarray(cop_m, dtype=float)
    signal = prepare_cop(column if column.ndim > 1 else column[:, None], rate_hz, processing, min(column.ndim, 2))
    return _research_of(signal, AXES if column.ndim > 1 else AXES[1:], options or Research())


def every_cop_measure(
    cop_m: np.ndarray, rate_hz: float, processing: Processing = COP, options: Research | None = None
) -> Measured:
    """`cop_measures` and `research_measures` of a centre of pressure [n, 2] (ML, AP) in m, prepared once for both."""
    signal = prepare_cop(cop_m, rate_hz, processing, 2)
    made, research = cop_of(signal), _research_of(signal, AXES, options or Research())
    made.update(research)
    made.not_reported |= research.not_reported
    made.own |= research.own
    return made


def _research_of(signal: Analysed, axes: tuple[str, ...], options: Research) -> Measured:
    rate_hz = signal.rate_hz
    longest = signal.longest
    keys = {KEYS["research", stem, axis]: NO_STRETCH for stem, its in RESEARCH_STEMS.items() for axis in its}
    if len(axes) == 1:
        keys = {key: reason if "_ap" in key else ONE_AXIS for key, reason in keys.items()}
    if longest is None:
        return to_table(dict(keys), signal)
    si: dict[str, float | str] = dict(keys)
    own: dict[str, str] = {}

    slow_hz, density_hz = min(options.rate_hz, rate_hz), min(options.density_hz, rate_hz)
    slow = resampled(longest, rate_hz, slow_hz)
    for axis, series in zip(axes, np.ascontiguousarray(slow.T), strict=True):
        entropy, exponent = KEYS["research", "sampen", axis], KEYS["research", "dfa", axis]
        si[entropy] = sample_entropy(series, options.m, options.r)
        own[entropy] = f"sampen-m{options.m}-r{options.r:g}-N{len(series)}-{slow_hz:g}Hz"
        si[exponent] = scaling_exponent(series, options.shortest)
        own[exponent] = f"dfa-{options.shortest}-{len(series) // 4}-{slow_hz:g}Hz"
    _diffusion(longest, rate_hz, axes, options, si, own)
    if len(axes) == 2:
        points = resampled(longest, rate_hz, density_hz)
        found = density(points, density_hz, options.radius_m, options.smooth_hz)
        made = f"density-{options.radius_m * 1e3:g}mm-{options.smooth_hz:g}Hz-{density_hz:g}Hz"
        for stem, value in found.items():
            si[KEYS["research", stem, ""]], own[KEYS["research", stem, ""]] = value, made
    for axis, moving in zip(axes, moves(longest), strict=True):
        if not moving:
            # Of what a filter leaves of a constant, its rounding, an entropy and an exponent could still be computed.
            si |= {key: DEAD_COLUMN[axis] for row, key in KEYS.items() if row[2] in ("", axis) and key in si}
    return to_table(si, signal, own=own)


def resampled(values: np.ndarray, rate_hz: float, to_hz: float) -> np.ndarray:
    """An unbroken stretch [n, k] at to_hz, for as many whole seconds as it holds; low-passed at 0.4 to_hz before."""
    if to_hz >= rate_hz:
        return values
    smooth = low_pass(values, rate_hz, Processing(0.4 * to_hz))
    count = int(np.floor(len(values) / rate_hz + 1e-6) * to_hz + 1e-6)
    step = rate_hz / to_hz
    if step == round(step):
        return smooth[:: round(step)][:count]
    at = np.arange(count) * step
    before = np.floor(at + 1e-9).astype(int)
    part = np.clip(at - before, 0.0, None)[:, None]
    return smooth[before] * (1 - part) + smooth[np.minimum(before + 1, len(values) - 1)] * part


def _diffusion(
    longest: np.ndarray, rate_hz: float, axes: tuple[str, ...], options: Research, si: dict, own: dict
) -> None:
    begin_s, short_s, from_s, to_s = options.regions_s
    total_s = len(longest) / rate_hz
    enough = total_s >= LEAST_DIFFUSION_S
    to_s = min(to_s, total_s / 3)
    spread = mean_square_displacement(longest, int(to_s * rate_hz)) if enough else None
    made = f"diffusion-{begin_s:g}-{short_s:g}-{from_s:g}-{to_s:.3g}s"
    for axis in ("", *axes) if len(axes) == 2 else axes:
        if spread is None:
            found = dict.fromkeys((stem for stem in RESEARCH_STEMS if stem[:2] in ("d_", "h_", "cr")), TOO_SHORT)
        else:
            column = spread.sum(axis=1) if not axis else spread[:, axes.index(axis)]
            found = diffusion(column, rate_hz, 1 if axis else 2, (begin_s, short_s, from_s, to_s))
        for stem, value in found.items():
            key = KEYS["research", stem, axis]
            si[key], own[key] = value, made
