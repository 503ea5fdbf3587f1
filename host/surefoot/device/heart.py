# SPDX-License-Identifier: MIT
"""What a heart-rate strap says: the Heart Rate Measurement (GATT 0x2A37), here alone made sense of."""

from __future__ import annotations

from dataclasses import dataclass, replace

SERVICE, MEASUREMENT = 0x180D, 0x2A37
BATTERY_SERVICE, BATTERY_LEVEL = 0x180F, 0x2A19
RR_HZ = 1024  # an RR interval counts in 1/1024 s
_U16, _CONTACT, _CONTACT_KNOWN, _ENERGY, _RR = 1, 2, 4, 8, 16  # bits of the measurement's first byte


@dataclass(frozen=True)
class Measurement:
    """Beats a minute (0: the strap finds no pulse); whether it touches the skin, None where it can't tell; RR intervals
    in 1/1024 s, oldest first; energy spent so far, in kJ, and the strap's battery, None where they aren't told."""

    bpm: int
    contact: bool | None = None
    rr: tuple[int, ...] = ()
    energy_kj: int | None = None
    battery_pct: int | None = None

    @property
    def rr_s(self) -> tuple[float, ...]:
        return tuple(interval / RR_HZ for interval in self.rr)


def measurement(data: bytes | bytearray) -> Measurement | None:
    """The value of 0x2A37 as a strap notifies it; None where it is shorter than its own flags say."""
    if not data:
        return None
    flags = data[0]
    at = 2 + (flags & _U16)
    if len(data) < at + (2 if flags & _ENERGY else 0):
        return None
    bpm = int.from_bytes(data[1:at], "little")
    energy = None
    if flags & _ENERGY:
        energy = int.from_bytes(data[at : at + 2], "little")
        at += 2
    rr = tuple(int.from_bytes(data[k : k + 2], "little") for k in range(at, len(data) - 1, 2)) if flags & _RR else ()
    contact = bool(flags & _CONTACT) if flags & _CONTACT_KNOWN else None
    return Measurement(bpm, contact, rr, energy)


def of_record(record: bytes) -> Measurement | None:
    """A record of the board's stream `heart`: the battery in percent (255: not known), a length, and so many bytes of
    0x2A37. None where those are no measurement."""
    if len(record) < 2:
        return None
    made = measurement(record[2 : 2 + record[1]])
    return replace(made, battery_pct=record[0] if record[0] <= 100 else None) if made else None
