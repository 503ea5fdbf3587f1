# SPDX-License-Identifier: MIT
"""A protocol on the virtual board when something goes wrong: what was received is kept, named, and no traceback."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fakeboard import BANNER, FakeBoard, frame
from sessions import Lab, Teller, during_hold, interrupt, lab, short_protocol
from surefoot.care.protocol import load_protocol
from surefoot.cells import load as load_cells
from surefoot.clinic.holding import WHY
from surefoot.clinic.scoring import score_folder
from surefoot.clinic.session import Moment, Outcome, Setup, check_person, reason_of, run_protocol
from surefoot.device.link import Link, Timing, open_link
from surefoot.device.virtual import electronics
from surefoot.device.virtual.electronics import Electronics
from surefoot.errors import (
    CommandInvalid,
    DeviceLost,
    DeviceRestarted,
    LinkError,
    NoReply,
    RecordingError,
    Refused,
    SurefootError,
)
from surefoot.frames import NOTE
from surefoot.output.report import render_report, write_report
from surefoot.output.result import write_result
from surefoot.recording import MAGIC, Recorder, read

pytestmark = pytest.mark.long


def stop_note(path: Path) -> dict:
    return next(note for note in read(path).notes if note["note"] == "stop")


def device_frames(data: bytes) -> list[bytes]:
    """What the device sent, in order: all between zero bytes but the host's own line and notes."""
    return [chunk for chunk in data.split(b"\0") if chunk and chunk[1] != NOTE and not chunk.startswith(MAGIC[:-2])]


def parts(seed: int = 3, **faults: tuple[str, ...]) -> Electronics:
    return electronics.draw(seed, load_cells().law, **faults)  # type: ignore[arg-type]


# A session that goes well


def test_a_whole_session_tells_its_moments_and_keeps_its_cues(tmp_path):
    with lab(tmp_path, hold_s=11) as here:
        outcome, teller = here.run()
    assert outcome.error is None
    assert [path.name for path in outcome.recordings] == ["01-eyes-open.sfr", "02-eyes-closed.sfr"]
    kinds = [m.kind for m in teller.moments if m.kind != "progress"]
    assert kinds == ["trial", "cue", "cue", "cue", "done"] * 2
    shares = [m.share for m in teller.moments if m.kind == "progress"]
    assert shares.count(1.0) == 2
    assert teller.cues[0] == "Eyes open. Look at the spot on the wall."
    for number, path in enumerate(outcome.recordings):
        decoded = read(path)
        assert decoded.complete
        assert decoded.bad_frames == 0
        assert stop_note(path)["reason"] == "complete"
        assert [event.text for event in decoded.events if event.code == "mark"] == ["start", "end"]
        assert len(decoded.pings) >= 16
        assert decoded.head["condition"] == here.protocol.conditions[number].id
        assert decoded.head["placement"]["heel_distance_mm"] == pytest.approx(
            here.stand.placement.heel_distance_m * 1e3, abs=1e-3
        )
    result = here.score()
    assert [trial["ended"] for trial in result["trials"]] == ["complete", "complete"]
    assert result["score"]["value"] is not None


def test_two_hundred_samples_a_second_fit_too(tmp_path):
    with lab(tmp_path, hold_s=11) as here:
        outcome, _ = here.run(rate_hz=200)
        decoded = read(outcome.recordings[0])
    assert decoded.config["rate_hz"] == 200
    assert decoded.samples["cells"].lost == 0
    assert decoded.samples["cells"].expected > 11 * 200
    assert "/200Hz/" in here.score()["trials"][0]["measures"]["cop_velocity_ap_mmps"]["fingerprint"]


def test_without_a_placement_no_area_is_reported(tmp_path):
    with lab(tmp_path, hold_s=11) as here:
        here.run(placement=None)
    trial = here.score()["trials"][0]
    assert trial["measures"]["cop_velocity_ap_mmps"]["fingerprint"].endswith("+unplaced")
    assert not trial["measures"]["left_cop_velocity_mmps"]["fingerprint"].endswith("+unplaced")
    assert "cop_area_95_mm2" not in trial["measures"]
    assert "placement" in trial["not_reported"]["cop_area_95_mm2"]


# The folder and the code


def test_a_folder_that_holds_recordings_is_refused_and_left_as_it_was(tmp_path):
    with lab(tmp_path) as here:
        with Recorder(here.out / "09-old.sfr", {"person": "P001"}):
            pass
        with pytest.raises(RecordingError, match="holds recordings already"):
            here.run()
    assert [path.name for path in here.out.iterdir()] == ["09-old.sfr"]


DATES = ("1950-01-02", "02-01-1950", "P-19500102", "2_1_50")


@pytest.mark.parametrize("code", ["", "Anna Li", "A" * 33, "M\u00fcller", "../x", "1950-01-02 Smith", "a.b", *DATES])
def test_a_code_that_looks_like_a_name_is_refused(code):
    with pytest.raises(RecordingError, match="never a name"):
        check_person(code)


def test_a_code_is_a_code():
    for code in ("P-001_b", "P001", "20000001", "SITE2-0042"):
        assert check_person(code) == code


# The board goes


def broken_off(here: Lab, do, trial: int = 2, share: float = 0.5) -> Outcome:
    return here.run(during_hold(trial, share, do))[0]


def test_a_cable_pulled_in_the_second_trial_keeps_all_that_came(tmp_path):
    with lab(tmp_path, hold_s=12) as here:
        received = bytearray()

        def pull() -> None:
            here.board.unplug()

        tapped = here.link.tap
        here.link.tap = lambda sink: tapped(lambda data: (received.extend(data), sink(data)))  # type: ignore[method-assign]
        outcome = broken_off(here, pull)
    assert isinstance(outcome.error, DeviceLost)
    _, second = outcome.recordings
    assert stop_note(second)["reason"] == "unplugged"
    on_disk = [frame for path in outcome.recordings for frame in device_frames(path.read_bytes())]
    assert on_disk == device_frames(bytes(received))
    assert read(second).bad_frames <= 1  # the frame that the cable cut
    kept_s = read(second).samples["cells"].index[-1] / 100
    assert kept_s == pytest.approx(6.0, abs=0.5)
    opened, closed = here.score()["trials"]
    assert opened["ended"] == "complete"
    assert closed["ended"] == "interrupted"
    assert closed["held_s"] == pytest.approx(6.0, abs=0.2)
    assert any("interrupted after" in text and "unplugged" in text for text in closed["warnings"])


def test_after_a_pulled_cable_there_is_still_a_result_and_a_page(tmp_path):
    with lab(tmp_path, hold_s=11) as here:
        broken_off(here, here.board.unplug)
    result, series = score_folder(here.out, given_protocol=str(here.path))
    write_result(result, here.out / "result.json")
    write_report(result, series, here.out / "report.html")
    kept = json.loads((here.out / "result.json").read_text())
    assert kept["score"]["value"] is None
    assert "interrupted" in kept["score"]["reason"]
    assert "interrupted" in (here.out / "report.html").read_text("utf-8")


def test_a_cable_pulled_before_the_start_cue_leaves_a_trial_without_numbers(tmp_path):
    with lab(tmp_path, hold_s=11) as here:

        def act(moment: Moment, teller) -> None:
            if moment.kind == "cue" and teller.trials == 2 and "Go" in moment.text:
                here.board.unplug()

        outcome, _ = here.run(act)
    assert isinstance(outcome.error, DeviceLost)
    result, series = score_folder(here.out, given_protocol=str(here.path))
    problems = " ".join(result["problems"])
    closed = [trial for trial in result["trials"] if trial["condition"] == "eyes-closed"]
    assert closed or "02-eyes-closed.sfr" in problems
    for trial in closed:
        assert (trial["ended"], trial["held_s"], trial["measures"]) == ("interrupted", 0.0, {})
        assert any("before its start cue" in text for text in trial["warnings"])
    assert render_report(result, series)


def silenced(here: Lab) -> list[bool]:
    """Makes the board's bytes vanish from when the returned list is filled."""
    on: list[bool] = []
    real = here.link.timing

    def read_some(port: object, timeout_s: float) -> bytes:
        data = real.read(port, timeout_s)
        return b"" if on else data

    here.link.timing = Timing(real.now_s, read_some)
    return on


def test_a_board_that_falls_silent_is_given_up_after_three_seconds(tmp_path):
    with lab(tmp_path, hold_s=11) as here:
        on = silenced(here)
        outcome = broken_off(here, lambda: on.append(True))
    assert isinstance(outcome.error, NoReply)
    assert "check cable and power" in str(outcome.error)
    assert stop_note(outcome.recordings[1])["reason"] == "silent"
    assert any(WHY["silent"] in text for text in here.score()["trials"][1]["warnings"])


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (DeviceRestarted("x"), "restarted"),
        (DeviceLost("x"), "unplugged"),
        (NoReply("x"), "silent"),
        (Refused("start", "no"), "refused"),
        (CommandInvalid("x"), "link"),
        (LinkError("x"), "link"),
    ],
)
def test_each_error_of_the_link_has_its_own_word_and_sentence(error, word):
    assert reason_of(error) == word
    assert word in WHY


def fake_session(board: FakeBoard, folder: Path, act=None, hold_s: float = 2.0) -> tuple[Outcome, Link]:
    protocol = load_protocol(short_protocol(folder, hold_s))
    with open_link(board.port, board.timing) as link:
        return run_protocol(link, protocol, Setup("P001", folder / "session"), Teller(act)), link


def test_a_board_that_restarts_in_a_trial_is_told_from_a_pulled_cable(tmp_path):
    with FakeBoard() as board:

        def restart() -> None:
            board.config["streaming"] = False
            board.say(b"\r\n" + BANNER)

        outcome, _ = fake_session(board, tmp_path, during_hold(2, 0.5, restart))
    assert isinstance(outcome.error, DeviceRestarted)
    assert [stop_note(path)["reason"] for path in outcome.recordings] == ["complete", "restarted"]


def test_a_board_that_refuses_to_start_is_quoted(tmp_path):
    with FakeBoard() as board:
        refusal = frame("EVENT", (1, 2), b"no IMU found", seed=board.seed)
        board.on_line = lambda line: refusal if line.startswith("start") else None
        outcome, _ = fake_session(board, tmp_path)
    assert isinstance(outcome.error, Refused)
    assert "no IMU found" in str(outcome.error)
    assert stop_note(outcome.recordings[0])["reason"] == "refused"


def test_an_end_that_was_never_confirmed_is_said(tmp_path):
    with FakeBoard() as board:
        board.ignore = {"stop"}
        outcome, _ = fake_session(board, tmp_path)
    decoded = read(outcome.recordings[0])
    assert not decoded.complete
    assert any(note["note"] == "warning" and "did not confirm" in note["text"] for note in decoded.notes)
    result, _ = score_folder(tmp_path / "session", given_protocol=str(tmp_path / "short-stance.toml"))
    assert any("did not confirm" in text for text in result["trials"][0]["warnings"])
    assert isinstance(outcome.error, Refused)  # the next trial: it still measures


def test_a_recording_begins_with_a_whole_frame_even_if_one_is_under_way(tmp_path):
    with FakeBoard() as board:
        late = b"\0" + frame("EVENT", (1, 0), b"late", seed=board.seed)
        halves = [late[:9], late[9:]]

        def tell(moment: Moment) -> None:
            if halves and (moment.kind == "trial" or moment.text.startswith("Eyes open.")):
                board.say(halves.pop(0))
                if len(halves) == 1:
                    link.poll(0.005)

        protocol = load_protocol(short_protocol(tmp_path, 2.0))
        with open_link(board.port, board.timing) as link:
            outcome = run_protocol(link, protocol, Setup("P001", tmp_path / "session"), tell)
    decoded = read(outcome.recordings[0])
    assert not halves
    assert decoded.bad_frames == 0
    assert "late" in [event.text for event in decoded.events]


# The observer


def test_ctrl_c_in_a_hold_ends_only_that_trial(tmp_path):
    with lab(tmp_path, hold_s=12) as here:
        outcome = broken_off(here, interrupt, trial=1, share=0.9)
    assert outcome.error is None
    assert len(outcome.recordings) == 2
    assert [stop_note(path)["reason"] for path in outcome.recordings] == ["observer", "complete"]
    assert all(read(path).complete for path in outcome.recordings)
    opened, closed = here.score()["trials"]
    assert opened["ended"] == "stopped"
    assert opened["held_s"] == pytest.approx(10.8, abs=0.2)
    assert closed["ended"] == "complete"
    assert any("observer stopped" in text for text in opened["warnings"])


@pytest.mark.parametrize("cue", ["Eyes open.", "Go."])
def test_ctrl_c_before_the_hold_ends_only_that_trial_too(tmp_path, cue):
    with lab(tmp_path, hold_s=11) as here:

        def act(moment: Moment, teller) -> None:
            if moment.kind == "cue" and teller.trials == 1 and moment.text.startswith(cue):
                interrupt()

        outcome, _ = here.run(act)
        assert not here.link.info()["streaming"]
    assert outcome.error is None
    assert [stop_note(path)["reason"] for path in outcome.recordings] == ["observer", "complete"]
    result = here.score()
    assert result["trials"][-1]["ended"] == "complete"
    said = " ".join(result["problems"] + result["trials"][0]["warnings"])
    assert "01-eyes-open.sfr" in said or "the observer stopped it" in said


def test_ctrl_c_between_two_trials_ends_the_session_with_what_there_is(tmp_path):
    with lab(tmp_path, hold_s=11) as here:

        def act(moment: Moment, teller) -> None:
            if moment.kind == "trial" and teller.trials == 2:
                interrupt()

        outcome, _ = here.run(act)
    assert [path.name for path in outcome.recordings] == ["01-eyes-open.sfr"]
    assert "'Eyes closed' was not recorded" in here.score()["score"]["reason"]


def test_ctrl_c_before_anything_was_recorded_is_just_that(tmp_path):
    with lab(tmp_path) as here, pytest.raises(KeyboardInterrupt):
        here.run(lambda moment, teller: interrupt())
    assert list(here.out.glob("*.sfr")) == []


# The person and the parts


def test_stepping_off_the_insoles_is_a_step_with_its_second(tmp_path):
    with lab(tmp_path, hold_s=14) as here:
        here.run(during_hold(1, 0.8, lambda: here.stand.world.do("off")))
    opened = here.score()["trials"][0]
    assert opened["ended"] in ("step", "fall")
    assert 11.2 < opened["held_s"] < 14
    assert any("off the insoles" in text or "lifted" in text for text in opened["warnings"])


def test_dead_and_shorted_cells_are_named(tmp_path):
    with lab(tmp_path, hold_s=11, parts=parts(dead=("L1",), shorted=("R7",))) as here:
        outcome, _ = here.run()
    assert outcome.error is None
    warnings = " ".join(here.score()["trials"][0]["warnings"])
    assert "Cell L1" in warnings
    assert "Cell R7" in warnings
    assert "shorted" in warnings


def test_an_unplugged_insole_is_named_and_its_numbers_are_not_made_up(tmp_path):
    with lab(tmp_path, hold_s=11, parts=parts(unplugged=("left",))) as here:
        here.run()
    trial = here.score()["trials"][0]
    assert any("left insole did not answer" in text for text in trial["warnings"])
    assert not [key for key in trial["measures"] if key.startswith(("left_", "load_"))]
    assert "trunk_rms_ms2" in trial["measures"]


def test_a_lossy_line_loses_samples_and_says_how_many(tmp_path):
    with lab(tmp_path, hold_s=11) as here:
        here.board.corrupt(drop=2e-4, flip=2e-4)
        try:
            outcome, _ = here.run()
        finally:
            here.board.corrupt()
        assert here.board.corrupted > 0
    assert outcome.recordings
    result, series = score_folder(here.out, given_protocol=str(here.path))
    lost = sum(entry["lost"] for trial in result["trials"] for entry in trial["lost"].values())
    assert lost > 0
    trial = result["trials"][0]
    assert trial["lost_share"] > 0
    assert any("left out" in text for text in trial["warnings"])
    page = render_report(result, series)
    assert f"{100 * trial['lost_share']:.2f} %" in page


# The folder, read again


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A whole session on disk, and the protocol it was made by."""
    folder = tmp_path_factory.mktemp("kept")
    with lab(folder, hold_s=11) as here:
        here.run()
    return here.out, here.path


def copy(kept, folder: Path) -> Path:
    for path in kept[0].glob("*.sfr"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.mark.parametrize("cut", [0, 1, 15, 40, 300, 900, 1500, 5000, 20_000, 60_000])
def test_a_recording_truncated_anywhere_keeps_none_of_the_others_back(kept, tmp_path, cut):
    out = copy(kept, tmp_path)
    path = out / "02-eyes-closed.sfr"
    path.write_bytes(path.read_bytes()[:cut])
    result, series = score_folder(out, given_protocol=str(kept[1]))
    assert result["trials"][0]["ended"] == "complete"
    closed = result["trials"][1:]
    assert closed or any("02-eyes-closed.sfr" in text for text in result["problems"])
    assert all(trial["ended"] in ("interrupted", "complete") for trial in closed)
    if cut < 60_000:
        assert all(trial["ended"] == "interrupted" for trial in closed)
        assert result["score"]["value"] is None
    assert render_report(result, series)


def test_only_broken_recordings_are_one_sentence(kept, tmp_path):
    (tmp_path / "01-eyes-open.sfr").write_bytes(b"")
    (tmp_path / "02-eyes-closed.sfr").write_bytes(b"hello")
    with pytest.raises(RecordingError, match=r"No recording .* could be scored"):
        score_folder(tmp_path)


def test_two_people_in_one_folder_are_refused(kept, tmp_path):
    out = copy(kept, tmp_path)
    with Recorder(out / "03.sfr", {"person": "P002", "protocol": {"id": "short-stance", "version": "1.0.0"}}):
        pass
    with pytest.raises(RecordingError, match="P001, P002"):
        score_folder(out, given_protocol=str(kept[1]))


def test_a_protocol_in_the_sessions_folder_is_the_one_it_is_scored_by(kept, tmp_path):
    out = copy(kept, tmp_path)
    with pytest.raises(SurefootError, match="no protocol 'short-stance'"):
        score_folder(out)
    (out / kept[1].name).write_bytes(kept[1].read_bytes())
    assert score_folder(out)[0] == score_folder(out, given_protocol=str(kept[1]))[0]


def test_scoring_twice_gives_the_same_numbers(kept):
    once, again = (score_folder(kept[0], given_protocol=str(kept[1]))[0] for _ in range(2))
    assert once == again


def test_a_condition_that_the_protocol_lacks_is_a_problem_not_an_end(kept, tmp_path):
    out = copy(kept, tmp_path)
    text = kept[1].read_text("utf-8").replace('"eyes-closed"', '"eyes-shut"')
    other = tmp_path / "short-stance.toml"
    other.write_text(text, "utf-8")
    result, _ = score_folder(out)
    assert len(result["trials"]) == 1
    assert any("eyes-closed" in problem for problem in result["problems"])


# Trials that depend on each other


def test_first_full_ends_a_condition_with_the_first_trial_that_is_held(tmp_path):
    with lab(tmp_path, hold_s=4) as here:
        one = replace(here.protocol.conditions[0], trials=3, enough="first-full")
        here.protocol = replace(here.protocol, conditions=(one,))
        outcome, _ = here.run(during_hold(1, 0.5, interrupt))
    assert outcome.error is None
    assert [path.name for path in outcome.recordings] == ["01-eyes-open-1.sfr", "02-eyes-open-2.sfr"]
    assert [trial["ended"] for trial in here.score()["trials"]] == ["stopped", "complete"]


def test_a_virtual_board_that_dies_is_a_stop_like_any_other(tmp_path):
    with lab(tmp_path) as here:
        outcome, _ = here.run(during_hold(1, 0.5, here.board.machine.close))
    assert isinstance(outcome.error, SurefootError)
    assert stop_note(outcome.recordings[0])["reason"] in WHY
    assert here.score()["trials"][0]["ended"] == "interrupted"
