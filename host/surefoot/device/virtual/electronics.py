# SPDX-License-Identifier: MIT
"""The virtual instruments: cell force to ADC count, waist motion to the integers that an IMU would sample.

Parts differ: conductance per cell, leak of an unpressed cell, bias, scale and mounting of the IMU, all drawn from a
seed. Noise is white from slot to slot, given as standard normal numbers by the caller.
"""

from dataclasses import dataclass

import numpy as np

from surefoot import wire
from surefoot.cells import CELLS_PER_FOOT, CellLaw, CellMapError
from surefoot.device.virtual import cell_memory
from surefoot.device.virtual.person import GRAVITY_MS2

CELLS = 2 * CELLS_PER_FOOT
NAMES = tuple(wire.STREAMS[wire.CELLS]["cols"].split())
ACC_NOISE_G, GYR_NOISE_DPS = 70e-6, 3.8e-3  # per square root of hertz


@dataclass(frozen=True, eq=False)
class Electronics:
    """One set of parts; arrays per cell [16] or per IMU axis [3]."""

    seed: int
    law: CellLaw
    cell_gain: np.ndarray  # conductance against the nominal law
    leak_s: np.ndarray  # conductance of a cell that nothing presses
    adc_noise_lsb: float  # rms of the converter
    cell_noise_share: float  # rms of the cell's own conductance
    imu_bandwidth_hz: float
    mount: np.ndarray  # [3,3] body to sensor axes
    acc_bias_ms2: np.ndarray
    acc_scale: np.ndarray
    gyr_bias_dps: np.ndarray
    gyr_scale: np.ndarray
    dead: tuple[str, ...]  # cells whose wire is broken
    shorted: tuple[str, ...]  # cells at the upper rail
    unplugged: tuple[str, ...]  # feet whose ADC doesn't answer: "left", "right"
    swapped: tuple[tuple[str, str], ...] = ()  # cells in each other's plugs
    memory: cell_memory.Memory | None = None  # of creep and hysteresis; `cell_memory.felt_n` applies it
    acc_skew: np.ndarray | None = None  # [3,3] what axes that are not at right angles make of the specific force


def draw(
    seed: int,
    law: CellLaw,
    *,
    gain_spread: float = 0.15,
    noise: float = 1.0,
    misalignment_deg: float = 3.0,
    dead: tuple[str, ...] = (),
    shorted: tuple[str, ...] = (),
    unplugged: tuple[str, ...] = (),
    swapped: tuple[tuple[str, str], ...] = (),
    hysteresis_share: float = 0.0,
    creep_share_per_decade: float = 0.0,
    skew_deg: float = 0.0,
) -> Electronics:
    """The parts of this seed. `gain_spread` 0 makes all cells equal, `noise` scales every noise."""
    for name in (*dead, *shorted, *(name for pair in swapped for name in pair)):
        if name not in NAMES:
            raise CellMapError(f"There is no cell '{name}': cells are named {NAMES[0]} to {NAMES[-1]}.")
    for foot in unplugged:
        if foot not in ("left", "right"):
            raise CellMapError(f"There is no foot '{foot}' to unplug: use left or right.")
    rng = np.random.default_rng([seed, *b"electronics"])
    return Electronics(
        seed=seed,
        law=law,
        cell_gain=np.exp(gain_spread * rng.standard_normal(CELLS)),
        leak_s=rng.uniform(0, 4e-6, CELLS),
        adc_noise_lsb=1.0 * noise,
        cell_noise_share=1e-3 * noise,
        imu_bandwidth_hz=52.0 * noise**2,
        mount=_rotation(np.radians(misalignment_deg) * rng.standard_normal(3)),
        acc_bias_ms2=rng.normal(0, 0.010 * GRAVITY_MS2, 3),
        acc_scale=1 + rng.normal(0, 0.004, 3),
        gyr_bias_dps=rng.normal(0, 0.4, 3),
        gyr_scale=1 + rng.normal(0, 0.005, 3),
        dead=dead,
        shorted=shorted,
        unplugged=unplugged,
        swapped=swapped,
        memory=cell_memory.draw(seed, CELLS, hysteresis_share, creep_share_per_decade),
        acc_skew=_skew(seed, skew_deg) if skew_deg else None,
    )


def _skew(seed: int, skew_deg: float) -> np.ndarray:
    """Rows of unit length, each axis off its right angles by normal draws of this standard deviation."""
    out = np.eye(3) + np.radians(skew_deg) * np.triu(np.random.default_rng([seed, *b"skew"]).standard_normal((3, 3)), 1)
    return out / np.linalg.norm(out, axis=1)[:, None]


def _rotation(turn_rad: np.ndarray) -> np.ndarray:
    angle = max(float(np.linalg.norm(turn_rad)), 1e-12)
    x, y, z = turn_rad / angle
    k = np.array(((0, -z, y), (z, 0, -x), (-y, x, 0)))
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


def cell_counts(parts: Electronics, force_n: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """ADC counts uint16 [n,16] of cell forces [n,16] N with noise from standard normals [n,16]."""
    law = parts.law
    pressed = np.clip(force_n, 0, law.limit_n) / law.gain_n_per_siemens_exp
    conductance = parts.cell_gain * pressed ** (1 / law.exponent) + parts.leak_s
    for name in parts.dead:
        conductance[:, NAMES.index(name)] = 0
    ratio = conductance * law.rm_ohm
    level = law.full_count * ratio / (1 + ratio)
    # The supply cancels in a ratiometric reading: what is left is the converter's noise and the cell's own, which the
    # divider passes on by d level / d ln G.
    spread = np.hypot(parts.adc_noise_lsb, parts.cell_noise_share * level / (1 + ratio))
    counts = np.clip(np.rint(level + spread * normals), 0, law.full_count).astype(np.uint16)
    for name in parts.shorted:
        counts[:, NAMES.index(name)] = law.full_count
    for pair in parts.swapped:
        a, b = (NAMES.index(name) for name in pair)
        counts[:, [a, b]] = counts[:, [b, a]]
    for foot in parts.unplugged:
        # The data line of a chip that isn't there is pulled up: every bit reads as one.
        first = CELLS_PER_FOOT * (foot == "right")
        counts[:, first : first + CELLS_PER_FOOT] = law.full_count
    return counts


def imu_units(parts: Electronics, acc_ms2: np.ndarray, gyr_dps: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """int32 [n,6] in micro-g and 0.1 mdps, sensor axes, of trunk-axes motion [n,3]; standard normals [n,6]."""
    root = np.sqrt(parts.imu_bandwidth_hz)
    across = parts.mount if parts.acc_skew is None else parts.acc_skew @ parts.mount
    acc_g = (acc_ms2 @ across.T * parts.acc_scale + parts.acc_bias_ms2) / GRAVITY_MS2
    gyr = gyr_dps @ parts.mount.T * parts.gyr_scale + parts.gyr_bias_dps
    out = np.concatenate(
        ((acc_g + ACC_NOISE_G * root * normals[:, :3]) * 1e6, (gyr + GYR_NOISE_DPS * root * normals[:, 3:]) * 1e4), 1
    )
    return np.clip(np.rint(out), -(2**31), 2**31 - 1).astype(np.int32)
