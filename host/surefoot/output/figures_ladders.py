# SPDX-License-Identifier: MIT
"""The picture of a task of any ladder: each ladder's axes as things that are seen."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from surefoot.care.ladder import Ladder, Task
from surefoot.output.drawing import INK

from .figures_body import SIDES, Arm, FigureError, Leg, Pose, bent, joints, standing
from .figures_draw import (
    LEFT,
    THREE_QUARTER,
    Piece,
    View,
    arrow,
    box,
    disc,
    figure,
    floor,
    path,
    person,
    ring,
    scene,
    shape,
    slab,
    stroke,
    text,
)
from .figures_moves import FROM_SIDE, REST_M, SITTING_M, frame, moved, weight_shifts
from .figures_tasks import standing_figure
from .figures_things import chair, counting, foot, helper, rail, turning
from .figures_walks import STRIDE, SWING, SWINGS_BACK, footprints, ground, tandem_line

Levels = Mapping[str, str]
WALKER = View(yaw=THREE_QUARTER, pitch=10.0, at=(132.0, 222.0), scale=104.0)
STEPPING = replace(WALKER, at=(116.0, 222.0))


def task_figure(ladder: Ladder, task: Task, leg: str = "right", setting: str | None = None) -> str:
    """SVG of the task. `leg`: which stands, is in front or does more; `setting`: who is there (by default at the least
    needed). FigureError for a ladder or level that nobody has drawn."""
    levels = {axis.id: axis.levels[level] for axis, level in zip(ladder.axes, task, strict=True)}
    draw = LADDERS.get(ladder.id)
    if draw is None:
        raise FigureError(f"No figure shows the ladder {ladder.id}: draw it in figures_ladders.py.")
    return figure(draw(levels, leg, setting or ladder.setting(task)), f"{ladder.begins} {ladder.words(task)}".strip())


def _moving(levels: Levels, leg: str, setting: str) -> str:
    draw = MOVING.get(levels["task"])
    if draw is None:
        raise FigureError(f"No figure shows '{levels['task']}': draw it in figures_ladders.py.")
    return draw(setting)


def _with(view: View, pose: Pose, setting: str, *things: list[Piece]) -> str:
    """The person, whatever stands around, and a helper where one is needed."""
    beside = helper(view, pose, setting == "clinic") if setting in ("helper", "clinic") else []
    return scene([floor(view), *(one for thing in things for one in thing), *person(view, pose), *beside])


def _steps(_: str) -> str:
    """Steps to each side and back, seen from above as well."""
    pose = replace(standing((-0.10, -0.1), (0.10, 0.24)), right_arm=Arm(20, 24, 10), left_arm=Arm(-6, 24, 10))
    body = _with(STEPPING, pose, "home")
    middle = (292.0, 136.0)
    for dx, dy in ((0, -1), (1, 0), (0, 1), (-1, 0)):
        near, far = (middle[0] + 34 * dx, middle[1] + 40 * dy), (middle[0] + 54 * dx, middle[1] + 78 * dy)
        body += arrow([near, far], both=True, width=4)
    return (
        body
        + foot((middle[0] - 12, middle[1]), "left", length=50)
        + foot((middle[0] + 12, middle[1]), "right", length=50)
    )


def _reaches(_: str) -> str:
    """A reach ahead, and where else the arms go to, seen from above."""
    view = moved(FROM_SIDE, 0)
    leg = Leg(hip=16, knee=6, point=10, turn=4)
    body = frame(view, Pose(leg, leg, right_arm=Arm(forward=82, elbow=0, out=0), lean=26, at=(0.0, -0.1)))
    x, y = 286.0, 160.0
    body += foot((x - 12, y), "left", length=50) + foot((x + 12, y), "right", length=50)
    return body + "".join(
        arrow(line, width=4.5)
        for line in ([(x, y - 34), (x, y - 82)], [(x - 28, y), (x - 64, y)], [(x + 28, y), (x + 64, y)])
    )


def _tandem(held: bool) -> Callable[[str], str]:
    def draw(setting: str) -> str:
        pose = standing((0.0, -0.14), (0.0, 0.14), Pose(left_arm=Arm(0, 30, 6), right_arm=Arm(0, 30, 6)))
        pose = replace(pose, left_arm=Arm(hand=(-0.36, 0.2, REST_M))) if held else pose
        return _with(WALKER, pose, setting, rail(WALKER, -0.36, -0.3, 0.95) if held else []) + tandem_line()

    return draw


def _head_turns(setting: str) -> str:
    pose = Pose(*STRIDE, *SWING, look=40)
    return (
        _with(WALKER, pose, setting)
        + turning(WALKER, pose)
        + footprints((298.0, 214.0), 4)
        + arrow([(334, 200), (334, 84)])
    )


def _backward(setting: str) -> str:
    pose = Pose(Leg(18, 0, 6, 2, 4), Leg(-22, 0, 10, 22, 4), *SWINGS_BACK)
    return _with(WALKER, pose, setting) + footprints((298.0, 214.0), 4) + arrow([(334, 84), (334, 214)])


def _obstacles(setting: str) -> str:
    over = Pose(Leg(-6, 0, 4, 4, 4), Leg(66, 0, 74, 0, 4), *SWING)
    blocks = "".join(slab((x - 20, y - 6), (40, 12), width=2.4) for x, y in ((304, 190), (284, 140), (304, 90)))
    low = [replace(one, far=one.far - 0.2) for one in box(WALKER, (-0.25, 0.34, 0.0), (0.25, 0.44, 0.14), "#fff")]
    way = arrow(
        [(304, 240), (304, 200), (304, 176), (318, 150), (318, 128), (304, 104), (304, 84), (304, 56)], width=3.8
    )
    return _with(WALKER, over, setting, low) + blocks + way


def _counted(setting: str) -> str:
    pose = Pose(*STRIDE, *SWING)
    body = _with(WALKER, pose, setting) + footprints((298.0, 222.0), 3) + arrow([(334, 214), (334, 130)])
    return body + counting(WALKER, pose, "100, 97, 94")


MOVING: dict[str, Callable[[str], str]] = {
    "weight-shift": lambda _: weight_shifts(),
    "stepping": _steps,
    "reaching": _reaches,
    "tandem-rail": _tandem(True),
    "tandem": _tandem(False),
    "head-turns": _head_turns,
    "backward": _backward,
    "obstacles": _obstacles,
    "counting": _counted,
}
TIMES = {
    "5-times": ("5 \u00d7",),
    "8-times": ("8 \u00d7",),
    "10-times": ("10 \u00d7",),
    "twice-10": ("10 \u00d7", "+ 10 \u00d7"),
}


def _rising(levels: Levels, leg: str, setting: str) -> str:
    """Sitting and standing, the hands as they may help, a cushion under a raised seat, how often in figures."""
    hands, seat, base = levels["hands"], levels["seat"], levels["feet"]
    if levels["reps"] not in TIMES or hands not in ("both-hands", "one-hand", "crossed"):
        raise FigureError(f"No figure shows '{levels['reps']}' or '{hands}': draw it in figures_ladders.py.")
    rise = 0.1 if seat == "raised" else 0.0
    hips = SITTING_M + rise
    back = {side: -0.17 if base == "staggered" and side == leg else 0.0 for side in SIDES}
    legs = {side: bent(hips, 0.36 + back[side], 4.0, 4.0) for side in SIDES}
    held = {"both-hands": SIDES, "one-hand": ("right",), "crossed": ()}[hands]
    folded = hands == "crossed"
    arms = {
        side: Arm(hand=(-s * 0.27, 0.06, 0.67)) if side in held else _on_chest(s, 0.36 if folded else 0.3, 0.92 + rise)
        for s, side in ((1, "left"), (-1, "right"))
    }
    body, stood = "", 0.36 + min(back.values()) / 2
    one, two = (replace(FROM_SIDE, yaw=112.0, at=(x, 226.0)) for x in (84.0, 222.0))
    up = standing((-0.12, back["left"] / 2), (0.12, back["right"] / 2), Pose(at=(0.0, stood)))
    if folded:
        up = replace(up, left_arm=_on_chest(1, stood + 0.26, 1.22), right_arm=_on_chest(-1, stood + 0.26, 1.22))
    down = Pose(legs["left"], legs["right"], arms["left"], arms["right"], lean=22, hips_m=hips)
    for view, pose in ((one, down), (two, up)):
        things = chair(view, 0.0, -0.04, arms=True)
        if rise:
            things.append(_cushion(view))
        body += frame(view, pose, things, y=0.15)
        if setting in ("helper", "clinic") and view is two:
            body += _badge_of_company((322.0, 110.0))
    if base == "staggered":
        body += _staggered(leg)
    often = "".join(text((322, 36 + 24 * k), words, 21) for k, words in enumerate(TIMES[levels["reps"]]))
    fists = "".join(_fist((322 + dx, 118)) for dx in {2: (-17, 17), 1: (0,), 0: ()}[len(held)])
    return body + arrow([(112, 60), (140, 40), (170, 34)], both=True) + often + fists


def _on_chest(s: int, y: float, z: float) -> Arm:
    """An arm across, its hand before the other side of the chest."""
    return Arm(hand=(s * 0.14, y, z))


def _fist(at: tuple[float, float]) -> str:
    """A fist on an armrest, from the side of its knuckles."""
    x, y = at
    bar = stroke(path([(x - 15, y + 12), (x + 15, y + 12)]), "#5b6672", 7)
    wrist = stroke(path([(x, y - 6), (x, y - 22)]), INK, 11)
    return bar + wrist + "".join(slab((x - 12 + 6 * k, y - 2), (6, 19), INK, "#fff", 1, 3) for k in range(4))


def _cushion(view: View) -> Piece:
    """A thick cushion on the seat."""
    made = box(view, (-0.22, -0.25, 0.47), (0.22, 0.17, 0.57), "#b9c1ca")[0]
    return replace(made, far=view.seen((0.0, -0.04, 0.46))[2] - 0.05)


def _staggered(leg: str) -> str:
    return "".join(
        foot((322 + 14 * s, 182 + (30 if side == leg else -8)), side, length=46)
        for s, side in ((-1, "left"), (1, "right"))
    )


def _badge_of_company(at: tuple[float, float]) -> str:
    """Two people side by side: not alone."""
    x, y = at
    svg = ""
    for dx, fill in ((-9, INK), (9, "#fff")):
        body = [(x + dx - 8, y + 20), (x + dx - 7, y + 8), (x + dx, y + 4), (x + dx + 7, y + 8), (x + dx + 8, y + 20)]
        svg += shape(path(body, True), fill)
        svg += disc((x + dx, y - 4), 6.5, fill, width=2)
    return svg


def _walking(levels: Levels, leg: str, setting: str) -> str:
    """A walk: its ground, a clock with its minutes, what else is done."""
    minutes = levels["minutes"].partition("-")[0]
    extra = levels["extra"]
    if (
        not minutes.isdecimal()
        or extra not in ("plain", "looking", "carrying", "counting")
        or levels["pace"] not in ("own", "brisk")
    ):
        raise FigureError(f"No figure shows the walk {'/'.join(levels.values())}: draw it in figures_ladders.py.")
    brisk = levels["pace"] == "brisk"
    long = Pose(Leg(-24, 0, 14, 34, 4), Leg(30, 0, 4, -4, 4), Arm(40, 7, 70), Arm(-34, 7, 60), lean=8)
    pose = long if brisk else Pose(*STRIDE, *SWING)
    view = replace(WALKER, yaw=112.0, pitch=4.0, at=(150.0, 206.0), scale=98.0)
    after = ""
    if extra == "looking":
        pose = replace(pose, look=45)
        after = turning(view, pose)
    if extra == "carrying":
        pose = replace(pose, right_arm=Arm(0, 6, 2))
        after = _bag(view, pose)
    if extra == "counting":
        after = counting(view, pose)
    beside = helper(view, pose, setting == "clinic", (0.3, -0.62)) if setting in ("helper", "clinic") else []
    body = ground(levels["ground"]) + scene([*beside, *person(view, pose)]) + after
    lines = (
        "".join(stroke(path([(6 + 4 * k, 84 + 24 * k), (38 + 4 * k, 84 + 24 * k)]), INK, 3) for k in range(3))
        if brisk
        else ""
    )
    return body + lines + arrow([(208, 130), (228, 130), (246, 130)], width=6) + clock((306, 128), int(minutes))


def _bag(view: View, pose: Pose) -> str:
    x, y, _ = view.seen(joints(pose)["right_hand"])
    return stroke(path(ring((x, y + 10), 11, 11, 180, 360)), INK, 3) + (
        shape(path([(x - 17, y + 10), (x + 17, y + 10), (x + 20, y + 42), (x - 20, y + 42)], True), width=3)
    )


def clock(at: tuple[float, float], minutes: int) -> str:
    """A clock face with so many minutes filled in, and the number below."""
    x, y = at
    sector = [(x, y), *ring(at, 29, 29, -90, -90 + 6 * minutes)]
    svg = disc(at, 33, width=3)
    svg += shape(path(sector, True), LEFT, width=0)
    svg += "".join(
        stroke(path([ring(at, 29, 29, a, a)[0], ring(at, 25, 25, a, a)[0]]), INK, 2) for a in range(0, 360, 30)
    )
    return svg + text((x, y + 56), f"{minutes} min", 19)


LADDERS: dict[str, Callable[[Levels, str, str], str]] = {
    "standing": standing_figure,
    "dynamic": _moving,
    "strength": _rising,
    "walking": _walking,
}
