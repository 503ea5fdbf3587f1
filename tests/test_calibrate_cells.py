# SPDX-License-Identifier: MIT
"""The guided session of level 2 on the virtual board: weights are laid on as it says, and what goes wrong is said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surefoot import calibration, calibration_store, cells, cli
from surefoot.calibration_law import curve_force_n
from surefoot.clinic import calibrate_cells, cells_record, keyboard
from surefoot.clinic.calibrate_cells import Plan, plan_of
from surefoot.clinic.guide import Guide, guided, steps_of
from surefoot.device import link as links
from surefoot.device.link import open_link
from surefoot.device.virtual import electronics
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.electronics import Electronics
from surefoot.device.virtual.presses import Presses
from surefoot.errors import CalibrationError, DeviceLost, RecordingError
from surefoot.fit.cells import CellFit
from surefoot.fit.cells_record import LEFT_OUT_N
from surefoot.recording import read

pytest.importorskip("serial")
pytestmark = pytest.mark.long

GRAMS = "1000,4000,10000"
LAW = cells.load().law


def parts(**options: Any) -> Electronics:
    memory: dict[str, Any] = {"hysteresis_share": 0.01, "creep_share_per_decade": 0.03}
    return electronics.draw(4, LAW, **(memory | options))


@dataclass
class Hand:
    """Lays on what it is told to; `act` sees every line first, and where it answers True nothing else is done."""

    world: Presses
    answers: list[str] = field(default_factory=list)
    act: Callable[[Hand, str], bool | None] | None = None
    lines: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    on: str = ""

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def tell(self, text: str) -> None:
        self.lines.append(text)
        if self.act and self.act(self, text):
            return
        if text.startswith("Take everything off"):
            if self.on:
                self.world.lay(self.on, 0.0)
        elif found := re.search(r"Lay the puck on (\w+) alone, and ([\d.]+) kg", text):
            self.on = found.group(1)
            self.world.lay(self.on, float(found.group(2)), self.world.now_s + 1.0)
        elif found := re.match(r"([\d.]+) kg on it now", text):
            self.world.lay(self.on, float(found.group(1)), self.world.now_s + 1.0)

    def show(self, text: str, share: float) -> None:
        if text and text not in self.shown:
            self.shown.append(text)

    def ask(self, question: str, choices: tuple[str, ...] | None) -> str:
        self.lines.append(question)
        return self.answers.pop(0) if self.answers else ""


@dataclass
class Session:
    """What a session on a virtual board left."""

    hand: Hand
    paths: list[Path]
    done: tuple[CellFit, ...]
    stopped: str | None


def session(folder: Path, hand: Hand, plan: Plan, boards: list[VirtualBoard] | None = None) -> Session:
    paths: list[Path] = []
    with (
        VirtualBoard(hand.world, seed=4) as board,  # type: ignore[arg-type]
        open_link(board.port, board.timing()) as link,
    ):
        if boards is not None:
            boards.append(board)

        @contextmanager
        def opened(cell: str) -> Iterator[Guide]:
            path = folder / f"{len(paths)}-{cell}.sfr"
            utc = f"2026-01-02T03:{len(paths):02d}:00Z"
            head = {"evidence": cells_record.EVIDENCE, "cell": cell, "created_utc": utc, "foot_length_mm": 265.0}
            with guided(link, path, head, hand.tell, hand.ask, hand.show) as guide:
                paths.append(path)
                yield guide

        done, stopped = calibrate_cells.run(opened, plan, calibration.nominal(), hand.tell)
    return Session(hand, paths, done, stopped)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Session:
    hand = Hand(Presses(parts(), 4))
    return session(tmp_path_factory.mktemp("cells"), hand, plan_of(GRAMS, cells=("L3", "R6"), long_s=16.0))


def test_a_session_finds_the_cells_that_were_drawn(kept: Session):
    assert kept.stopped is None
    made = kept.hand.world.parts
    assert made.memory
    for found, k in zip(kept.done, (2, 13), strict=True):
        force = np.array([15.0, 40.0, 90.0])
        g = made.cell_gain[k] * (force / LAW.gain_n_per_siemens_exp) ** (1 / LAW.exponent)
        ratio = curve_force_n(found.curve, g) / force
        # The curve is of a load ten seconds old, by then risen by two decades of creep and more.
        assert np.ptp(ratio) < 0.01
        risen = 1 + 2.2 * made.memory.creep_share_per_decade[k]
        np.testing.assert_allclose(1 / ratio, risen, atol=0.015)
        assert found.hysteresis_share == pytest.approx(made.memory.hysteresis_share[k], abs=0.004)
        assert found.creep_share_per_decade == pytest.approx(made.memory.creep_share_per_decade[k], rel=0.2)


def test_a_session_says_where_it_is_and_what_it_found(kept: Session):
    said = kept.hand.said
    assert "Cell 1 of 2: L3, rear arch, medial." in said
    assert "Cell 2 of 2: R6, forefoot, lateral." in said
    assert re.search(r"L3: 3 loads, wrong by \d\.\d\d N, hysteresis \d\.\d%, creep \d\.\d% for each decade", said)
    assert any(re.match(r"L3 reads like 1\.\d+ kg, 4\.00 kg is awaited", text) for text in kept.hand.shown)
    assert "Again" not in said


def test_the_recordings_give_the_same_fit_again(kept: Session):
    found = cells_record.find(kept.paths)
    assert [one.cell for one in found.loads] == ["L3", "R6"]
    assert found.broken_off == ()
    record = cells_record.record_of(found, (), who="T01", body_weight_kg=70.0)
    assert record.curves
    for curve, one in zip((record.curves[2], record.curves[13]), kept.done, strict=True):
        assert curve
        np.testing.assert_allclose(curve.conductance_s, one.curve.conductance_s, rtol=1e-4)
        np.testing.assert_allclose(curve.force_n, one.curve.force_n)
    assert record.device == found.device != calibration.ANY
    assert record.made_insole
    assert set(record.made_insole.residuals[LEFT_OUT_N]) == {"L3", "R6"}
    assert record.made_insole.error["force_n"] > 0
    assert set(record.made_insole.residuals[cells_record.FILES]) == {"L3", "R6"}
    calibration.check(calibration.to_dict(record))
    keys = [step.key for step in steps_of(read(kept.paths[0]))]
    assert keys == ["L3-zero", "L3-1", "L3-2", "L3-3", "L3-4", "L3-5"]


def test_a_fit_repeated_is_the_same_record_and_a_later_session_builds_on_it(kept: Session, tmp_path: Path):
    first = cells_record.record_of(cells_record.find(kept.paths[:1]), ())
    calibration_store.save(first, tmp_path)
    again = cells_record.record_of(cells_record.find(kept.paths[:1]), calibration_store.records(tmp_path))
    assert again == first
    assert cells_record.undone(first) == tuple(name for name in calibration.CELLS if name != "L3")
    both = cells_record.record_of(cells_record.find(kept.paths[1:]), calibration_store.records(tmp_path))
    assert both.supersedes == first.id
    assert cells_record.undone(both) == tuple(name for name in calibration.CELLS if name not in ("L3", "R6"))
    together = cells_record.record_of(cells_record.find(kept.paths), ())
    assert together.curves == both.curves
    assert together.made_insole
    assert both.made_insole
    assert together.made_insole.evidence_sha256 == both.made_insole.evidence_sha256


def command(kept: Session, tmp_path: Path, *words: str) -> int:
    sources = [str(path) for path in kept.paths]
    return cli.main(["calibrate", "insole", "--level", "2", "--data", str(tmp_path), "--from", *sources, *words])


def test_the_command_makes_a_record_from_files(kept: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert command(kept, tmp_path, "--body-weight-kg", "70") == 0
    told = capsys.readouterr().out
    assert re.search(r"L3 +9\.8 to 98 +\d", told)
    assert re.search(r"wrong by \d\.\d% of body weight, \d+\.\d N", told)
    assert "Not done, and nominal as before: L1 L2 L4" in told
    assert "Open: foot gain and CoP map: none yet" in told
    (record,) = calibration_store.records(tmp_path)
    assert record.id in told
    assert command(kept, tmp_path, "--body-weight-kg", "70", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["record"] == record.id
    assert document["cells"]["curves"][2]["force_n"][0] == pytest.approx(9.807, abs=0.01)
    assert command(kept, tmp_path, "--body-weight-kg", "7") == 1
    assert "7 kg is nobody's weight" in capsys.readouterr().err
    assert calibration_store.records(tmp_path) == (record,)


def test_the_command_guides_at_a_board_and_goes_on_another_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    plain, data = links.open_link, tmp_path / "data"

    def run(words: str, *answers: str) -> tuple[int, Hand]:
        hand = Hand(Presses(parts(), 4), list(answers))

        def ask(self: keyboard.Keyboard, question: str, choices: tuple[str, ...] | None) -> Callable[[], str | None]:
            return lambda: hand.ask(question, choices)

        with VirtualBoard(hand.world, seed=4) as board, monkeypatch.context() as patch:  # type: ignore[arg-type]
            patch.setattr(keyboard.Keyboard, "tell", lambda self, text: hand.tell(text))
            patch.setattr(keyboard.Keyboard, "ask", ask)
            patch.setattr(links, "open_link", lambda port: plain(port, board.timing()))
            line = f"calibrate insole --level 2 --port {board.port} --data {data} --pair A1 {words}"
            return cli.main(line.split()), hand

    code, _ = run("--cells L3 --weights 1000,4000,10000")
    assert code == 1
    assert "How long is the insole" in capsys.readouterr().err
    code, hand = run("--size 42 --body-weight-kg 70", GRAMS, "s")
    assert code == 0
    assert "Cell 1 of 16: L1" in hand.said
    (first,) = calibration_store.records(data)
    assert cells_record.undone(first) == calibration.CELLS[1:]
    assert (first.pair.id, first.foot_length_mm) == ("A1", 265.0)
    assert "The session was stopped after a cell." in capsys.readouterr().out
    code, hand = run("--weights 1000,4000,10000", "s")
    assert code == 0
    assert "Cell 1 of 15: L2" in hand.said
    assert len(list(calibration_store.evidence_folder(data).glob("*.sfr"))) == 2
    latest = calibration.choose(calibration_store.records(data), first.device, "2100-01-01T00:00:00Z", "A1")
    assert latest
    assert cells_record.undone(latest) == calibration.CELLS[2:]
    code, _ = run("--weights 0,4000,10000")
    assert code == 1
    assert "0 kg is no load" in capsys.readouterr().err
    assert len(calibration_store.records(data)) == 2


def test_recordings_of_something_else_are_refused(kept: Session, tmp_path: Path):
    golden = Path(__file__).parent / "golden" / "recording-1-wire-2.sfr"
    with pytest.raises(CalibrationError, match="no recording of weights on single cells"):
        cells_record.find([golden])
    with pytest.raises(RecordingError, match="can't be read"):
        cells_record.find([tmp_path / "none.sfr"])
    cut = tmp_path / "cut.sfr"
    cut.write_bytes(kept.paths[0].read_bytes()[: kept.paths[0].stat().st_size * 2 // 3])
    with pytest.raises(CalibrationError, match="not one cell was done to the end"):
        cells_record.find([cut])
    assert cells_record.find([cut, kept.paths[1]]).broken_off == ("L3",)
    assert list(tmp_path.iterdir()) == [cut], "nothing half-written"


def test_a_cell_can_be_done_again_and_the_rest_another_time(tmp_path: Path):
    hand = Hand(Presses(parts(), 4), ["what", "a", "s"])
    left = session(tmp_path, hand, plan_of(GRAMS, cells=("L3", "R6"), long_s=5.0))
    assert left.stopped == "stopped after a cell"
    assert [path.name for path in left.paths] == ["0-L3.sfr", "1-L3.sfr"]
    assert [one.cell for one in left.done] == ["L3"]
    found = cells_record.find(left.paths)
    assert [one.cell for one in found.loads] == ["L3"]
    assert steps_of(read(left.paths[0])) == (), "what was done again does not count"
    assert any("L3 shows" in text or "still recovers" in text for text in hand.shown), "it waited for the cell"


def interrupting(text: str) -> Callable[[Hand, str], bool | None]:
    def act(hand: Hand, line: str) -> bool | None:
        if text in line:
            raise KeyboardInterrupt
        return None

    return act


def test_ctrl_c_keeps_the_cells_that_were_done(tmp_path: Path):
    hand = Hand(Presses(parts(), 4), act=interrupting("Lay the puck on R6"))
    left = session(tmp_path, hand, plan_of(GRAMS, cells=("L3", "R6"), long_s=5.0))
    assert left.stopped == "stopped during R6"
    assert [one.cell for one in left.done] == ["L3"]
    found = cells_record.find(left.paths)
    assert [one.cell for one in found.loads] == ["L3"]
    assert found.broken_off == ("R6",)


def lays_another(kg: float, instead: str) -> Callable[[Hand, str], bool | None]:
    def act(hand: Hand, line: str) -> bool | None:
        if line.startswith(instead):
            hand.world.lay(hand.on, kg, hand.world.now_s + 1.0)
            return True
        return None

    return act


@pytest.mark.parametrize(
    ("made", "act", "words"),
    [
        (parts(dead=("L3",)), None, r"L3 does not answer \(0\.0 of 9\.8 N\)"),
        (parts(swapped=(("L3", "L6"),)), None, "L6 answers where L3 is pressed"),
        (parts(), lays_another(5.0, "10 kg"), r"L3 reads like [45]\.\d+ kg, 10\.00 kg is awaited"),
        (parts(), lays_another(1.0, "4 kg"), r"L3 reads like 1\.\d+ kg, 4\.00 kg is awaited"),
    ],
)
def test_what_goes_wrong_with_a_cell_is_said_and_the_next_is_gone_on_with(tmp_path: Path, made, act, words):
    hand = Hand(Presses(made, 4), act=act)
    left = session(tmp_path, hand, plan_of(GRAMS, cells=("L3",), long_s=5.0, patience_s=12.0))
    assert re.search(words, hand.said)
    assert "leave this cell for another time" in hand.said
    assert left.done == ()
    assert left.stopped is None
    with pytest.raises(CalibrationError, match="not one cell was done"):
        cells_record.find(left.paths)


def test_a_board_that_is_lost_ends_the_session_in_words_and_keeps_the_evidence(tmp_path: Path):
    hand = Hand(Presses(parts(), 4))
    boards: list[VirtualBoard] = []

    def act(hand: Hand, line: str) -> bool | None:
        if line.startswith("4 kg"):
            boards[0].unplug()
        return None

    hand.act = act
    with pytest.raises(DeviceLost, match="unplugged"):
        session(tmp_path, hand, plan_of(GRAMS, cells=("L3",)), boards=boards)
    (path,) = tmp_path.glob("*.sfr")
    assert [step.key for step in steps_of(read(path))] == ["L3-zero", "L3-1"]


@pytest.mark.parametrize(
    ("grams", "words"),
    [
        ("500,1000,abc", "are no weights"),
        ("500,1000", "2 different weights are too few"),
        ("0,1000,2000", "0 kg is no load"),
        ("1000,2000,500000", "500 kg is no load"),
        ("", "0 different weights"),
    ],
)
def test_weights_that_can_not_be_are_refused_before_anything_begins(grams: str, words: str):
    with pytest.raises(CalibrationError, match=words):
        plan_of(grams)


def test_the_way_down_leaves_out_what_creep_would_hide():
    plan = plan_of("10000, 500; 1000,2000,5000")
    assert plan.way == (0.5, 1.0, 2.0, 5.0, 10.0, 5.0, 2.0, 1.0)
    assert plan_of(GRAMS, 50.0).puck_kg == 0.05
    with pytest.raises(CalibrationError, match="no cell 'L9'"):
        plan_of(GRAMS, cells=("L9",))
