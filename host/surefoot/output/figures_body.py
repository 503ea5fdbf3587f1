# SPDX-License-Identifier: MIT
"""A drawn person from joint angles: where each joint is, in metres, feet on the ground.

x to the person's right, y forward, z up. Lengths of segments are round figures for an adult of 1.7 m; the head is a
little large, so that a small picture still shows the eyes.
"""

from dataclasses import dataclass, field, replace
from math import acos, asin, atan2, cos, degrees, hypot, radians, sin, sqrt

from surefoot.errors import SurefootError

Point = tuple[float, float, float]
THIGH_M, SHANK_M, ANKLE_M, HEEL_M, TOE_M = 0.42, 0.42, 0.07, 0.07, 0.19
HIP_M, TRUNK_M, SHOULDER_M, NECK_M, HEAD_M = 0.09, 0.50, 0.17, 0.22, 0.135
UPPER_M, FOREARM_M = 0.29, 0.31
LEG_M = THIGH_M + SHANK_M
SIDES = ("left", "right")


class FigureError(SurefootError):
    """There is no such figure, or it can't be drawn."""


@dataclass(frozen=True)
class Leg:
    """Degrees: hip forward and outward, knee bent, toes pointed down, foot turned outward."""

    hip: float = 0.0
    out: float = 0.0
    knee: float = 0.0
    point: float = 0.0
    turn: float = 8.0


@dataclass(frozen=True)
class Arm:
    """Degrees: shoulder forward and outward, elbow bent; or `hand`, a place in the world that it reaches for."""

    forward: float = 4.0
    out: float = 7.0
    elbow: float = 12.0
    hand: Point | None = None


@dataclass(frozen=True)
class Pose:
    """`lean` forward and `tilt` to the right of the trunk, and `look` of the head to the right, in degrees. `at`: x and
    y of the middle of the hips; `base_m`: height of what the lower foot stands on; `hips_m`: height of the hips where
    something else carries them."""

    left: Leg = field(default_factory=Leg)
    right: Leg = field(default_factory=Leg)
    left_arm: Arm = field(default_factory=Arm)
    right_arm: Arm = field(default_factory=Arm)
    lean: float = 0.0
    tilt: float = 0.0
    look: float = 0.0
    nod: float = 0.0
    at: tuple[float, float] = (0.0, 0.0)
    base_m: float = 0.0
    hips_m: float | None = None
    closed: bool = False


def joints(pose: Pose) -> dict[str, Point]:
    """Each joint by name: hip, knee, ankle, heel, toe, shoulder, elbow, hand of each side, pelvis, neck, head."""
    lifted = _legs(pose)
    hips = pose.hips_m if pose.hips_m is not None else pose.base_m - min(point[2] for point in lifted.values())
    x, y = pose.at
    made = {name: (px + x, py + y, pz + hips) for name, (px, py, pz) in lifted.items()}
    made["pelvis"] = (x, y, hips)
    up = _up(pose.lean, pose.tilt)
    across = (cos(radians(pose.tilt)), 0.0, -sin(radians(pose.tilt)))
    neck = along(made["pelvis"], up, TRUNK_M)
    made["neck"] = neck
    nod = radians(pose.lean * 0.4 + pose.nod)
    made["head"] = along(neck, (up[0], sin(nod), cos(nod)), NECK_M)
    for sign, side, arm in ((-1, "left", pose.left_arm), (1, "right", pose.right_arm)):
        shoulder = along(neck, across, sign * SHOULDER_M)
        made[f"{side}_shoulder"] = shoulder
        made[f"{side}_elbow"], made[f"{side}_hand"] = _arm(shoulder, arm, sign)
    return made


def _legs(pose: Pose) -> dict[str, Point]:
    """With the middle of the hips at the origin."""
    made: dict[str, Point] = {}
    for sign, side, leg in ((-1, "left", pose.left), (1, "right", pose.right)):
        hip = (sign * HIP_M, 0.0, 0.0)
        knee = along(hip, _down(leg.hip, sign * leg.out), THIGH_M)
        ankle = along(knee, _down(leg.hip - leg.knee, sign * leg.out), SHANK_M)
        pitch, turn = radians(leg.hip - leg.knee - leg.point), radians(sign * leg.turn)
        ahead = (sin(turn) * cos(pitch), cos(turn) * cos(pitch), sin(pitch))
        sole = along(ankle, (0.0, sin(pitch), -cos(pitch)), ANKLE_M)
        made |= {f"{side}_hip": hip, f"{side}_knee": knee, f"{side}_ankle": ankle}
        made |= {f"{side}_heel": along(sole, ahead, -HEEL_M), f"{side}_toe": along(sole, ahead, TOE_M)}
    return made


def _arm(shoulder: Point, arm: Arm, sign: int) -> tuple[Point, Point]:
    if arm.hand is None:
        elbow = along(shoulder, _down(arm.forward, sign * arm.out), UPPER_M)
        return elbow, along(elbow, _down(arm.forward + arm.elbow, sign * arm.out), FOREARM_M)
    # Two links towards a place: the elbow drops to the outside of the line.
    reach = [to - of for to, of in zip(arm.hand, shoulder, strict=True)]
    away = sqrt(sum(one * one for one in reach)) or 1.0
    far = min(max(away, 0.08), UPPER_M + FOREARM_M - 1e-3)
    line = tuple(one / away for one in reach)
    middle = (UPPER_M**2 - FOREARM_M**2 + far**2) / (2 * far)
    aside = sqrt(max(UPPER_M**2 - middle**2, 0.0))
    pole = (sign * 0.6, -0.35, -1.0)
    dot = sum(a * b for a, b in zip(pole, line, strict=True))
    flat = tuple(p - dot * one for p, one in zip(pole, line, strict=True))
    size = sqrt(sum(one * one for one in flat)) or 1.0
    elbow = along(along(shoulder, line, middle), tuple(one / size for one in flat), aside)
    return elbow, along(shoulder, line, far)


def _up(lean: float, tilt: float) -> Point:
    a, b = radians(lean), radians(tilt)
    return (sin(b), cos(b) * sin(a), cos(b) * cos(a))


def _down(forward: float, out: float) -> Point:
    """A limb that hangs down, swung forward and then outward."""
    a, b = radians(forward), radians(out)
    return (sin(b), cos(b) * sin(a), -cos(b) * cos(a))


def along(start: Point, way: tuple[float, ...], by: float) -> Point:
    """From `start` along `way`, `by` times its length."""
    x, y, z = (at + by * one for at, one in zip(start, way, strict=True))
    return (x, y, z)


def standing(left: tuple[float, float], right: tuple[float, float], pose: Pose | None = None) -> Pose:
    """The pose with each ankle over its place (x, y) seen from the middle of the hips: legs straight, feet flat."""
    pose = pose or Pose()
    legs = []
    for sign, (x, y) in ((-1, left), (1, right)):
        out = asin((x - sign * HIP_M) / LEG_M)
        hip = asin(y / (LEG_M * cos(out)))
        legs.append(Leg(degrees(hip), sign * degrees(out), 0.0, degrees(hip), 0.0))
    return replace(pose, left=legs[0], right=legs[1])


def bent(hips_m: float, ahead_m: float, out: float = 3.0, turn: float = 8.0) -> Leg:
    """A leg whose foot stands flat `ahead_m` of the hip while the hip is `hips_m` high: hip and knee bend as needed."""
    drop = hips_m - ANKLE_M
    far = min(hypot(drop, ahead_m), LEG_M - 1e-6)
    line = atan2(ahead_m, drop)
    half = acos(far / LEG_M)  # thigh and shank are of one length
    return Leg(degrees(line + half), out, degrees(2 * half), degrees(line - half), turn)
