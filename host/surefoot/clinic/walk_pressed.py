# SPDX-License-Identifier: MIT
"""What a person says of a walk by the board's button: long presses while they stand at its end.

One press is steady ... five lost balance, as asked.STEADY has it. After a pause a second group is pain after the walk
by the six faces of the Faces Pain Scale - Revised, which count 0, 2, 4, 6, 8, 10 (Hicks 2001, Pain 93:173,
10.1016/S0304-3959(01)00314-1; R: recalled, not read there). A short press then ends the walk. Presses while walking are
moments, and no rating. All but the faces' numbers is ours (D).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..care.asked import STEADY
from .walk_values import BOTH, BUTTON, TYPED, KeptWalk, Said

MARK, TEXT = "mark", "button"  # as the firmware tells a long press
FACES = (0, 2, 4, 6, 8, 10)
SAME_S, PAUSE_S = 2.5, 3.0  # presses up to so far apart are one group; from so far on, two (D)


@dataclass(frozen=True)
class Pressed:
    """`said`, or the `reason` why the presses weren't understood, "" where there were none; `moments_s`: presses while
    walking, in s from the begin of the walk."""

    said: Said | None = None
    reason: str = ""
    moments_s: tuple[float, ...] = ()


def pressed(marks_s: Sequence[float], ended_s: float, standing_s: float | None) -> Pressed:
    """Of presses in s; `ended_s`: end of the log; `standing_s`: since when the person stood still at its end, None
    where no walking was found."""
    marks = sorted(one for one in marks_s if 0 <= one <= ended_s)
    if standing_s is None:
        return Pressed(reason="no walking was found in it" if marks else "", moments_s=tuple(marks))
    moments = tuple(one for one in marks if one < standing_s)
    own = [one for one in marks if one >= standing_s]
    if not own:
        return Pressed(moments_s=moments)
    gaps = [after - before for before, after in pairwise(own)]
    if any(SAME_S < gap < PAUSE_S for gap in gaps):
        return Pressed(reason=f"a pause was neither short nor {PAUSE_S:g} s long", moments_s=moments)
    groups = [1]
    for gap in gaps:
        if gap >= PAUSE_S:
            groups.append(1)
        else:
            groups[-1] += 1
    if len(groups) > 2:
        return Pressed(reason=f"there were {len(groups)} groups of presses, and two are asked", moments_s=moments)
    for many, most in zip(groups, (len(STEADY), len(FACES)), strict=False):
        if many > most:
            return Pressed(reason=f"{many} presses are more than {most}", moments_s=moments)
    pain = FACES[groups[1] - 1] if len(groups) > 1 else None
    return Pressed(Said(groups[0], pain_after=pain, by=BUTTON), moments_s=moments)


def over(before: Said | None, typed: Said) -> Said:
    """Typed words win; what they leave open stays as the button told it."""
    if before is None or before.by == TYPED:
        return typed
    open_ones: dict[str, Any] = {
        name: value
        for name in ("steadiness", "pain_before", "pain_after", "exertion")
        if getattr(typed, name) is None and (value := getattr(before, name)) is not None
    }
    return replace(typed, **open_ones, by=BOTH) if open_ones else typed


def of_walk(path: Path, walk: KeptWalk) -> Pressed:
    """Of a recording and its analysis. Raises RecordingError."""
    from ..recording import read
    from ..signals_time import cells_clock

    decoded = read(path)
    marks_us = [one.t_us for one in decoded.events if (one.code, one.text) == (MARK, TEXT)]
    if not marks_us:
        return Pressed()
    t0_us = cells_clock(decoded.samples["cells"])[1]
    ends_s = walk.entry.get("bouts", {}).get("end_s", ())
    standing_s = max(ends_s, default=None)
    return pressed([(one - t0_us) * 1e-6 for one in marks_us], walk.entry.get("duration_s", 0.0), standing_s)


def told_back(found: Pressed) -> str:
    """What was understood, so that the person can say otherwise; "" where nothing was pressed."""
    said, words = found.said, []
    if found.moments_s:
        words.append(f"Marked while walking: {', '.join(f'{one:.0f} s' for one in found.moments_s)}.")
    if said is not None and said.steadiness is not None:
        pain = "pain not told" if said.pain_after is None else f"pain after {said.pain_after} of 10"
        felt = f"{STEADY[said.steadiness - 1]} ({said.steadiness} of {len(STEADY)})"
        words.append(f"By button: {felt}, {pain}. Typed words win.")
    elif found.reason:
        words.append(f"The presses at the end were not understood ({found.reason}): say how it was in words.")
    return " ".join(words)
