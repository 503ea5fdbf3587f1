# SPDX-License-Identifier: MIT
"""Registers of an IMU over SPI: the address with bit 7 set reads, without it writes."""

_READ = 0x80


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

    def _get(self, reg):
        self.read(reg, self.one)
        return self.one[1]

    def _write(self, reg, value):
        self.one[0] = reg
        self.one[1] = value
        self.cs(0)
        self.spi.write(self.one)
        self.cs(1)

    def _put(self, reg, value):
        self._write(reg, value)
        kept = self._get(reg)
        if kept != value:
            raise OSError("IMU register 0x%02X keeps 0x%02X, not 0x%02X: check the SPI wires" % (reg, kept, value))
