# SPDX-License-Identifier: MIT
"""A heart-rate strap (GATT 0x180D) by Bluetooth, the board as central, and what it notifies as the stream `heart`.

The radio's answers are noted in `_irq`; `step`, in each turn of the loop, asks for the next thing: scan, connect,
discover, subscribe, read the battery. No call waits for an answer, and nothing is allocated after the constructor.
A record is the strap's battery in percent (255: not known), the length of its measurement (0x2A37), and its bytes.
"""

import struct
import time

import wire
from console import FAULT
from link import TICK_MASK
from micropython import const
from ring import DATA, copy

# `at`: what was asked for last. From _BATTERY on measurements come.
_IDLE = const(0)
_SCANNING = const(1)
_CONNECTING = const(2)
_FINDING = const(3)  # the service, its value, the value's switch (CCCD)
_SWITCHING = const(6)
_BATTERY = const(7)  # the service, its value
_READING = const(9)
_ON = const(10)
_ENDS = const(0x355C0)  # bits of the radio's events by which what was asked for ends
_SCAN_MS = const(5000)  # straps advertise at least once in two seconds, and the radio listens half of the time
_ANSWER_MS = const(13000)  # what has not been answered by then will not be
_LEVEL_MS = const(300000)  # between two looks at the strap's battery
_FIRST_MS = const(2000)  # a pause, twice as long after each attempt in vain
_MOST_MS = const(64000)
_LONGEST = const(20)  # bytes of a notification
_SEEN = const(1)  # bits of `seen`: a strap, another one, and that only `address` counts
_TWO = const(2)
_WANTED = const(4)


def names(advert):
    """Whether an advertisement names the heart-rate service."""
    i = 0
    while i + 1 < len(advert):
        end = i + 1 + advert[i]
        if advert[i + 1] == 2 or advert[i + 1] == 3:  # 16-bit services, some or all
            for k in range(i + 2, min(end, len(advert)) - 1, 2):
                if advert[k] == 0x0D and advert[k + 1] == 0x18:
                    return True
        i = end
    return False


class Strap:
    """`step` in each turn. `wanted`: its address, None for the one that is near; the rest as in hear.py."""

    def __init__(self, radio, wanted, uuids, link, console, layout):
        self.radio = radio
        self.uuids = uuids
        self.link = link
        self.console = console
        self.layout = layout
        head = struct.calcsize(layout)
        self.raw = bytearray(head + 2 + _LONGEST + wire.CRC_BYTES)
        self.raw[head] = 255
        self.address = bytearray(wanted or 6)
        self.kind = -1  # of that address, once it has been seen
        self.seen = _WANTED if wanted else 0
        self.index = self.t = self.at = self.told = 0
        self.found = self.end = self.value = 0  # handles: what was found last, the service's end, the measurement
        self.conn = -1
        self.pause = _FIRST_MS
        self.until = time.ticks_ms()
        radio.irq(self._irq)

    def _irq(self, event, data):
        # Between any two steps of the loop; what data shows is gone when this returns.
        if event == 5:  # an advertisement
            self._advert(data)
        elif event == 9:  # a service
            self.found = data[1]
            self.end = data[2]
        elif event == 11:  # a value
            self.found = data[2]
        elif event == 13 and data[2] == self.uuids[4] and not self.found:  # a descriptor
            self.found = data[1]
        elif event == 15 and len(data[2]):  # read
            self.raw[struct.calcsize(self.layout)] = data[2][0]
        elif event == 18:  # notified
            at = struct.calcsize(self.layout) + 1
            n = min(len(data[2]), _LONGEST)
            if self.raw[at]:
                self.index += 1  # nobody took the one before in time
            elif n and data[1] == self.value:
                copy(data[2], 0, n, self.raw, at + 1)
                self.t = time.ticks_us() & TICK_MASK
                self.raw[at] = n
        elif _ENDS >> event & 1:
            self.conn = data[0] if event == 7 else self.conn
            self.told = event

    def _advert(self, data):
        if self.seen == _WANTED or self.seen & _SEEN:
            for k in range(6):
                if data[1][k] != self.address[k]:
                    if not self.seen & _WANTED and names(data[4]):
                        self.seen |= _TWO
                    return
        elif not names(data[4]):
            return
        copy(data[1], 0, 6, self.address, 0)
        self.kind = data[0]
        self.seen |= _SEEN

    def step(self, now):
        """One turn, at now in ticks_ms."""
        raw = self.raw
        at = struct.calcsize(self.layout) + 1
        if raw[at]:
            struct.pack_into(self.layout, raw, 0, DATA, wire.HEART, self.index, self.t, 1)
            self.link.queue(raw, len(raw) - wire.CRC_BYTES, wire.HEART, self.index, 1)
            self.index += 1
            raw[at] = 0
        if self.told or time.ticks_diff(now, self.until) >= 0:
            try:
                self._go(now)
            except OSError:
                self._drop(now)

    def _drop(self, now):
        # Leave the strap alone for a while, then begin anew.
        conn = self.conn
        self.conn = -1
        self.at = _IDLE
        self.until = time.ticks_add(now, self.pause)
        self.pause = min(2 * self.pause, _MOST_MS)
        if conn >= 0:
            self.radio.gap_disconnect(conn)

    def _go(self, now):
        radio = self.radio
        conn = self.conn
        found = self.found
        told = self.told
        self.told = self.found = 0
        at = self.at
        if at == _IDLE:
            if told:
                return  # of before
            if self.kind < 0:
                self.seen &= _WANTED
                radio.gap_scan(_SCAN_MS, 100000, 50000)
                at = _SCANNING
            else:
                radio.gap_connect(self.kind, self.address, _SCAN_MS)
                at = _CONNECTING
        elif at == _SCANNING and told == 6 and self.seen & _SEEN and not self.seen & _TWO:
            radio.gap_connect(self.kind, self.address, _SCAN_MS)
            at = _CONNECTING
        elif at == _CONNECTING and told == 7:
            radio.gattc_discover_services(conn, self.uuids[0])
            at = _FINDING
        elif at == _FINDING and found:
            radio.gattc_discover_characteristics(conn, found, self.end, self.uuids[1])
            at += 1
        elif at == _FINDING + 1 and found:
            self.value = found
            radio.gattc_discover_descriptors(conn, found, self.end)
            at += 1
        elif at == _FINDING + 2 and found:
            radio.gattc_write(conn, found, b"\1\0", 1)
            at = _SWITCHING
        elif at == _SWITCHING and told == 17:
            self.pause = _FIRST_MS
            radio.gattc_discover_services(conn, self.uuids[2])
            at = _BATTERY
        elif at < _BATTERY or told == 8:
            self.conn = -1 if told == 8 else conn
            self._drop(now)
            if self.seen & _TWO:
                self.kind = -1
                self.until = time.ticks_add(now, 1 << 28)  # for good: the only one near later might be the wrong one
                self.console.event(FAULT, b"two heart-rate straps are near: start with heart=ADDRESS")
            return
        elif at == _BATTERY and told and found:
            radio.gattc_discover_characteristics(conn, found, self.end, self.uuids[3])
            at += 1
        elif found and (told if at == _BATTERY + 1 else at == _ON):
            radio.gattc_read(conn, found)
            self.found = found
            at = _READING
        else:
            self.found = found
            at = _ON
        self.at = at
        self.until = time.ticks_add(now, _LEVEL_MS if at == _ON else _ANSWER_MS)

    def hush(self):
        """The radio is off."""
        self.radio.irq(None)
        self.radio.active(False)
