# SPDX-License-Identifier: MIT
"""Pictures of exercises that go somewhere: steps and walks."""

from collections.abc import Callable
from dataclasses import replace
from math import cos, radians, sin

from surefoot.output.drawing import INK

from .figures_body import Arm, FigureError, Leg, Pose, bent, standing
from .figures_draw import Piece, View, arrow, disc, path, person, scene, shape, slab, smooth, stroke
from .figures_moves import FLAT, FROM_BEHIND, FROM_SIDE, REST_M, Drawn, frame, go, holding, moved
from .figures_things import WOOD, foot, helper, rail, step, worktop

WALKING = View(yaw=104.0, pitch=10.0, at=(120.0, 226.0), scale=108.0)
STRIDE = (Leg(hip=-18, knee=8, point=24, turn=4), Leg(hip=24, knee=4, point=-2, turn=4))  # left behind, right ahead
SWING = (Arm(forward=28, elbow=22), Arm(forward=-22, elbow=16))
SWINGS_BACK = (SWING[1], SWING[0])


def _walker(left: Leg = STRIDE[0], right: Leg = STRIDE[1], **more: float) -> Pose:
    return replace(Pose(left, right, *SWING), **more)


def _beside(view: View) -> list[Piece]:
    """A worktop along the way, at the left hand."""
    return worktop(view, -0.82, -0.42, -0.75, 0.85)


def _on_top(pose: Pose) -> Pose:
    return replace(pose, left_arm=Arm(hand=(-0.46, 0.16, REST_M)))


def footprints(
    at: tuple[float, float], count: int, across: float = 14.0, apart: float = 38.0, length: float = 34.0
) -> str:
    """Footprints up a line from `at`, left first."""
    return "".join(
        foot(
            (at[0] + (across if k % 2 else -across), at[1] - k * apart),
            ("left", "right")[k % 2],
            length=length,
            letter=False,
        )
        for k in range(count)
    )


def tandem_line() -> str:
    """Footprints heel to toe along a line."""
    line = stroke(path([(300, 234), (300, 46)]), WOOD, 1.6, ' stroke-dasharray="6 5"')
    return line + footprints((300.0, 214.0), 4, 0.0, 36.0, 35.0) + arrow([(300, 74), (300, 50)])


def side_steps() -> str:
    one, two = moved(FROM_BEHIND, 0), moved(FROM_BEHIND, 138)
    body = frame(one, holding(standing((-0.07, 0.0), (0.07, 0.0)), 0.42), worktop(one, -0.55, 0.62, 0.36, 0.66))
    wide = holding(standing((-0.26, 0.0), (0.26, 0.0)), 0.42)
    body += frame(two, wide, worktop(two, -0.62, 0.55, 0.36, 0.66))
    return body + arrow([(60, 249), (180, 249), (316, 249)])


def step_ups() -> str:
    one, two = moved(FROM_SIDE, -24), moved(FROM_SIDE, 140)
    hips = 0.89
    on = bent(hips - 0.17, 0.30, 3.0, 2.0)
    first = Pose(bent(hips, -0.08, 3.0, 2.0), on, Arm(hand=(-0.4, 0.22, REST_M)), lean=8, hips_m=hips)
    last = Pose(FLAT, FLAT, Arm(hand=(-0.4, 0.5, REST_M + 0.1)), base_m=0.17, at=(0.0, 0.34))
    body = "".join(
        frame(view, pose, step(view, 0.18), rail(view, -0.42, -0.2, 0.85, REST_M), y=0.2)
        for view, pose in ((one, first), (two, last))
    )
    return body + arrow([(104, 58), (130, 34), (164, 28)], both=True)


def stepping_forward() -> tuple[str, str]:
    one, two = moved(FROM_SIDE, -24), moved(FROM_SIDE, 130)
    ahead = Pose(
        bent(0.86, -0.22, 3.0, 2.0), bent(0.86, 0.28, 3.0, 2.0), Arm(hand=(-0.4, 0.2, REST_M)), hips_m=0.86, at=(0, 0.2)
    )
    still = Pose(FLAT, FLAT, Arm(hand=(-0.4, 0.2, REST_M)))
    before, after = (
        frame(view, pose, rail(view, -0.42, -0.3, 0.8, REST_M), y=0.1) for view, pose in ((one, still), (two, ahead))
    )
    return before, after + go(two, (0.3, 0.06, -0.06), (0.3, 0.3, -0.06), (0.3, 0.62, -0.06), both=True)


def tandem_walk() -> str:
    pose = _on_top(replace(standing((0.0, -0.14), (0.0, 0.14)), right_arm=Arm(out=24, elbow=6)))
    body = frame(WALKING, pose, _beside(WALKING), y=0.1)
    return body + go(WALKING, (0.2, 0.5, 0.02), (0.2, 0.7, 0.02), (0.2, 0.95, 0.02)) + tandem_line()


def backward_walk() -> str:
    back = _on_top(Pose(Leg(hip=18, knee=6, point=2, turn=4), Leg(hip=-22, knee=10, point=22, turn=4), *SWINGS_BACK))
    view = replace(WALKING, yaw=138.0, at=(124.0, 224.0), scale=100.0)
    body = frame(view, back, worktop(view, -0.82, -0.42, -0.5, 0.7), helper(view, back))
    return body + footprints((300.0, 214.0), 4) + arrow([(334, 70), (334, 200)])


def heel_walk() -> str:
    left, right = Leg(hip=-12, point=-26, turn=4), Leg(hip=16, point=-26, turn=4)
    body = frame(WALKING, _on_top(replace(Pose(left, right, *SWING), lean=6)), _beside(WALKING))
    return body + go(WALKING, (0.3, 0.62, 0.06), (0.3, 0.8, 0.06), (0.3, 1.05, 0.06)) + _sole_from_side(26)


def toe_walk() -> str:
    left, right = Leg(hip=-10, point=40, turn=4), Leg(hip=14, point=52, turn=4)
    body = frame(WALKING, _on_top(Pose(left, right, *SWING)), _beside(WALKING))
    return body + go(WALKING, (0.3, 0.62, 0.06), (0.3, 0.8, 0.06), (0.3, 1.05, 0.06)) + _sole_from_side(-34)


def _sole_from_side(pitch: float) -> str:
    """One foot from the side, large: which part of it carries."""
    a = radians(pitch)
    rest = (262.0, 196.0) if pitch > 0 else (330.0, 196.0)
    back, front = (0.0, 0.0) if pitch > 0 else (-66.0, 0.0), (66.0, 0.0) if pitch > 0 else (0.0, 0.0)

    def on(x: float, up: float) -> tuple[float, float]:
        return rest[0] + x * cos(a) - up * sin(a), rest[1] - x * sin(a) - up * cos(a)

    outline = [
        on(back[0], 0),
        on(front[0], 0),
        on(front[0], 9),
        on(back[0] + 30, 24),
        on(back[0] + 25, 44),
        on(back[0] + 2, 44),
    ]
    sole = shape(path(outline, True), INK, width=6)
    ground = stroke(path([(250, 202), (350, 202)]), WOOD, 4)
    tip = on(front[0] + 4, 0) if pitch > 0 else on(back[0] - 4, 0)
    return ground + sole + arrow([(tip[0], 190), (tip[0], tip[1] + 2), (tip[0], tip[1] - 14)])


def figure_of_eight() -> str:
    view = replace(WALKING, yaw=138.0, at=(140.0, 222.0))
    pose = _walker()
    body = scene([*helper(view, pose), *person(view, pose)])
    loop = [(296, 140), (330, 104), (296, 70), (262, 104), (296, 140), (330, 176), (296, 210), (262, 176), (288, 146)]
    marks = "".join(shape(path([(286, y + 10), (296, y - 14), (306, y + 10)], True), width=2.4) for y in (104, 176))
    return body + marks + arrow(loop)


def walk() -> str:
    body = ground("park")
    body += scene(person(replace(moved(WALKING, 10), pitch=3.0, at=(150.0, 214.0)), _walker()))
    return body + arrow([(206, 150), (236, 150), (272, 150)], width=6)


def ground(kind: str) -> str:
    """What is walked on, with what stands around it: an even floor, a pavement, rough ground, a park. FigureError."""
    line = stroke(path([(12, 214), (348, 214)]), WOOD, 2.5)
    if kind == "park":
        return line + _tree(38) + _tree(326)
    if kind == "floor":
        door = slab((16, 98), (46, 116), "#f1f3f6", WOOD, 2.4, 0) + disc((54, 160), 3, WOOD)
        return line + door
    if kind == "pavement":
        walls = [(8, 214), (8, 138), (36, 112), (64, 138), (64, 214)]
        house = shape(path(walls, True), "#f1f3f6", WOOD, 2.4)
        window = slab((24, 146), (24, 22), "#fff", WOOD, 2, 0)
        slabs = "".join(stroke(path([(x, 214), (x - 9, 232)]), WOOD, 1.6) for x in range(30, 360, 42))
        return house + window + line + slabs + stroke(path([(6, 232), (346, 232)]), WOOD, 1.6)
    if kind == "uneven":
        hump = [(10, 216), (50, 206), (84, 218), (128, 210), (176, 216), (226, 206), (280, 214), (348, 190)]
        rough = stroke(path(smooth(hump)), WOOD, 3)
        grass = "".join(
            stroke(path([(x - 5, y - 12), (x, y), (x, y - 16), (x, y), (x + 6, y - 11)]), WOOD, 2)
            for x, y in ((24, 212), (66, 212), (262, 210), (316, 200))
        )
        stones = "".join(
            disc((x, y), 5, "#dfe4ea", WOOD, 1.6) for x, y in ((100, 222), (150, 226), (206, 220), (244, 228))
        )
        return rough + grass + stones
    raise FigureError(f"No figure shows the ground '{kind}': draw it in figures_walks.py.")


def _tree(x: float) -> str:
    crown = "".join(
        disc((x + dx, y), r, "#dfe4ea", ink, w)
        for ink, w in ((WOOD, 4.8), ("#dfe4ea", 0))
        for dx, y, r in ((-15, 128, 17), (15, 130, 16), (0, 106, 19), (0, 128, 16))
    )
    return crown + stroke(path([(x, 212), (x, 128)]), WOOD, 6) + stroke(path([(x, 150), (x + 12, 134)]), WOOD, 3)


ON_THE_WAY: dict[str, Callable[[], Drawn]] = {
    "side-steps": side_steps,
    "step-ups": step_ups,
    "stepping-forward": stepping_forward,
    "tandem-walk": tandem_walk,
    "backward-walk": backward_walk,
    "heel-walk": heel_walk,
    "toe-walk": toe_walk,
    "figure-of-eight": figure_of_eight,
    "walk": walk,
}
