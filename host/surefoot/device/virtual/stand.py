# SPDX-License-Identifier: MIT
"""Who stands on the virtual board: a drawn person, or people replayed from files, asked to take a stance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from surefoot.device.virtual.electronics import Electronics
from surefoot.device.virtual.person import (
    GRAVITY_MS2,
    MAT_FOOT_ANGLE_DEG,
    MAT_HEEL_DISTANCE_M,
    Motion,
    Person,
    Wave,
    draw,
    with_mass,
)
from surefoot.device.virtual.replay import CopRecord, motion_of, must_fit, read
from surefoot.device.virtual.world import World
from surefoot.placement import Placement

LIES_S = 3.0  # on the floor, after a trial's end
LONGEST = 1024  # bytes of a line that is still to come


class _Playlist:
    """The motion of the recording that plays now; `play` starts one from its first sample."""

    def __init__(self, records: Sequence[CopRecord], person: Person):
        self.records, self.person = records, person
        self._motion: Motion = motion_of(records[0], person)

    def play(self, number: int, at_s: float) -> None:
        self._motion = motion_of(self.records[min(number, len(self.records) - 1)], self.person, at_s)

    def __call__(self, start_s: float, after_s: np.ndarray) -> Wave:
        return self._motion(start_s, after_s)


class LosesBalance:
    """Somebody who falls in each trial of a live board, `after_s` from its start cue, and is up again for the next.

    Call it with what is typed to the board: the marks of a trial's start and end are among it.
    """

    def __init__(self, world: World, after_s: float):
        self._world, self._after_s = world, after_s
        self._typed = b""
        self._fall_s = self._up_s = np.inf
        self._down = False

    def __call__(self, typed: bytes) -> None:
        *lines, self._typed = (self._typed + typed)[-LONGEST:].split(b"\n")
        now_s = self._world.now_s
        for line in lines:
            if line.strip() == b"event start" and not self._down:
                self._fall_s = now_s + self._after_s
            elif line.strip() == b"event end":
                # Who has just lost balance goes down, whatever is called out.
                self._fall_s, self._up_s = np.inf, now_s + LIES_S
        if now_s >= self._fall_s:
            self._world.do("fall")
            self._fall_s, self._down = np.inf, True
        if self._down and now_s >= self._up_s:
            self._world.do("stand")
            self._up_s, self._down = np.inf, False


class Stand:
    """A world and the way to ask its person for a stance; `placement` is what the mat says, not where they stand."""

    def __init__(self, world: World, playlist: _Playlist | None = None):
        self.world = world
        self._playlist = playlist
        self._taken = 0

    @property
    def placement(self) -> Placement:
        return Placement(MAT_HEEL_DISTANCE_M, MAT_FOOT_ANGLE_DEG, self.world.person.insole_length_m)

    def take(self, vision: str, surface: str) -> float:
        """Stand up if need be and take the next condition; the world's time at which it begins."""
        at_s = self.world.now_s
        if self._playlist:
            self._playlist.play(self._taken, at_s)
        self._taken += 1
        self.world.do("stand")
        self.world.do("foam" if surface == "foam" else "firm")
        self.world.do("eyes_closed" if vision == "closed" else "eyes_open")
        return at_s


def stand_for(
    kind: str = "steady", seed: int = 1, replay: Sequence[Path] | None = None, electronics: Electronics | None = None
) -> Stand:
    """A drawn person of this kind, or with `replay` the people of those files in turn, one for each condition.

    A replayed person has the first file's weight, and a body, a stance and insoles drawn from the seed.
    """
    if not replay:
        return Stand(World(draw(seed, kind), electronics, seed))
    records = [read(path) for path in replay]
    person = draw(seed, "steady")
    force_n = records[0].force_n
    if force_n is not None:
        person = with_mass(person, float(force_n.mean()) / GRAVITY_MS2)
    for record in records:
        must_fit(record, person)
    playlist = _Playlist(records, person)
    return Stand(World(person, electronics, seed, motion=playlist), playlist)
