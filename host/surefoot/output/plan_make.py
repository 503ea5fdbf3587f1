# SPDX-License-Identifier: MIT
"""A person's plan out of the store, as it is told: what is free today, the goals, and what is true and encourages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from ..care.adherence import week, weeks_running
from ..care.encouragement import facts_of, said
from ..care.goal import progress, target
from ..care.plan import Item, title_of
from ..clinic.plan_entries import goals, plan, shown
from ..clinic.plan_rungs import ladders, stop_at
from ..clinic.plan_told import told
from ..clinic.simulated import is_simulated
from ..clinic.store.values import Store
from .goal_readings import readings
from .plan_page import plan_page
from .plan_speech import speech
from .plan_view import PlanView, plan_view
from .result import made_folder, write_whole


def view_of(store: Store, person: str, today: date, *, helper: bool = True) -> tuple[PlanView, dict[str, list[str]]]:
    """The view, and what is withheld, by its title with the reasons. Raises StoreError."""
    found, _ = plan(store, person)
    now = shown(store, person, found, today)
    own = [(goal, progress(goal, readings(store, person, goal, today))) for goal, _ in goals(store, person)]
    rows = [
        (goal.words, target(goal) + (f", by {day_words(goal.by_date)}" if goal.by_date else ""), made.sentence)
        for goal, made in own
    ]
    known = told(store, person, found.items)
    last = own[-1][1] if own else None
    # Where nobody ever told anything, that nothing is told is no news.
    cheer = said(facts_of(found.items, known, today, last)) if known else ()
    instead = ladders(store, person).fallback
    pain = stop_at(store, person, found.items, today)
    view = plan_view(person, found, now, today, rows, cheer, helper, instead, pain)
    view = replace(view, simulated=is_simulated(store, person))
    return view, {title_of(item): list(words.values()) for item, words in now.withheld}


def week_lines(store: Store, person: str, today: date, items: Sequence[Item]) -> list[str]:
    """How much of the plan was done in seven days, and streaks, for the therapist. Raises StoreError."""
    known = told(store, person, items)
    weeks = weeks_running(items, known, today)
    lines = [f"Seven days up to {today}: {week(items, known, today).words}"]
    return [*lines, f"Weeks running with nearly all of it: {weeks}."] if weeks > 1 else lines


def day_words(text: str) -> str:
    """A date as people say it."""
    day = date.fromisoformat(text)
    return f"{day.day} {day:%B %Y}"


Answer = tuple[dict[str, Any], list[str]]  # for machines, and lines for people


def print_plan(store: Store, person: str, today: date, folder: Path, *, helper: bool = True) -> Answer:
    """The page written into a folder. Raises StoreError, ResultError."""
    view, withheld = view_of(store, person, today, helper=helper)
    made_folder(folder)
    path = folder / f"plan-{person}.html"
    write_whole(path, plan_page(view).encode("utf-8"))
    many = len(view.alone) + len(view.together)
    return {"page": str(path), "withheld": withheld}, [f"{path}: things to do: {many}.", *_why(withheld)]


def speak_plan(store: Store, person: str, today: date, folder: Path | None, *, helper: bool = True) -> Answer:
    """The sentences, or a text file of them in a folder. Raises StoreError, ResultError."""
    view, withheld = view_of(store, person, today, helper=helper)
    lines = list(speech(view))
    if folder is None:
        return {"sentences": lines, "withheld": withheld}, lines
    made_folder(folder)
    path = folder / f"plan-{person}.txt"
    write_whole(path, ("\n".join(lines) + "\n").encode("utf-8"))
    return {"text": str(path), "withheld": withheld}, [str(path), *_why(withheld)]


def _why(withheld: dict[str, list[str]]) -> list[str]:
    return [f"Not on it: {title}. {' '.join(words)}" for title, words in withheld.items()]
