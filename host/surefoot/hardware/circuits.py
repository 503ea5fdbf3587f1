# SPDX-License-Identifier: MIT
"""The pieces of a device at the waist, each added to a netlist in the making; see netlist.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .netlist import DESK, FOOT, GROUND, SIDES, SUPPLY, WAIST, Draft, Pin, gpio, model, spec, value

CARD = "card"  # the bus of the SD card, a host of its own
CELL, USB = "CELL+", "USB 5V"
SWITCHED = "VBAT"
LINES = ("SCK", "MOSI", "MISO")


def bus_name(bus_id: int) -> str:
    return f"SPI{bus_id}"


def ohm(ohms: float) -> str:
    """A resistance in words."""
    return f"{ohms / 1000:g} kohm" if ohms >= 1000 else f"{ohms:g} ohm"


def pins_of_kind(kind: str, nets: Mapping[str, str]) -> dict[str, str]:
    """Pin to net for a part of which only the kinds of pins are known."""
    return {name: nets[what] for name, what in spec(kind)["pins"].items() if what in nets}


def _pin(kind: str, what: str) -> str:
    return next(name for name, own in spec(kind)["pins"].items() if own == what)


def board(draft: Draft) -> None:
    """The board with its pins by the profile. Pins that nothing uses are marked so, where they are led out."""
    from surefoot.device.profiles import CHIPS

    profile, own = draft.profile, spec(model(draft.profile))
    pins = {name: Pin(name, what) for name, what in own["pins"].items()}
    joined = {name: net for name, net in (("GND", GROUND), ("3V3", SUPPLY), ("BAT-", GROUND)) if name in pins}
    if "BAT+" in pins:
        joined |= {"BAT+": "BAT+", "5V": USB}
    used: set[int] = set()

    def put(pin: int, what: str, net: str, bus: str = "") -> None:
        name = gpio(profile, pin)
        pins[name] = Pin(name, what, bus)
        joined[name] = net
        used.add(pin)

    def host(part: Mapping[str, Any], bus: str) -> None:
        for line, way in zip(LINES, ("sck out", "mosi out", "miso in"), strict=True):
            put(part[line.lower()], way, f"{bus} {line}", bus)

    for part in profile["spi"]:
        host(part, bus_name(part["id"]))
    put(profile["imu"]["cs"], "select out", "CS IMU")
    cells, log, light = profile["insoles"], profile["log"], profile["light"] or {}
    if cells["kind"] == "mux":
        put(cells["pin"], "analog in", "MUX OUT")
        for i, pin in enumerate(cells["select"]):
            put(pin, "gpio out", f"MUX S{i}")
    else:
        for side in SIDES:
            put(cells[f"cs_{side}"], "select out", f"CS {FOOT[side]} board")
    if log and log["kind"] == "sdcard":
        host(log, CARD)
        put(log["cs"], "select out", "CS card")
    if profile["button"]:
        put(profile["button"]["pin"], "gpio in", "BUTTON")
    on_board = (profile.get("limits") or {}).get("on_board", ())
    for name, pin in light.items():
        if name == "low":
            continue
        if pin in on_board or name in own.get("on_board", ()):
            pins[f"lamp ({name})"] = Pin(f"lamp ({name})", "gpio out")
            used.add(pin)
        else:
            put(pin, "gpio out", f"LAMP {name}")
    if profile["battery"]:
        put(profile["battery"]["pin"], "analog in", "HALF CELL")
    if profile.get("cue"):
        put(profile["cue"]["pin"], "gpio out", "CUE")
    chip = CHIPS[profile["chip"]]
    led_out = (profile.get("limits") or {}).get("edge") or sorted(
        chip.pins - chip.flash - chip.psram[profile["psram"]] - set(chip.usb) - set(chip.uart)
    )
    for pin in led_out:
        if pin not in used:
            name = gpio(profile, pin)
            pins[name] = Pin(name, "gpio")
    draft.part(
        "BOARD", model(profile), WAIST, joined, pins=pins, why="free, or on the board itself", text=profile["name"]
    )


def capacitor(draft: Draft, ref: str, place: str, net: str, uf: float, group: str) -> None:
    text = f"{uf:g} uF" if uf >= 1 else f"{1000 * uf:g} nF"
    draft.part(ref, "capacitor", place, {"1": net, "2": GROUND}, group=group, text=text)


def pull_up(draft: Draft, ref: str, place: str, net: str, group: str) -> None:
    text = ohm(1000 * value("pull_up_kohm"))
    draft.part(ref, "pull_up", place, {"1": net, "2": SUPPLY}, group=group, text=text)


def power(draft: Draft) -> None:
    """Cell, switch and what feeds the board; the divider of the gauge; the charger on the desk.

    The cell has one plug. It fits the device or the charger, so the cell isn't charged where it is worn. A board that
    has a charger of its own gets a transistor that opens as soon as USB is there.
    """
    profile = draft.profile
    battery, mah = profile["battery"], profile["power"]["cell_mah"]
    group = "cell and switch"
    draft.part("BAT", "cell", WAIST, {"+": CELL, "-": GROUND}, text=f"3.7 V, {mah} mAh")
    draft.part("X-BAT", "cell_plug", WAIST, {"1": CELL, "2": GROUND}, group=group)
    blocked = "BAT+" in draft.parts["BOARD"].pins
    words = "on and off" if blocked else "off while USB is plugged in"
    draft.part("S1", "switch", WAIST, {"A": CELL, "B": SWITCHED}, group=group, text=words)
    draft.cable("W-BAT", "cell_lead", [(CELL, "BAT.+", "X-BAT.1", "supply"), (GROUND, "BAT.-", "X-BAT.2", "ground")])
    if blocked:
        draft.part("Q1", "mosfet", WAIST, {"G": USB, "D": SWITCHED, "S": "BAT+"}, group=group, text="no charging here")
        gate = ohm(1000 * value("gate_kohm"))
        draft.part("R-GATE", "divider", WAIST, {"1": USB, "2": GROUND}, group=group, text=gate)
        feed = [("BAT+", "BOARD.BAT+", "Q1.S", "supply"), (USB, "BOARD.5V", "Q1.G", "lamp")]
        feed.append((GROUND, "BOARD.BAT-", "X-BAT.2", "ground"))
    else:
        joined = {"IN": SWITCHED, "EN": SWITCHED, "OUT": SUPPLY, "GND": GROUND}
        draft.part("REG", "regulator", WAIST, joined, group=group)
        for ref, net in (("C-REG-IN", SWITCHED), ("C-REG-OUT", SUPPLY)):
            capacitor(draft, ref, WAIST, net, value("bulk_uf"), group)
        feed = [(SUPPLY, "BOARD.3V3", "REG.OUT", "supply"), (GROUND, "BOARD.GND", "X-BAT.2", "ground")]
    if battery:
        for ref, kohm, joined in (
            ("R-UP", battery["up_kohm"], {"1": CELL, "2": "HALF CELL"}),
            ("R-DOWN", battery["down_kohm"], {"1": "HALF CELL", "2": GROUND}),
        ):
            draft.part(ref, "divider", WAIST, joined, group=group, text=ohm(1000 * kohm))
        capacitor(draft, "C-GAUGE", WAIST, "HALF CELL", value("gauge_nf") / 1000, group)
        feed.append(("HALF CELL", f"BOARD.{gpio(profile, battery['pin'])}", "R-UP.2", "analog"))
    draft.cable("W-PWR", "inside", feed)
    draft.part("CHG", "charger", DESK, {"BAT+": "CHG+", "BAT-": "CHG-"}, why="its own USB socket", group="charger")
    draft.part("X-CHG", "cell_plug", DESK, {"1": "CHG+", "2": "CHG-"}, group="charger")


def _spi_wires(draft: Draft, bus: str, ref: str, select: str, select_pin: str) -> list[tuple[str, str, str, str]]:
    """A module's wires to the board, by the kinds of its pins."""
    kind = draft.parts[ref].kind
    ends = [
        (SUPPLY, "BOARD.3V3", f"{ref}.{_pin(kind, 'power in')}", "supply"),
        (GROUND, "BOARD.GND", f"{ref}.{_pin(kind, 'ground')}", "ground"),
    ]
    for line, way in (("sck", "in"), ("mosi", "in"), ("miso", "out")):
        net = f"{bus} {line.upper()}"
        own = board_pin(draft, net)
        ends.append((net, own, f"{ref}.{_pin(kind, f'{line} {way}')}", line))
    ends.append((select, f"BOARD.{select_pin}", f"{ref}.{_pin(kind, 'select in')}", "select"))
    return ends


def board_pin(draft: Draft, net: str) -> str:
    return next(str(node) for node in draft.nets[net] if node.ref == "BOARD")


def _module_nets(bus: str, select: str) -> dict[str, str]:
    lines = {"sck in": f"{bus} SCK", "mosi in": f"{bus} MOSI", "miso out": f"{bus} MISO", "select in": select}
    return {"power in": SUPPLY, "ground": GROUND, **lines}


def imu(draft: Draft) -> None:
    """The motion sensor in the waist box, and a pull-up on the data input of each bus: silence reads as ones."""
    own = draft.profile["imu"]
    bus = bus_name(own["spi"])
    draft.part("IMU", own["kind"], WAIST, pins_of_kind(own["kind"], _module_nets(bus, "CS IMU")))
    pull_up(draft, "R-CS-IMU", WAIST, "CS IMU", "IMU")
    for part in draft.profile["spi"]:
        pull_up(draft, f"R-MISO{part['id']}", WAIST, f"{bus_name(part['id'])} MISO", "IMU")
    draft.cable("W-IMU", "inside", _spi_wires(draft, bus, "IMU", "CS IMU", gpio(draft.profile, own["cs"])))


def card(draft: Draft) -> None:
    """The SD card, if the profile logs to one."""
    log = draft.profile["log"]
    if not log or log["kind"] != "sdcard":
        return
    draft.part("SD", "sdcard", WAIST, pins_of_kind("sdcard", _module_nets(CARD, "CS card")))
    pull_up(draft, "R-CS-SD", WAIST, "CS card", "SD")
    pull_up(draft, "R-MISO-SD", WAIST, f"{CARD} MISO", "SD")
    capacitor(draft, "C-SD", WAIST, SUPPLY, value("bulk_uf"), "SD")
    draft.cable("W-SD", "inside", _spi_wires(draft, CARD, "SD", "CS card", gpio(draft.profile, log["cs"])))


def panel(draft: Draft) -> None:
    """Button and lamps. A button pulls to ground or to the supply, a lamp's resistor sits at the board's pin."""
    profile = draft.profile
    button, light = profile["button"], profile["light"] or {}
    if button:
        other = GROUND if button["low"] else SUPPLY
        draft.part("BTN", "button", WAIST, {"A": "BUTTON", "B": other})
        role = "ground" if button["low"] else "supply"
        ends = [("BUTTON", f"BOARD.{gpio(profile, button['pin'])}", "BTN.A", "button")]
        draft.cable("W-BTN", "inside", [*ends, (other, f"BOARD.{other}", "BTN.B", role)])
    wires, low = [], light.get("low", False)
    for name in light:
        if f"LAMP {name}" not in draft.nets:
            continue
        ref, middle = f"R-{name}", f"LAMP {name} LED"
        draft.part(
            ref, "lamp_resistor", WAIST, {"1": f"LAMP {name}", "2": middle}, group="lamps", text=ohm(value("lamp_ohm"))
        )
        ends = {"A": SUPPLY, "K": middle} if low else {"A": middle, "K": GROUND}
        draft.part(f"LED-{name}", "led", WAIST, ends, group="lamps", text=name)
        wires.append((f"LAMP {name}", board_pin(draft, f"LAMP {name}"), f"{ref}.1", "lamp"))
    if wires:
        last = next(iter(ref for ref in draft.parts if ref.startswith("LED-")))
        common, pin, role = (SUPPLY, "A", "supply") if low else (GROUND, "K", "ground")
        draft.cable("W-LAMP", "inside", [*wires, (common, f"BOARD.{common}", f"{last}.{pin}", role)])


def cue(draft: Draft) -> None:
    """What cues steps, where the profile has it: a passive buzzer behind a resistor, or a motor behind a transistor
    that stays off while the board starts, with a diode for the motor's coil and a capacitor for its brushes."""
    own, group = draft.profile.get("cue"), "cue"
    if not own:
        return
    wires = [("CUE", board_pin(draft, "CUE"), "R-CUE.1", "lamp"), (GROUND, f"BOARD.{GROUND}", "R-CUE.2", "ground")]
    if own["kind"] == "buzzer":
        joined = {"1": "CUE", "2": "CUE BUZZER"}
        draft.part("R-CUE", "cue_resistor", WAIST, joined, group=group, text=ohm(value("buzzer_ohm")))
        draft.part("BUZ", "buzzer", WAIST, {"+": "CUE BUZZER", "-": GROUND}, group=group)
        wires[1] = (GROUND, f"BOARD.{GROUND}", "BUZ.-", "ground")
    else:
        gate = ohm(1000 * value("gate_kohm"))
        draft.part("R-CUE", "divider", WAIST, {"1": "CUE", "2": GROUND}, group=group, text=gate)
        draft.part("Q-CUE", "nmosfet", WAIST, {"G": "CUE", "D": "CUE MOTOR", "S": GROUND}, group=group)
        draft.part("MOT", "motor", WAIST, {"+": SUPPLY, "-": "CUE MOTOR"}, group=group)
        draft.part("D-CUE", "diode", WAIST, {"A": "CUE MOTOR", "K": SUPPLY}, group=group)
        capacitor(draft, "C-CUE", WAIST, SUPPLY, value("bulk_uf"), group)
        wires.append((SUPPLY, f"BOARD.{SUPPLY}", "MOT.+", "supply"))
    draft.cable("W-CUE", "inside", wires)
