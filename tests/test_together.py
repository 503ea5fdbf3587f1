# SPDX-License-Identifier: MIT
"""Two boards at once: one host clock, two crystals that err, and a bound that the truth never leaves."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fakeboard import FakeBoard
from flatworld import FlatWorld
from pairs import EventWorld, Lockstep, rises_s
from sessions import Teller, short_protocol
from surefoot import cli, wire
from surefoot.care.protocol import load_protocol
from surefoot.clinic.scoring import score_folder
from surefoot.clinic.session import Setup, run_protocol
from surefoot.clinic.together import Recorded, State, parse_ports, record_together
from surefoot.decode import Decoded
from surefoot.device.clock_limits import STANDING
from surefoot.device.link import Link, Timing, open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.errors import ClockError, DeviceLost, NoReply, RecordingError
from surefoot.recording import read
from surefoot.signals_together import Together, together

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no pseudo terminals on Windows")

EVENTS_S = 1000.0 + np.cumsum([4.1, 2.37, 3.11, 2.9, 3.53, 2.71, 3.3])
# The clock of each board over a recording: seconds after its start, and the rate from there on.
DRIFTS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "left": ((0, 100), (5, -100), (9, 60), (14, 100), (19, -100)),
    "right": ((0, -100), (3, 100), (12, -100), (13, 100), (20, -80)),
}


@dataclass
class Pair:
    """Two boards in lockstep, greeted."""

    worlds: dict[str, EventWorld]
    boards: dict[str, VirtualBoard]
    links: dict[str, Link]
    out: Path

    def record(
        self, seconds: float, act: Callable[[State], None] = lambda state: None, **options: Any
    ) -> tuple[Recorded, list[str]]:
        said: list[str] = []
        made = record_together(
            self.links,
            self.out,
            "P001",
            seconds,
            act,
            say=said.append,
            utc_now=lambda: "2026-01-01T00:00:00Z",
            **options,
        )
        return made, said

    def decoded(self, made: Recorded) -> dict[str, Decoded]:
        return {role: read(path) for role, path in made.recordings.items()}


@contextmanager
def pair(out: Path, boot_us: int = 0) -> Iterator[Pair]:
    worlds = {role: EventWorld(EVENTS_S) for role in ("left", "right")}
    with ExitStack() as stack:
        boards: dict[str, VirtualBoard] = {}
        for seed, (role, world) in enumerate(worlds.items()):
            world.board = VirtualBoard(world, seed=seed, boot_us=boot_us if role == "right" else 0)
            world.board.drift(DRIFTS[role][0][1])
            boards[role] = stack.enter_context(world.board)
        step = Lockstep(*boards.values())
        links = {role: stack.enter_context(open_link(board.port, step.timing(board))) for role, board in boards.items()}
        yield Pair(worlds, boards, links, out)


@dataclass
class Walk:
    """A recording with drifts, and what was true."""

    decoded: dict[str, Decoded]
    axis: Together
    truth: dict[str, tuple[np.ndarray, np.ndarray]]  # device us, host s
    states: list[State]
    said: list[str]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    boot_us = wire.TICK_WRAP - 12_000_000  # the right board's ticks wrap while it records
    with pair(tmp_path_factory.mktemp("walk") / "out", boot_us) as both:
        states: list[State] = []
        left = {role: list(steps[1:]) for role, steps in DRIFTS.items()}

        def act(state: State) -> None:
            states.append(state)
            for role, steps in left.items():
                while steps and steps[0][0] <= state.passed_s:
                    both.boards[role].drift(steps.pop(0)[1])

        made, said = both.record(24.0, act)
        assert not made.errors
        assert not any(left.values())
        decoded = both.decoded(made)
        truth = {}
        for role, world in both.worlds.items():
            slots = np.array(sorted(world.truth))
            offset_us = boot_us if role == "right" else 0
            truth[role] = (slots * 1000.0 + offset_us, np.array([world.truth[slot] for slot in slots]))
    return Walk(decoded, together(decoded), truth, states, said)


def test_each_board_is_recorded_whole_and_they_begin_and_end_together(walk: Walk) -> None:
    for role, decoded in walk.decoded.items():
        assert decoded.complete
        assert decoded.bad_frames == 0
        assert decoded.samples["cells"].lost == 0
        assert decoded.samples["cells"].expected == pytest.approx(2400, abs=30)
        assert decoded.head["role"] == role
        assert set(decoded.head["together"]["boards"]) == {"left", "right"}
        assert len(decoded.pings) > 35
    starts = [walk.axis.cells_s[role][0] for role in walk.decoded]
    ends = [walk.axis.cells_s[role][-1] for role in walk.decoded]
    assert abs(starts[0] - starts[1]) < 0.1
    assert abs(ends[0] - ends[1]) < 0.1
    assert walk.said == []
    assert walk.axis.warnings == ()


def test_the_true_error_of_each_clock_is_inside_its_bound_though_rates_step_and_ticks_wrap(walk: Walk) -> None:
    for role, (device_us, host_s) in walk.truth.items():
        made = walk.axis.clocks[role]
        assert made.breaks == made.doubts == ()
        error = np.abs(made.to_host_s(device_us) - host_s)
        assert np.all(error <= made.bound_at_s(device_us))
        within = (device_us >= made.first_us) & (device_us <= made.last_us)
        assert np.max(error[within]) <= made.bound_s < 0.003
    assert walk.truth["right"][0].min() < wire.TICK_WRAP < walk.axis.clocks["right"].last_us


def test_an_event_that_both_felt_is_at_one_time_on_the_axis(walk: Walk) -> None:
    at = {role: rises_s(decoded.samples["cells"], walk.axis.cells_s[role]) for role, decoded in walk.decoded.items()}
    assert len(at["left"]) == len(at["right"]) >= 6
    apart = np.abs(at["left"] - at["right"])
    bound = walk.axis.bound_at_s("left", "right", at["left"])
    assert np.all(apart <= bound)
    assert np.all(bound <= walk.axis.bound_s)
    assert walk.axis.bound_s < 0.005
    assert walk.axis.doubt() is None


def test_the_bound_is_told_while_it_records_and_kept(walk: Walk) -> None:
    told = [bound for state in walk.states for bound in state.bounds_s.values()]
    assert all(0 < bound < 0.005 for bound in told)
    for decoded in walk.decoded.values():
        stop = next(note for note in decoded.notes if note["note"] == "stop")
        assert stop["reason"] == "complete"
        assert 0 < stop["clock_bound_s"] < 0.005


def test_an_unplugged_board_ends_its_own_recording_only(tmp_path: Path) -> None:
    with pair(tmp_path / "out") as both:

        def act(state: State) -> None:
            if state.passed_s > 3 and not state.lost:
                both.boards["left"].unplug()

        made, said = both.record(6.0, act)
        decoded = both.decoded(made)
    assert set(made.errors) == {"left"}
    assert isinstance(made.errors["left"], DeviceLost)
    assert len(said) == 1
    assert said[0].startswith("left: ")
    assert said[0].endswith("Still recording: right.")
    stop = next(note for note in decoded["left"].notes if note["note"] == "stop")
    assert stop["reason"] == "unplugged"
    assert 2.8 < len(decoded["left"].samples["cells"].index) / 100 < 3.3
    assert decoded["right"].complete
    assert len(decoded["right"].samples["cells"].index) == pytest.approx(600, abs=30)
    axis = together(decoded)
    assert axis.end_s == pytest.approx(3.0, abs=0.3)


def test_a_silent_board_is_given_up_and_the_other_goes_on(tmp_path: Path) -> None:
    with pair(tmp_path / "out") as both:
        real, quiet = both.links["right"].timing, False

        def hear(port: object, timeout_s: float) -> bytes:
            data = real.read(port, timeout_s)
            return b"" if quiet else data

        both.links["right"].timing = Timing(real.now_s, hear)

        def act(state: State) -> None:
            nonlocal quiet
            quiet = state.passed_s > 2

        made, said = both.record(7.0, act)
        decoded = both.decoded(made)
    assert isinstance(made.errors["right"], NoReply)
    assert "right: " in said[-1]
    assert "Still recording: left." in said[-1]
    assert decoded["left"].complete
    assert decoded["left"].samples["cells"].lost == 0


def test_ctrl_c_ends_all_and_keeps_all(tmp_path: Path) -> None:
    with pair(tmp_path / "out") as both:

        def act(state: State) -> None:
            if state.passed_s > 2:
                raise KeyboardInterrupt

        made, _ = both.record(60.0, act)
        assert not made.errors
        for decoded in both.decoded(made).values():
            assert decoded.complete
            assert next(note for note in decoded.notes if note["note"] == "stop")["reason"] == "observer"
        assert all(not link.info()["streaming"] for link in both.links.values())


# What can't be put together


def test_recordings_that_were_not_made_together_are_refused(walk: Walk) -> None:
    left = walk.decoded["left"]
    with pytest.raises(ClockError, match="not made together"):
        together({"left": left})
    alien = replace(left, notes=({**left.head, "together": {"id": "other"}}, *left.notes[1:]))
    with pytest.raises(ClockError, match="not made together"):
        together({"left": left, "right": alien})
    with pytest.raises(ClockError, match="right: the board answered no ping"):
        together({"left": left, "right": replace(walk.decoded["right"], pings=())})


def test_a_board_that_restarted_is_refused_in_words(walk: Walk) -> None:
    right = walk.decoded["right"]
    begun_us = right.pings[20].rx_us - 500_000
    anew = [
        ping._replace(rx_us=ping.rx_us - begun_us, tx_us=ping.tx_us - begun_us) if k >= 20 else ping
        for k, ping in enumerate(right.pings)
    ]
    with pytest.raises(ClockError, match="right: The board restarted"):
        together({"left": walk.decoded["left"], "right": replace(right, pings=tuple(anew))})


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["left=/dev/a"], "no pair"),
        (["left=/dev/a", "left=/dev/b"], "second time"),
        (["left=/dev/a", "right=/dev/a"], "second time"),
        (["left=/dev/a", "/dev/b"], "role=port"),
        (["left=/dev/a", "head=/dev/b"], "left, right, waist"),
    ],
)
def test_roles_are_asked_for_in_words(texts: list[str], said: str) -> None:
    with pytest.raises(RecordingError, match=said):
        parse_ports(texts)


def test_a_socket_is_a_port_too() -> None:
    assert parse_ports(["left=socket://127.0.0.1:1", "waist=COM3"]) == {
        "left": "socket://127.0.0.1:1",
        "waist": "COM3",
    }


# The command, on the wall clock


def test_the_command_records_two_live_boards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    with VirtualBoard(FlatWorld(), live=True, seed=1) as one, VirtualBoard(FlatWorld(), live=True, seed=2) as two:
        words = ["together", "--json", "--port", f"left={one.port}", "--port", f"right={two.port}"]
        code = cli.main([*words, "--person", "P001", "--out", str(out), "--seconds", "3"])
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert code == 0, said.err
    assert document["errors"] == {}
    assert 0 < document["bound_s"] < math.inf
    for role, path in document["recordings"].items():
        decoded = read(Path(path))
        assert decoded.complete
        assert decoded.head["role"] == role
        assert decoded.head["simulated"]
    assert "clocks agree within" in said.err


def test_two_ports_for_one_protocol_are_no_silent_choice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["record", "--port", "a", "--port", "b", "--person", "P001", "--out", str(tmp_path / "out")]
    assert cli.main(words) == 2
    assert "surefoot together" in capsys.readouterr().err


# One board under a protocol: the bound is shown, kept, and doubted where it is too wide


@pytest.mark.parametrize(("delay_s", "doubted"), [(0.001, False), (0.02, True)])
def test_a_slow_line_is_told_kept_and_doubted(tmp_path: Path, delay_s: float, doubted: bool) -> None:
    path = short_protocol(tmp_path, 2.0)
    teller = Teller()
    with FakeBoard() as board:
        board.delay_s = delay_s
        with open_link(board.port, board.timing) as link:
            outcome = run_protocol(link, load_protocol(path), Setup("P001", tmp_path / "session"), teller)
    shown = [moment.clock_s for moment in teller.moments if moment.kind == "progress"]
    assert all(bound is not None and (bound > STANDING.limit_s) == doubted for bound in shown)
    stop = next(note for note in read(outcome.recordings[0]).notes if note["note"] == "stop")
    assert stop["clock_bound_s"] == pytest.approx(max(bound for bound in shown if bound is not None), abs=1e-6)
    trial = score_folder(tmp_path / "session", given_protocol=str(path))[0]["trials"][0]
    assert (trial["clock"]["bound_s"] > STANDING.limit_s) == doubted
    assert any("standing needs 10 ms" in text for text in trial["warnings"]) == doubted
