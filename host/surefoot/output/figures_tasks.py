# SPDX-License-Identifier: MIT
"""The picture of a standing task from its levels: how the person stands, holds on, looks, and who is beside."""

from collections.abc import Mapping
from dataclasses import replace

from .figures_body import Arm, FigureError, Leg, Pose, standing
from .figures_draw import View, floor, person, scene
from .figures_things import SEAT_HALF_M, chair, corner, counting, eye, feet, hands, helper, pad, rocker, turning

OTHER = {"left": "right", "right": "left"}
CHAIR_AHEAD_M, CLEAR_M = 0.56, 0.12  # in front, its back towards the person; farther where it isn't held
STANDING_VIEW = View(at=(132.0, 222.0), scale=108.0)


def base_of(level: str, leg: str) -> dict[str, tuple[float, float]]:
    """Where each foot is, in metres; `leg` stands, or is in front."""
    sign = 1 if leg == "right" else -1
    other = OTHER[leg]
    places: Mapping[str, dict[str, tuple[float, float]]] = {
        "apart": {"left": (-0.12, 0.0), "right": (0.12, 0.0)},
        "together": {"left": (-0.052, 0.0), "right": (0.052, 0.0)},
        "semi-tandem": {leg: (sign * 0.052, 0.09), other: (-sign * 0.052, -0.09)},
        "tandem": {leg: (0.0, 0.14), other: (0.0, -0.14)},
        "single-leg": {leg: (sign * 0.055, 0.0), other: (-sign * 0.07, 0.05)},
    }
    if level not in places:
        raise FigureError(f"No figure shows feet '{level}': draw it in figures_tasks.py.")
    return places[level]


def standing_figure(levels: Mapping[str, str], leg: str, setting: str) -> str:
    """A person who stands, by the level of each axis; an axis that isn't there is at its easiest. `leg` stands, or is
    in front. FigureError for a level that nobody has drawn."""
    for axis, known in KNOWN.items():
        if levels.get(axis, known[0]) not in known:
            raise FigureError(f"No figure shows {axis} '{levels[axis]}': draw it in figures_tasks.py.")
    surface, support = levels.get("surface", "firm"), levels.get("support", "none")
    places = base_of(levels["base"], leg)
    lifted = OTHER[leg] if levels["base"] == "single-leg" else ""
    view = STANDING_VIEW
    pose = standing(places["left"], places["right"], Pose(base_m={"firm": 0.0, "foam": 0.1, "unstable": 0.14}[surface]))
    if lifted:
        pose = replace(pose, **{lifted: Leg(38, 3, 92, 10)})
    pose = _holding(replace(pose, closed=levels.get("vision") == "closed"), support)
    pieces, after = [floor(view)], ""
    if setting == "corner":
        pieces += corner(view)
    if support != "none" or setting == "corner":
        pieces += chair(view, 0.0, CHAIR_AHEAD_M + CLEAR_M * (support == "none"))
    if support != "none":
        after += hands(support)
    if levels.get("head") == "turning":
        pose = replace(pose, look=28)
        after += turning(view, pose)
    if levels.get("dual", "none") != "none":
        after += counting(view, pose)
    pieces += {"foam": pad, "unstable": rocker}[surface](view) if surface != "firm" else []
    pieces += person(view, pose)
    if setting in ("helper", "clinic"):
        pieces += helper(view, pose, badge=setting == "clinic")
    return scene(pieces) + after + eye(pose.closed) + feet(places, lifted, surface)


KNOWN = {
    "support": ("none", "two-hands", "fingertips"),
    "vision": ("open", "closed"),
    "surface": ("firm", "foam", "unstable"),
    "head": ("still", "turning"),
    "dual": ("none", "counting"),
}


def _holding(pose: Pose, support: str) -> Pose:
    rest = CHAIR_AHEAD_M - SEAT_HALF_M
    if support == "two-hands":
        arms = [Arm(hand=(sign * 0.17, rest, 0.94)) for sign in (-1, 1)]
        return replace(pose, left_arm=arms[0], right_arm=arms[1])
    if support == "fingertips":
        return replace(pose, right_arm=Arm(hand=(0.17, rest - 0.02, 1.0)))
    return pose
