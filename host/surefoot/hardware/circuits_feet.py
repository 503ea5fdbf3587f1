# SPDX-License-Identifier: MIT
"""The pieces of a device that the feet carry: dividers, converters, leads and insoles; see netlist.py."""

from __future__ import annotations

from surefoot.cells import CELLS_PER_FOOT, load

from .circuits import board_pin, bus_name, capacitor, ohm, pins_of_kind, pull_up
from .netlist import FOOT, GROUND, SIDES, SUPPLY, WAIST, Draft, gpio, spec, table, value


def _cells(draft: Draft, side: str, place: str, group: str) -> None:
    """Dividers, capacitors and plug of one foot where the dividers sit; the insole that goes with it."""
    foot, insole, law = FOOT[side], f"{side} insole", load().law
    plug = {"1": SUPPLY, "10": f"ID {foot}"} | {str(k + 1): f"{foot}{k}" for k in range(1, CELLS_PER_FOOT + 1)}
    key = spec("insole_plug")["key"][side]
    draft.part(f"XI-{foot}", "insole_plug", place, plug, group=group, text=f"key at {key}", why="the key, or free")
    draft.part(f"TP-{foot}", "test_point", place, {"1": f"ID {foot}"}, group=group, text="side and size, against 3V3")
    for k in range(1, CELLS_PER_FOOT + 1):
        name = f"{foot}{k}"
        draft.part(f"RM-{name}", "divider", place, {"1": name, "2": GROUND}, group=group, text=ohm(law.rm_ohm))
        capacitor(draft, f"C-{name}", place, name, value("cell_uf"), group)
        draft.part(name, "force_cell", insole, {"A": SUPPLY, "B": name}, group=insole)
    joined = {"1": SUPPLY, "2": f"ID {foot}"}
    draft.part(f"R-ID-{foot}", "size_resistor", insole, joined, group=insole, text="see plugs.toml")


def _tail(draft: Draft, side: str, kind: str) -> None:
    foot = FOOT[side]
    ends = [(SUPPLY, f"{foot}1.A", f"XI-{foot}.1", "supply")]
    colours = table()["colour"]["foot"]
    for k in range(1, CELLS_PER_FOOT + 1):
        ends.append((f"{foot}{k}", f"{foot}{k}.B", f"XI-{foot}.{k + 1}", colours[k - 1]))
    ends.append((f"ID {foot}", f"R-ID-{foot}.2", f"XI-{foot}.10", "size"))
    draft.cable(f"W-I{foot}", kind, ends)


def converters(draft: Draft) -> None:
    """A converter at each ankle, on a lead whose driven lines begin with a resistor."""
    own = draft.profile["insoles"]
    bus = bus_name(own["spi"])
    for side in SIDES:
        foot, place, box = FOOT[side], f"{side} ankle", f"plug of {side} lead"
        lead = {"SCK": f"SCK {foot}", "MOSI": f"MOSI {foot}", "MISO": f"{bus} MISO", "CS": f"CS {foot}"}
        before = {"SCK": f"{bus} SCK", "MOSI": f"{bus} MOSI", "CS": f"CS {foot} board"}
        plug, ref = f"XB-{foot}", f"ADC-{foot}"
        joined = dict(zip("123456", (SUPPLY, GROUND, *lead.values()), strict=True))
        key = spec("lead_plug")["key"][side]
        draft.part(plug, "lead_plug", WAIST, joined, group=box, text=f"key at {key}", why="the key, or free")
        inside = [(SUPPLY, "BOARD.3V3", f"{plug}.1", "supply"), (GROUND, "BOARD.GND", f"{plug}.2", "ground")]
        for line, net in before.items():
            name = f"R-{line}-{foot}"
            ends = {"1": net, "2": lead[line]}
            draft.part(name, "series", WAIST, ends, group=box, text=ohm(value("series_ohm")))
            role = "select" if line == "CS" else line.lower()
            inside.append((net, board_pin(draft, net), f"{name}.1", role))
        inside.append((lead["MISO"], board_pin(draft, lead["MISO"]), f"{plug}.5", "miso"))
        draft.cable(f"W-{foot}", "inside", inside)
        chip = {"power in": SUPPLY, "reference": SUPPLY, "ground": GROUND, "select in": lead["CS"]}
        chip |= {"sck in": lead["SCK"], "mosi in": lead["MOSI"], "miso out": lead["MISO"]}
        channels = {f"CH{k}": f"{foot}{k + 1}" for k in range(CELLS_PER_FOOT)}
        draft.part(ref, "mcp3208", place, pins_of_kind("mcp3208", chip) | channels, group=place)
        capacitor(draft, f"C-{ref}", place, SUPPLY, value("decouple_nf") / 1000, place)
        capacitor(draft, f"C-BULK-{foot}", place, SUPPLY, value("bulk_uf"), place)
        pull_up(draft, f"R-PU-{foot}", place, lead["CS"], place)
        _cells(draft, side, place, place)
        roles = ("supply", "ground", "sck", "mosi", "miso", "select")
        far = ("VDD", "DGND", "CLK", "DIN", "DOUT", "CS")
        wires = [(joined[str(i + 1)], f"{plug}.{i + 1}", f"{ref}.{far[i]}", roles[i]) for i in range(6)]
        draft.cable(f"W-LEAD-{foot}", "lead", wires)
        _tail(draft, side, "tail")


def multiplexer(draft: Draft) -> None:
    """One multiplexer in the waist box; the leads carry the cells themselves."""
    group, own = "multiplexer", draft.profile["insoles"]
    joined = {"VCC": SUPPLY, "GND": GROUND, "EN": GROUND, "SIG": "MUX OUT"}
    joined |= {f"S{i}": f"MUX S{i}" for i in range(4)}
    for at, foot in enumerate(FOOT.values()):
        joined |= {f"C{CELLS_PER_FOOT * at + k}": f"{foot}{k + 1}" for k in range(CELLS_PER_FOOT)}
    draft.part("MUX", "mux", WAIST, joined, group=group)
    capacitor(draft, "C-MUX", WAIST, SUPPLY, value("decouple_nf") / 1000, group)
    pins = [own["pin"], *own["select"]]
    ends = [(SUPPLY, "BOARD.3V3", "MUX.VCC", "supply"), (GROUND, "BOARD.GND", "MUX.GND", "ground")]
    for pin, line, role in zip(pins, ("SIG", "S0", "S1", "S2", "S3"), ("analog", *["select"] * 4), strict=True):
        ends.append((joined[line], f"BOARD.{gpio(draft.profile, pin)}", f"MUX.{line}", role))
    draft.cable("W-MUX", "inside", ends)
    for at, side in enumerate(SIDES):
        foot = FOOT[side]
        _cells(draft, side, WAIST, f"plug of {side} insole")
        wires = [(SUPPLY, "BOARD.3V3", f"XI-{foot}.1", "supply")]
        for k in range(CELLS_PER_FOOT):
            end = f"MUX.C{CELLS_PER_FOOT * at + k}"
            wires.append((f"{foot}{k + 1}", end, f"XI-{foot}.{k + 2}", table()["colour"]["foot"][k]))
        draft.cable(f"W-{foot}", "inside", wires)
        _tail(draft, side, "long_tail")
