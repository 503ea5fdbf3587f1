# SPDX-License-Identifier: MIT
"""The page of a plan and its spoken form: plain, whole in itself, and never a helper's task for somebody alone."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from browser import browser
from pages import HOSTILE, Page
from surefoot.care.exercises import exercises
from surefoot.care.pain_stop import PainStop, pain_stop
from surefoot.care.plan import Item, Plan, exercise_item, ladder_of, task_item
from surefoot.care.plan_check import Shown, at_home
from surefoot.care.progression import load_rules
from surefoot.care.progression_values import FLAGS
from surefoot.care.safety_values import Blocks
from surefoot.output.plan_page import SPEAK, plan_page
from surefoot.output.plan_speech import of_card, speech
from surefoot.output.plan_view import SIGNS, PlanView, cards, dose, often, plan_view, stops

DAY = date(2026, 3, 2)
ALONE = (
    task_item("standing", "none/together", DAY),
    task_item("standing", "none/tandem", DAY, "left", hold_s=20.0),
    exercise_item("sit-to-stand", DAY),
    exercise_item("walk", DAY, minutes=15.0, exertion=4, note="Take your stick"),
)
BESIDE = (task_item("standing", "none/semi-tandem/closed", DAY), exercise_item("backward-walk", DAY))
CLINIC = (task_item("standing", "none/single-leg/closed", DAY),)
BANNED = ("diagnos", "predict", "prescri", "fall risk", "adherence", "rung", "parameter")


def view(items: tuple[Item, ...] = (*ALONE, *BESIDE, *CLINIC), company: str = "helper", **told) -> PlanView:
    plan = Plan(items, company, told.pop("call", ""), told.pop("note", ""))
    return plan_view("P001", plan, at_home(plan, Blocks(), {}), DAY, **told)


@pytest.fixture(scope="module")
def page() -> str:
    goals = [("Walk to school with my grandchild", "900 m a walk", "On the way: 640 m of 900 m.")]
    return plan_page(view(call="Ms Novak, 01 234", note="Well done so far.", goals=goals, told=["You made a start."]))


def test_how_hard_an_exercise_may_be_is_told_like_that_of_a_task():
    (card,) = cards([exercise_item("side-leg-raise", DAY, steadiness=2, exertion=4)])
    unsteady, hard = (
        "as unsteady as 2 of 5: “swayed a little”",
        "as hard as 4 of 10, and no harder (10: as hard as can be)",
    )
    assert card.felt == f"It may feel {unsteady}. It may be {hard}."


def test_all_that_may_be_done_is_on_the_page_in_its_place(page: str):
    words = Page(page).words
    assert page.count("<svg ") == len(ALONE) + len(BESIDE)
    beside = words.index("Only with your helper beside you")
    assert words.index("Go for a walk") < beside < words.index("eyes closed")
    assert words.index("Stop at once and sit down if") < words.index("What you do")
    for text in (
        "Then call Ms Novak, 01 234",
        "Well done so far.",
        "900 m a walk. On the way: 640 m of 900 m.",
        "15 minutes, two days a week.",
    ):
        assert text in words
    assert "on the left leg" not in words
    assert "left foot in front" in words
    assert "only together with your therapist" in words


def test_without_a_helper_nothing_of_theirs_is_told():
    for one in (view(company="corner"), view(helper=False)):
        told = plan_page(one) + " ".join(speech(one))
        assert "helper" not in told
        assert "eyes closed" not in told
        assert "backwards" not in told
        assert told.count("<svg ") == len(ALONE)


@pytest.mark.parametrize("item", [*ALONE, *BESIDE, *(exercise_item(name, DAY) for name in exercises())])
def test_words_are_plain_and_sentences_end(item: Item):
    (card,) = cards((item,))
    for line in of_card(card):
        assert line.endswith((".", ".”", "”.")), line
        assert len(line) <= 150
        assert "  " not in line
        assert not any(word in line.lower() for word in BANNED)
    assert card.dose
    assert card.often.endswith(("a week", "every day"))


@pytest.mark.parametrize(
    ("item", "title"),
    [
        (task_item("standing", "none/single-leg", DAY, "left"), "Stand without holding on, on the left leg"),
        (task_item("standing", "none/semi-tandem", DAY, "right"),
         "Stand without holding on, with one heel beside the other big toe, right foot in front"),
        (exercise_item("knee-curl", DAY, "left"), "Bend one knee behind you, left leg"),
    ],
)  # fmt: skip
def test_one_leg_is_named_and_nothing_sends_to_the_other(item: Item, title: str):
    (card,) = cards((item,))
    assert card.title == title
    assert "other leg" not in " ".join(of_card(card))
    both = cards((replace(item, leg=None),))[0]
    assert "other leg" in " ".join(of_card(both))
    assert both.title != card.title


def test_the_foot_that_is_further_back_is_named():
    item = task_item("strength", "crossed/10-times/standard/staggered", DAY, "right")
    assert cards((item,))[0].title.endswith("right foot back")


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (exercise_item("sit-to-stand", DAY, sets=2), "10 times, twice, three days a week"),
        (exercise_item("knee-curl", DAY), "10 times with each leg, three days a week"),
        (exercise_item("side-steps", DAY), "10 steps each way, three days a week"),
        (exercise_item("calf-stretch", DAY, days_per_week=7), "twice, 30 seconds each time with each leg, every day"),
        (exercise_item("walk", DAY, days_per_week=1), "10 minutes, one day a week"),
        (task_item("standing", "none/apart", DAY), "3 times, 10 seconds each time, three days a week"),
        (task_item("strength", "both-hands", DAY), "once, three days a week"),
    ],
)  # fmt: skip
def test_doses_in_words(item: Item, says: str):
    assert f"{dose(item)}, {often(item)}" == says


def test_when_to_stop_covers_every_warning_sign_and_the_rules_own_numbers():
    assert set(SIGNS) == set(FLAGS)
    numbers = next(row.numbers for row in load_rules().rows if row.id == "pain-limit")
    assert f"stronger than {numbers['peak']:g} of 10" in stops(pain_stop())[-1]
    assert f"rises by more than {numbers['rise']:g}" in stops(pain_stop())[-1]


@pytest.mark.parametrize(
    ("usual", "own", "says"),
    [
        (None, [{}], "pain gets stronger than 5 of 10, or rises by more than 2"),
        (
            None,
            [{}, {"pain-limit": {"peak": 3, "rise": 1}}],
            "pain gets stronger than 3 of 10, or rises by more than 1",
        ),
        (5, [{"pain-limit": {"peak": 3}}], "pain gets stronger than 7 of 10, or rises by more than 2"),
        (5, [{}, {"pain-limit": {"above_usual": 1}}], "pain gets stronger than 6 of 10, or rises by more than 2"),
        (6, [{}], "pain gets stronger than 7 of 10, or rises by more than 2"),  # 8 is severe, and locks
        (9, [{}], "pain gets stronger than 9 of 10, or rises by more than 2"),
    ],
)
def test_pain_stops_by_the_persons_own_numbers_and_the_strictest_ladder(usual: int | None, own: list, says: str):
    assert pain_stop(usual, own).words == says


def test_page_and_speech_say_when_this_person_stops():
    told = view(pain=PainStop(3, 1))
    for text in (Page(plan_page(told)).words, " ".join(speech(told)).lower()):
        assert "pain gets stronger than 3 of 10, or rises by more than 1" in text


def test_the_page_is_whole_in_itself_and_prints(page: str):
    assert not re.search(r'(?:src|href)="|@import|url\(', page)
    assert "@page { size: A4" in page
    assert "break-inside: avoid" in page
    printed = page[page.index("@media print") :]
    assert ".speak { display: none; }" in printed


def test_the_only_script_is_the_one_that_the_page_allows(page: str):
    allowed = b64encode(sha256(SPEAK.encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in page
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    assert scripts == [SPEAK]
    assert "speechSynthesis" in SPEAK
    assert not re.search(r"fetch|XMLHttp|https?:|import", SPEAK)


def test_the_voice_has_buttons_with_names_and_says_all_that_is_spoken(page: str):
    assert 'aria-label="Read the plan aloud"' in page
    assert 'aria-label="Stop reading aloud" hidden' in page
    spoken = " ".join(re.findall(r"data-say>(.*?)</(?:h1|h2|h3|p|li)>", page, re.S))
    for item in (*ALONE, *BESIDE):
        (card,) = cards((item,), company="helper" if item in BESIDE else None)
        for line in card.does:
            assert line.replace("'", "&#39;") in spoken


# A voice that speaks, one that refuses, and one that is never heard; each with what is marked and shown then.
VOICES = {
    "end": ("words.onstart(); words.onend()", [False, True, True]),
    "half": ("words.onstart(); if (window.said.length < 4) words.onend()", [True, False, True]),
    "error": ("words.onerror({error: 'not-allowed'})", [False, True, False]),
    "silent": ("", [False, True, False]),
}


def test_a_browser_without_a_voice_says_so_and_one_with_a_voice_reads_all(page: str, tmp_path: Path):
    with browser(tmp_path / "profile") as there:
        for name, (does, shown) in VOICES.items():
            fake = f"""
                window.said = []; window.count = 0; window.timers = new Map()
                window.setTimeout = call => {{ window.timers.set(++window.count, call); return window.count }}
                window.clearTimeout = one => window.timers.delete(one)
                window.SpeechSynthesisUtterance = function (text) {{ this.text = text }}
                Object.defineProperty(window, 'speechSynthesis', {{value: {{cancel() {{}}, speak(words) {{
                  window.said.push(words.text); {does}
                }}}}}})
            """
            script = there.call("Page.addScriptToEvaluateOnNewDocument", source=fake)["identifier"]
            path = tmp_path / f"{name}.html"
            path.write_text(page, "utf-8")
            there.open(path)
            seen = there.run(READ)
            there.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
            assert seen["shown"] == shown, name
            assert seen["said"] == {"end": seen["pieces"], "half": 4}.get(name, 1), name


# Whether a piece is marked, and whether the buttons for quiet and the words that there is no voice are hidden.
READ = """
(() => {
  document.getElementById('speak').click()
  for (const call of [...window.timers.values()]) call()
  const hidden = ['hush', 'mute'].map(id => document.getElementById(id).hidden)
  return {shown: [!!document.querySelector('.saying'), ...hidden], said: window.said.length,
          pieces: document.querySelectorAll('[data-say]').length}
})()
"""


def test_speech_is_short_sentences_in_order():
    lines = speech(view(call="Ms Novak"))
    assert lines[0] == "This is your plan."
    assert lines[-1] == "That is all."
    assert "There are 4 things to do." in lines
    assert lines.index("Then call Ms Novak.") < lines.index(
        "Number 1. Stand without holding on, with the feet together."
    )
    assert lines.index("These only with your helper beside you.") < next(
        k for k, line in enumerate(lines) if line.startswith("Number 5.")
    )
    assert "Take your stick." in lines


def test_an_empty_plan_and_a_locked_one():
    empty = plan_view("P001", Plan(), Shown((), (), ()), DAY)
    assert "There is nothing in your plan yet. Ask your therapist." in Page(plan_page(empty)).words
    assert speech(empty) == ("There is nothing in your plan yet.", "Ask your therapist.")
    waits = replace(empty, more=True)
    words = Page(plan_page(waits)).words
    assert "For now there is nothing for you to do alone. Talk to your therapist before you train." in words
    assert "Some things" not in words
    assert "For now there is nothing for you to do alone." in speech(waits)
    locked = replace(empty, instead="Seated marching, ten times a day.", more=True)
    words = Page(plan_page(locked)).words
    assert "For now: Seated marching, ten times a day." in words
    assert "Stop at once and sit down if" in words
    assert "nothing in your plan" not in words
    assert speech(locked) == ("For now: Seated marching, ten times a day.",)


@pytest.mark.parametrize("text", HOSTILE)
def test_words_that_people_type_stay_words(text: str):
    item = exercise_item("walk", DAY, note=text)
    made = plan_page(view((item,), call=text, note=text, goals=[(text, text, text)], told=[text]))
    plain = Page(plan_page(view((item,), call="x", note="x", goals=[("x", "x", "x")], told=["x"])))
    assert [tag for tag, _ in Page(made).tags if tag != "b"] == [tag for tag, _ in plain.tags if tag != "b"]


def test_the_same_plan_gives_the_same_bytes(page: str):
    goals = [("Walk to school with my grandchild", "900 m a walk", "On the way: 640 m of 900 m.")]
    again = plan_page(view(call="Ms Novak, 01 234", note="Well done so far.", goals=goals, told=["You made a start."]))
    assert again == page


def test_every_task_of_every_suggested_walk_has_a_card():
    for name in ("standing", "dynamic", "strength", "walking"):
        ladder = ladder_of(name)
        made = cards([task_item(name, ladder.name(task), DAY) for task in ladder.walk])
        assert len({card.figure for card in made}) == len(made)
        assert len({card.title for card in made}) == len(made)
        assert all(card.need or name == "walking" for card in made)
