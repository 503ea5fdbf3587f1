# SPDX-License-Identifier: MIT
"""Visits, contacts and counts as `surefoot minutes show` prints them, and as one document."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from ..care.billing import Counted, Standing, by_code, missing, outdated, standings, sure, units_of
from ..care.billing_file import Billing
from ..care.visit import Visit
from .visits import Kept


def lines(billing: Billing, person: str, found: Kept, count: Counted, held: Iterable[str]) -> list[str]:
    """What is kept, what it counts, how that stands to published thresholds, and what the record lacks."""
    out = [f"Visits of {person}:"] if found.visits else [f"No visit of {person} is kept."]
    out += [
        f"  {entry.id}  {entry.on.isoformat()}  {visit.start}-{visit.stop}  {visit.minutes:3d} min"
        f"  {_codes(billing, entry.on, visit)}".rstrip()
        for entry, visit in found.visits
    ]
    out += ["Contacts:"] if found.contacts else ["No contact is kept."]
    out += [
        f"  {entry.id}  {entry.on.isoformat()}  {one.minutes:3d} min  {_talk(one.interactive)}  {one.activity}"
        for entry, one in found.contacts
    ]
    days = len(count.data_days)
    out += [
        f"Monitoring until {count.on.isoformat()}:",
        f"  {_many(days, 'data day')} in the {billing.window_days} days from {count.window_from.isoformat()}"
        + (f": {', '.join(day.isoformat() for day in count.data_days)}" if days else ""),
        f"  {count.minutes} minutes in {count.month} by {_many(count.contacts, 'contact')},"
        f" {_many(len(count.conversations), 'conversation')}",
        billing.device,
        "Published thresholds beside these counts:",
    ]
    out += [f"  {_standing(one)}" for one in standings(billing, count)]
    out += [*billing.rtm_notes, *filter(None, (outdated(billing, count.on),))]
    lacks = missing(billing, held)
    return [*out, *([f"The record of monitoring lacks: {'; '.join(lacks)}."] if lacks else []), billing.says]


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
        }
        for one in standings(billing, count)
    ]
    return {
        "visits": visits,
        "contacts": contacts,
        "monitoring": counts,
        "thresholds": thresholds,
        "lacks": list(missing(billing, held)),
        "says": [billing.device, *billing.rtm_notes, billing.says],
    }


def _codes(billing: Billing, on: date, visit: Visit) -> str:
    """Minutes by code, and the units of them all."""
    found = by_code(billing, [(on, visit)])
    if not found:
        return ""
    total = units_of(billing, sum(one.minutes for one in found))
    unsure = f", {sure(total.certainty)}" if sure(total.certainty) else ""
    return f"{', '.join(f'{one.row.code} {one.minutes} min' for one in found)} ({_many(total.units, 'unit')}{unsure})"


def _standing(one: Standing) -> str:
    unsure = f" ({sure(one.row.certainty)})" if sure(one.row.certainty) else ""
    times = f" {one.times} times over" if one.times > 1 else ""
    words = f"lacks {', '.join(one.lacks)}" if one.lacks else f"its numbers are reached{times}"
    return f"{one.row.code}{unsure} {one.row.title}, per {one.row.per}: {words}"


def _talk(interactive: bool) -> str:
    return "conversation   " if interactive else "no conversation"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
