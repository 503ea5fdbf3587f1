# SPDX-License-Identifier: MIT
"""Getting up from a chair and sitting down on it, once or as a series, whole, half-way or not at all."""

from dataclasses import dataclass

import numpy as np

from surefoot.device.virtual.movers.performance import Performance
from surefoot.device.virtual.movers.shapes import LATE, MIN_JERK, Move, Shape, Track, draw_release, least_s, mirrored
from surefoot.device.virtual.movers.stage import LEAN_LIMIT_MS2, Stage, play

RISE_S = (0.8, 4.0)  # first trunk motion to upright
SEATED_FEET = (0.10, 0.25)  # of the weight, back on the chair
BEND_LIMIT_RADS = np.radians(170)  # the fastest trunk
KINDS = ("five-times", "thirty-seconds", "one-rise")
ENOUGH_SHARE = 0.5  # of the way up when the time is over: counts as a stand (CDC STEADI, 30-second chair stand)


@dataclass(frozen=True)
class Chair:
    """How this person uses a chair; shares are of the weight, angles in degrees."""

    feet_share: float  # on the feet while sitting back
    brief_share: float  # on the feet while touching down between repeats
    height_m: float  # how far the waist rises
    travel_m: float  # how far it goes forward
    recline_deg: float  # trunk against the back
    flexion_deg: float  # forward before it leaves the seat
    straight_deg: float  # standing
    rise_s: float
    flexed_share: float  # of rise_s before the seat is left
    sit_s: float
    arm_share: float  # pushed off by the arms, at the most
    tremor_deg: float
    tremor_hz: float
    between_s: tuple[float, float]  # pauses up and down
    leans_back: bool  # between the repeats of a series
    tiring: float  # each repeat takes so much longer


def draw_chair(stage: Stage) -> Chair:
    """A way to use a chair; the ranges are those of brisk young to frail old people."""
    dice = stage.dice
    seated = dice.between(*SEATED_FEET)
    chair = Chair(
        feet_share=seated,
        brief_share=seated + dice.between(0.0, 0.1),
        height_m=stage.person.height_m * dice.between(0.15, 0.22),
        travel_m=dice.between(0.12, 0.28),
        recline_deg=dice.between(-20, -4),
        flexion_deg=dice.between(20, 60),
        straight_deg=dice.between(-2, 8),
        rise_s=dice.ratio(*RISE_S),
        flexed_share=dice.between(0.3, 0.55),
        sit_s=dice.ratio(0.7, 3.5),
        arm_share=dice.between(0.08, 0.3) if dice.chance(0.35) else 0.0,
        tremor_deg=dice.between(0.05, 0.4) if dice.chance(0.4) else 0.0,
        tremor_hz=dice.between(4, 7),
        between_s=(dice.ratio(0.05, 1.5), dice.ratio(0.05, 1.5)),
        leans_back=dice.chance(0.3),
        tiring=dice.between(0.0, 0.06),
    )
    stage.keep(rise_s=chair.rise_s, flexion_deg=chair.flexion_deg, arm_share=chair.arm_share, seated_share=seated)
    return chair


def seat(stage: Stage, chair: Chair) -> None:
    """Begin seated, back on the chair; `up` and `ahead` are nought there."""
    stage.seat.start = stage.seat.now = 1 - chair.feet_share
    stage.pitch.start = stage.pitch.now = np.radians(chair.recline_deg)
    stage.calm.start, stage.calm.now = stage.calm.start * 0.3, stage.calm.start * 0.3
    for foot in (0, 1):
        back = stage.cop[foot][1]
        back.start = back.now = stage.foot_m * stage.dice.between(-0.1, 0.1)


def tremble(stage: Stage, chair: Chair, at_s: float, over_s: float) -> None:
    """Trunk and legs shake through an effort."""
    if not chair.tremor_deg:
        return
    size, w = np.radians(chair.tremor_deg), 2 * np.pi * chair.tremor_hz

    def shaking(t: np.ndarray) -> dict[str, np.ndarray]:
        # A sine under a smooth hill; the hill's own derivatives are kept, so that the rate stays the derivative.
        inside = np.clip((t - at_s) / over_s, 0, 1)
        v = np.pi / over_s
        hill = (
            (1 - np.cos(2 * np.pi * inside)) / 2,
            v * np.sin(2 * np.pi * inside),
            2 * v**2 * np.cos(2 * np.pi * inside),
        )
        hill = np.stack(hill) * ((inside > 0) & (inside < 1))
        sine, cosine = np.sin(w * t), np.cos(w * t)
        rate = hill[1] * sine + w * hill[0] * cosine
        bent = (hill[2] - w**2 * hill[0]) * sine + 2 * w * hill[1] * cosine
        whole = np.stack((hill[0] * sine, rate, bent))
        return {"pitch": size * whole, "up": 0.15 * size * whole}

    stage.more.append(shaking)


def bend(stage: Stage, at_s: float, over_s: float, to_deg: float, shape: Shape | None = None) -> Move:
    """Bring the trunk to an angle, no faster than people do."""
    shape, to = shape or stage.shape(), np.radians(to_deg)
    return stage.pitch.to(at_s, max(over_s, least_s(shape, to - stage.pitch.now, rate=BEND_LIMIT_RADS)), to, shape)


def rise(stage: Stage, chair: Chair, at_s: float, height: float = 1.0, slower: float = 1.0) -> float:
    """Get up from at_s; `height` below 1 stops half-way, bent. The end; notes trunk-on, seat-off, rise."""
    dice, whole_s = stage.dice, chair.rise_s * slower
    bending = bend(stage, at_s, chair.flexed_share * whole_s * dice.between(1.0, 1.2), chair.flexion_deg)
    off_s = max(at_s + chair.flexed_share * whole_s, at_s + 0.8 * bending.over_s)
    up_m = chair.height_m * height
    shape = stage.shape()
    before = dice.between(0.0, 0.06)  # a cushion springs back, no more: what sits does not rise
    over_s = max(whole_s - (off_s - at_s) + before, least_s(shape, up_m, acceleration=LEAN_LIMIT_MS2))
    lifting = stage.up.by(off_s - before, over_s, up_m, shape)
    stage.ahead.by(at_s + 0.2 * (off_s - at_s), off_s - at_s + 0.4 * over_s, chair.travel_m * height)
    straight = chair.straight_deg + (1 - height) * (chair.flexion_deg - chair.straight_deg) * 0.8
    turned_s = bending.at_s + bending.over_s
    straightening = bend(stage, turned_s, off_s + over_s - before - turned_s, straight, shape)
    loading_s = (off_s - at_s) * dice.between(0.35, 0.8)
    stage.seat.to(off_s - loading_s, loading_s, 0.0, draw_release(dice))
    end_s = max(lifting.at_s + lifting.over_s, straightening.at_s + straightening.over_s)
    if chair.arm_share:
        pushed_s = off_s - 0.6 * loading_s
        stage.hands.to(pushed_s, 0.6 * loading_s, chair.arm_share)
        stage.hands.to(off_s + 0.05, (end_s - off_s) * dice.between(0.4, 0.8), 0.0)
    for foot in (0, 1):
        stage.press(at_s, off_s - at_s, foot, dice.between(0.0, 0.12))
        rest = stage.person.rest_cop_m[foot, 1] / stage.foot_m
        stage.press(off_s, end_s - off_s, foot, rest)
    lean = float(np.clip(stage.drawn["right_share"] + dice.spread(0.12), 0.25, 0.75))
    stage.load(at_s, off_s - at_s, lean)
    stage.load(off_s, end_s - off_s, stage.drawn["right_share"])
    stage.calm.to(off_s, end_s - off_s, stage.drawn["sway_factor"])
    stage.roll.pulse(at_s, end_s - at_s, np.radians(dice.spread(5)))
    stage.yaw.pulse(at_s, end_s - at_s, np.radians(dice.spread(5)))
    tremble(stage, chair, at_s, end_s - at_s)
    if height >= 1:
        begin_s = bending.begin_s
        stage.note("rise", begin_s, _last(lifting, straightening))
        stage.note("seat-off", off_s)
        stage.note("trunk-on", begin_s)
    return end_s


def sit(
    stage: Stage, chair: Chair, at_s: float, slower: float = 1.0, *, brief: bool = False, note: bool = True
) -> float:
    """Sit down from at_s, at rest or for a moment between repeats. The end; notes sit, seat-on, seated."""
    dice, over_s = stage.dice, chair.sit_s * slower
    shape = stage.shape()
    over_s = max(over_s, least_s(shape, stage.up.now, acceleration=LEAN_LIMIT_MS2))
    lowering = stage.up.to(at_s, over_s, 0.0, shape)
    on_s = at_s + over_s * dice.between(0.75, 0.92)
    taking_s, taken = max(at_s + over_s - on_s, 0.12), mirrored(draw_release(dice))
    stage.seat.to(on_s, taking_s, 1 - (chair.brief_share if brief else chair.feet_share), taken)
    stage.ahead.to(at_s, over_s, 0.0)
    bent_deg = max(chair.flexion_deg * dice.between(0.5, 1.0), 15)
    bending = bend(stage, at_s - dice.between(0, 0.1), over_s * dice.between(0.5, 0.8), bent_deg)
    if chair.arm_share:
        stage.hands.to(at_s + 0.3 * over_s, 0.4 * over_s, chair.arm_share * 0.8)
        stage.hands.to(on_s, taking_s, 0.0)
    for foot in (0, 1):
        stage.press(at_s, over_s, foot, dice.between(-0.15, 0.05))
    stage.up.pulse(on_s, dice.between(0.1, 0.2), -dice.between(0.1, 1.0) * 1e-3)
    stage.calm.to(at_s, over_s, 0.3 * stage.drawn["sway_factor"])
    stage.roll.pulse(at_s, over_s, np.radians(dice.spread(5)))
    tremble(stage, chair, at_s, over_s)
    end_s = max(on_s + taking_s, lowering.at_s + lowering.over_s)
    back_s = dice.between(0.4, 1.6) if not brief or chair.leans_back else dice.between(0.2, 0.5)
    to_deg = chair.recline_deg if not brief or chair.leans_back else dice.between(-2, 8)
    begin_s = max(bending.at_s + bending.over_s, on_s - 0.1)
    back_s = bend(stage, begin_s, back_s, to_deg, MIN_JERK).over_s
    if note:
        stage.note("sit", min(lowering.begin_s, bending.begin_s), on_s + taking_s)
        stage.note("seat-on", on_s)
        stage.note("seated", _half_s(stage.seat, on_s, taking_s))
    return max(end_s, begin_s + back_s)


def _half_s(track: Track, from_s: float, over_s: float) -> float:
    """When the seat comes to carry half of the weight."""
    t_s = from_s + np.linspace(0, over_s, 2001)
    return float(t_s[int(np.argmax(track.path(t_s)[0] >= 0.5))])


def _last(*moves: Move) -> float:
    return max(move.end_s for move in moves)


def chair_test(stage: Stage, kind: str, partials: int | None = None, failed: int | None = None) -> Performance:
    """Five stands, thirty seconds of them, or one; `partials` and `failed` rises come to nothing."""
    dice, chair = stage.dice, draw_chair(stage)
    seat(stage, chair)
    t = stage.lead_s + dice.between(0.15, 1.0)
    wanted = {"five-times": 5, "one-rise": 1}.get(kind, 1000)
    over_s = stage.lead_s + 30.0
    likely = dice.count(0, 2) if kind == "thirty-seconds" else 0
    half = likely if partials is None else partials
    failed = int(dice.chance(0.25)) if failed is None else failed
    spots = sorted(int(x) for x in dice.rng.choice(range(1, 5), half, replace=False)) if half else []
    stands, slower = 0, 1.0
    while stands < wanted:
        if failed:
            failed -= 1
            t = failed_rise(stage, chair, t) + dice.between(0.5, 2.0)
        if stands in spots and kind != "one-rise":
            spots.remove(stands)
            t = partial(stage, chair, t) + chair.between_s[1]
        begun = len(stage.events)
        up_s = rise(stage, chair, t, slower=slower)
        stands += 1
        late = kind == "thirty-seconds" and up_s > over_s
        if late:
            lifted = stage.up.path(np.array((over_s,)))[0, 0] / chair.height_m
            if lifted <= ENOUGH_SHARE:
                stands -= 1
                stage.note("uncounted", stage.events[begun].begin_s)
        last = late or stands == wanted
        t = sit(stage, chair, up_s + chair.between_s[0], slower, brief=not last and dice.chance(0.85))
        t += chair.between_s[1]
        slower *= 1 + chair.tiring + dice.jitter(0.04)
        if last or (kind == "thirty-seconds" and t > over_s):
            break
    stage.counts["stands"] = stands
    stage.counts["sits"] = len([e for e in stage.events if e.name == "sit"])
    stage.counts["partial"] = half - len(spots)
    return play(stage, kind, t + 2.0)


def partial(stage: Stage, chair: Chair, at_s: float) -> float:
    """Half-way up at the most, and down again: no stand."""
    share = stage.dice.between(0.15, 0.42)
    end_s = rise(stage, chair, at_s, share)
    stage.note("partial", at_s, end_s)
    return sit(stage, chair, end_s, brief=True, note=False)


def failed_rise(stage: Stage, chair: Chair, at_s: float) -> float:
    """The trunk goes forward, the seat is nearly left, and the person drops back."""
    dice = stage.dice
    over_s = dice.between(0.5, 1.5)
    over_s = bend(stage, at_s, over_s, chair.flexion_deg * dice.between(0.6, 1.0)).over_s
    stage.seat.to(at_s + 0.4 * over_s, 0.6 * over_s, dice.between(0.15, 0.5))
    back_s = dice.between(0.4, 1.0)
    stage.seat.to(at_s + over_s, back_s, 1 - chair.feet_share, LATE)
    back_s = bend(stage, at_s + over_s, back_s, chair.recline_deg).over_s
    stage.note("failed", at_s, at_s + over_s + back_s)
    return at_s + over_s + back_s + 0.3
