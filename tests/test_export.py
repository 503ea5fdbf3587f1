# SPDX-License-Identifier: MIT
"""`surefoot export`: who goes out, what is noted, whole or not at all; tables read back, and REDCap's own rules."""

from __future__ import annotations

import csv
import json
import re
import stat
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporting import (
    DAY,
    FIRST,
    FREE,
    GOLDEN,
    LATER,
    NAMED,
    SECOND,
    UNASKED,
    Clinic,
    keep_recording,
    made,
    told,
    yes,
)
from stores import BY, people_in
from surefoot import cli
from surefoot.care import safety
from surefoot.care.codes import CodeError, codes
from surefoot.clinic.store import audit, entries
from surefoot.clinic.store.values import Store, StoreError
from surefoot.errors import CommandInvalid
from surefoot.measures.gait.table import GAIT
from surefoot.measures.table import MEASURES
from surefoot.output.export import command, redcap, tabular, write
from surefoot.output.export.columns import OUTCOMES, TABLES
from surefoot.output.export.gather import gather
from surefoot.output.export.rows import ROWS, UNITS, tables_of
from surefoot.output.export.values import DATE, FLAG, INTEGER, NUMBER, TEXT, ExportError


@pytest.fixture(scope="module")
def exported(store_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    yield from made(store_template, tmp_path_factory.mktemp("export"))


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Who goes out


def test_whoever_did_not_say_yes_stays_and_is_named(exported: Clinic):
    out, answer, lines = exported.export("--to", "csv")
    assert {row["person"] for row in cells(out / "people.csv")} == {FIRST, SECOND}
    assert lines[0].startswith(f"{UNASKED} is left out. No data leaves the clinic")
    assert answer["notes"] == lines[:1]
    assert lines[-1] == f"Written: {out} (20 files, 2 people)."
    for table in TABLES:
        assert UNASKED not in (out / f"{table}.csv").read_text("utf-8")


def test_nobody_who_said_yes_is_no_export_at_all(exported: Clinic):
    with pytest.raises(ExportError, match=f"Nothing was exported. {UNASKED} is left out.*--despite"):
        exported.export("--to", "csv", "--person", UNASKED)
    with pytest.raises(ExportError, match="There is no P-404 in this store"):
        exported.export("--to", "csv", "--person", FIRST, "P-404")


def test_an_export_despite_it_is_noted_with_its_reason(exported: Clinic):
    reason = "asked for on the phone"
    before = len(audit.log(exported.store))
    out, _, lines = exported.export("--to", "csv", "--person", UNASKED, "--despite", reason)
    assert lines[0].startswith(f"{UNASKED} is exported all the same ({reason}).")
    rows = audit.log(exported.store)[before:]
    assert [(row.action, row.person) for row in rows] == [("override", UNASKED), ("export", UNASKED)]
    assert (rows[0].what, rows[1].what) == (f"export without their yes: {reason}", f"csv, into {out}")
    assert {row.by for row in rows} == {BY}
    assert audit.broken(exported.store) is None
    for bad in (" ", "two\nlines", "x" * 181):
        with pytest.raises(ExportError, match="--despite needs a reason"):
            exported.export("--to", "csv", "--despite", bad)


def test_a_yes_that_was_taken_back_keeps_them_here(exported: Clinic):
    before = {row.person for row in audit.log(exported.store) if row.action == "export"}
    answers = {"consent_share": {"state": "not fine", "asked_on": "2026-03-31"}}
    made = entries.put(exported.store, SECOND, "safety", date(2026, 3, 31), {"format": 1, "answers": answers}, by=BY)
    try:
        assert gather(exported.store, ())[0].people == (FIRST,)
    finally:
        entries.void(exported.store, made.id, by=BY, reason="typed for a test")
    assert gather(exported.store, ())[0].people == (FIRST, SECOND)
    assert {row.person for row in audit.log(exported.store) if row.action == "export"} == before  # gathering is none


def test_every_export_of_a_person_is_noted(exported: Clinic):
    before = len(audit.log(exported.store))
    for words, how in ((), "redcap"), (("--deidentify",), "redcap, de-identified"):
        out, _, _ = exported.export("--to", "redcap", *words)
        rows = audit.log(exported.store)[before:]
        assert [(row.action, row.person, row.what) for row in rows] == [
            ("export", code, f"{how}, into {out}") for code in (FIRST, SECOND)
        ]
        before += len(rows)
    assert not any(row.action == "read identity" for row in audit.log(exported.store))


def test_an_empty_store_says_so(store_here: Store):
    with pytest.raises(ExportError, match="Nobody is in this store"):
        gather(store_here, ())
    people_in(store_here, "P001")
    with pytest.raises(ExportError, match="P001 is left out"):
        gather(store_here, ())


# Whole, or nothing


def test_files_are_for_their_owner_alone(exported: Clinic):
    out, _, _ = exported.export("--to", "bids", "--person", SECOND)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in out.rglob("*") if path.is_file()}
    assert modes == {0o600}
    folders = [out, *(path for path in out.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_nothing_is_overwritten(exported: Clinic):
    out, _, _ = exported.export("--to", "csv")
    with pytest.raises(ExportError, match="is there already"):
        command.export(exported.store, told("--to", "csv", "--out", str(out)), BY)


@pytest.mark.parametrize("trouble", [OSError(28, "No space left on device"), CodeError("No such unit."), KeyError("x")])
def test_a_write_that_fails_leaves_nothing(exported: Clinic, monkeypatch: pytest.MonkeyPatch, trouble: Exception):
    def broken(*_: Any) -> None:
        raise trouble

    before, rows = sorted(exported.folder.iterdir()), len(audit.log(exported.store))
    monkeypatch.setattr(tabular, "_measures", broken)  # the last thing that is written
    with pytest.raises(ExportError if isinstance(trouble, OSError) else type(trouble)) as caught:
        exported.export("--to", "csv")
    if isinstance(trouble, OSError):
        assert "No space left on device" in str(caught.value)
    assert sorted(exported.folder.iterdir()) == before
    assert len(audit.log(exported.store)) == rows


def test_a_recording_without_a_sample_is_left_out_and_named(store_here: Store, tmp_path: Path):
    people_in(store_here, FIRST)
    entries.put(store_here, FIRST, "safety", DAY, yes(), by=BY)
    keep_recording(store_here, FIRST, GOLDEN.read_bytes()[:3500], 1)  # the cable came out at once
    keep_recording(store_here, FIRST, GOLDEN.read_bytes()[:60000], 2)
    few = Clinic(store_here, tmp_path)
    for form in ("bids", "edf"):
        out, answer, lines = few.export("--to", form)
        assert lines[0].startswith(f"{FIRST}: the recording of quiet-stance, eyes-open, trial 1, {DAY} is left out.")
        assert answer["notes"] == lines[:1]
        assert len([*out.glob("*.edf"), *out.glob("sub-*/ses-01/motion/*tracksys-imu*_motion.tsv")]) == 1
    _, _, lines = few.export("--to", "edf", "--deidentify")
    assert FIRST not in lines[0]
    assert ", day 0 is left out" in lines[0]
    path = next(store_here.folder.rglob("*.sfr"))
    path.chmod(0o600)
    path.write_bytes(b"something else")
    with pytest.raises(StoreError):  # what isn't as it was kept is no small matter
        few.export("--to", "bids")


def test_what_cannot_be_noted_does_not_go_out(exported: Clinic, monkeypatch: pytest.MonkeyPatch):
    def full(*_: Any) -> None:
        raise StoreError("The store can't be written.")

    before = sorted(exported.folder.iterdir())
    monkeypatch.setattr(audit, "note", full)
    with pytest.raises(StoreError):
        exported.export("--to", "csv")
    assert sorted(exported.folder.iterdir()) == before


def test_a_unit_that_is_not_in_the_table_stops_everything(exported: Clinic, monkeypatch: pytest.MonkeyPatch):
    package = exported.package(FIRST)
    write.check(package)
    results = package.tables["results"]
    for change, words in (
        ({"unit": "furlongs"}, "The unit 'furlongs' isn't in protocols/codes"),
        ({"unit": "s"}, "where Surefoot's table has"),
        ({"measure": "humours"}, "The code 'humours' of 'local' isn't in protocols/codes"),
    ):
        rows = [row | change if row["measure"] == "cop_velocity_mmps" else row for row in results.rows]
        tables = dict(package.tables) | {"results": replace(results, rows=tuple(rows))}
        with pytest.raises(CodeError, match=words):
            write.check(replace(package, tables=tables))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--to", "csv", "--port", "/dev/x"], "--port doesn't go with --to csv"),
        (["--to", "lsl", "--deidentify"], "--deidentify doesn't go with --to lsl"),
        (["--to", "csv", "--key", "k.json"], "--key needs --deidentify"),
        (["--to", "csv", "--dates", "shifted"], "--dates needs --deidentify"),
        (["--to", "csv", "--deidentify", "--arms", "a.csv"], "--arms needs --blind"),
        (["--to", "csv", "--blind", "k", "--deidentify", "--key", "k2"], "a blinded export has its own key file"),
    ],
)
def test_options_that_do_not_go_together(words: list[str], says: str):
    with pytest.raises(CommandInvalid, match=re.escape(says)):
        command.run(told(*words))


def test_the_command_line(exported: Clinic, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(command.options, "opened", lambda _: nullcontext(exported.store))
    out = exported.folder / "by-hand"
    assert cli.main(["export", "--to", "csv", "--person", FIRST, "--out", str(out), "--json", "--by", BY]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["people"], answer["out"], "results.csv" in answer["files"]) == (1, str(out), True)
    assert cli.main(["export", "--to", "csv", "--out", str(out), "--by", BY]) == 1
    assert "is there already" in capsys.readouterr().err


# Tables


def test_every_kind_comes_out_with_every_column(exported: Clinic):
    package = exported.package(FIRST)
    assert set(package.tables) == set(TABLES)
    for name, table in package.tables.items():
        assert table.rows, name
        assert all(list(row) == [column.name for column in table.columns] for row in table.rows)
    kinds = {TEXT: str, INTEGER: int, NUMBER: (int, float), FLAG: bool, DATE: date}
    for table in package.tables.values():
        for column in table.columns:
            values = [row[column.name] for row in table.rows if row[column.name] is not None]
            assert all(isinstance(value, kinds[column.type]) for value in values), (table.name, column.name)


def test_the_rows_say_what_was_written_down(exported: Clinic):
    package = exported.package(FIRST)
    about = package.rows("people")[0]
    assert (about["age_years"], about["age_90_or_more"], about["height_m"]) == (90, True, 1.61)
    speeds = [(row["on"], row["value"]) for row in package.rows("results")
              if row["measure"] == "cop_velocity_mmps" and row["of"] == "trial" and row["protocol"] == "quiet-stance"
              and row["condition"] == "eyes-open"]  # fmt: skip
    assert speeds == [(DAY, 9.0), (LATER, 8.2)]
    assert [(row["trial"], row["succeeded"], row["held_s"]) for row in package.rows("trainings")] == [
        (1, True, 30.0), (2, True, 30.0), (3, False, 22.5)
    ]  # fmt: skip
    (told_day,) = package.rows("diary")
    assert (told_day["on"], told_day["done"], told_day["not_done"], told_day["asked"]) == (date(2026, 3, 4), 1, 0, 1)
    falls = {row["what"]: row for row in package.rows("falls")}
    assert (falls["month"]["days"], falls["month"]["falls"], falls["fall"]["injury"]) == (31, 1, "minor")
    assert (falls["near-fall"]["caught"], falls["history"]["falls"]) == (True, 2)
    assert [row["pain_after"] for row in package.rows("said")] == [4, None, 2]
    missed = [row for row in package.rows("walks") if row["value"] is None]
    assert [(row["measure"], row["unit"], row["reason"]) for row in missed] == [("gait_pci_pct", "%", "one foot")]
    assert {row["ladder"] for row in package.rows("plans")} == {None, "standing"}
    totals = {row["person"]: row["value"] for row in exported.package().rows("scales") if row["item"] == "total"}
    assert totals == {FIRST: 42, SECOND: None}
    failed = [row for row in package.rows("trials") if row["ended"] == "step"]
    assert [row["held_s"] for row in failed] == [11.4, 17.0]


def test_what_is_written_down_beside_tests_comes_out(exported: Clinic):
    package = exported.package(FIRST)
    test, balance, short = package.rows("visits")
    assert (test["on"], test["start"], test["visit_minutes"], test["interpretation"]) == (DAY, "09:00", 45, FREE[1])
    assert [(row["activity"], row["minutes"], row["one_to_one"]) for row in (test, balance)] == [
        ("test", 15, True), ("balance", 20, None)
    ]  # fmt: skip
    assert (test["clinician"], test["licence"], test["modifiers"]) == (f"Dr {NAMED[0]}", NAMED[1], "GP")
    assert (short["visit_minutes"], short["activity"], short["minutes"]) == (10, None, None)
    assert [(row["protocol"], row["purpose"]) for row in package.rows("visit_tests")] == [("tug", FREE[0])]
    (contact,) = package.rows("contacts")
    assert (contact["at"], contact["minutes"], contact["interactive"], contact["decision"]) == (
        "17:21", 12, True, FREE[0]
    )  # fmt: skip
    own = {(row["ladder"], row["rule"], row["name"]): row["value"] for row in package.rows("thresholds")}
    assert own == {("standing", "advance", "successes"): 4, ("all", "hold", "pain_rise"): 1.5}
    assert {row["fallback"] for row in package.rows("thresholds")} == {f"seated, {FREE[2]}"}


def test_each_question_of_safety_has_one_of_three_states(exported: Clinic):
    rows = exported.package(FIRST).rows("safety")
    states = {row["question"]: (row["state"], row["on"], row["note"]) for row in rows}
    assert [row["question"] for row in rows] == [one.id for one in safety.table().questions]
    assert states.pop("consent_share") == ("fine", DAY, None)
    assert states.pop("weight_bearing_left") == ("not fine", date(2026, 3, 29), FREE[3])
    assert {one[0] for one in states.values()} == {"not asked"}  # what nobody asked is said, never left out
    readings = [(row["on"], row["reading"], row["value"], row["unit"]) for row in exported.package().rows("readings")]
    assert readings == [
        (date(2026, 3, 29), "lying_systolic_mmhg", 138, "mm[Hg]"),
        (date(2026, 3, 29), "standing_systolic_mmhg", 121, "mm[Hg]"),
        (date(2026, 3, 29), "heart_rate_bpm", 72, "{beats}/min"),
    ]


def test_a_reading_has_a_code_and_a_unit_of_the_table(exported: Clinic):
    from surefoot.clinic.store.values import KINDS
    from surefoot.resources import data_dir

    schema = json.loads((data_dir("protocols") / "clinic" / KINDS["safety"]).read_text("utf-8"))
    for name in set(schema["properties"]["readings"]["properties"]) - {"on"}:
        assert codes().code("local", name).display
        assert codes().unit(UNITS[name.rpartition("_")[2]])
    package = exported.package(FIRST)
    readings = package.tables["readings"]
    for change, words in (({"unit": "ell"}, "The unit 'ell'"), ({"reading": "humours"}, "The code 'humours'")):
        odd = replace(readings, rows=(readings.rows[0] | change,))
        with pytest.raises(CodeError, match=words):
            write.check(replace(package, tables=dict(package.tables) | {"readings": odd}))


def test_days_count_from_the_first_that_anything_is_told_of(exported: Clinic):
    rows = [row for name in TABLES if name != "people" for row in exported.package(FIRST).rows(name)]
    first = date(2026, 2, 28)  # until when the history was told
    assert all(row["day"] == (row["on"] - first).days for row in rows)
    assert exported.package(FIRST).rows("people")[0]["first_on"] == first


def test_every_kind_of_entry_is_exported_or_left_out_on_purpose():
    from surefoot.clinic.store.values import KINDS

    assert set(KINDS) - set(ROWS) == {"profile", "trial"}  # a row of `people`; rows of `trials`, by its result
    assert set(OUTCOMES) <= set(TABLES)
    assert tables_of((), ())["results"].rows == ()


def test_parquet_comes_back_as_it_went(exported: Clinic):
    out, _, _ = exported.export("--to", "parquet")
    package = exported.package()
    for name, table in package.tables.items():
        found = pq.read_table(out / f"{name}.parquet")
        assert found.to_pylist() == list(table.rows)
        assert [field.name for field in found.schema] == [column.name for column in table.columns]
        for field, column in zip(found.schema, table.columns, strict=True):
            told_of = {key.decode(): value.decode() for key, value in field.metadata.items()}
            assert told_of["meaning"] == column.meaning
            assert told_of.get("unit", "") == column.unit
        used = pq.ParquetFile(out / f"{name}.parquet").metadata
        assert all(used.row_group(0).column(k).compression == "ZSTD" for k in range(used.num_columns)) or not table.rows
    assert pa.types.is_date32(pq.read_schema(out / "falls.parquet").field("on").type)


def test_csv_comes_back_as_it_went(exported: Clinic):
    out, _, _ = exported.export("--to", "csv")
    for name, table in exported.package().tables.items():
        found = cells(out / f"{name}.csv")
        assert [list(row.values()) for row in found] == [
            [tabular.text(cell) for cell in row.values()] for row in table.rows
        ]
    numbers = [float(row["value"]) for row in cells(out / "results.csv") if row["value"]]
    assert numbers == [row["value"] for row in exported.package().rows("results") if row["value"] is not None]


def test_the_dictionary_explains_every_column_and_measure(exported: Clinic):
    out, _, _ = exported.export("--to", "csv")
    explained = {(row["table"], row["column"]): row for row in cells(out / "data-dictionary.csv")}
    for name in TABLES:
        for column in (out / f"{name}.csv").read_text("utf-8").splitlines()[0].split(","):
            row = explained.pop((name, column))
            assert row["meaning"]
            assert row["type"] in (TEXT, INTEGER, NUMBER, FLAG, DATE)
            assert row["unit"] == "" or row["unit_words"] == codes().units[row["unit"]]
    assert not explained
    told_of = cells(out / "measures.csv")
    used = {row["measure"] for name in ("results", "walks", "goals") for row in cells(out / f"{name}.csv")}
    assert {row["measure"] for row in told_of} == used
    for row in told_of:
        known = MEASURES.get(row["measure"]) or GAIT.get(row["measure"])
        assert row["system"] in codes().systems.values()
        assert known is None or row["label"] == known.label
    assert {row["code"] for row in told_of if row["system"] == "http://loinc.org"} == {"89423-8", "64098-7", "55423-8"}


# REDCap: the rules of its own data dictionary

NAME = re.compile(r"[a-z][a-z0-9_]{0,25}")
VALIDATIONS = {"", "integer", "number", "date_ymd"}


@pytest.fixture(scope="module")
def project(exported: Clinic) -> Path:
    return exported.export("--to", "redcap")[0]


def test_redcap_dictionary_follows_its_rules(project: Path):
    with (project / "data-dictionary.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    assert (len(head), head[0], head[-1]) == (18, "Variable / Field Name", "Field Annotation")
    assert all(len(row) == 18 for row in rows)
    names = [row[0] for row in rows]
    assert names[0] == "record_id"
    assert len(set(names)) == len(names)
    assert all(NAME.fullmatch(name) and "__" not in name and not name.endswith("_") for name in names)
    forms = [row[1] for row in rows]
    assert forms == sorted(forms, key=("people", "visits").index)  # each form in one piece
    for row in rows:
        kind, label, choices, check, low, high = row[3], row[4], row[5], row[7], row[8], row[9]
        assert kind in ("text", "radio", "yesno")
        assert label
        assert check in VALIDATIONS
        assert not check or kind == "text"
        assert bool(choices) == (kind == "radio")
        assert not (low or high) or check in ("integer", "number")
        if choices:
            assert all(re.fullmatch(r"\w+, .+", one) for one in choices.split(" | "))
        assert row[10] in ("", "y")
    assert [row[0] for row in rows if row[10] == "y"] == ["visit_date"]


def test_redcap_data_fits_the_dictionary(project: Path):
    fields = {row["Variable / Field Name"]: row for row in cells(project / "data-dictionary.csv")}
    rows = cells(project / "data.csv")
    assert list(rows[0])[:2] == ["record_id", "redcap_event_name"]
    assert set(rows[0]) - {"redcap_event_name"} == set(fields)
    assert len({(row["record_id"], row["redcap_event_name"]) for row in rows}) == len(rows)
    events = {row["unique_event_name"]: row for row in cells(project / "event-forms.csv")}
    for row in rows:
        event = events[row["redcap_event_name"]]
        for name, cell in row.items():
            if name in ("record_id", "redcap_event_name") or not cell:
                continue
            field = fields[name]
            assert field["Form Name"] == event["form"]
            _fits(cell, field)


def test_redcap_events_are_what_its_own_pages_take(project: Path):
    defined, designated = cells(project / "events.csv"), cells(project / "event-forms.csv")
    # Columns of "Define My Events" and "Designate Instruments for My Events"; one more would be refused.
    assert list(defined[0]) == ["event_name", "arm_num", "unique_event_name"]
    assert list(designated[0]) == ["arm_num", "unique_event_name", "form"]
    for row in defined:  # REDCap makes the unique name of the other two, of at most 18 letters
        made = re.sub(r"[^a-z0-9]+", "_", row["event_name"].lower())[:18]
        assert row["unique_event_name"] == f"{made}_arm_{row['arm_num']}"
    assert [row["unique_event_name"] for row in designated] == [row["unique_event_name"] for row in defined]
    assert all(f"`{path.name}`" in (project / "README.md").read_text("utf-8") for path in project.glob("*.csv"))


def _fits(cell: str, field: dict[str, str]) -> None:
    check = field["Text Validation Type OR Show Slider Number"]
    low, high = field["Text Validation Min"], field["Text Validation Max"]
    if check == "date_ymd":
        assert date.fromisoformat(cell)
    elif check:
        value = int(cell) if check == "integer" else float(cell)
        assert float(low or "-inf") <= value <= float(high or "inf")
    elif field["Field Type"] == "yesno":
        assert cell in ("0", "1")
    elif field["Field Type"] == "radio":
        assert cell in [one.split(",")[0] for one in field["Choices, Calculations, OR Slider Labels"].split(" | ")]


def test_redcap_numbers_are_those_of_the_outcomes(exported: Clinic, project: Path):
    rows = [row for row in cells(project / "data.csv") if row["record_id"] == FIRST]
    name = redcap.variable("tug", "clinical", "tug")
    assert [float(row[name]) for row in rows if row[name]] == [14.2, 12.1]
    assert [row["redcap_event_name"] for row in rows][:3] == ["person_arm_1", "visit_1_arm_1", "visit_2_arm_1"]
    visit = next(row for row in rows if row["visit_date"] == DAY.isoformat())
    assert (visit["pain_before"], visit["steadiness"]) == ("1", "2")
    assert [float(row["berg_total"]) for row in rows if row["berg_total"]] == [42]
    assert not any(word in (project / "data.csv").read_text("utf-8") for word in FREE)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(st.characters(codec="ascii"), min_size=1, max_size=40), min_size=1, max_size=4))
def test_redcap_names_are_names_whatever_they_are_made_of(words: list[str]):
    name = redcap.variable(*words)
    assert NAME.fullmatch(name)
    assert name == redcap.variable(*words)
    with pytest.raises(ExportError, match="would both be called"):
        redcap.variable(*words, taken=[name])
