# SPDX-License-Identifier: MIT
"""The currents of hardware/power.toml, added up for each board: at least six hours on its cell, by estimates."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surefoot import cells, resources
from surefoot.device import power

BOARDS = resources.boards()


@pytest.fixture
def profile() -> dict[str, Any]:
    return copy.deepcopy(resources.profile("esp32-devkit"))


@pytest.mark.parametrize("board", BOARDS)
def test_a_walk_of_six_hours_fits_the_cell(board: str) -> None:
    profile = resources.profile(board)
    print(power.report(profile))
    assert power.runtime_h(profile, "log") >= power.table()["hours"] == 6
    assert power.runtime_h(profile, "stream") >= 6
    assert power.runtime_h(profile, "sleep") >= 5 * 24, "a board left alone over a long weekend still starts"


@pytest.mark.parametrize("board", BOARDS)
def test_a_cued_walk_fits_it_too(board: str) -> None:
    profile = resources.profile(board)
    more_ma = power.total_ma(profile, "log", cued=True) - power.total_ma(profile, "log")
    assert (more_ma > 0) == bool(profile["cue"])
    assert ("log, cued" in power.report(profile)) == bool(profile["cue"])
    assert power.runtime_h(profile, "log", cued=True) >= power.table()["hours"]


@pytest.mark.parametrize("board", BOARDS)
def test_the_profile_holds_what_the_table_says(board: str) -> None:
    profile = resources.profile(board)
    assert profile["power"] == power.block(profile), "paste what `python -m surefoot.device.power` prints"


@pytest.mark.parametrize("board", BOARDS)
def test_the_board_reckons_as_the_host(board: str) -> None:
    profile = resources.profile(board)
    minutes = profile["power"]["usable_mah"] * 60 // profile["power"]["ma"]["log"]
    assert 0 <= 60 * power.runtime_h(profile, "log") - minutes <= 6, (
        "the board's whole milliamperes err to the short side"
    )


@pytest.mark.parametrize("state", power.STATES)
def test_sums_are_of_positive_parts_with_a_source(profile: dict[str, Any], state: str) -> None:
    draws = power.draws(profile, state)
    assert power.total_ma(profile, state) == pytest.approx(sum(draw.ma for draw in draws))
    assert all(draw.ma >= 0 and len(draw.source) > 10 for draw in draws)
    assert len({draw.part for draw in draws}) == len(draws)
    text = power.report(profile)
    assert "estimated" in text
    assert f"{state}: {power.total_ma(profile, state):.2f} mA" in text


def test_the_table_says_that_it_is_estimated_and_where_from() -> None:
    text = (resources.data_dir("hardware") / "power.toml").read_text()
    assert "ESTIMATES" in text
    assert "nobody has measured" in text
    entries = [entry for group in ("chip", "part", "board") for entry in power.table()[group].values()]
    assert all(entry["source"] for entry in entries)


def test_states_order_as_the_device_works(profile: dict[str, Any]) -> None:
    total = {state: power.total_ma(profile, state) for state in power.STATES}
    assert total["sleep"] < total["download"] < total["stream"] < total["log"]


def test_an_even_load_bounds_the_current_of_the_cells() -> None:
    law = cells.load(265).law
    bound_ma = power.cells_ma(900, 3.3)
    assert 50 < bound_ma < 16 * 3300 / law.rm_ohm
    shares = np.random.default_rng(1).dirichlet(np.full(16, 0.5), 500)
    siemens = (np.minimum(900 * shares, law.limit_n) / law.gain_n_per_siemens_exp) ** (1 / law.exponent)
    took_ma = (3300 * siemens / (1 + siemens * law.rm_ohm)).sum(axis=1)
    assert took_ma.max() < bound_ma
    assert took_ma.mean() < 0.8 * bound_ma
    assert power.cells_ma(450, 3.3) < bound_ma < power.cells_ma(1200, 3.3) < 1.15 * bound_ma


def test_a_slower_clock_lasts_longer_and_a_card_less(profile: dict[str, Any]) -> None:
    fast_h = power.runtime_h(profile, "log")
    profile["power"]["mhz"] = 80
    assert power.runtime_h(profile, "log") > fast_h
    profile["power"]["mhz"] = 240
    profile["log"] = {"kind": "sdcard"}
    assert 6 <= power.runtime_h(profile, "log") < fast_h
    assert power.runtime_h(profile, "stream") == pytest.approx(fast_h, rel=0.01)
    profile["power"]["cell_mah"] = 500
    assert power.runtime_h(profile, "log") < 6, "the check can fail"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"chip": "esp32c3"}, r"no chip 'esp32c3': add \[chip\.esp32c3\]"),
        ({"imu": {"kind": "mpu6050"}}, "no part 'mpu6050'"),
        ({"name": "shed"}, "no board 'shed'"),
        ({"power": {"mhz": 40, "cell_mah": 100}}, "esp32 at 40 MHz: choose one of 240, 160, 80"),
    ],
)
def test_what_the_table_lacks_is_said(profile: dict[str, Any], change: dict[str, Any], words: str) -> None:
    with pytest.raises(power.PowerError, match=words):
        power.total_ma({**profile, **change}, "log")


@pytest.mark.parametrize(("text", "words"), [(None, "is missing: install"), ("a = ", "can't be read .*: correct")])
def test_a_table_that_is_missing_or_damaged_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, words: str
) -> None:
    monkeypatch.setattr(resources, "data_dir", lambda name: tmp_path)
    if text is not None:
        (tmp_path / "any.toml").write_text(text)
    with pytest.raises(power.PowerError, match=f"^The table of .*any.toml {words}"):
        resources.hardware_table("any.toml", "The table of currents", power.PowerError)


def test_it_prints_all_boards(capsys: pytest.CaptureFixture[str]) -> None:
    assert power.main() == 0
    out = capsys.readouterr().out
    assert all(f"{board}: cell of" in out for board in BOARDS)
    assert out.count('"power": {"cell_mah"') == len(BOARDS)
