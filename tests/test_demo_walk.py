# SPDX-License-Identifier: MIT
"""`surefoot demo walk`: through the real firmware's log, found beside the walker's truth; the same seed again."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from surefoot import cli, demo_walk
from surefoot.clinic.walk_values import Said
from surefoot.clinic.walks_folder import keep_said
from surefoot.demo_walk import _foot as foot
from surefoot.recording import read

pytestmark = pytest.mark.usefixtures("terminal")
FAST = ["--kind", "level", "--speed", "1.2", "--seconds", "20"]


@pytest.fixture(scope="module")
def terminal() -> None:
    pytest.importorskip("termios", reason="no pseudo terminals on Windows")


def no_pages(data: Path, person: str, now: Any = None) -> tuple[Path, Path]:
    """Pages have tests of their own, and take their time."""
    return data / "patient.html", data / "therapist.html"


def demo(out: Path, *words: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("surefoot.output.walk_pages_command.write_pages", no_pages)
        return cli.main(["demo", "walk", "--out", str(out), *words])


@pytest.fixture(scope="module")
def walked(terminal: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "walk"
    assert demo(out, *FAST, "--seed", "3") == 0
    return out


def files(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def judged(told: dict[str, Any], *, median_ms: float, p95_ms: float) -> None:
    """Every contact of the walker found in what the firmware logged, none made up, and strides to a hundredth."""
    contacts = told["contacts"]
    assert (contacts["missed"], contacts["too_many"]) == (0, 0)
    assert told["steps"]["found"] == told["steps"]["true"] == contacts["true"]
    assert contacts["median_error_ms"] < median_ms
    assert contacts["p95_error_ms"] < p95_ms
    times = told["stride_time_s"]
    assert times["strides"] == contacts["true"] - 2
    # Contacts in between cancel: two ends of up to p95 each, over the strides of a foot.
    assert abs(times["mean_error"]) < 2 * p95_ms * 1e-3 / (times["strides"] / 2)
    assert times["mean_abs_error"] < median_ms * 1e-3


def test_contacts_through_the_whole_chain_are_the_walkers(walked: Path):
    told = json.loads((walked / "demo.json").read_text())
    judged(told, median_ms=10, p95_ms=20)
    lengths = told["stride_length_m"]
    assert lengths["strides"] > 5
    assert lengths["mean_error"] == pytest.approx(0, abs=0.25 * lengths["true"]), "by the usual factor of a pendulum"
    (path,) = (walked / "walks" / "DEMO").glob("*.sfr")
    decoded = read(path)
    assert decoded.end is not None
    assert decoded.config["log"] == 1
    assert decoded.head["fetched_utc"] == demo_walk.BEGUN_UTC


def test_the_same_seed_gives_the_same_bytes_and_an_earlier_demo_makes_room(walked: Path, tmp_path: Path):
    again = tmp_path / "again"
    (again / "walks" / "DEMO").mkdir(parents=True)
    for name, data in files(walked).items():
        (again / name).write_bytes(data)
    (again / "notes.txt").write_text("mine")
    keep_said(again, "DEMO", next((again / "walks" / "DEMO").glob("*.sfr")).stem, Said(3))
    assert demo(again, *FAST, "--seed", "3") == 0
    made = files(again)
    assert made.pop("notes.txt") == b"mine"
    assert made == files(walked)


def test_nothing_of_anybody_elses_is_ever_cleared(walked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for name in ("demo.json", "walks/DEMO/walker.json", "walks/DEMO/aa-00001.sfr"):
        out = tmp_path / name.replace("/", "-")
        (out / "walks" / "DEMO").mkdir(parents=True)
        (out / name).write_text("{}")
        before = files(out)
        assert demo(out, *FAST) == 1
        assert "choose another --out" in capsys.readouterr().err
        assert files(out) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--speed", "9"), "go at 0.3 to 1.8 m/s"),
        (("--kind", "horse"), "can't be 'horse': choose level"),
        (("--seconds", "3"), "too short to begin and end"),
    ],
)
def test_what_can_not_walk_is_said(tmp_path: Path, words: tuple[str, ...], said: str, capsys: Any):
    assert demo(tmp_path / "out", *words) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["level", "slow", "old", "hemiparetic", "shuffling", "stick", "afo", "toe-drag"])
def test_every_kind_of_walker_through_the_whole_chain(tmp_path: Path, kind: str):
    assert demo(tmp_path / "out", "--kind", kind, "--seed", "8100", "--seconds", "60") == 0
    told = json.loads((tmp_path / "out" / "demo.json").read_text())
    print(kind, told["contacts"], told["steps"], told["stride_time_s"], told["stride_length_m"])
    judged(told, median_ms=20, p95_ms=40)


# -- the comparison itself --


def truth(*at_s: float) -> Any:
    at = np.array(at_s)
    return SimpleNamespace(initial_s=at - 0.005, plate_on_s=at, stride_m=np.append(np.full(len(at), 1.2)[1:], np.nan))


def found(*at_s: float | None, length_m: float = 1.0) -> dict[str, Any]:
    return {"initial_contact_s": list(at_s), "stride_length_m": [length_m] * len(at_s)}


def test_contacts_are_matched_one_by_one():
    told = foot(found(1.01, 2.01, 3.01), truth(11.0, 12.0, 13.0), 10.0)
    assert (told["true"], told["missed"], told["too_many"]) == (3, 0, 0)
    assert told["errors_s"] == pytest.approx([0.01] * 3)
    assert np.array(told["times"]) == pytest.approx(np.ones((2, 2)))
    assert told["lengths"] == [(1.0, 1.2)] * 2


def test_what_is_missed_or_made_up_counts_and_makes_no_stride():
    told = foot(found(1.0, 3.0, 3.5), truth(11.0, 12.0, 13.0), 10.0)
    assert (told["missed"], told["too_many"]) == (1, 1)
    assert told["times"] == []
    told = foot(found(1.0, None, 3.0), truth(11.0, 12.0, 13.0), 10.0)
    assert (told["missed"], told["too_many"]) == (1, 0)
    assert told["times"] == []
    assert foot(None, truth(11.0, 12.0), 10.0)["missed"] == 2
    assert foot(found(), truth(11.0, 12.0), 10.0)["missed"] == 2
    assert foot(found(1.0), truth(), 10.0)["too_many"] == 1
