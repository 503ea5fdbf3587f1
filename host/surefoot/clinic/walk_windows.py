# SPDX-License-Identifier: MIT
"""Pieces of a long walk, each between its two neighbours, with the feet that stood since before them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from surefoot.clinic.walk_rows import EVENTS, Rows
from surefoot.measures.gait import pieces
from surefoot.measures.gait.strides import Strides, anchors_s
from surefoot.measures.gait.values import FEET, Walked
from surefoot.measures.gait.waist import Waist

if TYPE_CHECKING:
    from surefoot.clinic.walk_long import Piece

ORDER = ("insole", "foot-imu", "waist-imu")
Seam = tuple[float, float]


@dataclass(frozen=True)
class Window:
    """A piece between its neighbours: what each sensor saw in all three, of which seconds the piece is, and from
    which second on they are the pieces' (before it: what stood all the time until then)."""

    seen: dict[str, Walked]
    waist: Waist | None
    owned: dict[str, Seam]
    mine: Piece
    from_s: float

    def begins(self, table: Strides, seam: Seam) -> np.ndarray:
        """Which strides are the piece's [n]: those that start in it, and those over a stand of whole pieces that end
        in it."""
        stood = (table.start_s < self.from_s) & (table.end_s >= seam[0]) & (table.end_s < seam[1])
        return stood | ((table.start_s >= seam[0]) & (table.start_s < seam[1]))


def spooled(done: Iterable[Piece], rows: Rows) -> int:
    """Each piece on disk; how many there are."""
    count = 0
    for piece in done:
        rows.keep(f"piece-{count}", piece)
        count += 1
    return count


def windows(rows: Rows, count: int, cuts_s: Sequence[float], span_s: float) -> Iterator[Window]:
    """Of all pieces in order of time."""
    held: dict[int, Piece] = {}
    stands: list[dict[str, Walked | None]] = []  # of each piece, what goes on behind it
    for number in range(count):
        low, high = max(number - 1, 0), min(number + 1, count - 1)
        behind = stands[low - 1] if low else {}
        held = {k: held[k] if k in held else rows.kept(f"piece-{k}") for k in range(low, high + 1)}
        three, cuts = [held[k] for k in range(low, high + 1)], cuts_s[low:high]
        seen: dict[str, Walked] = {}
        of: dict[str, Seam] = {}
        for source in ORDER:
            parts = [one.seen.get(source) for one in three]
            seams = pieces.seams_of(parts, cuts)
            stood, between = behind.get(source), cuts
            if stood is not None:
                feet = {
                    foot: getattr(stood, foot)
                    for foot in FEET
                    if any(getattr(one, foot, None) is not None for one in parts)
                }
                stood = replace(stood, **{foot: feet.get(foot) for foot in FEET})
                parts, between = [stood, *parts], cuts_s[low - 1 : high]
            walked = pieces.join_walked(parts, between, span_s)
            if walked is not None:
                seen[source], of[source] = walked, seams[number - low]
        waist = pieces.join_waist([one.waist for one in three], cuts, span_s)
        before = stands[-1] if stands else {}
        stands.append({
            source: pieces.still_open(before.get(source), held[number].seen.get(source), owned(one, seam), seam)
            for source, one in seen.items()
            for seam in (of[source],)
        })  # fmt: skip
        yield Window(seen, waist, of, held[number], cuts_s[low - 1] - pieces.SEAM_S if low else -np.inf)


def owned(walked: Walked, seam: Seam) -> Walked:
    """The part of a walk that begins in those seconds."""
    feet, lengths = {}, {}
    for foot in FEET:
        one = getattr(walked, foot)
        if one is None:
            feet[foot] = None
            continue
        at_s = anchors_s(one)
        rows = (at_s >= seam[0]) & (at_s < seam[1])
        feet[foot] = replace(one, **{name: getattr(one, name)[rows] for name in EVENTS})
        if foot in walked.length_m:
            lengths[foot] = walked.length_m[foot][rows]
    turns = walked.turns[(walked.turns[:, 0] >= seam[0]) & (walked.turns[:, 0] < seam[1])]
    return replace(walked, left=feet["left"], right=feet["right"], length_m=lengths, turns=turns)
