# SPDX-License-Identifier: MIT
"""How much of a plan was done: completed of prescribed in seven days, by what was told. Pure.

A day of which nothing was told is unreported, never counted as not done: where such days could change the answer, it is
a range.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from surefoot.care.plan import Item

WEEK_DAYS = 7
# Dose bands: from so much of what was prescribed (D).
BANDS = ((0.8, "nearly all"), (0.5, "half or more"), (0.0, "less than half"))
TOP = BANDS[0][1]


@dataclass(frozen=True)
class Told:
    """What was told of an item (its id) on a day: done or not. What isn't told is unreported."""

    on: date
    item: str
    done: bool


@dataclass(frozen=True)
class Of:
    """An item's seven days: times prescribed, days done, days told of; `most`: times it may have been done at most,
    never counted above the prescribed."""

    item: str
    prescribed: int
    done: int
    told: int
    most: int


@dataclass(frozen=True)
class Week:
    """Seven days up to `end`. `low` and `high`: shares of the prescribed that were done at least and at most, None
    where the plan isn't seven days old; `unreported`: days of which nothing was told; `more`: done beyond the plan."""

    end: date
    items: tuple[Of, ...]
    low: float | None
    high: float | None
    unreported: int
    more: int = 0

    @property
    def done(self) -> int:
        """Times done that count."""
        return sum(min(one.done, one.prescribed) for one in self.items)

    @property
    def prescribed(self) -> int:
        return sum(one.prescribed for one in self.items)

    @property
    def band(self) -> str | None:
        """The dose band, None where what isn't told could change it."""
        bands = {band_of(share) for share in (self.low, self.high) if share is not None}
        return bands.pop() if len(bands) == 1 else None

    @property
    def words(self) -> str:
        """The week in a sentence."""
        if not self.items:
            return "Nothing was planned."
        if self.unreported == WEEK_DAYS:
            return "Nothing told of the plan in these seven days: all unreported."
        if self.low is None or self.high is None:
            return f"{self.done} done so far; the plan isn't seven days old."
        share = f"{100 * self.low:.0f} %"
        if self.high > self.low:
            share = f"at least {share} and at most {100 * self.high:.0f} %"
        missing = f"; {self.unreported} of 7 days unreported" if self.unreported else ""
        band = f" ({self.band})" if self.band and self.low < 1 else ""
        return f"{self.done} of {self.prescribed} done, {share}{band}{missing}."


def band_of(share: float) -> str:
    """The dose band of a share of the prescribed."""
    return next(name for least, name in BANDS if share >= least)


def week(items: Sequence[Item], told: Iterable[Told], end: date) -> Week:
    """The seven days that end with `end`, of the items that were there from their first on, where there are any."""
    begin = end - timedelta(days=WEEK_DAYS - 1)
    mine = [one for one in told if begin <= one.on <= end]
    whole = [item for item in items if item.since <= begin]
    rows = tuple(_of(item, mine) for item in (whole or [one for one in items if one.since <= end]))
    prescribed = sum(one.prescribed for one in rows)
    days = len({one.on for one in mine})
    low = high = None
    if whole and prescribed:
        low = sum(min(one.done, one.prescribed) for one in rows) / prescribed
        high = sum(one.most for one in rows) / prescribed
    more = sum(max(one.done - one.prescribed, 0) for one in rows)
    return Week(end, rows, low, high, WEEK_DAYS - days, more)


def _of(item: Item, told: Sequence[Told]) -> Of:
    mine: dict[date, bool] = {}
    for one in told:
        if one.item == item.id:
            mine[one.on] = mine.get(one.on, False) or one.done
    done, days = sum(mine.values()), len(mine)
    return Of(item.id, item.days_per_week, done, days, min(done + WEEK_DAYS - days, item.days_per_week))


def days_running(told: Iterable[Told], today: date) -> int:
    """Days in a row on which something was done, up to today or yesterday: at least so many."""
    done = {one.on for one in told if one.done}
    day = today if today in done else today - timedelta(days=1)
    count = 0
    while day in done:
        count, day = count + 1, day - timedelta(days=1)
    return count


def weeks_running(items: Sequence[Item], told: Sequence[Told], end: date) -> int:
    """Seven-day spans in a row, the last one up to `end`, that are known to be in the top band."""
    count = 0
    while week(items, told, end).band == TOP:
        count, end = count + 1, end - timedelta(days=WEEK_DAYS)
    return count
