# SPDX-License-Identifier: MIT
"""The parts that papers are put together from: minutes, results with norms, the course, the clinician's words."""

from collections.abc import Sequence
from datetime import date

from surefoot.care.billing import by_code, code_of, never_advice, notes_of_day, sure, units_of_day
from surefoot.care.billing_file import Billing
from surefoot.care.visit import Visit
from surefoot.output.norm_view import norm_lines
from surefoot.output.outcome_view import headline
from surefoot.output.paper_findings import Finding, like, outcome_text, primary, title_of
from surefoot.output.paper_lead import verdict
from surefoot.output.paper_values import Bullets, Facts, Part, Table, Words
from surefoot.output.trial_view import circumstances
from surefoot.output.wording import NONE, ended, isolated, sentence, spoken, unit_text, upper
from surefoot.unit_words import counted

NOT_WRITTEN = "Not written yet."
EFFECT = "Effect on the plan"
NO_TEST = "No result of a test is kept for this day."
NO_TEST_AT_ALL = "No result of a test is kept."
ONE_JUDGED = (
    "One result of a test may be judged, fixed before it (marked primary); the others stand without a verdict."
    " Baseline: the first sessions of the test, each with its number."
)
NO_INSOLES = "For insoles no such figure is known yet."
MOST_NORMS = 3


def minutes_part(billing: Billing, on: date, visit: Visit, others: Sequence[Visit], only: str | None = None) -> Part:
    """Start and stop of a visit and of each activity; `others`: visits of the same day, whose timed minutes count with
    its own; `only`: activities of one code."""
    shown = [one for one in visit.activities if only in (None, billing.kind(one.what).code)]
    rows = []
    for one in sorted(shown, key=lambda one: one.start):
        kind = billing.kind(one.what)
        how = {True: "one-to-one", False: "not one-to-one", None: ""}[one.one_to_one]
        words = "; ".join(text for text in (isolated(one.words), how) if text)
        code = code_of(billing, on, one) or NONE
        rows.append((sentence(kind.title).rstrip("."), code, one.start, one.stop, str(one.minutes), words))
    whole = f"Visit from {visit.start} to {visit.stop}: {counted(visit.minutes, 'minute')}."
    if not rows:
        return Part("Minutes", (Words(f"{whole} {NOT_WRITTEN if not visit.activities else ''}".strip()),))
    heads = ("Activity", "Code", "Start", "Stop", "Minutes", "What, and why it needed skill")
    table = Table(heads, tuple(rows), (4,), 5)
    return Part("Minutes", (Words(whole), table, *_units(billing, on, visit, others)))


def _units(billing: Billing, on: date, visit: Visit, others: Sequence[Visit]) -> tuple[Words, ...]:
    found, notes = by_code(billing, [(on, visit)]), notes_of_day(billing, on, (visit, *others))
    if not found:
        return (Words(" ".join(notes), soft=True),) if notes else ()
    total = units_of_day(billing, on, (visit, *others))
    day = " with the other visits of this day" if total.minutes > sum(one.minutes for one in found) else ""
    unsure = f", {sure(total.certainty)}" if sure(total.certainty) else ""
    counts = ", ".join(f"{one.row.code} {one.minutes} min" for one in found)
    recalled = [one.row.code for one in found if sure(one.row.certainty)]
    open_ = f" Wording of {', '.join(recalled)}: unverified." if recalled else ""
    modifiers = f" Modifiers: {', '.join(visit.modifiers)}." if visit.modifiers else ""
    text = (
        f"Timed codes: {counts}; together{day} {total.minutes} min, {counted(total.units, 'unit')} by the 8-minute"
        f" rule{unsure}.{modifiers}{open_}"
    )
    return (Words(" ".join((text, *notes, never_advice(billing))), soft=True),)


def results_parts(found: Sequence[Finding], brief: bool = False) -> list[Part]:
    """A part for each named test: what for, its numbers beside the baseline, the change, the norms; `brief` leaves out
    the rest."""
    if not found:
        return [Part("Tests", (Words(NO_TEST),))]
    return [_result(one, brief, one is found[-1]) for one in found]


def _result(finding: Finding, brief: bool, last: bool) -> Part:
    facts = [("Purpose", isolated(upper(ended(finding.purpose)))), ("Done", headline(finding.now))]
    facts += _change(finding)
    blocks = [Facts(tuple(facts)), _numbers(finding, brief), *_norms(finding)]
    if not brief:
        told = "; ".join(f"{name.lower()} {text}" for name, text in circumstances(finding.now["circumstances"]))
        blocks.append(Facts((("Circumstances", sentence(told)), ("Made with", _made(finding)))))
    if finding.baseline and last:
        blocks.append(Words(ONE_JUDGED, soft=True))
    hand = " (by hand)" if finding.now["trials"] and all(trial["by_hand"] for trial in finding.now["trials"]) else ""
    return Part(f"{finding.title}, {finding.on.isoformat()}{hand}", tuple(blocks))


def _numbers(finding: Finding, brief: bool) -> Table:
    """Each outcome, now and in every baseline session; the primary one first, and marked. `brief` leaves out the others
    that have no number."""
    named = primary(finding.now)
    outcomes = sorted(finding.now["outcomes"], key=lambda one: one is not named)
    outcomes = [one for one in outcomes if not brief or one is named or one["value"] is not None]
    rows = []
    for one in outcomes:
        before = [outcome_text(like(result, one)) for _, result in finding.baseline]
        where = f", {spoken(one['target'])}" if one["target"] else ""
        label = f"{one['label']}{where}{' (primary)' if one is named else ''}"
        if one["value"] is None:
            label = f"{label}: not reported. {sentence(one['reason'] or 'it was not computed')}"
        rows.append((label, *before, outcome_text(one), _unit(one["measure"])))
    heads = ("Result", *(f"Baseline\n{on.isoformat()}" for on, _ in finding.baseline), "Now", "Unit")
    return Table(heads, tuple(rows), tuple(range(1, len(heads) - 1)))


def _change(finding: Finding) -> list[tuple[str, str]]:
    """A verdict with all that it rests on; else both numbers, why there is none, and the error of single trials."""
    if finding.change and finding.change["judged"]:
        return [("Change", str(finding.change["sentence"]))]
    shown = [] if finding.change is None else [("Change", f"{upper(verdict(finding))}.")]
    return [*shown, ("Measurement error", _error(finding))]


def _error(finding: Finding) -> str:
    """How far two trials of the primary result differ with nothing changed, where that was read in a source."""
    named = primary(finding.now)
    condition = next(
        (one for one in finding.now["protocol"]["conditions"] if named and one.get("id") == named["condition"]), {}
    )
    for row in finding.now["protocol"]["measurement_error"]:
        same = named and row["measure"] == named["measure"] and row["certainty"] == "V"
        if same and all(row[key] == condition.get(key) for key in ("surface", "vision")):
            return (
                f"With nothing changed, two trials {row['interval']} differ by up to {row['mdc95_percent']:g} %"
                f" ({row['population']}; {row['source']}). {NO_INSOLES}"
            )
    return "None is known that was checked in its source."


def _unit(key: str) -> str:
    from surefoot.measures.table import MEASURES

    return unit_text(MEASURES[key].unit) if key in MEASURES else ""


def _norms(finding: Finding) -> tuple[Bullets, ...]:
    """Published figures of the primary result, else why there is none."""
    named = primary(finding.now)
    lines = norm_lines(finding.now)
    own = [line for line in lines if named is None or named["label"] in line["label"]]
    shown = [f"Published figure: {line['text']}" for line in own if line["text"]][:MOST_NORMS]
    reasons = [line["reason"] for line in (*own, *lines) if not line["text"]]
    shown = shown or [f"Published figure: none is shown. {reason}" for reason in reasons[:1]]
    return (Bullets(tuple(shown)),) if shown else ()


def _made(finding: Finding) -> str:
    versions = finding.now["versions"]
    known = [(name, versions.get(name)) for name in ("software", "firmware", "calibration")]
    named = [f"{name} {version}" for name, version in known if version not in (None, "", "none")]  # none: by hand
    return f"Surefoot: {', '.join(named)}." if named else "Surefoot."


def named_part(visit: Visit, known: Sequence[str]) -> Part | None:
    """Tests that the visit names without a result; `known`: those that have one."""
    rows = [(one.test, f"{isolated(upper(ended(one.purpose)))} No result of it is kept.") for one in visit.tests]
    rows = [(title_of(name), text) for name, text in rows if name not in known]
    return Part("Named, without a result", (Facts(tuple(rows)),)) if rows else None


def short_table(found: Sequence[Finding]) -> Table:
    """The primary result of each test in one row."""
    rows = []
    for one in found:
        named = primary(one.now)
        before = [outcome_text(like(result, named)) for _, result in one.baseline] if named else []
        label = f"{one.title}: {named['label']}" if named else f"{one.title}: no one result may be judged"
        unit = _unit(named["measure"]) if named else ""
        rows.append((label, " / ".join(before) or NONE, outcome_text(named), unit, one.on.isoformat()))
    return Table(("Test and result", "Baseline", "Now", "Unit", "On"), tuple(rows), (1, 2))


def course_part(found: Sequence[Finding]) -> Part | None:
    """Every session of each test with its primary result and what stood around it; None where none has a second."""
    rows: list[tuple[str, ...]] = []
    for one in found:
        named = primary(one.now)
        if named is None or len(one.course) < 2:
            continue
        label = f"{one.title}: {named['label']}"
        for on, result in one.course:
            told = result["circumstances"] or {}
            around = [str(told.get(name) or "not known") for name in ("aid", "footwear")]
            rows.append((label, on.isoformat(), outcome_text(like(result, named)), _unit(named["measure"]), *around))
            label = ""
    table = Table(("Test and result", "Day", "Result", "Unit", "Aid", "Shoes"), tuple(rows), (2,))
    return Part("Course", (table,)) if rows else None


def words_part(visit: Visit, plan: str = EFFECT, steps: Sequence[tuple[str, str]] = ()) -> Part:
    """What the clinician makes of it, then the ladders' decisions; what isn't written is said to be so."""
    rows = [("Interpretation", isolated(visit.interpretation) or NOT_WRITTEN)]
    rows += [("Response", isolated(visit.response))] if visit.response else []
    rows += [(plan, isolated(visit.plan) or NOT_WRITTEN)]
    return Part(f"The clinician's words{', and the ladders' if steps else ''}", (Facts((*rows, *steps)),))
