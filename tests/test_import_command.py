# SPDX-License-Identifier: MIT
"""`surefoot score FILE...`: published numbers through the command, what it prints and writes, and its exit codes."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import foreign
from foreign import IMU
from surefoot import cli
from surefoot.clinic.import_file import read_file
from surefoot.measures import MEASURES

EXACT = 1e-9
QUIET = [f"BDS{number:05d}" for number in range(1, 13)]
PLATES = ["PDS13OR1", "PDS13CR1"]
PUBLISHED = (
    ("COParea", "cop_area_95_mm2", 100),
    ("COPvelo", "cop_velocity_mmps", 10),
    ("COPmfreq", "cop_mean_frequency_hz", 1),
)

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def run(*words: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(["score", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def values(out: str) -> list[dict[str, float]]:
    return [{key: one["value"] for key, one in trial["measures"].items()} for trial in json.loads(out)["trials"]]


def published(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "published.csv").open(newline="") as file:
        return {row["Trial"]: row for row in csv.DictReader(file)}


def compare(got: dict[str, float], row: dict[str, str]) -> None:
    for name, key, factor in PUBLISHED:
        assert got[key] / factor == pytest.approx(float(row[name]), rel=EXACT), (row["Trial"], key)


def test_quiet_stance_as_published(shared_data: Path, say: Say) -> None:
    folder = shared_data / "quiet-stance"
    files = [folder / f"{trial}.txt" for trial in QUIET]
    code, out, err = say(*files, "--columns", "ml=COPy[cm],ap=COPx[cm],time=Time", "--filter", "none", "--json")
    assert (code, err) == (0, "")
    table = published(folder)
    for trial, got in zip(QUIET, values(out), strict=True):
        compare(got, table[trial])


def test_two_plates_as_published(shared_data: Path, say: Say) -> None:
    folder = shared_data / "two-plates"
    files = [folder / f"{trial}grf.txt" for trial in PLATES]
    code, out, _ = say(*files, "--columns", "ml=COPNET_Z[m],ap=COPNET_X[m]", "--filter", "none", "--json")
    assert code == 0
    table = published(folder)
    for trial, got in zip(PLATES, values(out), strict=True):
        compare(got, table[trial])


def test_two_feet_make_the_published_net(shared_data: Path) -> None:
    path = shared_data / "two-plates" / "PDS13OR1grf.txt"
    feet = ",".join(
        f"{w}_ml={k}COP_Z[m],{w}_ap={k}COP_X[m],{w}_force={k}GRF_Y[N]" for w, k in (("left", "L"), ("right", "R"))
    )
    made, given = read_file(path, feet), read_file(path, "ml=COPNET_Z[m],ap=COPNET_X[m]")
    assert made.cop_m is not None
    assert given.cop_m is not None
    assert np.abs(made.cop_m - given.cop_m).max() < 1e-5


def test_forces_and_moments_make_the_centre_that_the_file_holds(shared_data: Path) -> None:
    """That plate's own centre of pressure is of its axes, so with az0 0; both are rounded."""
    path = shared_data / "quiet-stance" / "BDS00001.txt"
    made = read_file(path, "ml=plate.y,ap=plate.x", az0_mm=0.0)
    given = read_file(path, "ml=COPy,ap=COPx")
    assert made.cop_m is not None
    assert given.cop_m is not None
    assert np.abs(made.cop_m - given.cop_m).max() < 1e-6
    assert made.facts["weight_n"] == pytest.approx(54.2 * 9.8, rel=0.03)


def test_a_phone_at_the_waist(shared_data: Path, say: Say) -> None:
    """Dates as times, g and rad/s, an axis that points down: refused, with a mapping that is then taken."""
    path = shared_data / "waist-imu" / "firm-eyes-closed.csv"
    code, _, err = say(path, "--columns", "ml=AccelX[g],ap=AccelY[g],v=AccelZ[g]")
    assert code == 1
    told = err.split('say "')[1].split('"')[0]
    assert told == "ml=AccelX[g],ap=AccelZ[g],v=-AccelY[g]"
    turned = ",gyr_ml=GyroX[{0}],gyr_ap=GyroZ[{0}],gyr_v=-GyroY[{0}]"
    code, _, err = say(path, "--columns", told + turned.format("deg/s"))
    assert code == 1
    assert "rad/s given as deg/s" in err
    level = ",qw=QuatW,qx=QuatX,qy=QuatY,qz=QuatZ"
    code, out, err = say(path, "--columns", told + turned.format("rad/s") + level, "--json")
    assert (code, err) == (0, "")
    # Published with g = 9.8, and with ML and AP along the axes of the phone's world, not along the sensor's heading.
    expected = 3.514615 - np.log(9.80665 / 9.8)
    assert values(out)[0]["stability"] == pytest.approx(expected, abs=1e-6)


def test_daily_activity_is_read_and_its_axis_named(shared_data: Path) -> None:
    read = read_file(
        shared_data / "waist-imu" / "daily-activity.csv", "ml=acc_y,ap=acc_z,v=acc_x,gyr_ml=gyr_y,gyr_ap=gyr_z"
    )
    assert read.rate_hz == 100.0
    assert read.acc_ms2 is not None
    assert np.argmax(np.median(read.acc_ms2, axis=0)) == 2


def test_what_is_printed(tmp_path: Path, say: Say) -> None:
    cop_m = foreign.sway_m()
    cop_m[10, 0] = np.nan
    code, out, err = say(foreign.cop_csv(tmp_path / "a.csv", cop_m), "--columns", "ml=-cop_ml,ap=cop_ap[mm]")
    assert (code, err) == (0, "")
    assert "a.csv: 30.0 s at 100 Hz" in out
    assert "columns: ml=-cop_ml[mm],ap=cop_ap[mm]" in out
    assert "guessed from the headings: time=t[s]" in out
    assert "empty cells, counted as lost: 1 in cop_ml" in out
    assert "bw4z10/100Hz/trim0/v1" in out
    assert "mm/s" in out


def test_options_are_in_the_fingerprint(tmp_path: Path, say: Say) -> None:
    path = foreign.cop_csv(tmp_path / "a.csv")
    code, out, _ = say(path, "--filter", "5", "--order", "2", "--trim", "3", "--detrend", "linear", "--json")
    assert code == 0
    made = json.loads(out)["trials"][0]["measures"]["cop_velocity_mmps"]["fingerprint"]
    assert made.startswith("bw2z5/100Hz/trim3/linear/")


def test_what_is_written(tmp_path: Path, say: Say) -> None:
    a, b = foreign.cop_csv(tmp_path / "a.csv"), foreign.imu_csv(tmp_path / "b.csv", foreign.waist()[0])
    assert say(a, "--out", tmp_path / "out", "--person", "P001")[0] == 0
    result = json.loads((tmp_path / "out" / "measures.json").read_text())
    assert (result["kind"], result["format"], result["person"]) == ("surefoot-measures", 1, "P001")
    assert "series" not in result["trials"][0]
    assert say(b, "--columns", IMU, "--out", tmp_path / "two")[0] == 0
    with (tmp_path / "two" / "measures.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    trial = json.loads((tmp_path / "two" / "measures.json").read_text())["trials"][0]
    told = {row["measure"]: float(row["value"]) for row in rows if row["value"]}
    assert told == {key: one["value"] for key, one in trial["measures"].items()}
    assert {row["unit"] for row in rows} <= {row.unit for row in MEASURES.values()}


def test_one_bad_file_keeps_none_of_the_others_back(tmp_path: Path, say: Say) -> None:
    good, bad = foreign.cop_csv(tmp_path / "a.csv"), foreign.cop_csv(tmp_path / "b.csv", foreign.sway_m(5.0))
    code, out, err = say(good, bad, "--json")
    assert code == 1
    result: dict[str, Any] = json.loads(out)
    assert [trial["file"] for trial in result["trials"]] == ["a.csv"]
    assert len(result["problems"]) == 1
    assert "b.csv" in err
    assert "longer trial" in err


def sentence(err: str) -> str:
    assert err.startswith("surefoot: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert "inside Surefoot" not in err
    return err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("a.csv", "--person", "1980-01-02"), 1, "can't be a person's code"),
        (("a.csv", "--filter", "soft"), 2, "invalid"),
        (("a.csv", "--filter", "80"), 1, "80 Hz filter needs a rate above"),
        (("a.csv", "--order", "99"), 1, "order 99 isn't offered"),
        (("a.csv", "--protocol", "quiet-stance"), 1, "--protocol belong to a folder"),
        (("a.csv", "folder"), 1, "not both"),
        (("folder", "--rate", "100"), 1, "--rate belong to files"),
        (("none.csv", "--rate", "100"), 1, "check its name"),
        (("none.csv",), 1, "check its name"),
        (("p001-1.sfr",), 1, "name the folder that it is in"),
        (("none",), 1, "There is no folder none"),
        (("a.csv", "b.csv", "--kind", "imu"), 1, "isn't said"),
        (("a.csv", "--out", "a.csv"), 1, "can't be made"),
    ],
)
def test_each_wrong_call_has_its_sentence_and_code(
    tmp_path: Path, say: Say, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    foreign.cop_csv(Path("a.csv"))
    foreign.cop_csv(Path("b.csv"))
    Path("folder").mkdir()
    got, out, err = say(*words)
    assert got == code
    assert said in sentence(err)
    assert out == ""
    assert not list(tmp_path.rglob("measures.*"))


def test_times_that_were_only_guessed_give_way_to_a_rate(tmp_path: Path) -> None:
    cop_m = foreign.sway_m()
    columns = (np.zeros(len(cop_m)), *(cop_m * 1e3).T)
    path = foreign.write(tmp_path / "a.csv", ("time", "cop_ml_mm", "cop_ap_mm"), columns)
    read = read_file(path, rate_hz=100.0)
    assert read.rate_hz == 100.0
    assert "time isn't used, --rate is" in read.warnings[0]


def test_the_use_from_python_that_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    page = (Path(__file__).resolve().parents[1] / "host" / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.S)
    monkeypatch.chdir(tmp_path)
    cop_m = foreign.sway_m()
    names = ("Time", "COPx [cm]", "COPy [cm]")
    foreign.write(Path("trial.csv"), names, (np.arange(len(cop_m)) / 100, *(cop_m[:, ::-1] * 100).T))
    exec(compile(example, "host/README.md", "exec"), {})
    assert "nofilter/100Hz" in capsys.readouterr().out
