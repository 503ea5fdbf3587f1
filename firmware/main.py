# SPDX-License-Identifier: MIT
"""Starts with the board: waits for commands, samples on `start`, and gives way to the REPL on Ctrl-C."""

import gc
import json
import time

import board
import wire
from commands import Commands
from console import FAULT
from imu import ACC_LSB_UG, GYRO_LSB_UDPS, SETTLE_MS, Imu
from insole import Insoles
from link import Link
from ring import Ring
from sampler import Sampler

VERSION = "0.1.0"
DEFAULTS = {"rate": "100", "frame": "live", "acc": "4", "gyro": "500"}
IDLE_MS = 2
SLOW_BAUD = 115200  # up to here 200 Hz fits in long frames only


class Firmware:
    """The parts of the board, built once, and the values in force."""

    def __init__(self):
        ring = Ring(board.tx_store, board.PROFILE["tx_bytes"])
        self.link = Link(board.baud, board.PROFILE["uart_fifo"], ring)
        self.commands = Commands(self.link)
        self.imu = Imu(board.spi_imu(), board.cs_imu())
        self.insoles = Insoles(board.spi_adc(), board.cs_left(), board.cs_right())
        self.sampler = Sampler(self.link, self.commands, self.insoles, self.imu)
        self.boot = board.count_boot()
        self.session = 0
        self.set(DEFAULTS)

    def set(self, settings):
        """Put settings (words of `start`) in force, the IMU's included; a fault in words where it doesn't answer."""
        value = dict(DEFAULTS)
        value.update(settings)
        self.rate_hz = int(value["rate"])
        # Two scans a sample where they leave a third of the period for all else, as this board's bus really is.
        began = time.ticks_us()
        self.insoles.scan(1)
        self.scans = 2 if 3 * time.ticks_diff(time.ticks_us(), began) * self.rate_hz < 1000000 else 1
        self.odr_hz = 104 if self.rate_hz == 100 else 208
        self.live = value["frame"] == "live" and (self.rate_hz == 100 or board.baud > SLOW_BAUD)
        self.acc_g, self.gyro_dps = int(value["acc"]), int(value["gyro"])
        self.fault = None
        try:
            self.imu.start(self.odr_hz, self.acc_g, self.gyro_dps)
        except OSError as error:
            self.fault = str(error)
        self.describe(False)

    def describe(self, streaming):
        """Build the CONFIG frame that `info` and `start` send."""
        config = {
            "fw": VERSION,
            "wire": wire.VERSION,
            "board": board.PROFILE["name"],
            "id": board.unique_id(),
            "boot": self.boot,
            "session": self.session,
            "rate_hz": self.rate_hz,
            "scans": self.scans,
            "imu_odr_hz": self.odr_hz,
            "acc_g": self.acc_g,
            "gyro_dps": self.gyro_dps,
            "acc_lsb_ug": ACC_LSB_UG[self.acc_g],
            "gyro_lsb_udps": GYRO_LSB_UDPS[self.gyro_dps],
            "cell_bits": 12,
            "frame": "live" if self.live else "long",
            "baud": board.baud,
            "imu": None if self.fault else "LSM6DSO",
            "left": True,  # an ADC answers alike with and without an insole
            "right": True,
            "streaming": streaming,
        }
        body = json.dumps(config).encode()
        self.commands.config = wire.build(wire.KINDS["CONFIG"], 0, (), body, wire.SEED)

    def stream(self, settings):
        """One session: announce the values in force, sample until `stop`, say why it ended."""
        link, commands = self.link, self.commands
        self.session += 1
        self.set(settings)
        settled_ms = time.ticks_add(time.ticks_ms(), SETTLE_MS)
        if self.fault:
            commands.console.event(FAULT, self.fault.encode())
        self.describe(True)
        link.send(commands.schema)
        link.send(commands.config)
        link.drain()
        while not self.fault and time.ticks_diff(settled_ms, time.ticks_ms()) > 0:
            time.sleep_ms(1)
        self.sampler.prepare(self.rate_hz, self.scans, self.odr_hz, self.live, not self.fault)
        commands.stop, commands.streaming = False, True
        try:
            self.sampler.run()
        except Exception as error:
            commands.console.event(FAULT, ("sampling ended: %s %s" % (type(error).__name__, error)).encode())
        finally:
            commands.stop = commands.streaming = False
            self.describe(False)

    def serve(self):
        """Answer commands until Ctrl-C."""
        while True:
            self.commands.console.poll()
            settings = self.commands.request
            if settings is not None:
                self.commands.request = None
                self.stream(settings)
                gc.collect()
            self.link.pump()
            time.sleep_ms(IDLE_MS)


def main():
    """Say hello, serve, and leave a clean prompt behind."""
    firmware = Firmware()
    print("surefoot %s ready" % VERSION)
    firmware.link.send(b"\0")  # closes the text, so that the first frame stands alone
    firmware.link.drain()
    try:
        firmware.serve()
    except KeyboardInterrupt:
        gc.enable()
        firmware.link.drain()
        print("surefoot %s stopped: soft reset (Ctrl-D) starts it again" % VERSION)


if __name__ == "__main__":
    main()
