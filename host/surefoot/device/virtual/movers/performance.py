# SPDX-License-Identifier: MIT
"""What a mover did: millisecond series of what the instruments would feel, and the truth about it."""

from dataclasses import dataclass, field

import numpy as np

from surefoot.device.virtual.movers.sensing import Arrays, Sensing, sensed
from surefoot.device.virtual.person import Person

GRID_HZ = 1000
LEFT, RIGHT = 0, 1


@dataclass(frozen=True)
class Event:
    """Something that was done between two times [s]; `foot` is 0 left, 1 right, -1 where neither is meant."""

    name: str
    begin_s: float
    end_s: float
    foot: int = -1


@dataclass(frozen=True)
class Truth:
    """What happened, by the movement's own plan and not by any detector.

    A motion begins and ends where its speed crosses a twentieth of its peak; feet leave and touch where their load
    becomes and ceases to be exactly nought. `cue_s` is when the person was told to begin, `drawn` what was drawn.
    """

    kind: str
    cue_s: float
    events: tuple[Event, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    drawn: dict[str, float] = field(default_factory=dict)
    held_out: bool = False

    def all(self, *names: str) -> tuple[Event, ...]:
        """The events of these names, in order of time."""
        return tuple(sorted((e for e in self.events if e.name in names), key=lambda e: e.begin_s))

    def one(self, name: str) -> Event:
        """The only event of this name; ValueError where there are none or several."""
        (found,) = self.all(name)
        return found

    def shifted(self, by_s: float) -> "Truth":
        """The same truth on a clock that shows `by_s` more."""
        events = tuple(Event(e.name, e.begin_s + by_s, e.end_s + by_s, e.foot) for e in self.events)
        return Truth(self.kind, self.cue_s + by_s, events, self.counts, self.drawn, self.held_out)


@dataclass(frozen=True, eq=False)
class Performance:
    """Series at GRID_HZ from time 0, n rows; feet are (left, right), axes right, forward, up of the trunk.

    Whatever the feet don't carry is in `other_n`: chair, arms, a helper's hands, the ground. Always
    sum(foot_force_n) + other_n = mass * (g + up_ms2).
    """

    person: Person
    truth: Truth
    foot_force_n: np.ndarray  # [n,2]
    foot_cop_m: np.ndarray  # [n,2,2] in each foot's frame
    acc_ms2: np.ndarray  # [n,3] specific force in the trunk's axes
    gyr_dps: np.ndarray  # [n,3]
    other_n: np.ndarray  # [n]
    up_m: np.ndarray  # [n] height of the waist above where it began
    up_ms2: np.ndarray  # [n] its vertical acceleration
    tilt_rad: np.ndarray  # [n,2] lean to the right and forward, the forward one applied first
    heading_rad: np.ndarray  # [n] turned to the left

    @property
    def duration_s(self) -> float:
        """Seconds that are played; before and after the person keeps the first and the last posture."""
        return (len(self.acc_ms2) - 1) / GRID_HZ

    def times_s(self, rate_hz: float = 100.0) -> np.ndarray:
        """The times [n] of a recording of all of it."""
        return np.arange(int(self.duration_s * rate_hz)) / rate_hz

    def at(self, name: str, t_s: np.ndarray) -> np.ndarray:
        """One of the series at times [n], linear between milliseconds, its ends held."""
        series = getattr(self, name)
        place = np.clip(np.asarray(t_s, float) * GRID_HZ, 0, len(series) - 1)
        low = np.minimum(place.astype(int), len(series) - 2)
        share = (place - low).reshape(-1, *[1] * (series.ndim - 1))
        return series[low] * (1 - share) + series[low + 1] * share

    def signals(self, t_s: np.ndarray, sensing: Sensing | None = None) -> Arrays:
        """What a recording holds at times [n]: the truth, or what sensors make of it. CoP is NaN off the ground."""
        names = ("foot_force_n", "foot_cop_m", "acc_ms2", "gyr_dps")
        return sensed(Arrays(*(self.at(name, t_s) for name in names)), sensing or Sensing())
