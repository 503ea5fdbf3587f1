# SPDX-License-Identifier: MIT
"""What the store holds of a person between two days beside the tests: plan, home, falls, ladders, what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from ..care.adherence import WEEK_DAYS, week
from ..care.diary_week import Report, falls_told
from ..care.episode import Episode, HomeWeek, Rung, Step, falls_between, week_ends
from ..care.ladder import ladder_of
from ..care.plan import Plan, plan_of
from ..care.progression_tracks import Track
from ..care.progression_values import Place, Standing
from . import assess, ladder_documents
from .diary_told import home
from .ladder_kept import fold, in_order, track_of
from .ladder_words import OUTCOMES, name_of, task_line
from .plan_told import told
from .store import entries
from .store.values import LIVE, REPLACED, STALE, Entry, Store


def episode(store: Store, person: str, first: date, last: date) -> Episode:
    """Raises StoreError, ProtocolError for a ladder or task that is no more."""
    decisions = [one for one in in_order(entries.entries(store, person, "decision", every=True)) if one.on <= last]
    plans = _plans(store, person)
    since, plan = _plan_on(plans, last) or (None, Plan())
    at_home = home(store, person)
    calendar = assess.falls_of(store, person)
    diaries = falls_told(at_home.diaries)
    asked = tuple(one for one in assess.assessments(store, person) if first <= one[0] <= last)
    return Episode(
        first,
        last,
        plan.items,
        since,
        _weeks(store, person, plans, at_home.all, first, last),
        falls_between(calendar.months, calendar.history, diaries, first, last),
        _rungs(decisions, first),
        asked,
        _steps(one for one in decisions if one.on == last and one.document["what"] == ladder_documents.DECIDED),
    )


_Plans = Sequence[tuple[date, Plan]]


def _plans(store: Store, person: str) -> _Plans:
    """Every plan that was in force once, oldest first."""
    found = [one for one in entries.entries(store, person, "plan", every=True) if one.state in (LIVE, REPLACED, STALE)]
    return [(one.on, plan_of(one.document)) for one in found]


def _plan_on(plans: _Plans, on: date) -> tuple[date, Plan] | None:
    known = [one for one in plans if one[0] <= on]
    return known[-1] if known else None


def _weeks(
    store: Store, person: str, plans: _Plans, reports: Sequence[Report], first: date, last: date
) -> tuple[HomeWeek, ...]:
    """Of each week, by the plan that was in force on its last day; none where nothing was planned and nothing told."""
    items = {item.id: item for _, plan in plans for item in plan.items}
    done = told(store, person, tuple(items.values()))
    days = {one.on for one in done} | {one.day.on for one in reports if one.day.told}
    if not plans and not any(first <= day <= last for day in days):
        return ()
    made = []
    for end in week_ends(first, last):
        span = [day for back in range(WEEK_DAYS) if (day := end - timedelta(days=back)) >= first]
        mine = [one.day for one in reports if one.day.on in span]
        plan = _plan_on(plans, end)
        made.append(HomeWeek(
            end,
            week(plan[1].items, done, end) if plan and plan[1].items else None,
            len(span),
            sum(day not in days for day in span),
            tuple(pain for one in mine for pain in (one.pain_before, one.pain_after) if pain is not None),
            tuple(one.steadiness for one in mine if one.steadiness is not None),
        ))  # fmt: skip
    return tuple(made)


def _rungs(decisions: Sequence[Entry], first: date) -> tuple[Rung, ...]:
    """Every ladder that was begun: where on the first day, or as it was begun later, and where now."""
    early, rows = fold(one for one in decisions if one.on <= first), []
    for track, standing in fold(decisions).items():
        began, on = early.get(track), first
        if began is None:
            own = next(one for one in decisions if track_of(one) == track)
            began, on = fold([own])[track], own.on
        rows.append((track, on, _where(track, began), _where(track, standing)))
    return tuple(Rung(title, *rest) for title, rest in _both_legs([(track, tuple(rest)) for track, *rest in rows]))


def _where(track: Track, standing: Standing) -> str:
    ladder = ladder_of(track[0])
    held = f", {standing.target_s:g} s" if standing.target_s else ""
    locked = f" (locked: {standing.locked})" if standing.locked else ""
    return f"Rung {ladder.height(standing.task)}: {ladder.words(standing.task)}{held}{locked}"


def _steps(found: Iterable[Entry]) -> tuple[Step, ...]:
    rows = []
    for entry in found:
        track = track_of(entry)
        if track is None:
            continue
        ladder, of = ladder_of(track[0]), entry.document
        decision = ladder_documents.decision_of(ladder, of, entry.on)
        words = f"{_upper(OUTCOMES[decision.outcome])}, by the rule {decision.rule}: {decision.words}"
        said = ""
        if decision.by:
            words = _upper(OUTCOMES[decision.outcome])
            said = f"{OUTCOMES.get(decision.inputs['outcome'], '')}, by the rule {decision.inputs['rule']}"
        then = "" if decision.outcome == "stop" else task_line(ladder, Place(decision.task, decision.target_s))
        rows.append((track, (words, then, decision.by, said, decision.reason)))
    return tuple(Step(title, *rest) for title, rest in _both_legs(rows))


def _both_legs(rows: Sequence[tuple[Track, tuple]]) -> list[tuple[str, tuple]]:
    """Titles with what is to be said of them; legs of which the same is to be said are named together."""
    out = []
    for track, rest in rows:
        same = [other for other, told in rows if other[0] == track[0] and told == rest]
        title = f"{ladder_of(track[0]).title}, both legs" if len(same) > 1 else name_of(ladder_of(track[0]), track)
        if (title, rest) not in out:
            out.append((title, rest))
    return out


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
