# SPDX-License-Identifier: MIT
"""What is known of a person and what it blocks, in lines for people and as one document for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from ..care import falls as calendar
from ..care.asked import LIMITS, STEADY
from ..care.assessment import ABC, Assessment, Profile, assessment_document, profile_document
from ..care.progression_values import FINE, NOT_ASKED, NOT_FINE
from ..care.safety import ALL, states, table
from ..care.safety_asking import Wanted, due, in_the_way
from ..care.safety_values import SIDES, THINGS, Block, Blocks, Reason, SafetyProfile
from .assess import Falls
from .scale_kept import Rated

AREAS = {"strength": "sit-to-stand", "range of motion": "range-of-motion", "balance and walking": ""}  # ids begin so
FEW_DAYS = 182  # that a rate of falls is of, at the least (D)


def profile_line(profile: Profile) -> str:
    """One line; what isn't known is said so."""
    parts = [
        f"age {profile.age_years}" if profile.age_years is not None else "age not known",
        profile.sex or "sex not known",
        f"{profile.height_m:.2f} m" if profile.height_m is not None else "height not known",
        f"{profile.weight_kg:g} kg" if profile.weight_kg is not None else "weight not known",
    ]
    site = f" ({profile.pain_site})" if profile.pain_site else ""
    pain = "usual pain not asked" if profile.usual_pain is None else f"usual pain {profile.usual_pain} of 10{site}"
    return f"{', '.join(parts)}; {pain}."


def blocked_by(row: Block) -> str:
    """What a row blocks, in words; "" for one that only says what to mind."""
    every, ids = ALL in row.named, table().all_tests
    groups = [f"{name} tests" for name in row.named if name not in ids]
    tests = groups + [name for name in row.named if name in ids]
    parts = ["every test"] if every else [", ".join(tests)] if tests else []
    if row.levels:
        parts.append("on ladders from " + ", ".join(f"{level} ({axis})" for axis, level in row.levels))
    parts += [", ".join(THINGS[thing] for thing in row.things)] if row.things else []
    parts += [f"at home more company than '{row.company}'"] if row.company else []
    parts += [f"training without a {row.needs}"] if row.needs else []
    parts += [f"wearing the insoles for more than {row.first_wear_min:g} min"] if row.first_wear_min else []
    leg = f" (on the {row.leg} leg)" if row.leg else ""
    return "; ".join(parts) + leg if parts else ""


def block_lines(found: Blocks) -> list[str]:
    """First what is not fine, in full; then what waits for an answer."""
    lines: list[str] = []
    for answer, rows in _by_answer(found, NOT_FINE).items():
        note = f" ({rows[0].note})" if rows[0].note else ""
        lines.append(f"- {answer}: {rows[0].says}{note}")
        for one in rows:
            what = blocked_by(one.block)
            lines += [f"    {f'blocks {what}. ' if what else ''}{one.block.words}"]
            lines += [f"      lifted by: {one.block.lifts} [{_basis(one.block)}]"] if what else []
    open_ = _by_answer(found, NOT_ASKED)
    lines += [f"Not asked yet, {_count(len(open_), 'answer')}, and until then:"] if open_ else []
    for answer, rows in open_.items():
        what = "; ".join(filter(None, (blocked_by(one.block) for one in rows)))
        says = rows[0].says.removeprefix("not asked: ")
        lines += [f"- {answer}: {says}", f"    blocks {what}" if what else f"    {rows[0].block.words}"]
    return lines


def _by_answer(found: Blocks, state: str) -> dict[str, list[Reason]]:
    rows: dict[str, list[Reason]] = {}
    for one in found.reasons:
        if one.state == state:
            rows.setdefault(one.block.answer, []).append(one)
    return rows


def _basis(row: Block) -> str:
    return f"published: {row.source}; {row.certainty}" if row.source else f"our choice; {row.certainty}"


def summary_lines(found: Blocks) -> list[str]:
    """What is blocked, all together."""
    tests, every = sorted(found.tests), set(table().all_tests)
    lines = [f"Tests blocked: {'every one' if found.tests >= every else ', '.join(tests) or 'none'}."]
    for side in SIDES:
        if own := sorted(found.tests_on(side) - found.tests):
            lines.append(f"On the {side} leg as well: {', '.join(own)}.")
    things = [words for thing, words in THINGS.items() if thing in found.things]
    lines.append(f"Also blocked: {', '.join(things) or 'nothing'}.")
    if found.first_wear_min is not None and not found.insoles:
        lines.append(
            f"The insoles may be worn for {found.first_wear_min:g} min at first: look at the skin before and after."
        )
    lines.append(f"Company at home at most: {found.company}; training needs at least: {found.needs}.")
    return lines


def wanted_lines(found: Blocks, wanted: Sequence[Wanted]) -> list[str]:
    """What stands in the way of each, or that nothing does."""
    lines: list[str] = []
    for one in wanted:
        rows = in_the_way(found, one)
        lines += [f"{one.name}: {'open' if not rows else 'not yet'}."]
        lines += [f"  {_on(row)}{row.sentence}" for row in rows if row.state == NOT_FINE]
        open_ = dict.fromkeys(f"{_on(row)}{row.block.answer}" for row in rows if row.state == NOT_ASKED)
        lines += [f"  waits for: {', '.join(open_)}"] if open_ else []
    return lines


def _on(row: Reason) -> str:
    return f"on the {row.block.leg} leg: " if row.block.leg else ""


def left_lines(profile: SafetyProfile, on: date, person: str) -> list[str]:
    """Questions that are still to be asked, by name."""
    left = [question.id for question in due(profile, on)]
    if not left:
        return []
    return [
        f"Due as well, {_count(len(left), 'question')}: {', '.join(left)}.",
        f"`surefoot assess safety --person {person}` asks them; `assess show` says what each blocks until then.",
    ]


def test_lines(found: Blocks, done: Mapping[str, date]) -> list[str]:
    """What may be tested, by area, and when it was last."""
    open_ = [test for test in table().all_tests if test not in found.tests]
    lines = []
    for area, begins in AREAS.items():
        others = tuple(one for one in AREAS.values() if one and one != begins)
        tests = [test for test in open_ if test.startswith(begins) and not test.startswith(others)]
        told = [f"{test} (last {done[test]})" if test in done else test for test in tests]
        lines.append(f"May be tested, {area}: {', '.join(told) or 'nothing'}.")
    return lines


def answer_lines(profile: SafetyProfile, on: date) -> list[str]:
    """Every answer as it counts that day."""
    now = states(profile, on)
    mark = {FINE: "ok ", NOT_FINE: "NOT", NOT_ASKED: " ? "}
    lines = []
    for question in table().questions:
        told = profile.answers.get(question.id)
        when = f", {told.asked_on}" if told and told.asked_on and now[question.id] != NOT_ASKED else ""
        note = f" ({told.note})" if told and told.note and now[question.id] != NOT_ASKED else ""
        says = question.says(now[question.id]) if now[question.id] != NOT_ASKED else "not asked"
        if told is None and now[question.id] == FINE:  # by the answer that it hangs on
            says = f"needn't be asked, since {question.asked_unless_fine} is fine"
        lines.append(f"{mark[now[question.id]]} {question.id}: {says}{note}{when}")
    return lines


def falls_lines(found: Falls, on: date) -> list[str]:
    """The year before, then each month, reported or not, and the rate over the days reported."""
    lines = [f"A fall: somebody {calendar.FALL}."]
    told = found.history
    if told is None or told.falls is None:
        lines.append("The twelve months before: not asked.")
    else:
        hurt = "" if told.injurious is None else f", {told.injurious} with an injury"
        last = f", the last one on {told.last_fall}" if told.last_fall else ""
        near = "" if told.near_falls is None else f"; {_count(told.near_falls, 'near-fall')}"
        lines.append(f"The twelve months before {told.until}: {_count(told.falls, 'fall')}{hurt}{last}{near}.")
    rows = calendar.calendar(found.months, on)
    for row in rows:
        if row.state == calendar.NOT_REPORTED:
            lines.append(f"{row.name}  not reported")
            continue
        part = "" if row.state == calendar.REPORTED else f", {row.days} days reported"
        lines.append(f"{row.name}  {_count(len(row.falls), 'fall')}, {_count(len(row.near_falls), 'near-fall')}{part}")
        for fall in row.falls:
            lines.append("         " + "; ".join(filter(None, (
                f"{fall.on}: {calendar.INJURIES[fall.injury]}", fall.place, fall.activity))))  # fmt: skip
        for near in row.near_falls:
            lines.append("         " + "; ".join(filter(None, (
                f"{near.on}: near-fall", "caught by somebody" if near.caught else "", near.activity))))  # fmt: skip
    rate, count, days = calendar.rate_per_year(rows)
    if rate is None:
        lines.append("No month is reported yet, so there is no rate.")
    else:
        few = ", which are few for a rate" if days < FEW_DAYS else ""
        lines.append(f"{rate:.1f} falls a person-year: {count} in the {days} days that were reported{few}.")
    return lines


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def assessment_lines(on: date, found: Assessment) -> list[str]:
    """What was said around the tests of a day; what wasn't is said so."""
    lines = [f"Visit of {on}:"]
    for pain in found.pain:
        before, after = ("not asked" if one is None else f"{one}" for one in (pain.before, pain.after))
        lines.append(f"  pain{f' ({pain.site})' if pain.site else ''}: {before} before, {after} after, of 10")
    missing = [] if found.pain else ["pain"]
    if found.steadiness is not None:
        lines.append(f"  steadiness: {found.steadiness} of {len(STEADY)}, {STEADY[found.steadiness - 1]}")
    if found.confidence is not None:
        how = "by the ABC scale" if found.confidence.by == ABC else "as said"
        lines.append(f"  confidence: {found.confidence.percent:g} of {LIMITS['confidence'][1]}, {how}")
    if found.exertion is not None:
        lines.append(f"  exertion: {found.exertion} of 10 (Borg)")
    around = {name: value for name, value in asdict(found.circumstances).items() if name != "foot_position"}
    told = [f"{name.replace('_', ' ')} {value}" for name, value in around.items() if value is not None]
    lines += [f"  {', '.join(told)}"] if told else []
    lines += [f"  note: {found.note}"] if found.note else []
    missing += [name for name in ("steadiness", "confidence", "exertion") if getattr(found, name) is None]
    missing += [name.replace("_", " ") for name, value in around.items() if value is None]
    return [*lines, f"  not asked: {', '.join(missing)}"] if missing else lines


def confidence_lines(found: Rated | None) -> list[str]:
    """The last ABC scale, and what changed since the first ones; nothing where none is kept."""
    if found is None:
        return []
    line = f"Confidence, {found.title}, {found.on}: {found.total(found.now)} of {found.scale.range[1]:g}."
    return [line, f"  {found.change.sentence}" if found.change else "  It is the first one that is kept."]


def confidence_document(found: Rated | None) -> dict[str, Any] | None:
    """The same for machines."""
    if found is None:
        return None
    return {"on": str(found.on), "percent": found.now.value, "change": asdict(found.change) if found.change else None}


def document(
    person: str,
    on: date,
    profile: Profile,
    safety: SafetyProfile,
    found: Blocks,
    told: Falls,
    visits: Sequence[tuple[date, Assessment]],
    abc: Rated | None,
) -> dict[str, Any]:
    """All of it for machines."""
    rows = calendar.calendar(told.months, on)
    rate, count, days = calendar.rate_per_year(rows)
    last = visits[-1] if visits else None
    return {
        "kind": "surefoot-assess",
        "person": person,
        "on": str(on),
        "profile": profile_document(profile),
        "states": states(safety, on),
        "blocked": {
            "tests": sorted(found.tests),
            **{f"tests_{side}": sorted(found.tests_on(side) - found.tests) for side in SIDES},
            **{f"levels_{side}": sorted(map("/".join, found.levels_on(side))) for side in SIDES},
            "things": sorted(found.things),
            "company": found.company,
            "needs": found.needs,
            "first_wear_min": found.first_wear_min,
        },
        "reasons": [
            {"row": one.block.id, "answer": one.block.answer, "state": one.state, "note": one.note,
             "words": one.block.words, "lifts": one.block.lifts, "basis": one.block.basis,
             "source": one.block.source, "certainty": one.block.certainty}
            for one in found.reasons
        ],
        "falls": {
            "history": calendar.history_document(told.history) if told.history else None,
            "months": [{"month": row.name, "state": row.state, "days": row.days, "falls": len(row.falls),
                        "near_falls": len(row.near_falls)} for row in rows],
            "falls": count, "days_reported": days, "rate_per_person_year": rate,
        },
        "abc": confidence_document(abc),
        "visit": {"on": str(last[0]), **assessment_document(last[1])} if last else None,
    }  # fmt: skip
