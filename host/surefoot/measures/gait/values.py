# SPDX-License-Identifier: MIT
"""What a walk is made of: stances of each foot, and the strides between them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FEET = ("left", "right")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stances:
    """Stances of one foot in order of time, all arrays [n] in s from row 0, NaN where not known.

    `initial_s`: initial contact, NaN where it lies before the recording or in a loss; `off_s`: foot off (toe-off),
    NaN likewise at the end. `heel_rise_s`, `loaded_s` (end of loading): NaN where absent, never guessed. `broken[n]`:
    samples were lost inside this stance or in the swing before it, so that no stride crosses it; a loss too short
    to hide an event (0.03 s) breaks nothing.
    """

    foot: str
    initial_s: Floats
    off_s: Floats
    heel_rise_s: Floats
    loaded_s: Floats
    broken: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.initial_s)


def stances(
    foot: str,
    initial_s: npt.ArrayLike,
    off_s: npt.ArrayLike,
    heel_rise_s: npt.ArrayLike | None = None,
    loaded_s: npt.ArrayLike | None = None,
    broken: npt.ArrayLike | None = None,
) -> Stances:
    """Stances of a foot from two columns; the others are unknown where left out."""
    first = np.asarray(initial_s, float)
    unknown = np.full(len(first), np.nan)
    return Stances(
        foot,
        first,
        np.asarray(off_s, float),
        unknown if heel_rise_s is None else np.asarray(heel_rise_s, float),
        unknown if loaded_s is None else np.asarray(loaded_s, float),
        np.zeros(len(first), bool) if broken is None else np.asarray(broken, bool),
    )


@dataclass(frozen=True)
class Walked:
    """One recording's walking, however it was seen: `source` is "insole", "foot-imu" or "waist-imu".

    `left`, `right`: Stances, None for a foot that was not measured. `length_m`: stride lengths by foot, aligned to its
    stances (the stride that *begins* with that initial contact), NaN where unknown; `length_by` says how they were
    obtained, "" for not at all. `turns`: (begin_s, end_s, angle_deg; left positive) [m,3]. `notes`: what could not be
    told and why, in words. By foot, spans [k,2] in s: `lost`, without samples for
    longer than an edge is led over; `silent`, without them for long while the other foot's came (insoles).
    """

    source: str
    rate_hz: float
    span_s: float
    left: Stances | None
    right: Stances | None
    length_m: dict[str, Floats] = field(default_factory=dict)
    length_by: str = ""
    turns: Floats = field(default_factory=lambda: np.empty((0, 3)))
    notes: tuple[str, ...] = ()
    lost: dict[str, Floats] = field(default_factory=dict)
    silent: dict[str, Floats] = field(default_factory=dict)
