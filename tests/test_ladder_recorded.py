# SPDX-License-Identifier: MIT
"""Training that the device recorded: trials held or stepped out of on the virtual board; sway by the tests of a day."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from laddering import DAY, PERSON, after, ready_person
from made_results import quiet
from sessions import Lab, during_hold, short_protocol
from stores import BY, KEY
from surefoot import cli
from surefoot.care.norms_file import Error
from surefoot.care.protocol import load_protocol
from surefoot.clinic.scoring import score_folder
from surefoot.clinic.store import entries
from surefoot.clinic.store.documents import result_document
from surefoot.clinic.store.values import Entry, Store
from surefoot.device.link import open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.stand import stand_for

Run = Callable[..., str]
OPEN = ("--steadiness", "1,2,1", "--pain-before", "1", "--pain-peak", "1", "--happened", "none", "--settled")
HOLD_S = 3.0
FIRST = after(1)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a session of one's own test, three stands with open eyes: in the second a step is taken."""
    folder = tmp_path_factory.mktemp("recorded")
    path = short_protocol(folder, HOLD_S, name="three-stands")
    begin, _, _ = (
        path.read_text("utf-8").replace("trials = 1", "trials = 3").partition('[[conditions]]\nid = "eyes-closed"')
    )
    end = path.read_text("utf-8").partition("[by_hand]")
    path.write_text((begin + end[1] + end[2]).replace(', conditions = ["eyes-closed"]', ""), "utf-8")
    stand = stand_for("steady", 3)
    with VirtualBoard(stand.world, seed=3) as board, open_link(board.port, board.timing()) as link:
        lab = Lab(stand, board, link, load_protocol(path), path, folder / "session")
        lab.run(during_hold(2, 0.5, lambda: stand.world.do("step", stand.world.now_s + 0.2)),
                utc_now=lambda: f"{FIRST}T12:00:00Z")  # fmt: skip
    shutil.copyfile(path, lab.out / path.name)  # as `surefoot record` does with a test of one's own
    return lab.out


@pytest.fixture
def run(store_here: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `ladder train` of the day after `DAY`: all that it said."""
    monkeypatch.setattr("surefoot.clinic.store.keys.find", lambda label: KEY)
    monkeypatch.setenv("SUREFOOT_BY", BY)
    monkeypatch.chdir(tmp_path)
    ready_person(store_here)

    def go(*words: str, answers: tuple[str, ...] = (), on: date = FIRST) -> str:
        if answers:
            left = list(answers)
            monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
            monkeypatch.setattr("builtins.input", lambda question: (print(question), left.pop(0))[1])
        where = ("--person", PERSON, "--data", str(store_here.folder.parent), "--on", str(on))
        cli.main(["ladder", "train", *words, *where])
        told = capsys.readouterr()
        return told.out + told.err

    return go


@pytest.fixture
def scored(session: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The session, scored once; folders named by a number hold its trials one by one, a minute apart."""
    result = _result(session)

    def score(folder: Path) -> tuple[dict[str, Any], list[Any]]:
        if folder == session:
            return result, []
        number = int(folder.name)
        return {
            **result,
            "created_utc": f"{FIRST}T12:{number:02}:00Z",
            "trials": result["trials"][number - 1 : number],
        }, []

    monkeypatch.setattr("surefoot.clinic.scoring.score_folder", score)
    return session


@cache
def _result(session: Path) -> dict[str, Any]:
    return score_folder(session)[0]


AT = ("--task", "none/apart", "--target", "3", *OPEN)


def test_a_session_of_the_board_succeeds_by_what_was_stood(run: Run, store_here: Store, scored: Path):
    told = run("--from", str(scored), *AT)
    assert "none/apart, 2 of 3 succeeded" in told, told
    (kept,) = entries.entries(store_here, PERSON, "training")
    assert kept.document["succeeded"] == [True, False, True]
    held = kept.document["held_s"]
    assert held[0] == held[2] == HOLD_S
    assert 1.2 < held[1] < 2.7
    assert (kept.document["how"], kept.document["session"]) == ("recorded", f"{FIRST}T12:00:00Z three-stands")
    assert "kept already" in run("--from", str(scored), *AT)
    assert "ends at 3 s; 10 s are asked for" in run("--from", str(scored), "--task", "none/apart", *OPEN)
    assert "no trial of none/together: it has none/apart" in run("--from", str(scored), "--task", "none/together")


def test_trials_recorded_one_by_one_are_one_session(run: Run, store_here: Store, scored: Path, tmp_path: Path):
    folders = []
    for number in ("2", "1", "3"):
        folder = tmp_path / number
        folder.mkdir()
        shutil.copyfile(scored / "three-stands.toml", folder / "three-stands.toml")
        folders.append(str(folder))
    assert "2 of 3 trials" in run("--from", *folders[:2], *AT)
    assert "named twice" in run("--from", folders[0], *folders, *AT)
    assert not entries.entries(store_here, PERSON, "training")
    assert "2 of 3 succeeded" in run("--from", *folders, *AT)
    (kept,) = entries.entries(store_here, PERSON, "training")
    assert kept.document["succeeded"] == [True, False, True]
    assert kept.document["session"].count("three-stands") == 3
    assert "kept already" in run("--from", *folders, *AT)


# ---- Sway by the tests


def kept_test(store: Store, on: date, velocity_mmps: float, **more: Any) -> Entry:
    """A test of quiet stance, kept."""
    made = quiet(velocity_mmps, created_utc=f"{on}T08:00:00Z", **more)
    return entries.put(store, PERSON, "result", on, result_document(made, PERSON, f"{on} quiet-stance"), by=BY)


def between_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clinic knows how far its people differ between days."""
    error = Error("cop_velocity_mmps", "mm/s", "log", 0.1, 1, "between-days", "own people", "own repeats", "V",
                  ("quiet-stance",))  # fmt: skip
    monkeypatch.setattr("surefoot.clinic.clinic_errors.kept", lambda data: (error,))


def test_sway_within_error_is_offered_with_its_source_and_taken_only_when_told(run: Run, store_here: Store):
    first = [kept_test(store_here, DAY - timedelta(days=days), 8.0) for days in (9, 4)]
    now = kept_test(store_here, FIRST, 8.4)
    told = run("--trials", "yyy", *OPEN, "--task", "none/apart")
    assert f"Sway by quiet-stance of {FIRST} beside {after(-9)} and {after(-4)}: Within measurement error:" in told
    assert "`--sway-tested` takes that." in told
    run("--trials", "yyy", *OPEN, "--task", "none/apart", "--sway-tested")
    left, taken = entries.entries(store_here, PERSON, "training")
    assert (left.document["sway"], left.sources) == ("not asked", ())
    assert (taken.document["sway"], taken.sources) == ("fine", (now.id, *(one.id for one in first)))
    # Without the test that it rested on, nobody asked.
    entries.void(store_here, now.id, by=BY, reason="another's test")
    assert [one.document["sway"] for one in entries.entries(store_here, PERSON, "training")] == ["not asked"] * 2


@pytest.mark.parametrize(("velocity", "state"), [(14.0, "not fine"), (5.0, "fine")])
def test_only_more_sway_than_usual_is_a_veto(
    run: Run, store_here: Store, monkeypatch: pytest.MonkeyPatch, velocity: float, state: str
):
    between_days(monkeypatch)
    kept_test(store_here, DAY, 8.0)
    kept_test(store_here, FIRST, velocity)
    run("--trials", "yyy", *OPEN, "--task", "none/apart", "--sway-tested")
    (kept,) = entries.entries(store_here, PERSON, "training")
    assert kept.document["sway"] == state


def test_what_is_no_verdict_leaves_sway_not_asked_and_says_why(run: Run, store_here: Store):
    words = ("--trials", "yyy", *OPEN, "--task", "none/apart")
    assert "no test of sway of" in run(*words, "--sway-tested")
    kept_test(store_here, DAY, 8.0)
    assert "Sway by" not in run(*words)  # a test of another day says nothing of this one
    kept_test(store_here, FIRST, 14.0, by_hand=True)
    assert "Sway by" not in run(*words)  # nor does one that was timed by hand
    kept_test(store_here, FIRST, 14.0)
    assert "how far days differ isn't known" in run(*words, "--sway-tested")
    kept_test(store_here, after(2), 8.0, circumstances={**quiet()["circumstances"], "footwear": "sandals"})
    told = run(*words, on=after(2))
    assert "Conditions differ: footwear" in told
    assert "--sway-tested" not in told
    states = [one.document["sway"] for one in entries.entries(store_here, PERSON, "training")]
    assert states == ["not asked"] * len(states)
    assert len(states) == 3


def test_the_interview_shows_what_the_tests_say_and_asks(run: Run, store_here: Store):
    answers = ("yyy", "111", "0", "0", "none", "y", "y", "y")
    assert "Was sway as usual or less, y or n?" in run("--task", "none/apart", answers=answers)
    kept_test(store_here, DAY, 8.0)
    kept_test(store_here, FIRST, 8.2)
    told = run("--task", "none/apart", answers=answers)
    assert f"Sway by quiet-stance of {FIRST} beside {DAY}: Within" in told
    assert "So sway was as usual or less: y, or n if you saw otherwise (Enter: not asked)?" in told
    *_, kept = entries.entries(store_here, PERSON, "training")
    assert (kept.document["sway"], len(kept.sources)) == ("fine", 2)
