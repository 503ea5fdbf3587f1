# SPDX-License-Identifier: MIT
"""The rules of protocols/progression/rules.toml that stop training or lead a step down."""

from statistics import median
from typing import Any

from surefoot.care.progression_case import Case, Found, Numbers
from surefoot.care.progression_values import FLAGS, NOT_FINE, Session


def locked(case: Case) -> Found:
    if not case.standing.locked:
        return None
    return {"locked": case.standing.locked}, "A re-check by a named clinician opens the lock."


def red_flag(case: Case) -> Found:
    since, everything = case.standing.cleared, (*case.sessions, *case.elsewhere)
    seen = {
        f"{session.on}: {FLAGS[flag]}"
        for session in everything
        for flag, state in session.flags.items()
        if state == NOT_FINE and (since is None or session.on > since)
    }
    begun = min((session.on for session in everything), default=case.today)
    seen |= {f"{day}: a fall" for day in case.person.falls or () if day >= begun and (since is None or day > since)}
    return ({"reported": sorted(seen)}, "A clinician sees the person and opens the lock.") if seen else None


def severe_pain(case: Case) -> Found:
    numbers, since = case.numbers("severe-pain"), case.standing.cleared
    limit = _limit(case.person.usual_pain, numbers["pain"], numbers["above_usual"])
    told = [
        pain
        for session in (*case.sessions, *case.elsewhere)
        if since is None or session.on > since
        for pain in (session.pain_before, session.pain_peak)
        if pain is not None
    ]
    worst = max(told, default=0)
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
    return {"barred": sorted(" ".join(one) for one in case.person.barred), "company": case.person.company}


def _limit(usual: int | None, floor: float, above: float) -> float:
    return floor if usual is None else min(max(floor, usual + above), 10)


def too_painful(session: Session, usual: int | None, numbers: Numbers) -> dict[str, Any]:
    """What of a session's pain is over the limits; {} where nothing is."""
    peak, before = session.pain_peak, session.pain_before
    limit = _limit(usual, numbers["peak"], numbers["above_usual"])
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
    """The sessions running that no step down, and no clinician's own decision, has answered."""
    answered = [day for day in (case.standing.fell_back, case.standing.overridden) if day is not None]
    return [session for session in case.running if not answered or session.on > max(answered)]


def long_break(case: Case) -> Found:
    if case.last is None:
        return None
    known = [case.last.on, case.standing.fell_back, case.standing.overridden]
    days = (case.today - max(day for day in known if day is not None)).days
    most = case.numbers("long-break")["days"]
    return ({"days": days, "most": most}, "A session within that time.") if days > most else None


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
