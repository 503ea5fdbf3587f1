# SPDX-License-Identifier: MIT
"""Steadiness and weight distribution of a trial, and what a session's conditions come to: by hand, or with a reason."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

import made_results
from surefoot import cells
from surefoot.calibration import nominal
from surefoot.care.protocol import load_protocol
from surefoot.care.steadiness import steadiness_over
from surefoot.clinic.trial_numbers import Collector, add_steadiness, measure
from surefoot.measures import MEASURES, weight_distribution_index
from surefoot.output.report import render_report
from surefoot.signals import Signals

RATE_HZ = 100.0
MCTSIB = load_protocol("mctsib")
MADE = "bw4z3.5/100Hz/trim3/v1/A"


def trial(condition: str, score: float | None, number: int = 1, made: str = MADE) -> dict[str, Any]:
    entry = {"value": score, "unit": "{score}", "fingerprint": made}
    told = {"measures": {"steadiness_score": entry}} if score is not None else {"measures": {}}
    missing = {} if score is not None else {"steadiness_score": "The tilt of the trunk is missing."}
    return told | {"condition": condition, "trial": number, "not_reported": missing}


def session(**scores: float | None) -> list[dict[str, Any]]:
    return [trial(name.replace("_", "-"), score) for name, score in scores.items()]


ALL = {"firm_open": 90.0, "firm_closed": 72.0, "foam_open": 63.0, "foam_closed": 45.0}


def test_worked_by_hand() -> None:
    found = steadiness_over(MCTSIB, session(**ALL))
    values = {key: entry["value"] for key, entry in found.items()}
    assert values == pytest.approx(
        {
            "steadiness_composite": 67.5,
            "kept_without_sight": 0.8,
            "kept_on_foam": 0.7,
            "kept_on_foam_without_sight": 0.5,
        }
    )
    assert all(entry["unit"] == MEASURES[key].unit and entry["reason"] is None for key, entry in found.items())
    assert found["kept_on_foam"]["of"] == ["foam-open/steadiness_score", "firm-open/steadiness_score"]


def test_every_condition_weighs_the_same() -> None:
    trials = [*session(**ALL), trial("firm-open", 70.0, 2)]
    assert steadiness_over(MCTSIB, trials)["steadiness_composite"]["value"] == pytest.approx((80 + 72 + 63 + 45) / 4)


def test_a_missing_score_leaves_out_what_needs_it_alone() -> None:
    found = steadiness_over(MCTSIB, session(**(ALL | {"foam_open": None})))
    for key in ("steadiness_composite", "kept_on_foam"):
        assert found[key]["value"] is None
        assert "tilt of the trunk is missing" in found[key]["reason"]
    assert found["kept_without_sight"]["value"] == pytest.approx(0.8)
    left_out = steadiness_over(MCTSIB, session(firm_open=90.0, firm_closed=72.0))
    assert "was not recorded" in left_out["kept_on_foam_without_sight"]["reason"]


def test_a_fall_counts_nothing_however_the_others_were_filtered() -> None:
    trials = [*session(**(ALL | {"foam_closed": None}))[:3], trial("foam-closed", 0.0, made="")]
    found = steadiness_over(MCTSIB, trials)
    assert found["kept_on_foam_without_sight"]["value"] == 0.0
    assert found["steadiness_composite"]["value"] == pytest.approx((90 + 72 + 63) / 4)
    nothing = steadiness_over(MCTSIB, session(**(ALL | {"firm_open": 0.0})))
    assert "nothing was left over" in nothing["kept_without_sight"]["reason"]


def test_scores_made_differently_are_never_put_together() -> None:
    trials = [*session(**ALL)[:3], trial("foam-closed", 45.0, made=MADE.replace("100Hz", "50Hz"))]
    assert all("made differently" in entry["reason"] for entry in steadiness_over(MCTSIB, trials).values())


@pytest.mark.parametrize("name", ["limits-of-stability", "steadi-4-stage", "tug", "bess", "walk-10m"])
def test_tests_whose_conditions_differ_in_more_than_the_senses_have_none(name: str) -> None:
    assert steadiness_over(load_protocol(name), []) == {}


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("quiet-stance", {"steadiness_composite", "kept_without_sight"}),
        ("romberg", {"steadiness_composite", "kept_without_sight"}),
        ("mctsib-together", {"steadiness_composite", *(key for key in MEASURES if key.startswith("kept_"))}),
    ],
)
def test_what_each_test_comes_to(name: str, keys: set[str]) -> None:
    assert set(steadiness_over(load_protocol(name), [])) == keys


def test_the_page_says_what_was_kept() -> None:
    result = made_results.quiet()
    found = steadiness_over(load_protocol("quiet-stance"), [trial("eyes-open", 80.0), trial("eyes-closed", 60.0)])
    page = render_report(result | {"steadiness": found})
    assert '<p>Steadiness kept without sight: <strong><data value="0.75">0.75</data>' in page
    assert "Steadiness over all conditions" not in page
    assert "Romberg quotient of sway velocity, eyes closed over eyes open: " in page


# One trial


@pytest.mark.parametrize(
    ("tilt", "ended", "score"),
    [
        (2.5, "complete", 80.0),
        (20.0, "complete", 0.0),
        (2.5, "step", 0.0),
        (None, "fall", 0.0),
        (None, "complete", None),
        (2.5, "stopped", None),
        (2.5, "interrupted", None),
    ],
)
def test_steadiness_of_a_trial(tilt: float | None, ended: str, score: float | None) -> None:
    found = Collector()
    if tilt is not None:
        found.add({"trunk_sway_range_deg": tilt}, MADE, 0.01)
    else:
        found.not_reported["trunk_sway_range_deg"] = "Not one IMU sample arrived."
    add_steadiness(found, ended)
    if score is None:
        assert "steadiness_score" not in found.measures
        assert found.not_reported["steadiness_score"]
    else:
        entry = found.measures["steadiness_score"]
        assert (entry["value"], entry["fingerprint"]) == (score, MADE if tilt else "")


def standing(cell_force_n: np.ndarray, **more: Any) -> Signals:
    n = len(cell_force_n)
    foot_n = np.stack([cell_force_n[:, :8].sum(axis=1), cell_force_n[:, 8:].sum(axis=1)], axis=1)
    wander = np.random.default_rng(0).normal(0, 1e-4, (n, 2, 2)).cumsum(axis=0) * 0.05
    acc = np.column_stack((wander[:, 0] * 30, np.full(n, 9.81)))
    known = {"cell_force_n": cell_force_n, "foot_force_n": foot_n, "foot_cop_m": wander, "acc_ms2": acc}
    known["gyr_dps"] = np.zeros((n, 3))
    return cast(Signals, SimpleNamespace(**known | {"off_insoles": np.zeros(n, bool), "dead_cells": ()} | more))


def numbers(signals: Signals) -> Collector:
    net = signals.foot_cop_m.mean(axis=1)
    record = replace(nominal(265.0), cop_noise_mm=0.02)
    rows = slice(0, len(net))
    return measure(signals, RATE_HZ, rows, net, net[:, 1], record, 1, load_protocol("quiet-stance").analysis)


def forces_n(left: tuple[float, float], right: tuple[float, float], n: int = 4000) -> np.ndarray:
    """Cells [n, 16] that carry this much in all behind and ahead of the middle of each foot."""
    y_m = cells.load().xy_m[:, 1].reshape(2, 8)
    behind = np.array([place.startswith(("heel", "rear")) for place in cells.load().places]).reshape(2, 8)
    assert y_m[behind].max() < y_m[~behind].min()
    one = [
        np.where(own, part[0] / own.sum(), part[1] / (~own).sum())
        for own, part in zip(behind, (left, right), strict=True)
    ]
    return np.tile(np.concatenate(one), (n, 1)).astype(np.float32)


def test_weight_distribution_of_a_trial() -> None:
    found = numbers(standing(forces_n((200.0, 100.0), (300.0, 100.0)))).measures["weight_distribution_index"]
    assert found["value"] == pytest.approx(weight_distribution_index(np.array((200, 100, 300, 100))), rel=1e-5)
    assert found["unit"] == "%"
    assert found["fingerprint"].endswith("/heels-forefeet")
    assert "nofilter" in found["fingerprint"]
    even = numbers(standing(forces_n((150.0, 150.0), (150.0, 150.0))))
    assert even.measures["weight_distribution_index"]["value"] == pytest.approx(0, abs=1e-4)


def test_rows_off_the_insoles_and_lost_ones_carry_no_weight() -> None:
    force_n, off = forces_n((200.0, 100.0), (300.0, 100.0)), np.zeros(4000, bool)
    force_n[1000:1040], force_n[2000:2020] = 0, np.nan
    off[1000:1040] = True
    found = numbers(standing(force_n, off_insoles=off)).measures["weight_distribution_index"]
    assert found["value"] == pytest.approx(weight_distribution_index(np.array((200, 100, 300, 100))), rel=1e-5)
    assert 0 < found["lost_share"] < 0.01


def test_a_dead_cell_or_a_foot_that_is_not_read_leaves_no_distribution() -> None:
    force_n = forces_n((200.0, 100.0), (300.0, 100.0))
    assert "L3" in numbers(standing(force_n, dead_cells=("L3",))).not_reported["weight_distribution_index"]
    assert "10 s" in numbers(standing(force_n[:900])).not_reported["weight_distribution_index"]
    force_n[:, 8:] = np.nan
    assert "No weight distribution" in numbers(standing(force_n)).not_reported["weight_distribution_index"]


def test_a_trial_on_a_placed_stance_carries_every_measure_of_its_kind() -> None:
    found = numbers(standing(forces_n((200.0, 100.0), (300.0, 100.0))))
    told = set(found.measures) | set(found.not_reported)
    makers = ("cop_measures", "trunk_measures", "load_measures", "research_measures", "weight_distribution_index")
    assert {key for key, row in MEASURES.items() if row.function in makers} <= told
    assert {"cop_outlier_ratio", "load_asymmetry", "research_sampen_ap"} <= set(found.measures)
