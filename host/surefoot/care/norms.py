# SPDX-License-Identifier: MIT
"""A test, a person and how it was done in; the published figures that apply out, or the reason why one doesn't.

A figure is shown only for the very procedure, age, sex, footwear and way of doing that its source speaks of. What
isn't known counts as not fitting. Words say where a number lies, never what a person has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import floor, isfinite

from surefoot.care.norms_file import Row, Table, load_norms
from surefoot.care.protocol import load_protocol, protocol_names
from surefoot.care.protocol_values import Condition
from surefoot.errors import ProtocolError
from surefoot.measures.table import MEASURES

CHANGES = ("small-change", "substantial-change")
NEED_WORDS = {
    "vision": "eyes {}",
    "surface": "{} ground",
    "stance": "feet {}",
    "pace": "a {} pace",
    "start": "a {} start",
    "course": "a course of {}",
    "result": "the {} trials",
    "outcome": "the outcome '{}'",
}
# Of a cut-off: the side that the source speaks of, and the other one.
SIDES = {
    "below": ("less than {}", "{} or more"),
    "above": ("more than {}", "{} or less"),
    "at-or-above": ("{} or more", "less than {}"),
}


@dataclass(frozen=True)
class Asked:
    """What a number is of. None and a missing key of `how` mean: not known.

    Age in years at the test; sex "female" or "male"; footwear "barefoot" or "shoes" (an insole means a shoe); setting
    "supervised" or "alone"; instrument "any" (body, clock, insoles, waist sensor) or "force-plate"; `how` as the
    `needs` of the schema, and "second_task" where one was done; `aid` the walking aid by its name, "" where none was
    used.
    """

    protocol: str
    measure: str
    age_years: float | None = None
    sex: str | None = None
    footwear: str | None = None
    setting: str | None = None
    instrument: str = "any"
    how: Mapping[str, str] = field(default_factory=dict, hash=False)
    aid: str | None = None


@dataclass(frozen=True)
class Norm:
    """One row that applies, with the table that it is of."""

    table: Table
    row: Row


@dataclass(frozen=True)
class Applicable:
    """The norms that apply, and for each table that might have been thought to apply, why it doesn't."""

    norms: tuple[Norm, ...]
    reasons: tuple[str, ...]


def norms_for(asked: Asked, tables: Sequence[Table] | None = None) -> Applicable:
    """What applies to a number, or why nothing does. Raises ProtocolError for an age that no person has."""
    return _applicable(asked, tables, changes=False)


def meaningful_changes(asked: Asked, tables: Sequence[Table] | None = None) -> Applicable:
    """The published changes that matter to people, small and substantial; footwear doesn't bear on them."""
    return _applicable(asked, tables, changes=True)


def how_of(condition: Condition, trials: str | None = None, outcome: str | None = None) -> dict[str, str]:
    """How a condition of a protocol is done, in the words of `needs`.

    `trials` and `outcome` are those of the protocol's outcome that the number is of: how the condition's trials
    combine (only "best" and "mean" are words of `needs`), and its id.
    """
    run_in_m, track_m = condition.run_in_m, condition.track_m
    how = {
        "vision": condition.vision,
        "surface": condition.surface,
        "stance": condition.stance,
        "pace": condition.pace,
        "second_task": condition.second_task,
        "start": None if run_in_m is None else "moving" if run_in_m > 0 else "standing",
        "course": f"{track_m:g} m out and back" if track_m else None,
        "result": f"{trials}-of-{condition.trials}" if trials in ("best", "mean") and condition.trials > 1 else None,
        "outcome": outcome,
    }
    return {key: value for key, value in how.items() if value}


def _applicable(asked: Asked, tables: Sequence[Table] | None, changes: bool) -> Applicable:
    age = asked.age_years
    if age is not None and not 0 <= age <= 120:
        raise ProtocolError(f"An age of {age:g} years can't be looked up: give the age at the test, 0 to 120.")
    norms: list[Norm] = []
    reasons: list[str] = []
    for table in load_norms().tables if tables is None else tables:
        ours = asked.protocol in table.protocols or asked.protocol in table.near
        if not ours or table.measure != asked.measure or (table.stat in CHANGES) is not changes:
            continue
        if table.certainty != "V":
            reasons.append(f"{table.cite}: recalled and not yet checked in the source, so it isn't shown.")
            continue
        why = _unfit(table, asked)
        row = None if why else _row(table, asked)
        if isinstance(row, Row):
            norms.append(Norm(table, row))
        else:
            reasons.append(f"{table.cite}: {why or row}.")
    if not norms and not reasons:
        reasons.append("No published figures are known here: compare with the person's own earlier results.")
    return Applicable(tuple(norms), tuple(dict.fromkeys(reasons)))


def _unfit(table: Table, asked: Asked) -> str | None:
    """Why a table doesn't fit a test, whoever does it."""
    if asked.protocol not in table.protocols:
        why = "another procedure, not comparable with this one"
        if table.instrument == "force-plate":
            why = f"force plate, {table.footwear}: not comparable with insoles"
        known = [load_protocol(name).title for name in table.protocols if name in protocol_names()]
        return f"{why} (it holds for {', '.join(known)})" if known else why
    if table.instrument != "any" and table.instrument != asked.instrument:
        return f"it was measured by a {table.instrument.replace('-', ' ')}, which is not comparable"
    if asked.how.get("second_task"):
        return "it is of the test alone, and this was done with a second task"
    for need, wanted in table.needs.items():
        words = NEED_WORDS[need].format(wanted.replace("-", " "))
        got = asked.how.get(need)
        if got is None:
            return f"it is for {words}, and what it was here isn't known"
        if got != wanted:
            return f"it is for {words}, and here it was {NEED_WORDS[need].format(got.replace('-', ' '))}"
    if table.stat in CHANGES:
        return None
    return _shoes(table, asked.footwear) or _setting(table, asked.setting)


def _shoes(table: Table, footwear: str | None) -> str | None:
    if table.footwear == "not-stated":
        return None
    wanted = "barefoot" if table.footwear == "barefoot" else "shoes"
    words = {"barefoot": "barefoot", "shoes": "in shoes"}
    if footwear is None:
        return f"it is for people {words[wanted]}, and what was worn isn't known"
    if footwear != wanted:
        return f"it is for people {words[wanted]}, and this was done {words.get(footwear, footwear)}"
    return None


def _aid(row: Row, aid: str | None) -> str | None:
    """Why a row doesn't hold for somebody with this walking aid. Of a row that says nothing, an aid that nobody told of
    is no reason (`unsaid` then speaks of it); one that was used is."""
    if row.aid == "any" or (row.aid is None and not aid):
        return None
    if row.aid is None:
        return f"it is for people of whom the source doesn't say what they walked with, and here it was with {aid}"
    wanted = "with a walking aid" if row.aid == "with" else "without a walking aid"
    if aid is None:
        return f"it is for people {wanted}, and whether one was used isn't known"
    if bool(aid) is (row.aid == "with"):
        return None
    return f"it is for people {wanted}, and here it was {f'with {aid}' if aid else 'without'}"


def unsaid(norm: Norm, asked: Asked) -> str:
    """What a reader must know of a figure that is shown though one thing isn't known; "" where all is."""
    if asked.aid is not None or norm.row.aid is not None or norm.table.stat in CHANGES:
        return ""
    return "Whether a walking aid was used isn't known: with one, this figure does not hold."


def _setting(table: Table, setting: str | None) -> str | None:
    if setting is None:
        return f"it is for {table.setting} tests, and whether somebody stood by isn't known"
    return None if setting == table.setting else f"it is for {table.setting} tests, and this was done {setting}"


def _row(table: Table, asked: Asked) -> Row | str:
    """The row of the person: of those that fit, the one of their own sex, then of the narrowest ages.

    A change that matters to people is asked whatever they walk with.
    """
    if asked.age_years is None:
        return "the age isn't known"
    age = floor(asked.age_years)
    aged = [row for row in table.rows if row.age_min <= age <= row.age_max]
    if not aged:
        low, high = min(row.age_min for row in table.rows), max(row.age_max for row in table.rows)
        if low <= age <= high:
            return f"it has no figure for the age of {age}"
        return f"it is for people of {_ages(low, high)}, and this person is {age}"
    whys = {id(row): None if table.stat in CHANGES else _aid(row, asked.aid) for row in aged}
    if all(whys.values()):
        return str(whys[id(aged[0])])
    aged = [row for row in aged if whys[id(row)] is None]
    fitting = [row for row in aged if row.sex in ("any", asked.sex)]
    if not fitting:
        said = "isn't known" if asked.sex is None else f"is {asked.sex}"
        return f"it has figures for {' and '.join(sorted({row.sex for row in aged}))} people, and the sex {said}"
    return min(fitting, key=lambda row: (row.sex == "any", row.age_max - row.age_min))


def place(norm: Norm, value: float) -> str:
    """Where a number lies: "within" the published range, "above" or "below" it, or "none" where there is no range.

    Of a cut-off: on which side. A mean alone has no range, so a number is never above or below it here.
    """
    if not isfinite(value):
        raise ProtocolError("A number that isn't there can't be compared: show the reason why it is missing.")
    row, stat = norm.row, norm.table.stat
    if stat in ("mean-ci95", "quartiles"):
        assert row.low is not None
        assert row.high is not None
        return "below" if value < row.low else "above" if value > row.high else "within"
    if row.value is None or stat in ("mean", *CHANGES):
        return "none"
    if stat == "cut-off":
        past = {"below": value < row.value, "above": value > row.value, "at-or-above": value >= row.value}
        over = norm.table.side != "below"
        return ("above" if over else "below") if past[str(norm.table.side)] else ("below" if over else "above")
    if stat == "upper-limit":
        return "above" if value > row.value else "within"
    return "none"


def words(norm: Norm, value: float) -> str:
    """One sentence: the figure, whose it is, and where the number lies. Never a diagnosis."""
    table, row = norm.table, norm.row
    where = place(norm, value)
    unit = "" if table.unit == "1" or table.unit.startswith("{") else f" {table.unit}"
    got, whose = f"{shown(table, value)}{unit}", f"{_people(row)} ({table.cite})"
    low, figure, high = (f"{one:g}{unit}" if one is not None else "" for one in (row.low, row.value, row.high))
    if table.stat == "cut-off":
        spoken, other = SIDES[str(table.side)]
        on = (where == "below") == (table.side == "below")
        here, said = (spoken if on else other).format(figure), spoken.format(figure)
        return f"{got} is {here}; {said} is {table.says} ({table.cite})."
    if table.stat == "quartiles":
        return f"{got} is {where} the range of the middle half of {whose}: {low} to {high}."
    if table.stat == "mean-ci95":
        return f"{got} is {where} the 95 % interval of the mean of {whose}: {figure}, {low} to {high}."
    if table.stat == "upper-limit":
        here = "above" if where == "above" else "not above"
        return f"{got} is {here} {figure}; above it the source calls a result of {whose} worse than average."
    full = ", the most that the test lets anyone reach" if table.ceiling is not None and value >= table.ceiling else ""
    return f"The mean of {whose} is {figure}; here it is {got}{full}."


def shown(table: Table, value: float) -> str:
    """A number with the decimals of its measure."""
    measure = MEASURES.get(table.measure)
    return f"{value:.{measure.decimals}f}" if measure else f"{value:.4g}"


def _people(row: Row) -> str:
    kind = {"female": "women", "male": "men"}.get(row.sex, "people")
    return f"{kind} of {_ages(row.age_min, row.age_max)}"


def _ages(low: int, high: int) -> str:
    return f"{low} to {high} years" if high < 120 else f"{low} years and over"
