# SPDX-License-Identifier: MIT
"""Sessions and walks into the store; trials voided and moved, and what rested on them computed anew."""

from __future__ import annotations

import json
import shutil
import tempfile
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from stores import BY, KEY, people_in, trial_document
from surefoot.care.protocol import load_protocol
from surefoot.clinic import byhand
from surefoot.clinic.byhand_run import type_in
from surefoot.clinic.run_values import Setup
from surefoot.clinic.scoring import score_folder
from surefoot.clinic.store import audit, checking, entries, files, leftovers, recompute
from surefoot.clinic.store.documents import result_document
from surefoot.clinic.store.erasing import delete_person, export_person
from surefoot.clinic.store.keep import keep_session, keep_walks
from surefoot.clinic.store.opening import open_store
from surefoot.clinic.store.values import LIVE, MOVED, REPLACED, STALE, VOID, Entry, Store, StoreError
from surefoot.clinic.walk_values import Said
from surefoot.clinic.walks_folder import NAMES, keep_said, keep_walk
from surefoot.errors import RecordingError, SurefootError

GOLDEN = Path(__file__).parent / "golden"
UTC = "2026-03-02T09:00:00Z"
DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of two trials by hand."""
    folder = tmp_path_factory.mktemp("typed") / "s"
    protocol = load_protocol("quiet-stance")
    words = ["eyes-open.held_s=30", "eyes-closed.held_s=12.5"]
    type_in(protocol, Setup("P001", folder, utc_now=lambda: UTC), byhand.typed_values(words, protocol))
    return folder


def kept(store: Store, typed: Path) -> tuple[Entry, Entry, Entry]:
    """Both trials and the result, of P001; P002 is there too."""
    people_in(store, "P001", "P002")
    done = keep_session(store, typed, by=BY)
    assert done.result
    first, second = done.entries
    return first, second, done.result


def outcome(result: Entry, condition: str) -> Any:
    """Seconds held, None where that wasn't done."""
    found = [one for one in result.document["outcomes"] if one["id"] == "held" and one["condition"] == condition]
    return found[0]["value"] if found else None


def test_a_session_is_kept_once(store: Store, typed: Path) -> None:
    first, second, result = kept(store, typed)
    assert [one.document["condition"] for one in (first, second)] == ["eyes-open", "eyes-closed"]
    assert (first.on, first.document["session"]) == (DAY, f"{UTC} quiet-stance")
    assert result.sources == (first.id, second.id)
    own, _ = score_folder(typed)
    assert result.document == result_document(own, "P001", first.document["session"])
    assert [one.name for one in files.kept_files(store, "P001")] == sorted(path.name for path in typed.iterdir())
    again = keep_session(store, typed, by=BY)
    assert (again.entries, again.result, again.known, again.person) == ((), None, 2, "P001")
    assert len(entries.entries(store, every=True)) == 3
    assert checking.problems(store) == ()


def test_recordings_of_a_board_are_kept_with_what_they_are_scored_with(store_here: Store, tmp_path: Path) -> None:
    people_in(store_here, "TRUTH")
    folder = tmp_path / "s"
    (folder / "calibration").mkdir(parents=True)
    shutil.copy(GOLDEN / "recording-1.sfr", folder / "01.sfr")
    shutil.copy(GOLDEN / "calibration-2.json", folder / "calibration" / "c.json")
    (folder / "02.sfr").write_bytes(b"surefoot recording 1\n")
    done = keep_session(store_here, folder, by=BY)
    assert done.result
    assert done.entries[0].document["with"][0]["name"] == "calibration/c.json"
    assert done.entries[0].document["simulated"]
    assert any("02.sfr breaks off" in one and "not kept" in one for one in done.problems)
    assert done.result.document["problems"] == list(done.problems)
    assert done.result.document["versions"]["calibration"] != "none"


def test_a_session_that_goes_on_is_kept_on(store: Store, typed: Path, tmp_path: Path) -> None:
    people_in(store, "P001")
    folder = Path(shutil.copytree(typed, tmp_path / "s"))
    away = sorted(folder.iterdir())[1]
    away.rename(tmp_path / away.name)
    done = keep_session(store, folder, by=BY)
    (tmp_path / away.name).rename(away)
    more = keep_session(store, folder, by=BY)
    assert done.result
    assert more.result
    assert (more.known, len(more.entries)) == (1, 1)
    assert more.result.replaces == done.result.id
    assert more.result.sources == (done.entries[0].id, more.entries[0].id)
    (back,) = entries.void(store, more.entries[0].id, by=BY, reason="twice")
    assert back.document == done.result.document


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: None, "There is no P001 in this store"),
        (lambda folder: shutil.rmtree(folder), "There is no folder"),
        (lambda folder: [path.write_text("{}") for path in folder.iterdir()], "Nothing in .* can be kept"),
        (lambda folder: shutil.copy(GOLDEN / "recording-1.sfr", folder), "recordings of P001, TRUTH"),
        (lambda folder: shutil.copy(GOLDEN / "recording-1-walk-wire-3.sfr", folder), "recordings of P001, unknown"),
    ],
)
def test_what_cannot_be_kept_leaves_nothing(
    store_here: Store, typed: Path, tmp_path: Path, spoil: Any, words: str
) -> None:
    folder = Path(shutil.copytree(typed, tmp_path / "s"))
    spoil(folder)
    with pytest.raises(SurefootError, match=words):
        keep_session(store_here, folder, by=BY)
    assert entries.entries(store_here, every=True) == ()
    assert not list((store_here.folder / "recordings").iterdir())


def test_a_voided_trial_takes_its_result_along(store: Store, typed: Path) -> None:
    first, second, result = kept(store, typed)
    assert (outcome(result, "eyes-open"), outcome(result, "eyes-closed")) == (30.0, 12.5)
    (new,) = entries.void(store, first.id[:10], by="A", reason="on the wrong leg")
    assert (new.kind, new.state, new.replaces, new.sources, new.by) == ("result", LIVE, result.id, (second.id,), "A")
    assert (outcome(new, "eyes-open"), outcome(new, "eyes-closed")) == (None, 12.5)
    old = {one.id: one for one in entries.entries(store, every=True)}
    assert (old[first.id].state, old[first.id].reason) == (VOID, "on the wrong leg")
    assert old[result.id].state == REPLACED
    assert old[result.id].document == result.document
    assert entries.entries(store) == (second, new)
    with pytest.raises(StoreError, match=r"is void already \(on the wrong leg\), so it can't be voided"):
        entries.void(store, first.id, by=BY, reason="again")
    (left,) = entries.void(store, second.id, by="A", reason="too")
    assert (left.id, left.state) == (new.id, STALE)
    assert left.reason.endswith("was voided: too. Not computed anew: None of its trials is left.")
    assert [(row.action, row.by) for row in audit.log(store, "P001")][-2:] == [("void", "A"), ("void", "A")]
    again = keep_session(store, typed, by=BY)
    assert again.entries == ()
    for why, one in zip(("on the wrong leg", "too"), again.problems, strict=True):
        assert one.endswith(f"was kept before and voided ({why}), so it was not kept again.")
    with pytest.raises(StoreError, match="Say the reason"):
        entries.void(store, left.id, by=BY, reason="")


def test_a_trial_moves_to_the_person_it_is_of(store: Store, typed: Path, tmp_path: Path) -> None:
    first, second, _ = kept(store, typed)
    sha256 = first.document["file"]["sha256"]
    moved, left, gained = entries.move(store, first.id, "P002", by="A", reason="mixed up")
    assert (moved.person, moved.kind, moved.document, moved.on) == ("P002", "trial", first.document, DAY)
    assert (left.person, left.sources, outcome(left, "eyes-open")) == ("P001", (second.id,), None)
    assert (gained.person, gained.sources, outcome(gained, "eyes-open")) == ("P002", (moved.id,), 30.0)
    assert gained.document["person"] == "P002"
    assert entries.one(store, first.id).state == MOVED
    assert [one.sha256 for one in files.kept_files(store, "P002")] == [sha256]
    assert sha256 not in {one.sha256 for one in files.kept_files(store, "P001")}
    assert [row.action for code in ("P001", "P002") for row in audit.log(store, code)].count("move") == 2
    assert keep_session(store, typed, by=BY).entries == ()
    assert checking.problems(store) == ()
    assert export_person(store, "P001", tmp_path / "p.zip", by=BY, why="asked") == 2
    delete_person(store, "P002", by=BY, reason="asked")
    assert {one.id for one in entries.entries(store, every=True)} == {second.id, left.id}
    assert files.find(store.folder, sha256) is None
    assert checking.problems(store) == ()


def test_a_second_trial_moves_to_where_the_first_is(store: Store, typed: Path) -> None:
    first, second, _ = kept(store, typed)
    *_, gained = entries.move(store, first.id, "P002", by=BY, reason="mixed up")
    moved, left, both = entries.move(store, second.id, "P002", by=BY, reason="mixed up")
    assert (left.person, left.state) == ("P001", STALE)
    assert both.replaces == gained.id
    assert set(both.sources) == {moved.id, *gained.sources}
    assert (outcome(both, "eyes-open"), outcome(both, "eyes-closed")) == (30.0, 12.5)
    *_, back = entries.move(store, moved.id, "P001", by=BY, reason="it was not")
    assert (back.person, back.replaces, outcome(back, "eyes-closed")) == ("P001", left.id, 12.5)


def test_what_cannot_be_moved(store: Store, typed: Path) -> None:
    first, _, result = kept(store, typed)
    for entry, to, words in (
        (first, "P001", "is of P001 already"),
        (first, "P009", "There is no P009"),
        (result, "P002", "was computed from other entries: move those"),
    ):
        with pytest.raises(StoreError, match=words):
            entries.move(store, entry.id, to, by=BY, reason="mixed up")
    assert len(entries.entries(store)) == 3


def test_taking_a_newer_entry_back_puts_the_old_one_in_force(store: Store, typed: Path) -> None:
    first, second, result = kept(store, typed)
    newer = entries.put(store, "P001", "trial", DAY, second.document, by=BY, replaces=second.id)
    assert entries.entries(store, "P001", "result")[0].sources == (first.id, newer.id)
    assert entries.void(store, newer.id, by=BY, reason="mistyped")[0].state == LIVE
    assert entries.one(store, second.id).state == LIVE
    (again,) = entries.entries(store, "P001", "result")
    entries.void(store, again.id, by=BY, reason="x")
    assert entries.one(store, again.replaces or "").state == STALE
    assert entries.one(store, result.id).state == REPLACED


def test_a_correction_of_the_same_day_reaches_what_was_computed(
    store_here: Store, typed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer version of a later day leaves it: then, the old one was right."""
    store = store_here
    first, second, result = kept(store, typed)
    later = entries.put(store, "P001", "trial", date(2026, 3, 3), first.document, by=BY, replaces=first.id)
    assert entries.entries(store, "P001", "result") == (result,)
    monkeypatch.setitem(recompute.RECOMPUTE, "decision", f"{__name__}")
    entries.put(store, "P001", "trial", DAY, second.document, by=BY, replaces=second.id)
    (new,) = entries.entries(store, "P001", "result")
    assert new.replaces == result.id
    assert later.id in new.sources


def test_a_kind_of_another_room_is_computed_by_its_own_function(
    store: Store, typed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _, result = kept(store, typed)
    document = {**first.document, "trial": 9}
    resting = entries.put(store, "P001", "trial", DAY, document, by=BY, sources=[result.id])
    deeper = entries.put(store, "P001", "trial", DAY, document, by=BY, sources=[resting.id, first.id])
    monkeypatch.setitem(recompute.RECOMPUTE, "trial", __name__)
    new, again_1, again_2 = entries.void(store, first.id, by=BY, reason="x")
    assert (again_1.replaces, again_1.sources) == (resting.id, (new.id,))
    assert (again_2.replaces, again_2.sources) == (deeper.id, (again_1.id,))
    monkeypatch.delitem(recompute.RECOMPUTE, "trial")
    *_, stays = entries.void(store, again_1.id, by=BY, reason="y")
    assert (stays.id, stays.state) == (again_2.id, STALE)
    assert "A trial isn't computed by Surefoot: look whether it still holds" in stays.reason


def again(store: Store, stale: Entry, sources: tuple[Entry, ...]) -> recompute.Again:
    """As another room computes its entries anew."""
    assert stale.state == STALE
    return recompute.Again(stale.document, tuple(one.id for one in sources))


def test_scoring_works_within_the_store(store_here: Store, typed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose recordings a killed one leaves may be deleted later: `surefoot store check` looks there, not in /tmp."""
    seen: list[Path] = []

    def looks(folder: str) -> Any:
        seen.append(Path(folder))
        return score_folder(folder)

    monkeypatch.setattr("surefoot.clinic.scoring.score_folder", looks)
    kept(store_here, typed)
    assert [one.parent for one in seen] == [store_here.folder]
    assert all(one.name.startswith(leftovers.working(leftovers.SCORE)) and not one.exists() for one in seen)


def test_a_recording_that_is_gone_leaves_the_result_stale(store: Store, typed: Path) -> None:
    first, second, result = kept(store, typed)
    files.remove(store.folder, second.document["file"]["sha256"])
    (left,) = entries.void(store, first.id, by=BY, reason="x")
    assert (left.id, left.state) == (result.id, STALE)
    assert "is missing in" in left.reason
    assert entries.last(store, "P001", "result") == left
    moved, _ = entries.move(store, second.id, "P002", by=BY, reason="mixed up")
    assert "No result was computed of it: " in entries.one(store, moved.id).reason
    assert entries.entries(store, "P002") == (entries.one(store, moved.id),)


def test_walks_are_kept_with_what_was_said_of_them(store: Store, tmp_path: Path) -> None:
    people_in(store, "P001")
    data = tmp_path / "walks"
    with pytest.raises(RecordingError, match="holds no walk"):
        keep_walks(store, data, "P001", by=BY)
    walk = {"file": "b-1.sfr", "duration_s": 60.0, "feet": {}, "parameters": {"gait_steps": {"value": 90, "unit": "1"}},
            "strides": {"a": [1] * 99}, "bouts": {}, "not_reported": {}, "notes": []}  # fmt: skip
    document = {
        "format": 1,
        "kind": "surefoot-walk",
        "created_utc": UTC,
        "begun_utc": UTC,
        "walks": [walk],
        "problems": [],
    }
    keep_walk(data, "P001", "b-1", document)
    shutil.copy(GOLDEN / "recording-1-walk-wire-3.sfr", data / "walks" / "P001" / "b-1.sfr")
    (first,) = keep_walks(store, data, "P001", by=BY).entries
    assert (first.on, first.document["said"], "strides" in first.document["walk"]) == (DAY, None, False)
    assert [one["name"] for one in first.document["files"]] == ["b-1.sfr", "b-1.walk.json"]
    again = keep_walks(store, data, "P001", by=BY)
    assert (again.entries, again.known) == ((), 1)
    table = data / "walks" / "P001" / "b-1.strides.parquet"
    pq.write_table(pa.table({name: [1.0] * 99 for name in NAMES}), table)
    walk |= {
        "strides": {"file": table.name, "rows": 99},
        "feet": {"left": {"stances": 50, "lengths": 0}, "right": None},
    }
    keep_walk(data, "P001", "b-1", document)
    (long,) = keep_walks(store, data, "P001", by=BY).entries
    assert (long.replaces, long.document["problem"]) == (first.id, None)
    assert "b-1.strides.parquet" in [one["name"] for one in long.document["files"]]
    first = long
    keep_said(data, "P001", "b-1", Said(steadiness=2, note="ruhig"))
    (second,) = keep_walks(store, data, "P001", by=BY).entries
    assert second.replaces == first.id
    assert second.document["said"]["steadiness"] == 2
    assert len(files.kept_files(store, "P001")) == 5  # of which an analysis was replaced
    assert len(json.dumps(second.document)) < 2000
    assert entries.entries(store, "P001", "walk") == (second,)
    shutil.copytree(data / "walks" / "P001", data / "walks" / "P002")
    with pytest.raises(StoreError, match="There is no P002"):
        keep_walks(store, data, "P002", by=BY)


def test_a_long_recording_is_kept_block_by_block(tmp_path: Path) -> None:
    made = tmp_path / "day.SFR"
    content = bytes(range(256)) * 4096 * 12
    made.write_bytes(content)
    tracemalloc.start()
    try:
        sha256, size = files.put_path(tmp_path, made)
        assert files.put_path(tmp_path, made) == (sha256, size)
        assert tracemalloc.get_traced_memory()[1] < 4 * files.BLOCK < size == len(content)
    finally:
        tracemalloc.stop()
    assert files.read_file(tmp_path, sha256) == content
    assert [one.name for one in (tmp_path / "recordings").rglob("*") if one.is_file()] == [f"{sha256}.sfr"]
    with pytest.raises(StoreError, match="can't be read"):
        files.put_path(tmp_path, tmp_path / "none.sfr")


def test_states_of_an_entry_come_back(store_here: Store, typed: Path) -> None:
    first, *_ = kept(store_here, typed)
    with store_here.engine.begin() as connection:
        connection.execute(text(f"UPDATE entry SET reason = 'r' WHERE id = '{first.id}'"))
    assert entries.one(store_here, first.id) == replace(first, reason="r")


def test_nothing_is_kept_that_rests_on_what_was_taken_back_meanwhile(store: Store) -> None:
    people_in(store, "P001", "P002")
    for taken in ("void", "move"):  # by another station
        trial = entries.put(store, "P001", "trial", DAY, trial_document(), by=BY)
        done(store, taken, trial, 1)
        with pytest.raises(StoreError, match="taken back"):
            entries.put(store, "P001", "trial", DAY, trial_document(2), by=BY, sources=[trial.id])
    assert entries.entries(store, "P001") == ()


OPS = st.lists(st.tuples(st.sampled_from(("put", "rest", "replace", "void", "move")), st.integers(0, 9)), max_size=10)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ops=OPS)
def test_nothing_in_force_rests_on_what_is_not(store_template: Path, ops: list[tuple[str, int]]) -> None:
    """Whatever is written, replaced, voided and moved: sources of what is live are live or were replaced by a later
    day's, an entry has one successor in force, and nothing is ever lost."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patched:
        patched.setitem(recompute.RECOMPUTE, "trial", __name__)
        shutil.copytree(store_template, Path(name) / "data")
        with open_store(Path(name) / "data", key=KEY) as store:
            people_in(store, "P001", "P002")
            count = 0
            for number, (what, which) in enumerate(ops, 1):
                live = entries.entries(store)
                with suppress(StoreError):
                    done(store, what, live[which % len(live)] if live else None, number)
                every = entries.entries(store, every=True)
                assert len(every) >= count
                count = len(every)
                by_id = {one.id: one for one in every}
                for one in every:
                    mine = [by_id[source] for source in one.sources if by_id[source].person == one.person]
                    if one.state == LIVE:
                        assert all(source.state in (LIVE, STALE, REPLACED) for source in mine)
                    later = [other for other in every if other.replaces == one.id]
                    in_force = [other for other in later if other.state not in (VOID, MOVED)]
                    assert len(in_force) == (one.state == REPLACED)
            assert checking.problems(store) == ()


def done(store: Store, what: str, on: Entry | None, number: int) -> None:
    """One step: write, write what rests on an entry, replace it, void it, move it."""
    document = trial_document(number)
    if what == "put" or on is None:
        entries.put(store, "P001", "trial", DAY, document, by=BY)
    elif what == "rest":
        entries.put(store, on.person, "trial", DAY, document, by=BY, sources=[on.id])
    elif what == "replace":
        entries.put(store, on.person, "trial", DAY, document, by=BY, sources=on.sources, replaces=on.id)
    elif what == "void":
        entries.void(store, on.id, by=BY, reason="x")
    else:
        entries.move(store, on.id, "P002" if on.person == "P001" else "P001", by=BY, reason="x")
