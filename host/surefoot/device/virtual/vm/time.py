# SPDX-License-Identifier: MIT
"""`time` on the virtual board: periods and semantics of the ESP32, virtual time."""

import vboard
from utime import gmtime, localtime, mktime
from vboard import HALF, MASK, SLEEP_US, TICKS_US, charge


def ticks_us():
    charge(TICKS_US)
    return vboard.now_us()


def ticks_ms():
    charge(TICKS_US)
    return vboard.now_ms()


ticks_cpu = ticks_us


def ticks_add(ticks, delta):
    return ((ticks - HALF + delta) & MASK) ^ HALF


def ticks_diff(end, start):
    return (((end - start) & MASK) ^ HALF) - HALF


def sleep_us(us):
    charge(us + SLEEP_US if us > 0 else SLEEP_US)


def sleep_ms(ms):
    charge(SLEEP_US)
    while ms > 0:
        step = ms if ms < 1000 else 1000
        charge(step * 1000)
        ms -= step


def sleep(seconds):
    sleep_ms(int(seconds * 1000))


def time():
    return vboard.EPOCH_S + vboard.now_ms() // 1000


def time_ns():
    return (vboard.EPOCH_S * 1000 + vboard.now_ms()) * 1000000
