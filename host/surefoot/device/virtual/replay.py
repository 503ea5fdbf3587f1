# SPDX-License-Identifier: MIT
"""A real person on the virtual instruments: a centre-of-pressure file moves the virtual body.

Read are the two published force-plate formats of Santos and Duarte 2016 (10.7717/peerj.2648) and dos Santos 2017
(10.7717/peerj.3626), and a plain CSV `t_s,cop_ml_mm,cop_ap_mm[,force_n]`. The CoP is taken about its mean, split into
the drawn stance, and resampled within its own band; before its start and after its end it runs backward, so time
never runs out.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surefoot.delimited import TableError, look
from surefoot.delimited_read import read_columns
from surefoot.device.virtual.body import rest_of, split
from surefoot.device.virtual.electronics import Electronics
from surefoot.device.virtual.person import GRAVITY_MS2, Motion, Person, PersonError, Wave, draw, with_mass
from surefoot.device.virtual.sole import REACH_AP, REACH_ML
from surefoot.device.virtual.world import SLOTS_PER_S, World


@dataclass(frozen=True, eq=False)
class CopRecord:
    """A CoP recording: net CoP [n,2] (ml, ap) in m about its mean, vertical force [n] in N or None, at an even rate."""

    name: str
    rate_hz: float
    cop_m: np.ndarray
    force_n: np.ndarray | None


# Columns (time, ML, AP, force or none) and the unit of the CoP in metres.
_FORMATS = (
    ("Time[s]", "COPy[cm]", "COPx[cm]", "Fz[N]", 1e-2),
    ("Time", "COPNET_Z", "COPNET_X", "GRFNET_Y", 1.0),
    ("t_s", "cop_ml_mm", "cop_ap_mm", "force_n", 1e-3),
    ("t_s", "cop_ml_mm", "cop_ap_mm", 1e-3),
)


def read(path: Path | str) -> CopRecord:
    """The CoP recording in a file; PersonError where it isn't one."""
    path = Path(path)
    try:
        layout = look(path)
        columns = [column.heading for column in layout.columns]
        known = [heading for heading in _FORMATS if set(columns).issuperset(heading[:-1])]
        if not known:
            raise PersonError(
                f"The file {path} has none of the known headings: give a CSV with t_s,cop_ml_mm,cop_ap_mm and, if there"
                " is one, force_n, or a file of Santos and Duarte or dos Santos."
            )
        *chosen, unit_m = known[0]
        table = read_columns(layout, [columns.index(str(name)) for name in chosen])
    except TableError as error:
        raise PersonError(str(error)) from error
    return _checked(str(path), table, float(unit_m))


def _checked(name: str, table: np.ndarray, unit_m: float) -> CopRecord:
    """The record of a table [n, 3 or 4] (time, ml, ap, force)."""
    if len(table) < 100:
        raise PersonError(f"The file {name} has {len(table)} rows: at least 100 are needed.")
    if not np.isfinite(table).all():
        raise PersonError(f"The file {name} has gaps (values that aren't numbers): cut it at the first one.")
    steps = np.diff(table[:, 0])
    step_s = (table[-1, 0] - table[0, 0]) / (len(table) - 1)
    if step_s <= 0 or np.abs(steps - step_s).max() > 0.2 * step_s:
        raise PersonError(f"The times in {name} aren't evenly spaced: resample it, or cut it at the first gap.")
    cop_m = table[:, 1:3] * unit_m
    rate_hz = round(1 / step_s, 3)
    if not 10 <= rate_hz <= SLOTS_PER_S:
        raise PersonError(f"The file {name} is sampled at {rate_hz:g} Hz: 10 to 1000 Hz can be replayed.")
    force_n = table[:, 3] if table.shape[1] > 3 else None
    if force_n is not None and not 50 < force_n.mean() < 3000:
        raise PersonError(f"The mean force in {name} is {force_n.mean():.0f} N, not that of a person: check its unit.")
    return CopRecord(Path(name).name, rate_hz, cop_m - cop_m.mean(0), force_n)


class _Band:
    """A band-limited series that runs forward and backward for ever, with its derivatives, on a grid of about 1 ms."""

    def __init__(self, samples: np.ndarray, rate_hz: float, transfer_s2: float, orders: int):
        n = len(samples)
        self._step_s = 1 / (rate_hz * max(1, round(SLOTS_PER_S / rate_hz)))
        fine = 2 * n * max(1, round(SLOTS_PER_S / rate_hz))
        ends = np.concatenate((samples, samples[::-1]))
        power = np.fft.rfft(ends, axis=0)
        # Exactly half the sampling rate has no direction in time: it is shared between both signs.
        power[-1] /= 2
        w = 2 * np.pi * rate_hz * np.arange(len(power)) / (2 * n)
        power = power / (1 + transfer_s2 * w**2)[:, None] * (fine / (2 * n))
        turns = (1j * w[:, None]) ** np.arange(orders + 1)[:, None, None]
        padded = np.zeros((orders + 1, fine // 2 + 1, samples.shape[1]), complex)
        padded[:, : len(power)] = turns * power
        if fine == 2 * n:
            padded[:, -1] *= 2
        self._values = np.fft.irfft(padded, fine, axis=1)

    def __call__(self, t_s: np.ndarray) -> np.ndarray:
        """Value and derivatives [n, orders, k] at times counted from the first sample."""
        place = t_s / self._step_s
        at = np.floor(place + 1e-6).astype(np.int64)
        u = np.clip(place - at, 0, 1)[:, None]
        size = self._values.shape[1]
        low, high = self._values[:, at % size], self._values[:, (at + 1) % size]
        if not (u > 1e-6).any():
            return np.moveaxis(low[:-1], 0, 1)
        h = self._step_s
        out = []
        for k in range(len(self._values) - 1):
            slope_low, slope_high = h * low[k + 1], h * high[k + 1]
            gap = high[k] - low[k]
            bend = 3 * gap - 2 * slope_low - slope_high
            out.append(low[k] + u * (slope_low + u * (bend + u * (slope_low + slope_high - 2 * gap))))
        return np.stack(out, 1)


def motion_of(record: CopRecord, person: Person, start_s: float = 0.0) -> Motion:
    """The recorded CoP as the motion of a person; its first sample is at start_s of the world."""
    cop = _Band(record.cop_m, record.rate_hz, person.pendulum_s2, 3)
    lift = None
    if record.force_n is not None:
        surplus = record.force_n / record.force_n.mean() - 1
        lift = _Band(GRAVITY_MS2 * surplus[:, None], record.rate_hz, 0.0, 1)

    first_s = start_s

    def wave(start_s: float, after_s: np.ndarray) -> Wave:
        t_s = start_s - first_s + after_s
        rise = lift(t_s)[:, 0, 0] if lift else np.zeros(len(t_s))
        return Wave(cop(t_s)[:, None], np.zeros(len(t_s)), rise)

    return wave


def replay_world(
    path: Path | str,
    seed: int = 0,
    *,
    start_s: float = 0.0,
    electronics: Electronics | None = None,
    person: Person | None = None,
) -> World:
    """A world whose person moves as the file says; mass from the file's force, body and stance drawn from the seed."""
    record = read(path)
    person = person or draw(seed, "steady")
    if record.force_n is not None:
        person = with_mass(person, float(record.force_n.mean()) / GRAVITY_MS2)
    must_fit(record, person)
    return World(person, electronics, seed, motion=motion_of(record, person, start_s))


def must_fit(record: CopRecord, person: Person) -> None:
    """Refuse a CoP that leaves the feet of this stance: it would be cut off without a word."""
    rest = rest_of(person)
    right, feet = split(person, rest, record.cop_m + rest.net_m, np.zeros(len(record.cop_m)))
    own = np.einsum("fji,nfj->nfi", rest.rotation, feet - rest.translation) / person.foot_length_m
    low, high = REACH_AP
    inside = (np.abs(own[..., 0]) < REACH_ML) & (own[..., 1] > low) & (own[..., 1] < high)
    if not inside.all() or right.min() <= 0 or right.max() >= 1:
        size = np.ptp(record.cop_m, axis=0) * 1e3
        raise PersonError(
            f"The CoP in {record.name} moves {size[0]:.0f} mm sideways and {size[1]:.0f} mm forward, more than two feet"
            f" {person.heel_distance_m * 1e3:.0f} mm apart can hold: place them wider or choose a quieter recording."
        )
