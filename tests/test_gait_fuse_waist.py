# SPDX-License-Identifier: MIT
"""Insoles with a waist, and a walk's harmony, against signals whose answers follow from how they are made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surefoot.errors import MeasureError
from surefoot.measures.gait import fuse, harmony
from surefoot.measures.gait.values import Walked, stances
from surefoot.measures.gait.waist import Waist

RATE_HZ = 100.0


def walked(left, right) -> Walked:
    return Walked("insole", RATE_HZ, 60.0, left, right)


def waist_of(at_s, left) -> Waist:
    unknown = np.full(len(at_s), np.nan)
    none = walked(None, None)
    return Waist(
        replace(none, turns=np.array([[5.0, 7.0, 90.0]])), at_s, left, unknown, unknown, unknown, np.empty((0, 2))
    )


AT_S = np.arange(2, 40, 0.6)
LEFT = np.arange(len(AT_S)) % 2 == 0
WAIST = waist_of(AT_S + 0.03, LEFT)


def feet():
    return [stances(name, AT_S[side], AT_S[side] + 0.7) for name, side in (("left", LEFT), ("right", ~LEFT))]


def test_the_other_foots_contacts_come_from_the_waist():
    left, right = feet()
    found = fuse.fused(walked(left, None), WAIST)
    inner = right.initial_s[right.initial_s < left.initial_s[-1]]
    assert found.right is not None
    assert np.allclose(found.right.initial_s, inner + 0.03)
    assert np.isnan(found.right.off_s).all()
    assert not found.right.broken.any()
    assert "right insole gave no steps" in found.notes[-1]
    assert len(found.turns) == 1


def test_a_stride_without_the_waists_step_breaks():
    left, _ = feet()
    gone = waist_of(np.delete(WAIST.step_s, 9), np.delete(LEFT, 9))
    found = fuse.other_foot(left, gone)
    assert found.broken.sum() == 1
    assert found.initial_s[found.broken][0] == pytest.approx(AT_S[11] + 0.03)
    broken = fuse.other_foot(replace(left, broken=np.arange(len(left)) == 6), WAIST)
    assert broken.broken.any()
    assert broken.broken.sum() <= 2


def test_exchanged_insoles_are_told():
    left, right = feet()
    assert fuse.swapped(left, right, WAIST) is False
    crossed = replace(right, foot="left"), replace(left, foot="right")
    assert fuse.swapped(*crossed, WAIST) is True
    assert "left and right insole are swapped" in fuse.fused(walked(*crossed), WAIST).notes[0]
    assert fuse.swapped(left, right, waist_of(AT_S[:4], LEFT[:4])) is None


def test_contacts_that_the_waist_did_not_feel_are_told():
    left, right = feet()
    assert fuse.felt(left, WAIST).share == 1.0
    late = replace(left, initial_s=left.initial_s + 0.3)
    assert fuse.felt(late, WAIST).share == 0.0
    assert "on one clock" in " ".join(" ".join(fuse.fused(walked(late, right), WAIST).notes).split())
    assert np.isnan(fuse.felt(stances("left", [], []), WAIST).share)


def test_harmonic_ratio_of_two_tones():
    t = np.arange(2000) / RATE_HZ
    acc = np.cos(2 * np.pi * t) + 3 * np.cos(4 * np.pi * t)  # strides of 1 s: harmonics 1 and 2, sizes 1 and 3
    sizes = harmony.harmonics(acc, np.arange(1.0, 18.0), RATE_HZ)
    ratio, improved = harmony.harmonic_ratio(sizes, lateral=False)
    assert ratio == pytest.approx(3, rel=0.01)
    assert improved == pytest.approx(90, rel=0.01)
    assert harmony.harmonic_ratio(sizes, lateral=True)[0] == pytest.approx(1 / 3, rel=0.01)
    acc[550] = np.nan
    lost = np.isnan(harmony.harmonics(acc, np.arange(1.0, 18.0), RATE_HZ)[:, 0])
    assert lost.sum() == 1
    assert lost[4]
    assert np.isnan(harmony.harmonics(acc, [18.5, 19.5, 20.5], RATE_HZ)[1]).all()


def test_regularity_of_uneven_steps():
    t = np.arange(6000) / RATE_HZ
    even = np.cos(2 * np.pi * t / 0.5)
    assert harmony.regularity(even, RATE_HZ, 0.5) == pytest.approx((1, 1), abs=0.01)
    # A stride's tone of the same power: a step on, it is turned over.
    assert harmony.regularity(even + np.cos(np.pi * t / 0.5), RATE_HZ, 0.5)[1] == pytest.approx(1, abs=0.01)
    limping = harmony.regularity(even + 0.5 * np.cos(np.pi * t / 0.5), RATE_HZ, 0.5)
    assert limping[0] == pytest.approx((1 - 0.25) / 1.25, abs=0.02)
    even[1000:1100] = np.nan
    assert harmony.regularity(even, RATE_HZ, 0.5) == pytest.approx((1, 1), abs=0.01)
    with pytest.raises(MeasureError, match="four steps"):
        harmony.regularity(even[:100], RATE_HZ, 0.5)


def test_freezing_index_of_two_tones():
    t = np.arange(3000) / RATE_HZ
    at, index = harmony.freezing_index(np.cos(2 * np.pi * t) + 2 * np.cos(12 * np.pi * t), RATE_HZ)
    assert index == pytest.approx(4, rel=0.02)
    assert at[0] == pytest.approx(3, abs=0.01)
    assert np.diff(at) == pytest.approx(1)
    part = np.cos(2 * np.pi * t)
    part[1500] = np.nan
    assert np.isnan(harmony.freezing_index(part, RATE_HZ)[1]).sum() == 6
    assert not len(harmony.freezing_index(part[:300], RATE_HZ)[1])
