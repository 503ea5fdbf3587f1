# SPDX-License-Identifier: MIT
"""Which ports are offered, and which one is taken."""

from __future__ import annotations

import pytest
from serial.tools.list_ports_common import ListPortInfo

from surefoot.device import ports
from surefoot.errors import PortAmbiguous, PortMissing


def entry(device: str, vid: int | None, pid: int | None, product: str | None = None) -> ListPortInfo:
    info = ListPortInfo(device)
    info.vid, info.pid, info.product, info.serial_number = vid, pid, product, "0001" if vid else None
    return info


FOUND = [
    entry("/dev/ttyS0", None, None),
    entry("/dev/ttyACM1", 0x2341, 0x0043, "Arduino Uno"),
    entry("/dev/ttyUSB0", 0x10C4, 0xEA60, "CP2102 USB to UART Bridge Controller"),
]


@pytest.mark.parametrize(
    ("vid", "pid", "bridge"),
    [
        (0x10C4, 0xEA60, "CP210x"),
        (0x1A86, 0x7523, "CH340"),
        (0x1A86, 0x55D4, "CH9102"),
        (0x0403, 0x6001, "FT232R"),
        (0x303A, 0x1001, "Espressif USB"),
        (0x303A, 0x4001, "Espressif USB"),
        (0x2341, 0x0043, None),
        (0x1A86, 0x0001, None),
    ],
)
def test_bridges_are_known_by_id(vid: int, pid: int, bridge: str | None) -> None:
    (info,) = ports.list_ports([entry("COM7", vid, pid)])
    assert info.bridge == bridge
    assert info.usb_id == f"{vid:04X}:{pid:04X}"


def test_boards_come_first_and_ports_without_usb_not_at_all() -> None:
    listed = ports.list_ports(FOUND)
    assert [info.port for info in listed] == ["/dev/ttyUSB0", "/dev/ttyACM1"]
    assert str(listed[0]) == "/dev/ttyUSB0 (CP210x, 10C4:EA60)"
    assert str(listed[1]) == "/dev/ttyACM1 (Arduino Uno, 2341:0043)"
    assert listed[0].serial_number == "0001"


def test_listing_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import serial

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a port was opened")

    monkeypatch.setattr(serial.Serial, "open", refuse)
    monkeypatch.setattr(serial, "serial_for_url", refuse)
    assert isinstance(ports.list_ports(), tuple)


def test_the_only_board_is_taken() -> None:
    assert ports.choose_port(ports=ports.list_ports(FOUND)) == "/dev/ttyUSB0"
    assert ports.choose_port("/dev/pts/3", ports=ports.list_ports(FOUND)) == "/dev/pts/3"


def test_none_and_several_are_said() -> None:
    with pytest.raises(PortMissing, match="surefoot virtual"):
        ports.choose_port(ports=[])
    with pytest.raises(PortMissing, match=r"Arduino Uno.*--port"):
        ports.choose_port(ports=ports.list_ports(FOUND[:2]))
    two = ports.list_ports([*FOUND, entry("/dev/ttyUSB1", 0x1A86, 0x7523)])
    with pytest.raises(PortAmbiguous, match=r"/dev/ttyUSB0 .*/dev/ttyUSB1 .*--port"):
        ports.choose_port(ports=two)
