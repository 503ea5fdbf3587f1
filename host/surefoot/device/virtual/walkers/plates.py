# SPDX-License-Identifier: MIT
"""When a force plate under each foot would say that it touches or leaves: its load crosses a threshold."""

from collections.abc import Callable

import numpy as np

PLATE_N = 20.0  # what laboratories with force plates use
LONGEST_S = 0.3  # from the first newton to the threshold, at most
HALVINGS = 18


def plate_times(
    load_n: Callable[[np.ndarray], np.ndarray],
    initial_s: np.ndarray,
    off_s: np.ndarray,
    other_off_s: np.ndarray,
    other_on_s: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """When one foot's load [n] at times [n] first exceeds, and last exceeds, PLATE_N in each stance [n].

    The other foot's foot-offs and landings bound the search to double support, where load only rises or only falls.
    """
    on_room = np.minimum(_next(other_off_s, initial_s) - initial_s, 2 * LONGEST_S) / 2
    off_room = np.minimum(off_s - _before(other_on_s, off_s), 2 * LONGEST_S) / 2
    return _crossed(load_n, initial_s, on_room), _crossed(load_n, off_s, -off_room)


def _next(times_s: np.ndarray, after_s: np.ndarray) -> np.ndarray:
    padded = np.append(times_s[np.isfinite(times_s)], np.inf)
    return padded[np.searchsorted(padded, np.nan_to_num(after_s, nan=np.inf), side="left")]


def _before(times_s: np.ndarray, until_s: np.ndarray) -> np.ndarray:
    padded = np.append(-np.inf, times_s[np.isfinite(times_s)])
    return padded[np.searchsorted(padded, np.nan_to_num(until_s, nan=-np.inf), side="right") - 1]


def _crossed(load_n: Callable[[np.ndarray], np.ndarray], from_s: np.ndarray, room_s: np.ndarray) -> np.ndarray:
    """Where the load crosses on the way from none at from_s to much at from_s + room_s."""
    known = np.flatnonzero(np.isfinite(from_s))
    none, much = np.zeros(len(known)), np.ones(len(known))
    for _ in range(HALVINGS):
        middle = (none + much) / 2
        above = load_n(from_s[known] + middle * room_s[known]) > PLATE_N
        none, much = np.where(above, none, middle), np.where(above, middle, much)
    out = np.full(len(from_s), np.nan)
    out[known] = from_s[known] + much * room_s[known]
    return out
