# SPDX-License-Identifier: MIT
"""A plan by FITT (frequency, intensity, time, type): tasks of the ladders, exercises and walks. Values and edits, pure.

An item's id is made of what is done, so that the same task keeps its record when it is dropped and taken up again.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from hashlib import sha256
from typing import Any

from surefoot.care.exercises import exercise
from surefoot.care.ladder import SETTINGS, Ladder, Task, ladder_of
from surefoot.care.progression_values import LEGS
from surefoot.errors import ProtocolError

FORMAT = 1
TASK, EXERCISE = "task", "exercise"
COMPANY = SETTINGS[:-1]  # whom there may be at home
MOST_ITEMS = 30
# How often a task is done each week, and how unsteady it may feel; where a plan begins.
DAYS_PER_WEEK = {"walking": 2}  # as the Otago Exercise Programme's walks (R)
OTHER_DAYS = 3  # as its exercises (R)
STEADINESS = 3  # D: nearly losing balance is too much
OMITTED = ("vision", "surface", "head")  # axes of standing whose easiest level goes without saying


@dataclass(frozen=True)
class Despite:
    """Kept although something spoke `against` it (words by the name of the rule): why, by whom, when."""

    reason: str
    by: str
    on: date
    against: Mapping[str, str]


@dataclass(frozen=True)
class Item:
    """One thing to do. `what`: a task's name on its `ladder`, or an exercise's id; `leg`: of LEGS, None both by turns.
    Times as of exercises.Dose; `steadiness` (1 to 5) and `exertion` (0 to 10): at most so. `since`: first day."""

    kind: str
    what: str
    days_per_week: int
    since: date
    ladder: str = ""
    leg: str | None = None
    sets: int | None = None
    reps: int | None = None
    hold_s: float | None = None
    steps: int | None = None
    minutes: float | None = None
    steadiness: int | None = None
    exertion: int | None = None
    note: str = ""
    despite: Despite | None = None

    @property
    def id(self) -> str:
        return sha256("|".join((self.kind, self.ladder, self.what, self.leg or "")).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Plan:
    """What a person does at home, in this `company` at most (of COMPANY); `call`: whom to call, in words."""

    items: tuple[Item, ...] = ()
    company: str = "home"
    call: str = ""
    note: str = ""

    def item(self, item_id: str) -> Item:
        """The item of that id, or the only one that is called so. Raises ProtocolError."""
        found = [one for one in self.items if item_id in (one.id, one.what)]
        if len(found) == 1:
            return found[0]
        ids = ", ".join(f"{one.id} ({one.what}{', ' + one.leg if one.leg else ''})" for one in self.items)
        many = (
            f"'{item_id}' is in this plan more than once: name it by its id"
            if found
            else f"There is no '{item_id}' in this plan"
        )
        raise ProtocolError(f"{many}: it has {ids}." if ids else "This plan is empty: `surefoot plan add` begins it.")


def task_of(item: Item) -> tuple[Ladder, Task]:
    """Raises ProtocolError where its ladder has no such task."""
    ladder = ladder_of(item.ladder)
    return ladder, ladder.task(item.what)


def task_item(ladder_name: str, name: str, since: date, leg: str | None = None, **told: Any) -> Item:
    """A task with the dose of its ladder, changed by what is `told`. Raises ProtocolError."""
    ladder = ladder_of(ladder_name)
    task = ladder.task(name)
    if leg is not None and not ladder.one_legged(task):
        raise ProtocolError(f"'{name}' is done on both legs: leave out the leg.")
    hold = ladder.targets(task, None)[0]
    days = DAYS_PER_WEEK.get(ladder_name, OTHER_DAYS)
    own = {"days_per_week": days, "sets": ladder.trials, "hold_s": hold, "steadiness": STEADINESS}
    return checked(
        Item(kind=TASK, what=ladder.name(task), ladder=ladder_name, since=since, leg=leg, **_over(own, told))
    )


def exercise_item(name: str, since: date, leg: str | None = None, **told: Any) -> Item:
    """An exercise with its own dose, changed by what is `told`. Raises ProtocolError."""
    found = exercise(name)
    if leg is not None and not found.each_side:
        raise ProtocolError(f"'{name}' is done with both legs: leave out the leg.")
    return checked(Item(kind=EXERCISE, what=name, since=since, leg=leg, **_over(asdict(found.dose), told)))


def _over(own: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    return own | {key: value for key, value in told.items() if value is not None}


LIMITS = {
    "days_per_week": (1, 7), "sets": (1, 20), "reps": (1, 100), "hold_s": (1, 300), "steps": (1, 2000),
    "minutes": (1, 240), "steadiness": (1, 5), "exertion": (0, 10),
}  # fmt: skip


def checked(item: Item) -> Item:
    """The item, where its numbers can be. Raises ProtocolError."""
    for name, (least, most) in LIMITS.items():
        value = getattr(item, name)
        if value is not None and not least <= value <= most:
            raise ProtocolError(f"{name.replace('_', ' ')} of {item.what} is {value:g}: give {least} to {most}.")
    if item.leg not in (None, *LEGS):
        raise ProtocolError(f"There is no leg '{item.leg}': choose {' or '.join(LEGS)}, or none for both.")
    return item


def added(plan: Plan, item: Item) -> Plan:
    """The plan with one more item. Raises ProtocolError where it has it, or has too many."""
    if any(one.id == item.id for one in plan.items):
        raise ProtocolError(
            f"{title_of(item)}: this is in the plan already; `surefoot plan set --item {item.id}` changes it."
        )
    if len(plan.items) >= MOST_ITEMS:
        raise ProtocolError(f"A plan holds up to {MOST_ITEMS} items, and nobody does more: drop one first.")
    return replace(plan, items=(*plan.items, item))


def dropped(plan: Plan, item_id: str) -> Plan:
    """The plan without an item. Raises ProtocolError where there is none."""
    gone = plan.item(item_id)
    return replace(plan, items=tuple(one for one in plan.items if one.id != gone.id))


def changed(plan: Plan, item_id: str, **told: Any) -> Plan:
    """The plan with other numbers of an item; what is None stays. Raises ProtocolError."""
    old = plan.item(item_id)
    new = checked(replace(old, **{key: value for key, value in told.items() if value is not None}))
    return replace(plan, items=tuple(new if one.id == old.id else one for one in plan.items))


def setting_of(item: Item) -> str:
    """Where it may be done at the least company, of ladder.SETTINGS."""
    if item.kind == EXERCISE:
        return exercise(item.what).setting
    ladder, task = task_of(item)
    return ladder.setting(task)


def type_of(item: Item) -> str:
    """FITT's type."""
    if item.kind == EXERCISE:
        return exercise(item.what).type
    return {"strength": "strength", "walking": "walking"}.get(item.ladder, "balance")


def both_sides(item: Item) -> bool:
    """Whether it is done with each leg by turns."""
    if item.leg is not None:
        return False
    if item.kind == EXERCISE:
        return exercise(item.what).each_side
    ladder, task = task_of(item)
    return ladder.one_legged(task)


def title_of(item: Item) -> str:
    """What to do, in a few words."""
    if item.kind == EXERCISE:
        return exercise(item.what).title
    ladder, task = task_of(item)
    told = [
        axis.words[level]
        for axis, level in zip(ladder.axes, task, strict=True)
        if level or axis.id not in OMITTED or ladder.id != "standing"
    ]
    words = ", ".join(word for word in told if word)
    sentence = words if ladder.begins.endswith(":") else f"{ladder.begins} {words}"
    return sentence[:1].upper() + sentence[1:]


def plan_document(plan: Plan) -> dict[str, Any]:
    """As plan.schema.json has it; what isn't told has no place in it."""
    items = []
    for one in plan.items:
        told = {key: value for key, value in asdict(one).items() if value not in (None, "")}
        told |= {"id": one.id, "since": str(one.since)}
        if one.despite is not None:
            told["despite"] = {**asdict(one.despite), "on": str(one.despite.on), "against": dict(one.despite.against)}
        items.append(told)
    head = {"format": FORMAT, "company": plan.company}
    return head | {key: value for key in ("call", "note") if (value := getattr(plan, key))} | {"items": items}


def plan_of(document: Mapping[str, Any]) -> Plan:
    """The plan that a document was made of."""
    known = {one.name for one in fields(Item)}
    items = []
    for row in document["items"]:
        told = {key: value for key, value in row.items() if key in known}
        told["since"] = date.fromisoformat(row["since"])
        if despite := row.get("despite"):
            told["despite"] = Despite(**{**despite, "on": date.fromisoformat(despite["on"])})
        items.append(Item(**told))
    return Plan(tuple(items), document["company"], document.get("call", ""), document.get("note", ""))
