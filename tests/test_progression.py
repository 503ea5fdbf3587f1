# SPDX-License-Identifier: MIT
"""Rules of progression: every branch of every rule, and no worse or missing input raises a rung."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from progressing import (
    ALONE,
    CLOSED,
    HARD,
    HELPED,
    LADDER,
    LOST,
    NEARLY,
    RULES,
    TANDEM,
    TASK,
    TODAY,
    UP,
    WALKING,
    WELL,
    at,
    flagged,
    good,
    last,
    session,
    verdict,
    walk,
)
from surefoot.care.ladder import load_ladder
from surefoot.care.progression import after, begin, cleared, decide, override
from surefoot.care.progression_tracks import locked, opened, others, own, success, taken, tracks
from surefoot.care.progression_values import (
    FLAGS,
    HOME,
    STATES,
    Place,
    Session,
    Waiting,
)
from surefoot.errors import ProtocolError


def test_two_good_days_lead_to_a_longer_time_and_then_one_axis_one_step_up():
    first = verdict(good(target_s=10), at(target_s=10))
    assert (first.outcome, first.rule, first.task, first.target_s) == ("advance", "ready", TASK, 20)
    found = verdict(good())
    assert (found.outcome, found.rule, found.target_s) == ("advance", "ready", 10)
    assert LADDER.height(found.task) == LADDER.height(TASK) + 1
    assert sum(a != b for a, b in zip(found.task, TASK, strict=True)) == 1
    assert found.task in LADDER.walk
    assert not found.supervised


def test_a_bar_leads_no_higher_than_a_break_without_it():
    path = (Place(LADDER.task("none/apart"), 30), Place(LADDER.task("none/together"), 20))
    standing, person = at(TANDEM, path=path), replace(WELL, barred=frozenset({("support", "none")}))
    long_ago = [session(15, task=TANDEM)]
    free, barred = verdict(long_ago, standing), verdict(long_ago, standing, person)
    assert (free.rule, barred.rule) == ("long-break", "barred")
    assert LADDER.height(barred.task) <= LADDER.height(free.task)


def test_a_bar_names_only_levels_of_its_own_ladder():
    found = verdict(good(), person=replace(WELL, barred=frozenset({("hands", "crossed"), ("base", "together")})))
    assert found.inputs["barred"] == ["base together"]


def test_nobody_stands_on_one_leg_longer_than_their_age_does():
    assert LADDER.targets(ALONE, 41.2) == (10, 20, 30)
    assert LADDER.targets(ALONE, 21.5) == (10, 20, 21)
    assert LADDER.targets(ALONE, 9.4) == (9,)
    assert LADDER.targets(ALONE, None) == (10,)
    assert LADDER.targets(TANDEM, 9.4) == (10, 20, 30)
    assert WALKING.targets(WALKING.walk[0], None) == (None,)


def at_home(days: int, **told: Any) -> Session:
    """What was told of a day at home so long ago."""
    return Session(TODAY - timedelta(days=days), (), (), (), ladder=HOME, **told)


ALL = frozenset((axis.id, axis.levels[-1]) for axis in LADDER.axes) - {("support", "none")}
BARRED = ALL | {("base", "semi-tandem"), ("surface", "foam")}
CASES: dict[str, tuple[Any, ...]] = {
    "locked": ("locked", good(), at(locked="fell"), WELL),
    **{f"flag {flag}": ("red-flag", last(flags=flagged(flag, "not fine")), at(), WELL) for flag in FLAGS},
    "fall on the calendar": ("red-flag", good(), at(), replace(WELL, falls=(TODAY,))),
    "fall elsewhere": ("red-flag", good(), at(), WELL, (session(1, flags=flagged("fall", "not fine")),)),
    "pain 8": ("severe-pain", last(pain_peak=8), at(), WELL),
    "pain 8 before": ("severe-pain", last(pain_before=8, pain_peak=None), at(), WELL),
    "pain 8 elsewhere": ("severe-pain", good(), at(), WELL, (session(1, pain_peak=8),)),
    "pain 8 where 7 is usual": (
        "not-yet", last(pain_before=7, pain_peak=8)[1:], at(), replace(WELL, usual_pain=7)
    ),
    "pain 10 where 9 is usual": ("severe-pain", last(pain_peak=10), at(), replace(WELL, usual_pain=9)),
    "pain 8 before the re-check": ("pain-limit", last(pain_peak=8), at(cleared=TODAY), WELL),
    "ladder closed": ("closed", good(), at(), replace(WELL, barred=frozenset({("base", "apart")}))),
    "task barred": ("barred", good(), at(), replace(WELL, barred=frozenset({("base", "together")}))),
    "below it barred": ("barred", good(), at(TANDEM), replace(WELL, barred=frozenset({("base", "semi-tandem")}))),
    "company gone": ("barred", good(task=TANDEM), at(TANDEM), replace(WELL, company="home")),
    "pain 6": ("pain-limit", last(pain_before=5, pain_peak=6), at(), WELL),
    "pain up by 3": ("pain-limit", last(pain_before=1, pain_peak=4), at(), WELL),
    "not settled": ("pain-limit", last(settled="not fine"), at(), WELL),
    "not settled before": ("pain-limit", [session(3, settled="not fine"), session(1)], at(), WELL),
    "pain answered": ("not-yet", last(**HARD, settled="not fine")[1:], at(fell_back=TODAY - timedelta(days=1)), WELL),
    "pain overruled": ("ready", last(settled="not fine"), at(overridden=TODAY - timedelta(days=1)), WELL),
    "long ago": ("long-break", [session(20), session(15)], at(), WELL),
    "long ago and decided": ("too-few", [session(20), session(15)], at(overridden=TODAY), WELL),
    "placed long ago": ("long-break", [], at(begun=TODAY - timedelta(days=15)), WELL),
    "placed two weeks ago": ("not-asked", [], at(begun=TODAY - timedelta(days=14)), WELL),
    "placed long ago and decided": (
        "not-asked", [], at(begun=TODAY - timedelta(days=15), fell_back=TODAY - timedelta(days=1)), WELL
    ),
    "one of three, twice": ("too-hard", [session(3, **HARD), session(1, **HARD)], at(), WELL),
    "lost twice, twice": ("too-hard", [session(3, **LOST), session(1, **LOST)], at(), WELL),
    "nearly lost, twice": ("too-hard", [session(3, **NEARLY), session(1, **NEARLY)], at(), WELL),
    "one of three, once": ("unsteady", last(**HARD, steadiness=(3, 3, 3)), at(), WELL),
    "two of three": ("not-yet", last(succeeded=(True, True, False)), at(), WELL),
    "hard and unrated": (
        "not-asked", [session(k, steadiness=(None, None, None)) for k in (3, 1)], at(), WELL
    ),
    "one 5, twice": ("unsteady", [session(k, steadiness=(5, 3, 3)) for k in (3, 1)], at(), WELL),
    "nothing yet": ("not-asked", [], at(), WELL),
    "steadiness not asked": ("not-asked", last(steadiness=(1, None, 1)), at(), WELL),
    "pain not asked": ("not-asked", last(pain_peak=None), at(), WELL),
    "pain before not asked": ("not-asked", last(pain_before=None), at(), WELL),
    "pain not asked the time before": ("not-asked", [session(3, pain_peak=None), session(1)], at(), WELL),
    "usual pain not asked": ("not-asked", good(), at(), replace(WELL, usual_pain=None)),
    "falls not asked": ("not-asked", good(), at(), replace(WELL, falls=None)),
    "a level not asked": (
        "not-asked", good(), at(), replace(WELL, waiting=(Waiting("stands_alone", frozenset({("support", "none")})),))
    ),
    "a fall before training, since they were placed": (
        "red-flag", good(), at(placed=TODAY - timedelta(days=9)), replace(WELL, falls=(TODAY - timedelta(days=8),))
    ),
    "safety not asked": ("not-asked", good(), at(), replace(WELL, unasked=("new_symptoms",))),
    "morning not asked": ("not-asked", last(settled="not asked"), at(), WELL),
    "sway not measured": ("not-asked", last(sway="not asked"), at(), WELL),
    "flag not asked": ("not-asked", last(flags=flagged("fall", "not asked")), at(), WELL),
    "flag left out": ("not-asked", last(flags={}), at(), WELL),
    "a fall before the re-check": (
        "fall-recent", good(), at(cleared=TODAY - timedelta(days=5)),
        replace(WELL, falls=(TODAY - timedelta(days=6),)),
    ),
    "a fall 14 days ago": ("fall-recent", good(), at(), replace(WELL, falls=(TODAY - timedelta(days=14),))),
    "a fall 15 days ago": ("ready", good(), at(), replace(WELL, falls=(TODAY - timedelta(days=15),))),
    "pain elsewhere": ("pain-elsewhere", good(), at(), WELL, (session(1, pain_before=5, pain_peak=6),)),
    "pain elsewhere is over": ("ready", good(), at(), WELL, (session(2, pain_before=5, pain_peak=6), session(1))),
    "pain at home": ("pain-elsewhere", good(), at(), WELL, (at_home(1, pain_before=5, pain_peak=6),)),
    "pain at home is over": ("ready", good(), at(), WELL, (at_home(2, pain_peak=6), at_home(1, pain_peak=2))),
    "pain at home, and later only before": (
        "pain-elsewhere", good(), at(), WELL, (at_home(2, pain_peak=6), at_home(1, pain_before=1))
    ),
    "pain at home, and later elsewhere none": (
        "pain-elsewhere", good(), at(), WELL, (at_home(2, pain_peak=6), session(1))
    ),
    "pain 8 at home": ("severe-pain", good(), at(), WELL, (at_home(1, pain_peak=8),)),
    "pain 8 at home before the re-check": (
        "pain-elsewhere", good(), at(cleared=TODAY), WELL, (at_home(1, pain_peak=8),)
    ),
    "pain creeps up": ("pain-rising", last(pain_before=3, pain_peak=3), at(), WELL),
    "pain creeps up by 1": ("ready", last(pain_before=2, pain_peak=3), at(), WELL),
    "sway": ("sway-veto", last(sway="not fine"), at(), WELL),
    "sway before": ("sway-veto", [session(3, sway="not fine"), session(1)], at(), WELL),
    "median 3": ("unsteady", last(steadiness=(3, 3, 1)), at(), WELL),
    "one day": ("not-yet", [session(1)], at(), WELL),
    "twice on a day": ("not-yet", [session(1), session(1)], at(), WELL),
    "late and early": ("not-yet", [session(2, minutes=1200), session(1, minutes=600)], at(), WELL),
    "day after day": ("not-yet", [session(2), session(1)], at(), WELL),
    "24 h apart": ("ready", [session(2, minutes=600), session(1, minutes=600)], at(), WELL),
    "at another task": ("not-yet", [session(3, task=LADDER.task("none/apart")), session(1)], at(), WELL),
    "for a shorter time": ("not-yet", [session(3, target_s=20), session(1)], at(), WELL),
    "before the last step": ("not-yet", good(), at(fell_back=TODAY - timedelta(days=2)), WELL),
    "three of four after a loss": ("not-yet", good(3), at(lost=(UP,)), WELL),
    "four of four after a loss": ("ready", good(4), at(lost=(UP,)), WELL),
    "lost twice as high": ("not-yet", good(4), at(lost=(UP, UP)), WELL),
    "left for pain after two losses": ("ready", good(), at(lost=(UP, UP), held=UP), WELL),
    "left for pain lower down": ("not-yet", good(), at(lost=(UP, UP), held=(UP[0], UP[1] - 1)), WELL),
    "whole before the re-check": ("not-yet", good(), at(cleared=TODAY), WELL),
    "whole since the re-check": ("ready", good(), at(cleared=TODAY - timedelta(days=3)), WELL),
    "falls not asked lately": ("not-asked", good(), at(), replace(WELL, unasked=("falls",))),
    "closed eyes alone": ("unwatched", good(task=CLOSED), at(CLOSED), WELL),
    "closed eyes failed": (
        "unwatched",
        [session(5, task=CLOSED, beside=True, **HARD), *good(task=CLOSED)], at(CLOSED), WELL,
    ),
    "closed eyes passed": (
        "ready", [session(3, task=CLOSED, beside=True), session(1, task=CLOSED)], at(CLOSED), HELPED
    ),
    "closed eyes known": ("ready", good(task=CLOSED), at(CLOSED, tried=frozenset({"closed"})), HELPED),
    "one this week": ("too-few", [session(12), session(10), session(3)], at(), WELL),
    "the last a week ago": ("too-few", [session(9), session(7)], at(), WELL),
    "two steps this week": ("too-fast", good(), at(stepped=tuple(TODAY - timedelta(days=k) for k in (6, 5))), WELL),
    "a step today": (
        "too-fast", [session(0)], at(stepped=(TODAY,)),
        replace(WELL, numbers={"not-yet": {"sessions": 1}, "too-few": {"sessions": 1}}),
    ),
    "a step this week": ("ready", good(), at(stepped=(TODAY - timedelta(days=7), TODAY - timedelta(days=5))), WELL),
    "all barred": ("no-step", good(), at(), replace(WELL, barred=BARRED - {("base", "single-leg")})),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_rule_decides_in_its_case(name):
    rule, sessions, standing, person, *elsewhere = CASES[name]
    found = verdict(sessions, standing, person, *elsewhere)
    assert found.rule == rule
    assert found.outcome == next(row.outcome for row in RULES.rows if row.id == rule)
    assert found.would_change
    assert found.inputs


def test_what_would_change_it_names_who_asks():
    assert (
        verdict(good(), person=replace(WELL, falls=None)).would_change == "Ask about falls (`surefoot assess falls`)."
    )
    for unasked, say in (("falls", "`surefoot assess falls`"), ("new_symptoms", "`surefoot assess safety`")):
        found = verdict(good(), person=replace(WELL, unasked=(unasked,)))
        assert say in found.would_change
        assert found.would_change.count("surefoot") == 1


def test_the_cases_reach_every_rule():
    assert {case[0] for case in CASES.values()} | {"strenuous"} == {row.id for row in RULES.rows}


def test_a_new_sense_is_met_with_somebody_beside_until_it_is_passed_so():
    standing = at(LADDER.task("none/semi-tandem"))
    done = good(task=standing.task)
    barred = frozenset({("base", "tandem"), ("head", "turning"), ("dual", "counting"), ("surface", "foam")})
    person = replace(WELL, company="helper", barred=barred)
    first = verdict(done, standing, person)
    assert LADDER.level(first.task, "vision") == "closed"
    assert first.supervised
    there = after(LADDER, standing, first)
    assert verdict([*done, session(0, task=there.task, target_s=10)], there, person).supervised
    passed = session(0, task=there.task, target_s=10, beside=True)
    assert not verdict([*done, passed], there, person).supervised
    assert not verdict(done, replace(standing, tried=frozenset({"closed"})), person).supervised


def test_nobody_alone_at_home_is_sent_where_somebody_must_be_near():
    for name in ("standing", "dynamic", "strength", "walking"):
        ladder = load_ladder(name)
        for task in ladder.walk:
            for company in ("home", "corner"):
                found = decide(ladder, RULES, begin(ladder, Place(task)), [], replace(WELL, company=company), TODAY)
                assert ladder.fits(found.task, company, ())


def test_what_stops_one_ladder_stops_them_all_and_a_clinician_opens_it():
    standings = {track: at() for track in tracks(LADDER)} | {
        track: begin(WALKING, Place(WALKING.walk[0])) for track in tracks(WALKING)
    }
    assert list(standings) == [("standing", "left"), ("standing", "right"), ("walking", "")]
    stop = verdict(last(pain_peak=9))
    after_it = taken(LADDER, standings, ("standing", "left"), stop)
    assert all(one.locked == stop.words for one in after_it.values())
    assert verdict(good(), after_it["standing", "right"]).rule == "locked"
    assert locked(after_it, "other") == after_it
    held = taken(LADDER, after_it, ("standing", "left"), verdict(good(), after_it["standing", "left"]))
    assert held == after_it
    with pytest.raises(ProtocolError, match="named clinician"):
        cleared(after_it["walking", ""], "", "well", TODAY)
    with pytest.raises(ProtocolError, match="named clinician"):
        opened(after_it, "PT", " ", TODAY)
    assert not any(one.locked for one in opened(after_it, "PT", "settled", TODAY).values())
    closed = replace(WELL, barred=frozenset({("base", "apart")}))
    assert taken(LADDER, standings, ("standing", "left"), verdict(good(), person=closed)) == standings


def test_sessions_of_both_legs_count_for_each_and_others_are_elsewhere():
    left, both, other = (replace(session(1), ladder=name, leg=leg) for name, leg in
                         (("standing", "left"), ("standing", ""), ("walking", "")))  # fmt: skip
    everything = (left, both, other)
    assert own(("standing", "left"), everything) == [left, both]
    assert own(("standing", "right"), everything) == [both]
    assert others(("standing", "right"), everything) == [left, other]
    assert success([left, replace(both, succeeded=(True, False, False))], 4) == pytest.approx(4 / 6)
    assert success([], 4) is None


def test_the_easiest_task_has_nothing_below():
    easiest = LADDER.task("two-hands/apart")
    hard = [session(k, task=easiest, target_s=10, **HARD) for k in (3, 1)]
    standing = begin(LADDER, Place(easiest))
    found = verdict(hard, standing)
    assert (found.outcome, found.task, found.target_s) == ("regress", easiest, 10)
    assert after(LADDER, standing, found).lost == ()


def test_a_walk_a_week_and_effort_counts():
    week = [walk(5), walk(3), walk(1)]
    standing = begin(WALKING, Place(WALKING.task("10-min")))

    def found(sessions, own=standing, person=WELL):
        return decide(WALKING, RULES, own, sessions, person, TODAY)

    assert found(week).rule == "ready"
    assert WALKING.name(found(week).task) == "10-min/pavement"
    assert found(week[1:]).rule == "not-yet"
    assert found([*week[:2], walk(1, exertion=7)]).rule == "strenuous"
    assert found([*week[:2], walk(1, exertion=None)]).rule == "not-asked"
    for state in STATES:  # a walk isn't asked about sway
        assert found([*week[:2], walk(1, sway=state)]).rule == "ready"
    assert found(week, replace(standing, stepped=(TODAY - timedelta(days=6),))).rule == "too-fast"
    assert found([walk(k, succeeded=(False,)) for k in (3, 1)]).rule == "too-hard"


def test_where_every_harder_task_waits_for_an_answer_that_is_named():
    waiting = (Waiting("vision", BARRED - {("base", "single-leg")}),)
    found = verdict(good(), person=replace(WELL, waiting=waiting))
    assert (found.outcome, found.rule, found.inputs["waits for"]) == ("hold", "no-step", ["vision"])
    assert "assess safety" in found.would_change


def test_a_step_down_names_what_was_not_asked_and_goes_to_nothing_that_waits_for_more():
    waiting = (Waiting("stands_alone", frozenset({("support", "none")})),)
    path = (Place(LADDER.task("fingertips/apart"), 30), Place(LADDER.task("none/apart"), 30))
    found = verdict([session(20), session(15)], at(path=path), replace(WELL, waiting=waiting))
    assert (found.rule, LADDER.name(found.task), found.inputs["not asked"]) == (
        "long-break", "none/apart", ["stands_alone"]
    )  # fmt: skip
    closed = (Waiting("drop", frozenset({("vision", "closed")})),)
    here = at(path=(Place(LADDER.task("none/apart/closed"), 30),))
    found = verdict([session(20), session(15)], here, replace(WELL, waiting=closed))
    assert LADDER.name(found.task) == "none/apart"


def test_a_therapists_numbers_count_before_the_ladders_and_those_before_the_files():
    assert verdict(good(), person=replace(WELL, numbers={"not-yet": {"sessions": 3}})).rule == "not-yet"
    week = [walk(3), walk(1)]
    own = replace(WELL, numbers={"not-yet": {"sessions": 2}})
    assert decide(WALKING, RULES, begin(WALKING, Place(WALKING.task("10-min"))), week, own, TODAY).rule == "ready"


def test_an_override_keeps_what_the_rules_said_and_never_opens_a_stop():
    standing, found = at(path=(Place(LADDER.task("none/apart"), 30),)), verdict(good(1))
    up = override(LADDER, standing, found, Place(LADDER.task("none/semi-tandem"), 10), "PT", "stood it well in clinic")
    assert (up.outcome, up.by, up.inputs["rule"], up.inputs["outcome"], up.rule) == (
        "advance",
        "PT",
        "not-yet",
        "hold",
        "override",
    )
    there = after(LADDER, standing, up)
    assert (there.task, there.overridden, there.stepped) == (up.task, TODAY, (TODAY,))
    down = override(LADDER, standing, found, Place(LADDER.task("none/apart"), 30), "PT", "tired")
    assert (down.outcome, after(LADDER, standing, down).path, after(LADDER, standing, down).lost) == ("regress", (), ())
    same = override(LADDER, standing, found, Place(LADDER.task("none/apart/closed"), 30), "PT", "eyes first")
    assert (same.outcome, after(LADDER, standing, same).task) == ("hold", LADDER.task("none/apart/closed"))
    stop = override(LADDER, standing, found, None, "PT", "looks unwell")
    assert (stop.outcome, stop.task, after(LADDER, standing, stop).locked) == ("stop", TASK, "looks unwell")
    for by, reason in (("", "x"), ("PT", " ")):
        with pytest.raises(ProtocolError, match="who decided and why"):
            override(LADDER, standing, found, None, by, reason)
    with pytest.raises(ProtocolError, match="ladder clear"):
        override(LADDER, standing, verdict(last(pain_peak=9)), Place(TASK, 30), "PT", "fine again")


@pytest.mark.parametrize(
    "sessions",
    [
        [session(1), session(3)],
        [session(-1)],
        [session(1, succeeded=(True,))],
        [session(1, steadiness=(0, 1, 1))],
        [session(1, pain_peak=11)],
        [session(1, exertion=11)],
        [session(1, leg="both")],
    ],
)
def test_what_cannot_be_is_refused_in_words(sessions):
    with pytest.raises(ProtocolError, match=r"\."):
        verdict(sessions)
    if len(sessions[0].succeeded) == 3:
        with pytest.raises(ProtocolError, match=r"\."):
            verdict(good(), elsewhere=tuple(sessions))
    with pytest.raises(ProtocolError, match="home, corner, helper, clinic"):
        verdict(good(), person=replace(WELL, company="beach"))
