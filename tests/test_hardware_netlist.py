# SPDX-License-Identifier: MIT
"""The netlist of each board: it joins what the profile says, and a broken one fails the rule that it breaks."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from surefoot import cells, cli, resources
from surefoot.hardware import erc, netlist
from surefoot.hardware.netlist import GROUND, SUPPLY, Netlist, Node, Part, gpio
from surefoot.hardware.sheet import HardwareError

ROOT = Path(__file__).resolve().parents[1]
BOARDS = resources.boards()
Edit = Callable[[Netlist], Netlist]
LEGS = [board for board in BOARDS if resources.profile(board)["insoles"]["kind"] == "mcp3208"]


def node(text: str) -> Node:
    return Node(*text.split("."))


def joined(n: Netlist, *ends: str) -> bool:
    return len({n.net_of(node(end)) for end in ends}) == 1


# -- sound ones --


@pytest.mark.parametrize("board", BOARDS)
def test_a_shipped_board_breaks_no_rule(board: str):
    n = netlist.load(board)
    assert erc.check(n) == []
    assert n.board == board
    assert all(why for why in n.unused.values()), "a pin is unused for a reason"


@pytest.mark.parametrize("board", LEGS)
def test_the_lines_of_the_converters_are_those_of_the_profile(board: str):
    profile = resources.profile(board)
    n = netlist.load(board)
    insoles = profile["insoles"]
    bus = next(one for one in profile["spi"] if one["id"] == insoles["spi"])
    for foot, side in (("L", "left"), ("R", "right")):
        select = insoles[f"cs_{side}"]
        for line, pin, far in (("SCK", bus["sck"], "CLK"), ("MOSI", bus["mosi"], "DIN"), ("CS", select, "CS")):
            assert joined(n, f"BOARD.{gpio(profile, pin)}", f"R-{line}-{foot}.1"), "board to series resistor"
            assert joined(n, f"R-{line}-{foot}.2", f"ADC-{foot}.{far}"), "series resistor to converter"
        assert joined(n, f"BOARD.{gpio(profile, bus['miso'])}", f"ADC-{foot}.DOUT")
        for k in range(1, 9):
            assert joined(n, f"{foot}{k}.B", f"ADC-{foot}.CH{k - 1}", f"RM-{foot}{k}.1", f"C-{foot}{k}.1")
    assert n.parts["RM-L1"].value == f"{cells.load().law.rm_ohm:g} ohm"


def test_the_multiplexer_is_joined_as_its_driver_counts():
    profile = resources.profile("esp32-mux")
    n = netlist.load("esp32-mux")
    assert joined(n, f"BOARD.{gpio(profile, profile['insoles']['pin'])}", "MUX.SIG")
    for i, pin in enumerate(profile["insoles"]["select"]):
        assert joined(n, f"BOARD.{gpio(profile, pin)}", f"MUX.S{i}")
    names = [f"{foot}{k}" for foot in "LR" for k in range(1, 9)]
    assert [n.net_of(node(f"MUX.C{channel}")) for channel in range(16)] == names


@pytest.mark.parametrize("board", BOARDS)
def test_imu_panel_and_gauge(board: str):
    profile = resources.profile(board)
    n = netlist.load(board)
    assert n.parts["IMU"].kind == profile["imu"]["kind"]
    assert joined(n, f"BOARD.{gpio(profile, profile['imu']['cs'])}", "IMU.CS", "R-CS-IMU.1")
    assert joined(n, f"BOARD.{gpio(profile, profile['button']['pin'])}", "BTN.A")
    battery = profile["battery"]
    assert joined(n, f"BOARD.{gpio(profile, battery['pin'])}", "R-UP.2", "R-DOWN.1", "C-GAUGE.1")
    assert n.parts["R-UP"].value == f"{battery['up_kohm']} kohm"
    assert n.net_of(node("R-UP.1")) == n.net_of(node("BAT.+")), "the gauge sees the cell, switch or not"
    lamps = {name for name in ("red", "green", "blue") if f"LED-{name}" in n.parts}
    on_board = set(profile.get("limits", {}).get("on_board", ()))
    wired = {lamp for lamp, pin in profile["light"].items() if pin not in on_board}
    assert lamps == wired - {"low", "pixel"}


def test_the_card_is_on_its_own_lines():
    profile = resources.profile("esp32-sd")
    n = netlist.load("esp32-sd")
    log = profile["log"]
    for pin, line in (("sck", "SCK"), ("mosi", "MOSI"), ("miso", "MISO"), ("cs", "CS")):
        assert joined(n, f"BOARD.{gpio(profile, log[pin])}", f"SD.{line}")
    assert not [ref for ref in netlist.load("esp32-devkit").parts if ref == "SD"]


def test_a_xiao_is_named_as_it_is_printed_and_does_not_charge():
    profile = resources.profile("xiao-esp32s3")
    assert [gpio(profile, pin) for pin in profile["limits"]["edge"]] == [f"D{i}" for i in range(11)]
    n = netlist.load("xiao-esp32s3")
    assert "Q1" in n.parts
    assert "REG" not in n.parts
    assert "REG" in netlist.load("esp32-devkit").parts


def test_a_pin_of_the_profile_is_a_pin_of_the_netlist():
    profile = copy.deepcopy(resources.profile("esp32-devkit"))
    before = netlist.build(profile)
    profile["imu"]["cs"] = 16
    after = netlist.build(profile)
    assert before.net_of(node("BOARD.IO16")) is None
    assert after.net_of(node("BOARD.IO16")) == "CS IMU"
    assert erc.check(after) == []


def test_a_board_without_a_part_is_told():
    profile = copy.deepcopy(resources.profile("esp32-devkit"))
    profile["name"] = "esp32-own"
    with pytest.raises(HardwareError, match=r"hardware/parts\.toml doesn't say which board 'esp32-own' is"):
        netlist.build(profile)
    with pytest.raises(HardwareError, match="knows no part 'valve'"):
        netlist.spec("valve")


@pytest.mark.parametrize("variant", [{"low": False}, {"low": True}])
def test_button_and_lamps_of_either_sense(variant: dict[str, bool]):
    profile = copy.deepcopy(resources.profile("esp32-devkit"))
    profile["light"] |= variant
    profile["button"] |= variant
    n = netlist.build(profile)
    assert erc.check(n) == []
    assert n.net_of(node("BTN.B")) == (GROUND if variant["low"] else SUPPLY)
    assert n.net_of(node("LED-red.A" if variant["low"] else "LED-red.K")) == (SUPPLY if variant["low"] else GROUND)


def test_a_board_without_panel_gauge_and_log_is_sound():
    profile = copy.deepcopy(resources.profile("esp32-devkit"))
    profile |= {"button": None, "light": None, "battery": None, "log": None}
    assert erc.check(netlist.build(profile)) == []


# -- broken ones --


def move(end: str, net: str | None) -> Edit:
    """Take a pin off its net and put it on another, or on none."""

    def edit(n: Netlist) -> Netlist:
        one = node(end)
        nets = {name: tuple(own for own in nodes if own != one) for name, nodes in n.nets.items()}
        if net is not None:
            nets[net] = (*nets.get(net, ()), one)
        return replace(n, nets=nets)

    return edit


def add(end: str, net: str) -> Edit:
    return lambda n: replace(n, nets={**n.nets, net: (*n.nets[net], node(end))})


def without(ref: str) -> Edit:
    """Nobody soldered that part."""

    def edit(n: Netlist) -> Netlist:
        nets = {name: tuple(own for own in nodes if own.ref != ref) for name, nodes in n.nets.items()}
        parts = {name: part for name, part in n.parts.items() if name != ref}
        cables = tuple(
            replace(one, wires=tuple(w for w in one.wires if ref not in (w.a.ref, w.b.ref))) for one in n.cables
        )
        return replace(n, nets=nets, parts=parts, cables=cables)

    return edit


def part(ref: str, **changes: Any) -> Edit:
    return lambda n: replace(n, parts={**n.parts, ref: replace(n.parts[ref], **changes)})


def part_pin(ref: str, pin: str, kind: str) -> Edit:
    def edit(n: Netlist) -> Netlist:
        own = n.parts[ref]
        return part(ref, pins={**own.pins, pin: replace(own.pins[pin], kind=kind)})(n)

    return edit


def cable(ref: str, **changes: Any) -> Edit:
    return lambda n: replace(n, cables=tuple(replace(c, **changes) if c.ref == ref else c for c in n.cables))


def both(*edits: Edit) -> Edit:
    def edit(n: Netlist) -> Netlist:
        for one in edits:
            n = one(n)
        return n

    return edit


def short(ref: str, a: str, b: str) -> Edit:
    """Bridge two nets into one."""

    def edit(n: Netlist) -> Netlist:
        nets = {name: nodes for name, nodes in n.nets.items() if name != b}
        return replace(n, nets={**nets, a: (*n.nets[a], *n.nets[b])})

    return edit


def wrong_wire(n: Netlist) -> Netlist:
    first = n.cables[0]
    wires = (replace(first.wires[0], b=node("BTN.A")), *first.wires[1:])
    return replace(n, cables=(replace(first, wires=wires), *n.cables[1:]))


D, X, M, SD = "esp32-devkit", "xiao-esp32s3", "esp32-mux", "esp32-sd"
BROKEN = [
    # every pin in one place, every net of two
    ("open", D, move("ADC-L.CH3", None), "ADC-L.CH3 is not connected"),
    ("two nets", D, add("IMU.CS", "BUTTON"), "IMU.CS is in 2 places"),
    ("used and unused", D, add("IMU.INT1", "BUTTON"), "IMU.INT1 is in 2 places"),
    ("lonely", D, move("R-ID-L.2", "nowhere"), "Net nowhere has 1 pin"),
    ("no such pin", D, add("IMU.CLKIN", "BUTTON"), "IMU.CLKIN is in a net and does not exist"),
    # one driver
    ("two selects on a net", D, move("BOARD.IO5", "CS L board"), "CS L board is driven by BOARD.IO27 and BOARD.IO5"),
    ("clock into clock", D, move("BOARD.IO14", "SPI2 SCK"), "Net SPI2 SCK is driven by"),
    ("data against data", D, move("IMU.SDO", "SPI2 MOSI"), "is driven by BOARD.IO23 and by the data output IMU.SDO"),
    ("supplies against each other", X, move("BOARD.5V", SUPPLY), "Net 3V3 is driven by BOARD.3V3 and BOARD.5V"),
    # supplies
    ("sensor on the cell", D, move("IMU.VDD", "VBAT"), "IMU.VDD gets 4.2 V and stands 3.6: join it to 3V3."),
    ("sensor on USB", X, move("IMU.VDD", "USB 5V"), "IMU.VDD gets 5 V and stands 3.6: join it to 3V3."),
    ("5 V into a pin", X, move("BOARD.D5", "USB 5V"), "BOARD.D5 gets 5 V and stands 3.6"),
    ("no supply", D, move("ADC-L.VDD", "LAMP red"), "No supply comes to ADC-L.VDD"),
    ("ground off ground", D, move("ADC-L.AGND", "L1"), "ADC-L.AGND is a ground and lies on net L1"),
    ("supply on ground", D, move("ADC-L.VDD", GROUND), "ADC-L.VDD is a supply and lies on GND"),
    ("two sources without a switch", D, both(without("S1"), short("S1", "CELL+", "VBAT")), "feed net 3V3 at once"),
    # charging
    ("transistor bridged", X, both(without("Q1"), short("Q1", "VBAT", "BAT+")), "BOARD.BAT+ charges BAT while it"),
    ("transistor turned round", X, both(move("Q1.D", "BAT+"), move("Q1.S", "VBAT")), "BOARD.BAT+ charges BAT while it"),
    ("charger in the box", D, short("X-CHG", "CELL+", "CHG+"), "CHG.BAT+ charges BAT while it is worn"),
    # ratiometric
    ("reference elsewhere", D, move("ADC-R.VREF", "VBAT"), "ADC-R.VREF is on VBAT, its cell R1 on 3V3"),
    # decoupling
    ("no capacitor at the chip", D, both(without("C-ADC-L"), without("C-BULK-L")), "ADC-L has no capacitor from VDD"),
    ("capacitor far away", D, both(part("C-ADC-L", group="IMU"), part("C-BULK-L", group="IMU")), "ADC-L has no"),
    ("none at the regulator", D, without("C-REG-OUT"), "REG has no capacitor from OUT to GND"),
    ("none at the multiplexer", M, without("C-MUX"), "MUX has no capacitor from VCC to GND"),
    # pins of the profile
    ("a pin less", D, move("BOARD.IO4", None), "Pin 4 (button) of the profile is not wired: join BOARD.IO4."),
    ("a pin more", D, add("BOARD.IO16", "BUTTON"), "BOARD.IO16 is wired, and the profile doesn't use it"),
    ("a pin for something else", D, part_pin("BOARD", "IO4", "gpio out"),
     "Pin 4 (button) of the profile is wired as 'gpio out'"),
    # buses
    ("two buses", D, both(move("IMU.SCL", "SPI1 SCK")), "IMU hangs on SPI1 and SPI2 at once"),
    ("no clock", D, move("IMU.SCL", "LAMP red LED"), "IMU.SCL does not come to a pin of the board for it"),
    ("clock and data swapped", D, both(move("IMU.SCL", "SPI2 MOSI"), move("IMU.SDA", "SPI2 SCK")), "IMU.SCL does not"),
    ("one select for two", D, both(move("ADC-R.CS", "CS L")), "BOARD.IO27 selects ADC-L and ADC-R at once"),
    ("select floats", D, without("R-PU-L"), "ADC-L.CS has no pull-up to 3V3: put one on net CS L."),
    ("data floats", D, without("R-MISO1"), "BOARD.IO32 has no pull-up to 3V3"),
    ("card floats", SD, without("R-CS-SD"), "SD.CS has no pull-up to 3V3"),
    ("pull-down", D, move("R-CS-IMU.2", GROUND), "IMU.CS has no pull-up to 3V3"),
    # cells
    ("cells swapped", D, both(move("L1.B", "L2"), move("L2.B", "L1")), "Cell L1 does not come to ADC-L.CH0"),
    ("feet swapped", M, both(move("L1.B", "R1"), move("R1.B", "L1")), "Cell R1 does not come to MUX.C8"),
    ("no divider", D, without("RM-R5"), "Cell R5 wants one divider of 560 ohm to GND"),
    ("another resistor", D, part("RM-R5", value="10 kohm"), "Cell R5 wants one divider of 560 ohm to GND"),
    ("divider to the supply", D, move("RM-L3.2", SUPPLY), "Cell L3 wants one divider"),
    ("no capacitor", D, without("C-L8"), "Cell L8 wants one capacitor of 1 uF to GND"),
    ("cell on the cell", D, move("L4.A", "VBAT"), "Cell L4 does not begin at 3V3"),
    ("no cell", D, without("L7"), "Cell L7 is missing"),
    # lamps
    ("no resistor", D, both(without("R-red"), short("R-red", "LAMP red", "LAMP red LED")), "LED-red is on a pin"),
    # what cues
    ("buzzer on a pin", D, both(without("R-CUE"), short("R-CUE", "CUE", "CUE BUZZER")), "BUZ is on a pin of the board"),
    ("motor on a pin", SD, move("MOT.-", "CUE"), "MOT is on a pin of the board itself"),
    ("no transistor", SD, without("Q-CUE"), "MOT has no transistor at its lower end"),
    ("no diode", SD, without("D-CUE"), "MOT has no diode from - to +"),
    ("diode turned", SD, both(move("D-CUE.A", SUPPLY), move("D-CUE.K", "CUE MOTOR")), "MOT has no diode from - to +"),
    ("gate floats", SD, without("R-CUE"), "Q-CUE has no resistor from its gate to GND"),
    # cables
    ("long lead", D, cable("W-LEAD-L", length_m=1.5), "Cable W-LEAD-L is 1.5 m long, at most 1.2 are allowed"),
    ("wire to elsewhere", D, wrong_wire, "ends at BTN.A, which isn't on it"),
    ("plugs alike", D, part("XB-R", value="key at 7"), "The plugs XB-L and XB-R fit each other's sockets"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "board", "edit", "words"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_netlist_fails_its_rule(name: str, board: str, edit: Edit, words: str):
    wrong = erc.check(edit(netlist.load(board)))
    assert any(words in one for one in wrong), wrong


def test_a_dead_input_is_told():
    n = netlist.load(D)
    own = n.parts["IMU"]
    other = replace(own, ref="IMU2")
    nets = {**n.nets, "floating": (node("IMU2.SCL"), node("IMU2.SDA"))}
    unused = {**n.unused, **{Node("IMU2", pin): "test" for pin in own.pins if pin not in ("SCL", "SDA")}}
    broken = replace(n, parts={**n.parts, "IMU2": other}, nets=nets, unused=unused)
    assert any(words.startswith("Nothing drives net floating") for words in erc.check(broken))


def test_too_low_a_supply_is_told():
    n = netlist.load(D)
    spec = {**n.parts["IMU"].spec, "supply_v": {"VDD": [4.5, 5.5]}}
    wrong = erc.check(part("IMU", spec=spec)(n))
    assert "IMU.VDD gets 3.3 V and needs 4.5: join it to a higher supply." in wrong


def test_every_rule_is_broken_somewhere():
    """A rule that no broken netlist meets could say nothing for ever."""
    met = set()
    for _, board, edit, _ in BROKEN:
        n = edit(netlist.load(board))
        if not list(erc._existing(n)):
            met |= {rule.__name__ for rule in erc.RULES if list(rule(n))}
    assert met == {rule.__name__ for rule in erc.RULES}


# -- tables and command --


def test_parts_say_what_each_pin_is():
    known = {"power in", "power out", "power any", "charge out", "ground", "reference"}
    known |= {"analog in", "gpio", "passive", "none"}
    known |= {f"{line} {way}" for line in ("sck", "mosi", "miso", "select") for way in ("in", "out")}
    for kind, own in netlist.table()["part"].items():
        assert set(own["pins"].values()) <= known, kind
        for pair in (*own.get("decouple", ()), *own.get("through", ())):
            assert set(pair) <= set(own["pins"]), kind
        for volts in ("supply_v", "out_v"):
            assert set(own.get(volts, {})) <= set(own["pins"]), kind
    assert set(netlist.table()["board"]) == set(BOARDS)


def test_no_pin_of_a_board_is_written_down_in_hardware():
    """Pins come from the profiles alone: a number beside IO or GPIO in this folder would be a second copy."""
    texts = [*(ROOT / "hardware").glob("*.md"), *(ROOT / "hardware").glob("*.toml")]
    texts += (ROOT / "host" / "surefoot" / "hardware").glob("*.py")
    assert len(texts) > 10
    number = re.compile(r"\b(?:GP)?IO ?\d+|\bD\d+\b")
    assert [(path.name, found) for path in texts if (found := number.findall(path.read_text("utf-8")))] == []


def test_the_command_lists_nets(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["hardware", "netlist", "--board", D]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^L1 +ADC-L\.CH0 XI-L\.2 RM-L1\.1 C-L1\.1 L1\.B$", out, re.M)
    assert "0 faults" in out
    assert cli.main(["hardware", "netlist", "--board", D, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["broken"] == []
    assert "BTN.A" in document["nets"]["BUTTON"]


def test_the_command_ends_with_1_for_a_broken_netlist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    broken = move("ADC-L.CH3", None)(netlist.load(D))
    monkeypatch.setattr(netlist, "load", lambda board: broken)
    assert cli.main(["hardware", "netlist", "--board", D]) == 1
    assert "BROKEN: ADC-L.CH3 is not connected" in capsys.readouterr().out


def test_a_part_has_all_its_pins_named():
    n = netlist.load(X)
    own: Part = n.parts["ADC-L"]
    assert len(own.pins) == 16
    assert n.pin(node("ADC-L.VREF")).kind == "reference"
    assert {one.ref for one in n.of_kind("mcp3208")} == {"ADC-L", "ADC-R"}
