# SPDX-License-Identifier: MIT
"""Everybody in the store with what asks to be looked at, the most urgent first. Codes only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ..care import falls as calendar
from ..care.adherence import week
from ..care.diary_week import falls_told, merged, settled
from ..care.flags import RANK, Facts, Felt, Flag, flags
from ..care.plan import Item, plan_of
from ..care.progression_case import Numbers, numbers_of
from ..care.progression_values import FINE, NOT_ASKED, NOT_FINE
from ..care.safety import states, table
from ..care.safety_values import Answer
from ..errors import SurefootError
from . import assess
from .diary_told import Home, home_of
from .ladder_documents import ALL
from .ladder_kept import Progress, ladder_of, progress, rules
from .plan_entries import goals
from .plan_told import told
from .simulated import any_simulated
from .store import entries
from .store.people import people
from .store.values import LIVE, STALE, Entry, Store

SEEN = ("visit", "result", "assessment")  # kinds that are written with the person there
PAIN_RULE = "pain-limit"


@dataclass(frozen=True)
class Case:
    """One person. `seen`: last day at the clinic, `told`: last day told of at home, None never; `adherence`: the last
    seven days in words, `band` its dose band, None where it can't be told; `problem`: why nothing more is known;
    `simulated`: recordings are of a virtual board."""

    person: str
    seen: date | None = None
    told: date | None = None
    adherence: str = ""
    band: str | None = None
    flags: tuple[Flag, ...] = ()
    problem: str = ""
    simulated: bool = False


def caseload(store: Store, today: date) -> tuple[Case, ...]:
    """The most urgent first; of equals, whoever was seen longest ago. Raises StoreError."""
    found = [_case(store, person, today) for person in people(store)]
    return tuple(sorted(found, key=_urgency))


def _urgency(case: Case) -> tuple[int, int, date, str]:
    first = -1 if case.problem else min((RANK[one.id] for one in case.flags), default=len(RANK))
    return first, -len(case.flags), case.seen or date.min, case.person


def _case(store: Store, person: str, today: date) -> Case:
    """One person whose entries can't be understood must not hide all others."""
    found = entries.entries(store, person)
    seen, virtual = _last(one.on for one in found if _at_clinic(one)), any_simulated(found)
    try:
        home = home_of(found)
        facts = facts_of(store, person, found, home, today)
        plans = [one for one in found if one.kind == "plan"]
        items = plan_of(plans[-1].document).items if plans else ()
        done = week(items, told(store, person, items), today)
        return Case(person, seen, home.last, done.words, done.band, flags(facts, person), simulated=virtual)
    except SurefootError as error:
        return Case(person, seen, problem=str(error), simulated=virtual)


def _at_clinic(entry: Entry) -> bool:
    return entry.kind in SEEN or (entry.kind == "training" and entry.document["setting"] == "clinic")


def facts_of(store: Store, person: str, found: Sequence[Entry], home: Home, today: date) -> Facts:
    """What flags rest on, of all entries of a person. Raises StoreError, ProtocolError."""
    standing, usual = progress(store, person), assess.profile(store, person)[0].usual_pain
    fell, nearly = _falls(store, standing, found, home)
    unasked, expired = _safety(store, person, today)
    plans = [one for one in found if one.kind == "plan"]
    return Facts(
        today=today,
        days=[one.day for one in home.all],
        pains=_pains(standing, home, plan_of(plans[-1].document).items if plans else ()),
        settled=_settled(home, usual, today),
        usual_pain=usual,
        falls=fell,
        near_falls=nearly,
        locked=standing.locked,
        unasked=unasked,
        expired=expired,
        stale=[one.kind for one in found if one.state == STALE],
        goals_by=[date.fromisoformat(one.by_date) for one, _ in goals(store, person) if one.by_date],
        plan_changed=plans[-1].on if plans else None,
        told_last=home.last,
    )


def _settled(home: Home, usual: int | None, today: date) -> dict[date, str]:
    first = today - timedelta(days=calendar.RECENT_DAYS - 1)
    seen = [one for n in (0, 7) for one in merged(home.diaries, first + timedelta(days=n))]
    return settled(seen, usual)


def _pains(standing: Progress, home: Home, items: Iterable[Item]) -> list[Felt]:
    """Each day with the numbers of its ladder; of what is told of a whole day, those of every ladder in the plan."""

    def numbers(name: str) -> Numbers:
        shipped = ladder_of(name).numbers if name != ALL else {}
        return numbers_of(rules(), PAIN_RULE, shipped, standing.thresholds.of(name))

    whole = [numbers(name) for name in sorted({one.ladder or ALL for one in items} or {ALL})]
    return [Felt(one.day, [numbers(one.ladder)] if one.ladder else whole, one.way) for one in home.all]


def _falls(
    store: Store, standing: Progress, found: Iterable[Entry], home: Home
) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """Days of falls and of near-falls, none before the last re-check."""
    kept = assess.falls_of(store, standing.person)
    cleared = max((one.cleared for one in standing.standings.values() if one.cleared), default=date.min)
    fell, nearly = set(falls_told(home.diaries)), {one.day.on for one in home.diaries if one.day.near_falls}
    for month in kept.months:
        fell |= {one.on for one in month.falls}
        nearly |= {one.on for one in month.near_falls}
    if kept.history is not None and kept.history.last_fall is not None:
        fell.add(kept.history.last_fall)
    for one in (entry for entry in found if entry.kind == "training" and entry.state == LIVE):
        fell |= {one.on} if one.document["flags"].get("fall") == NOT_FINE else set()
        nearly |= {one.on} if one.document["flags"].get("caught") == NOT_FINE else set()
    return tuple(sorted(day for day in fell if day > cleared)), tuple(sorted(day for day in nearly if day > cleared))


def _safety(store: Store, person: str, today: date) -> tuple[list[str], list[str]]:
    """Questions that were never asked, and those whose answer was fine and doesn't hold any more; not those that are
    asked anew each day."""
    about = assess.with_weight(store, person, assess.safety_profile(store, person)[0])
    daily = {one.id for one in table().questions if one.days == 0}
    open_ones = [name for name, state in states(about, today).items() if state == NOT_ASKED and name not in daily]
    expired = [name for name in open_ones if about.answers.get(name, Answer()).state == FINE]
    return [name for name in open_ones if name not in expired], expired


def _last(days: Iterable[date]) -> date | None:
    return max(days, default=None)
