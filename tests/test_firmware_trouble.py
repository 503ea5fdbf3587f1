# SPDX-License-Identifier: MIT
"""What the firmware leaves behind where something fails on the way into a session: nothing, and the next one works."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from lockstep import Bench, Edit, Sway, bench, flash, insert, replace
from offboard import FIRMWARE
from surefoot import wire
from surefoot.decode import decode

pytest.importorskip("termios", reason="no pseudo terminals on Windows")
LOG = {"log_bytes": 1 << 18, "log_prepared": True}
MARK = "logging.txt"
NO_MEMORY = "MemoryError"
GONE = "OSError('the flash is gone')"


def trip(name: str, where: str, error: str, call: int = 1, times: int = 1) -> Edit:
    """That call of a function (or, by the line before it, that import of a module), and so many in all, raise an error;
    no other does."""

    def edit(folder: Path) -> None:
        (folder / "tripwire.py").write_text(
            f"left = {call}\ndef touch():\n    global left\n    left -= 1\n"
            f"    if -{times} < left <= 0:\n        raise {error}\n"
        )
        if where.endswith("\n"):
            replace(name, where, where + TOUCH + "\n")(folder)
        else:
            insert(folder / name, {where: TOUCH})

    return edit


TOUCH = "__import__('tripwire').touch()"


def events(data: bytes) -> list[tuple[str, str]]:
    return [(event.code, event.text) for event in decode(data).events]


def config(on: Bench) -> dict:
    """What the board answers to `info`."""
    on.received = b""
    on.say("info", 0.6)
    return decode(on.received).config


def heap(on: Bench) -> int:
    """Bytes that are free while samples go over the line."""
    on.received = b""
    on.say("start", 1.5)
    on.say("stop", 0.5)
    return int(decode(on.received).status["heap_b"][0])


def kinds(data: bytes) -> list[str]:
    names = {number: name for name, number in wire.KINDS.items()}
    chunks = [wire.uncobs(chunk) for chunk in data.split(b"\0") if chunk]
    return [names[raw[0]] for raw in chunks if raw and raw[0] in names]


def test_the_end_of_a_session_comes_before_the_next_is_announced(tmp_path: Path) -> None:
    with bench(flash(tmp_path), Sway()) as on:
        on.run(0.5)
        on.say("start", 2.0)
        on.received = b""
        # More than the board reads in one turn, so that `start` is there by the time that the samples have stopped.
        on.handle.write(b"stop\nevent " + b"x" * 60 + b"\nstart\n")
        on.run(2.0)
    told = [kind for kind in kinds(on.received) if kind in ("END", "SCHEMA", "CONFIG")]
    assert told == ["END", "SCHEMA", "CONFIG"]
    decoded = decode(on.received[on.received.index(b'"streaming"') :])
    assert decoded.end is None


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (trip("settings.py", "apply", NO_MEMORY, call=3), "no memory left for a log"),
        (trip("config.py", "frame", NO_MEMORY, call=6), "no memory left for a log"),
        (trip("newlog.py", "begin", GONE), "the flash is gone"),
        (trip("newlog.py", "write", GONE), "the flash is gone"),
        (trip("packstream.py", "from store import WORST\n", NO_MEMORY, times=4), "no memory left for a log"),
        (trip("packstream.py", "PackStream.__init__", NO_MEMORY, times=4), "no memory left for a log"),
        (trip("logger.py", "Logger.__init__", NO_MEMORY, times=4), "no memory left for a log"),
    ],
    ids=["settings", "config", "beginning", "first page", "module", "coder", "pages"],
)
def test_a_walk_that_can_not_begin_leaves_nothing_behind(tmp_path: Path, edit: Edit, said: str) -> None:
    with bench(flash(tmp_path, edit), Sway(), **LOG) as on:
        on.run(0.5)
        heap(on)
        on.received = b""
        on.say("log start", 1.0)
        assert [text for code, text in events(on.received) if code == "refused" and said in text]
        assert not (tmp_path / MARK).exists(), "the next start would resume a walk that never was"
        told = config(on)
        assert (told["streaming"], told["log"], told["resumed"]) == (False, 0, 0)
        free = heap(on)
        on.say("log start", 3.0)
        assert (tmp_path / MARK).exists()
        on.received = b""
        on.say("stop", 1.5)
        assert any("ended: stop" in text for _, text in events(on.received))
        assert not (tmp_path / MARK).exists()
        assert free >= heap(on), "no less than after a walk"


@pytest.mark.parametrize("where", ["from store import WORST\n", "PackStream.__init__"])
def test_a_log_that_finds_no_memory_tries_again_before_it_says_so(tmp_path: Path, where: str) -> None:
    with bench(flash(tmp_path, trip("packstream.py", where, NO_MEMORY, times=3)), Sway(), **LOG) as on:
        on.run(0.5)
        on.say("log start", 1.0)
        assert (tmp_path / MARK).exists()
        on.say("stop", 1.5)
        assert any("ended: stop" in text for _, text in events(on.received))


def test_a_stream_that_can_not_begin_leaves_nothing_behind(tmp_path: Path) -> None:
    with bench(flash(tmp_path, trip("stream.py", "Stream.__init__", NO_MEMORY, call=2)), Sway()) as on:
        on.run(0.5)
        on.say("start", 0.6)
        assert ("refused", "no memory left for that: try again, or reset the board") in events(on.received)
        assert config(on)["streaming"] is False
        assert heap(on) > 8000


def test_a_press_that_finds_no_memory_costs_that_press_only(tmp_path: Path) -> None:
    edit = trip("jobs.py", "from once import once\n", NO_MEMORY)
    with bench(flash(tmp_path, edit), Sway(), **LOG) as on:
        on.run(0.5)
        for walking in (False, True):
            on.board.press(0.2)
            on.run(2.0)
            assert (tmp_path / MARK).exists() is walking


def test_a_walk_that_can_not_be_resumed_leaves_a_board_that_answers(tmp_path: Path) -> None:
    folder = flash(tmp_path, trip("session.py", "import gc\n", NO_MEMORY))
    (folder / MARK).write_text("1 0")
    with bench(folder, Sway(), **LOG) as on:
        on.run(1.0)
        assert config(on)["log"] == 0


def test_a_walk_that_is_given_up_shows_a_fault(tmp_path: Path) -> None:
    folder = flash(tmp_path)
    (folder / MARK).write_text("1 10")
    seen = set()
    with bench(folder, Sway(), **LOG) as on:
        on.run(1.0)
        for _ in range(50):
            on.run(0.05)
            seen.add(on.board.light)
    assert seen == {"red", "off"}


def test_a_memory_that_fails_while_it_is_tidied_up_is_told_once(tmp_path: Path) -> None:
    with bench(
        flash(tmp_path, trip("erasing.py", "_keep", GONE, call=3)), Sway(), log_bytes=1 << 18, log_prepared=False
    ) as on:
        on.run(3.0)
        assert events(on.received) == [("fault", "the flash is gone")]
        assert config(on)["log"] == 0
        on.received = b""
        on.say("log prepare", 8.0)
        assert any(text.startswith("prepared, room") for _, text in events(on.received))


def test_a_refused_self_test_takes_no_memory(tmp_path: Path) -> None:
    with bench(flash(tmp_path), Sway()) as on:
        on.run(0.5)
        before = heap(on)
        on.say("selftest nonsense", 0.5)
        assert ("refused", "selftest takes nothing, or 'loaded'") in events(on.received)
        assert abs(heap(on) - before) < 500


def test_a_module_that_fails_leaves_none_of_those_it_brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "brought.py").write_text("")
    (tmp_path / "failing.py").write_text("import brought\nraise MemoryError\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    once = runpy.run_path(str(FIRMWARE / "once.py"))["once"]
    with pytest.raises(MemoryError):
        once("failing", "brought")
    assert not {"failing", "brought"} & set(sys.modules)
