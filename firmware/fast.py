# SPDX-License-Identifier: MIT
"""Machine-code twins of `crc24`, `cobs_into`, `pack12` (wire.py), `copy` (fifo.py), `swap` (icmfifo.py): same bytes,
~20 times as fast.

Importing this fails where MicroPython has no viper emitter; the users then keep the bytecode.
Pointers carry no bounds: callers size their buffers with `wire.encoded_size`.
"""
# ruff: noqa: F821 -- ptr8, ptr16 and ptr32 are words of the viper compiler

import micropython
from wire import CRC_TABLE


@micropython.viper
def crc24(buf, n: int, crc: int) -> int:
    """CRC-24 of the first n bytes of buf, going on from crc."""
    src = ptr8(buf)
    table = ptr32(CRC_TABLE)
    for i in range(n):
        crc = ((crc << 8) & 0xFFFFFF) ^ table[(crc >> 16) ^ src[i]]
    return crc


@micropython.viper
def cobs_into(src, n: int, dst, at: int) -> int:
    """COBS-encode src[:n] into dst from `at` and close it with a zero byte; the position after that byte."""
    s = ptr8(src)
    d = ptr8(dst)
    code_at = at
    at += 1
    code = 1
    for i in range(n):
        b = s[i]
        if b:
            d[at] = b
            at += 1
            code += 1
            if code == 255:
                d[code_at] = code
                code_at = at
                at += 1
                code = 1
        else:
            d[code_at] = code
            code_at = at
            at += 1
            code = 1
    d[code_at] = code
    d[at] = 0
    return at + 1


@micropython.viper
def pack12(values, n: int, dst, at: int) -> int:
    """Pack n (even) 12-bit values of an array('H') into dst from `at`, two in three bytes, low bits first."""
    v = ptr16(values)
    d = ptr8(dst)
    i = 0
    while i < n:
        a = v[i]
        b = v[i + 1]
        d[at] = a & 0xFF
        d[at + 1] = (a >> 8) | ((b & 0xF) << 4)
        d[at + 2] = b >> 4
        at += 3
        i += 2
    return at


@micropython.viper
def copy(src, at: int, n: int, dst, to: int):
    """dst[to : to + n] = src[at : at + n], without making a slice."""
    s = ptr8(src)
    d = ptr8(dst)
    for i in range(n):
        d[to + i] = s[at + i]


@micropython.viper
def swap(src, at: int, n: int, dst):
    """dst[:n] = src[at : at + n] with the two bytes of each pair exchanged."""
    s = ptr8(src)
    d = ptr8(dst)
    for i in range(0, n, 2):
        d[i] = s[at + i + 1]
        d[i + 1] = s[at + i]


@micropython.viper
def extremes(counts, n: int, low, high):
    """Keep the smallest and the largest of each of n counts."""
    c = ptr16(counts)
    lo = ptr16(low)
    hi = ptr16(high)
    for i in range(n):
        v = c[i]
        if v < lo[i]:
            lo[i] = v
        if v > hi[i]:
            hi[i] = v
