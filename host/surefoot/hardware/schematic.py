# SPDX-License-Identifier: MIT
"""The command `hardware schematic`: circuit diagrams of one insole's front end, supply, button and lamps."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .netlist import GROUND, SUPPLY, Netlist, Node
from .sheet import HardwareError, Page, Paper, page, text
from .wiring import add_board, picture, sound

NAME = "schematic"
HELP = "circuit diagrams of front end, supply, button and lamps"
DESCRIPTION = """\
Draw the circuits that the wiring picture names in words only: a cell with its divider and converter, the line to the
ankle, the supply, button and lamps, with the values and pins of the board's netlist. It needs the extra 'hardware'."""
WIDTH, HEIGHT = 297.0, 210.0
SIZE_PT = 8
UNIT_MM, EDGE_UNITS = 7.3, 0.9  # a unit on paper; room around a diagram
TITLES = ("One cell of sixteen", "Lines to the converter", "Supply", "Button and lamps")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_board(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="a new .pdf, .svg or .png (default: circuits-BOARD.pdf)"
    )


def run(args: argparse.Namespace) -> int:
    """0 when the file is written. Raises HardwareError where the extra is missing or the netlist breaks a rule."""
    from .sheet import write_new

    n = sound(args.board)
    out = args.out or Path(f"circuits-{n.board}.pdf")
    write_new(out, picture(draw(n), out, f"Surefoot, schematic of {n.board}"))
    if args.json:
        print(json.dumps({"kind": "surefoot-schematic", "board": n.board, "file": str(out)}))
    else:
        print(f"{out}: {n.board}, {len(n.parts)} parts on {len(n.nets)} nets")
    return 0


def _schemdraw() -> Any:
    try:
        import schemdraw
    except ImportError:
        raise HardwareError(
            "Circuit diagrams are drawn by schemdraw, which isn't installed: pip install 'surefoot[hardware]'. "
            "`surefoot hardware netlist` lists the same connections without it."
        ) from None
    return schemdraw


def draw(n: Netlist) -> Page:
    """All diagrams of one device on a sheet of A4 landscape."""
    schemdraw = _schemdraw()
    sheet = page(Paper("a4 landscape", WIDTH, HEIGHT))
    text(sheet.paper, 8, 200, f"Surefoot, circuits of {n.board}", 12, weight="bold")
    text(sheet.paper, 8, 195.5, n.title, 7.5, color="#39434e")
    text(sheet.paper, 8, 6, "Made from the board's profile; nobody has built this yet.", 6.5, color="#39434e")
    drawn = (_cell, _lines, _supply, _panel)
    for i, (title, circuit) in enumerate(zip(TITLES, drawn, strict=True)):
        left, bottom = (8, 154)[i % 2], (104, 12)[i // 2]
        text(sheet.paper, left, bottom + 84, title, 9.5, weight="bold")
        axes = sheet.figure.add_axes((left / WIDTH, bottom / HEIGHT, 143 / WIDTH, 80 / HEIGHT))
        drawing = schemdraw.Drawing(canvas=axes, show=False, unit=2.4, fontsize=SIZE_PT, lw=1.0)
        circuit(n, drawing)
        drawing.draw(show=False)
        box = drawing.get_bbox()
        axes.set_axis_off()
        axes.set_xlim(box.xmin - EDGE_UNITS, box.xmin - EDGE_UNITS + 143 / UNIT_MM)
        axes.set_ylim(box.ymax + 0.8 - 80 / UNIT_MM, box.ymax + 0.8)
    return sheet


def _value(n: Netlist, ref: str) -> str:
    value = n.parts[ref].value
    words = value.replace("kohm", "k\u03a9").replace("ohm", "\u03a9").replace("uF", "\u00b5F")
    return f"{ref}\n{words}"


def _board_pin(n: Netlist, name: str) -> str:
    return next((node.pin for node in n.nets.get(name, ()) if node.ref == "BOARD"), "")


def _cell(n: Netlist, d: Any) -> None:
    """Supply, plug, cell, plug, divider and capacitor, channel; the resistor that names side and size."""
    import schemdraw.elements as elm

    node = n.net_of(Node("L1", "B")) or ""
    channel = next(str(one) for one in n.nets[node] if n.parts[one.ref].kind in ("mcp3208", "mux"))
    contact = {one.pin for one in n.nets[node] if one.ref == "XI-L"}.pop()
    number = {one.pin for one in n.nets["ID L"] if one.ref == "XI-L"}.pop()
    first = {one.pin for one in n.nets[SUPPLY] if one.ref == "XI-L"}.pop()
    d += elm.Vdd().label(SUPPLY)
    d += elm.Line().right().length(1.2)
    d += elm.Dot(open=True).label(f"XI-L.{first}", "top")
    d += elm.Line().right().length(2.2)
    d += (common := elm.Dot())
    d += elm.Line().right().length(2.6)
    d += elm.Resistor().down().length(3).label("R-ID-L\nplugs.toml", "bottom")
    d += elm.Line().down().length(0.3)
    d += elm.Line().right().length(1.4)
    d += elm.Dot(open=True).label(f"XI-L.{number}", "top")
    d += elm.Line().right().length(1.2)
    d += elm.Dot(open=True).label("TP-L: read\nwith a meter", "right")
    d += elm.ResistorVar().at(common.center).down().length(3).label("cell L1", "top")
    d += elm.Line().down().length(1.6)
    d += elm.Line().left().length(2.2)
    d += elm.Dot(open=True).label(f"XI-L.{contact}", "top")
    d += elm.Line().left().length(1.2)
    d += (join := elm.Dot())
    d += elm.Resistor().down().length(2.6).label(_value(n, "RM-L1"), "bottom")
    d += elm.Ground()
    d += elm.Line().at(join.center).left().length(2.2)
    d += (second := elm.Dot())
    d += elm.Capacitor().down().length(2.6).label(_value(n, "C-L1"), "bottom")
    d += elm.Ground()
    d += elm.Line().at(second.center).left().length(1.4)
    d += elm.Dot(open=True).label(channel, "left")


def _lines(n: Netlist, d: Any) -> None:
    """What is between board and converters: series resistors, plug, pull-ups; for a multiplexer its select lines."""
    import schemdraw.elements as elm

    if n.of_kind("mux"):
        for i, line in enumerate(("SIG", "S0", "S1", "S2", "S3")):
            pin = _board_pin(n, n.net_of(Node("MUX", line)) or "")
            d += elm.Dot(open=True).at((0, -1.3 * i)).label(f"BOARD.{pin}", "left")
            d += elm.Line().right().length(4)
            d += elm.Dot(open=True).label(f"MUX.{line}", "right")
        d += elm.Label().at((2, -7.6)).label("cells: MUX.C0 to C7 left, C8 to C15 right", "center")
        return
    pulled: Any = None
    for i, (line, far) in enumerate((("SCK", "CLK"), ("MOSI", "DIN"), ("CS", "CS"))):
        ref = f"R-{line}-L"
        pin = _board_pin(n, n.net_of(Node(ref, "1")) or "")
        contact = next(one.pin for one in n.nets[n.net_of(Node(ref, "2")) or ""] if one.ref == "XB-L")
        d += elm.Dot(open=True).at((0, -2 * i)).label(f"BOARD.{pin}", "left")
        d += elm.Resistor().right().length(2.6).label(_value(n, ref).replace("\n", "  "), "top")
        d += elm.Dot(open=True).label(f"XB-L.{contact}", "bottom")
        d += elm.Line().right().length(4.2)
        if line == "CS":
            d += (pulled := elm.Dot())
            d += elm.Line().right().length(2)
        else:
            d += elm.Line().right().length(2)
        d += elm.Dot(open=True).label(f"ADC-L.{far}", "right")
    d += elm.Resistor().at(pulled.center).down().length(2.4).label(_value(n, "R-PU-L"), "bottom")
    d += elm.Line().right().length(0.8)
    d += elm.Vdd().label(SUPPLY, "right")
    name = n.net_of(Node("ADC-L", "DOUT")) or ""
    pull = next(one.ref for one in n.nets[name] if n.parts[one.ref].kind == "pull_up")
    contact = next(one.pin for one in n.nets[name] if one.ref == "XB-L")
    y = -8.4
    d += elm.Dot(open=True).at((0, y)).label(f"BOARD.{_board_pin(n, name)}", "left")
    d += elm.Line().right().length(1.3)
    d += (at := elm.Dot())
    d += elm.Line().right().length(1.3)
    d += elm.Dot(open=True).label(f"XB-L.{contact}", "bottom")
    d += elm.Line().right().length(6.2)
    d += elm.Dot(open=True).label("ADC-L.DOUT", "right")
    d += elm.Resistor().at(at.center).up().length(2.2).label(_value(n, pull), "bottom")
    d += elm.Vdd().label(SUPPLY, "right")


def _supply(n: Netlist, d: Any) -> None:
    """Cell, plug, switch, what feeds the board; the gauge's divider before the switch."""
    import schemdraw.elements as elm

    d += elm.BatteryCell().up().reverse().length(3).label("BAT\n" + n.parts["BAT"].value.replace(", ", "\n"), "top")
    d += elm.Dot(open=True).label("X-BAT", "top")
    d += elm.Line().right().length(1.4)
    d += (tap := elm.Dot())
    d += elm.Line().right().length(3.4)
    d += elm.Switch().right().length(2.6).label("S1", "top")
    if "REG" in n.parts:
        d += (inlet := elm.Dot())
        ic = _block(d, "REG", n.parts["REG"].label, ("IN", "OUT", "GND"))
        d += elm.Ground().at(ic.GND)
        d += elm.Line().at(ic.OUT).right().length(1)
        d += (outlet := elm.Dot())
        d += elm.Line().right().length(1.2)
        d += elm.Dot(open=True).label("BOARD.3V3", "right")
        for at, ref in ((inlet, "C-REG-IN"), (outlet, "C-REG-OUT")):
            d += elm.Capacitor().at(at.center).down().length(2.6).label(_value(n, ref), "bottom")
            d += elm.Ground()
    else:
        ic = _block(d, "Q1", n.parts["Q1"].label.split(",")[0], ("D", "S", "G"))
        d += elm.Line().at(ic.S).right().length(1)
        d += elm.Dot(open=True).label("BOARD.BAT+", "right")
        d += elm.Line().at(ic.G).down().length(0.7)
        d += (gate := elm.Dot())
        d += elm.Line().right().length(2.2)
        d += elm.Dot(open=True).label("BOARD.5V", "right")
        d += elm.Resistor().at(gate.center).down().length(2.2).label(_value(n, "R-GATE"), "bottom")
        d += elm.Ground()
    d += elm.Ground().at((0, 0))
    if "R-UP" in n.parts:
        d += elm.Resistor().at(tap.center).down().length(2.4).label(_value(n, "R-UP"), "bottom")
        d += (half := elm.Dot())
        d += elm.Resistor().down().length(2.4).label(_value(n, "R-DOWN"), "bottom")
        d += elm.Ground()
        d += elm.Line().at(half.center).right().length(2.6)
        d += (side := elm.Dot())
        d += elm.Capacitor().down().length(2.4).label(_value(n, "C-GAUGE"), "bottom")
        d += elm.Ground()
        d += elm.Line().at(side.center).right().length(0.7)
        d += elm.Dot(open=True).label(f"BOARD.{_board_pin(n, 'HALF CELL')}", "right")


def _block(d: Any, ref: str, label: str, names: tuple[str, str, str]) -> Any:
    """A box with a pin at the left, one at the right and one below, behind a short line."""
    import schemdraw.elements as elm

    pins = [
        elm.IcPin(name, side=side, pinlblsize=SIZE_PT, lblsize=SIZE_PT)
        for name, side in zip(names, ("left", "right", "bottom"), strict=True)
    ]
    d += elm.Line().right().length(0.8)
    d += (box := elm.Ic(pins=pins, size=(2.6, 1.8)).anchor(names[0]).right().label(f"{ref}: {label}", "top"))
    return box


def _panel(n: Netlist, d: Any) -> None:
    """Each from the board's pin to where it ends."""
    import schemdraw.elements as elm

    y = 0.0
    if "BTN" in n.parts:
        other = n.net_of(Node("BTN", "B"))
        d += elm.Dot(open=True).at((0, y)).label(f"BOARD.{_board_pin(n, 'BUTTON')}", "left")
        d += elm.Button().right().length(3).label("BTN", "top")
        d += elm.Line().right().length(1)
        d += elm.Ground() if other == GROUND else elm.Vdd().label(SUPPLY)
        y -= 2.2
    for lamp in n.of_kind("led"):
        ref = f"R-{lamp.value}"
        pin = _board_pin(n, n.net_of(Node(ref, "1")) or "")
        high = n.net_of(Node(lamp.ref, "K")) == GROUND
        d += elm.Dot(open=True).at((0, y)).label(f"BOARD.{pin}", "left")
        d += elm.Resistor().right().length(3).label(_value(n, ref).replace("\n", "  "), "top")
        led = elm.LED().right().length(2.6)
        d += (led if high else led.reverse()).label(lamp.ref, "bottom")
        d += elm.Ground() if high else elm.Vdd().label(SUPPLY)
        y -= 2.6
    if not n.of_kind("led"):
        d += elm.Label().at((3, y - 0.3)).label("the lamp is on the board itself", "center")
        y -= 1.6
    _cue(n, d, y)


def _cue(n: Netlist, d: Any, y: float) -> None:
    """A buzzer below all else of the panel, a motor beside it."""
    import schemdraw.elements as elm

    if "R-CUE" not in n.parts:
        return
    at = (0, y) if "BUZ" in n.parts else (8.4, -3.4)
    d += elm.Dot(open=True).at(at).label(f"BOARD.{_board_pin(n, 'CUE')}", "left")
    if "BUZ" in n.parts:
        d += elm.Resistor().right().length(3).label(_value(n, "R-CUE").replace("\n", "  "), "top")
        d += elm.Crystal().right().length(2.6).label("BUZ", "bottom")
        d += elm.Ground()
        return
    d += elm.Line().right().length(0.6)
    d += (gate := elm.Dot())
    ic = _block(d, "Q-CUE", n.parts["Q-CUE"].label.split(",")[0], ("G", "D", "S"))
    d += elm.Ground().at(ic.S)
    d += elm.Line().at(ic.D).right().length(1.55)
    d += (drain := elm.Dot())
    d += elm.Motor().up().length(2.6).label("MOT", "top")
    d += elm.Vdd().label(SUPPLY)
    d += elm.Line().at(drain.center).right().length(1.75)
    d += elm.Diode().up().length(2.6).label("D-CUE", "top")
    d += elm.Vdd().label(SUPPLY)
    d += elm.Vdd().at((12.5, -6.4)).label(SUPPLY)
    d += elm.Capacitor().down().length(2.2).label(_value(n, "C-CUE"), "bottom")
    d += elm.Ground()
    d += elm.Resistor().at(gate.center).down().length(2.2).label(_value(n, "R-CUE"), "top")
    d += elm.Ground()
