# SPDX-License-Identifier: MIT
"""The wire format: what the device packs into frames and the host unpacks. Runs unchanged on MicroPython and CPython.

A frame is `kind u8, stream u8, fields, body, CRC-24 (little endian)`, COBS-encoded and closed by a zero byte.
The schema (schema.py) is the one table of streams, kinds and codes: both sides derive layouts from it, and its literal
bytes seed the CRC of every other frame, so that two builds that disagree can't take each other's data for their own.
"""

import struct
import sys
from array import array


def _schema():
    """The module schema.py, which a board keeps only where it has been imported on purpose."""
    try:
        from . import schema
    except ImportError:  # MicroPython, where modules lie side by side
        kept = "schema" in sys.modules
        import schema  # pyright: ignore[reportMissingImports]

        if not kept:
            sys.modules.pop("schema", None)
    return schema


def table():
    """The table as a dict, made anew each time: take out what you need."""
    return _schema().table()


def numbers(part, *names):
    """What the table's list `part` calls these names: the number of a kind, the place of anything else."""
    return _schema().numbers(part, *names)


def layout_of(kind):
    """The struct layout of a kind's fields, kind and stream in front; those two alone for a kind that isn't known."""
    return _schema().layout_of(kind)


def stream(number):
    """The table's entry of a stream."""
    return _schema().stream(number)


# Made when they are asked for; on a desk they are kept then.
SCHEMA: "bytes"
TABLE: "dict"
VERSION: "int"
TICK_WRAP: "int"
KINDS: "dict[str, int]"
LAYOUTS: "dict[int, str]"
STREAMS: "dict[int, dict]"


def __getattr__(name):
    value = _schema().look(name)
    if value is None:
        raise AttributeError(name)
    if sys.implementation.name == "cpython":
        globals()[name] = value
    return value


CELLS, IMU, HEART = 1, 2, 3
MAX_RAW = 1536  # longest frame before COBS, CRC included
CRC_BYTES = 3
CRC_INIT = 0xB704CE
CRC_POLY = 0x864CFB  # OpenPGP (RFC 4880 6.1): 24 bits stay a small integer on a 31-bit MicroPython


def _crc_table():
    table = array("I", bytes(4 * 256))
    for i in range(256):
        crc = i << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1000000 | CRC_POLY
        table[i] = crc
    return table


CRC_TABLE = _crc_table()
del _crc_table


def crc24(buf, n, crc):
    """CRC-24 of the first n bytes of buf, going on from crc."""
    table = CRC_TABLE
    for i in range(n):
        crc = ((crc & 0xFFFF) << 8) ^ table[(crc >> 16) ^ buf[i]]
    return crc


def _begin():
    # The seed, the number of SCHEMA, and the kinds under the constant seed: what any version must read, be it to know
    # whom it met, or to find the logs of an older one.
    seed = CRC_INIT
    for piece in _schema().PIECES:
        seed = crc24(piece, len(piece), seed)
    return seed, numbers("kinds", "SCHEMA", "SECTOR", "LOG")


SEED, FIXED = _begin()
del _begin


def seed_of(kind):
    """The CRC seed of a kind's frames."""
    return CRC_INIT if kind in FIXED else SEED


def cobs_into(src, n, dst, at):
    """COBS-encode src[:n] into dst from `at` and close it with a zero byte; the position after that byte."""
    code_at = at
    at += 1
    code = 1
    for i in range(n):
        b = src[i]
        if b:
            dst[at] = b
            at += 1
            code += 1
            if code == 255:
                dst[code_at] = code
                code_at = at
                at += 1
                code = 1
        else:
            dst[code_at] = code
            code_at = at
            at += 1
            code = 1
    dst[code_at] = code
    dst[at] = 0
    return at + 1


def encoded_size(n):
    """The most bytes that n raw bytes take on the wire, delimiter included."""
    return n + n // 254 + 2


def uncobs(chunk):
    """The raw bytes of one COBS chunk (delimiter removed), or None where it isn't one."""
    out = bytearray()
    at, end = 0, len(chunk)
    while at < end:
        code = chunk[at]
        if code == 0 or at + code > end:
            return None
        out += chunk[at + 1 : at + code]
        at += code
        if code < 255 and at < end:
            out.append(0)
    return bytes(out)


def pack12(values, n, dst, at):
    """Pack n (even) 12-bit values into dst from `at`, two in three bytes, low bits first."""
    for i in range(0, n, 2):
        a = values[i]
        b = values[i + 1]
        dst[at] = a & 0xFF
        dst[at + 1] = (a >> 8) | ((b & 0xF) << 4)
        dst[at + 2] = b >> 4
        at += 3
    return at


def seal(raw, n, seed):
    """Write the CRC behind raw[:n]; the length with it."""
    crc = crc24(raw, n, seed)
    raw[n] = crc & 0xFF
    raw[n + 1] = (crc >> 8) & 0xFF
    raw[n + 2] = crc >> 16
    return n + CRC_BYTES


def build(kind, stream, values, body, seed):
    """One whole frame as bytes on the wire (allocates: not for the sampling loop)."""
    layout = layout_of(kind)
    head = struct.calcsize(layout)
    raw = bytearray(head + len(body) + CRC_BYTES)
    struct.pack_into(layout, raw, 0, kind, stream, *values)
    raw[head : head + len(body)] = body
    n = seal(raw, head + len(body), seed)
    out = bytearray(encoded_size(n))
    return bytes(memoryview(out)[: cobs_into(raw, n, out, 0)])


def schema_frame():
    """The SCHEMA frame: under the constant seed, so that a host of any version can read it."""
    return build(FIXED[0], 0, (), _schema().whole(), CRC_INIT)
