# SPDX-License-Identifier: MIT
"""Detectors against movers: what was found of a trial beside what was done in it, and people who act on a cue.

Misses are kept as infinite errors, so that no percentile is taken of the found ones alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from surefoot.device.virtual.movers import Arrays, MoverWorld, Performance, Truth, perform, sensors
from surefoot.errors import SurefootError
from surefoot.measures import events

if TYPE_CHECKING:
    from surefoot.clinic.session import Moment

RATE_HZ = 100.0
SIDES = ("left", "right")


def recorded(seen: Performance, held_out: bool = False, number: int = 0) -> Arrays:
    """A recording of it at 100 Hz by drawn sensors: noise, up to 20 degrees of misplacement, lost rows."""
    return seen.signals(seen.times_s(RATE_HZ), sensors(seen.person.seed + 1000 * number, held_out))


@dataclass
class Verdict:
    """Errors [s] of one trial by name (infinite: missed), and what went wrong in words."""

    label: str
    errors: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, name: str, found_s: float | None, true_s: float) -> None:
        self.errors[name] = inf if found_s is None or not np.isfinite(found_s) else found_s - true_s


def losses(kind: str, seed: int, held_out: bool = False) -> Verdict:
    """Whether a stance was stopped, and how far from the truth; a harmless one may not be.

    A step or a lift is at the foot-off. A fall or near-fall isn't a moment: it lasts from the first lean to the impact
    or the helper's hands, and whatever lies inside is no error.
    """
    seen = perform(kind, seed, held_out=held_out)
    rows, truth, out = recorded(seen, held_out), seen.truth, Verdict(f"{kind} {seed}")
    found = events.balance_loss(rows.foot_force_n, rows.acc_ms2, rows.gyr_dps, RATE_HZ, truth.cue_s)
    said = "; ".join(f"{e.kind} {e.onset_s:.2f} seen {e.seen_s:.2f}" for e in found.events)
    done = truth.all("step", "lift", "near-fall", "fall")
    first = found.first.onset_s if found.first else None
    if first is not None and done and first < min(e.begin_s for e in (*done, *truth.all("loss"))) - 0.3:
        out.wrong.append(f"{out.label}: stopped before anything was lost, {said}")
    if done and done[0].name in ("step", "lift"):
        # The loss begins before the foot goes, and may be seen by the trunk first; the foot-off has its own time.
        feet = [e.onset_s for e in found.events if e.kind in ("step", "foot lift", "off")]
        first = min(feet, key=lambda at_s: abs(at_s - done[0].begin_s), default=None)
    if not done:
        if found.events:
            out.wrong.append(
                f"{out.label}: false stop, {said}; true {[(e.name, round(e.begin_s, 2)) for e in truth.events]}"
            )
        return out
    begin_s, end_s = done[0].begin_s, done[0].begin_s
    if kind in ("near-fall", "fall"):
        begin_s, end_s = done[0].begin_s, done[0].end_s
    out.add(kind, first, float(np.clip(first, begin_s, end_s)) if first is not None else 0.0)
    out.add("told", min((e.seen_s for e in found.events), default=None), begin_s)
    if not abs(out.errors[kind]) <= 0.3:
        out.wrong.append(f"{out.label}: {kind} at {begin_s:.2f}-{end_s:.2f}, found {said or 'nothing'}")
    return out


def chair(kind: str, seed: int, held_out: bool = False) -> Verdict:
    """Stands and half-way rises counted, and when each stand was."""
    seen = perform(kind, seed, held_out=held_out)
    rows, truth, out = recorded(seen, held_out), seen.truth, Verdict(f"{kind} {seed}")
    try:
        found = events.sit_to_stand(rows.foot_force_n, rows.acc_ms2, rows.gyr_dps, RATE_HZ, truth.cue_s)
    except SurefootError as error:
        out.errors["count"] = inf
        out.wrong.append(f"{out.label}: {error}")
        return out
    full = [rise for rise in found.rises if rise.full]
    stood = len(truth.all("rise"))
    out.errors["count"] = len(full) - stood
    out.errors["partial"] = len(found.rises) - len(full) - truth.counts["partial"]
    if len(full) != stood or out.errors["partial"]:
        shares = [round(rise.height_share, 2) for rise in found.rises]
        out.wrong.append(
            f"{out.label}: {stood} stands and {truth.counts['partial']} partial, found {len(full)} full of {shares}; "
            f"{len(truth.all('failed'))} failed tries, arms {truth.drawn['arm_share']:.2f}, "
            f"rise {truth.drawn['rise_s']:.2f} s"
        )
    if len(full) == stood:
        pairs = list(zip(full, truth.all("seat-off"), truth.all("rise"), truth.all("seated"), strict=False))
        for k, (rise, off, up, seated) in enumerate(pairs):
            out.add(f"seat-off {k}", rise.seat_off_s, off.begin_s)
            out.add(f"standing {k}", rise.standing_s, up.end_s)
            out.add(f"seated {k}", rise.seated_s, seated.begin_s)
    return out


def up_and_go(seed: int, held_out: bool = False) -> Verdict:
    """Totals and phases of a TUG; "seated" is half of the weight on the seat, in the truth too."""
    seen = perform("tug", seed, held_out=held_out)
    rows, truth, out = recorded(seen, held_out), seen.truth, Verdict(f"tug {seed}")
    seated, sit = truth.one("seated").begin_s, truth.one("sit")
    steps, turn_1, turn_2 = truth.all("step"), truth.one("turn-1"), truth.one("turn-2")
    rise, trunk_s = truth.one("rise"), truth.one("trunk-on").begin_s
    trunk_s = min([trunk_s, *(e.begin_s for e in truth.all("failed"))])
    true = {
        "total": seated - truth.cue_s,
        "movement": seated - trunk_s,
        "trunk": trunk_s,
        "seat-off": truth.one("seat-off").begin_s,
        "upright": rise.end_s,
        "first step": steps[0].begin_s,
        "turn 1 begins": turn_1.begin_s,
        "turn 1 ends": turn_1.end_s,
        "turn 2 begins": turn_2.begin_s,
        "turn 2 ends": turn_2.end_s,
        "sitting begins": sit.begin_s,
        "seated": seated,
    }
    try:
        found = events.tug(rows.foot_force_n, rows.acc_ms2, rows.gyr_dps, RATE_HZ, truth.cue_s)
    except SurefootError as error:
        out.errors = dict.fromkeys(true, inf)
        out.wrong.append(f"{out.label}: {error}")
        return out
    first, last = found.first_turn, found.last_turn
    got = {
        "total": found.clinical_s,
        "movement": found.movement_s,
        "trunk": found.motion_s,
        "seat-off": found.seat_off_s,
        "upright": found.standing_s,
        "first step": found.walk_s,
        "turn 1 begins": first.begin_s if first else None,
        "turn 1 ends": first.end_s if first else None,
        "turn 2 begins": last.begin_s if last else None,
        "turn 2 ends": last.end_s if last else None,
        "sitting begins": found.sit_start_s,
        "seated": found.seated_s,
    }
    for name, value in true.items():
        out.add(name, got[name], value)
    far = {k: round(e, 2) for k, e in out.errors.items() if not abs(e) <= (0.1 if k == "total" else 0.2)}
    if far:
        drawn = truth.drawn
        out.wrong.append(
            f"{out.label}: {far}; rise {drawn['rise_s']:.2f} s, speed {drawn['speed_mps']:.2f}, "
            f"turns {drawn['way_1']:.0f} and {drawn['way_2']:.0f} (0 spin, 1 multi-step, 2 en bloc)"
        )
    return out


def on_one_leg(seed: int, held_out: bool = False) -> Verdict:
    """When a foot left the ground and when it first came back, be it only for a tap."""
    seen = perform("single-leg", seed, held_out=held_out)
    rows, raised, out = recorded(seen, held_out), seen.truth.all("raised")[0], Verdict(f"single-leg {seed}")
    found = events.single_leg(rows.foot_force_n, RATE_HZ)
    out.add("off", found.start_s, raised.begin_s)
    out.add("touch", found.touch_s, raised.end_s)
    if found.raised != SIDES[raised.foot]:
        out.errors = {"off": inf, "touch": inf}
    if not all(abs(e) <= 0.3 for e in out.errors.values()):
        out.wrong.append(f"{out.label}: raised {raised}, found {found}")
    return out


def turning_round(seed: int, held_out: bool = False) -> Verdict:
    """Once round each way: the angles [deg] in the place of errors in time. Who stops half-way has turned twice, but
    to the same side, and both count."""
    seen = perform("full-turns", seed, held_out=held_out)
    rows, out = recorded(seen, held_out), Verdict(f"full-turns {seed}")
    found = events.turns(events.trunk(rows.acc_ms2, rows.gyr_dps, RATE_HZ).yaw_dps, RATE_HZ)
    side = seen.truth.drawn["side"]
    for k, way in enumerate((side, -side)):
        out.add(f"angle {k}", sum(turn.angle_deg for turn in found if turn.angle_deg * way > 0), 360.0 * way)
    if not all(abs(e) <= 20 for e in out.errors.values()):
        out.wrong.append(f"{out.label}: first to {side:+.0f}, found {[round(t.angle_deg) for t in found]}")
    return out


def first_step(seed: int, held_out: bool = False) -> Verdict:
    """The weight shift before a walk, and the foot-off that ends it."""
    seen = perform("first-step", seed, held_out=held_out)
    rows, shift, out = recorded(seen, held_out), seen.truth.one("weight-shift"), Verdict(f"first-step {seed}")
    try:
        waist = rows.acc_ms2, rows.gyr_dps
        found = events.gait_initiation(rows.foot_force_n, RATE_HZ, rows.foot_cop_m, seen.truth.cue_s, *waist)
    except SurefootError as error:
        out.errors = {"shift": inf, "off": inf}
        out.wrong.append(f"{out.label}: {error}")
        return out
    right_foot = found.foot == SIDES[shift.foot]
    out.add("shift", found.shift_s if right_foot else None, shift.begin_s)
    out.add("off", found.off_s if right_foot else None, shift.end_s)
    if not all(abs(e) <= 0.3 for e in out.errors.values()):
        out.wrong.append(f"{out.label}: {shift}, found {found}")
    return out


def released(seed: int, held_out: bool = False) -> Verdict:
    """Steps after a tester's hands let go, the moment marked by the tester."""
    seen = perform("push-release", seed, held_out=held_out)
    rows, truth, out = recorded(seen, held_out), seen.truth, Verdict(f"push-release {seed}")
    found = events.push_and_release(
        rows.foot_force_n, rows.acc_ms2, rows.gyr_dps, RATE_HZ, truth.one("release").begin_s
    )
    steps = truth.all("step")
    out.errors["count"] = found.steps - len(steps)
    if steps:
        out.add("first step", found.first_step_s, steps[0].end_s)
    if out.errors["count"] or not all(abs(e) <= 0.3 for e in out.errors.values()):
        out.wrong.append(
            f"{out.label}: steps {[(round(s.begin_s, 2), round(s.end_s, 2)) for s in steps]}, found {found}"
        )
    return out


def heels(kind: str, seed: int, held_out: bool = False) -> Verdict:
    """When the heels, or the forefeet, left the ground."""
    seen = perform(kind, seed, held_out=held_out)
    rows, lift, out = recorded(seen, held_out), seen.truth.one(kind), Verdict(f"{kind} {seed}")
    found = events.part_lifts(rows.foot_force_n, rows.foot_cop_m, RATE_HZ, seen.person.foot_length_m)
    part = "heel" if kind == "heel-rise" else "forefoot"
    for side in SIDES:
        mine = [e for e in found if (e.foot, e.part) == (side, part)]
        out.add(f"begin {side}", mine[0].begin_s if len(mine) == 1 else None, lift.begin_s)
    if not all(abs(e) <= 0.3 for e in out.errors.values()):
        out.wrong.append(f"{out.label}: {lift}, found {found}")
    return out


def contacts(kind: str, seed: int, held_out: bool = False) -> list[float]:
    """How far the nearest contact that was found of the same foot is from each that was made, in s."""
    seen = perform(kind, seed, held_out=held_out)
    rows = recorded(seen, held_out)
    try:
        found = events.walk(rows.foot_force_n, RATE_HZ).initial_s
    except SurefootError:
        return [inf] * len(seen.truth.all("step"))
    return [
        min((abs(at_s - step.end_s) for foot, at_s in found if foot == SIDES[step.foot]), default=inf)
        for step in seen.truth.all("step")
    ]


def percentile(verdicts: Iterable[Verdict], name: str, share: float = 95.0) -> float:
    """The percentile of an error without sign over trials; misses count as infinite."""
    errors = sorted(abs(v.errors[name]) for v in verdicts if name in v.errors)
    # The smallest error that this share of all trials doesn't exceed.
    return errors[int(np.ceil(share / 100 * len(errors))) - 1] if errors else inf


def words(verdicts: Sequence[Verdict]) -> str:
    """All that went wrong, a line each."""
    return "\n".join(line for verdict in verdicts for line in verdict.wrong)


class Director:
    """Has the person of a world do the next performance at each trial's start cue; `truths` are on the world's clock.

    Give it to `run_protocol` as what is told; make the performances with lead_s=0.
    """

    def __init__(self, world: MoverWorld, plan: Sequence[Performance]):
        self.world, self.plan = world, list(plan)
        self.truths: list[Truth] = []

    def __call__(self, moment: Moment) -> None:
        if moment.kind == "trial" and self.plan:
            self.world.wait(self.plan[0])
        starts = moment.condition and moment.text == moment.condition.cues.start
        if moment.kind == "cue" and starts and self.plan:
            self.truths.append(self.world.take(self.plan.pop(0)))
