# SPDX-License-Identifier: MIT
"""`surefoot minutes` and `surefoot paper` on a store: typed in, counted, written; what can't be, in words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from papers import DAYS, VISIT, stands, tugs
from stores import BY, KEY, people_in
from surefoot import cli
from surefoot.care.billing_file import load_billing
from surefoot.care.visit import Contact, VisitError
from surefoot.clinic import visits
from surefoot.clinic.store import entries, keys
from surefoot.clinic.store.audit import log
from surefoot.clinic.store.opening import open_store
from surefoot.clinic.store.people import set_identity
from surefoot.clinic.store.values import Conflict, Identity, Store, StoreError
from surefoot.output.paper_command import _until
from surefoot.output.paper_values import PaperError
from surefoot.output.result import plain_result

LAST = DAYS[-1].isoformat()
ACTIVITY = "balance 09:20-09:38 1:1 semi-tandem on foam; hands-on guarding"
TYPED = [
    "minutes", "visit", "--person", "P001", "--on", LAST, "--time", "09:00-09:45",
    "--activity", "test 09:05-09:20 1:1 Timed Up and Go", "--activity", ACTIVITY,
    "--test", "tug: is crossing the street safe?", "--interpretation", "Turns are quicker.",
]  # fmt: skip
SIGNED = ["--clinician", "Ana Example", "--credential", "PT"]
WHERE = ("home", "clinic")  # of training
Run = Callable[..., tuple[int, str, str]]


def kept_results(store: Store, person: str = "P001") -> None:
    for on, result in (*tugs(14.2, 14.0, 12.6, 11.0), *stands(8.0, 8.2, 8.1, 8.4)):
        document = plain_result({**result, "person": person, "session": f"{on}-{result['protocol']['id']}"})
        entries.put(store, person, "result", on, document, by=BY)


@pytest.fixture(scope="module")
def filled(store_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of two people: one with results and a visit, one with nothing."""
    data = tmp_path_factory.mktemp("papers") / "data"
    shutil.copytree(store_template, data)
    with open_store(data, key=KEY) as store:
        people_in(store, "P001", "P002")
        set_identity(store, "P001", Identity("Müller-Žižek", "Zoë", date(1953, 4, 5)), by=BY)
        kept_results(store)
        visits.put_visit(store, "P001", DAYS[0], VISIT, by="T9")
    return data


@pytest.fixture
def data(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(keys, "find", lambda _: KEY)
    return Path(shutil.copytree(filled, tmp_path / "data"))


@pytest.fixture
def run(data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def one(*words: str, json: bool = False) -> tuple[int, str, str]:
        code = cli.main([*words, "--data", str(data), "--by", BY, *(["--json"] if json else [])])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return one


def answer(run: Run, *words: str) -> dict[str, Any]:
    code, out, err = run(*words, json=True)
    assert code == 0, err
    return json.loads(out)


# Minutes


def test_a_visit_is_typed_in_and_counted(run: Run, data: Path) -> None:
    code, out, _ = run(*TYPED, *SIGNED)
    assert code == 0
    assert f"{LAST}, 09:00 to 09:45, 45 minutes." in out
    assert "97750   15 min" in out
    assert "Timed on this day: 33 min, 2 units by the 8-minute rule." in out
    assert "never advice" in out
    assert "97750: the record lacks the effect on the plan, the clinician's licence." in out
    with open_store(data, key=KEY) as store:
        visit = visits.kept(store, "P001").visits[-1][1]
    assert (visit.activities[1].words, visit.activities[1].one_to_one) == (
        "semi-tandem on foam; hands-on guarding",
        True,
    )
    assert visit.tests[0].purpose == "is crossing the street safe?"


def test_who_signs_is_known_the_next_time(run: Run, data: Path) -> None:
    code, _, err = run(*TYPED)
    assert code == 1
    assert "Who signs? Say --clinician NAME and --credential WORDS" in err
    assert run(*TYPED, *SIGNED, "--licence", "7")[0] == 0
    later = (DAYS[-1] + timedelta(days=1)).isoformat()
    assert run("minutes", "visit", "--person", "P002", "--on", later, "--time", "10:00-10:30")[0] == 0
    with open_store(data, key=KEY) as store:
        assert visits.kept(store, "P002").visits[0][1].clinician.licence == "7"


def test_a_correction_keeps_what_is_not_said_anew(run: Run, data: Path) -> None:
    first = answer(run, *TYPED, *SIGNED)["id"]
    second = answer(run, "minutes", "visit", "--person", "P001", "--replaces", first[:6], "--plan", "Backward steps.")
    assert second["on"] == LAST
    with open_store(data, key=KEY) as store:
        entry, visit = visits.kept(store, "P001").visits[-1]
        assert (entry.id, entry.replaces) == (second["id"], first)
        assert (visit.plan, visit.interpretation, len(visit.activities)) == ("Backward steps.", "Turns are quicker.", 2)
        with pytest.raises(Conflict, match="was changed by T1"):
            visits.put_visit(store, "P001", DAYS[-1], visit, by="T2", replaces=first)


def test_monitoring_is_counted_beside_thresholds_with_the_plain_statement(run: Run, data: Path) -> None:
    numbers = {"parameters": {}, "not_reported": {}, "notes": []}
    with open_store(data, key=KEY) as store:
        for back in range(3):
            begun = f"{DAYS[-1] - timedelta(days=back)}T12:00:00Z"
            walk = {"format": 1, "name": f"w{back}", "begun_utc": begun, "fetched_utc": None, "walk": numbers,
                    "said": None, "problem": None, "files": []}  # fmt: skip
            entries.put(store, "P001", "walk", DAYS[-1] - timedelta(days=back), walk, by=BY)
    for more in (("--at", "14:05", "--decision", "Stay on this rung."), ()):
        words = [
            "--person",
            "P001",
            "--on",
            LAST,
            "--minutes",
            "6",
            "--activity",
            "called",
            "--interactive",
            "yes",
            *more,
        ]
        assert run("minutes", "contact", *words)[0] == 0
    found = answer(run, "minutes", "show", "--person", "P001", "--on", LAST)
    assert found["monitoring"] == {
        "until": LAST, "data_days": ["2026-03-02", "2026-03-03", "2026-03-04"], "month": "2026-03", "minutes": 12,
        "contacts": 2, "conversations": [LAST, LAST],
    }  # fmt: skip
    reached = {one["code"] for one in found["thresholds"] if not one["lacks"]}
    assert reached == {"98975", "98985", "98979"}
    assert "name and version of a medical device as the FDA defines it" in found["lacks"]
    code, out, _ = run("minutes", "show", "--person", "P001", "--on", LAST)
    assert code == 0
    assert "RTM needs a medical device as the FDA defines one, and Surefoot is none" in out
    assert "3 data days in the 30 days from 2026-02-03: 2026-03-02, 2026-03-03, 2026-03-04" in out
    assert "98980 management, first 20 minutes, per calendar month: lacks 8 more minutes" in out
    assert "The record of monitoring lacks: the person's consent" in out


def test_days_of_data_are_days_at_home_that_are_known() -> None:
    def kept(kind: str, on: date, **document: Any) -> entries.Entry:
        return entries.Entry("a", "P001", kind, on, "", BY, document)

    diary = kept("diary", DAYS[0], days=[{"day": "2026-01-05", "steadiness": 2}, {"day": "2026-01-06", "done": {}}])
    walk = kept("walk", DAYS[0], begun_utc="2026-01-12T12:00:00Z", problem=None)
    of_no_day = kept("walk", DAYS[2], begun_utc=None, problem=None)
    unread = kept("walk", DAYS[2], begun_utc=f"{DAYS[2]}T12:00:00Z", problem="It can't be read.")
    home, clinic = (kept("training", DAYS[3] + timedelta(days=n), setting=where) for n, where in enumerate(WHERE))
    found = [diary, walk, of_no_day, unread, home, clinic]
    assert visits.data_days(found) == (DAYS[0], DAYS[1], DAYS[3])


def test_units_of_a_recalled_row_are_marked(run: Run) -> None:
    words = ["--activity", "gait 09:00-09:45 1:1 stairs", "--time", "09:00-09:45"]
    assert run("minutes", "visit", "--person", "P002", "--on", LAST, *SIGNED, *words, "--modifier", "GP")[0] == 0
    code, out, _ = run("minutes", "show", "--person", "P002", "--on", "2027-01-01")
    assert code == 0
    assert "97116 45 min (3 units, unverified)" in out
    assert "These rows were collected for 2026: look whether newer ones hold in 2027." in out
    found = answer(run, "minutes", "show", "--person", "P002", "--on", "2025-12-30")
    assert {(one["code"], one["certainty"]) for one in found["thresholds"]} == {("98977", "R"), ("98980", "R")}
    assert found["visits"][0]["codes"] == {"97116": 45}


def test_a_day_that_no_threshold_covers_is_told_and_each_has_its_dates(run: Run, data: Path) -> None:
    _, out, _ = run("minutes", "show", "--person", "P002", "--on", "2021-06-01")
    assert "No threshold that is known here held on 2021-06-01" in out
    assert "Published thresholds beside" not in out
    _, out, _ = run("minutes", "show", "--person", "P002", "--on", LAST)
    assert out.count("(since 2026-01-01)") == 6
    with open_store(data, key=KEY) as store:
        for back in (*range(16), 20):
            begun = DAYS[-1] - timedelta(days=back)
            walk = {"format": 1, "name": f"w{back}", "begun_utc": f"{begun}T12:00:00Z", "fetched_utc": None,
                    "walk": {"parameters": {}, "not_reported": {}, "notes": []}, "said": None, "problem": None,
                    "files": []}  # fmt: skip
            entries.put(store, "P002", "walk", begun, walk, by=BY)
    _, out, _ = run("minutes", "show", "--person", "P002", "--on", LAST)
    assert "2026-02-03: 2026-02-12, 2026-02-17 to 2026-03-04" in out
    assert "2 to 15 days, per 30 days: 17 data days are more than its 15 (since" in out
    assert "set-up and teaching, once, per episode" in out
    assert {one["dates"] for one in answer(run, "minutes", "show", "--person", "P002")["thresholds"]} == {
        "since 2026-01-01"
    }


def test_two_visits_of_a_day_count_together_and_have_papers_of_their_own(run: Run, tmp_path: Path) -> None:
    words = ("minutes", "visit", "--person", "P001", "--on", LAST, *SIGNED)
    first = answer(run, *words, "--time", "09:00-09:30", "--activity", "test 09:05-09:12 1:1 x", "--test", "tug: safe?")
    _, out, _ = run(
        *words, "--time", "14:00-14:30", "--activity", "balance 14:05-14:21 1:1 foam", "--test", "tgu: why?"
    )
    assert "Timed on this day: 23 min, 2 units by the 8-minute rule." in out
    assert "There is no test or scale 'tgu' here" in out
    _, out, _ = run("minutes", "show", "--person", "P001", "--on", LAST)
    assert "97750 7 min\n" in out
    assert "97112 16 min (23 min on this day, 2 units)" in out
    asked = ("paper", "note", "--person", "P001", "--out", str(tmp_path))
    last = answer(run, *asked)
    assert f"{LAST} has 2 visits, and this is of the one at 14:00" in last["warnings"][0]
    other = answer(run, *asked, "--visit", first["id"])
    assert other["warnings"] == []
    assert [Path(one["page"]).stem for one in (last, other)] == [f"note-P001-{LAST}-{at}" for at in ("1400", "0900")]
    text = Path(other["page"]).read_text("utf-8")
    assert "97750 7 min; together with the other visits of this day 23 min, 2 units" in text
    assert "No result of it is kept" not in text
    assert "Why? No result of it is kept." in Path(last["page"]).read_text("utf-8")


def test_a_rated_scale_is_a_result_until_it_is_taken_back(run: Run, data: Path, tmp_path: Path) -> None:
    rate = ("scale", "berg", "--person", "P002", "--out", str(tmp_path / "berg"), "--date", LAST, "--keep")
    assert run(*rate, "--typed", *["4"] * 14)[0] == 0
    visit = ("minutes", "visit", "--person", "P002", "--on", LAST, *SIGNED, "--time", "09:00-09:30")
    made = answer(run, *visit, "--activity", "test 09:05-09:20 1:1 Berg", "--test", "berg: is home safe?")
    lacks = "a result against norm or baseline"
    assert lacks not in made["lacks"]["97750"]
    found = answer(run, "paper", "report", "--person", "P002", "--out", str(tmp_path))
    assert lacks not in found["lacks"]["97750"]
    assert "Is home safe?" in Path(found["page"]).read_text("utf-8")
    with open_store(data, key=KEY) as store:
        entries.void(store, entries.entries(store, "P002", "scale")[0].id, by=BY, reason="another person")
        assert not visits.has_result(store, "P002", DAYS[-1])
    found = answer(run, "paper", "note", "--person", "P002", "--out", str(tmp_path))
    assert lacks in found["lacks"]["97750"]
    assert found["warnings"] == ["A result of that day was taken back: read whether the words of the visit still hold."]


def test_a_contact_is_corrected(run: Run) -> None:
    words = ("--person", "P002", "--on", LAST)
    first = answer(run, "minutes", "contact", *words, "--minutes", "5", "--activity", "read", "--interactive", "no")[
        "id"
    ]
    answer(run, "minutes", "contact", "--person", "P002", "--replaces", first, "--interactive", "yes")
    found = answer(run, "minutes", "show", *words)
    assert [(one["minutes"], one["interactive"]) for one in found["contacts"]] == [(5, True)]


def test_a_person_without_anything_has_counts_of_nothing(run: Run) -> None:
    code, out, _ = run("minutes", "show", "--person", "P002", "--on", LAST)
    assert code == 0
    assert "No visit of P002 is kept." in out
    assert "No contact is kept." in out
    assert "0 data days" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--time", "09:00-08:00"], "stops at 08:00, not after its start at 09:00"),
        (["--time", "9-10"], "is no span of time: write it as 09:00-09:45"),
        ([], "When was the visit? Say --time"),
        (["--time", "08:30-09:10", "--on", "2026-01-05"], "another from 08:30 to 09:10|overlaps"),
        (["--time", "09:00-10:00", "--activity", "gait"], "lacks its times"),
        (["--time", "09:00-10:00", "--activity", "dance 09:00-09:10"], "no activity 'dance': write one of test"),
        (["--time", "09:00-10:00", "--test", "tug"], "lacks what it was for"),
        (["--time", "09:00-10:00", "--activity", ACTIVITY, "--activity", ACTIVITY], "overlap: a minute counts once"),
        (["--time", "09:00-10:00", "--modifier", "gp!"], "of the form"),
        (["--time", "09:00-10:00", "--replaces", "zz"], "No entry begins with 'zz'"),
        (["--time", "09:00-10:00", "--person", "P009"], "There is no P009 in this store"),
    ],
)
def test_a_visit_that_can_not_be_is_refused_in_words(run: Run, words: list[str], says: str) -> None:
    code, out, err = run("minutes", "visit", "--person", "P001", "--on", LAST, *SIGNED, *words)
    assert (code, out) == (1, "")
    assert any(one in err for one in says.split("|")), err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "A contact needs --minutes, --activity, --interactive"),
        (["--minutes", "5", "--activity", "x", "--interactive", "yes", "--at", "25:00"], "'25:00' is no time of day"),
        (["--minutes", "0", "--activity", "x", "--interactive", "no"], "must be at least 1"),
    ],
)
def test_a_contact_that_can_not_be_is_refused_in_words(run: Run, words: list[str], says: str) -> None:
    code, _, err = run("minutes", "contact", "--person", "P001", "--on", LAST, *words)
    assert code == 1
    assert says in err


def test_an_entry_of_another_kind_is_no_visit_to_correct(store_here: Store) -> None:
    people_in(store_here, "P001", "P002")
    made = visits.put_contact(store_here, "P001", DAYS[0], Contact(5, "called", True), by=BY)
    for person, kind in (("P001", "visit"), ("P002", "contact")):
        with pytest.raises(VisitError, match=f"is no {kind} of {person}"):
            visits.to_replace(store_here, person, kind, made.id)
    with pytest.raises(StoreError, match="There is no P009"):
        visits.kept(store_here, "P009")


# Papers


def test_a_paper_carries_the_code_and_what_its_record_lacks_is_said(run: Run, tmp_path: Path) -> None:
    assert run(*TYPED, *SIGNED)[0] == 0
    code, out, _ = run("paper", "note", "--person", "P001", "--out", str(tmp_path / "new" / "folder"))
    assert code == 0
    page = tmp_path / "new" / "folder" / f"note-P001-{LAST}.html"
    assert f"Written: {page}" in out
    assert "97750: the record lacks the effect on the plan" in out
    text = page.read_text("utf-8")
    assert "Müller" not in text
    assert "14.10 s before and 11.00 s now" in text
    assert page.with_suffix(".pdf").read_bytes().startswith(b"%PDF")


def test_names_stand_there_only_when_asked_and_that_is_noted(run: Run, data: Path, tmp_path: Path) -> None:
    found = answer(run, "paper", "letter", "--person", "P001", "--to", "Dr. Ruiz", "--named", "--out", str(tmp_path))
    text = Path(found["page"]).read_text("utf-8")
    assert "Müller-Žižek" in text
    assert "1953-04-05" in text
    assert "Dr. Ruiz" in text
    assert "Müller" not in found["pdf"]
    with open_store(data, key=KEY) as store:
        noted = [(one.action, one.what) for one in log(store, "P001") if one.by == BY][-2:]
    assert noted == [
        ("read identity", "letter of 2026-01-05"), ("paper", "letter-P001-2026-01-05.pdf and .html, with names"),
    ]  # fmt: skip


def test_the_visit_is_chosen_by_day_or_id(run: Run, tmp_path: Path) -> None:
    made = answer(run, *TYPED, *SIGNED)["id"]
    for wanted, day in ((made[:7], LAST), ("2026-01-05", "2026-01-05")):
        found = answer(run, "paper", "report", "--person", "P001", "--visit", wanted, "--out", str(tmp_path))
        assert found["pdf"].endswith(f"report-P001-{day}.pdf")
    code, _, err = run("paper", "note", "--person", "P001", "--visit", "2026-01-06")
    assert code == 1
    assert "P001 has no visit '2026-01-06': kept are 2026-01-05, 2026-03-04." in err


def test_the_beginning_of_an_id_that_two_visits_have_is_refused() -> None:
    found = [(entries.Entry(name, "P001", "visit", DAYS[0], "", BY, {}), VISIT) for name in ("ab1", "ab2")]
    assert len(_until(found, "ab1", "P001")) == 1
    with pytest.raises(PaperError, match="Several visits of P001 begin with 'ab': ab1, ab2"):
        _until(found, "ab", "P001")


def test_age_sex_and_goals_come_from_the_store(run: Run, data: Path, tmp_path: Path) -> None:
    with open_store(data, key=KEY) as store:
        people_in(store, "P003")
        set_identity(store, "P003", Identity("A", "B", date(1950, 1, 1)), by=BY)
        entries.put(store, "P003", "profile", DAYS[0], {"format": 1, "sex": "male"}, by=BY)
        goal = {"format": 1, "words": "Walk to school", "measure": "distance_m", "value": 900, "per": "walk"}
        entries.put(store, "P003", "goal", DAYS[0], {**goal, "ended": "reached"}, by=BY)
        on, result = tugs(11.0, age_years=None, sex=None)[0]
        entries.put(store, "P003", "result", on, plain_result({**result, "person": "P003", "session": "s"}), by=BY)
        visits.put_visit(store, "P003", DAYS[0], VISIT, by=BY)
    found = answer(run, "paper", "report", "--person", "P003", "--out", str(tmp_path))
    assert "age 76 years; sex male" in Path(found["page"]).read_text("utf-8")
    found = answer(run, "paper", "discharge", "--person", "P003", "--out", str(tmp_path))
    assert "Walk to school (reached)" in Path(found["page"]).read_text("utf-8")


def test_a_goal_stands_as_it_stood_on_the_day(run: Run, data: Path, tmp_path: Path) -> None:
    goal = {"format": 1, "words": "Walk to school", "measure": "gait_distance_m", "value": 900, "per": "walk"}
    with open_store(data, key=KEY) as store:
        first = entries.put(store, "P001", "goal", DAYS[0], goal, by=BY)
        entries.put(store, "P001", "goal", DAYS[3], goal | {"ended": "reached"}, by=BY, replaces=first.id)
        entries.put(store, "P001", "goal", DAYS[3], goal | {"words": "Dance"}, by=BY)
        visits.put_visit(store, "P001", DAYS[3], VISIT, by=BY)
    early, late = (
        Path(
            answer(run, "paper", "note", "--person", "P001", "--visit", day, "--out", str(tmp_path))["page"]
        ).read_text()
        for day in ("2026-01-05", LAST)
    )
    assert "Walk to school: 900 m a walk." in early
    assert "Dance" not in early
    assert "Walk to school (reached)" in late
    assert "Dance: 900 m a walk." in late


def test_a_result_that_was_taken_back_is_left_out(run: Run, data: Path, tmp_path: Path) -> None:
    with open_store(data, key=KEY) as store:
        first = entries.entries(store, "P001", "result")[0]
        entries.void(store, first.id, by=BY, reason="another person stood there")
    found = answer(run, "paper", "discharge", "--person", "P001", "--out", str(tmp_path))
    assert "14.20" not in Path(found["page"]).read_text("utf-8")
    assert found["warnings"] == ["A result of that day was taken back: read whether the words of the visit still hold."]
    assert run(*TYPED, *SIGNED)[0] == 0
    code, _, err = run("paper", "note", "--person", "P001", "--out", str(tmp_path))
    assert (code, err) == (0, ""), "it was of another day"


def test_a_letter_asks_for_consent_until_it_is_kept(run: Run, data: Path, tmp_path: Path) -> None:
    words = ("paper", "letter", "--person", "P001", "--out", str(tmp_path))
    assert "No consent of P001 to hand data on is kept" in run(*words)[2]
    for state, asked in (("not fine", True), ("fine", False)):
        answers = {
            "consent_share": {"state": state, "asked_on": LAST},
            "consent_measure": {"state": state, "asked_on": LAST},
        }
        with open_store(data, key=KEY) as store:
            entries.put(store, "P001", "safety", DAYS[-1], {"format": 1, "answers": answers}, by=BY)
            held = visits.monitoring(store, load_billing(), "P001", DAYS[-1])[1]
        assert ("No consent" in run(*words)[2]) == asked
        assert ("consent" in held) == (not asked)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["note", "--person", "P002"], "no visit of P002 to write about"),
        (["note", "--person", "P009"], "There is no P009 in this store"),
        (["note", "--person", "P001", "--named", "--out", "{file}/x"], "can't be made"),
        (["discharge", "--person", "P001", "--since", "2026-02-01"], "2026-01-05 was before 2026-02-01, when --since"),
        (["note", "--person", "P001", "--since", "2026-02-01"], "2026-01-05 was before 2026-02-01, when --since"),
        (["letter", "--person", "P002", "--named"], "Who P002 is was never written down"),
    ],
)
def test_a_paper_that_can_not_be_is_refused_in_words(run: Run, tmp_path: Path, words: list[str], says: str) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = run("paper", *(word.replace("{file}", str(tmp_path / "file")) for word in words))
    assert code == 1
    assert says in err


def test_help_teaches_by_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["paper", "letter", "--help"], ["minutes", "visit", "--help"]):
        with pytest.raises(SystemExit):
            cli.main(words)
        assert "examples:" in capsys.readouterr().out
