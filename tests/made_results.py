# SPDX-License-Identifier: MIT
"""Results of sessions that nobody did: each test's trials by rule, its outcomes by the code that makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from surefoot.care.outcome import done_of, outcomes, skipped
from surefoot.care.protocol import Protocol, load_protocol, protocol_summary
from surefoot.care.score import balance_score, romberg_quotients
from surefoot.measures import MEASURES
from surefoot.output.measure_view import FIRST

TOLD = {
    "aid": "none",
    "assistance": "none",
    "footwear": "own shoes",
    "orthosis": "none",
    "medication": "none",
    "minutes_since_dose": None,
    "session": 1,
    "age_years": 72.0,
    "sex": "female",
}
PLACED = {"heel_distance_mm": 170.0, "foot_angle_deg": 7.0}
MADE = "bw4z10/100Hz/trim3/v1/cal-a1"


def trial(protocol: Protocol, condition: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """One trial of a condition, done to the end by hand unless told otherwise."""
    one = protocol.condition(condition)
    entry = {"condition": condition, "trial": number, "kind": one.kind, "surface": one.surface, "vision": one.vision}
    entry |= {"recording": "", "ended": "complete", "by_hand": True, "measures": {}, "not_reported": {}, "warnings": []}
    entry |= {"held_s": None, "target_s": one.hold_s or None, "marks": [], "events": [], "typed": {}, "target": None}
    return entry | more


def by_device(numbers: Mapping[str, float], made: str = MADE, **more: Any) -> dict[str, Any]:
    """What a trial has of the device."""
    measures = {
        k: {"value": v, "unit": MEASURES[k].unit, "fingerprint": made, "lost_share": 0.0} for k, v in numbers.items()
    }
    lost = {
        "cells": {"expected": 3000, "lost": 3, "causes": {"late": 3}},
        "imu": {"expected": 3120, "lost": 0, "causes": {}},
    }
    return {
        "by_hand": False,
        "measures": measures,
        "recording": "01.sfr",
        "duration_s": 30.2,
        "lost_share": 0.001,
        "lost": lost,
        "cop_noise_mm": 0.05,
        "clock": {"offset_s": 1.0, "skew_ppm": 12.0, "bound_s": 0.001},
        "calibration": {"id": made.split("/")[-1], "nominal": False},
    } | more


def sway(velocity_mmps: float, research: bool = True) -> dict[str, float]:
    """Numbers of a stand, with the velocity given."""
    rng = np.random.default_rng(5)
    keys = [*FIRST, "trunk_jerk_m2ps5", "load_asymmetry"] + ["research_sampen_ml", "research_dfa_ap"] * research
    return {key: float(rng.uniform(0.5, 5)) for key in keys} | {"cop_velocity_mmps": velocity_mmps}


def stand(protocol: Protocol, condition: str, velocity_mmps: float, number: int = 1, made: str = MADE, **more: Any):
    """A stand seen by the device."""
    held_s = protocol.condition(condition).hold_s
    return trial(protocol, condition, number, **by_device(sway(velocity_mmps), made), held_s=held_s) | more


def result_of(protocol: Protocol, trials: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """A result as the device's or the typist's code makes it."""
    done = [done_of(one) for one in trials]
    holds = [one for one in trials if one["held_s"] is not None]
    standing = all(condition.kind == "hold" for condition in protocol.conditions)
    return {
        "person": "P-07",
        "protocol": protocol_summary(protocol),
        "created_utc": "2025-03-04T05:06:07Z",
        "simulated": False,
        "placement": PLACED if protocol.placement else None,
        "trials": list(trials),
        "outcomes": [asdict(one) for one in outcomes(protocol, done)],
        "skipped": skipped(protocol, done),
        "circumstances": dict(TOLD),
        "comparisons": romberg_quotients(protocol, holds) if standing else {},
        "score": balance_score(protocol, holds) if standing else {},
        "versions": {"software": "0.2.0"},
    } | more


def quiet(eyes_open: float = 8.0, eyes_closed: float = 12.0, made: str = MADE, **more: Any) -> dict[str, Any]:
    protocol = load_protocol("quiet-stance")
    velocities = (("eyes-open", eyes_open), ("eyes-closed", eyes_closed))
    return result_of(protocol, [stand(protocol, key, value, made=made) for key, value in velocities], **more)


def tug(elapsed_s: float = 11.3, hand: bool = False, **more: Any) -> dict[str, Any]:
    protocol = load_protocol("tug")
    marks = [
        {
            "mark": "arms-used",
            "label": "Used the arms to stand up or sit down",
            "t_s": 0.8,
            "by": "observer",
            "value": None,
        }
    ]
    if hand:
        one = trial(protocol, "tug", typed={"elapsed_s": elapsed_s}, marks=marks, watched=False)
    else:
        phases = [
            ("sit-to-stand", 0.5, "rise 1"),
            ("turn", 4.1, "left"),
            ("turn", 8.0, "left"),
            ("tug", elapsed_s, "seated"),
        ]
        events = [{"detector": kind, "kind": side, "t_s": t, "confidence": 0.8} for kind, t, side in phases]
        numbers = {"elapsed_s": elapsed_s, "movement_s": elapsed_s - 0.6, "steps": 14.0}
        one = trial(protocol, "tug", marks=marks, events=events, **by_device(numbers))
    return result_of(protocol, [one], **more)


def chair(**more: Any) -> dict[str, Any]:
    protocol = load_protocol("sit-to-stand-5")
    events = [{"kind": "sit-to-stand", "t_s": 1.0 + 2.4 * k, "confidence": 0.7 + 0.05 * k} for k in range(5)]
    one = trial(protocol, "five", events=events, **by_device({"elapsed_s": 12.9, "to_fifth_stand_s": 11.8}))
    return result_of(protocol, [one], **more)


def mctsib(fails: bool = True, **more: Any) -> dict[str, Any]:
    """Three conditions held at once, the last one failed and tried three times."""
    protocol = load_protocol("mctsib")
    trials = [stand(protocol, c.id, 9.0 + 6 * n) for n, c in enumerate(protocol.conditions[:3])]
    lost = {"mark": "loss", "label": "A step, a foot moved, or held on", "by": "device", "value": None}
    for number, held_s in enumerate((11.4, 17.0, 30.0) if fails else (30.0,), 1):
        full = held_s == 30
        seen = [] if full else [{"kind": "step", "t_s": held_s, "confidence": 0.74, "foot": "left"}]
        marks = [] if full else [lost | {"t_s": held_s}]
        ended = "complete" if full else "step"
        own = stand(
            protocol, "foam-closed", 31.0 + number, number, held_s=held_s, ended=ended, marks=marks, events=seen
        )
        trials.append(own)
    return result_of(protocol, trials, **more)


def walk(**more: Any) -> dict[str, Any]:
    protocol = load_protocol("walk-6min")
    lengths = [
        {"mark": "length", "label": "Turned at a cone", "t_s": 20.0 * k, "by": "observer", "value": None}
        for k in range(1, 15)
    ]
    steps = [{"kind": "step", "t_s": 0.55 * k, "confidence": 0.6 + 0.3 * (k % 2)} for k in range(1, 640)]
    typed = {"last_length_m": 12.0}
    one = trial(protocol, "walk", marks=lengths, events=steps, typed=typed, **by_device({"steps": 640.0}))
    return result_of(protocol, [one], **more)


def battery(**more: Any) -> dict[str, Any]:
    """An SPPB by hand whose tandem stand is left out, since semi-tandem was not held."""
    protocol = load_protocol("sppb")
    trials = [
        trial(protocol, "side-by-side", typed={"held_s": 10.0}, held_s=10.0),
        trial(protocol, "semi-tandem", typed={"held_s": 6.2}, held_s=6.2, ended="stopped"),
        trial(protocol, "walk", 1, typed={"elapsed_s": 5.1}),
        trial(protocol, "walk", 2, typed={"elapsed_s": 4.9}),
        trial(protocol, "chair-stands", typed={"to_fifth_stand_s": 13.1}),
    ]
    return result_of(protocol, trials, **more)


def leaning(**more: Any) -> dict[str, Any]:
    protocol = load_protocol("limits-of-stability")
    trials = []
    for n, target in enumerate(protocol.conditions[0].targets):
        numbers = {
            f"los_{k}": 10.0 + n for k in ("maximum_pct", "endpoint_pct", "reaction_s", "velocity_pctps", "control_pct")
        }
        trials.append(trial(protocol, "lean", target=target.id, **by_device(numbers)))
    return result_of(protocol, trials, **more)


def series(result: Mapping[str, Any]) -> list[dict[str, Any] | None]:
    """Columns to draw for each trial, whatever it is of."""
    rng = np.random.default_rng(3)
    found: list[dict[str, Any] | None] = []
    for one in result["trials"]:
        t_s = np.arange(0, one["held_s"] or 12.0, 0.04)
        wander = rng.normal(size=(4, len(t_s))).cumsum(axis=1)
        columns = dict(zip(("cop_ml_mm", "cop_ap_mm", "acc_ml_ms2", "acc_ap_ms2"), wander, strict=True))
        found.append(None if one["by_hand"] else {"t_s": t_s} | columns)
    return found


ALL = {
    "quiet-stance": quiet,
    "mctsib": mctsib,
    "tug": tug,
    "tug-hand": lambda **more: tug(hand=True, **more),
    "sit-to-stand-5": chair,
    "walk-6min": walk,
    "sppb-hand": battery,
    "limits-of-stability": leaning,
}
