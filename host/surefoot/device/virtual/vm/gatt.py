# SPDX-License-Identifier: MIT
"""What the virtual board's `bluetooth` talks of: numbers of services, and the straps of the script."""

CONN = 0  # the only connection's handle


class UUID:
    _made = {}  # each once: the chip's take less than these

    def __new__(cls, value):
        if value not in UUID._made:
            UUID._made[value] = object.__new__(cls)
            UUID._made[value].value = value
        return UUID._made[value]

    def __eq__(self, other):
        return self.value == other.value


class Strap:
    def __init__(self, told):
        self.near = False
        self.subscribed = False
        self.level = bytearray(1)
        self.kind = told[8]
        self.has_battery = told[9]
        self.address = bytes(told[10:16])
        advert = b"\x02\x01\x06" + bytes(told[16:20])
        self.told = (told[8], self.address, 0, -60, memoryview(advert))
        self.connected = (CONN, told[8], self.address)
