# SPDX-License-Identifier: MIT
"""The virtual sole: where its pressure's centre is, what its cells feel; and the cell map under it."""

import numpy as np
import pytest

from surefoot import cells
from surefoot.device.virtual import sole as soles
from surefoot.errors import SurefootError

FOOT_M = 0.25


@pytest.fixture(scope="module")
def insole() -> cells.CellMap:
    return cells.load(258.0)


def cartesian_centre(foot: soles.Foot, tilt: np.ndarray, log_z: float) -> tuple[np.ndarray, float]:
    """Centre [2] and integral of the pressure by a plain midpoint sum on a fine square grid: no shared quadrature."""
    step = 0.0002
    x = np.arange(-0.09, 0.09, step) + step / 2
    y = np.arange(-0.126, 0.126, step) + step / 2
    grid = np.stack(np.meshgrid(x, y, indexing="ij"), -1)
    p = soles.pressure(foot, tilt, log_z, grid)
    total = p.sum()
    return np.einsum("ij,ijk->k", p, grid) / total, float(total * step * step)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("side", [0, 1])
def test_pressure_centre_is_the_asked_cop(seed: int, side: int) -> None:
    foot = soles.draw_foot(seed, side, FOOT_M)
    rng = np.random.default_rng([seed, side])
    asked = np.stack((rng.uniform(-0.015, 0.015, 4), rng.uniform(-0.07, 0.065, 4)), 1)
    tilts, log_z = soles.solve_tilt(foot, asked)
    for k in range(len(asked)):
        centre, total = cartesian_centre(foot, tilts[k], log_z[k])
        assert np.abs(centre - asked[k]).max() < 1e-6
        assert total == pytest.approx(1, abs=2e-5)


@pytest.mark.parametrize("side", [0, 1])
def test_table_gives_the_shares_of_the_field(insole: cells.CellMap, side: int) -> None:
    sole = soles.draw(4, FOOT_M, insole)
    foot = sole.feet[side]
    rng = np.random.default_rng(side)
    low, high = (np.array(soles.REACH_AP) * FOOT_M).tolist()
    inner = np.stack((rng.uniform(-0.99, 0.99, 50) * soles.REACH_ML * FOOT_M, rng.uniform(low, high, 50)), 1)
    tilts, log_z = soles.solve_tilt(foot, inner)
    mine = insole.xy_m[8 * side : 8 * side + 8]
    exact = soles.disc_shares(foot, tilts, log_z, soles.to_anatomy(foot, mine), insole.diameter_m / 2)
    assert np.abs(soles.cell_shares(sole, side, soles.from_anatomy(foot, inner)) - exact).max() < 1e-6


def test_disc_share_by_counting_points(insole: cells.CellMap) -> None:
    foot = soles.draw_foot(0, 1, FOOT_M)
    tilt, log_z = soles.solve_tilt(foot, np.array([[0.002, -0.02]]))
    centres = soles.to_anatomy(foot, insole.xy_m[8:])
    step = 0.0002
    square = np.arange(-0.015, 0.015, step) + step / 2
    grid = np.stack(np.meshgrid(square, square, indexing="ij"), -1)
    inside = (grid**2).sum(-1) < 0.015**2
    share = soles.disc_shares(foot, tilt, log_z, centres, 0.015)[0]
    for k, centre in enumerate(centres):
        assert (soles.pressure(foot, tilt[0], log_z[0], grid + centre) * inside).sum() * step**2 == pytest.approx(
            share[k], rel=5e-3, abs=1e-5
        )


def test_load_between_cells_is_lost_and_heel_and_toes_take_their_turn(insole: cells.CellMap) -> None:
    sole = soles.draw(1, FOOT_M, insole)
    shares = soles.cell_shares(sole, 1, np.array([[0, -0.06], [0, -0.015], [0, 0.06]]))
    assert (shares > 0).all()
    assert (shares.sum(1) > 0.25).all()
    assert (shares.sum(1) < 0.7).all()
    assert shares[0].argmax() == 0
    assert shares[2, 0] < 0.1 * shares[0, 0]
    assert shares[2, 5:].sum() > shares[0, 5:].sum()


def test_people_have_their_own_soles_and_left_mirrors_right(insole: cells.CellMap) -> None:
    a, b = soles.draw(1, FOOT_M, insole), soles.draw(2, FOOT_M, insole)
    at_rest = np.array([[0.0, -0.015]])
    assert np.abs(soles.cell_shares(a, 0, at_rest) - soles.cell_shares(b, 0, at_rest)).max() > 0.01
    left, right = a.feet
    points = np.random.default_rng(0).uniform(-0.05, 0.05, (50, 2))
    mirrored = points * (-1, 1)
    assert np.allclose(soles.base_pressure(left, points), soles.base_pressure(right, mirrored))
    assert not np.allclose(left.shift_m, right.shift_m)


def test_frames_go_there_and_back() -> None:
    foot = soles.draw_foot(3, 0, FOOT_M)
    points = np.random.default_rng(0).normal(0, 0.05, (20, 2))
    assert np.allclose(soles.from_anatomy(foot, soles.to_anatomy(foot, points)), points, atol=1e-15)


def test_a_cop_outside_the_foot_is_held_at_its_edge_or_refused(insole: cells.CellMap) -> None:
    sole = soles.draw(0, FOOT_M, insole)
    asked = np.array([[0.0, 0.0], [0.0, 0.3]])
    held = soles.hold(sole, 0, asked)
    assert (held[0] == asked[0]).all()
    assert held[1, 1] < 0.1
    assert np.allclose(soles.hold(sole, 0, held), held, atol=1e-12)
    with pytest.raises(SurefootError, match="can't hold"):
        soles.solve_tilt(sole.feet[0], np.array([[0.2, 0.0]]))


def test_cell_map_is_gaitpdbs_on_a_foot_of_265_mm() -> None:
    known = [(-500, -800), (-700, -400), (-300, -400), (-700, 0), (-300, 0), (-700, 400), (-300, 400), (-500, 800)]
    left = np.array([((x + 500) / 10, y * 105 / 800) for x, y in known])
    map_ = cells.load(265)
    assert map_.names == (
        "L1",
        "L2",
        "L3",
        "L4",
        "L5",
        "L6",
        "L7",
        "L8",
        "R1",
        "R2",
        "R3",
        "R4",
        "R5",
        "R6",
        "R7",
        "R8",
    )
    assert np.allclose(map_.xy_m[:8] * 1e3, left, atol=0.01)
    assert np.allclose(map_.xy_m[8:] * 1e3, left * (-1, 1), atol=0.01)
    assert np.allclose(cells.load(238.5).xy_m, 0.9 * map_.xy_m)
    gap = np.linalg.norm(map_.xy_m[:8, None] - map_.xy_m[:8], axis=-1) + np.eye(8)
    assert gap.min() > map_.diameter_m, "pucks must not overlap"


def test_insoles_come_in_whole_sizes() -> None:
    assert cells.insole_length_mm(265) == pytest.approx(265)
    assert cells.insole_length_mm(259) == pytest.approx(265)
    assert cells.insole_length_mm(258) == pytest.approx(258.333)
    assert 0 <= cells.insole_length_mm(281.2) - 281.2 < 6.667


def broken(**changes: object) -> dict:
    return {**cells._table(), **changes}


@pytest.mark.parametrize(
    ("table", "length", "words"),
    [
        (broken(map=2), 265, "version 2"),
        (broken(cell=[]), 265, "L1 to R8"),
        (broken(electrical={}), 265, "lacks"),
        (broken(), 26.5, "100 to 400"),
        (broken(), float("nan"), "100 to 400"),
    ],
)
def test_a_wrong_cell_map_is_refused_in_words(table: dict, length: float, words: str) -> None:
    with pytest.raises(cells.CellMapError, match=words):
        cells.parse(table, length)
