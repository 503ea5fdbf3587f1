# SPDX-License-Identifier: MIT
"""Guided steps on the virtual board: judged live, redone, kept in one recording that gives the same windows again."""

from __future__ import annotations

import io
import itertools
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from lockstep import CELLS, MOTION, Still
from restworld import RestWorld
from surefoot.clinic.guide import Guide, Judge, Taken, guided, steps_of
from surefoot.clinic.keyboard import Keyboard
from surefoot.device.link import open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.errors import CalibrationError, DeviceLost
from surefoot.recording import read

pytest.importorskip("serial")


class Told:
    """Scripted answers in, everything that was told out."""

    def __init__(self, *answers: str):
        self.lines: list[str] = []
        self.shown: list[tuple[str, float]] = []
        self.answers = list(answers)

    def tell(self, text: str) -> None:
        self.lines.append(text)

    def show(self, text: str, share: float) -> None:
        self.shown.append((text, share))

    def ask(self, question: str, choices: tuple[str, ...] | None) -> str:
        return self.answers.pop(0)


@contextmanager
def led(path: Path, told: Told, world: object = None, **options: int) -> Iterator[tuple[Guide, VirtualBoard]]:
    with (
        VirtualBoard(world or Still(), **options) as board,  # type: ignore[arg-type]
        open_link(board.port, board.timing()) as link,
        guided(link, path, {"kind": "evidence"}, told.tell, told.ask, told.show) as guide,
    ):
        yield guide, board


def two_steps(path: Path, judge: Judge, boards: list[VirtualBoard] | None = None) -> None:
    with led(path, Told()) as (guide, board):
        if boards is not None:
            boards.append(board)
        guide.step("first", "", 0.5)
        guide.step("second", "", 5.0, judge)


def stop_reason(path: Path) -> str:
    return next(note["reason"] for note in read(path).notes if note["note"] == "stop")


def test_a_step_is_taken_live_and_found_again_in_the_recording(tmp_path: Path):
    path, told = tmp_path / "a.sfr", Told()
    with led(path, told, RestWorld()) as (guide, _):
        guide.receive(1.2)  # what comes between two steps is nobody's
        live = guide.step("weigh-1", "Put 5 kg on L3.", 2.0, kg=5.0, cell="L3")
    (step,) = steps_of(read(path))
    assert (step.key, step.values) == ("weigh-1", {"kg": 5.0, "cell": "L3"})
    np.testing.assert_array_equal(step.taken.cells, live.cells)
    np.testing.assert_array_equal(step.taken.imu, live.imu)
    assert live.lost_share == step.taken.lost_share == 0
    assert 200 <= len(live.cells) <= 235
    assert live.cells_t_s[-1] - live.cells_t_s[0] == pytest.approx((len(live.cells) - 1) / 100)
    assert np.ptp(step.taken.imu_t_s) == pytest.approx(np.ptp(step.taken.cells_t_s), abs=0.05)
    assert live.temp_degc == pytest.approx(step.taken.temp_degc, abs=0.5)
    assert told.lines == ["Put 5 kg on L3."]
    assert max(share for _, share in told.shown) == 1.0
    assert stop_reason(path) == "complete"
    assert read(path).complete


def test_counts_are_those_of_the_world(tmp_path: Path):
    with led(tmp_path / "a.sfr", Told()) as (guide, _):
        taken = guide.step("a", "", 1.0)
    assert (taken.cells == CELLS).all()
    expected = np.array(MOTION) / [122, 122, 122, 175, 175, 175]
    assert np.abs(taken.imu - expected).max() <= 1


def test_a_step_that_goes_wrong_is_said_and_taken_again(tmp_path: Path):
    path, told = tmp_path / "a.sfr", Told()
    bad_until = []

    def judge(window: Taken) -> str | None:
        bad_until.append(len(window.cells))
        return "you moved" if len(bad_until) in (3, 4, 5) else None

    with led(path, told) as (guide, _):
        live = guide.step("pose", "Hold still.", 1.5, judge, face="up")
    phases = [note["phase"] for note in read(path).notes if note["note"] == "step"]
    assert phases == ["begin", "redo", "begin", "end"]
    assert told.lines == ["Hold still.", "Again: you moved."]
    assert ("you moved", 0.0) in told.shown
    (step,) = steps_of(read(path))
    np.testing.assert_array_equal(step.taken.cells, live.cells)
    assert step.taken.cells_t_s[0] > 1.0, "what came before is not in it"


def test_only_the_last_good_window_of_a_key_counts(tmp_path: Path):
    path = tmp_path / "a.sfr"
    with led(path, Told()) as (guide, _):
        guide.step("a", "", 0.5, n=1)
        guide.step("b", "", 0.5, n=2)
        guide.step("c", "", 0.5, n=3)
        guide.drop("b", "it was another cell")
        guide.step("a", "", 0.5, n=4)
        with pytest.raises(CalibrationError):
            guide.step("c", "", 5.0, lambda w: "no" if len(w.cells) > 60 else None, patience_s=2.0)
    assert [(step.key, step.values["n"]) for step in steps_of(read(path))] == [("a", 4)]


def test_a_window_may_end_by_what_is_in_it(tmp_path: Path):
    told = Told()
    with led(tmp_path / "a.sfr", told) as (guide, _):
        taken = guide.step("turn", "", 10.0, done=lambda window: len(window.imu) > 150)
        assert 150 < len(taken.imu) < 190
        with pytest.raises(CalibrationError, match="took longer than 1 s"):
            guide.step("turn", "", 1.0, done=lambda window: False, patience_s=3.0)
    assert "Again: that took longer than 1 s." in told.lines


def test_what_never_fits_ends_in_words_and_keeps_the_evidence(tmp_path: Path):
    path = tmp_path / "a.sfr"
    with pytest.raises(CalibrationError, match=r"within 3 s \(it moves\).*kept in .*a\.sfr"), led(path, Told()) as here:
        here[0].step("a", "", 1.0, lambda window: "it moves", patience_s=3.0)
    assert stop_reason(path) == "failed"
    assert read(path).complete
    assert len(read(path).samples["cells"].index) > 250
    assert steps_of(read(path)) == ()


def test_ctrl_c_in_a_step_keeps_the_evidence(tmp_path: Path):
    path = tmp_path / "a.sfr"

    def judge(window: Taken) -> str | None:
        if len(window.cells) > 100:
            raise KeyboardInterrupt
        return None

    with pytest.raises(KeyboardInterrupt):
        two_steps(path, judge)
    assert stop_reason(path) == "observer"
    assert read(path).complete, "the board was stopped"
    assert [step.key for step in steps_of(read(path))] == ["first"]


def test_an_unplugged_board_keeps_the_evidence_and_says_so(tmp_path: Path):
    path = tmp_path / "a.sfr"

    def judge(window: Taken) -> str | None:
        if len(window.cells) > 100:
            boards[0].unplug()
        return None

    boards: list[VirtualBoard] = []
    with pytest.raises(DeviceLost, match="unplugged"):
        two_steps(path, judge, boards)
    assert stop_reason(path) == "unplugged"
    assert [step.key for step in steps_of(read(path))] == ["first"]


def test_lost_samples_are_counted(tmp_path: Path):
    path = tmp_path / "a.sfr"
    with led(path, Told()) as (guide, board):
        board.corrupt(drop=5e-4, flip=5e-4)
        live = guide.step("a", "", 8.0)
        board.corrupt()
        assert board.corrupted > 0
    (step,) = steps_of(read(path))
    assert 0 < live.lost_share < 0.2
    assert step.taken.lost_share == pytest.approx(live.lost_share, abs=0.002)
    np.testing.assert_array_equal(step.taken.imu, live.imu)


def test_a_truncated_recording_gives_the_steps_that_are_in_it(tmp_path: Path):
    path = tmp_path / "a.sfr"
    with led(path, Told()) as (guide, _):
        for key in "abcd":
            guide.step(key, "", 1.0)
    whole = path.read_bytes()
    found = []
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        path.write_bytes(whole[: max(int(share * len(whole)), 30)])
        found.append("".join(step.key for step in steps_of(read(path))))
    assert found[0] == ""
    assert found[-1] == "abcd"
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(found))


def test_a_question_is_asked_until_it_has_an_answer_among_the_choices(tmp_path: Path):
    told = Told("maybe", " yes ")
    with led(tmp_path / "a.sfr", told) as (guide, _):
        assert guide.ask("Again?", ("yes", "no")) == "yes"
        assert told.lines == ["'maybe' is none of yes, no."]
        with pytest.raises(ValueError, match="reason"):
            guide.step("a", "", 1.0, reason=1)


def test_while_the_keyboard_is_silent_the_board_is_read(tmp_path: Path):
    path, told = tmp_path / "a.sfr", Told()
    waits = iter([None] * 40 + ["5.0"])
    told.ask = lambda question, choices: lambda: next(waits)  # type: ignore[method-assign,return-value]
    with led(path, told) as (guide, _):
        assert guide.ask("How many kg?") == "5.0"
        taken = guide.step("a", "", 0.5)
    assert taken.lost_share == 0
    assert taken.cells_t_s[0] == pytest.approx(2.0, abs=0.3)
    assert read(path).samples["cells"].lost == 0


def wait_for(answer: Callable[[], str | None]) -> str:
    until_s = time.monotonic() + 10
    while (found := answer()) is None:
        assert time.monotonic() < until_s
    return found


def test_the_keyboard_hands_over_lines_and_ends_with_its_input():
    read_end, write_end = os.pipe()
    out = io.StringIO()
    keys = Keyboard(out, read_end)
    first = keys.ask("Which cell?", ("L1", "L2"))
    assert first() is None, "nothing was typed yet"
    os.write(write_end, b"L2\n5.0\nhal")
    assert wait_for(first) == "L2"
    assert wait_for(keys.ask("How many kg?", None)) == "5.0"
    os.write(write_end, b"f\n")
    os.close(write_end)
    assert wait_for(keys.ask("?", None)) == "half"
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            wait_for(keys.ask("More?", None))
    os.close(read_end)
    assert out.getvalue().startswith("Which cell? [L1/L2] How many kg? ")


def test_without_a_terminal_what_goes_on_is_said_once():
    out = io.StringIO()
    keys = Keyboard(out, 0)
    for text in ("it moves", "it moves", "", "it moves"):
        keys.show(text, 0.5)
    keys.tell("taken")
    assert out.getvalue() == "  it moves\n  it moves\ntaken\n"
    out.isatty = lambda: True  # type: ignore[method-assign]
    live = Keyboard(out, 0)
    live.show("it moves", 0.5)
    live.tell("taken")
    assert "\r  [###############...............] it moves" in out.getvalue()
    assert out.getvalue().endswith(" \rtaken\n"), "the bar is wiped first"
