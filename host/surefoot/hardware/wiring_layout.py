# SPDX-License-Identifier: MIT
"""Where the boxes of the wiring picture stand and which rows they have. Places are in mm on A4 landscape."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from dataclasses import dataclass, field

from .netlist import FOOT, GROUND, SIDES, SUPPLY, Cable, Netlist, Node, Wire

# left leg, left of the board, board, right of it, right leg
TOP = 191.0  # of the highest box
COLUMNS = {"leg L": (6, 48), "L": (66, 102), "centre": (131, 166), "R": (195, 231), "leg R": (249, 291)}
PITCH, HEAD, LINE, SPACE = 4.6, 5.5, 3.2, 4.5
RAILS = {SUPPLY: 2.5, GROUND: 5.0}  # mm from the board


@dataclass(frozen=True)
class Way:
    """A wire on the picture: through which gap ("L", "R", "lead", "tail"), and the side of the box at either end."""

    gap: str
    cable: Cable
    wire: Wire
    side_a: str
    side_b: str


@dataclass
class Box:
    """A group of parts: where it stands, and its rows by side; `y` is its upper edge."""

    name: str
    column: str
    lines: list[str]
    rows: dict[str, list[Node]] = field(default_factory=lambda: {"left": [], "right": [], "below": [], "above": []})
    y: float = 0.0

    @property
    def x(self) -> tuple[float, float]:
        return COLUMNS[self.column]

    @property
    def height(self) -> float:
        rows = max(len(self.rows["left"]), len(self.rows["right"]))
        ends = 3.5 * (bool(self.rows["below"]) + bool(self.rows["above"]))
        return HEAD + ends + PITCH * rows + LINE * len(self.lines) + 1.5

    def row_y(self, side: str, node: Node) -> float:
        top = self.y - HEAD - 3.5 * bool(self.rows["above"])
        return top - PITCH * (self.rows[side].index(node) + 0.5)

    def contact_x(self, side: str, node: Node) -> float:
        left, right = self.x
        step = (right - left - 3) / len(self.rows[side])
        return left + 1.5 + step * (self.rows[side].index(node) + 0.5)


def boxes_of(n: Netlist) -> dict[str, Box]:
    groups: dict[str, list[str]] = defaultdict(list)
    for part in n.parts.values():
        groups[part.group].append(part.ref)
    column = {"BOARD": "centre", "multiplexer": "centre", "IMU": "R", "lamps": "R", "SD": "R"}
    column |= {"BTN": "L", "cue": "R", "cell and switch": "L", "BAT": "leg L", "charger": "leg L"}
    for side in SIDES:
        column |= {f"plug of {side} lead": FOOT[side], f"plug of {side} insole": FOOT[side]}
        column |= {f"{side} ankle": f"leg {FOOT[side]}", f"{side} insole": f"leg {FOOT[side]}"}
    order = ["BOARD", "multiplexer", *[name for name in column if name not in ("BOARD", "multiplexer")]]
    first = [name for name in order if name.startswith("plug")]
    legs = [name for name in order if name.endswith(("ankle",))] + [name for name in order if name.endswith(" insole")]
    rest = [name for name in order if name not in first and name not in legs]
    names = [name for name in dict.fromkeys([*first, *legs, *rest]) if name in groups]
    return {
        name: Box(name, column[name], _contents(n, groups[name], 29 if column[name].startswith("leg") else 26))
        for name in names
    }


def _contents(n: Netlist, refs: list[str], width: int) -> list[str]:
    """What is in a box, in lines of so many letters: parts of one kind and value on one line."""
    alike: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for ref in refs:
        part = n.parts[ref]
        nets = tuple(n.net_of(Node(ref, pin)) or "" for pin in part.pins)
        if part.kind in ("force_cell", "divider", "capacitor", "pull_up") and len(nets) == 2:
            far = nets[1] if part.kind != "force_cell" else nets[0]
            cell = next((net for net in nets if len(net) == 2 and net[0] in "LR" and net[1].isdigit()), "")
            alike[part.kind, part.value, (f"{cell[0]}1..{cell[0]}8" if cell else nets[0], far)].append(ref)
    lines = []
    for ref in refs:
        part = n.parts[ref]
        if part.kind in ("regulator", "switch", "mosfet", "mcp3208", "mux", "charger", "test_point"):
            lines.append(f"{ref}: {part.label}" + (f", {part.value}" if part.value else ""))
        elif part.kind in ("lead_plug", "insole_plug"):
            lines.append(f"{ref}: {part.label}, {part.value}")
        elif part.kind == "cell":
            lines.append(part.value)
        elif part.kind == "size_resistor":
            lines.append(f"{ref}: {part.value}")
        elif ref in ("IMU", "SD", "BOARD"):
            lines.append(part.label)
    for (_, value, (near, far)), own in alike.items():
        many = f"{len(own)} x " if len(own) > 1 else ""
        lines.append(f"{many}{units(value) or 'cell'}: {near} to {far}")
    return [part for words in lines for part in wrap(words, width)]


def units(value: str) -> str:
    return value.replace("kohm", "k\u03a9").replace("ohm", "\u03a9").replace("uF", "\u00b5F")


def wrap(words: str, width: int) -> list[str]:
    return textwrap.wrap(words, width, subsequent_indent="   ")


def rows(n: Netlist, boxes: dict[str, Box]) -> list[Way]:
    """Give every end of a wire a row of its box; the wires with their ways."""
    of = {ref: boxes[part.group] for ref, part in n.parts.items()}
    out = []
    for cable in n.cables:
        for wire in cable.wires:
            a, b = of[wire.a.ref], of[wire.b.ref]
            kind, side_a, side_b = _sides(a, b, wire)
            for box, node, side in ((a, wire.a, side_a), (b, wire.b, side_b)):
                if node not in box.rows[side]:
                    box.rows[side].append(node)
            out.append(Way(kind, cable, wire, side_a, side_b))
    return out


def _sides(a: Box, b: Box, wire: Wire) -> tuple[str, str, str]:
    order = list(COLUMNS)
    if a.column == b.column == "centre":
        return ("R", "right", "right") if wire.net in RAILS else ("L", "left", "left")
    if a.column == b.column:
        return ("tail", "above", "below") if a.name.endswith("insole") else ("tail", "below", "above")
    left, right = ("right", "left") if order.index(a.column) < order.index(b.column) else ("left", "right")
    inner = {a.column, b.column} & {"centre"}
    gap = ({a.column, b.column} & {"L", "R"}).pop() if inner else "lead"
    return gap, left, right


def place(boxes: dict[str, Box], ways: list[Way]) -> None:
    """Boxes of a column one below the other; the board's pins in the order in which the boxes want them."""
    board = boxes["BOARD"]
    pins = list(dict.fromkeys([*board.rows["left"], *board.rows["right"]]))
    board.rows["left"] = board.rows["right"] = pins
    for column in COLUMNS:
        y = TOP
        for box in (one for one in boxes.values() if one.column == column):
            if column.startswith("leg") and box.name.endswith("insole") and box.rows["above"]:
                y -= 11  # its tail
            box.y = y
            y -= box.height + SPACE
    others = [box for box in boxes.values() if box.column == "centre" and box is not board]
    total = sum(box.height for box in (board, *others))
    board.y = TOP if others else min(TOP, TOP - (TOP - 45 - total) / 2)
    cell, switch = boxes["BAT"], boxes["cell and switch"]
    switch.y = min(cell.y, switch.y)
    boxes["charger"].y += switch.y - cell.y
    cell.y = switch.y
    outer = [box for box in boxes.values() if box.column in ("L", "R")]
    taken = [box.row_y(side, node) for box in outer for side in ("left", "right") for node in box.rows[side]]
    board.y = _between(board, taken)
    for box in others:
        box.y = board.y - board.height - 7
        box.y = _between(box, taken)
    wanted: dict[Node, list[float]] = defaultdict(list)
    for way in ways:
        a, b = way.wire.a, way.wire.b
        for node, other, side in ((a, b, way.side_b), (b, a, way.side_a)):
            box = next(one for one in boxes.values() if other in one.rows[side])
            if node.ref == "BOARD" and box.column != "centre":
                wanted[node].append(box.row_y(side, other))
    powers = [node for node in pins if node.pin in (SUPPLY, GROUND)]
    rest = [node for node in pins if node not in powers]
    low = min((y for ys in wanted.values() for y in ys), default=0.0)
    pins[:] = powers + sorted(rest, key=lambda node: -sum(wanted[node] or [low]) / max(len(wanted[node]), 1))


def _between(box: Box, taken: list[float]) -> float:
    """The upper edge, at most a row lower, at which its wires run furthest from those of other boxes."""

    def apart(y: float) -> float:
        first = y - HEAD - PITCH / 2
        return min(abs((first - other + PITCH / 2) % PITCH - PITCH / 2) for other in taken)

    return max((box.y - PITCH * step / 24 for step in range(24)), key=apart)
