# SPDX-License-Identifier: MIT
"""The rule for buzzer and motor; see erc.py."""

from __future__ import annotations

from collections.abc import Iterator

from .netlist import GROUND, Netlist, Node


def cue(n: Netlist) -> Iterator[str]:
    """A buzzer behind a resistor. A motor behind a transistor that is off at the start, its coil's current caught."""
    for part in n.of_kind("buzzer", "motor"):
        near = {one: n.net_of(Node(part.ref, one)) or "" for one in part.pins}
        driven = [
            name for name in near.values() if any(n.pin(node).kind == "gpio out" for node in n.nets.get(name, ()))
        ]
        if driven:
            yield f"{part.ref} is on a pin of the board itself: put a resistor or a transistor between."
    for part in n.of_kind("motor"):
        low, high = n.net_of(Node(part.ref, "-")), n.net_of(Node(part.ref, "+"))
        switches = [one for one in n.of_kind("nmosfet") if low and n.net_of(Node(one.ref, "D")) == low]
        if not switches:
            yield f"{part.ref} has no transistor at its lower end: a pin of the board can't carry a motor."
        for one in switches:
            gate = n.net_of(Node(one.ref, "G"))
            ends = [{n.net_of(Node(r.ref, pin)) for pin in "12"} for r in n.of_kind("divider")]
            if {gate, GROUND} not in ends:
                yield f"{one.ref} has no resistor from its gate to {GROUND}: {part.ref} would run at the start."
        if not any((n.net_of(Node(d.ref, "A")), n.net_of(Node(d.ref, "K"))) == (low, high) for d in n.of_kind("diode")):
            yield f"{part.ref} has no diode from - to +: its coil would break the transistor."
