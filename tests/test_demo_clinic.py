# SPDX-License-Identifier: MIT
"""`surefoot demo clinic`: real firmware, real rules, every page; simulated and said so; never over anybody else's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from surefoot import cli
from surefoot.clinic.store import entries
from surefoot.clinic.store.checking import problems
from surefoot.clinic.store.keys import Key
from surefoot.clinic.store.opening import open_store
from surefoot.clinic.store.people import identity_of, people
from surefoot.clinic.store.values import LIVE, VOID, Store
from surefoot.demo_clinic import boards, days, making, pages
from surefoot.demo_clinic import people as cast

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
            assert pages.MARK in path.read_text("utf-8"), path.name
    kinds = {path.name.rpartition("-P00")[0] for path in written if path.parent.name == "P002"}
    assert {"plan", "diary", "my-week", "screens", "note", "report", "discharge", "letter"} <= kinds
    assert pages.MARK in index


def test_the_screen_says_why_training_is_stopped_or_goes_on(made: Path):
    text = (made / pages.FOLDER / "P002" / "screens-P002.html").read_text("utf-8")
    assert "surefoot ladder show --person P002" in text
    assert "stands at" in text
    assert "somebody spoke to the person" in text, "the audit log says why a trial was taken back"


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


def test_stopped_it_leaves_a_sentence_and_can_begin_anew(tmp_path: Path, capsys: Any):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boards, "on_boards", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert demo(tmp_path) == 130
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
        fell = days._falls_on(days._course(one, weeks, 1))
        between = [first + timedelta(days=n) for n in range(1, (fell - first).days)]
        assert any(day.weekday() in days.TRAINING for day in between)
        monday = fell + timedelta(days=7 - fell.weekday())
        assert monday <= last, "the week's diary is typed before the last visit"


def test_skill_goes_from_the_first_to_the_last_and_sway_with_it():
    one = cast.PEOPLE[0]
    assert (one.skill_on(0.0), one.skill_on(1.0)) == one.skill
    sway = [boards.stand_of(one, 7, skill).world.person.major.rms for skill in (3.0, 5.0, 20.0)]
    assert sway[0] > sway[1] > sway[2] > 0


def test_a_clock_says_what_it_was_set_to():
    clock = days.Clock()
    clock.set(date(2026, 1, 5), 8 * 60 + 25)
    assert clock() == "2026-01-05T08:25:00Z"
