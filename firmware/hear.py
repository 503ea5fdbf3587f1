# SPDX-License-Identifier: MIT
"""How a strap is listened to while samples run. Import it by `once`."""

import gc

import wire
from console import FAULT
from once import once
from ring import DATA

_UUIDS = (0x180D, 0x2A37, 0x180F, 0x2A19, 0x2902)  # heart rate, its measurement, battery, its level, the switch


def begin(fw, sink):
    """Its measurements go to sink from now on. Without them a session is as good as before."""
    try:
        address = once("heartask").address(fw.asked[1])
        layout = wire.layout_of(DATA)  # here, for the wire's table has no room beside a log and this
        fw.hand.strap = _open(address, sink, fw.commands.console, layout)
    except (ImportError, MemoryError, OSError) as error:
        fw.commands.console.event(FAULT, ("no heart rate: %s" % error).encode())
    gc.collect()


def _open(address, sink, console, layout):
    import bluetooth

    radio = bluetooth.BLE()
    radio.active(True)
    uuids = [bluetooth.UUID(number) for number in _UUIDS]
    gc.collect()
    made = once("strap")
    gc.collect()
    return made.Strap(radio, address, uuids, sink, console, layout)
