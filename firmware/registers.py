# SPDX-License-Identifier: MIT
"""Registers of an IMU over SPI: the address with bit 7 set reads, without it writes."""

from micropython import const

_READ = const(0x80)


class Registers:
    """What both IMU drivers stand on; allocates nothing after the constructor."""

    def __init__(self, spi, cs):
        self.spi = spi
        self.cs = cs
        self.one = bytearray(2)
        self.two = bytearray(3)
        self.four = bytearray(5)

    def read(self, reg, buf):
        """Read len(buf) - 1 registers from `reg` on into buf[1:]."""
        buf[0] = _READ | reg
        self.cs(0)
        self.spi.write_readinto(buf, buf)
        self.cs(1)

    def get(self, reg):
        """What a register holds."""
        self.read(reg, self.one)
        return self.one[1]

    def write(self, reg, value):
        """Write a register."""
        self.one[0] = reg
        self.one[1] = value
        self.cs(0)
        self.spi.write(self.one)
        self.cs(1)

    def put(self, reg, value):
        """Write a register and look; OSError in words where it keeps something else."""
        self.write(reg, value)
        kept = self.get(reg)
        if kept != value:
            raise OSError("IMU register 0x%02X keeps 0x%02X, not 0x%02X: check the SPI wires" % (reg, kept, value))
