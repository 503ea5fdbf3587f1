# SPDX-License-Identifier: MIT
"""Progression in words: where somebody stands, why, what is next, and the ladder as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..care.ladder import Ladder
from ..care.progression_case import Case, Rules, higher, unanswered
from ..care.progression_tracks import Track, own, success
from ..care.progression_values import Decision, Person, Place, Session, Standing
from ..care.safety import table

SUGGESTS = "Surefoot suggests; a clinician decides."
LAST = 4  # sessions whose share of success is shown
OUTCOMES = {"stop": "stop", "regress": "make it easier", "hold": "stay", "advance": "make it harder"}


def task_line(ladder: Ladder, place: Place) -> str:
    """What to do, as one sentence."""
    held = f", {place.target_s:g} s" if place.target_s else ""
    rest = f", {ladder.rest_s:g} s of rest between" if ladder.rest_s else ""
    many = f"; {ladder.trials} trials{rest}" if ladder.trials > 1 else ""
    return f"{ladder.begins} {ladder.words(place.task)}{held}{many}."


def name_of(ladder: Ladder, track: Track) -> str:
    return f"{ladder.title}{f', {track[1]} leg' if track[1] else ''}"


def merged(parts: Sequence[tuple[str, list[str]]]) -> list[str]:
    """Titles with their lines; legs of which the same is to be said are named together."""
    lines: list[str] = []
    for at, (title, body) in enumerate(parts):
        if at and parts[at - 1][1] == body and _bare(parts[at - 1][0]) == _bare(title):
            continue
        both = at + 1 < len(parts) and parts[at + 1][1] == body and _bare(parts[at + 1][0]) == _bare(title)
        lines += [f"{_bare(title)}, both legs" if both else title, *body, ""]
    return lines


def _bare(title: str) -> str:
    return title.removesuffix(", left leg").removesuffix(", right leg")


def decision_lines(ladder: Ladder, decision: Decision, here: Place | None = None) -> list[str]:
    """What was decided, by which rule, what it saw, what would change it and, unless they stay `here`, what follows."""
    lines = [f"  {decision.on}  {OUTCOMES[decision.outcome]}, by {decision.rule}: {decision.words}"]
    if decision.by:
        rules = f"{OUTCOMES[decision.inputs['outcome']]} ({decision.inputs['rule']})"
        lines.append(f"  decided by {decision.by}; the rules had said {rules}")
    else:
        lines.append(f"  it saw      {inputs(decision)}")
    lines.append(f"  would change it: {decision.would_change}")
    if decision.outcome == "stop":
        which = "this ladder" if decision.rule == "closed" else "any ladder"
        lines.append(f"  stopped     no training on {which}; what they do instead: `surefoot ladder show`")
    elif here != Place(decision.task, decision.target_s):
        when = "once asked" if to_ask(decision.inputs) else "then"
        lines.append(f"  {when:10s}  {task_line(ladder, Place(decision.task, decision.target_s))}")
        lines += [f"  where       {WHERE[where]}"] if (where := ladder.setting(decision.task)) != "home" else []
    if decision.supervised:
        lines.append("  ONLY WITH SOMEBODY BESIDE until it was passed so once.")
    return lines


def to_ask(inputs: Mapping[str, Any]) -> bool:
    """Whether safety questions come before any training, by what a rule saw."""
    return bool({one.id for one in table().questions} & {*inputs.get("missing", ()), *inputs.get("not asked", ())})


def last_line(document: Mapping[str, Any], on: str) -> list[str]:
    """What was decided last, nothing where a placement is all that there is."""
    if "outcome" not in document:
        return []
    return [f"  decided     {on}: {OUTCOMES[document['outcome']]}, by {document['rule']}"]


def inputs(decision: Decision) -> str:
    """What a rule saw."""
    return "; ".join(f"{name}: {_listed(value)}" for name, value in decision.inputs.items())


def _listed(value: Any) -> str:
    return (
        ", ".join(str(one).replace("_", " ") for one in value) or "none"
        if isinstance(value, list | tuple)
        else str(value)
    )


def standing_lines(
    ladder: Ladder, rules: Rules, track: Track, standing: Standing, decision: Decision, sessions: list[Session],
    person: Person,
) -> list[str]:  # fmt: skip
    """Where somebody stands on a ladder, and what the rules say today."""
    place = Place(standing.task, standing.target_s)
    rung, where = ladder.height(standing.task), ladder.setting(standing.task)
    lines = [f"  stands at   rung {rung}, {ladder.name(standing.task)}, {WHERE[where]}"]
    if standing.locked:
        lines += [
            f"  LOCKED      {standing.locked}",
            f"  until then  {person.fallback or 'no fallback was chosen: `surefoot ladder set --fallback`'}",
        ]
    elif decision.outcome != "stop":
        lines.append(f"  {'once asked' if to_ask(decision.inputs) else 'now':10s}  {task_line(ladder, place)}")
    lines += decision_lines(ladder, decision, place)
    case = Case(ladder, rules, standing, tuple(sessions), person, decision.on)
    missing = decision.inputs.get("missing") or unanswered(case)
    if missing:
        lines.append(f"  NOT ASKED   {', '.join(name.replace('_', ' ') for name in missing)}")
    up = higher(case)
    if up and decision.outcome not in ("advance", "stop"):
        lines.append(f"  next up     {task_line(ladder, up[0])}")
    share = success([one for one in own(track, sessions) if one.task == standing.task], LAST)
    if share is not None:
        low, high = rules.success_band
        lines.append(f"  success     {share:.0%} of trials in the last sessions ({low:.0%} to {high:.0%} is aimed at)")
    return lines


WHERE = {
    "home": "at home with a support within reach",
    "corner": "in a corner, a chair in front",
    "helper": "with a helper within reach",
    "clinic": "at the clinic only",
}


def ladder_lines(ladder: Ladder) -> list[str]:
    """The suggested walk, task by task."""
    lines = [f"{ladder.title} ({ladder.id}): {ladder.begins} ..."]
    for number, task in enumerate(ladder.walk):
        marks = [WHERE[ladder.setting(task)]]
        marks += ["each leg"] if ladder.one_legged(task) else []
        marks += ["first with somebody beside"] if ladder.watched(task) else []
        lines.append(f"  {number:2d}  rung {ladder.height(task):2d}  {ladder.name(task):34s}  {'; '.join(marks)}")
        lines.append(f"                 {ladder.words(task)}")
    if ladder.targets_s:
        lines.append(f"  Held {' s, then '.join(f'{one:g}' for one in ladder.targets_s)} s; {ladder.trials} trials.")
    lines.append("  Tasks that aren't listed can be named too: one level of each axis, such as those above.")
    lines += [f"  {axis.id:9s} {', '.join(axis.levels)}" for axis in ladder.axes]
    return lines


def decision_row(ladder: Ladder, track: Track, decision: Decision, kept: bool) -> dict[str, Any]:
    """For machines."""
    return {
        "ladder": ladder.id,
        "leg": track[1],
        "on": str(decision.on),
        "outcome": decision.outcome,
        "rule": decision.rule,
        "words": decision.words,
        "inputs": dict(decision.inputs),
        "would_change": decision.would_change,
        "task": ladder.name(decision.task),
        "target_s": decision.target_s,
        "rung": ladder.height(decision.task),
        "setting": ladder.setting(decision.task),
        "supervised": decision.supervised,
        "by": decision.by,
        "kept": kept,
    }
