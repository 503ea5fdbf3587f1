# SPDX-License-Identifier: MIT
"""`surefoot assess` in a store: kept as entries, shown with what it blocks, told to tests, cues and progression."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import assessing
from assessing import DAY, all_fine
from stores import BY, KEY, people_in
from surefoot import cli
from surefoot.care import falls
from surefoot.care.assessment import Profile
from surefoot.care.ladder import load_ladder
from surefoot.care.progression_values import FINE, NOT_ASKED, NOT_FINE
from surefoot.care.safety import answered, blocks, states, table
from surefoot.care.safety_values import Answer, SafetyProfile
from surefoot.clinic import assess, assess_ask, assess_gate, assess_words
from surefoot.clinic.ladder_deciding import suggest
from surefoot.clinic.ladder_kept import person_of, progress
from surefoot.clinic.scale_record import SUFFIX
from surefoot.clinic.store import audit, entries, people
from surefoot.clinic.store.values import REPLACED, Conflict, Identity, Store, StoreError
from surefoot.errors import CommandInvalid, ProtocolError, RecordingError

Run = Callable[..., tuple[int, str]]
TODAY = date.today()


@pytest.fixture
def p1(store_here: Store) -> Store:
    people_in(store_here, "P001", "P002")
    return store_here


@pytest.fixture
def run(p1: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command on the store's data folder: its code, and all that it said."""
    monkeypatch.setattr("surefoot.clinic.store.keys.find", lambda label: KEY)
    monkeypatch.setenv("SUREFOOT_BY", BY)
    monkeypatch.chdir(tmp_path)

    def go(*words: str) -> tuple[int, str]:
        code = cli.main([*words, "--data", str(p1.folder.parent)])
        told = capsys.readouterr()
        return code, told.out + told.err

    return go


# ---- Entries


def test_what_is_kept_comes_back_and_replaces_what_was_looked_at(p1: Store):
    first = assess.keep_profile(p1, "P001", assessing.ABOUT, DAY, by=BY)
    assert assess.profile(p1, "P001") == (assessing.ABOUT, first)
    assert assess.profile(p1, "P002") == (Profile(), None)
    second = assess.keep_profile(p1, "P001", Profile(79), DAY, by=BY, over=first)
    assert assess.profile(p1, "P001") == (Profile(79), second)
    assert entries.entries(p1, "P001", every=True)[0].state == REPLACED
    with pytest.raises(Conflict):
        assess.keep_profile(p1, "P001", Profile(80), DAY, by="T2", over=first)
    assess.keep_assessment(p1, "P001", assessing.SAID, DAY, by=BY, sources=[second.id])
    assert assess.assessments(p1, "P001") == ((DAY, assessing.SAID),)


def test_two_stations_that_change_one_safety_profile_meet(p1: Store):
    entry = assess.keep_safety(p1, "P001", assessing.SAFETY, DAY, by=BY)
    looked, over = assess.safety_profile(p1, "P001")
    assert (looked, over) == (assessing.SAFETY, entry)
    assess.keep_safety(p1, "P001", answered(looked, "wound", NOT_FINE, DAY), DAY, by="T2", over=over)
    with pytest.raises(Conflict, match="was changed by T2"):
        assess.keep_safety(p1, "P001", answered(looked, "vision", FINE, DAY), DAY, by=BY, over=over)
    assert assess.safety_profile(p1, "P001")[0].answers["wound"].state == NOT_FINE


def test_two_first_profiles_lose_no_answer(p1: Store):
    for name in ("wound", "vision"):
        assess.keep_safety(p1, "P001", answered(SafetyProfile(), name, FINE, DAY), DAY, by=BY)
    assert set(assess.safety_profile(p1, "P001")[0].answers) == {"wound", "vision"}


def test_the_weight_on_file_answers_for_the_foam(p1: Store):
    said = SafetyProfile({**all_fine().answers, "foam_weight": Answer(FINE, DAY - timedelta(days=2))})
    assess.keep_profile(p1, "P001", Profile(weight_kg=140), DAY, by=BY)
    assess.keep_safety(p1, "P001", said, DAY, by=BY)
    assert "mctsib" in assess.blocks(p1, "P001", DAY).tests
    assess.keep_safety(
        p1, "P001", answered(said, "foam_weight", FINE, DAY + timedelta(days=1), "a pad for 200 kg"),
        DAY + timedelta(days=1), by=BY,
    )  # fmt: skip
    assert "foam_weight" not in {one.block.answer for one in assess.blocks(p1, "P001", DAY + timedelta(days=1)).reasons}


def test_a_profile_kept_for_something_else_weighs_nobody_anew(p1: Store):
    light = Profile(weight_kg=100)
    first = assess.keep_profile(p1, "P001", light, DAY, by=BY)
    assess.keep_safety(p1, "P001", answered(all_fine(), "foam_weight", NOT_FINE, DAY + timedelta(2)), DAY, by=BY)
    assess.keep_profile(p1, "P001", replace(light, usual_pain=2), DAY + timedelta(3), by=BY, over=first)
    assert "foam-weight" in {one.block.id for one in assess.blocks(p1, "P001", DAY + timedelta(3)).reasons}


def test_months_and_history_are_kept_once_each_and_forget_no_fall(p1: Store):
    fell = falls.month("2026-02", DAY, [falls.Fall(date(2026, 2, 3))])
    for month in (fell, falls.month("2026-02", DAY), falls.month("2026-03", DAY)):
        assess.keep_month(p1, "P001", month, DAY, by=BY)
    assess.keep_history(p1, "P001", falls.History(DAY, 1), DAY, by=BY)
    assess.keep_history(p1, "P001", falls.History(DAY, 0), DAY, by=BY)
    told = assess.falls_of(p1, "P001")
    assert [(one.name, len(one.falls)) for one in told.months] == [("2026-02", 1), ("2026-03", 0)]
    assert told.history == falls.History(DAY, 0)
    with pytest.raises(RecordingError, match="has not been yet"):
        assess.keep_month(p1, "P001", falls.Month(date(2027, 1, 1), date(2027, 1, 31)), DAY, by=BY)
    fallen = DAY - timedelta(days=40)
    assess.keep_history(p1, "P001", falls.History(DAY, 2, None, None, fallen), DAY, by=BY)
    with pytest.raises(RecordingError, match=f"A fall on {fallen} is on file.*surefoot kept void"):
        assess.keep_history(p1, "P001", falls.History(DAY, 0), DAY, by=BY)
    kept = assess.keep_history(p1, "P001", falls.History(DAY, 3), DAY, by=BY)
    assert kept.document["last_fall"] == str(fallen)


def test_progression_hears_of_pain_falls_company_and_what_is_barred(p1: Store):
    ladder, tracks = load_ladder(), [("standing", side) for side in ("left", "right")]
    for track in tracks:
        suggest(p1, "P001", track, DAY, by=BY)
    nothing = person_of(p1, progress(p1, "P001"), tracks[0], DAY)
    assert (nothing.usual_pain, nothing.falls, nothing.barred) == (None, None, frozenset())
    assert {"new_symptoms", "consent_train"} <= set(nothing.unasked)
    assess.keep_profile(p1, "P001", assessing.ABOUT, DAY, by=BY)
    assess.keep_safety(p1, "P001", all_fine(but={"weight_bearing_left": NOT_FINE}), DAY, by=BY)
    assess.keep_history(p1, "P001", assessing.HISTORY, DAY, by=BY)
    left, right = (person_of(p1, progress(p1, "P001"), track, DAY, clinic=True) for track in tracks)
    assert (left.usual_pain, left.falls, left.company) == (2, (date(2026, 1, 9),), "clinic")
    assert ("base", "single-leg") in left.barred - right.barred
    assert not ladder.fits(ladder.task("none/single-leg"), left.company, left.barred)


def test_an_unknown_person_has_no_profile(p1: Store):
    with pytest.raises(StoreError, match="no P009"):
        assess.keep_profile(p1, "P009", Profile(), DAY, by=BY)


# ---- Asked one after the other, and typed


def interview(
    answers: dict[str, str], before: SafetyProfile | None = None, **how: Any
) -> tuple[SafetyProfile, list[str]]:
    """The profile after answers by the id of their question, Enter for every other; the questions that were asked."""
    asked: list[str] = []
    words = {one.ask: one.id for one in table().questions}

    def ask(question: str) -> str:
        name = next(words[text] for text in words if question.startswith(text))
        text = "" if name in asked else answers.get(name, "")
        asked.append(name)
        if text == "Ctrl-C":
            raise KeyboardInterrupt
        return text

    return assess_ask.interview(before or SafetyProfile(), DAY, ask, lambda text: None, **how), asked


def test_enter_leaves_a_question_not_asked():
    profile, asked = interview({})
    assert profile == SafetyProfile()
    assert asked == [one.id for one in table().questions]


def test_yes_and_no_mean_what_the_question_says():
    profile, asked = interview({
        "wound": "y left heel", "weight_bearing_left": "n", "half_weight_left": "y", "weight_bearing_right": "y",
        "insole_release": "y DR7", "foam_weight": "80,5", "orthostatic_drop": "140/80 121/79",
        "resting_heart_rate": "72", "vision": "maybe",
    })  # fmt: skip
    now = states(profile, DAY)
    assert now["wound"] == NOT_FINE
    assert profile.answers["wound"].note == "left heel"
    assert (now["weight_bearing_left"], now["half_weight_left"]) == (NOT_FINE, FINE)
    assert "half_weight_right" not in asked
    assert [now[name] for name in ("insole_release", "foam_weight", "orthostatic_drop", "resting_pressure")] == [
        FINE
    ] * 4
    assert profile.readings
    assert (profile.readings.standing_diastolic_mmhg, profile.readings.heart_rate_bpm) == (79, 72)
    assert asked.count("vision") == 2  # "maybe" is asked again, and then left
    assert now["vision"] == NOT_ASKED


def test_an_interview_that_ends_early_keeps_what_was_answered():
    for end in ("q", "Ctrl-C"):
        profile, asked = interview({"new_symptoms": "n", "instructions": "y", "precautions": end, "wound": "y"})
        assert set(profile.answers) == {"new_symptoms", "instructions"}
        assert asked[-1] == "precautions"


def test_enter_keeps_an_earlier_answer_and_a_dash_takes_it_back():
    profile, _ = interview({"vision": "-"}, all_fine(), every=True)
    assert states(profile, DAY)["vision"] == NOT_ASKED
    assert {name for name, state in states(profile, DAY).items() if state != FINE} == {"vision"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["wound"], "write NAME=fine"),
        (["wound=maybe"], "'maybe' is no answer to wound"),
        (["wound=fine", "wound=not-fine"], "gives wound twice"),
        (["insole_release=fine"], "needs a few words"),
    ],
)
def test_typed_answers_that_can_t_be_are_refused(words: list[str], says: str):
    with pytest.raises((CommandInvalid, ProtocolError), match=says):
        assess_ask.typed(SafetyProfile(), words, DAY)


def test_typed_answers_are_taken_in_either_spelling():
    words = ["wound=not-fine:left heel", "vision=Not Fine", "sensation=unknown", "insole_release=fine:DR7"]
    profile = assess_ask.typed(all_fine(), words, DAY)
    now = states(profile, DAY)
    assert [now[name] for name in ("wound", "vision", "sensation")] == [NOT_FINE, NOT_FINE, NOT_ASKED]
    assert profile.answers["wound"].note == "left heel"


@pytest.mark.parametrize("text", ["140", "140/80/70", "a/b", "1400/80"])
def test_half_a_pressure_is_none(text: str):
    with pytest.raises(CommandInvalid, match="is no blood pressure: write it as 140/80"):
        assess_ask.pressure(text)


# ---- The command


def test_a_whole_visit_from_the_command_line(run: Run, p1: Store):
    month = f"{TODAY:%Y-%m}"
    assert run("assess", "profile", "--person", "P001", "--age", "78", "--weight-kg", "71")[0] == 0
    code, said = run("assess", "profile", "--person", "P001", "--usual-pain", "2", "--pain-site", "left knee")
    assert (code, said) == (
        0,
        "P001: age 78, sex not known, height not known, 71 kg; usual pain 2 of 10 (left knee).\n",
    )
    fine = [f"{one.id}=fine:T1" for one in table().questions if one.id != "wound" and one.reading is None]
    code, said = run("assess", "safety", "--person", "P001", "--answer", *fine, "--pressure", "140/80", "132/78",
                     "--heart-rate", "72")  # fmt: skip
    assert code == 0
    assert " ?  wound: not asked" in said
    assert "Tests blocked: none.\nAlso blocked: the insoles." in said
    code, said = run("assess", "falls", "--person", "P001", "--history", "1", "--last-fall", str(TODAY - timedelta(60)),
                     "--month", month, "--near-fall", f"{TODAY},caught,activity=turning")  # fmt: skip
    assert code == 0
    assert f"{TODAY}: near-fall; caught by somebody; turning" in said
    code, said = run("assess", "visit", "--person", "P001", "--pain-before", "2", "--steadiness", "2", "--aid", "none")
    assert code == 0
    assert "steadiness: 2 of 5, swayed a little" in said
    assert "not asked: confidence, exertion, assistance" in said
    code, said = run("assess", "visit", "--person", "P001", "--pain-after", "3")
    assert "pain: 2 before, 3 after, of 10\n  steadiness: 2 of 5" in said
    code, said = run("assess", "falls", "--person", "P001", "--month", month, "--fall", f"{TODAY}")
    code, said = run("assess", "falls", "--person", "P001", "--month", month, "--no-falls")
    assert said.startswith("No more falls, then: what was told of that month before stays")
    assert f"{month}  1 fall, 1 near-fall" in said
    code, said = run("assess", "show", "--person", "P001", "--json")
    told = json.loads(said)
    assert (told["blocked"]["tests"], told["blocked"]["things"]) == ([], ["insoles"])
    assert [(one["answer"], one["state"]) for one in told["reasons"]] == [("wound", NOT_ASKED)]
    assert told["states"]["foam_weight"] == FINE
    assert told["profile"] == {
        "format": 1,
        "age_years": 78,
        "weight_kg": 71.0,
        "usual_pain": 2,
        "pain_site": "left knee",
    }
    assert (told["visit"]["steadiness"], told["falls"]["days_reported"]) == (2, TODAY.day)
    # Every entry keeps who wrote it, and the older profile is still there.
    every = entries.entries(p1, "P001", every=True)
    assert {one.by for one in every} == {BY}
    assert [one.state for one in every if one.kind == "profile"] == [REPLACED, "live"]


def test_the_age_is_of_the_day_by_the_birth_date_where_it_is_known(run: Run, p1: Store):
    assess.keep_profile(p1, "P001", replace(assessing.ABOUT, age_years=50), DAY, by=BY)
    assert assess.profile_on(p1, "P001", DAY).age_years == 50
    people.set_identity(p1, "P001", Identity("Example", "Ana", TODAY.replace(year=TODAY.year - 70, day=1)), by=BY)
    assert assess.profile_on(p1, "P001", TODAY).age_years == 70
    assert assess.profile_on(p1, "P001", TODAY.replace(day=1) - timedelta(days=1)).age_years == 69
    for word in ("show", "profile"):
        assert "age 70" in run("assess", word, "--person", "P001")[1]
    told = "The birth date on file says 70, so 71 doesn't count."
    assert told in run("assess", "profile", "--person", "P001", "--age", "71")[1]
    assert "birth date" not in run("assess", "profile", "--person", "P001", "--age", "70")[1]


def test_show_says_why_what_lifts_it_and_what_is_not_asked(run: Run, p1: Store):
    off = {"weight_bearing_right": NOT_FINE, "vision": NOT_ASKED}
    assess.keep_safety(p1, "P001", all_fine(TODAY, off), TODAY, by=BY)
    code, said = run("assess", "show", "--person", "P001")
    assert code == 0
    assert "- weight_bearing_right: restricted weight-bearing on the right leg (T1)" in said
    assert "lifted by: a clinician gives the right leg free for full weight [our choice; D]" in said
    assert "Not asked yet, 1 answer, and until then:\n- vision: Do they see well enough" in said
    assert "blocks foam tests, tandem-walk; on ladders from foam (surface)" in said
    assert "On the right leg as well: single-leg-stance, steadi-4-stage." in said
    assert "The twelve months before: not asked." in said
    assert all(len(line) < 400 for line in said.splitlines())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "--person", "P009"), "There is no P009 in this store"),
        (("profile", "--person", "P001", "--weight-kg", "500"), "weight of 500 kg can't be"),
        (("visit", "--person", "P001", "--pain-before", "11"), "Pain before goes from 0 to 10"),
        (("visit", "--person", "P001"), "Nothing was said"),
        (("visit", "--person", "P001", "--pain-site", "knee"), "--pain-site goes with"),
        (("visit", "--person", "P001", "--confidence", "5", "--abc", "x"), "give one of them"),
        (("visit", "--person", "P001", "--medication-min", "-5"), "can't be"),
        (("falls", "--person", "P001", "--month", "2099-01", "--no-falls"), "2099-01 has not been yet"),
        (("falls", "--person", "P001", "--month", "2026-01"), "What was in 2026-01"),
        (("falls", "--person", "P001", "--no-falls"), "Of which month"),
        (("falls", "--person", "P001", "--injurious", "1"), "go with --history"),
        (("falls", "--person", "P001", "--month", "2026-01", "--no-falls", "--fall", "2026-01-02"), "contradict"),
        (("falls", "--person", "P001", "--month", "2026-01", "--fall", "2026-01-02,where=bed"), "can't be read"),
        (("falls", "--person", "P001", "--month", "2026-01", "--fall", "soon"), "The day soon is no day"),
        (("safety", "--person", "P001", "--json"), "no terminal here to ask at"),
        (("show", "--person", "P001", "--on", "2099-01-01"), "still to come"),
    ],
)
def test_what_can_t_be_is_refused_and_nothing_is_kept(run: Run, p1: Store, words: tuple[str, ...], says: str):
    code, said = run("assess", *words)
    assert code == 1
    assert says in said
    assert entries.entries(p1, every=True) == ()


def test_confidence_can_be_an_abc_scale_of_that_person(run: Run, tmp_path: Path):
    path = tmp_path / f"abc{SUFFIX}"
    for person, items in (("P001", 16), ("P002", 16), ("P001", 15)):
        rows = [{"item": str(n), "state": "rated", "value": 70 if n > 8 else 80} for n in range(1, items + 1)]
        path.write_text(json.dumps(scale(person, rows)))
        code, said = run("assess", "visit", "--person", "P001", "--abc", str(path))
        assert (code, person == "P001" and items == 16) in ((0, True), (1, False)), said
        expected = "confidence: 75 of 100, by the ABC scale" if code == 0 else f"{path}"
        assert expected in said


def scale(person: str, rows: list[dict[str, object]]) -> dict[str, object]:
    from surefoot.care.scale_answers import RATED, Answer
    from surefoot.care.scales import load_scale
    from surefoot.clinic.scale_record import COMPLETE, Sheet, written

    abc = load_scale("abc")
    sheet = Sheet(person, abc, str(DAY), f"{DAY}T10:00:00Z")
    return written(sheet, {str(one["item"]): Answer(RATED, float(str(one["value"]))) for one in rows}, COMPLETE)


# ---- Before a test and a cue


def gate(data: Path, test: str, person: str = "P001", despite: str | None = None, insoles: bool = False) -> list[str]:
    said: list[str] = []
    assess_gate.before_test(data, person, test, TODAY, by=lambda: BY, despite=despite, insoles=insoles, say=said.append)
    return said


def test_a_blocked_test_goes_on_only_with_a_reason_that_is_kept(run: Run, p1: Store):
    data = p1.folder.parent
    off = {"heart_event": NOT_FINE, "wound": NOT_FINE, "weight_bearing_left": NOT_FINE, "vision": NOT_ASKED}
    assess.keep_safety(p1, "P001", all_fine(TODAY, off), TODAY, by=BY)
    assert gate(data, "quiet-stance") == []
    with pytest.raises(assess_gate.Blocked, match=r"blocks walk-6min\. No six-minute walk .* --despite"):
        gate(data, "walk-6min", despite=" ")
    with pytest.raises(assess_gate.Blocked, match=r"blocks mctsib\. Not asked: vision \(`surefoot assess safety"):
        gate(data, "mctsib")
    with pytest.raises(assess_gate.Blocked, match="No insole in a shoe over an open wound"):
        gate(data, "quiet-stance", insoles=True)
    (one_leg,) = gate(data, "single-leg-stance")
    assert one_leg.startswith("Safety: not on the left leg.")
    with pytest.raises(assess_gate.Blocked, match="181 letters: keep it to 180"):
        gate(data, "walk-6min", despite="x" * 181)
    assert audit.log(p1, "P001")[-1].action == "add person"
    said = gate(data, "walk-6min", despite="seen by DR7 today")
    assert said
    assert said[0].startswith("Safety, gone on despite it: No six-minute walk")
    noted = audit.log(p1, "P001")[-1]
    assert (noted.action, noted.by) == ("override", BY)
    assert "heart-event-effort" in noted.what
    assert noted.what.endswith("seen by DR7 today")


def test_what_blocks_no_test_is_said_before_it(run: Run, p1: Store):
    weak = answered(
        all_fine(TODAY, {"sensation": NOT_FINE, "first_wear": NOT_ASKED}), "affected_side", NOT_FINE, TODAY, "left"
    )
    assess.keep_safety(p1, "P001", weak, TODAY, by=BY)
    guard = "Safety: Stand slightly behind the person and to the weaker side. (left)"
    assert gate(p1.folder.parent, "quiet-stance") == [guard]
    said = gate(p1.folder.parent, "quiet-stance", insoles=True)
    assert said == [guard, "Safety: First wear 15 minutes at most; look at the skin before and after. (T1)"]


def test_a_test_of_one_s_own_is_blocked_by_what_blocks_every_test(run: Run, p1: Store):
    data = p1.folder.parent
    assess.keep_safety(p1, "P001", all_fine(TODAY, {"heart_event": NOT_FINE}), TODAY, by=BY)
    assert gate(data, "my-test") == []
    _, entry = assess.safety_profile(p1, "P001")
    assess.keep_safety(p1, "P001", all_fine(TODAY, {"new_symptoms": NOT_ASKED}), TODAY, by=BY, over=entry)
    with pytest.raises(assess_gate.Blocked, match="Not asked: new_symptoms"):
        gate(data, "my-test")


def test_nothing_is_said_of_somebody_of_whom_nothing_is_known(run: Run, p1: Store, tmp_path: Path):
    assert gate(tmp_path / "elsewhere", "bess") == []
    assert gate(p1.folder.parent, "bess", person="P777") == [
        "Safety: P777 isn't in the clinic's store, so nothing was asked. Is the code right?"
    ]
    assert assess_gate.cue(p1.folder.parent, "P777", TODAY, feedback=False) is None


def test_record_and_walk_cue_ask_the_safety_profile_first(run: Run, p1: Store, tmp_path: Path):
    walk = ("record", "--protocol", "walk-6min", "--person", "P001", "--by-hand", "--typed", "distance_m=400")
    code, said = run(*walk, "--out", str(tmp_path / "a"))
    assert code == 1
    assert "The safety profile of P001 blocks walk-6min." in said
    assert not (tmp_path / "a").exists()
    code, said = run(*walk, "--out", str(tmp_path / "b"), "--despite", "seen by DR7")
    assert code == 0
    assert "Metres in 6 minutes: 400.00 m" in said
    code, said = run("walk", "cue", "--person", "P001", "--cadence", "90")
    assert code == 1
    assert "No cue by the safety profile." in said
    assert "`surefoot assess safety --person P001 --for metronome` asks what is missing." in said
    assert blocks(all_fine(), DAY).reasons == ()


def test_what_may_be_tested_is_named_by_area_with_its_last_day():
    off = all_fine(but={"stands_alone": NOT_FINE, "walks_alone": NOT_FINE})
    strength, motion, other = assess_words.test_lines(blocks(off, DAY), {"sit-to-stand-5": DAY})
    assert strength == f"May be tested, strength: sit-to-stand-30s, sit-to-stand-5 (last {DAY})."
    assert motion == "May be tested, range of motion: range-of-motion-knee."
    assert other == "May be tested, balance and walking: nothing."
    every = assess_words.test_lines(blocks(all_fine(), DAY), {})
    assert sum(line.count(",") for line in every) == len(table().all_tests)


def test_words_name_groups_and_every_test_as_such():
    rows = {row.id: row for row in table().blocks}
    assert assess_words.blocked_by(rows["symptoms-stop"]).startswith("every test; ")
    assert assess_words.blocked_by(rows["side-guard"]) == ""
    assert assess_words.blocked_by(rows["swelling-first-wear"]) == "wearing the insoles for more than 15 min"
    assert assess_words.blocked_by(rows["helper-company"]) == "at home more company than 'corner'"
