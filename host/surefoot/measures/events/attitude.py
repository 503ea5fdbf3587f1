# SPDX-License-Identifier: MIT
"""Which way is up for a sensor at the waist, and from there its lean, its turning and its vertical acceleration.

However the sensor sits, gravity at a quiet start tells how it is tilted, but not how it is turned about the vertical.
So what only needs the vertical (tilt, turning, rising) is exact, and "forward" is as good as the sensor was put on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.events.spans import Floats, bridged, columns, runs, smooth
from surefoot.physics import GRAVITY_MS2

# Our own choices (D).
QUIET_S = 1.0  # the stretch that gravity and the gyroscope's zero are taken from
QUIET_DPS, QUIET_MS2 = 5.0, 0.5  # spread within it: standing and sitting sway stays below, any step is above
FOLLOW_S = 1.0  # how fast the accelerometer pulls the gyroscope's vertical back; a step's pushes are shorter
ALONE_S = 0.2  # the same without a gyroscope
TRUST_G = 0.1  # by this much more or less than 1 g the accelerometer says nothing of the vertical,
TRUST_DPS = 30.0  # nor where the trunk turns so fast: what turns it also pushes it sideways
BEGIN_S = 0.5  # of acceleration that the vertical is first taken from: one moment's push would turn it by many degrees
TURN_ON_S = (
    0.2  # through so short a loss the trunk turns on as before and after it: standing up, it bends by 10 degrees
)
BLIND_S = 0.3  # after a longer loss the vertical is taken anew: a fall can turn a trunk by 60 degrees in it
KEPT_S = 5.0  # of what is followed again and again while a trial runs: its quiet start


@dataclass(frozen=True)
class Trunk:
    """Columns of n rows, NaN where lost. `up` [n,3]: the vertical in the sensor's axes, `level` [3]: at a quiet start.

    `pitch_deg` forward and `roll_deg` right positive, `tilt_deg` their size, all from the quiet start; `gyr_dps` [n,3]
    without its zero, `yaw_dps` of it about the vertical, left positive; `rise_ms2` upward and `side_ms2` rightward
    acceleration without gravity, `plane_ms2` [n,3] what of it is level, in the axes of the quiet start. `quiet`: the
    rows of that, None where there was none (then the sensor is taken to be upright and its zero good).
    """

    up: Floats = field(repr=False)
    level: Floats
    tilt_deg: Floats = field(repr=False)
    pitch_deg: Floats = field(repr=False)
    roll_deg: Floats = field(repr=False)
    yaw_dps: Floats = field(repr=False)
    rise_ms2: Floats = field(repr=False)
    side_ms2: Floats = field(repr=False)
    plane_ms2: Floats = field(repr=False)
    size_g: Floats = field(repr=False)
    gyr_dps: Floats = field(repr=False)
    quiet: slice | None
    known: bool


def quiet_rows(acc_ms2: Floats, gyr_dps: Floats, rate_hz: float, rows: slice) -> slice | None:
    """The stillest QUIET_S among `rows`, None where even that moved or nothing is known."""
    width = round(QUIET_S * rate_hz)
    low = _stillest(acc_ms2[rows].tobytes(), gyr_dps[rows].tobytes(), rows.stop - rows.start, width)
    return None if low is None else slice(rows.start + low, rows.start + low + width)


@lru_cache(maxsize=8)  # while a trial runs it is asked of the same start four times a second
def _stillest(acc_bytes: bytes, gyr_bytes: bytes, n: int, width: int) -> int | None:
    """The first of the stillest `width` of `n` rows."""
    acc_ms2, gyr_dps = (np.frombuffer(part).reshape(-1, 3) for part in (acc_bytes, gyr_bytes))
    best, found = np.inf, None
    for low in range(0, n - width + 1, max(width // 4, 1)):
        part = slice(low, low + width)
        acc, gyr = acc_ms2[part], gyr_dps[part]
        acc, gyr = acc[np.isfinite(acc).all(axis=1)], gyr[np.isfinite(gyr).all(axis=1)]
        if len(acc) < width / 2:
            continue
        moved = float(np.linalg.norm(acc.std(axis=0))) / QUIET_MS2
        if len(gyr):
            moved = max(moved, float(np.linalg.norm(gyr.std(axis=0))) / QUIET_DPS)
        if moved < min(best, 1.0):
            best, found = moved, low
    return found


def _follow(acc_ms2: Floats, gyr_dps: Floats, rate_hz: float, g_ms2: float) -> Floats:
    """The vertical [n,3] in the sensor's axes: turned by the gyroscope, pulled to the accelerometer.

    Nothing of what was before a loss longer than any memory here is in what comes after it, nor the other way round.
    """
    gone = np.asarray(np.isnan(acc_ms2).any(axis=1) & np.isnan(gyr_dps).any(axis=1))
    longest = round(max(BLIND_S, BEGIN_S, TURN_ON_S) * rate_hz)
    cuts = [0, *(high for low, high in runs(gone) if high - low > longest and high < len(gone)), len(gone)]
    parts = [(acc_ms2[low:high], gyr_dps[low:high]) for low, high in pairwise(cuts)]
    if len(parts) == 1:
        return _followed(acc_ms2, gyr_dps, rate_hz, g_ms2)
    short = KEPT_S * rate_hz
    return np.concatenate(
        [
            _followed_again(acc.tobytes(), gyr.tobytes(), rate_hz, g_ms2)
            if len(acc) <= short
            else _followed(acc, gyr, rate_hz, g_ms2)
            for acc, gyr in parts
        ]
    )


@lru_cache(maxsize=8)
def _followed_again(acc_bytes: bytes, gyr_bytes: bytes, rate_hz: float, g_ms2: float) -> Floats:
    acc_ms2, gyr_dps = (np.frombuffer(part).reshape(-1, 3) for part in (acc_bytes, gyr_bytes))
    return _followed(acc_ms2, gyr_dps, rate_hz, g_ms2)


def _followed(acc_ms2: Floats, gyr_dps: Floats, rate_hz: float, g_ms2: float) -> Floats:
    n = len(acc_ms2)
    out = np.full((n, 3), np.nan)
    acc_known = np.asarray(np.isfinite(acc_ms2).all(axis=1))
    gyr_known = np.asarray(np.isfinite(gyr_dps).all(axis=1))
    if not acc_known.any():
        return out
    size = np.linalg.norm(np.where(acc_known[:, None], acc_ms2, 1.0), axis=1)
    trust = np.where(acc_known, np.clip(1 - np.abs(size / g_ms2 - 1) / TRUST_G, 0.0, 1.0), 0.0)
    speed = np.linalg.norm(np.where(gyr_known[:, None], gyr_dps, 0.0), axis=1)
    trust *= np.clip(1 - speed / TRUST_DPS, 0.0, 1.0)
    pull = trust / np.where(gyr_known, FOLLOW_S, ALONE_S) / rate_hz
    points = acc_ms2 / size[:, None]
    turning = np.column_stack([bridged(axis, round(TURN_ON_S * rate_hz)) for axis in gyr_dps.T])
    turns = np.radians(np.nan_to_num(turning)) / rate_hz
    pointing, turn = points.tolist(), turns.tolist()
    usable, known, pulls = (trust > 0.2).tolist(), (acc_known | gyr_known).tolist(), np.minimum(pull, 1.0).tolist()
    blind, most = 0, round(BLIND_S * rate_hz)
    x = y = z = float("nan")
    started = False
    nothing = (x, y, z)
    rows = []
    for k, (seen, (p, q, r), w, (a, b, c)) in enumerate(zip(known, turn, pulls, pointing, strict=True)):
        blind = 0 if seen else blind + 1
        if blind > most:
            started = False
        if not started:
            if usable[k]:
                x, y, z = _begun(points, turns, acc_known, k, k + round(BEGIN_S * rate_hz))
                started = True
            rows.append((x, y, z) if started else nothing)
            continue
        x, y, z = x + y * r - z * q, y + z * p - x * r, z + x * q - y * p
        if w > 0:
            x, y, z = x + w * (a - x), y + w * (b - y), z + w * (c - z)
        length = (x * x + y * y + z * z) ** 0.5
        x, y, z = x / length, y / length, z / length
        rows.append((x, y, z) if seen else nothing)
    out[:] = rows
    return out


def _begun(pointing: Floats, turn: Floats, known: np.ndarray, low: int, high: int) -> tuple[float, float, float]:
    """The vertical at row `low`: the mean of where the accelerometer points up to `high`, turned back by the gyroscope.

    Small angles: a trunk turns by no more than some 20 degrees in BEGIN_S unless it falls, and then it is pulled back.
    """
    known, to = known[low:high], pointing[low:high]
    turned = np.cumsum(turn[low:high], axis=0) - turn[low]
    mean = (to + cross(turned, to))[known].mean(axis=0)
    x, y, z = (mean / np.linalg.norm(mean)).tolist()
    return x, y, z


def trunk(acc_ms2: npt.ArrayLike, gyr_dps: npt.ArrayLike, rate_hz: float, start: slice | None = None) -> Trunk:
    """Lean, turning and rising of a waist sensor: specific force and rate [n,3] (right, forward, up).

    `start` are the rows to look for the quiet start in (without it, the first five seconds). Rows of NaN are lost.
    MeasureError: shapes, rate, or an acceleration at the quiet start that isn't about 9.8 m/s2.
    """
    if not 20 <= rate_hz < np.inf:
        raise MeasureError(f"The waist sensor has a rate of {rate_hz:g} Hz: record at 20 Hz or more.")
    acc = columns(acc_ms2, (3,), "waist acceleration")
    gyr = columns(gyr_dps, (3,), "waist turning rate", len(acc))
    rows = start if start is not None else slice(0, min(len(acc), round(5 * rate_hz)))
    quiet = quiet_rows(acc, gyr, rate_hz, rows)
    level, g, zero = np.array((0.0, 0.0, 1.0)), GRAVITY_MS2, np.zeros(3)
    if quiet is not None:
        mean = np.nanmean(acc[quiet], axis=0)
        g = float(np.linalg.norm(mean))
        if not 8.0 <= g <= 11.5:
            raise MeasureError(
                f"The waist acceleration at rest is {g:.3g} m/s2 and not about 9.8: give it in m/s2, and check the"
                " sensor's range and calibration."
            )
        level = mean / g
        if np.isfinite(gyr[quiet]).all(axis=1).any():
            zero = np.nanmean(gyr[quiet], axis=0)
    gyr = gyr - zero
    up = _follow(acc, gyr, rate_hz, g)
    forward = np.array((0.0, 1.0, 0.0)) - level[1] * level
    forward /= max(float(np.linalg.norm(forward)), 1e-9)
    right = cross(forward, level)
    with np.errstate(invalid="ignore"):
        vertical = np.clip(up @ level, -1.0, 1.0)
        size = np.linalg.norm(acc, axis=1)
        upward = (acc * up).sum(axis=1)
        plane = acc - upward[:, None] * up
        return Trunk(
            up=up,
            level=level,
            tilt_deg=np.degrees(np.arccos(vertical)),
            pitch_deg=np.degrees(np.arctan2(-(up @ forward), vertical)),
            roll_deg=np.degrees(np.arctan2(-(up @ right), vertical)),
            yaw_dps=(gyr * up).sum(axis=1),
            rise_ms2=upward - g,
            side_ms2=plane @ right,
            plane_ms2=_levelled(plane, up, level),
            size_g=size / g,
            gyr_dps=gyr,
            quiet=quiet,
            known=bool(np.isfinite(up).any()),
        )


def cross(a: Floats, b: Floats) -> Floats:
    """`numpy.cross` of [..., 3], which takes longer to look at its arguments than to multiply them."""
    out = np.empty(np.broadcast_shapes(a.shape, b.shape))
    for k, (i, j) in enumerate(((1, 2), (2, 0), (0, 1))):
        out[..., k] = a[..., i] * b[..., j] - a[..., j] * b[..., i]
    return out


def _levelled(values: Floats, up: Floats, level: Floats) -> Floats:
    """Vectors [n,3] turned by the shortest way that brings `up` [n,3] to `level` [3]."""
    axis = cross(up, level)
    once = cross(axis, values)
    return values + once + cross(axis, once) / (1 + up @ level)[:, None]


def tilt_rate_dps(found: Trunk, rate_hz: float, window_s: float) -> Floats:
    """How fast `tilt_deg` grows [n], over the `window_s` before each row; NaN where either end was lost."""
    back = max(round(window_s * rate_hz), 1)
    rate = np.full(len(found.tilt_deg), np.nan)
    rate[back:] = (found.tilt_deg[back:] - found.tilt_deg[:-back]) * rate_hz / back
    return rate


def turning_away_dps(found: Trunk, rate_hz: float, window_s: float) -> Floats:
    """How fast `tilt_deg` grows [n] by the gyroscope, the mean over `window_s` about each row; NaN where lost.

    It lags by half of that window, the difference of two tilts by half of one that must be longer for its noise.
    """
    away = found.up - (found.up @ found.level)[:, None] * found.level
    with np.errstate(invalid="ignore", divide="ignore"):
        away = away / np.linalg.norm(away, axis=1)[:, None]
        return smooth((cross(found.up, found.gyr_dps) * away).sum(axis=1), rate_hz, window_s)


def turned_deg(found: Trunk, rate_hz: float, window_s: float) -> Floats:
    """The angle [n] by which the trunk leans differently from `window_s` before, in whatever direction."""
    back = max(round(window_s * rate_hz), 1)
    angle = np.full(len(found.up), np.nan)
    with np.errstate(invalid="ignore"):
        angle[back:] = np.degrees(np.arccos(np.clip((found.up[back:] * found.up[:-back]).sum(axis=1), -1.0, 1.0)))
    return angle


def still_rows(found: Trunk, rate_hz: float, window_s: float, lean_dps: float, rise_ms2: float) -> np.ndarray:
    """Rows [n] about which, for `window_s`, neither the lean nor the vertical acceleration changed more than this."""
    rate = np.abs(np.gradient(found.tilt_deg) * rate_hz) if len(found.tilt_deg) > 1 else np.zeros(len(found.tilt_deg))
    with np.errstate(invalid="ignore"):
        return (smooth(rate, rate_hz, window_s) < lean_dps) & (
            smooth(np.abs(found.rise_ms2), rate_hz, window_s) < rise_ms2
        )
