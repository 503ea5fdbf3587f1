# SPDX-License-Identifier: MIT
"""All that movers can do, by name."""

from surefoot.device.virtual.movers import chair, legs, sensing, standing, tug, walks
from surefoot.device.virtual.movers.dice import Dice
from surefoot.device.virtual.movers.performance import Performance
from surefoot.device.virtual.movers.sensing import Sensing
from surefoot.device.virtual.movers.stage import new_stage
from surefoot.device.virtual.person import PersonError

KINDS = (*standing.SAFE, *standing.LOSSES, *legs.KINDS, *chair.KINDS, "tug", *walks.KINDS)


def perform(
    kind: str,
    seed: int,
    trial: int = 1,
    *,
    held_out: bool = False,
    lead_s: float = 3.0,
    hold_s: float | None = None,
    partials: int | None = None,
    failed: int | None = None,
) -> Performance:
    """The person of this seed does one of KINDS, after `lead_s` of waiting for the cue; each trial is another one.

    `hold_s`: how long they stand (quiet stance: 20 s, single leg: at most 45 s). `partials`, `failed`: rises of chair
    tests and TUG that come to nothing, else drawn. `held_out`: from the part of all ranges that development never sees.
    """
    if kind not in KINDS:
        raise PersonError(f"A mover can't '{kind}': choose {', '.join(KINDS)}.")
    stage = new_stage(seed, f"{kind} {trial}", held_out, lead_s)
    if kind in (*standing.SAFE, *standing.LOSSES):
        return standing.standing(stage, kind, hold_s or 20.0)
    if kind in legs.KINDS:
        return legs.on_legs(stage, kind, hold_s or 45.0)
    if kind in chair.KINDS:
        return chair.chair_test(stage, kind, partials, failed)
    if kind == "tug":
        return tug.timed_up_and_go(stage, failed)
    return walks.walking(stage, kind)


def sensors(seed: int, held_out: bool = False) -> Sensing:
    """Sensors of this seed: noise, up to 20 degrees of misplacement, up to 2 % of rows lost."""
    return sensing.drawn(Dice(seed, "sensors", held_out))
