# SPDX-License-Identifier: MIT
"""Entries in the store, on both databases: written once, in order, replaced once, checked, all or nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from stores import BY, KEY, people_in, trial_document, url_of
from surefoot.clinic.store import audit, database, entries, people
from surefoot.clinic.store.opening import open_store, with_clock
from surefoot.clinic.store.values import LIVE, REPLACED, Conflict, Store, StoreError

DAY = date(2026, 3, 2)


def put(store: Store, person: str = "P001", number: int = 1, on: date = DAY, **more: Any) -> entries.Entry:
    return entries.put(store, person, "trial", on, trial_document(number), by=BY, **more)


def test_an_entry_comes_back_as_it_was_written(store: Store) -> None:
    people_in(store, "P001", "P002")
    made = entries.put(store, "P001", "trial", DAY, trial_document(1, "ﺕﺪﺑ 例 \u0001"), by="Zoë")
    other = put(store, "P002", 2)
    assert entries.entries(store, "P001") == (made,)
    assert entries.entries(store, kind="trial") == (made, other)
    assert (made.state, made.by, made.document["trial"], made.on) == (LIVE, "Zoë", 1, DAY)
    assert entries.last(store, "P001", "trial") == made
    assert entries.last(store, "P001", "plan") is None
    assert people.people(store) == ("P001", "P002")
    assert entries.one(store, made.id[:9]) == made
    with pytest.raises(StoreError, match=r"No entry begins with 'x%'"):
        entries.one(store, "x%")


def test_order_is_by_day_then_by_the_time_of_writing(store: Store) -> None:
    people_in(store, "P001")
    second, third, first = put(store), put(store, number=2), put(store, on=date(2026, 3, 1))
    assert entries.entries(store, "P001") == (first, second, third)
    assert entries.last(store, "P001", "trial") == third


def test_a_newer_entry_replaces_the_old_one_once(store: Store) -> None:
    people_in(store, "P001", "P002")
    first = put(store)
    second = entries.put(store, "P001", "trial", DAY, trial_document(2), by="A", sources=[first.id], replaces=first.id)
    with pytest.raises(
        Conflict, match=r"trial of P001 was changed by A at .*Z after you had looked .* look at the new"
    ):
        put(store, replaces=first.id)
    assert entries.entries(store, "P001") == (second,)
    assert entries.entries(store, "P001", every=True) == (replace(first, state=REPLACED), second)
    assert second.sources == (first.id,)
    with pytest.raises(StoreError, match=r"P002 has no trial .* to replace"):
        put(store, "P002", replaces=second.id)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"person": "P009"}, r"There is no P009 in this store: .*surefoot person add P009"),
    ({"kind": "mood"}, r"There are no entries of kind 'mood': the kinds are profile, safety"),
    ({"document": {"format": 9}}, r"The trial of P001 has format 9, newer than this Surefoot reads \(1\)"),
    ({"document": trial_document() | {"mood": 1}}, r"The trial of P001: the file has an unknown field 'mood'"),
    ({"document": trial_document() | {"trial": 0}}, r"field 'trial' is 0, but must be at least 1"),
    ({"document": trial_document() | {"session": "\ud800"}}, "has a value that can't be kept"),
    ({"document": trial_document() | {"file": {1, 2}}}, "field 'file' is"),
    ({"sources": ["nothing"]}, "P001 has no entry nothing to compute this from"),
    ({"by": " "}, "Say who writes this"),
    ({"by": "x" * 501}, "has 501 characters: keep it to 500"),
    ({"by": "a\0b"}, "can't be printed"),
    ({"on": date(1026, 3, 2)}, "1026-03-02 can't be the day of a trial"),
    ({"on": date(2999, 3, 2)}, "2999-03-02 can't be the day of a trial"),
    ({"replaces": "nothing"}, "P001 has no trial nothing to replace"),
]


def test_what_cannot_be_is_refused_in_words_and_leaves_nothing(store: Store) -> None:
    people_in(store, "P001")
    for change, words in REFUSED:
        told = {"person": "P001", "kind": "trial", "on": DAY, "document": trial_document(), "by": BY} | change
        place = [told.pop(name) for name in ("person", "kind", "on", "document")]
        with pytest.raises(StoreError, match=words):
            entries.put(store, *place, **told)
        assert entries.entries(store, every=True) == ()


def test_an_entry_of_another_person_is_no_source(store: Store) -> None:
    people_in(store, "P001", "P002")
    with pytest.raises(StoreError, match="P002 has no entry"):
        put(store, "P002", sources=[put(store).id])


def test_a_kind_without_a_schema_says_so(store_here: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    people_in(store_here, "P001")
    monkeypatch.setitem(entries.KINDS, "mood", "none.schema.json")
    with pytest.raises(StoreError, match=r"protocols/clinic/none\.schema\.json is missing"):
        entries.put(store_here, "P001", "mood", DAY, {}, by=BY)


def test_a_clock_set_back_is_refused(store: Store) -> None:
    store = with_clock(store, lambda: "2026-03-02T10:00:00Z")
    people_in(store, "P001")
    made = put(store)
    late = with_clock(store, lambda: "2026-03-02T09:54:59Z")
    with pytest.raises(
        StoreError, match=r"clock says 2026-03-02T09:54:59Z.* entry of 2026-03-02T10:00:00Z: set the clock"
    ):
        put(late)
    a_little = with_clock(store, lambda: "2026-03-02T09:55:00Z")
    assert len({made.id, put(a_little).id}) == 2


def test_a_clock_that_was_ahead_shuts_nobody_out_for_good(store: Store) -> None:
    store = with_clock(store, lambda: "2026-03-02T10:00:00Z")
    people_in(store, "P001", "P002")
    first = put(store)
    ahead = put(with_clock(store, lambda: "2031-03-02T10:00:00Z"), number=2)
    with pytest.raises(StoreError, match=rf"take that back first: `surefoot kept void {ahead.id[:8]} --reason"):
        put(store)
    with pytest.raises(StoreError, match="take that back first"):
        entries.move(store, first.id, "P002", by=BY, reason="mixed up")
    entries.void(store, ahead.id[:8], by=BY, reason="a wrong clock")
    assert put(store).made_utc == "2026-03-02T10:00:00Z"


def test_two_stations_that_change_one_entry_at_once(store: Store) -> None:
    """Both have looked, both write: one is kept, the other hears of it, and nothing of it is left."""
    people_in(store, "P001")
    first = put(store)
    ready, said = threading.Barrier(2), []

    def station(number: int) -> None:
        with open_store(store.folder.parent, url_of(store), key=KEY) as mine:
            ready.wait(10)
            try:
                put(mine, number=number, replaces=first.id)
                said.append("kept")
            except Conflict:
                said.append("conflict")

    both = [threading.Thread(target=station, args=(number,)) for number in (2, 3)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(said) == ["conflict", "kept"]
    assert len(entries.entries(store)) == 1
    assert len(entries.entries(store, every=True)) == 2


def test_many_writers_lose_nothing(store: Store) -> None:
    people_in(store, "P001")

    def station(number: int) -> None:
        with open_store(store.folder.parent, url_of(store), key=KEY) as mine:
            for _ in range(5):
                put(mine, number=number)
                audit.note(mine, "override", BY, "P001", f"station {number}")

    both = [threading.Thread(target=station, args=(number,)) for number in (1, 2, 3)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(one.document["trial"] for one in entries.entries(store)) == [1] * 5 + [2] * 5 + [3] * 5
    assert audit.broken(store) is None
    assert len(audit.log(store)) == 16


def test_a_station_that_waits_too_long_is_told_and_has_changed_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    people_in(store, "P001")
    monkeypatch.setattr(database, "BUSY_MS", 50)
    with open_store(store.folder.parent, url_of(store), key=KEY) as other:
        with (
            database.writing(store),
            pytest.raises(StoreError, match="written by another station; nothing was changed"),
        ):
            put(other)
        if url_of(store) is None:  # there, who reads holds up who writes
            with database.reading(store) as connection:
                assert entries.entries_in(connection) == ()
                with pytest.raises(StoreError, match="written by another station; nothing was changed"):
                    put(other)
        assert entries.entries(store, every=True) == ()
        made = put(other)
        assert entries.entries(store) == (made,)


def test_what_fails_in_the_middle_leaves_nothing(store: Store) -> None:
    people_in(store, "P001")
    first = put(store)

    def stopped() -> None:
        with database.writing(store) as connection:
            entries.put_in(connection, store, "P001", "trial", DAY, trial_document(2), by=BY, replaces=first.id)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert entries.entries(store, every=True) == (first,)


KILLED = """
import sys
from datetime import date
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from stores import KEY, trial_document
from surefoot.clinic.store import database, entries
from surefoot.clinic.store.opening import open_store
with open_store(Path(sys.argv[2]), key=KEY) as store, database.writing(store) as connection:
    connection.exec_driver_sql("PRAGMA cache_size = 4")  # so that half of it is in the file already
    for number in range(1, 60):
        entries.put_in(connection, store, "P001", "trial", date(2026, 3, 2), trial_document(number), by="x" * 400)
    print("written", flush=True)
    sys.stdin.read()
"""


def test_a_process_that_is_killed_while_it_writes_leaves_nothing(store_here: Store) -> None:
    store = store_here
    people_in(store, "P001")
    first = put(store)
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(store.folder.parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert running.stdout.readline() == "written\n"
        running.send_signal(signal.SIGKILL)
        running.wait(10)
    assert (store.folder / "clinic.db-journal").stat().st_size > 10_000
    assert entries.entries(store, every=True) == (first,)
    second = put(store, number=2)
    assert entries.entries(store) == (first, second)


def test_a_server_that_goes_while_it_is_written_leaves_nothing(store: Store) -> None:
    if url_of(store) is None:
        return  # a file has no server
    people_in(store, "P001")
    first = put(store)

    def cut_off() -> None:
        with database.writing(store) as connection:
            entries.put_in(connection, store, "P001", "trial", DAY, trial_document(2), by=BY, replaces=first.id)
            own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            with database.reading(store) as other:
                other.exec_driver_sql(f"SELECT pg_terminate_backend({own})")
            entries.put_in(connection, store, "P001", "trial", DAY, trial_document(3), by=BY)

    with pytest.raises(StoreError, match="can't be reached: is the server running"):
        cut_off()
    assert entries.entries(store, every=True) == (first,)
