# SPDX-License-Identifier: MIT
"""Board profiles: read, checked against the schema and against what the chips' pins can do.

Facts: Espressif's data sheets and hardware design guidelines of ESP32 and ESP32-S3 (strapping pins, pins of flash and
PSRAM, ADC channels, RTC pins), Seeed's pin list of the XIAO ESP32S3, and the data sheets of the parts for their clocks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .. import resources
from ..errors import SurefootError
from .partitions import find, table_for

Profile = Mapping[str, Any]


class ProfileError(SurefootError):
    """A board profile can't be used."""


@dataclass(frozen=True)
class Chip:
    """What a chip's pins can do. `held_high` are strapping pins that read high at reset by themselves."""

    label: str
    arch: str
    pins: frozenset[int]
    strapping: frozenset[int]
    held_high: frozenset[int]
    flash: frozenset[int]
    psram: Mapping[str, frozenset[int]]
    input_only: frozenset[int]
    adc1: frozenset[int]
    rtc: frozenset[int]
    uart: tuple[int, int]
    usb: tuple[int, ...]


def _span(*ends: int) -> frozenset[int]:
    """Pins from first to last, pair by pair."""
    return frozenset(pin for first, last in zip(ends[::2], ends[1::2], strict=True) for pin in range(first, last + 1))


CHIPS = {
    "esp32": Chip(
        label="ESP32",
        arch="xtensawin",
        pins=_span(0, 19, 21, 23, 25, 27, 32, 39),
        strapping=frozenset((0, 2, 5, 12, 15)),
        held_high=frozenset((0, 5, 15)),
        flash=_span(6, 11),
        psram={"none": frozenset(), "quad": frozenset((16, 17)), "octal": frozenset((16, 17))},
        input_only=_span(34, 39),
        adc1=_span(32, 39),
        rtc=frozenset((0, 2, 4)) | _span(12, 15, 25, 27, 32, 39),
        uart=(1, 3),
        usb=(),
    ),
    "esp32s3": Chip(
        label="ESP32-S3",
        arch="xtensawin",
        pins=_span(0, 21, 26, 48),
        strapping=frozenset((0, 3, 45, 46)),
        held_high=frozenset((0,)),
        flash=_span(26, 32),
        psram={"none": frozenset(), "quad": frozenset(), "octal": _span(33, 37)},
        input_only=frozenset(),
        adc1=_span(1, 10),
        rtc=_span(0, 21),
        uart=(43, 44),
        usb=(19, 20),
    ),
}
# The fastest clock of each part; the converter's is its data sheet's for 2.7 V, as 3.3 V is not in it.
_MOST_HZ = {"lsm6dso": 10_000_000, "icm42688": 24_000_000, "mcp3208": 1_000_000}
_SD_HOSTS = {2: 2, 3: 1}  # slot of machine.SDCard -> machine.SPI
_NAMES = {"lsm6dso": "LSM6DSO", "icm42688": "ICM-42688-P", "mcp3208": "MCP3208"}


@dataclass(frozen=True)
class Use:
    """A pin and its role: "select" idles high, "output" the board drives, "input" a part drives, "button", "analog"."""

    pin: int
    role: str
    what: str

    def __str__(self) -> str:
        return f"Pin {self.pin} ({self.what})"


def load(board: str) -> dict[str, Any]:
    """A shipped profile that has passed all checks. Raises ProfileError with every reason, or ResourceMissing."""
    profile = resources.profile(board)
    wrong = check(profile)
    if profile.get("name") != board:
        wrong.append(f"The file {board}.json names itself '{profile.get('name')}': give file and profile one name.")
    if wrong:
        raise ProfileError(f"The profile of {board} can't be used. " + " ".join(wrong))
    return profile


def check(profile: Profile) -> list[str]:
    """What is wrong with a profile, one sentence each; empty where it can be used."""
    wrong = list(_schema(profile))
    if wrong:
        return wrong
    chip = CHIPS[profile["chip"]]
    used = list(uses(profile))
    for rule in (_shared, _existing, _taken, _boot, _roles, _edge, _buses, _parts):
        wrong += rule(profile, chip, used)
    return wrong


def uses(profile: Profile) -> Iterator[Use]:
    """Every pin of the profile, with what it does."""
    for bus in profile["spi"]:
        yield Use(bus["sck"], "output", f"clock of SPI {bus['id']}")
        yield Use(bus["mosi"], "output", f"data output of SPI {bus['id']}")
        yield Use(bus["miso"], "input", f"data input of SPI {bus['id']}")
    yield Use(profile["imu"]["cs"], "select", "chip select of the IMU")
    cells = profile["insoles"]
    if cells["kind"] == "mux":
        yield Use(cells["pin"], "analog", "analogue input of the cells")
        yield from (Use(pin, "output", f"select line {i} of the multiplexer") for i, pin in enumerate(cells["select"]))
    else:
        yield Use(cells["cs_left"], "select", "chip select of the left insole")
        yield Use(cells["cs_right"], "select", "chip select of the right insole")
    log = profile["log"]
    if log and log["kind"] == "sdcard":
        yield Use(log["sck"], "output", "clock of the SD card")
        yield Use(log["mosi"], "output", "data output of the SD card")
        yield Use(log["miso"], "input", "data input of the SD card")
        yield Use(log["cs"], "select", "chip select of the SD card")
    if profile["button"]:
        yield Use(profile["button"]["pin"], "button", "button")
    for name, pin in (profile["light"] or {}).items():
        if name != "low":
            yield Use(pin, "output", "addressable lamp" if name == "pixel" else f"{name} lamp")
    if profile["battery"]:
        yield Use(profile["battery"]["pin"], "analog", "analogue input of the battery")
    if profile.get("cue"):
        yield Use(profile["cue"]["pin"], "output", "vibration motor" if "hz" not in profile["cue"] else "buzzer")


def _schema(profile: Profile) -> Iterator[str]:
    import jsonschema

    schema = json.loads((resources.data_dir("firmware") / "profiles" / "schema.json").read_text("utf-8"))
    for error in sorted(
        jsonschema.Draft202012Validator(schema).iter_errors(profile), key=lambda e: list(map(str, e.path))
    ):
        where = ".".join(map(str, error.absolute_path)) or "the profile"
        yield f"In '{where}' {error.message}: see profiles/schema.json."


def _shared(profile: Profile, chip: Chip, used: list[Use]) -> Iterator[str]:
    first: dict[int, Use] = {}
    for use in used:
        if use.pin in first:
            yield f"Pin {use.pin} is both {first[use.pin].what} and {use.what}: give each its own."
        first.setdefault(use.pin, use)


def _existing(profile: Profile, chip: Chip, used: list[Use]) -> Iterator[str]:
    for use in used:
        if use.pin not in chip.pins:
            yield f"{use} does not exist on the {chip.label}: choose another."


def _taken(profile: Profile, chip: Chip, used: list[Use]) -> Iterator[str]:
    for use in used:
        if use.pin in chip.flash:
            yield f"{use} belongs to the flash of the {chip.label}: choose another."
        elif use.pin in chip.psram[profile["psram"]]:
            yield f"{use} belongs to the {profile['psram']} PSRAM of the {chip.label}: choose another."
        elif use.pin in chip.usb:
            yield f"{use} is a data line of the {chip.label}'s USB: choose another."
        elif use.pin in chip.uart and profile["console"] == "uart":
            yield f"{use} carries the console of the {chip.label}: choose another."


def _boot(profile: Profile, chip: Chip, used: list[Use]) -> Iterator[str]:
    """A strapping pin is read at reset. A select at rest agrees with a pull-up; all other uses decide how it boots."""
    for use in used:
        if use.pin not in chip.strapping:
            continue
        decides = f"{use} decides at reset how the {chip.label} boots"
        if use.role != "select" or use.pin not in chip.held_high:
            yield f"{decides}, and this use can disturb that: choose another."
        elif str(use.pin) not in profile["why"]:
            yield f"{decides}: choose another, or say in 'why' what keeps it right."


def _roles(profile: Profile, chip: Chip, used: list[Use]) -> Iterator[str]:
    for use in used:
        if use.pin in chip.input_only and use.role in ("select", "output"):
            yield f"{use} can't be driven, it is an input only: choose another."
        if use.pin in chip.input_only and use.role == "button":
            yield f"{use} has no pull-up of its own: choose another."
        if use.role == "analog" and use.pin in chip.pins and use.pin not in chip.adc1:
            yield f"{use} is not on ADC1, the converter that always works: choose another."
        if use.role == "button" and use.pin in chip.pins and use.pin not in chip.rtc:
            yield f"{use} can't wake the {chip.label} from deep sleep: choose one of the RTC pins."


def _edge(profile: Profile, chip: Chip, used: list[Use]) -> Iterator[str]:
    limits = profile.get("limits")
    if not limits:
        return
    for use in used:
        if use.pin not in limits["edge"] and use.pin not in limits["on_board"]:
            led_out = ", ".join(map(str, limits["edge"]))
            yield f"{use} is not led out on this board: choose one of {led_out}."
    if len(profile["spi"]) > limits["spi_buses"]:
        yield f"This board has pins for {limits['spi_buses']} SPI bus only: put IMU and insoles on one."
    if profile["log"] and profile["log"]["kind"] == "sdcard" and not limits["sd"]:
        yield "This board has no pins left for an SD card: log to a flash partition."


def _buses(profile: Profile, chip: Chip, used: list[Use]) -> Iterator[str]:
    ids = [bus["id"] for bus in profile["spi"]]
    if len(set(ids)) < len(ids):
        yield f"SPI {ids[0]} is described twice: a second bus has the other number."
    wanted = [profile["imu"]] + ([profile["insoles"]] if profile["insoles"]["kind"] == "mcp3208" else [])
    for part in wanted:
        found = [bus for bus in profile["spi"] if bus["id"] == part["spi"]]
        name = _NAMES[part["kind"]]
        if not found:
            yield f"The {name} is on SPI {part['spi']}, which the profile does not describe: add it to 'spi'."
        elif found[0]["hz"] > _MOST_HZ[part["kind"]]:
            most = _MOST_HZ[part["kind"]] / 1e6
            runs = f"SPI {part['spi']} runs at {found[0]['hz'] / 1e6:g} MHz"
            yield f"{runs}, the {name} at most at {most:g}: slow the bus down."
    log = profile["log"]
    if log and log["kind"] == "sdcard" and _SD_HOSTS[log["slot"]] in ids:
        host = _SD_HOSTS[log["slot"]]
        yield f"The SD card's slot {log['slot']} is SPI {host}, which other parts use: choose the other slot."


def _parts(profile: Profile, chip: Chip, used: list[Use]) -> Iterator[str]:
    if profile["arch"] != chip.arch:
        yield f"The {chip.label} runs code for {chip.arch}, not for {profile['arch']}: correct 'arch'."
    log = profile["log"]
    if log and log["kind"] == "partition":
        room = find(table_for(profile["flash_bytes"]), "log").size
        if log["bytes"] > room:
            yield f"The log of {log['bytes']} bytes does not fit, {room} are left in the flash: make it smaller."
    battery = profile["battery"]
    if battery:
        full_mv = 4200 * battery["down_kohm"] // (battery["up_kohm"] + battery["down_kohm"])
        if full_mv > 2450:
            yield f"A full cell gives {full_mv} mV behind the divider, and the ADC ends at 2450: divide by more."
        if battery["empty_mv"] >= battery["low_mv"]:
            yield "The battery would be empty before it is low: set 'empty_mv' below 'low_mv'."
