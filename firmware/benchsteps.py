# SPDX-License-Identifier: MIT
"""Microseconds of each step of a 200 Hz tick, for bench.py on a board and for the desk."""

import gc
import time

import wire
from logger import Logger, cobs_into
from micropython import const
from once import once
from packstream import PackStream, encode
from store import Store

_TURNS = const(192)  # of a step: whole long frames, and fewer than the ring holds
_RATE_HZ = const(200)
_LONG = const(12)  # samples of a frame
_IMU_MILLE = const(1040)  # its samples for each thousand of the cells


class Sink:
    """A console that takes everything at once: what is written is for nobody."""

    def write(self, _buf, _at, n):
        return n


class Blank:
    """A flash that takes no time and keeps nothing."""

    sectors = 32
    sector_bytes = check_bytes = 4096
    page_bytes = 256

    def read(self, _addr, buf):
        buf[:] = b"\xff" * len(buf)

    def program(self, _addr, _buf):
        pass

    def erase(self, _sector):
        pass


def _nothing():
    pass


def _timed(work, turns):
    gc.collect()
    began = time.ticks_us()
    for _ in range(turns):
        work()
    return time.ticks_diff(time.ticks_us(), began)


def _each(work, mille):
    us = _timed(work, _TURNS) - min([_timed(_nothing, _TURNS) for _ in range(3)])
    return us * mille // (_TURNS * 10) if us > 0 else 0


def steps(link, insoles, imu, sampler, hand):
    """[(what, hundredths of a microsecond a sample of the cells)] of the steps of a tick at 200 Hz, long frames."""
    told = []
    counts, fifo, health, ring = insoles.counts, imu.fifo, sampler.health, link.ring
    cells, motion = sampler.cells, sampler.motion
    raw, coded = bytearray(_LONG * 24 + 16), bytearray(_LONG * 24 + 24)
    for i in range(len(raw)):
        raw[i] = i * 37 & 0xFF
    n = len(raw) - wire.CRC_BYTES
    each = 1000 // _LONG
    taken = [0]

    def step(name, work, mille=1000):
        told.append((name, _each(work, mille)))
        while ring.pop(link.flight):
            pass

    def fetch():
        fifo.last = -1  # whatever came before: this is about time
        fifo.fetch(1000)
        while fifo.take():
            taken[0] += 1

    def push():
        ring.push(coded, len(coded), 3, 1, 0, _LONG)
        ring.pop(link.flight)

    def pump():
        link.room = 40
        link.pump()

    step("scan", lambda: insoles.scan(1))
    step("pack12", lambda: wire.pack12(counts, 16, raw, 0))
    step("CRC", lambda: wire.crc24(raw, n, wire.SEED), each)
    step("COBS", lambda: cobs_into(raw, n, coded, 0), each)
    step("ring, in and out", push, each)
    cells.restart(_LONG)
    motion.restart(2 * _LONG)
    step("record of cells, with pack12, CRC, COBS and ring", lambda: cells.record(counts))
    step("record of the IMU, likewise", lambda: motion.record(fifo.record), _IMU_MILLE)
    for _ in range(_TURNS // _LONG):
        link.queue(raw, n, 0, 0, 0)
    link.out, out = Sink(), link.out
    step("pump of 40 bytes", pump)
    link.out = out
    us = _timed(fetch, _TURNS // 4)
    told.append(("FIFO: fetch and take", us * _IMU_MILLE // (10 * max(1, taken[0]))))
    step("health: see", lambda: health.see(counts))
    step("health: judge", health.judge, 1000 // _RATE_HZ)
    step("panel, battery, watchdog", hand.step)
    told += _logged(link, counts, fifo.record)
    return told


def _logged(link, counts, record):
    told = []
    store = Store(Blank())
    once("erasing", "sectors", "opened").prepare(store)
    once("newlog", "sectors", "opened").begin(store, 1)
    logger = Logger(store, link)
    for name, stream, values, mille in (("cells", wire.CELLS, counts, 1000), ("the IMU", wire.IMU, record, _IMU_MILLE)):
        pack = PackStream(logger, stream)
        turn = [values, type(values)("H", values) if stream == wire.CELLS else bytearray(values)]
        for i in range(len(values)):
            turn[1][i] ^= 0x15 >> i % 3 * (i & 1)  # steps of several sizes, as in a walk

        def code():
            turn.append(turn.pop(0))
            encode(turn[0], pack.coder, pack.raw, 128)

        def page():
            turn.append(turn.pop(0))
            pack.record(turn[0])
            logger.pump()

        page()
        told.append(("log: code of " + name, _each(code, mille)))
        told.append(("log: page of %s, code and all" % name, _each(page, mille)))
    return told
