# SPDX-License-Identifier: MIT
"""People and who they are: in one table, noted when read, exported whole, deleted whole."""

from __future__ import annotations

import json
import unicodedata
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from stores import BY, KEY, people_in, trial_document, url_of
from surefoot.clinic.store import audit, database, entries, files, people, tables
from surefoot.clinic.store.erasing import delete_person, export_person
from surefoot.clinic.store.opening import open_store, with_clock
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


def test_a_code_that_is_told_by_names_is_noted_as_a_look(store: Store) -> None:
    """Whoever gives names and a birth date hears which code they have: that is reading who the code is."""
    people.add_person(store, "P001", by=BY, identity=ZOE)
    people_in(store, "P002")
    decomposed = replace(ZOE, family_name=unicodedata.normalize("NFD", ZOE.family_name.upper()))
    for number, deed in enumerate((people.add_person, people.set_identity)):
        before = len(audit.log(store))
        with pytest.raises(StoreError, match=r"is here already, as P001: .* That you were told is noted\."):
            deed(store, f"P00{3 - number}", by="A", identity=decomposed)
        row = audit.log(store)[-1]
        assert (row.action, row.by, row.person, len(audit.log(store))) == ("read identity", "A", "P001", before + 1)
    assert people.people(store) == ("P001", "P002")
    assert audit.broken(store) is None


@pytest.mark.parametrize("code", ["Zoë Müller", "", "1950-03-03", "x" * 33, "a;b", "../P001", "\udcff"])
def test_a_name_or_a_date_is_no_code(store_here: Store, code: str) -> None:
    with pytest.raises(StoreError, match="can't be a person's code"):
        people.add_person(store_here, code, by=BY)


@pytest.mark.parametrize("code", ["-x", "--", "_"])
def test_what_begins_as_an_option_is_no_code(store_here: Store, code: str) -> None:
    with pytest.raises(StoreError, match="would be taken for an option"):
        people.add_person(store_here, code, by=BY)


def test_letters_that_no_database_takes_are_refused_in_words(store: Store) -> None:
    for deed in (
        lambda: people.identity_of(store, "\udcff", by=BY, why="x"),
        lambda: entries.entries(store, "\udcff"),
        lambda: audit.log(store, "\udcff"),
        lambda: delete_person(store, "\udcff", by=BY, reason="x"),
    ):
        with pytest.raises(StoreError, match="has a character that can't be kept, so nothing was saved"):
            deed()


def test_nobody_is_added_by_a_clock_that_was_set_back(store: Store) -> None:
    people_in(store, "P001")
    entries.put(store, "P001", "trial", DAY, trial_document(), by=BY)
    late = with_clock(store, lambda: "2020-03-02T09:54:59Z")
    for deed in (
        lambda: people.add_person(late, "P002", by=BY),
        lambda: people.set_identity(late, "P001", ZOE, by=BY),
    ):
        with pytest.raises(StoreError, match="set the clock right, then repeat"):
            deed()
    assert people.people(store) == ("P001",)
    assert people.identity_of(store, "P001", by=BY, why="test") is None


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
    of_two = "müller-žižek asked", unicodedata.normalize("NFD", "Müller-Žižek asked"), "call +41 00", "born 1950-03-03"
    for why in ("letter for Zoë", "Müller-Žižek asked", "(Zoë)", *of_two):
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


def test_what_others_keep_meanwhile_stays(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one station deletes a person, another keeps the same bytes, as of a calibration, of somebody else."""
    own, _ = two_people(store)
    note, url = audit.note_in, url_of(store)

    def noted(connection: Any, *args: Any) -> None:
        note(connection, *args)
        connection.commit()  # what comes after is another transaction, and this is between the two
        with open_store(store.folder.parent, url, key=KEY) as other, database.writing(other) as there:
            files.row_in(there, other, "P002", "own.sfr", own, 3)

    monkeypatch.setattr(audit, "note_in", noted)
    delete_person(store, "P001", by="A", reason="asked by letter")
    assert files.read_file(store.folder, own) == b"own"


def test_an_export_that_was_killed_is_written_over(store_here: Store, tmp_path: Path) -> None:
    two_people(store_here)
    (tmp_path / ".p.zip.part").write_bytes(b"half")
    assert export_person(store_here, "P001", tmp_path / "p.zip", by="A", why="asked") == 2
    assert [path.name for path in tmp_path.iterdir() if "p.zip" in path.name] == ["p.zip"]


def test_what_cannot_be_deleted_whole_is_not_deleted(store: Store) -> None:
    own, _ = two_people(store)
    with pytest.raises(StoreError, match="The reason has 600 characters"):
        delete_person(store, "P001", by="A", reason="x" * 600)
    assert people.people(store) == ("P001", "P002")
    assert files.read_file(store.folder, own) == b"own"


def test_what_is_deleted_is_overwritten_in_the_file(store_here: Store) -> None:
    with store_here.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
