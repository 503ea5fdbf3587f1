# SPDX-License-Identifier: MIT
"""A rated scale asked item after item: back, refused, not asked, broken off and taken up again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..care.scale_answers import LONGEST, NOT_ASKED, NOT_DONE, RATED, Answer, check
from ..care.scales import Scale
from ..errors import ProtocolError

Ask = Callable[[str], str | None]
Say = Callable[[str], None]
Save = Callable[[Mapping[str, Answer]], None]
BACK, REFUSED, LEFT, LATER = "b", "x", "n", "q"
KEYS = (
    f"Keys, each with Enter: a rating; {BACK} back one item; {REFUSED} refused, or could not be tried (you say why);",
    f"{LEFT} not asked; {LATER} break off, to be taken up again by --resume. Enter alone keeps what is there.",
)
FORM = "The words shown here are short ones, to find your way: your form's own words for each item decide."
TRIED = "A task that was tried and not managed has a rating of its own on most forms: give that, not x."


class _Later(Exception):
    """Broken off for now."""


class _Back(Exception):
    """One item back."""


def rate(scale: Scale, answers: dict[str, Answer], ask: Ask, say: Say, save: Save) -> bool:
    """Ask what `answers` doesn't have yet, put it there and `save` it at once. Whether the scale was gone through to
    its end; Ctrl-C, `q` or nobody at the keys break it off."""
    keys = scale.keys
    place = next((n for n, key in enumerate(keys) if key not in answers), len(keys))
    for line in (*KEYS, TRIED, *(() if scale.items.own else (FORM,))):
        say(line)
    try:
        while True:
            try:
                if place >= len(keys):
                    chosen = _again(scale, answers, ask, say)
                    if chosen is None:
                        return True
                    place = keys.index(chosen)
                key = keys[place]
                found = _item(scale, key, answers.get(key), ask, say)
            except _Back:
                if place == 0:
                    say("This is the first item.")
                last = max((n for n, key in enumerate(keys) if key in answers), default=0)
                place = max(place - 1, 0) if place < len(keys) else last
                continue
            if found is None:  # no more items of one's own
                place = len(keys)
                continue
            answers[key] = found
            save(answers)
            place = next((n for n in range(place + 1, len(keys)) if keys[n] not in answers), len(keys))
    except (_Later, KeyboardInterrupt):
        return False


def told(answer: Answer | None) -> str:
    """An answer in a few words."""
    if answer is None or answer.state == NOT_ASKED:
        return "not asked"
    return f"not done ({answer.reason})" if answer.state == NOT_DONE else f"{answer.value:g}"


def _item(scale: Scale, key: str, before: Answer | None, ask: Ask, say: Say) -> Answer | None:
    """The answer to one item; None where the person names no more items of their own."""
    items = scale.items
    say("")
    own = before.own if before else ""
    if items.own:
        question = f"Item {key}, in the person's words{f' [{own}]' if own else ', Enter if there is none'}:"
        while True:
            named = _typed(ask, question) or own
            if len(named) > LONGEST or not named.isprintable():
                say(f"Keep it to {LONGEST} plain characters.")
            elif named:
                break
            elif int(key) > items.least:
                return None
            else:
                say(f"At least {items.least} must be named.")
        own = named
    about = own or scale.about_of(key) or "as your form words it"
    say(f"Item {key} ({scale.keys.index(key) + 1} of {len(scale.keys)}): {about}")
    for level in scale.levels:
        say(f"    {level.value:g}  {level.says}")
    steps = "" if items.step == 1 else f" in steps of {items.step:g}"
    kept = f", Enter for {told(before)}" if before else ""
    while True:
        text = _typed(ask, f"{items.low:g} to {items.high:g}{steps}, {BACK}, {REFUSED}, {LEFT} or {LATER}{kept}:")
        if not text and before:
            return Answer(before.state, before.value, before.reason, own, before.weight)
        try:
            return check(scale, key, _answer(scale, text, own, ask))
        except ProtocolError as error:
            say(str(error))


def _answer(scale: Scale, text: str, own: str, ask: Ask) -> Answer:
    if text.lower() == LEFT:
        return Answer(NOT_ASKED, own=own)
    if text.lower() == REFUSED:
        return Answer(NOT_DONE, reason=_typed(ask, "Why, in a few words (no names):"), own=own)
    value = number(text)
    weight = _typed(ask, "Weight of this one, Enter for 1:") if scale.items.weighted else ""
    return Answer(RATED, value, own=own, weight=number(weight) if weight else None)


def number(text: str) -> float:
    """A typed number, with a point or a comma. Raises ProtocolError."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise ProtocolError(f"'{text}' is no number: type a rating, or one of the keys.") from None


def _again(scale: Scale, answers: Mapping[str, Answer], ask: Ask, say: Say) -> str | None:
    """At the end: which item is to be answered again, if any."""
    say("")
    open_ = [key for key, one in answers.items() if one.state != RATED]
    if open_:
        say("Without a rating: " + "; ".join(f"item {key} {told(answers[key])}" for key in open_) + ".")
    while True:
        text = _typed(ask, "All items were gone through. Enter to finish, or an item to change:")
        if not text:
            return None
        if text in scale.keys:
            return text
        say(f"There is no item '{text}'.")


def _typed(ask: Ask, question: str) -> str:
    text = ask(question)
    if text is None or text.strip().lower() == LATER:
        raise _Later
    if text.strip().lower() == BACK:
        raise _Back
    return text.strip()
