# SPDX-License-Identifier: MIT
"""What speaks against an item of a plan, and what of a plan a page for home may show. Pure.

The safety profile and the ladder's last decision are looked at again each time: what was free when it was planned and
isn't now is withheld, and the reason is told to the therapist.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from surefoot.care.exercises import exercise
from surefoot.care.ladder import SETTINGS, Task
from surefoot.care.plan import EXERCISE, Item, Plan, setting_of, task_of, title_of
from surefoot.care.progression_values import LEGS, NOT_ASKED
from surefoot.care.safety import table
from surefoot.care.safety_values import Block, Blocks, Reason

LOCKED, HIGHER, WITH_SOMEBODY, COMPANY = "ladder-locked", "ladder-higher", "ladder-supervised", "company"


@dataclass(frozen=True)
class Rung:
    """The last decision of a ladder on one leg or both: the task it leads to, and whether training is `locked` (why)
    or the task is only for company yet (`supervised`)."""

    task: Task
    locked: str = ""
    supervised: bool = False


Rungs = Mapping[tuple[str, str], Rung]  # by ladder and leg, "" for both


def lasting(found: Blocks) -> Blocks:
    """Without what must be asked anew each day and was only not asked today: the page asks it each time itself."""
    daily = {one.id for one in table().questions if one.days == 0}
    kept = tuple(one for one in found.reasons if not (one.block.answer in daily and one.state == NOT_ASKED))
    return Blocks(kept)


def against(item: Item, found: Blocks, rungs: Rungs, company: str = SETTINGS[-2]) -> dict[str, str]:
    """What speaks against an item, in words by the name of the rule; empty where nothing does."""
    reasons = lasting(found)
    words = {one.block.id: one.sentence for one in reasons.reasons if _bars(one, item)}
    words |= _by_ladder(item, rungs)
    least = needed(item, reasons, rungs)
    most = min(company, reasons.company, key=SETTINGS.index)
    if SETTINGS.index(least) > SETTINGS.index(most):
        asks = "this needs" if least == setting_of(item) else "for this person that needs"
        words[COMPANY] = f"{title_of(item)}: {asks} {COMPANY_WORDS[least]}, and at home there is {COMPANY_WORDS[most]}."
    return words


COMPANY_WORDS = {
    "home": "a support within reach",
    "corner": "a corner and a chair",
    "helper": "another adult within reach",
    "clinic": "a therapist",
}


def needed(item: Item, found: Blocks, rungs: Rungs | None = None) -> str:
    """The least company of an item, of SETTINGS: its own, what the safety profile asks for, or a first time's."""
    rung = _rung(item, rungs or {})
    first = SETTINGS[-2] if rung is not None and rung.supervised and _same(item, rung) else SETTINGS[0]
    return max(setting_of(item), found.needs, first, key=SETTINGS.index)


def _bars(reason: Reason, item: Item) -> bool:
    block = reason.block
    if "training" in block.things:
        return True
    if block.leg is not None and item.leg is not None and _loaded(item) != block.leg:
        return False
    if item.kind != EXERCISE:
        ladder, task = task_of(item)
        return ladder.barred(task, block.levels)
    found = exercise(item.what)
    if block.answer in found.not_barred_by:
        return False
    return bool(set(found.levels) & set(block.levels)) or (
        _only_some(block) and bool(set(found.like) & set(block.tests))
    )


def _loaded(item: Item) -> str | None:
    """The leg that carries: of a task the named one, of an exercise the other, since that one is lifted."""
    if item.leg is None or item.kind != EXERCISE:
        return item.leg
    return LEGS[1 - LEGS.index(item.leg)]


def _only_some(block: Block) -> bool:
    """Whether it bars tests for what they ask of the body: what bars every test is about measuring."""
    return len(block.tests) < len(table().all_tests)


def _rung(item: Item, rungs: Rungs) -> Rung | None:
    """The stricter one where both legs by turns have one each."""
    if item.kind == EXERCISE:
        return None
    ladder, _ = task_of(item)
    legs = (item.leg, "") if item.leg else ("", *LEGS)
    found = [rungs[item.ladder, leg] for leg in legs if (item.ladder, leg) in rungs]
    return min(found, key=lambda one: (not one.locked, ladder.height(one.task)), default=None)


def _same(item: Item, rung: Rung) -> bool:
    return task_of(item)[1] == rung.task


def _by_ladder(item: Item, rungs: Rungs) -> dict[str, str]:
    locked = next((one.locked for one in rungs.values() if one.locked), "")
    if locked:
        return {LOCKED: f"Training is locked: {locked.rstrip('.')}. A named clinician opens it after a re-check."}
    rung = _rung(item, rungs)
    if rung is None:
        return {}
    ladder, task = task_of(item)
    if any(a > b for a, b in zip(task, rung.task, strict=True)):
        at = title_of(Item(item.kind, ladder.name(rung.task), 1, item.since, item.ladder))
        return {HIGHER: f"The ladder stands at '{at}', and this is harder: `surefoot ladder` decides when."}
    return {}


def refusal(words: Mapping[str, str], found: Blocks, person: str) -> str:
    """Why an item is refused: what is not fine in full, what is not asked by name."""
    unasked = {one.block.id: one.block.answer for one in found.reasons if one.state == NOT_ASKED}
    says = [why for rule, why in words.items() if rule not in unasked]
    open_ = dict.fromkeys(unasked[rule] for rule in words if rule in unasked)
    if open_:
        says.append(f"Not asked: {', '.join(open_)} (`surefoot assess safety --person {person}` asks).")
    return " ".join(says)


@dataclass(frozen=True)
class Shown:
    """What of a plan goes on a page: `alone` and `together` (with the helper beside); what doesn't, `withheld` as
    (item, reasons)."""

    alone: tuple[Item, ...]
    together: tuple[Item, ...]
    withheld: tuple[tuple[Item, Mapping[str, str]], ...]


def at_home(plan: Plan, found: Blocks, rungs: Rungs) -> Shown:
    """Each item where it may be done. An item in need of a helper is never among those for alone, whatever was
    overridden; what a lock withholds comes back only once it is opened; one for the clinic is on no page."""
    alone, together, withheld = [], [], []
    for item in plan.items:
        overridden = set(item.despite.against) if item.despite else set()
        words = against(item, found, rungs, plan.company)
        left = {rule: why for rule, why in words.items() if rule not in overridden or rule in (COMPANY, LOCKED)}
        if left:
            withheld.append((item, left))
        elif SETTINGS.index(needed(item, lasting(found), rungs)) <= SETTINGS.index("corner"):
            alone.append(item)
        else:
            together.append(item)
    return Shown(tuple(alone), tuple(together), tuple(withheld))
