# SPDX-License-Identifier: MIT
"""The wire format: what the device packs into frames and the host unpacks. Runs unchanged on MicroPython and CPython.

A frame is `kind u8, stream u8, fields, body, CRC-24 (little endian)`, COBS-encoded and closed by a zero byte.
SCHEMA is the one table of streams, kinds and codes: both sides derive layouts from it, and its literal bytes seed
the CRC of every other frame, so that two builds that disagree can't take each other's data for their own.
"""

import json
import struct
from array import array

SCHEMA = (
    b'{"wire":2,"tick_wrap":1073741824,"streams":['
    b'{"id":1,"name":"cells","pack":"u12","n":16,"bytes":24,"tick_ns":1000,"wrap":1073741824,"unit":"count",'
    b'"cols":"L1 L2 L3 L4 L5 L6 L7 L8 R1 R2 R3 R4 R5 R6 R7 R8"},'
    b'{"id":2,"name":"imu","pack":"i16","n":6,"bytes":12,"tick_ns":25000,"wrap":4294967296,"unit":"count",'
    b'"cols":"ax ay az gx gy gz"}],'
    b'"kinds":[[1,"SCHEMA",""],[2,"CONFIG",""],[3,"DATA","index:I t:I n:B"],'
    b'[4,"STATUS","t_us:I wraps:H imu_us:I imu_t:I cells:I imu:I late:I max_late_us:I heap_b:I backlog_b:H '
    b'dropped:I fifo_lost:I temp_raw:h refused:H flags:H battery_mv:H left_min:H cells_bad:H"],'
    b'[5,"GAP","first:I count:I cause:B"],[6,"PONG","nonce:I wraps:H rx_us:I tx_us:I"],[7,"EVENT","t_us:I code:B"],'
    b'[8,"END","t_us:I wraps:H cells:I imu:I frames:I dropped:I reason:B"],'
    b'[9,"PACK","index:I t:I n:B"],[10,"SECTOR","erases:I high:I"],[11,"LOG","log:I seq:I"],'
    b'[12,"BLOCK","offset:I total:I"],[13,"MORE","index:B n:B"]],'
    b'"causes":["unknown","tx-full","late","imu-fifo","bus-error","flash"],'
    b'"events":["mark","ok","refused","fault"],'
    b'"reasons":["stop","fault","interrupt","full","battery"],'
    b'"flags":["no-imu","no-left","no-right","imu-error","adc-error","cell-stuck","cell-saturated","battery-low",'
    b'"log-error","resumed"]}'
)
TABLE = json.loads(SCHEMA)
VERSION = TABLE["wire"]
TICK_WRAP = TABLE["tick_wrap"]
KINDS = {name: number for number, name, _ in TABLE["kinds"]}
LAYOUTS = {
    number: "<BB" + "".join([field.split(":")[1] for field in fields.split()]) for number, _, fields in TABLE["kinds"]
}
STREAMS = {stream["id"]: stream for stream in TABLE["streams"]}
CELLS, IMU = 1, 2
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


def crc24(buf, n, crc):
    """CRC-24 of the first n bytes of buf, going on from crc."""
    table = CRC_TABLE
    for i in range(n):
        crc = ((crc & 0xFFFF) << 8) ^ table[(crc >> 16) ^ buf[i]]
    return crc


SEED = crc24(SCHEMA, len(SCHEMA), CRC_INIT)
# Under the constant seed: what any version must read, be it to know whom it met, or to find the logs of an older one.
FIXED = [KINDS[name] for name in ("SCHEMA", "SECTOR", "LOG")]


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
    layout = LAYOUTS.get(kind, "<BB")
    head = struct.calcsize(layout)
    raw = bytearray(head + len(body) + CRC_BYTES)
    struct.pack_into(layout, raw, 0, kind, stream, *values)
    raw[head : head + len(body)] = body
    n = seal(raw, head + len(body), seed)
    out = bytearray(encoded_size(n))
    return bytes(out[: cobs_into(raw, n, out, 0)])


def schema_frame():
    """The SCHEMA frame: under the constant seed, so that a host of any version can read it."""
    return build(KINDS["SCHEMA"], 0, (), SCHEMA, CRC_INIT)
