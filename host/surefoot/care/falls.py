# SPDX-License-Identifier: MIT
"""Falls: the year before, then a calendar month by month; what wasn't reported is shown so, and counts for nothing.

A fall is defined as by the Prevention of Falls Network Europe (Lamb 2005, Journal of the American Geriatrics Society
53:1618). A rate per person-year is of the days that were reported alone.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar

from surefoot.errors import RecordingError

FORMAT = 1
FALL = "unexpectedly came to rest on the ground, floor or a lower level"
INJURIES = {
    "none": "no injury",
    "minor": "bruise, sprain or cut",
    "serious": "fracture, head injury, joint out, or stitches",
    "not told": "injury not told",
}
REPORTED, PARTLY, NOT_REPORTED = "reported", "reported in part", "not reported"
YEAR_DAYS = 365.25
ASKED_DAYS = 31  # a calendar is reported at least monthly; what is older doesn't tell of today
RECENT_DAYS = 14  # of the rule `fall-recent`
HISTORY_MOST = 365
TEXT_MAX = 200


@dataclass(frozen=True)
class Fall:
    """`injury`: one of INJURIES; `place` and `activity` in a few words, "" not told."""

    on: date
    injury: str = "not told"
    place: str = ""
    activity: str = ""


@dataclass(frozen=True)
class NearFall:
    """Balance lost and no fall; `caught`: by somebody else, which counts as a warning sign."""

    on: date
    caught: bool = False
    activity: str = ""


Told = TypeVar("Told", Fall, NearFall)


@dataclass(frozen=True)
class Month:
    """What was reported of the days from `first` to `last`, both in one month and both included."""

    first: date
    last: date
    falls: tuple[Fall, ...] = ()
    near_falls: tuple[NearFall, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True)
class History:
    """Falls that a person remembers of the twelve months before a day; None is not asked. `last_fall`: its day."""

    until: date
    falls: int | None = None
    injurious: int | None = None
    near_falls: int | None = None
    last_fall: date | None = None


@dataclass(frozen=True)
class Row:
    """One month of the calendar: REPORTED, PARTLY or NOT_REPORTED; its days that were reported, what happened."""

    name: str
    state: str
    days: int
    falls: tuple[Fall, ...] = ()
    near_falls: tuple[NearFall, ...] = ()


def month(name: str, today: date, falls: Sequence[Fall] = (), near_falls: Sequence[NearFall] = ()) -> Month:
    """A report of the month YYYY-MM, as far as it has gone today. Raises RecordingError."""
    try:
        first = date.fromisoformat(f"{name}-01")
    except ValueError:
        raise RecordingError(f"'{name}' is no month: write it as {today:%Y-%m}.") from None
    return check_month(Month(first, min(_end(first), today), tuple(falls), tuple(near_falls)), today)


def _end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def check_month(found: Month, today: date) -> Month:
    """The month itself. Raises RecordingError for days to come, or falls of another month."""
    if found.first > today or found.last > today:
        raise RecordingError(f"{found.name} has not been yet: report a month once it has begun.")
    if found.last < found.first or (found.first.year, found.first.month) != (found.last.year, found.last.month):
        raise RecordingError(f"A report is of days of one month, not of {found.first} to {found.last}.")
    for one in (*found.falls, *found.near_falls):
        what = "fall" if isinstance(one, Fall) else "near-fall"
        if one.on > today:
            raise RecordingError(f"A {what} on {one.on} lies in the future: check the date.")
        if not found.first <= one.on <= found.last:
            raise RecordingError(f"A {what} on {one.on} isn't of {found.first} to {found.last}: report its own month.")
        for text in (one.activity, getattr(one, "place", "")):
            if len(text) > TEXT_MAX:
                raise RecordingError(f"Keep place and activity of {one.on} to {TEXT_MAX} letters.")
    for one in found.falls:
        if one.injury not in INJURIES:
            raise RecordingError(f"'{one.injury}' is no kind of injury: choose one of {', '.join(INJURIES)}.")
    return found


def told_again(before: Month, now: Month) -> Month:
    """A newer report of a month with all that the one before told: of each day the longer list, else the newer one.
    A fall is taken back by voiding its report, not by leaving it out of the next."""
    return Month(
        min(before.first, now.first),
        max(before.last, now.last),
        _together(before.falls, now.falls),
        _together(before.near_falls, now.near_falls),
    )


def _together(before: Sequence[Told], now: Sequence[Told]) -> tuple[Told, ...]:
    days = sorted({one.on for one in (*before, *now)})
    each = [[[one for one in told if one.on == day] for told in (now, before)] for day in days]
    return tuple(one for lists in each for one in max(lists, key=len))


def history_again(before: History, now: History) -> History:
    """A newer history with the day of the last fall that the one before told, where that lies in its twelve months.
    Raises RecordingError where it tells of no fall, or of an earlier last one."""
    day = before.last_fall
    if day is None or not 0 <= (now.until - day).days <= YEAR_DAYS:
        return now
    if not now.falls or (now.last_fall is not None and now.last_fall < day):
        raise RecordingError(
            f"A fall on {day} is on file, told on {before.until}, and this history leaves it out. If it was a mistake, "
            "take that entry back first (`surefoot kept list`, `surefoot kept void`)."
        )
    return now if now.last_fall else replace(now, last_fall=day)


def check_history(found: History, today: date) -> History:
    """The history itself. Raises RecordingError for what can't be."""
    if found.until > today:
        raise RecordingError(f"A history until {found.until} lies in the future: check the date.")
    for what, count in (("falls", found.falls), ("near-falls", found.near_falls), ("injuries", found.injurious)):
        if count is not None and not 0 <= count <= HISTORY_MOST:
            raise RecordingError(f"{count} {what} in a year can't be told: give 0 to {HISTORY_MOST}.")
    if found.injurious is not None and (found.falls is None or found.injurious > found.falls):
        raise RecordingError(
            "Falls with an injury are among the falls: give how many falls there were, at least these."
        )
    if found.last_fall is not None and (not found.falls or not 0 <= (found.until - found.last_fall).days <= YEAR_DAYS):
        raise RecordingError(f"A last fall on {found.last_fall} is not of the twelve months before {found.until}.")
    return found


def calendar(months: Sequence[Month], today: date, since: date | None = None) -> tuple[Row, ...]:
    """Every month from the first reported one (or `since`) to today's, oldest first. Of two reports of one month the
    later in the sequence counts."""
    by_name = {one.name: one for one in months}
    start = min((*(one.first for one in months), *((since,) if since else ())), default=None)
    rows: list[Row] = []
    day = start.replace(day=1) if start else None
    while day is not None and day <= today:
        found = by_name.get(f"{day:%Y-%m}")
        if found is None:
            rows.append(Row(f"{day:%Y-%m}", NOT_REPORTED, 0))
        else:
            whole = found.first <= max(day, since or day) and found.last >= _end(day)
            days = (found.last - found.first).days + 1
            rows.append(Row(found.name, REPORTED if whole else PARTLY, days, found.falls, found.near_falls))
        day = _end(day) + timedelta(days=1)
    return tuple(rows)


def rate_per_year(rows: Sequence[Row]) -> tuple[float | None, int, int]:
    """Falls a person-year of the days reported (None without any), the falls and those days."""
    days, falls = sum(row.days for row in rows), sum(len(row.falls) for row in rows)
    return (falls / (days / YEAR_DAYS) if days else None), falls, days


def asked_until(months: Sequence[Month], history: History | None) -> date | None:
    """The last day that anybody was asked about, if the RECENT_DAYS before it were asked about as well."""
    spans = [(one.first, one.last) for one in months]
    # Falls remembered without their day may have been yesterday: such a history doesn't tell of the last weeks.
    if history is not None and (history.falls == 0 or history.last_fall is not None):
        spans.append((history.until - timedelta(days=HISTORY_MOST), history.until))
    until = max((last for _, last in spans), default=None)
    if until is None:
        return None
    days = [until - timedelta(days=back) for back in range(RECENT_DAYS)]
    return until if all(any(first <= day <= last for first, last in spans) for day in days) else None


def dates(
    months: Sequence[Month],
    history: History | None,
    today: date,
    cleared: date | None = None,
    told: Sequence[date] = (),
) -> tuple[date, ...] | None:
    """Days of falls, and of near-falls that somebody caught, for progression.Person.falls; None where nobody asked
    within a month. A fall that no re-check (`cleared`) has followed is told however long nobody asked, and says nothing
    of whether anybody did: see `lately`. `told`: days of falls that a diary told of."""
    latest = {one.name: one for one in months}.values()
    found = {one.on for row in latest for one in row.falls}
    found |= {one.on for row in latest for one in row.near_falls if one.caught}
    found |= {history.last_fall} if history is not None and history.last_fall is not None else set()
    found |= {day for day in told if day <= today}
    days = tuple(sorted(found))
    if not lately(months, history, today):
        return tuple(day for day in days if cleared is None or day > cleared) or None
    return days


def lately(months: Sequence[Month], history: History | None, today: date) -> bool:
    """Whether somebody asked about falls within a month."""
    until = asked_until(tuple({one.name: one for one in months}.values()), history)
    return until is not None and (today - until).days <= ASKED_DAYS


def month_document(found: Month) -> dict[str, Any]:
    told = {"format": FORMAT, "what": "month", "first": str(found.first), "last": str(found.last)}
    return told | {"falls": [_row(one) for one in found.falls], "near_falls": [_row(one) for one in found.near_falls]}


def history_document(found: History) -> dict[str, Any]:
    known = {key: str(value) if isinstance(value, date) else value for key, value in asdict(found).items()}
    return {"format": FORMAT, "what": "history", **{key: value for key, value in known.items() if value is not None}}


def _row(one: Fall | NearFall) -> dict[str, Any]:
    return {key: value for key, value in asdict(one).items() if value != ""} | {"on": str(one.on)}


def of_document(document: Mapping[str, Any]) -> Month | History:
    """The value that a document was made of."""
    rest = {key: value for key, value in document.items() if key not in ("format", "what")}
    if document["what"] == "history":
        days = {name: date.fromisoformat(rest[name]) for name in ("until", "last_fall") if name in rest}
        return History(**{**rest, **days})
    first, last = date.fromisoformat(rest["first"]), date.fromisoformat(rest["last"])
    falls = tuple(Fall(**{**one, "on": date.fromisoformat(one["on"])}) for one in rest["falls"])
    near = tuple(NearFall(**{**one, "on": date.fromisoformat(one["on"])}) for one in rest["near_falls"])
    return Month(first, last, falls, near)
