# SPDX-License-Identifier: MIT
"""File names of recordings: subject, session, task and run, of letters and digits alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .values import ExportError, Motion, Package, Recording, Unreadable

Leave = Callable[[str], None] | None


@dataclass(frozen=True)
class Labels:
    """`session` counts a person's from 1, `run` the recordings of a task within one; 0 where there is only one.

    BIDS has tracksys before run, and mne-bids (0.20) parses only names with run before tracksys: a name without one of
    the two is parsed by all.
    """

    subject: str
    session: int
    task: str
    run: int

    @property
    def stem(self) -> str:
        return f"sub-{self.subject}_ses-{self.session:02}_task-{self.task}"

    def named(self, suffix: str, tracksys: str = "") -> str:
        tracked = f"_tracksys-{tracksys}" if tracksys else ""
        run = f"_run-{self.run:02}" if self.run else ""
        return f"{self.stem}{tracked}{run}_{suffix}"

    @property
    def folder(self) -> Path:
        return Path(f"sub-{self.subject}", f"ses-{self.session:02}")


def label(text: str, first_capital: bool = False) -> str:
    """quiet-stance becomes quietStance: letters and digits alone."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    rest = [word[:1].upper() + word[1:] for word in words[1 - first_capital :]]
    return "".join(rest if first_capital else [*words[:1], *rest])


def subjects(package: Package) -> dict[str, str]:
    """The label of each person. Raises ExportError where two would share one."""
    found = {person: "".join(re.findall(r"[A-Za-z0-9]+", person)) for person in package.people}
    if len({one.lower() for one in found.values()}) != len(found) or not all(found.values()):
        raise ExportError(
            "Codes that differ in signs or capitals alone, such as P-1 and p1, would get the same folder: export with"
            " --deidentify, or one --person at a time."
        )
    return found


def labelled(package: Package) -> Iterator[tuple[Recording, Labels]]:
    """Recordings with their labels, in their order."""
    subject = subjects(package)
    sessions: dict[str, list[str]] = {}
    runs: Counter[tuple[str, str, str]] = Counter()
    several = Counter((one.person, one.session, task_of(one)) for one in package.recordings)
    for one in ordered(package.recordings):
        known = sessions.setdefault(one.person, [])
        if one.session not in known:
            known.append(one.session)
        place = one.person, one.session, task_of(one)
        runs[place] += several[place] > 1
        yield one, Labels(subject[one.person], known.index(one.session) + 1, place[2], runs[place])


def readable(package: Package, leave: Leave) -> Iterator[tuple[Recording, Labels, Motion]]:
    """Recordings with their labels and samples. One from which nothing can be had goes to `leave`, in words; where that
    is None it raises Unreadable."""
    for one, labels in labelled(package):
        try:
            motion = one.motion()
        except Unreadable as error:
            if leave is None:
                raise
            words = ", ".join(word for word in (one.protocol, one.condition, f"trial {one.trial}", _on(one)) if word)
            leave(f"{one.person}: the recording of {words} is left out. {error}")
            continue
        yield one, labels, motion


def _on(one: Recording) -> str:
    return one.on.isoformat() if one.on else f"day {one.day}" if one.day is not None else ""


def task_of(one: Recording) -> str:
    """quietStanceEyesOpen, of letters and digits."""
    return label(one.protocol) + label(one.condition, first_capital=True)


def ordered(recordings: Sequence[Recording]) -> list[Recording]:
    """By person, day and session; the order of the store within one."""
    return sorted(recordings, key=lambda one: (one.person, -1 if one.day is None else one.day, one.session))
