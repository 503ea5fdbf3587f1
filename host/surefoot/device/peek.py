# SPDX-License-Identifier: MIT
"""What a board is doing, asked without stopping it, whatever version of the wire format it speaks."""

from __future__ import annotations

import json
from typing import Any

from .. import wire
from ..errors import LinkError
from .opening import open_port
from .pump import REAL_TIMING, Pump

LISTEN_S = 2.0
ASK_S = 0.5


def peek(port: str, baud: int = 115200) -> dict[str, Any] | None:
    """The CONFIG a board sends when asked, read by the schema it announces; None where none came in LISTEN_S.

    Raises what `open_port` raises.
    """
    heard = bytearray()
    with Pump(open_port(port, baud), port, REAL_TIMING, heard.extend) as pump:
        began = ask_at = REAL_TIMING.now_s()
        while (now := REAL_TIMING.now_s()) < began + LISTEN_S:
            try:
                if now >= ask_at:
                    pump.write(b"\ninfo\n")
                    ask_at = now + ASK_S
                pump.poll(0.05)
            except LinkError:
                return None
            config = config_in(bytes(heard))
            if config is not None:
                return config
    return None


def config_in(data: bytes) -> dict[str, Any] | None:
    """The last CONFIG behind a SCHEMA in these bytes, of any wire version; None where there is none."""
    seed = number = found = None
    for chunk in data.split(b"\0")[:-1]:
        raw = wire.uncobs(chunk)
        if raw is None or len(raw) < 2 + wire.CRC_BYTES:
            continue
        body, crc = raw[2 : -wire.CRC_BYTES], int.from_bytes(raw[-wire.CRC_BYTES :], "little")
        if raw[0] == wire.KINDS["SCHEMA"] and _crc(raw, wire.CRC_INIT) == crc:
            seed, number = _schema(body)
        elif seed is not None and raw[0] == number and _crc(raw, seed) == crc:
            try:
                found = json.loads(body)
            except ValueError:
                continue
    return found if isinstance(found, dict) else None


def _crc(raw: bytes, seed: int) -> int:
    return wire.crc24(raw, len(raw) - wire.CRC_BYTES, seed)


def _schema(body: bytes) -> tuple[int, int] | tuple[None, None]:
    """The seed of the other frames and the number of CONFIG, by a schema; CONFIG has had no fields but its body."""
    try:
        kinds = {name: (kind, fields) for kind, name, fields in json.loads(body)["kinds"]}
        kind, fields = kinds["CONFIG"]
    except (ValueError, KeyError, TypeError):
        return None, None
    if fields:
        return None, None
    return wire.crc24(body, len(body), wire.CRC_INIT), kind
