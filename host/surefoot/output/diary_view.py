# SPDX-License-Identifier: MIT
"""What a diary of a week asks: things to do in the order of the plan, and a code that tells which they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from itertools import combinations

from ..care.diary import week_days
from ..care.ladder import SETTINGS
from ..care.pain_stop import PainStop, pain_stop
from ..care.plan import Item, Plan, plan_of, setting_of
from ..care.plan_check import Shown
from ..clinic.plan_entries import plan, shown
from ..clinic.plan_rungs import ladders, stop_at
from ..clinic.simulated import is_simulated
from ..clinic.store import entries
from ..clinic.store.values import Store, StoreError
from .plan_view import Card, cards

CODE_LETTERS = 4
WITHHELD_MOST = 3  # things of a plan that a printed page may have been without


@dataclass(frozen=True)
class Sheet:
    """A week of a person: `cards` numbered as they are asked, `call` whom to call, `more`: some is done in the clinic
    only; `instead`: what is done while training is locked; `pain`: when to stop for it; `simulated`: the
    recordings of this person are of a virtual board."""

    person: str
    first: date
    cards: tuple[Card, ...]
    code: str
    call: str = ""
    more: bool = False
    instead: str = ""
    pain: PainStop = field(default_factory=pain_stop)
    simulated: bool = False

    @property
    def days(self) -> tuple[date, ...]:
        return week_days(self.first)

    @property
    def items(self) -> dict[str, str]:
        """Titles by id."""
        return {card.id: card.title for card in self.cards}


def sheet(store: Store, person: str, first: date, today: date, helper: bool = True) -> Sheet:
    """Of the plan in force, with what may be done today. Raises StoreError."""
    found, _ = plan(store, person)
    made = sheet_of(person, first, found, shown(store, person, found, today), helper)
    pain = stop_at(store, person, found.items, today)
    instead, virtual = ladders(store, person).fallback, is_simulated(store, person)
    return replace(made, instead=instead, pain=pain, simulated=virtual)


def sheet_of(person: str, first: date, what: Plan, now: Shown, helper: bool = True) -> Sheet:
    """In the order of the plan's page, so that a thing has one number on both; without `helper` only what may be done
    alone."""
    beside = now.together if helper else ()
    items = (*now.alone, *beside)
    made = (*cards(now.alone), *cards(beside, len(now.alone) + 1, "helper"))
    return Sheet(person, first, made, code_of(items), what.call, len(items) < len(what.items))


def code_of(items: Sequence[Item]) -> str:
    """A few letters that stand for these things in this order."""
    return sha256(" ".join(item.id for item in items).encode()).hexdigest()[:CODE_LETTERS]


def sheet_by_code(store: Store, person: str, first: date, code: str) -> Sheet:
    """The page that was printed with that code, of whatever plan there was. Raises StoreError where there is none."""
    plans = [plan_of(one.document) for one in entries.entries(store, person, "plan", every=True)]
    for left_out in range(WITHHELD_MOST + 1):
        for what in reversed(plans):
            for gone in combinations(what.items, min(left_out, len(what.items))):
                kept = tuple(item for item in what.items if item not in gone)
                for items in _orders(kept):
                    if code_of(items) == code.lower():
                        return Sheet(person, first, cards(items), code.lower(), what.call)
    raise StoreError(f"No plan of {person} makes a page with the code '{code}': read the code at the foot of the page.")


def _orders(items: tuple[Item, ...]) -> Iterator[tuple[Item, ...]]:
    """In which a page may have had them: all alone or all with a helper; what always needs one at the end; and one more
    there, which needed one for the first time."""
    yield items
    for first_time in (None, *items):
        last = tuple(one for one in items if one is first_time or setting_of(one) == SETTINGS[-2])
        yield (*(one for one in items if one not in last), *last)
