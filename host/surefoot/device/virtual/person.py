# SPDX-License-Identifier: MIT
"""A virtual person with known answers: body, stance, and sway as sums of sinusoids whose law is set.

Everything is drawn from (seed, kind) and then fixed, so the sway at any time, its spread, direction and spectrum are
known exactly. The long-run covariance is `sway_covariance_m2`; a trial of 30 s shows one draw of it.
Axes: X = ML to the right, Y = AP forward, Z up; SI units.
"""

from dataclasses import dataclass, replace
from math import radians
from typing import NamedTuple, Protocol

import numpy as np

from surefoot import cells
from surefoot.errors import SurefootError
from surefoot.physics import GRAVITY_MS2
from surefoot.placement import place_feet

KINDS = ("steady", "unsteady", "faller")
TONES = 160  # sinusoids of each sway axis
LOW_HZ, SPLIT_HZ, HIGH_HZ = 0.02, 0.5, 8.0
GYRATION_SHARE = 0.23  # radius of gyration about the centre of mass, in body heights
COM_SHARE = 0.5527  # height of the centre of mass, in body heights
MAT_HEEL_DISTANCE_M, MAT_FOOT_ANGLE_DEG = 0.17, 7.0

# Ranges that each kind is drawn from: rms of the larger and smaller axis [m], low and high corner of the spectrum [Hz].
# They bracket what healthy young and older adults do on a force plate (velocity 6-13 and 13-25 mm/s, eyes open).
_SWAY = {
    "steady": ((0.0030, 0.0042), (0.0017, 0.0026), (0.12, 0.20), (0.8, 1.2)),
    "unsteady": ((0.0050, 0.0066), (0.0030, 0.0042), (0.16, 0.26), (1.0, 1.5)),
    "faller": ((0.0056, 0.0072), (0.0034, 0.0048), (0.18, 0.28), (1.1, 1.6)),
}


class PersonError(SurefootError):
    """A virtual person that doesn't exist or can't do what is asked."""


@dataclass(frozen=True, eq=False)
class Tones:
    """A sum of sinusoids amplitude * cos(2 pi f t + phase); arrays [k]."""

    f_hz: np.ndarray
    amplitude: np.ndarray
    phase: np.ndarray

    @property
    def rms(self) -> float:
        """Long-run root mean square, in the unit of the amplitudes."""
        return float(np.sqrt((self.amplitude**2).sum() / 2))


@dataclass(frozen=True)
class Gains:
    """Factors on sway below and above SPLIT_HZ: firm ground with eyes open is (1, 1)."""

    eyes_closed: tuple[float, float]
    foam: tuple[float, float]
    foam_eyes_closed: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Person:
    """One drawn person; see the module's text for axes. Foot pairs are (left, right)."""

    seed: int
    kind: str
    mass_kg: float
    height_m: float
    foot_length_m: float
    insole_length_m: float
    waist_height_m: float
    heel_distance_m: float  # where the insoles truly lie; the host knows only the mat
    foot_angle_deg: tuple[float, float]
    left_load_share: float
    rest_cop_m: np.ndarray  # [2,2] foot CoP at rest, in each foot's frame
    foot_follow: float  # share of ML sway done inside the feet, the rest by shifting load
    trunk_follow: float  # share of ML lean that tilts the trunk: feet apart, the body is a parallelogram
    major: Tones
    minor: Tones
    direction_deg: float  # of the larger axis, from straight ahead, positive to the right
    feet: Tones  # one foot's CoP going forward while the other's goes back
    lift: Tones  # vertical acceleration: breath and heartbeat
    gains: Gains
    weak_side: int  # 0 left, 1 right: where weight goes first, and the side of a fall
    fall_after_s: float | None  # from eyes closed to loss of balance

    @property
    def com_height_m(self) -> float:
        """Height of the centre of mass."""
        return COM_SHARE * self.height_m

    @property
    def pendulum_s2(self) -> float:
        """(h^2 + gyration^2) / (g h) in s2: CoP = CoM - this * CoM'', so CoM = CoP / (1 + this * w^2) at w rad/s."""
        h = self.com_height_m
        return (h**2 + (GYRATION_SHARE * self.height_m) ** 2) / (GRAVITY_MS2 * h)

    @property
    def sway_covariance_m2(self) -> np.ndarray:
        """Long-run covariance [2,2] (ml, ap) of the CoP on firm ground with eyes open."""
        turn = _turn(self.direction_deg)
        return turn @ np.diag((self.minor.rms**2, self.major.rms**2)) @ turn.T

    @property
    def feet_placed(self) -> tuple[np.ndarray, np.ndarray]:
        """Rotation [2,2,2] and translation [2,2] from foot frames to the body frame, as the insoles truly lie."""
        return place_feet(self.heel_distance_m, *self.foot_angle_deg, self.insole_length_m)


class Wave(NamedTuple):
    """Motion asked of a person over n times, before conditions and actions change it.

    com [n, bands, 3, 2]: CoM by band, its first and second derivative, (ml, ap) in m, m/s, m/s2; feet [n] in m;
    lift [n] in m/s2.
    """

    com: np.ndarray
    feet: np.ndarray
    lift: np.ndarray


class Motion(Protocol):
    """What moves a person: a synthetic sway or a replayed file."""

    def __call__(self, start_s: float, after_s: np.ndarray) -> Wave:
        """The motion at start_s + after_s [n]."""
        ...


def _turn(direction_deg: float) -> np.ndarray:
    c, s = np.cos(radians(direction_deg)), np.sin(radians(direction_deg))
    return np.array(((c, s), (-s, c)))


def spectrum(f_hz: np.ndarray, corner_hz: float, roll_hz: float) -> np.ndarray:
    """Shape of the sway's power density: flat, then f^-2 from the low corner and f^-4 from the high one."""
    return 1 / ((1 + (f_hz / corner_hz) ** 2) * (1 + (f_hz / roll_hz) ** 2))


def _tones(rng: np.random.Generator, rms: float, corner_hz: float, roll_hz: float, count: int = TONES) -> Tones:
    # One tone in each of `count` log-spaced bins: every decade is filled alike, and none of two axes' tones coincide.
    edges = np.geomspace(LOW_HZ, HIGH_HZ, count + 1)
    f_hz = edges[:-1] + rng.uniform(0, 1, count) * np.diff(edges)
    power = spectrum(f_hz, corner_hz, roll_hz) * np.diff(edges)
    return Tones(f_hz, rms * np.sqrt(2 * power / power.sum()), rng.uniform(0, 2 * np.pi, count))


def draw(
    seed: int,
    kind: str = "steady",
    heel_distance_m: float = MAT_HEEL_DISTANCE_M,
    foot_angle_deg: float = MAT_FOOT_ANGLE_DEG,
) -> Person:
    """The person of this seed and kind, standing on a mat that says so much; they never hit its lines exactly."""
    if kind not in KINDS:
        raise PersonError(f"There is no virtual person '{kind}': choose {', '.join(KINDS)}.")
    rng = np.random.default_rng([seed, *b"person"])
    height_m = float(np.clip(rng.normal(1.68, 0.09), 1.45, 1.95))
    foot_length_m = height_m * rng.uniform(0.142, 0.154)
    placed = float(max(0.0, heel_distance_m + rng.normal(0, 0.005)))
    angles = foot_angle_deg + rng.normal(0, 2, 2)
    insole_length_m = cells.insole_length_mm(foot_length_m * 1e3 + 2) * 1e-3
    along = rng.normal(-0.06, 0.015) * insole_length_m + rng.normal(0, 0.003, 2)
    rest_cop_m = np.stack((rng.normal(0, 0.0015, 2), along), 1)
    majors, minors, corners, rolls = _SWAY[kind]
    major, minor = rng.uniform(*majors), rng.uniform(*minors)
    corner_hz, roll_hz = rng.uniform(*corners), rng.uniform(*rolls)
    closed = np.array((rng.uniform(0.95, 1.15), rng.uniform(1.1, 1.35)))
    foam = np.array((rng.uniform(1.9, 2.4), rng.uniform(2.3, 3.1)))
    blind = foam * (rng.uniform(1.1, 1.35), rng.uniform(1.15, 1.4))
    return Person(
        seed=seed,
        kind=kind,
        mass_kg=float(rng.uniform(20.5, 27) * height_m**2),
        height_m=height_m,
        foot_length_m=float(foot_length_m),
        insole_length_m=insole_length_m,
        waist_height_m=0.58 * height_m,
        heel_distance_m=placed,
        foot_angle_deg=(float(angles[0]), float(angles[1])),
        left_load_share=float(np.clip(rng.normal(0.5, 0.03), 0.4, 0.6)),
        rest_cop_m=rest_cop_m,
        foot_follow=float(rng.uniform(0.05, 0.15)),
        trunk_follow=float(rng.uniform(0.4, 0.7)),
        major=_tones(rng, major, corner_hz, roll_hz),
        minor=_tones(rng, minor, corner_hz * 1.1, roll_hz * 1.1),
        direction_deg=float(rng.normal(0, 8)),
        feet=_tones(rng, 0.0012, 0.2, 1.0, 40),
        lift=_tones(rng, 0.008, 2.0, 6.0, 40),
        gains=Gains(_pair(closed), _pair(foam), _pair(blind)),
        weak_side=int(rng.integers(2)),
        fall_after_s=float(rng.uniform(10, 20)) if kind == "faller" else None,
    )


def _pair(values: np.ndarray) -> tuple[float, float]:
    return float(values[0]), float(values[1])


def with_mass(person: Person, mass_kg: float) -> Person:
    """The same person at another mass."""
    return replace(person, mass_kg=mass_kg)


class _Sum:
    """A sum of tones by bands and derivatives; the cosines of the offsets are kept for the next block."""

    def __init__(self, tones: Tones, transfer: np.ndarray, bands: np.ndarray, orders: int):
        self._w = 2 * np.pi * tones.f_hz
        self._phase = tones.phase
        steps = self._w[:, None] ** np.arange(orders) * (tones.amplitude * transfer)[:, None]
        # Columns: [band, derivative]; each derivative turns the phase by a quarter.
        self._size = (bands[:, :, None] * steps[:, None, :]).reshape(len(self._w), -1)
        self._quarter = np.tile(np.arange(orders) * np.pi / 2, bands.shape[1])
        self._after: np.ndarray | None = None
        self._basis = np.empty((0, 0))

    def __call__(self, start_s: float, after_s: np.ndarray) -> np.ndarray:
        if self._after is not after_s:
            angle = np.multiply.outer(after_s, self._w)
            self._basis = np.hstack((np.cos(angle), -np.sin(angle)))
            self._after = after_s
        angle = (self._w * start_s + self._phase)[:, None] + self._quarter
        return self._basis @ np.vstack((self._size * np.cos(angle), self._size * np.sin(angle)))


def motion(person: Person) -> Motion:
    """The person's own sway; its CoP at firm ground and open eyes is the sum of the tones, exactly."""
    bands = [np.stack((t.f_hz < SPLIT_HZ, t.f_hz >= SPLIT_HZ), 1) for t in (person.minor, person.major)]
    sway = [
        _Sum(t, 1 / (1 + person.pendulum_s2 * (2 * np.pi * t.f_hz) ** 2), band, 3)
        for t, band in zip((person.minor, person.major), bands, strict=True)
    ]
    rest = [_Sum(t, np.ones_like(t.f_hz), np.ones((len(t.f_hz), 1)), 1) for t in (person.feet, person.lift)]
    turn = _turn(person.direction_deg)

    def wave(start_s: float, after_s: np.ndarray) -> Wave:
        axes = np.stack([s(start_s, after_s) for s in sway], -1) @ turn.T
        feet, lift = (s(start_s, after_s)[:, 0] for s in rest)
        return Wave(axes.reshape(len(after_s), 2, 3, 2), feet, lift)

    return wave


def cop_at(person: Person, t_s: np.ndarray) -> np.ndarray:
    """Sway of the CoP [n,2] m about its rest on firm ground with eyes open: the plain sum, for checking."""
    axes = [
        (t.amplitude * np.cos(2 * np.pi * np.multiply.outer(t_s, t.f_hz) + t.phase)).sum(1)
        for t in (person.minor, person.major)
    ]
    return np.stack(axes, 1) @ _turn(person.direction_deg).T
