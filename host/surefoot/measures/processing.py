# SPDX-License-Identifier: MIT
"""From an array and a rate to what may be measured: checked, filtered, trimmed, with its losses marked.

Lost samples are rows with NaN. They are never filled in: the filter runs on each unbroken stretch by itself, path sums
use only neighbouring real samples and count only their time, and spectra use the longest unbroken stretch.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest

import numpy as np

from surefoot.errors import MeasureError

METHOD_VERSION = 1  # goes up whenever a formula or a constant of this folder changes a number
MAX_LOST_SHARE = 0.05
MIN_ANALYSED_S = 10.0
MIN_RATE_HZ = 25.0
MAX_ORDER = 8
STILL = 1e-9  # a column that spans less (m, or m/s2) is constant: what is left is rounding
DETRENDS = ("mean", "linear")


@dataclass(frozen=True)
class Processing:
    """How a signal is treated before it is measured; part of every number that comes out.

    The filter is a low-pass Butterworth of `order`, run forwards and backwards, with -3 dB after both passes at
    `filter_hz`. `trim_s` seconds are discarded at the start. `detrend` "linear" takes the straight drift of what is
    left away, but not its mean. `calibration` names the record in force.
    """

    filter_hz: float | None = 10.0
    order: int = 4
    trim_s: float = 0.0
    calibration: str = ""
    version: int = METHOD_VERSION
    detrend: str = "mean"

    def __post_init__(self) -> None:
        if self.filter_hz is not None and not 0 < self.filter_hz < np.inf:
            raise MeasureError(f"A filter of {self.filter_hz} Hz can't be built: give a cut-off above 0, or None.")
        if not 1 <= self.order <= MAX_ORDER:
            raise MeasureError(f"A filter of order {self.order} isn't offered: choose 1 to {MAX_ORDER}.")
        if not 0 <= self.trim_s < np.inf:
            raise MeasureError(f"{self.trim_s} s can't be trimmed: give 0 or more seconds.")
        if self.detrend not in DETRENDS:
            raise MeasureError(f"A detrending {self.detrend!r} isn't offered: choose {' or '.join(DETRENDS)}.")

    def fingerprint(self, rate_hz: float) -> str:
        """Short and stable, e.g. "bw4z10/100Hz/trim3/v1", then "/<calibration>" where one is named."""
        low_pass = "nofilter" if self.filter_hz is None else f"bw{self.order}z{self.filter_hz:g}"
        parts = [low_pass, f"{rate_hz:.6g}Hz", f"trim{self.trim_s:g}"] + [self.detrend] * (self.detrend != "mean")
        parts.append(f"v{self.version}")
        return "/".join(parts + [self.calibration.replace("/", "_")] * bool(self.calibration))


COP = Processing()  # Ruhe 2010, Gait & Posture 32:436: 10 Hz, zero lag
TRUNK = Processing(filter_hz=3.5)  # Mancini 2012, 10.1186/1743-0003-9-59
AS_RECORDED = Processing(filter_hz=None)


def comparable(a: str, b: str) -> bool:
    """Whether two fingerprints let two numbers stand in one trend or one quotient."""
    return bool(a) and a == b


def require_comparable(a: str, b: str) -> None:
    """Raise MeasureError that names what differs, where `comparable` says no."""
    if comparable(a, b):
        return
    differing = [f"{x} against {y}" for x, y in zip_longest(a.split("/"), b.split("/"), fillvalue="-") if x != y]
    raise MeasureError(
        f"These two numbers were made differently ({', '.join(differing) or 'no fingerprint'}):"
        " score both recordings again in the same way before comparing them."
    )


class Measured(dict[str, float]):
    """Numbers by key, in the table's units, with the reason for each that is missing and how all were made.

    `own`: what the fingerprint of a key says beyond that of all, where it has parameters of its own.
    """

    def __init__(
        self,
        values: dict[str, float],
        not_reported: dict[str, str],
        fingerprint: str,
        lost_share: float,
        real_s: float,
        own: dict[str, str] | None = None,
    ) -> None:
        super().__init__(values)
        self.not_reported = not_reported
        self.fingerprint = fingerprint
        self.lost_share = lost_share
        self.real_s = real_s
        self.own = own or {}

    def fingerprint_of(self, key: str) -> str:
        """How the number of one key was made: that of all, then its own parameters."""
        return "/".join([self.fingerprint, self.own[key]]) if key in self.own else self.fingerprint


@dataclass(frozen=True)
class Analysed:
    """Filtered, trimmed values [n, k] (NaN rows where lost) at rate_hz, and the slices that are unbroken."""

    values: np.ndarray = field(repr=False)
    rate_hz: float
    fingerprint: str
    stretches: tuple[slice, ...]

    @property
    def lost_share(self) -> float:
        return 1.0 - sum(s.stop - s.start for s in self.stretches) / len(self.values)

    @property
    def real(self) -> np.ndarray:
        """The samples that were not lost, [m, k]."""
        if len(self.stretches) == 1:
            return self.values[self.stretches[0]]
        return self.values.T[:, whole(self.values)].T

    @property
    def longest(self) -> np.ndarray | None:
        """The longest unbroken stretch [m, k], or None where it is shorter than MIN_ANALYSED_S."""
        stretch = max(self.stretches, key=lambda s: s.stop - s.start)
        return self.values[stretch] if stretch.stop - stretch.start >= MIN_ANALYSED_S * self.rate_hz else None


def prepare(
    signal: np.ndarray, rate_hz: float, processing: Processing, columns: int, what: str, least_s: float = MIN_ANALYSED_S
) -> Analysed:
    """Check, filter each unbroken stretch of a signal [n, columns], trim the start.

    A stretch shorter than two periods of the cut-off can't be filtered and counts as lost. MeasureError: wrong shape,
    rate below MIN_RATE_HZ or too low for the filter, less than least_s of it real, over MAX_LOST_SHARE lost.
    """
    values = np.asarray(signal, dtype=float)
    if values.ndim != 2 or values.shape[1] != columns:
        raise MeasureError(f"The {what} has the shape {list(values.shape)}: give an array of [n, {columns}].")
    if not MIN_RATE_HZ <= rate_hz < np.inf:
        raise MeasureError(f"The {what} has a rate of {rate_hz:g} Hz: record at {MIN_RATE_HZ:g} Hz or more.")
    shortest = 1
    if processing.filter_hz is not None:
        if processing.filter_hz >= 0.45 * rate_hz:
            raise MeasureError(
                f"A {processing.filter_hz:g} Hz filter needs a rate above {processing.filter_hz / 0.45:.0f} Hz,"
                f" but the {what} has {rate_hz:g} Hz: record faster or choose a lower cut-off."
            )
        shortest = int(np.ceil(2 * rate_hz / processing.filter_hz))

    # Each column in one piece: sums along it are many times faster than across rows of two.
    treated = np.full_like(values, np.nan, order="F")
    for stretch in unbroken(values):
        if stretch.stop - stretch.start >= shortest:
            treated[stretch] = low_pass(values[stretch], rate_hz, processing)
    treated = treated[round(processing.trim_s * rate_hz) :]

    if processing.detrend == "linear":
        treated = without_drift(treated)

    if len(treated) < least_s * rate_hz:
        raise MeasureError(
            f"Only {len(treated) / rate_hz:.1f} s of the {what} are left after trimming, and {least_s:g} s are"
            " needed: record a longer trial."
        )
    analysed = Analysed(treated, rate_hz, processing.fingerprint(rate_hz), unbroken(treated))
    if analysed.lost_share > MAX_LOST_SHARE:
        raise MeasureError(
            f"{100 * analysed.lost_share:.1f} % of the {what} is lost, and at most {100 * MAX_LOST_SHARE:g} % may be:"
            " look at what was lost on the way and record the trial again."
        )
    if len(analysed.real) < least_s * rate_hz:
        raise MeasureError(
            f"Only {len(analysed.real) / rate_hz:.1f} s of the {what} arrived, and {least_s:g} s are needed:"
            " record the trial again."
        )
    return analysed


def whole(values: np.ndarray) -> np.ndarray:
    """Whether each row of values [n, k] is finite, bool [n]: a sum is, where all of its parts are."""
    return np.isfinite(values @ np.ones(values.shape[1]))


def unbroken(values: np.ndarray) -> tuple[slice, ...]:
    """The stretches of values [n, k] in which no row was lost, as slices."""
    real = whole(values)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], real, [False])).astype(np.int8)))
    return tuple(slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True))


def corrected_cutoff_hz(cutoff_hz: float, order: int, rate_hz: float) -> float:
    """The cut-off to design one pass with, so that two passes have their -3 dB at cutoff_hz.

    Winter's fc / (sqrt(2) - 1)^(1 / 2n), applied to the pre-warped frequency, where it is exact.
    """
    warped = np.tan(np.pi * cutoff_hz / rate_hz) / (np.sqrt(2) - 1) ** (1 / (2 * order))
    return float(np.arctan(warped) * rate_hz / np.pi)


@lru_cache(maxsize=32)
def butterworth(order: int, cutoff_hz: float, rate_hz: float) -> tuple[np.ndarray, np.ndarray]:
    """Second-order sections of one pass and the state that a step leaves behind in them, made once for each cut-off."""
    from scipy.signal import butter, sosfilt_zi

    sections = np.array(butter(order, corrected_cutoff_hz(cutoff_hz, order, rate_hz), fs=rate_hz, output="sos"))
    return sections, sosfilt_zi(sections)[:, None, :]


def without_drift(values: np.ndarray) -> np.ndarray:
    """values [n, k] without the straight line through the real rows of each column, but with its mean."""
    rows = np.flatnonzero(whole(values))
    if len(rows) < 2:
        return values
    time = np.arange(len(values)) - rows.mean()
    slope = time[rows] @ (values[rows] - values[rows].mean(axis=0)) / (time[rows] @ time[rows])
    return values - time[:, None] * slope


def low_pass(values: np.ndarray, rate_hz: float, processing: Processing) -> np.ndarray:
    """Zero-lag Butterworth of an unbroken stretch [n, k]; unchanged where no filter is asked for."""
    if processing.filter_hz is None:
        return values
    from scipy.signal import sosfilt

    sections, settled = butterworth(processing.order, processing.filter_hz, rate_hz)
    # A filter rings for a few periods of its cut-off: the mirrored edges must be that long.
    pad = min(len(values) - 1, int(3 * rate_hz / processing.filter_hz))
    rows = values.T
    before, after = 2 * rows[:, :1] - rows[:, pad:0:-1], 2 * rows[:, -1:] - rows[:, -2 : -pad - 2 : -1]
    out = np.concatenate((before, rows, after), axis=1)
    for _ in ("forwards", "backwards"):
        out = sosfilt(sections, out, axis=1, zi=settled * out[:, :1])[0][:, ::-1]
    return out[:, pad : out.shape[1] - pad].T


def require_motion(signal: Analysed, what: str) -> None:
    """Raise MeasureError where no column of the signal ever changes."""
    if not moves(signal.real).any():
        raise MeasureError(
            f"The {what} is the same in every sample: that is a sensor that doesn't measure, not a person. Look at its"
            " cable and record the trial again."
        )


def steps(values: np.ndarray) -> np.ndarray:
    """Differences [m, k] between neighbouring real samples; a step into or out of a gap doesn't exist."""
    differences = values[1:] - values[:-1]
    real = whole(differences)
    return differences if real.all() else differences.T[:, real].T


def moves(values: np.ndarray) -> np.ndarray:
    """Whether each column of real samples [m, k] moves at all, bool [k]."""
    return np.ptp(values, axis=0) > STILL
