# SPDX-License-Identifier: MIT
"""Sensors on both feet of a person who walks twice 20 m and turns, against motion capture."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from surefoot.measures.gait.foot_imu import FeetWalked, walk_by_feet
from surefoot.measures.gait.values import FEET

RATE_HZ = 204.8
TURN_S = 1.5  # the reference takes the two small strides of a turn, which its last contact ends, for one


def recording(folder: Path) -> dict[str, np.ndarray]:
    with (folder / "imu_sample.csv").open(newline="") as file:
        feet, axes = (next(csv.reader(file)) for _ in range(2))
    table = np.genfromtxt(folder / "imu_sample.csv", delimiter=",", skip_header=2)
    names = [f"{kind}_{axis}" for kind in ("acc", "gyr") for axis in "xyz"]
    column = {(foot.removesuffix("_sensor"), axis): i for i, (foot, axis) in enumerate(zip(feet, axes, strict=True))}
    return {foot: table[:, [column[foot, name] for name in names]] for foot in FEET}


def reference(folder: Path) -> list[tuple[str, float, float, float, float]]:
    """(foot, foot off s, contact s, time from rest to rest s, length m) of each stride."""
    places: dict[tuple[str, str], list[list[float]]] = {}
    with (folder / "position_sample.csv").open(newline="") as file:
        for foot, stride, _, *place in list(csv.reader(file))[1:]:
            places.setdefault((foot.removesuffix("_sensor"), stride), []).append([float(x) for x in place])
    with (folder / "stride_events_sample.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    out = []
    for row in rows:
        way = places[row["foot"], row["s_id"]]
        length_m = float(np.hypot(way[-1][0] - way[0][0], way[-1][1] - way[0][1]))
        tc, ic, took = float(row["tc"]), float(row["ic"]), float(row["end"]) - float(row["start"])
        out.append((row["foot"], tc / RATE_HZ, ic / RATE_HZ, took / RATE_HZ, length_m))
    return out


def errors(found: FeetWalked, truth: list) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors of contacts (s), of foot-offs (s), of lengths (m); NaN where a stride wasn't found within 0.1 s."""
    contacts, offs, lengths = [], [], []
    for foot, off_s, contact_s, took_s, length_m in truth:
        stood, strides = getattr(found.walked, foot), getattr(found, foot)
        contact = (stood.initial_s - contact_s)[np.nanargmin(np.abs(stood.initial_s - contact_s))]
        at = int(np.nanargmin(np.abs(stood.off_s - off_s)))
        contacts.append(contact if abs(contact) < 0.1 else np.nan)
        offs.append(stood.off_s[at] - off_s if abs(stood.off_s[at] - off_s) < 0.1 else np.nan)
        if took_s < TURN_S:
            lengths.append(strides.length_m[at] - length_m)
    return np.array(contacts), np.array(offs), np.array(lengths)


@pytest.fixture(scope="module")
def walked(shared_data: Path) -> tuple[dict[str, np.ndarray], list]:
    folder = shared_data / "foot-imu-walk"
    return recording(folder), reference(folder)


def test_every_stride_its_moments_and_its_length(walked: tuple[dict, list]) -> None:
    signals, truth = walked
    found = walk_by_feet(signals["left"], signals["right"], RATE_HZ)
    contacts, offs, lengths = errors(found, truth)
    assert len(contacts) == 57
    assert np.isfinite(contacts).all()
    assert np.isfinite(offs).all()
    assert np.median(np.abs(contacts)) <= 0.015
    assert np.percentile(np.abs(contacts), 95) <= 0.025
    assert np.median(np.abs(offs)) <= 0.015
    mean_m = np.mean([length for *_, took_s, length in truth if took_s < TURN_S])
    assert abs(lengths.mean()) < 0.02 * mean_m
    assert np.abs(lengths).mean() < 0.04
    assert found.walked.notes == ()


def test_the_ways_out_and_back_are_joined_by_half_a_turn(walked: tuple[dict, list]) -> None:
    signals, _ = walked
    turns = walk_by_feet(signals["left"], signals["right"], RATE_HZ).walked.turns
    assert np.abs(turns[:, 2]) == pytest.approx(180, abs=20)
    assert len(turns) == 2


def test_angles_of_the_foot_against_the_markers_on_it(walked: tuple[dict, list], shared_data: Path) -> None:
    signals, _ = walked
    found = walk_by_feet(signals["left"], signals["right"], RATE_HZ)
    with (shared_data / "foot-imu-walk" / "mocap_sample.csv").open(newline="") as file:
        markers = next(csv.reader(file))
    table = np.genfromtxt(shared_data / "foot-imu-walk" / "mocap_sample.csv", delimiter=",", skip_header=2)
    at_s = np.arange(len(table)) / 100
    for foot in FEET:
        toe, heel = (table[:, markers.index(f"{foot[0].upper()}_{name}") :][:, :3] for name in ("TOE", "FCC"))
        along = toe - heel
        pitch = np.degrees(np.arctan2(along[:, 2], np.hypot(along[:, 0], along[:, 1])))
        stood, strides = getattr(found.walked, foot), getattr(found, foot)
        flat = np.interp(strides.mid_s, at_s, pitch)
        for moment_s, angle in ((stood.initial_s, strides.contact_deg), (stood.off_s, strides.off_deg)):
            error = (angle - np.interp(moment_s, at_s, pitch) + flat)[np.isfinite(angle)]
            assert abs(np.median(error)) < 3
            assert np.median(np.abs(error)) < 3


@pytest.mark.parametrize("every", [2, 3, 4])
def test_slower_sampling_finds_the_same_strides(walked: tuple[dict, list], every: int) -> None:
    """Samples are left out, with no filter before: as bad as a slow sensor gets."""
    signals, truth = walked
    found = walk_by_feet(signals["left"][::every], signals["right"][::every], RATE_HZ / every)
    contacts, offs, lengths = errors(found, truth)
    assert np.isfinite(contacts).all()
    assert np.isfinite(offs).all()
    assert np.median(np.abs(contacts)) <= 0.015
    assert abs(np.nanmean(lengths)) < 0.02 * 1.38
    assert np.nanmean(np.abs(lengths)) < (0.04 if every == 2 else 0.07)


@pytest.mark.parametrize("seed", range(3))
def test_turned_or_upside_down_it_says_the_same(walked: tuple[dict, list], seed: int) -> None:
    signals, truth = walked
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    axes *= np.sign(np.linalg.det(axes))
    turned = {foot: np.hstack((one[:, :3] @ axes.T, one[:, 3:] @ axes.T)) for foot, one in signals.items()}
    contacts, _, lengths = errors(walk_by_feet(turned["left"], turned["right"], RATE_HZ), truth)
    assert np.median(np.abs(contacts)) <= 0.015
    assert np.abs(lengths).mean() < 0.04


def test_a_sliding_loss_takes_its_own_stride_and_no_other(walked: tuple[dict, list]) -> None:
    signals, truth = walked
    whole = errors(walk_by_feet(signals["left"], None, RATE_HZ), [t for t in truth if t[0] == "left"])[2]
    for lost in range(2000, 2225, 45):
        holed = signals["left"].copy()
        holed[lost : lost + 4] = np.nan
        found = walk_by_feet(holed, None, RATE_HZ)
        stood, strides = found.walked.left, found.left
        assert stood is not None
        assert strides is not None
        known = np.flatnonzero(np.isfinite(strides.length_m))
        assert len(known) >= len(whole) - 3
        crossed = (stood.initial_s[known] <= lost / RATE_HZ) & (lost / RATE_HZ <= stood.initial_s[known + 1])
        assert not crossed.any()
