# SPDX-License-Identifier: MIT
"""The rules of protocols/progression/rules.toml that stop training or lead a step down."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from surefoot.care.progression_case import Case, Found, Numbers
from surefoot.care.progression_values import FLAGS, HOME, NOT_FINE, Session

REOPENED = "A re-check by a named clinician opens the lock."


def locked(case: Case) -> Found:
    if not case.standing.locked:
        return None
    return {"locked": case.standing.locked}, REOPENED


def red_flag(case: Case) -> Found:
    everything, begun = (*case.sessions, *case.elsewhere), _begun(case)
    told = reported(everything, [day for day in case.person.falls or () if day >= begun])
    seen = sorted(name for name, count in told.items() if not _known(case, name, count))
    return ({"reported": seen}, "A clinician sees the person and opens the lock.") if seen else None


def _begun(case: Case) -> date:
    """From when on a fall of the calendar stops: the first session or placement, and, of falls that are recent then,
    the day the person was first seen."""
    days = [case.standing.placed, *(session.on for session in (*case.sessions, *case.elsewhere))]
    begun = min((day for day in days if day is not None), default=case.today)
    recent = begun - timedelta(days=case.numbers("fall-recent")["days"])
    return begun if case.person.entered is None else min(begun, max(case.person.entered, recent))


def reported(sessions: Iterable[Session], falls: Iterable[date]) -> Counter[str]:
    """Warning signs and falls, each by its day in words, and how often it was told; a fall of the calendar may be one
    that a session told of."""
    signs = [(one.on, FLAGS[flag]) for one in sessions for flag, state in one.flags.items() if state == NOT_FINE]
    told = Counter(f"{day}: {what}" for day, what in signs)
    return told | Counter({f"{day}: {FLAGS['fall']}" for day in falls})


def pains(sessions: Iterable[Session]) -> Counter[str]:
    """The worst pain of each session, by its day in words, and how often it was told; that of a day at home may be one
    that a session told of."""
    told: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    for one in sessions:
        if felt := [pain for pain in (one.pain_before, one.pain_peak) if pain is not None]:
            told[one.ladder == HOME][f"{one.on}: pain {max(felt)}"] += 1
    return told[False] | told[True]


def _known(case: Case, name: str, count: int) -> bool:
    """Whether the last re-check knew of it: what was told later, of that day or an earlier one, it can't have known."""
    cleared, known = case.standing.cleared, case.standing.known
    if cleared is None or name[: len(str(cleared))] > str(cleared):
        return False
    return known is None or known.get(name, 0) >= count


def severe_pain(case: Case) -> Found:
    numbers, since = case.numbers("severe-pain"), case.standing.cleared
    limit = pain_most(case.person.usual_pain, numbers["pain"], numbers["above_usual"])
    recent = [one for one in (*case.sessions, *case.elsewhere) if since is None or one.on >= since]
    told = {name: count for name, count in pains(recent).items() if not _known(case, name, count)}
    worst = max((int(name.rpartition(" ")[2]) for name in told), default=0)
    if not told or worst < limit:
        return None
    return {"pain": worst, "limit": limit}, f"Pain below {limit:g} of 10, after a clinician has seen the person."


def closed(case: Case) -> Found:
    easiest = (0,) * len(case.ladder.axes)
    if case.ladder.fits(easiest, case.person.company, case.person.barred):
        return None
    return _bars(case), "A change of the safety profile."


def barred(case: Case) -> Found:
    if case.ladder.fits(case.standing.task, case.person.company, case.person.barred):
        return None
    return _bars(case) | {
        "task": case.ladder.name(case.standing.task)
    }, "Other company, or a change of the safety profile."


def _bars(case: Case) -> dict[str, Any]:
    axes = {axis.id for axis in case.ladder.axes}
    barred = sorted(f"{axis} {level}" for axis, level in case.person.barred if axis in axes)
    return {"barred": barred, "company": case.person.company}


def pain_most(usual: int | None, floor: float, above: float) -> float:
    return floor if usual is None else min(max(floor, usual + above), 10)


def too_painful(session: Session, usual: int | None, numbers: Numbers) -> dict[str, Any]:
    """What of a session's pain is over the limits; {} where nothing is."""
    peak, before = session.pain_peak, session.pain_before
    limit = pain_most(usual, numbers["peak"], numbers["above_usual"])
    seen: dict[str, Any] = {}
    if peak is not None and peak > limit:
        seen |= {"peak": peak, "limit": limit}
    if peak is not None and before is not None and peak - before > numbers["rise"]:
        seen |= {"rise": peak - before, "most": numbers["rise"]}
    if session.settled == NOT_FINE:
        seen |= {"next morning": "not settled"}
    return seen


def pain_limit(case: Case) -> Found:
    for session in reversed(_undecided(case)):
        if seen := too_painful(session, case.person.usual_pain, case.numbers("pain-limit")):
            say = "A session whose pain stays within the limits and settles overnight."
            return {"session": str(session.on)} | seen, say
    return None


def _undecided(case: Case) -> list[Session]:
    """The sessions running that no step down, and no clinician's own decision, has answered. Those of the day of an
    override that led up are at the task that it led to, so they came after it."""
    standing = case.standing
    answered = max((day for day in (standing.fell_back, standing.overridden) if day is not None), default=date.min)
    led_up = answered == standing.overridden and answered in standing.stepped
    return [session for session in case.running if session.on > answered or (led_up and session.on == answered)]


def long_break(case: Case) -> Found:
    if case.last is None and case.standing.begun is None:
        return None
    gaps = [(later - earlier).days for earlier, later in pairwise((*_trained(case), case.today))]
    days, most = max(gaps, default=0), case.numbers("long-break")["days"]
    return ({"days": days, "most": most}, "Sessions within that time.") if days > most else None


def _trained(case: Case) -> list[date]:
    """Days of training, those that only a diary tells too, from the last one before the last step up, or since the last
    step down or clinician's own decision: these answer what was before. Until there is any, the day that the person was
    placed."""
    standing, days = case.standing, sorted({*(one.on for one in case.sessions), *case.at_home})
    days = days or [standing.begun or case.today]
    answered = [day for day in (standing.fell_back, standing.overridden) if day is not None and day <= case.today]
    since = max(answered, default=date.min)
    seen = days[0] <= since  # else sessions between them may lie too far back to be seen
    days = [*([since] if seen else []), *(day for day in days if day > since)] or [since]
    stepped = max((day for day in standing.stepped if day <= case.today), default=date.min)
    base = max((day for day in days if day <= stepped), default=date.min)
    return [day for day in days if day >= base]


def too_hard(case: Case) -> Found:
    numbers = case.numbers("too-hard")
    count = int(numbers["sessions"])
    running = _undecided(case)[-count:]
    if len(running) < count or not all(_hard(session, numbers) for session in running):
        return None
    say = f"{numbers['successes'] + 1:g} of {case.ladder.trials} trials that succeed, steadily."
    return {
        "succeeded": [sum(session.succeeded) for session in running],
        "steadiness": [list(session.steadiness) for session in running],
    }, say


def _hard(session: Session, numbers: Numbers) -> bool:
    known = [rating for rating in session.steadiness if rating is not None]
    return (
        sum(session.succeeded) <= numbers["successes"]
        or sum(rating >= numbers["lost_rating"] for rating in known) >= numbers["lost_trials"]
        or (bool(known) and median(known) >= numbers["median_rating"])
    )
