# SPDX-License-Identifier: MIT
"""Which questions of the safety profile are to be asked: all that are due, or the fewest that open what is wanted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from surefoot.care.ladder import SETTINGS, Ladder, Task
from surefoot.care.progression_values import NOT_ASKED, NOT_FINE
from surefoot.care.safety import blocks, states, table
from surefoot.care.safety_values import THINGS, Block, Blocks, Question, Reason, SafetyProfile, Table
from surefoot.errors import ProtocolError

TRAINING = "training"


@dataclass(frozen=True)
class Wanted:
    """What somebody is to do: `tests` by id, THINGS, or training at `levels` (axis, level) of a ladder, for which they
    need the company of `setting`. `name`: as it was asked for."""

    name: str
    tests: frozenset[str] = frozenset()
    things: frozenset[str] = frozenset()
    levels: frozenset[tuple[str, str]] = frozenset()
    setting: str = SETTINGS[0]

    def meets(self, row: Block) -> bool:
        """Whether a row of the table stands in its way."""
        alone = TRAINING in self.things and row.needs is not None
        company = row.company is not None and SETTINGS.index(row.company) < SETTINGS.index(self.setting)
        own = self.tests & set(row.tests) or self.things & set(row.things) or self.levels & set(row.levels)
        return bool(own) or alone or company


def wanted_of(name: str, by: Table | None = None) -> Wanted:
    """A test or one of THINGS, by name. Raises ProtocolError for what is neither."""
    if name in (by or table()).all_tests:
        return Wanted(name, tests=frozenset([name]))
    if name in THINGS:
        return Wanted(name, things=frozenset([name]))
    raise ProtocolError(
        f"There is no '{name}' to open: name a test (`surefoot protocols` lists them), a ladder (`surefoot ladder "
        f"tasks`), a task such as standing:none/apart, or one of {', '.join(THINGS)}."
    )


def of_tasks(name: str, ladder: Ladder, tasks: Collection[Task]) -> Wanted:
    """Training at these tasks, at home."""
    levels = {(axis.id, level) for task in tasks for axis, at in zip(ladder.axes, task, strict=True)
              for level in axis.levels[: at + 1]}  # fmt: skip
    setting = max((ladder.setting(task) for task in tasks), key=SETTINGS.index)
    return Wanted(name, things=frozenset([TRAINING]), levels=frozenset(levels), setting=setting)


def due(profile: SafetyProfile, today: date, by: Table | None = None) -> tuple[Question, ...]:
    """Those without an answer that holds today, in the order they are asked: not asked, or asked longer ago than their
    days, whatever was said then."""
    by = by or table()
    now = states(profile, today, by)
    return tuple(one for one in by.questions if now[one.id] == NOT_ASKED or _old(profile, one, now[one.id], today))


def _old(profile: SafetyProfile, question: Question, state: str, today: date) -> bool:
    """Whether a bad answer has had its days, and may have changed."""
    answer = profile.answers.get(question.id)
    asked = answer.asked_on if answer else None
    return state == NOT_FINE and asked is not None and (today - asked).days > question.days


def in_the_way(found: Blocks, wanted: Wanted) -> tuple[Reason, ...]:
    """The rows that hold and block it."""
    return tuple(one for one in found.reasons if wanted.meets(one.block))


def needed(
    profile: SafetyProfile, today: date, wanted: Sequence[Wanted], asked: Collection[str] = (), by: Table | None = None
) -> tuple[Question, ...]:
    """The questions that what is wanted waits for, those `asked` already left out; none for what an answer closes."""
    by = by or table()
    found, open_ = blocks(profile, today, by), [one for one in due(profile, today, by) if one.id not in asked]
    names = set().union(*(_waits_for(in_the_way(found, one), {one.id for one in open_}, by) for one in wanted))
    return tuple(one for one in open_ if one.id in names)


def _waits_for(rows: Sequence[Reason], open_: Collection[str], by: Table) -> set[str]:
    """The open questions that may lift the rows, none where one stays whatever is answered."""
    names: set[str] = set()
    for reason in rows:
        found = _openers(reason.block, by) & set(open_)
        if not found and reason.state == NOT_FINE and reason.block.leg is None:
            return set()
        names |= found
    return names


def next_question(
    profile: SafetyProfile, today: date, asked: Collection[str], wanted: Sequence[Wanted] = (), by: Table | None = None
) -> Question | None:
    """The next one to ask after those `asked` already: of all that are due or, where something is wanted, of those that
    it waits for."""
    open_ = needed(profile, today, wanted, asked, by) if wanted else due(profile, today, by)
    return next((one for one in open_ if one.id not in asked), None)


def _openers(row: Block, by: Table) -> set[str]:
    """The questions that may lift a row: its own, the one that this hangs on, and what makes up for it."""
    hangs_on = next(one.asked_unless_fine for one in by.questions if one.id == row.answer)
    return {name for name in (row.answer, hangs_on, row.unless_fine) if name}
