# SPDX-License-Identifier: MIT
"""Rules of progression: every branch of every rule, no worse input raises a rung, a year of simulated patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import patients
from progression_page import PAGE, row_of
from surefoot.care.ladder import SETTINGS, folder, load_ladder
from surefoot.care.progression import after, cleared, decide, load_rules, override
from surefoot.care.progression_values import FLAGS, STATES, Decision, Person, Session, Standing
from surefoot.errors import ProtocolError

LADDER, RULES = load_ladder(), load_rules()
TODAY = date(2026, 6, 15)
TASK = LADDER.task("none/together")
FINE = dict.fromkeys(FLAGS, "fine")
WELL = Person(usual_pain=1, company="corner", falls=())


def session(days_ago: int, **changes: Any) -> Session:
    good = Session(TODAY - timedelta(days=days_ago), TASK, (True,) * 3, (1, 2, 1), 1, 2, "fine", "fine", FINE)
    return replace(good, **changes)


def good(count: int = 2) -> list[Session]:
    return [session(2 * k + 1) for k in reversed(range(count))]


def verdict(sessions: list[Session], standing: Standing | None = None, person: Person = WELL) -> Decision:
    return decide(LADDER, RULES, standing or Standing(TASK), sessions, person, TODAY)


def last(**changes: Any) -> list[Session]:
    return [session(3), session(1, **changes)]


def flagged(name: str, state: str) -> dict[str, str]:
    return {**FINE, name: state}


def test_two_good_days_lead_one_axis_one_step_up():
    found = verdict(good())
    assert (found.outcome, found.rule) == ("advance", "ready")
    assert LADDER.height(found.task) == LADDER.height(TASK) + 1
    assert sum(a != b for a, b in zip(found.task, TASK, strict=True)) == 1
    assert found.task in LADDER.walk
    assert not found.supervised


HARD = {"succeeded": (True, False, False)}
LOST = {"steadiness": (5, 5, 2)}
CASES: dict[str, tuple[str, list[Session], Standing, Person]] = {
    "locked": ("locked", good(), Standing(TASK, locked="fell"), WELL),
    **{f"flag {flag}": ("red-flag", last(flags=flagged(flag, "not fine")), Standing(TASK), WELL) for flag in FLAGS},
    "fall on the calendar": ("red-flag", good(), Standing(TASK), replace(WELL, falls=(TODAY,))),
    "pain 8": ("severe-pain", last(pain_peak=8), Standing(TASK), WELL),
    "pain 8 before": ("severe-pain", last(pain_before=8, pain_peak=None), Standing(TASK), WELL),
    "pain 8 where 7 is usual": (
        "not-yet", last(pain_before=7, pain_peak=8)[1:], Standing(TASK), replace(WELL, usual_pain=7)
    ),
    "pain 6": ("pain-limit", last(pain_before=5, pain_peak=6), Standing(TASK), WELL),
    "pain up by 3": ("pain-limit", last(pain_before=1, pain_peak=4), Standing(TASK), WELL),
    "not settled": ("pain-limit", last(settled="not fine"), Standing(TASK), WELL),
    "one of three, twice": ("too-hard", [session(3, **HARD), session(1, **HARD)], Standing(TASK), WELL),
    "lost twice, twice": ("too-hard", [session(3, **LOST), session(1, **LOST)], Standing(TASK), WELL),
    "one of three, once": ("not-yet", last(**HARD), Standing(TASK), WELL),
    "one 5, twice": ("unsteady", [session(k, steadiness=(5, 3, 3)) for k in (3, 1)], Standing(TASK), WELL),
    "long ago": ("long-break", [session(20), session(15)], Standing(TASK), WELL),
    "two weeks ago": ("ready", [session(20), session(14)], Standing(TASK), WELL),
    "nothing yet": ("not-asked", [], Standing(TASK), WELL),
    "steadiness not asked": ("not-asked", last(steadiness=(1, None, 1)), Standing(TASK), WELL),
    "pain not asked": ("not-asked", last(pain_peak=None), Standing(TASK), WELL),
    "usual pain not asked": ("not-asked", good(), Standing(TASK), replace(WELL, usual_pain=None)),
    "falls not asked": ("not-asked", good(), Standing(TASK), replace(WELL, falls=None)),
    "morning not asked": ("not-asked", last(settled="not asked"), Standing(TASK), WELL),
    "sway not measured": ("not-asked", last(sway="not asked"), Standing(TASK), WELL),
    "flag not asked": ("not-asked", last(flags=flagged("fall", "not asked")), Standing(TASK), WELL),
    "flag left out": ("not-asked", last(flags={}), Standing(TASK), WELL),
    "a fall before the re-check": (
        "fall-recent", good(), Standing(TASK, cleared=TODAY - timedelta(days=5)),
        replace(WELL, falls=(TODAY - timedelta(days=6),)),
    ),
    "a fall 15 days ago": ("ready", good(), Standing(TASK), replace(WELL, falls=(TODAY - timedelta(days=15),))),
    "sway": ("sway-veto", last(sway="not fine"), Standing(TASK), WELL),
    "sway before": ("sway-veto", [session(3, sway="not fine"), session(1)], Standing(TASK), WELL),
    "median 3": ("unsteady", last(steadiness=(3, 3, 1)), Standing(TASK), WELL),
    "one day": ("not-yet", [session(1)], Standing(TASK), WELL),
    "twice on a day": ("not-yet", [session(1), session(1)], Standing(TASK), WELL),
    "at another task": ("not-yet", [session(3, task=LADDER.task("none/apart")), session(1)], Standing(TASK), WELL),
    "three of four after a loss": ("not-yet", good(3), Standing(TASK, lost=(LADDER.height(TASK) + 1,)), WELL),
    "four of four after a loss": ("ready", good(4), Standing(TASK, lost=(LADDER.height(TASK) + 1,)), WELL),
    "lost twice as high": ("not-yet", good(4), Standing(TASK, lost=(LADDER.height(TASK) + 1,) * 2), WELL),
    "two steps this week": ("too-fast", good(), Standing(TASK, stepped=(TODAY - timedelta(days=6), TODAY)), WELL),
    "a step this week": ("ready", good(), Standing(TASK, stepped=(TODAY - timedelta(days=7), TODAY)), WELL),
    "all barred": (
        "no-step", good(), Standing(TASK),
        replace(WELL, barred=frozenset((axis.id, axis.levels[-1]) for axis in LADDER.axes) | {("base", "semi-tandem")}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_rule_decides_in_its_case(name):
    rule, sessions, standing, person = CASES[name]
    found = verdict(sessions, standing, person)
    assert found.rule == rule
    assert found.outcome == next(row.outcome for row in RULES.rows if row.id == rule)
    assert found.would_change
    assert found.inputs


def test_the_cases_reach_every_rule():
    assert {case[0] for case in CASES.values()} == {row.id for row in RULES.rows}


def test_a_new_sense_is_met_with_somebody_beside_and_once():
    standing = Standing(LADDER.task("none/semi-tandem"))
    done = [replace(one, task=standing.task) for one in good()]
    barred = frozenset({("base", "tandem"), ("head", "turning"), ("dual", "counting")})
    person = replace(WELL, company="helper", barred=barred)
    first = verdict(done, standing, person)
    assert LADDER.level(first.task, "vision") == "closed"
    assert first.supervised
    assert "closed" in after(LADDER, standing, first).tried
    assert not verdict(done, replace(standing, tried=frozenset({"closed"})), person).supervised


def test_nobody_alone_at_home_is_sent_where_somebody_must_be_near():
    for task in LADDER.walk:
        done = [replace(one, task=task) for one in good()]
        found = verdict(done, Standing(task), replace(WELL, company="home"))
        if found.outcome == "advance":
            assert LADDER.setting(found.task) == "home"


def test_a_lost_task_is_left_for_the_one_before_and_a_stop_locks():
    standing = Standing(TASK, path=(LADDER.task("none/apart"),))
    down = verdict([session(3, **HARD), session(1, **HARD)], standing)
    lower = after(LADDER, standing, down)
    assert lower.task == LADDER.task("none/apart")
    assert lower.lost == (LADDER.height(TASK),)
    assert (lower.fell_back, lower.path) == (TODAY, ())
    stopped = after(LADDER, standing, verdict(last(pain_peak=9), standing))
    assert stopped.locked
    assert verdict(good(), stopped).rule == "locked"
    with pytest.raises(ProtocolError, match="named clinician"):
        cleared(stopped, "", "well", TODAY)
    assert cleared(stopped, "PT", "settled", TODAY).locked == ""


def test_the_easiest_task_has_nothing_below():
    easiest = LADDER.task("two-hands/apart")
    hard = [replace(session(k, **HARD), task=easiest) for k in (3, 1)]
    found = verdict(hard, Standing(easiest))
    assert (found.outcome, found.task) == ("regress", easiest)
    assert after(LADDER, Standing(easiest), found).lost == ()


def test_a_therapists_numbers_count_and_an_override_keeps_what_the_rules_said():
    mine = replace(WELL, numbers={"not-yet": {"sessions": 3}})
    found = verdict(good(), person=mine)
    assert found.rule == "not-yet"
    other = override(found, "advance", LADDER.task("none/semi-tandem"), "PT", "stood it well in clinic")
    assert (other.by, other.inputs["rule"], other.rule) == ("PT", "not-yet", "override")
    for wrong in (("up", "PT", "x"), ("hold", "", "x"), ("hold", "PT", " ")):
        with pytest.raises(ProtocolError):
            override(found, wrong[0], TASK, *wrong[1:])


@pytest.mark.parametrize(
    "sessions",
    [
        [session(1), session(3)],
        [session(-1)],
        [session(1, succeeded=(True,))],
        [session(1, steadiness=(0, 1, 1))],
        [session(1, pain_peak=11)],
    ],
)
def test_what_cannot_be_is_refused_in_words(sessions):
    with pytest.raises(ProtocolError, match=r"\."):
        verdict(sessions)
    with pytest.raises(ProtocolError, match="home, corner, helper, clinic"):
        verdict(good(), person=replace(WELL, company="beach"))


some_sessions = st.builds(
    session,
    st.integers(0, 20),
    succeeded=st.tuples(*[st.booleans()] * 3),
    steadiness=st.tuples(*[st.one_of(st.none(), st.integers(1, 5))] * 3),
    pain_before=st.one_of(st.none(), st.integers(0, 10)),
    pain_peak=st.one_of(st.none(), st.integers(0, 10)),
    settled=st.sampled_from(STATES),
    sway=st.sampled_from(STATES),
    flags=st.fixed_dictionaries(
        {flag: st.sampled_from(("fine", "fine", "fine", "not fine", "not asked")) for flag in FLAGS}
    ),
)
histories = st.one_of(
    st.lists(some_sessions, max_size=4).map(lambda found: sorted(found, key=lambda one: one.on)), st.just(good(4))
)


def rung(found: Decision) -> int:
    """Where the person trains next; nowhere, where training stops."""
    return -1 if found.outcome == "stop" else LADDER.height(found.task)


def worse(name: str) -> list[Callable[[Session], Session]]:
    """What makes a session's input worse, or takes it away."""
    flags = [
        lambda one, flag=flag, state=state: replace(one, flags={**one.flags, flag: state})
        for flag in FLAGS
        for state in ("not fine", "not asked")
    ]
    return {
        "flags": list(flags),
        "succeeded": [lambda one: replace(one, succeeded=(False, *one.succeeded[1:]))],
        "steadiness": [lambda one, k=k: replace(one, steadiness=(k,) * 3) for k in (None, 5)],
        "pain": [lambda one, k=k: replace(one, pain_peak=k) for k in (None, 10)],
        "before": [lambda one: replace(one, pain_before=None)],
        "states": [
            lambda one, key=key, state=state: replace(one, **{key: state})
            for key in ("settled", "sway")
            for state in ("not fine", "not asked")
        ],
    }[name]


@given(
    histories,
    st.sampled_from(["flags", "succeeded", "steadiness", "pain", "before", "states"]),
    st.data(),
    st.sets(st.integers(2, 6), max_size=2),
)
def test_worse_or_missing_input_never_raises_the_rung(sessions, name, data, lost):
    standing = Standing(TASK, path=(LADDER.task("none/apart"),), lost=tuple(lost))
    before = verdict(sessions, standing)
    if sessions:
        at = data.draw(st.integers(0, len(sessions) - 1))
        change = data.draw(st.sampled_from(worse(name)))
        poorer = [change(one) if k == at else one for k, one in enumerate(sessions)]
        # Taking away a fault that was reported is no worse input.
        if not _hides(sessions[at], poorer[at]):
            assert rung(verdict(poorer, standing)) <= rung(before)
    for person in (replace(WELL, usual_pain=None), replace(WELL, falls=None), replace(WELL, company="home")):
        assert verdict(sessions, standing, person).outcome != "advance" or before.outcome == "advance"


def _hides(old: Session, new: Session) -> bool:
    flags = any(old.flags[flag] == "not fine" != new.flags[flag] for flag in FLAGS)
    states = any(getattr(old, key) == "not fine" != getattr(new, key) for key in ("settled", "sway"))
    pain = any((getattr(old, key) or 0) > 3 and getattr(new, key) is None for key in ("pain_before", "pain_peak"))
    rise = None not in (old.pain_before, old.pain_peak) and (old.pain_peak or 0) - (old.pain_before or 0) > 2
    lost = 5 in old.steadiness and None in new.steadiness
    return flags or states or pain or lost or (rise and None in (new.pain_before, new.pain_peak))


def test_ladders_and_rules_that_are_no_good_say_why(tmp_path: Path):
    ladder = (folder() / "standing.toml").read_text("utf-8")
    rules = (folder() / "rules.toml").read_text("utf-8")
    for text, wanted, load in (
        (ladder.replace('"none/together", ', ""), "more than one step", load_ladder),
        (ladder.replace("at_least = {}", 'at_least = { base = "tandem" }'), "at_least = ", load_ladder),
        (ladder.replace('vision = "closed"', 'vision = "shut"', 1), "no level vision = shut", load_ladder),
        (ladder.replace('words = ["eyes open", "eyes closed"]', 'words = ["a", "b", "c"]'), "3 words", load_ladder),
        (ladder.replace("format = 1", "format = 9"), "upgrade Surefoot", load_ladder),
        (rules, "holds rules and no ladder", load_ladder),
        (ladder, "holds a ladder and no rules", load_rules),
        (rules.replace('id = "locked"', 'id = "shut"'), "in this order", load_rules),
        (rules.replace('outcome = "stop"', 'outcome = "hold"', 1), "come first", load_rules),
        (rules.replace('source = "Thom', 'sauce = "Thom'), "sauce", load_rules),
    ):
        path = tmp_path / "one.toml"
        path.write_text(text, "utf-8")
        with pytest.raises(ProtocolError, match=wanted):
            load(path=path)
    with pytest.raises(ProtocolError, match="no level 'flying'"):
        LADDER.task("none/flying")


def test_names_and_steps_of_the_ladder_agree():
    for task in LADDER.walk:
        assert LADDER.task(LADDER.name(task)) == task
        for other in (*LADDER.easier(task), *LADDER.harder(task)):
            assert abs(LADDER.height(other) - LADDER.height(task)) == 1
            assert LADDER.task(LADDER.name(other)) == other
            assert LADDER.setting(other) in SETTINGS
            assert "  " not in LADDER.words(other)


def test_a_year_of_patients_neither_runs_ahead_nor_swings():
    years = {kind: patients.people(kind, 24, 1000) for kind in patients.KINDS}
    everyone = [year for found in years.values() for year in found]
    for year in everyone:
        for fall in year.fall_days:
            assert not any(0 <= (step - fall).days <= 14 for step in year.steps_days)
    assert any(year.fall_days for year in everyone)
    assert np.median([year.reversals_26 for year in everyone]) <= 4
    gaps = np.array([year.end_height - year.right_height for year in everyone])
    assert abs(np.median(gaps)) <= 1
    assert np.mean(np.abs(gaps) <= 1.5) > 0.8
    assert max(gaps) < 1.5  # nobody is left where they can't stand


def test_the_page_has_the_table_that_comes_out():
    kind = "falls"
    assert row_of(kind) in PAGE.read_text("utf-8")
