# SPDX-License-Identifier: MIT
"""Rules of progression: where a step down leads, what it leaves behind, and the way back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from progressing import HARD, LADDER, TANDEM, TASK, TODAY, UP, WELL, at, good, last, session, verdict
from surefoot.care.progression import after, override
from surefoot.care.progression_case import height
from surefoot.care.progression_values import Place


def test_where_a_step_down_leads():
    before, shorter = Place(LADDER.task("none/apart"), 30), Place(TASK, 20)
    standing = at(path=(before, Place(TASK, 10), shorter), lost=((9, 10.0),))
    down = verdict([session(3, **HARD), session(1, **HARD)], standing)
    assert (down.task, down.target_s) == (TASK, 20)  # too hard: the last step of the way back
    left = after(LADDER, standing, down)
    assert left.lost == ((9, 10.0), height(LADDER, Place(TASK, 30)))
    assert (left.fell_back, left.path, left.target_s) == (TODAY, (before, Place(TASK, 10)), 20)
    for sessions in (last(settled="not fine"), [session(20), session(15)]):
        found = verdict(sessions, standing)
        assert (found.task, found.target_s) == (before.task, 30)  # pain, a break: one rung
        eased = after(LADDER, standing, found)
        assert eased.lost == ((9, 10.0),)  # and nothing was too hard
        assert eased.held == height(LADDER, Place(TASK, 30))
    bar = replace(WELL, barred=frozenset({("support", "none")}))
    assert LADDER.name(verdict(good(), standing, bar).task) == "fingertips/together"  # what is barred is passed over
    closed = at(LADDER.task("none/apart/closed"))
    assert LADDER.name(verdict(last(settled="not fine", task=closed.task), closed).task) == "none/apart"


def test_what_was_left_for_pain_is_come_back_to_without_more_ado():
    before = Place(LADDER.task("none/apart"), 30)
    first, top = (height(LADDER, Place(TASK, target_s)) for target_s in (10, 30))
    standing = at(path=(before, Place(TASK, 10), Place(TASK, 20)), lost=(first, first))
    eased = after(LADDER, standing, verdict(last(settled="not fine"), standing))
    assert (eased.task, eased.held, eased.lost) == (before.task, top, (first, first))
    two = [session(k, task=before.task) for k in (3, 1)]
    again = replace(eased, fell_back=TODAY - timedelta(days=4))
    assert verdict(two, again).rule == "ready"  # the first time took two, too
    assert verdict(two, replace(again, held=None)).rule == "not-yet"  # lost twice: eight
    lower = after(LADDER, again, verdict([session(1, task=before.task, settled="not fine")], again))
    assert LADDER.height(lower.task) < LADDER.height(before.task)
    assert lower.held == top  # the highest stays
    for target_s, held in ((20, top), (30, None)):  # until it is reached
        step = replace(verdict(good()), task=TASK, target_s=target_s)
        assert after(LADDER, lower, step).held == held


@pytest.mark.parametrize("reason", ["settled", "break", "bar"])
def test_what_was_too_hard_as_well_is_a_loss_whatever_led_down(reason):
    days = (20, 15) if reason == "break" else (3, 1)
    hard = [session(k, **HARD, settled="not fine" if reason == "settled" else "fine") for k in days]
    person = replace(WELL, barred=frozenset({("base", "tandem")})) if reason == "bar" else WELL
    standing = at(TANDEM) if reason == "bar" else at()
    hard = [replace(one, task=standing.task) for one in hard]
    found = verdict(hard, standing, person)
    assert found.rule == {"settled": "pain-limit", "break": "long-break", "bar": "barred"}[reason]
    assert found.inputs["too-hard"] == [1, 1]
    left = after(LADDER, standing, found)
    assert (left.held, left.lost) == (None, (height(LADDER, Place(standing.task, 30)),))


def test_a_loss_or_a_clinician_ends_what_was_held():
    standing = at(held=(9, 10.0), path=(Place(LADDER.task("none/apart"), 30),))
    down = verdict([session(3, **HARD), session(1, **HARD)], standing)
    assert after(LADDER, standing, down).held is None
    own = override(LADDER, standing, down, standing.path[0], "PT", "rather begin anew")
    assert after(LADDER, standing, own).held is None
    stays = override(LADDER, standing, down, Place(TASK, 30), "PT", "the shoes were new")
    assert after(LADDER, standing, stays).held == (9, 10.0)


def test_a_step_up_forgets_losses_below_it():
    standing = at(lost=((2, 30.0), UP))
    up = after(LADDER, standing, verdict(good(8), standing))
    assert (up.lost, up.path, up.stepped) == ((UP,), (Place(TASK, 30),), (TODAY,))
