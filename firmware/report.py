# SPDX-License-Identifier: MIT
"""What a session tells about itself: counters in STATUS once a second, END when it is over."""

import gc
import struct

import wire
from link import TICK_MASK
from wire import CRC_BYTES

STATUS, END = wire.numbers("kinds", "STATUS", "END")
STATUS_LAYOUT, END_LAYOUT = wire.layout_of(STATUS), wire.layout_of(END)
STATUS_BYTES, END_BYTES = struct.calcsize(STATUS_LAYOUT), struct.calcsize(END_LAYOUT)
IMU_T_AT = struct.calcsize("<BBIHI")  # imu_t follows kind, stream, t_us, wraps and imu_us
NO_IMU, IMU_ERROR, BATTERY_LOW, LOG_ERROR, RESUMED = [
    1 << bit for bit in wire.numbers("flags", "no-imu", "imu-error", "battery-low", "log-error", "resumed")
]
STOP, FAULT, INTERRUPT, FULL, BATTERY = wire.numbers("reasons", "stop", "fault", "interrupt", "full", "battery")


class Report:
    """Counters of one session and the two frames that carry them."""

    def __init__(self, link, console, imu, cells, motion, health, battery):
        self.link = link
        self.console = console
        self.imu = imu
        self.cells = cells
        self.motion = motion
        self.health = health
        self.battery = battery
        self.status_raw = bytearray(STATUS_BYTES + CRC_BYTES)
        self.end_raw = bytearray(END_BYTES + CRC_BYTES)
        self.restart(True)

    def restart(self, moving):
        """A new session; `moving` says whether the IMU takes part."""
        self.flags = 0 if moving else NO_IMU
        self.state = "stream"  # of the current table
        self.late = self.max_late_us = self.fifo_lost = 0
        self.link.ring.frames = self.link.ring.dropped = 0

    def status(self, ask_imu):
        """Queue a STATUS; `ask_imu` reads its clock and temperature for it."""
        link = self.link
        raw = self.status_raw
        imu = self.imu
        imu_us = temperature = 0
        if ask_imu:
            temperature = imu.temperature_raw()
            before = link.now()
            imu.clock()
            half = ((link.now() - before) & TICK_MASK) // 2
            imu_us = (before + half) & TICK_MASK
        backlog = link.backlog()
        battery = self.battery
        flags = self.flags | self.health.flags
        if battery.low:
            flags |= BATTERY_LOW
        struct.pack_into(
            STATUS_LAYOUT, raw, 0, STATUS, 0, link.now(), link.wraps, imu_us, 0, self.cells.framed, self.motion.framed,
            self.late, self.max_late_us, gc.mem_free(), backlog if backlog < 65535 else 65535, link.ring.dropped,
            self.fifo_lost, temperature, self.console.refused, flags, battery.mv, battery.minutes(self.state),
            self.health.cells,
        )  # fmt: skip
        if ask_imu:
            for i in range(4):
                raw[IMU_T_AT + i] = imu.four[1 + i]
        link.queue(raw, STATUS_BYTES, 0, 0, 0)

    def end(self, reason):
        """Queue END: how many samples of each stream should exist, whatever became of them."""
        link = self.link
        struct.pack_into(
            END_LAYOUT, self.end_raw, 0, END, 0, link.now(), link.wraps, self.cells.index, self.motion.index,
            link.ring.frames, link.ring.dropped, reason,
        )  # fmt: skip
        link.queue(self.end_raw, END_BYTES, 0, 0, 0)
