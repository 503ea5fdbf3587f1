# SPDX-License-Identifier: MIT
"""What is joined to what: parts, nets and cables of one device, generated from its board's profile.

Pins of the board come from firmware/profiles, resistors of the cells from hardware/cells.toml, all other parts from
hardware/parts.toml. Drawings, lists and rule checks read this netlist; none has pins of its own.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from surefoot import resources

from .sheet import HardwareError

NAME = "netlist"
HELP = "which pins are joined, checked by rules"
DESCRIPTION = """\
List every net of a device with the pins on it, to be gone through with a meter, and check the netlist by the rules for
supplies, drivers, buses, cells, pull-ups and cables. It ends with 1 where a rule is broken."""
SIDES = ("left", "right")
FOOT = {"left": "L", "right": "R"}
SUPPLY, GROUND = "3V3", "GND"
WAIST, DESK = "waist box", "desk"


@dataclass(frozen=True, order=True)
class Node:
    """One pin of one part."""

    ref: str
    pin: str

    def __str__(self) -> str:
        return f"{self.ref}.{self.pin}"


@dataclass(frozen=True)
class Pin:
    """`kind` as in hardware/parts.toml; `bus` names the SPI host of a board's own pins."""

    name: str
    kind: str
    bus: str = ""


@dataclass(frozen=True, eq=False)
class Part:
    """One thing that is soldered or plugged; `group` is the box in which it is drawn, `place` where it is worn."""

    ref: str
    kind: str
    label: str
    place: str
    group: str
    value: str
    pins: Mapping[str, Pin]
    spec: Mapping[str, Any]


@dataclass(frozen=True)
class Wire:
    """One core from pin to pin; its colour by IEC 60757."""

    net: str
    a: Node
    b: Node
    colour: str


@dataclass(frozen=True)
class Cable:
    """Wires that run together."""

    ref: str
    label: str
    length_m: float
    section_mm2: float
    wires: tuple[Wire, ...]


@dataclass(frozen=True, eq=False)
class Netlist:
    """All of one device. A pin is in one net, or in `unused` with the reason."""

    board: str
    title: str
    profile: Mapping[str, Any]
    parts: Mapping[str, Part]
    nets: Mapping[str, tuple[Node, ...]]
    unused: Mapping[Node, str]
    cables: tuple[Cable, ...]

    def net_of(self, node: Node) -> str | None:
        """The first net that holds this pin."""
        return next((name for name, nodes in self.nets.items() if node in nodes), None)

    def pin(self, node: Node) -> Pin:
        return self.parts[node.ref].pins[node.pin]

    def of_kind(self, *kinds: str) -> list[Part]:
        return [part for part in self.parts.values() if part.kind in kinds]


@cache
def table() -> dict[str, Any]:
    """hardware/parts.toml."""
    return resources.hardware_table("parts.toml", "The table of parts", HardwareError)


def spec(kind: str) -> dict[str, Any]:
    """The entry of a part. Raises HardwareError."""
    try:
        return table()["part"][kind]
    except KeyError:
        raise HardwareError(f"hardware/parts.toml knows no part '{kind}': add [part.{kind}] with its pins.") from None


def value(name: str) -> float:
    """One of the shared values of hardware/parts.toml."""
    return table()["values"][name]


@dataclass
class Draft:
    """A netlist in the making: each `part` says of every pin to which net it goes."""

    profile: Mapping[str, Any]
    parts: dict[str, Part] = field(default_factory=dict)
    nets: dict[str, list[Node]] = field(default_factory=dict)
    unused: dict[Node, str] = field(default_factory=dict)
    cables: list[Cable] = field(default_factory=list)

    def part(
        self,
        ref: str,
        kind: str,
        place: str,
        joined: Mapping[str, str],
        *,
        group: str = "",
        text: str = "",
        label: str = "",
        pins: Mapping[str, Pin] | None = None,
        why: str = "not used",
    ) -> None:
        """Add a part; pins that `joined` (pin to net) leaves out are marked as not used, and why."""
        own = spec(kind)
        pins = {name: Pin(name, what) for name, what in own["pins"].items()} if pins is None else pins
        self.parts[ref] = Part(ref, kind, label or own["label"], place, group or ref, text, pins, own)
        for name in pins:
            if name in joined:
                self.nets.setdefault(joined[name], []).append(Node(ref, name))
            else:
                self.unused[Node(ref, name)] = why

    def cable(self, ref: str, kind: str, ends: Iterable[tuple[str, str, str, str]], *, length_m: float = 0) -> None:
        """Add a cable: net, "REF.PIN" at either end, role of the colour (or the colour itself)."""
        entry, colours = table()["cable"][kind], table()["colour"]
        wires = tuple(Wire(net, _node(a), _node(b), str(colours.get(role, role))) for net, a, b, role in ends)
        self.cables.append(
            Cable(ref, entry["label"], length_m or float(entry["length_m"]), float(entry["section_mm2"]), wires)
        )

    def done(self) -> Netlist:
        nets = {name: tuple(nodes) for name, nodes in self.nets.items()}
        return Netlist(
            self.profile["name"], self.profile["title"], self.profile, self.parts, nets, self.unused, tuple(self.cables)
        )


def _node(text: str) -> Node:
    ref, _, pin = text.partition(".")
    return Node(ref, pin)


def gpio(profile: Mapping[str, Any], pin: int) -> str:
    """A pin's name as its board prints it."""
    limits = profile.get("limits") or {}
    edge = limits["edge"].index(pin) if pin in limits.get("edge", ()) else pin
    return spec(model(profile))["gpio"].format(pin=pin, edge=edge)


def model(profile: Mapping[str, Any]) -> str:
    """The part that a profile's board is. Raises HardwareError."""
    try:
        return table()["board"][profile["name"]]
    except KeyError:
        raise HardwareError(
            f"hardware/parts.toml doesn't say which board '{profile['name']}' is: name its part under [board]."
        ) from None


def build(profile: Mapping[str, Any]) -> Netlist:
    """The netlist of a device, for a board's profile as `surefoot.device.profiles.load` gives it."""
    from . import circuits, circuits_feet

    draft = Draft(profile)
    circuits.board(draft)
    circuits.power(draft)
    circuits.imu(draft)
    if profile["insoles"]["kind"] == "mux":
        circuits_feet.multiplexer(draft)
    else:
        circuits_feet.converters(draft)
    circuits.card(draft)
    circuits.panel(draft)
    circuits.cue(draft)
    return draft.done()


def load(board: str) -> Netlist:
    """The netlist of a shipped board, its profile checked. Raises HardwareError, ProfileError or ResourceMissing."""
    from surefoot.device import profiles

    return build(profiles.load(board))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from .wiring import add_board

    add_board(parser)


def run(args: argparse.Namespace) -> int:
    """0 where no rule is broken, else 1."""
    from . import erc

    n = load(args.board)
    wrong = erc.check(n)
    if args.json:
        print(
            json.dumps(
                {
                    "kind": "surefoot-netlist",
                    "board": n.board,
                    "parts": {ref: {"kind": p.kind, "value": p.value, "place": p.place} for ref, p in n.parts.items()},
                    "nets": {name: [str(node) for node in nodes] for name, nodes in n.nets.items()},
                    "unused": {str(node): why for node, why in n.unused.items()},
                    "broken": wrong,
                }
            )
        )
    else:
        for name, nodes in n.nets.items():
            print(f"{name:<14} {' '.join(map(str, nodes))}")
        for words in wrong:
            print(f"BROKEN: {words}")
        print(f"{n.board}: {len(n.parts)} parts, {len(n.nets)} nets, {len(wrong)} faults.")
    return 1 if wrong else 0
