# SPDX-License-Identifier: MIT
"""What can be wrong with a file of another instrument: each fault has its sentence, and no number."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import foreign
from foreign import IMU, TURNED
from surefoot.clinic.import_checks import check_acceleration, check_cop, check_turning
from surefoot.clinic.import_columns import Source
from surefoot.clinic.import_file import Imported, read_file, score, turned_level
from surefoot.clinic.import_plate import absent_foot, net_of_feet_m, plate_cop_m
from surefoot.delimited import Column
from surefoot.errors import SurefootError
from surefoot.unit_words import unit_of

CM_AS = "ml=cop_ml[{0}],ap=cop_ap[{0}]"
FEET = "left_ml=lm[m],left_ap=la[m],right_ml=rm[m],right_ap=ra[m],left_force=lf[N],right_force=rf[N]"


def edited(path: Path, change: Callable[[np.ndarray], np.ndarray]) -> Path:
    cop_m = foreign.sway_m()
    return foreign.cop_csv(path, change(cop_m))


def timed(path: Path, t_s: np.ndarray, name: str = "t_s") -> Path:
    return foreign.write(path, (name, "cop_ml_mm", "cop_ap_mm"), (t_s, *(foreign.sway_m()[: len(t_s)] * 1e3).T))


def two_feet(path: Path, left_n: float, right_n: float) -> Path:
    cop_m = foreign.sway_m()
    wave = 1 + 0.02 * np.sin(np.arange(len(cop_m)) / 80)
    columns = (
        cop_m[:, 0] - 0.1,
        cop_m[:, 1],
        cop_m[:, 0] + 0.1,
        cop_m[:, 1] * 1.1,
        left_n * wave,
        right_n * (2 - wave),
    )
    return foreign.write(path, ("lm", "la", "rm", "ra", "lf", "rf"), columns)


def forced(path: Path, weight_n: float, word: str = "N") -> Path:
    cop_m = foreign.sway_m()
    n = len(cop_m)
    weight = weight_n * (1 + 0.001 * np.sin(np.arange(n)))
    return foreign.write(
        path, ("t_s", "cop_ml_mm", "cop_ap_mm", f"Fz [{word}]"), (np.arange(n) / 100, *(cop_m * 1e3).T, weight)
    )


# What is wrong, how the file is made, what is said of it, and the words of the refusal.
WRONG: list[tuple[str, Callable[[Path], Path], dict, str]] = [
    (
        "mm given as m",
        foreign.cop_csv,
        {"columns": CM_AS.format("m")},
        r"further than feet reach: this looks like .*mm \(11 mm\) given as m",
    ),
    (
        "cm given as m",
        lambda p: foreign.cop_csv(p, unit="cm", factor=100),
        {"columns": CM_AS.format("m")},
        r"cm \(\d+ mm\) given as m",
    ),
    (
        "a spike",
        lambda p: edited(p, lambda c: c + (np.arange(len(c)) == 700)[:, None] * 3.0),
        {},
        "jumps over 3.* in single rows",
    ),
    ("a dead column", lambda p: edited(p, lambda c: c * (1, 0)), {}, "column cop_ap is 0 in every row"),
    ("an empty column", lambda p: edited(p, lambda c: c * (1, np.nan)), {}, "column cop_ap holds no number at all"),
    (
        "no names that tell",
        lambda p: foreign.write(p, ("t_s", "COPx[cm]", "COPy[cm]"), (np.arange(3000) / 100, *foreign.sway_m().T)),
        {},
        r'"ml=COPx\[cm\],ap=COPy\[cm\]" or --columns "ml=COPy',
    ),
    (
        "no unit",
        lambda p: foreign.write(p, ("t_s", "COPx", "COPy"), (np.arange(3000) / 100, *foreign.sway_m().T)),
        {"columns": "ml=COPx,ap=COPy"},
        r"unit of COPx isn't known: .* ml=COPx\[...\], as m, cm, mm",
    ),
    (
        "a unit of another kind",
        foreign.cop_csv,
        {"columns": CM_AS.format("N")},
        "ml is a length, and N is a unit of force",
    ),
    ("a unit nobody knows", foreign.cop_csv, {"columns": CM_AS.format("furlong")}, "'furlong' is no unit"),
    (
        "a column that isn't there",
        foreign.cop_csv,
        {"columns": "ml=COPz[mm],ap=cop_ap"},
        "has no column COPz.*: it has t_s, cop_ml_mm",
    ),
    ("a role that isn't", foreign.cop_csv, {"columns": "up=cop_ml"}, "'up' is no signal of a cop file"),
    ("a role twice", foreign.cop_csv, {"columns": "ml=cop_ml,ml=cop_ap"}, "says ml twice"),
    ("a map that says nothing", foreign.cop_csv, {"columns": "ml"}, "says nothing: write it as"),
    (
        "a name that two have",
        lambda p: foreign.write(
            p, ("t_s", "Ax", "Ay", "Ax"), (np.arange(3000) / 100, *foreign.sway_m().T, np.ones(3000))
        ),
        {"columns": "ml=Ax[m],ap=Ay[m]"},
        "2 columns called Ax: say which by Ax#1",
    ),
    (
        "no times and no rate",
        lambda p: foreign.write(p, ("cop_ml_m", "cop_ap_m"), foreign.sway_m().T),
        {},
        "give --rate HZ, or name its column of times",
    ),
    (
        "a rate that isn't",
        lambda p: foreign.write(p, ("cop_ml_m", "cop_ap_m"), foreign.sway_m().T),
        {"rate_hz": -5.0},
        "no rate",
    ),
    (
        "a rate nobody has",
        lambda p: foreign.write(p, ("cop_ml_m", "cop_ap_m"), foreign.sway_m().T),
        {"rate_hz": 1e6},
        "no rate of a force plate",
    ),
    (
        "a rate against the times",
        foreign.cop_csv,
        {"rate_hz": 50.0, "columns": "time=t_s,ml=cop_ml,ap=cop_ap"},
        "--rate says 50 Hz and the times .* say 100 Hz",
    ),
    (
        "ms given as s",
        lambda p: timed(p, np.arange(3000) * 10.0, "time"),
        {},
        r"milliseconds given as seconds, so say time=time\[ms\]",
    ),
    (
        "s given as ms",
        lambda p: timed(p, np.arange(3000) * 0.01, "t_ms"),
        {},
        r"seconds given as ms, so say time=t\[s\]",
    ),
    (
        "the same time twice",
        lambda p: timed(p, np.delete(np.arange(3001), 701).clip(0) / 100 - 0.01 * (np.arange(3000) == 900)),
        {},
        "line 902 has the same time as the row before it",
    ),
    (
        "times that run backward",
        lambda p: timed(p, np.concatenate((np.arange(1500), np.arange(1500))) / 100),
        {},
        "line 1502 has an earlier time",
    ),
    (
        "empty times",
        lambda p: timed(p, np.where(np.arange(3000) == 5, np.nan, np.arange(3000) / 100)),
        {},
        "1 times in .* are empty, first at line 7",
    ),
    (
        "more lost than there",
        lambda p: timed(p, np.arange(3000) / 100 + 60 * (np.arange(3000) > 900)),
        {},
        "lacks 6000 rows by its times",
    ),
    (
        "nobody's weight",
        lambda p: forced(p, 7.0),
        {"columns": "ml=cop_ml,ap=cop_ap,force=Fz"},
        "7 N .* which no standing person weighs: nobody",
    ),
    (
        "kN given as N",
        lambda p: forced(p, 0.7),
        {"columns": "ml=cop_ml,ap=cop_ap,force=Fz"},
        "this looks like kilonewtons given as newtons",
    ),
    (
        "raw counts",
        lambda p: forced(p, 8388.0),
        {"columns": "ml=cop_ml,ap=cop_ap,force=Fz"},
        "a wrong unit, or raw counts",
    ),
    (
        "one foot absent",
        lambda p: two_feet(p, 0.001, 700),
        {"columns": FEET, "rate_hz": 100.0},
        "The left foot bears nothing on its plate",
    ),
    ("forces that aren't there", foreign.cop_csv, {"columns": "ml=plate.y,ap=plate.x"}, "needs fx, fy, fz, mx and my"),
    ("az0 of no use", foreign.cop_csv, {"az0_mm": -41.0}, "--az0-mm is of use only with plate.x"),
    (
        "a force that is a place",
        foreign.cop_csv,
        {"columns": "force=plate.x,ml=cop_ml,ap=cop_ap"},
        "plate.x is a centre of pressure",
    ),
    ("AMTI with names", foreign.cop_csv, {"amti": True}, "isn't AMTI's text of six columns without names"),
    (
        "two kinds in one",
        lambda p: foreign.write(
            p,
            ("t_s", "cop_ml_m", "cop_ap_m", "acc_ml_g", "acc_ap_g", "acc_v_g"),
            (np.arange(3000) / 100, *foreign.sway_m().T, *(foreign.waist()[0] / 9.8).T),
        ),
        {},
        "say --kind cop or --kind imu",
    ),
    (
        "g given as m/s2",
        lambda p: foreign.imu_csv(p, foreign.waist()[0] / foreign.G),
        {"columns": IMU},
        r"1 m/s2 and not about 9.8: this looks like g given as m/s2, so write \[g\]",
    ),
    (
        "m/s2 given as g",
        lambda p: foreign.imu_csv(p, foreign.waist()[0], acc_unit="g"),
        {"columns": IMU},
        r"m/s2 given as g, so write \[m/s2\]",
    ),
    (
        "mg given as m/s2",
        lambda p: foreign.imu_csv(p, foreign.waist()[0] / foreign.G * 1e3),
        {"columns": IMU},
        "mg given as m/s2",
    ),
    (
        "gravity taken away",
        lambda p: foreign.imu_csv(p, foreign.waist()[0] - (0, 0, foreign.G)),
        {"columns": IMU},
        "gravity was taken away",
    ),
    ("half of it", lambda p: foreign.imu_csv(p, foreign.waist()[0] / 2), {"columns": IMU}, "check the sensor's range"),
    (
        "upside down",
        lambda p: foreign.imu_csv(p, -foreign.waist()[0]),
        {"columns": IMU},
        r'180 degrees away from gravity. Gravity is along -acc_z: say "',
    ),
    (
        "another axis up",
        lambda p: foreign.imu_csv(p, foreign.waist()[0][:, [2, 1, 0]]),
        {"columns": IMU},
        "Gravity is along acc_x",
    ),
    (
        "rad/s given as deg/s",
        lambda p: foreign.imu_csv(p, *_turned(np.pi / 180)),
        {"columns": TURNED},
        r"looks like rad/s given as deg/s, so write \[rad/s\]",
    ),
    (
        "deg/s given as rad/s",
        lambda p: foreign.imu_csv(p, *_turned(1.0), gyr_unit="rps"),
        {"columns": TURNED},
        r"looks like deg/s given as rad/s",
    ),
    (
        "which is up isn't said",
        lambda p: foreign.imu_csv(p, foreign.waist()[0]),
        {},
        r"up \(v\) isn't said: .* \"ml=acc_x_ms2,ap=acc_y_ms2,v=acc_z_ms2\"",
    ),
]


def _turned(factor: float) -> tuple[np.ndarray, np.ndarray]:
    acc, gyr = foreign.waist()
    return acc, gyr * factor


@pytest.mark.parametrize(("what", "make", "told", "words"), WRONG, ids=[row[0] for row in WRONG])
def test_each_fault_has_its_sentence(tmp_path: Path, what: str, make, told: dict, words: str) -> None:
    with pytest.raises(SurefootError, match=words) as caught:
        read_file(make(tmp_path / "a.csv"), **told)
    text = str(caught.value)
    assert len(text) < 600
    assert "\n" not in text


# What is odd but may be right: it is said, and the numbers are there.
ODD: list[tuple[str, Callable[[Path], Path], dict, str]] = [
    (
        "m given as mm",
        lambda p: foreign.cop_csv(p, unit="m", factor=1),
        {"columns": CM_AS.format("mm")},
        r"less than anybody who stands: a dead weight, or this looks like .*m \(\d+ mm\) given as mm",
    ),
    (
        "a heading against what is said",
        lambda p: foreign.cop_csv(p),
        {"columns": "ml=cop_ml[cm],ap=cop_ap[cm]"},
        "heading cop_ml_mm says mm; cm is taken",
    ),
    ("somebody steps", lambda p: edited(p, lambda c: c + np.linspace(0, 0.6, len(c))[:, None]), {}, "somebody stepped"),
    ("swapped", lambda p: foreign.cop_csv(p, foreign.sway_m()[:, ::-1]), {}, "larger side to side .* may be swapped"),
    (
        "a child, or kg",
        lambda p: forced(p, 150.0),
        {"columns": "ml=cop_ml,ap=cop_ap,force=Fz"},
        "15 kg is unusual, or kilograms given as newtons",
    ),
    (
        "one foot absent, net given",
        lambda p: foreign.write(
            p, ("cop_ml_m", "cop_ap_m", "lf", "rf"), (*foreign.sway_m().T, np.full(3000, 700.0), np.zeros(3000))
        ),
        {"columns": "ml=cop_ml,ap=cop_ap,left_force=lf[N],right_force=rf[N]", "rate_hz": 100.0},
        "The right foot bears nothing on its plate: no load share",
    ),
    (
        "stamps that scatter",
        lambda p: timed(p, (np.arange(3000) + np.random.default_rng(2).uniform(-0.4, 0.4, 3000)) / 100),
        {},
        "time stamps scatter by",
    ),
    (
        "trunk swapped",
        lambda p: foreign.imu_csv(p, foreign.waist()[0][:, [1, 0, 2]]),
        {"columns": IMU},
        "moves more side to side",
    ),
    (
        "a gyroscope the other way round",
        lambda p: foreign.imu_csv(p, *_turned(-1.0)),
        {"columns": TURNED},
        "turns against the tilt",
    ),
]


@pytest.mark.parametrize(("what", "make", "told", "words"), ODD, ids=[row[0] for row in ODD])
def test_what_is_odd_is_said(tmp_path: Path, what: str, make, told: dict, words: str) -> None:
    read = read_file(make(tmp_path / "a.csv"), **told)
    assert any(re.search(words, text) for text in read.warnings), read.warnings
    assert score(read)[0]


def test_what_is_right_gets_no_word(tmp_path: Path) -> None:
    assert read_file(foreign.cop_csv(tmp_path / "a.csv")).warnings == ()
    assert read_file(foreign.imu_csv(tmp_path / "b.csv", *foreign.waist()), TURNED).warnings == ()
    both = read_file(two_feet(tmp_path / "c.csv", 340, 360), FEET, rate_hz=100.0)
    assert both.warnings == ()
    found, _ = score(both)
    assert found["load_left_share"]["value"] == pytest.approx(100 * 340 / 700, abs=0.1)
    assert {"left_cop_velocity_mmps", "right_cop_velocity_mmps"} <= set(found)


def test_the_mapping_that_is_suggested_is_taken(tmp_path: Path) -> None:
    """Whichever way the sensor is worn: the suggestion reads gravity upward and keeps the axes right-handed."""
    acc, gyr = foreign.waist()
    rng = np.random.default_rng(4)
    for _ in range(12):
        turn = np.eye(3)[rng.permutation(3)] * rng.choice((-1, 1), 3)[:, None]
        turn[0] *= np.linalg.det(turn)
        path = foreign.imu_csv(tmp_path / "a.csv", acc @ turn.T, gyr @ turn.T)
        try:
            read = read_file(path, IMU)
        except SurefootError as error:
            said = str(error).split('say "')[1].split('"')[0]
            read = read_file(path, said + ",gyr" + ",gyr".join(
                f"_{part.replace('acc', 'gyr').replace('[m/s2]', '[deg/s]')}" for part in said.split(",")
            ))  # fmt: skip
        assert read.acc_ms2 is not None
        assert read.acc_ms2[:, 2].mean() > 9
        if read.gyr_dps is not None:
            assert not any("against the tilt" in text for text in read.warnings)
            assert np.abs(np.abs(read.acc_ms2[:, 1]) - np.abs(acc[:, 1])).max() < 1e-6


def test_missing_rows_become_lost_rows_and_are_counted(tmp_path: Path) -> None:
    cop_m = foreign.sway_m()
    kept = np.ones(len(cop_m), dtype=bool)
    kept[[400, 401, 402, 1000]] = False
    columns = (np.arange(len(cop_m))[kept] / 100, *(cop_m[kept] * 1e3).T)
    read = read_file(foreign.write(tmp_path / "a.csv", ("t_s", "cop_ml_mm", "cop_ap_mm"), columns))
    assert (read.facts["missing_rows"], read.facts["gaps"], read.rate_hz) == (4, 2, 100.0)
    assert read.cop_m is not None
    np.testing.assert_array_equal(np.isnan(read.cop_m[:, 0]), ~kept)
    np.testing.assert_allclose(read.cop_m[kept], cop_m[kept], rtol=1e-8)
    assert score(read)[0]["cop_velocity_mmps"]["lost_share"] > 0


def test_stamps_rounded_to_milliseconds_give_the_true_rate(tmp_path: Path) -> None:
    t_s = np.round(np.arange(3000) / 204.8, 3)
    assert read_file(timed(tmp_path / "a.csv", t_s)).rate_hz == pytest.approx(204.8, rel=1e-4)


def test_too_short_too_slow_and_too_full_of_holes_give_a_reason(tmp_path: Path) -> None:
    short = foreign.cop_csv(tmp_path / "a.csv", foreign.sway_m(8.0))
    slow = foreign.write(tmp_path / "b.csv", ("cop_ml_m", "cop_ap_m"), foreign.sway_m().T)
    holes = edited(tmp_path / "c.csv", lambda c: np.where((np.arange(len(c)) % 100 < 7)[:, None], np.nan, c))
    for path, rate_hz, words in (
        (short, None, "8.0 s"),
        (slow, 20.0, "rate of 20 Hz"),
        (holes, None, "% of the centre"),
    ):
        with pytest.raises(SurefootError, match=words):
            score(read_file(path, rate_hz=rate_hz))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    x=st.floats(-0.3, 0.3), y=st.floats(-0.3, 0.3), az0=st.floats(-0.06, 0.06), fz=st.floats(100, 3000),
    fx=st.floats(-200, 200), fy=st.floats(-200, 200), free=st.floats(-20, 20), sign=st.sampled_from((-1.0, 1.0)),
)  # fmt: skip
def test_a_force_anywhere_on_the_surface_is_found(x, y, az0, fz, fx, fy, free, sign) -> None:
    """The moment is the cross product of arm and force: its inverse has to give the point back, whoever is pushed."""
    force = sign * np.array([[fx, fy, fz]])
    moment = np.cross([[x, y, az0]], force) + np.array((0, 0, free))
    np.testing.assert_allclose(plate_cop_m(force, moment, az0), [[x, y]], atol=1e-9)


def test_kistlers_formulas_are_these() -> None:
    """Mx' = Mx + Fy az0, My' = My - Fx az0, ax = -My' / Fz, ay = Mx' / Fz."""
    force, moment = foreign.plate(foreign.sway_m())
    az0 = -0.041
    top = moment[:, 0] + force[:, 1] * az0, moment[:, 1] - force[:, 0] * az0
    expected = np.column_stack((-top[1] / force[:, 2], top[0] / force[:, 2]))
    np.testing.assert_allclose(plate_cop_m(force, moment, az0), expected, atol=1e-12)


def test_nobody_on_the_plate_is_lost_not_noise() -> None:
    force = np.column_stack((np.zeros((50, 2)), np.where(np.arange(50) < 10, 1.0, 700.0)))
    found = plate_cop_m(force, np.ones((50, 3)))
    np.testing.assert_array_equal(np.isnan(found[:, 0]), np.arange(50) < 10)
    feet = np.zeros((50, 2, 2))
    np.testing.assert_array_equal(np.isnan(net_of_feet_m(feet, force[:, [2, 2]])[:, 0]), np.arange(50) < 10)
    assert absent_foot(np.array([[700.0, 2.0]] * 9)) == "right"
    assert absent_foot(np.array([[300.0, 400.0]] * 9)) is None


def test_level_axes_undo_the_lean_of_the_sensor() -> None:
    rng = np.random.default_rng(6)
    n = 400
    lean, roll, yaw = (a * np.sin(np.arange(n) / b) for a, b in ((0.3, 31), (0.2, 17), (0.4, 53)))
    world = np.column_stack((rng.normal(0, 0.2, (n, 2)), 9.8 + rng.normal(0, 0.1, n)))
    half = np.stack((lean, roll, yaw), axis=1) / 2
    turns = [
        np.column_stack((np.cos(h), *(np.sin(h) * axis for axis in row)))
        for h, row in zip(half.T, np.eye(3), strict=True)
    ]
    q = turns[0]
    for other in turns[1:]:
        w, v = q[:, :1], q[:, 1:]
        a, b = other[:, :1], other[:, 1:]
        q = np.column_stack((w * a - (v * b).sum(1, keepdims=True), w * b + a * v + np.cross(v, b)))
    v = -q[:, 1:]
    across = np.cross(v, world)
    sensor = world + 2 * (q[:, :1] * across + np.cross(v, across))
    level = turned_level(sensor, np.eye(3), q)
    np.testing.assert_allclose(level[:, 2], world[:, 2], atol=1e-12)
    np.testing.assert_allclose(np.hypot(*level.T[:2]), np.hypot(*world.T[:2]), atol=1e-12)


def test_checks_need_rows() -> None:
    nothing = np.full((100, 3), np.nan)
    source = [Source(Column(i, "a", "a", None), "a", 1, unit_of("g")) for i in range(3)]
    with pytest.raises(SurefootError, match="No row has a centre"):
        check_cop(nothing[:, :2], None)
    with pytest.raises(SurefootError, match="No row has all three"):
        check_acceleration(nothing, source)
    assert check_turning(nothing, nothing, 100.0, None) == []
    assert Imported("cop", 100.0).warnings == ()
