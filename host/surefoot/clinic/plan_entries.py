# SPDX-License-Identifier: MIT
"""A person's plan and goals in the store: read as values, written as entries that replace what was looked at.

Two stations that change the same plan meet a Conflict: the second is told who changed it, and looks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from ..care.goal import goal_document, goal_of
from ..care.plan import Item, Plan, plan_document, plan_of
from ..care.plan_check import Shown, against, at_home, refusal
from . import assess
from .plan_rungs import ladders
from .store import entries
from .store.values import Conflict, Entry, Store, StoreError

if TYPE_CHECKING:
    from ..care.goal_values import Goal


def plan(store: Store, person: str) -> tuple[Plan, Entry | None]:
    """What is planned, and the entry to replace; an empty plan where there is none yet. Raises StoreError."""
    found = entries.last(store, person, "plan")
    return (plan_of(found.document) if found else Plan()), found


def keep_plan(
    store: Store, person: str, what: Plan, on: date, *, by: str, over: Entry | None, override: str = ""
) -> Entry:
    """Written instead of `over`, the plan that was looked at (None: there was none); an `override`, in words, is noted
    in the audit log with it or not at all. Raises StoreError, Conflict."""
    from .store.audit import note_in
    from .store.database import writing

    with writing(store) as connection:
        there = None if over else next(iter(entries.entries_in(connection, person, "plan")), None)
        if there is not None:
            raise Conflict(
                f"A plan of {person} was made by {there.by} at {there.made_utc} after you had looked, so yours was not"
                " saved: look at that one and make your change to it."
            )
        if override:
            note_in(connection, store, "override", by, person, override)
        document, replaces = plan_document(what), over.id if over else None
        return entries.put_in(connection, store, person, "plan", on, document, by=by, replaces=replaces)


def speaks_against(store: Store, person: str, item: Item, company: str, today: date) -> tuple[dict[str, str], str]:
    """What of safety and ladder speaks against an item, by the name of the rule, and in a few sentences. Raises
    StoreError."""
    found = assess.blocks(store, person, today)
    words = against(item, found, ladders(store, person).rungs, company)
    return words, refusal(words, found, person)


def shown(store: Store, person: str, what: Plan, today: date) -> Shown:
    """What of a plan may go on a page today. Raises StoreError."""
    return at_home(what, assess.blocks(store, person, today), ladders(store, person).rungs)


def goals(store: Store, person: str, *, ended: bool = False) -> tuple[tuple[Goal, Entry], ...]:
    """The goals, oldest first; those that ended too where asked for. Raises StoreError."""
    found = [(goal_of(one.document), one) for one in entries.entries(store, person, "goal")]
    return tuple((goal, entry) for goal, entry in found if ended or not goal.ended)


def keep_goal(store: Store, person: str, what: Goal, on: date, *, by: str, over: Entry | None = None) -> Entry:
    """One more goal, or instead of `over`. Raises StoreError, Conflict."""
    return entries.put(store, person, "goal", on, goal_document(what), by=by, replaces=over.id if over else None)


def end_goal(store: Store, person: str, goal_id: str, how: str, on: date, *, by: str) -> Entry:
    """A goal that is done with (`how` of goal_values.ENDED); it stays in the store. Raises StoreError, Conflict."""
    goal, entry = chosen(goals(store, person), goal_id, person)
    return keep_goal(store, person, replace(goal, ended=how), on, by=by, over=entry)


def chosen(found: Sequence[tuple[Goal, Entry]], goal_id: str | None, person: str) -> tuple[Goal, Entry]:
    """The goal whose entry's id begins so, or the only one. Raises StoreError."""
    mine = [one for one in found if one[1].id.startswith(goal_id or "")]
    if len(mine) == 1:
        return mine[0]
    if not found:
        raise StoreError(f"No goal of {person} is kept: `surefoot goal set --person {person}` keeps one.")
    known = "; ".join(f"{entry.id[:6]} “{goal.words}”" for goal, entry in found)
    raise StoreError(f"Which goal? Name it by its id: {known}.")
