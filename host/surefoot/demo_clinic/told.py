# SPDX-License-Identifier: MIT
"""What the clinic's people are asked and say: profile, safety, falls, the words around tests and in visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from ..care.assessment import Assessment, Confidence, Pain, Profile
from ..care.change import Circumstances
from ..care.falls import Fall, History
from ..care.goal import goal_of_test
from ..care.goal_values import Goal
from ..care.progression_values import FINE, NOT_FINE
from ..care.protocol import load_protocol
from ..care.safety import table
from ..care.safety_values import Answer, SafetyProfile
from ..care.visit import Activity, Clinician, NamedTest, Visit
from ..clinic.store.values import Identity
from .people import FALL, LATE, SILENT, WORSE, Member

WEEKLY_DAYS = 7  # answers that hold no longer are asked each week
CLINICIANS = {
    "PT1": Clinician("Ana Example", "PT", "DEMO-1"),
    "PT2": Clinician("Bo Sample", "PT, DPT", "DEMO-2"),
}
RECHECKS = "PT7"
NOTES = {"affected_side": "left", "insole_release": "DR7"}
GOALS = {
    "quiet-stance": ("wash up without leaning on the sink", 4),
    "steadi-4-stage": ("put my trousers on without sitting down", 4),
    "sppb-balance": ("reach the top shelf of my kitchen", 4),
}
WALK_GOAL_M = 20.0


def identity(member: Member) -> Identity:
    return Identity(member.family, member.given, member.born, "made up: nobody lives here")


def profile(member: Member, height_m: float, mass_kg: float) -> Profile:
    """Of that body; the age is told by the birth date."""
    return Profile(None, member.sex, round(height_m, 2), round(mass_kg, 1), member.drawn.usual_pain, "knee")


def safety(member: Member, on: date) -> SafetyProfile:
    """Everything that was asked on the first day."""
    answers = {
        one.id: Answer(NOT_FINE if one.id in member.not_fine else FINE, on, NOTES.get(one.id, ""))
        for one in table().questions
        if one.id not in member.not_asked
    }
    return SafetyProfile(answers)


def asked_again(found: SafetyProfile, on: date, every: bool) -> SafetyProfile:
    """With what is asked again on a day: what holds for a week at most, or all that was ever answered."""
    days = {one.id: one.days for one in table().questions}
    answers = {
        name: replace(one, asked_on=on) if every or days.get(name, 0) <= WEEKLY_DAYS else one
        for name, one in found.answers.items()
    }
    return replace(found, answers=answers)


def history(member: Member, until: date) -> History:
    fell = 2 if FALL in member.stories else 1 if member.number % 4 == 0 else 0
    return History(until, fell, 0, fell, until - timedelta(days=60 + member.number) if fell else None)


def a_fall(on: date) -> Fall:
    return Fall(on, "minor", "kitchen", "turning with a cup in the hand")


def around_tests(member: Member, share: float) -> Assessment:
    """Of a visit after such a share of the weeks."""
    usual, better = member.drawn.usual_pain, member.skill_on(share) - member.skill[0]
    steady = min(max(3 - round(better), 1), 4)
    sure = min(max(60 + 12 * better - 2 * member.drawn.usual_pain, 10), 95)
    aid = "cane" if member.walk == "stick" else "none"
    around = Circumstances(aid, "none", "shoes", "none", None, "none")
    return Assessment((Pain("knee", usual, usual + 1),), steady, Confidence(round(sure)), 4, around)


def goal(member: Member, on: date, by: date, now: float | None) -> Goal:
    """In the person's own words, tied to the test that is done at each visit, to walks, or to a test that nobody did
    yet: of sway alone, less is not better."""
    made_utc = f"{on}T09:50:00Z"
    if member.walk:
        words = "walk down the corridor to the garden door"
        return Goal(words, "gait_distance_m", WALK_GOAL_M, "walk", by_date=str(by), set_utc=made_utc)
    words, value = GOALS[member.test]
    test = "steadi-4-stage" if member.test == "quiet-stance" else member.test
    start = {} if now is None or test != member.test else {"baseline": now, "baseline_on": str(on)}
    return replace(goal_of_test(words, load_protocol(test), value, by_date=str(by), **start), set_utc=made_utc)


def visit(member: Member, number: int, tasks: Sequence[str], changed: str) -> Visit:
    """The `number`-th of three; `tasks` that were trained, `changed` on the plan, in words."""
    words = {
        1: "First visit: where to begin is told by the test, one step below what was held.",
        2: "Half-way: the numbers of the test stand above; the ladder follows them and what was told at home.",
        3: "Last of three visits. What changed is told above; between the visits training followed the ladder.",
    }[number]
    if WORSE in member.stories and number > 1:
        words += " Sways more than at first, and nothing that was trained explains it: a physician should look."
    if LATE in member.stories and number == 3:
        words += " Fell last week: training stays locked until a physician has looked."
    if SILENT in member.stories and number == 3:
        words += " Little was told of the days at home, so adherence is not known."
    return Visit(
        "09:00",
        "09:45",
        CLINICIANS[member.therapist],
        (
            Activity("talk", "09:00", "09:05"),
            Activity("test", "09:05", "09:18", f"{member.test}; standing by, hands ready", True),
            Activity("balance", "09:20", "09:38", f"{'; '.join(tasks) or 'seated marching'}; hands-on guarding", True),
            Activity("talk", "09:38", "09:45", "the plan for home"),
        ),
        (NamedTest(member.test, f"Is standing safe for somebody who says: {member.condition}?"),),
        f"Took it well; pain {member.drawn.usual_pain + 1} of 10 after, settled within five minutes.",
        words,
        changed,
        "Blood pressure lying and standing; the same test in the same shoes.",
    )
