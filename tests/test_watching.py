# SPDX-License-Identifier: MIT
"""Losses of balance that the device sees while a hold runs: stopped soon, never without need, kept as they were."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from acting import losing
from protocol_truth import _lets_down, only, stage
from surefoot.calibration import nominal
from surefoot.care.protocol import load_protocol
from surefoot.cells import load as load_cells
from surefoot.clinic.holding import hold
from surefoot.clinic.live_rows import LiveRows
from surefoot.clinic.observer import Observer, why_aside
from surefoot.clinic.watching import LOOK_S, Watcher
from surefoot.device.framer import Framer
from surefoot.device.virtual import electronics
from surefoot.device.virtual.movers import perform
from surefoot.signals import to_signals
from test_holding import marked, still
from watching import SEED, STANCE, Trial, bed, standing, watched

LOSSES = ("step", "lift", "near-fall", "fall")
SAFE = ("quiet", "fidget", "slow-lean", "cough", "head-turn", "arms", "hip-sway")
FRAME_S = 0.1  # of samples on their way, and the moment that a command takes


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory):
    with bed(tmp_path_factory.mktemp("watched")) as made:
        yield made


def stopped(trial: Trial) -> None:
    """It was ended by the device, said so, and the whole recording shows why."""
    assert trial.reason == "loss"
    assert trial.entry["ended"] in ("step", "fall")
    assert len(trial.words()) == 1
    assert ": held " in trial.words()[0]
    assert trial.end_s - trial.truth.cue_s < trial.entry["target_s"]


# On the board


@pytest.mark.parametrize("kind", ["step", "lift"])
def test_nobody_is_stopped_long_before_the_foot_leaves(here, kind):
    trial = here.hold(kind)
    assert trial.end_s > trial.truth.all(kind)[0].begin_s - 0.3


def test_a_lean_that_a_step_follows_is_told_as_the_step_and_held_until_the_lean():
    truth, seen, at_s = watched("step", 1005)
    off_s = truth.all("step")[0].begin_s
    assert seen is not None
    assert "foot stepped" in seen.words
    assert at_s > off_s
    assert truth.all("loss")[0].begin_s - 0.3 < seen.at_s + truth.cue_s < off_s - 0.2


@pytest.mark.parametrize("kind", ["step", "lift"])
def test_who_steps_or_lifts_a_foot_is_stopped_and_kept_as_if_nobody_had_watched(here, kind):
    trial = here.hold(kind)
    stopped(trial)
    assert trial.end_s < trial.truth.all(kind)[0].begin_s + 0.15 + LOOK_S + FRAME_S
    after = here.hold(kind, device_ends=False)
    assert (after.reason, len(after.words())) == ("complete", 1)
    assert "yours to say" in after.words()[0]
    first, same = trial.lost[0], after.lost[0]
    assert (first["kind"], trial.entry["ended"]) == (same["kind"], after.entry["ended"])
    assert first["t_s"] == pytest.approx(same["t_s"], abs=0.02)
    assert trial.entry["held_s"] == pytest.approx(after.entry["held_s"], abs=0.021)
    marks, others = (
        [(mark["mark"], mark["by"]) for mark in one.entry["marks"] if mark["t_s"] < one.entry["held_s"] + 0.05]
        for one in (trial, after)
    )
    assert marks == others == [("loss", "device")]


def test_who_falls_is_stopped_and_called_a_fall(here):
    trial = here.hold("fall")
    stopped(trial)
    assert trial.entry["ended"] == "fall"


@pytest.mark.parametrize("kind", ["slow-lean", "arms"])
def test_who_sways_much_and_stays_is_not_stopped(here, kind):
    trial = here.hold(kind)
    assert (trial.reason, trial.entry["ended"], trial.words()) == ("complete", "complete", [])


def test_a_lossy_line_stops_for_a_lifted_foot_too(here):
    here.board.corrupt(drop=1e-4, flip=1e-4)
    try:
        trial = here.hold("lift")
    finally:
        here.board.corrupt()
    assert trial.entry["lost_share"] > 0
    stopped(trial)
    assert trial.entry["held_s"] == pytest.approx(here.hold("lift", device_ends=False).entry["held_s"], abs=0.2)


def test_cells_that_nobody_calibrated_stop_by_shares_of_their_own_load(tmp_path):
    parts = electronics.draw(SEED, load_cells().law, gain_spread=0.5, dead=("L2",), shorted=("R7",))
    with bed(tmp_path, parts) as made:
        trial = made.hold("lift")
        assert made.hold("quiet", 8.0).reason == "complete"
    assert trial.entry["calibration"]["nominal"]
    stopped(trial)


def test_a_waist_sensor_alone_stops_for_a_fall(tmp_path):
    parts = electronics.draw(SEED, load_cells().law, unplugged=("left", "right"))
    with bed(tmp_path, parts) as made:
        trial = made.hold("fall")
        assert made.hold("quiet", 8.0).reason == "complete"
    stopped(trial)
    assert trial.entry["ended"] == "fall"


def test_what_the_observer_sets_aside_is_done_again_and_then_told_only(here):
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return "The shoe slipped off"

    plan = [perform("lift", SEED, 1, lead_s=0.0, hold_s=12.0) for _ in range(2)]
    first, again = here.session(plan, standing(12.0), Observer(ask=ask))
    assert len(asked) == 1
    assert ": held " in asked[0]
    assert (first.reason, again.reason) == ("loss", "complete")
    assert (first.entry["ended"], again.entry["ended"]) == ("interrupted", "step")
    assert "The shoe slipped off" in first.entry["warnings"][0]
    assert [mark for mark in first.entry["marks"] if mark["by"] == "device"] == []
    assert [event["kind"] for event in first.lost] == ["foot lift"]  # what was seen is not hidden
    assert len(first.words()) == 2  # one of each trial
    assert "yours to say" in first.words()[1]
    assert first.result["outcomes"][0]["of"] == ("eyes-open/1",)


def test_a_raised_foot_that_comes_down_ends_its_stance():
    protocol = load_protocol("single-leg-stance")
    one = only(protocol, protocol.conditions[0])
    one = replace(one, conditions=(replace(one.conditions[0], hold_s=60.0),))
    with stage() as board:
        _, result, cast = board.session(one, lambda cast: setattr(cast, "pick", lambda p, c, *_: _lets_down(p, c)))
    trial = result["trials"][0]
    told = [moment.text for moment in cast.moments if moment.kind == "mark"]
    assert told == ["The raised foot came down."]
    assert trial["ended"] == "step"
    raised = cast._act.what.truth.all("raised")[0]  # type: ignore[union-attr]
    assert trial["held_s"] == pytest.approx(raised.end_s - raised.begin_s, abs=0.3)  # the detector's own error


def test_a_fall_in_a_moving_test_is_told_and_ends_nothing():
    protocol = load_protocol("tug")
    one = only(protocol, protocol.conditions[0])
    one = replace(one, conditions=(replace(one.conditions[0], timeout_s=10.0),))
    with stage() as board:
        _, _, cast = board.session(
            one, lambda cast: (setattr(cast, "keys", ()), setattr(cast, "pick", lambda *_: losing("fall", 10.0)))
        )
    told = [moment.text for moment in cast.moments if moment.kind == "mark"]
    assert told
    assert all("yours to say" in text for text in told)
    assert not [text for text in told if "heading" in text or "tilted" in text]
    passed_s = board.link.timing.now_s() - (cast._start_s or 0.0)
    assert passed_s > 10.0


def test_the_rows_that_are_watched_are_those_that_are_scored(here):
    trial = here.hold("arms", 8.0)
    path = sorted((here.folder / f"{here.number:03d}").glob("*.sfr"))[0]
    record = nominal(trial.result["placement"]["foot_length_mm"])
    rows = LiveRows(trial.decoded.config, record)
    rows.take(Framer().feed(path.read_bytes()))
    signals = to_signals(trial.decoded, record)
    assert rows.next == len(signals.t_s)
    low, high = rows.next - 500, rows.next - 10
    seen = rows.between(low, high)
    np.testing.assert_allclose(seen.foot_force_n, signals.foot_force_n[low:high], rtol=1e-6)
    # The clock of the IMU is read once a second, and the whole recording knows its rate better.
    for got, kept in ((seen.acc_ms2, signals.acc_ms2), (seen.gyr_dps, signals.gyr_dps)):
        assert np.nanmax(np.abs(got - kept[low:high])) < 0.05 * np.nanmax(np.ptp(kept[low:high], axis=0)) + 0.05
        assert np.isfinite(got).all()
    assert np.isnan(rows.between(0, 100).foot_force_n).all()


# What is kept of it


def test_a_loss_that_the_whole_recording_does_not_show_is_no_result():
    got = hold(marked(end_s=16.0, reason="loss"), still(), 30.0)
    assert (got.ended, got.held_s) == ("interrupted", 12.0)
    assert "repeated" in (got.sentence or "")


@pytest.mark.parametrize("late_s", [0.05, 0.005])
def test_a_stop_in_the_last_tenth_of_a_hold_leaves_no_full_hold(late_s):
    decoded = marked(end_s=34.0 - late_s, reason="loss")
    assert hold(decoded, still(), 30.0).ended == "interrupted"
    # What the device had seen begins a moment after its own stop by the whole recording: that is a loss all the same.
    force = np.full((4000, 2), 350.0)
    force[3398:3460, 1] = 0.0
    got = hold(decoded, still(foot_force_n=force), 30.0)
    assert (got.ended, got.held_s) == ("step", pytest.approx(30.0 - late_s, abs=0.021))
    aside = replace(decoded, notes=(*decoded.notes, {"note": "aside", "by": "observer", "reason": "the shoe"}))
    assert hold(aside, still(foot_force_n=force), 30.0).ended == "complete"


def test_what_was_done_after_the_stop_is_no_loss_and_tells_what_the_loss_was():
    force = np.full((4000, 2), 350.0)
    force[1650:1680, 1] = 0.0
    assert hold(marked(end_s=16.0, reason="loss"), still(foot_force_n=force), 30.0).ended == "interrupted"
    force[1580:1650, 1] = 0.0
    got = hold(marked(end_s=16.0, reason="loss"), still(foot_force_n=force), 30.0)
    assert (got.ended, got.held_s) == ("step", 11.8)
    force[1680:] = 350.0
    acc = still().acc_ms2.copy()
    acc[1650:1660, 2] = 40.0
    assert hold(marked(end_s=16.0, reason="loss"), still(foot_force_n=force, acc_ms2=acc), 30.0).ended == "fall"


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([""], None),
        (["y"], None),
        (["Yes"], None),
        (["ok"], None),
        (["Yes, she stepped"], None),
        ([","], None),
        ([None], None),
        (["  she   coughed "], "she coughed"),
        (["no", "n", "a cough"], "a cough"),
        (["no", ""], None),
        (["x" * 500], "x" * 120),
    ],
)
def test_a_reason_is_what_is_typed_and_enter_leaves_it_so(answers, reason):
    left = iter(answers)
    assert why_aside(Observer(ask=lambda question: next(left)), "Lifted: held 3.0 s.") == reason


def test_an_error_that_ends_no_trial_is_not_stopped_for():
    bess = load_protocol("bess")
    step = next(seed for seed in range(20) if watched("lift", seed)[1])
    assert watched("lift", step, bess)[1] is None


def test_a_watch_without_a_stream_sees_nothing():
    watcher = Watcher(STANCE, STANCE.conditions[0], None, nominal())
    watcher.cue(1)
    assert watcher.look() is None


# How soon, and how often without need


def counted(kinds: tuple[str, ...], seeds: range, held_out: bool = False) -> list[str]:
    """Quiet trials that were stopped."""
    made = [(kind, seed, watched(kind, seed, held_out=held_out)[1]) for kind in kinds for seed in seeds]
    return [f"{kind} {seed}: {seen.words}" for kind, seed, seen in made if seen]


def delays_s(kind: str, seeds: range, held_out: bool = False) -> list[float]:
    """From the foot-off, or from where a fall begins, to the stop; infinite where there was none."""
    out = []
    for seed in seeds:
        truth, seen, at_s = watched(kind, seed, held_out=held_out)
        out.append(at_s - truth.all(kind)[0].begin_s if seen else np.inf)
    return out


MOST_S = {"step": 0.6, "lift": 0.6, "near-fall": 1.2, "fall": 0.8}


def test_a_few_quiet_people_are_left_alone_and_a_few_losses_are_not():
    assert counted(SAFE[:-1], range(200, 202)) == []  # who fidgets bends at the hip too
    for kind in LOSSES:
        assert max(delays_s(kind, range(200, 202))) < MOST_S[kind]


@cache
def fifty(kind: str, held_out: bool) -> list[str]:
    return counted((kind,), range(300, 350), held_out)


HIPS = pytest.mark.xfail(strict=True, reason="2 of 50 who bend quickly at the hip head beyond 13 degrees by the trunk")


@pytest.mark.soak
@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("kind", SAFE)
def test_of_fifty_quiet_people_one_is_stopped_at_most(kind: str, held_out: bool, request: pytest.FixtureRequest):
    if (kind, held_out) == ("hip-sway", True):
        request.applymarker(HIPS)
    wrong = fifty(kind, held_out)
    print(f"{kind}: {len(wrong)} of 50 stopped", *wrong)
    assert len(wrong) <= 1


@pytest.mark.soak
@pytest.mark.parametrize("held_out", [False, True])
def test_of_all_quiet_people_one_in_fifty_is_stopped_at_most(held_out: bool):
    wrong = [words for kind in SAFE for words in fifty(kind, held_out)]
    print(f"{len(wrong)} of {50 * len(SAFE)} stopped")
    assert len(wrong) <= len(SAFE)


@pytest.mark.soak
@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("kind", LOSSES)
def test_how_soon_a_loss_is_told(kind: str, held_out: bool):
    made = np.array(delays_s(kind, range(300, 340), held_out))
    found = made[np.isfinite(made)]
    print(
        f"{kind}: {len(found)} of {len(made)}, median {np.median(found):.2f} s,"
        f" 95 % within {np.percentile(found, 95):.2f} s, at most {found.max():.2f} s"
    )
    assert len(found) >= 0.95 * len(made)
    assert np.percentile(found, 95) < MOST_S[kind]
    assert np.mean(found < -0.3) <= 0.1  # who leans for a second before a step has lost the balance by then


@pytest.mark.soak
@pytest.mark.parametrize("kind", LOSSES)
def test_how_soon_a_loss_is_told_on_the_board(here, kind: str):
    made = []
    for number in range(10, 20):
        trial = here.hold(kind, 10.0, number)
        ended = trial.end_s if trial.reason == "loss" else np.inf
        made.append(ended - trial.truth.all(kind)[0].begin_s)
    print(f"{kind}: median {np.median(made):.2f} s, at most {max(made):.2f} s")
    assert sum(np.isfinite(made)) >= 9
    assert np.median(made) < MOST_S[kind]


@pytest.mark.soak
def test_quiet_people_on_the_board_are_stopped_once_at_most(here):
    reasons = [here.hold(SAFE[number % len(SAFE)], 10.0, number).reason for number in range(100, 150)]
    print(f"{reasons.count('loss')} of {len(reasons)} quiet trials stopped")
    assert reasons.count("loss") <= 1
