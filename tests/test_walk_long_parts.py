# SPDX-License-Identifier: MIT
"""What long walks are put together from: cuts, seams, runs of samples, and the tables that are written."""

from __future__ import annotations

import io
import tracemalloc
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from surefoot import signals_time
from surefoot.measures.gait import pieces
from surefoot.measures.gait.parameters import gait_parameters
from surefoot.measures.gait.table import GAIT
from surefoot.measures.gait.values import Walked, stances
from surefoot.measures.gait.waist_axes import joined_axes, level, seen_axes
from surefoot.output import walk_result, walk_tables
from surefoot.signals_runs import covered, outside_of


def test_cuts_go_into_losses_then_rests_then_where_they_are_due():
    change = np.full(4000, 100.0)
    assert pieces.cuts(4000, change, 1000) == [0, 1000, 2000, 3000, 4000]
    change[1030:1040] = 1.0
    change[1995] = np.nan
    change[1980:1990] = 0.0
    change[2900] = 0.0  # a second is no rest
    at = pieces.cuts(4000, change, 1000)
    assert at[2:] == [1995, 3000, 4000]
    assert 1030 <= at[1] < 1040
    assert pieces.cuts(50, change[:50], 1000) == [0, 50]


def walked(left: np.ndarray, right: np.ndarray, notes: tuple[str, ...] = ()) -> Walked:
    feet = (stances("left", left, left + 0.6), stances("right", right, right + 0.6))
    return Walked("insole", 100.0, 100.0, *feet, notes=notes)


@pytest.mark.parametrize("cut_s", np.linspace(45.0, 46.2, 9))
def test_contacts_that_two_pieces_time_differently_are_neither_lost_nor_doubled(cut_s: float):
    left, right = np.arange(1.0, 90.0, 1.1), np.arange(1.55, 90.0, 1.1)
    rng = np.random.default_rng(1)
    before, after = (at + rng.uniform(-0.02, 0.02, len(at)) for at in (left, left))
    one = walked(before[before < cut_s + 9], right[right < cut_s + 9])
    other = walked(after[after > cut_s - 9], right[right > cut_s - 9])
    found = pieces.join_walked([one, other], [cut_s], 100.0)
    assert found is not None
    assert found.left is not None
    assert found.right is not None
    assert (len(found.left), len(found.right)) == (len(left), len(right))
    np.testing.assert_allclose(found.left.initial_s, left, atol=0.021)
    assert not found.left.broken.any()


def test_a_foot_that_one_piece_knows_nothing_of_breaks_the_stride_across():
    at = np.arange(1.0, 30.0, 1.1)
    known = walked(at, at + 0.55)
    blind = Walked("insole", 100.0, 100.0, None, stances("right", at + 30.55, at + 31.15))
    last = pieces.shifted(known, 60.0)
    found = pieces.join_walked([known, blind, last], [30.2, 60.2], 100.0)
    assert found is not None
    assert found.left is not None
    assert found.right is not None
    assert found.left.broken.tolist().index(True) == len(at)
    assert found.left.broken.sum() == 1
    assert not found.right.broken.any()
    assert pieces.join_walked([None, None], [3.0], 9.0) is None


@pytest.mark.parametrize("loss", [False, True])
def test_a_foot_that_stands_across_a_cut_is_no_loss(loss: bool):
    at, nan = np.arange(1.0, 30.0, 1.1), np.nan
    left, right = (stances(foot, at + late, at + late + 0.6) for foot, late in (("left", 0.0), ("right", 0.55)))
    stood = replace(left, off_s=np.append(left.off_s[:-1], nan))
    one = Walked("foot-imu", 100.0, 100.0, stood, right, {"left": at}, "sensors on the feet")
    begun, off = np.append(nan, 300.0 + at), np.append(300.5, 300.6 + at)
    after = stances("left", begun, off, broken=np.arange(len(begun)) < loss)
    other = Walked("foot-imu", 100.0, 100.0, after, pieces.shifted(one, 300.0).right, {"left": begun}, one.length_by)
    found = pieces.join_walked([one, other], [150.0], 400.0)
    assert found is not None
    assert found.left is not None
    assert len(found.left) == 2 * len(at) + loss == len(found.length_m["left"])
    gait = gait_parameters(found)
    assert gait.pauses.lost.tolist() == [loss]
    assert gait.values["gait_pauses"] == 1 - loss
    if not loss:
        assert found.left.off_s[len(at) - 1] == 300.5
        np.testing.assert_array_equal(found.length_m["left"] % 300.0, found.left.initial_s % 300.0)


def test_turns_on_a_cut_are_told_once_and_notes_with_their_minute():
    at = np.arange(1.0, 250.0, 1.1)
    early = Walked("w", 100.0, 300.0, stances("left", at[at < 130], at[at < 130] + 0.6), None,
                   turns=np.array([[119.9, 121.0, 90.0]]), notes=("3 cells jump.",))  # fmt: skip
    late = Walked("w", 100.0, 300.0, stances("left", at[at > 100], at[at > 100] + 0.6), None,
                  turns=np.array([[120.1, 121.1, 91.0], [200.0, 201.0, 45.0]]),
                  notes=("4 cells jump.", "The foot drags."))  # fmt: skip
    found = pieces.join_walked([early, late], [120.0], 300.0)
    assert found is not None
    assert found.turns[:, 0].tolist() == [119.9, 200.0]
    assert found.notes == ("3 cells jump.", "The foot drags. (from minute 2 on)")


def test_the_axes_of_pieces_are_those_of_the_whole():
    from surefoot.device.virtual.walkers import walk_arrays

    made = walk_arrays("level", 3, 100.0, 120.0)
    acc, gyr = made.acc_ms2[:, [1, 0, 2]] * (1, -1, 1), made.gyr_dps[:, [1, 0, 2]] * (1, -1, 1)
    alone = level(acc, gyr, 100.0)
    axes = joined_axes([seen_axes(acc[k : k + 3000], gyr[k : k + 3000], 100.0) for k in range(0, 12000, 3000)])
    assert axes is not None
    assert axes.up @ alone.up > np.cos(np.radians(0.5))
    assert axes.ahead @ alone.ahead > np.cos(np.radians(3))
    assert axes.notes == alone.notes
    assert joined_axes([seen_axes(np.full((500, 3), np.nan), None, 100.0)]) is None


def test_runs_and_holes():
    index = np.array([3, 4, 5, 9, 10, 20])
    assert covered(index).tolist() == [[3, 6], [9, 11], [20, 21]]
    assert covered(index[:0]).shape == (0, 2)
    runs = np.array([[9, 21], [3, 6], [5, 11]])
    assert outside_of(runs, 30).tolist() == [[0, 3], [21, 30]]
    assert outside_of(np.array([[0, 30]]), 30).tolist() == []


def test_the_drift_of_a_days_clock_takes_little_memory():
    tick = np.arange(0, 40_000 * 86_400, 40_000 * 4)  # a reading every four seconds of a day
    off_us, at = np.rint(np.float64(50) * np.sin(tick / 4e8)), tick[::60].astype(float)
    tracemalloc.start()
    drift = np.asarray(signals_time._slow_part(tick, off_us, at, 25_000))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 5e6, "a mask for each minute would take 30 MB"
    np.testing.assert_allclose(drift[5:-5], 50 * np.sin(at / 4e8)[5:-5], atol=2)


def test_parquet_holds_types_units_and_words():
    left = np.arange(1.0, 90.0, 1.1)
    gait = gait_parameters(walked(left, left + 0.55))
    walk = {
        "file": "a.sfr",
        "strides": walk_result._columns(gait.strides.columns()),
        "bouts": walk_result._bouts(gait),
    }
    strides, data = io.BytesIO(), io.BytesIO()
    walk_tables.strides_parquet([walk, walk], strides)
    table = pq.read_table(strides)
    assert table.num_rows == 2 * len(gait.strides)
    assert table.column("stride_s").to_pylist()[:5] == walk["strides"]["stride_s"][:5]
    assert table.column("length_m").null_count == table.num_rows
    assert set(table.column("file").to_pylist()) == {"a.sfr"}
    types = {field.name: str(field.type) for field in table.schema}
    assert (types["foot"], types["turn"], types["bout"], types["stance_s"]) == ("string", "bool", "int64", "double")
    told = {field.name: {k.decode(): v.decode() for k, v in field.metadata.items()} for field in table.schema}
    assert all(one["description"] for one in told.values())
    assert told["stance_s"]["unit"] == GAIT["gait_stance_time_s"].unit == "s"
    assert told["speed_mps"]["unit"] == "m/s"
    assert not any("person" in name for name in table.column_names)
    walk_tables.bouts_parquet([walk], data)
    bouts = pq.read_table(data)
    assert bouts.num_rows == 1
    assert bouts.column("steps").to_pylist() == walk["bouts"]["steps"]
    field = bouts.schema.field("gait_stride_time_s")
    assert field.metadata[b"unit"] == GAIT["gait_stride_time_s"].unit.encode()
    assert bouts.column("gait_stride_time_s")[0].as_py() == pytest.approx(1.1)
    assert pq.ParquetFile(data).metadata.row_group(0).column(0).compression == "ZSTD"
