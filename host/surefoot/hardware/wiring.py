# SPDX-License-Identifier: MIT
"""The command `hardware wiring`: the harness as a picture, or as YAML for WireViz."""

from __future__ import annotations

import argparse
import json
from io import BytesIO
from pathlib import Path
from typing import Any

from surefoot import resources

from .netlist import Netlist
from .sheet import HardwareError, Page

NAME = "wiring"
HELP = "which wire goes where, as a picture"
DESCRIPTION = """\
Draw board, modules, plugs and cables of a device on one sheet of A4, every wire in its colour, for the pins that the
board's profile names. --yaml writes the same harness for WireViz instead."""
FORMATS = (".pdf", ".svg", ".png")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_board(parser)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="a new .pdf, .svg or .png; .yaml with --yaml (default: wiring-BOARD.pdf)",
    )
    parser.add_argument("--yaml", action="store_true", help="write WireViz YAML, not a picture")


def add_board(parser: argparse.ArgumentParser) -> None:
    """--board, as every command about one device has it."""
    known = ", ".join(resources.boards())
    parser.add_argument("--board", default=resources.BOARD, metavar="NAME", help=f"{known} (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """0 when the file is written. Raises HardwareError where the netlist breaks a rule."""
    from .sheet import write_new

    n = sound(args.board)
    out = args.out or Path(f"wiring-{n.board}.{'yaml' if args.yaml else 'pdf'}")
    if args.yaml:
        if out.suffix.lower() not in (".yaml", ".yml"):
            raise HardwareError(f"{out} doesn't end in .yaml: give the file such a name.")
        data = wireviz_yaml(n).encode()
    else:
        from .wiring_picture import draw

        data = picture(draw(n), out, f"Surefoot, wiring of {n.board}")
    write_new(out, data)
    wires = sum(len(cable.wires) for cable in n.cables)
    if args.json:
        print(json.dumps({"kind": "surefoot-wiring", "board": n.board, "file": str(out), "wires": wires}))
    else:
        print(f"{out}: {n.board}, {wires} wires in {len(n.cables)} cables; no rule is broken")
    return 0


def sound(board: str) -> Netlist:
    """A shipped board's netlist that keeps all rules. Raises HardwareError."""
    from . import erc
    from .netlist import load

    n = load(board)
    wrong = erc.check(n)
    if wrong:
        raise HardwareError(f"The wiring of {board} breaks {len(wrong)} rules, so it isn't drawn. " + " ".join(wrong))
    return n


def picture(sheet: Page, path: Path, title: str) -> bytes:
    """A page as the bytes of a file of that name: the same page gives the same bytes."""
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise HardwareError(f"{path} doesn't end in {', '.join(FORMATS)}: give the file such a name.")
    if kind == ".pdf":
        from .sheet import pdf

        return pdf([sheet], title)
    import matplotlib

    out = BytesIO()
    facts: dict[str, Any] = {"Title": title, "Date": None} if kind == ".svg" else {"Title": title}
    with matplotlib.rc_context({"svg.hashsalt": "surefoot", "font.family": ["DejaVu Sans"]}):
        sheet.figure.savefig(out, format=kind[1:], metadata=facts, dpi=200)
    return out.getvalue()


def wireviz(n: Netlist) -> dict[str, Any]:
    """The harness as WireViz's tables: parts that wires end at, cables, and which core goes where."""
    ends = {node for cable in n.cables for wire in cable.wires for node in (wire.a, wire.b)}
    connectors = {}
    for ref, part in n.parts.items():
        pins = [pin for pin in part.pins if any(node.ref == ref and node.pin == pin for node in ends)]
        if pins:
            connectors[ref] = {
                "type": part.label,
                "subtype": part.value or part.place,
                "pins": [_pin(pin) for pin in pins],
            }
    cables, joined = {}, []
    for cable in n.cables:
        cables[cable.ref] = {
            "notes": cable.label,
            "length": cable.length_m,
            "gauge": f"{cable.section_mm2:g} mm2",
            "colors": [wire.colour for wire in cable.wires],
        }
        for core, wire in enumerate(cable.wires, 1):
            joined.append([{wire.a.ref: [_pin(wire.a.pin)]}, {cable.ref: [core]}, {wire.b.ref: [_pin(wire.b.pin)]}])
    return {"connectors": connectors, "cables": cables, "connections": joined}


def _pin(name: str) -> int | str:
    """WireViz takes what looks like a number for one."""
    return int(name) if name.isdigit() else name


def wireviz_yaml(n: Netlist) -> str:
    """`wireviz` as YAML: block style for the tables, JSON, which YAML contains, for what stands in them."""
    tables = wireviz(n)
    lines = [f"# Surefoot, wiring of {n.board}: `wireviz` draws it. Made from the board's profile."]
    for name in ("connectors", "cables"):
        lines.append(f"{name}:")
        for ref, entry in tables[name].items():
            lines.append(f"  {json.dumps(ref)}:")
            lines += [f"    {key}: {json.dumps(entry[key], ensure_ascii=False)}" for key in entry]
    lines.append("connections:")
    for three in tables["connections"]:
        lines.append("  -")
        lines += [f"    - {json.dumps(end, ensure_ascii=False)}" for end in three]
    return "\n".join(lines) + "\n"
