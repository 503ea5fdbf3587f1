# SPDX-License-Identifier: MIT
"""The front end's derivation: noise sums against the virtual chain, window, capacitor, pucks, plugs, and the page."""

from __future__ import annotations

import itertools
import json
import math
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surefoot import cells, cli, resources
from surefoot.hardware import erc, netlist, plugs
from surefoot.hardware import front_end_noise as noise
from surefoot.hardware.front_end import SHOWN_OHM, capacitor, derive
from surefoot.hardware.front_end_page import markdown, tables
from surefoot.hardware.load_spreading import puck_force_n, puck_mm2, spread
from surefoot.hardware.sheet import HardwareError

LAW = cells.load().law
HARDWARE = resources.data_dir("hardware")


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return derive()


# -- the divider --


def test_a_level_is_the_divider_of_the_law():
    for force in (1.0, 26.0, 140.0):
        siemens = (force / LAW.gain_n_per_siemens_exp) ** (1 / LAW.exponent)
        volts = 3.3 * LAW.rm_ohm / (LAW.rm_ohm + 1 / siemens)
        assert float(noise.level(force, LAW.rm_ohm, LAW)) == pytest.approx(volts / 3.3)
        assert noise.force_at(volts / 3.3, LAW.rm_ohm, LAW) == pytest.approx(force)
    assert float(noise.level(1e4, 560, LAW)) == float(noise.level(LAW.limit_n, 560, LAW)), "no more beyond the limit"


@pytest.mark.parametrize("rm", [150, 560, 2200])
def test_newtons_a_count_is_the_slope(rm: float):
    for force in (2.0, 50.0, 200.0):
        step = 1e-4 * force
        rise = float(noise.level(force + step, rm, LAW) - noise.level(force - step, rm, LAW)) * LAW.full_count
        assert float(noise.newtons_per_count(force, rm, LAW)) == pytest.approx(2 * step / rise, rel=1e-4)


def test_one_cell_is_finest_at_half_of_the_range():
    """The reason for choosing Rm by load: of all resistors, one count is smallest where G Rm = 1."""
    tried = np.geomspace(20, 20000, 2001)
    for force in (5.0, 26.0, 100.0):
        best = tried[np.argmin([noise.newtons_per_count(force, rm, LAW) for rm in tried])]
        assert float(noise.level(force, best, LAW)) == pytest.approx(0.5, abs=0.005)


@pytest.mark.parametrize("rm", [220, 560, 1500])
@pytest.mark.parametrize("seed", [1, 4])
def test_the_sum_is_what_the_virtual_front_end_shows(seed: int, rm: float):
    """Counts of a dead weight, through the function that judges real boards, and the closed form agree."""
    loads = noise.usual_loads_n()[seed - 1 : seed]
    expected = float(noise.cop_noise_mm(loads, rm, LAW, noise.converter_chain())[0])
    assert noise.chain_noise_mm(seed, rm) == pytest.approx(expected, rel=0.06)


def test_more_readings_are_quieter_by_their_root():
    loads = noise.usual_loads_n()
    one, four = (noise.cop_noise_mm(loads, 560, LAW, replace(noise.converter_chain(), reads=n)) for n in (1, 4))
    assert ((one / four > 1.7) & (one / four < 2)).all(), "rounding is left"


def test_one_foot_carries_all_of_the_weight():
    both = noise.usual_loads_n()
    single = noise.one_foot(both)
    assert both.shape == single.shape == (len(noise.SEEDS), 16)
    for foot in (slice(0, 8), slice(8, 16)):
        assert single[:, foot].sum(axis=1) == pytest.approx(both.sum(axis=1))
        assert single[:, foot] / both[:, foot] == pytest.approx(np.repeat((single / both)[:, foot][:, :1], 8, axis=1))


def test_the_least_is_found_among_all_of_e24(found: dict[str, Any]):
    divider = found["divider"]
    for key, best in (("both_feet_mm", "best_both_feet_ohm"), ("one_foot_mm", "best_one_foot_ohm")):
        shown = {row["rm_ohm"]: row[key] for row in divider["rows"]}
        assert min(shown, key=lambda ohm: shown[ohm]) == divider[best], "the least is among those shown"
        assert divider[best] not in (SHOWN_OHM[0], SHOWN_OHM[-1]), "and not at an end"
    assert divider["in_force"]["rm_ohm"] == LAW.rm_ohm
    assert 0 <= divider["costs_both_feet"] < 0.05, "what cells.toml says is nearly the least on both feet"
    assert divider["best_one_foot_ohm"] < divider["best_both_feet_ohm"] < LAW.rm_ohm, "heavier loads want less"
    assert [row["most_ma"] for row in divider["rows"]] == sorted((r["most_ma"] for r in divider["rows"]), reverse=True)


def test_the_current_is_that_of_the_table_of_currents(found: dict[str, Any]):
    from surefoot.device import power

    own = power.table()
    assert found["divider"]["in_force"]["most_ma"] == pytest.approx(power.cells_ma(own["person_n"], own["supply_v"]))


def test_the_resistor_is_one_that_can_be_bought():
    assert LAW.rm_ohm / 10 ** (math.floor(math.log10(LAW.rm_ohm)) - 1) in noise.E24
    assert len(noise.E24) == 24


# -- the multiplexer's window --


def test_the_window_is_the_firmwares(found: dict[str, Any]):
    own = noise.mux_constants()
    assert (own["LOW_MV"], own["HIGH_MV"], own["SUPPLY_MV"], own["READS"]) == (150, 2450, 3300, 2)
    assert noise.mux_chain(2).reads == 2 * own["READS"]
    for row in found["mux"]["rows"]:
        for force, mv in ((row["low_n"], own["LOW_MV"]), (row["high_n"], own["HIGH_MV"])):
            siemens = (force / LAW.gain_n_per_siemens_exp) ** (1 / LAW.exponent)
            ratio = siemens * row["rm_ohm"]
            assert own["SUPPLY_MV"] * ratio / (1 + ratio) == pytest.approx(mv)


def test_what_the_window_hides(found: dict[str, Any]):
    rows = found["mux"]["rows"]
    assert [row["blind_share"] for row in rows] == sorted((row["blind_share"] for row in rows), reverse=True)
    assert [row["full_one"] for row in rows] == sorted(row["full_one"] for row in rows)
    loads = noise.usual_loads_n()
    own = found["mux"]["in_force"]
    assert own["full_both"] == pytest.approx((loads > own["high_n"]).mean())
    assert own["full_one"] == pytest.approx((noise.one_foot(loads) > own["high_n"]).mean())
    assert own["full_one"] > 0, "the budget board clips on one foot, and the page says so"
    assert found["mux"]["in_force"]["both_feet_mm"] > found["divider"]["in_force"]["both_feet_mm"]


# -- the capacitor --


def test_the_capacitor_lies_between_its_bounds():
    cap = capacitor()
    assert max(cap["least_uf"].values()) <= cap["uf"] <= cap["most_uf"]
    farad = 1e-6 * cap["uf"]
    assert cap["corner_at_rest_hz"] == pytest.approx(1 / (2 * math.pi * LAW.rm_ohm * farad))
    # an equal cell beside the resistor halves what the capacitor sees
    assert cap["corner_at_half_hz"] == pytest.approx(1 / (2 * math.pi * LAW.rm_ohm / 2 * farad))
    assert cap["corner_at_rest_hz"] > 2 * 100, "the load itself, up to half of 200 Hz, passes"


def test_the_charge_of_the_channel_before_is_shared():
    """Two capacitors joined: what a full channel leaves on an empty one, in counts."""
    own, cap = noise.table(), capacitor()
    for name, converter in own["converter"].items():
        sample, cell = 1e-12 * converter["sample_pf"], 1e-6 * cap["least_uf"][name]
        left = LAW.full_count * sample / (sample + cell)
        assert left == pytest.approx(own["capacitor"]["kick_lsb"], rel=1e-3)


def test_the_netlist_has_that_capacitor_and_resistor():
    n = netlist.load("esp32-mux")
    assert n.parts["C-R8"].value == f"{capacitor()['uf']:g} uF"
    assert n.parts["RM-R8"].value == f"{LAW.rm_ohm:g} ohm"
    assert erc.check(n) == []


# -- the puck --


def test_the_puck_takes_pressure_times_area():
    assert puck_mm2() == pytest.approx(math.pi * 15**2)
    assert puck_force_n(1000) == pytest.approx(0.7069 * 1000, rel=1e-3)
    walking = spread("fsr402").walking_n
    assert walking == pytest.approx(LAW.limit_n, rel=0.1), "the law's limit is what a walker's heel asks for"


@pytest.mark.parametrize("sensor", ["fsr402", "a401"])
def test_springs_side_by_side_give_the_share(sensor: str):
    """The sizes put back into two springs under one plate: the sensor gets its range, the ring its strain."""
    one = spread(sensor)
    own = noise.table()
    assert one.share is not None and one.button_mm is not None  # noqa: PT018
    assert one.stiffer is not None and one.ring_mpa is not None  # noqa: PT018
    area, ring = own["sensor"][sensor]["area_mm2"], puck_mm2() - own["sensor"][sensor]["area_mm2"]
    thick_mm, modulus = 3.0, one.ring_mpa
    for button_area, button_modulus in (
        (math.pi / 4 * one.button_mm**2, modulus),
        (area, modulus / one.stiffer),
    ):
        k_button, k_ring = button_modulus * button_area / thick_mm, modulus * ring / thick_mm
        sunk_mm = one.walking_n / (k_button + k_ring)
        assert k_button * sunk_mm == pytest.approx(one.range_n)
        assert sunk_mm / thick_mm == pytest.approx(own["ring"]["strain"])
    assert one.button_mm < math.sqrt(4 * area / math.pi) + 1e-9, "a button fits on the sensing area"


def test_a_sensor_that_reaches_needs_nothing_and_one_too_large_has_no_room():
    assert spread("a301").share is None
    large = spread("fsr406")
    assert large.share == pytest.approx(large.range_n / large.walking_n)
    assert large.button_mm is None


# -- side and size --


def test_each_size_that_is_drawn_has_its_resistors():
    with (HARDWARE / "outline.toml").open("rb") as file:
        sizes = tomllib.load(file)["sizes"]
    wanted = list(range(sizes["smallest_eu"], sizes["largest_eu"] + 1))
    for side in ("left", "right"):
        assert [int(size) for size in plugs.table()[side]] == wanted


def test_resistors_are_of_e24_and_told_apart_with_all_tolerances():
    own = plugs.table()
    entries = [(side, int(size), ohm) for side in ("left", "right") for size, ohm in own[side].items()]
    for side, size, ohm in entries:
        assert ohm / 10 ** (math.floor(math.log10(ohm)) - 1) in noise.E24
        assert plugs.resistor_ohm(side, size) == ohm
        for part, meter in itertools.product((-1, 0, 1), repeat=2):
            read = ohm * (1 + part * own["tolerance"]) * (1 + meter * own["meter"])
            assert plugs.insole(read) == (side, size), (side, size, read)
    values = sorted(ohm for _, _, ohm in entries)
    assert all(b * 0.95 * 0.98 > a * 1.05 * 1.02 for a, b in itertools.pairwise(values))


@pytest.mark.parametrize("ohm", [0.0, 0.5, 60.0, 2e6, math.inf])
def test_a_short_and_an_open_wire_are_no_insole(ohm: float):
    assert plugs.insole(ohm) is None


def test_a_size_without_a_resistor_is_told():
    with pytest.raises(HardwareError, match=r"There is no resistor for a left insole of size 60: .* sizes 34 to 50"):
        plugs.resistor_ohm("left", 60)


# -- page and command --

NUMBER = re.compile(r"\d+(?:\.\d+)?")


def test_the_page_is_what_the_code_says(found: dict[str, Any]):
    """Words to the letter, figures to what another machine's last digit may do."""
    page = (HARDWARE / "front_end.md").read_text("utf-8")
    fresh = markdown(found)
    assert NUMBER.sub("#", page).split() == NUMBER.sub("#", fresh).split(), (
        "run `surefoot hardware front-end --markdown > hardware/front_end.md`"
    )
    for said, made in zip(NUMBER.findall(page), NUMBER.findall(fresh), strict=True):
        assert float(said) == pytest.approx(float(made), rel=0.02, abs=0.0011)


def test_the_page_says_that_nothing_is_measured():
    assert "Nothing here has been measured on a built insole." in " ".join(
        (HARDWARE / "front_end.md").read_text("utf-8").split()
    )


def test_the_command_prints_every_table(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, Any], capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("surefoot.hardware.front_end.derive", lambda: found)
    assert cli.main(["hardware", "front-end"]) == 0
    out = capsys.readouterr().out
    for title, head, rows in tables(found):
        assert title in out
        assert all(len(row) == len(head) for row in rows)
    assert cli.main(["hardware", "front-end", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["divider"]["in_force"]["rm_ohm"] == LAW.rm_ohm
    assert cli.main(["hardware", "front-end", "--markdown"]) == 0
    assert capsys.readouterr().out == markdown(found)


def test_sources_are_given():
    own = noise.table()
    for group in ("pressure", "sensor", "converter"):
        assert all(len(entry["source"]) > 10 for entry in own[group].values())
    assert Path(HARDWARE / "front_end.md").is_file()
