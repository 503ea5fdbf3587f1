# SPDX-License-Identifier: MIT
"""The harness on one sheet: the board in the middle with the pins it uses, boxes around it, every wire in its colour.

wiring_layout.py says where.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from .netlist import GROUND, SUPPLY, Cable, Netlist, Node, Wire
from .sheet import INK, PALE, Page, Paper, line, page, text
from .wiring_layout import COLUMNS, HEAD, LINE, PITCH, RAILS, Box, Way, boxes_of, place, rows, units, wrap

WIDTH, HEIGHT = 297.0, 210.0
CORES = {
    "BK": "#222222", "RD": "#d62728", "OG": "#ff8c1a", "YE": "#ffd92f", "GN": "#2ca02c", "BU": "#1f5fd0",
    "VT": "#8e4fc0", "GY": "#9a9a9a", "WH": "#ffffff", "BN": "#7a4a21", "PK": "#ff9ecb",
}  # fmt: skip
HEADS = {"BAT": "BAT: cell", "BTN": "BTN: button", "charger": "charger: on the desk"}


def draw(n: Netlist) -> Page:
    """The picture of one device."""
    sheet = page(Paper("a4 landscape", WIDTH, HEIGHT))
    boxes = boxes_of(n)
    ways = rows(n, boxes)
    place(boxes, ways)
    _title(sheet, n)
    for gap in ("L", "R"):
        _gap(sheet, n, boxes, gap, [way for way in ways if way.gap == gap])
    for kind in ("lead", "tail"):
        for way in (way for way in ways if way.gap == kind):
            _straight(sheet, boxes, way, kind)
    for box in boxes.values():
        _box(sheet, n, box)
    return sheet


def _gap(sheet: Page, n: Netlist, boxes: dict[str, Box], gap: str, ways: list[Way]) -> None:
    """The wires between board and the boxes at one side; each signal has a channel of its own."""
    of = {ref: boxes[part.group] for ref, part in n.parts.items()}
    board = boxes["BOARD"]
    inner, outer = (board.x[0], COLUMNS["L"][1]) if gap == "L" else (board.x[1], COLUMNS["R"][0])
    way = 1 if gap == "L" else -1
    rails: dict[str, list[float]] = defaultdict(list)
    signals = []
    for one in ways:
        wire, ends = one.wire, []
        for node, side in ((wire.a, one.side_a), (wire.b, one.side_b)):
            box = of[node.ref]
            ends.append((box.x[0 if side == "left" else 1], box.row_y(side, node), node, box))
        if wire.net in RAILS and "BOARD" in (wire.a.ref, wire.b.ref):
            for x, y, _, box in ends:
                at = inner - way * RAILS[wire.net]
                rails[wire.net].append(y)
                _core(sheet, [(x, y), (at, y)], wire.colour, wire.net)
                if box.column != "centre":
                    _tag(sheet, x, y, -way if x == outer else way, wire, "")
        else:
            signals.append((wire, ends))
    for net, ys in rails.items():
        at = inner - way * RAILS[net]
        colour = "RD" if net == SUPPLY else "BK"
        _core(sheet, [(at, min(ys)), (at, max(ys))], colour, net)
        for y in set(ys):
            sheet.paper.plot([at], [y], "o", ms=2.6, color=CORES[colour], zorder=6)
    downs = [one for one in signals if _far(one)[1] >= _near(one)[1]]
    ups = [one for one in signals if one not in downs]
    ordered = [*sorted(downs, key=lambda s: -_far(s)[1]), *sorted(ups, key=lambda s: _far(s)[1])]
    room = abs(inner - outer) - 11.5 - max(RAILS.values()) - 1.5
    step = min(1.7, room / max(len(ordered), 1))
    for i, (wire, ends) in enumerate(ordered):
        at = inner - way * (max(RAILS.values()) + 1.8 + step * i)
        (xa, ya, _, _), (xb, yb, _, _) = ends
        _core(sheet, [(xa, ya), (at, ya), (at, yb), (xb, yb)], wire.colour, wire.net)
        far = _far((wire, ends))
        target = _near((wire, ends))[2]
        if far[3].column == "centre":
            continue  # its row names the pin
        _tag(sheet, far[0], far[1], -way if far[0] == outer else way, wire, target.pin)


def _far(one: Any) -> Any:
    """The end of a wire that is not the board's (nor the multiplexer's)."""
    a, b = one[1]
    return b if a[3].name == "BOARD" or (a[3].column == "centre" and b[3].name != "BOARD") else a


def _near(one: Any) -> Any:
    a, b = one[1]
    return a if _far(one) is b else b


def _tag(sheet: Page, x: float, y: float, way: int, wire: Wire, pin: str) -> None:
    words = f"{wire.colour} {pin or wire.net}"
    text(sheet.paper, x - way * 0.8, y + 0.5, words, 6.2, ha="left" if way < 0 else "right", zorder=8)


def _straight(sheet: Page, boxes: dict[str, Box], way: Way, kind: str) -> None:
    """A lead's or a tail's wire from box to box."""
    cable, wire = way.cable, way.wire
    points = []
    for node, side in ((wire.a, way.side_a), (wire.b, way.side_b)):
        box = next(one for one in boxes.values() if node in one.rows[side])
        if kind == "tail":
            y = box.y if side == "above" else box.y - box.height
            points.append((box.contact_x(side, node), y))
        else:
            points.append((box.x[0 if side == "left" else 1], box.row_y(side, node)))
    (xa, ya), (xb, yb) = points
    middle = (xa + xb) / 2
    _core(sheet, [(xa, ya), (middle, ya), (middle, yb), (xb, yb)] if kind == "lead" else points, wire.colour, wire.net)
    first = cable.wires[0] is wire
    if kind == "lead":
        text(sheet.paper, middle, ya + 0.5, wire.colour, 6, ha="center", zorder=8)
    if first:
        _cable(sheet, cable, (middle, max(ya, yb) + 4.5) if kind == "lead" else None, points)


def _cable(sheet: Page, cable: Cable, above: tuple[float, float] | None, points: Any) -> None:
    words = f"{cable.ref}: {cable.length_m:g} m, {len(cable.wires)} x {cable.section_mm2:g} mm\u00b2"
    if above:
        for i, part in enumerate(reversed(wrap(words, 13))):
            text(sheet.paper, above[0], above[1] + 2.6 * i, part.strip(), 6, ha="center", style="italic")
    else:
        y = (points[0][1] + points[1][1]) / 2 - 0.9
        x = sum(COLUMNS["leg L" if points[0][0] < WIDTH / 2 else "leg R"]) / 2
        text(
            sheet.paper, x, y, words, 6, ha="center", style="italic", zorder=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip


def _core(sheet: Page, points: Iterable[tuple[float, float]], colour: str, net: str) -> None:
    """A wire through points: its colour on a dark edge, which white and yellow need on paper."""
    x, y = zip(*points, strict=True)
    for width, shade, z in ((2.3, INK if colour != "BK" else "#ffffff", 2), (1.5, CORES[colour], 3)):
        sheet.paper.plot(
            x, y, color=shade, linewidth=width, zorder=z, gid=net if z == 3 else None, scalex=False, scaley=False,
            solid_capstyle="butt", solid_joinstyle="round",
        )  # fmt: skip


def _box(sheet: Page, n: Netlist, box: Box) -> None:
    from matplotlib.patches import FancyBboxPatch

    left, right = box.x
    low = box.y - box.height
    sheet.paper.add_patch(
        FancyBboxPatch(
            (left, low), right - left, box.height, boxstyle="round,pad=0,rounding_size=1", zorder=4, linewidth=0.8,
            facecolor="#eef2f5" if box.name == "BOARD" else "white", edgecolor=INK,
            linestyle="--" if box.name == "charger" else "-",
        )
    )  # fmt: skip
    above = 3.5 * bool(box.rows["above"])
    text(
        sheet.paper,
        (left + right) / 2,
        box.y - above - 4,
        HEADS.get(box.name, box.name),
        7.5,
        ha="center",
        weight="bold",
        zorder=7,
    )
    line_y = box.y - above - HEAD
    for side in ("left", "right"):
        for node in box.rows[side]:
            x = left + 1 if side == "left" else right - 1
            both = box.name == "BOARD" and node in box.rows["left"] and node in box.rows["right"]
            if both and side == "right":
                continue
            centred = box.name == "BOARD"
            text(
                sheet.paper, (left + right) / 2 if centred else x, box.row_y(side, node) - 0.9,
                _row_words(n, box, node), 7, ha="center" if centred else side, zorder=7,
            )  # fmt: skip
    for side, y in (("above", box.y - 2.6), ("below", low + 0.8)):
        for node in box.rows[side]:
            name = n.net_of(node) or ""
            text(sheet.paper, box.contact_x(side, node), y, name.split()[0], 6, ha="center", zorder=7)
    rows = max(len(box.rows["left"]), len(box.rows["right"]))
    for i, words in enumerate(box.lines):
        text(sheet.paper, left + 1.2, line_y - PITCH * rows - LINE * (i + 0.75), words, 6.2, color="#39434e", zorder=7)


def _row_words(n: Netlist, box: Box, node: Node) -> str:
    if box.name == "BOARD":
        net = n.net_of(node) or ""
        return node.pin if net in (node.pin, SUPPLY, GROUND) else f"{node.pin}   {net}"
    part = n.parts[node.ref]
    if part.kind == "series":
        return f"{units(part.value)} {node.ref.split('-')[1]}"
    if part.kind == "lamp_resistor":
        return f"{units(part.value)}, {node.ref.split('-')[1]}"
    if part.kind in ("lead_plug", "insole_plug", "cell_plug"):
        return f"{node.pin}" + (f"  {n.net_of(node)}" if part.kind == "insole_plug" else "")
    if part.kind == "mux" and node in box.rows["left"]:
        far = next((own.pin for own in n.nets[n.net_of(node) or ""] if own.ref == "BOARD"), "")
        return f"{node.pin}   {far}" if far not in (SUPPLY, GROUND) else node.pin
    return node.pin if part.ref == box.name or part.kind in ("mcp3208", "mux") else f"{node.ref}.{node.pin}"


def _title(sheet: Page, n: Netlist) -> None:
    text(sheet.paper, 6, 203, f"Surefoot, wiring of {n.board}", 12, weight="bold")
    text(sheet.paper, 6, 198.5, n.title, 7.5, color="#39434e")
    notes = [
        "Made from the board's profile; nobody has built this yet. Red and black lines beside the board join all 3V3 "
        "and all GND of the waist box.",
        "Colours by IEC 60757: "
        + ", ".join(f"{code}" for code in CORES)
        + ". A label on a wire names the pin at its other end.",
        f"S1: {n.parts['S1'].value}. The cell's plug fits the device or the charger: nobody charges what is worn. "
        "Left and right plugs have their key in different places.",
    ]
    for i, words in enumerate(notes):
        text(sheet.paper, 6, 12.5 - 3.4 * i, words, 6.5, color="#39434e")
    line(sheet.paper, (6, 16.5), (291, 16.5), colour=PALE, width_pt=0.4)
