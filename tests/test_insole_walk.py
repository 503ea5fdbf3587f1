# SPDX-License-Identifier: MIT
"""What eight cells see of a real foot: a commercial insole's sixteen cells, every second one read as ours.

The maker's total force and CoP are exact sums over his sixteen cells, so their areas and places follow by regression.
Every second cell (odd or even numbers) then goes through our own cell law, twelve bits and centroid, and is held
against all sixteen: the headline for eight cells under real feet, ahead of anything the simulator says. It does not
say what sixteen cells miss. Run with `-s` to see the table.

Assumed, for millimetres: an insole of size 7 (EU 44/45 in the maker's size table) is 285 mm long and 100 mm wide.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from surefoot import calibration
from surefoot.calibration_law import counts_of, loads
from surefoot.fit.leans import fit, robust_lstsq

LENGTH_MM, WIDTH_MM = 285.0, 100.0
STANCE_N = 50.0  # below it the maker's own CoP jumps
SIDES = ("left", "right")


def read(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Per side: pressures [n,16] N/cm2, force [n] N and CoP [n,2] (across medial +, along), rows without a gap."""
    lines = [line for line in (folder / "insole-walk" / "normal.txt").read_text().splitlines() if line]
    rows = [line.split("\t")[:51] for line in lines if not line.startswith("#")]
    values = np.full((len(rows), 51), np.nan)
    for k, row in enumerate(rows):
        values[k, : len(row)] = [float(cell) if cell.strip() else np.nan for cell in row]
    out = {}
    for side, first in zip(SIDES, (1, 26), strict=True):
        part = values[:, first : first + 25]
        part = part[np.isfinite(part).all(axis=1)]
        out[side] = (part[:, :16], part[:, 22], part[:, [24, 23]])
    return out


def identify(pressure: np.ndarray, force: np.ndarray, cop: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Areas [16] cm2 and places [16,2] of the cells, with rms residual of force [N] and median residual of CoP."""
    loaded = force > STANCE_N
    area = robust_lstsq(pressure[loaded], force[loaded])
    share = pressure[loaded] * area / (pressure[loaded] @ area)[:, None]
    places = np.stack([robust_lstsq(share, cop[loaded, axis]) for axis in (0, 1)], 1)
    force_rms = float(np.sqrt(np.mean((pressure[loaded] @ area - force[loaded]) ** 2)))
    return area, places, force_rms, float(np.median(np.abs(share @ places - cop[loaded])))


@pytest.fixture(scope="module")
def walk(shared_data):
    return read(shared_data)


@pytest.mark.parametrize("side", SIDES)
def test_the_makers_force_and_cop_are_sums_over_his_cells(walk, side):
    area, places, force_rms, cop_median = identify(*walk[side])
    assert force_rms < 0.35  # his forces are whole newtons: 0.29 N rms by rounding alone
    assert cop_median < 1e-4
    assert (area > 5).all()
    assert (np.abs(places) < 0.5).all()
    other = identify(*walk[SIDES[side == "left"]])
    np.testing.assert_allclose(places, other[1], atol=0.01)
    np.testing.assert_allclose(area, other[0], rtol=0.02)


def as_ours(walk, chosen: slice, calibrated: bool) -> dict[str, np.ndarray]:
    """Per stance row of both feet: errors of CoP [mm] (ml to the right, ap) and of force [share], eight against all.

    Both feet go through one board's sixteen channels, left and right each on their own rows.
    """
    errors = {"ml": [], "ap": [], "force": []}
    for foot, side in enumerate(SIDES):
        pressure, force, _ = walk[side]
        area, places, _, _ = identify(*walk[side])
        outward = 1 if side == "left" else -1  # the maker's across is medial: to the right on a left foot
        xy_m = places * (outward * WIDTH_MM, LENGTH_MM) * 1e-3
        cell_n = pressure * area
        loaded = force > STANCE_N
        truth_n = cell_n.sum(1)[loaded]
        truth_m = (cell_n @ xy_m)[loaded] / truth_n[:, None]
        eight = np.zeros((loaded.sum(), 16))
        eight[:, 8 * foot : 8 * foot + 8] = cell_n[loaded][:, chosen]
        positions = np.zeros((16, 2))
        positions[8 * foot : 8 * foot + 8] = xy_m[chosen]
        record = calibration.nominal(LENGTH_MM)
        counts = np.rint(counts_of(eight, record)).astype(np.uint16)
        if calibrated:
            # A level-1 fit needs two feet: the same foot stands in for the other, which nobody looks at.
            both = np.where(counts > 0, counts, np.roll(counts, 8, axis=1))
            twice = np.where(positions != 0, positions, np.roll(positions, 8, axis=0))
            first = np.arange(len(counts)) // 100 % 2 == 0  # fitted on every other second, judged on the rest
            made = fit(
                both[first],
                np.repeat(truth_m[first, None], 2, axis=1),
                np.repeat(truth_n[first, None], 2, axis=1),
                device="maker",
                base=record,
                cell_xy_m=twice,
                fit_exponent=False,
            )
            got, keep = loads(counts, made, positions), ~first
            seen_n = got.foot_force_n[keep, foot]
        else:
            got, keep = loads(counts, record, positions), np.ones(len(counts), bool)
            seen_n = got.foot_force_n[:, foot] * np.median(truth_n / got.foot_force_n[:, foot])
        cop_error = 1e3 * (got.foot_cop_m[keep, foot] - truth_m[keep])
        errors["ml"].append(cop_error[:, 0] * outward)
        errors["ap"].append(cop_error[:, 1])
        errors["force"].append(seen_n / truth_n[keep] - 1)
    return {key: np.concatenate(parts) for key, parts in errors.items()}


def figures(values: np.ndarray) -> tuple[float, float, float]:
    """Bias (median error), median and 95th percentile of the absolute error."""
    size = np.abs(values)
    return float(np.median(values)), float(np.median(size)), float(np.percentile(size, 95))


@pytest.mark.parametrize("calibrated", [False, True], ids=["scaled", "level-1"])
@pytest.mark.parametrize("chosen", [slice(0, None, 2), slice(1, None, 2)], ids=["odd", "even"])
def test_every_second_cell_against_all_sixteen(walk, chosen, calibrated):
    errors = as_ours(walk, chosen, calibrated)
    name = f"{'odd' if chosen.start == 0 else 'even'} cells, {'level 1' if calibrated else 'one scale for each foot'}"
    table = {key: figures(values) for key, values in errors.items()}
    for key, unit in (("ap", "mm"), ("ml", "mm"), ("force", "%")):
        bias, median, p95 = (value * (100 if unit == "%" else 1) for value in table[key])
        print(f"{name:>40}: {key:5} bias {bias:+5.1f} {unit}, median {median:4.1f}, 95 % {p95:5.1f}")
    # Bounds of plausibility, not of quality: outside them the decoding is wrong, not the cells.
    assert table["ap"][1] < 25
    assert table["ml"][1] < 15
    assert table["ap"][2] < 60
    assert 0.01 < table["force"][1] < 0.2
    assert table["force"][2] < 0.6
