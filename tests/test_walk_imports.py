# SPDX-License-Identifier: MIT
"""What is read of a walk's file: whose it is, which column is what, and every fault with its sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import trodden
from surefoot.clinic.import_columns import ColumnsError
from surefoot.clinic.walk_columns import walk_sources
from surefoot.clinic.walk_find import find
from surefoot.clinic.walk_own import read_walk
from surefoot.delimited import TableError, look
from surefoot.device.virtual.walkers import walk_arrays
from surefoot.errors import MeasureError
from surefoot.measures.gait.fuse import lengths_onto
from surefoot.measures.gait.values import stances

FORCES = "left_force=a[{0}],right_force=b[{0}],time=t[s]"


def test_gaitpdb_is_known_by_its_sums(tmp_path: Path):
    path, load = trodden.gaitpdb(tmp_path / "GaCo01_01.txt")
    maker, found, warnings = walk_sources(look(path), None)
    assert (maker, len(found), warnings) == ("gaitpdb", 17, [])
    walk = read_walk(path)
    assert walk.force_n is not None
    assert walk.force_n.shape == (len(load), 16)
    np.testing.assert_allclose(walk.force_n[:, :8].sum(axis=1), load[:, 0], atol=0.1)
    np.testing.assert_allclose(walk.force_n[:, 8:].sum(axis=1), load[:, 1], atol=0.1)
    assert walk.rate_hz == 100


@pytest.mark.parametrize("change", [lambda row: row + "\t", lambda row: "  " + row.replace("\t", "   ")])
def test_gaitpdb_with_a_last_tab_or_with_blanks(tmp_path: Path, change: Callable[[str], str]):
    path, _ = trodden.gaitpdb(tmp_path / "plain.txt")
    plain = path.read_text().splitlines()
    other = tmp_path / "other.txt"
    other.write_text("\r\n".join(map(change, plain)) + "\r\n")
    one, two = read_walk(path), read_walk(other)
    assert two.maker == "gaitpdb"
    assert one.force_n is not None
    assert two.force_n is not None
    np.testing.assert_array_equal(one.force_n, two.force_n)


def test_nineteen_columns_that_are_no_sums_are_not_gaitpdb(tmp_path: Path):
    path, _ = trodden.gaitpdb(tmp_path / "other.txt", totals=lambda sums: 2 * sums + 50)
    with pytest.raises(ColumnsError, match="Which columns"):
        read_walk(path)


def test_an_opengo_export_is_known_by_its_headings(tmp_path: Path):
    path, tread = trodden.opengo(tmp_path / "walk.txt")
    walk = read_walk(path)
    assert walk.maker == "OpenGo"
    assert set(walk.shoes) == {"left", "right"}
    assert walk.force_n is not None
    np.testing.assert_allclose(walk.force_n, np.rint(tread), atol=1e-9)
    np.testing.assert_allclose(walk.shoes["left"][30:, 2], 9.80665, rtol=1e-5)
    assert np.isnan(walk.shoes["left"][:30]).all()
    assert walk.cop_share is not None
    assert np.isnan(walk.cop_share[:, :, 0]).all()


def test_an_opengo_export_without_its_sensors_or_of_one_side(tmp_path: Path):
    path, _ = trodden.opengo(tmp_path / "force.txt", sides=("left",), sensors=False)
    walk = read_walk(path)
    assert walk.shoes == {}
    assert walk.cop_share is None
    assert walk.force_n is not None
    assert np.isnan(walk.force_n[:, 1]).all()


def test_names_that_are_signals_need_no_map(tmp_path: Path):
    force = trodden.tread()
    path = trodden.table(tmp_path / "f.csv", {"time_s": trodden.times(force), "L_force_N": force[:, 0]})
    maker, found, _ = walk_sources(look(path), None)
    assert maker == "table"
    assert {role: source.guessed for role, source in found.items()} == {"time": True, "left_force": True}


def test_a_name_that_two_columns_have_is_no_guess(tmp_path: Path):
    force = trodden.tread()
    path = trodden.table(
        tmp_path / "f.csv", {"time_s": trodden.times(force), "left_force_N": force[:, 0], "L force [N]": force[:, 1]}
    )
    with pytest.raises(ColumnsError, match="isn't said"):
        read_walk(path)


def test_what_is_said_leaves_no_other_guess(tmp_path: Path):
    force = trodden.tread()
    columns = {"time_s": trodden.times(force), "left_force_N": force[:, 0], "right_force_N": force[:, 1]}
    path = trodden.table(tmp_path / "f.csv", columns)
    _, found, _ = walk_sources(look(path), "left_force=right_force")
    assert set(found) == {"left_force", "time"}
    assert found["left_force"].name == "right_force"


def test_units_are_turned_into_si(tmp_path: Path):
    force = trodden.tread()
    path = trodden.table(tmp_path / "f.csv", {"t": trodden.times(force), "a": force[:, 0] / 9.80665, "b": force[:, 1]})
    walk = read_walk(path, "left_force=a[kgf],right_force=b[N],time=t[s]")
    assert walk.force_n is not None
    np.testing.assert_allclose(walk.force_n, force, atol=1e-4)


WRONG: list[tuple[str, Callable[[np.ndarray], np.ndarray], str, str]] = [
    ("kN given as N", lambda f: f / 1000, "N", "looks like kN given as N"),
    ("N given as kN", lambda f: f, "kN", "raw counts, or like another unit given as kN"),
    ("kilograms given as N", lambda f: f / 9.80665, "N", r"kilograms given as\s+newtons, so write \[kgf\]"),
    ("upside down", lambda f: -f, "N", "turn the sign"),
    ("no load at all", lambda f: 0 * f, "N", "No steps"),
    ("standing", lambda f: 0 * f + 350 + np.sin(np.arange(len(f)))[:, None], "N", "never lifted"),
]


@pytest.mark.parametrize(("change", "unit", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_wrong_forces_have_their_sentence(tmp_path: Path, change, unit: str, words: str):
    force = change(trodden.tread())
    path = trodden.table(tmp_path / "f.csv", {"t": trodden.times(force), "a": force[:, 0], "b": force[:, 1]})
    with pytest.raises(MeasureError, match=words):
        find(read_walk(path, FORCES.format(unit)))


def test_kilograms_beside_a_waist_that_walks_are_only_said(tmp_path: Path):
    rows = walk_arrays("level", 4, 100.0, 30.0)
    columns = {"time_s": np.arange(len(rows.t_s)) / 100, "a": rows.foot_force_n[:, 0] / 9.80665}
    columns |= {f"c{axis}": values for axis, values in zip("xyz", rows.acc_ms2.T, strict=True)}
    path = trodden.table(tmp_path / "f.csv", columns)
    walk = read_walk(path, "left_force=a[N],acc_x=cx[m/s2],acc_y=cy[m/s2],acc_z=cz[m/s2],time=time_s[s]")
    assert any(r"so write [kgf]" in warning for warning in walk.warnings)
    found = find(walk)
    assert found.walked.source == "waist-imu"
    assert any("insoles saw no steps" in note for note in found.notes)
    assert "gait_turns" in found.gait.not_reported  # no gyroscope


@pytest.mark.parametrize("kind", ["wheelchair", "car", "standing"])
def test_who_does_not_walk_is_told_so(tmp_path: Path, kind: str):
    rows = walk_arrays(kind, 5, 100.0, 30.0)
    columns = {"time_s": np.arange(len(rows.t_s)) / 100}
    columns |= {f"{foot}_force_N": force for foot, force in zip(("left", "right"), rows.foot_force_n.T, strict=True)}
    with pytest.raises(MeasureError, match=r"No steps were found\. "):
        find(read_walk(trodden.table(tmp_path / "f.csv", columns)))


def test_a_treadmill_has_no_turns_where_a_gyroscope_saw_it(tmp_path: Path):
    rows = walk_arrays("treadmill", 5, 100.0, 30.0)
    columns = {"time_s": np.arange(len(rows.t_s)) / 100}
    columns |= {f"{foot}_force_N": force for foot, force in zip(("left", "right"), rows.foot_force_n.T, strict=True)}
    insoles = find(read_walk(trodden.table(tmp_path / "f.csv", columns)))
    assert "gait_turns" in insoles.gait.not_reported
    columns |= {f"acc_{axis}_m/s2": values for axis, values in zip("xyz", rows.acc_ms2.T, strict=True)}
    columns |= {f"gyr_{axis}_dps": values for axis, values in zip("xyz", rows.gyr_dps.T, strict=True)}
    both = find(read_walk(trodden.table(tmp_path / "g.csv", columns)))
    assert both.gait.values["gait_turns"] == 0


def test_wrong_columns_have_their_sentence(tmp_path: Path):
    force = trodden.tread()
    path = trodden.table(tmp_path / "f.csv", {"t": trodden.times(force), "a": force[:, 0], "b": force[:, 1]})
    for said, words in (
        (None, "isn't said, and its names don't tell: t, a, b"),
        ("left_force=a,time=t[s]", r"unit of a isn't known: .* left_force=a\[\.\.\.\]"),
        ("left_force=c[N]", "has no column c"),
        ("left_force=a[mm]", "left_force is a force, and mm is a unit of length"),
        ("force=a[N]", "'force' is no signal of a walk"),
        ("left_1=a[N],time=t", "a part of the cells of both insoles only: left_2"),
        ("acc_x=a[g],acc_y=b[g],time=t", "a part of the sensor at the waist only: acc_z is missing"),
        ("left_acc_x=a[g],time=t", "a part of the sensor on the left foot only"),
        ("left_force=a[N]", None),
    ):
        if words is None:  # the column t is a time without being said
            read_walk(path, said)
            continue
        with pytest.raises(ColumnsError, match=words):
            read_walk(path, said)


def test_neither_times_nor_a_rate(tmp_path: Path):
    force = trodden.tread()
    path = trodden.table(tmp_path / "f.csv", {"a": force[:, 0], "b": force[:, 1]})
    said = "left_force=a[N],right_force=b[N]"
    with pytest.raises(MeasureError, match="give --rate HZ"):
        read_walk(path, said)
    assert read_walk(path, said, rate_hz=trodden.RATE_HZ).rate_hz == trodden.RATE_HZ
    with pytest.raises(MeasureError, match="10 Hz: record at 20 Hz or more"):
        find(read_walk(path, said, rate_hz=10))


def test_missing_rows_are_never_filled_in(tmp_path: Path):
    force = trodden.tread()
    t = trodden.times(force)
    keep = (t < 6.0) | (t >= 6.8)
    path = trodden.table(tmp_path / "f.csv", {"t": t[keep], "a": force[keep, 0], "b": force[keep, 1]})
    walk = read_walk(path, FORCES.format("N"))
    assert walk.force_n is not None
    assert walk.facts["missing_rows"] == int((~keep).sum())
    assert walk.facts["gaps"] == 1
    np.testing.assert_array_equal(np.isnan(walk.force_n[:, 0]), ~keep)
    found = find(walk)
    for mine in (found.walked.left, found.walked.right):
        assert mine is not None
        assert mine.broken.any()
        assert not ((mine.initial_s > 6.0) & (mine.initial_s < 6.79)).any()


def test_one_insole_is_analysed_and_said(tmp_path: Path):
    force = trodden.tread()
    path = trodden.table(tmp_path / "f.csv", {"t": trodden.times(force), "a": force[:, 0]})
    found = find(read_walk(path, "left_force=a[N],time=t[s]"))
    assert found.walked.right is None
    assert found.walked.left is not None
    assert len(found.walked.left) >= 10
    assert any("right insole gave nothing" in note for note in found.notes)


def test_no_table(tmp_path: Path):
    path = tmp_path / "words.txt"
    path.write_text("nothing\nto read\n")
    with pytest.raises(TableError, match="no table of numbers"):
        read_walk(path)


def test_lengths_go_with_the_same_stride_only():
    theirs = stances("left", [1.0, 2.0, 3.0, 4.0], [1.6, 2.6, 3.6, 4.6])
    length_m = np.array([1.1, 1.2, 1.3, np.nan])
    mine = stances("left", [1.02, 2.9, 4.05, 5.0], [1.6, 3.6, 4.6, 5.6])
    np.testing.assert_array_equal(lengths_onto(mine, theirs, length_m), [np.nan, 1.3, np.nan, np.nan])
    mine = stances("left", [1.02, 1.98, np.nan, 4.05], [1.6, 2.6, 3.6, 4.6])
    np.testing.assert_array_equal(lengths_onto(mine, theirs, length_m), [1.1, np.nan, np.nan, np.nan])
    broken = stances("left", [1.02, 1.98], [1.6, 2.6], broken=[False, True])
    assert np.isnan(lengths_onto(broken, theirs, length_m)).all()
    assert np.isnan(lengths_onto(mine, stances("left", [], []), np.empty(0))).all()
