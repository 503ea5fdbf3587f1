# SPDX-License-Identifier: MIT
"""What goes wrong with insoles and sensors on a walk, as it shows in the arrays."""

from dataclasses import dataclass

import numpy as np

from surefoot.device.virtual.electronics import CELLS, NAMES
from surefoot.device.virtual.movers import sensing
from surefoot.device.virtual.movers.dice import Dice
from surefoot.device.virtual.person import PersonError

STREAMS = ("insoles", "waist", "left", "right")
HOUR_S = 3600.0
FEET = ("left", "right")


@dataclass(frozen=True)
class Faults:
    """All are nought by default. Those of cells act on `cell_force_n`, those of insoles on forces and CoP as well.

    `preload_n`: what the shoe presses on an insole without a foot's load, spread unevenly over its cells.
    `drift_n_per_h`, `drift_share_per_h`: how far at most a cell's zero and its gain creep, each cell in its own
    direction. `hysteresis_share`, `creep_share_per_decade`: what cells remember, as in `electronics.draw`.
    `dead`: cells that show nothing. `swapped`: each insole in the other's plug. `missing`: "left" or "right", no rows.
    `gaps_per_min`: losses of `gap_s` (shortest, longest), in insoles and each IMU by themselves. `clock_jump`: at which
    second the recorder's clock goes on by how many. `noisy`: noise, offsets and gain of usual sensors.
    `waist_turned_deg`, `left_turned_deg`, `right_turned_deg`: pitch, roll, yaw of an IMU; (0, 180, 0) is upside down.
    `misplaced`: the three IMUs off by up to 20 degrees about each axis instead.
    """

    preload_n: float = 0.0
    drift_n_per_h: float = 0.0
    drift_share_per_h: float = 0.0
    hysteresis_share: float = 0.0
    creep_share_per_decade: float = 0.0
    dead: tuple[str, ...] = ()
    swapped: bool = False
    missing: str = ""
    gaps_per_min: float = 0.0
    gap_s: tuple[float, float] = (0.03, 2.0)
    clock_jump: tuple[float, float] | None = None
    noisy: bool = False
    misplaced: bool = False
    waist_turned_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    left_turned_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    right_turned_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        for name in self.dead:
            if name not in NAMES:
                raise PersonError(f"There is no cell '{name}': cells are named {NAMES[0]} to {NAMES[-1]}.")
        if self.missing not in ("", *FEET):
            raise PersonError(f"There is no insole '{self.missing}' to be missing: use left or right.")


@dataclass(frozen=True, eq=False)
class Drawn:
    """Faults with all that is drawn of them, so that any block of rows can be had by itself."""

    faults: Faults
    seed: int
    preload_n: np.ndarray  # [16]
    zero_n_per_s: np.ndarray  # [16]
    gain_per_s: np.ndarray  # [16]
    gaps_s: dict[str, np.ndarray]  # [m,2] begin and end of each stream's losses
    turns: np.ndarray  # [3,3,3] axes of waist, left and right IMU
    sensors: tuple[sensing.Sensing, ...]  # of waist, left and right; () for ideal ones
    offsets: np.ndarray  # [3,2,3] of IMUs: specific force, rate


def draw_faults(faults: Faults, seed: int, seconds: float, held_out: bool) -> Drawn:
    """The faults of this seed on a walk of this length."""
    dice = Dice(seed, "walk faults", held_out)
    rng = dice.rng
    spread = rng.uniform(0.2, 1.0, (2, CELLS // 2))
    spread /= spread.sum(1, keepdims=True)
    zero, gain = rng.uniform(-1, 1, (2, CELLS)) / HOUR_S
    gaps, (shortest, longest) = {}, faults.gap_s
    for stream in STREAMS:
        count = int(rng.poisson(faults.gaps_per_min * seconds / 60))
        begin = np.sort(rng.uniform(0, seconds, count))
        gaps[stream] = np.stack((begin, begin + np.exp(rng.uniform(np.log(shortest), np.log(longest), count))), 1)
    sensors = tuple(sensing.drawn(dice) for _ in range(3))
    asked = (faults.waist_turned_deg, faults.left_turned_deg, faults.right_turned_deg)
    turned = tuple(s.misplaced_deg for s in sensors) if faults.misplaced else asked
    offsets = np.array([(s.acc_offset_ms2, s.gyr_offset_dps) for s in sensors])[..., None] * rng.uniform(
        -1, 1, (3, 2, 3)
    )
    return Drawn(
        faults=faults,
        seed=seed,
        preload_n=(faults.preload_n * spread).ravel(),
        zero_n_per_s=faults.drift_n_per_h * zero,
        gain_per_s=faults.drift_share_per_h * gain,
        gaps_s=gaps,
        turns=np.stack([sensing.misplacement(*degrees) for degrees in turned]),
        sensors=sensors if faults.noisy else (),
        offsets=offsets * faults.noisy,
    )


def lost(drawn: Drawn, stream: str, t_s: np.ndarray) -> np.ndarray:
    """Which of the rows at increasing times [n] a stream lost."""
    rows = np.zeros(len(t_s), bool)
    for first, stop in np.searchsorted(t_s, drawn.gaps_s[stream]):
        rows[first:stop] = True
    return rows


def cells_felt(drawn: Drawn, t_s: np.ndarray, force_n: np.ndarray) -> np.ndarray:
    """What the cells show of forces [n,16]: preload included, gain and zero as they have crept by then."""
    shown = (force_n + drawn.preload_n) * (1 + t_s[:, None] * drawn.gain_per_s) + t_s[:, None] * drawn.zero_n_per_s
    return np.maximum(shown, 0)


def insole_noise(drawn: Drawn, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise of cells [n,16] and feet [n,2] N."""
    size = drawn.sensors[0].force_noise_n if drawn.sensors else 0.0
    return size / 4 * rng.standard_normal((n, CELLS)), size * rng.standard_normal((n, 2))


def imu_felt(
    drawn: Drawn, part: int, acc_ms2: np.ndarray, gyr_dps: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """What the IMU of waist (0), left (1) or right foot (2) shows."""
    turn, (acc_offset, gyr_offset) = drawn.turns[part], drawn.offsets[part]
    acc, gyr = acc_ms2 @ turn.T + acc_offset, gyr_dps @ turn.T + gyr_offset
    if drawn.sensors:
        how = drawn.sensors[part]
        acc = acc + how.acc_noise_ms2 * rng.standard_normal(acc.shape)
        gyr = gyr + how.gyr_noise_dps * rng.standard_normal(gyr.shape)
    return acc, gyr
