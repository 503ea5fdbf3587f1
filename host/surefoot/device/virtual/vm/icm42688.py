# SPDX-License-Identifier: MIT
"""ICM-42688-P, register by register, over SPI: outputs, clock and the packet FIFO of 2 kB, in integers only.

From TDK's data sheet DS-000347 revision 1.8. One oscillator makes output rates and timestamps; a tick of the clock is
1 or 16 us times 32 / 30 (section 12.7). `misused` counts accesses that the data sheet forbids: any within 1 ms of a
reset, writes within 200 us of power-on, and to registers that must not change while a sensor runs. Left out: filters
and start-up times, 20-bit packets, FSYNC, APEX, rates above 8 kHz, the read cache beside the FIFO.
"""

BYTES = 2048
_RESERVED = 16  # one packet's room is kept free (section 6.3)
_PERIODS = (0, 0, 0, 5, 10, 20, 40, 200, 400, 800, 1600, 3200, 0, 0, 0, 80)  # 25 us units by ODR code
_CLOCK = (1 << 28) - 1  # sixteenths of a 1 us tick
_RESET_UNITS = 40
_POWER_UNITS = 8
_FREE = (0x11, 0x4B, 0x4E, 0x4F, 0x50, 0x70, 0x76)  # may be written while a sensor runs
_START = (
    (0x13, 0x05), (0x1D, 0x80), (0x1F, 0x80), (0x21, 0x80), (0x23, 0x80), (0x25, 0x80), (0x27, 0x80), (0x29, 0x80),
    (0x2D, 0x10), (0x34, 0x04), (0x4C, 0x30), (0x4D, 0x91), (0x4F, 0x06), (0x50, 0x06), (0x51, 0x16), (0x52, 0x11),
    (0x53, 0x0D), (0x54, 0x23), (0x56, 0x82), (0x62, 0x10), (0x64, 0x10), (0x65, 0x10), (0x75, 0x47),
)  # fmt: skip
_WARM = 397  # 28 degrees C: 132.48 counts each above 25


class ICM42688:
    """`data[at:]` holds x, y, z of specific force in micro-g and of rate in 0.1 mdps, six i32 below 2^27.

    Faults as of the LSM6DSO's model: `push_ug`, `push_ddps` of the self-test, and `dead` axes.
    """

    def __init__(self, data, at):
        self.data = data
        self.at = at
        self.push_ug = 500000
        self.push_ddps = 1000000
        self.dead = 0
        self.misused = 0
        self.selected = False
        self.regs = bytearray(5 * 0x80)
        self.fifo = bytearray(BYTES)
        self._packet = bytearray(16)
        self._clock = 0
        self._reset()

    def _reset(self):
        regs = self.regs
        for i in range(len(regs)):
            regs[i] = 0
        for register, value in _START:
            regs[register] = value
        self._address = -1
        self._reading = self._busy = self._quiet = self._stamp = 0
        self._changed = 3
        self._flush()
        self._set_rates()

    def _flush(self):
        self._head = self._count = self._taken = self._latched = self.lost = 0

    def _set_rates(self):
        regs = self.regs
        power = regs[0x4E]
        self._a = _PERIODS[regs[0x50] & 15] if power & 2 else 0
        self._g = _PERIODS[regs[0x4F] & 15] if power & 12 == 12 else 0
        base = self._a or self._g
        if self._g and self._g < base:
            base = self._g
        self._base = self._due = base
        self._phase = 0

    # -- time --

    def advance(self, units):
        """Let that many units of 25 us pass."""
        self._busy = self._busy - units if self._busy > units else 0
        self._quiet = self._quiet - units if self._quiet > units else 0
        if self._base:
            while self._due <= units:
                units -= self._due
                self._run(self._due)
                self._due = self._base
                self._sample()
            self._due -= units
        self._run(units)

    def _run(self, units):
        if self.regs[0x54] & 1:
            self._clock = (self._clock + units * 375) & _CLOCK  # 25 us * 30 / 32 in sixteenths of a microsecond

    def _ticks(self):
        return self._clock >> 8 if self.regs[0x54] & 8 else self._clock >> 4

    def _sample(self):
        regs = self.regs
        self._phase = (self._phase + 1) & 0xFFFF
        now = self._phase * self._base
        accel = self._a and not now % self._a
        gyro = self._g and not now % self._g
        test = regs[0x70]
        if accel:
            scale = 3 - (regs[0x50] >> 5 & 3)  # 0 is 2 g
            test = test if test & 0x40 else 0
            for axis in range(3):
                push = self.push_ug if test >> (3 + axis) & 1 else 0
                self._measure(4 * axis, 0x1F + 2 * axis, push, 256 >> scale, 15625)
        if gyro:
            scale = regs[0x4F] >> 5  # 0 is 2000 dps
            for axis in range(3):
                push = self.push_ddps if regs[0x70] >> axis & 1 else 0
                self._measure(12 + 4 * axis, 0x25 + 2 * axis, push, 128 << scale, 78125)
        if accel or gyro:
            self._put_pair(regs, 0x1D, _WARM)
            regs[0x2D] |= 8
            if regs[0x16] & 0xC0:
                self._collect(accel, gyro)

    def _measure(self, source, register, push, times, by):
        """One i32 at the source, times / by, rounded and saturated. -32768 and -32767 are kept for invalid samples."""
        data = self.data
        at = self.at + source
        value = (data[at] | data[at + 1] << 8 | data[at + 2] << 16) + (((data[at + 3] ^ 0x80) - 0x80) << 24) + push
        count = value // by * times + (value % by * times + by // 2) // by
        if self.dead >> source // 4 & 1:
            count = 0
        low = -32768 if self.regs[0x4C] & 0x80 else -32766
        self._put_pair(self.regs, register, 32767 if count > 32767 else low if count < low else count)

    def _put_pair(self, buf, at, value):
        """Most significant byte first, or last where INTF_CONFIG0 says so."""
        first = 0 if self.regs[0x4C] & 0x10 else 1
        buf[at + first] = value >> 8 & 0xFF
        buf[at + 1 - first] = value & 0xFF

    # -- FIFO --

    def _collect(self, accel, gyro):
        regs = self.regs
        packet = self._packet
        sources = regs[0x5F] & 3
        if not sources:
            return
        size = 16 if sources == 3 else 8
        packet[0] = (0x68 if sources == 3 else 0x40 if sources == 1 else 0x20) | self._changed
        self._changed = 0
        for i in range(12):
            valid = accel if i < 6 else gyro
            packet[1 + i] = regs[0x1F + i] if valid else 0x80 if i & 1 == (0 if regs[0x4C] & 0x10 else 1) else 0
        if sources == 2:
            packet[1:7] = packet[7:13]
        packet[7 if size == 8 else 13] = _WARM // 64
        if size == 16:
            self._put_pair(packet, 14, self._ticks() & 0xFFFF)
        if self._count + size > BYTES - _RESERVED:
            regs[0x2D] |= 2
            self.lost += 1
            if regs[0x16] & 0x80:
                return
            self._head = (self._head + size) % BYTES
            self._count -= size
        for i in range(size):
            self.fifo[(self._head + self._count + i) % BYTES] = packet[i]
        self._count += size
        if self._count + size > BYTES - _RESERVED:
            regs[0x2D] |= 2

    def _fifo_out(self):
        if self._taken >= self._count:
            return 0xFF
        self._taken += 1
        return self.fifo[(self._head + self._taken - 1) % BYTES]

    # -- bus --

    def select(self, on):
        """Chip select: the next byte is an address. Half a FIFO read counts only with FIFO_RESUME_PARTIAL_RD."""
        if self._taken and not on:
            if self.regs[0x5F] & 0x40 or self._taken == self._count:
                self._head = (self._head + self._taken) % BYTES
                self._count -= self._taken
            self._taken = 0
        self.selected = on
        self._address = -1

    def exchange(self, byte):
        """One byte in, and the one that comes out meanwhile."""
        out = 0xFF
        address = self._address
        if address < 0:
            self._reading = byte & 0x80
            self._address = byte & 0x7F
            return out
        if self._busy:
            self.misused += 1
            out = 0
        elif self._reading:
            out = self._get(address)
        else:
            self._put(address, byte)
        if address != 0x30 or self.regs[0x76]:
            self._address = (address + 1) & 0x7F
        return out

    def _get(self, address):
        regs = self.regs
        bank = regs[0x76] & 7
        if address == 0x76:
            return bank
        if bank == 1 and 0x62 <= address < 0x65:
            return (self._stamp >> 8 * (address - 0x62)) & 0xFF if regs[0x54] & 0x10 else 0
        if bank:
            return regs[bank * 0x80 + address] if bank < 5 else 0
        if address == 0x2D:
            value = regs[0x2D]
            regs[0x2D] = 0
            return value
        if address == 0x2E:
            size = 16 if regs[0x5F] & 3 == 3 else 8
            self._latched = self._count // size if regs[0x4C] & 0x40 else self._count
        if address == 0x2E or address == 0x2F:
            high = (address == 0x2E) == (regs[0x4C] & 0x20 != 0)
            return self._latched >> 8 if high else self._latched & 0xFF
        if address == 0x30:
            return self._fifo_out()
        if address == 0x6C or address == 0x6D:
            return self.lost >> 8 & 0xFF if address == 0x6C else self.lost & 0xFF
        return regs[address]

    def _put(self, address, byte):
        regs = self.regs
        bank = regs[0x76] & 7
        if address == 0x76:
            regs[0x76] = byte & 7
            return
        if self._quiet or (self._base and not (bank == 0 and address in _FREE)):
            self.misused += 1
            return
        if bank:
            if bank < 5 and not (bank == 1 and 0x62 <= address < 0x65):
                regs[bank * 0x80 + address] = byte
            return
        if 0x1D <= address < 0x39 or address in (0x6C, 0x6D, 0x75):
            return
        if address == 0x11 and byte & 1:
            self._reset()
            self._busy = _RESET_UNITS
            return
        if address == 0x4B:
            if byte & 2:
                self._flush()
            if byte & 4:
                self._stamp = self._ticks() & 0xFFFFF
            return
        before = regs[address]
        regs[address] = byte
        if address == 0x4E or (address in (0x4F, 0x50) and (before ^ byte) & 15):
            if address == 0x4E and byte & 15 and not before & 15:
                self._quiet = _POWER_UNITS
            self._changed = 3
            self._set_rates()
        elif address == 0x16 and not byte & 0xC0:
            self._flush()
