# SPDX-License-Identifier: MIT
"""A plan to be read aloud: short sentences, one thought each, in the order that somebody does it."""

from ..clinic.simulated import MARK
from .plan_view import BEFORE, Card, PlanView, stops


def speech(view: PlanView) -> tuple[str, ...]:
    """The sentences, one by one."""
    if not view.alone and not view.together:
        alone = (f"For now: {view.instead}",) if view.instead else view.nothing
        return (MARK, *alone) if view.simulated else alone
    goals = [f"Your goal: {words}. {target}." for words, target, _ in view.goals]
    out = [*([MARK] if view.simulated else []), "This is your plan.", *goals, *view.told, *BEFORE]
    when = [f"{one[:1].upper()}{one[1:]}." for one in stops(view.pain)]
    out += ["Stop at once and sit down, if one of these happens.", *when]
    out.append(f"Then call {view.call}." if view.call else "Then call your therapist.")
    out += [one for one in (view.instead and f"For now: {view.instead}", view.note) if one]
    if view.alone:
        out.append(_count(len(view.alone)))
        out += [line for card in view.alone for line in of_card(card)]
    if view.together:
        out.append("These only with your helper beside you.")
        out += [line for card in view.together for line in of_card(card)]
    if view.more:
        out.append("Some things you do only together with your therapist.")
    return (*out, "That is all.")


def of_card(card: Card) -> tuple[str, ...]:
    """One thing to do, as it is spoken."""
    told = [f"Number {card.number}. {card.title}.", card.need, *card.does]
    told += [
        f"How much: {card.dose}, {card.often}.",
        card.felt,
        card.stop,
        f"{card.note.rstrip('.')}." if card.note else "",
    ]
    return tuple(one for one in told if one)


def _count(many: int) -> str:
    return "There is one thing to do." if many == 1 else f"There are {many} things to do."
