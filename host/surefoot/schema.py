# SPDX-License-Identifier: MIT
"""The one table of streams, kinds and codes, as the bytes that a board announces. See wire.py, which reads it.

Runs unchanged on MicroPython and CPython. A file of its own, so that a board can let go of it: what is made from it is
all that stays in memory.
"""

import json

# In pieces, none of which cuts a name's list or a kind in two: a board rarely has room for all of it in a row.
PIECES = (
    b'{"wire":3,"tick_wrap":1073741824,"streams":['
    b'{"id":1,"name":"cells","pack":"u12","n":16,"bytes":24,"tick_ns":1000,"wrap":1073741824,"unit":"count",'
    b'"cols":"L1 L2 L3 L4 L5 L6 L7 L8 R1 R2 R3 R4 R5 R6 R7 R8"},'
    b'{"id":2,"name":"imu","pack":"i16","n":6,"bytes":12,"tick_ns":25000,"wrap":4294967296,"unit":"count",'
    b'"cols":"ax ay az gx gy gz"},'
    b'{"id":3,"name":"heart","pack":"u8","n":22,"bytes":22,"tick_ns":1000,"wrap":1073741824,"unit":"byte",'
    b'"cols":"battery length 2A37"}],',
    b'"kinds":[[1,"SCHEMA",""],[2,"CONFIG",""],[3,"DATA","index:I t:I n:B"],'
    b'[4,"STATUS","t_us:I wraps:H imu_us:I imu_t:I cells:I imu:I late:I max_late_us:I heap_b:I backlog_b:H '
    b'dropped:I fifo_lost:I temp_raw:h refused:H flags:H battery_mv:H left_min:H cells_bad:H"],',
    b'[5,"GAP","first:I count:I cause:B"],[6,"PONG","nonce:I wraps:H rx_us:I tx_us:I"],[7,"EVENT","t_us:I code:B"],'
    b'[8,"END","t_us:I wraps:H cells:I imu:I frames:I dropped:I reason:B"],'
    b'[9,"PACK","index:I t:I n:B"],[10,"SECTOR","erases:I high:I"],[11,"LOG","log:I seq:I"],'
    b'[12,"BLOCK","offset:I total:I"],[13,"MORE","index:B n:B"]],',
    b'"causes":["unknown","tx-full","late","imu-fifo","bus-error","flash"],'
    b'"events":["mark","ok","refused","fault"],'
    b'"reasons":["stop","fault","interrupt","full","battery"],'
    b'"flags":["no-imu","no-left","no-right","imu-error","adc-error","cell-stuck","cell-saturated","battery-low",'
    b'"log-error","resumed"]}',
)


def whole():
    """The literal bytes of the table."""
    return b"".join(PIECES)


def table():
    """The table as a dict, made anew each time: 6 kB of a board's heap. The next ones look at the bytes instead."""
    return json.loads(whole())


def _between(before, after):
    # The bytes of a piece between two others; None where they aren't.
    for piece in PIECES:
        at = piece.find(before)
        if at >= 0:
            at += len(before)
            return piece[at : piece.index(after, at)]
    return None


def numbers(part, *names):
    """What the table's list `part` calls these names: the number of a kind, the place of anything else."""
    found = []
    listed = None if part == "kinds" else _between(b'"' + part.encode() + b'":[', b"]")
    for name in names:
        quoted = b'"' + name.encode() + b'"'
        if listed is not None:
            found.append(listed.split(b",").index(quoted))
            continue
        for piece in PIECES:
            at = piece.find(quoted + b",")
            if at > 0:
                found.append(int(piece[piece.rindex(b"[", 0, at) + 1 : at - 1]))
    return found


def version():
    """The wire's version."""
    return int(_between(b'{"wire":', b",") or 0)


def words(part):
    """The names in one of the table's lists, but for that of kinds."""
    return [name[1:-1].decode() for name in (_between(b'"' + part.encode() + b'":[', b"]") or b"").split(b",")]


def layout_of(kind):
    """The struct layout of a kind's fields, kind and stream in front; those two alone for a kind that isn't known."""
    told = _between(b"[%d," % kind, b"]")
    if told is None:
        return "<BB"
    return "<BB" + "".join([field.split(":")[1] for field in told.split(b'"')[3].decode().split()])


def stream(number):
    """The entry of a stream."""
    before = b'{"id":%d,' % number
    return json.loads(before + (_between(before, b"}") or b"") + b"}")


def look(name):
    """What wire.py offers by these names, made anew each time; None for any other."""
    told = table()
    if name == "SCHEMA":
        return whole()
    if name == "TABLE":
        return told
    if name == "VERSION":
        return told["wire"]
    if name == "TICK_WRAP":
        return told["tick_wrap"]
    if name == "KINDS":
        return {word: number for number, word, _ in told["kinds"]}
    if name == "LAYOUTS":
        return {number: layout_of(number) for number, _, _ in told["kinds"]}
    if name == "STREAMS":
        return {stream["id"]: stream for stream in told["streams"]}
    return None
