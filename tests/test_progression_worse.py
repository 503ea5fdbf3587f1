# SPDX-License-Identifier: MIT
"""Rules of progression: no worse or missing input raises a rung."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from progressing import CLOSED, FINE, LADDER, RULES, TANDEM, TASK, TODAY, UP, WELL, at, flagged, good, session, verdict
from surefoot.care.progression_case import height
from surefoot.care.progression_values import FLAGS, LEGS, OUTCOMES, STATES, Decision, Place, Session, Waiting

some_sessions = st.builds(
    session,
    st.integers(0, 20),
    succeeded=st.tuples(*[st.sampled_from((True, True, False))] * 3),
    steadiness=st.tuples(*[st.one_of(st.none(), st.integers(1, 5))] * 3),
    pain_before=st.one_of(st.none(), st.integers(0, 10)),
    pain_peak=st.one_of(st.none(), st.integers(0, 10)),
    settled=st.sampled_from(STATES),
    sway=st.sampled_from(STATES),
    beside=st.sampled_from((None, False, True)),
    flags=st.fixed_dictionaries(
        {flag: st.sampled_from(("fine", "fine", "fine", "not fine", "not asked")) for flag in FLAGS}
    ),
)
near_good = st.lists(st.integers(0, 3), min_size=4, max_size=4).map(
    lambda marks: [
        one if mark else replace(one, steadiness=(3, 2, 2)) for one, mark in zip(good(4), marks, strict=True)
    ]
)
histories = st.one_of(
    st.lists(some_sessions, max_size=4).map(lambda found: sorted(found, key=lambda one: one.on)),
    near_good,
    st.just(good(4)),
    st.just(good(4, beside=True)),
)
standings = st.builds(
    at,
    st.sampled_from((TASK, CLOSED, TANDEM)),
    path=st.just((Place(LADDER.task("none/apart"), 30), Place(LADDER.task("none/together"), 20))),
    target_s=st.sampled_from((20, 30)),
    lost=st.sampled_from(((), (UP,), (UP, UP), ((3, 30.0),))),
    held=st.sampled_from((None, UP, (UP[0] + 1, 20.0), (3, 30.0))),
    stepped=st.sampled_from(((), (TODAY - timedelta(days=8),), (TODAY - timedelta(days=6), TODAY - timedelta(days=8)))),
)


def placed(found: Decision) -> tuple[float, float]:
    """Where the person trains next; nowhere, where training stops."""
    return (-1, 0) if found.outcome == "stop" else height(LADDER, Place(found.task, found.target_s))


# Each input of a session in turn, made worse or taken away: only where it was well, since to hide a fault that was told
# is no worse input.
Change = Callable[[Session], Session | None]
WORSE: dict[str, Change] = {
    **{
        f"{flag} {state}": lambda one, flag=flag, state=state: (
            None if one.flags[flag] == "not fine" else replace(one, flags={**one.flags, flag: state})
        )
        for flag in FLAGS
        for state in ("not fine", "not asked")
    },
    **{
        f"{key} {state}": lambda one, key=key, state=state: (
            None if getattr(one, key) == "not fine" else replace(one, **{key: state})
        )
        for key in ("settled", "sway")
        for state in ("not fine", "not asked")
    },
    "fails": lambda one: replace(one, succeeded=(False, *one.succeeded[1:])),
    "lost": lambda one: replace(one, steadiness=(5, 5, 5)),
    "felt worse": lambda one: replace(one, steadiness=tuple(s and min(s + 1, 5) for s in one.steadiness)),
    "unrated": lambda one: replace(one, steadiness=(None,) * 3) if max((s or 0) for s in one.steadiness) < 4 else None,
    "more pain": lambda one: None if one.pain_peak is None else replace(one, pain_peak=min(one.pain_peak + 1, 10)),
    "severe pain": lambda one: replace(one, pain_peak=10),
    "peak not asked": lambda one: replace(one, pain_peak=None) if (one.pain_peak or 0) <= 2 else None,
    "before not asked": lambda one: (
        replace(one, pain_before=None) if (one.pain_peak or 0) <= 2 and (one.pain_before or 0) < 3 else None
    ),
    "alone": lambda one: replace(one, beside=False),
    "company not asked": lambda one: replace(one, beside=None),
    "shorter": lambda one: replace(one, target_s=10) if all(one.succeeded) else None,
    "time of day not asked": lambda one: replace(one, minutes=None),
}  # fmt: skip


@given(histories, standings, st.sampled_from(list(WORSE)), st.data())
def test_worse_or_missing_input_of_a_session_never_raises_the_rung(sessions, standing, name, data):
    sessions = [replace(one, task=standing.task, target_s=standing.target_s) for one in sessions]
    if not sessions:
        return
    at_one = data.draw(st.integers(0, len(sessions) - 1))
    change = WORSE[name](sessions[at_one])
    if change is None:
        return
    poorer = [change if k == at_one else one for k, one in enumerate(sessions)]
    for person in (WELL, replace(WELL, company="clinic")):
        assert placed(verdict(poorer, standing, person)) <= placed(verdict(sessions, standing, person))


@given(histories, standings, st.one_of(st.none(), some_sessions))
def test_a_person_of_whom_less_is_known_or_allowed_never_stands_higher(sessions, standing, elsewhere):
    sessions = [replace(one, task=standing.task, target_s=standing.target_s) for one in sessions]
    rich = replace(WELL, company="clinic")
    here = placed(verdict(sessions, standing, rich))
    for poorer in (
        replace(rich, falls=(TODAY,)),
        replace(rich, falls=(TODAY - timedelta(days=3),)),
        *(replace(rich, company=company) for company in ("home", "corner", "helper")),
        *(
            replace(rich, barred=frozenset({bar}))
            for bar in (("support", "none"), ("base", "tandem"), ("vision", "closed"), ("base", "apart"))
        ),
        replace(rich, usual_pain=0),
        replace(rich, single_leg_s=None),
    ):
        assert placed(verdict(sessions, standing, poorer)) <= here
    if elsewhere is not None:
        assert placed(verdict(sessions, standing, rich, (elsewhere,))) <= here
    for waits in (Waiting("stands_alone", frozenset({("support", "none")})), Waiting("helper", company="home")):
        # Who wasn't asked goes no higher, and stays where who was asked would.
        found = verdict(sessions, standing, replace(rich, waiting=(waits,)))
        assert found.outcome != "advance" or height(LADDER, Place(found.task, found.target_s)) <= here
        assert placed(found) <= max(here, height(LADDER, Place(standing.task, standing.target_s)))
        assert found.rule not in ("closed", "barred")
    for key in ("usual_pain", "falls"):  # what a stricter limit would have found can't be known
        found = verdict(sessions, standing, replace(rich, **{key: None}))
        assert placed(found) <= max(here, height(LADDER, Place(standing.task, standing.target_s)))
    assert placed(verdict(sessions, replace(standing, locked="fell"), rich)) == (-1, 0)


@given(histories, st.sampled_from(list(WORSE)))
def test_no_input_can_be_missing_and_the_step_be_up(sessions, name):
    """Each input of the newest session taken away in turn."""
    gone = [
        *({"flags": {key: state for key, state in FINE.items() if key != flag}} for flag in FLAGS),
        *({key: None} for key in ("pain_before", "pain_peak")),
        *({key: "not asked"} for key in ("settled", "sway")),
        {"steadiness": (1, None, 1)},
    ]
    if not sessions:
        return
    for taken_away in gone:
        found = verdict([*sessions[:-1], replace(sessions[-1], **taken_away)])
        assert found.outcome != "advance"


def test_rules_that_stop_come_before_those_that_lower_hold_and_raise():
    ranks = [OUTCOMES.index(row.outcome) for row in RULES.rows]
    assert ranks == sorted(ranks)
    bad = session(1, flags=flagged("fall", "not fine"), settled="not fine", sway="not fine", steadiness=(5, 5, None))
    order = [verdict([session(3), bad]).rule]
    order.append(verdict([session(3), replace(bad, flags=FINE)]).rule)
    order.append(verdict([session(3), replace(bad, flags=FINE, settled="fine")]).rule)
    order.append(verdict([session(3), replace(bad, flags=FINE, settled="fine", steadiness=(5, 5, 3))]).rule)
    assert order == ["red-flag", "pain-limit", "not-asked", "sway-veto"]
    assert set(LEGS) == {"left", "right"}
