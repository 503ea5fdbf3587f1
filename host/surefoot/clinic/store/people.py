# SPDX-License-Identifier: MIT
"""People: a code each, and in one table who they are, every reading of which is noted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

from .values import Identity, Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

OLDEST_YEARS = 120


class _Known(StoreError):
    """Somebody of the same names and birth date is there; which code they have says who that is."""

    def __init__(self, words: str, code: str):
        super().__init__(words)
        self.code = code


def add_person(store: Store, code: str, *, by: str, identity: Identity | None = None, another: bool = False) -> str:
    """Make a person; `another`: somebody of the same names and birth date is here already and is somebody else.

    Raises StoreError for a code that is taken or none, a duplicate, or an identity that can't be.
    """
    from sqlalchemy import insert, select

    from ...errors import RecordingError
    from ..run_values import check_person
    from .audit import note_in
    from .database import writing
    from .tables import person
    from .words import now_in, said

    try:
        check_person(code)
    except RecordingError as error:
        raise StoreError(str(error)) from None
    if not code[0].isalnum():
        raise StoreError(f"'{code}' would be taken for an option: begin a code with a letter or a digit, such as P001.")
    with _known_noted(store, by), writing(store) as connection:
        if any(known.lower() == code.lower() for known in connection.scalars(select(person.c.code))):
            raise StoreError(f"There is a {code} already: choose another code, or use that person's.")
        connection.execute(
            insert(person).values(code=code, made_utc=now_in(connection, store), who=said(by, "who adds them"))
        )
        note_in(connection, store, "add person", by, code, "made")
        if identity is not None:
            _set(connection, store, code, identity, by, another)
    return code


def people(store: Store) -> tuple[str, ...]:
    """All codes, in order. Raises StoreError."""
    from sqlalchemy import select

    from .database import reading
    from .tables import person

    with reading(store) as connection:
        return tuple(sorted(connection.scalars(select(person.c.code))))


def identity_of(store: Store, code: str, *, by: str, why: str) -> Identity | None:
    """Who it is, None where nobody wrote it down; noted in the audit log. Raises StoreError."""
    from sqlalchemy import select

    from .audit import no_names, note_in
    from .database import writing
    from .tables import identity

    with writing(store) as connection:  # it is told only together with the note of it
        must_be_there(connection, code)
        no_names(connection, code, why)
        note_in(connection, store, "read identity", by, code, why)
        row = connection.execute(select(identity).where(identity.c.code == code)).first()
    return Identity(row.family_name, row.given_name, row.born, row.contact) if row else None


def set_identity(store: Store, code: str, identity: Identity, *, by: str, another: bool = False) -> None:
    """Write down who it is, over what was there; noted in the audit log. Raises StoreError."""
    from .database import writing
    from .words import now_in

    with _known_noted(store, by), writing(store) as connection:
        must_be_there(connection, code)
        now_in(connection, store)
        _set(connection, store, code, identity, by, another)


def age_on(store: Store, code: str, day: date) -> int | None:
    """Whole years on a day, None where no birth date is known. Not noted as a reading of identity: years alone say
    little of who somebody is, and every norm needs them. Raises StoreError."""
    from sqlalchemy import select

    from .database import reading
    from .tables import identity

    with reading(store) as connection:
        must_be_there(connection, code)
        born = connection.scalar(select(identity.c.born).where(identity.c.code == code))
    return years_on(born, day) if born and born <= day else None


def must_be_there(connection: Connection, code: str) -> None:
    """Raises StoreError where no person has this code."""
    from sqlalchemy import select

    from .tables import person

    if connection.execute(select(person.c.code).where(person.c.code == code)).first() is None:
        raise StoreError(f"There is no {code} in this store: correct the code, or `surefoot person add {code}`.")


def must_be_known(store: Store, code: str) -> None:
    """The same, in a transaction of its own."""
    from .database import reading

    with reading(store) as connection:
        must_be_there(connection, code)


def years_on(born: date, day: date) -> int:
    """Whole years from a birth date to a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@contextmanager
def _known_noted(store: Store, by: str) -> Iterator[None]:
    from .audit import note

    try:
        yield
    except _Known as error:
        note(store, "read identity", by, error.code, "their names and birth date were given, and their code was told")
        raise


def _set(connection: Connection, store: Store, code: str, told: Identity, by: str, another: bool) -> None:
    from sqlalchemy import delete, insert, select

    from .audit import note_in
    from .tables import identity
    from .words import said

    today = datetime.fromisoformat(store.now_utc()).date()
    if told.born > today or years_on(told.born, today) > OLDEST_YEARS:
        raise StoreError(
            f"Nobody born on {told.born.isoformat()} comes to a clinic today: correct the birth date (YYYY-MM-DD)."
        )
    row = {
        "family_name": said(told.family_name, "the family name"),
        "given_name": said(told.given_name, "the given name"),
        "born": told.born,
        "contact": said(told.contact, "the contact", empty=True),
    }
    same = select(identity).where(identity.c.born == told.born, identity.c.code != code)
    for other in connection.execute(same):
        names = other.family_name.casefold(), other.given_name.casefold()
        if not another and names == (row["family_name"].casefold(), row["given_name"].casefold()):
            raise _Known(
                f"Somebody of these names and this birth date is here already, as {other.code}: use that code, or say "
                "--another where it is somebody else. That you were told is noted.",
                other.code,
            )
    connection.execute(delete(identity).where(identity.c.code == code))
    connection.execute(insert(identity).values(code=code, **row))
    note_in(connection, store, "change identity", by, code, "names, birth date and contact")
