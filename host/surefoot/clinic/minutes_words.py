# SPDX-License-Identifier: MIT
"""Visits, contacts and counts as `surefoot minutes show` prints them, and as one document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from ..care.billing import (
    Counted,
    Standing,
    Units,
    by_code,
    dates_of,
    missing,
    never_advice,
    notes_of_day,
    outdated,
    standings,
    sure,
    units_of_day,
)
from ..care.billing_file import Billing
from ..care.visit import Visit
from ..unit_words import counted as many
from .visits import Kept

LONG_RUN_DAYS = 4
NO_ROW = "No threshold that is known here held on {}, so the counts stand alone."


def lines(billing: Billing, person: str, found: Kept, count: Counted, held: Iterable[str]) -> list[str]:
    """What is kept, what it counts, how that stands to published thresholds, and what the record lacks."""
    out = [f"Visits of {person}:"] if found.visits else [f"No visit of {person} is kept."]
    out += [
        f"  {entry.id}  {entry.on.isoformat()}  {visit.start}-{visit.stop}  {visit.minutes:3d} min"
        f"  {_codes(billing, found, place)}".rstrip()
        for place, (entry, visit) in enumerate(found.visits)
    ]
    out += ["Contacts:"] if found.contacts else ["No contact is kept."]
    out += [
        f"  {entry.id}  {entry.on.isoformat()}  {one.minutes:3d} min  {_talk(one.interactive)}  {one.activity}"
        for entry, one in found.contacts
    ]
    days = len(count.data_days)
    out += [
        f"Monitoring until {count.on.isoformat()}:",
        f"  {many(days, 'data day')} in the {billing.window_days} days from {count.window_from.isoformat()}"
        + (f": {', '.join(_runs(count.data_days))}" if days else ""),
        f"  {count.minutes} minutes in {count.month} by {many(count.contacts, 'contact')},"
        f" {many(len(count.conversations), 'conversation')}",
        billing.device,
    ]
    rows = standings(billing, count)
    out += ["Published thresholds beside these counts:"] if rows else [NO_ROW.format(count.on)]
    out += [f"  {_standing(one, days)}" for one in rows]
    out += [*billing.rtm_notes, *filter(None, (outdated(billing, count.on),))]
    lacks = missing(billing, held)
    return [*out, *([f"The record of monitoring lacks: {'; '.join(lacks)}."] if lacks else []), never_advice(billing)]


def answer(billing: Billing, found: Kept, count: Counted, held: Iterable[str]) -> dict[str, Any]:
    """The same for machines."""
    visits = [
        {
            "id": entry.id,
            "on": entry.on.isoformat(),
            "minutes": visit.minutes,
            "codes": {one.row.code: one.minutes for one in by_code(billing, [(entry.on, visit)])},
        }
        for entry, visit in found.visits
    ]
    contacts = [
        {"id": entry.id, "on": entry.on.isoformat(), "minutes": one.minutes, "interactive": one.interactive}
        for entry, one in found.contacts
    ]
    counts = {
        "until": count.on.isoformat(),
        "data_days": [day.isoformat() for day in count.data_days],
        "month": count.month,
        "minutes": count.minutes,
        "contacts": count.contacts,
        "conversations": [day.isoformat() for day in count.conversations],
    }
    thresholds = [
        {
            "code": one.row.code,
            "title": one.row.title,
            "certainty": one.row.certainty,
            "lacks": list(one.lacks),
            "times": one.times,
            "dates": dates_of(one.row),
        }
        for one in standings(billing, count)
    ]
    return {
        "visits": visits,
        "contacts": contacts,
        "monitoring": counts,
        "thresholds": thresholds,
        "lacks": list(missing(billing, held)),
        "says": [billing.device, *billing.rtm_notes, never_advice(billing)],
    }


def day_lines(billing: Billing, on: date, visits: Sequence[Visit]) -> list[str]:
    """What all timed minutes of a day come to, and what the rules say beside it; nothing where none was timed."""
    total, notes = units_of_day(billing, on, visits), notes_of_day(billing, on, visits)
    if not total.minutes and not notes:
        return []
    first = f"Timed on this day: {total.minutes} min, {units(total)} by the 8-minute rule. {never_advice(billing)}"
    return [first, *notes]


def units(total: Units) -> str:
    """ "2 units", "3 units, unverified"."""
    return ", ".join(text for text in (many(total.units, "unit"), sure(total.certainty)) if text)


def _codes(billing: Billing, found: Kept, place: int) -> str:
    """Minutes of a visit by code; and, with the last visit of a day, the units of all minutes of it."""
    entry, visit = found.visits[place]
    codes = ", ".join(f"{one.row.code} {one.minutes} min" for one in by_code(billing, [(entry.on, visit)]))
    same = [one for other, one in found.visits if other.on == entry.on]
    total = units_of_day(billing, entry.on, same)
    if not total.minutes or visit is not same[-1]:
        return codes
    return f"{codes} ({f'{total.minutes} min on this day, ' if len(same) > 1 else ''}{units(total)})".strip()


def _runs(days: Sequence[date]) -> list[str]:
    """Days in order, those that follow one another by their first and last where they are many."""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return [
        text
        for run in runs
        for text in ([f"{run[0]} to {run[-1]}"] if len(run) >= LONG_RUN_DAYS else map(date.isoformat, run))
    ]


def _standing(one: Standing, days: int) -> str:
    unsure = f" ({sure(one.row.certainty)})" if sure(one.row.certainty) else ""
    times = f" {one.times} times over" if one.times > 1 else ""
    words = f"lacks {', '.join(one.lacks)}" if one.lacks else f"its numbers are reached{times}"
    if one.row.data_days_max is not None and days > one.row.data_days_max:
        words = ", ".join(one.lacks)
    return f"{one.row.code}{unsure} {one.row.title}, per {one.row.per}: {words} ({dates_of(one.row)})"


def _talk(interactive: bool) -> str:
    return "conversation   " if interactive else "no conversation"
