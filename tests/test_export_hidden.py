# SPDX-License-Identifier: MIT
"""De-identified and blinded exports: nothing that says who, when or by whose board is in any byte of any format."""

from __future__ import annotations

import json
import re
import socket
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporting import BOARD, DAY, FIRST, FREE, LATER, NAMED, OLD, SECOND, Clinic, made
from stores import BY
from surefoot.output.export import command, hide, key_file
from surefoot.output.export.columns import OUTCOMES, TABLES
from surefoot.output.export.hide import NONE, OTHER_MARK, SHIFT_DAYS, SHIFTED, Key, Pseudonym, new_key
from surefoot.output.export.values import CLOCK, DATE, ID, PERSON, WHO, ExportError, Mark, Package
from surefoot.output.export.values import FREE as FREE_TEXT

# What somebody could be found by: codes, names, birth, staff, words, board, session, files, and every day of March.
IDENTIFYING = (
    FIRST, SECOND, FIRST.replace("-", ""), SECOND.replace("-", ""), OLD.family_name, OLD.given_name, OLD.contact,
    "1931-03", "Quillfeather", BY + '"', *FREE, BOARD, "walk-77", "01-eyes-open", "T09:10", "09:00:00",
    "2026-02-28", "2026-03", "02.03.26", "MAR-2026", "2026-06-01", "14:05", "09:05", "11:10", "17:21", *NAMED,
)  # fmt: skip


@pytest.fixture(scope="module")
def exported(store_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    yield from made(store_template, tmp_path_factory.mktemp("hidden"))


@pytest.fixture(scope="module")
def package(exported: Clinic) -> Package:
    return exported.package()


def readable(path: Path) -> str:
    """All that can be read of a file: its name, its bytes, and what Parquet has packed."""
    text = path.as_posix() + path.read_bytes().decode("latin-1") + path.read_bytes().decode("utf-8", "replace")
    if path.suffix == ".parquet":
        found = pq.read_table(path)
        text += json.dumps(found.to_pylist(), default=str, ensure_ascii=False) + str(found.schema.metadata)
    return text


def found_in(out: Path) -> dict[str, str]:
    """Which identifying words are in which file."""
    files = [path for path in out.rglob("*") if path.is_file()]
    assert files
    texts = {path: readable(path).replace(str(out.parent), "") for path in files}
    return {word: path.name for path, text in texts.items() for word in IDENTIFYING if word in text}


# The whole way


@pytest.mark.parametrize("form", command.FORMATS)
def test_nothing_that_identifies_is_in_any_byte(exported: Clinic, form: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "socket", None)  # and nothing goes anywhere: there is no way out
    plain, _, _ = exported.export("--to", form)
    seen = set(found_in(plain))
    assert any(code in seen for code in (FIRST, FIRST.replace("-", "")))  # the search finds what is there
    hidden, _, _ = exported.export("--to", form, "--deidentify")
    assert found_in(hidden) == {}
    assert len(list(hidden.rglob("*"))) == len(list(plain.rglob("*")))


def test_the_search_finds_every_kind_of_word_where_nothing_is_hidden(exported: Clinic):
    seen: set[str] = set()
    for form in ("parquet", "fhir", "edf", "bids"):
        seen |= set(found_in(exported.export("--to", form)[0]))
    told = {*FREE, *NAMED, FIRST, SECOND, BOARD, "walk-77", "2026-03", "2026-06-01", "09:00:00", "11:10", "17:21"}
    assert told <= seen
    assert OLD.family_name not in seen  # names never go out
    assert "1931-03" not in seen


@pytest.mark.parametrize("form", ["parquet", "fhir", "edf", "bids", "redcap"])
def test_shifted_dates_are_other_days_with_the_same_intervals(exported: Clinic, form: str):
    hidden, _, _ = exported.export("--to", form, "--deidentify", "--dates", "shifted")
    assert found_in(hidden) == {}


def test_a_blinded_export_holds_outcomes_alone_and_its_file_the_rest(exported: Clinic):
    arms = exported.folder / "arms.csv"
    arms.write_text(f"person,arm\n{FIRST},balance\n{SECOND},usual care\n", "utf-8")
    sealed = exported.folder / "apart" / "sealed.json"
    out, answer, lines = exported.export("--to", "csv", "--blind", str(sealed), "--arms", str(arms))
    assert found_in(out) == {}
    assert {path.stem for path in out.iterdir()} == {*OUTCOMES, "data-dictionary", "measures"}
    for path in out.iterdir():
        assert not re.search("usual care|balance\n|,balance,balance,|training", path.read_text("utf-8"))
        days = [line.split(",")[2:4] for line in path.read_text("utf-8").splitlines()[1:]]
        if path.stem in ("trials", "results", "scales", "walks", "falls"):
            assert all(day == ["", ""] for day in days)
    told = json.loads(sealed.read_text("utf-8"))
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    assert {code: one["arm"] for code, one in told["people"].items()} == {FIRST: "balance", SECOND: "usual care"}
    sessions = {line.split(",")[5] for line in (out / "trials.csv").read_text("utf-8").splitlines()[1:]}
    assert sessions == set(told["sessions"])
    assert {one["on"] for one in told["sessions"].values()} == {DAY.isoformat(), LATER.isoformat()}
    assert answer["key"] == str(sealed)
    assert lines[-1].startswith(f"What leads back to the codes: {sealed}. Keep it apart")
    with pytest.raises(ExportError, match="each blinded export has a new file"):
        exported.export("--to", "csv", "--blind", str(sealed))


def test_a_key_file_keeps_the_same_code_for_the_same_person(exported: Clinic):
    key = exported.folder / "key.json"
    first, _, _ = exported.export("--to", "csv", "--deidentify", "--key", str(key), "--person", FIRST)
    kept = json.loads(key.read_text("utf-8"))["people"][FIRST]["study"]
    again, _, _ = exported.export("--to", "csv", "--deidentify", "--key", str(key))
    other, _, _ = exported.export("--to", "csv", "--deidentify")
    codes = [{line.split(",")[0] for line in (out / "people.csv").read_text("utf-8").splitlines()[1:]}
             for out in (first, again, other)]  # fmt: skip
    assert codes[0] == {kept}
    assert kept in codes[1]
    assert not codes[2] & codes[1]
    assert set(json.loads(key.read_text("utf-8"))["people"]) == {FIRST, SECOND}
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert found_in(again) == {}


def test_a_key_beside_what_it_opens_is_refused(exported: Clinic):
    before = sorted(exported.folder.iterdir())
    for words in ["--deidentify", "--key"], ["--blind"]:
        out = exported.folder / f"out{len(before)}"  # where the export will go
        with pytest.raises(ExportError, match="beside what it opens"):
            exported.export("--to", "csv", *words, str(out / "key.json"))
    assert sorted(exported.folder.iterdir()) == before


def test_a_key_that_cannot_be_written_stops_the_export(exported: Clinic):
    blocked = exported.folder / "file"
    blocked.write_text("", "utf-8")
    before = sorted(exported.folder.iterdir())
    with pytest.raises(ExportError, match="The key file"):
        exported.export("--to", "csv", "--blind", str(blocked / "key.json"))
    assert sorted(exported.folder.iterdir()) == before


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"kind": "surefoot-key", "format": 2}', '{"kind": "x", "format": 1}']
)
def test_a_file_that_is_no_key_is_said(tmp_path: Path, text: str):
    path = tmp_path / "key.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ExportError, match="is no key file"):
        key_file.read_key(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"person,arm\n{FIRST},A\n", f"names no arm for {SECOND}"),
        (f"person,arm\n{FIRST},A\n{FIRST},B\n{SECOND},A\n", "names a person twice"),
        (f"code,arm\n{FIRST},A\n", "columns person and arm"),
        (f"person,arm\n{FIRST}\n{SECOND},\n", "columns person and arm"),
    ],
)
def test_arms_that_are_not_whole_are_said(tmp_path: Path, text: str, says: str):
    path = tmp_path / "arms.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(ExportError, match=says):
        key_file.read_arms(path, (FIRST, SECOND))
    with pytest.raises(ExportError, match="can't be read"):
        key_file.read_arms(tmp_path / "none.csv", (FIRST,))


def test_a_key_comes_back_as_it_went(tmp_path: Path):
    key = Key({"P1": Pseudonym("S1", 400)}, {"P1": "A"}, {"0a": ("2026 tug", "2026-03-02")})
    key_file.write_key(tmp_path / "deep" / "key.json", key)
    assert key_file.read_key(tmp_path / "deep" / "key.json") == key.people
    assert key_file.read_key(tmp_path / "none.json") == {}


# What is done to each column


def hidden_of(package: Package, dates: str = NONE, blind: bool = False) -> tuple[Package, Key]:
    return hide.hide(package, new_key(package.people), dates=dates, blind=blind)


def test_each_role_is_dealt_with(package: Package):
    hidden, key = hidden_of(package)
    back = {one.study: code for code, one in key.people.items()}
    for name, table in hidden.tables.items():
        assert len(table.rows) == len(package.tables[name].rows)
        for column in table.columns:
            values = {row[column.name] for row in table.rows}
            before = {row[column.name] for row in package.tables[name].rows}
            if column.role in (FREE_TEXT, WHO, CLOCK) or column.type == DATE:
                assert values == {None}, (name, column.name)
            elif column.role == PERSON:
                assert {back[str(value)] for value in values} == before
            elif column.role == ID:
                assert not (values & before) - {None}
                assert len(values) == len(before)
            else:
                assert values == before, (name, column.name)


def test_what_belongs_together_still_does(package: Package):
    hidden, key = hidden_of(package)
    for person in package.people:
        study = key.people[person].study
        for table in ("trials", "results"):

            def sizes(rows: list[dict[str, object]]) -> list[int]:
                sessions = [row["session"] for row in rows]
                return sorted(sessions.count(one) for one in set(sessions))

            assert sizes(hidden.rows(table, study)) == sizes(package.rows(table, person))
    assert {one.session for one in hidden.recordings} & set(key.sessions)
    assert {key.sessions[row["session"]][0] for row in hidden.rows("trials")} == {
        row["session"] for row in package.rows("trials")
    }


def test_shifted_dates_keep_intervals_and_differ_from_person_to_person(package: Package):
    hidden, key = hidden_of(package, SHIFTED)
    shifts = {one.shift_days for one in key.people.values()}
    assert len(shifts) == len(key.people)
    for person, one in key.people.items():
        assert SHIFT_DAYS[0] <= one.shift_days < SHIFT_DAYS[1]
        for name in TABLES:
            for column in TABLES[name].columns:
                if column.type == DATE:
                    before = sorted(row[column.name] for row in package.rows(name, person) if row[column.name])
                    after = sorted(row[column.name] for row in hidden.rows(name, one.study) if row[column.name])
                    assert after == [day - timedelta(days=one.shift_days) for day in before]


def test_the_order_of_people_is_that_of_random_codes(package: Package):
    hidden, key = hidden_of(package)
    assert list(hidden.people) == sorted(one.study for one in key.people.values())
    studies = {hidden_of(package)[0].people for _ in range(30)}
    assert len(studies) == 30
    first = {
        new_key(package.people).people[FIRST].study < new_key(package.people).people[SECOND].study for _ in range(60)
    }
    assert first == {True, False}


def test_blinding_leaves_no_trace_of_before_and_after(package: Package):
    orders = set()
    for _ in range(40):
        hidden, key = hidden_of(package, blind=True)
        assert set(hidden.tables) == set(OUTCOMES)
        study = key.people[FIRST].study
        told = [key.sessions[row["session"]] for row in hidden.rows("trials", study)]
        orders.add(told.index(next(one for one in told if one[1] == DAY.isoformat())) == 0)
        for row in (row for name in OUTCOMES for row in hidden.rows(name)):
            assert row.get("day") is row.get("on") is row.get("by") is row.get("from") is None
        assert {(one.day, one.on, one.begun_utc) for one in hidden.recordings} == {(None, None, None)}
    assert orders == {True, False}


def test_marks_of_a_shipped_test_stay_and_typed_ones_go(package: Package):
    one = next(recording for recording in package.recordings if recording.protocol == "quiet-stance")
    motion = one.motion()
    typed = replace(motion, marks=(*motion.marks, Mark(4.0, "Emil came in"), Mark(5.0, "helped")))
    told = replace(package, recordings=[replace(one, motion=lambda: typed)])
    (hidden,) = hidden_of(told)[0].recordings
    found = hidden.motion()
    assert [mark.text for mark in found.marks][-2:] == [OTHER_MARK, "helped"]
    assert {mark.text for mark in found.marks} >= {"start", "cue start"}
    assert found.device != BOARD
    own = replace(one, protocol="heidelberg-stance", condition="emil")
    (hidden,) = hidden_of(replace(package, recordings=[own]))[0].recordings
    assert re.fullmatch("own-[0-9a-f]{8}", hidden.protocol)
    assert re.fullmatch("own-[0-9a-f]{8}", hidden.condition)


@settings(deadline=None, max_examples=60)
@given(st.sets(st.text("ABP0123", min_size=1, max_size=3), min_size=1, max_size=8))
def test_study_codes_are_new_and_of_one_person_each(people: set[str]):
    key = new_key(sorted(people))
    studies = [one.study for one in key.people.values()]
    assert len(set(studies)) == len(people)
    assert not set(studies) & people
    again = new_key(sorted(people), key.people)
    assert again.people == key.people
