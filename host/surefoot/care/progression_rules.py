# SPDX-License-Identifier: MIT
"""Each rule of protocols/progression/rules.toml as a function: what it saw and what would change it, or None."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from surefoot.care.ladder import SETTINGS, Ladder, Task
from surefoot.care.progression_values import FLAGS, NOT_ASKED, NOT_FINE, Person, Session, Standing

Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Rule:
    """One row of the rules: see protocols/progression/rules.toml."""

    id: str
    outcome: str
    basis: str
    words: str
    source: str
    numbers: Numbers


@dataclass(frozen=True)
class Rules:
    """All of them in order, and how many trials a session has."""

    rows: tuple[Rule, ...]
    trials: int


@dataclass(frozen=True)
class Case:
    """All that a rule may look at."""

    ladder: Ladder
    rules: Rules
    standing: Standing
    sessions: tuple[Session, ...]
    person: Person
    today: date

    @property
    def last(self) -> Session | None:
        return self.sessions[-1] if self.sessions else None

    def numbers(self, rule: str) -> Numbers:
        own = next(row.numbers for row in self.rules.rows if row.id == rule)
        return {**own, **self.person.numbers.get(rule, {})}

    def running(self) -> list[Session]:
        """The sessions at this task since the last step, newest last."""
        out: list[Session] = []
        for session in reversed(self.sessions):
            if session.task != self.standing.task:
                break
            out.insert(0, session)
        return out

    def needed(self) -> int:
        """Good sessions for a step up: more with each time that a task as high as it leads was lost."""
        numbers = self.numbers("not-yet")
        times = sum(height <= self.ladder.height(self.standing.task) + 1 for height in self.standing.lost)
        return int(numbers["sessions_after_loss"] * times if times else numbers["sessions"])


Found = tuple[Mapping[str, Any], str] | None  # what the rule saw and what would change it


def candidates(case: Case) -> list[Task]:
    """Harder tasks that company and safety profile allow, the suggested one first."""
    ladder, person = case.ladder, case.person
    most = SETTINGS.index(person.company)
    return [
        task
        for task in ladder.harder(case.standing.task)
        if SETTINGS.index(ladder.setting(task)) <= most
        and not any(ladder.level(task, axis) == level for axis, level in person.barred)
    ]


def _locked(case: Case) -> Found:
    if not case.standing.locked:
        return None
    return {"locked": case.standing.locked}, "A re-check by a named clinician opens the lock."


def _red_flag(case: Case) -> Found:
    since = case.standing.cleared
    seen = [
        f"{session.on}: {FLAGS[flag]}"
        for session in case.sessions
        for flag, state in session.flags.items()
        if state == NOT_FINE and (since is None or session.on > since)
    ]
    begun = case.sessions[0].on if case.sessions else case.today
    seen += [f"{day}: a fall" for day in case.person.falls or () if day >= begun and (since is None or day > since)]
    return ({"reported": seen}, "A clinician sees the person and opens the lock.") if seen else None


def _severe_pain(case: Case) -> Found:
    last, numbers = case.last, case.numbers("severe-pain")
    since = case.standing.cleared
    if last is None or (since is not None and last.on <= since):
        return None
    limit = _limit(case.person.usual_pain, numbers["pain"], numbers["above_usual"])
    worst = max((pain for pain in (last.pain_before, last.pain_peak) if pain is not None), default=None)
    if worst is None or worst < limit:
        return None
    return {"pain": worst, "limit": limit}, f"Pain below {limit:g} of 10, after a clinician has seen the person."


def _limit(usual: int | None, floor: float, above: float) -> float:
    return floor if usual is None else min(max(floor, usual + above), 10)


def _pain_limit(case: Case) -> Found:
    last, numbers = case.last, case.numbers("pain-limit")
    if last is None or last.task != case.standing.task or _stepped_since(case, last):
        return None
    peak, before = last.pain_peak, last.pain_before
    limit = _limit(case.person.usual_pain, numbers["peak"], numbers["above_usual"])
    seen: dict[str, Any] = {}
    if peak is not None and peak > limit:
        seen |= {"peak": peak, "limit": limit}
    if peak is not None and before is not None and peak - before > numbers["rise"]:
        seen |= {"rise": peak - before, "most": numbers["rise"]}
    if last.settled == NOT_FINE:
        seen |= {"next morning": "not settled"}
    return (seen, "A session whose pain stays within the limits and settles overnight.") if seen else None


def _stepped_since(case: Case, session: Session) -> bool:
    fell = case.standing.fell_back
    return fell is not None and fell >= session.on


def _too_hard(case: Case) -> Found:
    numbers = case.numbers("too-hard")
    count = int(numbers["sessions"])
    running = [session for session in case.running() if not _stepped_since(case, session)][-count:]
    hard = [
        sum(session.succeeded) <= numbers["successes"]
        or sum(rating is not None and rating >= numbers["lost_rating"] for rating in session.steadiness)
        >= numbers["lost_trials"]
        for session in running
    ]
    if len(running) < count or not all(hard):
        return None
    return {"succeeded": [sum(session.succeeded) for session in running]}, "Two of three trials that succeed."


def _long_break(case: Case) -> Found:
    if case.last is None:
        return None
    days = (case.today - max(case.last.on, case.standing.fell_back or case.last.on)).days
    most = case.numbers("long-break")["days"]
    return ({"days": days, "most": most}, "A session within that time.") if days > most else None


def _not_asked(case: Case) -> Found:
    last = case.last
    if last is None:
        return {"sessions": 0}, "A first session at this task."
    missing = [name for name in ("pain_before", "pain_peak") if getattr(last, name) is None]
    missing += ["steadiness"] if None in last.steadiness else []
    missing += [name for name in ("settled", "sway") if getattr(last, name) == NOT_ASKED]
    missing += [flag for flag in FLAGS if last.flags.get(flag, NOT_ASKED) == NOT_ASKED]
    missing += [name for name in ("usual_pain", "falls") if getattr(case.person, name) is None]
    return ({"missing": missing}, "Ask, or measure, what is missing.") if missing else None


def _fall_recent(case: Case) -> Found:
    within = case.numbers("fall-recent")["days"]
    days = [*(case.person.falls or ()), *(one.on for one in case.sessions if NOT_FINE in one.flags.values())]
    recent = [str(day) for day in days if (case.today - day).days <= within]
    return (
        ({"reported": recent, "days": within}, f"{within:g} days without a fall or warning sign.") if recent else None
    )


def _sway_veto(case: Case) -> Found:
    over = [str(session.on) for session in case.running()[-case.needed() :] if session.sway != "fine"]
    return ({"sessions": over}, "Sessions whose sway is within the own baseline.") if over else None


def _unsteady(case: Case) -> Found:
    most = case.numbers("unsteady")["median_at_most"]
    ratings = [
        5 if None in session.steadiness else median(one for one in session.steadiness if one is not None)
        for session in case.running()[-case.needed() :]
    ]
    if all(rating <= most for rating in ratings):
        return None
    return {"median ratings": ratings, "most": most}, f"Sessions with a median rating of {most:g} or better."


def _not_yet(case: Case) -> Found:
    needed, running = case.needed(), case.running()
    good = 0
    days: set[date] = set()
    for session in reversed(running):
        if not all(session.succeeded):
            break
        days.add(session.on)
        good = len(days)
    if good >= needed:
        return None
    return {"sessions": good, "needed": needed}, f"{needed - good} more days on which all trials succeed."


def _too_fast(case: Case) -> Found:
    numbers = case.numbers("too-fast")
    steps = [day for day in case.standing.stepped if (case.today - day).days < numbers["days"]]
    if len(steps) < numbers["steps"]:
        return None
    return {"steps": [str(day) for day in steps]}, f"Less than {numbers['steps']:g} steps in {numbers['days']:g} days."


def _no_step(case: Case) -> Found:
    if candidates(case):
        return None
    return {"company": case.person.company}, "Other company, or a change of the safety profile."


def _ready(case: Case) -> Found:
    return {"sessions": [str(session.on) for session in case.running()[-case.needed() :]]}, "Any of the rules above."


RULES = {
    "locked": _locked,
    "red-flag": _red_flag,
    "severe-pain": _severe_pain,
    "pain-limit": _pain_limit,
    "too-hard": _too_hard,
    "long-break": _long_break,
    "not-asked": _not_asked,
    "fall-recent": _fall_recent,
    "sway-veto": _sway_veto,
    "unsteady": _unsteady,
    "not-yet": _not_yet,
    "too-fast": _too_fast,
    "no-step": _no_step,
    "ready": _ready,
}  # fmt: skip
