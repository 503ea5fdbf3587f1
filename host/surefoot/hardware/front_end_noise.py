# SPDX-License-Identifier: MIT
"""From a divider's resistor to the noise of the centre of pressure.

A cell of conductance G over Rm gives v = G Rm / (1 + G Rm), and F = gain G^e. A step of one count is thus
dF = e F dv / (v (1 - v)) newtons: finest at v = 1/2. A foot's CoP is sum(F r) / sum(F), so that a cell's error moves it
by (r - CoP) dF / sum(F). Noise: the converter's, its rounding, and the cell's own, which no resistor changes.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from surefoot import cells, resources
from surefoot.cells import CELLS_PER_FOOT, CellLaw
from surefoot.device.virtual import electronics
from surefoot.device.virtual.world import dead_weight

from .sheet import HardwareError

Floats = npt.NDArray[np.float64]
SEEDS = range(1, 9)  # synthetic people whose feet are asked
ROUNDING_LSB = 12**-0.5
E24 = (10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30, 33, 36, 39, 43, 47, 51, 56, 62, 68, 75, 82, 91)


@dataclass(frozen=True)
class Window:
    """The part of its range in which a converter reads; shares of the supply."""

    low: float
    high: float


@dataclass(frozen=True)
class Chain:
    """A front end: noise of one sample, `reads` readings averaged."""

    noise_lsb: float
    cell_noise_share: float
    window: Window
    reads: int


def table() -> dict[str, Any]:
    """hardware/sensors.toml."""
    return resources.hardware_table("sensors.toml", "The table of sensors", HardwareError)


@cache
def usual_loads_n() -> Floats:
    """Forces [people, 16] N on the cells of synthetic people of 700 N who stand quietly on both feet."""
    moment = np.zeros(1)
    return np.stack([dead_weight(seed).truth(moment)["cell_force_n"][0] for seed in SEEDS])


def one_foot(force_n: Floats) -> Floats:
    """The same people [people, 16] on one foot: all of their weight there, spread as before."""
    out = force_n.reshape(-1, 2, CELLS_PER_FOOT)
    return (out * (out.sum(axis=(1, 2), keepdims=True) / out.sum(axis=2, keepdims=True))).reshape(force_n.shape)


def converter_chain(reads: int = 1) -> Chain:
    """An MCP3208 per foot; firmware scans twice at 100 Hz, once at 200."""
    parts = electronics.draw(1, cells.load().law)
    return Chain(parts.adc_noise_lsb, parts.cell_noise_share, Window(0.0, 1.0), reads)


def mux_chain(scans: int = 1) -> Chain:
    """The multiplexer before the ESP32's converter, with window and readings of firmware/mux.py."""
    own = mux_constants()
    window = Window(own["LOW_MV"] / own["SUPPLY_MV"], own["HIGH_MV"] / own["SUPPLY_MV"])
    parts = electronics.draw(1, cells.load().law)
    return Chain(table()["converter"]["mux"]["noise_lsb"], parts.cell_noise_share, window, own["READS"] * scans)


@cache
def mux_constants() -> dict[str, int]:
    """The whole numbers that firmware/mux.py begins with, read without running it."""
    tree = ast.parse((resources.data_dir("firmware") / "mux.py").read_text("utf-8"))
    found: dict[str, int] = {}
    for node in tree.body:
        # `_LOW_MV = const(150)`: private there, so that it takes no memory.
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call) or len(node.value.args) != 1:
            continue
        target, (value,) = node.targets[0], node.value.args
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
            found[target.id.lstrip("_")] = int(value.value)  # pyright: ignore[reportArgumentType]
    return found


def level(force_n: npt.ArrayLike, rm_ohm: float, law: CellLaw) -> Floats:
    """Share of the supply at the divider, of forces N."""
    pressed = np.minimum(np.asarray(force_n, float), law.limit_n) / law.gain_n_per_siemens_exp
    ratio = pressed ** (1 / law.exponent) * rm_ohm
    return ratio / (1 + ratio)


def force_at(share: float, rm_ohm: float, law: CellLaw) -> float:
    """The force N at which the divider gives that share of the supply."""
    return law.gain_n_per_siemens_exp * (share / ((1 - share) * rm_ohm)) ** law.exponent


def newtons_per_count(force_n: npt.ArrayLike, rm_ohm: float, law: CellLaw) -> Floats:
    """The force N that one count stands for at a force."""
    v = level(force_n, rm_ohm, law)
    return law.exponent * np.asarray(force_n, float) / (law.full_count * v * (1 - v))


def cop_noise_mm(force_n: Floats, rm_ohm: float, law: CellLaw, chain: Chain) -> Floats:
    """Noise [people] mm of the CoP of the worse foot, both axes together, of forces [people, 16] N.

    The same quantity as surefoot.fit.leans.dead_weight_noise, unfiltered. Cells outside the window add none: they read
    as no load or as the most.
    """
    xy = cells.load().xy_m
    v = level(force_n, rm_ohm, law)
    counts = np.hypot(chain.noise_lsb, chain.cell_noise_share * law.full_count * v * (1 - v)) / np.sqrt(chain.reads)
    counts = np.hypot(counts, ROUNDING_LSB)
    error_n = np.where(seen(v, chain.window), newtons_per_count(force_n, rm_ohm, law) * counts, 0.0)
    feet = []
    for first in (0, CELLS_PER_FOOT):
        own = slice(first, first + CELLS_PER_FOOT)
        total = force_n[:, own].sum(axis=1)
        cop = force_n[:, own] @ xy[own] / total[:, None]
        arm = np.linalg.norm(xy[own] - cop[:, None, :], axis=2)
        feet.append(np.sqrt(((arm * error_n[:, own] / total[:, None]) ** 2).sum(axis=1)))
    return 1e3 * np.max(feet, axis=0)


def seen(v: Floats, window: Window) -> npt.NDArray[np.bool_]:
    """Which levels the converter tells from none and from the most."""
    return (v >= window.low) & (v < window.high)


def chain_noise_mm(seed: int, rm_ohm: float) -> float:
    """The noise that the virtual front end shows for a dead weight of 700 N, by the function that judges real ones."""
    from surefoot.calibration import nominal
    from surefoot.fit.leans import dead_weight_noise

    law = replace(cells.load().law, rm_ohm=rm_ohm)
    parts = electronics.draw(seed, law, gain_spread=0.0)
    counts = dead_weight_counts(seed, parts)
    leak = electronics.cell_counts(replace(parts, adc_noise_lsb=0.0), np.zeros((1, 16)), np.zeros((1, 16)))[0]
    record = replace(nominal(), rm_ohm=(rm_ohm,) * 16, zero_count=tuple(float(count) for count in leak))
    return dead_weight_noise(counts, record)


def dead_weight_counts(seed: int, parts: electronics.Electronics, n: int = 4000) -> npt.NDArray[np.uint16]:
    """Counts [n, 16] of single readings of a weight that doesn't move."""
    force = dead_weight(seed).truth(np.zeros(1))["cell_force_n"]
    normals = np.random.default_rng(seed).standard_normal((n, 16))
    return electronics.cell_counts(parts, np.repeat(force, n, axis=0), normals)
