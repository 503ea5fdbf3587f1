# SPDX-License-Identifier: MIT
"""`surefoot walk sync` end to end on one virtual board: by button, with the cable pulled, for another person, on the
cable; and what it asks and tells."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from surefoot import cli
from surefoot.clinic import log_fetch, walk_said
from surefoot.clinic.log_fetch import Wanted
from surefoot.clinic.walk_live import LOOK_S, SETTLED_S, StepCounter, walk_live
from surefoot.clinic.walk_values import Goal, KeptWalk, Said, Walker
from surefoot.clinic.walks_folder import walker_of, walks_of
from surefoot.device import logs
from surefoot.device.framer import Framer
from surefoot.device.link import Link, open_link
from surefoot.device.logs import LogEntry, LogList
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.walkers.walker import walker
from surefoot.device.virtual.walkers.world import WalkWorld
from surefoot.errors import CommandInvalid, DeviceLost, NoReply, RecordingError
from surefoot.output.walk_plain import walk_problem
from surefoot.output.walk_sync_board import bring
from surefoot.output.walk_sync_words import time_words, walk_lines
from surefoot.recording import MAGIC, read

WALKED_S, LOGGED_S, LIVE_S = 60.0, 20.0, 14.0
SAID = "steadiness=4,pain_before=1,pain_after=2,exertion=3,note=wet, cold hands"


@dataclass(frozen=True)
class Answer:
    """What one call of the command came to."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> dict[str, Any]:
        return json.loads(self.out)


def call(*words: str) -> Answer:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(["walk", "sync", *words])
    return Answer(code, out.getvalue(), err.getvalue())


def no_pages(data: Path, person: str, now: Any = None) -> tuple[Path, Path]:
    """Pages have tests of their own, and take their time."""
    return data / "patient.html", data / "therapist.html"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A day at one board, in the board's own time: each call of the command by what happened before it."""
    pytest.importorskip("termios", reason="no pseudo terminals on Windows")
    data = tmp_path_factory.mktemp("data")
    world = WalkWorld(walker("level", 5, WALKED_S, lead_s=2.0, fixed={"speed_mps": 1.3}), None, 5, 20.0)
    happened: dict[str, Any] = {"data": data, "world": world}
    with VirtualBoard(world, seed=5) as board, pytest.MonkeyPatch.context() as patch:
        patch.setattr("surefoot.output.walk_pages_command.write_pages", no_pages)

        def linked(port: str, *_: Any, **__: Any) -> Link:
            return open_link(port, board.timing())

        patch.setattr("surefoot.device.link.open_link", linked)

        def sync(*words: str, person: str = "P001") -> Answer:
            return call("--person", person, "--data", str(data), "--port", board.port, *words)

        happened["no walk yet"] = sync()
        board.cut_power()  # what it was told of the time is gone
        board.advance(2.0)
        board.press(0.2)
        board.advance(LOGGED_S)
        board.press(0.2)
        board.advance(1.0)
        happened["cable pulled"] = pulled(board, linked, data)
        happened["first"] = sync("--json", "--leg-mm", "880", "--said", SAID)
        happened["again"] = sync()
        happened["another person"] = sync(person="P002")
        with pytest.MonkeyPatch.context() as keys:
            keys.setattr("surefoot.output.walk_sync_board._Line.tell", ctrl_c)
            happened["live"] = sync("--live", "--json")
        board.advance(max(WALKED_S + 1 - board.slot * 1e-3, 0))
        board.press(0.2)
        board.advance(1.0)
        happened["still logging"] = sync()
        happened["standing"] = sync("--yes")
        happened["both"] = sync("--json", person="P002")
        happened["of a log that is none"] = sync("--log", "9", person="P002")
        with pytest.MonkeyPatch.context() as keys:
            keys.setattr("surefoot.output.walk_sync_board._Line.tell", lambda _, counter: cut_short(board, counter))
            happened["cut short"] = sync("--live", "--seconds", "60", "--json", person="P004")
    return happened


def ctrl_c(_: Any, counter: StepCounter) -> None:
    if counter.seconds > LIVE_S:
        raise KeyboardInterrupt


def cut_short(board: VirtualBoard, counter: StepCounter) -> None:
    if counter.seconds > 2:
        board.unplug()


def pulled(board: VirtualBoard, linked: Callable[[str], Link], data: Path) -> int:
    """The cable is pulled in the middle of a fetch; how many bytes are here then."""
    folder = data / "walks" / "P001"

    def pull(done: int, total: int) -> None:
        if done > total // 2:
            board.unplug()

    with linked(board.port) as link:
        (entry,) = logs.list_logs(link).logs
        path = log_fetch.new_path(entry, log_fetch.device_of(link), folder, (folder,))
        with pytest.raises((DeviceLost, NoReply)):
            log_fetch.fetch(link, [Wanted(entry, path)], lambda number: pull, lambda path: None)
    board.plug()
    board.advance(3.0)
    (part,) = folder.glob("*.part")
    return part.stat().st_size


def test_a_board_without_a_walk_says_how_one_begins(day: dict[str, Any]):
    assert day["no walk yet"].code == 0
    assert "There is no walk on this board yet: its button begins" in day["no walk yet"].out


def test_a_walk_by_button_is_fetched_analysed_and_kept(day: dict[str, Any]):
    assert day["cable pulled"] > 1000
    told = day["first"].told
    assert day["first"].code == 0
    (walk,) = told["walks"]
    assert told["fetched"] == [walk["name"]]
    assert told["here_already"] == 0
    steps = sum(
        int(((one.initial_s > 3.0) & (one.initial_s < 1e9) & np.isfinite(one.initial_s)).sum())
        for one in day["world"].walked.feet
    )
    assert steps > walk["parameters"]["gait_steps"]["value"] > 20
    assert walk["parameters"]["gait_distance_m"]["value"] > 8
    folder = day["data"] / "walks" / "P001"
    head = read(folder / f"{walk['name']}.sfr").head
    assert head["fetched_utc"] > "2026-01-01"
    assert not list(folder.glob("*.part"))
    assert not list(folder.glob("*.raw"))
    kept = walks_of(day["data"], "P001")[0]
    assert kept.said == Said(4, 1, 2, 3, "wet, cold hands")
    assert walker_of(day["data"], "P001").leg_m == 0.88


def test_a_board_that_was_never_told_the_time_gives_none(day: dict[str, Any]):
    (walk,) = day["first"].told["walks"]
    assert walk["begun_utc"] is None
    assert walk["fetched_utc"] > "2026-01-01"
    assert "nobody had told the board the time" in day["first"].err
    later = walks_of(day["data"], "P001")[2]
    assert later.begun_utc is not None, "sync tells it"
    assert later.begun_utc > walk["fetched_utc"][:10]


def test_nothing_is_fetched_twice(day: dict[str, Any]):
    assert day["again"].code == 0
    assert "Nothing new: 1 walk was here already" in day["again"].out


def test_a_log_belongs_to_one_person(day: dict[str, Any]):
    refused = day["another person"]
    assert refused.code == 1
    assert "is kept for P001 already, and a walk belongs to one person: check the code P002" in refused.err
    assert day["of a log that is none"].code == 1
    assert "There is no log 9 on this board: there are 1, 2." in day["of a log that is none"].err
    assert "Traceback" not in refused.err
    assert day["both"].code == 1
    assert not (day["data"] / "walks" / "P002").exists()


def test_a_walk_that_is_still_logged_is_ended_only_where_somebody_says_so(day: dict[str, Any]):
    assert day["still logging"].code == 1
    assert "still logging walk 2: press its button to end it, or say --yes" in day["still logging"].err
    assert "Walk 2 is ended" in day["standing"].out


def test_a_walk_that_gives_nothing_is_kept_with_its_reason(day: dict[str, Any]):
    second = walks_of(day["data"], "P001")[2]
    assert second.name.endswith("-00002")
    assert day["standing"].code == 1
    assert second.problem
    assert f"nothing could be told of it.\n  {walk_problem(second.problem)}" in day["standing"].out
    assert "No walking was found in it" in day["standing"].out
    assert second.problem not in day["standing"].out


def test_a_walk_on_the_cable_is_kept_as_any_other(day: dict[str, Any]):
    live = day["live"]
    assert live.code == 0, live.err
    (walk,) = live.told["walks"]
    assert "-live-" in walk["name"]
    assert "Stand still for a few seconds, walk, and stand still again before you end it." in live.err
    kept = walks_of(day["data"], "P001")[1]
    assert kept.name == walk["name"]
    assert kept.begun_utc is not None
    assert abs(kept.entry["duration_s"] - LIVE_S) < 1
    assert walk["parameters"]["gait_steps"]["value"] > 10


def test_the_steps_that_are_shown_are_those_that_are_found(day: dict[str, Any]):
    kept = walks_of(day["data"], "P001")[1]
    framer, counter = Framer(), StepCounter()
    counter.stream(read(day["data"] / "walks" / "P001" / f"{kept.name}.sfr").config)
    data = (day["data"] / "walks" / "P001" / f"{kept.name}.sfr").read_bytes()
    for begin in range(0, len(data), 1000):
        counter.take(framer.feed(data[begin : begin + 1000]))
    assert counter.seconds == pytest.approx(kept.entry["duration_s"], abs=0.1)
    found = kept.entry["feet"]
    settled_s = counter.seconds - LOOK_S - SETTLED_S
    times = [at for one in found.values() for at in one["initial_contact_s"] if at is not None]
    assert sum(at < settled_s for at in times) - 2 <= counter.steps <= len(times)
    assert counter.steps > 15


def test_a_walk_on_the_cable_that_breaks_off_is_kept_with_what_arrived(day: dict[str, Any]):
    answer = day["cut short"]
    assert answer.code == 1
    assert "unplug" in answer.told["error"] or "gone" in answer.told["error"] or "cable" in answer.told["error"]
    (kept,) = walks_of(day["data"], "P004")
    recording = day["data"] / "walks" / "P004" / f"{kept.name}.sfr"
    assert read(recording).samples["cells"].expected > 150
    assert kept.problem, "two seconds of standing are no walk"


def test_a_board_that_logs_is_not_streamed_from(tmp_path: Path):
    link: Any = SimpleNamespace(config={"id": "aa", "log": 7})
    with pytest.raises(RecordingError, match="logging walk 7: press its button to end it"):
        walk_live(link, tmp_path / "aa.sfr", "P001", "2026-11-24T08:00:00Z", None, lambda counter: None)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def folder(day: dict[str, Any], tmp_path: Path, monkeypatch: Any) -> Path:
    """A data folder of one's own, with the same walks."""
    monkeypatch.setattr("surefoot.output.walk_pages_command.write_pages", no_pages)
    shutil.copytree(day["data"], tmp_path / "data")
    return tmp_path / "data"


def test_a_measured_walk_gives_a_factor_or_a_reason(folder: Path):
    always = ("--person", "P001", "--data", str(folder), "--json")
    (walk,) = call(*always, "--of", "00001").told["walks"]
    metres = walk["parameters"]["gait_distance_m"]["value"]
    refused = call(*always, "--of", "00001", "--measured-m", "500")
    assert refused.code == 1
    assert "people have 0.7 to 2.5: check distance and leg" in refused.err
    assert walker_of(folder, "P001").length_factor is None
    longer = call(*always, "--of", "00001", "--measured-m", str(1.2 * metres))
    assert longer.code == 0, longer.err
    factor = walker_of(folder, "P001").length_factor
    assert factor is not None
    (after,) = longer.told["walks"]
    ratio = after["parameters"]["gait_stride_length_m"]["value"] / walk["parameters"]["gait_stride_length_m"]["value"]
    assert ratio == pytest.approx(factor / 1.25, rel=0.02)
    assert call(*always, "--of", "00001", "--leg-mm", "900").code == 0
    assert walker_of(folder, "P001").length_factor is None, "it was of another leg"


class Terminal(io.StringIO):
    """Somebody sits there."""

    def isatty(self) -> bool:
        return True


def test_whoever_sits_there_is_asked_once(folder: Path, monkeypatch: Any):
    answers, asked = ["3", "", "", "5"], []

    def answer(question: str) -> str:
        asked.append(question)
        return answers.pop(0)

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", answer)
    live = walks_of(folder, "P001")[1].name
    always = ("--person", "P001", "--data", str(folder), "--of", live)
    assert call(*always, "--yes").code == 0
    assert not asked
    answer_to = call(*always)
    assert answer_to.code == 0
    assert [question.split("?")[0] for question in asked] == [
        "How steady did it feel", "Pain before the walk", "Pain after it", "How hard was it",
    ]  # fmt: skip
    assert walks_of(folder, "P001")[1].said == Said(steadiness=3, exertion=5)
    assert call(*always).code == 0
    assert len(asked) == 4, "what was said stands"
    assert call(*always, "--said", "steadiness=4").code == 0
    assert walks_of(folder, "P001")[1].said == Said(steadiness=4), "but can be said anew"


def test_a_goal_needs_no_board(folder: Path):
    goal = ("--goal", "to the bakery", "--goal-measure", "gait_distance_m", "--goal-value", "900", "--goal-per", "walk")
    answer = call("--person", "P003", "--data", str(folder), *goal, "--goal-by", "2026-12-24")
    assert answer.code == 0, answer.err
    kept = walker_of(folder, "P003").goal
    assert kept is not None
    assert (kept.words, kept.value, kept.per, kept.by_date) == ("to the bakery", 900.0, "walk", "2026-12-24")
    assert kept.set_utc > "2026"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--measured-m", "20"), "say which with --of"),
        (("--of", "00009"), "No walk of P001 is named '00009'. The latest kept:"),
        (("--of", ""), "No walk of P001 is named ''. The latest kept:"),
        (("--again", "--calibration", "/no/record.json"), "/no/record.json"),
        (("--of", "last", "--said", "steadiness=9"), "steadiness goes from 1 to 5"),
        (("--of", "last", "--said", "joy=9"), "write key=value with one of steadiness, pain_before"),
        (("--leg-mm", "8.8"), "is no leg: measure from the hip's bone"),
        (("--goal", "far"), "A goal needs --goal WORDS, --goal-measure"),
        (("--goal-value", "9"), "the person's own words too"),
        (("--live", "--of", "last"), "leave out --of and --again"),
        (("--seconds", "9"), "ends a walk of --live"),
        (("--port", "/dev/nowhere"), "nowhere"),
    ],
)
def test_what_can_not_be_is_said_and_changes_nothing(folder: Path, words: tuple[str, ...], said: str):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    answer = call("--person", "P001", "--data", str(folder), *words)
    assert answer.code == 1
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_where_nothing_is_kept_again_says_so(tmp_path: Path):
    answer = call("--person", "P009", "--data", str(tmp_path), "--again")
    assert answer.code == 0
    assert "nothing to analyse again" in answer.out


def test_a_recording_that_was_damaged_is_listed_and_the_others_go_on(folder: Path):
    first = next((folder / "walks" / "P001").glob("*-00001.sfr"))
    first.write_bytes(first.read_bytes()[:200])
    answer = call("--person", "P001", "--data", str(folder), "--again", "--json")
    assert answer.code == 1
    assert len(answer.told["walks"]) == 3
    problems = {walk["name"][-5:]: walk["problem"] for walk in answer.told["walks"]}
    assert problems["00001"]
    assert "Traceback" not in answer.err


def test_a_fault_of_our_own_in_one_walk_is_said_and_keeps_nobody_from_the_others(folder: Path, monkeypatch: Any):
    def broken(*_: Any) -> None:
        raise ValueError("shapes")

    monkeypatch.setattr("surefoot.clinic.walk_find.find", broken)
    answer = call("--person", "P001", "--data", str(folder), "--again", "--json")
    assert answer.code == 1
    assert all("Surefoot itself failed" in walk["problem"] for walk in answer.told["walks"])
    assert all(walk.problem for walk in walks_of(folder, "P001"))


# -- a board that was set up anew counts its logs from 1 again --


def recording(path: Path, n_bytes: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(MAGIC + b"head\0" + b"x" * n_bytes + b"\0")
    return path


def test_a_log_is_known_by_its_number_and_its_length(tmp_path: Path):
    one, other = tmp_path / "P001", tmp_path / "P002"
    kept = recording(one / "aa-00001.sfr", 300)
    assert log_fetch.logged_bytes(kept) == 300
    assert log_fetch.logged_bytes(tmp_path / "none.sfr") is None
    known, new = LogEntry(1, 300, True), LogEntry(1, 400, True)
    assert log_fetch.kept_of(known, "aa", (other, one)) == kept
    assert log_fetch.kept_of(known, "bb", (other, one)) is None
    assert log_fetch.kept_of(new, "aa", (other, one)) is None
    path = log_fetch.new_path(new, "aa", other, (other, one))
    assert path == other / "aa-00001-2.sfr"
    recording(path, 400)
    assert log_fetch.kept_of(new, "aa", (one, other)) == path
    assert log_fetch.new_path(LogEntry(2, 1, True), "aa", one, (one,)) == one / "aa-00002.sfr"


def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: Any):
    def full(*_: Any) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("surefoot.device.logs.fetch_log", full)
    monkeypatch.setattr("surefoot.device.logs.fast_line", lambda link: contextlib.nullcontext())
    wanted = [Wanted(LogEntry(1, 300, True), tmp_path / "aa-00001.sfr")]
    link: Any = SimpleNamespace(config={"id": "aa"})
    with pytest.raises(RecordingError, match=r"make room on the disk.*the board still has the walk"):
        log_fetch.fetch(link, wanted, lambda number: lambda done, total: None, lambda path: None)


def test_several_people_walk_with_one_board(tmp_path: Path, monkeypatch: Any):
    entries = tuple(LogEntry(number, 100 + number, True) for number in (1, 2, 3))
    monkeypatch.setattr("surefoot.device.logs.list_logs", lambda link: LogList(entries, {100: 90, 200: 50}, 0))

    def fetch(link: Any, wanted: list[Wanted], teller: Any, done: Any, utc_now: Any) -> None:
        for one in wanted:
            done(recording(one.path, one.entry.n_bytes))

    monkeypatch.setattr("surefoot.output.walk_sync_board.fetch", fetch)
    link: Any = SimpleNamespace(config={"id": "aa"}, set_utc=lambda: None)
    said: list[str] = []
    assert bring(link, tmp_path, "P001", said.append, only=[2]).new == ["aa-00002"]
    assert said == []
    other = bring(link, tmp_path, "P002", said.append)
    assert other.new == ["aa-00001", "aa-00003"]
    assert other.others == {"aa-00002": "P001"}
    assert said == ["A walk of somebody else is on this board too. It was left alone."]
    assert other.details == ["aa-00002 is kept for P001 already and was left alone: a walk belongs to one person."]
    assert bring(link, tmp_path, "P001", said.append, only=[2]).here == 1
    with pytest.raises(RecordingError, match=r"aa-00001.* is kept for P002 already"):
        bring(link, tmp_path, "P001", said.append, only=[1])
    anew = (LogEntry(1, 999, True),)
    monkeypatch.setattr("surefoot.device.logs.list_logs", lambda link: LogList(anew, {100: 9, 200: 5}, 0))
    assert bring(link, tmp_path, "P001", said.append).new == ["aa-00001-2"], "set up anew, it counts from 1 again"
    assert said[-1] == "The board is nearly full: tell your therapist."


# -- what is asked and told --


def test_questions_take_a_number_enter_or_the_end(capsys: Any):
    def by(*answers: str) -> tuple[Said, list[str]]:
        left, said = list(answers), []

        def answer(question: str) -> str:
            if not left:
                raise EOFError
            return left.pop(0)

        return walk_said.ask(answer, said.append), said

    assert by("4", "", "2", "10") == (Said(4, None, 2, 10), [])
    found, words = by("9", "four", "5", "0", "", "")
    assert found == Said(5, 0)
    assert words == [f"'{one}' is none of 1 to 5: type a whole number, or only Enter." for one in ("9", "four")]
    assert by("3")[0] == Said(3), "Ctrl-D leaves the rest"
    assert walk_said.unreported(by("", "", "", "")[0])
    assert not walk_said.unreported(Said(note="rain"))


@pytest.mark.parametrize("text", ["", "steadiness", "steadiness=", "pain_before=1.5", "exertion=3,exertion=4", "a=b"])
def test_said_in_one_go_is_checked(text: str):
    with pytest.raises(CommandInvalid):
        walk_said.said_of(text)


def test_said_in_one_go():
    assert walk_said.said_of(" steadiness = 2 , note=slipped, x=1, then sat") == Said(2, note="slipped, x=1, then sat")
    assert walk_said.said_of("note=a,exertion=2") == Said(exertion=2, note="a")


def kept(**values: float) -> KeptWalk:
    entry = {
        "file": "aa-00001.sfr",
        "feet": {"left": {}, "right": {}},
        "parameters": {key: {"value": value, "unit": "", "strides": 600} for key, value in values.items()},
        "not_reported": {"length_m": "No leg was given."},
        "strides": {"length_m": [1.0] * 10},
        "by": {"lengths": "own factor"},
    }
    return KeptWalk("aa-00001", "2026-11-24T08:00:00Z", entry)


def test_a_walk_is_told_in_words_that_need_no_glossary():
    known = {"gait_steps": 600.0, "gait_walking_s": 400.0, "gait_cadence_spm": 90.2, "gait_speed_mps": 1.0}
    sides = {"left_gait_stance_pct": 61.0, "right_gait_stance_pct": 66.0}
    goal = Goal("to the bakery", "gait_distance_m", 900.0, "walk")
    first, *rest = walk_lines(kept(**known, **sides, gait_distance_m=412.3), goal)
    assert first.endswith(": about 412 m, 600 steps in 6 min 40 s.")
    assert rest == [
        "  90 steps a minute, 3.6 km/h.",
        "  Left 61 %, right 66 % of each stride on the floor: 5 points apart.",
        '  The goal, "to the bakery": 412 of 900 m in this walk.',
    ]
    stopped = kept(**known, gait_distance_m=950.0, gait_bouts=3.0, gait_pauses=0.0)
    (line,) = [one for one in walk_lines(stopped, replace(goal, without_stop=True)) if "bakery" in one]
    assert line.endswith('"to the bakery", is 900 m a walk, without a stop. This one doesn\'t count: it had 2 stops.')
    part = kept(**known, gait_distance_m=300.0)
    part.entry["parameters"]["gait_distance_m"]["strides"] = 120
    assert "bakery" not in " ".join(walk_lines(part, goal)), "a part of the strides is no distance"
    text = " ".join(walk_lines(kept(**known), replace(goal, per="week")))
    assert "How far is not known. Your therapist can measure your leg once; then metres are known." in text
    assert "can't be compared yet" in text
    assert "bakery" not in text, "a week is not this walk"


def test_a_sum_of_few_strides_is_not_called_how_far():
    walk = kept(gait_steps=34.0, gait_walking_s=30.0, gait_distance_m=1.7)
    few = {**walk.entry, "strides": {"length_m": [0.8, 0.9, *[None] * 30]}}
    (first, *_) = walk_lines(replace(walk, entry=few))
    assert "How far is not known. Too few of its steps could be measured." in first
    assert "1.7" not in first


def test_times_are_read_at_a_glance():
    assert [time_words(seconds) for seconds in (9.6, 60, 400, 3600, 7505)] == [
        "10 s", "1 min 00 s", "6 min 40 s", "1 h 00 min", "2 h 05 min",
    ]  # fmt: skip


def test_nobody_is_known_before_they_walk(tmp_path: Path):
    answer = call("--person", "P009", "--data", str(tmp_path), "--of", "last")
    assert answer.code == 1
    assert "None is kept yet" in answer.err
    assert walker_of(tmp_path, "P009") == Walker("P009")
    assert not (tmp_path / "walks").exists()


@pytest.mark.parametrize("why", ["record", "disk"])
def test_a_later_try_that_fails_leaves_the_analysis_of_before(folder: Path, monkeypatch: pytest.MonkeyPatch, why: str):
    from surefoot.clinic.walk_rows import NoRoom
    from surefoot.clinic.walks_folder import walker_of
    from surefoot.errors import CalibrationError
    from surefoot.output import walk_sync_keep

    good = next(walk for walk in walks_of(folder, "P001") if not walk.problem)
    how = walk_sync_keep.Analysis(folder, walker_of(folder, "P001"))

    def other(*_: object):
        raise CalibrationError("The record is of another board.") if why == "record" else NoRoom("The disk is full.")

    monkeypatch.setattr(walk_sync_keep, "_found", other)
    said = walk_sync_keep.analyse(how, good.name)
    assert {"record": "another board", "disk": "is full"}[why] in said
    assert "The analysis of before stays" in said
    assert next(walk for walk in walks_of(folder, "P001") if walk.name == good.name) == good
