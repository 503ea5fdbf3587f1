# SPDX-License-Identifier: MIT
"""Walks on the board's own log, end to end on the virtual board: by command and button, cut off, full, resumed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lockstep
from flatworld import FlatWorld
from surefoot import wire
from surefoot.decode import Decoded, decode
from surefoot.device import logs
from surefoot.device.link import Link, open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.errors import DeviceLost, NoReply, NotSurefoot, Refused, VirtualBoardError
from surefoot.recording import from_log, read
from surefoot.resources import data_dir

pytest.importorskip("termios", reason="no pseudo terminals on Windows")
pytestmark = pytest.mark.long
REASONS = wire.TABLE["reasons"]
FLAGS = wire.TABLE["flags"]


class Uneven(FlatWorld):
    """Its period is no multiple of any sampling period: each cell takes all of 47 counts."""

    def slots(self, first: int, n: int) -> bytes:
        return b"".join(super(Uneven, self).slots(k % 47, 1) for k in range(first, first + n))


@contextmanager
def walker(**options: Any) -> Iterator[VirtualBoard]:
    with VirtualBoard(Uneven(), seed=1, **options) as board:
        board.advance(1.0)
        yield board


@contextmanager
def linked(board: VirtualBoard) -> Iterator[Link]:
    with open_link(board.port, board.timing()) as link:
        yield link


def walk(board: VirtualBoard, link: Link, seconds: float) -> None:
    """A walk by command."""
    logs.start_log(link)
    board.advance(seconds)
    logs.stop_log(link)


def fetched(link: Link, number: int, folder: Path) -> Decoded:
    raw = logs.fetch_log(link, number, folder / f"{number}.raw")
    path = folder / f"{number}.sfr"
    from_log(raw, path, {"log": number})
    return read(path)


def whole(decoded: Decoded) -> None:
    """Every sample is there, with the counts of the flat world, and the frames that say what it is."""
    assert decoded.bad_frames == 0
    for name, samples in decoded.samples.items():
        assert samples.lost == 0, name
        assert len(samples.index) == samples.expected
    counts = decoded.samples["cells"].counts
    base = 100 * np.arange(16)
    assert ((counts >= base) & (counts < base + 50)).all()
    assert len(np.unique(counts[:, 3])) > 20, "the world moves"
    assert decoded.config["streaming"] is True


def test_a_walk_by_command_comes_back_whole(tmp_path: Path):
    with walker() as board, linked(board) as link:
        link.set_utc()
        number, minutes = logs.start_log(link, minutes=5)
        assert number == 1
        assert minutes >= 9
        board.advance(20.0)
        link.event("by the window")
        board.advance(5.0)
        assert logs.stop_log(link) == (1, "stop")
        (entry,) = logs.list_logs(link).logs
        assert entry.whole
        decoded = fetched(link, 1, tmp_path)
        assert not link.bad_frames
    whole(decoded)
    assert decoded.end is not None
    assert REASONS[decoded.end["reason"]] == "stop"
    assert 2450 < decoded.samples["cells"].expected < 2650
    assert [event.text for event in decoded.events if event.code == "mark"] == ["by the window"]
    assert decoded.config["log"] == 1
    assert decoded.config["utc_ms"] > 1_600_000_000_000
    assert decoded.config["utc_err_ms"] >= 1
    assert len(decoded.status["t_us"]) >= 25
    assert (tmp_path / "1.sfr").stat().st_size < 25 * 100 * 36 / 1.5


def test_a_walk_by_button_needs_no_host(tmp_path: Path):
    with walker() as board:
        board.press(0.2)
        board.advance(8.0)
        board.press(1.5)
        board.advance(4.0)
        board.press(0.2)
        board.advance(2.0)
        with linked(board) as link:
            decoded = fetched(link, 1, tmp_path)
    whole(decoded)
    assert [event.text for event in decoded.events if event.code == "mark"] == ["button"]
    assert decoded.end is not None
    assert REASONS[decoded.end["reason"]] == "stop"
    assert decoded.config["utc_ms"] is None, "nobody has told it the time"


def test_many_walks_are_listed_and_one_is_erased(tmp_path: Path):
    with walker() as board, linked(board) as link:
        sizes = []
        for seconds in (6.0, 3.0, 9.0):
            walk(board, link, seconds)
            sizes.append(logs.list_logs(link).logs[-1].n_bytes)
        assert [entry.number for entry in logs.list_logs(link).logs] == [1, 2, 3]
        assert sizes[1] < sizes[0] < sizes[2]
        logs.erase_logs(link, 2)
        assert [entry.number for entry in logs.list_logs(link).logs] == [1, 3]
        with pytest.raises(Refused, match="no log 2"):
            logs.fetch_log(link, 2, tmp_path / "2.raw")
        whole(fetched(link, 3, tmp_path))
        logs.erase_logs(link)
        after = logs.list_logs(link)
        assert after.logs == ()
        assert after.dirty_sectors == 0
        assert logs.start_log(link)[0] == 4, "a number is never used again"


def test_a_walk_that_would_not_fit_is_refused_and_a_board_without_room_says_so():
    with walker(log_bytes=262144) as board, linked(board) as link:
        with pytest.raises(Refused, match=r"room for 1 min, not 30"):
            logs.start_log(link, minutes=30)
        assert logs.list_logs(link).logs == ()
    with walker(log_bytes=0) as board, linked(board) as link, pytest.raises(Refused, match="no room for logs"):
        logs.list_logs(link)


def test_a_full_log_ends_the_walk_with_its_reason_and_keeps_all_of_it(tmp_path: Path):
    with walker(log_bytes=65536) as board, linked(board) as link:
        link.send("log start")
        board.advance(0.5)
        assert next(frame.text for frame in link.poll(0.1) if frame.name == "EVENT").startswith("room for 0 min")
        with pytest.raises(Refused):
            logs.stop_log(link)
    with walker(log_bytes=196608) as board, linked(board) as link:
        logs.start_log(link)
        board.advance(130.0)
        found = logs.list_logs(link)
        assert found.room_min[100] == 0
        decoded = fetched(link, 1, tmp_path)
    assert decoded.end is not None
    assert REASONS[decoded.end["reason"]] == "full"
    whole(decoded)


def test_an_empty_cell_closes_the_log(tmp_path: Path):
    with walker() as board, linked(board) as link:
        logs.start_log(link)
        board.advance(5.0)
        board.battery_mv = 3600
        board.advance(5.0)
        board.battery_mv = 3300
        board.advance(8.0)
        decoded = fetched(link, 1, tmp_path)
    whole(decoded)
    assert decoded.end is not None
    assert REASONS[decoded.end["reason"]] == "battery"
    flags = decoded.status["flags"]
    assert not flags[0] >> FLAGS.index("battery-low") & 1
    assert flags[-1] >> FLAGS.index("battery-low") & 1
    assert decoded.status["battery_mv"][0] == pytest.approx(3900, abs=40)
    assert decoded.status["left_min"][0] > 60


def test_a_power_cut_loses_the_last_pages_and_the_walk_goes_on_in_a_log_of_its_own(tmp_path: Path):
    with walker() as board:
        with linked(board) as link:
            logs.start_log(link)
        board.advance(20.0)
        board.cut_power()
        board.advance(6.0)
        with linked(board) as link:
            assert any("logging a walk (log 2)" in note for note in link.notes)
            logs.stop_log(link)
            before, after = fetched(link, 1, tmp_path), fetched(link, 2, tmp_path)
            assert not logs.list_logs(link).logs[0].whole
    assert before.end is None
    cells = before.samples["cells"]
    assert cells.lost == 0, "what is there is without a hole"
    assert 1850 < len(cells.index) <= 2010, "at most the pages in memory and under way are gone"
    whole(after)
    assert after.config["resumed"] == 1
    assert all(flags >> FLAGS.index("resumed") & 1 for flags in after.status["flags"])


def test_a_link_to_a_walking_board_leaves_it_walking(tmp_path: Path):
    with walker() as board:
        with linked(board) as link:
            logs.start_log(link)
        for line in ("log list", "start", "selftest", "baud 921600", "nonsense", "x" * 78):
            with linked(board) as link:
                link.send(line)
                board.advance(0.3)
                texts = [frame.text for frame in link.poll(0.1) if frame.name == "EVENT"]
                assert texts, line
                assert link.ping() is not None
        with linked(board) as link:
            logs.stop_log(link)
            whole(fetched(link, 1, tmp_path))


def test_noise_and_endless_lines_on_the_cable_cost_the_walk_nothing(tmp_path: Path):
    noise = bytes(range(4, 256)) * 8 + b"y" * 5000 + b"\n" + b"\x00\xff" * 300 + b"\n"
    with walker() as board:
        with linked(board) as link:
            logs.start_log(link)
            link.write(noise)
            board.advance(4.0)
            link.write(noise)
            board.advance(4.0)
        with linked(board) as link:
            logs.stop_log(link)
            decoded = fetched(link, 1, tmp_path)
    whole(decoded)
    assert decoded.status["refused"][-1] > 0, "what it could not do is counted"


def test_a_download_that_breaks_off_goes_on_where_it_was(tmp_path: Path):
    with walker() as board:
        with linked(board) as link:
            walk(board, link, 30.0)
        path = tmp_path / "1.raw"
        seen: list[int] = []

        def pull(done: int, total: int) -> None:
            seen.append(done)
            if done > total // 2:
                board.unplug()

        with pytest.raises((DeviceLost, NoReply)), linked(board) as link:
            logs.fetch_log(link, 1, path, pull)
        half = path.with_name(path.name + logs.PART).stat().st_size
        assert half >= seen[-1] // 2
        board.plug()
        board.advance(3.0)
        again: list[int] = []
        with linked(board) as link:
            logs.fetch_log(link, 1, path, lambda done, total: again.append(done))
        assert again[0] > half - 600, "what was here is not fetched again"
        assert path.stat().st_size == again[-1]
        clean = tmp_path / "clean.raw"
        with linked(board) as link:
            logs.fetch_log(link, 1, clean)
    assert clean.read_bytes() == path.read_bytes()


def test_a_download_over_a_bad_cable_is_right_or_refused(tmp_path: Path):
    with walker() as board:
        with linked(board) as link:
            walk(board, link, 8.0)
            good = logs.fetch_log(link, 1, tmp_path / "good.raw").read_bytes()
        board.corrupt(drop=0.0003, flip=0.0003)
        with linked(board) as link:
            assert logs.fetch_log(link, 1, tmp_path / "bad.raw").read_bytes() == good
        assert board.corrupted > 3


def test_a_stale_part_of_another_log_is_not_believed(tmp_path: Path):
    with walker() as board, linked(board) as link:
        walk(board, link, 6.0)
        (tmp_path / ("1.raw" + logs.PART)).write_bytes(b"\x55" * 3000)
        whole(fetched(link, 1, tmp_path))


def test_the_line_gets_faster_and_slow_again(tmp_path: Path):
    with walker() as board:
        with linked(board) as link:
            walk(board, link, 30.0)
            began = board.now_s
            slow = logs.fetch_log(link, 1, tmp_path / "slow.raw")
            slow_s = board.now_s - began
            with logs.fast_line(link) as speeds:
                assert speeds
                assert link.baud == 921600
                began = board.now_s
                fast = logs.fetch_log(link, 1, tmp_path / "fast.raw")
                fast_s = board.now_s - began
            assert link.baud == 115200
            assert link.ping() is not None
        assert slow.read_bytes() == fast.read_bytes()
        assert fast_s < slow_s / 4
        # An hour at 100 Hz in three minutes: what came per second, against what an hour of this walk holds.
        per_s = fast.stat().st_size / fast_s
        assert 3600 * fast.stat().st_size / 30 / per_s < 180


def test_a_board_left_at_the_fast_rate_is_found_there_and_goes_back_by_itself():
    with walker() as board:
        with linked(board) as link, suppress(RuntimeError), logs.fast_line(link):
            link.close()
        with linked(board) as link:
            assert link.baud == 921600
            assert link.ping() is not None
        board.advance(12.0)
        with linked(board) as link:
            assert link.baud == 115200


def test_a_host_that_can_not_follow_gets_its_line_back():
    with walker() as board, linked(board) as link:
        link.send("baud 921600")
        board.advance(0.5)
        link.forget()
        assert link.ping(0.3) is None, "at the wrong rate nothing is understood"
        board.advance(3.0)
        link.write(b"\n")  # ends the nonsense that the board has heard meanwhile
        assert link.ping() is not None


def test_a_flash_that_fails_costs_named_samples_only(tmp_path: Path):
    # The command line of the log is covered in test_store; here a cut within a page.
    with walker(flash_cut=(40, 1)) as board:
        with linked(board) as link:
            logs.start_log(link)
        board.advance(20.0)
        with linked(board) as link:
            numbers = [entry.number for entry in logs.list_logs(link).logs] if not link.config["log"] else [1, 2]  # type: ignore[index]
            logs.stop_log(link)
            first = fetched(link, numbers[0], tmp_path)
    assert first.samples["cells"].lost == 0
    assert first.end is None


def test_ctrl_c_closes_the_log(tmp_path: Path):
    with walker() as board, linked(board) as link:
        logs.start_log(link)
        board.advance(5.0)
        link.write(b"\x03")
        with pytest.raises(VirtualBoardError, match="left the prompt"):
            board.advance(1.0)
        board.cut_power()
        board.advance(2.0)
        with linked_again(board, link) as again:
            assert not again.config["log"]  # type: ignore[index]
            decoded = fetched(again, 1, tmp_path)
    assert decoded.end is not None
    assert REASONS[decoded.end["reason"]] == "interrupt"


@contextmanager
def linked_again(board: VirtualBoard, link: Link) -> Iterator[Link]:
    link.close()
    with linked(board) as again:
        yield again


def test_the_command_lists_fetches_and_erases(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    from surefoot.cli import main

    with VirtualBoard(FlatWorld(), seed=1, live=True, log_prepared=True) as board:
        port = ["--port", board.port, "--json"]
        assert main(["log", "start", *port, "--minutes", "2"]) == 0
        assert json.loads(capsys.readouterr().out)["log"] == 1
        with open_link(board.port) as link:
            while not any(frame.name == "PONG" for frame in link.poll(0.1)):
                link.ping()
        assert main(["log", "stop", *port]) == 0
        assert json.loads(capsys.readouterr().out)["reason"] == "stop"
        assert main(["log", "list", *port]) == 0
        assert [entry["log"] for entry in json.loads(capsys.readouterr().out)["logs"]] == [1]
        assert main(["log", "fetch", *port, "--out", str(tmp_path)]) == 0
        (path,) = json.loads(capsys.readouterr().out)["fetched"]
        assert read(path).end is not None
        assert main(["log", "fetch", *port, "--out", str(tmp_path)]) == 0
        assert json.loads(capsys.readouterr().out) == {"fetched": [], "here_already": 1}
        assert main(["log", "erase", *port]) == 1
        assert "say --yes" in capsys.readouterr().err
        assert main(["log", "erase", "--yes", *port]) == 0
        assert main(["log", "fetch", "7", *port]) == 1
        assert "no log 7" in capsys.readouterr().err


@pytest.mark.parametrize("damage", [b"", b'{"baud": 1152', None])
def test_a_board_without_a_sound_profile_says_so(tmp_path: Path, damage: bytes | None):
    lockstep.flash(tmp_path)
    profile = tmp_path / "profile.json"
    if damage is None:
        profile.unlink()
    else:
        profile.write_bytes(damage)
    with (
        VirtualBoard(FlatWorld(), live=True, flash_dir=tmp_path, board="esp32-devkit") as board,
        pytest.raises(NotSurefoot, match=r"profile\.json is missing or damaged: write it again"),
        open_link(board.port),
    ):
        pass


def test_a_walk_on_an_sd_card_names_what_the_card_has_cost(tmp_path: Path):
    # A card makes the board wait for 15 or 50 ms now and then: at 100 Hz that is samples, and each is named.
    with walker(board="esp32-sd") as board:
        board.advance(12.0)
        with linked(board) as link:
            found = logs.list_logs(link)
            assert found.dirty_sectors == 0, "the board has prepared the card by itself"
            walk(board, link, 40.0)
            decoded = fetched(link, 1, tmp_path)
    cells = decoded.samples["cells"]
    assert 0 < cells.lost_share < 0.02
    assert {gap.cause for gap in cells.gaps} == {"flash"}
    assert sum(gap.count for gap in cells.gaps) == cells.lost
    assert decoded.bad_frames == 0
    assert decoded.samples["imu"].lost == 0, "the FIFO of the IMU bridges it"
    assert decoded.config["board"] == "esp32-sd"


def test_the_minutes_left_go_by_the_current_of_a_walk(tmp_path: Path):
    # A card takes its share of the current: what the cell lasts in a walk is less than over the line.
    ma = json.loads((data_dir("firmware") / "profiles" / "esp32-sd.json").read_text())["power"]["ma"]
    received = bytearray()
    with walker(board="esp32-sd") as board:
        board.advance(12.0)
        with linked(board) as link:
            link.tap(received.extend)
            link.start()
            board.advance(3.0)
            link.stop()
            walk(board, link, 3.0)
            walked = fetched(link, 1, tmp_path).status["left_min"][0]
    streamed = decode(bytes(received)).status["left_min"][0]
    assert walked == pytest.approx(streamed * ma["stream"] / ma["log"], abs=2)
    assert walked < streamed - 10


@pytest.mark.parametrize("function", ["_cut", "_queue", "_start"])
def test_ctrl_c_anywhere_in_the_coding_of_a_sample_still_closes_the_log(tmp_path: Path, function: str):
    # Ctrl-C strikes in the middle of a record: never past a page's end, and the log is closed for all that.
    def strike(folder: Path) -> None:
        path = folder / "packstream.py"
        text = path.read_text()
        body = next(line for line in text.splitlines() if line.startswith(f"    def {function}(self"))
        hit = "        global strikes\n        strikes += 1\n        if strikes == 12:\n"
        hit += "            raise KeyboardInterrupt\n"
        path.write_text(text.replace(body + "\n", body + "\n" + hit) + "\n\nstrikes = 0\n")

    lockstep.flash(tmp_path / "flash", strike)
    log_file = tmp_path / "log.bin"
    with walker(flash_dir=tmp_path / "flash", log_file=log_file) as board, linked(board) as link:
        logs.start_log(link)
        with pytest.raises(VirtualBoardError, match=r"ended: interrupt(.|\n)*left the prompt|left the prompt"):
            board.advance(60.0)
        assert "log 1 ended: interrupt" in board.console
    with walker(log_file=log_file) as board, linked(board) as link:
        decoded = fetched(link, 1, tmp_path)
        assert logs.start_log(link)[0] == 2
    assert decoded.bad_frames == 0
    assert len(decoded.samples["cells"].index) > 20
