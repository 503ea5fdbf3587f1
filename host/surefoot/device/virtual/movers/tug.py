# SPDX-License-Identifier: MIT
"""Timed Up and Go: rise, three metres out, turn, back, turn, sit down."""

from surefoot.device.virtual.movers.chair import draw_chair, failed_rise, rise, seat, sit
from surefoot.device.virtual.movers.gait import Part, begin_walking, draw_gait, step_times, walk
from surefoot.device.virtual.movers.performance import Performance
from surefoot.device.virtual.movers.stage import Stage, play
from surefoot.device.virtual.movers.turning import WAYS, do_turn, draw_turn

DISTANCE_M = 3.0


def timed_up_and_go(stage: Stage, failed: int | None = None) -> Performance:
    """A whole test; `failed` rises come first. Notes of chair, step and turn say all of its phases."""
    dice, chair, gait = stage.dice, draw_chair(stage), draw_gait(stage)
    seat(stage, chair)
    t = stage.lead_s + dice.between(0.15, 1.2)
    for _ in range(dice.chance(0.1) if failed is None else failed):
        t = failed_rise(stage, chair, t) + dice.between(0.5, 2.0)
    up_s = rise(stage, chair, t)
    # Some stand a while, others are on their way before they are quite straight.
    go_s = up_s + dice.between(-0.25, 1.2)
    first = dice.count(0, 1)
    ways = dice.choose(WAYS), dice.choose(WAYS)
    side = dice.choose((-1.0, 1.0))
    angles = 180.0 * side + dice.spread(12), 180.0 * side * dice.choose((1, 1, -1)) + dice.spread(12)
    # Each turn takes about 0.3 m of the way, and the first and the last step are short.
    out = max(3, round((DISTANCE_M - 0.3) / (gait.speed_mps * gait.step_s)))
    there = draw_turn(stage, gait, ways[0], angles[0], 0.25)
    here = draw_turn(stage, gait, ways[1], angles[1], 0.1)
    parts = (Part(out), there.part, Part(out + dice.count(0, 1)), here.part)
    steps = step_times(stage, gait, begin_walking(stage, go_s, first), first, parts)
    stopped_s = walk(stage, gait, steps, parts)
    a, b = parts[0].steps, parts[0].steps + parts[1].steps
    c = b + parts[2].steps
    do_turn(stage, gait, steps[a:b], there, "turn-1")
    turned_s = do_turn(stage, gait, steps[c:], here, "turn-2")
    sit_s = max(steps[-1].on_s, turned_s + dice.between(-0.3, 0.9), stopped_s - 0.3)
    end_s = sit(stage, chair, sit_s)
    stage.keep(
        turn_1_deg=angles[0], turn_2_deg=angles[1], way_1=float(WAYS.index(ways[0])), way_2=float(WAYS.index(ways[1]))
    )
    stage.counts["steps"] = len(steps)
    return play(stage, "tug", end_s + 2.0)
