# SPDX-License-Identifier: MIT
"""The guided level-1 session on the virtual board: what is found, what is refused, and that nothing is half-written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leaning import Actor, Standing, leaner, session, standing
from surefoot import calibration, calibration_store, cli
from surefoot.calibration import SIDES, Calibration
from surefoot.calibration_law import loads
from surefoot.clinic import calibrate_insole, insole_record
from surefoot.clinic.guide import Guide, guided
from surefoot.clinic.guide_steps import Taken
from surefoot.clinic.insole_steps import FREE, SUPPORTED, WEARER, judge, tasks
from surefoot.device import link as links
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.leans import Pose
from surefoot.errors import CalibrationError, DeviceLost, SurefootError
from surefoot.fit.leans import zero_counts
from surefoot.physics import GRAVITY_MS2
from surefoot.recording import read

pytest.importorskip("serial")
pytestmark = pytest.mark.long

UTC = "2026-01-02T03:04:05Z"
LATER = "2026-01-03T03:04:05Z"
OPEN = links.open_link


@contextmanager
def on_board(path: Path, who: Standing, **head: Any) -> Iterator[tuple[Guide, VirtualBoard]]:
    told = {"evidence": insole_record.EVIDENCE, "created_utc": UTC} | head
    with (
        VirtualBoard(who.world, seed=4) as board,
        OPEN(board.port, board.timing()) as link,
        guided(link, path, told, who.tell, who.ask, who.show) as guide,
    ):
        yield guide, board


def take(
    path: Path, who: Standing, form: str, records: tuple[Calibration, ...] = (), patience_s: float = 25.0, **head: Any
) -> None:
    with on_board(path, who, **head) as (guide, board):
        length = who.world.person.insole_length_m * 1e3
        utc = head.get("created_utc", UTC)
        base = insole_record.base_of(records, board.unique_id, utc, foot_length_mm=length)
        calibrate_insole.run(guide, form, base, patience_s=patience_s)


def record_of(path: Path, records: tuple[Calibration, ...] = ()) -> insole_record.Found:
    return insole_record.record_of(insole_record.session_of(path), records, "T01", draws=10)


def unrecorded(form: str, seed: int = 71, **parts: Any) -> insole_record.Session:
    """A session as it would be read from a recording, without firmware and wire between."""
    actor = Actor(leaner(seed, **parts))
    taken = session(actor, form, rate_hz=25.0)
    length = actor.world.person.insole_length_m * 1e3
    steps = tuple((values, counts) for _, values, counts in taken[1:])
    return insole_record.Session("f00d", UTC, "0" * 64, form, {}, length, actor.kg, taken[0][2], steps, False)


@dataclass
class Kept:
    path: Path
    who: Standing
    found: insole_record.Found


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    path = tmp_path_factory.mktemp("insole") / "free.sfr"
    who = Standing(leaner(71), FREE)
    take(path, who, FREE, wearer="P001")
    return Kept(path, who, record_of(path))


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    path = tmp_path_factory.mktemp("insole") / "healthy.sfr"
    who = Standing(leaner(72), FREE)
    take(path, who, FREE, healthy=True)
    return Kept(path, who, record_of(path))


def test_force_and_place_of_fresh_standing_are_right_within_the_claimed_error(kept: Kept):
    made = kept.found.record.made_insole
    assert made
    counts, cop, load = standing(kept.who, rate_hz=20.0)
    seen = loads(counts, kept.found.record)
    for f, side in enumerate(SIDES):
        off = np.abs(seen.foot_force_n[:, f] - load[:, f]) / (kept.who.kg * GRAVITY_MS2)
        assert np.percentile(off, 90) < made.error["force_share_bw"][side] < 0.1
        for axis in (0, 1):
            off_mm = 1e3 * np.abs(seen.foot_cop_m[:, f, axis] - cop[:, f, axis])
            assert np.percentile(off_mm, 80) < made.error["cop_mm"][side][axis] < 6.0


def test_the_record_says_how_it_was_made(kept: Kept):
    record, made = kept.found.record, kept.found.record.made_insole
    assert made
    assert (record.created_utc, record.wearer, made.who, made.level) == (UTC, "P001", "T01", 1)
    assert made.method == "level 1: body weight on one foot and on both, leans over a rod"
    assert made.expires_utc == "2026-02-06T03:04:05Z"
    assert made.residuals["not_fitted"] == []
    assert made.residuals["swaps_not_told"] == []
    assert made.residuals["body_weight_kg"] == pytest.approx(kept.who.kg, abs=0.05)
    assert record.pair.eu_size == pytest.approx(round(record.pair.eu_size or 0), abs=0.01)
    assert kept.found.notes == ()
    assert calibration.check(calibration.to_dict(record)) == record
    np.testing.assert_allclose(record.exponent, kept.who.world.electronics.law.exponent, rtol=0.08)


def test_a_fit_repeated_gives_the_same_record(kept: Kept, tmp_path: Path):
    assert record_of(kept.path).record == kept.found.record
    calibration_store.save(kept.found.record, tmp_path)
    assert record_of(kept.path, calibration_store.records(tmp_path)).record == kept.found.record


def test_somebody_who_is_still_on_the_way_is_waited_for(kept: Kept):
    assert any("rocks" in text for text in kept.who.shown), "the plank did rock at first"
    assert any("moved" in text for text in kept.who.shown)


def test_the_supported_form_never_uses_body_weight(tmp_path: Path):
    who = Standing(leaner(73), SUPPORTED, answers={"Weight": ["90"]})  # whatever: it is nobody's business here
    take(tmp_path / "s.sfr", who, SUPPORTED)
    found = record_of(tmp_path / "s.sfr")
    counts, _, load = standing(who, rate_hz=20.0)
    seen = loads(counts, found.record).foot_force_n
    assert "hands free" not in who.said
    assert np.median(np.abs(seen / load - 1)) < 0.08
    assert found.record.made_insole
    assert found.record.made_insole.method.startswith("level 1, supported: a scale under each foot, leans over a rod")


def test_without_a_plank_the_supported_form_leaves_the_place_as_it_was_and_says_so(tmp_path: Path):
    who = Standing(leaner(73), SUPPORTED, answers={"plank that rocks": ["no"]})
    take(tmp_path / "s.sfr", who, SUPPORTED)
    assert "the centre of pressure stays as it was" in who.said
    record = record_of(tmp_path / "s.sfr").record
    assert record.cop_gain == calibration.nominal().cop_gain
    assert record.made_insole
    assert len(record.made_insole.residuals["not_fitted"]) == 4
    assert len(record.made_insole.residuals["swaps_not_told"]) == 56
    assert "cop_mm" not in record.made_insole.error


def test_the_wearer_adds_their_own_leans_and_keeps_the_rest(healthy: Kept, tmp_path: Path):
    first = healthy.found.record
    assert first.wearer is None
    assert first.made_insole
    assert "healthy" in first.made_insole.method
    same_parts = leaner(72)
    other = leaner(74)
    person = replace(other.person, insole_length_m=same_parts.person.insole_length_m)
    world = type(other)(person, same_parts.electronics, 74)
    who = Standing(world, WEARER)
    take(tmp_path / "w.sfr", who, WEARER, (first,), created_utc=LATER, wearer="P007")
    found = record_of(tmp_path / "w.sfr", (first,))
    record = found.record
    kept = replace(first, cop_gain=record.cop_gain, cop_offset_mm=record.cop_offset_mm, wearer="P007")
    assert replace(record, made_insole=None, id="", created_utc="") == replace(
        kept, made_insole=None, id="", created_utc=""
    )
    assert record.cop_offset_mm != first.cop_offset_mm
    assert record.made_insole
    assert first.id in record.made_insole.method
    assert set(record.made_insole.error["force_share_bw"]) == set(SIDES), "the forces' error is that of before"
    counts, cop, _ = standing(who, rate_hz=20.0)
    before, after = (np.abs(loads(counts, one).foot_cop_m - cop).mean() for one in (first, record))
    assert after < before
    # For others the record of before still counts.
    assert calibration.choose((first, record), record.device, LATER) == first
    assert calibration.choose((first, record), record.device, LATER, wearer="P007") == record


def test_a_wearer_needs_somebodys_forces():
    with pytest.raises(CalibrationError, match=r"healthy person of that shoe size do level 1 first"):
        insole_record.record_of(unrecorded(WEARER), ())


@pytest.mark.parametrize("typed", ["0", "500", "19.9", "-70", "seventy", "", "nan", "inf", "1e400"])
def test_a_weight_of_nobody_is_asked_again(tmp_path: Path, typed: str):
    lines: list[str] = []

    class Asked:
        recorder = type("R", (), {"note": lambda self, kind, **values: lines.append(f"{kind} {values}")})()
        answers = iter((typed, " 72,5 kg "))

        def ask(self, question: str) -> str:
            return next(self.answers)

        def tell(self, text: str) -> None:
            lines.append(text)

    assert calibrate_insole.weight(Asked()) == 72.5  # type: ignore[arg-type]
    assert "kilograms" in lines[0]
    assert lines[-1] == "weight {'kg': 72.5, 'again': False}"


def test_a_wrong_weight_is_doubted_and_asked_again(tmp_path: Path):
    who = Standing(leaner(71), FREE)
    who.answers["Weight"] = [f"{2.3 * who.kg:.1f}", f"{who.kg:.1f}"]  # pounds
    stop_after(who, "Stand on the left")
    with pytest.raises(KeyboardInterrupt):
        take(tmp_path / "x.sfr", who, FREE)
    assert "does not go with the insoles" in who.said
    assert [note["kg"] for note in read(tmp_path / "x.sfr").notes if note.get("note") == "weight"] == pytest.approx(
        [2.3 * who.kg, who.kg], abs=0.05
    )


def test_with_a_record_a_smaller_mistake_is_doubted(kept: Kept, tmp_path: Path):
    who = Standing(leaner(71), FREE)
    who.answers["Weight"] = [f"{1.2 * who.kg:.1f}", f"{who.kg:.1f}"]
    stop_after(who, "Stand on the left")
    with pytest.raises(KeyboardInterrupt):
        take(tmp_path / "x.sfr", who, FREE, (replace(kept.found.record, wearer=None),), created_utc=LATER)
    found = re.search(r"by their calibration of before read (\d+) kg", who.said)
    assert found
    assert float(found.group(1)) == pytest.approx(who.kg, rel=0.05)


def test_a_weight_typed_twice_counts_and_is_noted(kept: Kept, tmp_path: Path):
    who = Standing(leaner(71), FREE, answers={"Weight": [f"{2.3 * kept.who.kg:.1f}"]})
    stop_after(who, "Stand on the left")
    with pytest.raises(KeyboardInterrupt):
        take(tmp_path / "x.sfr", who, FREE)
    assert [note["again"] for note in read(tmp_path / "x.sfr").notes if note.get("note") == "weight"] == [False, True]
    doubted = replace(insole_record.session_of(kept.path), weight_doubted=True)
    assert any("doubted" in note for note in insole_record.record_of(doubted, (), draws=3).notes)


def stop_after(who: Standing, words: str) -> None:
    def act(who: Standing, text: str) -> bool:
        if text.startswith(words):
            raise KeyboardInterrupt
        return False

    who.act = act


def pose_instead(words: str, pose: Callable[[Standing], Pose]) -> Callable[[Standing, str], bool]:
    def act(who: Standing, text: str) -> bool:
        if text.startswith(words):
            who.world.take(pose(who))
            return True
        return False

    return act


@pytest.mark.parametrize(
    ("words", "pose", "said"),
    [
        ("Sit down", lambda who: who.world.standing(), r"something presses the left and the right insole"),
        ("Stand still", lambda who: Pose((0.0, 0.0), who.world.person.rest_cop_m), "nobody stands on the insoles"),
        ("Stand still", lambda who: who.world.standing(1.0), "right foot carries next to nothing"),
        ("Stand still", lambda who: who.world.standing()._replace(swing=0.3), "you moved: stand still"),
        ("Stand on the left", lambda who: who.world.standing(0.7), "lift the other foot off the ground"),
        ("Shift", lambda who: who.world.standing()._replace(swing=0.02), "of the load changed feet: shift further"),
        ("Rod ACROSS", lambda who: who.world.standing()._replace(sway_m=(0.002, 0.02)), "the plank rocks"),
        ("Rod ACROSS", lambda who: who.world.standing(0.02), "left foot carries next to nothing"),
    ],
)
def test_what_is_not_done_as_asked_is_said_and_no_record_is_made(tmp_path: Path, words: str, pose, said: str):
    form = WEARER if words.startswith("Rod") else FREE  # which comes to the rod sooner
    who = Standing(leaner(71), form, act=pose_instead(words, pose))
    with pytest.raises(CalibrationError, match=f"did not succeed within 20 s .*{said}.*begin the calibration again"):
        take(tmp_path / "x.sfr", who, form, patience_s=20.0)
    with pytest.raises(CalibrationError, match=r"breaks off: .* steps are missing"):
        insole_record.session_of(tmp_path / "x.sfr")


def test_hands_that_hold_on_are_sent_to_the_scales(tmp_path: Path):
    who = Standing(leaner(71), FREE, answers={"hands free": ["no"]})
    with pytest.raises(CalibrationError, match=r"begin again with --supported"):
        take(tmp_path / "x.sfr", who, FREE)


def test_scales_that_can_not_be_are_read_again(tmp_path: Path):
    who = Standing(leaner(73), SUPPORTED, answers={"left scale": ["80", "300", "x", "-3", "35"], "right scale": ["40"]})
    who.answers["Weight"] = ["75"]
    stop_after(who, "Rod")
    with pytest.raises(KeyboardInterrupt):
        take(tmp_path / "x.sfr", who, SUPPORTED)
    assert "Both scales together would carry 160% of 75 kg" in who.said
    assert "Type what the scale shows" in who.said


def test_an_insole_that_does_not_answer_is_named_at_once(tmp_path: Path):
    who = Standing(leaner(71, unplugged=("right",)), FREE)
    with pytest.raises(CalibrationError, match=r"the right insole does not answer: push its plug in"):
        take(tmp_path / "x.sfr", who, FREE, patience_s=5.0)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"dead": ("R4",)}, r"R4 \(middle, lateral\) felt nothing while its neighbours did"),
        ({"shorted": ("L1",)}, "L1 .heel. is at its end unpressed"),
        ({"swapped": (("L2", "L7"),)}, "L2 and L7 answer in each other's place"),
    ],
)
def test_a_record_is_never_made_with_a_fault_in_it(parts: dict[str, Any], said: str):
    with pytest.raises(CalibrationError, match=said + r".* No record is made; what was recorded is kept"):
        insole_record.record_of(unrecorded(FREE, **parts), (), draws=3)


def test_on_one_leg_a_cell_with_the_other_insoles_wire_is_named_and_a_toe_that_touches_is_one_of_two_reasons():
    crossed = unrecorded(FREE, swapped=(("L2", "R5"),))
    base = replace(calibration.nominal(crossed.foot_length_mm), zero_count=zero_counts(crossed.zero))
    task = next(task for task in tasks(FREE, crossed.foot_length_mm) if task.key == "alone-left")
    counts = next(counts for values, counts in crossed.steps if values.get("side") == "left")
    t_s = np.arange(len(counts)) / 25.0
    said = judge(task, base)(Taken(counts, t_s, np.zeros((0, 6), np.int16), np.zeros(0), None, 0.0))
    assert said is not None
    assert "of the right one R5 alone: lift that foot off the ground" in said
    assert "the wire of R5 is in the other insole's plug" in said


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`surefoot` with a virtual board on virtual time, and a person who hears what the console says."""
    from surefoot.clinic import keyboard

    def run(words: str, who: Standing) -> int:
        with VirtualBoard(who.world, seed=4) as board:
            plain = keyboard.Keyboard.tell
            who.board = board  # type: ignore[attr-defined]

            def tell(self: keyboard.Keyboard, text: str) -> None:
                plain(self, text)
                who.tell(text)

            with monkeypatch.context() as patch:
                patch.setattr(keyboard.Keyboard, "tell", tell)
                patch.setattr(keyboard.Keyboard, "ask", lambda self, question, choices: who.ask(question, choices))
                patch.setattr(links, "open_link", lambda port: OPEN(port, board.timing()))
                return cli.main([*words.split(), "--port", board.port, "--data", str(tmp_path / "data")])

    return run


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_command_makes_a_record_and_repeats_it(desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    who = Standing(leaner(71), FREE)
    length = who.world.person.insole_length_m * 1e3
    assert desk(f"calibrate insole --person P001 --length {length:.3f} --who T01", who) == 0
    said = capsys.readouterr().out
    assert "New record cal-" in said
    assert "left " in said
    assert "Holds until" in said
    (record,) = calibration_store.records(tmp_path / "data")
    assert record.wearer == "P001"
    (evidence,) = (tmp_path / "data" / "evidence").iterdir()
    before = files(tmp_path / "data")
    code = cli.main(["calibrate", "insole", "--json", "--from", str(evidence), "--data", str(tmp_path / "data")])
    told = json.loads(capsys.readouterr().out)
    assert (code, told["kind"], told["level"]) == (0, "surefoot-calibrate-insole", 1)
    assert told["error"]["cop_mm"].keys() == {"left", "right"}
    again = calibration_store.records(tmp_path / "data")
    # The code of whoever did it is said anew; all numbers are the same.
    assert {r.cop_gain for r in again} == {record.cop_gain}
    assert set(before) <= set(files(tmp_path / "data"))


def test_a_cable_pulled_half_way_leaves_the_evidence_and_nothing_else(desk, tmp_path: Path, capsys):
    def act(who: Standing, text: str) -> bool:
        if text.startswith("Stand on the left"):
            who.board.unplug()  # type: ignore[attr-defined]
        return False

    who = Standing(leaner(71), FREE, act=act)
    length = who.world.person.insole_length_m * 1e3
    assert desk(f"calibrate insole --healthy --length {length:.3f}", who) != 0
    error = capsys.readouterr().err
    assert "Traceback" not in error
    (only,) = files(tmp_path / "data")
    assert only.startswith("evidence/")
    path = tmp_path / "data" / only
    assert [note["reason"] for note in read(path).notes if note.get("note") == "stop"] == ["unplugged"]
    assert cli.main(["calibrate", "insole", "--from", str(path), "--data", str(tmp_path / "data")]) != 0
    assert "steps are missing" in capsys.readouterr().err
    assert files(tmp_path / "data") == [only]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--body-weight-kg 500 --length 265", "500 kg is no weight of a person"),
        ("--person John.Smith --length 265", "can't be a person's code"),
        ("--wearer P001 --supported --length 265", "leave --supported out"),
        ("--wearer P001 --length 265", "have a healthy person of that shoe size"),
        ("", "How long is the insole"),
        ("--from no.sfr", "can't be read"),
        ("--from a.sfr b.sfr", "Level 1 is one recording"),
    ],
)
def test_mistakes_of_the_command_line_are_told_before_anything_is_written(desk, tmp_path, capsys, words, said):
    assert desk(f"calibrate insole {words}", Standing(leaner(71), FREE)) != 0
    assert said in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_level_0_is_said_to_be_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["calibrate", "insole", "--level", "0", "--data", str(tmp_path / "data")]) == 0
    assert "nothing is measured and no record is made" in capsys.readouterr().out
    assert not (tmp_path / "data").exists()


def test_another_recording_is_refused(tmp_path: Path):
    who = Standing(leaner(71), FREE)
    stop_after(who, "Sit down")
    with pytest.raises(KeyboardInterrupt):
        take(tmp_path / "x.sfr", who, FREE, evidence="imu")
    with pytest.raises(SurefootError, match="no recording of a level-1 session"):
        insole_record.session_of(tmp_path / "x.sfr")
    assert issubclass(DeviceLost, SurefootError)
