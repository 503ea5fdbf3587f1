# SPDX-License-Identifier: MIT
"""Whoever stands beside the person: keys of a terminal, answers after a trial, and a test's circumstances."""

from __future__ import annotations

import argparse
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from surefoot.care.change import differences
from surefoot.care.outcome import Done, Given, Next, trial_value
from surefoot.care.protocol import load_protocol
from surefoot.clinic.byhand_run import HandLine
from surefoot.clinic.circumstances import for_change, from_arguments, of_heads
from surefoot.clinic.holding import Watch, hold, moving
from surefoot.clinic.observer import Observer, at_terminal, help_of, leg_asked, number_asked
from surefoot.clinic.record_options import add_arguments
from surefoot.clinic.run_trial import ask_aside, perform
from surefoot.clinic.session import AGAIN, settled
from surefoot.clinic.watching import Seen
from test_holding import ROWS, marked, still

TUG, BESS = load_protocol("tug"), load_protocol("bess")


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are of Unix")
def test_keys_are_read_without_waiting_and_the_terminal_is_left_as_it_was():
    import pty
    import termios

    here, there = pty.openpty()
    with os.fdopen(there, "r") as source:
        before = termios.tcgetattr(there)
        observer = at_terminal(source)
        with observer.watching():
            assert observer.pressed() == ()
            os.write(here, b"s \r")
            pressed: list[str] = []
            for _ in range(1000):
                pressed += observer.pressed()
                if len(pressed) == 3:
                    break
            assert pressed == ["s", "space", "enter"]
            os.write(here, b"late")
            select.select([there], [], [], 5)  # until it has arrived
        assert termios.tcgetattr(there) == before
        with observer.watching():
            assert observer.pressed() == ()
    os.close(here)


@dataclass(frozen=True)
class Lost(HandLine):
    """A device that sees a loss at once."""

    def seen(self) -> Seen:
        return Seen(1.0, "The left foot left the floor.", True)


@pytest.mark.parametrize("stops", [False, True])
def test_keys_pressed_just_after_the_device_ended_a_trial_still_belong_to_it(stops: bool):
    clock, ended, waited = [0.0], [], []
    watching = [False]

    @contextmanager
    def keys() -> Iterator[None]:
        watching[0] = True
        yield
        watching[0] = False

    def sleep(seconds: float) -> None:
        clock[0] += seconds
        if ended:
            waited.append(watching[0])
            if stops:
                raise KeyboardInterrupt

    protocol = load_protocol("quiet-stance")
    condition = protocol.conditions[0]
    ahead = Next(condition, 1, None, False, 0.0)
    line: Any = Lost(lambda: clock[0], sleep)
    run = perform(
        line,
        protocol,
        ahead,
        Observer(watching=keys),
        lambda m: ended.append(1) if m.text == condition.cues.end else None,
    )
    assert run.reason == "loss"
    assert waited
    assert all(waited)
    assert not watching[0]


def test_what_the_observer_says_of_a_loss_just_after_the_device_is_kept_and_asks_nothing():
    clock, typed, kept, asked = [0.0], [], [], []

    def ask(question: str) -> None:
        asked.append(question)

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    def pressed() -> tuple[str, ...]:
        keys, typed[:] = tuple(typed), []
        return keys

    class Told(Lost):
        def mark(self, mark: Any, given: Given) -> None:
            kept.append((mark.id, given.by))

    protocol = load_protocol("quiet-stance")
    condition = protocol.conditions[0]
    # Caught, and the space that everybody presses when something is over, which is no mark here.
    observer = Observer(pressed, ask=ask)
    line: Any = Told(lambda: clock[0], sleep)
    run = perform(
        line,
        protocol,
        Next(condition, 1, None, False, 0.0),
        observer,
        lambda m: typed.extend(("h", "space", "n")) if m.text == condition.cues.end else None,
    )
    assert run.reason == "loss"
    assert kept == [("helped", "observer"), ("note", "observer")]
    assert [given.mark for given in run.given] == ["helped", "note"]
    ask_aside(line, observer, run)
    assert asked == []
    ask_aside(line, observer, replace(run, confirmed=False))
    assert len(asked) == 1


def test_a_number_is_asked_until_it_is_one_of_the_range_and_may_stay_unknown():
    mark = load_protocol("walk-6min").mark("borg")
    answers, said = iter(["eleven", "11", "3,5"]), []
    assert number_asked(Observer(ask=lambda question: next(answers)), mark, said.append) == 3.5
    assert len(said) == 2
    assert number_asked(Observer(ask=lambda question: ""), mark, said.append) is None
    assert number_asked(Observer(), mark, said.append) is None


@pytest.mark.parametrize(("answer", "standing"), [("right", "left"), ("L", "right"), ("", None), ("both", None)])
def test_the_leg_that_does_not_kick_stands(answer, standing):
    known: dict[str, str | None] = {}
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return answer

    for name in ("single-firm", "single-foam"):
        ahead = Next(BESS.condition(name), 1, None, False, 0.0)
        assert leg_asked(Observer(ask=ask), BESS, ahead, known) == standing
    assert asked == ["Which leg would kick a ball: left or right, Enter if not known?"]


def test_each_key_says_what_it_does():
    lines = help_of(TUG.marks_of(TUG.conditions[0]))
    assert "[space] Seated again, back in the chair" in lines
    assert any(line.startswith("[y]") and line.endswith("done again") for line in lines)


# What counts


def test_a_detector_throws_a_trial_out_only_so_often():
    reach = load_protocol("functional-reach")
    ahead = Next(reach.conditions[0], 1, None, False, 0.0)
    lifted = Done("forward", 1, "complete", marks=(Given("heel", 2.0, None, "device"),))
    done: list[Done] = []
    for _ in range(AGAIN):
        done.append(settled(reach, ahead, lifted, done, False))
    assert [bool(one.marks) for one in done] == [True] * (AGAIN - 1) + [False]
    by_key = replace(lifted, marks=(Given("heel", 2.0),))
    assert settled(reach, ahead, by_key, [lifted] * 5, False).marks


def test_what_never_began_is_tried_again_and_what_the_observer_ended_is_not():
    ahead = Next(TUG.conditions[0], 1, None, False, 0.0)
    never = Done("tug", 1, "interrupted")
    assert settled(TUG, ahead, never, [], False).ended == "interrupted"
    assert settled(TUG, ahead, never, [], True).ended == "stopped"
    assert settled(TUG, ahead, never, [never] * (AGAIN - 1), False).ended == "stopped"


def test_a_hold_counts_from_the_key_that_started_its_clock():
    protocol = load_protocol("single-leg-stance")
    one = Done("eyes-open", 1, "stopped", marks=(Given("lifted", 2.0), Given("touch", 9.5)))
    assert trial_value(protocol, one, "held_s") == (7.5, None)
    never = Done("eyes-open", 1, "stopped", {"held_s": 0.0}, marks=(Given("asked", 3.0),))
    assert trial_value(protocol, never, "held_s") == (None, "its clock was not started")
    seen = replace(one, marks=(Given("lifted", 1.5, None, "device"), Given("touch", 9.5)))
    assert trial_value(protocol, seen, "held_s") == (8.0, None)


# The span of a trial


def test_what_a_condition_does_not_stop_for_stops_nothing():
    force = np.full((ROWS, 2), 350.0)
    force[1600:1700, 1] = 0.0
    assert hold(marked(), still(foot_force_n=force), 30.0).ended == "step"
    trunk_alone = Watch(frozenset(("tilt",)))
    assert hold(marked(), still(foot_force_n=force), 30.0, trunk_alone).ended == "complete"
    left_alone = Watch(feet=("left",))
    assert hold(marked(), still(foot_force_n=force), 30.0, left_alone).ended == "complete"


def test_a_hold_may_begin_after_its_cue_and_end_by_what_else_was_seen():
    got = hold(marked(), still(), 20.0, begin_s=6.0)
    assert (got.begin, got.held_s, got.ended) == (600, 20.0, "complete")
    got = hold(marked(), still(), 20.0, begin_s=6.0, seen=(11.0, "step", "the raised foot came down"))
    assert (got.held_s, got.ended) == (5.0, "step")
    assert "raised foot" in (got.sentence or "")


@pytest.mark.parametrize(
    ("reason", "ended"),
    [
        ("complete", "complete"),
        ("timeout", "timeout"),
        ("observer", "stopped"),
        ("unplugged", "interrupted"),
        ("", "interrupted"),
    ],
)
def test_the_end_of_a_moving_trial_is_the_one_that_was_kept(reason, ended):
    got = moving(marked(end_s=16.0, reason=reason), still())
    assert (got.held_s, got.ended) == (12.0, ended)
    assert moving(marked(None, None, reason), still()).ended == "interrupted"


# Circumstances


def said(*words: str) -> dict:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return from_arguments(parser.parse_args(words))


def test_circumstances_are_what_was_said_and_nothing_else():
    assert said() == {}
    assert said("--aid", " cane ", "--medication-min", "40", "--session", "2") == {
        "aid": "cane",
        "minutes_since_dose": 40.0,
        "session": 2,
    }


def test_trials_of_one_session_that_disagree_are_not_known():
    heads = [{"circumstances": {"aid": "cane", "age_years": 80}}, {"circumstances": {"aid": "none", "age_years": 80}}]
    kept = of_heads(heads)
    assert kept["aid"] is None
    assert kept["age_years"] == 80
    assert set(of_heads([])) == set(kept)


def test_change_compares_what_is_known_and_says_what_is_not():
    result = {
        "circumstances": of_heads([{"circumstances": said("--aid", "cane", "--footwear", "trainers")}]),
        "placement": {"heel_distance_mm": 170.0, "foot_angle_deg": 7.0},
    }
    here = for_change(result)
    assert (here.aid, here.foot_position) == ("cane", "170 mm, 7 degrees")
    from test_change import session

    other = for_change({**result, "circumstances": {**result["circumstances"], "aid": "walker"}})
    found = differences([replace(session(1), circumstances=here), replace(session(2), circumstances=other)])
    assert "aid (cane against walker)" in found
    assert "orthosis not known" in found


def test_a_result_of_before_has_no_circumstances():
    assert for_change({"trials": []}).aid is None
