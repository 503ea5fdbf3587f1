# SPDX-License-Identifier: MIT
"""Heart-rate straps near a virtual board: what they notify and when, as the script that the VM's `bluetooth` plays."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_STRAP, _NEAR, _GONE, _VALUE, _BATTERY = range(5)
_RECORD = struct.Struct("<IBBBx24s")
_ADVERT = b"\x03\x03\x0d\x18"  # complete list of 16-bit services: 0x180D
ALWAYS = ((0.0, 1e6),)


@dataclass(frozen=True)
class Strap:
    """Times in s since the board's power on. `values`: what is notified, and when; `near`: from when to when it is in
    reach; `battery_pct`: its level from a time on, empty for a strap that has no battery service."""

    address: str
    values: Sequence[tuple[float, bytes]] = ()
    near: Sequence[tuple[float, float]] = ALWAYS
    battery_pct: Sequence[tuple[float, int]] = ((0.0, 80),)
    random_address: bool = True


def value(
    bpm: int, rr: Sequence[int] = (), contact: bool | None = None, energy_kj: int | None = None, wide: bool = False
) -> bytes:
    """A Heart Rate Measurement as the Bluetooth SIG lays it out; `rr` in 1/1024 s, oldest first."""
    flags = 0x01 if wide or bpm > 255 else 0
    flags |= {None: 0x00, False: 0x04, True: 0x06}[contact]
    flags |= 0x08 if energy_kj is not None else 0
    flags |= 0x10 if rr else 0
    out = struct.pack("<BH" if flags & 1 else "<BB", flags, bpm)
    if energy_kj is not None:
        out += struct.pack("<H", energy_kj)
    return out + struct.pack(f"<{len(rr)}H", *rr)


def beating(
    bpm_at: Callable[[float], float], until_s: float, contact: bool | None = True, from_s: float = 0.5
) -> list[tuple[float, bytes]]:
    """A heart whose rate is bpm_at(t), told each second: the rate rounded, and the intervals of its beats since."""
    out, beat_s, t_s = [], from_s, from_s
    while t_s < until_s:
        rr = []
        while True:
            interval = round(1024 * 60 / bpm_at(beat_s))
            if beat_s + interval / 1024 > t_s:
                break
            beat_s += interval / 1024
            rr.append(interval)
        out.append((t_s, value(round(bpm_at(t_s)), rr, contact)))
        t_s += 1.0
    return out


def script(straps: Sequence[Strap]) -> bytes:
    """The records in order of time, straps first."""
    head, rows = [], []
    for k, strap in enumerate(straps):
        address = bytes.fromhex(strap.address.replace(":", ""))
        told = bytes((strap.random_address, bool(strap.battery_pct))) + address + _ADVERT
        head.append(_RECORD.pack(0, _STRAP, k, len(told), told))
        events = [(t, _VALUE, data) for t, data in strap.values]
        events += [(t, _BATTERY, bytes((pct,))) for t, pct in strap.battery_pct]
        for begin, end in strap.near:
            events += [(begin, _NEAR, b""), (end, _GONE, b"")]
        rows += [(round(t * 1000), what, k, data) for t, what, data in events]
    rows.sort(key=lambda row: row[0])
    return b"".join(head) + b"".join(_RECORD.pack(t, what, k, len(data), data) for t, what, k, data in rows)


class Script:
    """The file that each start of the machine finds open on `fd`."""

    def __init__(self, straps: Sequence[Strap]):
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the Script is)
        self._file.write(script(straps))
        self._file.flush()
        self.fd = self._file.fileno()

    def close(self) -> None:
        self._file.close()
