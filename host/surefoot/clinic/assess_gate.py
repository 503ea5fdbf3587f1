# SPDX-License-Identifier: MIT
"""Before a test or a cued walk of somebody who is in the store: what the safety profile blocks, said in words.

Where the data folder has no store nothing is known here and nothing is said; a person who isn't in it is named.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ..care.progression_values import NOT_FINE
from ..care.safety import ALL, table
from ..errors import SurefootError

if TYPE_CHECKING:
    from ..care.safety_values import Blocks, Reason
    from .store.values import Store


REASON_MAX = 180


class Blocked(SurefootError):
    """The safety profile blocks it."""


@contextmanager
def _store(data: Path, url: str | None) -> Iterator[Store | None]:
    from .store import options
    from .store.place import LABEL, folder_in

    if not (folder_in(data) / LABEL).is_file():
        yield None
        return
    from .store.opening import open_store

    with open_store(data, url or os.environ.get(options.STORE) or None) as store:
        yield store


def before_test(
    data: Path, person: str, test: str, today: date, *, by: Callable[[], str], despite: str | None, insoles: bool,
    say: Callable[[str], None], url: str | None = None,
) -> None:  # fmt: skip
    """What to mind where the test may be done, with the `insoles` or without. Else Blocked, or, with a reason to go on
    `despite` it, that reason in the audit log and the rows said."""
    from . import assess
    from .store.people import people

    with _store(data, url) as store:
        if store is None:
            return
        if person not in people(store):
            say(f"Safety: {person} isn't in the clinic's store, so nothing was asked. Is the code right?")
            return
        found = assess.blocks(store, person, today)
        rows = of_test(found, test, insoles)
        for side in ("left", "right"):
            if not rows and test in found.tests_on(side):
                say(f"Safety: not on the {side} leg. {found.why(test=test, leg=side)[0].sentence}")
        for one in to_mind(found, insoles):
            say(f"Safety: {one.block.words}{f' ({one.note})' if one.note else ''}")
        if not rows:
            return
        if despite is None or not despite.strip():
            raise Blocked(f'{words(person, test, rows)} To go on, say why: --despite "REASON", which is kept.')
        if len(despite) > REASON_MAX:
            raise Blocked(f"--despite has {len(despite)} letters: keep it to {REASON_MAX}.")
        from .store.audit import note

        names = ", ".join(dict.fromkeys(one.block.id for one in rows))
        note(store, "override", by(), person, f"test {test} despite {names}"[:300] + f": {despite.strip()}")
        for one in rows:
            say(f"Safety, gone on despite it: {one.sentence}")


def of_arguments(args: argparse.Namespace, test: str, say: Callable[[str], None]) -> None:
    """`before_test` by the options of `surefoot record`."""
    from ..calibration_store import data_folder
    from .store import options

    insoles = not args.by_hand and args.typed is None
    before_test(
        data_folder(args.data), args.person, test, date.today(), by=lambda: options.who(args), despite=args.despite,
        insoles=insoles, say=say, url=options.url_of(args),
    )  # fmt: skip


def of_test(found: Blocks, test: str, insoles: bool) -> tuple[Reason, ...]:
    """The rows that block a test on whichever leg, and the insoles where they are to be worn."""
    if test in table().all_tests:
        rows = found.why(test=test) if test in found.tests else ()
    else:  # one's own test: only what blocks every test is known to block it
        rows = tuple(one for one in found.reasons if ALL in one.block.named)
    return (*rows, *(one for one in found.why(thing="insoles") if one not in rows)) if insoles else rows


def to_mind(found: Blocks, insoles: bool) -> tuple[Reason, ...]:
    """The rows that block no test and are to be minded in it: where to stand and, in insoles, how long at first."""
    first = [one for one in found.reasons if one.block.first_wear_min and insoles and not found.insoles]
    guard = [one for one in found.reasons if one.state == NOT_FINE and one.block.blocks_nothing]
    return (*guard, *first)


def words(person: str, test: str, rows: tuple[Reason, ...]) -> str:
    """What is blocked and why: what is not fine first, what is not asked by name."""
    known = [one.sentence for one in rows if one.state == NOT_FINE]
    open_ = list(dict.fromkeys(one.block.answer for one in rows if one.state != NOT_FINE))
    says = f"The safety profile of {person} blocks {test}. {' '.join(known)}".strip()
    if open_:
        what = " insoles" if any(test not in one.block.tests for one in rows) else ""
        what = f" --for {test}{what}" if test in table().all_tests else ""
        says += f" Not asked: {', '.join(open_)} (`surefoot assess safety --person {person}{what}` asks these)."
    return says


def cue(data: Path, person: str, today: date, *, feedback: bool) -> str | None:
    """Why the safety profile allows no cue; None where it does, or nothing is known."""
    from ..care.safety import cue_refusal
    from . import assess
    from .store.people import people

    with _store(data, None) as store:
        if store is None or person not in people(store):
            return None
        found = assess.blocks(store, person, today)
    reason, thing = cue_refusal(found, feedback), "feedback" if feedback else "metronome"
    if reason and any(one.state != NOT_FINE for one in found.why(thing=thing)):
        reason += f" `surefoot assess safety --person {person} --for {thing}` asks what is missing."
    return reason
