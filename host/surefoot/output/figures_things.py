# SPDX-License-Identifier: MIT
"""What stands around a drawn person: chair, wall, corner, pad, step, rail, helper; and the signs beside them."""

from dataclasses import replace
from math import cos, pi, sin

from surefoot.output.drawing import INK

from .figures_body import Arm, Pose, joints, standing
from .figures_draw import (
    LEFT,
    RIGHT,
    Piece,
    View,
    arrow,
    box,
    disc,
    face,
    limb,
    number,
    path,
    person,
    ring,
    shape,
    slab,
    stroke,
    text,
)

WOOD, WALL, FOAM = "#5b6672", "#f1f3f6", "#fff"
SEAT_M, BACK_M, SEAT_HALF_M = 0.46, 0.92, 0.22
EYE, FEET, HAND = (298.0, 40.0), (298.0, 168.0), (206.0, 86.0)
FOOT = 58.0  # its length on the page


def chair(view: View, x: float, y: float, arms: bool = False) -> list[Piece]:
    """A chair whose seat's middle is at x, y. Who sits in it looks ahead, so its back is to whoever stands behind."""
    half, back, front = 0.23, y - SEAT_HALF_M, y + SEAT_HALF_M
    posts = [[(x + s * half, back, 0.0), (x + s * half, back, BACK_M)] for s in (-1, 1)]
    legs = [[(x + s * half, front, 0.0), (x + s * half, front, SEAT_M)] for s in (-1, 1)]
    bars = [[(x - half, back, z), (x + half, back, z)] for z in (BACK_M, 0.7)]
    seat = [(x - half, back, SEAT_M), (x + half, back, SEAT_M), (x + half, front, SEAT_M), (x - half, front, SEAT_M)]
    if arms:
        bars += [
            [(x + s * half, back, 0.66), (x + s * half, front, 0.66), (x + s * half, front, SEAT_M)] for s in (-1, 1)
        ]
    return [face(view, seat, "#dfe4ea", WOOD, 2), *(limb(view, line, WOOD, 0.032) for line in (*posts, *legs, *bars))]


def corner(view: View) -> list[Piece]:
    """Two walls that meet behind."""
    x, y, side, high = -0.48, -0.42, 0.62, 1.55
    walls = [
        [(x, y, 0), (side, y, 0), (side, y, high), (x, y, high)],
        [(x, y, 0), (x, side, 0), (x, side, high), (x, y, high)],
    ]
    return [replace(face(view, wall, WALL, "#9aa4ae", 1.6), far=100.0 + k) for k, wall in enumerate(walls)]


def wall_ahead(view: View, y: float, half: float = 0.55) -> list[Piece]:
    """A wall in front."""
    points = [(-half, y, 0.0), (half, y, 0.0), (half, y, 1.75), (-half, y, 1.75)]
    return [face(view, points, WALL, WOOD, 2), *box(view, (-half, y, 0.0), (half, y + 0.05, 1.75), WALL)]


def pad(view: View, height_m: float = 0.1) -> list[Piece]:
    """A foam pad, dotted."""
    half = 0.29
    spots = []
    for i in range(7):
        for k in range(2):
            px, py, _ = view.seen((half, -half + 0.06 + i * 0.08, 0.03 + 0.04 * k))
            spots.append((px, py))
            px, py, _ = view.seen((-half + 0.06 + i * 0.08, half, 0.03 + 0.04 * k))
            spots.append((px, py))
    dots = [disc(spot, 1.3, INK) for spot in spots]
    return [replace(piece, far=50.0) for piece in box(view, (-half, -half, 0.0), (half, half, height_m), FOAM, dots)]


def rocker(view: View) -> list[Piece]:
    """A board on a roller: it tips to the left and right."""
    half, y = 0.29, 0.2
    under = [(0.16 * cos(pi * k / 12), y, 0.1 - 0.1 * sin(pi * k / 12)) for k in range(13)]
    seen = [view.seen(point) for point in under]
    svg = shape(path(seen, True), WOOD, width=1.6)
    board = box(view, (-half, -half, 0.1), (half, half, 0.14), "#fff")
    return [Piece(51.0, svg), *(replace(piece, far=50.0) for piece in board)]


def step(view: View, y0: float, height_m: float = 0.17) -> list[Piece]:
    """A single low step ahead."""
    return [replace(one, far=60.0) for one in box(view, (-0.32, y0, 0.0), (0.32, y0 + 0.36, height_m), "#dfe4ea")]


def rail(view: View, x: float, y0: float, y1: float, height_m: float = 0.9) -> list[Piece]:
    """A handrail, or the edge of a worktop, beside."""
    posts = [[(x, y, 0.0), (x, y, height_m)] for y in (y0 + 0.05, y1 - 0.05)]
    return [
        *(limb(view, post, WOOD, 0.035) for post in posts),
        limb(view, [(x, y0, height_m), (x, y1, height_m)], WOOD, 0.055),
    ]


def worktop(view: View, x0: float, x1: float, y0: float, y1: float) -> list[Piece]:
    """A worktop as high as a kitchen's."""
    return [replace(one, far=80.0) for one in box(view, (x0, y0, 0.0), (x1, y1, 0.9), "#eceff2")]


def helper(view: View, pose: Pose, badge: bool = False, beside_m: tuple[float, float] = (0.56, -0.30)) -> list[Piece]:
    """Somebody beside and slightly behind, on the person's right, a hand near their back; with a badge: of a clinic."""
    at = joints(pose)
    x, y = at["pelvis"][:2]
    hand = (at["right_elbow"][0] + 0.03, at["right_elbow"][1] - 0.06, at["right_elbow"][2])
    other = (at["pelvis"][0] + 0.12, at["pelvis"][1] - 0.16, at["pelvis"][2] + 0.12)
    beside = Pose(left_arm=Arm(hand=other), right_arm=Arm(hand=hand), look=-35, at=(x + beside_m[0], y + beside_m[1]))
    made = standing((-0.14, 0.0), (0.14, 0.1), beside)
    pieces = person(view, made, helper=True)
    if badge:
        px, py, far = view.seen((x + beside_m[0] + 0.04, y + beside_m[1] + 0.14, joints(made)["neck"][2] - 0.22))
        plus = stroke(path([(px - 5, py), (px + 5, py)]), INK, 3) + stroke(path([(px, py - 5), (px, py + 5)]), INK, 3)
        square = slab((px - 9, py - 9), (18, 18), width=1.6)
        pieces.append(Piece(far - 0.6, square + plus))
    return pieces


def eye(closed: bool, at: tuple[float, float] = EYE) -> str:
    """A large eye: open, or shut with its lashes down."""
    x, y = at
    lower = path(ring((x, y - 16), 28, 26, 25, 155))
    if closed:
        lashes = [
            path([(x + 28 * cos(a), y - 16 + 26 * sin(a)), (x + 37 * cos(a), y - 16 + 37 * sin(a))])
            for a in (pi * k / 180 for k in (40, 65, 90, 115, 140))
        ]
        return stroke(lower, INK, 4) + "".join(stroke(one, INK, 3) for one in lashes)
    upper = path(ring((x, y + 6), 28, 26, 205, 335))
    ball = disc((x, y - 5), 9, INK) + disc((x + 3, y - 8), 2.6)
    return stroke(lower, INK, 3.4) + stroke(upper, INK, 3.4) + ball


# Half the way around a right foot seen from above, toes up, in shares of its length: ends and handles of four curves.
SOLE = "M{a}C{b} {c} {d}C{e} {f} {g}C{h} {i} {j}C{k} {l} {a}Z"
OUTLINE = (
    (0.0, 0.5), (0.16, 0.5), (0.17, 0.28), (0.14, 0.1), (0.12, -0.06), (0.24, -0.16), (0.2, -0.34), (0.17, -0.5),
    (-0.12, -0.54), (-0.16, -0.32), (-0.19, -0.1), (-0.19, 0.5),
)  # fmt: skip


def foot(at: tuple[float, float], side: str, lifted: bool = False, length: float = FOOT, letter: bool = True) -> str:
    """A foot from above, toes up, with its letter; a lifted one is only a dashed outline."""
    sign = 1 if side == "right" else -1
    places = (f"{number(at[0] + sign * x * length)} {number(at[1] + y * length)}" for x, y in OUTLINE)
    d = SOLE.format(**dict(zip("abcdefghijkl", places, strict=True)))
    if lifted:
        svg = shape(d).replace("/>", ' stroke-dasharray="5 4"/>')
    else:
        svg = shape(d, RIGHT if side == "right" else LEFT, width=1.6)
    ink = "#fff" if side == "right" and not lifted else INK
    return svg + (text((at[0] + sign * 1.5, at[1] + 1), side[0].upper(), 17, ink) if letter else "")


def feet(
    places: dict[str, tuple[float, float]], lifted: str = "", surface: str = "firm", at: tuple[float, float] = FEET
) -> str:
    """Feet from above: `places` in metres from the middle, by side; on a dotted pad, or a board that tips."""
    scale = FOOT / 0.26
    svg = ""
    x, y = at
    if surface != "firm":
        plate = slab((x - 54, y - 68), (108, 136), round=10)
        svg = plate + (_dots(x, y) if surface == "foam" else _tips(x, y))
    for side, (dx, dy) in places.items():
        svg += foot((x + scale * dx, y - scale * dy), side, side == lifted)
    return svg


def _dots(x: float, y: float) -> str:
    return "".join(disc((x - 48 + 12 * i, y - 60 + 12 * k), 1.2, INK) for i in range(9) for k in range(11))


def _tips(x: float, y: float) -> str:
    roller = stroke(path([(x, y - 66), (x, y + 66)]), "#c3cad2", 12)
    return roller + "".join(arrow(ring((x, y + 92), 46, 34, a, b), width=3.6) for a, b in ((235, 200), (305, 340)))


def turning(view: View, pose: Pose) -> str:
    """An arrow around the head: it turns from side to side."""
    x, y, _ = view.seen(joints(pose)["head"])
    return arrow(ring((x, y - 4), 25, 11, 205, 335), both=True, width=4)


def counting(view: View, pose: Pose, words: str = "30, 29, 28") -> str:
    """A balloon with numbers."""
    x, y, _ = view.seen(joints(pose)["head"])
    bx, by, wide = x + 34, max(y - 36, 16), 9 * len(words) + 8
    tail = f"M{number(bx + 6)} {number(by + 12)}L{number(x + 18)} {number(y + 2)}L{number(bx + 22)} {number(by + 12)}"
    return slab((bx, by - 14), (wide, 28), round=12) + shape(tail) + text((bx + wide / 2, by + 5), words, 14)


def hands(how: str, at: tuple[float, float] = HAND) -> str:
    """A magnified hand on the edge of a support: a fist around it, or only the tips of the fingers upon it."""
    x, y = at
    lens = disc(at, 34, width=2)
    bar = stroke(path([(x - 30, y + 14), (x + 30, y + 14)]), WOOD, 9)
    if how == "two-hands":
        fingers = "".join(slab((x - 19 + 10 * k, y - 2), (9, 25), RIGHT, "#fff", 1.5, 4.5) for k in range(4))
        wrist = stroke(path([(x + 2, y - 2), (x + 12, y - 26)]), RIGHT, 17)
        return lens + bar + wrist + fingers
    wrist = stroke(path([(x + 4, y - 16), (x + 14, y - 28)]), RIGHT, 15)
    palm = stroke(path([(x - 10, y - 12), (x + 6, y - 13)]), RIGHT, 13)
    tips = "".join(stroke(path([(x - 12 + 8 * k, y - 9), (x - 15 + 8 * k, y + 7)]), RIGHT, 5) for k in range(4))
    return lens + bar + wrist + palm + tips
