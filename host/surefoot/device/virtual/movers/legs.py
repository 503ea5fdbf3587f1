# SPDX-License-Identifier: MIT
"""One leg, heels and toes: single-leg stance, heel rise, forefoot lift, a foot that slides."""

import numpy as np

from surefoot.device.virtual.movers.performance import Performance
from surefoot.device.virtual.movers.shapes import least_s
from surefoot.device.virtual.movers.stage import LEAN_LIMIT_MS2, Stage, play
from surefoot.device.virtual.movers.standing import set_upright, stamp

KINDS = ("single-leg", "heel-rise", "forefoot-lift", "slide")


def on_legs(stage: Stage, kind: str, hold_s: float) -> Performance:
    """One of KINDS; `hold_s` is how long a single leg is stood on at most."""
    at_s = stage.lead_s + stage.dice.between(0.3, 2.5)
    end_s = _single_leg(stage, at_s, hold_s) if kind == "single-leg" else _small(stage, kind, at_s)
    return play(stage, kind, end_s + 2.0)


def _single_leg(stage: Stage, at_s: float, hold_s: float) -> float:
    """One foot is lifted, held up, perhaps touches for a moment, and comes down."""
    dice = stage.dice
    foot, shift_s = dice.count(0, 1), dice.between(0.4, 1.6)
    side, size_m = 1.0 - 2 * foot, dice.between(0.03, 0.08)
    off_s = at_s + shift_s
    down_s = off_s + min(hold_s, dice.choose((dice.between(1.0, 6.0), dice.between(6.0, 45.0))))
    shape = stage.shape()
    stage.load(at_s, shift_s, float(1 - foot))
    over_s = max(shift_s, least_s(shape, size_m, acceleration=LEAN_LIMIT_MS2))
    stage.aside.by(at_s, over_s, side * size_m, shape)
    stage.roll.by(at_s, shift_s, side * np.radians(dice.between(-2, 4)), shape)
    stage.calm.to(at_s, shift_s, dice.between(1.0, 2.5))
    start = off_s
    if down_s - off_s > 4 and dice.chance(0.3):
        # A toe taps the ground and goes up again: it touched, so the clock stopped there.
        tap_s = off_s + dice.between(0.4, 0.8) * (down_s - off_s)
        tapped_s = dice.between(0.15, 0.4)
        some = dice.between(0.1, 0.3)
        stage.load(tap_s, tapped_s / 2, some if foot else 1 - some)
        stage.note("raised", start, tap_s, foot)
        stage.note("tap", tap_s, tap_s + tapped_s, foot)
        stage.load(tap_s + tapped_s / 2, tapped_s / 2, float(1 - foot))
        start = tap_s + tapped_s
    stage.note("raised", start, down_s, foot)
    back_s = dice.between(0.25, 0.9)
    stage.aside.by(down_s, max(back_s, 0.6), -side * size_m)
    stage.calm.to(down_s, back_s, stage.calm.start)
    set_upright(stage, down_s, back_s)
    stamp(stage, down_s)
    return down_s + back_s


def _small(stage: Stage, kind: str, at_s: float) -> float:
    """Both feet stay where they are, or one slides a little."""
    dice = stage.dice
    if kind == "slide":
        return _slide(stage, at_s)
    to_toes = kind == "heel-rise"
    over_s, held_s, back_s = dice.between(0.4, 1.2), dice.between(0.3, 3.0), dice.between(0.4, 1.2)
    # On toes or heels alone there is less ground to sway over.
    stage.calm.to(at_s, over_s * 0.6, 0.3 * stage.calm.start)
    stage.calm.to(at_s + over_s + held_s + back_s * 0.4, back_s * 0.6, stage.calm.start)
    size_m = dice.between(0.03, 0.07) if to_toes else dice.between(0.005, 0.015)
    for foot in (0, 1):
        edge = dice.between(0.22, 0.29) if to_toes else -dice.between(0.29, 0.315)  # a heel alone
        stage.press(at_s, over_s * 0.6, foot, edge)
        stage.press(at_s + over_s + held_s + back_s * 0.4, back_s * 0.6, foot, stage.cop[foot][1].start / stage.foot_m)
    shape = stage.shape()
    over_s = max(over_s, least_s(shape, size_m, acceleration=LEAN_LIMIT_MS2))
    stage.up.by(at_s + 0.3 * over_s, 0.7 * over_s, size_m)
    stage.up.by(at_s + over_s + held_s, back_s, -size_m)
    forward = (1 if to_toes else -1) * dice.between(0.02, 0.06)
    stage.ahead.by(at_s, over_s, forward, shape)
    stage.ahead.by(at_s + over_s + held_s, back_s + 0.3, -forward)
    stage.pitch.pulse(at_s, over_s + held_s + back_s, np.radians(dice.between(-3, 3)))
    stage.note(kind, at_s + 0.3 * over_s, at_s + over_s + held_s + back_s)
    return at_s + over_s + held_s + back_s


def _slide(stage: Stage, at_s: float) -> float:
    """A foot moves over the ground without leaving it: its load drops, not to nought, and the trunk jerks."""
    dice = stage.dice
    foot, over_s = dice.count(0, 1), dice.between(0.2, 0.7)
    light = dice.between(0.12, 0.3)
    stage.load(at_s - 0.3, 0.3, light if foot == 1 else 1 - light)
    stage.note("slide", at_s, at_s + over_s, foot)
    stage.yaw.pulse(at_s, over_s + 0.4, np.radians(dice.spread(8)))
    stage.roll.pulse(at_s - 0.2, over_s + 0.8, np.radians(dice.between(1, 5)) * (1 - 2 * foot))
    stage.aside.pulse(at_s - 0.2, over_s + 0.6, dice.between(0.005, 0.02) * (1 - 2 * foot))
    set_upright(stage, at_s + over_s, 0.5)
    return at_s + over_s + 0.5
