# SPDX-License-Identifier: MIT
"""Sway of the centre of pressure: Prieto's measures, the 95 % prediction ellipse, outlier ratio, Romberg quotient.

Arrays in SI (m) with columns (ML right, AP forward) and a rate; numbers out in the units of the measures table.
"""

import numpy as np

from surefoot.errors import MeasureError
from surefoot.measures.outliers import covariance, outlier_ratio
from surefoot.measures.processing import (
    COP,
    MIN_ANALYSED_S,
    STILL,
    Analysed,
    Measured,
    Processing,
    moves,
    prepare,
    require_comparable,
    require_motion,
    steps,
)
from surefoot.measures.spectra import NO_MOTION, NO_STRETCH, mean_frequency_hz, moments_of, spectrum
from surefoot.measures.table import KEYS, to_table

HIGHEST_HZ = 5.0
Z_95 = 1.645
MAX_EXCURSION_M = 1.0
AXES = ("ml", "ap")
PREFIXES = ("", "left_", "right_")
_ANGLES = np.arange(24) * np.pi / 12
FEW = 200  # points of which each is compared with each
MANY = 1 << 16  # points whose hull is that of the hulls of so many at a time: their memory is bounded
TOWARDS = np.column_stack((np.cos(_ANGLES), np.sin(_ANGLES)))  # directions in which far points are looked for

NO_MEDIOLATERAL = "Where the feet stood isn't known, so only forward-and-back sway is: give the foot placement."
DEAD_COLUMN = {
    axis: f"The {way} column is the same in every sample, so neither it nor the plane was measured."
    for axis, way in (("ml", "side-to-side"), ("ap", "forward-and-back"))
}
BROKEN_PATH = "Samples were lost, so the whole path isn't known: the velocity counts only the time that is."


def cop_measures(cop_m: np.ndarray, rate_hz: float, processing: Processing = COP, prefix: str = "") -> Measured:
    """Every sway measure of a centre of pressure [n, 2] (ML, AP) in m; prefix "left_" or "right_" for one foot.

    Rows with NaN are lost samples: distances and ellipses use the real ones, paths only steps between real neighbours
    (time = (steps + 1) / rate, which is N / fs where nothing was lost), frequencies the longest unbroken stretch; the
    range is that of the real samples, so at most what it was. MeasureError where nothing can be measured; single
    measures that can't be are in `.not_reported` with their reason.
    """
    if prefix not in PREFIXES:
        raise MeasureError(f"There is no foot {prefix!r}: give one of {', '.join(map(repr, PREFIXES))}.")
    return cop_of(prepare_cop(cop_m, rate_hz, processing, 2), prefix)


def cop_of(signal: Analysed, prefix: str = "") -> Measured:
    """`cop_measures` of a plane that was prepared already."""
    middle = signal.real.mean(axis=0)
    values, real, stepped = signal.values - middle, signal.real - middle, steps(signal.values)
    si = _plane(values, real, stepped, signal)
    for column, axis in enumerate(AXES):
        si |= _line(real[:, column], stepped[:, column], signal, axis)
    si |= _frequencies(signal, AXES)
    for axis, moving in zip(AXES, moves(real), strict=True):
        if not moving:
            of_it = [KEYS[row] for row in KEYS if row[0] == "cop" and row[2] in ("", axis)]
            si |= dict.fromkeys(of_it, DEAD_COLUMN[axis])
    return to_table(si, signal, prefix)


def cop_ap_measures(ap_m: np.ndarray, rate_hz: float, processing: Processing = COP) -> Measured:
    """The forward-and-back measures alone, of [n] in m: all that is known of the net sway without a foot placement."""
    column = np.asarray(ap_m, dtype=float)
    if column.ndim != 1:
        raise MeasureError(f"Forward-and-back sway has the shape {list(column.shape)}: give an array of [n].")
    signal = prepare_cop(column[:, None], rate_hz, processing, 1)
    si: dict[str, float | str] = {key: NO_MEDIOLATERAL for (family, _, _), key in KEYS.items() if family == "cop"}
    si |= _line(signal.real[:, 0] - signal.real.mean(), steps(signal.values)[:, 0], signal, "ap")
    si |= _frequencies(signal, ("ap",))
    return to_table(si, signal)


def romberg_quotient(eyes_closed: float, eyes_open: float, fingerprints: tuple[str, str]) -> float:
    """Eyes closed over eyes open, of a velocity or an area; both trials must have been held to the end.

    MeasureError where the two were made differently, or where one of them isn't above 0.
    """
    require_comparable(*fingerprints)
    if not (0 < eyes_closed < np.inf and 0 < eyes_open < np.inf):
        raise MeasureError(
            f"No Romberg quotient of {eyes_closed:g} and {eyes_open:g}: both trials need a number above 0."
        )
    return eyes_closed / eyes_open


def f_95(n: int) -> float:
    """F.95(2, n - 2): with two degrees of freedom above, the quantile has this closed form."""
    below = n - 2
    return below / 2 * float(np.expm1(-2 / below * np.log(0.05)))


def prediction_ellipse_m2(real: np.ndarray) -> float:
    """95 % prediction ellipse of points [n, 2] (Schubert & Kirchner 2014, 10.1016/j.gaitpost.2013.09.001)."""
    return float(np.pi * _radius2(len(real)) * np.sqrt(max(0.0, _determinant(covariance(real)))))


def _determinant(square: np.ndarray) -> float:
    (a, b), (c, d) = square.tolist()
    return a * d - b * c


def _radius2(n: int) -> float:
    """The squared Mahalanobis radius that holds 95 % of new points, by n old ones."""
    return f_95(n) * 2 * (n - 1) * (n + 1) / (n * (n - 2))


def span_m(points: np.ndarray) -> float:
    """Largest distance between any two of the points [n, 2]."""
    x, y = points.T
    ways = (x, y, x + y, x - y)
    ends = points[[end for way in ways for end in (way.argmin(), way.argmax())]]
    apart, a, b = _furthest(ends)
    # Whoever is further from another than these two are apart lies outside of a circle about their middle.
    middle_x, middle_y = (ends[a] + ends[b]) / 2
    off_x, off_y = x - middle_x, y - middle_y
    distance = np.sqrt(off_x * off_x + off_y * off_y)
    outer = points[distance >= (apart - float(distance.max())) * (1 - 1e-9)]
    return _furthest(outer if len(outer) <= FEW else _hull(outer))[0]


def _furthest(points: np.ndarray) -> tuple[float, int, int]:
    """Largest distance between any two of [n, 2], and which two."""
    if len(points) > 2000:
        return max((float(np.hypot(*(points - point).T).max()), 0, 0) for point in points)
    x, y = points.T
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    at = int(apart.argmax())
    return float(apart.flat[at]), at // len(points), at % len(points)


def prepare_cop(
    cop_m: np.ndarray, rate_hz: float, processing: Processing, columns: int, least_s: float = MIN_ANALYSED_S
) -> Analysed:
    """`prepare` for a centre of pressure; MeasureError also where it moves further than feet reach."""
    signal = prepare(cop_m, rate_hz, processing, columns, "centre of pressure", least_s)
    require_motion(signal, "centre of pressure")
    moved_m = float(np.ptp(signal.real, axis=0).max())
    if moved_m > MAX_EXCURSION_M:
        raise MeasureError(
            f"The centre of pressure moves over {moved_m:.3g} m, further than feet reach: this looks like millimetres"
            " or centimetres given as metres, so convert them first."
        )
    return signal


def _plane(values: np.ndarray, real: np.ndarray, stepped: np.ndarray, signal: Analysed) -> dict[str, float | str]:
    """Prieto's time-domain measures of the plane, of values [n, 2] about the mean, the real ones, and their steps."""
    n = len(stepped) + 1
    distance, step = _size(real), _size(stepped)
    path = float(step.sum())
    si = _common(distance, step, signal, "", 2 * np.pi)

    mdist, rdist = distance.mean(), np.sqrt((distance * distance).mean())
    circle = mdist + Z_95 * np.sqrt(max(0.0, rdist**2 - mdist**2))
    root_det = np.sqrt(max(0.0, _determinant(real.T @ real / len(real))))
    swept = np.abs(values[1:, 1] * values[:-1, 0] - values[:-1, 1] * values[1:, 0])
    swept_m2 = float(swept.sum() if len(signal.stretches) == 1 else np.nansum(swept))
    ellipse = 2 * np.pi * f_95(len(real)) * root_det
    diameter = span_m(real)
    return si | {
        "cop_range_mm": diameter,
        "cop_area_95_mm2": prediction_ellipse_m2(real),
        "cop_area_cc_mm2": np.pi * circle**2,
        "cop_area_ce_mm2": ellipse,
        "cop_area_sw_mm2ps": swept_m2 / (2 * n / signal.rate_hz),
        "cop_outlier_ratio": outlier_ratio(real, _radius2(len(real))),
        "cop_fd_pd": _fractal(n, path, diameter),
        "cop_fd_cc": _fractal(n, path, 2 * circle),
        "cop_fd_ce": _fractal(n, path, float(np.sqrt(8 * f_95(len(real)) * root_det))),
    }


def _line(real: np.ndarray, stepped: np.ndarray, signal: Analysed, axis: str) -> dict[str, float | str]:
    """Prieto's time-domain measures along one axis: real samples [m] about their mean, steps between neighbours."""
    # Prieto's constant: a pure sine of f Hz gives 1.11 f, since it would be exact only for the RMS distance.
    si = _common(np.abs(real), np.abs(stepped), signal, axis, 4 * np.sqrt(2))
    return si | {KEYS["cop", "range", axis]: float(np.ptp(real))}


def _common(distance: np.ndarray, step: np.ndarray, signal: Analysed, axis: str, loop: float) -> dict[str, float | str]:
    """What plane and line share; `loop` is the path of one turn per unit of mean distance."""
    path, mdist = float(step.sum()), float(distance.mean())
    velocity = path / ((len(step) + 1) / signal.rate_hz)
    return {
        KEYS["cop", "velocity", axis]: velocity,
        KEYS["cop", "mdist", axis]: mdist,
        KEYS["cop", "rdist", axis]: float(np.sqrt((distance * distance).mean())),
        KEYS["cop", "totex", axis]: path if len(signal.stretches) == 1 else BROKEN_PATH,
        KEYS["cop", "mfreq", axis]: velocity / (loop * mdist) if mdist > STILL else NO_MOTION,
    }


def _frequencies(signal: Analysed, axes: tuple[str, ...]) -> dict[str, float | str]:
    """Frequency-domain measures of the columns named by axes and, where there are two, of the plane."""
    stems = ("mean_frequency", "power", "f50", "f95", "cfreq", "freqd")
    named = ("", *axes) if len(axes) == 2 else axes
    longest = signal.longest
    if longest is None:
        return {KEYS["cop", stem, axis]: NO_STRETCH for stem in stems for axis in named}
    centred = longest - signal.real.mean(axis=0)
    together, each = mean_frequency_hz(longest, signal.rate_hz)
    mean_hz = dict(zip(axes, each, strict=True)) | {"": together}
    # Prieto's spectrum of the plane is that of the resultant distance.
    columns = np.vstack((_size(centred), centred.T)) if len(axes) == 2 else centred.T
    f, lines = spectrum(columns.T, signal.rate_hz, HIGHEST_HZ)
    moving = moves(columns.T).tolist()
    si: dict[str, float | str] = {}
    for k, axis in enumerate(named):
        found = {"mean_frequency": mean_hz[axis]} | moments_of(f, lines[:, k], moving[k])
        si |= {KEYS["cop", stem, axis]: found[stem] for stem in stems}
    return si


def _size(vectors: np.ndarray) -> np.ndarray:
    """Lengths [n] of [n, 2], none of which comes near the ends of what a number holds."""
    x, y = vectors.T
    return np.sqrt(x * x + y * y)


def _fractal(n: int, path: float, diameter: float) -> float | str:
    """Prieto's fractal dimension ln N / ln(N d / TOTEX), or the reason why there is none."""
    if path <= STILL or n * diameter <= path:
        return "A path this small or this straight has no fractal dimension."
    return float(np.log(n) / np.log(n * diameter / path))


def _hull(points: np.ndarray) -> np.ndarray:
    """Corners of the convex hull of [n, 2]: Andrew's monotone chain over what isn't inside a polygon of far points."""
    if len(points) > MANY:
        points = np.concatenate([_hull(points[at : at + MANY]) for at in range(0, len(points), MANY)])
    far = (TOWARDS @ points.T).argmax(axis=1)
    ring = points[far[far != np.roll(far, 1)]]
    if len(ring) > 2:
        x, y = (np.roll(ring, -1, axis=0) - ring).T
        # Left of every edge by more than rounding: strictly inside, so no corner.
        side = np.column_stack((-y, x)) @ points.T - (ring[:, 1] * x - ring[:, 0] * y)[:, None]
        points = points[side.min(axis=0) <= 1e-9 * max(np.abs(x).max(), np.abs(y).max()) ** 2]
    ordered = np.unique(points, axis=0)
    half: list[list[float]] = []
    corners: list[list[float]] = []
    for side in (ordered.tolist(), ordered[::-1].tolist()):
        half = []
        for x, y in side:
            while len(half) > 1 and (
                (half[-1][0] - half[-2][0]) * (y - half[-2][1]) <= (half[-1][1] - half[-2][1]) * (x - half[-2][0])
            ):
                half.pop()
            half.append([x, y])
        corners += half[:-1] or half
    return np.array(corners)
