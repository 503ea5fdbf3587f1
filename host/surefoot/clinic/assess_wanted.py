# SPDX-License-Identifier: MIT
"""What a person is to do, by the names that are typed: a test, a ladder, a task of one, the insoles."""

from __future__ import annotations

from collections.abc import Sequence

from ..care.ladder import Ladder, Task, ladder_names, ladder_of
from ..care.safety_asking import Wanted, of_tasks, wanted_of
from .ladder_kept import progress
from .store.values import Store


def wanted_in(store: Store, person: str, names: Sequence[str]) -> list[Wanted]:
    """Each of them; of a ladder the tasks where the person stands, or the easiest, and the next ones up. Raises
    ProtocolError for what there isn't, StoreError."""
    made = []
    for name in dict.fromkeys(names):
        ladder, _, task = name.partition(":")
        if ladder not in ladder_names():
            made.append(wanted_of(name))
            continue
        found = ladder_of(ladder)
        made.append(of_tasks(name, found, [found.task(task)] if task else _here(store, person, found)))
    return made


def _here(store: Store, person: str, ladder: Ladder) -> list[Task]:
    standings = progress(store, person).standings
    at = [one.task for track, one in standings.items() if track[0] == ladder.id] or [ladder.walk[0]]
    return list(dict.fromkeys([*at, *(up for task in at for up in ladder.harder(task)[:1])]))
