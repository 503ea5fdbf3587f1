# SPDX-License-Identifier: MIT
"""A whole test without hardware: the same bytes for a seed, the keys that machines rely on, every kind of person."""

from __future__ import annotations

import io
import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sessions import short_protocol
from surefoot import cli, demo
from surefoot.clinic.scoring import score_folder
from surefoot.device.virtual.person import PersonError
from surefoot.errors import RecordingError
from surefoot.measures import MEASURES
from surefoot.output.result import read_result
from surefoot.recording import Recorder, read
from surefoot.terminal import Screen

pytestmark = pytest.mark.long

VERSIONS = {"software", "firmware", "wire", "protocol", "calibration", "python", "numpy", "scipy"}


def whole(out: Path, *words: str) -> dict[str, Any]:
    """The command as a person types it; its result."""
    assert cli.main(["demo", "--out", str(out), *words]) == 0
    return read_result(out / "result.json")


def short(out: Path, person: str = "steady", seed: int = 1, hold_s: float = 6.0, **more: Any) -> dict[str, Any]:
    """The demo by the library, with a short protocol."""
    path = short_protocol(out.parent, hold_s)
    replay, live = more.get("replay"), more.get("live", False)
    outcome = demo.run_demo(out, person, seed, live, replay, Screen(more.get("to") or io.StringIO()), str(path))
    assert outcome.error is None
    return score_folder(out, given_protocol=str(path))[0]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def sway_csv(path: Path, size_mm: float = 4.0, seconds: float = 20.0) -> Path:
    t_s = np.arange(0, seconds, 0.01)
    ml_mm = size_mm * np.sin(2 * np.pi * 0.31 * t_s)
    ap_mm = 2 * size_mm * np.sin(2 * np.pi * 0.17 * t_s + 0.4)
    rows = np.column_stack((t_s, ml_mm, ap_mm, np.full(len(t_s), 650.0)))
    np.savetxt(path, rows, delimiter=",", header="t_s,cop_ml_mm,cop_ap_mm,force_n", comments="", fmt="%.6f")
    return path


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], str]:
    """The demo as it comes: its folder, its result and what was said."""
    out = tmp_path_factory.mktemp("first") / "demo"
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", said)
        result = whole(out)
    return out, result, said.getvalue()


def test_the_same_seed_gives_the_same_bytes_in_any_folder(steady, tmp_path, capsys):
    out, _, _ = steady
    whole(tmp_path / "another place")
    first, again = contents(out), contents(tmp_path / "another place")
    assert sorted(first) == sorted(again)
    assert [name for name in first if first[name] != again[name]] == []
    names = {name for name in first if not name.startswith("calibration")}
    assert names == {"01-eyes-open.sfr", "02-eyes-closed.sfr", "report.html", "result.json"}


def test_the_result_has_the_keys_that_machines_rely_on(steady):
    _, result, _ = steady
    assert set(result["versions"]) == VERSIONS
    assert result["simulated"] is True
    assert [trial["condition"] for trial in result["trials"]] == ["eyes-open", "eyes-closed"]
    assert 0 < result["score"]["value"] <= 100
    assert [c["condition"] for c in result["score"]["components"]] == ["eyes-open", "eyes-closed"]
    for trial in result["trials"]:
        assert (trial["held_s"], trial["target_s"], trial["ended"]) == (30.0, 30.0, "complete")
        assert trial["duration_s"] == pytest.approx(30.0, abs=0.02)
        assert trial["lost_share"] == 0
        assert {"cop_velocity_mmps", "cop_area_95_mm2", "trunk_rms_ms2"} <= set(trial["measures"])
        for key, entry in trial["measures"].items():
            assert entry["unit"] == MEASURES[key].unit
            assert isinstance(entry["value"], float)
            assert entry["fingerprint"]
    closed, opened = (result["trials"][k]["measures"]["cop_velocity_mmps"]["value"] for k in (1, 0))
    assert result["comparisons"]["romberg_velocity"]["value"] == pytest.approx(closed / opened)
    assert result["placement"]["foot_length_mm"] > 200


def test_a_recording_begins_clean_and_ends_whole(steady):
    out, result, _ = steady
    for path in sorted(out.glob("*.sfr")):
        decoded = read(path)
        assert (decoded.bad_frames, decoded.repeated, decoded.text, decoded.complete) == (0, 0, b"", True)
    assert not [text for trial in result["trials"] for text in trial["warnings"] if "broken" in text or "twice" in text]


def test_what_is_said_has_the_cues_the_numbers_and_the_path(steady):
    out, result, said = steady
    assert "Now close your eyes." in said
    assert said.count("100%") == 2
    assert f"Balance score {result['score']['value']:.0f} of 100 (MDC about 7; own-baseline" in said
    assert "mm\u00b2" in said
    assert said.rstrip().endswith(f"Written: {out / 'report.html'}")


def test_the_report_is_one_page_that_fetches_nothing(steady):
    page = (steady[0] / "report.html").read_text("utf-8")
    assert "Simulated person." in page
    assert page.count("data:image/svg+xml;base64,") == 3
    assert not [word for word in ('src="http', 'href="http', "url(http", "@import") if word in page]


def test_another_seed_is_another_person(tmp_path):
    one, two = (short(tmp_path / str(seed), seed=seed, hold_s=12) for seed in (1, 2))
    values = [result["trials"][0]["measures"]["cop_velocity_mmps"]["value"] for result in (one, two)]
    assert values[0] != values[1]
    first, second = (contents(tmp_path / name) for name in "12")
    assert first["01-eyes-open.sfr"] != second["01-eyes-open.sfr"]


def test_virtual_time_runs_ahead_of_the_wall(tmp_path):
    began_s = time.monotonic()
    short(tmp_path / "out", hold_s=10)
    passed_s = time.monotonic() - began_s
    virtual_s = sum(float(np.ptp(read(path).status["t_us"])) * 1e-6 for path in (tmp_path / "out").glob("*.sfr"))
    print(f"{virtual_s:.1f} s of the board's time in {passed_s:.1f} s: {virtual_s / passed_s:.1f} times real time")
    assert virtual_s > 18


def test_the_unsteady_sway_more(steady, tmp_path):
    unsteady = whole(tmp_path / "unsteady", "--person", "unsteady")

    def value(result: dict[str, Any], key: str) -> float:
        return result["trials"][1]["measures"][key]["value"]

    for key in ("cop_velocity_mmps", "trunk_rms_ms2", "cop_area_95_mm2"):
        assert value(unsteady, key) > 1.5 * value(steady[1], key)
    assert unsteady["score"]["value"] < steady[1]["score"]["value"]


def test_a_fall_ends_the_trial_and_the_score_says_so(tmp_path, capsys):
    # Somebody who falls late enough that ten seconds of standing are left to be measured.
    result = whole(tmp_path / "faller", "--person", "faller", "--seed", "5")
    opened, closed = result["trials"]
    assert opened["ended"] == "complete"
    assert closed["ended"] == "fall"
    assert 0 < closed["held_s"] < closed["target_s"]
    assert any(f"ended after {closed['held_s']:.1f} s" in text for text in closed["warnings"])
    assert any("not in the sway numbers" in text for text in closed["warnings"])
    # With the fall itself in them they are ten and four times as large.
    for key in ("cop_area_95_mm2", "trunk_rms_ms2"):
        assert closed["measures"][key]["value"] < 3 * opened["measures"][key]["value"]
    assert [c["share"] for c in result["score"]["components"]][1] == 0
    assert result["score"]["value"] < 55
    assert result["comparisons"]["romberg_velocity"]["value"] is None
    assert f"held {closed['held_s']:.1f} of 30 s" in capsys.readouterr().out
    assert "ended by a loss of balance" in (tmp_path / "faller" / "report.html").read_text("utf-8")


def test_a_person_from_a_file_stands_on_the_insoles(tmp_path):
    path = sway_csv(tmp_path / "sway.csv")
    said = io.StringIO()
    result = short(tmp_path / "out", replay=[path], hold_s=14, to=said)
    assert "a replayed person (sway.csv)" in said.getvalue()
    got = result["trials"][0]["measures"]
    # The file's amplitudes are known; what a sole and eight cells make of them is the truth tests' affair.
    assert got["cop_range_ap_mm"]["value"] == pytest.approx(16.0, rel=0.3)
    assert got["cop_range_ml_mm"]["value"] == pytest.approx(8.0, rel=0.3)


def test_a_real_person_from_a_force_plate_file_stands_on_the_insoles(tmp_path, shared_data):
    files = sorted((shared_data / "quiet-stance").rglob("*.txt"))
    if not files:
        pytest.skip(f"no force-plate files in {shared_data / 'quiet-stance'}")
    result = short(tmp_path / "out", replay=files[:2], hold_s=12)
    assert [trial["ended"] for trial in result["trials"]] == ["complete", "complete"]
    assert 2 < result["trials"][0]["measures"]["cop_velocity_mmps"]["value"] < 60


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "t_s,cop_ml_mm,cop_ap_mm\n0,1,x\n"])
def test_a_file_that_holds_no_sway_is_refused_before_anything_is_written(tmp_path, text):
    path = tmp_path / "no.csv"
    path.write_text(text)
    with pytest.raises(PersonError, match=r"no\.csv"):
        short(tmp_path / "out", replay=[path])
    assert not (tmp_path / "out").exists()


def test_it_also_runs_by_the_clock_on_the_wall(tmp_path):
    began_s = time.monotonic()
    result = short(tmp_path / "out", hold_s=2.5, live=True)
    assert time.monotonic() - began_s > 2 * 2.5
    assert [trial["ended"] for trial in result["trials"]] == ["complete", "complete"]
    assert all(trial["lost_share"] < 0.05 for trial in result["trials"])
    assert result["created_utc"] > "2026-01-01T00:00:01Z"
    for path in (tmp_path / "out").glob("*.sfr"):
        assert read(path).bad_frames == 0


def test_a_demo_replaces_an_earlier_one_and_leaves_other_files_alone(steady, tmp_path):
    out = tmp_path / "demo"
    shutil.copytree(steady[0], out)
    (out / "notes.txt").write_text("mine")
    short(out, seed=2, hold_s=3)
    assert (out / "notes.txt").read_text() == "mine"
    assert len(list((out / "calibration").glob("*.json"))) == 1
    assert not (out / "report.html").exists()


def foreign_recording(out: Path) -> None:
    with Recorder(out / "01-eyes-open.sfr", {"person": "P001"}):
        pass


def foreign_result(out: Path) -> None:
    (out / "result.json").write_text(json.dumps({"person": "P001"}))


def foreign_calibration(out: Path) -> None:
    shutil.copytree(Path(__file__).parents[1] / "calibration", out / "calibration")


@pytest.mark.parametrize("fill", [foreign_recording, foreign_result, foreign_calibration])
def test_nothing_of_anybody_elses_is_ever_cleared(tmp_path, fill, capsys):
    out = tmp_path / "theirs"
    out.mkdir()
    fill(out)
    before = contents(out)
    assert cli.main(["demo", "--out", str(out)]) == 1
    assert "choose another --out" in capsys.readouterr().err
    assert contents(out) == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="can't be made"):
        demo.run_demo(tmp_path / "file" / "demo", "steady", 1, False, None, Screen(io.StringIO()))
