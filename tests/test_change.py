# SPDX-License-Identifier: MIT
"""Verdicts about change: only beyond measurement error, only between like and like, and never from bad input."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise
from math import exp, inf, log, nan, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.care.change import VERDICTS, Change, Circumstances, Session, judge
from surefoot.care.measurement_error import MIN_OWN_SESSIONS, error_of, errors_for, own_error
from surefoot.care.norms_file import Error, load_norms
from surefoot.care.protocol import load_protocol
from surefoot.errors import MeasureError

QUIET = load_protocol("quiet-stance")
TIMED = replace(QUIET, id="tug", primary_measure="elapsed_s")
HELD = replace(QUIET, id="single-leg-stance", primary_measure="held_s")
SAME = Circumstances("none", "none", "own shoes", "none", "mat", "none")
VELOCITY = "cop_velocity_mmps"
ERRORS = {
    "tug": Error("elapsed_s", "s", "raw", 1.0, 1, "between-days", "40 adults", "made up", "V", ("tug",)),
    "single-leg-stance": Error("held_s", "s", "raw", 1.0, 1, "between-days", "40 adults", "made up", "V"),
    "quiet-stance": Error(VELOCITY, "mm/s", "log", 0.1, 1, "between-days", "40 adults", "made up", "V"),
}


def session(value: float | tuple[float, ...], number: int = 9, **more: Any) -> Session:
    values = value if isinstance(value, tuple) else (value,)
    told: dict[str, Any] = {"protocol": "tug", "measure": "elapsed_s", "fingerprint": "made/so", "circumstances": SAME}
    return Session(f"s{number}", number, version="1.0.0", condition="one", values=values, **told | more)


def change(before: list[float], now: float, error: Error | None = ERRORS["tug"]) -> Change:
    return judge(TIMED, [session(v, 4 + i) for i, v in enumerate(before)], session(now), error)


def sway(before: list[float], now: float, error: Error | None = ERRORS["quiet-stance"]) -> Change:
    told: dict[str, Any] = {"protocol": "quiet-stance", "measure": VELOCITY}
    return judge(QUIET, [session(v, 4 + i, **told) for i, v in enumerate(before)], session(now, **told), error)


def test_the_threshold_is_the_rules() -> None:
    """1.96 SEM sqrt(1 / k_baseline + 1 / k_now), SEM 1 s."""
    for k in (1, 2, 5):
        limit = 1.96 * sqrt(1 / k + 1)
        assert change([12.0] * k, 12 - limit + 1e-6).verdict == "within measurement error"
        found = change([12.0] * k, 12 - limit - 1e-6)
        assert found.verdict == "improved"
        assert found.threshold == pytest.approx(limit)
        assert change([12.0] * k, 12 + limit + 1e-6).verdict == "declined"


def test_sway_is_judged_in_logarithms_and_has_no_direction() -> None:
    ratio = exp(1.96 * 0.1 * sqrt(2))
    for now in (10 * ratio * 1.001, 10 / ratio / 1.001):
        found = sway([10.0], now)
        assert found.verdict == "changed"
        assert found.sentence.startswith("Changed by more than measurement error")
        assert found.threshold == pytest.approx(100 * (ratio - 1))
    assert sway([10.0], 10 * ratio * 0.999).verdict == "within measurement error"
    assert sway([8.0, 12.5], 10.0).baseline == pytest.approx(10.0)


def test_the_sentence_says_numbers_error_and_whose() -> None:
    said = change([12.0, 12.4], 8.0).sentence
    assert said == (
        "Improved: the two differ by 4.20 s, and 2.40 s can be measurement error (95 % of the time, by made up:"
        " 40 adults, between days). Time from start to end: 12.20 s before, 8.00 s now."
    )


@pytest.mark.parametrize(("number", "named"), [(2, True), (3, True), (4, False)])
def test_practice_is_named_until_the_third_session(number: int, named: bool) -> None:
    found = judge(TIMED, [session(12.0, 1)], session(6.0, number), ERRORS["tug"])
    assert found.practice is named
    assert ("Practice alone may explain this" in found.sentence) is named
    worse = judge(TIMED, [session(12.0, 1)], session(20.0, number), ERRORS["tug"])
    assert worse.verdict == "declined"
    assert not worse.practice


values = st.floats(0.5, 200)
OPPOSITE = {"improved": "declined", "declined": "improved", "changed": "changed"}


@given(values, values, st.sampled_from([TIMED, HELD, QUIET]))
def test_symmetric(before: float, now: float, protocol: Any) -> None:
    told = {"protocol": protocol.id, "measure": protocol.primary_measure}
    one, other = session(before, **told), session(now, 10, **told)
    there, back = (judge(protocol, [a], b, ERRORS[protocol.id]) for a, b in ((one, other), (other, one)))
    assert back.verdict == OPPOSITE.get(there.verdict, there.verdict)
    assert there.judged
    assert back.difference == pytest.approx(there.difference)


@given(values, values, st.floats(0.01, 50))
def test_a_larger_error_never_adds_a_verdict_of_change(before: float, now: float, sem: float) -> None:
    small, large = (change([before], now, error=replace(ERRORS["tug"], sem=size)) for size in (sem, 2 * sem))
    if small.verdict == "within measurement error":
        assert large.verdict == "within measurement error"


@given(values, st.floats(0, 100), st.floats(0, 100))
def test_worse_is_never_called_better(before: float, one: float, more: float) -> None:
    order = ["declined", "within measurement error", "improved"]
    better, worse = change([before], one), change([before], one + more)
    assert order.index(worse.verdict) <= order.index(better.verdict)


@given(
    values, values, st.sampled_from([one.name for one in fields(Circumstances)]), st.sampled_from([None, "", "x", "y"])
)
def test_other_or_unknown_circumstances_never_give_a_verdict(before: float, now: float, name: str, value: Any) -> None:
    """A person on medication an hour ago at the first session; then one thing is another or isn't known."""
    base = replace(SAME, medication="levodopa", minutes_since_dose=60.0)
    other = replace(base, **{name: 91.0 if name == "minutes_since_dose" and value else value or None})
    for first, second in ((base, other), (other, base), *([(other, other)] if not value else [])):
        found = judge(
            TIMED, [session(before, circumstances=first)], session(now, 10, circumstances=second), ERRORS["tug"]
        )
        assert found.verdict == "conditions differ"
        assert name.split("_")[0] in found.sentence or "dose" in found.sentence
        assert not found.judged
        assert (found.baseline, found.now) == (before, now)


def test_the_time_since_a_dose_may_differ_by_half_an_hour() -> None:
    at = [replace(SAME, medication="levodopa", minutes_since_dose=minutes) for minutes in (60.0, 90.0, 91.0)]
    assert judge(TIMED, [session(9.0, circumstances=at[0])], session(9.0, circumstances=at[1]), ERRORS["tug"]).judged
    found = judge(TIMED, [session(9.0, circumstances=at[0])], session(9.0, circumstances=at[2]), ERRORS["tug"])
    assert "time since the dose (60 against 91 min)" in found.sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("protocol", "tug-cognitive"), ("version", "2.0.0"), ("condition", "two"), ("fingerprint", "made/otherwise"),
        ("fingerprint", ""), ("by_hand", True), ("simulated", True), ("measure", "held_s"),
    ],
)  # fmt: skip
def test_what_was_made_differently_is_not_comparable(name: str, value: Any) -> None:
    for pair in ([session(12.0), replace(session(6.0, 10), **{name: value})],):
        for before, now in (pair, pair[::-1]):
            found = judge(TIMED, [before], now, ERRORS["tug"])
            assert found.verdict == "not comparable"
            assert not found.judged


def test_numbers_by_hand_compare_with_each_other_only() -> None:
    before, now = (session(v, fingerprint="", by_hand=True) for v in (12.0, 6.0))
    assert judge(TIMED, [before], now, ERRORS["tug"]).verdict == "improved"
    before, now = (session(v, fingerprint="") for v in (12.0, 6.0))
    assert judge(TIMED, [before], now, ERRORS["tug"]).verdict == "not comparable"


@pytest.mark.parametrize("bad", [(), (nan,), (12.0, inf), (-inf,)])
def test_bad_numbers_never_give_a_verdict(bad: tuple[float, ...]) -> None:
    for before, now in ((session(bad), session(6.0, 10)), (session(6.0), session(bad, 10))):
        found = judge(TIMED, [before], now, ERRORS["tug"])
        assert (found.verdict, found.baseline, found.now) == ("not judged", None, None)
    assert "no logarithm" in sway([0.0], 10.0).sentence
    assert "no earlier session" in judge(TIMED, [], session(6.0), ERRORS["tug"]).sentence


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (None, "no measurement error is known"),
        ({"certainty": "R"}, "recalled and not yet checked"),
        ({"measure": "held_s"}, "of another measure or test"),
        ({"protocols": ("sit-to-stand-5",)}, "of another measure or test"),
        ({"trials": 3}, "mean of 3 trials, and a session has 1"),
        ({"sem": nan}, "isn't a number above 0"),
        ({"sem": 0.0}, "isn't a number above 0"),
    ],
)
def test_an_error_that_does_not_fit_gives_no_verdict(more: dict[str, Any] | None, said: str) -> None:
    error = replace(ERRORS["tug"], **more) if more else None
    found = change([12.0], 1.0, error=error)
    assert found.verdict == "not judged"
    assert said in found.sentence
    assert "12.00 s before, 1.00 s now" in found.sentence


def test_only_the_primary_measure_is_judged() -> None:
    found = judge(replace(TIMED, primary_measure="held_s"), [session(12.0)], session(6.0, 10), ERRORS["tug"])
    assert "only the primary measure" in found.sentence
    assert "sessions of tug, not of" in judge(HELD, [session(12.0)], session(6.0, 10), ERRORS["tug"]).sentence


@pytest.mark.parametrize("interval", ["within-session", "between-raters", "not-stated"])
def test_an_error_within_a_session_is_a_lower_bound_between_days(interval: str) -> None:
    error = replace(ERRORS["tug"], interval=interval)
    assert change([12.0], 11.0, error=error).verdict == "within measurement error"
    found = change([12.0], 6.0, error=error)
    assert found.verdict == "not judged"
    assert "how far days differ isn't known" in found.sentence
    within = judge(TIMED, [session((12.0,) * 3)], session((6.0,) * 3), error)
    assert within.verdict == "improved"
    assert within.threshold == pytest.approx(1.96 * sqrt(2 / 3))


def own(values: list[float], **more: Any) -> list[Session]:
    return [session(value, 1 + i, **more) for i, value in enumerate(values)]


def test_own_error_needs_eight_like_sessions() -> None:
    steady = [10.0, 11, 9, 10, 12, 10, 9, 11]
    with pytest.raises(MeasureError, match="7 own sessions say too little"):
        own_error(own(steady[:7]), logs=False)
    with pytest.raises(MeasureError, match="footwear not known"):
        own_error(own(steady, circumstances=replace(SAME, footwear=None)), logs=False)
    with pytest.raises(MeasureError, match="all the same number"):
        own_error(own([10.0] * 8), logs=False)
    with pytest.raises(MeasureError, match="no logarithm"):
        own_error(own([0.0, *steady]), logs=True)
    found = own_error(own(steady), logs=False)
    assert (found.interval, found.n, found.trials) == ("between-days", MIN_OWN_SESSIONS, 1)
    assert found.sem > sqrt(sum((b - a) ** 2 for a, b in pairwise(steady)) / 14)
    assert judge(TIMED, own(steady), session(6.0, 9), found).judged


def test_a_person_who_does_not_change_rarely_gets_a_verdict_of_change() -> None:
    """By own error over eight sessions and a baseline of the first two; 5 % is meant."""
    rng = np.random.default_rng(5)
    told: dict[str, Any] = {"protocol": "quiet-stance", "measure": VELOCITY}
    wrong, drift, draws = 0, 0, 1500
    for _ in range(draws):
        noise = np.exp(2.3 + 0.1 * rng.standard_normal(9))
        past = own([float(v) for v in noise[:8]], **told)
        now = session(float(noise[8]), 9, **told)
        wrong += judge(QUIET, past[:2], now, own_error(past, logs=True)).verdict == "changed"
        slow = own([float(v) * exp(0.02 * i) for i, v in enumerate(noise[:8])], **told)
        drift += own_error(slow, logs=True).sem / own_error(past, logs=True).sem
    assert wrong / draws == pytest.approx(0.05, abs=0.02)
    assert drift / draws == pytest.approx(1.0, abs=0.05)


def test_a_published_error_gives_its_five_percent() -> None:
    rng = np.random.default_rng(7)
    for k in (1, 2, 4):
        draws = rng.normal(12.0, 1.0, (4000, k + 1))
        wrong = np.mean(
            [
                change([float(v) for v in row[:-1]], float(row[-1])).verdict != "within measurement error"
                for row in draws
            ]
        )
        assert wrong == pytest.approx(0.05, abs=0.012)


def test_errors_of_protocols_and_norms() -> None:
    rows = [error_of(row) for row in QUIET.measurement_error]
    how = {"surface": "firm", "vision": "open"}
    (found,) = errors_for(rows, "quiet-stance", VELOCITY, how)
    assert found.sem == pytest.approx(log(1.49) / (1.96 * sqrt(2)))
    assert (found.scale, found.interval) == ("log", "within-session")
    assert not errors_for(rows, "quiet-stance", VELOCITY, {"surface": "foam", "vision": "open"})
    assert not errors_for(load_norms().errors, "quiet-stance", VELOCITY, how)
    tug = errors_for(load_norms().errors, "tug", "elapsed_s", {})
    assert {one.certainty for one in tug} == {"R"}
    walk = errors_for(load_norms().errors, "walk-10m", "speed_mps", {"result": "best-of-2"})
    assert walk[0].sem == pytest.approx(0.17 / (1.96 * sqrt(2)))
    assert sway([10.0], 14.0, found).verdict == "within measurement error"
    assert sway([10.0], 16.0, found).verdict == "not judged"


def test_verdicts_are_the_only_judgements() -> None:
    assert set(VERDICTS) == {"improved", "declined", "changed", "within measurement error"}
