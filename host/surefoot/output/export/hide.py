# SPDX-License-Identifier: MIT
"""De-identification: what would say who somebody is, when, or by whose board, is replaced or left out. Pure.

Of the 18 identifiers of 45 CFR 164.514(b)(2) the tables hold codes, dates, ages, ids of devices and files, and free
text. Study codes are random; ids are drawn anew; free texts, who wrote and times of day are left out; ages above 89
are one class. Dates are left out too (days are counted from the person's first), or, where asked, moved by one random
number of days a person, which keeps intervals and is more than safe harbour allows.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from ...care.protocol import load_protocol, protocol_names
from ...care.scales import scale_names
from .columns import OUTCOMES
from .values import CLOCK, DATE, FREE, ID, PERSON, TEST, WALK, WHO, Column, Mark, Motion, Package, Recording, Row, Table

NONE, SHIFTED = "none", "shifted"
SHIFT_DAYS = (366, 3652)  # into the past, so that the season is gone and no date lies ahead
CUES = frozenset(("start", "end", "cue start", "cue end", "fault"))
OTHER_MARK = "mark"


@dataclass(frozen=True)
class Pseudonym:
    """A person's random study code, and by how many days their dates are moved."""

    study: str
    shift_days: int


@dataclass(frozen=True)
class Key:
    """What leads back: pseudonyms by code, arms by code, and what each session's new id was: (session, day)."""

    people: Mapping[str, Pseudonym]
    arms: Mapping[str, str] = field(default_factory=dict)
    sessions: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def new_key(people: Sequence[str], known: Mapping[str, Pseudonym] | None = None) -> Key:
    """Pseudonyms for these people, of whom some may have one."""
    found = dict(known or {})
    taken = {one.study for one in found.values()} | set(people)
    for code in people:
        while code not in found:
            study = f"S{secrets.token_hex(4)}"
            if study not in taken:
                taken.add(study)
                shift = SHIFT_DAYS[0] + secrets.randbelow(SHIFT_DAYS[1] - SHIFT_DAYS[0])
                found[code] = Pseudonym(study, shift)
    return Key(found)


def hide(package: Package, key: Key, *, dates: str = NONE, blind: bool = False) -> tuple[Package, Key]:
    """The package without what identifies, and the key with the sessions' new ids. `blind`: only outcome measures, and
    nothing of when or in which order they were taken, so that who reads them can't tell arms or before from after."""
    tokens: dict[str, str] = {}

    def token(value: str) -> str:
        return tokens.setdefault(value, secrets.token_hex(4))

    chosen = {name: one for name, one in package.tables.items() if not blind or name in OUTCOMES}
    tables = {name: _table(one, key, dates, token, blind) for name, one in chosen.items()}
    recordings = [_recording(one, key, dates, token, blind) for one in package.recordings]
    recordings.sort(key=lambda one: (one.person, -1 if one.day is None else one.day, one.session, one.id))
    sessions = {token(row["session"]): (row["session"], row["on"].isoformat()) for row in package.tables["trials"].rows}
    hidden = replace(package, tables=tables, recordings=tuple(recordings), hidden=True)
    return hidden, replace(key, sessions=sessions)


def _table(table: Table, key: Key, dates: str, token: Callable[[str], str], blind: bool) -> Table:
    rows = [{one.name: _value(one, row, key, dates, token, blind) for one in table.columns} for row in table.rows]
    # The order of writing would tell who came first.
    rows.sort(key=_place)
    return replace(table, rows=tuple(rows))


def _place(row: Row) -> tuple[str, int, str]:
    day = row.get("day")
    return row["person"], -1 if day is None else day, str(row.get("session") or row.get("walk") or row.get("entry"))


def _value(column: Column, row: Row, key: Key, dates: str, token: Callable[[str], str], blind: bool) -> Any:
    value = row[column.name]
    if value is None or column.role in (FREE, WHO, CLOCK):
        return None
    pseudonym = key.people[row["person"]]
    if column.role == PERSON:
        return pseudonym.study
    if column.role == ID:
        return token(str(value))
    if column.role == TEST:
        return _test(row.get("protocol"), str(value), token)
    if column.type == DATE:
        return _moved(value, pseudonym, dates, blind)
    return None if blind and column.name == "day" else value


def _moved(on: date | None, pseudonym: Pseudonym, dates: str, blind: bool) -> date | None:
    return None if on is None or blind or dates == NONE else on - timedelta(days=pseudonym.shift_days)


def _test(protocol: str | None, value: str, token: Callable[[str], str]) -> str:
    """Ids of a clinic's own tests are words of that clinic's."""
    return value if protocol in _shipped() else f"own-{token(value)}"


@cache
def _shipped() -> frozenset[str | None]:
    return frozenset((*protocol_names(), *scale_names(), WALK))


def _recording(one: Recording, key: Key, dates: str, token: Callable[[str], str], blind: bool) -> Recording:
    pseudonym = key.people[one.person]
    allowed = _marks_of(one.protocol)

    def motion() -> Motion:
        whole = one.motion()
        marks = tuple(Mark(mark.onset_s, mark.text if mark.text in allowed else OTHER_MARK) for mark in whole.marks)
        return replace(whole, marks=marks, device=token(whole.device))

    return replace(
        one,
        person=pseudonym.study,
        id=token(one.id),
        session=token(one.session),
        day=None if blind else one.day,
        on=_moved(one.on, pseudonym, dates, blind),
        begun_utc=None,
        protocol=_test(one.protocol, one.protocol, token),
        condition=_test(one.protocol, one.condition, token),
        motion=motion,
    )


def _marks_of(protocol: str) -> frozenset[str]:
    """Marks that say nothing but what a shipped test has keys for."""
    if protocol not in protocol_names():
        return CUES
    return CUES | {one.id for one in load_protocol(protocol).marks}
