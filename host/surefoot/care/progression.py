# SPDX-License-Identifier: MIT
"""Whether a task becomes harder, stays, becomes easier or stops, by the rules of protocols/progression/rules.toml.

Pure: the same inputs give the same decision. Sway can hold somebody back and never push them; what was not asked can
hold or lower, never raise. These are suggestions; a clinician decides.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from surefoot.care.ladder import SETTINGS, Ladder, Task, folder, load_document
from surefoot.care.progression_rules import RULES, Case, Rule, Rules, candidates
from surefoot.care.progression_values import OUTCOMES, Decision, Person, Session, Standing
from surefoot.errors import ProtocolError

SENSES = (("vision", "closed"), ("surface", "foam"))


def load_rules(path: Path | None = None) -> Rules:
    """The shipped rules, or those of a file. Raises ProtocolError with what is wrong."""
    path = path or folder() / "rules.toml"
    document = load_document(path)
    if "rules" not in document:
        raise ProtocolError(f"{path} holds a ladder and no rules: name a file with rules.")
    rows = tuple(
        Rule(row["id"], row["outcome"], row["basis"], row["words"], row.get("source", ""), dict(row.get("numbers", {})))
        for row in document["rules"]
    )
    if [row.id for row in rows] != list(RULES):
        raise ProtocolError(f"{path}: the rules must be {', '.join(RULES)}, in this order.")
    ranks = [OUTCOMES.index(row.outcome) for row in rows]
    if ranks != sorted(ranks):
        raise ProtocolError(f"{path}: rules that stop come first, then those that regress, hold and advance.")
    return Rules(rows, document["trials"])


def decide(
    ladder: Ladder, rules: Rules, standing: Standing, sessions: Sequence[Session], person: Person, today: date
) -> Decision:
    """The decision after `sessions`, oldest first, none later than today. Raises ProtocolError for what can't be."""
    case = Case(ladder, rules, standing, tuple(sessions), person, today)
    _check(case)
    for row in rules.rows:
        found = RULES[row.id](case)
        if found is not None:
            inputs, change = found
            task = _next(case, row.outcome)
            first = bool(_senses(ladder, task) - standing.tried) and row.outcome == "advance"
            return Decision(today, row.outcome, task, row.id, row.words, inputs, change, supervised=first)
    raise ProtocolError("No rule decides: the last one must hold always.")


def after(ladder: Ladder, standing: Standing, decision: Decision) -> Standing:
    """Where the person stands once the decision is taken."""
    if decision.outcome == "stop":
        return replace(standing, locked=standing.locked or decision.words)
    if decision.outcome == "advance":
        return replace(
            standing,
            task=decision.task,
            path=(*standing.path, standing.task),
            lost=tuple(height for height in standing.lost if height >= ladder.height(decision.task)),
            stepped=(*standing.stepped, decision.on),
            tried=standing.tried | _senses(ladder, decision.task),
        )
    if decision.outcome == "regress":
        height = ladder.height(standing.task)
        # Only a task that was too hard gets harder to come back to each time: pain and breaks have other causes.
        again = decision.task != standing.task and (decision.rule == "too-hard" or height not in standing.lost)
        lost = standing.lost + ((height,) if again else ())
        return replace(standing, task=decision.task, path=standing.path[:-1], lost=lost, fell_back=decision.on)
    return standing


def cleared(standing: Standing, by: str, found: str, on: date) -> Standing:
    """Unlocked by a named clinician after a re-check whose finding is written down. Raises ProtocolError without."""
    if not by.strip() or not found.strip():
        raise ProtocolError("A lock is opened by a named clinician, with what the re-check found.")
    return replace(standing, locked="", cleared=on)


def override(decision: Decision, outcome: str, task: Task, by: str, reason: str) -> Decision:
    """A clinician's own decision instead, with a reason; what the rules said stays in it. Raises ProtocolError."""
    if outcome not in OUTCOMES:
        raise ProtocolError(f"There is no outcome '{outcome}': choose one of {', '.join(OUTCOMES)}.")
    if not by.strip() or not reason.strip():
        raise ProtocolError("An override needs who decided and why.")
    said = {"rule": decision.rule, "outcome": decision.outcome, **decision.inputs}
    return replace(
        decision, outcome=outcome, task=task, rule="override", words=reason, inputs=said, by=by, reason=reason
    )


def _check(case: Case) -> None:
    days = [session.on for session in case.sessions]
    if days != sorted(days) or (days and days[-1] > case.today):
        raise ProtocolError("Sessions must be in the order of their days, and none in the future: check the clock.")
    for session in case.sessions:
        if len(session.succeeded) != case.rules.trials or len(session.steadiness) != case.rules.trials:
            raise ProtocolError(f"The session of {session.on} must have {case.rules.trials} trials with a rating each.")
        if any(not 1 <= rating <= 5 for rating in session.steadiness if rating is not None):
            raise ProtocolError(f"Steadiness of {session.on} goes from 1 to 5.")
        if any(not 0 <= pain <= 10 for pain in (session.pain_before, session.pain_peak) if pain is not None):
            raise ProtocolError(f"Pain of {session.on} goes from 0 to 10.")
    if case.person.company not in SETTINGS:
        raise ProtocolError(f"There is no setting '{case.person.company}': choose one of {', '.join(SETTINGS)}.")


def _senses(ladder: Ladder, task: Task) -> frozenset[str]:
    axes = {axis.id for axis in ladder.axes}
    return frozenset(level for axis, level in SENSES if axis in axes and ladder.level(task, axis) == level)


def _next(case: Case, outcome: str) -> Task:
    task = case.standing.task
    if outcome == "advance":
        return candidates(case)[0]
    if outcome == "regress" and (easier := case.ladder.easier(task)):
        return case.standing.path[-1] if case.standing.path else easier[0]
    return task
