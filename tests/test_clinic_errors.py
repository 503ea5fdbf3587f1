# SPDX-License-Identifier: MIT
"""A clinic's own measurement error: kept from its own repeats on different days, then named in every verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from made_results import TOLD, quiet, tug
from surefoot import cli
from surefoot.care.protocol import load_protocol
from surefoot.clinic.clinic_errors import FILE, Repeats, error_row, kept
from surefoot.errors import MeasureError, ProtocolError, RecordingError
from surefoot.measures.reliability import reliability
from surefoot.output.changes import change_of
from surefoot.output.result import write_result
from test_reliability_command import drawn, result

OPEN = ("quiet-stance", "eyes-open", "cop_velocity_mmps", "mm/s", "everyone", "bw4z10/100Hz/trim3/v1", 1)


def sessions(folder: Path, table: np.ndarray, same_day: bool = False, **more: Any) -> Path:
    for person, row in enumerate(table):
        for day, value in enumerate(row):
            time = {"created_utc": f"2026-01-01T1{day}:00:00Z"} if same_day else {}
            result(folder, f"P{person}", 1 + day, [float(value)], **time, **more)
    return folder


def keep(folder: Path, data: Path, *words: str) -> int:
    return cli.main(["reliability", str(folder), "--keep", "--data", str(data), *words])


def change(before: float, now: float, data: Path, **more: Any) -> dict[str, Any]:
    sat = [
        quiet(value, created_utc=f"2026-0{month}-01T10:00:00Z", circumstances=TOLD | {"session": month}, **more)
        for month, value in ((1, before), (9, now))
    ]
    return change_of(load_protocol("quiet-stance"), sat[:1], sat[1], kept(data))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a clinic of six people, each there on three days."""
    folder = tmp_path_factory.mktemp("clinic")
    assert keep(sessions(folder / "out", drawn(6, 3)), folder / "data") == 0
    return folder / "data"


def test_what_is_kept_is_the_error_of_agreement_widened_for_so_few(data: Path) -> None:
    (error,) = kept(data)
    found = reliability(drawn(6, 3), log=True)
    assert error.sem == pytest.approx(found.sem.value * stats.t.ppf(0.975, 10) / 1.96, rel=1e-3)
    assert (error.scale, error.trials, error.interval, error.certainty) == ("log", 1, "between-days", "V")
    assert error.population == "6 people, 3 sessions each, everyone"
    assert error.protocols == ("quiet-stance",)


def test_a_change_is_held_against_it_and_the_verdict_names_it(data: Path) -> None:
    (error,) = kept(data)
    limit = float(np.exp(1.96 * error.sem * np.sqrt(2)))
    for factor, verdict in ((0.98 * limit, "within measurement error"), (1.02 * limit, "changed")):
        found = change(8.0, 8.0 * factor, data)
        assert (found["verdict"], found["judged"]) == (verdict, True)
        for words in ("this clinic's own repeats", FILE, "6 people, 3 sessions each, everyone", "between days"):
            assert words in found["sentence"]


def test_without_one_what_exceeds_the_error_within_a_session_stays_unjudged(tmp_path: Path) -> None:
    assert kept(tmp_path) == ()
    assert change(8.0, 16.0, tmp_path)["verdict"] == "not judged"


def test_numbers_made_otherwise_or_by_nobody_are_not_held_against_it(data: Path) -> None:
    otherwise = change(8.0, 30.0, data, made="bw4z5/100Hz/trim3/v1/cal-a1")
    assert "this clinic" not in otherwise["sentence"]
    assert "this clinic" not in change(8.0, 30.0, data, simulated=True)["sentence"]


def test_of_several_populations_the_largest_error_counts(tmp_path: Path) -> None:
    table = np.vstack((drawn(4, 3), np.exp(2 + np.random.default_rng(2).normal(0, 0.5, (4, 3)))))
    people = tmp_path / "people.csv"
    people.write_text("person,population\n" + "".join(f"P{p},{'old' if p > 3 else 'young'}\n" for p in range(8)))
    assert keep(sessions(tmp_path / "out", table), tmp_path / "data", "--people", str(people)) == 0
    errors = kept(tmp_path / "data")
    assert [error.population.split(", ")[2] for error in errors] == ["old", "young"]
    assert errors[0].sem > errors[1].sem
    assert "sessions each, old" in change(8.0, 9.0, tmp_path / "data")["sentence"]


def test_what_was_timed_by_hand_has_an_error_too(tmp_path: Path) -> None:
    """Typed seconds of a TUG; the verdict of another of them is held against their error."""
    rng = np.random.default_rng(5)
    times = 12.0 + rng.normal(0, 2.0, (5, 1)) + rng.normal(0, 0.3, (5, 3))
    for person, row in enumerate(times):
        for day, seconds in enumerate(row):
            folder = tmp_path / "out" / f"{person}-{day}"
            folder.mkdir(parents=True)
            sat = tug(round(float(seconds), 2), True, created_utc=f"2026-01-0{1 + day}T10:00:00Z", person=f"P{person}")
            write_result(sat, folder / "result.json")
    assert keep(tmp_path / "out", tmp_path / "data") == 0
    (error,) = kept(tmp_path / "data")
    assert (error.measure, error.scale, error.unit) == ("elapsed_s", "raw", "s")
    limit_s = 1.96 * error.sem * np.sqrt(2)
    sat = [
        tug(seconds, True, created_utc=f"2026-0{month}-01T10:00:00Z", circumstances=TOLD | {"session": month})
        for month, seconds in ((1, 14.0), (9, 14.0 - 1.05 * limit_s))
    ]
    found = change_of(load_protocol("tug"), sat[:1], sat[1], kept(tmp_path / "data"))
    assert found["verdict"] == "improved"
    assert "this clinic's own repeats" in found["sentence"]


# What is not kept


@pytest.mark.parametrize(
    ("table", "same_day", "said"),
    [
        (drawn(3, 2), False, "6 sessions say too little about an error: 8 are needed"),
        (drawn(4, 3), True, "are of one day"),
        (drawn(2, 5), False, "3 are needed"),
    ],
)
def test_too_little_to_say_is_not_kept(table, same_day, said, tmp_path: Path, capsys) -> None:
    assert keep(sessions(tmp_path / "out", table, same_day), tmp_path / "data") == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_people_who_never_differ_say_nothing() -> None:
    with pytest.raises(MeasureError, match="say nothing about error"):
        error_row(Repeats(*OPEN, ((8.0,) * 3, (9.0,) * 3, (10.0,) * 3)))


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, capsys) -> None:
    (tmp_path / "data").write_text("a file")
    assert keep(sessions(tmp_path / "out", drawn(4, 3)), tmp_path / "data" / "here") == 1
    assert "can't be made" in capsys.readouterr().err


def test_a_table_says_no_days(tmp_path: Path, capsys) -> None:
    (tmp_path / "a.csv").write_text("who,v\nA,1\nA,2\n")
    words = ["reliability", str(tmp_path / "a.csv"), "--keep", "--person", "who", "--measure", "v"]
    assert cli.main(words) == 1
    assert "on which days" in capsys.readouterr().err


def test_a_file_that_was_spoiled_is_said(data: Path, tmp_path: Path) -> None:
    document = json.loads((data / FILE).read_text("utf-8"))
    document["errors"][0]["sem"] = -1
    (tmp_path / FILE).write_text(json.dumps(document), "utf-8")
    with pytest.raises(ProtocolError, match="sem"):
        kept(tmp_path)
    (tmp_path / FILE).write_text("{", "utf-8")
    with pytest.raises(RecordingError, match="isn't the JSON"):
        kept(tmp_path)
