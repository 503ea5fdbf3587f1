# SPDX-License-Identifier: MIT
"""Machine-code twins of `encode` and `verbatim` (slowpack.py): same bytes.

Importing fails where there is no viper emitter. Pointers carry no bounds: `out` must hold `store.WORST` bytes behind
bit `at`. Names of a module cost a look-up and a conversion each, so the numbers of pack.py and prefix.py stand here
again; a test compares the bytes.
"""
# ruff: noqa: F821 -- ptr8, ptr16 and ptr32 are words of the viper compiler

import micropython

CODES = b""


def lend(codes):
    """The table of prefix.py, which the store keeps."""
    global CODES
    CODES = codes


@micropython.viper
def verbatim(values, state, out, at: int) -> int:
    """Write values as they are into out from bit `at`, and begin anew; the bit behind them."""
    v = ptr16(values)
    s = ptr32(state)
    o = ptr8(out)
    bits = s[1]
    field = 3
    byte = at >> 3
    have = at & 7
    word = o[byte] & ((1 << have) - 1)
    for channel in range(s[0]):
        x = v[channel]
        word |= x << have
        have += bits
        while have >= 8:
            o[byte] = word
            word >>= 8
            byte += 1
            have -= 8
        s[field] = x
        s[field + 1] = x
        s[field + 2] = 5
        s[field + 3] = 5
        field += 6
    if have:
        o[byte] = word
    return byte * 8 + have


@micropython.viper
def encode(values, state, out, at: int) -> int:
    """Code values into out from bit `at`; the bit behind them. At most `store.WORST` bytes."""
    v = ptr16(values)
    s = ptr32(state)
    o = ptr8(out)
    codes = ptr16(CODES)
    wide = s[1] == 16
    second = s[2]
    field = 3
    byte = at >> 3
    have = at & 7
    word = o[byte] & ((1 << have) - 1)
    for channel in range(s[0]):
        x = v[channel]
        last = s[field]
        before = s[field + 2]
        step = before - s[field + 3]
        u = (x - last) & 0xFFFF
        if u < 0x8000:
            u = u << 1
        else:
            u = (0xFFFF - u) << 1 | 1
        if wide:
            line = (x - 2 * last + s[field + 1]) & 0xFFFF
            if line < 0x8000:
                line = line << 1
            else:
                line = (0xFFFF - line) << 1 | 1
            s[field + 4] += u - (s[field + 4] >> 4)
            s[field + 5] += line - (s[field + 5] >> 4)
            if (second >> channel) & 1:
                u = line
        bucket = 0
        while u >> bucket:
            bucket += 1
        if step < -3:
            step = -3
        elif step > 3:
            step = 3
        if before < 8:
            code = codes[(before * 7 + 3 + step) * 25 + bucket]
        else:
            code = codes[(59 + step) * 25 + 16 - before + bucket]
        word |= (code & 0xFFF) << have
        have += code >> 12
        while have >= 8:
            o[byte] = word
            word >>= 8
            byte += 1
            have -= 8
        if bucket > 1:
            word |= (u & ((1 << (bucket - 1)) - 1)) << have
            have += bucket - 1
            while have >= 8:
                o[byte] = word
                word >>= 8
                byte += 1
                have -= 8
        s[field] = x
        s[field + 1] = last
        s[field + 2] = bucket
        s[field + 3] = before
        field += 6
    if have:
        o[byte] = word
    return byte * 8 + have
