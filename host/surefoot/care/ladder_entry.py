# SPDX-License-Identifier: MIT
"""Where a person begins on a ladder: below the highest task that was held, and no longer on one leg than the norm."""

from collections.abc import Mapping

from surefoot.care.ladder import Ladder, Task
from surefoot.care.norms_file import Table, load_norms
from surefoot.care.progression_case import Rules
from surefoot.care.progression_values import Place
from surefoot.errors import ProtocolError

NORM = ("single-leg-stance", {"vision": "open", "surface": "firm", "result": "best-of-3"})


def entry(ladder: Ladder, rules: Rules, held_s: Mapping[Task, float]) -> Place:
    """So many steps below the highest task that was held long enough, for the shortest time, and that isn't a harder
    form of one that wasn't; the easiest task where none was held so."""
    failed = [task for task, seconds in held_s.items() if seconds < rules.entry_s]
    held = [
        task
        for task, seconds in held_s.items()
        if seconds >= rules.entry_s
        and not any(all(low <= at for low, at in zip(easier, task, strict=True)) for easier in failed)
    ]
    place = {task: at for at, task in enumerate(ladder.walk)}
    task = max(held, key=lambda one: (ladder.height(one), -place.get(one, len(place))), default=(0,) * len(ladder.axes))
    for _ in range(rules.below if held else 0):
        # What the suggested walk has comes first: it lets go of a support later than it closes the eyes.
        task = min(ladder.easier(task), key=lambda one: -place.get(one, -1), default=task)
    return Place(task, ladder.targets(task, None)[0])


def single_leg_norm_s(age_years: float | None) -> float | None:
    """The published time on one leg with eyes open at that age, as a limit of what is asked for; None without an age
    or a figure for it. The source is of bare feet: here it is a limit, and nothing is compared with it."""
    if age_years is None:
        return None
    protocol, needs = NORM
    for table in load_norms().tables:
        if protocol in table.protocols and dict(table.needs) == needs and table.certainty == "V":
            return _row(table, age_years)
    raise ProtocolError("The norms of standing on one leg are missing: install Surefoot again.")


def _row(table: Table, age_years: float) -> float | None:
    return next((row.value for row in table.rows if row.age_min <= int(age_years) <= row.age_max), None)
