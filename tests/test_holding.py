# SPDX-License-Identifier: MIT
"""How long a trial was held: by the marks, by what the person did, and by what became of the recording."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from streams import session
from surefoot.clinic.holding import hold
from surefoot.decode import Decoded, Event, Ping, decode
from surefoot.device.clock import fit
from surefoot.signals import GRAVITY_MS2, Signals

RATE_HZ = 100
ROWS = 4000
T0_US = 7_000_000


def still(**changes) -> Signals:
    """A person who stands like a post for 40 s."""
    acc = np.tile((0.0, 0.0, GRAVITY_MS2), (ROWS, 1))
    values = {
        "rate_hz": float(RATE_HZ),
        "t_s": np.arange(ROWS) / RATE_HZ,
        "t0_us": float(T0_US),
        "cell_force_n": np.full((ROWS, 16), 20.0, np.float32),
        "foot_force_n": np.full((ROWS, 2), 350.0),
        "foot_cop_m": np.zeros((ROWS, 2, 2)),
        "acc_ms2": acc,
        "gyr_dps": np.zeros((ROWS, 3)),
        "lost_cells": np.zeros(ROWS, bool),
        "lost_imu": np.zeros(ROWS, bool),
        "saturated": np.zeros(ROWS, bool),
        "off_insoles": np.zeros(ROWS, bool),
        "load_n": 700.0,
        "dead_cells": (),
        "calibration_id": "test",
        "nominal": False,
        "clock": None,
        "loss": {},
        "warnings": (),
    }
    return Signals(**{**values, **changes})


def marked(start_s: float | None = 4.0, end_s: float | None = 34.0, reason: str = "complete") -> Decoded:
    events = [
        Event(round(T0_US + 1e6 * at_s), "mark", text)
        for at_s, text in ((start_s, "start"), (end_s, "end"))
        if at_s is not None
    ]
    notes = ({"note": "stop", "reason": reason},)
    return replace(decode(session(0.1).data), events=tuple(events), notes=notes)


def test_a_full_hold_is_the_target_to_the_sample():
    got = hold(marked(), still(), 30.0)
    assert (got.begin, got.end, got.held_s, got.ended) == (400, 3400, 30.0, "complete")
    assert got.sentence is None


def test_a_mark_that_was_lost_is_found_by_the_hosts_note_and_the_clock_map():
    pings = [Ping(k, 100.0 + k, 100.002 + k, T0_US + k * 1_000_000, T0_US + k * 1_000_000 + 100) for k in range(40)]
    notes = (
        {"note": "cue", "cue": "start", "t_host_s": 104.001},
        {"note": "cue", "cue": "end", "t_host_s": 134.001},
        {"note": "stop", "reason": "complete"},
    )
    decoded = replace(marked(None, None), notes=notes)
    got = hold(decoded, still(clock=fit(pings)), 30.0)
    assert abs(got.begin - 400) <= 1
    assert got.ended == "complete"


def test_no_start_cue_is_an_interrupted_trial_and_not_a_number():
    got = hold(marked(None, None), still(), 30.0)
    assert (got.begin, got.end, got.held_s, got.ended) == (0, 0, 0.0, "interrupted")
    assert "repeat" in (got.sentence or "")


@pytest.mark.parametrize(("reason", "words"), [("unplugged", "unplugged"), ("observer", "observer stopped it")])
def test_what_ended_it_before_the_start_cue_is_said(reason, words):
    got = hold(marked(None, None, reason), still(), 30.0)
    assert (got.held_s, got.ended) == (0.0, "interrupted")
    assert words in (got.sentence or "")


@pytest.mark.parametrize("rows", [1, 300, 399, 400, 401, 404, 409, 410, 411, 450, 500])
def test_a_cable_pulled_about_the_start_cue_is_a_short_trial_and_no_crash(rows):
    whole = still()
    cut = {key: value[:rows] for key, value in vars(whole).items() if isinstance(value, np.ndarray)}
    got = hold(marked(end_s=None, reason="unplugged"), replace(whole, **cut), 30.0)
    assert got.ended == "interrupted"
    assert got.held_s == pytest.approx(max(rows - 400, 0) / RATE_HZ)
    assert 0 <= got.begin <= got.end <= rows


def test_an_insole_that_was_never_there_is_no_lifted_foot():
    force = np.full((ROWS, 2), 350.0)
    force[:, 0] = np.nan
    assert hold(marked(), still(foot_force_n=force), 30.0).ended == "complete"


@pytest.mark.parametrize(
    ("reason", "ended", "words"),
    [
        ("observer", "stopped", "observer"),
        ("unplugged", "interrupted", "unplugged"),
        ("restarted", "interrupted", "restarted"),
        ("silent", "interrupted", "fell silent"),
        ("refused", "interrupted", "refused"),
        ("link", "interrupted", "line to the board"),
        ("", "interrupted", "breaks off"),
    ],
)
def test_what_broke_the_trial_off_is_named(reason, ended, words):
    got = hold(marked(end_s=16.5, reason=reason), still(), 30.0)
    assert got.held_s == pytest.approx(12.5, abs=0.011)
    assert got.ended == ended
    assert words in (got.sentence or "")


def test_stepping_off_the_insoles_ends_the_hold_where_it_happened():
    off = np.zeros(ROWS, bool)
    off[1900:] = True
    got = hold(marked(), still(off_insoles=off), 30.0)
    assert (got.held_s, got.ended) == (15.0, "step")
    assert "off the insoles" in (got.sentence or "")


def test_one_lifted_foot_is_a_step_but_a_blink_of_the_signal_is_not():
    force = np.full((ROWS, 2), 350.0)
    force[1000:1010, 0] = 0.0
    assert hold(marked(), still(foot_force_n=force), 30.0).ended == "complete"
    force[2400:2460, 1] = 2.0
    got = hold(marked(), still(foot_force_n=force), 30.0)
    assert (got.held_s, got.ended) == (20.0, "step")


def test_what_happens_before_the_cue_and_after_the_end_does_not_count():
    off = np.zeros(ROWS, bool)
    off[:380] = True
    off[3420:] = True
    assert hold(marked(), still(off_insoles=off), 30.0).ended == "complete"


def test_a_fall_is_called_a_fall_even_where_a_foot_left_first():
    off = np.zeros(ROWS, bool)
    off[1450:] = True
    acc = np.tile((0.0, 0.0, GRAVITY_MS2), (ROWS, 1))
    acc[1500:] = (0.0, GRAVITY_MS2 * np.sin(1.2), GRAVITY_MS2 * np.cos(1.2))
    got = hold(marked(), still(off_insoles=off, acc_ms2=acc), 30.0)
    assert got.ended == "fall"
    assert got.held_s == 10.5


@pytest.mark.parametrize("size_g", [3.0, 0.2])
def test_an_impact_and_a_free_fall_end_the_trial(size_g):
    acc = np.tile((0.0, 0.0, GRAVITY_MS2), (ROWS, 1))
    acc[2000:2020, 2] = size_g * GRAVITY_MS2
    got = hold(marked(), still(acc_ms2=acc), 30.0)
    assert (got.ended, got.held_s) == ("fall", 16.0)


def test_lost_imu_samples_are_no_fall():
    acc = np.tile((0.0, 0.0, GRAVITY_MS2), (ROWS, 1))
    acc[1000:1500] = np.nan
    force = np.full((ROWS, 2), 350.0)
    force[1600:1700] = np.nan
    assert hold(marked(), still(acc_ms2=acc, foot_force_n=force), 30.0).ended == "complete"
