# SPDX-License-Identifier: MIT
"""What the page for the person who walked says: plain words, true ones, and nothing that isn't known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import hypot
from typing import Any

from ..care.asked import STEADY
from ..care.encouragement import Facts, Walked, said
from ..care.goal_values import ON_THE_WAY, REACHED
from ..care.goal_values import Progress as GoalProgress
from ..clinic.walk_values import BY_WORDS, Goal, KeptWalk, Said, Walker
from ..clinic.walks_folder import SAID_SUFFIX
from ..measures.gait.values import FEET
from .walk_page_error import Z95, by_foot, standard_errors
from .walk_page_read import (
    DISTANCE,
    STEPS,
    WALKING,
    amount,
    analysed,
    day_text,
    feet_measured,
    lost_share,
    number,
    simulated,
    when,
)
from .walk_page_weeks import WEEK, Progress, Week, measure_of, monday, progress, weeks

# Of a difference between both feet's mean stance times; our own choices (D). SENSED_S: from insoles and foot sensors,
# whose mean errors on one person are up to 20 ms a stance (measures/gait/README.md); with more than COARSE_S in all,
# nothing is said.
SENSED_S, COARSE_S = 0.03, 0.06
LOST_SHARE = 0.1  # of a walk's samples: with more its sums are "at least"
LONGER = 1.05  # than all others, to be called the longest
STAND = "Next time, stand still for a few seconds when you begin, and again before you end the walk with the button."
NO_DISTANCE = "Metres are not known for this walk, so your steps are counted."


def patient_view(walker: Walker, walks: Sequence[KeptWalk], now: datetime) -> dict[str, Any]:
    """Everything that the template prints. `walks` in order of time, one or more; `now` with its zone."""
    told = [walk for walk in walks if analysed(walk)]
    last = told[-1] if told else None
    newest = walks[-1]
    measure = measure_of(walker.goal, walks)
    rows = weeks(walks, measure, now)
    return {
        "person": walker.person,
        "day": _day(last or newest, now),
        "simulated": simulated(last or newest),
        "unread": None if analysed(newest) else _unread(newest, last, now),
        "far": None if last is None else _far(last),
        "cheer": said(Facts(walked=_walked(told, walks, now)), "walk", "walks"),
        "feet": None if last is None else _feet(last),
        "steady": _rating((last or newest).said),
        "unsaid": _unsaid(last or newest),
        "stand": None if last is None else _stand(last),
        "felt": _felt((last or newest).said),
        "goal": None if walker.goal is None else _goal(walker.goal, walks, now),
        "measure": {DISTANCE: "Metres", STEPS: "Steps", WALKING: "Time"}[measure],
        "weeks": _weeks(rows, walker.goal, measure, now),
        "undated": sum(when(walk) is None for walk in walks),
    }


def quantity(key: str, value: float) -> str:
    """A sum as people say it; the page has the exact number beside it."""
    if key == WALKING:
        minutes, seconds = divmod(round(value), 60)
        if not minutes:
            return _many(seconds, "second")
        if minutes >= 60:
            return f"{_many(minutes // 60, 'hour')} {_many(minutes % 60, 'minute')}"
        return f"{_many(minutes, 'minute')} {_many(seconds, 'second')}" if minutes < 10 else _many(minutes, "minute")
    whole = round(value) if key == STEPS or value < 100 else round(value / 10) * 10
    return _many(whole, "step" if key == STEPS else "metre")


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}".replace(",", "\u202f")


def _shown(key: str, value: float | None, least: bool = False) -> dict[str, Any] | None:
    """A number and its words; a distance is of measured steps, so "about"."""
    if value is None:
        return None
    words = quantity(key, value)
    before = "at least " if least else "about " if key == DISTANCE else ""
    return {"value": repr(float(value)), "text": before + words}


def _day(walk: KeptWalk, now: datetime) -> str:
    at = when(walk)
    if at is None:
        return "The day of this walk is not known: the clock in the box was not set."
    days = (now.date() - at.date()).days
    said = {0: "Today, ", 1: "Yesterday, "}.get(days, "")
    return f"{said}{day_text(at)}, {at:%H:%M}"


def _unread(walk: KeptWalk, last: KeptWalk | None, now: datetime) -> str:
    at = when(walk)
    which = "Your newest walk" if at is None else f"Your walk of {day_text(at)}"
    text = f"{which} was kept, but it could not be read yet. You did nothing wrong; your therapist can look at it."
    return text if last is None else f"{text} This page shows the walk before it."


def _far(walk: KeptWalk) -> dict[str, Any]:
    least = lost_share(walk) > LOST_SHARE
    metres, steps = amount(walk, DISTANCE), number(walk, STEPS)
    return {
        "metres": _shown(DISTANCE, metres, least),
        "steps": _shown(STEPS, steps, least),
        "time": _shown(WALKING, number(walk, WALKING), least),
        "why": NO_DISTANCE if metres is None else None,
        "least": "Some of this walk was not recorded, so it was a little more than this." if least else None,
    }


def _walked(told: Sequence[KeptWalk], walks: Sequence[KeptWalk], now: datetime) -> Walked:
    """What encourages of the last walk, where it is so."""
    times = [number(walk, WALKING) or 0.0 for walk in told]
    longest = len(times) > 1 and walks[-1] is told[-1] and times[-1] > LONGER * max(times[:-1])
    days = [at.date() for walk in walks if (at := when(walk)) is not None]
    again = len(days) > 1 and days[-1] - days[-2] >= 2 * WEEK and now.date() - days[-1] < WEEK
    return Walked(len(told), longest, again)


def _feet(walk: KeptWalk) -> dict[str, Any] | None:
    """How long each foot was on the ground; None where its error isn't known or is too large to say anything."""
    measured = feet_measured(walk)
    if len(measured) == 1:
        return {"text": f"Only your {measured[0]} foot was measured in this walk.", "bars": []}
    errors, held = standard_errors(walk), {foot: number(walk, f"{foot}_gait_stance_time_s") for foot in FEET}
    left, right = (held[foot] for foot in FEET)
    if left is None or right is None or not len(by_foot(walk, "stance_s")[FEET[0]]):
        return None
    sampled = Z95 * hypot(*(errors[f"{foot}_gait_stance_time_s"] for foot in FEET))
    error = hypot(sampled, SENSED_S)
    if error > COARSE_S:
        return None
    longer, shorter = FEET if left > right else FEET[::-1]
    even = abs(left - right) <= error
    text = f"In each step your {longer} foot was on the ground longer than your {shorter} foot."
    if even:
        text = "Your left and right foot shared the time on the ground about evenly."
    most = max(left, right)
    bars = [
        {"foot": foot.capitalize(), "value": repr(float(one)), "text": f"{one:.2f} seconds", "share": 100 * one / most}
        for foot, one in ((FEET[0], left), (FEET[1], right))
    ]
    return {"text": text, "even": even, "bars": bars}


def _rating(said: Said | None) -> dict[str, Any]:
    mine = None if said is None else said.steadiness
    return {"mine": mine, "boxes": range(1, 6), "lowest": STEADY[0], "highest": STEADY[-1]}


def _unsaid(walk: KeptWalk) -> str | None:
    """Where the person said something and nobody can read it."""
    if walk.said is None and SAID_SUFFIX in (walk.problem or ""):
        return "What you told us of this walk can't be read. Please tell your therapist once more."
    return None


def _stand(walk: KeptWalk) -> str | None:
    """What to do in the next walk where this one could not be weighed at its end."""
    closing = (walk.entry.get("weight") or {}).get("closing") or {}
    return STAND if closing.get("absent") else None


def _felt(said: Said | None) -> list[str]:
    if said is None:
        return []
    out = []
    for word, value in (("before", said.pain_before), ("after", said.pain_after)):
        if value is not None:
            out.append(f"Pain {word} the walk: {value} of 10.")
    if said.exertion is not None:
        out.append(f"How hard it was: {said.exertion} of 10.")
    if said.by in BY_WORDS:
        out.append(f"You told us this {BY_WORDS[said.by]}.")
    if said.note.strip():
        out.append(f"You said: \u201c{said.note.strip()}\u201d")
    return out


def _goal(goal: Goal, walks: Sequence[KeptWalk], now: datetime) -> dict[str, Any]:
    made = progress(goal, walks, now)
    return {
        "words": goal.words,
        "target": {
            "value": repr(float(goal.value)),
            "text": f"{quantity(goal.measure, goal.value)} a {goal.per}{', without a stop' * goal.without_stop}",
        },
        "until": _until(goal, now),
        "period": _period(goal, made, now),
        "done": _shown(goal.measure, made.value, bool(made.untold)),
        "share": min(100 * made.share, 100.0),
        "text": _encouragement(goal, made),
    }


def _until(goal: Goal, now: datetime) -> str | None:
    try:
        by = date.fromisoformat(goal.by_date or "")
    except ValueError:
        return None  # none was set, or no day of any calendar
    shown = f"{by.day} {by:%B %Y}"
    if by < now.date():
        return f"This goal ran until {shown}. You can set the next one with your therapist."
    return f"Until {shown}."


def _period(goal: Goal, made: Progress, now: datetime) -> str:
    if goal.per == "week":
        return "This week"
    if made.day is None:
        return "Your last walk" if goal.per == "walk" else "The day of your walks is not known"
    day = "today" if made.day == now.date() else f"on {made.day.day} {made.day:%B}"
    return f"Your last walk, {day}" if goal.per == "walk" else day[:1].upper() + day[1:]


def _encouragement(goal: Goal, made: Progress) -> str:
    if made.value is None and not made.walks:
        return "No walk yet this week." if goal.per == "week" else "Your next walk will show here."
    if made.value is None and made.seen is None:
        what = {DISTANCE: "Metres were", STEPS: "Steps were", WALKING: "Time was"}[goal.measure]
        return f"{what} not measured, so there is nothing to set beside your goal this time."
    if made.value is None:
        seen = _shown(goal.measure, made.seen) or {}
        return f"Measured: {seen['text']}. It does not count for your goal: {made.why}."
    state = REACHED if made.share >= 1 else ON_THE_WAY
    return " ".join(said(Facts(goal=GoalProgress(state, "", share=made.share)), "goal"))


def _weeks(rows: Sequence[Week], goal: Goal | None, measure: str, now: datetime) -> list[dict[str, Any]]:
    target = goal.value if goal is not None and (goal.per, goal.measure) == ("week", measure) else None
    most = max([row.value or 0.0 for row in rows] + [target or 0.0], default=0.0) or 1.0
    return [
        {
            "name": _week_name(row.begin, now),
            "value": None if row.value is None else repr(float(row.value)),
            "text": _week_text(row, measure, monday(now.date())),
            "share": 0.0 if row.value is None else 100 * row.value / most,
            "goal": None if target is None else 100 * target / most,
            "days": "" if not row.walks else f"{_many(row.walks, 'walk')} on {_many(row.days, 'day')}",
        }
        for row in reversed(rows)
    ]


def _week_name(begin: date, now: datetime) -> str:
    this = monday(now.date())
    if begin == this:
        return "This week"
    end = begin + timedelta(days=6)
    month = "" if begin.month == end.month else f" {begin:%B}"
    return "Last week" if begin == this - WEEK else f"{begin.day}{month} to {end.day} {end:%B}"


def _week_text(row: Week, measure: str, this: date) -> str:
    if not row.walks:
        return "no walk yet" if row.begin == this else "no walk"
    if row.value is None:
        return "not measured"
    return ("at least " if row.untold else "") + quantity(measure, row.value)
