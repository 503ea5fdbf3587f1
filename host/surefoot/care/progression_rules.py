# SPDX-License-Identifier: MIT
"""Each rule of protocols/progression/rules.toml as a function: what it saw and what would change it, or None.

Here those that hold or advance; the table of all at the end.
"""

from statistics import median
from typing import Any

from surefoot.care import progression_lower as down
from surefoot.care.progression_case import Case, Found, allowed, higher, unanswered, waits
from surefoot.care.progression_values import FLAGS, HOME, NOT_ASKED, NOT_FINE

ASK = "Ask the safety questions (`surefoot assess safety`)."
ASK_FALLS = "Ask about falls (`surefoot assess falls`)."
FALLS = "falls"


def _not_asked(case: Case) -> Found:
    asks, last = case.ladder.asks, case.last
    missing: list[str] = []
    for session in case.window[0] or ([last] if last else []):
        missing += [name for name in ("pain_before", "pain_peak") if getattr(session, name) is None]
        missing += ["steadiness"] if None in session.steadiness else []
        missing += ["exertion"] if "exertion" in asks and session.exertion is None else []
        missing += ["sway"] if "sway" in asks and session.sway == NOT_ASKED else []
        missing += ["settled"] if session.settled == NOT_ASKED else []
        missing += [flag for flag in FLAGS if session.flags.get(flag, NOT_ASKED) == NOT_ASKED]
    missing += [name for name in ("usual_pain", FALLS) if getattr(case.person, name) is None]
    questions = unanswered(case)
    missing = list(dict.fromkeys([*missing, *questions]))
    seen: dict[str, Any] = ({} if last else {"sessions": 0}) | ({"missing": missing} if missing else {})
    if not seen:
        return None
    say = [ASK] if {*questions} - {FALLS} else []
    say += [ASK_FALLS] if FALLS in missing else []
    say += ["Ask, or measure, what is missing."] if {*missing} - {*questions, FALLS} else []
    return seen, " ".join(say + ([] if last else ["A first session at this task."]))


def _fall_recent(case: Case) -> Found:
    within = case.numbers("fall-recent")["days"]
    flagged = [one.on for one in (*case.sessions, *case.elsewhere) if NOT_FINE in one.flags.values()]
    recent = sorted({str(day) for day in (*(case.person.falls or ()), *flagged) if (case.today - day).days <= within})
    say = f"{within:g} days without a fall or warning sign."
    return ({"reported": recent, "days": within}, say) if recent else None


def _pain_elsewhere(case: Case) -> Found:
    trained = [one for one in case.elsewhere if one.ladder != HOME]
    at_home = [one for one in case.elsewhere if one.ladder == HOME and one.pain_peak is not None]
    for name, told, say in (
        ("session", trained, "A session of it whose pain is within the limits and settles."),
        ("at home", at_home, "A day at home, or a walk, whose pain is within the limits."),
    ):
        latest = max((one.on for one in told), default=None)
        for session in (one for one in told if one.on == latest):
            if seen := down.too_painful(session, case.person.usual_pain, case.numbers("pain-limit")):
                return {name: str(session.on)} | seen, say
    return None


def _pain_rising(case: Case) -> Found:
    usual, rise = case.person.usual_pain, case.numbers("pain-rising")["rise"]
    known = [one.pain_before for one in case.window[0] if one.pain_before is not None]
    worst = max(known, default=0)
    if usual is None or worst < usual + rise:
        return None
    return {"before": worst, "usual": usual}, f"Sessions that begin with less than {usual + rise:g} of 10."


def _sway_veto(case: Case) -> Found:
    if "sway" not in case.ladder.asks:
        return None
    over = [str(session.on) for session in case.window[0] if session.sway == NOT_FINE]
    return ({"sessions": over}, "Sessions whose sway is within the own baseline.") if over else None


def _unsteady(case: Case) -> Found:
    most = case.numbers("unsteady")["median_at_most"]
    ratings = [median(one for one in session.steadiness if one is not None) for session in case.window[0]]
    if all(rating <= most for rating in ratings):
        return None
    return {"median ratings": ratings, "most": most}, f"Sessions with a median rating of {most:g} or better."


def _strenuous(case: Case) -> Found:
    most = case.numbers("strenuous")["exertion_at_most"]
    worst = max((one.exertion for one in case.window[0] if one.exertion is not None), default=0)
    return ({"exertion": worst, "most": most}, f"Sessions of at most {most:g} of 10.") if worst > most else None


def _not_yet(case: Case) -> Found:
    needed = case.needed()
    window, apart = case.window
    failed = [str(session.on) for session in window if not all(session.succeeded)]
    if not failed and apart >= needed:
        return None
    if failed:
        return {"not whole": failed, "needed": needed}, f"{needed} sessions running in which all trials succeed."
    return {"sessions": apart, "needed": needed}, f"{needed - apart} more, a day apart, in which all trials succeed."


def _unwatched(case: Case) -> Found:
    left = sorted(case.ladder.watched(case.standing.task) - case.passed())
    return ({"not passed yet": left}, "A session that succeeds whole with somebody beside.") if left else None


def _too_few(case: Case) -> Found:
    numbers = case.numbers("too-few")
    days = {session.on for session in case.sessions if (case.today - session.on).days < numbers["days"]}
    if len(days) >= numbers["sessions"]:
        return None
    return {"sessions": len(days), "needed": numbers["sessions"]}, f"{numbers['sessions']:g} sessions within a week."


def _too_fast(case: Case) -> Found:
    numbers = case.numbers("too-fast")
    ago = [(case.today - day).days for day in case.standing.stepped]
    steps = sum(days < numbers["days"] for days in ago)
    if steps < numbers["steps"] and all(days >= numbers["days_apart"] for days in ago):
        return None
    say = f"At most {numbers['steps']:g} in {numbers['days']:g} days, and never two on a day."
    return {"steps": steps, "days": numbers["days"]}, say


def _no_step(case: Case) -> Found:
    if higher(case):
        return None
    steps = [task for task in case.ladder.harder(case.standing.task) if allowed(case, task)]
    asked = sorted({name for task in steps for name in waits(case, task)})
    seen: dict[str, Any] = {"company": case.person.company} | ({"waits for": asked} if asked else {})
    return seen, ASK if asked else "Other company, or a change of the safety profile."


def _ready(case: Case) -> Found:
    return {"sessions": [str(session.on) for session in case.window[0]]}, "Any of the rules above."


RULES = {
    "locked": down.locked,
    "red-flag": down.red_flag,
    "severe-pain": down.severe_pain,
    "closed": down.closed,
    "barred": down.barred,
    "pain-limit": down.pain_limit,
    "long-break": down.long_break,
    "too-hard": down.too_hard,
    "not-asked": _not_asked,
    "fall-recent": _fall_recent,
    "pain-elsewhere": _pain_elsewhere,
    "pain-rising": _pain_rising,
    "sway-veto": _sway_veto,
    "unsteady": _unsteady,
    "strenuous": _strenuous,
    "not-yet": _not_yet,
    "unwatched": _unwatched,
    "too-few": _too_few,
    "too-fast": _too_fast,
    "no-step": _no_step,
    "ready": _ready,
}  # fmt: skip
