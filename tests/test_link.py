# SPDX-License-Identifier: MIT
"""The link against a board of plain Python behind a real pty."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from fakeboard import BANNER, FakeBoard, frame, plain
from surefoot import wire
from surefoot.decode import Ping
from surefoot.device.framer import Frame, Framer
from surefoot.device.link import REAL_TIMING, Link, open_link
from surefoot.errors import (
    CommandInvalid,
    DeviceLost,
    DeviceRestarted,
    LinkError,
    NoReply,
    NotSurefoot,
    PortBusy,
    PortMissing,
    Refused,
    WireMismatch,
)

OTHER_SCHEMA = wire.SCHEMA.replace(b'{"wire":3', b'{"wire":9')


@pytest.fixture
def board() -> Iterator[FakeBoard]:
    with FakeBoard() as made:
        yield made


@pytest.fixture
def link(board: FakeBoard) -> Iterator[Link]:
    with open_link(board.port, board.timing) as made:
        yield made


def poll_all(link: Link, seconds: float) -> list[Frame]:
    """Every frame of so many seconds of link time."""
    until, out = link.timing.now_s() + seconds, []
    while link.timing.now_s() < until:
        out += link.poll(0.02)
    return out


# Opening


def test_greets_a_running_board(board: FakeBoard, link: Link) -> None:
    assert b"".join(board.received) == b"\ninfo\n"
    assert link.config is not None
    assert link.config["id"] == "c0ffee"
    assert link.notes == []
    assert link.poll() == []
    assert link.info()["rate_hz"] == 100


def test_a_half_typed_line_does_not_swallow_the_greeting(board: FakeBoard) -> None:
    board._typed = b"star"
    with open_link(board.port, board.timing) as link:
        assert link.config is not None


def test_a_board_that_starts_up_as_the_port_opens_is_waited_for_and_noted() -> None:
    with FakeBoard("mute", boots_on_open=True) as board:
        told: list[float] = []

        def read(port: object, timeout_s: float) -> bytes:
            if board.now_s > 2.5 and not told:
                told.append(board.now_s)
                board.state = "run"
                board.say(BANNER)
            return board.read(port, timeout_s)

        timing = type(board.timing)(board.timing.now_s, read)
        with open_link(board.port, timing) as link:
            assert link.notes == ["The board started up as the port was opened."]
        assert told


@pytest.mark.parametrize("state", ["repl", "raw"])
def test_a_board_at_the_prompt_is_restarted_once(state: str) -> None:
    with FakeBoard(state) as board, open_link(board.port, board.timing) as link:
        assert "prompt" in link.notes[0]
        assert sum(data.count(4) for data in board.received) == 1


def test_micropython_without_the_firmware_is_named() -> None:
    with FakeBoard("bare") as board:
        with pytest.raises(NotSurefoot, match="MicroPython but not the Surefoot firmware"):
            open_link(board.port, board.timing)
        assert sum(data.count(4) for data in board.received) == 1


def test_a_board_left_streaming_is_stopped(board: FakeBoard) -> None:
    board.config["streaming"] = True
    with open_link(board.port, board.timing) as link:
        assert "still measuring" in link.notes[0]
        assert link.config is not None
        assert not link.config["streaming"]
        assert link.poll() == []
        assert link.start()["streaming"]


def test_another_wire_version_is_refused_by_both_numbers() -> None:
    with FakeBoard(schema=OTHER_SCHEMA) as board, pytest.raises(WireMismatch, match=r"version 9.* speaks 3"):
        open_link(board.port, board.timing)


def test_the_same_version_with_another_table_is_refused() -> None:
    schema = wire.SCHEMA.replace(b'"late"', b'"LATE"')
    with FakeBoard(schema=schema) as board, pytest.raises(WireMismatch, match="other table"):
        open_link(board.port, board.timing)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("mute", "it sent nothing"),
        (b"$GPGGA,092750.000,5321.6802,N\r\n", r"it sent '\$GPGGA,092750"),
        (b"\xfe\x81\x00\x92\xff\x00\x00\x07", "make no sense"),
    ],
)
def test_other_devices_are_named_by_what_they_send(state: str | bytes, said: str) -> None:
    with FakeBoard(state) as board:
        with pytest.raises(NotSurefoot, match=said):
            open_link(board.port, board.timing)
        assert 2.0 <= board.now_s < 2.1
        assert not any(4 in data for data in board.received)


def test_a_busy_port(board: FakeBoard, link: Link) -> None:
    with pytest.raises(PortBusy, match="another program"):
        open_link(board.port, board.timing)
    assert link.info()


def test_no_such_port(tmp_path) -> None:
    with pytest.raises(PortMissing, match="There is no port /dev/ttyNONE9"):
        open_link("/dev/ttyNONE9")
    ordinary = tmp_path / "file"
    ordinary.write_bytes(b"")
    with pytest.raises(PortMissing, match="no serial port"):
        open_link(str(ordinary))
    with pytest.raises(PortMissing, match="no serial port"):
        open_link("nonsense://1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(PortMissing):
            open_link(f"socket://127.0.0.1:{free.getsockname()[1]}")


def test_failed_openings_let_go_of_the_port() -> None:
    with FakeBoard("mute") as board:
        with pytest.raises(NotSurefoot):
            open_link(board.port, board.timing)
        board.state = "run"
        with open_link(board.port, board.timing) as link:
            assert link.config is not None


# Commands


def test_a_trial_hands_over_every_byte_and_every_frame(board: FakeBoard, link: Link) -> None:
    received: list[bytes] = []
    link.sink = received.append
    config = link.start(rate_hz=200, frame="long")
    assert (config["rate_hz"], config["frame"], config["session"]) == (200, "long", 1)
    frames = poll_all(link, 0.5)
    assert link.ping() is not None
    assert link.event("heel lifted") == board.ticks()
    frames += poll_all(link, 0.2)
    end = link.stop()
    frames += link.poll()
    assert end is not None
    assert end["cells"] == board.index
    names = [f.name for f in frames]
    assert names[:2] == ["SCHEMA", "CONFIG"]
    assert names[-1] == "END"
    assert {"PONG", "EVENT"} <= set(names)
    index = [f.fields["index"] for f in frames if f.name == "DATA"]
    assert index == list(range(0, board.index, 2))
    again = Framer().feed(b"".join(received))
    assert plain(again) == plain(frames)
    assert link.bad_frames == 0


def test_refusals_carry_the_boards_reason(link: Link) -> None:
    with pytest.raises(Refused, match="rate must be 100 or 200") as caught:
        link.start(rate_hz=300)
    assert caught.value.reason == "rate must be 100 or 200"
    with pytest.raises(Refused, match="not streaming"):
        link.stop()
    link.start()
    with pytest.raises(Refused, match="already streaming"):
        link.start()
    assert link.stop() is not None


@pytest.mark.parametrize("text", ["x" * 80, "fuß", "two\nlines"])
def test_lines_the_wire_cannot_carry_are_not_sent(board: FakeBoard, link: Link, text: str) -> None:
    before = list(board.received)
    with pytest.raises(CommandInvalid):
        link.event(text)
    assert board.received == before


@pytest.mark.parametrize("word", ["info", "start", "event"])
def test_no_reply_is_said_and_what_streams_is_kept(board: FakeBoard, link: Link, word: str) -> None:
    if word != "start":
        link.start()
    board.ignore = {word}
    with pytest.raises(NoReply, match=word):
        {"info": link.info, "start": link.start, "event": lambda: link.event("x")}[word]()
    data = [f.fields["index"] for f in link.poll() if f.name == "DATA"]
    assert data == list(range(0, board.index, 2))
    assert bool(data) == (word != "start")


def test_stop_without_end_gives_up_after_a_while(board: FakeBoard, link: Link) -> None:
    link.start()
    board.ignore = {"stop"}
    began = link.timing.now_s()
    assert link.stop() is None
    assert 5.0 <= link.timing.now_s() - began < 5.1
    assert len(link.poll()) > 200


def test_a_stream_that_the_board_ended_is_not_stopped_again(board: FakeBoard, link: Link) -> None:
    link.start()
    board.config["streaming"] = False
    board.say(frame("END", (board.ticks(), 0, 10, 0, 5, 0, 1)))
    poll_all(link, 0.1)
    end = link.stop()
    assert end is not None
    assert wire.TABLE["reasons"][end["reason"]] == "fault"
    assert not any(b"stop" in data for data in board.received)


def test_ping_brackets_the_boards_stamps(board: FakeBoard, link: Link) -> None:
    board.now_s = wire.TICK_WRAP * 1e-6 - 0.0035  # the tick counter wraps between the two stamps
    heard: list[Ping] = []
    link.on_ping = heard.append
    ping = link.ping()
    assert ping is not None
    assert heard == [ping]
    assert ping.rx_us < wire.TICK_WRAP <= ping.tx_us == ping.rx_us + 1000
    assert ping.sent_s < ping.rx_us * 1e-6 < ping.tx_us * 1e-6 < ping.received_s


def test_a_lost_ping_is_none_and_a_late_one_still_counts(board: FakeBoard, link: Link) -> None:
    heard: list[Ping] = []
    link.on_ping = heard.append
    board.ignore = {"ping"}
    assert link.ping(0.2) is None
    board.say(frame("PONG", (1, 0, 5, 6)) + frame("PONG", (77, 0, 5, 6)))
    assert len(link.poll(0.1)) == 2
    assert [ping.nonce for ping in heard] == [1]


# Losing the board


def test_unplugged_mid_trial_keeps_everything_received(board: FakeBoard, link: Link) -> None:
    received: list[bytes] = []
    link.sink = received.append
    link.start()
    poll_all(link, 0.3)
    link.event("before")
    board.unplug()
    with pytest.raises(DeviceLost, match="what arrived before is kept"):
        link.info()
    kept = link.poll()
    assert kept[-1].text == "before"
    index = [f.fields["index"] for f in Framer().feed(b"".join(received)) if f.name == "DATA"]
    assert index == list(range(0, board.index, 2))
    for call in (link.poll, link.info, link.ping, lambda: link.send("stop"), link.stop):
        with pytest.raises(DeviceLost):
            call()


def test_a_restart_mid_trial_is_seen_even_behind_half_a_frame(board: FakeBoard, link: Link) -> None:
    link.start()
    before = len(poll_all(link, 0.1))
    board.config["streaming"] = False
    board.say(board.data()[:20] + b"\r\n" + BANNER)
    with pytest.raises(DeviceRestarted, match="restarted while measuring"):
        poll_all(link, 0.1)
    assert before > 2


def test_a_traceback_is_kept_as_text(board: FakeBoard, link: Link) -> None:
    link.start()
    board.say(b'\0Traceback (most recent call last):\r\n  File "main.py", line 9\r\nOSError: 5\r\n\0')
    poll_all(link, 0.1)
    assert "OSError: 5" in link.text
    assert link.bad_frames == 0


def test_silence_is_measured(board: FakeBoard, link: Link) -> None:
    link.start()
    poll_all(link, 0.1)
    assert link.silent_s < 0.03
    board.config["streaming"] = False
    poll_all(link, 1.0)
    assert 0.9 < link.silent_s < 1.1


# Real time, in a thread


def test_real_timing_over_pty_and_unplug(board: FakeBoard) -> None:
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            board.now_s += 0.002
            board.step(0.002)
        board.unplug()

    server = threading.Thread(target=serve)
    server.start()
    try:
        with open_link(board.port) as link:
            ping = link.ping()
            assert ping is not None
            assert ping.received_s > ping.sent_s
            link.start()
            frames: list[Frame] = []
            while len(frames) < 10:
                frames += link.poll(0.5)
            done.set()
            server.join()
            with pytest.raises(DeviceLost):
                poll_all(link, 60)
    finally:
        done.set()
        server.join()


def test_real_timing_over_tcp(board: FakeBoard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = b"".join(board.data() for _ in range(200))

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                asked = b""
                while b"info" not in asked:
                    asked += peer.recv(100)
                board.say = peer.sendall  # type: ignore[method-assign]
                board.greet()
                while b"start" not in asked:
                    asked += peer.recv(100)
                board.config["streaming"] = True
                board.greet()
                peer.sendall(stream)

        thread = threading.Thread(target=serve)
        thread.start()
        received: list[bytes] = []
        with open_link(f"socket://127.0.0.1:{server.getsockname()[1]}", REAL_TIMING) as link:
            link.sink = received.append
            link.start()
            with pytest.raises(DeviceLost):
                poll_all(link, 60)
        thread.join()
    assert b"".join(received).endswith(stream)
    assert len(received) < 40  # not byte by byte


def test_errors_are_one_family() -> None:
    assert all(
        issubclass(kind, LinkError) for kind in (PortMissing, PortBusy, NotSurefoot, WireMismatch, DeviceRestarted)
    )
