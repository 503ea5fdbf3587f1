# SPDX-License-Identifier: MIT
"""Drawn people and things as SVG: seen from an angle, near things over far ones, the same bytes each time.

A person's right limbs are dark and left ones light; both have a white rim, so that a crossing reads in black and white.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, hypot, pi, radians, sin

from surefoot.output.drawing import AP_COLOUR, FONTS, INK

from .figures_body import HEAD_M, SIDES, Point, Pose, along, joints

# The right limbs are all but the ink: a picture of the other side exchanges the two and nothing else.
RIGHT, LEFT, TRUNK, THING, FACE = "#1e2937", "#8f99a5", "#4a5a6b", "#e6eaee", "#ffffff"
MOVE = AP_COLOUR
WIDTH, HEIGHT = 360, 260
FRONT, THREE_QUARTER, SIDE, BACK = 180.0, 138.0, 90.0, 0.0


@dataclass(frozen=True)
class View:
    """From where: `yaw` 90 sees a person from their right, facing to the right of the page, 180 from in front. `at`:
    where on the page the world's origin lies; `scale`: page units a metre."""

    yaw: float = THREE_QUARTER
    pitch: float = 12.0
    at: tuple[float, float] = (120.0, 236.0)
    scale: float = 112.0

    def seen(self, point: Point) -> tuple[float, float, float]:
        """Place on the page, and how far away."""
        x, y, z = point
        a, b = radians(self.yaw), radians(self.pitch)
        across, away = x * cos(a) + y * sin(a), -x * sin(a) + y * cos(a)
        up, far = z * cos(b) + away * sin(b), away * cos(b) - z * sin(b)
        return self.at[0] + self.scale * across, self.at[1] - self.scale * up, far


@dataclass(frozen=True)
class Piece:
    """Something drawn, `far` away; the farthest goes first."""

    far: float
    svg: str


def number(value: float) -> str:
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def path(points: Iterable[tuple[float, ...]], closed: bool = False) -> str:
    return "M" + "L".join(f"{number(one[0])} {number(one[1])}" for one in points) + ("Z" if closed else "")


def stroke(d: str, colour: str, width: float, more: str = "") -> str:
    return (
        f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{number(width)}" stroke-linecap="round"'
        f' stroke-linejoin="round"{more}/>'
    )


def shape(d: str, fill: str = "#fff", line: str = INK, width: float = 2.0) -> str:
    """A filled outline; without a line where its width is 0."""
    edge = f' stroke="{line}" stroke-width="{number(width)}" stroke-linejoin="round"' if width else ""
    return f'<path d="{d}" fill="{fill}"{edge}/>'


def disc(at: tuple[float, ...], radius: float, fill: str = "#fff", line: str = INK, width: float = 0.0) -> str:
    edge = f' stroke="{line}" stroke-width="{number(width)}"' if width else ""
    return f'<circle cx="{number(at[0])}" cy="{number(at[1])}" r="{number(radius)}" fill="{fill}"{edge}/>'


def slab(
    at: tuple[float, float], size: tuple[float, float], fill: str = "#fff", line: str = INK, width: float = 2.0,
    round: float = 2.0,
) -> str:  # fmt: skip
    """A rectangle with its upper left corner at `at`."""
    edge = f' stroke="{line}" stroke-width="{number(width)}"' if width else ""
    place = f'x="{number(at[0])}" y="{number(at[1])}" width="{number(size[0])}" height="{number(size[1])}"'
    return f'<rect {place} rx="{number(round)}" fill="{fill}"{edge}/>'


def limb(view: View, points: Sequence[Point], colour: str, width_m: float, rim: str = "#fff") -> Piece:
    seen = [view.seen(point) for point in points]
    d, width = path(seen), width_m * view.scale
    return Piece(sum(one[2] for one in seen) / len(seen), stroke(d, rim, width + 4) + stroke(d, colour, width))


def face(view: View, points: Sequence[Point], fill: str = THING, line: str = INK, width: float = 1.6) -> Piece:
    """A flat thing of straight edges."""
    seen = [view.seen(point) for point in points]
    return Piece(sum(one[2] for one in seen) / len(seen), shape(path(seen, True), fill, line, width))


def box(view: View, low: Point, high: Point, fill: str = THING, more: Sequence[str] = ()) -> list[Piece]:
    """A box; only the sides that are seen, with `more` (SVG) on it."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    a = radians(view.yaw)
    near_x = x0 if -sin(a) > 0 else x1
    near_y = y0 if cos(a) > 0 else y1
    sides = [[(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)]]
    if abs(cos(a)) > 1e-6:
        sides.append([(x0, near_y, z0), (x1, near_y, z0), (x1, near_y, z1), (x0, near_y, z1)])
    if abs(sin(a)) > 1e-6:
        sides.append([(near_x, y0, z0), (near_x, y1, z0), (near_x, y1, z1), (near_x, y0, z1)])
    middle = ((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2)
    return [Piece(view.seen(middle)[2], "".join(face(view, side, fill).svg for side in sides) + "".join(more))]


def person(view: View, pose: Pose, helper: bool = False) -> list[Piece]:
    """The pieces of one person; a helper is only an outline, so that it's plain who trains."""
    at = joints(pose)
    dark = {"right": RIGHT, "left": LEFT}
    pieces: list[Piece] = []
    for side in SIDES:
        colour, rim = ("#fff", INK) if helper else (dark[side], "#fff")
        leg = [at[f"{side}_{name}"] for name in ("hip", "knee", "ankle")]
        foot = [at[f"{side}_{name}"] for name in ("heel", "ankle", "toe")]
        arm = [at[f"{side}_{name}"] for name in ("shoulder", "elbow", "hand")]
        sole = [along(point, (0, 0, 1), 0.03) for point in (foot[0], foot[2])]
        pieces += [limb(view, sole, colour, 0.085, rim), limb(view, leg, colour, 0.105, rim)]
        pieces.append(limb(view, arm, colour, 0.075, rim))
    pieces += [_trunk(view, at, helper), _head(view, pose, at)]
    return pieces


def _trunk(view: View, at: dict[str, Point], helper: bool) -> Piece:
    names = ("left_shoulder", "right_shoulder", "right_hip", "left_hip")
    seen = [view.seen(along(at[name], (0, 0, -1), 0.03 if "shoulder" in name else 0)) for name in names]
    d, width = path(seen, True), 0.14 * view.scale
    colour, rim = ("#fff", INK) if helper else (TRUNK, "#fff")
    svg = stroke(d, rim, width + 4) + stroke(d, colour, width).replace('fill="none"', f'fill="{colour}"')
    return Piece(sum(one[2] for one in seen) / 4, svg)


def _head(view: View, pose: Pose, at: dict[str, Point]) -> Piece:
    x, y, far = view.seen(at["head"])
    radius = HEAD_M * view.scale
    svg = stroke(path([view.seen(at["neck"]), (x, y)]), INK, 0.075 * view.scale)
    svg += disc((x, y), radius, FACE, width=3)
    look, nod = radians(pose.look), radians(pose.lean * 0.4 + pose.nod)

    def on(turn: float, up: float, out: float = 1.0) -> tuple[float, float, float]:
        a, b = look + radians(turn), radians(up) - nod
        way = (sin(a) * cos(b), cos(a) * cos(b), sin(b))
        return view.seen(along(at["head"], way, HEAD_M * out))

    nose = on(0, -8, 1.22)
    if nose[2] < far + 0.03:
        svg += stroke(path([on(0, 8), nose, on(0, -20)]), INK, 2.6)
    for turn in (-26, 26):
        eye = on(turn, 16, 0.92)
        if eye[2] > far - 0.38 * HEAD_M:
            continue
        if pose.closed:
            ends = [on(turn - 13, 17, 0.92), on(turn, 9, 0.92), on(turn + 13, 17, 0.92)]
            svg += stroke(path(ends), INK, 2)
        else:
            svg += disc(eye, 2.1, INK)
    return Piece(far - 0.1, svg)


def arrow(points: Sequence[tuple[float, float]], both: bool = False, width: float = 4.5) -> str:
    """A movement: a smooth line through the points on the page, with a head, or one at each end."""
    line = smooth(points)
    svg = stroke(path(line), "#fff", width + 3.5) + stroke(path(line), MOVE, width)
    for one in (line, line[::-1])[: 2 if both else 1]:
        svg += _arrow_head(one[-1], one[-4], width)
    return svg


def _arrow_head(tip: tuple[float, float], before: tuple[float, float], width: float) -> str:
    dx, dy = tip[0] - before[0], tip[1] - before[1]
    size = hypot(dx, dy) or 1.0
    dx, dy = dx / size, dy / size
    long, wide = 2.6 * width, 1.5 * width
    peak = (tip[0] + dx * 0.9 * long, tip[1] + dy * 0.9 * long)
    ends = [(tip[0] - dx * 2 - s * dy * wide, tip[1] - dy * 2 + s * dx * wide) for s in (1, -1)]
    return shape(path([peak, *ends], True), MOVE, "#fff", 1)


def smooth(points: Sequence[tuple[float, float]], steps: int = 8) -> list[tuple[float, float]]:
    """A Catmull-Rom curve through the points."""
    padded = [points[0], *points, points[-1]]
    out: list[tuple[float, float]] = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for k in range(steps):
            t = k / steps
            out.append(tuple(_spline(a[i], b[i], c[i], d[i], t) for i in (0, 1)))  # type: ignore[arg-type]
    return [*out, points[-1]]


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))


def ring(middle: tuple[float, float], rx: float, ry: float, first: float, last: float) -> list[tuple[float, float]]:
    """Points of an arc on the page, degrees from the right, clockwise."""
    angles = [radians(first + (last - first) * k / 8) for k in range(9)]
    return [(middle[0] + rx * cos(a), middle[1] + ry * sin(a)) for a in angles]


def text(at: tuple[float, float], words: str, size: float = 15, ink: str = INK) -> str:
    """Words in the middle of a place on the page."""
    place = f'x="{number(at[0])}" y="{number(at[1])}" font-size="{number(size)}"'
    look = f'font-weight="700" text-anchor="middle" fill="{ink}" font-family="{FONTS}"'
    return f"<text {place} {look}>{escape(words)}</text>"


def floor(view: View, half_m: float = 0.75, y: float = 0.0) -> Piece:
    """A soft patch that people stand on."""
    ring_ = [(half_m * cos(k * pi / 16), y + half_m * sin(k * pi / 16), 0.0) for k in range(32)]
    seen = [view.seen(point) for point in ring_]
    return Piece(1e6, shape(path(seen, True), "#eef1f4", width=0))


def scene(pieces: Iterable[Piece]) -> str:
    """Far pieces first."""
    return "".join(piece.svg for piece in sorted(pieces, key=lambda piece: -piece.far))


def figure(body: str, title: str) -> str:
    """One <svg> that says what it shows to whoever can't see it."""
    name = escape(title, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )
