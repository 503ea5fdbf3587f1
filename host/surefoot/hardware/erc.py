# SPDX-License-Identifier: MIT
"""Rules that a netlist must keep before anybody solders it: each finds faults and says them in a sentence.

They read the netlist and know nothing of how it was made; cells and board pins are held against their own sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from surefoot.cells import CELLS_PER_FOOT, load

from .erc_cue import cue
from .netlist import DESK, FOOT, GROUND, SUPPLY, Netlist, Node, gpio, table, value

PUSH = ("power out", "charge out", "sck out", "mosi out", "select out", "gpio out")
POWER = ("power in", "power any", "reference")


def check(netlist: Netlist) -> list[str]:
    """All that is wrong, one sentence each."""
    return list(_existing(netlist)) or [words for rule in RULES for words in rule(netlist)]


def _existing(n: Netlist) -> Iterator[str]:
    for node in (node for nodes in n.nets.values() for node in nodes):
        if node.ref not in n.parts or node.pin not in n.parts[node.ref].pins:
            yield f"{node} is in a net and does not exist: correct the net."


def _whole(n: Netlist) -> Iterator[str]:
    """Every pin is in one net or marked unused, and every net joins something."""
    places = Counter(node for nodes in n.nets.values() for node in nodes)
    for ref, part in n.parts.items():
        for pin in part.pins:
            node = Node(ref, pin)
            count = places[node] + (node in n.unused)
            if count == 0:
                yield f"{node} is not connected: join it to a net, or mark it unused with a reason."
            elif count > 1:
                yield f"{node} is in {count} places: a pin is in one net, or unused."
    for name, nodes in n.nets.items():
        if len(nodes) < 2:
            yield f"Net {name} has {len(nodes)} pin: a net joins two or more."


def reach(n: Netlist, start: str, *, against: bool = True) -> set[str]:
    """Nets that a voltage on `start` comes to, through switches, series resistors and transistors.

    With `against` False a transistor that is one way passes from its first pin to its second only.
    """
    where = {node: name for name, nodes in n.nets.items() for node in nodes}
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for node in n.nets[here]:
            own = n.parts[node.ref].spec
            for a, b in own.get("through", ()):
                if node.pin not in (a, b) or (node.pin == b and own.get("one_way") and not against):
                    continue
                other = where.get(Node(node.ref, b if node.pin == a else a))
                if other and other not in found:
                    found.add(other)
                    waiting.append(other)
    return found


def _drivers(n: Netlist) -> Iterator[str]:
    """One pin drives a net. Data outputs of chips share a line, as long as each has a select of its own."""
    for name, nodes in n.nets.items():
        drive = [node for node in nodes if n.pin(node).kind in PUSH]
        if len(drive) > 1:
            yield f"Net {name} is driven by {' and '.join(map(str, drive))}: leave one of them."
        several = [node for node in nodes if n.pin(node).kind == "miso out"]
        if drive and several:
            yield f"Net {name} is driven by {drive[0]} and by the data output {several[0]}: part them."
        inputs = [node for node in nodes if n.pin(node).kind.endswith(" in") and n.pin(node).kind not in POWER]
        if inputs and not (drive or several) and not any(n.pin(node).kind in ("passive", "gpio") for node in nodes):
            yield f"Nothing drives net {name}, and {inputs[0]} reads it: join an output to it."


def sources(n: Netlist, name: str) -> list[Node]:
    """The supplies that come to this net; a charger is none."""
    nets = reach(n, name)
    return [node for net in sorted(nets) for node in n.nets[net] if n.pin(node).kind in ("power out", "power any")]


def _volts(n: Netlist, node: Node) -> float:
    return float(n.parts[node.ref].spec["out_v"][node.pin])


def _supplies(n: Netlist) -> Iterator[str]:
    """Each power input sees a voltage that it stands, every other pin one that it survives; one ground."""
    for name, nodes in n.nets.items():
        feeding = sources(n, name)
        highest = max((_volts(n, node) for node in feeding), default=0.0)
        for node in nodes:
            part, kind = n.parts[node.ref], n.pin(node).kind
            own = part.spec.get("supply_v", {})
            if (kind in ("power in", "reference") or (kind == "charge out" and node.pin in own)) and not feeding:
                yield f"No supply comes to {node}: join net {name} to one."
            most = 99.0 if kind == "power out" else part.spec.get("signal_v", 99.0)
            low, high = own.get(node.pin, (0.0, most))
            if highest > high:
                yield f"{node} gets {highest:g} V and stands {high:g}: join it to {SUPPLY}."
            elif kind == "power in" and feeding and highest < low:
                yield f"{node} gets {highest:g} V and needs {low:g}: join it to a higher supply."
            if kind == "ground" and name != GROUND and part.place != DESK:
                yield f"{node} is a ground and lies on net {name}: join it to {GROUND}."
            if name == GROUND and kind in ("power in", "power out", "power any", "reference"):
                yield f"{node} is a supply and lies on {GROUND}: join it to its supply."


def _exclusive(n: Netlist) -> Iterator[str]:
    """Where a board may feed a net itself, a switch takes the other supply away."""
    for name, nodes in n.nets.items():
        either = [node for node in nodes if n.pin(node).kind == "power any"]
        for out in (node for node in nodes if n.pin(node).kind == "power out"):
            if either and not _behind_switch(n, out):
                yield f"{either[0]} and {out} feed net {name} at once: put a switch before {out.ref}."


def _behind_switch(n: Netlist, out: Node) -> bool:
    """Whether the inputs of this supply are parted from the cell by a switch alone."""
    inputs = [Node(out.ref, pin.name) for pin in n.parts[out.ref].pins.values() if pin.kind == "power in"]
    for node in inputs:
        name = n.net_of(node)
        near = [n.parts[other.ref] for other in n.nets[name]] if name else []
        if not any(part.kind == "switch" for part in near) or any(part.kind == "cell" for part in near):
            return False
    return bool(inputs)


def _charging(n: Netlist) -> Iterator[str]:
    """No charge comes to a cell that is worn: neither from a charger, nor from a board that has one."""
    for name, nodes in n.nets.items():
        for charger in (node for node in nodes if n.pin(node).kind == "charge out"):
            for net in reach(n, name, against=False):
                for node in n.nets[net]:
                    if n.parts[node.ref].kind == "cell":
                        yield f"{charger} charges {node.ref} while it is worn: part them, charge on the desk."


def _ratiometric(n: Netlist) -> Iterator[str]:
    """A converter's reference is the very supply of its cells, so that the supply cancels."""
    for part in n.of_kind("mcp3208"):
        reference = n.net_of(Node(part.ref, "VREF"))
        for pin in (name for name, own in part.pins.items() if own.kind == "analog in"):
            name = n.net_of(Node(part.ref, pin))
            for node in n.nets[name] if name else ():
                if n.parts[node.ref].kind == "force_cell":
                    supply = n.net_of(Node(node.ref, "A"))
                    if supply != reference:
                        yield f"{part.ref}.VREF is on {reference}, its cell {node.ref} on {supply}: join them."


def _decoupled(n: Netlist) -> Iterator[str]:
    """A capacitor beside each pair of pins that wants one."""
    for part in n.parts.values():
        for plus, minus in part.spec.get("decouple", ()):
            pair = {n.net_of(Node(part.ref, plus)), n.net_of(Node(part.ref, minus))}
            near = [one for one in n.of_kind("capacitor") if one.group == part.group]
            if not any({n.net_of(Node(one.ref, "1")), n.net_of(Node(one.ref, "2"))} == pair for one in near):
                yield f"{part.ref} has no capacitor from {plus} to {minus}: put one beside it."


def _pins(n: Netlist) -> Iterator[str]:
    """The board's pins are those of its profile, each for one thing."""
    from surefoot.device.profiles import uses

    pins = (n.profile.get("limits") or {}).get("on_board", ())
    own = n.parts["BOARD"].spec.get("on_board", ())
    lamps = ["addressable lamp" if name == "pixel" else f"{name} lamp" for name in own]
    led_out = [use for use in uses(n.profile) if use.pin not in pins and use.what not in lamps]
    wanted = {gpio(n.profile, use.pin): use for use in led_out}
    power = n.parts["BOARD"].spec["pins"]
    joined = {node.pin: name for name, nodes in n.nets.items() for node in nodes if node.ref == "BOARD"}
    roles = {"select": ("select out",), "output": ("sck out", "mosi out", "gpio out"), "input": ("miso in",)}
    roles |= {"button": ("gpio in",), "analog": ("analog in",)}
    for name, use in wanted.items():
        kind = n.parts["BOARD"].pins[name].kind if name in joined else ""
        if name not in joined:
            yield f"{use} of the profile is not wired: join BOARD.{name}."
        elif kind not in roles[use.role]:
            yield f"{use} of the profile is wired as '{kind}': join BOARD.{name} to what it is for."
    for name in joined:
        if name not in wanted and name not in power:
            yield f"BOARD.{name} is wired, and the profile doesn't use it: take it off net {joined[name]}."


def _buses(n: Netlist) -> Iterator[str]:
    """A chip's clock and data come from one host of the board, its select from an output that no other chip hears."""
    heard: dict[Node, str] = {}
    for part in n.parts.values():
        ways = {pin.kind: Node(part.ref, name) for name, pin in part.pins.items()}
        if "select in" not in ways or part.ref == "BOARD":
            continue
        found = {kind: _host(n, ways[kind], far) for kind, far in WAYS.items() if kind in ways}
        for kind, pin in found.items():
            if pin is None:
                yield f"{ways[kind]} does not come to a pin of the board for it: join it to its bus."
        hosts = {n.pin(pin).bus for kind, pin in found.items() if pin and kind != "select in"}
        if len(hosts) > 1:
            yield f"{part.ref} hangs on {' and '.join(sorted(hosts))} at once: join all of it to one bus."
        select = found.get("select in")
        if select in heard:
            yield f"{select} selects {heard[select]} and {part.ref} at once: give each its own."
        if select:
            heard[select] = part.ref
    yield from _idle(n)


WAYS = {"sck in": "sck out", "mosi in": "mosi out", "miso out": "miso in", "select in": "select out"}


def _host(n: Netlist, node: Node, kind: str) -> Node | None:
    """The board's pin of this kind on the line of `node`, through series resistors."""
    name = n.net_of(node)
    nets = reach(n, name) if name else set()
    on_line = [own for net in nets for own in n.nets[net] if own.ref == "BOARD" and n.pin(own).kind == kind]
    return on_line[0] if on_line else None


def _idle(n: Netlist) -> Iterator[str]:
    """A select is high, and a data input reads ones, as long as nobody drives it."""
    for name, nodes in n.nets.items():
        for node in nodes:
            if n.pin(node).kind in ("select in", "miso in"):
                ends = [one.ref for one in nodes if n.parts[one.ref].kind == "pull_up"]
                if not any({n.net_of(Node(ref, "1")), n.net_of(Node(ref, "2"))} == {name, SUPPLY} for ref in ends):
                    yield f"{node} has no pull-up to {SUPPLY}: put one on net {name}."


def _cells(n: Netlist) -> Iterator[str]:
    """Each cell of the map: from the supply over its divider and capacitor to the channel that firmware reads it on."""
    law = load().law
    wants = {"divider": f"{law.rm_ohm:g} ohm", "capacitor": f"{value('cell_uf'):g} uF"}
    chips = {"L": ("ADC-L", "CH", 0), "R": ("ADC-R", "CH", 0)}
    if n.profile["insoles"]["kind"] == "mux":
        chips = {"L": ("MUX", "C", 0), "R": ("MUX", "C", CELLS_PER_FOOT)}
    for foot in FOOT.values():
        for k in range(1, CELLS_PER_FOOT + 1):
            cell = f"{foot}{k}"
            if cell not in n.parts:
                yield f"Cell {cell} is missing: join it between {SUPPLY} and its divider."
                continue
            name = n.net_of(Node(cell, "B")) or ""
            if n.net_of(Node(cell, "A")) != SUPPLY:
                yield f"Cell {cell} does not begin at {SUPPLY}: join its pin A to it."
            ref, prefix, first = chips[foot]
            channel = Node(ref, f"{prefix}{first + k - 1}")
            if n.net_of(channel) != name:
                yield f"Cell {cell} does not come to {channel}, where the firmware reads it: join them."
            for kind, text in wants.items():
                own = [n.parts[node.ref] for node in n.nets.get(name, ()) if n.parts[node.ref].kind == kind]
                good = [one for one in own if n.net_of(Node(one.ref, "2")) == GROUND and one.value == text]
                if len(own) != 1 or len(good) != 1:
                    yield f"Cell {cell} wants one {kind} of {text} to {GROUND}: correct net {name}."


def _lamps(n: Netlist) -> Iterator[str]:
    """Between a lamp and the pin that lights it sits a resistor."""
    for part in n.of_kind("led"):
        ends = [name for name in (n.net_of(Node(part.ref, pin)) for pin in ("A", "K")) if name]
        for name in ends:
            if any(node.ref == "BOARD" and n.pin(node).kind == "gpio out" for node in n.nets[name]):
                yield f"{part.ref} is on a pin without a resistor: put one of {value('lamp_ohm'):g} ohm between."
        near = [
            n.parts[node.ref].kind for name in ends if name and name not in (SUPPLY, GROUND) for node in n.nets[name]
        ]
        if "lamp_resistor" not in near:
            yield f"{part.ref} has no resistor: put one of {value('lamp_ohm'):g} ohm before it."


def _leads(n: Netlist) -> Iterator[str]:
    """Cables are no longer than allowed, and join what the nets join."""
    most_m = float(table()["limits"]["lead_m"])
    for cable in n.cables:
        if not 0 < cable.length_m <= most_m:
            yield f"Cable {cable.ref} is {cable.length_m:g} m long, at most {most_m:g} are allowed: shorten it."
        for wire in cable.wires:
            for end in (wire.a, wire.b):
                if end not in n.nets.get(wire.net, ()):
                    yield f"A wire of {cable.ref} for net {wire.net} ends at {end}, which isn't on it: correct it."
    sides = [n.parts[ref] for ref in n.parts if n.parts[ref].spec.get("key")]
    for a in sides:
        for b in sides:
            same = a.kind == b.kind and a.ref < b.ref
            if same and (not a.value or a.value == b.value):
                yield f"The plugs {a.ref} and {b.ref} fit each other's sockets: key them apart."


RULES = (
    _whole, _drivers, _supplies, _exclusive, _charging, _ratiometric, _decoupled, _pins, _buses, _cells, _lamps,
    cue, _leads,
)  # fmt: skip
