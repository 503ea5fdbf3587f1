# SPDX-License-Identifier: MIT
"""Loss of balance: what ends a standing trial, when, and what must not. Not verified on people."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import crude
from surefoot.errors import MeasureError
from surefoot.measures import events
from surefoot.measures.events import balance_loss

RATE_HZ = crude.RATE_HZ
SITS = [(0, 0, 0), (20, 0, 0), (-20, 0, 0), (0, 20, 0), (0, -20, 0), (12, -12, 20), (0, 0, -20)]


def find(body: crude.Body, sits=(0, 0, 0), begin_s: float = 3.0, seed: int = 0, lost: float = 0.0, **more):
    acc, gyr = body.waist(sits, seed=seed)
    load_n, acc, gyr = crude.lose((body.load_n, acc, gyr), lost, seed)
    return balance_loss(load_n, acc, gyr, RATE_HZ, begin_s, **more)


def toppling(at_s: float = 8.0, side: float = 1.0, caught_deg: float = 25.0, tau_s: float = 0.33) -> crude.Body:
    """Falls sideways like a pendulum from 1 degree at `at_s`, is caught at `caught_deg` and held there, then set up."""
    body = crude.standing()
    angle = np.exp(np.clip((body.t - at_s) / tau_s, -20, 20))
    caught = at_s + tau_s * np.log(caught_deg)
    body.roll_deg += side * np.where(body.t < caught, np.minimum(angle, caught_deg), caught_deg)
    body.roll_deg -= side * crude.ease(body.t, caught + 0.5, 1.0, caught_deg)
    return body


@pytest.mark.parametrize("lost", [0.0, 0.03])
@pytest.mark.parametrize("sits", SITS)
def test_quiet_standing_is_no_loss_however_the_sensor_sits(sits, lost):
    for seed in range(4):
        found = find(crude.standing(30, seed=seed), sits, seed=seed, lost=lost)
        assert found.events == (), found.events
        assert found.unseen == ()


@pytest.mark.parametrize("lost", [0.0, 0.03])
@pytest.mark.parametrize("foot", [0, 1])
@pytest.mark.parametrize("swing_s", [0.2, 0.35, 0.6, 3.0])
def test_a_foot_that_leaves_the_floor_is_seen_in_time(foot, swing_s, lost):
    for seed in range(5):
        body = crude.standing(20, seed=seed)
        crude.swing(body, foot, 9.0, 9.0 + swing_s)
        body.height_m += crude.bump(body.t, 9.0, swing_s, 0.03)
        first = find(body, seed=seed, lost=lost).first
        assert first is not None
        assert first.foot == ("left", "right")[foot]
        assert abs(first.onset_s - 9.0) < 0.1
        assert abs(first.seen_s - 9.0) < 0.3
        assert 0.5 <= first.confidence <= 1


def test_a_step_and_a_lift_are_told_apart():
    step, tap, lift = (crude.standing() for _ in range(3))
    for body, swing_s in ((step, 0.4), (tap, 0.4), (lift, 2.5)):
        crude.swing(body, 0, 9.0, 9.0 + swing_s)
    step.height_m += crude.bump(step.t, 9.0, 0.4, 0.03)
    assert [find(body).first.kind for body in (step, tap, lift)] == ["step", "foot lift", "foot lift"]  # type: ignore[union-attr]


@pytest.mark.parametrize("sits", SITS)
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_topple_that_is_caught_is_seen_before_it_is_caught(sits, side):
    found = find(toppling(side=side), sits)
    assert found.first is not None
    assert found.first.kind == "tilt"
    assert found.moved_trunk
    caught_s = 8.0 + 0.33 * np.log(25.0)
    assert caught_s - 0.6 < found.first.seen_s < caught_s + 0.15
    assert found.first.onset_s <= found.first.seen_s


def test_a_lean_to_the_limits_and_a_reach_are_no_topple():
    body = crude.standing()
    body.pitch_deg += crude.ease(body.t, 8.0, 1.5, 9.0) - crude.ease(body.t, 12.0, 1.5, 9.0)
    assert find(body).first is None
    body.pitch_deg += crude.ease(body.t, 8.0, 1.0, 25.0)
    assert find(body).first is not None
    assert find(body, leaning=True).first is None


def test_a_trunk_beyond_45_degrees_ends_also_a_leaning_task():
    body = crude.standing()
    body.pitch_deg += crude.ease(body.t, 8.0, 4.0, 60.0)
    first = find(body, (0, 20, 0), leaning=True).first
    assert first is not None
    assert "45 degrees" in first.sentence


def test_free_fall_and_impact_are_seen_also_through_losses():
    acc, gyr = crude.standing().waist()
    acc[900:925] *= 0.1
    acc[925:928] *= 3.2
    acc[905:910] = np.nan
    body = crude.standing()
    found = balance_loss(body.load_n, acc, gyr, RATE_HZ, 3.0)
    assert [event.kind for event in found.events] == ["free fall", "impact"]
    assert found.moved_trunk
    assert found.events[0].onset_s == pytest.approx(9.0, abs=0.011)
    assert found.events[1].seen_s == pytest.approx(9.25, abs=0.03)


def test_stepping_off_both_insoles_is_one_event():
    body = crude.standing()
    body.load_n[1000:] = 0.0
    found = find(body)
    assert [event.kind for event in found.events] == ["off"]
    assert not found.moved_trunk


def test_an_unplugged_insole_is_named_and_lifts_nothing():
    body = crude.standing()
    body.load_n[:, 0] = np.nan
    found = find(body)
    assert found.events == ()
    assert "left insole" in found.unseen[0]
    body.load_n[900:1000, 1] = 0.0
    assert [event.foot for event in find(body).events] == ["right"]


def test_an_insole_unplugged_in_the_trial_lifts_nothing():
    body = crude.standing()
    body.load_n[1000:, 1] = np.nan
    assert find(body).events == ()


def test_without_a_waist_sensor_the_feet_are_still_watched():
    body = crude.standing()
    crude.swing(body, 1, 9.0, 9.5)
    nothing = np.full((len(body.t), 3), np.nan)
    found = balance_loss(body.load_n, nothing, nothing, RATE_HZ, 3.0)
    assert [event.foot for event in found.events] == ["right"]
    assert "waist sensor gave nothing" in found.unseen[0]


def test_a_raised_foot_is_not_watched_and_the_standing_one_is():
    body = crude.standing()
    crude.swing(body, 0, 1.0, 100.0)
    found = find(body, begin_s=5.0, watch=("right",))
    assert found.events == ()
    body.load_n[1200:1230, 1] = 0.0
    assert [event.kind for event in find(body, begin_s=5.0, watch=("right",)).events] != []


def test_what_was_before_the_start_does_not_count():
    body = crude.standing()
    crude.swing(body, 0, 2.0, 2.5)
    body.roll_deg += crude.bump(body.t, 1.5, 1.0, 40.0)
    assert find(body, begin_s=6.0).events == ()


@pytest.mark.parametrize("weight_n", [400.0, 1100.0])
def test_body_weight_changes_no_time(weight_n):
    body = crude.standing(weight_n=weight_n)
    crude.swing(body, 1, 9.0, 9.4)
    first = find(body).first
    assert first is not None
    assert abs(first.onset_s - 9.0) < 0.05


def test_bad_input_is_refused_in_words():
    body = crude.standing(5)
    acc, gyr = body.waist()
    with pytest.raises(MeasureError, match="shape"):
        balance_loss(body.load_n[:, 0], acc, gyr, RATE_HZ)
    with pytest.raises(MeasureError, match="20 Hz"):
        balance_loss(body.load_n, acc, gyr, 5.0)
    assert any("m/s2" in reason for reason in balance_loss(body.load_n, acc / 9.81, gyr, RATE_HZ).unseen)


def test_too_short_to_say_anything_is_no_loss():
    for n in (0, 1, 2, 7):
        body = crude.standing(5)
        acc, gyr = body.waist()
        assert balance_loss(body.load_n[:n], acc[:n], gyr[:n], RATE_HZ).events == ()


def test_no_loss_in_any_real_quiet_stance(shared_data):
    """Feet of two plates, waists of a phone and a recorder; a plate's net force stands in for one insole."""
    nobody = np.full((6000, 3), np.nan)
    for trial in ("PDS13OR1", "PDS13CR1"):
        table = np.genfromtxt(shared_data / "two-plates" / f"{trial}grf.txt", names=True)
        feet = np.column_stack([table[f"{foot}GRF_Y"] for foot in "LR"])
        assert balance_loss(feet, nobody[: len(feet)], nobody[: len(feet)], RATE_HZ).events == (), trial
    for number in range(1, 13):
        table = np.genfromtxt(shared_data / "quiet-stance" / f"BDS{number:05d}.txt", skip_header=1)
        feet = np.column_stack((table[:, 3], np.full(len(table), np.nan)))
        assert balance_loss(feet, nobody[: len(feet)], nobody[: len(feet)], RATE_HZ).events == (), number
        # Two feet that share the load as the sideways place of the plate's CoP says, 0.2 m apart.
        left = 0.5 - (table[:, 8] - table[:, 8].mean()) * 1e-2 / 0.2
        both = table[:, 3][:, None] * np.column_stack((left, 1 - left))
        assert balance_loss(both, nobody[: len(feet)], nobody[: len(feet)], RATE_HZ).events == (), number


def test_no_loss_in_a_real_waists_quiet_stance(shared_data):
    table = np.genfromtxt(
        shared_data / "waist-imu" / "firm-eyes-closed.csv", delimiter=",", skip_header=1, usecols=range(1, 7)
    )
    # The phone stands on its head; which way its screen faces isn't said, so forward is a guess: (right, forward, up).
    axes = [(0, 1), (2, 1), (1, -1)]
    acc = np.column_stack([sign * table[:, k] for k, sign in axes]) * 9.80665
    gyr = np.degrees(np.column_stack([sign * table[:, 3 + k] for k, sign in axes]))
    assert np.median(acc[:, 2]) == pytest.approx(9.8, abs=0.2)
    feet = np.full((len(acc), 2), np.nan)
    found = balance_loss(feet, acc, gyr, RATE_HZ)
    assert found.events == ()


def test_real_walking_and_sitting_down_is_no_fall(shared_data):
    """Simulated daily activity of an older adult: no rule for falling fires. x is up there, z forward or back."""
    table = np.genfromtxt(shared_data / "waist-imu" / "daily-activity.csv", delimiter=",", skip_header=1)
    acc, gyr = table[:, (2, 3, 1)] * 9.80665, table[:, (5, 6, 4)]
    found = balance_loss(np.full((len(acc), 2), np.nan), acc, gyr, RATE_HZ, leaning=True)
    assert [event for event in found.events if event.kind in ("free fall", "impact")] == []


def test_detectors_and_synthetic_people_import_nothing_of_one_another():
    package = Path(events.__file__ or "").parent
    movers = package.parents[1] / "device" / "virtual"
    for folder, banned in ((package, "surefoot.device"), (movers, "surefoot.measures")):
        files = sorted(folder.rglob("*.py"))
        assert files
        for path in files:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom):
                    base = node.module or ""
                    if node.level:
                        here = path.relative_to(package.parents[1]).parent.parts
                        base = ".".join(("surefoot", *here[: len(here) - node.level + 1], *filter(None, [base])))
                    names = [base, *(f"{base}.{a.name}" for a in node.names)]
                assert not any(name == banned or name.startswith(f"{banned}.") for name in names), (path, names)


# Trunk and mass


def bending(
    way: float, seed: int, at_s: float = 8.0, for_s: float = 0.6, lean_deg: float = 11.0, place_m: float = 0.06
):
    """Load, acc and gyr of a trunk that bends forward and back, whose waist goes `way`: 1 after it, -1 against it."""
    body = crude.standing(seed=seed)
    for begin_s, sign in ((at_s, 1), (at_s + 1.2, -1)):
        body.pitch_deg += sign * crude.ease(body.t, begin_s, for_s, lean_deg)
    acc, gyr = body.waist(seed=seed)
    goes = sum(
        sign * crude.ease(body.t, begin_s, for_s, way * place_m) for begin_s, sign in ((at_s, 1), (at_s + 1.2, -1))
    )
    acc[:, 1] += np.gradient(np.gradient(goes, 1 / RATE_HZ), 1 / RATE_HZ)
    return body.load_n, acc, gyr


@pytest.mark.parametrize("seed", range(2))
def test_a_bend_at_the_hip_is_no_loss_and_a_topple_is_told_before_its_lean_alone_says_so(seed):
    assert balance_loss(*bending(-1, seed), RATE_HZ, 3.0).events == ()
    still, after = (balance_loss(*bending(way, seed), RATE_HZ, 3.0).first for way in (0, 1))
    assert still is not None
    assert after is not None
    assert after.seen_s < min(still.seen_s - 0.05, 8.3)
    assert (after.kind, after.beyond) == ("tilt", True)


def test_a_step_that_wins_a_beginning_lean_back_is_no_fall():
    load_n, acc, gyr = bending(1, 0, lean_deg=7.0)
    crude_step = np.ones((len(load_n), 2))
    crude_step[850:885, 0] = 0.0
    found = balance_loss(load_n * crude_step, acc, gyr, RATE_HZ, 3.0)
    assert [event.kind for event in found.events] == ["tilt", "step"]
    assert not found.events[0].beyond
    assert not found.moved_trunk


def test_a_lean_that_follows_another_movement_is_judged_by_its_trunk_alone():
    load_n, acc, gyr = bending(1, 0, lean_deg=7.0)
    body = crude.standing(seed=0)
    body.pitch_deg += crude.ease(body.t, 7.3, 0.4, 6.0) - crude.ease(body.t, 7.7, 0.4, 6.0)
    before, turned = body.waist(seed=0)
    rows = slice(730, 810)
    acc[rows], gyr[rows] = before[rows], turned[rows]
    assert balance_loss(load_n, acc, gyr, RATE_HZ, 3.0).events == ()
