# SPDX-License-Identifier: MIT
"""What happens in quiet stance: nothing, things that only look like a loss of balance, and losses of balance."""

import numpy as np

from surefoot.device.virtual.movers.performance import Performance
from surefoot.device.virtual.movers.shapes import EARLY, LATE, MIN_JERK, least_s
from surefoot.device.virtual.movers.stage import LEAN_LIMIT_MS2, Stage, play
from surefoot.physics import GRAVITY_MS2

SAFE = ("quiet", "slow-lean", "cough", "head-turn", "arms", "hip-sway", "fidget")
LOSSES = ("step", "lift", "near-fall", "fall")


def standing(stage: Stage, kind: str, hold_s: float) -> Performance:
    """Quiet stance of hold_s with one incident of this kind in it; "fidget" is every harmless one, one by one."""
    lead_s = stage.lead_s
    # Time enough after what happens: nobody is lying before the hold would have ended.
    at_s = lead_s + stage.dice.between(0.15, 0.55) * hold_s
    stage.keep(at_s=at_s)
    if kind == "fidget":
        at_s = lead_s + 1.0
        for name in stage.dice.rng.permutation(SAFE[1:-1]):
            at_s = INCIDENTS[str(name)](stage, at_s) + stage.dice.between(0.5, 2.0)
        hold_s = max(hold_s, at_s - lead_s + 1)
    elif kind != "quiet":
        end_s = INCIDENTS[kind](stage, at_s)
        hold_s = max(hold_s, end_s - lead_s + 2)
    return play(stage, kind, lead_s + hold_s)


def direction(stage: Stage) -> tuple[float, float]:
    """Unit vector (ml, ap) of one of eight ways, spread so that none is special."""
    angle = np.radians(stage.dice.choose(range(0, 360, 45)) + stage.dice.spread(20))
    return float(np.sin(angle)), float(np.cos(angle))


def sway_over(stage: Stage, at_s: float, over_s: float, towards: tuple[float, float], tilt_deg: float, size_m: float):
    """The whole body leaves in a direction: trunk tilts, waist moves, soles press at their edge."""
    shape = stage.shape()
    over_s = max(over_s, least_s(shape, size_m, acceleration=LEAN_LIMIT_MS2))
    ml, ap = towards
    stage.aside.by(at_s, over_s, size_m * ml, shape)
    stage.ahead.by(at_s, over_s, size_m * ap, shape)
    stage.roll.by(at_s, over_s, np.radians(tilt_deg) * ml, shape)
    stage.pitch.by(at_s, over_s, np.radians(tilt_deg) * ap, shape)
    for foot in (0, 1):
        edge = stage.cop[foot][1].now / stage.foot_m + 0.22 * ap
        stage.press(at_s, over_s, foot, float(np.clip(edge, -0.28, 0.28)), EARLY)
    return over_s


def set_upright(stage: Stage, at_s: float, over_s: float) -> None:
    """The trunk comes back to straight, and the weight to both feet."""
    shape = stage.shape()
    stage.roll.to(at_s, over_s, stage.roll.start, shape)
    stage.pitch.to(at_s, over_s, stage.pitch.start, shape)
    for foot in (0, 1):
        stage.cop[foot][1].to(at_s, over_s, stage.cop[foot][1].start, shape)
    stage.load(at_s, over_s, 0.5 + stage.dice.spread(0.12))


def stamp(stage: Stage, at_s: float) -> None:
    """A foot comes down: a short push from the ground."""
    stage.up.pulse(at_s, stage.dice.between(0.07, 0.14), -stage.dice.between(0.1, 0.6) * 1e-3)


def _step(stage: Stage, at_s: float) -> float:
    """Balance is lost and one to three quick steps win it back."""
    dice, towards = stage.dice, direction(stage)
    over_s = sway_over(stage, at_s, dice.between(0.35, 0.9), towards, dice.between(3, 14), dice.between(0.08, 0.35))
    # Whoever falls sideways steps with the foot on that side, if it can still be freed.
    foot = int(towards[0] > 0) if abs(towards[0]) > 0.5 else dice.count(0, 1)
    off_s = at_s + over_s * dice.between(0.45, 0.9)
    unload_s = min(dice.between(0.12, 0.35), off_s - at_s)
    stage.load(off_s - unload_s, unload_s, float(1 - foot))
    stage.note("loss", at_s, off_s)
    steps = dice.count(1, 3)
    for number in range(steps):
        on_s = off_s + dice.between(0.14, 0.55)
        stage.note("step", off_s, on_s, foot)
        stamp(stage, on_s)
        over_s = dice.between(0.1, 0.3)
        if number == steps - 1:
            set_upright(stage, on_s, dice.between(0.5, 1.2))
            return on_s + 1.5
        stage.load(on_s, over_s, float(foot))
        stage.ahead.by(on_s - 0.15, 0.6, 0.1 * towards[1])
        foot, off_s = 1 - foot, on_s + over_s
    return off_s


def _lift(stage: Stage, at_s: float) -> float:
    """A foot leaves the ground for a moment and comes down where it was, with no lurch."""
    dice = stage.dice
    foot, shift_s = dice.count(0, 1), dice.between(0.3, 1.2)
    off_s, on_s = at_s + shift_s, at_s + shift_s + dice.between(0.2, 2.0)
    side, size_m = 1.0 - 2 * foot, dice.between(0.01, 0.04)
    stage.load(at_s, shift_s, float(1 - foot))
    stage.aside.by(at_s, shift_s, side * size_m)
    stage.roll.by(at_s, shift_s, side * np.radians(dice.between(0.5, 4)))
    stage.note("lift", off_s, on_s, foot)
    back_s = dice.between(0.25, 0.9)
    stage.aside.by(on_s, back_s, -side * size_m)
    set_upright(stage, on_s, back_s)
    return on_s + back_s


def _near_fall(stage: Stage, at_s: float) -> float:
    """The body goes over and a helper's hands, or a rail, catch it; the feet may or may not leave the ground."""
    dice, towards = stage.dice, direction(stage)
    tilt_deg, size_m = dice.between(9, 28), dice.between(0.10, 0.30)
    over_s = sway_over(stage, at_s, dice.between(0.45, 0.9), towards, tilt_deg, size_m)
    caught_s = at_s + over_s * dice.between(0.6, 0.9)
    stage.hands.to(caught_s, dice.between(0.1, 0.3), dice.between(0.12, 0.6))
    ml = towards[0]
    stage.load(at_s, over_s, float(np.clip(0.5 + 0.38 * ml, 0.1, 0.9)))
    stage.note("near-fall", at_s, caught_s)
    stage.keep(near_fall_tilt_deg=tilt_deg)
    held_s = dice.between(0.4, 2.0)
    back_s, release_s = dice.between(0.8, 2.0), at_s + over_s + held_s
    set_upright(stage, release_s, back_s)
    stage.aside.by(release_s, back_s, -size_m * ml)
    stage.ahead.by(release_s, back_s, -size_m * towards[1])
    stage.hands.to(release_s + 0.6 * back_s, 0.4 * back_s + 0.3, 0.0)
    return release_s + back_s + 0.3


def _fall(stage: Stage, at_s: float) -> float:
    """Knees give way or the body tips over; the ground stops it hard and carries it from then on."""
    dice, towards = stage.dice, direction(stage)
    drop_m, tilt_deg = dice.between(0.45, 0.8), dice.between(55, 95)
    down_ms2, tip_s = GRAVITY_MS2 * dice.between(0.6, 0.95), dice.between(0.15, 0.6)
    stop_s = dice.between(0.08, 0.18)
    # Up to the impact the waist speeds up downward, first gently and then nearly freely; what it has by then is
    # taken away within stop_s. Both are linear ramps and half sines of acceleration, integrated in closed form.
    free_s = _free_fall_s(drop_m, down_ms2, tip_s)
    hit_s = at_s + tip_s + free_s
    speed = down_ms2 * (tip_s / 2 + free_s)

    def height(t: np.ndarray) -> dict[str, np.ndarray]:
        return {"up": _dropping(t - at_s, tip_s, free_s, down_ms2, speed, stop_s)}

    stage.more.append(height)
    over_s = hit_s - at_s
    ml, ap = towards
    shape = dice.choose((LATE, MIN_JERK))
    stage.roll.by(at_s, over_s + stop_s, np.radians(tilt_deg) * ml, shape)
    stage.pitch.by(at_s, over_s + stop_s, np.radians(tilt_deg) * ap, shape)
    stage.aside.by(at_s, over_s + 2 * stop_s, 0.5 * ml, LATE)
    stage.ahead.by(at_s, over_s + 2 * stop_s, 0.5 * ap, LATE)
    stage.calm.to(at_s, over_s, 0.0)
    stage.load(at_s, over_s, float(np.clip(0.5 + 0.45 * ml, 0.1, 0.9)))
    stage.seat.to(hit_s - 0.05, 0.06, 1.0 - dice.between(0.0, 0.03))
    stage.note("fall", at_s, hit_s)
    return hit_s + 3.0


def _free_fall_s(drop_m: float, down_ms2: float, tip_s: float) -> float:
    """How long the ramp of tip_s must be followed by an even down_ms2 until drop_m is fallen."""
    speed, fallen = down_ms2 * tip_s / 2, down_ms2 * tip_s**2 / 6
    rest = max(drop_m - fallen, 0.05)
    return float((-speed + np.sqrt(speed**2 + 2 * down_ms2 * rest)) / down_ms2)


def _dropping(u: np.ndarray, tip_s: float, free_s: float, down_ms2: float, speed: float, stop_s: float) -> np.ndarray:
    """Height and its two derivatives [3,n] at times [n] from the loss: ramp, even fall, half sine that stops it."""
    ramp, free = np.clip(u, 0, tip_s), np.clip(u - tip_s, 0, free_s)
    stop = np.clip(u - tip_s - free_s, 0, stop_s)
    w = np.pi / stop_s
    slowed, gone = speed / 2 * (1 - np.cos(w * stop)), speed / 2 * (stop - np.sin(w * stop) / w)
    place = -down_ms2 * (ramp**3 / (6 * tip_s) + tip_s / 2 * free + free**2 / 2) - speed * stop + gone
    rate = -down_ms2 * (ramp**2 / (2 * tip_s) + free) + slowed
    falling = np.where(u < tip_s, ramp / tip_s, (u < tip_s + free_s) * 1.0) * (u > 0)
    stopping = (u >= tip_s + free_s) & (u < tip_s + free_s + stop_s)
    return np.stack((place, rate, -down_ms2 * falling + stopping * speed / 2 * w * np.sin(w * stop)))


def _slow_lean(stage: Stage, at_s: float) -> float:
    """A lean as far as is safe and back, over many seconds: nothing is lost."""
    dice, (ml, ap) = stage.dice, direction(stage)
    over_s, held_s = dice.between(2.0, 6.0), dice.between(0.5, 4.0)
    towards = (stage.rest.width_m * dice.between(0.1, 0.3) * ml, stage.foot_m * dice.between(0.05, 0.17) * ap)
    back_s = at_s + over_s + held_s
    for axis, by in enumerate(towards):
        shape = stage.shape()
        stage.com[axis].by(at_s, over_s, by, shape)
        stage.com[axis].by(back_s, over_s, -by, shape)
    stage.note("slow-lean", at_s, back_s + over_s)
    return back_s + over_s


def _cough(stage: Stage, at_s: float) -> float:
    """Two to five jerks of the trunk, from which the hips go back a little."""
    dice, t = stage.dice, at_s
    for _ in range(dice.count(2, 5)):
        over_s = dice.between(0.2, 0.4)
        stage.up.pulse(t, over_s, -dice.between(0.3, 1.0) * 0.05 * over_s**2 * 1.6)
        stage.pitch.pulse(t, over_s * 1.3, np.radians(dice.between(0.5, 3.5)))
        stage.ahead.pulse(t, over_s * 1.3, -dice.between(0.001, 0.012))
        t += over_s + dice.between(0.05, 0.4)
    stage.note("cough", at_s, t)
    return t


def _head_turn(stage: Stage, at_s: float) -> float:
    """The head is turned, and the trunk a little with it."""
    dice = stage.dice
    size, over_s = np.radians(dice.between(2, 9)) * dice.choose((-1, 1)), dice.between(0.5, 1.5)
    held_s = dice.between(0.2, 2.0)
    stage.yaw.by(at_s, over_s, size, stage.shape())
    stage.yaw.by(at_s + over_s + held_s, over_s, -size, stage.shape())
    end_s = at_s + 2 * over_s + held_s
    stage.note("head-turn", at_s, end_s)
    return end_s


def _arms(stage: Stage, at_s: float) -> float:
    """Arms are raised or crossed: the trunk answers, the weight goes forward and comes back."""
    dice = stage.dice
    over_s, held_s = dice.between(0.4, 1.2), dice.between(0.2, 2.0)
    size_m, back = stage.foot_m * dice.between(0.02, 0.09), np.radians(dice.between(0.5, 3.0))
    for t, sign in ((at_s, 1), (at_s + over_s + held_s, -1)):
        shape = stage.shape()
        stage.com[1].by(t, over_s + 0.4, sign * size_m / 2, shape)
        stage.pitch.by(t, over_s, -sign * back, shape)
        stage.up.pulse(t, over_s, dice.between(0.002, 0.012) * over_s**2 * sign)
        stage.load(t, over_s, float(np.clip(stage.right.now + dice.spread(0.06), 0.3, 0.7)))
    end_s = at_s + 2 * over_s + held_s + 0.4
    stage.note("arms", at_s, end_s)
    return end_s


def _hip_sway(stage: Stage, at_s: float) -> float:
    """A quick bend at the hip by which the mass stays over the feet: the trunk goes one way and the hips the other."""
    dice, (ml, ap) = stage.dice, direction(stage)
    tilt, size_m = np.radians(dice.between(3, 11)), dice.between(0.01, 0.05)
    shape = stage.shape()
    over_s = max(dice.between(0.35, 0.9), least_s(shape, size_m, acceleration=LEAN_LIMIT_MS2))
    back_s = at_s + over_s + dice.between(0.0, 0.5)
    for t, sign in ((at_s, 1), (back_s, -1)):
        stage.roll.by(t, over_s, sign * tilt * ml, shape)
        stage.pitch.by(t, over_s, sign * tilt * ap, shape)
        stage.aside.by(t, over_s, -sign * size_m * ml, shape)
        stage.ahead.by(t, over_s, -sign * size_m * ap, shape)
        for foot in (0, 1):
            stage.press(t, over_s, foot, stage.cop[foot][1].now / stage.foot_m + sign * 0.1 * ap, EARLY)
    stage.note("hip-sway", at_s, back_s + over_s)
    return back_s + over_s


INCIDENTS = {
    "step": _step,
    "lift": _lift,
    "near-fall": _near_fall,
    "fall": _fall,
    "slow-lean": _slow_lean,
    "cough": _cough,
    "head-turn": _head_turn,
    "arms": _arms,
    "hip-sway": _hip_sway,
}
