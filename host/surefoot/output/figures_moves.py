# SPDX-License-Identifier: MIT
"""Pictures of exercises on the spot: how it begins, how it goes on, and an arrow for the movement."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from .figures_body import Arm, Leg, Point, Pose, bent, joints, standing
from .figures_draw import Piece, View, arrow, floor, person, scene
from .figures_things import SEAT_HALF_M, chair, feet, wall_ahead, worktop

SITTING_M, REST_M = 0.55, 0.94
FROM_SIDE = View(yaw=96.0, pitch=9.0, at=(90.0, 226.0), scale=108.0)
FROM_BEHIND = View(yaw=18.0, pitch=10.0, at=(90.0, 230.0), scale=108.0)
FLAT = Leg(turn=4.0)


def frame(view: View, pose: Pose, *things: Sequence[Piece], y: float = 0.0) -> str:
    """One moment: the floor, the things and the person."""
    return scene([floor(view, 0.6, y), *(piece for thing in things for piece in thing), *person(view, pose)])


def go(view: View, *points: Point, both: bool = False) -> str:
    """An arrow through places in the world."""
    return arrow([view.seen(point)[:2] for point in points], both)


def moved(view: View, across: float) -> View:
    """The same view, elsewhere on the page."""
    return replace(view, at=(view.at[0] + across, view.at[1]))


def holding(pose: Pose, y: float, hands: int = 2, x: float = 0.17) -> Pose:
    """With one hand (the left, which is farther) or both on a support."""
    pose = replace(pose, left_arm=Arm(hand=(-x, y, REST_M)))
    return replace(pose, right_arm=Arm(hand=(x, y, REST_M))) if hands == 2 else pose


CHAIR_M = 0.55  # in front of the hips, its back towards them
BACK_M = CHAIR_M - SEAT_HALF_M


def _ahead(view: View) -> list[Piece]:
    return chair(view, 0.0, CHAIR_M)


# A picture is one drawing, or two moments side by side, each with its arrow in its own half of the page.
Drawn = str | tuple[str, str]


def _pair(first: Pose, second: Pose, apart: float = 165.0) -> tuple[str, str, View]:
    """Two moments at a chair's back, seen from the side."""
    one, two = FROM_SIDE, moved(FROM_SIDE, apart)
    return frame(one, first, _ahead(one)), frame(two, second, _ahead(two)), two


def _seated(**changes: Leg) -> Pose:
    leg = bent(SITTING_M, 0.42, 4.0, 4.0)
    left, right = (Arm(hand=(sign * 0.25, 0.02, SITTING_M - 0.07)) for sign in (-1, 1))
    return replace(Pose(leg, leg, left, right, hips_m=SITTING_M), **changes)


def sit_to_stand() -> str:
    one, two = moved(FROM_SIDE, -12), moved(FROM_SIDE, 152)
    leg = bent(SITTING_M, 0.36, 4.0, 4.0)
    arms = Arm(forward=66, elbow=18, out=4)
    up = replace(standing((-0.12, 0.0), (0.12, 0.0)), at=(0.0, 0.36))
    body = frame(one, Pose(leg, leg, arms, arms, lean=24, hips_m=SITTING_M), chair(one, 0.0, -0.02), y=0.15)
    body += frame(two, up, chair(two, 0.0, -0.06), y=0.15)
    return body + arrow([(112, 62), (140, 40), (166, 34)], both=True)


def heel_raises() -> tuple[str, str]:
    up = Leg(hip=3, point=36, turn=4)
    before, after, two = _pair(holding(Pose(FLAT, FLAT), BACK_M), holding(Pose(up, up), BACK_M))
    return before, after + go(two, (0.2, -0.16, 0.0), (0.2, -0.18, 0.14), (0.2, -0.18, 0.30))


def toe_raises() -> tuple[str, str]:
    up = Leg(hip=-5, point=-24, turn=4)
    before, after, two = _pair(holding(Pose(FLAT, FLAT), BACK_M), holding(Pose(up, up, lean=6), BACK_M))
    return before, after + go(two, (0.2, 0.30, 0.02), (0.2, 0.31, 0.14), (0.2, 0.30, 0.26))


def knee_bends() -> tuple[str, str]:
    low = bent(0.76, 0.1, 3.0, 4.0)
    before, after, two = _pair(
        holding(Pose(FLAT, FLAT), BACK_M), holding(Pose(low, low, lean=18, at=(0.0, -0.12)), BACK_M)
    )
    return before, after + go(two, (0.2, -0.44, 1.0), (0.2, -0.45, 0.82), (0.2, -0.44, 0.64), both=True)


def back_leg_raise() -> tuple[str, str]:
    before, after, two = _pair(
        holding(Pose(FLAT, FLAT), BACK_M), holding(Pose(FLAT, Leg(hip=-28, turn=4), lean=4), BACK_M)
    )
    return before, after + go(two, (0.1, -0.18, 0.08), (0.1, -0.42, 0.16), (0.1, -0.62, 0.36))


def knee_curl() -> tuple[str, str]:
    before, after, two = _pair(
        holding(Pose(FLAT, FLAT), BACK_M), holding(Pose(FLAT, Leg(knee=92, point=12, turn=4)), BACK_M)
    )
    return before, after + go(two, (0.1, -0.24, 0.06), (0.1, -0.46, 0.16), (0.1, -0.55, 0.38))


def marching() -> tuple[str, str]:
    up, far, arm = Leg(hip=82, knee=92, point=6, turn=4), 0.72, Arm(forward=-18, elbow=40)

    def moment(across: float, pose: Pose, side: float) -> str:
        view = moved(FROM_SIDE, across)
        held = replace(pose, left_arm=Arm(hand=(-0.17, far - SEAT_HALF_M - 0.02, REST_M)), right_arm=arm)
        lifted = go(view, (side, 0.24, 0.5), (side, 0.24, 0.75), (side, 0.22, 1.0))
        return frame(view, held, chair(view, -0.1, far)) + lifted

    return moment(-22, Pose(FLAT, up), 0.1), moment(150, Pose(up, FLAT), -0.1)


def knee_straightening() -> tuple[str, str]:
    one, two = moved(FROM_SIDE, -14), moved(FROM_SIDE, 150)
    before = frame(one, _seated(), chair(one, 0.0, 0.0), y=0.2)
    after = frame(two, _seated(right=Leg(hip=84, knee=2, point=-14, turn=2)), chair(two, 0.0, 0.0), y=0.2)
    return before, after + go(two, (0.2, 0.70, 0.06), (0.2, 0.92, 0.18), (0.2, 1.02, 0.42))


def seated_marching() -> tuple[str, str]:
    one, two = moved(FROM_SIDE, -14), moved(FROM_SIDE, 150)
    up = Leg(hip=116, knee=104, point=4, turn=4)
    before = frame(one, _seated(), chair(one, 0.0, 0.0), y=0.2)
    after = frame(two, _seated(right=up), chair(two, 0.0, 0.0), y=0.2)
    return before, after + go(two, (0.2, 0.62, 0.2), (0.2, 0.66, 0.42), (0.2, 0.60, 0.66))


def side_leg_raise() -> tuple[str, str]:
    one, two = FROM_BEHIND, moved(FROM_BEHIND, 150)
    before, after = (
        frame(view, holding(Pose(FLAT, leg, tilt=tilt), 0.42), worktop(view, -0.5, 0.5, 0.36, 0.7))
        for view, leg, tilt in ((one, FLAT, 0), (two, Leg(out=30, turn=2), -3))
    )
    return before, after + go(two, (0.26, 0.0, 0.04), (0.46, 0.0, 0.10), (0.66, 0.0, 0.26))


def weight_shifts() -> str:
    body = ""
    for x, shift in ((66.0, -0.11), (196.0, 0.11)):
        view = replace(FROM_BEHIND, at=(x, 222.0), scale=98.0)
        pose = standing((-0.19 - shift, 0.0), (0.19 - shift, 0.0), Pose(at=(shift, 0.0)))
        body += frame(view, holding(pose, 0.42, x=0.22), worktop(view, -0.42, 0.42, 0.36, 0.62))
    sides = feet({"left": (-0.1, 0.0), "right": (0.1, 0.0)}, at=(310.0, 196.0))
    return (
        body
        + sides
        + arrow([(92, 30), (130, 22), (168, 30)], both=True)
        + arrow([(288, 142), (310, 134), (332, 142)], both=True)
    )


def reach_forward() -> str:
    one, two = moved(FROM_SIDE, -20), moved(FROM_SIDE, 130)
    there = Arm(forward=92, elbow=0, out=0)
    leg = Leg(hip=16, knee=10, point=6, turn=4)
    body = frame(one, Pose(FLAT, FLAT, right_arm=there))
    body += frame(two, Pose(leg, leg, right_arm=replace(there, forward=82), lean=26, at=(0.0, -0.12)))
    return body + go(two, (0.2, 0.66, 1.25), (0.2, 0.82, 1.24), (0.2, 0.98, 1.2))


def calf_stretch() -> str:
    view = replace(FROM_SIDE, at=(170.0, 226.0))
    front, back = bent(0.82, 0.26, 3.0, 2.0), bent(0.82, -0.40, 3.0, 2.0)
    pose = Pose(front, back, Arm(hand=(-0.17, 0.62, 1.25)), Arm(hand=(0.17, 0.62, 1.25)), lean=16, hips_m=0.82)
    heel = joints(pose)["right_heel"]
    down = go(view, (heel[0], heel[1] - 0.10, 0.34), (heel[0], heel[1] - 0.10, 0.2), (heel[0], heel[1] - 0.10, 0.08))
    return frame(view, pose, wall_ahead(view, 0.66)) + down


ON_THE_SPOT: dict[str, Callable[[], Drawn]] = {
    "sit-to-stand": sit_to_stand,
    "heel-raises": heel_raises,
    "toe-raises": toe_raises,
    "knee-bends": knee_bends,
    "side-leg-raise": side_leg_raise,
    "back-leg-raise": back_leg_raise,
    "knee-curl": knee_curl,
    "knee-straightening": knee_straightening,
    "seated-marching": seated_marching,
    "marching": marching,
    "weight-shifts": weight_shifts,
    "reach-forward": reach_forward,
    "calf-stretch": calf_stretch,
}
