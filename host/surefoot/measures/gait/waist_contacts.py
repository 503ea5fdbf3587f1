# SPDX-License-Identifier: MIT
"""Initial contacts and their sides from a waist's level accelerations, slow walking included.

Two things happen at every change of support, however slow. The body, which fell over the standing foot, is caught:
it is pushed up, and pushed ahead no longer (an inverted pendulum's change of arc). And the sway turns round: a body is
pushed away from the foot it stands on, so its velocity to the left is greatest when the left foot lands. The first
says when, the second says which foot; what changes no side is no step. Of all rows of candidates the one is kept whose
sum of evidence is greatest (dynamic programming), with sides that alternate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surefoot.measures.gait.values import Floats
from surefoot.measures.gait.waist_axes import Level
from surefoot.measures.gait.waist_signals import USUAL_STEP_HZ, filtered

# Our own choices (D), but for the longest step and the steps of a bout, which are Mobilise-D's.
NEAR_HZ = 0.05  # evidence is a share of what goes on within some seconds,
LEAST_MS2 = 0.25  # and of this at least: slow steps of 0.2 m give 0.3, a standing body's sway a tenth of it
WORTH = 0.5  # share of evidence that makes a step; a candidate may have a little less between two good ones
SOME = 0.3
AGAIN = 0.6  # share that a step after one of the same side costs: the one between was not seen
SHORTEST_STEP_S, LONGEST_STEP_S = 0.25, 2.12
LANDING_HZ = 10.0  # a heel's blow, without the shaking of a belt
EARLIER = (
    0.3  # of a step (of 1 s at the most): the body is caught in the middle of double support, begun by so much before
)


@dataclass(frozen=True)
class Steps:
    """Initial contacts in order of time, arrays [n]. `row`: not whole; `left`: side; `evidence`: 1 is usual;
    `chain`: steps of one number follow each other unbroken, `again`: another one between this and the one before was
    not seen."""

    row: Floats
    left: npt.NDArray[np.bool_]
    evidence: Floats
    chain: npt.NDArray[np.int64]
    again: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.row)

    def only(self, keep: npt.NDArray[np.bool_]) -> Steps:
        return Steps(self.row[keep], self.left[keep], self.evidence[keep], self.chain[keep], self.again[keep])


def steps(level: Level, rate_hz: float) -> Steps:
    """Everything that could be a step, in chains; whether a chain is walking is `waist_walking`'s to say."""
    rows: list[Floats] = []
    lefts: list[npt.NDArray[np.bool_]] = []
    evidence: list[Floats] = []
    chains: list[npt.NDArray[np.int64]] = []
    count = 0
    for part in level.stretches:
        row, left, share = candidates(level, part, rate_hz)
        for chosen in _best((row / rate_hz).tolist(), left.tolist(), share.tolist()):
            rows.append(row[chosen] + part.start)
            lefts.append(left[chosen])
            evidence.append(share[chosen])
            chains.append(np.full(len(chosen), count))
            count += 1
    if not rows:
        none = np.empty(0)
        return Steps(none, none.astype(bool), none, none.astype(int), none.astype(bool))
    left, chain = np.concatenate(lefts), np.concatenate(chains)
    again = np.concatenate(([False], (left[1:] == left[:-1]) & (chain[1:] == chain[:-1])))
    return Steps(np.concatenate(rows), left, np.concatenate(evidence), chain, again)


def landed(found: Steps, level: Level, rate_hz: float) -> Steps:
    """The same steps at the row of the steepest rise of the vertical push before each was caught: the landing."""
    row = found.row.copy()
    for part in level.stretches:
        mine = np.flatnonzero((row >= part.start) & (row < part.stop))
        if not len(mine):
            continue
        jerk = np.gradient(filtered(level.rise_ms2[part], rate_hz, None, LANDING_HZ))
        caught = row[mine].astype(int) - part.start
        step = np.diff(caught, prepend=-np.inf, append=np.inf)
        back = EARLIER * np.clip(np.minimum(step[1:], step[:-1]), 0, rate_hz)
        offset = np.arange(-int(EARLIER * rate_hz), 1)
        at = caught[:, None] + offset
        inside = (at >= 0) & (-offset <= back[:, None])
        height = np.where(inside, jerk[np.maximum(at, 0)], -np.inf)
        best = np.argmax(height, axis=1)
        row[mine] = caught + offset[best] + part.start
    return Steps(row, found.left, found.evidence, found.chain, found.again)


def candidates(level: Level, part: slice, rate_hz: float) -> tuple[Floats, npt.NDArray[np.bool_], Floats]:
    """Rows [m] from the stretch's first in order of time, their sides, and their evidence as a share of the usual."""
    push = level.caught_ms2[part]
    side = np.pi * USUAL_STEP_HZ * level.sway_mps[part]
    usual = 1.25 * filtered(np.abs(push) + np.abs(side), rate_hz, None, NEAR_HZ, 1)
    usual = np.maximum(usual, LEAST_MS2)
    rows, lefts, shares = [], [], []
    for left in (True, False):
        total = (push - side if left else push + side) / usual
        top = np.flatnonzero((total[1:-1] > total[:-2]) & (total[1:-1] >= total[2:]) & (total[1:-1] > SOME)) + 1
        rows.append(top)
        lefts.append(np.full(len(top), left))
        shares.append(total[top])
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    return row[order].astype(float), np.concatenate(lefts)[order], np.concatenate(shares)[order]


def _best(at_s: list[float], left: list[bool], share: list[float]) -> list[list[int]]:
    """Of candidates in order of time, those of each chain: numbers of the row of steps with the most evidence.

    Chains are apart by more than LONGEST_STEP_S. Plain lists: it looks back over a handful of candidates each.
    """
    best, before = [0.0] * len(at_s), [-1] * len(at_s)
    out: list[list[int]] = []
    first = 0
    for k, now in enumerate(at_s):
        if k and now - at_s[k - 1] > LONGEST_STEP_S:
            out.append(_back(best, before, first, k))
            first = k
        most, link, j = 0.0, -1, k - 1
        while j >= first and now - at_s[j] <= LONGEST_STEP_S:
            if now - at_s[j] >= SHORTEST_STEP_S:
                total = best[j] - AGAIN if left[j] == left[k] else best[j]
                if total > most:
                    most, link = total, j
            j -= 1
        best[k], before[k] = most + share[k] - WORTH, link
    out.append(_back(best, before, first, len(at_s)))
    return [chosen for chosen in out if chosen]


def _back(best: list[float], before: list[int], first: int, last: int) -> list[int]:
    if first >= last:
        return []
    k = max(range(first, last), key=best.__getitem__)
    if best[k] <= 0:
        return []
    chosen = []
    while k >= 0:
        chosen.append(k)
        k = before[k]
    return chosen[::-1]
