# SPDX-License-Identifier: MIT
"""Coding of samples in bytecode: `encode` and `verbatim` for a coder of pack.py, where there is no viper emitter."""

from once import once
from pack import BITS, CHANNELS, FIELDS, SECOND, START, WORDS

_prefix = once("prefix")
EDGE, STEPS, SYMBOLS = _prefix.EDGE, _prefix.STEPS, _prefix.SYMBOLS
del _prefix
CODES = b""


def lend(codes):
    """The table of prefix.py, which the store keeps."""
    global CODES
    CODES = codes


def _put(out, at, value, n):
    # n <= 16 bits of value into out from bit `at`; what lies behind them in the last byte is zero.
    byte = at >> 3
    have = at & 7
    value = value << have | out[byte] & ((1 << have) - 1)
    n += have
    while n > 0:
        out[byte] = value & 0xFF
        value >>= 8
        byte += 1
        n -= 8


def verbatim(values, state, out, at):
    """Write values as they are into out from bit `at`, and begin anew; the bit behind them."""
    bits = state[BITS]
    field = WORDS
    for channel in range(state[CHANNELS]):
        x = values[channel] if bits == 12 else values[2 * channel] | values[2 * channel + 1] << 8
        _put(out, at, x, bits)
        at += bits
        state[field] = state[field + 1] = x
        state[field + 2] = state[field + 3] = START
        field += FIELDS
    return at


def fold(difference):
    """A difference modulo 2^16 with its sign in the lowest bit."""
    difference &= 0xFFFF
    return difference << 1 if difference < 0x8000 else (0xFFFF - difference) << 1 | 1


def encode(values, state, out, at):
    """Code values into out from bit `at`; the bit behind them. At most `WORST` bytes."""
    wide = state[BITS] == 16
    second = state[SECOND]
    field = WORDS
    for channel in range(state[CHANNELS]):
        x = values[2 * channel] | values[2 * channel + 1] << 8 if wide else values[channel]
        last = state[field]
        before = state[field + 2]
        step = before - state[field + 3]
        u = fold(x - last)
        if wide:
            line = fold(x - 2 * last + state[field + 1])
            state[field + 4] += u - (state[field + 4] >> 4)
            state[field + 5] += line - (state[field + 5] >> 4)
            if second >> channel & 1:
                u = line
        bucket = 0
        while u >> bucket:
            bucket += 1
        step = -STEPS if step < -STEPS else STEPS if step > STEPS else step
        if before < EDGE:
            code = CODES[(before * (2 * STEPS + 1) + STEPS + step) * SYMBOLS + bucket]
        else:
            code = CODES[(EDGE * (2 * STEPS + 1) + STEPS + step) * SYMBOLS + 16 - before + bucket]
        _put(out, at, code & 0xFFF, code >> 12)
        at += code >> 12
        if bucket > 1:
            _put(out, at, u & ((1 << (bucket - 1)) - 1), bucket - 1)
            at += bucket - 1
        state[field] = x
        state[field + 1] = last
        state[field + 2] = bucket
        state[field + 3] = before
        field += FIELDS
    return at
