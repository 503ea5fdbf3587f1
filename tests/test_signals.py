# SPDX-License-Identifier: MIT
"""Signals: every row on its time, IMU and insoles together, nothing bridged, doubts said in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from streams import CONFIG, session
from surefoot import calibration, cells, wire
from surefoot.calibration import ImuCalibration
from surefoot.calibration_law import counts_of, saturated_counts
from surefoot.decode import Decoded, Gap, Ping, Samples, decode
from surefoot.placement import Placement, PlacementError, place_feet
from surefoot.signals import GRAVITY_MS2, SignalError, ap_only_m, net_cop_m, placement_of, to_signals

NOMINAL = calibration.nominal()
START_US = 7_000_000_000  # 1.9 h after boot: beyond several wraps of ticks_us
ACC_LSB = 122e-6 * GRAVITY_MS2
RAMP = 40  # counts a second on ax: the interpolated value tells the time


def samples(name: str, rate_hz: float, counts, index, ticks, tick_ns: int, n: int) -> Samples:
    """Samples whose frames hold two each; `ticks` is a function of the sample index."""
    first = index[::2]
    missing = np.setdiff1d(np.arange(n), index)
    gaps = tuple(Gap(int(k), 1, "link") for k in missing)
    return Samples(name, rate_hz, index, counts, first, np.round(ticks(first)).astype(np.int64), tick_ns, gaps, n)


def trial(
    seconds: float = 20.0,
    *,
    cells_counts: np.ndarray | None = None,
    lost_cells=(),
    lost_imu=(),
    chip=lambda s: 1.012 * s,
    odr_error: float = 1.0,
    pairs: int | None = None,
    jitter_us: float = 150.0,
    config: dict[str, Any] | None = None,
    imu: bool = True,
    seed: int = 0,
) -> Decoded:
    """A made-up trial. `chip` is the IMU's clock [s] at a device time [s]; its samples come at even chip times."""
    rng = np.random.default_rng(seed)
    n = round(seconds * 100)
    counts = walk(n, seed) if cells_counts is None else cells_counts
    index = np.setdiff1d(np.arange(n), lost_cells)

    def scanned(k):
        return START_US + 10_000 * k + rng.exponential(jitter_us, len(k))

    parts = {"cells": samples("cells", 100.0, counts[index], index, scanned, 1000, n)}
    grid = np.linspace(0, seconds + 1, 20_001)
    chip_s = np.interp(0, grid, chip(grid)) + np.arange(round(seconds * 104)) / 104 * odr_error + 0.004
    true_s = np.interp(chip_s, chip(grid), grid)
    values = np.zeros((len(chip_s), 6), np.int16)
    values[:, 0] = np.round(RAMP * true_s)
    values[:, 2] = round(1 / 122e-6)
    kept = np.setdiff1d(np.arange(len(chip_s)), lost_imu)
    if imu:
        parts["imu"] = samples("imu", 104.0, values[kept], kept, lambda k: 40_000 * chip_s[k], 25_000, len(chip_s))
    at = np.arange(1, int(seconds) + 1 if pairs is None else pairs + 1, dtype=float)
    status = {
        "t_us": (START_US + at * 1e6).astype(np.int64) + 300,
        "imu_us": (START_US + at * 1e6).astype(np.int64) + rng.integers(0, 60, len(at)),
        "imu_t": np.round(40_000 * chip(at)).astype(np.int64),
    }
    return Decoded(
        wire.TABLE, {**CONFIG, **(config or {})}, parts, status if len(at) else {}, (), (), None, (), b"", 0, 0, 1
    )


def walk(n: int, seed: int = 0) -> np.ndarray:
    """Counts [n,16] of a person who stands and sways: all cells loaded and moving."""
    rng = np.random.default_rng(seed)
    t = np.arange(n)[:, None] / 100
    force = rng.uniform(15, 40, 16) * (1 + 0.2 * np.sin(2 * np.pi * (0.3 * t + rng.uniform(0, 1, 16))))
    return np.rint(counts_of(force, NOMINAL) + rng.normal(0, 1, (n, 16))).astype(np.uint16)


def time_error_s(made) -> np.ndarray:
    return made.acc_ms2[:, 0] / ACC_LSB / RAMP - made.t_s


def test_a_clean_trial_is_whole():
    made = to_signals(trial(), NOMINAL)
    assert made.rate_hz == 100
    np.testing.assert_allclose(made.t_s, np.arange(2000) / 100, rtol=1e-12)
    assert made.t0_us == pytest.approx(START_US + 100, abs=60)
    assert made.warnings == ()
    assert made.loss == {"cells": 0.0, "imu": 0.0}
    assert not made.lost_cells.any()
    assert not made.off_insoles.any()
    assert not made.saturated.any()
    assert made.dead_cells == ()
    assert (made.calibration_id, made.nominal) == (NOMINAL.id, True)
    np.testing.assert_allclose(made.foot_force_n.sum(1), made.cell_force_n.sum(1), rtol=1e-5)
    assert made.load_n == pytest.approx(np.median(made.foot_force_n.sum(1)))


@pytest.mark.parametrize("skew", [0.96, 1.0, 1.03])
@pytest.mark.parametrize("odr_error", [0.97, 1.0, 1.02])
def test_the_imu_is_on_the_cells_time_whatever_its_own_clock_says(skew, odr_error):
    made = to_signals(trial(chip=lambda s: skew * s + 3, odr_error=odr_error), NOMINAL)
    assert np.nanmax(np.abs(time_error_s(made))) < 0.5 / RAMP + 0.001  # half a count of the ramp, and a millisecond
    assert abs(np.nanmean(time_error_s(made))) < 0.001
    at = (0.004 + np.arange(2080) / 104 * odr_error) / skew
    np.testing.assert_allclose(made.lost_imu.sum(), ((made.t_s < at[0]) | (made.t_s > at[-1])).sum(), atol=1)
    assert made.warnings == ()


@pytest.mark.parametrize("frames", [2, 4, 9])
def test_a_few_long_frames_tell_the_imus_rate_too(frames: int):
    """As in the log of a short walk, whose frames hold a few seconds each."""
    made = trial(24.0, odr_error=0.9984)
    part = made.samples["imu"]
    some = np.linspace(0, len(part.frame_index) - 1, frames + 1).astype(int)[:-1]
    few = replace(part, frame_index=part.frame_index[some], frame_tick=part.frame_tick[some])
    got = to_signals(replace(made, samples={**made.samples, "imu": few}), NOMINAL)
    assert np.nanmax(np.abs(time_error_s(got))) < 0.5 / RAMP + 0.001
    assert got.warnings == ()


def test_a_chip_that_warms_up_is_followed():
    seconds = 600.0
    made = to_signals(trial(seconds, chip=lambda s: s * (1 + 2e-7 * s)), NOMINAL)
    smooth = np.convolve(np.nan_to_num(time_error_s(made)), np.ones(200) / 200, "same")[3000:-3000]
    assert np.max(np.abs(smooth)) < 0.003  # the straight line alone is off by 12 ms at the ends, 6 in the middle


def test_lost_imu_samples_leave_gaps_and_nothing_bridges_them():
    lost = [300, *range(700, 720), 1500]
    made = to_signals(trial(lost_imu=lost), NOMINAL)
    whole = to_signals(trial(), NOMINAL)
    np.testing.assert_array_equal(np.isnan(made.acc_ms2[:, 0]), made.lost_imu)
    np.testing.assert_array_equal(np.isnan(made.gyr_dps[:, 2]), made.lost_imu)
    at = (np.arange(2080) / 104 + 0.004) / 1.012
    touched = np.zeros(2000, bool)
    for k in lost:
        touched |= (made.t_s > at[k - 1] + 1e-4) & (made.t_s < at[min(k + 1, 2079)] - 1e-4)
    edge = whole.lost_imu
    np.testing.assert_array_equal(made.lost_imu & ~edge, touched & ~edge)
    same = ~made.lost_imu
    np.testing.assert_allclose(made.acc_ms2[same], whole.acc_ms2[same], atol=0.002 * RAMP * ACC_LSB)
    assert made.loss["imu"] == pytest.approx(22 / 2080)


def test_lost_cells_are_nan_rows_on_their_index_and_move_nothing_else():
    lost = [0, 1, 500, *range(900, 950), 1999]
    made, whole = to_signals(trial(lost_cells=lost), NOMINAL), to_signals(trial(), NOMINAL)
    np.testing.assert_array_equal(np.flatnonzero(made.lost_cells), lost)
    for values in (made.cell_force_n, made.foot_force_n, made.foot_cop_m):
        assert np.isnan(values[lost]).all()
    kept = ~made.lost_cells
    np.testing.assert_array_equal(made.cell_force_n[kept], whole.cell_force_n[kept])
    np.testing.assert_array_equal(made.foot_cop_m[kept], whole.foot_cop_m[kept])
    assert abs(made.t0_us - whole.t0_us) < 50
    assert np.isfinite(made.acc_ms2[500:950]).all()
    assert made.loss["cells"] == pytest.approx(len(lost) / 2000)
    assert not made.off_insoles[lost].any()


def test_without_two_clock_pairs_the_nominal_rate_is_used_and_said():
    none = to_signals(trial(pairs=0), NOMINAL)
    assert any("read 0 times" in text and "first sample" in text for text in none.warnings)
    assert abs(time_error_s(none)[5]) < 0.03
    one = to_signals(trial(pairs=1, chip=lambda s: s + 5), NOMINAL)
    assert any("read 1 times" in text for text in one.warnings)
    assert np.nanmax(np.abs(time_error_s(one))) < 0.5 / RAMP + 0.002
    assert np.isfinite(one.acc_ms2[100:1900]).all()


def test_a_pair_that_was_never_read_and_a_wrapped_chip_clock_are_seen_through():
    made = trial(chip=lambda s: 2**32 * 25e-6 - 7 + s)
    status = {key: values.copy() for key, values in made.status.items()}
    status["imu_t"] %= 2**32
    status["imu_t"] = status["imu_t"][0] + np.concatenate(([0], np.cumsum(np.diff(status["imu_t"]) % 2**32)))
    status["imu_us"][0] = (START_US // wire.TICK_WRAP) * wire.TICK_WRAP
    got = to_signals(replace(made, status=status), NOMINAL)
    assert np.nanmax(np.abs(time_error_s(got))) < 0.5 / RAMP + 0.001


def test_the_measured_rate_is_used_where_the_board_does_not_keep_its_own():
    made = trial(60.0)
    slow = replace(made.samples["cells"], frame_tick=START_US + made.samples["cells"].frame_index * 10_100)
    got = to_signals(replace(made, samples={**made.samples, "cells": slow}), NOMINAL)
    assert got.rate_hz == pytest.approx(1e6 / 10_100, rel=1e-6)
    assert any("sampled at 99.0099 Hz" in text for text in got.warnings)


def test_frames_with_a_wrong_time_are_outvoted_and_told():
    made = trial(60.0)
    cells_part = made.samples["cells"]
    tick = cells_part.frame_tick.copy()
    tick[::20] += 30_000
    got = to_signals(replace(made, samples={**made.samples, "cells": replace(cells_part, frame_tick=tick)}), NOMINAL)
    assert got.rate_hz == 100
    assert got.t0_us == pytest.approx(START_US + 100, abs=60)
    assert any("5% of the insole frames" in text for text in got.warnings)


def test_imu_units_axes_bias_and_scale():
    axes = ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    imu = ImuCalibration(
        axes, (0.0, 0.0, 0.1), ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.02)), (0.5, 0.0, 0.0), (2.0, 1.0, 1.0)
    )
    made = to_signals(trial(), replace(NOMINAL, imu=imu))
    good = ~made.lost_imu
    expected = (round(1 / 122e-6) * ACC_LSB - 0.1) * 1.02
    np.testing.assert_allclose(made.acc_ms2[good, 0], expected, rtol=1e-9)  # the sensor's z lies along the body's x
    np.testing.assert_allclose(made.gyr_dps[good], np.tile((0, -1.0, 0), (good.sum(), 1)), atol=1e-9)
    assert to_signals(trial(), NOMINAL).acc_ms2[1000, 2] == pytest.approx(GRAVITY_MS2, rel=1e-4)


def test_a_board_without_imu_says_so_and_an_imu_without_units_is_refused():
    made = to_signals(trial(imu=False, config={"imu": None}), NOMINAL)
    assert made.lost_imu.all()
    assert np.isnan(made.acc_ms2).all()
    assert any("no IMU" in text for text in made.warnings)
    assert to_signals(trial(imu=False), NOMINAL).loss["imu"] == 1
    with pytest.raises(SignalError, match="acc_lsb_ug"):
        to_signals(trial(config={"acc_lsb_ug": None}), NOMINAL)


def test_an_imu_at_the_end_of_its_range_is_told():
    made = trial()
    made.samples["imu"].counts[5:15, 4] = 32767
    assert any("turn rate hit the end" in text for text in to_signals(made, NOMINAL).warnings)


def stand(change) -> Any:
    counts = walk(2000)
    change(counts)
    return to_signals(trial(cells_counts=counts), NOMINAL)


def test_a_silent_a_faint_and_a_shorted_cell_are_dead():
    def change(counts):
        counts[:, 3] = 0
        counts[:, 9] = np.random.default_rng(0).integers(0, 2, 2000)
        counts[:, 14] = 4095

    made = stand(change)
    assert made.dead_cells == ("L4", "R2", "R7")
    assert sum("while its foot was loaded" in text for text in made.warnings) == 3
    assert np.isnan(made.cell_force_n[:, 14]).all()
    assert (made.foot_force_n[:, 1] < 500).all()  # a short counts for nothing, not for all that the table ends with
    assert not made.saturated.any()


def test_saturated_rows_are_marked_and_their_share_is_said():
    full = saturated_counts(NOMINAL)

    def change(counts):
        counts[100:120, 0] = full[0]
        counts[110:140, 12] = 4095
        counts[500, 5] = full[5] - 1

    made = stand(change)
    np.testing.assert_array_equal(np.flatnonzero(made.saturated), np.arange(100, 140))
    assert any("L1 was at the end of its range in 1.0%" in text for text in made.warnings)
    assert any("R5 was at the end of its range in 1.5%" in text for text in made.warnings)


def test_stepping_off_is_marked_from_the_recordings_own_load():
    def change(counts):
        counts[1500:] = np.random.default_rng(0).integers(0, 3, (500, 16))

    made = stand(change)
    np.testing.assert_array_equal(np.flatnonzero(made.off_insoles), np.arange(1500, 2000))
    assert any("25.0% of the recording" in text and "off them" in text for text in made.warnings)
    assert np.isnan(net_cop_m(made, Placement(0.17, 7.0, 0.265))[1500:]).all()
    most = stand(lambda counts: counts.__setitem__(slice(300, None), 0))
    assert most.off_insoles.sum() == 1700


def test_nobody_on_the_insoles():
    made = stand(lambda counts: counts.__setitem__(slice(None), counts % 3))
    assert made.load_n == 0
    assert made.off_insoles.all()
    assert any("Nobody stood on the insoles" in text for text in made.warnings)
    assert np.isnan(made.foot_cop_m).all()


def test_standing_on_one_leg_is_no_broken_foot():
    made = stand(lambda counts: counts.__setitem__((slice(None), slice(0, 8)), counts[:, :8] % 2))
    assert made.dead_cells == ()
    assert any(text.startswith("The left foot carried next to no load") for text in made.warnings)
    assert np.isnan(made.foot_cop_m[:, 0]).all()
    net = net_cop_m(made, Placement(0.2, 0.0, 0.265))
    np.testing.assert_allclose(net[:, 0], 0.1 + made.foot_cop_m[:, 1, 0], atol=0.002)


def test_an_unplugged_insole_is_neither_loaded_nor_unloaded():
    made = stand(lambda counts: counts.__setitem__((slice(None), slice(8, 16)), 4095))
    assert np.isnan(made.foot_force_n[:, 1]).all()
    assert np.isnan(made.cell_force_n[:, 8:]).all()
    assert np.isfinite(made.foot_cop_m[:, 0]).all()
    assert made.dead_cells == ()
    assert any("right insole did not answer: plug it in" in text for text in made.warnings)
    assert np.isnan(net_cop_m(made, Placement(0.2, 0.0, 0.265))).all()
    part = stand(lambda counts: counts.__setitem__((slice(0, 100), slice(8, 16)), 4095))
    assert np.isnan(part.foot_force_n[:100, 1]).all()
    assert np.isfinite(part.foot_force_n[100:]).all()
    assert any("right insole did not answer in 5.0%" in text for text in part.warnings)
    told = to_signals(trial(config={"left": False}), NOMINAL)
    assert np.isnan(told.foot_force_n[:, 0]).all()


def test_no_insole_sample_at_all_is_an_error():
    made = trial()
    empty = replace(made.samples["cells"], index=np.empty(0, np.int64), counts=np.empty((0, 16), np.uint16))
    with pytest.raises(SignalError, match="no sample of the insoles"):
        to_signals(replace(made, samples={**made.samples, "cells": empty}), NOMINAL)
    with pytest.raises(SignalError):
        to_signals(replace(made, samples={}), NOMINAL)


def two_feet(force, cop):
    """Signals with these foot forces [n,2] and CoP [n,2,2] and nothing else that net CoP needs."""
    n = len(force)
    no = np.zeros(n, bool)
    base = to_signals(trial(1.0), NOMINAL)
    return replace(
        base, foot_force_n=np.asarray(force, float), foot_cop_m=np.asarray(cop, float), off_insoles=no, lost_cells=no
    )


def test_net_cop_by_hand():
    force = [(300, 100), (0, 400), (200, 200)]
    cop = np.array([[(0.01, -0.03), (-0.02, 0.05)], [(np.nan, np.nan), (0.0, 0.0)], [(0, -0.13), (0, -0.13)]])
    signals = two_feet(force, cop)
    straight = net_cop_m(signals, Placement(0.2, 0.0, 0.26))
    np.testing.assert_allclose(straight[0], (0.75 * -0.09 + 0.25 * 0.08, 0.75 * 0.10 + 0.25 * 0.18))
    np.testing.assert_allclose(straight[1], (0.1, 0.13))
    np.testing.assert_allclose(straight[2], (0, 0), atol=1e-15)
    turned = net_cop_m(signals, Placement(0.2, 30.0, 0.26))
    np.testing.assert_allclose(turned[1], (0.1 + 0.13 * 0.5, 0.13 * np.sqrt(3) / 2))
    np.testing.assert_allclose(turned[2], (0, 0), atol=1e-15)
    np.testing.assert_allclose(ap_only_m(signals), (0.75 * -0.03 + 0.25 * 0.05, 0, -0.13), atol=1e-15)


def test_without_a_placement_there_is_no_net_cop_but_there_is_ap():
    signals = to_signals(trial(), NOMINAL)
    with pytest.raises(PlacementError, match="foot mat"):
        net_cop_m(signals, None)
    straight = net_cop_m(signals, Placement(0.17, 0.0, 0.265))
    np.testing.assert_allclose(np.diff(ap_only_m(signals)), np.diff(straight[:, 1]), atol=1e-12)


@pytest.mark.parametrize("name", ["PDS13OR1", "PDS13CR1"])
def test_two_real_feet_on_two_plates_give_the_measured_net_cop(shared_data, name):
    """Each foot's CoP is moved into the frame of a foot that stands somewhere; the net must not notice."""
    path = shared_data / "two-plates" / f"{name}grf.txt"
    columns = np.genfromtxt(path, names=True)
    force = np.stack([columns[f"{side}GRF_Y"] for side in "LR"], 1)
    body = np.stack([np.stack([columns[f"{side}COP_{axis}"] for axis in "ZX"], 1) for side in "LR"], 1)
    placement = Placement(0.16, 11.0, 0.25)
    rotation, translation = place_feet(0.16, 11.0, 11.0, 0.25)
    foot = np.einsum("fji,nfj->nfi", rotation, body - translation)
    net = net_cop_m(two_feet(force, foot), placement)
    measured = np.stack((columns["COPNET_Z"], columns["COPNET_X"]), 1)
    assert np.abs(net - measured).max() < 0.01e-3


def test_the_placement_of_a_trial_is_read_from_its_head():
    head = {"note": "head", "placement": {"heel_distance_mm": 170.0, "foot_angle_deg": 7.0}}
    decoded = replace(trial(), notes=(head,))
    assert placement_of(decoded, NOMINAL) == Placement(0.17, 7.0, NOMINAL.foot_length_mm * 1e-3)
    assert placement_of(trial(), NOMINAL) is None


def test_the_clock_map_comes_along():
    at_us = [START_US + 1_000_000 * k for k in range(10)]
    pings = tuple(Ping(k, 100 + k, 100.002 + k, at + 900, at + 1000) for k, at in enumerate(at_us))
    made = to_signals(replace(trial(), pings=pings), NOMINAL)
    assert made.clock is not None
    assert float(made.clock.to_host_s(made.t0_us)) == pytest.approx(100, abs=0.003)
    assert to_signals(trial(), NOMINAL).clock is None


def test_a_session_from_the_wire_becomes_signals():
    counts = walk(300)
    made = to_signals(decode(session(3.0, counts=counts, skew=0.02).data), NOMINAL)
    assert made.t0_us == 5_000_000
    assert len(made.t_s) == 300
    assert not made.lost_cells.any()
    assert made.lost_imu.mean() < 0.01
    assert made.warnings == ()


def test_cell_positions_are_those_of_the_map():
    one = np.zeros((100, 16), np.uint16) + np.arange(1, 101, dtype=np.uint16)[:, None] % 2
    one[:, 7] = 1500 + np.arange(100)
    one[:, 15] = 1500 + np.arange(100)
    made = to_signals(trial(1.0, cells_counts=one), NOMINAL)
    toes = cells.load(NOMINAL.foot_length_mm).xy_m[[7, 15]]
    np.testing.assert_allclose(made.foot_cop_m[50], toes, atol=0.0005)
