# SPDX-License-Identifier: MIT
"""Parts of papers beside the tests: what was asked, scales, days at home, falls, ladders, the plan at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from surefoot.care.asked import LIMITS, STEADY
from surefoot.care.assessment import ABC, Assessment
from surefoot.care.diary import NOT_TOLD
from surefoot.care.episode import Episode, FallsTold, HomeWeek, Step
from surefoot.care.scale_change import shown
from surefoot.clinic.assess_words import FEW_DAYS
from surefoot.clinic.scale_kept import Rated
from surefoot.output.paper_values import Bullets, Facts, Part, Table, Words
from surefoot.output.plan_view import dose, often
from surefoot.output.wording import NONE, ended, isolated, sentence, upper
from surefoot.unit_words import counted

MOST_WEEKS = 12  # rows, the newest
NOT_ASKED = "not asked"


def asked_part(asked: Sequence[tuple[date, Assessment]]) -> Part:
    """What was asked around the tests of a visit; what wasn't is said so."""
    if not asked:
        return Part("Asked around the tests", (Words("Pain, steadiness, aids and medication were not written down."),))
    rows: list[tuple[str, str]] = []
    for _, one in asked:
        rows += [("Pain, 0 to 10", "; ".join(_pain(one)) or NOT_ASKED)]
        steady = one.steadiness
        rows += [("Steadiness, 1 to 5", NOT_ASKED if steady is None else f"{steady}, {STEADY[steady - 1]}")]
        rows += [("Exertion, 0 to 10", f"{one.exertion} (Borg)")] if one.exertion is not None else []
        rows += [("Confidence", _confidence(one))] if one.confidence else []
        told = {name: text for name, text in asdict(one.circumstances).items() if text is not None}
        minutes = told.pop("minutes_since_dose", None)
        for name in ("aid", "assistance", "footwear", "orthosis", "medication"):
            text = told.get(name, NOT_ASKED)
            if name == "medication" and minutes is not None:
                text = f"{text}, {minutes:g} min since the last dose"
            rows += [(name.capitalize(), text)] if text != NOT_ASKED or name in ("aid", "medication") else []
        rows += [("Note", isolated(one.note))] if one.note else []
    return Part("Asked around the tests", (Facts(tuple(rows)),))


def _pain(one: Assessment) -> list[str]:
    return [
        f"{_told(pain.before)} before, {_told(pain.after)} after{f' ({isolated(pain.site)})' if pain.site else ''}"
        for pain in one.pain
    ]


def _told(number: int | None) -> str:
    return NOT_ASKED if number is None else str(number)


def _confidence(one: Assessment) -> str:
    if one.confidence is None:
        return NONE
    how = "by the ABC scale" if one.confidence.by == ABC else "as said"
    return f"{one.confidence.percent:g} of {LIMITS['confidence'][1]}, {how}"


def step_rows(steps: Sequence[Step]) -> list[tuple[str, str]]:
    """The decisions of a visit on each ladder: what the rules suggest, or what a clinician decided instead, and why."""
    rows = []
    for one in steps:
        words = one.words if not one.by else f"{one.words}, decided by {one.by}: {isolated(one.reason)}"
        said = f"The rules had suggested: {one.said}." if one.said else ""
        then = f"Then: {one.then}" if one.then else ""
        rows.append((f"Ladder: {one.title}", " ".join(text for text in (sentence(words), said, then) if text)))
    return rows


def scales_part(found: Sequence[Rated], purposes: Mapping[str, str]) -> Part | None:
    """Each rated scale with what it was for (`purposes` of a visit, by scale), beside its first sessions, with what is
    said of the change; None where none was rated."""
    if not found:
        return None
    told = [(one.title, isolated(upper(ended(purposes.get(one.scale.id) or one.scale.purpose)))) for one in found]
    facts = tuple((f"Purpose{f': {title}' if len(told) > 1 else ''}", text) for title, text in told)
    return Part("Rated scales", (Facts(facts), scale_table(found), Bullets(tuple(map(_change, found)))))


def scale_table(found: Sequence[Rated]) -> Table:
    """A row for each: the first sessions, now, what it can be."""
    return Table(("Scale", "Baseline", "Now", "Range", "On"), tuple(map(_scale, found)), (1, 2))


def scale_rows(found: Sequence[Rated]) -> tuple[tuple[str, ...], ...]:
    """The same as rows among the tests' (paper_parts.short_table)."""
    return tuple(
        (label, before, now, f"of {limits.split(' to ')[1]}", on)
        for label, before, now, limits, on in map(_scale, found)
    )


def _scale(one: Rated) -> tuple[str, str, str, str, str]:
    low, high = (f"{end:g}" for end in one.scale.range)
    before = " / ".join(one.total(rating) or NONE for _, rating in one.baseline) or NONE
    label = f"{one.title}{', the best it can show' if one.at_best else ''}"
    return label, before, one.total(one.now) or NONE, f"{low} to {high}", one.on.isoformat()


def _change(one: Rated) -> str:
    """What is said of the change, without the numbers, which stand in the table."""
    change = one.change
    if change is None:
        return _first(one)
    said = change.sentence
    if change.before is not None and change.now is not None:
        numbers = f"{one.title}: {shown(one.scale, change.before)} before, {shown(one.scale, change.now)} now."
        said = " ".join(said.replace(numbers, "").split())
    return f"{one.title}: {_lower(said)}"


def _first(one: Rated) -> str:
    if one.now.value is None:
        return f"{one.title}: no total. {one.now.reason or ''}".strip()
    return f"{one.title}: first time here, so there is nothing to compare with."


def episode_parts(of: Episode) -> list[Part]:
    """Pain and steadiness, days at home, falls, ladders and the plan between the first visit and the last."""
    parts = [_felt(of.asked), _home(of), _falls(of.falls), _ladders(of), _plan(of)]
    return [one for one in parts if one is not None]


def _felt(asked: Sequence[tuple[date, Assessment]]) -> Part:
    title = "Pain and steadiness at the visits"
    if not asked:
        return Part(title, (Words("Neither was written down at any visit."),))
    rows = []
    for on, one in asked:
        pains = one.pain or (None,)
        for place, pain in enumerate(pains):
            before, after = (NONE if pain is None or each is None else str(each)
                             for each in (pain and pain.before, pain and pain.after))  # fmt: skip
            steady = NONE if place or one.steadiness is None else f"{one.steadiness}"
            sure = NONE if place or one.confidence is None else f"{one.confidence.percent:g}"
            site = pain.site if pain and pain.site else ""
            rows.append(("" if place else on.isoformat(), site, before, after, steady, sure))
    heads = ("Visit", "Where it hurts", "Pain before", "Pain after", "Steadiness", "Confidence %")
    small = f"Pain 0 to 10; steadiness 1 ({STEADY[0]}) to 5 ({STEADY[-1]}); a dash: not asked."
    return Part(title, (Table(heads, tuple(rows), (2, 3, 4, 5), 1), Words(small, soft=True)))


def _home(of: Episode) -> Part:
    title = "Between the visits, at home"
    if not of.weeks:
        return Part(title, (Words("Nothing was planned for home, and nothing was told of it."),))
    shown_ = of.weeks[-MOST_WEEKS:]
    days = sum(one.days for one in of.weeks)
    unreported = sum(one.unreported for one in of.weeks)
    told = days - unreported
    words = (
        f"Of {counted(days, 'day')}, {told} {'was' if told == 1 else 'were'} told of and {unreported}"
        f" {'was' if unreported == 1 else 'were'} not reported."
    )
    if len(shown_) < len(of.weeks):
        words += f" The last {len(shown_)} of {len(of.weeks)} weeks:"
    heads = ("Week until", "Done of planned", "Unreported", "Pain", "Steadiness")
    rows = tuple(map(_week, shown_))
    small = (
        "A day that nobody reported isn't a day without training: where it could change the share, both ends are given."
        " Pain and steadiness: lowest to highest that was told at home; a dash: nothing was told."
    )
    return Part(title, (Words(words), Table(heads, rows, (), 1), Words(small, soft=True)))


def _week(one: HomeWeek) -> tuple[str, ...]:
    if one.unreported == one.days:
        done = NOT_TOLD if one.week else "no plan"
    else:
        # What is unreported has its own column.
        done = one.week.words.split(";")[0].rstrip(".") if one.week else "no plan"
    silent = f"{one.unreported} of {counted(one.days, 'day')}"
    return one.end.isoformat(), done, silent, _span(one.pain), _span(one.steadiness)


def _span(numbers: Sequence[int]) -> str:
    if not numbers:
        return NONE
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"


def _falls(of: FallsTold | None) -> Part | None:
    if of is None:
        return None
    lines = []
    falls, near_falls = of.per_year(of.falls), of.per_year(of.near_falls)
    if falls is None or near_falls is None:
        none = "This day was not" if of.days == 1 else f"No day of these {of.days} was"
        lines.append(f"{none} reported in the falls calendar, so falls are not known.")
    else:
        few = f" ({of.reported} days are few for a rate)" if of.reported < FEW_DAYS else ""
        hurt = f", {of.injuries} with an injury," if of.falls else ""
        lines.append(
            f"{counted(of.falls, 'fall')}{hurt} and {counted(of.near_falls, 'near-fall')} in the {of.reported} of"
            f" {of.days} days that were reported: {falls:.1f} falls and {near_falls:.1f} near-falls a person-year{few}."
        )
    if of.missing and of.reported:
        lines.append(f"Not reported, or only in part: {', '.join(of.missing)}.")
    if of.by_diary:
        days = ", ".join(day.isoformat() for day in of.by_diary)
        lines.append(f"Diaries told of a fall on {days}, which the calendar doesn't have.")
    before = of.history
    if before is not None and before.falls is not None:
        lines.append(f"In the twelve months before {before.until}, as remembered: {counted(before.falls, 'fall')}.")
    return Part("Falls and near-falls", (Bullets(tuple(lines)),))


def _ladders(of: Episode) -> Part | None:
    if not of.rungs:
        return None
    rows = tuple((one.title, f"{one.began_on}: {_lower(one.began)}. Now: {_lower(one.now)}.") for one in of.rungs)
    return Part("On the ladders, at the beginning and now", (Facts(rows),))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _plan(of: Episode) -> Part:
    title = "The plan at home, as it is now"
    if not of.plan:
        why = "No plan was made." if of.plan_on is None else f"Since {of.plan_on} nothing is planned."
        return Part(title, (Words(why),))
    from surefoot.care.plan import title_of

    lines = []
    for one in of.plan:
        leg = f" ({one.leg} leg)" if one.leg else ""
        note = f" {isolated(sentence(one.note))}" if one.note else ""
        lines.append(f"{title_of(one)}{leg}: {dose(one)}, {often(one)}.{note}")
    return Part(title, (Words(f"Since {of.plan_on}:"), Bullets(tuple(lines))))
