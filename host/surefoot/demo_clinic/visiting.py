# SPDX-License-Identifier: MIT
"""A visit of one person: who they are, tests kept, questions, the rules' suggestions, plan, goal, minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ..care.plan import Item, Plan, added, exercise_item, task_item, title_of
from ..care.progression_tracks import Track
from ..care.progression_values import Place
from ..clinic import assess, ladder_deciding, plan_entries, visits
from ..clinic.ladder_kept import ladder_of, progress
from ..clinic.store import entries
from ..clinic.store.keep import keep_session, keep_walks
from ..clinic.store.people import add_person
from ..unit_words import counted
from . import told
from .boards import seed_of, session_folder, stand_of, walk_days, weak_side
from .people import FALL, LATE, NUMBERS, OVERRIDE, VOID, Member, share_on, visit_days

if TYPE_CHECKING:
    from ..clinic.store.values import Entry, Store

EXERCISES = ("sit-to-stand", "heel-raises", "side-leg-raise")
CALL = "the clinic, +00 000 000 00 00 (made up)"


def visited(store: Store, member: Member, day: date, weeks: int, tracks: Sequence[Track], out: Path, seed: int) -> None:
    """One of the three visits. Raises SurefootError."""
    number = visit_days(member, weeks).index(day) + 1
    by = member.therapist
    if number == 1:
        _arrives(store, member, day, by, seed)
    else:
        before, entry = assess.safety_profile(store, member.code)
        assess.keep_safety(store, member.code, told.asked_again(before, day, every=True), day, by=by, over=entry)
    result = _tested(store, member, day, out, number)
    if member.walk and all(one <= day for one in walk_days(member, weeks)):  # the folder holds them all
        keep_walks(store, out, member.code, by=by)
    around = told.around_tests(member, share_on(day, weeks))
    assess.keep_assessment(store, member.code, around, day, by=by, sources=[result.id])
    for track in tracks:
        ladder_deciding.suggest(store, member.code, track, day, by=by)
    if number == 2 and OVERRIDE in member.stories:
        _overruled(store, member, day)
    changed = _planned(store, member, tracks, day) if number == 1 else plan_followed(store, member, tracks, day)
    if number == 1:
        plan_entries.keep_goal(store, member.code, told.goal(member, weeks, _primary(result)), day, by=by)
    tasks: dict[str, list[str]] = {}
    for one in _tasks(store, member, tracks, day):
        tasks.setdefault(one.ladder, []).append(title_of(one))
    locked = bool(progress(store, member.code).locked)
    visits.put_visit(store, member.code, day, told.visit(member, number, tasks, changed, locked), by=by)


def _arrives(store: Store, member: Member, day: date, by: str, seed: int) -> None:
    add_person(store, member.code, by=by, identity=told.identity(member))
    body = stand_of(member, seed_of(member, seed), 0.0).world.person
    assess.keep_profile(store, member.code, told.profile(member, body.height_m, body.mass_kg), day, by=by)
    weak = weak_side(member, seed) if member.walk else ""
    assess.keep_safety(store, member.code, told.safety(member, day, weak), day, by=by)
    assess.keep_history(store, member.code, told.history(member, day), day, by=by)
    if {NUMBERS, FALL, LATE} & {*member.stories}:
        own, why = {}, "so that something is done where training is locked"
        if NUMBERS in member.stories:
            own, why = {"not-yet": {"sessions": 4}}, "brittle bones: no haste"
        ladder_deciding.set_numbers(store, member.code, "all", own, day, by=by, why=why, fallback=told.FALLBACK)


def _tested(store: Store, member: Member, day: date, out: Path, number: int) -> Entry:
    """The session's recordings into the store; of one, a trial is taken back, and the result computed anew."""
    kept = keep_session(store, session_folder(out, member, day), by=member.therapist)
    if VOID in member.stories and number == 2:
        reason = "somebody spoke to the person during the trial"
        entries.void(store, kept.entries[-1].id, by=member.therapist, reason=reason)
    found = entries.last(store, member.code, "result")
    assert found is not None
    return found


def _primary(result: Entry) -> float | None:
    from dataclasses import asdict

    from ..care.protocol import load_protocol
    from ..output.outcome_view import is_primary

    named = load_protocol(result.document["protocol"]["id"]).primary_outcome
    found = [one for one in result.document.get("outcomes", ()) if named and is_primary(one, asdict(named))]
    return found[0].get("value") if found else None


def _overruled(store: Store, member: Member, day: date) -> None:
    """Both legs one step higher, by the therapist's own decision."""
    ladder = ladder_of("standing")
    for track, standing in progress(store, member.code).standings.items():
        if track[0] == ladder.id:
            task = ladder.harder(standing.task)[0]
            place = Place(task, ladder.targets(task, None)[0])
            reason = "stood it three times today, beside me and without a sway that worried me"
            ladder_deciding.overrule(store, member.code, track, place, day, by=member.therapist, reason=reason)


def _planned(store: Store, member: Member, tracks: Sequence[Track], day: date) -> str:
    company = "home" if {"helper"} & {*member.not_fine, *member.not_asked} else "helper"
    plan = Plan(company=company, call=CALL)
    for item in (*_tasks(store, member, tracks, day), *(exercise_item(name, day) for name in EXERCISES)):
        if not plan_entries.speaks_against(store, member.code, item, company, day)[0]:
            plan = added(plan, item)
    plan_entries.keep_plan(store, member.code, plan, day, by=member.therapist, over=None)
    return f"A plan for home with {counted(len(plan.items), 'thing')} to do."


def plan_followed(store: Store, member: Member, tracks: Sequence[Track], day: date) -> str:
    """The plan's tasks are those that the ladders lead to now; what was changed, in words."""
    if progress(store, member.code).locked:
        return f"Nothing of the plan is done until a re-check; until then {told.FALLBACK}."
    found, entry = plan_entries.plan(store, member.code)
    now = _tasks(store, member, tracks, day)
    old = [one for one in found.items if one.kind == "task"]
    same = {one.id: one for one in old}
    tasks = [replace(one, since=same[one.id].since) if one.id in same else one for one in now]
    tasks = [one for one in tasks if not plan_entries.speaks_against(store, member.code, one, found.company, day)[0]]
    if tasks == old or not tasks:
        return "The plan stays as it is."
    new = replace(found, items=(*tasks, *(one for one in found.items if one.kind != "task")))
    plan_entries.keep_plan(store, member.code, new, day, by=member.therapist, over=entry)
    return "The tasks of the plan follow the ladder: " + "; ".join(title_of(one) for one in tasks) + "."


def _tasks(store: Store, member: Member, tracks: Sequence[Track], day: date) -> list[Item]:
    """An item for each task that a ladder leads to, once where both legs stand at it."""
    standings, items = progress(store, member.code).standings, {}
    for track in tracks:
        standing, ladder = standings[track], ladder_of(track[0])
        pair = {(one.task, one.target_s) for other, one in standings.items() if other[0] == track[0]}
        leg = track[1] if ladder.one_legged(standing.task) and len(pair) > 1 else None
        item = task_item(ladder.id, ladder.name(standing.task), day, leg or None, hold_s=standing.target_s)
        items[item.id] = item
    return list(items.values())
