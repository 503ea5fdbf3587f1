# SPDX-License-Identifier: MIT
"""What a person says of a walk by the button: times in, words or a reason out; and by the real firmware, end to end."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot import cli
from surefoot.care.asked import STEADY
from surefoot.clinic import walk_said
from surefoot.clinic.walk_pressed import FACES, PAUSE_S, SAME_S, Pressed, over, pressed, told_back
from surefoot.clinic.walk_values import BOTH, BUTTON, Said, said_row
from surefoot.clinic.walks_folder import keep_said, walks_of
from surefoot.device.link import Link, open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.walkers.walker import walker
from surefoot.device.virtual.walkers.world import WalkWorld
from surefoot.recording import read

END_S = 100.0
STEP_S, GAP_S = 1.8, 4.0


def marks(*groups: int, begin_s: float = 60.0, gap_s: float = GAP_S) -> list[float]:
    """Times of groups of presses."""
    out, at = list[float](), begin_s
    for count in groups:
        out += [at + n * STEP_S for n in range(count)]
        at = out[-1] + gap_s
    return out


@pytest.mark.parametrize("steadiness", range(1, len(STEADY) + 1))
@pytest.mark.parametrize("face", range(1, len(FACES) + 1))
def test_two_groups_are_steadiness_and_pain(steadiness: int, face: int):
    found = pressed(marks(steadiness, face), END_S, 50.0)
    assert found == Pressed(Said(steadiness, pain_after=2 * (face - 1), by=BUTTON))


def test_one_group_leaves_pain_unreported():
    found = pressed(marks(3), END_S, 50.0)
    assert found.said == Said(3, by=BUTTON)
    assert told_back(found) == "By button: swayed (3 of 5), pain not told. Typed words win."


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (marks(6), "6 presses are more than 5"),
        (marks(2, 7), "7 presses are more than 6"),
        (marks(2, 2, 1), "there were 3 groups"),
        ([60.0, 60.0 + (SAME_S + PAUSE_S) / 2], "neither short nor 3 s long"),
    ],
)
def test_what_is_not_understood_has_a_reason(times: list[float], words: str):
    found = pressed(times, END_S, 50.0)
    assert found.said is None
    assert words in found.reason
    assert "say how it was in words" in told_back(found)


def test_presses_while_walking_are_moments_and_no_rating():
    found = pressed([10.0, 31.0, *marks(1)], END_S, 50.0)
    assert found == Pressed(Said(1, by=BUTTON), moments_s=(10.0, 31.0))
    assert told_back(found).startswith("Marked while walking: 10 s, 31 s. By button: steady")
    assert pressed([10.0], END_S, 50.0) == Pressed(moments_s=(10.0,))
    alone = pressed([10.0], END_S, None)
    assert (alone.said, alone.reason) == (None, "no walking was found in it")
    assert pressed([], END_S, None) == Pressed()
    assert not told_back(Pressed())
    assert pressed([-1.0, END_S + 1], END_S, 50.0) == Pressed(), "before and after the log"


@given(st.lists(st.floats(0, END_S), max_size=12), st.none() | st.floats(0, END_S))
@settings(max_examples=40, deadline=None)
def test_any_presses_are_a_rating_in_range_or_a_reason(times: list[float], standing_s: float | None):
    found = pressed(times, END_S, standing_s)
    assert found.said is None or not found.reason
    assert set(found.moments_s) <= set(times)
    if found.said is not None:
        assert found.said.steadiness in range(1, 6)
        assert found.said.pain_after in (None, *FACES)
        assert found.said.by == BUTTON
    elif standing_s is not None and any(one >= standing_s for one in times):
        assert found.reason


def test_typed_words_win_and_leave_the_rest_to_the_button():
    button = Said(2, pain_after=4, by=BUTTON)
    assert over(button, Said(3, 1)) == Said(3, 1, 4, by=BOTH)
    assert over(button, Said(3, 1, 0)) == Said(3, 1, 0)
    assert over(None, Said(3)) == Said(3)
    assert over(Said(1, 1, 1), Said(3)) == Said(3)
    assert over(over(button, Said(3)), Said(1)) == Said(1, pain_after=4, by=BOTH)


def test_a_document_of_typed_words_is_as_it_always_was():
    assert said_row(Said(2, note="wet")) == {
        "steadiness": 2, "pain_before": None, "pain_after": None, "exertion": None, "note": "wet"
    }  # fmt: skip
    assert said_row(Said(2, by=BUTTON))["by"] == BUTTON
    assert walk_said.unreported(Said(by=BUTTON))


def test_old_documents_still_read(tmp_path: Path):
    folder = tmp_path / "walks" / "P001"
    folder.mkdir(parents=True)
    (folder / "b-1.sfr").touch()
    old = '{"format": 1, "kind": "surefoot-said", "person": "P001", "walk": "b-1", "said_utc": "2026-03-02T09:00:00Z", '
    (folder / "b-1.said.json").write_text(old + '"steadiness": 2, "pain_before": null, "note": "ruhig"}')
    assert walks_of(tmp_path, "P001")[0].said == Said(2, note="ruhig")
    keep_said(tmp_path, "P001", "b-1", Said(4, by=BUTTON))
    assert walks_of(tmp_path, "P001")[0].said == Said(4, by=BUTTON)


@dataclass(frozen=True)
class Walked:
    """A walk by button on a board; what the command printed at first, and once words were typed."""

    data: Path
    first: dict[str, Any]
    spoken: str
    typed: dict[str, Any]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """In the board's own time: a walk of 12 s with its standing, three long presses, a pause, two, and a short one."""
    pytest.importorskip("termios", reason="no pseudo terminals on Windows")
    data = tmp_path_factory.mktemp("data")
    world = WalkWorld(walker("level", 5, 12.0, lead_s=2.0, fixed={"speed_mps": 1.3}), None, 5, 20.0)
    with VirtualBoard(world, seed=5) as board, pytest.MonkeyPatch.context() as patch:
        patch.setattr("surefoot.output.walk_pages_command.write_pages", lambda *_, **__: ())
        patch.setattr("surefoot.device.link.open_link", lambda port, *_, **__: linked(port, board))
        board.advance(1.5)
        press(board, 0.2, 4.5)
        press(board, 1.2, 9.5)  # a moment on the way
        for _ in range(2):
            press(board, 1.2, STEP_S)
        press(board, 1.2, GAP_S)
        press(board, 1.2, STEP_S)
        press(board, 1.2, 2.0)
        press(board, 0.2, 1.0)
        code, first, spoken = sync("--data", str(data), "--port", board.port)
        assert code == 0, spoken
    code, typed, _ = sync("--data", str(data), "--of", "last", "--said", "steadiness=4,exertion=3")
    assert code == 0
    return Walked(data, first, spoken, typed)


def linked(port: str, board: VirtualBoard) -> Link:
    return open_link(port, board.timing())


def press(board: VirtualBoard, held_s: float, then_s: float) -> None:
    """The button goes down, and so long later the next thing happens."""
    board.press(held_s)
    board.advance(then_s)


def sync(*words: str) -> tuple[int, dict[str, Any], str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(["walk", "sync", "--person", "P001", "--json", *words])
    return code, json.loads(out.getvalue()), err.getvalue()


def test_the_firmware_keeps_each_long_press(walked: Walked):
    (path,) = (walked.data / "walks" / "P001").glob("*.sfr")
    texts = [one.text for one in read(path).events if one.code == "mark"]
    assert texts.count("button") == 6


def test_sync_takes_the_presses_as_the_persons_words(walked: Walked):
    (walk,) = walked.first["walks"]
    assert walk["parameters"]["gait_steps"]["value"] > 8
    assert walk["said"] | {"exertion": None} == {
        "steadiness": 3, "pain_before": None, "pain_after": 2, "exertion": None, "note": "", "by": BUTTON
    }  # fmt: skip
    assert "By button: swayed (3 of 5), pain after 2 of 10. Typed words win." in walked.spoken
    assert "Marked while walking: " in walked.spoken


def test_words_typed_later_win(walked: Walked):
    (walk,) = walked.typed["walks"]
    assert (walk["said"]["steadiness"], walk["said"]["pain_after"], walk["said"]["by"]) == (4, 2, BOTH)
    assert walks_of(walked.data, "P001")[0].said == Said(4, None, 2, 3, by=BOTH)
