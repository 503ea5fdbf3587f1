# SPDX-License-Identifier: MIT
"""A person's own words on a walk, typed in one go or asked one by one, and the goal that they set themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date

from ..care.asked import EXERTION, LIMITS, STEADINESS
from ..care.goal_values import MOST as MOST_GOAL
from ..care.goal_values import WORDS_MAX
from ..errors import CommandInvalid
from .run_values import now_utc
from .walk_values import GOAL_MEASURES, GOAL_PER, Goal, Said

# Field, least, most, question.
QUESTIONS = (
    ("steadiness", *LIMITS["steadiness"], STEADINESS),
    ("pain_before", *LIMITS["pain"], "Pain before the walk? 0 none ... 10 the worst there is"),
    ("pain_after", *LIMITS["pain"], "Pain after it? 0 none ... 10 the worst there is"),
    ("exertion", *LIMITS["exertion"], EXERTION),
)
NOTE_MAX = 500


def said_of(text: str) -> Said:
    """Of words such as `steadiness=2,pain_before=1,note=with a stick`. Raises CommandInvalid, naming what is wrong."""
    limits = {name: (least, most) for name, least, most, _ in QUESTIONS}
    values: dict[str, int | str] = {}
    for piece in text.split(","):
        key, sign, value = (part.strip() for part in piece.partition("="))
        if "note" in values and (not sign or key not in limits):
            values["note"] = f"{values['note']},{piece}"  # a comma within the words
        elif key in values:
            raise CommandInvalid(f"--said gives {key} twice: give it once.")
        elif key == "note":
            values["note"] = value
        elif key in limits:
            values[key] = _number(key, value, *limits[key])
        else:
            known = ", ".join([*limits, "note"])
            raise CommandInvalid(f"--said has '{piece.strip()}': write key=value with one of {known}.")
    note = str(values.pop("note", ""))
    if len(note) > NOTE_MAX:
        raise CommandInvalid(f"The note has {len(note)} letters: keep it to {NOTE_MAX}.")
    return Said(**values, note=note)  # type: ignore[arg-type]


def ask(question: Callable[[str], str], say: Callable[[str], None]) -> Said:
    """Each question until its answer is a number in its range; Enter leaves it unreported, the end of input all that
    are left."""
    values: dict[str, int] = {}
    try:
        for name, least, most, words in QUESTIONS:
            while answer := question(f"{words} (Enter: no answer) ").strip():
                try:
                    values[name] = _number(name, answer, least, most)
                    break
                except CommandInvalid:
                    say(f"'{answer}' is none of {least} to {most}: type a whole number, or only Enter.")
    except EOFError:
        say("")
    return Said(**values)  # type: ignore[arg-type]


def unreported(said: Said) -> bool:
    """Whether nothing at all was said."""
    return all(getattr(said, field.name) in (None, "") for field in fields(said) if field.name != "by")


def goal_of(words: str, measure: str | None, value: float | None, per: str | None, by_date: str | None) -> Goal:
    """A goal as it was typed. Raises CommandInvalid, saying what is missing or can't be."""
    if measure is None or value is None or per is None:
        raise CommandInvalid(
            "A goal needs --goal WORDS, --goal-measure, --goal-value and --goal-per, such as --goal-measure"
            " gait_distance_m --goal-value 900 --goal-per walk."
        )
    if measure not in GOAL_MEASURES or per not in GOAL_PER:
        raise CommandInvalid(f"A goal is of {', '.join(GOAL_MEASURES)}, per {', '.join(GOAL_PER)}: choose of these.")
    if not 0 < value <= MOST_GOAL:
        raise CommandInvalid(
            f"--goal-value {value:g} is no goal: give metres, seconds or steps, above 0 and up to {MOST_GOAL:,}."
        )
    if not words.strip() or len(words) > WORDS_MAX:
        raise CommandInvalid(f"--goal takes the person's own words, up to {WORDS_MAX} letters.")
    if by_date is not None:
        try:
            by_date = date.fromisoformat(by_date).isoformat()
        except ValueError:
            raise CommandInvalid(f"--goal-by {by_date} is no date: write it as 2026-12-24.") from None
        if by_date < now_utc()[:10]:
            raise CommandInvalid(f"--goal-by {by_date} is over: a goal needs a day to come, or none.")
    return Goal(words.strip(), measure, value, per, by_date, now_utc())


def _number(name: str, text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
        raise CommandInvalid(f"{name} goes from {least} to {most} in whole numbers, and '{text}' is none of them.")
    return int(text)
