# SPDX-License-Identifier: MIT
"""A small store to export: two people who said yes, one who was never asked, every kind of entry, two recordings."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from made_results import battery, leaning, mctsib, quiet, tug, walk
from stores import BY, KEY, trial_document
from surefoot.clinic.store import database, entries, files, opening
from surefoot.clinic.store.documents import result_document
from surefoot.clinic.store.people import add_person
from surefoot.clinic.store.values import Identity, Store
from surefoot.output.export import command
from surefoot.output.export.gather import gather
from surefoot.output.export.values import Package

GOLDEN = Path(__file__).parent / "golden" / "recording-1-wire-3.sfr"
WALKED = GOLDEN.with_name("recording-1-walk-wire-3.sfr")
BOARD = "537572650007"  # of that recording
DAY, LATER = date(2026, 3, 2), date(2026, 3, 30)
NOW = "2026-04-01T08:00:00Z"
OLD = Identity("Müller-Žižek", "Zoë", date(1931, 3, 3), "+41 00 000 00 00")  # 94 years old
FIRST, SECOND, UNASKED = "PZX-01", "PZX-02", "PZX-03"
# Words that only somebody who knows the person would write.
FREE = ("Heidelberg", "Wobblebottom", "grandchild Emil", "left hip since Easter")
FALL = {"on": "2026-03-10", "injury": "minor", "place": FREE[0], "activity": FREE[1]}


NAMED = ("Quillfeather", "PT-90210")  # who signs


def yes(state: str = "fine") -> dict[str, Any]:
    return {"format": 1, "answers": {"consent_share": {"state": state, "asked_on": DAY.isoformat()}}}


def gappy(content: bytes) -> bytes:
    """The recording without a third of a second in its middle: frames that a cable lost."""
    frames = content.split(b"\0")
    middle = len(frames) // 2
    return b"\0".join(frames[:middle] + frames[middle + 30 : len(frames) * 7 // 10])


def made(template: Path, folder: Path) -> Iterator[Clinic]:
    """For a fixture of a module: the store, open, and an empty folder to export into."""
    with clinic(template, folder / "data") as store:
        yield Clinic(store, folder)


@dataclass(frozen=True)
class Clinic:
    """A store and where its exports go."""

    store: Store
    folder: Path

    def export(self, *words: str) -> tuple[Path, dict[str, Any], list[str]]:
        """`surefoot export` with these words, into a new folder; that, what it answers and says."""
        out = self.folder / f"out{sum(1 for _ in self.folder.iterdir())}"
        answer, lines = command.export(self.store, told("--out", str(out), *words), BY)
        return out, answer, lines

    def package(self, *people: str) -> Package:
        return gather(self.store, people)[0]


def told(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


@contextmanager
def clinic(template: Path, folder: Path) -> Iterator[Store]:
    """The store, open, on a clock that stands still; its data folder is `folder`."""
    shutil.copytree(template, folder)
    with opening.open_store(folder, key=KEY, now_utc=lambda: NOW) as store:
        add_person(store, FIRST, by=BY, identity=OLD)
        for code in (SECOND, UNASKED):
            add_person(store, code, by=BY)
        for code, state in ((FIRST, "fine"), (SECOND, "fine")):
            entries.put(store, code, "safety", DAY, yes(state), by=BY)
        _visits(store)
        _home(store)
        _around(store)
        content = GOLDEN.read_bytes()
        for number, one in enumerate((gappy(content), content[: len(content) // 2]), 1):
            keep_recording(store, FIRST if number == 1 else SECOND, one, number)
        yield store


def keep_result(store: Store, person: str, on: date, result: dict[str, Any]) -> None:
    session = f"{on.isoformat()}T09:10:00Z {result['protocol']['id']}"
    entries.put(store, person, "result", on, result_document(result, person, session), by="Dr Quillfeather")


def keep_recording(store: Store, person: str, content: bytes, number: int) -> None:
    """A trial with its recording, as `surefoot keep` writes it."""
    name = f"{number:02}-eyes-open.sfr"
    sha256 = files.put_file(store.folder, content, ".sfr")
    with database.writing(store) as connection:
        files.row_in(connection, store, person, name, sha256, len(content))
    session = f"{DAY.isoformat()}T09:10:00Z quiet-stance"
    document = trial_document(1, session) | {"file": {"name": name, "sha256": sha256}}
    entries.put(store, person, "trial", DAY, document, by=BY)


def _visits(store: Store) -> None:
    profile = {"format": 1, "sex": "female", "height_m": 1.61, "weight_kg": 58, "usual_pain": 3, "pain_site": FREE[3]}
    entries.put(store, FIRST, "profile", DAY, profile, by=BY)
    for on, speed, elapsed_s in ((DAY, 9.0, 14.2), (LATER, 8.2, 12.1)):
        keep_result(store, FIRST, on, quiet(speed))
        keep_result(store, FIRST, on, tug(elapsed_s))
    keep_result(store, FIRST, LATER, mctsib())
    keep_result(store, FIRST, LATER, leaning())
    keep_result(store, SECOND, DAY, walk(skipped={}))
    keep_result(store, SECOND, DAY, battery())
    keep_result(store, UNASKED, DAY, tug())
    for person, items in ((FIRST, 14), (SECOND, 13)):  # Berg's fourteen, and one left out
        answers = [{"item": str(k), "state": "rated", "value": 3} for k in range(1, items + 1)]
        if items < 14:
            answers.append({"item": "14", "state": "not-done", "reason": FREE[0]})
        rated = {"format": 1, "scale": {"id": "berg", "version": "1.0.0"}, "rated": "2026-03-02", "typed": True}
        rated |= {"created_utc": "2026-03-02T09:00:00Z", "software": "0.2.0", "ended": "complete", "circumstances": {}}
        entries.put(store, person, "scale", DAY, rated | {"answers": answers}, by=BY)
    pain = [{"site": FREE[3], "before": 3, "after": 4}, {"before": 1}]
    told = {"format": 1, "pain": pain, "steadiness": 2, "confidence": {"percent": 71.5, "by": "said"}, "note": FREE[2]}
    told["circumstances"] = {"aid": FREE[1], "minutes_since_dose": 90}
    entries.put(store, FIRST, "assessment", DAY, told, by=BY)


def _around(store: Store) -> None:
    """What is written down beside tests and training."""
    asked = {"state": "not fine", "asked_on": "2026-03-29", "note": FREE[3]}
    readings = {"on": "2026-03-29", "lying_systolic_mmhg": 138, "standing_systolic_mmhg": 121, "heart_rate_bpm": 72}
    profile = yes() | {"readings": readings}
    profile["answers"] |= {"weight_bearing_left": asked}
    before = entries.last(store, FIRST, "safety")
    assert before is not None
    entries.put(store, FIRST, "safety", LATER, profile, by=BY, replaces=before.id)
    test = {"what": "test", "start": "09:05", "stop": "09:20", "one_to_one": True, "words": f"Romberg, {FREE[3]}"}
    visit = {
        "format": 1, "start": "09:00", "stop": "09:45", "tests": [{"test": "tug", "purpose": FREE[0]}],
        "activities": [test, {"what": "balance", "start": "09:20", "stop": "09:40"}], "interpretation": FREE[1],
        "clinician": {"name": f"Dr {NAMED[0]}", "credential": "PT", "licence": NAMED[1]}, "modifiers": ["GP"],
    }  # fmt: skip
    entries.put(store, FIRST, "visit", DAY, visit, by=BY)
    short = {"format": 1, "start": "11:00", "stop": "11:10", "activities": [], "clinician": visit["clinician"]}
    entries.put(store, FIRST, "visit", LATER, short, by=BY)
    contact = {"format": 1, "at": "17:21", "minutes": 12, "activity": FREE[2], "interactive": True, "decision": FREE[0]}
    entries.put(store, FIRST, "contact", date(2026, 3, 9), contact, by=BY)
    numbers = {"standing": {"advance": {"successes": 4}}, "all": {"hold": {"pain_rise": 1.5}}}
    own = {"format": 1, "numbers": numbers, "fallback": f"seated, {FREE[2]}", "why": FREE[1]}
    entries.put(store, FIRST, "thresholds", DAY, own, by=BY)


def _home(store: Store) -> None:
    training = {
        "format": 1, "ladder": "standing", "task": "none/apart", "leg": "", "target_s": 30, "begun": "14:05",
        "succeeded": [True, True, False], "held_s": [30.0, 30.0, 22.5], "steadiness": [1, 2, None], "exertion": 3,
        "pain_before": 2, "pain_peak": 3, "settled": "fine", "sway": "not asked", "flags": {"fall": "fine"},
        "beside": True, "setting": "helper", "how": "typed", "note": FREE[0],
    }  # fmt: skip
    entries.put(store, FIRST, "training", DAY, training, by=BY)
    placed = {"format": 1, "what": "placed", "ladder": "standing", "leg": "", "task": "none/apart", "target_s": 30}
    entries.put(store, FIRST, "decision", DAY, placed | {"inputs": {}, "reason": FREE[1]}, by=BY)
    item = {"id": "0a1b2c3d", "title": FREE[0]}
    day = {
        "day": "2026-03-04",
        "done": {"0a1b2c3d": True},
        "pain_before": 2,
        "steadiness": 3,
        "falls": 0,
        "note": FREE[2],
    }
    diary = {"format": 1, "way": "page", "first": "2026-03-02", "items": [item], "days": [day]}
    entries.put(store, FIRST, "diary", LATER, diary, by=BY)
    near = {"on": "2026-03-12", "caught": True, "activity": FREE[1]}
    month = {"format": 1, "what": "month", "first": "2026-03-01", "last": "2026-03-31", "falls": [FALL]}
    entries.put(store, FIRST, "falls", date(2026, 3, 31), month | {"near_falls": [near]}, by=BY)
    year = {"format": 1, "what": "history", "until": "2026-02-28", "falls": 2}
    entries.put(store, FIRST, "falls", date(2026, 2, 28), year, by=BY)
    exercise = {
        "id": "x1",
        "kind": "exercise",
        "what": "sit-to-stand",
        "days_per_week": 3,
        "reps": 8,
        "since": "2026-03-02",
    }
    task = {"id": "x2", "kind": "task", "what": "none/apart", "ladder": "standing", "leg": "left", "days_per_week": 5}
    plan = {"format": 1, "company": "helper", "note": FREE[0], "items": [exercise, task | {"since": "2026-03-02"}]}
    entries.put(store, FIRST, "plan", DAY, plan, by=BY)
    goal = {
        "format": 1,
        "words": f"walk to school with my {FREE[2]}",
        "measure": "gait_distance_m",
        "value": 900,
        "per": "walk",
    }
    entries.put(store, FIRST, "goal", DAY, goal | {"by_date": "2026-06-01", "baseline": 400}, by=BY)
    done = {"format": 1, "words": FREE[1], "measure": "elapsed_s", "value": 12, "per": "test", "protocol": "tug"}
    entries.put(store, FIRST, "goal", LATER, done | {"ended": "reached"}, by=BY)
    parameters = {"gait_steps": {"value": 412, "unit": "{steps}"}, "gait_speed_mps": {"value": 0.91, "unit": "m/s"}}
    kept = {
        "duration_s": 300.0,
        "parameters": parameters,
        "not_reported": {"gait_pci_pct": "one foot"},
        "notes": [FREE[0]],
    }
    said = {"steadiness": 2, "pain_before": 1, "pain_after": 2, "exertion": 4, "note": FREE[3]}
    utc = {"begun_utc": "2026-03-05T10:00:00Z", "fetched_utc": "2026-03-05T11:00:00Z"}
    whole = {"format": 1, "name": "walk-77", **utc, "walk": kept, "said": said, "problem": None, "files": []}
    content = WALKED.read_bytes()
    sha256 = files.put_file(store.folder, content, ".sfr")
    with database.writing(store) as connection:
        files.row_in(connection, store, FIRST, "walk-77.sfr", sha256, len(content))
    whole["files"] = [{"name": "walk-77.sfr", "sha256": sha256}]
    entries.put(store, FIRST, "walk", date(2026, 3, 5), whole, by=BY)
