# SPDX-License-Identifier: MIT
"""A plan as it is told to whoever does it: a card for each thing to do, in plain words, for the page and for speech."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from surefoot.care.asked import STEADY
from surefoot.care.exercises import exercise
from surefoot.care.ladder import SETTINGS
from surefoot.care.pain_stop import PainStop, pain_stop
from surefoot.care.plan import EXERCISE, Item, Plan, both_sides, setting_of, task_of, title_of, type_of
from surefoot.care.plan_check import Shown

from .figures import exercise_figure, task_figure

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
# What each warning sign is to whoever feels it, by progression_values.FLAGS.
SIGNS = {
    "dizziness": "you feel dizzy or faint",
    "chest_pain": "your chest hurts, or you can't get your breath",
    "weakness": "you have a new weakness or numbness, or trouble with speech or sight",
    "fall": "you fall",
    "caught": "somebody has to catch you",
}
BEFORE = (
    "Wear firm shoes. Clear the floor. Put the light on.",
    "Have a chair near, to sit down.",
    "If you feel unwell today, leave it for today.",
)
READY = {
    "home": "Stand where you can reach a worktop or a heavy chair.",
    "corner": "Stand in a corner of the room, a heavy chair in front of you.",
    "helper": "Your helper stands beside you, within arm's reach, all the time.",
    "clinic": "Only in the clinic, with your therapist.",
}
SEATED = "You need a firm chair with its back against a wall."
HOW = {
    "strength": ("Sit near the front of the chair.", "Stand up all the way each time, and sit down slowly."),
    "dynamic": ("Go slowly.", "Hold on whenever you need to."),
    "walking": ("Take your usual walking aid.", "Rest when you want to."),
}


def stops(pain: PainStop) -> tuple[str, ...]:
    """When to stop at once, as sentences' ends: the warning signs, and pain as this person's ladders have it."""
    return (*SIGNS.values(), pain.words)


@dataclass(frozen=True)
class Card:
    """One thing to do. `number` counts on the page; `dose` how much and `often`; `felt` how hard it may feel."""

    number: int
    id: str
    title: str
    kind: str
    need: str
    does: tuple[str, ...]
    dose: str
    often: str
    felt: str
    stop: str
    note: str
    figure: str


def cards(items: Sequence[Item], first: int = 1, company: str | None = None) -> tuple[Card, ...]:
    """In the order of the plan, numbered from `first`; drawn and told for this company at the least."""
    return tuple(_card(item, number, company) for number, item in enumerate(items, first))


def _card(item: Item, number: int, company: str | None) -> Card:
    setting = max(setting_of(item), company or SETTINGS[0], key=SETTINGS.index)
    if item.kind == EXERCISE:
        found = exercise(item.what)
        need = f"You need {_and(found.needs)}." + (f" {READY['helper']}" if setting == "helper" else "")
        does = found.does if item.leg is None else tuple(one for one in map(_one_leg, found.does) if one)
        stop, svg = found.stop, exercise_figure(found, item.leg)
    else:
        ladder, task = task_of(item)
        alone = ladder.id in SEATED_OR_OUT and setting in ("home", "corner")
        need = " ".join([*([SEATED] if ladder.id == "strength" else []), *([] if alone else [READY[setting]])])
        does, stop = _does(item), "Stop if you nearly lose your balance."
        svg = task_figure(ladder, task, item.leg or "right", setting)
    felt = []
    if item.steadiness is not None:
        level = f"{item.steadiness} of {len(STEADY)}: “{STEADY[item.steadiness - 1]}”"
        felt.append(f"It may feel as unsteady as {level}.")
    if item.exertion is not None:
        felt.append(f"It may be as hard as {item.exertion} of 10, and no harder (10: as hard as can be).")
    return Card(
        number, item.id, _title(item), type_of(item), need, does, dose(item), often(item),
        " ".join(felt), stop, item.note, svg,
    )  # fmt: skip


SEATED_OR_OUT = ("strength", "walking")  # ladders whose tasks need nothing to hold on to


def _title(item: Item) -> str:
    """With the leg that was planned."""
    title = title_of(item)
    if item.leg is None:
        return title
    if item.kind == EXERCISE:
        return f"{title}, {item.leg} leg"
    ladder, task = task_of(item)
    base = ladder.level(task, "base")
    if base == "single-leg":
        return title.replace("on one leg", f"on the {item.leg} leg")
    return f"{title}, {item.leg} foot {'in front' if base else 'back'}"


def _does(item: Item) -> tuple[str, ...]:
    """How a task of a ladder is done, beyond its title."""
    ladder, task = task_of(item)
    out = list(HOW.get(ladder.id, ()))
    if ladder.id == "standing":
        closed = ladder.level(task, "vision") == "closed"
        out.append("Close your eyes only once you stand still." if closed else "Look straight ahead.")
        if item.hold_s:
            out.append(f"Stay like this for {item.hold_s:g} seconds.")
        out.append("Rest a while, and do it again.")
    if both_sides(item):
        out.append("Then the same with the other leg.")
    return tuple(out)


OTHER_LEG = "Then the other leg."


def _one_leg(line: str) -> str:
    """A sentence without what sends to the other leg."""
    return line.removesuffix(OTHER_LEG).strip()


def _and(words: Sequence[str]) -> str:
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def dose(item: Item) -> str:
    """How much at a time."""
    side = " with each leg" if both_sides(item) else ""
    times = _times(item.sets) if item.sets else ""
    if item.minutes is not None:
        return f"{item.minutes:g} minutes"
    if item.reps is not None and item.reps > 1:
        more = f", {times}" if (item.sets or 1) > 1 else ""
        return f"{item.reps} times{side}{more}"
    if item.steps is not None:
        more = f", {times}" if (item.sets or 1) > 1 else ""
        return f"{item.steps} steps{' each way' if side else ''}{more}"
    if item.hold_s is not None:
        return f"{times or 'once'}, {item.hold_s:g} seconds{' each time' if (item.sets or 1) > 1 else ''}{side}"
    return f"{times or 'once'}{side}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def often(item: Item) -> str:
    """How often in a week."""
    return "every day" if item.days_per_week == 7 else f"{_day_words(item.days_per_week)} a week"


def _day_words(days: int) -> str:
    return "one day" if days == 1 else f"{NUMBERS[days]} days"


@dataclass(frozen=True)
class PlanView:
    """All that the page and the spoken form tell. `told`: true sentences that encourage; `goals`: (own words, target,
    how far) each; `more`: something is done only with the therapist; `instead`: what is done while training is locked;
    `pain`: when to stop for it; `simulated`: the recordings of this person are of a virtual board.
    """

    person: str
    day: date
    alone: tuple[Card, ...]
    together: tuple[Card, ...]
    note: str
    call: str
    goals: tuple[tuple[str, str, str], ...] = ()
    told: tuple[str, ...] = ()
    more: bool = False
    instead: str = ""
    pain: PainStop = field(default_factory=pain_stop)
    simulated: bool = False

    @property
    def nothing(self) -> tuple[str, ...]:
        """What is said where there is nothing to do: none was planned, or all of it waits."""
        if self.more:
            return ("For now there is nothing for you to do alone.", "Talk to your therapist before you train.")
        return ("There is nothing in your plan yet.", "Ask your therapist.")


def plan_view(
    person: str,
    plan: Plan,
    shown: Shown,
    day: date,
    goals: Sequence[tuple[str, str, str]] = (),
    told: Sequence[str] = (),
    helper: bool = True,
    instead: str = "",
    pain: PainStop | None = None,
) -> PlanView:
    """What of a plan is told; without `helper` only what may be done alone."""
    alone = cards(shown.alone)
    together = cards(shown.together, len(alone) + 1, "helper") if helper else ()
    more = bool(shown.withheld) or len(together) < len(shown.together)
    call, stop = plan.call, pain or pain_stop()
    return PlanView(person, day, alone, together, plan.note, call, tuple(goals), tuple(told), more, instead, stop)
