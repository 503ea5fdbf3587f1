# SPDX-License-Identifier: MIT
"""Which serial ports look like a board, by their USB ids alone: nothing is opened, so no board is reset by looking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import PortAmbiguous, PortMissing

# (vendor, product) of what sits between USB and the ESP32 on common boards; None: every product of that vendor.
BRIDGES: dict[tuple[int, int | None], str] = {
    (0x10C4, 0xEA60): "CP210x",
    (0x10C4, 0xEA70): "CP2105",
    (0x1A86, 0x7523): "CH340",
    (0x1A86, 0x7522): "CH340K",
    (0x1A86, 0x55D3): "CH343",
    (0x1A86, 0x55D4): "CH9102",
    (0x0403, 0x6001): "FT232R",
    (0x0403, 0x6010): "FT2232",
    (0x0403, 0x6015): "FT231X",
    (0x067B, 0x2303): "PL2303",
    (0x303A, None): "Espressif USB",
}


@dataclass(frozen=True)
class PortInfo:
    """One USB serial port; `bridge` names the chip where it is one that boards use, else it is None."""

    port: str
    bridge: str | None
    usb_id: str
    serial_number: str | None
    description: str

    def __str__(self) -> str:
        return f"{self.port} ({self.bridge or self.description}, {self.usb_id})"


def list_ports(found: Iterable[Any] | None = None) -> tuple[PortInfo, ...]:
    """All USB serial ports, likely boards first; `found` replaces pyserial's list (objects like its ListPortInfo)."""
    if found is None:
        from serial.tools.list_ports import comports

        found = comports()
    ports = [_describe(entry) for entry in found if entry.vid is not None]
    return tuple(sorted(ports, key=lambda port: (port.bridge is None, port.port)))


def _describe(entry: Any) -> PortInfo:
    bridge = BRIDGES.get((entry.vid, entry.pid)) or BRIDGES.get((entry.vid, None))
    usb_id = f"{entry.vid:04X}:{entry.pid or 0:04X}"
    return PortInfo(entry.device, bridge, usb_id, entry.serial_number, entry.product or entry.description)


def choose_port(wanted: str | None = None, ports: Iterable[PortInfo] | None = None) -> str:
    """`wanted` where it is given, else the one port that looks like a board.

    Raises PortMissing where there is none, PortAmbiguous where there are several.
    """
    if wanted:
        return wanted
    seen = tuple(list_ports() if ports is None else ports)
    likely = [port for port in seen if port.bridge]
    if len(likely) == 1:
        return likely[0].port
    if likely:
        names = ", ".join(str(port) for port in likely)
        raise PortAmbiguous(f"Several ports look like a board: {names}. Name one with --port.")
    others = f" Other serial devices: {', '.join(str(port) for port in seen)}; name one with --port." if seen else ""
    raise PortMissing(
        "No board found on any USB serial port: plug it in with a cable that carries data, or practise without one "
        f"by 'surefoot virtual'.{others}"
    )
