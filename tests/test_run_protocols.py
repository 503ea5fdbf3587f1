# SPDX-License-Identifier: MIT
"""Protocols on the virtual board: a few of each kind in every run, all with every rule and mark in a soak."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acting import Cast
from protocol_page import PAGE
from protocol_truth import BEGIN, END, Stage, only, passed, pressed, row, short, stage
from surefoot.care.protocol import load_protocol, protocol_names
from surefoot.measures import MEASURES
from surefoot.recording import read

pytestmark = pytest.mark.long

# One of each kind, and of each way to end.
KINDS = {
    "single-leg-stance": "eyes-open",
    "limits-of-stability": "lean",
    "tug": "tug",
    "sit-to-stand-30s": "stands",
    "range-of-motion-trunk": "flexion",
    "functional-reach": "forward",
}


@pytest.fixture(scope="module")
def here():
    with stage() as made:
        yield made


@pytest.mark.parametrize("name", KINDS)
def test_a_trial_of_each_kind_is_passed(here: Stage, name: str):
    protocol = short(load_protocol(name))
    assert passed(here, only(protocol, protocol.condition(KINDS[name]))) == []


def test_a_tug_has_the_times_of_what_was_done_and_the_key_goes_before_the_detector(here: Stage):
    protocol = only(load_protocol("tug"), load_protocol("tug").conditions[0])
    _, result, cast = here.session(protocol)
    trial = result["trials"][0]
    by = {mark["by"]: mark["t_s"] for mark in trial["marks"] if mark["mark"] == "finish"}
    seated_s = cast._act.what.truth.all("seated")[-1].begin_s  # type: ignore[union-attr]
    assert by["observer"] == pytest.approx(seated_s + 0.3, abs=0.1)
    assert trial["measures"]["elapsed_s"]["value"] == pytest.approx(seated_s, abs=0.15)
    clinical = next(one for one in result["outcomes"] if one["id"] == "clinical")
    assert clinical["value"] == by["observer"]
    assert {event["kind"] for event in trial["events"] if event["detector"] == "tug"} >= {"turn", "walk_out", "seated"}


def test_a_lean_has_its_own_numbers_and_says_why_it_has_no_sway(here: Stage):
    protocol = short(load_protocol("limits-of-stability"))
    _, result, _ = here.session(only(protocol, protocol.conditions[0]))
    trial = result["trials"][0]
    assert "los_maximum_pct" in trial["measures"]
    assert not [key for key in trial["measures"] if key.startswith(("cop_", "left_", "trunk_", "stability"))]
    assert "on purpose" in trial["not_reported"]["cop_velocity_mmps"]
    assert not [why for why in trial["not_reported"].values() if "longer trial" in why]
    assert not [text for text in trial["warnings"] if "sway" in text]


def test_without_keys_the_device_ends_what_it_can_see(here: Stage):
    protocol = only(load_protocol("tug"), load_protocol("tug").conditions[0])
    protocol = replace(protocol, conditions=(replace(protocol.conditions[0], timeout_s=25.0),))
    _, result, _ = here.session(protocol, lambda cast: setattr(cast, "keys", ()))
    assert result["trials"][0]["ended"] == "complete"
    assert [mark["by"] for mark in result["trials"][0]["marks"] if mark["mark"] == "finish"] == ["device"]


def test_a_mark_is_in_the_recording_on_both_clocks(here: Stage):
    protocol = short(load_protocol("quiet-stance"))
    _, made = pressed(here, protocol, protocol.mark("helped"))
    assert made == 1
    decoded = read(here.folder / f"{here.number:03d}" / "01-eyes-open.sfr")
    notes = {note["mark"]: note["t_host_s"] for note in decoded.notes if note["note"] == "mark"}
    starts = {note["cue"]: note["t_host_s"] for note in decoded.notes if note["note"] == "cue"}
    events = {event.text: event.t_us for event in decoded.events if event.code == "mark"}
    on_the_board_s = (events["mark helped"] - events["start"]) * 1e-6
    assert notes["helped"] - starts["start"] == pytest.approx(on_the_board_s, abs=0.05)


def test_a_trial_thrown_out_is_done_again_under_its_own_name(here: Stage):
    protocol = load_protocol("tug")
    result, made = pressed(here, protocol, protocol.mark("early"))
    assert made == 2
    assert [trial["recording"] for trial in result["trials"]] == ["01-tug.sfr", "02-tug.sfr"]
    assert [trial["ended"] for trial in result["trials"]] == ["stopped", "complete"]


def test_practice_comes_first_and_counts_for_nothing(here: Stage):
    protocol = short(load_protocol("limits-of-stability"))
    lean = replace(protocol.conditions[0], targets=protocol.conditions[0].targets[:1])
    outcome, result, _ = here.session(replace(protocol, conditions=(lean,)))
    names = [path.name for path in outcome.recordings]
    assert names == ["01-lean-forward-practice.sfr", "02-lean-forward.sfr"]
    assert [trial["practice"] for trial in result["trials"]] == [True, False]
    assert next(one for one in result["outcomes"] if one["id"] == "maximum")["of"] == ("lean/forward/1",)
    told = set(result["trials"][1]["measures"]) | set(result["trials"][1]["not_reported"])
    assert {key for key in MEASURES if key.startswith("los_")} | {"weight_distribution_index"} <= told


def test_the_person_of_a_stance_is_asked_for_their_leg(here: Stage):
    protocol = short(load_protocol("single-leg-stance"))
    here.session(only(protocol, protocol.conditions[0]))
    assert read(here.folder / f"{here.number:03d}" / "01-eyes-open.sfr").head["leg"] == "right"


def test_keys_are_told_at_once_and_nothing_else_is_shown(here: Stage):
    protocol = short(load_protocol("quiet-stance"))
    casts: list[Cast] = []

    def prepare(cast: Cast) -> None:
        cast.keys = ((1.0, "n"), (1.5, "z"), (2.0, "s"))
        casts.append(cast)

    here.session(only(protocol, protocol.conditions[0]), prepare)
    told = [moment.text for moment in casts[0].moments if moment.kind == "mark"]
    assert told == ["1.0 s: Something else worth a note", "[z] is no mark here", told[2]]
    assert told[2].startswith("2.0 s: A step")


def test_the_page_says_of_every_protocol_what_was_run():
    table = PAGE.read_text("utf-8").split(BEGIN)[1].split(END)[0]
    assert [line.split("`")[1] for line in table.splitlines()[2:]] == list(protocol_names())


@pytest.mark.soak
@pytest.mark.parametrize("name", protocol_names())
def test_every_protocol_with_every_rule_and_mark(name: str):
    made = row(name)
    assert made.wrong == []
    assert made.whole
    table = PAGE.read_text("utf-8").split(BEGIN)[1].split(END)[0]
    assert made.line() in table
