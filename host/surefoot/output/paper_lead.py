# SPDX-License-Identifier: MIT
"""The three lines that head every paper: did it change, could something else explain it, what to check next."""

from collections.abc import Sequence

from surefoot.care.change import PRACTICE_UNTIL, circumstances_differ, mean_text
from surefoot.care.scale_change import shown
from surefoot.clinic.scale_kept import Rated
from surefoot.measures.table import MEASURES
from surefoot.output.paper_findings import Finding
from surefoot.output.wording import MINUS, ended, isolated, listed, unit_text, with_unit
from surefoot.unit_words import counted

CHANGED, EXPLAINED, NEXT = "Changed?", "Could something else explain it?", "What to check next?"
# What each point looks at, by how the words of a difference begin.
POINTS = {
    "Aid": ("aid", "assistance"),
    "Shoes": ("footwear", "orthosis", "foot position"),
    "Dose": ("medication", "time since the dose"),
}
SAME, DIFFERS, UNKNOWN = "the same", "differs", "not known"
FIRST_TIME = "first time here, so there is nothing to compare with"


def lead(found: Sequence[Finding], words_next: str, scales: Sequence[Rated] = ()) -> tuple[tuple[str, str], ...]:
    """Three questions and their answers; `words_next` are the clinician's own words on what comes next."""
    if not found and not scales:
        nothing = "Not known: no test is kept for this visit."
        advice = [
            isolated(ended(words_next)),
            "Surefoot suggests: a test at the next visit, one of before in the same conditions.",
        ]
        return ((CHANGED, nothing), (EXPLAINED, "There is no number to explain."), (NEXT, _joined(advice)))
    points = explained(found, scales)
    return (
        (CHANGED, _changed(found, scales)),
        (EXPLAINED, _explained(points)),
        (NEXT, _next(found, points, words_next, scales)),
    )


def verdict(finding: Finding) -> str:
    """What is said of the change of one test, in short."""
    numbers, said = _parts(finding)
    return "; ".join(text for text in (numbers, said) if text)


def _parts(finding: Finding) -> tuple[str, str]:
    """The numbers before and now, with the verdict where there is one; and why there is none."""
    change = finding.change
    if change is None:
        return "", FIRST_TIME
    if change.get("before") is None or change.get("now") is None:
        return "", _lower(str(change["sentence"])).rstrip(".")
    key = str(change["measure"])
    unit = unit_text(MEASURES[key].unit)
    texts = (mean_text(key, float(change[name])).replace("-", MINUS) for name in ("before", "now"))
    before, now = (f"{text} {unit}".strip() for text in texts)
    if not change["judged"]:
        # Its sentence ends in both numbers, which stand here already.
        why, _, _ = str(change["sentence"]).partition(f". {MEASURES[key].label}: ")
        return f"{before} before and {now} now", _lower(why)
    error = f"{change['threshold']:.0f} %" if change["in_percent"] else with_unit(key, float(change["threshold"]))
    practice = "; practice alone may explain this" if change["practice"] else ""
    return f"{change['verdict']}: {before} before and {now} now, and {error} can be measurement error{practice}", ""


def _rated(one: Rated) -> tuple[str, str]:
    """The same of a rated scale."""
    change = one.change
    if change is None:
        return "", FIRST_TIME if one.now.value is not None else f"no total, {_lower(one.now.reason or '')}".rstrip(". ")
    if change.before is None or change.now is None:
        return "", _lower(change.sentence).rstrip(".")
    numbers = f"{shown(one.scale, change.before)} before and {shown(one.scale, change.now)} now"
    if not change.judged or change.threshold is None:
        why, _, _ = change.sentence.partition(f". {one.title}: ")
        return numbers, _lower(why)
    practice = "; practice alone may explain this" if change.practice else ""
    return f"{change.verdict}: {numbers}, and {change.threshold:.1f} can be measurement error{practice}", ""


def explained(found: Sequence[Finding], scales: Sequence[Rated] = ()) -> dict[str, tuple[str, str]]:
    """For aid, shoes, dose, practice, calibration and lost data: the same, differs or not known; and the words."""
    both = (*found, *scales)
    points = {name: _point(both, begins) for name, begins in POINTS.items()}
    return points | {
        "Practice": _practice(both),
        "Calibration": _calibration(found),
        "Lost data": _lost(found),
    }


def _changed(found: Sequence[Finding], scales: Sequence[Rated]) -> str:
    """Verdicts first; tests and scales that have none for the same reason stand together."""
    alike: dict[str, list[str]] = {"": []}
    for one in (*found, *scales):
        numbers, said = _rated(one) if isinstance(one, Rated) else _parts(one)
        alike.setdefault(said, []).append(f"{one.title}: {numbers}" if numbers else one.title)
    verdicts = [f"{text}." for text in alike.pop("")]
    others = [f"{', '.join(texts)}: {said}." for said, texts in alike.items() if said == FIRST_TIME]
    others += [f"{'; '.join(texts)}; {said}." for said, texts in alike.items() if said != FIRST_TIME]
    return _joined([*verdicts, *others])


def _point(found: Sequence[Finding | Rated], begins: Sequence[str]) -> tuple[str, str]:
    compared = [one for one in found if one.baseline]
    if not compared:
        return UNKNOWN, "nothing to compare with"
    texts: dict[str, None] = {}
    for one in compared:
        for text in circumstances_differ(list(one.told)):
            if text.startswith(tuple(begins)) and (one.placed or not text.startswith("foot position")):
                texts[text] = None
    if not texts:
        return SAME, SAME
    known = [text for text in texts if not text.endswith("not known")]
    return (DIFFERS if known else UNKNOWN), ", ".join(_without(begins[0], text) for text in known or texts)


def _without(name: str, text: str) -> str:
    """A difference without the name of what its point is of: "none against cane"."""
    return text.removeprefix(f"{name} ").removeprefix("(").removesuffix(")") if text.startswith(f"{name} ") else text


def _practice(found: Sequence[Finding | Rated]) -> tuple[str, str]:
    early = [one for one in found if one.baseline and one.number <= PRACTICE_UNTIL]
    if not any(one.baseline for one in found):
        return UNKNOWN, "first session"
    if not early:
        return SAME, f"more than {PRACTICE_UNTIL} sessions"
    titles = "each test" if len(early) == len(found) > 1 else ", ".join(one.title for one in early)
    most = max(one.number for one in early)
    return DIFFERS, f"{titles} done only {most} times so far, so practice alone may explain a change"


def _calibration(found: Sequence[Finding]) -> tuple[str, str]:
    trials = [trial for one in found for result in one.compared for trial in result["trials"]]
    ours = [trial for trial in trials if not trial["by_hand"]]
    if not ours:
        return SAME, "none used (by hand)"
    if any(trial["calibration"].get("nominal") for trial in ours):
        return DIFFERS, "nominal, so these insoles were not calibrated"
    differing = [one for one in found if len(_records(one)) > 1]
    if differing:
        return DIFFERS, f"records differ ({', '.join(sorted(_records(differing[0])))})"
    return SAME, "one record for each test"


def _records(finding: Finding) -> set[str]:
    trials = [trial for result in finding.compared for trial in result["trials"] if not trial["by_hand"]]
    return {str(trial["calibration"].get("id") or "unknown") for trial in trials}


def _lost(found: Sequence[Finding]) -> tuple[str, str]:
    ours = [trial for one in found for result in one.compared for trial in result["trials"] if not trial["by_hand"]]
    problems = sum(len(one.now["problems"]) for one in found)
    if problems:
        return DIFFERS, f"{counted(problems, 'recording')} couldn't be scored"
    if not ours:
        return SAME, "none (by hand)"
    shares = [trial["lost_share"] for trial in ours]
    if any(share is None for share in shares):
        return UNKNOWN, "not known of every trial"
    most = max(float(share) for share in shares if share is not None)
    return SAME, "none" if most == 0 else f"at most {100 * most:.2f} % of a trial's samples"


def _explained(points: dict[str, tuple[str, str]]) -> str:
    states = {state for state, _ in points.values()}
    begin = "It may." if DIFFERS in states else "Not known." if UNKNOWN in states else "Nothing found."
    alike: dict[str, list[str]] = {}
    for name, (_, words) in points.items():
        alike.setdefault(words, []).append(name if not alike.get(words) else _lower(name))
    return _joined([begin, *(f"{', '.join(names)}: {words}." for words, names in alike.items())])


def _next(
    found: Sequence[Finding], points: dict[str, tuple[str, str]], words_next: str, scales: Sequence[Rated]
) -> str:
    """The clinician's words, then what the points suggest."""
    advice: list[str] = []
    both = (*found, *scales)
    if any(one.change is None for one in both):
        advice.append("repeat the test in the same conditions, to have a baseline")
    unknown = [name.lower() for name in POINTS if points[name][0] == UNKNOWN and any(one.baseline for one in both)]
    if unknown:
        advice.append(f"write down {listed(unknown)} with the next test")
    differing = [name.lower() for name in POINTS if points[name][0] == DIFFERS]
    if differing:
        advice.append(f"repeat with the same {listed(differing)} as at baseline")
    if points["Practice"][0] == DIFFERS:
        advice.append("test once more before reading it as a change")
    if points["Calibration"][0] == DIFFERS:
        advice.append("score all sessions under one calibration record of these insoles")
    if points["Lost data"][0] != SAME:
        advice.append("repeat the trials that have no number")
    if best := [one.title for one in scales if one.at_best]:
        advice.append(f"add a harder test, since {listed(best)} can't show more than its best")
    judged = [
        *(one.change["judged"] for one in found if one.change),
        *(one.change.judged for one in scales if one.change),
    ]
    if not advice and not all(judged):
        advice.append("look at the numbers side by side, since no verdict can be given")
    said = f"Surefoot suggests: {'; '.join(advice)}." if advice else ""
    return _joined([isolated(ended(words_next)), said]) or "Nothing stands out."


def _joined(texts: Sequence[str]) -> str:
    return " ".join(text.strip() for text in texts if text.strip())


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
