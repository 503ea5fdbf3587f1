# SPDX-License-Identifier: MIT
"""What the clinic's people are asked and say: profile, safety, falls, the words around tests and in visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from .people import FALL, LATE, SILENT, WORSE, Member, last_day, visit_days

WEEKLY_DAYS = 7  # answers that hold no longer are asked each week
CLINICIANS = {
    "PT1": Clinician("Ana Example", "PT", "DEMO-1"),
    "PT2": Clinician("Bo Sample", "PT, DPT", "DEMO-2"),
}
RECHECKS = "PT7"
RECHECKED = {  # what a re-check found, by what had locked training
    "fall": "no injury, blood pressure lying 130/80 and standing 128/78, steady at the rail",
    "pain": "pain at its usual level again, nothing swollen or red, no new weakness",
}
NOTES = {"insole_release": "DR7"}
FALLBACK = "seated marching, 2 minutes, twice a day"  # while training is locked
GOALS = {
    "quiet-stance": ("wash up without leaning on the sink", 4),
    "steadi-4-stage": ("put my trousers on without sitting down", 4),
    "sppb-balance": ("reach the top shelf of my kitchen", 4),
}
WALK_GOAL_M = 20.0  # the walks that boards log here are half a minute long
GOAL_AFTER = timedelta(weeks=4)  # the last day, of most goals
NEXT = {  # what to check next, by an answer of the safety profile or a kind of patient
    "orthostatic_drop": "Blood pressure lying and standing, before anything else.",
    "bones": "Pain in the back; the same test in the same shoes.",
    "precautions": "What the surgeon allows by now; the same test in the same shoes.",
    "sensation": "The skin of both feet; the same test in the same shoes.",
    "vision": "New glasses, and the light at home; the same test in the same shoes.",
    "pain flares": "Pain on the morning after training; the same test in the same shoes.",
    "misses sessions": "What keeps them from training; the same test in the same shoes.",
    "tires": "The last trials beside the first ones; the same test in the same shoes.",
}


def identity(member: Member) -> Identity:
    return Identity(member.family, member.given, member.born, "made up: nobody lives here")


def profile(member: Member, height_m: float, mass_kg: float) -> Profile:
    """Of that body; the age is told by the birth date."""
    return Profile(None, member.sex, round(height_m, 2), round(mass_kg, 1), member.drawn.usual_pain, sore(member))


def sore(member: Member) -> str:
    """Where it usually hurts."""
    return "lower back" if "back" in member.condition else "knee"


def safety(member: Member, on: date, weak: str) -> SafetyProfile:
    """Everything that was asked on the first day; `weak`: the side of which an affected one is."""
    notes = NOTES | {"affected_side": weak if "affected_side" in member.not_fine else ""}
    answers = {
        one.id: Answer(NOT_FINE if one.id in member.not_fine else FINE, on, notes.get(one.id, ""))
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
    return Assessment((Pain(sore(member), usual, usual + 1),), steady, Confidence(round(sure)), 4, around)


def goal(member: Member, weeks: int, now: float | None) -> Goal:
    """In the person's own words of the first visit, tied to the test that is done at each visit, to walks, or to a test
    that nobody did yet: of sway alone, less is not better."""
    on, by = visit_days(member, weeks)[0], last_day(weeks) + GOAL_AFTER * bool(member.number % 5)
    made_utc = f"{on}T09:50:00Z"
    if member.walk:
        words = "cross the wide road to the bakery"
        return Goal(words, "gait_distance_m", WALK_GOAL_M, "walk", by_date=str(by), set_utc=made_utc)
    words, value = GOALS[member.test]
    test = "steadi-4-stage" if member.test == "quiet-stance" else member.test
    start = {} if now is None or test != member.test else {"baseline": now, "baseline_on": str(on)}
    return replace(goal_of_test(words, load_protocol(test), value, by_date=str(by), **start), set_utc=made_utc)


def visit(member: Member, number: int, tasks: Mapping[str, Sequence[str]], changed: str, locked: bool) -> Visit:
    """The `number`-th of three; `tasks` by their ladder, in words, which are trained unless training is `locked`;
    `changed` on the plan, in words."""
    title = load_protocol(member.test).title
    return Visit(
        "09:00",
        "09:45",
        CLINICIANS[member.therapist],
        (
            Activity(
                "talk", "09:00", "09:05", "how the fall came about" if locked else "the weeks at home" * (number > 1)
            ),
            Activity("test", "09:05", "09:18", f"{title}; standing by, hands ready", True),
            *_trained(tasks, locked),
            Activity("talk", "09:38", "09:45", "what to do until the re-check" if locked else "the plan for home"),
        ),
        (NamedTest(member.test, f"How safe is standing? What is known: {member.condition}."),),
        f"Took it well; pain {member.drawn.usual_pain + 1} of 10 after, settled within five minutes.",
        _made_of_it(member, number),
        changed,
        _next(member, locked),
    )


def _trained(tasks: Mapping[str, Sequence[str]], locked: bool) -> list[Activity]:
    """From 09:20 to 09:38."""
    if locked:
        return [
            Activity("other", "09:20", "09:38", "nothing trained; blood pressure, shoes and light at home gone over")
        ]
    standing = Activity("balance", "09:20", "09:30", f"{'; '.join(tasks['standing'])}; hands-on guarding", True)
    if "walking" in tasks:
        words = "in the corridor, on the stairs and outdoors, towards the next walk of the plan; a hand at the belt"
        return [standing, Activity("gait", "09:30", "09:38", words, True)]
    rising = Activity("functional", "09:30", "09:38", f"{'; '.join(tasks['strength'])}; standing by", True)
    return [standing, rising]


def _made_of_it(member: Member, number: int) -> str:
    """The clinician's interpretation."""
    if number == 1:
        return "First visit: where to begin is told by the test, one step below what was held."
    words = (
        "Half-way: the numbers of the test stand above; the ladder follows them and what was told at home."
        if number == 2
        else "Last of three visits. What changed is told above; between the visits training followed the ladder."
    )
    if WORSE in member.stories:
        words += " Feels less steady than at first, and nothing that was trained explains it: a physician should look."
    if number == 3 and LATE in member.stories:
        words += " Fell last week: training stays locked until a physician has looked."
    if number == 3 and SILENT in member.stories:
        words += " Nothing was told of the last weeks at home, so what was done there is not known."
    return words


def _next(member: Member, locked: bool) -> str:
    """What to check next."""
    if locked:
        return "What the fall came from: blood pressure lying and standing, medicines, shoes, light."
    found = [NEXT[one] for one in (*member.not_fine, member.kind) if one in NEXT]
    return found[0] if found else "The same test in the same shoes, at the same time of day."
