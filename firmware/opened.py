# SPDX-License-Identifier: MIT
"""Frames of a log read back one by one, as the board itself needs them. Import it by `once`."""

import wire


def opened(chunk, kind):
    """The raw bytes of a frame of that kind, None where the chunk is anything else."""
    raw = wire.uncobs(chunk)
    n = len(raw) - wire.CRC_BYTES if raw else 0
    if not raw or n < 2 or raw[0] != kind:
        return None
    return raw if wire.crc24(raw, n, wire.seed_of(kind)) == raw[n] | raw[n + 1] << 8 | raw[n + 2] << 16 else None
