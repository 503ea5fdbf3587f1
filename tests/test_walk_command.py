# SPDX-License-Identifier: MIT
"""`surefoot walk FILE...`: real walks against their references, our own recordings, what it prints and writes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import opengo
import trodden
from footsteps import Footsteps, footsteps
from surefoot import calibration, calibration_store, cli, recording
from surefoot.clinic.walk_own import begun_utc, read_walk, record_for
from surefoot.device.virtual.walkers import walk_arrays
from surefoot.measures.gait.foot_imu import walk_by_feet
from surefoot.measures.gait.waist import waist
from surefoot.unit_words import RADIAN_DEG

FEET = ("left", "right")
FOOT_HZ = 204.8
FEET_MAP = ",".join(
    f"{foot}_{what}_{axis}={what}_{axis}#{number}[{unit}]"
    for number, foot in enumerate(FEET, 1)
    for what, unit in (("acc", "m/s2"), ("gyr", "deg/s"))
    for axis in "xyz"
)
Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def run(*words: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(["walk", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def only(say: Say, *words: str | Path) -> dict[str, Any]:
    code, out, err = say(*words, "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["kind"] == "surefoot-walk"
    assert len(document["walks"]) == 1
    return document["walks"][0]


def events(walk: dict[str, Any], foot: str, name: str) -> np.ndarray:
    return np.array([value for value in walk["feet"][foot][name] if value is not None])


def nearest_s(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Error of the event nearest to each true one."""
    return found[np.abs(found[None, :] - truth[:, None]).argmin(axis=1)] - truth


def test_every_step_of_opengos_own_report_is_found(shared_data: Path, say: Say):
    walk = only(say, shared_data / "insole-walk" / "normal.txt")
    assert (walk["maker"], walk["source"], walk["missing_rows"]) == ("OpenGo", "insole", 1)
    errors: dict[str, list[float]] = {"initial_contact_s": [], "foot_off_s": []}
    for foot, rows in zip(FEET, opengo.reported(shared_data), strict=True):
        for name, truth in zip(errors, rows.T[:2], strict=True):
            found = events(walk, foot, name)
            assert len(found) <= len(truth) + 2  # those that the report leaves out: into and out of standing
            errors[name] += nearest_s(found, truth).tolist()
        assert len(events(walk, foot, "heel_rise_s")) >= 4  # of 7, by the maker's centre of pressure
    for name, bound_s in (("initial_contact_s", 0.020), ("foot_off_s", 0.030)):
        size = np.abs(errors[name])
        assert len(size) == 14
        assert size.max() < 0.1
        assert np.median(size) <= bound_s
    assert walk["by"]["contacts"] == "insoles"
    assert "foot sensor" in walk["by"]["lengths"]
    lengths = [value for value in walk["strides"]["length_m"] if value is not None]
    assert len(lengths) >= 7  # of 14: where both sensors saw a stride begin and end
    assert 0.8 < np.median(lengths) < 1.8
    assert "swapped" in walk["not_reported"]
    assert walk["parameters"]["gait_stride_time_s"]["strides"] >= 10
    for key in ("gait_stride_time_cv_pct", "left_gait_stance_pct"):
        assert "strides are too few" in walk["not_reported"][key]


def test_two_sensors_on_the_feet(shared_data: Path, say: Say):
    folder = shared_data / "foot-imu-walk"
    walk = only(say, folder / "imu_sample.csv", "--rate", str(FOOT_HZ), "--columns", FEET_MAP)
    raw = np.genfromtxt(folder / "imu_sample.csv", delimiter=",", skip_header=2)[:, 1:]
    direct = walk_by_feet(raw[:, 0::2], raw[:, 1::2], FOOT_HZ).walked
    with (folder / "stride_events_sample.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 57
    for foot in FEET:
        truth = np.array([float(row["ic"]) for row in rows if row["foot"] == foot]) / FOOT_HZ
        found = events(walk, foot, "initial_contact_s")
        error = nearest_s(found, truth)
        assert np.abs(error).max() < 0.2
        assert np.median(np.abs(error)) <= 0.015
        ours = getattr(direct, foot).initial_s
        np.testing.assert_allclose(found, ours[np.isfinite(ours)], atol=1e-4)
    assert walk["source"] == "foot-imu"
    assert len(walk["turns"]) > 0
    straight = np.array([not turn for turn in walk["strides"]["turn"]])
    length = np.array(walk["strides"]["length_m"], float)[straight]
    assert np.nanmedian(length) == pytest.approx(1.38, rel=0.02)  # of mocap: 1.382 m left, 1.377 m right


def test_a_sensor_at_the_waist_by_its_names(shared_data: Path, say: Say, tmp_path: Path):
    folder = shared_data / "waist-imu"
    walk = only(say, folder / "daily-activity.csv")
    assert all(one["guessed"] for one in walk["columns"].values())
    raw = np.genfromtxt(folder / "daily-activity.csv", delimiter=",", skip_header=1)[:, 1:]
    direct = waist(raw[:, :3] * 9.80665, raw[:, 3:], 100.0).walked
    for foot in FEET:
        np.testing.assert_allclose(events(walk, foot, "initial_contact_s"), getattr(direct, foot).initial_s, atol=1e-4)
        assert set(walk["feet"][foot]["foot_off_s"]) == {None}
    assert "doesn't see foot-offs" in walk["not_reported"]["off_s"]
    assert "When a foot leaves the floor is not known" in walk["not_reported"]["gait_stance_pct"]
    # The same sensor in other units and under other names, lying the other way round.
    columns = dict(zip(("ax", "ay", "az"), raw.T[:3] * 9.80665, strict=True)) | {"t": np.arange(len(raw)) * 10.0}
    columns |= dict(zip(("gx", "gy", "gz"), raw.T[3:] / RADIAN_DEG, strict=True))
    said = [
        "acc_x=-ax[m/s2],acc_y=-ay[m/s2],acc_z=az[m/s2],gyr_x=-gx[rad/s],gyr_y=-gy[rad/s],gyr_z=gz[rad/s],time=t[ms]"
    ]
    turned = only(say, trodden.table(tmp_path / "other.csv", columns), "--columns", *said)
    for foot in FEET:
        found, other = (events(one, foot, "initial_contact_s") for one in (walk, turned))
        np.testing.assert_allclose(found, other, atol=0.01)


def test_slow_walking_counts_where_somebody_says_that_it_is_on_foot(shared_data: Path, say: Say):
    """Of 46 contacts at 0.25 to 0.57 m/s without a rhythm."""
    folder = shared_data / "waist-imu"
    bouts = json.loads((folder / "daily-activity-reference.json").read_text())["walking_bouts"]
    truth = np.array([at for bout in bouts for at in bout["initial_contacts_s"] if at is not None])

    def hits(walk: dict[str, Any]) -> int:
        found = np.concatenate([events(walk, foot, "initial_contact_s") for foot in FEET])
        return int((np.abs(nearest_s(found, truth)) <= 0.25).sum())

    plain, said = only(say, folder / "daily-activity.csv"), only(say, folder / "daily-activity.csv", "--on-foot")
    assert hits(plain) < 0.6 * len(truth)
    assert hits(said) >= 0.8 * len(truth)
    assert "taken to be on foot" in said["notes"][0]


def test_a_waist_in_the_wrong_unit(shared_data: Path, say: Say):
    said = "acc_x=acc_x_g[m/s2],acc_y=acc_y_g[m/s2],acc_z=acc_z_g[m/s2],time=time_s"
    code, _, err = say(shared_data / "waist-imu" / "daily-activity.csv", "--columns", said)
    assert code == 1
    assert "this looks like one in g" in err


def one_foot(path: Path, every: int = 1, acc: float = 1.0, gyr: float = 1.0) -> tuple[Path, Footsteps]:
    made = footsteps([1.2] * 24, rate_hz=100.0)
    rows = made.signal[::every] * np.repeat((acc, gyr), 3)
    columns = {"t_s": np.arange(len(rows)) * every / 100}
    columns |= {f"L {what} {axis}": rows[:, 3 * k + j] for k, what in enumerate("ag") for j, axis in enumerate("xyz")}
    return trodden.table(path, columns), made


ONE_FOOT = ",".join(
    f"left_{what}_{axis}=L {what[0]} {axis}[{unit}]"
    for what, unit in (("acc", "m/s2"), ("gyr", "dps"))
    for axis in "xyz"
)


def test_one_foots_sensor(tmp_path: Path, say: Say):
    path, made = one_foot(tmp_path / "f.csv")
    walk = only(say, path, "--columns", ONE_FOOT)
    assert walk["feet"]["right"] is None
    assert any("right foot was not measured" in note for note in walk["notes"])
    assert walk["parameters"]["left_gait_stride_length_m"]["value"] == pytest.approx(1.2, rel=0.02)
    assert "right foot was not measured" in walk["not_reported"]["gait_double_support_pct"]
    assert len(events(walk, "left", "foot_off_s")) == len(made.length_m)
    code, out, _ = say(path, "--columns", ONE_FOOT)
    assert code == 0
    assert "right was not measured" in out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"every": 4}, "25 Hz is too slow for a foot"),
        ({"acc": 1 / 9.80665}, "looks like g given as m/s2"),
        ({"gyr": 1 / RADIAN_DEG}, "rad/s given as degrees per second"),
    ],
)
def test_one_foots_sensor_in_a_wrong_unit_or_too_slow(tmp_path: Path, say: Say, change: dict[str, Any], words: str):
    path, _ = one_foot(tmp_path / "f.csv", **change)
    code, _, err = say(path, "--columns", ONE_FOOT)
    assert code == 1
    assert words in err


def test_gaitpdb(tmp_path: Path, say: Say):
    path, _ = trodden.gaitpdb(tmp_path / "GaPt03_01.txt")
    walk = only(say, path)
    assert (walk["maker"], walk["source"], walk["rate_hz"]) == ("gaitpdb", "insole", 100)
    for foot, pairs in zip(FEET, trodden.walk().truth, strict=True):
        truth = np.array(pairs)
        for column, name in enumerate(("initial_contact_s", "foot_off_s")):
            error = nearest_s(events(walk, foot, name), truth[:, column])
            assert np.median(np.abs(error)) < 0.02
            assert np.abs(error).max() < 0.1
        assert len(events(walk, foot, "heel_rise_s")) > 5
    assert "swapped" not in walk["not_reported"]


def forces(path: Path, force: np.ndarray | None = None) -> Path:
    force = trodden.tread() if force is None else force
    columns = {"time_s": trodden.times(force), "left_force_N": force[:, 0], "right_force_N": force[:, 1]}
    return trodden.table(path, columns)


@pytest.fixture(scope="module")
def level():
    """Somebody walking up and down a corridor, on the clock of the insoles and on that of the IMU."""
    return walk_arrays("level", 4, 100.0, 60.0), walk_arrays("level", 4, 104.0, 60.0)


def logged(path: Path, level, left: float = 1.0, swap: bool = False, preload_n: float = 0.0) -> Path:
    path.parent.mkdir(exist_ok=True)
    cells, imu = level
    cell_n = cells.cell_force_n * np.repeat((left, 1.0), 8) + preload_n
    return trodden.sfr(path, np.roll(cell_n, 8, axis=1) if swap else cell_n, imu.acc_ms2, imu.gyr_dps)


def test_our_own_recording(tmp_path: Path, say: Say, level):
    path = logged(tmp_path / "f00d-00007.sfr", level)
    walk = only(say, path)
    assert (walk["maker"], walk["log"], walk["calibration"], walk["source"]) == ("Surefoot", 7, "none", "insole")
    assert any("forces are nominal" in note for note in walk["notes"])
    truth = level[0].truth
    for foot in FEET:
        mine = getattr(truth, foot)
        for name, known in (("initial_contact_s", mine.initial_s), ("foot_off_s", mine.off_s)):
            known = known[np.isfinite(known) & ~mine.stands]
            error = np.abs(nearest_s(events(walk, foot, name), known))
            assert len(known) > 20
            assert np.median(error) <= 0.020
    assert len(walk["turns"]) == len(truth.turns)
    assert walk["by"]["turns"] == "waist sensor"
    assert walk["also"]["waist-imu"]["left"]["initial_contact_s"]
    assert not any("swapped" in note or "each other" in note for note in walk["notes"])
    for words in (("--columns", "time=a"), ("--rate", "100")):
        code, out, err = say(path, *words)
        assert (code, out) == (1, "")
        assert "belong to files of other makers" in err


def test_a_legs_length_makes_strides_of_the_waists_steps(tmp_path: Path, say: Say, level):
    path = logged(tmp_path / "walk.sfr", level)
    without = only(say, path)
    assert "--leg-mm" in without["not_reported"]["length_m"]
    walk = only(say, path, "--leg-mm", "900")
    assert "inverted pendulum" in walk["by"]["lengths"]
    lengths = np.array([value for value in walk["feet"]["left"]["stride_length_m"] if value is not None])
    known = level[0].truth.left.stride_m
    assert len(lengths) > 20
    assert np.median(lengths) == pytest.approx(np.nanmedian(known), rel=0.25)  # uncalibrated, and a guessed leg
    code, out, err = say(path, "--leg-mm", "0.9")
    assert (code, out) == (1, "")
    assert "--leg-mm 0.9 is no leg" in err


def test_one_insole_of_our_own_fails(tmp_path: Path, say: Say, level):
    walk = only(say, logged(tmp_path / "left.sfr", level, left=0.0))
    assert walk["by"]["left foot"] == "waist sensor"
    mine = level[0].truth.left
    known = mine.initial_s[np.isfinite(mine.initial_s) & ~mine.stands]
    found = events(walk, "left", "initial_contact_s")
    assert len(found) > 0.8 * len(known)
    assert set(walk["feet"]["left"]["foot_off_s"]) == {None}
    assert any("left insole" in note for note in walk["notes"])


def test_swapped_insoles_of_our_own_are_said(tmp_path: Path, say: Say, level):
    walk = only(say, logged(tmp_path / "swapped.sfr", level, swap=True))
    assert sum("swapped" in note or "each other" in note for note in walk["notes"]) == 1
    assert any("trunk is pushed towards the leg that bears" in note for note in walk["notes"])


def test_identities_hold_in_what_is_written(tmp_path: Path, say: Say):
    out = tmp_path / "new" / "walk"
    code, shown, err = say(forces(tmp_path / "f.csv"), "--out", out)
    assert (code, err) == (0, "")
    assert "contacts and" in shown
    assert f"Written: {out / 'walk.json'}" in shown
    document = json.loads((out / "walk.json").read_text())
    with (out / "strides.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    table = document["walks"][0]["strides"]
    assert len(rows) == len(table["start_s"]) > 20
    assert [row["foot"] for row in rows] == table["foot"]
    for row in rows:
        if row["stance_s"]:
            assert float(row["stance_s"]) + float(row["swing_s"]) == pytest.approx(float(row["stride_s"]), abs=2e-4)
    with (out / "contacts.csv").open(newline="") as file:
        contacts = list(csv.DictReader(file))
    for foot in FEET:
        mine = [float(row["initial_contact_s"]) for row in contacts if row["foot"] == foot and row["initial_contact_s"]]
        np.testing.assert_array_equal(mine, events(document["walks"][0], foot, "initial_contact_s"))
    assert not list(out.glob("*.part"))


def test_several_files_and_one_that_can_not_be_read(tmp_path: Path, say: Say):
    good, bad = forces(tmp_path / "good.csv"), tmp_path / "bad.csv"
    code, out, err = say(good, bad, good, "--json")
    assert code == 1
    document = json.loads(out)
    assert [walk["file"] for walk in document["walks"]] == ["good.csv", "good.csv"]
    assert len(document["problems"]) == 1
    assert "bad.csv can't be read" in err


@pytest.mark.parametrize("as_json", [False, True])
def test_nobody_walked(tmp_path: Path, say: Say, as_json: bool):
    standing = np.full((2000, 2), 350.0) + np.random.default_rng(0).normal(0, 3, (2000, 2))
    out_dir = tmp_path / "out"
    code, out, err = say(forces(tmp_path / "f.csv", standing), "--out", out_dir, *["--json"] * as_json)
    assert code == 1
    assert "No steps were found" in err
    assert "The feet were never lifted" in err
    assert ("error" in json.loads(out)) if as_json else out == ""
    assert not out_dir.exists()


def test_calibration_is_for_our_own_recordings(tmp_path: Path, say: Say):
    code, _, err = say(forces(tmp_path / "f.csv"), "--calibration", tmp_path / "c.json")
    assert code == 1
    assert "--calibration belongs to recordings of Surefoot" in err


def test_an_out_that_can_not_be_written(tmp_path: Path, say: Say):
    (tmp_path / "taken").write_text("")
    code, _, err = say(forces(tmp_path / "f.csv"), "--out", tmp_path / "taken")
    assert code == 1
    assert "can't be made" in err


def test_a_folder_of_our_own_recordings(tmp_path: Path, say: Say, level):
    folder = tmp_path / "walks"
    folder.mkdir()
    code, _, err = say(folder)
    assert code == 1
    assert "surefoot log fetch" in err
    for name in ("f00d-00001.sfr", "f00d-00002.sfr"):
        logged(folder / name, level)
    (folder / "f00d-00003.sfr").write_bytes((folder / "f00d-00001.sfr").read_bytes()[:200])
    code, out, err = say(folder, "--json")
    assert code == 1  # of the third one nothing but its head is there
    document = json.loads(out)
    assert [walk["file"] for walk in document["walks"]] == ["f00d-00001.sfr", "f00d-00002.sfr"]
    assert "f00d-00003.sfr" in document["problems"][0]
    one = document["walks"][0]["parameters"]
    assert document["summary"]["steps"] == 2 * one["gait_steps"]["value"]
    assert document["summary"]["walking_s"] == pytest.approx(2 * one["gait_walking_s"]["value"], abs=1e-3)
    assert document["summary"]["distance_m"] is None
    (folder / "f00d-00003.sfr").unlink()
    code, out, _ = say(folder)
    assert code == 0
    assert "All 2: " in out


def test_the_calibration_in_force_is_found(tmp_path: Path, say: Say, level):
    path = logged(tmp_path / "walks" / "f00d-00001.sfr", level)
    part = calibration.Made("leans", 1, "2026-01-01T00:00:00Z")
    made = replace(calibration.nominal(), device="f00d", created_utc=part.created_utc, made_insole=part)
    file = calibration_store.save(made, tmp_path / "clinic")
    found = only(say, path, "--data", tmp_path / "clinic")
    assert found["calibration"] == file.stem
    assert not any("nominal" in note for note in found["notes"])
    assert any("no date" in note for note in found["notes"])
    assert only(say, path, "--calibration", file)["calibration"] == file.stem
    other = calibration_store.save(replace(made, device="beef"), tmp_path / "other")
    code, _, err = say(path, "--calibration", other)
    assert code == 1
    assert "is of board beef" in err


def test_a_date_of_its_own_decides_the_calibration(tmp_path: Path, level):
    path = logged(tmp_path / "f00d-00001.sfr", level)
    part = calibration.Made("leans", 1, "2026-01-01T00:00:00Z")
    made = replace(calibration.nominal(), device="f00d", created_utc=part.created_utc, made_insole=part)
    record = calibration.load(calibration_store.save(made, tmp_path))  # beside the recording
    decoded = recording.read(path)
    for day, wanted in (("2025-12-31", calibration.nominal().id), ("2026-06-01", record.id)):
        fetched = replace(decoded, notes=({**decoded.head, "fetched_utc": f"{day}T12:00:00Z"},))
        chosen, said = record_for(path, fetched, None, tmp_path / "nowhere", None)
        assert chosen.id == wanted
        assert any("in force when it was fetched" in note for note in said) == (chosen.id == record.id)
        at_ms = datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp() * 1e3
        dated = replace(decoded, config={**decoded.config, "utc_ms": at_ms})
        assert begun_utc(dated) == f"{day}T12:00:00Z"
        chosen, said = record_for(path, dated, None, tmp_path / "nowhere", None)
        assert chosen.id == wanted
        assert not any("no date" in note for note in said)


def test_a_shoes_preload_is_taken_from_our_own_forces(tmp_path: Path, level):
    path = logged(tmp_path / "f00d-00001.sfr", level, preload_n=1.0)
    force_n = read_walk(path).force_n
    assert force_n is not None
    truth = level[0].truth.left
    middles = [(off + on) / 2 for off, on in zip(truth.off_s[3:20], truth.initial_s[4:21], strict=True)]
    in_swing = force_n[np.round(np.array(middles) * 100).astype(int), :8].sum(axis=1)
    assert np.median(in_swing) < 1.0  # of 8: what can be told from a light foot
