# SPDX-License-Identifier: MIT
"""Goals: what can be one, how far it is, and that nothing is said of it that isn't so."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from math import inf
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.care.file_schema import check_schema, schema_of
from surefoot.care.goal import checked, goal_document, goal_of, goal_of_test, mdc_of, progress, small, target
from surefoot.care.goal_values import (
    AWAY,
    NOT_COUNTED,
    NOT_MEASURED,
    ON_THE_WAY,
    REACHED,
    UNSURE,
    WITHIN,
    Goal,
    Progress,
    Reading,
)
from surefoot.care.protocol import load_protocol
from surefoot.clinic.walk_values import KeptWalk, walk_goal
from surefoot.errors import ProtocolError
from surefoot.measures.table import MEASURES
from surefoot.output.goal_readings import UNDATED, of_walks

DAY = date(2026, 3, 2)
SCHOOL = Goal("walk to school with my grandchild", "gait_distance_m", 900.0, "walk", "2026-06-01", without_stop=True)
ROAD = Goal("cross the road in time", "speed_mps", 1.0, "test", protocol="walk-10m", baseline=0.7, mdc=0.17)
CHAIR = Goal("get up from the sofa", "elapsed_s", 12.0, "test", protocol="sit-to-stand-5", baseline=18.0, mdc=2.5)


def reading(value: float | None, days: int = 0, at_least: bool = False) -> Reading:
    return Reading(DAY + timedelta(days=days), value, at_least)


@pytest.mark.parametrize(
    ("goal", "value", "state", "says"),
    [
        (SCHOOL, 640, ON_THE_WAY, "640 m of 900 m"),
        (SCHOOL, 900, REACHED, "Reached: 900 m."),
        (SCHOOL, None, NOT_MEASURED, "Not measured"),
        (replace(SCHOOL, baseline=300.0), 200, AWAY, "less than at the start"),
        (ROAD, 0.80, WITHIN, "within measurement error of the start (0.17 m/s)"),
        (ROAD, 0.90, ON_THE_WAY, "0.90 m/s now, and 1.00 m/s is the goal"),
        (ROAD, 1.02, REACHED, "Reached: 1.02 m/s."),
        (ROAD, 0.50, AWAY, "further from the goal than at the start"),
        (replace(ROAD, mdc=None), 0.9, UNSURE, "no measurement error is known"),
        (replace(ROAD, baseline=None), 0.9, UNSURE, "no number from the start"),
        (CHAIR, 17.0, WITHIN, "within measurement error"),
        (CHAIR, 14.0, ON_THE_WAY, "14.00 s now"),
        (CHAIR, 12.0, REACHED, "Reached"),
        (CHAIR, 21.0, AWAY, "further from the goal"),
    ],
)  # fmt: skip
def test_progress_is_told_as_it_is(goal: Goal, value: float | None, state: str, says: str):
    made = progress(goal, [reading(value)])
    assert made.state == state
    assert says in made.sentence


def test_a_goal_reached_within_measurement_error_says_so():
    near = replace(ROAD, value=0.8)
    made = progress(near, [reading(0.82)])
    assert (made.state, made.sure) == (REACHED, False)
    assert "measure again" in made.sentence
    assert progress(near, [reading(0.95)]).sure is True
    assert progress(replace(near, mdc=None), [reading(0.95)]).sure is None
    assert "won't show a real change" in (small(near) or "")
    assert small(ROAD) is None


def test_the_newest_number_counts_and_older_ones_than_the_start_do_not():
    goal = replace(ROAD, baseline_on=str(DAY))
    assert progress(goal, [reading(1.1, -5)]).state == NOT_MEASURED
    assert progress(goal, [reading(1.1, 1), reading(0.9, 8)]).state == ON_THE_WAY
    assert progress(goal, [reading(1.1, 1), reading(None, 8)]).state == REACHED
    assert progress(goal, []).state == NOT_MEASURED


def test_a_sum_of_which_a_part_is_not_known_is_at_least():
    weekly = replace(SCHOOL, per="week", without_stop=False, baseline=500.0)
    made = progress(weekly, [reading(400, at_least=True)])
    assert made.state == ON_THE_WAY
    assert "at least 400 m" in made.sentence


@given(st.floats(0.05, 3), st.floats(0.05, 2), st.floats(0.1, 3), st.floats(0.01, 1), st.booleans())
@settings(max_examples=80, deadline=None)
def test_never_on_the_way_within_error_and_never_reached_below_the_target(
    start: float, further: float, now: float, mdc: float, lower: bool
):
    goal = replace(
        CHAIR if lower else ROAD,
        baseline=start,
        value=max(start - further, 0.01) if lower else start + further,
        mdc=mdc,
    )
    made = progress(goal, [reading(now)])
    gain = start - now if lower else now - start
    there = now <= goal.value if lower else now >= goal.value
    assert (made.state == REACHED) == there
    if made.state == ON_THE_WAY:
        assert gain > mdc
    if made.state == WITHIN:
        assert abs(gain) <= mdc
    if made.state == AWAY:
        assert gain < 0
    assert made.share is None or 0 <= made.share <= 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"words": "  "}, "own words"),
        ({"words": "x" * 201}, "own words"),
        ({"measure": "gait_joy"}, "no measure 'gait_joy'"),
        ({"measure": "gait_pci_pct"}, "gait_distance_m"),
        ({"per": "year"}, "walk, day, week"),
        ({"per": "test"}, "names it"),
        ({"per": "week"}, "Without a stop"),
        ({"value": 0.0}, "above 0"),
        ({"value": inf}, "above 0"),
        ({"value": 2e6}, "above 0"),
        ({"baseline": -1.0}, "above 0"),
        ({"baseline": 900.0}, "no better"),
        ({"by_date": "soon"}, "no date"),
        ({"by_date": "2026-03-01"}, "is over"),
    ],
)
def test_what_can_be_no_goal(changes: dict, says: str):
    with pytest.raises(ProtocolError, match=says):
        checked(replace(SCHOOL, **changes), DAY)


def test_a_goal_of_a_test_takes_its_primary_measure_and_a_checked_error():
    goal = goal_of_test(" cross the road ", load_protocol("walk-10m"), 1.0, baseline=0.7)
    assert (goal.measure, goal.protocol, goal.words) == ("speed_mps", "walk-10m", "cross the road")
    assert goal.mdc is None or goal.mdc_source
    with pytest.raises(ProtocolError, match="no result of which more or less is better"):
        goal_of_test("stand still", load_protocol("quiet-stance"), 5.0)


def test_recalled_errors_are_never_taken_by_themselves():
    for name in ("tug", "sit-to-stand-5"):
        assert mdc_of(load_protocol(name), 15.0) == (None, "")
    given_ = goal_of_test("get up", load_protocol("tug"), 12.0, baseline=15.0, mdc=2.9, mdc_source="Flansbjer 2005")
    assert (given_.mdc, given_.mdc_source) == (2.9, "Flansbjer 2005")


def test_targets_in_words():
    assert target(SCHOOL) == "900 m a walk, without a stop"
    assert target(CHAIR) == "Time from start to end: 12.00 s or less"
    assert target(ROAD) == "Walking speed: 1.00 m/s"
    assert MEASURES["elapsed_s"].better == "lower"


def test_documents_go_there_and_back_and_the_walkers_file_keeps_its_part():
    rules = schema_of("clinic/goal.schema.json")
    for goal in (SCHOOL, ROAD, replace(CHAIR, ended="reached", baseline_on=str(DAY), mdc_source="a paper")):
        document = json.loads(json.dumps(goal_document(goal)))
        check_schema(document, rules, Path("goal"))
        assert goal_of(document) == goal
    kept = walk_goal(SCHOOL)
    assert kept is not None
    assert set(kept) == set(schema_of("walker.schema.json")["properties"]["goal"]["properties"])
    assert walk_goal(None) is None


def walk(day: int, metres: float | None, bouts: float = 1, pauses: float = 0) -> KeptWalk:
    told = {"gait_steps": 1000.0, "gait_bouts": bouts, "gait_pauses": pauses}
    told |= {} if metres is None else {"gait_distance_m": metres}
    parameters = {key: {"value": value, "unit": "", "strides": 990} for key, value in told.items()}
    return KeptWalk(f"w{day}", f"2026-03-{day:02d}T12:00:00Z", {"parameters": parameters})


def test_walks_become_readings_of_a_walk_a_day_or_a_week():
    walks = [walk(2, 300), walk(2, 200), walk(4, None), walk(10, 700)]
    bare = replace(SCHOOL, without_stop=False)
    assert [one.value for one in of_walks(walks, bare)] == [300, 200, None, 700]
    assert [one.value for one in of_walks(walks, replace(bare, per="day"))] == [500, None, 700]
    weekly = of_walks(walks, replace(bare, per="week"))
    assert [(one.value, one.at_least) for one in weekly] == [(500, True), (700, False)]


def test_what_was_measured_and_does_not_count_is_told_with_the_reason():
    part = walk(3, 612)
    part.entry["parameters"]["gait_distance_m"]["strides"] = 620
    unknown = walk(4, 950)
    del unknown.entry["parameters"]["gait_pauses"]
    empty = walk(5, None)
    empty.entry["parameters"]["gait_steps"]["value"] = 0
    says = [
        (part, "Measured on 3 March 2026: 612 m. It doesn't count: only 62 % of its strides have a length."),
        (unknown, "Measured on 4 March 2026: 950 m. It doesn't count: whether it had a stop is not known."),
        (walk(6, None), "What was walked on 6 March 2026 doesn't count: the length of its strides is not known."),
        (empty, "What was walked on 5 March 2026 doesn't count: no steps were found in it."),
    ]
    for one, words in says:
        found = of_walks([one], SCHOOL)
        assert progress(SCHOOL, found) == Progress(NOT_COUNTED, words, found[0])
    newer = progress(SCHOOL, of_walks([walk(2, 640), part], SCHOOL))
    assert (newer.state, newer.sentence) == (ON_THE_WAY, f"On the way: 640 m of 900 m. {says[0][1]}")
    older = progress(SCHOOL, of_walks([part, walk(4, 640)], SCHOOL))
    assert older.sentence == "On the way: 640 m of 900 m."
    daily = replace(SCHOOL, per="day", without_stop=False)
    assert progress(daily, of_walks([part, part], daily)).sentence.startswith("Measured on 3 March 2026: 1224 m. It")
    assert progress(SCHOOL, [replace(of_walks([part], SCHOOL)[0], on=DAY - timedelta(days=9))]).state == NOT_COUNTED
    late = replace(SCHOOL, baseline=100.0, baseline_on="2026-03-08")
    assert progress(late, of_walks([part], SCHOOL)).state == NOT_MEASURED


def test_times_of_a_goal_are_in_minutes():
    garden = Goal("an hour in the garden", "gait_walking_s", 1800.0, "day")
    assert target(garden) == "30 min a day"
    assert "On the way: 10 min 5 s of 30 min." in progress(garden, [reading(605)]).sentence
    assert "On the way: 0 s of 30 min." in progress(garden, [reading(0.2)]).sentence
    assert "On the way: 29 min 59 s of 30 min." in progress(garden, [reading(1799.7)]).sentence, "not 30 of 30"


def test_a_walk_with_a_stop_says_nothing_of_a_goal_without_one():
    found = of_walks([walk(2, 950, bouts=2), walk(3, 950, pauses=1), walk(4, 940)], SCHOOL)
    assert [one.value for one in found] == [None, None, 940]
    assert progress(SCHOOL, found).state == REACHED
    made = progress(SCHOOL, found[:2])
    assert (made.state, made.share) == (NOT_COUNTED, None)
    assert made.sentence == "Measured on 3 March 2026: 950 m. It doesn't count: it had 1 stop."
    undated = replace(walk(5, 999), begun_utc=None)
    assert of_walks([undated], SCHOOL) == ()
    (brought,) = of_walks([replace(undated, fetched_utc="2026-03-07T12:00:00Z")], SCHOOL)
    made = progress(SCHOOL, [brought])
    assert (made.reading, made.sentence) == (brought, f"Measured on 7 March 2026: 999 m. It doesn't count: {UNDATED}.")
