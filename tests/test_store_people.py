# SPDX-License-Identifier: MIT
"""People and who they are: in one table, noted when read, exported whole, deleted whole."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from stores import BY, people_in, trial_document
from surefoot.clinic.store import audit, database, entries, files, people, tables
from surefoot.clinic.store.erasing import delete_person, export_person
from surefoot.clinic.store.opening import with_clock
from surefoot.clinic.store.values import Identity, Store, StoreError

DAY = date(2026, 3, 2)
ZOE = Identity("Müller-Žižek", "Zoë", date(1950, 3, 3), "+41 00")


def test_who_somebody_is_is_noted_when_it_is_read_or_changed(store: Store) -> None:
    people.add_person(store, "P001", by=BY, identity=ZOE)
    assert people.identity_of(store, "P001", by="A", why="a letter") == ZOE
    married = Identity("Žižek", "Zoë", ZOE.born)
    people.set_identity(store, "P001", married, by="B")
    assert people.identity_of(store, "P001", by="A", why="a call") == married
    rows = [(row.action, row.by, row.what) for row in audit.log(store, "P001")]
    told = "names, birth date and contact"
    assert rows == [
        ("add person", BY, "made"),
        ("change identity", BY, told),
        ("read identity", "A", "a letter"),
        ("change identity", "B", told),
        ("read identity", "A", "a call"),
    ]
    assert audit.broken(store) is None
    people_in(store, "P002")
    assert people.identity_of(store, "P002", by="A", why="a call") is None
    with pytest.raises(StoreError, match="Say what was done: it can't be empty"):
        people.identity_of(store, "P001", by="A", why="")
    with pytest.raises(ValueError, match="no action 'look'"):
        audit.note(store, "look", BY, "P001", "x")


def test_a_look_that_cannot_be_noted_is_not_given(store: Store) -> None:
    people.add_person(store, "P001", by=BY, identity=ZOE)
    with pytest.raises(StoreError, match="There is no P009"):
        people.identity_of(store, "P009", by="A", why="a letter")
    with pytest.raises(StoreError, match="Who it was has 501 characters"):
        people.identity_of(store, "P001", by="A" * 501, why="a letter")


def test_no_table_but_one_holds_who_somebody_is(store: Store) -> None:
    people.add_person(store, "P001", by=BY, identity=ZOE)
    people.identity_of(store, "P001", by="A", why="a letter")
    entries.put(store, "P001", "trial", DAY, trial_document(), by=BY)
    with database.reading(store) as connection:
        for table in tables.metadata.sorted_tables:
            held = str(connection.execute(select(table)).all())
            secret = [word for word in (ZOE.family_name, ZOE.given_name, "1950", ZOE.contact) if word in held]
            assert bool(secret) == (table.name == "identity"), table.name


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2026, 3, 3), "Nobody born on 2026-03-03 comes to a clinic today"),
        (date(1905, 3, 1), "Nobody born on 1905-03-01"),
        (date(1, 1, 1), "Nobody born on 0001-01-01"),
    ],
)
def test_nobody_is_born_tomorrow_or_has_more_than_120_years(store: Store, born: date, words: str) -> None:
    store = with_clock(store, lambda: "2026-03-02T10:00:00Z")
    with pytest.raises(StoreError, match=words):
        people.add_person(store, "P001", by=BY, identity=Identity("A", "B", born))
    assert people.people(store) == ()
    people.add_person(store, "P001", by=BY, identity=Identity("A", "B", date(1905, 3, 3)))
    assert people.age_on(store, "P001", DAY) == 120


def test_the_same_person_twice_is_refused_unless_it_is_another(store: Store) -> None:
    people.add_person(store, "P001", by=BY, identity=ZOE)
    with pytest.raises(StoreError, match="There is a p001 already"):
        people.add_person(store, "p001", by=BY)
    same = Identity("müller-žižek", "ZOË", ZOE.born)
    with pytest.raises(StoreError, match="is here already, as P001: use that code, or say --another"):
        people.add_person(store, "P002", by=BY, identity=same)
    assert people.people(store) == ("P001",)
    people.add_person(store, "P002", by=BY, identity=same, another=True)
    people.add_person(store, "P003", by=BY, identity=Identity("Müller-Žižek", "Zoë", date(1951, 3, 3)))
    with pytest.raises(StoreError, match=r"as P00[12]"):
        people.set_identity(store, "P003", ZOE, by=BY)
    people.set_identity(store, "P001", ZOE, by=BY, another=True)


@pytest.mark.parametrize("code", ["Zoë Müller", "", "1950-03-03", "x" * 33, "a;b"])
def test_a_name_or_a_date_is_no_code(store_here: Store, code: str) -> None:
    with pytest.raises(StoreError, match="can't be a person's code"):
        people.add_person(store_here, code, by=BY)


@given(born=st.dates(date(1910, 1, 1), date(2020, 12, 31)), after=st.integers(0, 40_000))
def test_an_age_grows_by_one_on_each_birthday(born: date, after: int) -> None:
    day = date.fromordinal(born.toordinal() + after)
    years, birthday = people.years_on(born, day), (born.month, born.day)
    assert (born.year + years, *birthday) <= (day.year, day.month, day.day) < (born.year + years + 1, *birthday)


def test_an_age_is_told_without_a_note(store: Store) -> None:
    people.add_person(store, "P001", by=BY, identity=ZOE)
    people_in(store, "P002")
    before = len(audit.log(store))
    assert (people.age_on(store, "P001", DAY), people.age_on(store, "P002", DAY)) == (75, None)
    assert people.age_on(store, "P001", date(1949, 1, 1)) is None
    assert len(audit.log(store)) == before


def two_people(store: Store) -> tuple[str, str]:
    """Each with a recording of their own and one that both have; the hashes of the first's own and of both's."""
    people.add_person(store, "P001", by=BY, identity=ZOE)
    people.add_person(store, "P002", by=BY, identity=Identity("Meier", "Max", date(1960, 1, 1)))
    own, other, both = (files.put_file(store.folder, name, ".sfr") for name in (b"own", b"other", b"both"))
    with database.writing(store) as connection:
        for code, sha256 in (("P001", own), ("P001", both), ("P002", other), ("P002", both)):
            files.row_in(connection, store, code, f"{sha256[:4]}.sfr", sha256, 3)
    for code in ("P001", "P002"):
        first = entries.put(store, code, "trial", DAY, trial_document(), by=BY)
        entries.put(store, code, "trial", DAY, trial_document(2), by=BY, replaces=first.id, sources=[first.id])
    return own, both


def test_a_person_is_exported_whole_and_alone(store: Store, tmp_path: Path) -> None:
    own, both = two_people(store)
    path = tmp_path / "p.zip"
    assert export_person(store, "P001", path, by="A", why="asked") == 2
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as held:
        assert held.testzip() is None
        told = json.loads(held.read("person.json"))
        names = set(held.namelist())
        everything = b"".join(held.read(name) for name in names)
    assert told["identity"] == {
        "family_name": "Müller-Žižek",
        "given_name": "Zoë",
        "born": "1950-03-03",
        "contact": "+41 00",
    }
    assert [(one["state"], one["document"]["trial"]) for one in told["entries"]] == [("replaced", 1), ("live", 2)]
    assert {f"files/{own}/{own[:4]}.sfr", f"files/{both}/{both[:4]}.sfr"} < names
    assert len(names) == 5
    for word in (b"P002", b"Meier", b"other"):
        assert word not in everything
    assert [row.action for row in audit.log(store, "P001")][-2:] == ["read identity", "export"]
    with pytest.raises(StoreError, match="nothing is overwritten"):
        export_person(store, "P001", path, by="A", why="asked")
    with pytest.raises(StoreError, match="can't be written"):
        export_person(store, "P001", tmp_path / "none" / "p.zip", by="A", why="asked")


def test_a_person_is_deleted_whole_and_alone(store: Store) -> None:
    own, both = two_people(store)
    assert delete_person(store, "P001", by="A", reason="asked by letter") == 2
    assert people.people(store) == ("P002",)
    assert {one.person for one in entries.entries(store, every=True)} == {"P002"}
    assert files.find(store.folder, own) is None
    assert files.read_file(store.folder, both) == b"both"
    with database.reading(store) as connection:
        for table in tables.metadata.sorted_tables:
            held = str(connection.execute(select(table)).all())
            assert "Müller" not in held
            assert ("P001" in held) == (table.name == "audit")
    last = audit.log(store, "P001")[-1]
    assert (last.action, last.by, last.what) == ("delete", "A", "2 entries: asked by letter")
    assert audit.broken(store) is None
    with pytest.raises(StoreError, match="There is no P001"):
        delete_person(store, "P001", by="A", reason="again")


def test_no_reason_that_is_noted_names_the_person(store: Store) -> None:
    two_people(store)
    for why in ("letter for Zoë", "Müller-Žižek asked", "(Zoë)"):
        with pytest.raises(StoreError, match="must not name them"):
            people.identity_of(store, "P001", by="A", why=why)
        with pytest.raises(StoreError, match="must not name them"):
            delete_person(store, "P001", by="A", reason=why)
    own = entries.entries(store, "P001")[0]
    with pytest.raises(StoreError, match="must not name them"):
        entries.void(store, own.id, by="A", reason="Zoë was not there")
    with pytest.raises(StoreError, match="must not name them"):
        entries.move(store, own.id, "P002", by="A", reason="it was not Zoë")
    assert entries.entries(store, "P001")[0] == own
    assert people.identity_of(store, "P001", by="A", why="letter to her doctor")
    assert not [row for row in audit.log(store) if "Zoë" in row.what]


def test_what_cannot_be_deleted_whole_is_not_deleted(store: Store) -> None:
    own, _ = two_people(store)
    with pytest.raises(StoreError, match="The reason has 600 characters"):
        delete_person(store, "P001", by="A", reason="x" * 600)
    assert people.people(store) == ("P001", "P002")
    assert files.read_file(store.folder, own) == b"own"


def test_what_is_deleted_is_overwritten_in_the_file(store_here: Store) -> None:
    with store_here.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
