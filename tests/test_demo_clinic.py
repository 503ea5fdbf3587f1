# SPDX-License-Identifier: MIT
"""`surefoot demo clinic`: real firmware, real rules, every page; simulated and said so; never over anybody else's."""

from __future__ import annotations

import html
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from surefoot import cli
from surefoot.clinic.kept_command import entry_line
from surefoot.clinic.store import entries, opening
from surefoot.clinic.store.checking import problems
from surefoot.clinic.store.keys import Key
from surefoot.clinic.store.opening import open_store
from surefoot.clinic.store.people import identity_of, people
from surefoot.clinic.store.values import LIVE, VOID, Store
from surefoot.clinic.walks_folder import walker_of, walks_folder
from surefoot.demo_clinic import boards, days, making, pages, told
from surefoot.demo_clinic import people as cast
from surefoot.demo_walk import world_of
from surefoot.errors import RecordingError

pytestmark = pytest.mark.usefixtures("terminal")
WEEKS = 2
# No walks, which have tests of their own, and who loses balance soon is tested quickly.
FELL = replace(cast.PEOPLE[1], test="sppb-balance", walk="", skill=(3.4, 3.5), stories=(cast.FALL, cast.VOID))
OTHER = replace(cast.PEOPLE[3], test="sppb-balance", skill=(1.0, 1.5), stories=())
SMALL = (FELL, OTHER)


@pytest.fixture(scope="module")
def terminal() -> None:
    pytest.importorskip("termios", reason="no pseudo terminals on Windows")


def demo(out: Path, *words: str) -> int:
    """The demo of the small cast in this process, its boards as they are, without the slow pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "chosen", lambda many: SMALL[:many])
        patch.setattr("os.cpu_count", lambda: 1)
        patch.setattr("surefoot.output.report._pictures", lambda *_: [])
        return cli.main(["demo", "clinic", "--out", str(out), "--weeks", str(WEEKS), "--people", "2", *words])


@pytest.fixture(scope="module")
def made(terminal: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "clinic"
    assert demo(out) == 0
    return out


@pytest.fixture(scope="module")
def kept(made: Path) -> Iterator[Store]:
    passphrase = (made / making.PASSPHRASE).read_text().strip()
    with open_store(made, key=Key(passphrase=passphrase)) as store:
        yield store


# -- what is in it --


def test_tests_are_the_firmwares_and_marked_as_simulated(made: Path, kept: Store):
    assert people(kept) == ("P002", "P004")
    trials = entries.entries(kept, kind="trial", every=True)
    assert len(list((made / boards.SESSIONS).rglob("*.sfr"))) == len(trials) >= 5
    assert all(one.document["simulated"] for one in trials)
    results = entries.entries(kept, "P002", "result")
    assert [one.on for one in results] == sorted(cast.visit_days(FELL, WEEKS))
    assert all(one.document["simulated"] for one in results)
    held = [trial["held_s"] for one in results for trial in one.document["trials"]]
    assert max(held) == 10
    assert min(held) < 10, "at this skill tandem is beyond them: a step ends it"


def test_a_fall_told_in_a_diary_locks_training_until_a_named_clinician_opens_it(kept: Store):
    diaries = entries.entries(kept, "P002", "diary")
    fell = [date.fromisoformat(day["day"]) for one in diaries for day in one.document["days"] if day.get("falls")]
    assert len(fell) == 1
    decisions = entries.entries(kept, "P002", "decision")
    stops = [one for one in decisions if one.document.get("outcome") == "stop"]
    (opened,) = [one for one in decisions if one.document["what"] == "opened"]
    assert stops
    assert min(one.on for one in stops) > fell[0]
    assert opened.document["by"] == "PT7"
    assert opened.on > max(one.on for one in stops)
    trained = [one.on for one in entries.entries(kept, "P002", "training")]
    assert not [on for on in trained if stops[0].on <= on < opened.on], "nobody trains while it is locked"


def test_a_voided_trial_has_its_reason_and_its_result_was_computed_anew(kept: Store):
    (gone,) = [one for one in entries.entries(kept, "P002", "trial", every=True) if one.state == VOID]
    assert gone.reason
    result = next(one for one in entries.entries(kept, "P002", "result") if one.on == gone.on)
    assert gone.id not in result.sources
    assert result.state == LIVE
    assert len(result.document["trials"]) == len(result.sources)


def test_whoever_trained_told_of_that_day_and_nobody_trains_at_home_on_the_day_of_a_visit(kept: Store):
    for member in SMALL:
        diaries = entries.entries(kept, member.code, "diary")
        of = {day["day"] for one in diaries for day in one.document["days"]}
        trained = {str(one.on) for one in entries.entries(kept, member.code, "training")}
        assert trained
        assert trained <= of
        assert trained.isdisjoint(map(str, cast.visit_days(member, WEEKS)))


def test_the_store_is_whole(kept: Store):
    assert problems(kept) == ()


def test_plans_follow_the_ladder_and_unreported_days_stay_unreported(kept: Store):
    for member in SMALL:
        found = entries.last(kept, member.code, "plan")
        assert found is not None
        assert any(one["kind"] == "task" for one in found.document["items"])
    told = [day["day"] for one in entries.entries(kept, kind="diary") for day in one.document["days"]]
    assert 0 < len(told) < 2 * 7 * WEEKS


def test_names_are_in_the_store_and_on_named_papers_alone(made: Path, kept: Store):
    found = identity_of(kept, "P002", by="T1", why="a test")
    assert found is not None
    assert found.family_name == "Beispiel"
    texts = {path.name: path.read_text("utf-8") for path in made.rglob("*.html")}
    assert [name for name, text in texts.items() if "Beispiel" in text] == ["letter-P002.html"]


# -- its pages --


def test_the_index_links_every_page_and_each_says_that_it_is_simulated(made: Path):
    index = (made / making.INDEX).read_text("utf-8")
    linked = {made / path for path in re.findall(r'href="([^"]+)"', index)}
    assert {path for path in linked if not path.is_file()} == set()
    written = {path for path in made.rglob("*") if path.suffix in (".html", ".pdf")} - {made / making.INDEX}
    assert linked == written
    for path in written:
        if path.suffix == ".html":
            said = [path.read_text("utf-8").count(f">{one}<") for one in pages.marks()]
            assert sum(said) == 1, (path.name, said)
    kinds = {path.name.rpartition("-P00")[0] for path in written if path.parent.name == "P002"}
    assert {"plan", "diary", "my-week", "screens", "note", "report", "discharge", "letter"} <= kinds
    assert pages.MARK in index


def test_the_screen_says_why_training_is_stopped_or_goes_on(made: Path):
    text = (made / pages.FOLDER / "P002" / "screens-P002.html").read_text("utf-8")
    assert "surefoot ladder show --person P002" in text
    assert "stands at" in text
    assert "somebody spoke to the person" in text, "the audit log says why a trial was taken back"


def test_commands_on_the_screen_page_print_what_stands_there(made: Path, kept: Store, capsys: Any):
    @contextmanager
    def open_store(*_: object, **__: object) -> Iterator[Store]:
        yield kept

    text = (made / pages.FOLDER / "P002" / "screens-P002.html").read_text("utf-8")
    shown = re.findall(r"<h2><code>surefoot (.*?)</code></h2>\s*<pre>(.*?)</pre>", text, re.S)
    assert {words.split()[0] for words, _ in shown} == {"ladder", "assess", "diary", "goal", "minutes", "store", "kept"}
    for words, printed in shown:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(opening, "open_store", open_store)
            capsys.readouterr()
            assert cli.main(shlex.split(html.unescape(words))) == 0, words
        out, there = capsys.readouterr().out.strip(), html.unescape(printed).strip()
        assert out.startswith(there) if words.startswith("store audit") else out == there, words


def test_the_list_of_what_is_kept_tells_one_decision_from_the_other(kept: Store):
    told = [entry_line(one) for one in entries.entries(kept, "P002", "decision")]
    assert any("(standing left" in one and "stop red-flag)" in one for one in told)
    assert any("(opened)" in one for one in told)


def test_the_course_on_the_ladders_tells_of_the_fall_and_of_the_opening(made: Path):
    text = (made / pages.FOLDER / "P002" / "screens-P002.html").read_text("utf-8")
    rows = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", text)]
    decided = [(row[2], row[3]) for row in rows if row]
    assert decided.index(("stop", "red-flag")) < decided.index(("opened", "PT7"))


def test_the_index_shows_how_commands_are_put_on_that_store(made: Path):
    text = html.unescape((made / making.INDEX).read_text("utf-8"))
    (typed,) = re.findall(r"export (SUREFOOT_DATA=.*?); surefoot caseload --on ([-0-9]+)", text)
    named = dict(one.split("=", 1) for one in shlex.split(typed[0]))
    assert named == {"SUREFOOT_DATA": str(made), "SUREFOOT_PASSPHRASE_FILE": str(made / making.PASSPHRASE)}
    assert date.fromisoformat(typed[1]) == cast.last_day(WEEKS)


def test_the_page_of_the_last_test_counts_from_the_same_visits_as_the_note(made: Path):
    page = next((made / boards.SESSIONS / "P004").rglob("report.html")).read_text("utf-8")
    note = (made / pages.FOLDER / "P004" / "note-P004.html").read_text("utf-8")
    for day in cast.visit_days(OTHER, WEEKS)[:2]:
        assert f">{day}<" in page
    found = [re.findall(r"([\d.]+) before(?:,| and) ([\d.]+) now", text)[0] for text in (page, note)]
    assert found[0] == found[1]


# -- again, and beside others --


def test_the_same_seed_gives_the_same_people_and_numbers(made: Path, tmp_path: Path):
    skill = [boards.stand_of(FELL, 1002, 4.0).world.person.major.amplitude.sum() for _ in range(2)]
    assert skill[0] == skill[1]
    first = cast.visit_days(FELL, WEEKS)[:1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boards, "visit_days", lambda member, weeks: first)
        boards.on_boards(FELL, tmp_path, WEEKS, 1)
    again = sorted((tmp_path / boards.SESSIONS).rglob("*.sfr"))
    assert again
    assert all(path.read_bytes() == (made / path.relative_to(tmp_path)).read_bytes() for path in again)


def copy(made: Path, out: Path, *names: str) -> Path:
    for name in names:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes((made / name).read_bytes())
    return out


def test_an_earlier_demo_makes_room_and_what_else_lies_there_stays(made: Path, tmp_path: Path):
    recording = next((made / boards.SESSIONS).rglob("*.sfr")).relative_to(made).as_posix()
    out = copy(made, tmp_path, making.MARKER, making.INDEX, making.PASSPHRASE, recording)
    (out / "notes.txt").write_text("mine")
    making.clear(out)
    assert [path.name for path in out.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", ["index.html", "clinic/clinic.db", "sessions/a/01.sfr", "walks/P001/a.sfr"])
def test_nothing_of_anybody_elses_is_ever_cleared(tmp_path: Path, name: str, capsys: Any):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("somebody's")
    assert demo(tmp_path) == 1
    assert "choose another --out" in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "somebody's"


@pytest.mark.parametrize("folder", ["clinic/recordings/ab", "sessions/P001/x", "walks/P001"])
def test_a_real_recording_in_a_demos_folder_keeps_it(made: Path, tmp_path: Path, folder: str, capsys: Any):
    out = copy(made, tmp_path, making.MARKER, making.INDEX)
    (out / folder).mkdir(parents=True)
    (out / folder / "real.sfr").write_bytes(b'surefoot recording 1\n{"simulated": false}')
    assert demo(out) == 1
    assert "real.sfr is not of a demo" in capsys.readouterr().err
    assert (out / making.INDEX).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--people", "0"), "this clinic has 1 to 20"),
        (("--people", "21"), "this clinic has 1 to 20"),
        (("--weeks", "1"), "give 2 to 26"),
        (("--seed", "-1"), "from 0 on"),
    ],
)
def test_what_can_not_be_is_said(tmp_path: Path, words: tuple[str, ...], said: str, capsys: Any):
    assert demo(tmp_path / "out", *words) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("cut", "code"), [(KeyboardInterrupt(), 130), (RecordingError("01.sfr can't be written: the disk is full."), 1)]
)
def test_cut_short_it_leaves_a_sentence_and_can_begin_anew(tmp_path: Path, cut: BaseException, code: int, capsys: Any):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boards, "on_boards", lambda *_: (_ for _ in ()).throw(cut))
        assert demo(tmp_path) == code
    said = capsys.readouterr()
    assert "is not whole: run it again" in said.out
    assert json.loads((tmp_path / making.MARKER).read_text())["kind"] == making.KIND
    making.clear(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_was_stopped_begins_nothing_more(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(making, "_stopped", False)
    assert making._call((len, "abc")) == 3
    with pytest.raises(SystemExit):
        making._stop()
    making._stop()  # the second one finds it on its way out
    with pytest.raises(SystemExit):
        making._call((len, "abc"))


def squared(number: int) -> int:
    return number * number


def test_several_processes_give_what_one_gives_in_order(monkeypatch: pytest.MonkeyPatch):
    for processors in (1, 2):
        monkeypatch.setattr("os.cpu_count", lambda many=processors: many)
        assert list(making._by_processes(squared, [3, 1, 2])) == [9, 1, 4]


# -- the cast --


def test_everybody_is_somebody_else_and_nobody_real():
    assert len({one.code for one in cast.PEOPLE}) == len(cast.PEOPLE) == cast.MOST
    assert [one.number for one in cast.PEOPLE] == list(range(1, cast.MOST + 1))
    assert len({(one.family, one.given) for one in cast.PEOPLE}) == cast.MOST
    assert {one.family for one in cast.PEOPLE} >= {"Müller-Žižek", "例子", "مثال"}
    for one in cast.PEOPLE:
        first, middle, last = cast.visit_days(one, 12)
        assert first < middle < last <= cast.last_day(12)
        assert {day.weekday() for day in (first, middle, last)} <= set(range(5))
        assert one.born.year in (2026 - one.years, 2025 - one.years)


@pytest.mark.parametrize("weeks", [making.WEEKS_LEAST, 3, 12, cast.WEEKS_MOST])
def test_who_falls_has_trained_before_and_is_told_of_it_in_time(weeks: int):
    for one in (one for one in cast.PEOPLE if {cast.FALL, cast.LATE} & {*one.stories}):
        first, _, last = cast.visit_days(one, weeks)
        fell = cast.fall_day(one, weeks)
        assert fell is not None
        between = [first + timedelta(days=n) for n in range(1, (fell - first).days)]
        assert any(day.weekday() in days.TRAINING for day in between)
        monday = fell + timedelta(days=7 - fell.weekday())
        assert monday <= last, "the week's diary is typed before the last visit"


@pytest.mark.parametrize("weeks", [making.WEEKS_LEAST, 3, 4, 12, cast.WEEKS_MOST])
def test_nobody_walks_for_the_clinic_while_a_fall_keeps_training_locked(weeks: int):
    for one in (one for one in cast.PEOPLE if one.walk):
        first, second = boards.walk_days(one, weeks)
        assert cast.visit_days(one, weeks)[0] < first < second < cast.visit_days(one, weeks)[2]
        fell = cast.fall_day(one, weeks)
        assert fell is None or second <= fell or (second - fell).days >= boards.LOCKED_DAYS


def test_walks_keep_the_goal_of_the_plan_and_what_was_said_on_that_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    one, folder = cast.PEOPLE[4], walks_folder(tmp_path, cast.PEOPLE[4].code)

    def logged(world: Any, out: Path, code: str, seed: int, seconds: float, begun: Any) -> str:
        (folder / f"f00d-{begun:%d}.sfr").write_bytes(b"")
        return f"f00d-{begun:%d}"

    monkeypatch.setattr("surefoot.demo_walk.logged", logged)
    monkeypatch.setattr("surefoot.demo_walk.world_of", lambda *_: SimpleNamespace(person=SimpleNamespace(height_m=1.7)))
    monkeypatch.setattr("surefoot.output.walk_sync_keep.analyse", lambda *_: None)
    boards._walks(one, tmp_path, 12, 1)
    assert walker_of(tmp_path, one.code).goal == told.goal(one, 12, None)
    (said,) = [json.loads(path.read_text("utf-8")) for path in folder.glob("*.said.json")]
    assert said["said_utc"][:10] == str(boards.walk_days(one, 12)[1])
    assert said["pain_before"] == one.drawn.usual_pain


def test_the_weak_side_that_was_asked_for_is_the_one_that_walks_so():
    one = next(one for one in cast.PEOPLE if "affected_side" in one.not_fine)
    assert {boards.weak_side(one, seed) for seed in range(9)} == {"left", "right"}
    world = world_of(one.walk, boards.seed_of(one, 1), 0.85, 16.0)
    assert told.safety(one, cast.BEGIN, boards.weak_side(one, 1)).answers["affected_side"].note == world.walked.worse


def test_a_visit_while_training_is_locked_trains_nothing_and_one_without_does_as_its_ladders_say():
    tasks = {"standing": ["Stand so"], "walking": ["Walk"]}
    locked, open_ = (told.visit(FELL, 3, tasks, "", one).activities for one in (True, False))
    assert [one.what for one in locked] == ["talk", "test", "other", "talk"]
    assert [one.what for one in open_] == ["talk", "test", "balance", "gait", "talk"]
    rising = told.visit(OTHER, 3, {"standing": ["Stand so"], "strength": ["Rise"]}, "", False).activities
    assert [one.what for one in rising] == ["talk", "test", "balance", "functional", "talk"]
    for found in (locked, open_, rising):
        assert all(one.stop <= after.start for one, after in pairwise(found))


def test_a_week_is_read_on_a_monday_of_a_visit_too(monkeypatch: pytest.MonkeyPatch):
    one = cast.PEOPLE[4]
    course, read = days._course(one, 12, 1), []
    for name in ("visited", "_reopen", "_monday", "_train"):
        monkeypatch.setattr(days, name, lambda *_: None)
    monkeypatch.setattr(days, "_read", lambda store, course, day, by: read.append(day))
    for n in range(84):
        days._day(None, course, cast.BEGIN + timedelta(days=n), Path())  # pyright: ignore[reportArgumentType]
    assert set(cast.visit_days(one, 12)[1:]) <= set(read)
    assert len(read) == 11


def test_what_nearly_was_a_fall_in_the_diary_is_one_in_the_calendar(monkeypatch: pytest.MonkeyPatch):
    course, kept_months = days._course(OTHER, 12, 1), []
    course.nearly += [date(2026, 2, 27), date(2026, 3, 1)]
    monkeypatch.setattr(days.assess, "keep_month", lambda store, code, month, *_, **__: kept_months.append(month))
    days._calendar(None, course, date(2026, 3, 2), "PT1")  # pyright: ignore[reportArgumentType]
    assert [[one.on.day for one in month.near_falls] for month in kept_months] == [[27], [1]]


def test_a_call_to_whom_nothing_came_from_reads_no_diary():
    assert "no diary" in days._called(silent=True, locked=False).activity
    assert "stopped" in days._called(silent=False, locked=True).decision
    assert "ladder" in days._called(silent=False, locked=False).decision


def test_skill_goes_from_the_first_to_the_last_and_sway_with_it():
    one = cast.PEOPLE[0]
    assert (one.skill_on(0.0), one.skill_on(1.0)) == one.skill
    sway = [boards.stand_of(one, 7, skill).world.person.major.rms for skill in (3.0, 5.0, 20.0)]
    assert sway[0] > sway[1] > sway[2] > 0


def test_a_clock_says_what_it_was_set_to():
    clock = days.Clock()
    clock.set(date(2026, 1, 5), 8 * 60 + 25)
    assert clock() == "2026-01-05T08:25:00Z"
