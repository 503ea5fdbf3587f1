# SPDX-License-Identifier: MIT
"""`surefoot reliability`: repeats found in tables and in folders of sessions, and one sentence for each mistake."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surefoot import cli
from surefoot.measures.reliability import reliability
from surefoot.output.result import write_result

KEY = "cop_velocity_mmps"


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*words: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(["reliability", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def drawn(n: int = 12, k: int = 3, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.exp(2 + 0.4 * rng.standard_normal((n, 1)) + 0.1 * rng.standard_normal((n, k)))


def table(path: Path, numbers: np.ndarray, delimiter: str = ",") -> Path:
    """One row per repeat, two conditions, of which the second is ten times the first."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["who", "ground", "turn", "speed"])
        for factor, ground in ((1, "firm"), (10, "foam")):
            for person, row in enumerate(numbers):
                for turn, value in enumerate(row):
                    writer.writerow(
                        [f"P{person}", ground, turn + 1, "" if np.isnan(value) else repr(float(value * factor))]
                    )
    return path


def result(folder: Path, person: str, day: int, values: list[float], **more: Any) -> None:
    """A result.json with the trials of one session."""
    folder = folder / f"{person}-{day}"
    folder.mkdir(parents=True)
    fingerprint = more.pop("fingerprint", f"bw4z10/100Hz/trim3/v1/board-{person}")
    ended = more.pop("ended", "complete")
    trials = [
        {
            "condition": "eyes-open", "trial": i + 1, "ended": ended, "not_reported": {},
            "measures": {KEY: {"value": value, "unit": "mm/s", "fingerprint": fingerprint}},
        }
        for i, value in enumerate(values)
    ]  # fmt: skip
    protocol = {"id": "quiet-stance", "version": "1.0.0", "primary_measure": KEY}
    head = {"person": person, "created_utc": f"2026-01-{day:02d}T10:00:00Z", "simulated": False, "protocol": protocol}
    write_result({**head, "trials": trials, "score": {}, "versions": {}, **more}, folder / "result.json")


def rows(out: str) -> list[dict[str, Any]]:
    return json.loads(out)["rows"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("repeat", [[], ["--repeat", "turn"]])
def test_a_table(say, tmp_path: Path, delimiter: str, repeat: list[str]) -> None:
    numbers = drawn()
    path = table(tmp_path / "t.csv", numbers, delimiter)
    code, out, _ = say(path, "--person", "who", "--measure", "speed", "--by", "ground", "--json", *repeat)
    assert code == 0
    found = {(row["labels"]["ground"], row["scale"]): row for row in rows(out)}
    assert set(found) == {(ground, scale) for ground in ("firm", "foam") for scale in ("raw", "log")}
    for (ground, scale), row in found.items():
        expected = reliability(numbers * (10 if ground == "foam" else 1), log=scale == "log")
        assert row["icc"]["2,1"]["value"] == pytest.approx(expected.icc["2,1"].value)
        assert row["sem"]["value"] == pytest.approx(expected.sem.value)
        assert (row["n"], row["k"], row["left_out"]) == (12, 3, 0)
    assert found["firm", "log"]["mdc95_percent"] == pytest.approx(reliability(numbers, log=True).mdc95_percent)


def test_missing_numbers(say, tmp_path: Path) -> None:
    numbers = drawn()
    numbers[3, 1] = np.nan
    path = table(tmp_path / "t.csv", numbers)
    words = (path, "--person", "who", "--measure", "speed", "--by", "ground", "--json")
    assert [(row["n"], row["left_out"]) for row in rows(say(*words)[1])] == [(11, 1)] * 4
    assert [(row["n"], row["left_out"]) for row in rows(say(*words, "--repeat", "turn")[1])] == [(11, 1)] * 4


def test_what_is_printed_and_written(say, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", drawn())
    code, out, _ = say(
        path, "--person", "who", "--measure", "speed", "--by", "ground", "--out", tmp_path / "new" / "out"
    )
    assert code == 0
    for word in (
        "speed: firm",
        "n 12, 3 repeats; ICC(2,1)",
        "MDC95",
        "in logarithms",
        "limits",
        "measurement error alone",
    ):
        assert word in out
    with (tmp_path / "new" / "out" / "reliability.csv").open(encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    document = json.loads((tmp_path / "new" / "out" / "reliability.json").read_text("utf-8"))
    assert (document["format"], document["kind"]) == (1, "surefoot-reliability")
    assert [float(row["icc_2_1_low"]) for row in written] == [row["icc"]["2,1"]["low"] for row in document["rows"]]
    assert [row["by_ground"] for row in written] == ["firm", "firm", "foam", "foam"]
    assert {row["mdc95_percent"] == "" for row in written if row["scale"] == "raw"} == {True}


def test_sessions_within_and_between_days(say, tmp_path: Path) -> None:
    within, days = drawn(8, 3, 2), drawn(8, 4, 3)
    for person in range(8):
        result(tmp_path, f"P{person}", 1, [float(v) for v in within[person]])
        for day in range(1, 4):
            result(tmp_path, f"P{person}", 1 + day, [float(days[person, day])] * 3)
    code, out, _ = say(tmp_path, "--json")
    assert code == 0
    found = {(row["interval"], row["scale"]): row for row in rows(out)}
    assert found["within-session", "raw"]["sem"]["value"] == pytest.approx(reliability(within).sem.value)
    first = np.exp(np.log(within).mean(axis=1))
    assert found["between-sessions", "log"]["sem"]["value"] == pytest.approx(
        reliability(np.column_stack((first, days[:, 1:])), log=True).sem.value
    )
    row = found["between-sessions", "log"]
    assert (row["n"], row["k"], row["trials"], row["unit"]) == (8, 4, 3, "mm/s")
    assert row["labels"] == {
        "protocol": "quiet-stance 1.0.0", "condition": "eyes-open", "population": "everyone",
        "made": "bw4z10/100Hz/trim3/v1",
    }  # fmt: skip


def test_populations_simulated_people_and_numbers_made_differently(say, tmp_path: Path) -> None:
    numbers = drawn(9, 3)
    for person in range(9):
        for day in range(3):
            more = {"fingerprint": "bw4z10/100Hz/trim3/v1/other"} if (person, day) == (0, 2) else {}
            simulated = {"simulated": True} if person > 5 else {}
            result(tmp_path, f"P{person}", 1 + day, [float(numbers[person, day])], **more, **simulated)
    people = tmp_path / "people.csv"
    people.write_text(
        "person,population\n" + "".join(f"P{p},{'old' if p < 3 else 'young'}\n" for p in range(9)), "utf-8"
    )
    code, out, _ = say(tmp_path, "--people", people, "--json")
    assert code == 0
    found = {row["labels"]["population"]: row for row in rows(out) if row["scale"] == "raw"}
    assert set(found) == {"old", "young", "young (simulated)"}
    assert any("P0: 1 of 3 sessions were made differently" in note for note in found["old"].get("notes", []))
    assert found["young"]["n"] == 3


def test_trials_that_were_not_held_are_no_sway(say, tmp_path: Path) -> None:
    for person in range(4):
        for day in (1, 2):
            result(tmp_path, f"P{person}", day, [9.0 + person + day], ended="step")
    code, out, err = say(tmp_path)
    assert (code, out) == (1, "")
    assert "holds no repeats" in err


def test_too_few_people_have_a_reason(say, tmp_path: Path) -> None:
    for day in (1, 2):
        result(tmp_path, "P1", day, [9.0 + day])
    code, out, _ = say(tmp_path)
    assert code == 1
    assert "1 of 1 people have all 2 repeats, and 3 are needed" in out
    (tmp_path / "P1-1" / "result.json").write_text("{", "utf-8")
    assert "isn't the JSON of a result" in say(tmp_path)[2]


GOOD = "who,a\nP1,1\nP1,2\n"


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        (GOOD, [], "needs --person and --measure"),
        (GOOD, ["--person", "who", "--measure", "b"], "no column 'b': name one of its columns, which are who, a"),
        ("who,a,a\nP1,1,2\n", ["--person", "who", "--measure", "a"], "several columns 'a'"),
        ("who,a\nP1,1.5\nP1,one\n", ["--person", "who", "--measure", "a"], "line 3, column 'a': 'one' is no number"),
        ("who,a\nP1,inf\nP1,1\n", ["--person", "who", "--measure", "a"], "inf is no result"),
        ("who,a\n,1\nP1,1\n", ["--person", "who", "--measure", "a"], "line 2: column 'who' is empty"),
        ("who,a\n", ["--person", "who", "--measure", "a"], "has no rows"),
        ("who,a\nP1,1\nP2,2\n", ["--person", "who", "--measure", "a"], "nobody has two rows"),
        ("who,t,a\nP1,1,1\nP1,1,2\n", ["--person", "who", "--measure", "a", "--repeat", "t"], "repeat '1' twice"),
        (GOOD, ["--person", "who", "--measure", "a", "--people", "x.csv"], "--people is for a folder"),
        ("caf\xe9".encode("latin-1"), ["--person", "who", "--measure", "a"], "isn't UTF-8"),
    ],
)
def test_mistakes(say, tmp_path: Path, text: str | bytes, words: list[str], said: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, out, err = say(path, *words)
    assert (code, out) == (1, "")
    assert err.startswith("surefoot: ")
    assert err.count("\n") == 1
    assert said in err


def test_mistakes_of_folders(say, tmp_path: Path) -> None:
    assert "There is no folder or table" in say(tmp_path / "none")[2]
    assert "holds no repeats" in say(tmp_path)[2]
    assert "There is no measure 'speed'" in say(tmp_path, "--measure", "speed")[2]
    assert "--person, --by name columns of a table" in say(tmp_path, "--person", "who", "--by", "x")[2]
    assert "can't be read" in say(tmp_path / "none.csv", "--person", "a", "--measure", "b")[2]


def test_the_published_table(say, shared_data: Path) -> None:
    """The figures that quiet-stance.toml ships, by the command."""
    source = shared_data / "quiet-stance" / "everyone.csv"
    words = ("--person", "Subject", "--measure", "COPvelo", "--by", "Surface", "--by", "Vision", "--json")
    found = {tuple(row["labels"].values()): row for row in rows(say(source, *words)[1]) if row["scale"] == "log"}
    firm = found["Firm", "Open"]
    assert (firm["n"], firm["k"], round(firm["mdc95_percent"])) == (160, 3, 49)
    closed = found["Firm", "Closed"]
    assert (closed["n"], closed["left_out"], round(closed["mdc95_percent"])) == (159, 1, 51)
    assert round(found["Foam", "Open"]["mdc95_percent"]) == 30
