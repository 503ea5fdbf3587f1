# SPDX-License-Identifier: MIT
"""What a calibration brings back, on drawn boards: the bars over all fifty of the page, and that the page is true.

The page's fifty rows are made by `make truth`; a few boards are computed anew here and have to give their rows again.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import calibration_truth as truth
import calibration_truth_page as pages
from surefoot.fit.cells_record import OF_CELLS
from truth import side_by_side

PAGE = Path(__file__).with_name("CALIBRATION.md")
AGAIN = (2, 9, 17, 26, 33, 44)  # computed anew, level 2 of the first two
WITH_LEVEL_2 = AGAIN[:2]
ROUNDING = 0.02  # of a row's last digit, and what another machine's arithmetic makes of it


def again(seed: int) -> dict[str, Any]:
    made = truth.board(seed)
    return {
        "made": made,
        "levels": truth.levels(made, seed in WITH_LEVEL_2),
        "hysteresis": truth.hysteresis(made, (0.0, pages.SHOWN)),
        "fates": truth.fates(made),
    }


@pytest.fixture(scope="module")
def anew() -> dict[int, dict[str, Any]]:
    return dict(zip(AGAIN, map(again, AGAIN), strict=True))


@pytest.fixture(scope="module")
def rows() -> dict[int, list[str]]:
    lines = PAGE.read_text(encoding="utf-8").split("## Each board")[1].splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if re.match(r"\| \d", line)]
    return {int(row[0]): row for row in cells}


@pytest.fixture(scope="module")
def of(rows: dict[int, list[str]]):
    """The errors of all boards by level and measure, as the page has them."""

    def column(level: str, key: str) -> np.ndarray:
        at = 2 + pages.COLUMNS.index((level, key))
        return np.array([float(row[at]) for row in rows.values()])

    return column


def test_the_page_has_fifty_boards_and_they_come_out_again(rows, anew):
    assert tuple(rows) == truth.BOARDS
    for seed, one in anew.items():
        for cell, wanted in zip(pages.row_of(seed, one), rows[seed], strict=True):
            if cell == "-":
                continue
            try:
                assert float(cell) == pytest.approx(float(wanted), abs=ROUNDING), seed
            except ValueError:
                assert cell == wanted


def test_medians_of_sway_after_level_1_are_within_the_bars(of):
    for key, bar in (("velocity", 3.0), ("area", 8.0)):
        found = of("level 1", key)
        assert abs(np.median(found)) < bar
        assert np.median(np.abs(found)) < bar, "without its sign too, so that errors do not cancel"
        assert np.median(np.abs(of("nominal", key))) > np.median(np.abs(found)), "there was something to calibrate"


def test_the_page_states_the_95th_percentiles(of):
    text = PAGE.read_text(encoding="utf-8")
    for key, word in (("velocity", "sway velocity"), ("area", "sway area")):
        size = np.abs(of("level 1", key))
        (line,) = [line for line in text.splitlines() if line.startswith(f"| level 1: {word}, feet on the mat's lines")]
        stated = float(line.split(" | ")[3].split()[0])
        assert stated == pytest.approx(np.percentile(size, 95), abs=0.06)


FORCES = ("foot_force", "both_force", "shift")


@pytest.mark.parametrize("key", FORCES)
def test_force_after_level_2_is_within_3_per_cent_of_body_weight(of, key):
    """Of 95 % of the boards and of 95 % of each stance; before it was wrong by tens of per cent."""
    assert np.percentile(of("level 2", key), 95) < 3.0
    assert np.median(of("nominal", "foot_force")) > 10


@pytest.mark.parametrize("key", FORCES)
def test_force_after_level_2_is_within_3_per_cent_on_every_board(of, key):
    assert of("level 2", key).max() < 3.0


def test_leans_after_weights_keep_what_was_told_of_the_cells():
    made = truth.board(3)
    cells = truth.level_2(made, made.parts)
    after = truth.level_1(made, made.parts, (cells,))
    assert cells.made_insole
    assert after.made_insole
    assert after.supersedes == cells.id
    told = {key: value for key, value in cells.made_insole.residuals.items() if key in OF_CELLS}
    assert len(told) == len(OF_CELLS) - 1, "no recordings here, so no hashes of them"
    assert told.items() <= after.made_insole.residuals.items()


def test_the_motion_sensors_numbers_come_back(anew):
    """Bounds are four standard errors of the sensor's noise: 0.5 mg and 27 mdps a sample, fourteen poses of 260."""
    for one in anew.values():
        off, drawn = one["levels"]["off"], one["levels"]["drawn"]
        assert off["acc_bias_ms2"] < 1e-3 < drawn["acc_bias_ms2"]
        assert off["acc_scale_share"] < 2e-4
        assert off["acc_skew_deg"] < np.degrees(2e-4) < drawn["acc_skew_deg"]
        assert off["gyr_bias_dps"] < 2e-3 < drawn["gyr_bias_dps"]
        assert off["gyr_scale_share"] < 1e-3


def test_the_mounting_comes_back_as_well_as_people_stand_and_bow(anew):
    for one in anew.values():
        person = one["made"].world.person
        off = one["levels"]["off"]
        # Ten seconds hardly average a sway that is mostly slower: three of its SDs.
        lean_deg = 3 * np.degrees(np.hypot(person.major.rms, person.minor.rms) / person.com_height_m)
        assert off["mount_up_deg"] < lean_deg
        bow_deg = 3 * truth.imu_truth.BOW_CROOKED_DEG / np.sqrt(2)  # two ways of one bow
        assert off["mount_deg"] < np.hypot(lean_deg, bow_deg)
        assert one["levels"]["level 1"]["tilt_deg"] < lean_deg
    tilts = [one["levels"]["level 1"]["tilt_deg"] for one in anew.values()]
    assert np.median(tilts) < np.median([one["levels"]["nominal"]["tilt_deg"] for one in anew.values()]) / 10


def test_the_cells_numbers_come_back(anew):
    for seed, one in anew.items():
        off, drawn = one["levels"]["off"], one["levels"]["drawn"]
        assert off["zero_counts"] < 1.0, "the median of whole counts"
        assert off["exponent_share"] < 0.08
        assert off["foot_gain_share"] < drawn["foot_gain_share"] / 5
        if seed in WITH_LEVEL_2:
            assert off["cell_share"] < 0.01 < drawn["cell_share"]


def test_hysteresis_shortens_every_path_and_hardly_moves_force_or_place(anew):
    for one in anew.values():
        none, some = one["hysteresis"][0.0], one["hysteresis"][pages.SHOWN]
        assert none == {key: one["levels"]["level 1"][key] for key in none}, "the same record, the same stance"
        assert some["velocity"] < none["velocity"] - 3
        assert some["area"] < none["area"]
        assert some["foot_force"] == pytest.approx(none["foot_force"], abs=1.0)
        assert some["cop_mm"] == pytest.approx(none["cop_mm"], abs=0.5)


def test_faults_are_named_and_whole_boards_are_not_doubted(anew):
    for seed, one in anew.items():
        for (kind, form), fate in one["fates"].items():
            if kind == "none":
                assert not fate.noticed, (seed, form, fate.said)
            else:
                assert fate.named, (seed, kind, form, fate.said)
            assert not fate.refused or fate.said


def test_over_fifty_boards_the_page_has_no_false_alarm_and_names_every_fault():
    text = PAGE.read_text(encoding="utf-8").split("## Faults")[1].split("## Each board")[0]
    lines = {line.strip("| ").split(" | ")[0]: line.strip("| ").split(" | ")[1:] for line in text.splitlines()}
    assert lines["no fault: false alarms"] == ["0"] * 4
    for kind in truth.FAULTS:
        for cell in lines[kind]:
            assert int(cell.split()[0]) >= 49, (kind, cell)
            assert "wrongly" not in cell


NUMBER = re.compile(r"[-+]?\d+\.?\d*")


@pytest.mark.soak
def test_the_whole_page_comes_out_again():
    made = pages.page(side_by_side(truth.whole, truth.BOARDS), side_by_side(truth.memory, pages.MEMORY_BOARDS))
    kept = PAGE.read_text(encoding="utf-8")
    assert NUMBER.sub("", made) == NUMBER.sub("", kept)
    for ours, theirs in zip(NUMBER.findall(made), NUMBER.findall(kept), strict=True):
        digits = len(theirs.partition(".")[2])
        assert float(ours) == pytest.approx(float(theirs), abs=1.01 * 10**-digits), "but for the last digit"
