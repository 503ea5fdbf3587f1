# SPDX-License-Identifier: MIT
"""Contacts of a commercial insole's walk against its maker's report: 14 stances of one healthy adult.

Bounds are those of the clinical text, not of this walk. Run with `-s` to see the tables.
"""

from __future__ import annotations

import numpy as np
import pytest

import opengo
from surefoot.measures.gait import contacts as finder
from surefoot.measures.gait.contacts import contacts
from treading import feet

RATE_HZ = opengo.RATE_HZ


@pytest.fixture(scope="module")
def walk(shared_data):
    return opengo.loads(shared_data)


@pytest.fixture(scope="module")
def report(shared_data):
    return opengo.reported(shared_data)


def nearest_ms(events: np.ndarray, truth: np.ndarray) -> np.ndarray:
    known = events[np.isfinite(events)]
    return 1e3 * np.array([known[np.abs(known - at_s).argmin()] - at_s for at_s in truth])


def against(walked, report) -> tuple[np.ndarray, np.ndarray]:
    """Errors [14] ms of initial contacts and of foot offs."""
    on, off = (
        np.concatenate(
            [nearest_ms(getattr(mine, name), rows[:, k]) for mine, rows in zip(feet(walked), report, strict=True)]
        )
        for k, name in enumerate(("initial_s", "off_s"))
    )
    return on, off


def double_bias_ms(walked, report) -> float:
    """Mean error of all double supports: from an initial contact to the other foot's next foot off."""
    left, right = feet(walked)
    means = []
    for contacts_s, offs_s in (
        ((left.initial_s, right.initial_s), (right.off_s, left.off_s)),
        ((report[0][:, 0], report[1][:, 0]), (report[1][:, 1], report[0][:, 1])),
    ):
        spans = {}
        for side, (ons, offs) in enumerate(zip(contacts_s, offs_s, strict=True)):
            for on_s in ons[np.isfinite(ons)]:
                later = offs[offs > on_s]
                if len(later) and later[0] - on_s < 0.4:
                    spans[(side, round(on_s, 1))] = later[0] - on_s
        means.append(spans)
    ours, theirs = means
    pairs = []
    for (side, at_s), span in theirs.items():
        near = [value for (other, our_s), value in ours.items() if other == side and abs(our_s - at_s) < 0.15]
        pairs += [near[0] - span] if near else []
    assert len(pairs) >= 12
    return 1e3 * float(np.mean(pairs))


def figures(errors: np.ndarray) -> str:
    size = np.abs(errors)
    return f"median {np.median(size):4.1f}, p95 {np.percentile(size, 95):4.1f}, bias {errors.mean():+5.1f}"


def fixed(force: np.ndarray, report, level_n: float) -> tuple[np.ndarray, np.ndarray]:
    """The same errors of a threshold in newtons, at its best: crossings between samples, the nearest one counts."""
    out: tuple[list, list] = ([], [])
    for foot, rows in enumerate(report):
        load = force[:, foot]
        before, after = load[:-1], load[1:]
        for errors, column, crossed in zip(
            out, (0, 1), ((before < level_n) & (after >= level_n), (before >= level_n) & (after < level_n)), strict=True
        ):
            at = np.flatnonzero(crossed)
            times = (at + (level_n - before[at]) / (after[at] - before[at])) / RATE_HZ
            errors.append(nearest_ms(times, rows[:, column]))
    return np.concatenate(out[0]), np.concatenate(out[1])


def test_every_step_is_found_and_closer_than_by_any_threshold_in_newtons(walk, report):
    _, force, _, _ = walk
    on, off = against(contacts(force, RATE_HZ), report)
    print(f"\n{'ours':>10}: contact {figures(on)}; foot off {figures(off)}; stance {off.mean() - on.mean():+.1f} ms")
    tried = {level: fixed(force, report, level) for level in range(10, 201, 5)}
    score = {level: sum(np.median(np.abs(e)) for e in errors) for level, errors in tried.items()}
    best = min(score, key=score.__getitem__)
    for level in (20, 40, best):
        print(f"{level:8} N: contact {figures(tried[level][0])}; foot off {figures(tried[level][1])}")
    assert len(on) == len(off) == 14
    assert np.abs(on).max() < 100
    assert np.abs(off).max() < 100
    assert np.median(np.abs(on)) <= 20
    assert np.median(np.abs(off)) <= 30
    assert np.percentile(np.abs(on), 95) <= 25
    assert np.percentile(np.abs(off), 95) <= 40
    assert abs(off.mean() - on.mean()) <= 10
    assert np.median(np.abs(on)) + np.median(np.abs(off)) < score[best]
    tails = {level: sum(np.percentile(np.abs(e), 95) for e in errors) for level, errors in tried.items()}
    assert np.percentile(np.abs(on), 95) + np.percentile(np.abs(off), 95) < min(tails.values())


def test_double_support_has_no_bias(walk, report):
    bias = double_bias_ms(contacts(walk[1], RATE_HZ), report)
    print(f"\ndouble support: bias {bias:+.1f} ms")
    assert abs(bias) <= 10


def eight(walk, chosen) -> tuple[np.ndarray, np.ndarray]:
    """Forces [n,16] and places [16,2] of eight cells of each foot."""
    cell_n, _, _, places = walk
    return cell_n[:, :, chosen].reshape(len(cell_n), 16), places[:, chosen].reshape(16, 2)


@pytest.mark.parametrize("chosen", [slice(0, None, 2), slice(1, None, 2)], ids=["odd", "even"])
def test_eight_of_sixteen_cells(walk, report, chosen):
    cell_n, xy = eight(walk, chosen)
    walked = contacts(cell_n, RATE_HZ, cell_xy_share=xy)
    on, off = against(walked, report)
    print(
        f"\n{chosen.start or 0}: contact {figures(on)}; foot off {figures(off)}; stance {off.mean() - on.mean():+.1f}"
    )
    assert np.median(np.abs(on)) <= 20
    assert np.median(np.abs(off)) <= 30
    assert np.percentile(np.abs(on), 95) <= 25
    assert np.percentile(np.abs(off), 95) <= 40
    assert walked.notes == ()


@pytest.mark.parametrize("dead", range(16))
def test_any_cell_of_sixteen_may_be_dead(walk, report, dead):
    force = np.delete(walk[0], dead, axis=2).sum(axis=2)
    on, off = against(contacts(force, RATE_HZ), report)
    assert np.percentile(np.abs(on), 95) <= 25
    assert np.percentile(np.abs(off), 95) <= 40


OURS = [0, 3, 2, 7, 4, 10, 8, 14]  # cells at about the places of our own eight


def test_heel_rise_and_swapped_insoles(walk):
    cell_n, xy = eight(walk, OURS)
    walked = contacts(cell_n, RATE_HZ, cell_xy_share=xy)
    for mine in feet(walked):
        share = (mine.heel_rise_s - mine.initial_s) / (mine.off_s - mine.initial_s)
        print("\nheel-rise at", np.round(100 * share[np.isfinite(share)]), "% of stance")
        whole = np.isfinite(mine.initial_s) & np.isfinite(mine.off_s) & ~mine.broken
        assert np.isfinite(share[whole]).sum() >= 7
        assert 0.3 < np.nanmedian(share) < 0.8  # plausible; nothing here says when it was
    assert walked.notes == ()
    # A left foot on the right insole presses inner cells with its outer side.
    other_side = [0, 2, 1, 4, 3, 6, 5, 7]
    turned = np.roll(cell_n, 8, axis=1)[:, other_side + [8 + k for k in other_side]]
    turned = contacts(turned, RATE_HZ, cell_xy_share=xy)
    assert any("swapped" in note for note in turned.notes)


@pytest.mark.parametrize("weight", [0.6, 1.3])
@pytest.mark.parametrize("preload_n", [0.0, 150.0])
def test_weight_and_preload_move_nothing(walk, report, weight, preload_n):
    _, force, _, _ = walk
    plain, other = contacts(force, RATE_HZ), contacts(weight * force + preload_n, RATE_HZ)
    for mine, same in zip(feet(plain), feet(other), strict=True):
        np.testing.assert_allclose(mine.initial_s, same.initial_s, atol=1e-9)
        np.testing.assert_allclose(mine.off_s, same.off_s, atol=1e-9)


CHOICES = {
    "CONTACT": [(0.08, 0.3), (0.12, 0.3), (0.15, 0.3), (0.1, 0.2), (0.1, 0.4)],
    "OFF": [(0.15, 0.4, 0.7), (0.25, 0.45, 0.7), (0.2, 0.45, 0.75), (0.2, 0.35, 0.7), (0.2, 0.4)],
    "LOADED_SHARE": [0.15, 0.4],
    "AIR_SHARE": [0.05, 0.15],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in CHOICES.items() for value in values])
def test_no_constant_sits_on_a_peak(walk, report, monkeypatch, name, value):
    """The bounds hold for all of its neighbours too: the table of measures/gait/README.md."""
    monkeypatch.setattr(finder, name, value)
    on, off = against(contacts(walk[1], RATE_HZ), report)
    print(f"\n{name} {value}: contact {figures(on)}; foot off {figures(off)}; stance {off.mean() - on.mean():+.1f}")
    assert np.percentile(np.abs(on), 95) <= 25
    assert np.percentile(np.abs(off), 95) <= 40
    assert abs(off.mean() - on.mean()) <= 10
