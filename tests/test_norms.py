# SPDX-License-Identifier: MIT
"""Norms: figures as published, shown only where they apply, never unverified ones, never as a diagnosis."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import plate_norms
from surefoot.care.norms import Asked, Norm, how_of, meaningful_changes, norms_for, place, unsaid, words
from surefoot.care.norms_file import Row, Table, load_norms, parse_norms
from surefoot.care.protocol import load_protocol, protocol_names
from surefoot.errors import ProtocolError
from surefoot.measures import MEASURES
from surefoot.resources import data_dir

FOLDER = data_dir("protocols") / "norms"
FILES = sorted(FOLDER.glob("*.toml"))
TABLES = load_norms().tables
TUG = (FOLDER / "tug.toml").read_text("utf-8")
FORBIDDEN = ("diagnos", "predict", "prescri", "risk of", "at risk", "high risk", "abnormal", "patholog")
STEADY = {"vision": "open", "surface": "firm", "result": "best-of-3"}


def figures(found: Row) -> tuple[float, ...]:
    return tuple(one for one in (found.value, found.low, found.high) if one is not None)


def shown(
    protocol: str, measure: str, age: float | None = 72.9, sex: str | None = "female", **more
) -> dict[str, tuple]:
    """What applies, by table id."""
    told = {"footwear": "shoes", "setting": "supervised", **more}
    found = norms_for(Asked(protocol, measure, age, sex, **told))
    return {norm.table.id: figures(norm.row) for norm in found.norms}


def why(protocol: str, measure: str, age: float | None = 72.9, sex: str | None = "female", **more) -> str:
    """The reasons, where nothing applies."""
    found = norms_for(Asked(protocol, measure, age, sex, **{"footwear": "shoes", "setting": "supervised", **more}))
    assert not found.norms
    assert found.reasons
    return " ".join(found.reasons)


def fitting(table: Table, row: Row) -> Asked:
    """The question that a row answers."""
    shoes = "barefoot" if table.footwear == "barefoot" else "shoes"
    sex = None if row.sex == "any" else row.sex
    protocol, age = table.protocols[0], row.age_min + 0.5
    aid = {None: "", "any": None, "without": "", "with": "cane"}[row.aid]
    return Asked(protocol, table.measure, age, sex, shoes, table.setting, table.instrument, dict(table.needs), aid)


def test_timed_up_and_go() -> None:
    found = shown("tug", "elapsed_s")
    assert found == {
        "bohannon-2006": (9.2, 8.2, 10.2),
        "steadi": (12,),
        "shumway-cook-2000": (13.5,),
        "world-falls-guidelines-2022": (15,),
    }
    assert shown("tug", "elapsed_s", 60)["bohannon-2006"] == (8.1, 7.1, 9.0)
    assert shown("tug", "elapsed_s", 99.9)["bohannon-2006"] == (11.3, 10.0, 12.7)
    assert "60 to 99 years, and this person is 59" in why("tug", "elapsed_s", 59.99)


def test_sit_to_stand_by_age_and_sex() -> None:
    assert shown("sit-to-stand-5", "elapsed_s") == {"bohannon-2006": (12.6,), "buatois-2008": (15,)}
    assert shown("sit-to-stand-30s", "count", 64.99, "male") == {"rikli-jones-1999": (14, 19)}
    assert shown("sit-to-stand-30s", "count", 94.5, "female") == {"rikli-jones-1999": (4, 11)}
    assert "the sex isn't known" in why("sit-to-stand-30s", "count", 72, None)
    assert "60 to 94 years, and this person is 95" in why("sit-to-stand-30s", "count", 95)


def test_barefoot_norms_are_not_for_people_in_shoes() -> None:
    assert "for people barefoot, and this was done in shoes" in why("single-leg-stance", "held_s", how=STEADY)
    assert "what was worn isn't known" in why("single-leg-stance", "held_s", how=STEADY, footwear=None)
    bare = shown("single-leg-stance", "held_s", how=STEADY, footwear="barefoot")
    assert bare == {"springer-2007-eyes-open-best": (21.5,)}
    assert "best of 3 trials" in why("single-leg-stance", "held_s", how={"vision": "open", "surface": "firm"})
    closed = why("single-leg-stance", "held_s", how=STEADY | {"vision": "closed"}, footwear="barefoot")
    assert "eyes open, and here it was eyes closed" in closed


def test_walking_speed_needs_its_course() -> None:
    how = {"pace": "comfortable", "start": "moving"}
    assert shown("walk-10m", "speed_mps", 45, "male", how=how) == {"bohannon-andrews-2011": (1.43,)}
    assert "a moving start, and here it was a standing" in why("walk-10m", "speed_mps", how=how | {"start": "standing"})
    assert "another procedure" in why("walk-10m", "speed_mps", how=how | {"pace": "fast"})
    assert "what it was here isn't known" in why("walk-10m", "speed_mps")
    assert "with a second task" in why("walk-10m", "speed_mps", how=how | {"second_task": "counting back"})
    two = {"course": "15.24 m out and back"}
    assert shown("walk-2min", "distance_m", 30, None, how=two) == {"bohannon-2015": (180.9,)}
    assert shown("walk-2min", "distance_m", 30, "female", how=two) == {"bohannon-2015": (176.0,)}


def test_other_procedures_and_unknowns() -> None:
    assert "another procedure" in why("mctsib", "held_s", how={"surface": "foam", "vision": "closed"})
    assert shown("mctsib-nhanes", "held_s", how={"surface": "foam", "vision": "closed"}) == {
        "agrawal-2011": (20,), "bermudez-rey-2017": (10,)
    }  # fmt: skip
    assert "the age isn't known" in why("tug", "elapsed_s", None)
    assert "this was done alone" in why("tug", "elapsed_s", setting="alone")
    assert "isn't known" in why("tug", "elapsed_s", setting=None)
    assert "No published figures" in why("tug", "cop_velocity_mmps")
    with pytest.raises(ProtocolError, match="An age of 400 years"):
        norms_for(Asked("tug", "elapsed_s", 400.0))


@pytest.mark.parametrize("protocol", ["quiet-stance", "mctsib"])
@pytest.mark.parametrize("instrument", ["any", "force-plate"])
@pytest.mark.parametrize("footwear", ["shoes", "barefoot"])
def test_plate_figures_are_never_shown_for_insoles(protocol: str, instrument: str, footwear: str) -> None:
    how = {"surface": "firm", "vision": "open"}
    said = why(protocol, "cop_velocity_mmps", 25, how=how, instrument=instrument, footwear=footwear)
    assert "force plate, barefoot: not comparable with insoles" in said


def test_plate_figures_are_shown_for_that_plate_test() -> None:
    table = next(table for table in TABLES if table.id == "copvelo-firm-open")
    asked = fitting(table, table.rows[0])
    assert [norm.row for norm in norms_for(asked).norms] == [table.rows[0]]
    for wrong in (replace(asked, instrument="any"), replace(asked, footwear="shoes"), replace(asked, age_years=45.0)):
        assert not norms_for(wrong).norms


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.file}/{table.id}")
def test_each_row_is_found_and_unverified_ones_never(table: Table) -> None:
    for row in table.rows:
        asked = fitting(table, row)
        ask = meaningful_changes if table.stat.endswith("-change") else norms_for
        alone = ask(asked, (table,))
        assert bool(alone.norms) == (table.certainty == "V")
        if table.certainty == "V":
            assert row.age_min <= alone.norms[0].row.age_min
            assert alone.norms[0].row.age_max <= row.age_max
        else:
            assert "recalled and not yet checked" in alone.reasons[0]
            assert not any(character.isdigit() for character in alone.reasons[0].replace(table.cite, ""))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.file}/{table.id}")
def test_words_and_places(table: Table) -> None:
    for row in table.rows:
        for value in (0.0, 1.0, row.value or 0.0, row.low or 0.0, row.high or 0.0, 1000.0):
            norm = Norm(table, row)
            said = words(norm, value).lower()
            assert said.endswith(".")
            assert table.cite.lower() in said or table.stat == "upper-limit"
            assert not [word for word in FORBIDDEN if word in said]
            assert place(norm, value) in ("within", "above", "below", "none")


def test_words_say_where_a_number_lies() -> None:
    found = {
        norm.table.id: norm for norm in norms_for(Asked("tug", "elapsed_s", 75, "male", "shoes", "supervised")).norms
    }
    assert words(found["steadi"], 12.0).startswith("12.00 s is 12 s or more; 12 s or more is published")
    assert words(found["steadi"], 11.99).startswith("11.99 s is less than 12 s; 12 s or more is published")
    assert place(found["world-falls-guidelines-2022"], 15.0) == "below"
    assert "is within the 95 % interval of the mean of people of 70 to 79 years" in words(found["bohannon-2006"], 8.2)
    assert place(found["bohannon-2006"], 10.21) == "above"
    with pytest.raises(ProtocolError, match="isn't there"):
        words(found["steadi"], float("nan"))
    asked = Asked("single-leg-stance", "held_s", 65, "male", "barefoot", "supervised", how=STEADY)
    best = norms_for(asked).norms[0]
    assert "the most that the test lets anyone reach" in words(best, 45.0)
    assert place(best, 1.0) == "none"


@given(st.floats(0, 120), st.sampled_from(["female", "male"]))
def test_at_most_one_row_of_a_table(age: float, sex: str) -> None:
    found = norms_for(
        Asked("walk-10m", "speed_mps", age, sex, "shoes", "supervised", how={"pace": "comfortable", "start": "moving"})
    )
    ids = [norm.table.id for norm in found.norms]
    assert len(set(ids)) == len(ids)
    assert all(norm.row.age_min <= int(age) <= norm.row.age_max for norm in found.norms)
    assert bool(found.norms) == (20 <= age < 100)


def test_changes_that_matter() -> None:
    found = meaningful_changes(Asked("walk-10m", "speed_mps", 80))
    assert {norm.table.stat: norm.row.value for norm in found.norms} == {
        "small-change": 0.05,
        "substantial-change": 0.10,
    }
    assert "65 years and over" in meaningful_changes(Asked("walk-6min", "distance_m", 40)).reasons[0]


def test_how_a_condition_is_done() -> None:
    best = how_of(load_protocol("single-leg-stance").condition("eyes-open"), "best")
    assert best == {"vision": "open", "surface": "firm", "stance": "single", "result": "best-of-3"}
    walk = how_of(load_protocol("walk-10m").condition("fast"))
    assert (walk["pace"], walk["start"], "result" in walk) == ("fast", "moving", False)
    for trials, result in (("best", "best-of-2"), ("mean", "mean-of-2"), ("first", None), ("last", None)):
        assert how_of(load_protocol("walk-10m").condition("fast"), trials).get("result") == result
    assert how_of(load_protocol("walk-2min").conditions[0])["course"] == "15.24 m out and back"


def test_every_word_for_which_trials_count_is_one_that_a_norm_can_ask_for() -> None:
    needs = json.loads((FOLDER / "schema.json").read_text("utf-8"))["$defs"]["needs"]["properties"]
    for name in protocol_names():
        protocol = load_protocol(name)
        for rule in protocol.outcomes:
            for condition in protocol.conditions:
                how = how_of(condition, rule.trials, rule.id)
                assert set(how) <= {*needs, "second_task"}
                assert re.search(needs["result"]["pattern"], how.get("result", "best-of-2"))


@pytest.mark.parametrize("table", [table for table in TABLES if table.certainty == "V"], ids=lambda table: table.id)
def test_each_table_meets_an_outcome_of_a_shipped_test(table: Table) -> None:
    """Or it is of a procedure that isn't ours, and near one that is."""
    assert set(table.near) <= set(protocol_names())
    if table.protocols[0] not in protocol_names():
        assert table.near
        assert table.protocols in (("plate-quiet-stance",), ("walk-7m6",))
        return
    for name in table.protocols:
        protocol = load_protocol(name)
        rules = [(rule.trials, rule.id, rule.only) for rule in protocol.outcomes if rule.measure == table.measure]
        hows = [
            how_of(condition, trials, outcome)
            for trials, outcome, only in rules
            for condition in protocol.conditions
            if not only or condition.id in only
        ]
        assert any(all(how.get(need) == wanted for need, wanted in table.needs.items()) for how in hows), name


def test_dual_tasks_meet_no_norms_of_single_ones() -> None:
    assert "another procedure" in why("tug-dual", "elapsed_s")
    dual = how_of(load_protocol("walk-dual").condition("dual"))
    assert "with a second task" in why("walk-10m", "speed_mps", how=dual)


def test_with_a_walking_aid_only_figures_whose_source_allows_one() -> None:
    assert set(shown("tug", "elapsed_s", aid="")) == set(shown("tug", "elapsed_s", aid=None))
    assert set(shown("tug", "elapsed_s", aid="walker")) == {"steadi"}
    reasons = norms_for(Asked("tug", "elapsed_s", 72.9, "female", "shoes", "supervised", aid="walker")).reasons
    assert any(reason.startswith("Bohannon 2006") and "here it was with walker" in reason for reason in reasons)
    four = {"stance": "tandem", "vision": "open"}
    assert shown("steadi-4-stage", "held_s", how=four, aid="") == {"steadi-tandem": (10,)}
    said = why("steadi-4-stage", "held_s", how=four, aid="cane")
    assert "for people without a walking aid, and here it was with cane" in said
    assert "whether one was used isn't known" in why("steadi-4-stage", "held_s", how=four)


def test_rows_of_one_table_may_differ_by_aid() -> None:
    table = next(table for table in TABLES if table.id == "bohannon-2015")
    base = replace(table.rows[2], aid="without")
    rows = (base, replace(base, aid="with", value=90.0))
    ask = fitting(table, base)
    for aid, value in (("", 180.9), ("rollator", 90.0)):
        found = norms_for(replace(ask, aid=aid), (replace(table, rows=rows),))
        assert [norm.row.value for norm in found.norms] == [value]
        assert unsaid(found.norms[0], replace(ask, aid=aid)) == ""
    assert not norms_for(replace(ask, aid=None), (replace(table, rows=rows),)).norms
    assert "with a walking aid, and here it was without" in norms_for(ask, (replace(table, rows=rows[1:]),)).reasons[0]


def test_the_page_says_where_an_aid_is_not_known() -> None:
    table = next(table for table in TABLES if table.id == "bohannon-2006" and table.file == "tug")
    ask = fitting(table, table.rows[0])
    norm = norms_for(ask, (table,)).norms[0]
    assert "isn't known" in unsaid(norm, replace(ask, aid=None))
    assert unsaid(norm, ask) == ""


def test_an_aid_is_read_from_a_file(tmp_path: Path) -> None:
    text = TUG.replace('cite = "Bohannon 2006', 'aid = "without"\ncite = "Bohannon 2006', 1)
    text = text.replace("age_max = 69, value", 'age_max = 69, aid = "any", value', 1)
    rows = parse_norms(text, Path("tug.toml")).tables[0].rows
    assert [row.aid for row in rows] == ["any", "without", "without", "without"]
    with pytest.raises(ProtocolError, match="aid"):
        parse_norms(text.replace('aid = "any", value', 'aid = "cane", value', 1), Path("tug.toml"))


def test_a_sum_of_points_is_not_taken_for_the_total() -> None:
    asked = Asked("sppb", "points", 80, how={"outcome": "balance"})
    assert not meaningful_changes(asked).norms
    assert len(meaningful_changes(replace(asked, how={"outcome": "total"})).norms) == 2


def test_ones_own_sex_goes_before_any() -> None:
    table = next(table for table in TABLES if table.id == "bohannon-2015")
    for rows in (table.rows, table.rows[::-1]):
        found = norms_for(fitting(table, table.rows[1]), (replace(table, rows=rows),))
        assert [norm.row.sex for norm in found.norms] == ["female"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_files(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not [word for word in FORBIDDEN if word in text.lower()]
    norms = parse_norms(text, path)
    for entry in (*norms.tables, *norms.errors):
        assert entry.measure in MEASURES
        assert entry.unit == MEASURES[entry.measure].unit
    for table in norms.tables:
        bands = [(row.sex, row.age_min, row.age_max) for row in table.rows]
        assert len(set(bands)) == len(bands)


def test_plate_figures_are_those_of_the_data(shared_data: Path) -> None:
    source = shared_data / "quiet-stance" / "everyone.csv"
    told = tomllib.loads(plate_norms.PATH.read_text("utf-8"))
    made = plate_norms.document(source)
    assert told["errors"] == made["errors"]
    assert told["tables"] == made["tables"]
    assert "CC BY 4.0" in told["attribution"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format = 1\n", "format = 2\n", "newer than this Surefoot reads"),
        ('id = "tug"', 'id = "tub"', "name it as the file"),
        ('side = "at-or-above"\n', "", "belong to a cut-off"),
        ("value = 8.1, ", "", "row 1 is a mean-ci95 and lacks value"),
        ("low = 7.1", "low = 8.5", "aren't in that order"),
        ("age_min = 60, age_max = 69", "age_min = 69, age_max = 60", "age_min is above age_max"),
        ('certainty = "V"', 'certainty = "D"', "'tables.1.certainty'"),
        ('unit = "s"', "unit = 1", "'tables.1.unit'"),
        ("value = 8.1", "value = nan", "nan is no number"),
        ('id = "steadi"', 'id = "bohannon-2006"', "two tables have the same 'id'"),
        ("[[tables]]", "[[tables", "isn't valid TOML"),
    ],
)
def test_mistakes_are_named(old: str, new: str, said: str) -> None:
    assert old in TUG
    with pytest.raises(ProtocolError) as caught:
        parse_norms(TUG.replace(old, new, 1), Path("tug.toml"))
    assert said in str(caught.value)


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="There are no norms"):
        load_norms(tmp_path)
    (tmp_path / "tug.toml").write_text(TUG, "utf-8")
    assert len(load_norms(tmp_path / ".").tables) == TUG.count("[[tables]]")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "bad.toml").write_bytes(b"caf\xe9")
    with pytest.raises(ProtocolError, match="can't be read"):
        load_norms(tmp_path / "b")
