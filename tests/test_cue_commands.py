# SPDX-License-Identifier: MIT
"""`surefoot walk check` and `surefoot walk cue` on the virtual board: what is kept, what is refused, what sounds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surefoot import calibration_store, cli
from surefoot.calibration import sealed
from surefoot.calibration_law import counts_of
from surefoot.clinic import walk_cue
from surefoot.clinic.walk_values import ScaleCheck
from surefoot.clinic.walks_folder import keep_walker, walker_of, walks_folder, walks_of
from surefoot.device import link as links
from surefoot.device.virtual import VIRTUAL_ID
from surefoot.device.virtual.board import VirtualBoard
from surefoot.recording import read
from test_calibration import record

pytest.importorskip("termios", reason="no pseudo terminals on Windows")
DEVICE = f"{VIRTUAL_ID}0001"
RECORD = sealed(replace(record(), device=DEVICE, wearer=None))
KG = 30.6  # 300 N
ASKED = ["--weight-bearing", "left=full,right=full"]
Run = Callable[..., tuple[int, str]]


class Stander:
    """Somebody who stands on both insoles, with so many newtons on each."""

    def __init__(self) -> None:
        self.feet_n = (150.0, 150.0)

    def slots(self, first: int, n: int) -> bytes:
        cells = np.rint(counts_of(np.repeat(self.feet_n, 8) / 8, RECORD)).astype("<u2")
        return (cells.tobytes() + np.array([0, 0, 1_000_000, 0, 0, 0], "<i4").tobytes()) * n


@pytest.fixture
def person(tmp_path: Path) -> Path:
    """A data folder with the record of the board's insoles."""
    calibration_store.save(RECORD, tmp_path)
    return tmp_path


@contextmanager
def on_board(
    monkeypatch: pytest.MonkeyPatch, data: Path, capsys: pytest.CaptureFixture[str], board: str = "esp32-devkit"
) -> Iterator[tuple[Run, Any, Stander]]:
    """Runs a command on a virtual board that goes on between two of them; the board, who stands."""
    world = Stander()
    with VirtualBoard(world, seed=1, board=board, log_bytes=1 << 18) as made, monkeypatch.context() as patch:
        patch.setattr("surefoot.device.ports.choose_port", lambda wanted=None: made.port)
        opened = links.open_link
        patch.setattr(links, "open_link", lambda port: opened(port, made.timing()))

        def run(*words: str, data: Path | None = data) -> tuple[int, str]:
            code = cli.main([*words, *(() if data is None else ("--data", str(data)))])
            told = capsys.readouterr()
            return code, told.out + told.err

        yield run, made, world


def interrupted(poll: Callable[..., Any]) -> Callable[..., Any]:
    """Ctrl-C a second after the cue has begun."""

    walked = 0

    def polled(link: Any, seconds: float) -> Any:
        nonlocal walked
        if seconds <= 0.02 and (walked := walked + 1) > 50:
            raise KeyboardInterrupt
        return poll(link, seconds)

    return polled


def test_from_a_scale_to_a_cued_walk(person: Path, monkeypatch, capsys) -> None:
    with on_board(monkeypatch, person, capsys) as (run, board, _):
        code, said = run("walk", "cue", "--person", "P001", "--cadence", "100")
        assert (code, "Nobody has asked yet" in said) == (1, True)
        code, said = run("walk", "check", "--person", "P001", *ASKED)
        assert (code, "left full, right full" in said) == (0, True)
        code, said = run("walk", "cue", "--person", "P001", "--cadence", "100")
        assert (code, "not been compared with a scale" in said) == (1, True)

        code, said = run("walk", "check", "--person", "P001", "--scale-kg", "40")
        assert (code, "Calibrate the insoles" in said) == (1, True), "24 % off"
        code, said = run("walk", "cue", "--person", "P001", "--cadence", "100")
        assert (code, "calibrate them" in said) == (1, True)
        code, said = run("walk", "check", "--person", "P001", "--scale-kg", str(KG), "--json")
        assert code == 0
        document = json.loads(
            said.splitlines()[0] if said.startswith("{") else said[said.index("{") : said.index("}}") + 2]
        )
        assert document["last_check"]["share"] == pytest.approx(1, abs=0.03)
        assert [one.device for one in walker_of(person, "P001").checks] == [DEVICE, DEVICE]
        assert board.tones == []

        code, said = run("walk", "cue", "--person", "P001", "--cadence", "120", "--sides", "--minutes", "0.1")
        assert code == 0, said
        assert "symmetry training" in said
        begun = [us for us, hz in board.tones if hz]
        assert len(begun) >= 10
        assert np.diff(begun).mean() == pytest.approx(500_000, abs=500)
        assert board.tones[-1][1] == 0
        assert walk_cue.notes(read(walks_folder(person, "P001") / f"{walks_of(person, 'P001')[0].name}.sfr"))[
            0
        ].startswith("Cued at 120 steps/min, left and right told apart")

        with monkeypatch.context() as patch:
            patch.setattr(links.Link, "poll", interrupted(links.Link.poll))
            code, said = run("walk", "cue", "--person", "P001", "--cadence", "120", "--json")
        assert (code, "stand still again before it ends" in said) == (0, True)
        told = json.loads(said[said.index("{") : said.index("}") + 1])
        assert told["asked_minutes"] == 5
        assert 0.01 < told["minutes"] < 0.2, "as long as it was walked"
        kept = read(Path(told["recording"]))
        assert kept.head["live"]
        assert kept.samples["cells"].expected / 100 > 60 * told["minutes"] - 1
        assert walk_cue.notes(kept)[0].startswith("Cued at 120 steps/min: this is training")
        assert len(walks_of(person, "P001")) == 2, "the next sync analyses them"
        assert board.tones[-1][1] == 0


def test_into_the_log_and_off(person: Path, monkeypatch, capsys) -> None:
    with on_board(monkeypatch, person, capsys) as (run, board, _):
        assert run("walk", "check", "--person", "P001", *ASKED, "--scale-kg", str(KG))[0] == 0
        code, said = run("walk", "cue", "--person", "P001", "--cadence", "90", "--minutes", "1", "--log")
        assert (code, "Log 1 has begun" in said) == (0, True), said
        assert "logs walk 1" in run("walk", "cue", "--person", "P001", "--cadence", "90")[1]
        code, said = run("log", "list", data=None)
        assert (code, "logging walk 1: end it with its button or with `surefoot log stop`" in said) == (1, True), said
        code, said = run("walk", "cue", "--off")
        assert (code, "Log 1 is closed" in said) == (0, True)
        assert len([us for us, hz in board.tones if hz]) >= 3
        n = len(board.tones)
        board.advance(1.5)
        assert len(board.tones) == n
        assert "silent" in run("walk", "cue", "--off")[1]


def test_a_restriction_and_a_board_without_the_part(person: Path, monkeypatch, capsys) -> None:
    with on_board(monkeypatch, person, capsys, board="esp32-mux") as (run, board, world):
        assert run("walk", "check", "--person", "P001", *ASKED, "--scale-kg", str(KG))[0] == 0
        assert "no buzzer" in run("walk", "cue", "--person", "P001", "--cadence", "100")[1]
        run("walk", "check", "--person", "P001", "--weight-bearing", "right=restricted")
        assert "restricted on the right leg" in run("walk", "cue", "--person", "P001", "--cadence", "100")[1]
        world.feet_n = (300.0, 0.0)
        before = walker_of(person, "P001")
        code, said = run("walk", "check", "--person", "P001", "--scale-kg", str(KG))
        assert (code, "of the load is on the right foot" in said) == (1, True)
        assert walker_of(person, "P001") == before, "what is no standing is not kept"
        assert board.tones == []


def test_wrong_calls_and_a_board_nobody_calibrated(tmp_path: Path, monkeypatch, capsys) -> None:
    with on_board(monkeypatch, tmp_path, capsys) as (run, _, _):
        assert "nothing was asked" in run("walk", "check", "--person", "P001")[1]
        assert "no weight of a person" in run("walk", "check", "--person", "P001", "--scale-kg", "712")[1]
        assert "is no answer" in run("walk", "check", "--person", "P001", "--weight-bearing", "left=half")[1]
        assert "calibrate them first" in run("walk", "check", "--person", "P001", "--scale-kg", "70")[1]
        assert "Give --person and --cadence" in run("walk", "cue")[1]
        for minutes in ("nan", "-1", "0", "inf"):
            said = run("walk", "cue", "--person", "P001", "--cadence", "100", "--minutes", minutes)[1]
            assert f"--minutes {minutes} is no length of a walk" in said
        walker = replace(walker_of(tmp_path, "P001"), weight_bearing_left="full", weight_bearing_right="full")
        keep_walker(tmp_path, replace(walker, checks=(ScaleCheck("2099-01-01T00:00:00Z", DEVICE, 700.0, 700.0),)))
        assert "lies in the future" in run("walk", "cue", "--person", "P001", "--cadence", "100")[1]
