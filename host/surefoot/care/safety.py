# SPDX-License-Identifier: MIT
"""What the answers of a safety profile block, by the one table protocols/progression/safety.toml, and what lifts it.

Pure: the same profile, day and table give the same blocks. What was not asked never counts as fine, and what was fine
is not asked any more once its time is over. Surefoot suggests; a clinician may go on despite a row, with a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from surefoot.care.file_schema import check_format, check_schema, schema_of
from surefoot.care.ladder import SETTINGS, Ladder, folder
from surefoot.care.progression_values import FINE, NOT_ASKED, NOT_FINE, Person
from surefoot.care.protocol import parse_toml, protocol_names, read_text
from surefoot.care.safety_values import SIDES, Answer, Block, Blocks, Question, Reason, SafetyProfile, Table
from surefoot.errors import ProtocolError

SCHEMA = "progression/safety.schema.json"
ALL = "all"  # the group of every test


def load_table(path: Path | None = None) -> Table:
    """The shipped table, or that of a file. Raises ProtocolError naming the field that is wrong."""
    path = path or folder() / "safety.toml"
    document = parse_toml(read_text(path), path)
    rules = schema_of(SCHEMA)
    check_format(document, rules, path)
    check_schema(document, rules, path)
    questions = tuple(Question(**_tuples(row)) for row in document["answers"])
    tests = protocol_names()
    _check_names(document, questions, tests, path)
    groups = {ALL: tests, **{name: tuple(ids) for name, ids in document["groups"].items()}}
    return Table(questions, tuple(_block(row, groups) for row in document["blocks"]), tests)


@cache
def table() -> Table:
    """The shipped table, read once."""
    return load_table()


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _block(row: Mapping[str, Any], groups: Mapping[str, tuple[str, ...]]) -> Block:
    tests = tuple(sorted({test for name in row.get("tests", ()) for test in groups.get(name, (name,))}))
    levels = tuple((axis, level) for axis, _, level in (one.partition("/") for one in row.get("levels", ())))
    return Block(**{**_tuples(row), "tests": tests, "named": tuple(row.get("tests", ())), "levels": levels})


def _check_names(document: Mapping[str, Any], questions: Sequence[Question], tests: Sequence[str], path: Path) -> None:
    """Every name in the table is one that exists, and ids are given once."""
    answers = [question.id for question in questions]
    axes = _axes()
    for part in ("answers", "blocks"):
        ids = [row["id"] for row in document[part]]
        if again := [name for name in ids if ids.count(name) > 1]:
            raise ProtocolError(f"{path}: field '{part}' has the id '{again[0]}' twice: give each its own.")
    for name, ids in document["groups"].items():
        if name in tests or name == ALL:
            raise ProtocolError(f"{path}: field 'groups.{name}' has the name of a test or of every test: rename it.")
        _known(ids, tests, f"{path}: field 'groups.{name}'", "test")
    for n, row in enumerate(document["answers"], 1):
        hangs_on = [row["asked_unless_fine"]] if "asked_unless_fine" in row else []
        _known(hangs_on, answers[: n - 1], f"{path}: field 'answers[{n}].asked_unless_fine'", "answer before it")
    for n, row in enumerate(document["blocks"], 1):
        field = f"{path}: field 'blocks[{n}]"
        _known([row["answer"]], answers, f"{field}.answer'", "answer")
        _known([row.get("unless_fine", row["answer"])], answers, f"{field}.unless_fine'", "answer")
        _known(row.get("tests", ()), [ALL, *document["groups"], *tests], f"{field}.tests'", "test or group")
        _known(row.get("levels", ()), axes, f"{field}.levels'", "level of a ladder")


def _known(names: Sequence[str], known: Sequence[str], field: str, what: str) -> None:
    for name in names:
        if name not in known:
            raise ProtocolError(f"{field} names '{name}', and there is no such {what}: correct it or take it out.")


def _axes() -> list[str]:
    """axis/level of every shipped ladder."""
    ladders = (parse_toml(read_text(path), path) for path in sorted(folder().glob("*.toml")))
    return [f"{axis['id']}/{level}" for one in ladders for axis in one.get("axes", ()) for level in axis["levels"]]


def state_of(profile: SafetyProfile, question: Question, today: date, questions: Mapping[str, Question]) -> str:
    """The answer as it counts today: fine only as long as it holds, or where the one it hangs on is."""
    other = questions.get(question.asked_unless_fine or "")
    if other is not None and state_of(profile, other, today, questions) == FINE:
        return FINE
    answer = profile.answers.get(question.id, Answer())
    if answer.state != FINE:
        return answer.state
    asked = answer.asked_on
    return FINE if asked is not None and 0 <= (today - asked).days <= question.days else NOT_ASKED


def states(profile: SafetyProfile, today: date, by: Table | None = None) -> dict[str, str]:
    """Every answer as it counts today, by its id, in the order they are asked."""
    questions = {one.id: one for one in (by or table()).questions}
    return {name: state_of(profile, one, today, questions) for name, one in questions.items()}


def blocks(profile: SafetyProfile, today: date, by: Table | None = None) -> Blocks:
    """What is blocked today, each with the answer that did it and what would lift it."""
    by = by or table()
    questions, now = {one.id: one for one in by.questions}, states(profile, today, by)
    reasons = [
        Reason(row, now[row.answer], _says(questions[row.answer], profile, now[row.answer]), _note(profile, row, now))
        for row in by.blocks
        if now[row.answer] in row.when and (row.unless_fine is None or now[row.unless_fine] != FINE)
    ]
    return Blocks(tuple(reasons))


def _says(question: Question, profile: SafetyProfile, state: str) -> str:
    answer = profile.answers.get(question.id, Answer())
    if state == NOT_ASKED and answer.state == FINE and answer.asked_on is not None:
        return f"{question.fine} on {answer.asked_on}, which holds {question.days} days: ask again"
    return question.says(state)


def _note(profile: SafetyProfile, row: Block, now: Mapping[str, str]) -> str:
    return profile.answers[row.answer].note if now[row.answer] == NOT_FINE else ""


def answered(
    profile: SafetyProfile, name: str, state: str, on: date, note: str = "", by: Table | None = None
) -> SafetyProfile:
    """The profile with one more answer. Raises ProtocolError for an unknown one, one that needs a few words, or one of
    a day before that of the answer it would replace."""
    question = next((one for one in (by or table()).questions if one.id == name), None)
    if question is None:
        known = ", ".join(one.id for one in (by or table()).questions)
        raise ProtocolError(f"There is no safety answer '{name}': choose one of {known}.")
    if state not in (FINE, NOT_FINE, NOT_ASKED):
        raise ProtocolError(f"'{state}' is no answer to {name}: choose fine, not fine or not asked.")
    if state == question.needs_note and not note.strip():
        raise ProtocolError(f"{name} = {state} needs a few words after it, such as which side, or who decided it.")
    before = profile.answers.get(name, Answer())
    if before.asked_on is not None and on < before.asked_on:
        raise ProtocolError(
            f"{name} was answered on {before.asked_on} ({before.state}), and {on} is before: the newer answer stays. "
            "Check the day."
        )
    answer = Answer() if state == NOT_ASKED else Answer(state, on, note.strip())
    return replace(profile, answers={**profile.answers, name: answer})


def closes(row: Block, beside: bool) -> bool:
    """Whether a row closes training at home, or, with a therapist `beside`, training at all: one that blocks every test
    as well, as new symptoms do."""
    return "training" in row.things and (not beside or ALL in row.named)


def person(
    found: Blocks,
    ladder: Ladder,
    *,
    usual_pain: int | None,
    falls: tuple[date, ...] | None,
    leg: str | None = None,
    beside: bool = False,
    numbers: Mapping[str, Mapping[str, float]] | None = None,
) -> Person:
    """What progression needs to know of somebody on a ladder, on one `leg` or both: at home, or, in a session with a
    therapist `beside`, at the clinic. Where training is blocked, or needs more company than there is, the easiest level
    is barred, and so all are.
    """
    company = SETTINGS[-1] if beside else found.company
    barred = frozenset().union(*(found.levels_on(side) for side in SIDES if leg in (None, side)))
    if any(closes(one.block, beside) for one in found.reasons) or SETTINGS.index(found.needs) > SETTINGS.index(company):
        barred |= {(axis.id, axis.levels[0]) for axis in ladder.axes[:1]}
    return Person(usual_pain, company, barred, falls, numbers or {})


def cue_refusal(found: Blocks, feedback: bool = False) -> str | None:
    """Why a walk is not cued by a metronome, or by `feedback`, and what would lift it; None where it is allowed."""
    rows = found.why(thing="feedback" if feedback else "metronome")
    if len(rows) == 0:
        return None
    more = f" {len(rows) - 1} more answers block it: `surefoot assess show` lists them." if len(rows) > 1 else ""
    return f"No cue by the safety profile. {rows[0].sentence}{more}"
