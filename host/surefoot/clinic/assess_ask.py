# SPDX-License-Identifier: MIT
"""Answers of the safety profile: asked one after the other, or typed in one go."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from ..care.progression_values import FINE, NOT_ASKED, NOT_FINE
from ..care.safety import answered, states, table
from ..care.safety_readings import measured, weighed
from ..care.safety_values import Question, Readings, SafetyProfile
from ..errors import CommandInvalid, SurefootError

KEYS = (
    "y or n, with a few words after it if need be (n left); Enter leaves it as it is; - makes it not asked; q ends.",
    "What is not asked never counts as fine. Write no names.",
)
_SPELLED = {"unknown": NOT_ASKED}  # as a clinician says it of sensation


class _Ends(Exception):
    """No more answers for now."""


def interview(profile: SafetyProfile, on: date, ask: Callable[[str], str], say: Callable[[str], None]) -> SafetyProfile:
    """Every question in turn; the profile with what was answered, however early it ends."""
    for line in KEYS:
        say(line)
    about = ""
    try:
        for question in table().questions:
            now = states(profile, on)
            if question.asked_unless_fine and now[question.asked_unless_fine] == FINE:
                continue
            if question.about != about:
                about = question.about
                say(f"-- {about}")
            profile = _one(profile, question, now[question.id], on, ask, say)
    except (_Ends, EOFError, KeyboardInterrupt):
        say("")
    return profile


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
