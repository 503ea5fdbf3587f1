# SPDX-License-Identifier: MIT
"""What to buy is what the wiring, the boxes and the profiles need: no part missing, none too many."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pytest

from surefoot import cells, cli, resources
from surefoot.hardware import bom, enclosure_fit, netlist
from surefoot.hardware.sheet import HardwareError

BOARDS = resources.boards()


def bought(board: str) -> list[bom.Line]:
    return bom.to_buy(bom.lines(), netlist.load(board))


def count(found: list[bom.Line], **wanted: str) -> float:
    """How many pieces of the lines with these entries."""
    return sum(line.quantity for line in found if all(getattr(line, key) == value for key, value in wanted.items()))


def screws(found: list[bom.Line], start: str) -> float:
    return sum(line.quantity for line in found if line.part.startswith(start))


@pytest.mark.parametrize("board", BOARDS)
def test_each_board_gets_its_parts(board):
    profile, found, law = resources.profile(board), bought(board), cells.load().law
    assert count(found, kind="force_cell") == 2 * cells.CELLS_PER_FOOT == 16
    assert count(found, kind="divider", value=f"{law.rm_ohm:g} ohm") == 16
    assert count(found, kind="capacitor", value=f"{netlist.value('cell_uf'):g} uF") == 16
    converters = profile["insoles"]["kind"] == "mcp3208"
    assert count(found, kind="mcp3208") == (2 if converters else 0)
    assert count(found, kind="mux") == (0 if converters else 1)
    assert sum(line.quantity for line in found if line.part == "socket DIP-16") == count(found, kind="mcp3208")
    assert count(found, kind=profile["imu"]["kind"]) == 1
    assert sum(line.kind in ("lsm6dso", "icm42688") for line in found) == 1
    assert sum(line.kind in ("devkit", "s3devkit", "xiao") for line in found) == 1
    assert count(found, kind="cell", value=f"3.7 V, {profile['power']['cell_mah']} mAh") == 1
    assert count(found, kind="button") == (1 if profile["button"] else 0)
    card = (profile["log"] or {}).get("kind") == "sdcard"
    assert count(found, kind="sdcard") == sum(line.part.startswith("micro-SD card") for line in found) == card
    lamps = [name for name in profile["light"] or {} if name in ("red", "green", "blue")]
    on_board = (profile.get("limits") or {}).get("on_board", [])
    lamps = [name for name in lamps if profile["light"][name] not in on_board]
    assert count(found, kind="led") == count(found, kind="lamp_resistor") == len(lamps)
    assert count(found, kind="divider", value="100 kohm") >= 2 * bool(profile["battery"])
    assert count(found, kind="size_resistor") == count(found, kind="insole_plug") == 2


@pytest.mark.parametrize("board", BOARDS)
def test_every_piece_of_the_wiring_is_bought_once(board):
    wiring, found = netlist.load(board), bought(board)
    wired = sum(line.quantity for line in found if line.kind and not line.kind.startswith(bom.CABLE))
    assert wired == len(wiring.parts)
    metres = sum(cable.length_m for cable in wiring.cables if cable.ref != "W-BAT")
    assert sum(line.quantity for line in found if line.kind.startswith(bom.CABLE)) == pytest.approx(metres)
    leads = [cable for cable in wiring.cables if "W-LEAD" in cable.ref or "10 cores" in cable.label]
    assert all(cable.length_m <= netlist.table()["limits"]["lead_m"] == 1.2 for cable in leads)


@pytest.mark.parametrize("board", BOARDS)
def test_pucks_and_boxes_have_what_holds_them(board):
    found, boxes = bought(board), enclosure_fit.table()
    ankles = 2 if resources.profile(board)["insoles"]["kind"] == "mcp3208" else 0
    waist, ankle = boxes["case"]["waist"], boxes["case"]["ankle"]
    assert screws(found, "screw M3 x 10") == len(waist["bosses_mm"]) + ankles * len(ankle["bosses_mm"])
    assert screws(found, "screw M2 x 6") == len(waist["pegs_mm"]) + ankles * len(ankle["pegs_mm"])
    assert boxes["screw"]["name"].startswith("M3 x 10")
    assert boxes["carrier"]["peg_screw_mm"] == 6
    assert screws(found, f"hard disc {1e3 * cells.load().diameter_m:g} mm") == 16
    assert screws(found, "hard disc 20 mm") == 16
    assert screws(found, "perforated board 50 x 70") == 1
    assert waist["parts"]["carrier"]["size_mm"][:2] == [50, 70]
    assert screws(found, "perforated board 40 x 60") == ankles
    assert ankle["parts"]["carrier"]["size_mm"][:2] == [60, 40]
    assert screws(found, "hook-and-loop strap 25") == ankles
    assert boxes["strap"]["width_mm"] == 25
    for safety in ("USB isolator", "USB cable with a magnetic plug"):
        assert screws(found, safety) == 1


def test_every_line_is_for_some_board_and_every_board_is_named():
    used = {line.part for board in BOARDS for line in bought(board)}
    assert [line.part for line in bom.lines() if line.part not in used] == []
    for line in bom.lines():
        for condition in line.boards.split() if not line.kind else ():
            assert any(bom.applies(condition, resources.profile(board)) for board in BOARDS), condition


def test_the_file_is_plain_csv_with_the_columns_that_people_read():
    path = resources.data_dir("hardware") / "bom.csv"
    rows = list(csv.reader(path.read_text("utf-8").splitlines()))
    assert tuple(rows[0]) == bom.COLUMNS
    assert all(len(row) == len(rows[0]) for row in rows)
    assert path.read_text("utf-8").isascii()


def test_a_part_that_the_list_lacks_or_has_twice_is_named():
    wiring, listed = netlist.load("esp32-devkit"), bom.lines()
    without = [line for line in listed if line.kind != "regulator"]
    with pytest.raises(HardwareError, match="0 lines for the part 'regulator'"):
        bom.to_buy(without, wiring)
    other = [replace(line, value="470 ohm") if line.value == "560 ohm" else line for line in listed]
    with pytest.raises(HardwareError, match="0 lines for the part 'divider 560 ohm'"):
        bom.to_buy(other, wiring)
    with pytest.raises(HardwareError, match="2 lines for the part 'mcp3208'"):
        bom.to_buy([*listed, next(line for line in listed if line.kind == "mcp3208")], wiring)


GOOD: dict[str, str] = dict(
    zip(bom.COLUMNS, ("", "", "all", "2", "", "thing", "", "", "", "1", "2", "because"), strict=True)
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quantity": "two"}, "quantity and prices are numbers"),
        ({"quantity": "0"}, "a quantity above 0"),
        ({"quantity": "wiring"}, "either a kind and 'wiring'"),
        ({"kind": "led"}, "either a kind and 'wiring'"),
        ({"low_usd": "3"}, "from low to high"),
        ({"why": ""}, "why it is there"),
    ],
)
def test_a_damaged_line_is_refused_by_its_number(change, said):
    assert bom.parse([GOOD])[0].quantity == 2
    with pytest.raises(HardwareError, match=f"line 3: .*{said}"):
        bom.parse([GOOD, GOOD | change])
    with pytest.raises(HardwareError, match="line 2: the columns"):
        bom.parse([{"part": "thing"}])


def test_conditions_are_read_from_the_profile():
    profile = resources.profile("esp32-sd")
    assert bom.applies("all", profile)
    assert bom.applies("insoles.kind=mux log.kind=sdcard", profile)
    assert not bom.applies("log.kind=partition", profile)
    assert not bom.applies("name.kind=esp32-sd", profile)
    with pytest.raises(HardwareError, match="'sdcard' is no condition"):
        bom.applies("sdcard", profile)


def test_the_total_is_the_sum_of_what_is_bought():
    line = bom.parse([GOOD])[0]
    assert bom.total_usd([replace(line, quantity=2.4, unit="m"), line]) == (5, 10)


@pytest.mark.parametrize("board", BOARDS)
def test_the_command_lists_and_sums(board, capsys):
    assert cli.main(["hardware", "bom", "--board", board, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    low = sum(-(-line["quantity"] // 1) * line["low_usd"] for line in facts["lines"])
    assert facts["total_low"] == pytest.approx(low, abs=0.01)
    assert 100 < facts["total_low"] < facts["total_high"] < 600
    assert cli.main(["hardware", "bom", "--board", board, "--why"]) == 0
    said = capsys.readouterr().out
    assert all(line["part"] in said and line["why"] in said for line in facts["lines"])
    assert f"{facts['total_low']:.0f} to {facts['total_high']:.0f} US dollars" in said


def test_an_unknown_board_is_named(capsys):
    assert cli.main(["hardware", "bom", "--board", "arduino"]) == 1
    assert "There is no board 'arduino'" in capsys.readouterr().err
