# SPDX-License-Identifier: MIT
"""The page for the person who walked: plain, true, without alarm, whatever of a walk is missing."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from pages import HOSTILE, Page
from surefoot.clinic.walk_values import BOTH, BUTTON, TYPED, Goal, KeptWalk, Said, Walker
from surefoot.device.virtual import VIRTUAL_ID
from surefoot.output import page
from surefoot.output.walk_page_patient import patient_view, quantity
from surefoot.output.walk_page_weeks import measure_of, progress, weeks
from walkpages import NOW, document, failed, kept, lengths_of_few
from walkpages import in_utc as in_utc

BANNED = ("diagnos", "predict", "prescri", "abnormal", "fall risk")
JARGON = (
    "stance", "swing", "cadence", "gait", "asymmetr", "support", "bout", "stride", "imu", "sensor", "analys",
    "parameter", "calibrat", "warning", "error", "worse", "decline", "poor", "fail",
)  # fmt: skip
WEEKLY = Goal("To the bakery and back", "gait_distance_m", 800.0, "week", "2026-12-24")


def text_of(walks: tuple[KeptWalk, ...], goal: Goal | None = None, now=NOW) -> str:
    return page.render("walk_patient.html.j2", **patient_view(Walker("P001", goal=goal), walks, now))


def words_of(walks: tuple[KeptWalk, ...], goal: Goal | None = None, now=NOW) -> str:
    return Page(text_of(walks, goal, now)).words


def bars(text: str) -> list[float]:
    return [float(one) for one in re.findall(r'class="bar" style="width: ([\d.]+)%"', text)]


def test_the_first_walk_ever_has_its_own_numbers():
    walk = kept()
    told = {key: one["value"] for key, one in walk.entry["parameters"].items()}
    text = text_of((walk,))
    found = Page(text)
    values = [value for value, _ in found.data]
    for key in ("gait_distance_m", "gait_steps", "gait_walking_s"):
        assert told[key] in values
    assert f"about {quantity('gait_distance_m', told['gait_distance_m'])}" in found.words
    assert f"{told['gait_steps']:.0f} steps" in found.words
    assert "Today, Thursday 26 November 2026" in found.words
    assert "You have not told us yet." in found.words
    assert "tell your therapist the number" in found.words
    assert "1: steady. 5: lost my balance." in found.words
    assert "No goal is kept yet." in found.words
    assert "This week" in found.words
    assert "Last week" not in found.words
    assert "If anything worries you, ring your therapist." in found.words


def test_no_script_no_link_and_no_style_from_elsewhere():
    text = text_of((kept(said=Said(4, 1, 2, 3, "fine")),), WEEKLY)
    found = Page(text)
    tags = [tag for tag, _ in found.tags]
    assert not {"script", "link", "img", "iframe", "form", "a"} & set(tags)
    assert "http://" not in text
    assert "https://" not in text
    assert "default-src 'none'" in text
    assert tags.count("html") == tags.count("main") == tags.count("h1") == 1


@pytest.mark.parametrize(
    ("by", "told"),
    [(TYPED, ""), (BUTTON, "You told us this by button."), (BOTH, "You told us this in part by button.")],
)
def test_what_was_told_by_the_button_is_said_to_be(by: str, told: str):
    walk = kept(said=Said(2, None, 4, by=by))
    assert told in (words := words_of((walk,)))
    assert "Pain after the walk: 4 of 10." in words
    assert "by button" not in words_of((kept(said=None),))


def test_a_goal_without_a_stop_counts_no_walk_with_one_and_says_why():
    goal = Goal("walk to school with my grandchild", "gait_distance_m", 900.0, "walk", without_stop=True)
    made = document()
    walk = kept(0, sums={"gait_distance_m": 950.0}, entry=made)
    made["parameters"] |= {key: {"value": value} for key, value in (("gait_bouts", 2.0), ("gait_pauses", 1.0))}
    words = words_of((walk,), goal)
    assert "900 metres a walk, without a stop." in words.replace("stop .", "stop.")
    assert "Measured: about 950 metres. It does not count for your goal: it had 2 stops." in words
    assert "reached" not in words
    made["parameters"] |= {"gait_bouts": {"value": 1.0}, "gait_pauses": {"value": 0.0}}
    assert "You reached your goal. Well done." in words_of((walk,), goal)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1.2, "1 second"), (59.4, "59 seconds"), (59.6, "1 minute 0 seconds"), (61, "1 minute 1 second"),
        (754, "12 minutes"), (3599.6, "1 hour 0 minutes"), (7384, "2 hours 3 minutes"),
    ],
)  # fmt: skip
def test_times_in_words(seconds: float, words: str):
    assert quantity("gait_walking_s", seconds) == words


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("gait_steps", 1.0, "1 step"), ("gait_steps", 1234.0, "1\u202f234 steps"),
        ("gait_distance_m", 87.4, "87 metres"),
        ("gait_distance_m", 1236.0, "1\u202f240 metres"),
    ],
)  # fmt: skip
def test_sums_in_words(key: str, value: float, words: str):
    assert quantity(key, value) == words


def test_where_metres_are_not_known_steps_are_told_and_said_to_be():
    walk = lengths_of_few(kept())
    text = text_of((walk,))
    found = Page(text)
    assert "Metres are not known for this walk, so your steps are counted." in found.words
    assert 2.6 not in [value for value, _ in found.data]
    assert "How far" in found.words
    assert "metres" not in found.words.replace("Metres are", "")


def test_much_lost_makes_it_at_least():
    made = document()
    made["missing_rows"] = round(0.3 * made["rows"])
    walk = kept(entry=made)
    assert "at least" in words_of((walk,))
    assert "Some of this walk was not recorded" in words_of((walk,))


def test_who_did_not_stand_at_the_end_is_asked_to_the_next_time():
    made = document()
    made["weight"] = {"opening": {"mean_n": 700.0, "left_pct": 50.0}, "closing": {"absent": "The person walked off."}}
    words = words_of((kept(entry=made),))
    assert "stand still for a few seconds when you begin, and again before you end the walk" in words
    assert "walked off" not in words
    made["weight"]["closing"] = made["weight"]["opening"]
    assert "stand still" not in words_of((kept(entry=made),))


def test_a_board_without_a_clock():
    words = words_of((kept(None),), replace(WEEKLY, per="day"))
    assert "The day of this walk is not known: the clock in the box was not set." in words
    assert "1 walk has no date" in words
    assert "The day of your walks is not known" in words
    assert "This week" not in words
    assert "not known" in words_of((replace(kept(), begun_utc="yesterday"),))


def test_a_last_walk_that_could_not_be_analysed_is_said_kindly_and_the_one_before_is_shown():
    good = kept(3)
    text = text_of((good, failed(0)))
    found = Page(text)
    assert "Your walk of Thursday 26 November 2026 was kept, but it could not be read yet. You did nothing wrong" in (
        found.words
    )
    assert "This page shows the walk before it." in found.words
    assert "Monday 23 November 2026" in found.words
    assert good.entry["parameters"]["gait_steps"]["value"] in [value for value, _ in found.data]
    assert "at least" in found.words  # of the week: one of its walks doesn't tell


def test_nothing_but_walks_that_could_not_be_analysed():
    words = words_of((failed(8, "a-1"), failed(None, "a-2")), WEEKLY)
    assert "Your newest walk was kept, but it could not be read yet." in words
    assert "How far and how long" not in words
    assert "not measured 1 walk on 1 day" in words.replace("measured1", "measured 1")


def test_one_insole_says_nothing_of_left_and_right():
    text = text_of((kept(feet="left"),))
    found = Page(text)
    assert "Only your left foot was measured in this walk." in found.words
    assert "evenly" not in found.words
    assert "seconds" not in found.words.split("Left and right")[1].split("How steady")[0]


def stood(left_s: float, right_s: float, sd_s: float = 0.01, count: int = 50) -> KeptWalk:
    """A walk whose feet stand so long."""
    made = document()
    spread = [sd_s * (1 if n % 2 else -1) for n in range(2 * count)]
    made["strides"] = {
        "foot": ["left", "right"] * count,
        "excluded": [""] * 2 * count,
        "stance_s": [(left_s, right_s)[n % 2] + spread[n // 2] for n in range(2 * count)],
        "stride_s": [1.1] * 2 * count,
    }
    for foot, value in (("left", left_s), ("right", right_s)):
        made["parameters"][f"{foot}_gait_stance_time_s"] = {"value": value, "unit": "s", "strides": count}
    return kept(entry=made)


@pytest.mark.parametrize(
    ("left_s", "right_s", "said"),
    [
        (0.70, 0.72, "Your left and right foot shared the time on the ground about evenly."),
        (0.70, 0.671, "Your left and right foot shared the time on the ground about evenly."),
        (0.70, 0.75, "your right foot was on the ground longer than your left foot"),
        (0.90, 0.70, "your left foot was on the ground longer than your right foot"),
    ],
)
def test_left_and_right_beside_their_measurement_error(left_s: float, right_s: float, said: str):
    text = text_of((stood(left_s, right_s),))
    found = Page(text)
    assert said in found.words
    assert (left_s, f"{left_s:.2f} seconds") in found.data
    assert (right_s, f"{right_s:.2f} seconds") in found.data
    assert bars(text)[:2] == pytest.approx([100 * one / max(left_s, right_s) for one in (left_s, right_s)], abs=0.06)


def test_left_and_right_with_too_large_an_error_or_none_say_nothing():
    assert "Left and right" not in words_of((stood(0.70, 0.70, sd_s=0.2, count=15),))
    unknown = kept()
    for foot in ("left", "right"):
        unknown.entry["parameters"].pop(f"{foot}_gait_stance_time_s")
    assert "Left and right" not in words_of((unknown,))


def test_their_own_rating_and_pain_in_plain_words():
    text = text_of((kept(said=Said(2, 0, 3, 5, "It rained.")),))
    found = Page(text)
    assert "You gave it 2 of 5." in found.words
    assert [attributes["class"] for tag, attributes in found.tags if attributes.get("class") == "box mine"] == [
        "box mine"
    ]
    assert "Pain before the walk: 0 of 10." in found.words
    assert "Pain after the walk: 3 of 10." in found.words
    assert "How hard it was: 5 of 10." in found.words
    assert "You said: \u201cIt rained.\u201d" in found.words
    assert "not told us" not in found.words
    half = words_of((kept(said=Said(None, None, 3)),))
    assert "You have not told us yet." in half
    assert "Pain before" not in half


@pytest.mark.parametrize(
    ("metres", "share", "said"),
    [
        (80.0, 10.0, "You are on the way to your goal."),
        (404.0, 50.5, "You are half way to your goal."),
        (600.0, 75.0, "You are more than half way to your goal."),
        (800.0, 100.0, "You reached your goal. Well done."),
        (1000.0, 100.0, "You reached your goal. Well done."),
    ],
)
def test_towards_their_goal(metres: float, share: float, said: str):
    text = text_of((kept(7, sums={"gait_distance_m": 640.0}), kept(0, sums={"gait_distance_m": metres})), WEEKLY)
    found = Page(text)
    assert "\u201cTo the bakery and back\u201d" in found.words
    assert "800 metres a week. Until 24 December 2026." in found.words
    assert said in found.words
    goal = text.split("Your goal")[1]
    assert bars(goal) == pytest.approx([share, 100 * metres / max(metres, 800), 64_000 / max(metres, 800)], abs=0.06)


def test_a_goal_without_a_walk_this_week_of_a_day_and_of_a_walk():
    walks = (kept(9, sums={"gait_steps": 100.0}), kept(9, name="x-2", sums={"gait_steps": 150.0}))
    assert "This week" in (words := words_of(walks, WEEKLY))
    assert "No walk yet this week." in words
    assert " 0 metres" not in words
    steps = replace(WEEKLY, measure="gait_steps", value=500.0, per="day")
    made = progress(steps, walks, NOW)
    assert (made.value, made.share, made.walks) == (250.0, 0.5, 2)
    assert "On 17 November" in words_of(walks, steps)
    made = progress(replace(steps, per="walk"), walks, NOW)
    assert (made.value, made.walks) == (150.0, 1)
    assert "Until" not in words_of(walks, replace(steps, by_date="2026-02-30"))
    past = words_of(walks, replace(steps, by_date="2026-11-01"))
    assert "This goal ran until 1 November 2026. You can set the next one with your therapist." in past


def test_a_goal_in_metres_where_none_are_known_shows_no_bar_and_says_so():
    text = text_of((lengths_of_few(kept()),), WEEKLY)
    assert "Metres were not measured, so there is nothing to set beside your goal this time." in Page(text).words
    assert not bars(text.split("Your goal")[1].split("Your weeks")[0])
    assert "Steps of each week" in Page(text).words


def test_weeks_with_a_break_and_with_days_that_tell_too_little():
    walks = (
        kept(100, sums={"gait_distance_m": 9999.0}),
        kept(36, sums={"gait_distance_m": 300.0}),
        kept(35, sums={"gait_distance_m": 200.0}),
        lengths_of_few(kept(15)),
        failed(7),
        kept(6, sums={"gait_distance_m": 400.0}),
        kept(0, sums={"gait_distance_m": 100.0}),
    )
    rows = weeks(walks, "gait_distance_m", NOW)
    assert [row.value for row in rows] == [None, None, 500.0, None, None, None, 400.0, 100.0]
    assert [(row.walks, row.days, row.untold) for row in rows[2:]] == [
        (2, 2, 0), (0, 0, 0), (0, 0, 0), (1, 1, 1), (2, 2, 1), (1, 1, 0),
    ]  # fmt: skip
    text = text_of(walks, WEEKLY)
    shown = Page(text.split("Your weeks")[1]).words
    for said in (
        "no walk",
        "not measured",
        "at least 400 metres",
        "500 metres",
        "2 walks on 2 days",
        "26 October to 1",
    ):
        assert said in shown
    assert bars(text.split("Your weeks")[1]) == pytest.approx([100 / 8, 400 / 8, 500 / 8], abs=0.06)
    assert text.count('class="goal"') == 8
    assert "9999" not in text


def test_the_week_begins_on_monday_and_the_year_may_turn():
    new_year = NOW.replace(year=2027, month=1, day=2)
    days = (new_year.date() - NOW.date()).days
    walks = (kept(-(days - 6)), kept(-(days - 5)), kept(-(days - 1)))  # Sunday, Monday, New Year's Day
    rows = weeks(walks, "gait_steps", new_year)
    assert [(row.begin.isoformat(), row.walks) for row in rows] == [("2026-12-21", 1), ("2026-12-28", 2)]


def test_what_the_weeks_are_shown_in():
    whole, few = kept(), lengths_of_few(kept())
    assert measure_of(None, (whole, failed())) == "gait_distance_m"
    assert measure_of(None, (whole, few)) == "gait_steps"
    assert measure_of(WEEKLY, (whole, few)) == "gait_distance_m"
    assert measure_of(WEEKLY, (few,)) == "gait_steps"
    assert measure_of(None, (failed(),)) == "gait_walking_s"


def test_true_encouragement_only():
    short = [kept(days, sums={"gait_walking_s": 100.0}) for days in (5, 3)]
    assert "This was the longest of your 3 walks." in words_of((*short, kept(0, sums={"gait_walking_s": 120.0})))
    for last in (kept(0, sums={"gait_walking_s": 104.0}), failed(0)):
        assert "longest" not in words_of((*short, last))
    assert "longest" not in words_of((short[0], kept(0, sums={"gait_walking_s": 900.0})))
    assert "You are walking again. Welcome back." in words_of((kept(20), kept(1)))
    assert "Welcome back" not in words_of((kept(20), kept(10)))
    assert "Welcome back" not in words_of((kept(8), kept(1)))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_own_words_are_text_and_nothing_else(hostile: str):
    text = text_of((kept(said=Said(3, note=hostile)),), replace(WEEKLY, words=hostile))
    found = Page(text)
    tags = [tag for tag, _ in found.tags]
    assert "script" not in tags
    assert "img" not in tags
    assert found.words.count(" ".join(hostile.split())) >= 2


def states() -> dict[str, tuple[tuple[KeptWalk, ...], Goal | None]]:
    return {
        "first": ((kept(),), None),
        "no clock": ((kept(None, said=Said(1, 8, 10, 10)),), WEEKLY),
        "failed": ((kept(40), failed()), WEEKLY),
        "all failed": ((failed(),), None),
        "one insole": ((kept(feet="left"),), WEEKLY),
        "no waist": ((kept(feet="insoles"),), WEEKLY),
        "less": ((kept(8, sums={"gait_steps": 5000.0}), kept(0, sums={"gait_steps": 10.0})), WEEKLY),
        "break": ((kept(50),), WEEKLY),
        "uneven": ((stood(1.2, 0.5),), None),
    }


@pytest.mark.parametrize("state", states())
def test_no_jargon_no_alarm_no_claim(state: str):
    walks, goal = states()[state]
    words = words_of(walks, goal).lower()
    never = (*BANNED, *JARGON, "nan", "none", "inf ", "undefined")
    assert not [word for word in never if re.search(rf"\b{word}", words)]
    assert "it is not a medical device" in words


def test_a_simulated_walk_says_so():
    made = document()
    made["device"] = VIRTUAL_ID + "0"
    assert "Nobody walked here" in words_of((kept(entry=made),))
    assert "Nobody walked here" not in words_of((kept(),))


def test_days_are_those_of_this_place(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "XXX-14")  # fourteen hours ahead of UTC, where ten o'clock is midnight
    time.tzset()
    assert "Friday 27 November 2026, 00:00" in words_of((kept(0),), now=NOW.astimezone())


def test_yesterday_is_by_the_calendar():
    assert "Yesterday, " in words_of((kept(1),), now=NOW + timedelta(hours=6))
    assert "Yesterday, " not in words_of((kept(2),))
