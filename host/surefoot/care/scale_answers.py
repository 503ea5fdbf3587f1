# SPDX-License-Identifier: MIT
"""The answers to a rated scale, each in one of three states, in; the total out, or which items have none and why."""

from collections.abc import Mapping
from dataclasses import dataclass

from surefoot.care.scales import Scale, Score, check_answer, check_weight, score
from surefoot.errors import ProtocolError

RATED, NOT_DONE, NOT_ASKED = "rated", "not-done", "not-asked"
STATES = (RATED, NOT_DONE, NOT_ASKED)
LONGEST = 60
MOST = 5  # so many items are named in a sentence
NOT_ZERO = "What was not rated is not 0."


@dataclass(frozen=True)
class Answer:
    """rated: `value`. not-done: refused, or could not be tried, with the `reason`. not-asked: nobody asked it.

    `own` are the person's words for an item of their own; `weight` is that of a goal, None where none was given.
    """

    state: str = NOT_ASKED
    value: float | None = None
    reason: str = ""
    own: str = ""
    weight: float | None = None


def check(scale: Scale, key: str, answer: Answer) -> Answer:
    """The answer, if it can be. Raises ProtocolError."""
    where = f"{scale.title}, item {key}"
    if key not in scale.keys:
        raise ProtocolError(f"{scale.title} has no item '{key}': its items are {scale.keys[0]} to {scale.keys[-1]}.")
    if answer.state not in STATES:
        raise ProtocolError(f"{where}: '{answer.state}' is no state: use one of {', '.join(STATES)}.")
    if (answer.state == RATED) is not (answer.value is not None):
        raise ProtocolError(f"{where}: only what is rated has a rating, and it needs one.")
    if answer.value is not None:
        check_answer(scale, key, answer.value)
    if answer.state == NOT_DONE and not answer.reason:
        raise ProtocolError(f"{where} was not done: say why in a few words.")
    if answer.weight is not None:
        check_weight(scale, key, answer.weight)
    if answer.own and not scale.items.own:
        raise ProtocolError(f"{where}: its words are on the form, and none of one's own.")
    if scale.items.own and answer.state != NOT_ASKED and not answer.own:
        raise ProtocolError(f"{where} needs the person's own words for it.")
    for text in (answer.reason, answer.own):
        if len(text) > LONGEST or not text.isprintable():
            raise ProtocolError(f"{where}: keep '{text[:20]}...' to {LONGEST} plain characters.")
    return answer


def total(scale: Scale, answers: Mapping[str, Answer]) -> Score:
    """The scale's own total of what was rated. Raises ProtocolError for an answer that can't be.

    None where an item has no rating: of the person's own items where one that was named has none, or too few are named.
    """
    for key, answer in answers.items():
        check(scale, key, answer)
    values = {key: answer.value for key, answer in answers.items() if answer.state == RATED}
    weights = {key: answer.weight for key, answer in answers.items() if answer.weight is not None and key in values}
    found = score(scale, values, weights)
    wanted = scale.keys
    if scale.items.own:
        wanted = tuple(key for key in scale.keys if key in answers and answers[key].own)
        if len(wanted) < scale.items.least:
            return Score(None, found.reason, found.missing, found.answered)
    missing = tuple(key for key in wanted if key not in values)
    return Score(None, _why(answers, missing), missing, len(values)) if missing else found


def _why(answers: Mapping[str, Answer], missing: tuple[str, ...]) -> str:
    undone = [key for key in missing if key in answers and answers[key].state == NOT_DONE]
    unasked = [key for key in missing if key not in undone]
    said = [f"item {key} was not done ({answers[key].reason})" for key in undone]
    if unasked:
        which = ", ".join(unasked[:MOST]) + (f" and {len(unasked) - MOST} more" if len(unasked) > MOST else "")
        said.append(f"items {which} were not asked" if len(unasked) > 1 else f"item {which} was not asked")
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}. {NOT_ZERO}"
