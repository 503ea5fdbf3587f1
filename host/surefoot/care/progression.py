# SPDX-License-Identifier: MIT
"""Whether a task becomes harder, stays, becomes easier or stops, by the rules of protocols/progression/rules.toml.

Pure: the same inputs give the same decision. Sway can hold somebody back and never push them; what was not asked can
hold or lower, never raise. These are suggestions; a clinician decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from surefoot.care.ladder import SETTINGS, Ladder, folder, load_document
from surefoot.care.progression_case import Case, Rule, Rules, height, higher, lower, unanswered
from surefoot.care.progression_lower import REOPENED, too_hard
from surefoot.care.progression_rules import RULES
from surefoot.care.progression_values import LEGS, OUTCOMES, Decision, Person, Place, Session, Standing
from surefoot.errors import ProtocolError

OVERRIDE = "override"
STANDS = "The clinician's own decision stands until the next one."
TOO_HARD = "too-hard"  # the rule; and, beside another that led down, what it saw: decisions on file are read by it
EASED = ("pain-limit", "long-break", "barred")  # rules that lead down and say nothing of how hard the task was
LOCKS_NOT = ("locked", "closed")  # rules that stop this ladder, and lock nothing that wasn't locked


def load_rules(path: Path | None = None) -> Rules:
    """The shipped rules, or those of a file. Raises ProtocolError with what is wrong."""
    path = path or folder() / "rules.toml"
    document = load_document(path)
    if "rules" not in document:
        raise ProtocolError(f"{path} holds a ladder and no rules: name a file with rules.")
    rows = tuple(
        Rule(
            row["id"],
            row["outcome"],
            row["basis"],
            row["certainty"],
            row["words"],
            row.get("source", ""),
            dict(row.get("numbers", {})),
            dict(row.get("least", {})),
            dict(row.get("most", {})),
        )
        for row in document["rules"]
    )
    if [row.id for row in rows] != list(RULES):
        raise ProtocolError(f"{path}: the rules must be {', '.join(RULES)}, in this order.")
    for row in rows:
        for name in (*row.least, *row.most):
            if row.within(name, row.numbers.get(name, -1)) != row.numbers.get(name):
                raise ProtocolError(f"{path}: rule {row.id}: '{name}' must be a number of the rule within its bound.")
    ranks = [OUTCOMES.index(row.outcome) for row in rows]
    if ranks != sorted(ranks):
        raise ProtocolError(f"{path}: rules that stop come first, then those that regress, hold and advance.")
    entry, (low, high) = document["entry"], document["success_band"]
    return Rules(rows, entry["held_s"], entry["below"], entry["days"], (low, high))


def decide(
    ladder: Ladder,
    rules: Rules,
    standing: Standing,
    sessions: Sequence[Session],
    person: Person,
    today: date,
    elsewhere: Sequence[Session] = (),
    at_home: Sequence[date] = (),
) -> Decision:
    """The decision after `sessions`, oldest first, none later than today; `elsewhere` those of other ladders and of the
    other leg, whose falls, warning signs and pain count here too, and days at home, whose pain does; `at_home`:
    days on which a diary tells that it was trained, which are no break. Raises ProtocolError for what can't be."""
    case = Case(ladder, rules, standing, tuple(sessions), person, today, tuple(elsewhere), tuple(at_home))
    _check(case)
    for row in rules.rows:
        found = RULES[row.id](case)
        if found is not None:
            inputs, change = found
            if row.outcome == "regress" and (asked := unanswered(case)):
                inputs = {**inputs, "not asked": asked}
            if row.id in EASED and (hard := too_hard(case)):
                inputs = {**inputs, TOO_HARD: hard[0]["succeeded"]}
            to = _next(case, row.outcome, row.id)
            watched = row.outcome != "stop" and bool(ladder.watched(to.task) - case.passed())
            return Decision(today, row.outcome, to.task, row.id, row.words, inputs, change, to.target_s, watched)
    raise ProtocolError("No rule decides: the last one must hold always.")


def begin(ladder: Ladder, place: Place) -> Standing:
    """A standing on a ladder where nothing was decided yet."""
    return Standing(place.task, place.target_s or (ladder.targets_s[0] if ladder.targets_s else None))


def after(ladder: Ladder, standing: Standing, decision: Decision) -> Standing:
    """Where the person stands once the decision is taken."""
    place, here = Place(decision.task, decision.target_s), Place(standing.task, standing.target_s)
    up = height(ladder, place)
    if decision.rule == OVERRIDE:
        standing = replace(standing, overridden=decision.on)
    if decision.outcome == "stop":
        return standing if decision.rule in LOCKS_NOT else replace(standing, locked=standing.locked or decision.words)
    if decision.outcome == "advance":
        return replace(
            standing,
            task=place.task,
            target_s=place.target_s,
            path=(*standing.path, here),
            lost=tuple(lost for lost in standing.lost if lost >= up),
            held=standing.held if standing.held is not None and standing.held > up else None,
            stepped=(*standing.stepped, decision.on),
        )
    if decision.outcome == "regress":
        # Only what was too hard is lost and needs more to come back to: pain, a break or a bar say nothing of that.
        left = height(ladder, here)
        again = place != here and (decision.rule == TOO_HARD or TOO_HARD in decision.inputs)
        held = standing.held if standing.held is not None and standing.held > left else left
        return replace(
            standing,
            task=place.task,
            target_s=place.target_s,
            path=tuple(one for one in standing.path if height(ladder, one) < up),
            lost=standing.lost + ((left,) if again else ()),
            held=held if place != here and decision.rule in EASED and not again else None,
            fell_back=decision.on,
        )
    return replace(standing, task=place.task, target_s=place.target_s)


def cleared(standing: Standing, by: str, found: str, on: date, known: Mapping[str, int] | None = None) -> Standing:
    """Unlocked by a named clinician after a re-check whose finding is written down, and which knew of `known`. Raises
    ProtocolError without."""
    if not by.strip() or not found.strip():
        raise ProtocolError("A lock is opened by a named clinician, with what the re-check found.")
    return replace(standing, locked="", cleared=on, known=known)


def override(
    ladder: Ladder, standing: Standing, decision: Decision, to: Place | None, by: str, reason: str
) -> Decision:
    """A clinician's own decision instead, with a reason: a place, or None to stop. What the rules said stays in it.
    Raises ProtocolError without who and why, and where a lock or a warning sign stops: that needs a re-check."""
    if not by.strip() or not reason.strip():
        raise ProtocolError("An override needs who decided and why.")
    if decision.outcome == "stop" and decision.rule != "closed" and to is not None:
        raise ProtocolError(
            f"The rules stop here ({decision.rule}), and no override opens that: see the person again, and write down "
            "what you found (`surefoot ladder clear`)."
        )
    here = Place(standing.task, standing.target_s)
    outcome, place = "stop", here
    if to is not None:
        place = to
        up, now = height(ladder, to), height(ladder, here)
        outcome = "advance" if up > now else "regress" if up < now else "hold"
    said = {"rule": decision.rule, "outcome": decision.outcome, "inputs": dict(decision.inputs)}
    said |= {"task": ladder.name(decision.task), "target_s": decision.target_s}
    return replace(
        decision,
        outcome=outcome,
        task=place.task,
        target_s=place.target_s,
        rule=OVERRIDE,
        words=reason,
        inputs=said,
        would_change=STANDS if to is not None else REOPENED,
        by=by,
        reason=reason,
    )


def _check(case: Case) -> None:
    trials = case.ladder.trials
    for sessions in (case.sessions, case.elsewhere):
        days = [session.on for session in sessions]
        if days != sorted(days) or (days and days[-1] > case.today):
            raise ProtocolError("Sessions must be in the order of their days, and none in the future: check the clock.")
    for session in case.sessions:
        if len(session.succeeded) != trials or len(session.steadiness) != trials:
            raise ProtocolError(f"The session of {session.on} must have as many trials, with a rating each: {trials}.")
    for session in (*case.sessions, *case.elsewhere):
        if any(not 1 <= rating <= 5 for rating in session.steadiness if rating is not None):
            raise ProtocolError(f"Steadiness of {session.on} goes from 1 to 5.")
        scales = (session.pain_before, session.pain_peak, session.exertion)
        if any(not 0 <= told <= 10 for told in scales if told is not None):
            raise ProtocolError(f"Pain and exertion of {session.on} go from 0 to 10.")
        if session.leg not in ("", *LEGS):
            raise ProtocolError(f"The leg of {session.on} is left or right, or none of them for both.")
    if case.person.company not in SETTINGS:
        raise ProtocolError(f"There is no setting '{case.person.company}': choose one of {', '.join(SETTINGS)}.")


def _next(case: Case, outcome: str, rule: str) -> Place:
    if outcome == "advance":
        return higher(case)[0]
    if outcome == "regress":
        return lower(case, rule)
    return Place(case.standing.task, case.standing.target_s)
