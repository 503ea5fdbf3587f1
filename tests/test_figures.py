# SPDX-License-Identifier: MIT
"""Drawn figures: every task and exercise has one, no two look the same, bodies keep their lengths."""

from __future__ import annotations

import itertools
import re
from functools import cache
from math import dist, isfinite
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.care.exercises import exercises
from surefoot.care.ladder import Ladder, Task, ladder_names, load_ladder
from surefoot.output.figures import FIGURES, FigureError, exercise_figure, task_figure
from surefoot.output.figures_body import (
    ANKLE_M,
    FOREARM_M,
    SHANK_M,
    SIDES,
    THIGH_M,
    TRUNK_M,
    UPPER_M,
    Arm,
    Leg,
    Pose,
    bent,
    joints,
    standing,
)
from surefoot.output.figures_draw import HEIGHT, LEFT, RIGHT, WIDTH, View, box, limb, scene
from surefoot.output.figures_moves import BACK_M as HELD_M
from surefoot.output.figures_moves import FROM_SIDE, holding, moved
from surefoot.output.figures_tasks import CHAIR_AHEAD_M, STANDING_VIEW, standing_figure
from surefoot.output.figures_things import BACK_M as CHAIR_BACK_M
from surefoot.output.figures_things import SEAT_HALF_M, WOOD

SVG = "{http://www.w3.org/2000/svg}"
LADDERS = {name: load_ladder(name) for name in ladder_names()}


def tasks(ladder: Ladder) -> list[Task]:
    return list(itertools.product(*(range(len(axis.levels)) for axis in ladder.axes)))


@cache
def pictures(name: str) -> dict[Task, str]:
    """Every task of a ladder, drawn."""
    return {task: task_figure(LADDERS[name], task) for task in tasks(LADDERS[name])}


def drawing(svg: str) -> str:
    """A figure without what it says of itself."""
    return re.sub(r' aria-label="[^"]*"|<title>.*?</title>', "", svg)


def numbers(svg: str) -> list[float]:
    """Coordinates of paths, circles and words."""
    found = [one for d in re.findall(r' d="([^"]+)"', svg) for one in re.findall(r"-?\d+(?:\.\d+)?", d)]
    found += re.findall(r' (?:x|y|cx|cy)="(-?[\d.]+)"', svg)
    return [float(one) for one in found]


@pytest.mark.parametrize("name", LADDERS)
def test_every_task_of_every_ladder_is_drawn_within_its_frame(name: str):
    for task, svg in pictures(name).items():
        assert "nan" not in svg
        found = numbers(svg)
        assert found
        assert all(isfinite(one) for one in found)
        assert -12 <= min(found) <= max(found) <= WIDTH + 12, LADDERS[name].name(task)
        for text in re.findall(r'<text x="([\d.]+)" y="([\d.]+)"', svg):
            assert 0 < float(text[0]) < WIDTH
            assert 0 < float(text[1]) < HEIGHT


@pytest.mark.parametrize("name", LADDERS)
def test_no_two_tasks_of_a_ladder_look_the_same(name: str):
    drawn = [drawing(svg) for svg in pictures(name).values()]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("name", LADDERS)
def test_a_figure_is_one_svg_that_says_what_it_shows_and_fetches_nothing(name: str):
    ladder = LADDERS[name]
    for task in ladder.walk:
        svg = pictures(name)[task]
        root = ElementTree.fromstring(svg)
        assert root.tag == f"{SVG}svg"
        assert root.get("role") == "img"
        assert root.get("aria-label") == root.findtext(f"{SVG}title") == f"{ladder.begins} {ladder.words(task)}"
        assert not re.search(r"href|url\(|<image|<script|<style|font-face", svg)


@pytest.mark.parametrize("name", LADDERS)
def test_a_task_of_one_leg_shows_which(name: str):
    ladder = LADDERS[name]
    one_legged = [task for task in ladder.walk if ladder.one_legged(task)]
    assert one_legged or name in ("dynamic", "walking")
    for task in one_legged:
        assert drawing(task_figure(ladder, task, "left")) != drawing(task_figure(ladder, task, "right"))


def test_the_same_task_gives_the_same_bytes():
    ladder = LADDERS["standing"]
    again = [task_figure(ladder, task) for task in ladder.walk]
    assert again == [pictures("standing")[task] for task in ladder.walk]


@pytest.mark.parametrize(
    ("axis", "level"), [("vision", "closed"), ("surface", "foam"), ("surface", "unstable"), ("head", "turning")]
)
def test_a_level_changes_the_picture(axis: str, level: str):
    plain = standing_figure({"base": "apart"}, "right", "home")
    assert standing_figure({"base": "apart", axis: level}, "right", "home") != plain


def test_company_is_in_the_picture():
    found = {
        setting: standing_figure({"base": "tandem"}, "right", setting)
        for setting in ("home", "corner", "helper", "clinic")
    }
    assert len(set(found.values())) == 4
    heads = {setting: svg.count('r="14.6"') for setting, svg in found.items()}
    assert heads == {"home": 1, "corner": 1, "helper": 2, "clinic": 2}


@pytest.mark.parametrize("level", ["one-toe", "none"])
def test_what_nobody_has_drawn_is_said(level: str):
    with pytest.raises(FigureError, match=f"'{level}'"):
        standing_figure({"base": level}, "right", "home")
    with pytest.raises(FigureError, match="surface 'ice'"):
        standing_figure({"base": "apart", "surface": "ice"}, "right", "home")


def test_a_ladder_that_nobody_has_drawn_is_said():
    from dataclasses import replace

    with pytest.raises(FigureError, match="ladder swimming"):
        task_figure(replace(LADDERS["walking"], id="swimming"), (0, 0, 0, 0))


def test_every_exercise_has_a_figure_of_its_own_and_every_figure_an_exercise():
    used = [one.figure for one in exercises().values()]
    assert sorted(used) == sorted(FIGURES)
    drawn = {one.id: exercise_figure(one) for one in exercises().values()}
    assert len({drawing(svg) for svg in drawn.values()}) == len(drawn)
    for name, svg in drawn.items():
        ElementTree.fromstring(svg)
        assert exercises()[name].title in svg
        found = numbers(svg)
        assert -12 <= min(found) <= max(found) <= WIDTH + 12, name


def test_the_left_leg_is_the_right_one_in_a_mirror():
    for one in exercises().values():
        right, left = exercise_figure(one, "right"), exercise_figure(one, "left")
        assert right == exercise_figure(one)
        if "<text" in right:
            assert left == right
            continue
        assert (right.count(f'"{RIGHT}"'), right.count(f'"{LEFT}"')) == (
            left.count(f'"{LEFT}"'),
            left.count(f'"{RIGHT}"'),
        )
        assert "matrix(-1 0 0 1" in left
        ElementTree.fromstring(left)


def test_an_exercise_without_a_figure_is_said():
    from dataclasses import replace

    with pytest.raises(FigureError, match="no figure 'dance'"):
        exercise_figure(replace(exercises()["walk"], figure="dance"))


ANGLES = st.floats(-90, 120)
LEGS = st.builds(Leg, ANGLES, st.floats(-20, 60), st.floats(0, 140), st.floats(-40, 60), st.floats(-20, 30))
ARMS = st.builds(Arm, ANGLES, st.floats(-20, 120), st.floats(0, 140))
POSES = st.builds(Pose, LEGS, LEGS, ARMS, ARMS, st.floats(-30, 60), st.floats(-20, 20))


@given(POSES)
@settings(max_examples=60, deadline=None)
def test_bodies_keep_their_lengths_and_stand_on_the_floor(pose: Pose):
    at = joints(pose)
    for side in SIDES:
        assert dist(at[f"{side}_hip"], at[f"{side}_knee"]) == pytest.approx(THIGH_M)
        assert dist(at[f"{side}_knee"], at[f"{side}_ankle"]) == pytest.approx(SHANK_M)
        assert dist(at[f"{side}_shoulder"], at[f"{side}_elbow"]) == pytest.approx(UPPER_M)
        assert dist(at[f"{side}_elbow"], at[f"{side}_hand"]) == pytest.approx(FOREARM_M)
    assert dist(at["pelvis"], at["neck"]) == pytest.approx(TRUNK_M)
    lowest = min(at[f"{side}_{part}"][2] for side in SIDES for part in ("heel", "toe", "knee", "ankle", "hip"))
    assert lowest == pytest.approx(0, abs=1e-9)


@given(st.floats(-0.2, 0.3), st.floats(0.1, 0.5), st.floats(0.8, 1.4))
@settings(max_examples=40, deadline=None)
def test_a_hand_reaches_what_it_can_reach(x: float, y: float, z: float):
    at = joints(Pose(right_arm=Arm(hand=(x, y, z))))
    assert dist(at["right_shoulder"], at["right_elbow"]) == pytest.approx(UPPER_M)
    assert dist(at["right_elbow"], at["right_hand"]) == pytest.approx(FOREARM_M)
    if 0.09 < dist(at["right_shoulder"], (x, y, z)) < UPPER_M + FOREARM_M - 0.01:
        assert at["right_hand"] == pytest.approx((x, y, z))


@given(st.floats(0.5, 0.88), st.floats(-0.25, 0.25))
@settings(max_examples=40, deadline=None)
def test_a_bent_leg_has_its_foot_flat_where_it_should_be(hips_m: float, ahead_m: float):
    leg = bent(hips_m, ahead_m, out=0.0, turn=0.0)
    at = joints(Pose(leg, leg, hips_m=hips_m))
    assert at["left_heel"][2] == pytest.approx(at["left_toe"][2])
    if (hips_m - ANKLE_M) ** 2 + ahead_m**2 < (THIGH_M + SHANK_M) ** 2:
        assert at["left_toe"][2] == pytest.approx(0, abs=1e-9)
        assert at["left_ankle"][1] == pytest.approx(ahead_m)


def test_feet_stand_where_they_are_put():
    at = joints(standing((0.0, -0.14), (0.0, 0.14)))
    assert at["left_ankle"][:2] == pytest.approx((0.0, -0.14))
    assert at["right_ankle"][:2] == pytest.approx((0.0, 0.14))
    assert at["left_ankle"][2] == pytest.approx(at["right_ankle"][2])


@pytest.mark.parametrize("name", ["heel-raises", "toe-raises", "knee-bends", "back-leg-raise", "knee-curl"])
def test_a_chair_that_is_held_has_its_back_where_the_hands_are(name: str):
    pose = holding(Pose(), HELD_M)
    for view in (FROM_SIDE, moved(FROM_SIDE, 165.0)):
        assert back_of_chair(view, HELD_M) in exercise_figure(exercises()[name])
        assert dist(joints(pose)["right_hand"], (0.17, HELD_M, CHAIR_BACK_M)) < 0.1


@pytest.mark.parametrize("support", ["two-hands", "fingertips"])
def test_the_back_of_the_chair_of_a_standing_task_is_to_the_person(support: str):
    drawn = standing_figure({"base": "apart", "support": support}, "right", "home")
    back_m = CHAIR_AHEAD_M - SEAT_HALF_M
    assert back_of_chair(STANDING_VIEW, back_m) in drawn
    assert back_of_chair(STANDING_VIEW, back_m + 2 * SEAT_HALF_M) not in drawn


def back_of_chair(view: View, y: float) -> str:
    """The upper bar of a chair's back that stands so far ahead."""
    return limb(view, [(-0.23, y, CHAIR_BACK_M), (0.23, y, CHAIR_BACK_M)], WOOD, 0.032).svg


def test_near_things_are_drawn_over_far_ones():
    view = View(yaw=90.0)
    near, far = box(view, (0.5, 0, 0), (0.6, 0.1, 0.1), "#111111"), box(view, (-0.6, 0, 0), (-0.5, 0.1, 0.1), "#222222")
    svg = scene([*near, *far])
    assert svg.index("#222222") < svg.index("#111111")
