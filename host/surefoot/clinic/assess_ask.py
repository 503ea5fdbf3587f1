# SPDX-License-Identifier: MIT
"""Answers of the safety profile: asked one after the other, or typed in one go."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from datetime import date

from ..care.progression_values import FINE, NOT_ASKED, NOT_FINE
from ..care.safety import answered, states, table
from ..care.safety_asking import Wanted, due, needed, next_question
from ..care.safety_readings import measured, weighed
from ..care.safety_values import Question, Readings, SafetyProfile
from ..errors import CommandInvalid, SurefootError

KEYS = (
    "y or n, with a few words after it if need be (n left); Enter leaves it as it is; - makes it not asked; q ends.",
    "What is not asked never counts as fine. Write no names.",
)
_SPELLED = {"unknown": NOT_ASKED}  # as a clinician says it of sensation


MANY = 10  # questions due at once, beyond which a therapist with ten minutes is told of a shorter way


class _Ends(Exception):
    """No more answers for now."""


def asked(before: SafetyProfile, on: date, wanted: Sequence[Wanted], every: bool, silent: bool) -> SafetyProfile:
    """The profile after the questions that are due, that something wanted waits for, or every one, asked at this
    terminal. Raises CommandInvalid where there is none, or where a machine asked for one document (`silent`)."""
    open_ = needed(before, on, wanted) if wanted else due(before, on)
    if silent or not sys.stdin.isatty():
        raise CommandInvalid(
            "There is no terminal here to ask at: give --answer NAME=STATE, or --pressure. To ask: "
            f"{', '.join(one.id for one in open_) or 'nothing'}."
        )
    if not (wanted or every) and len(open_) > MANY:
        print(
            f"Up to {len(open_)} questions. Short of time? `--for romberg`, or any test or ladder, asks what it needs."
        )
    elif not (wanted or every or open_):
        print("Every answer still holds: `--all` asks them again.")
    return interview(before, on, input, print, wanted, every)


def interview(
    profile: SafetyProfile,
    on: date,
    ask: Callable[[str], str],
    say: Callable[[str], None],
    wanted: Sequence[Wanted] = (),
    every: bool = False,
) -> SafetyProfile:
    """The questions that are due, those alone that something `wanted` waits for, or `every` one; the profile with what
    was answered, however early it ends."""
    asked: list[str] = []
    about = ""
    try:
        while question := _next(profile, on, asked, wanted, every):
            if not asked:
                for line in KEYS:
                    say(line)
            if question.about != about:
                about = question.about
                say(f"-- {about}")
            asked.append(question.id)
            profile = _one(profile, question, states(profile, on)[question.id], on, ask, say)
    except (_Ends, EOFError, KeyboardInterrupt):
        say("")
    return profile


def _next(
    profile: SafetyProfile, on: date, asked: Sequence[str], wanted: Sequence[Wanted], every: bool
) -> Question | None:
    if not every:
        return next_question(profile, on, asked, wanted)
    now = states(profile, on)
    needless = [one.id for one in table().questions if one.asked_unless_fine and now[one.asked_unless_fine] == FINE]
    return next((one for one in table().questions if one.id not in (*asked, *needless)), None)


def _one(
    profile: SafetyProfile,
    question: Question,
    now: str,
    on: date,
    ask: Callable[[str], str],
    say: Callable[[str], None],
) -> SafetyProfile:
    kept = "" if now == NOT_ASKED else f" [{question.says(now)}]"
    while True:
        text = ask(f"{question.ask}{kept} ").strip()
        if not text:
            return profile
        if text.lower() in ("q", "quit"):
            raise _Ends
        try:
            return said(profile, question, text, on)
        except SurefootError as error:
            say(str(error))


def said(profile: SafetyProfile, question: Question, text: str, on: date) -> SafetyProfile:
    """One typed answer: y, n, -, or what was measured. Raises SurefootError for anything else."""
    word, _, note = text.partition(" ")
    if word == "-":
        return answered(profile, question.id, NOT_ASKED, on)
    if word.lower() in ("y", "yes", "n", "no"):
        yes = word.lower().startswith("y")
        other = NOT_FINE if question.yes == FINE else FINE
        return answered(profile, question.id, question.yes if yes else other, on, note.strip(" :,"))
    if question.reading == "weight" and re.fullmatch(r"\d+([.,]\d+)?", text):
        return weighed(profile, float(text.replace(",", ".")), on)
    if question.reading == "heart-rate" and text.isdecimal():
        return measured(profile, readings(on, None, None, int(text), profile.readings))
    if question.reading in ("pressure", "pressure-drop") and re.match(r"\d", text):
        pressures = re.split(r"[ ,;]+", text)
        if len(pressures) > 2:
            raise CommandInvalid("Give one pressure lying and one standing, such as 140/80 130/78.")
        lying, standing = (*pressures, None)[:2]
        return measured(profile, readings(on, lying, standing, None, profile.readings))
    raise CommandInvalid(f"'{text}' is no answer: y, n, Enter, - or q.")


def readings(
    on: date, lying: str | None, standing: str | None, heart_rate: int | None, before: Readings | None = None
) -> Readings:
    """What was measured, beside what was measured `before` on the same day. Raises CommandInvalid."""
    kept = before if before is not None and before.on == on else Readings(on)
    down = pressure(lying) if lying else (kept.lying_systolic_mmhg, kept.lying_diastolic_mmhg)
    up = pressure(standing) if standing else (kept.standing_systolic_mmhg, kept.standing_diastolic_mmhg)
    return Readings(on, *down, *up, kept.heart_rate_bpm if heart_rate is None else heart_rate)


def pressure(text: str) -> tuple[int, int]:
    """Of words such as 140/80. Raises CommandInvalid."""
    found = re.fullmatch(r"(\d{1,3})/(\d{1,3})", text.strip())
    if not found:
        raise CommandInvalid(f"'{text}' is no blood pressure: write it as 140/80, in mmHg.")
    return int(found[1]), int(found[2])


def typed(profile: SafetyProfile, words: Sequence[str], on: date) -> SafetyProfile:
    """Of words such as wound=fine or "affected_side=not fine:left". Raises SurefootError, naming what is wrong."""
    given: set[str] = set()
    for text in words:
        name, sign, rest = text.partition("=")
        state, _, note = rest.partition(":")
        state, name = state.strip().lower().replace("-", " "), name.strip()
        if not sign:
            raise CommandInvalid(f"--answer has '{text}': write NAME=fine, NAME=not-fine or NAME=not-asked.")
        if name in given:
            raise CommandInvalid(f"--answer gives {name} twice: give it once.")
        given.add(name)
        profile = answered(profile, name, _SPELLED.get(state, state), on, note)
    return profile
