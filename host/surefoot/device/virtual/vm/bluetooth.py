# SPDX-License-Identifier: MIT
"""`bluetooth` on the virtual board: a radio in the central's role, and the straps that the host's script brings near.

The script is a file of records in order of time (straps.py writes it). As in the ESP32's port, each answer comes to the
handler of `irq`, as a tuple whose buffers hold only while it runs. All tuples are made here, before samples run.
"""

import micropython
import vboard
from gatt import CONN, UUID, Strap

_RECORD = 32  # ms u32, what u8, strap u8, n u8, spare u8, 24 bytes
_STRAP, _NEAR, _GONE, _VALUE, _BATTERY, _END = range(6)
_SCAN_RESULT, _SCAN_DONE, _CONNECT, _DISCONNECT, _NOTIFY = 5, 6, 7, 8, 18
_SERVICE, _SERVICES, _CHARACTERISTIC, _CHARACTERISTICS, _DESCRIPTOR, _DESCRIPTORS, _READ, _READ_DONE, _WRITTEN = range(
    9, 18
)
_ADVERT_MS, _CONNECT_MS, _ANSWER_MS, _SUPERVISION_MS = 250, 120, 60, 4000
_NOBODY = 65535
_HEART, _MEASUREMENT, _CCCD, _LEVEL_SERVICE, _LEVEL = 0x180D, 0x2A37, 0x2902, 0x180F, 0x2A19
_FIRST, _LAST, _VALUE_AT, _CCCD_AT = 14, 18, 16, 17
_LEVEL_FIRST, _LEVEL_LAST, _LEVEL_AT = 30, 33, 32
_ENOTCONN, _EALREADY, _ENODEV = 107, 114, 19

_file = open(int(vboard._settings["straps"]), "rb")
_file.seek(0)  # another start may have read it before


class BLE:
    _only = None

    def __new__(cls):
        if BLE._only is None:
            BLE._only = object.__new__(cls)
            BLE._only._open()
        return BLE._only

    def _open(self):
        self._on = False
        self._handler = None
        self._run_bound = self._run
        self._record = bytearray(_RECORD)
        self._due = 0
        self._ended = False
        self._straps = []
        self._heard = bytearray(20)
        self._heard_n = 0
        views = memoryview(self._heard)
        self._notices = [(CONN, _VALUE_AT, views[:n]) for n in range(21)]
        self._scan_ms = self._since_ms = 0
        self._wait = self._wait_ms = 0  # the event that ends what was asked for, and in how long
        self._peer = None
        self._trying = None
        self._gone_ms = 0
        self._queue = bytearray(16)  # events that the handler has not had yet, and the strap of an advertisement
        self._queued = 0
        self._scheduled = False
        self._nobody = (_NOBODY, 0, bytes(6))
        self._nothing = ()
        self._done = (CONN, 0)
        self._handled = (CONN, 0, 0)
        self._services = {
            _HEART: (CONN, _FIRST, _LAST, UUID(_HEART)),
            _LEVEL_SERVICE: (CONN, _LEVEL_FIRST, _LEVEL_LAST, UUID(_LEVEL_SERVICE)),
        }
        self._values = {
            _MEASUREMENT: (CONN, _VALUE_AT, _VALUE_AT, 16, UUID(_MEASUREMENT)),
            _LEVEL: (CONN, _LEVEL_AT, _LEVEL_AT, 18, UUID(_LEVEL)),
        }
        self._descriptor = (CONN, _CCCD_AT, UUID(_CCCD))
        self._level = bytearray(1)
        self._read = (CONN, _LEVEL_AT, memoryview(self._level))
        self._result = None
        while self._next() and self._record[4] == _STRAP:
            self._straps.append(Strap(self._record))

    def _next(self):
        if not _file.readinto(self._record):
            self._ended = True
            return False
        record = self._record
        self._due = record[0] | record[1] << 8 | record[2] << 16 | record[3] << 24
        return True

    # -- what programs call --

    def active(self, on=None):
        if on is None:
            return self._on
        if on and self not in vboard.timers:
            vboard.timers.append(self)
        if not on and self._on:
            vboard.timers.remove(self)
            self._hang_up()
            self._scan_ms = self._wait = self._queued = 0
            self._trying = None
        self._on = bool(on)
        return self._on

    def irq(self, handler):
        self._handler = handler

    def _must(self, connected, conn=CONN):
        if not self._on:
            raise OSError(_ENODEV)
        if connected and (self._peer is None or conn != CONN):
            raise OSError(_ENOTCONN)
        if self._wait:
            raise OSError(_EALREADY)

    def _answer(self, event, result, ms):
        self._wait = event
        self._result = result
        self._wait_ms = ms

    def gap_scan(self, duration_ms, interval_us=1280000, window_us=11250, active=False):
        if not self._on:
            raise OSError(_ENODEV)
        if duration_ms is None:
            if self._scan_ms:
                self._scan_ms = 1
            return
        if self._scan_ms or self._trying is not None:
            raise OSError(_EALREADY)
        self._scan_ms = duration_ms
        self._since_ms = 0

    def gap_connect(self, addr_type, addr=None, scan_duration_ms=2000, min_us=None, max_us=None):
        if addr_type is None:
            if self._trying is not None:
                self._wait_ms = 1
            return
        self._must(False)
        if self._scan_ms or self._peer is not None:
            raise OSError(_EALREADY)
        self._trying = self._nobody
        for strap in self._straps:
            if strap.near and strap.kind == addr_type and strap.address == addr:
                self._trying = strap
        self._answer(_CONNECT, None, scan_duration_ms if self._trying is self._nobody else _CONNECT_MS)

    def gap_disconnect(self, conn):
        if self._peer is None or conn != CONN:
            return False
        self._hang_up()
        self._wait = 0
        self._tell(_DISCONNECT)
        return True

    def gattc_discover_services(self, conn, uuid=None):
        self._must(True, conn)
        has = uuid.value == _HEART or (uuid.value == _LEVEL_SERVICE and self._peer.has_battery)
        self._answer(_SERVICES, self._services[uuid.value] if has else None, _ANSWER_MS)

    def gattc_discover_characteristics(self, conn, start, end, uuid=None):
        self._must(True, conn)
        found = self._values.get(uuid.value)
        self._answer(_CHARACTERISTICS, found if found and start <= found[2] <= end else None, _ANSWER_MS)

    def gattc_discover_descriptors(self, conn, start, end):
        self._must(True, conn)
        self._answer(_DESCRIPTORS, self._descriptor if start <= _CCCD_AT <= end else None, _ANSWER_MS)

    def gattc_read(self, conn, handle):
        self._must(True, conn)
        self._level[0] = self._peer.level[0]
        self._answer(_READ_DONE, self._read if handle == _LEVEL_AT else None, _ANSWER_MS)

    def gattc_write(self, conn, handle, data, mode=0):
        self._must(True, conn)
        if handle == _CCCD_AT:
            self._peer.subscribed = data[0] & 1
        self._answer(_WRITTEN, None, _ANSWER_MS)

    # -- what time brings --

    def _hang_up(self):
        if self._peer is not None:
            self._peer.subscribed = False
        self._peer = None
        self._gone_ms = 0

    def _tell(self, event, strap=0):
        if self._queued + 2 > len(self._queue):
            return  # the port's own buffer is as small: what doesn't fit is lost
        self._queue[self._queued] = event
        self._queue[self._queued + 1] = strap
        self._queued += 2
        if not self._scheduled:
            try:
                micropython.schedule(self._run_bound, 0)
                self._scheduled = True
            except RuntimeError:
                pass

    def _run(self, _):
        self._scheduled = False
        n = self._queued
        for i in range(0, n, 2):
            self._hand(self._queue[i], self._queue[i + 1])
        left = self._queued - n
        for i in range(left):
            self._queue[i] = self._queue[n + i]
        self._queued = left if left > 0 else 0

    def _hand(self, event, k):
        if event == _SCAN_RESULT:
            self._call(event, self._straps[k].told)
        elif event == _NOTIFY:
            self._call(event, self._notices[self._heard_n])
        elif event == _CONNECT:
            self._call(event, self._straps[k].connected)
        elif event == _DISCONNECT:
            self._call(event, self._nobody)
        elif event == _SCAN_DONE:
            self._call(event, self._nothing)
        else:
            result = self._result
            if result is not None:
                self._result = None
                self._call(event - 1, result)
            self._call(event, self._handled if event >= _READ_DONE else self._done)

    def _call(self, event, data):
        if self._handler is not None:
            self._handler(event, data)

    def step(self):
        """A millisecond passed."""
        while not self._ended and self._due <= vboard._ms:
            self._happen()
            self._next()
        if self._scan_ms:
            self._scan()
        if self._wait:
            self._wait_ms -= 1
            if self._wait_ms <= 0:
                self._come()
        if self._gone_ms:
            self._gone_ms -= 1
            if not self._gone_ms:
                self._hang_up()
                self._wait = 0
                self._tell(_DISCONNECT)

    def _scan(self):
        self._scan_ms -= 1
        self._since_ms += 1
        if not self._scan_ms:
            self._tell(_SCAN_DONE)
        elif self._since_ms % _ADVERT_MS == 0:
            for k in range(len(self._straps)):
                if self._straps[k].near and self._straps[k] is not self._peer:
                    self._tell(_SCAN_RESULT, k)

    def _come(self):
        event = self._wait
        self._wait = 0
        if event != _CONNECT:
            self._tell(event)
            return
        peer = self._trying
        self._trying = None
        if peer is self._nobody or not peer.near:
            self._tell(_DISCONNECT)
            return
        self._peer = peer
        for k in range(len(self._straps)):
            if self._straps[k] is peer:
                self._tell(_CONNECT, k)

    def _happen(self):
        record = self._record
        what = record[4]
        if what == _END:
            return
        strap = self._straps[record[5]]
        if what == _NEAR:
            strap.near = True
        elif what == _GONE:
            strap.near = False
            if strap is self._peer:
                self._gone_ms = _SUPERVISION_MS
        elif what == _BATTERY:
            strap.level[0] = record[8]
        elif what == _VALUE and strap is self._peer and strap.near and strap.subscribed:
            n = record[6]
            for i in range(n):
                self._heard[i] = record[8 + i]
            self._heard_n = n
            self._tell(_NOTIFY)


BLE()  # all that it needs is made while the models are
