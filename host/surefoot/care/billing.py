# SPDX-License-Identifier: MIT
"""Minutes, days and conversations in, counts beside the published thresholds out. Facts to look up, never advice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from surefoot.care.billing_file import Billing, Monitoring, Timed
from surefoot.care.visit import Activity, Contact, Visit
from surefoot.unit_words import counted as many

RECALLED = "R"
UNVERIFIED = "unverified"
ONE_TO_ONE = "one-to-one"  # of the table `needs`


@dataclass(frozen=True)
class Units:
    """Units of all timed minutes of a day; `certainty` is that of the row that gave them."""

    minutes: int
    units: int
    certainty: str


@dataclass(frozen=True)
class CodeMinutes:
    """The minutes that were spent on one timed code."""

    row: Timed
    minutes: int


@dataclass(frozen=True)
class Counted:
    """What monitoring counts come to: days with data, minutes and conversations."""

    on: date
    window_from: date
    data_days: tuple[date, ...]
    month: str
    minutes: int
    contacts: int
    conversations: tuple[date, ...]


@dataclass(frozen=True)
class Standing:
    """A threshold and how a count stands to it; `lacks` is empty where every number that it asks for is reached, and it
    is so `times` over."""

    row: Monitoring
    lacks: tuple[str, ...]
    times: int


def in_force(row: Timed | Monitoring, on: date) -> bool:
    """Whether a row held on a day."""
    return (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or on <= row.valid_to)


def units_of(billing: Billing, minutes: int) -> Units:
    """The units of all timed minutes of a day together; beyond the last row the steps go on, as recalled."""
    reached = [row for row in billing.units if minutes >= row.from_min]
    if not reached:
        return Units(minutes, 0, billing.units[0].certainty)
    last = reached[-1]
    if last is not billing.units[-1] or len(billing.units) < 2:
        return Units(minutes, last.units, last.certainty)
    more = (minutes - last.from_min) // (last.from_min - billing.units[-2].from_min)
    return Units(minutes, last.units + more, RECALLED if more else last.certainty)


def code_of(billing: Billing, on: date, activity: Activity) -> str | None:
    """The timed code that an activity's minutes count toward: none that wasn't in force on the day, and none that asks
    for one-to-one where they were told to be otherwise."""
    code = billing.kind(activity.what).code
    row = next((one for one in billing.timed if one.code == code and in_force(one, on)), None)
    told = row is None or activity.one_to_one is not False or ONE_TO_ONE not in row.expects
    return row.code if row is not None and told else None


def by_code(billing: Billing, visits: Sequence[tuple[date, Visit]]) -> tuple[CodeMinutes, ...]:
    """The minutes of each timed code over visits, in the order of the rules."""
    found = []
    for row in billing.timed:
        minutes = sum(
            one.minutes
            for on, visit in visits
            if in_force(row, on)
            for one in visit.activities
            if code_of(billing, on, one) == row.code
        )
        if minutes:
            found.append(CodeMinutes(row, minutes))
    return tuple(found)


def units_of_day(billing: Billing, on: date, visits: Sequence[Visit]) -> Units:
    """The units of a day by all its visits: the rule counts their timed minutes together."""
    return units_of(billing, sum(one.minutes for one in by_code(billing, [(on, visit) for visit in visits])))


def not_counted(billing: Billing, visits: Sequence[tuple[date, Visit]]) -> str:
    """A sentence on the minutes that would count toward a code, had they been one-to-one; nothing without any."""
    minutes = sum(
        one.minutes
        for on, visit in visits
        for one in visit.activities
        if code_of(billing, on, one) != code_of(billing, on, replace(one, one_to_one=None))
    )
    return f"Not one-to-one, so not counted: {minutes} min." if minutes else ""


def notes_of_day(billing: Billing, on: date, visits: Sequence[Visit]) -> tuple[str, ...]:
    """Sentences on what the rules say of this day's minutes beside their number: what isn't counted, what doesn't go
    together with something else that was done, and rules of another year."""
    done = [one for visit in visits for one in visit.activities]
    grouped = not_counted(billing, [(on, visit) for visit in visits])
    found = [grouped] if grouped else []
    codes = dict.fromkeys(billing.kind(one.what).code for one in done)
    known = [row for row in billing.timed if in_force(row, on)]
    for code in (one for one in codes if one and all(one != row.code for row in known)):
        found.append(f"No rule that is known here held for {code} on {on.isoformat()}, so its minutes are not counted.")
    for row in (one for one in known if one.code in codes):
        found += [f"{row.code}: {row.note}"] if row.note else []
        apart = [words for what, words in row.apart.items() if any(one.what == what for one in done)]
        found += [f"{row.code}: {words}, and this day has one." for words in apart]
    return (*found, *filter(None, (outdated(billing, on),)))


def data_days(days: Iterable[date], on: date, window_days: int) -> tuple[date, ...]:
    """The different days with data among the last `window_days`, `on` included."""
    first = on - timedelta(days=window_days - 1)
    return tuple(sorted({day for day in days if first <= day <= on}))


def counted(billing: Billing, days: Iterable[date], contacts: Sequence[tuple[date, Contact]], on: date) -> Counted:
    """Data days of the rolling window that ends on a day; minutes and conversations of its calendar month so far."""
    month = [(day, one) for day, one in contacts if (day.year, day.month) == (on.year, on.month) and day <= on]
    return Counted(
        on,
        on - timedelta(days=billing.window_days - 1),
        data_days(days, on, billing.window_days),
        f"{on:%Y-%m}",
        sum(one.minutes for _, one in month),
        len(month),
        tuple(day for day, one in month if one.interactive),
    )


def standings(billing: Billing, count: Counted) -> tuple[Standing, ...]:
    """Every threshold in force on the day, with what the count lacks of it."""
    found = [(row, _lacks(row, count)) for row in billing.rtm if in_force(row, count.on)]
    return tuple(Standing(row, lacks, 0 if lacks else _times(row, count)) for row, lacks in found)


def _times(row: Monitoring, count: Counted) -> int:
    more = count.minutes - (row.minutes_min or 0)
    return 1 + (more // row.each_min if row.each_min else 0)


def _lacks(row: Monitoring, count: Counted) -> tuple[str, ...]:
    days, found = len(count.data_days), []
    if row.data_days_min is not None and days < row.data_days_min:
        found.append(many(row.data_days_min - days, "more data day"))
    if row.data_days_max is not None and days > row.data_days_max:
        found.append(f"{days} data days are more than its {row.data_days_max}")
    if row.minutes_min is not None and count.minutes < row.minutes_min:
        found.append(many(row.minutes_min - count.minutes, "more minute"))
    if row.interactive and not count.conversations:
        found.append("a conversation with the person in this month")
    return tuple(found)


def missing(billing: Billing, held: Iterable[str]) -> tuple[str, ...]:
    """What a record of monitoring is expected to hold and doesn't; `held` are ids of the table `needs`."""
    kept = set(held)
    return tuple(billing.needs[name] for name in billing.rtm_expects if name not in kept)


def lacking(billing: Billing, on: date, visit: Visit, results: bool, goal: bool) -> dict[str, tuple[str, ...]]:
    """What the record of a visit is expected to hold and doesn't, by code; `results`: a test's result is kept for the
    day, `goal`: the person has one."""
    found = {}
    for one in by_code(billing, [(on, visit)]):
        own = [each for each in visit.activities if code_of(billing, on, each) == one.row.code]
        clinician = visit.clinician
        held = {
            "test": bool(visit.tests) or results,
            "purpose": bool(visit.tests),
            "result": results,
            "interpretation": bool(visit.interpretation),
            "plan": bool(visit.plan),
            "clinician": bool(clinician.name and clinician.credential),
            "licence": bool(clinician.licence),
            ONE_TO_ONE: all(each.one_to_one for each in own),
            "skill": all(each.words for each in own),
            "response": bool(visit.response),
            "goal": goal,
        }
        lacks = tuple(billing.needs[name] for name in one.row.expects if not held.get(name, False))
        found |= {one.row.code: lacks} if lacks else {}
    return found


def sure(certainty: str) -> str:
    """What stands beside a row that was recalled: "unverified"; nothing beside one that was read."""
    return UNVERIFIED if certainty == RECALLED else ""


def never_advice(billing: Billing) -> str:
    """What stands beside every count: of when the rules are, and what they are not."""
    return f"Codes and rules as collected for {billing.as_of}: {billing.says}"


def dates_of(row: Timed | Monitoring) -> str:
    """Between which days a row holds; nothing where its file has no dates."""
    days = [day.isoformat() if day else "" for day in (row.valid_from, row.valid_to)]
    return {(True, True): " to ".join(days), (True, False): f"since {days[0]}", (False, True): f"until {days[1]}"}.get(
        (bool(days[0]), bool(days[1])), ""
    )


def outdated(billing: Billing, on: date) -> str:
    """A sentence where the rows are of another year than the day, else nothing."""
    if on.year <= billing.as_of:
        return ""
    return f"These rows were collected for {billing.as_of}: look whether newer ones hold in {on.year}."
