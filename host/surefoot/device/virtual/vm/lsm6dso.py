# SPDX-License-Identifier: MIT
"""LSM6DSO, register by register, over SPI: outputs, timestamp and the tagged FIFO of 512 words, in integers only.

From ST's data sheet DS12140 and application note AN5192. The chip has one oscillator: output rates and the 25 us
timestamp drift together, and a sample at 104 Hz falls exactly each 384 timestamp units. Left out: compression,
embedded functions, sensor hub, interrupts, filters and start-up times.
"""

WORDS = 512
# Timestamp units between samples by ODR code: 12.5 26 52 104 208 417 833 1667 3333 6667 Hz, then the slow mode.
_PERIODS = (0, 3072, 1536, 768, 384, 192, 96, 48, 24, 12, 6)
_XL_UG = (61, 488, 122, 244)  # +-2, 16, 4, 8 g
_G_UDPS = (8750, 17500, 35000, 70000)  # +-250, 500, 1000, 2000 dps
_T_PERIODS = (0, 24576, 3072, 768)
_TS_EVERY = (0, 1, 8, 32)
_RESET_UNITS = 2  # a software reset takes 50 us
_BOOT_UNITS = 400


def _period(code, slow):
    if code < 11:
        return _PERIODS[code]
    return slow if code == 11 else 0


class LSM6DSO:
    """`data[at:]` holds x, y, z of specific force in micro-g and of rate in 0.1 mdps, six i32 below 2^27.

    Faults: the self-test's push in micro-g and in 0.1 mdps, and `dead`, one bit for each axis (ax first) that reads 0.
    """

    def __init__(self, data, at):
        self.data = data
        self.at = at
        self.push_ug = 400000
        self.push_ddps = 4000000
        self.dead = 0
        self.selected = False
        self.regs = bytearray(0x80)
        self.fifo = bytearray(WORDS * 7)
        self.latest = bytearray(14)  # of 0x20..0x2D: what the FIFO takes, and the outputs show unless they are held
        self._address = -1
        self._reading = 0
        self._low = self._high = 0
        self._busy = 0
        self._reset()

    def _reset(self):
        regs = self.regs
        for i in range(0x80):
            regs[i] = 0
        regs[0x02] = 0x3F
        regs[0x0F] = 0x6C
        regs[0x12] = 0x04
        regs[0x18] = 0xE0
        regs[0x21] = 0x03  # 28 degrees C: 256 counts each above 25
        self._half_read = 0  # with BDU: one bit for each output byte whose other half has not been read yet
        for i in range(14):
            self.latest[i] = regs[0x20 + i]
        self._empty()
        self._set_rates()

    def _empty(self):
        self._head = self._words = self._batch = self._slot = self._slot_words = 0
        self._over = self._over_latched = 0

    def _set_rates(self):
        regs = self.regs
        self._xl = _period(regs[0x10] >> 4, 24576)
        self._g = 0 if regs[0x11] >> 4 == 11 else _period(regs[0x11] >> 4, 0)
        base = self._xl
        if self._g and (not base or self._g < base):
            base = self._g
        self._base = base
        self._due = base
        self._phase = 0
        self._set_batch()

    def _set_batch(self):
        """Masks of the phase, which counts base periods: all periods are a base times a power of two."""
        base = self._base or 1
        rates = self.regs[0x09]
        xl = _period(rates & 15, 24576)
        g = _period(rates >> 4, 6144)
        self._xl_mask = self._xl // base - 1
        self._g_mask = self._g // base - 1
        self._batch_xl = max(xl, self._xl) // base - 1 if xl and self._xl else -1
        self._batch_g = max(g, self._g) // base - 1 if g and self._g else -1
        temperature = _T_PERIODS[(self.regs[0x0A] >> 4) & 3]
        self._batch_t = max(temperature // base, 1) - 1 if temperature and self._base else -1

    # -- time --

    def advance(self, units):
        """Let that many timestamp units pass, with the outputs and batches that fall into them."""
        if self._busy:
            self._busy = self._busy - units if self._busy > units else 0
        if self._base:
            while self._due <= units:
                units -= self._due
                self._count(self._due)
                self._due = self._base
                self._sample()
            self._due -= units
        self._count(units)

    def _count(self, units):
        if self.regs[0x19] & 0x20:
            low = self._low + units
            self._high = (self._high + (low >> 24)) & 0xFF
            self._low = low & 0xFFFFFF

    def _sample(self):
        phase = self._phase = (self._phase + 1) & 0xFFFF
        regs = self.regs
        if self._g and not phase & self._g_mask:
            lsb = 4375 if regs[0x11] & 2 else _G_UDPS[(regs[0x11] >> 2) & 3]
            sign = (0, 1, 0, -1)[(regs[0x14] >> 2) & 3]
            self._measure(12, 0x22, 4, lsb // 25, sign * self.push_ddps)
            regs[0x1E] |= 2
        if self._xl and not phase & self._xl_mask:
            scale = (regs[0x10] >> 2) & 3
            lsb = 61 if scale == 1 and regs[0x17] & 2 else _XL_UG[scale]
            sign = (0, 1, -1, 0)[regs[0x14] & 3]
            self._measure(0, 0x28, 1, lsb, sign * self.push_ug)
            regs[0x1E] |= 1
        regs[0x1E] |= 4
        if regs[0x0A] & 7:
            self._collect(phase)

    def _measure(self, source, register, times, lsb, shift):
        """Three i32 at the source become counts of `lsb / times`, rounded and saturated."""
        data, regs, latest = self.data, self.regs, self.latest
        at = self.at + source
        for register in range(register, register + 6, 2):
            top = (data[at + 3] ^ 0x80) - 0x80
            value = (data[at] | (data[at + 1] << 8) | (data[at + 2] << 16)) + (top << 24) + shift
            count = (2 * times * value + lsb) // (2 * lsb)
            if count > 32767:
                count = 32767
            elif count < -32768:
                count = -32768
            if self.dead and self.dead >> (at - self.at) // 4 & 1:
                count = 0
            pair = register - 0x20
            latest[pair] = count & 0xFF
            latest[pair + 1] = (count >> 8) & 0xFF
            if not (self._half_read >> pair) & 3:
                regs[register] = latest[pair]
                regs[register + 1] = latest[pair + 1]
            at += 4

    # -- FIFO --

    def _collect(self, phase):
        gyro = self._batch_g >= 0 and not phase & self._batch_g
        accel = self._batch_xl >= 0 and not phase & self._batch_xl
        temperature = self._batch_t >= 0 and not phase & self._batch_t
        if not (gyro or accel or temperature):
            return
        self._slot = (self._slot + 1) & 3
        self._slot_words = 0
        every = _TS_EVERY[self.regs[0x0A] >> 6]
        if (gyro or accel) and every:
            if not self._batch % every:
                self._push(4, -1)
            self._batch = (self._batch + 1) & 31
        if temperature:
            self._push(3, 0x20)
        if gyro:
            self._push(1, 0x22)
        if accel:
            self._push(2, 0x28)

    def _push(self, sensor, source):
        regs = self.regs
        watermark = regs[0x07] | ((regs[0x08] & 1) << 8)
        limit = watermark if regs[0x08] & 0x80 and watermark else WORDS
        self._slot_words += 1
        if self._words >= limit:
            self._over = self._over_latched = 1
            if regs[0x0A] & 7 == 1:
                return
            self._head = (self._head + 1) % WORDS
            self._words -= 1
        at = (self._head + self._words) % WORDS * 7
        self._words += 1
        tag = (sensor << 3) | (self._slot << 1)
        parity = tag ^ (tag >> 4)
        parity ^= parity >> 2
        fifo = self.fifo
        fifo[at] = tag | ((parity ^ (parity >> 1)) & 1)  # even number of ones
        for i in range(6):
            if source < 0:
                fifo[at + 1 + i] = self._stamp(i)
            else:
                fifo[at + 1 + i] = self.latest[source - 0x20 + i] if sensor != 3 or i < 2 else 0

    def _stamp(self, i):
        if i < 3:
            return (self._low >> (8 * i)) & 0xFF
        return self._high if i == 3 else 0

    def _fifo_out(self, i):
        value = self.fifo[self._head * 7 + i] if self._words else 0
        if i == 6 and self._words:
            self._head = (self._head + 1) % WORDS
            self._words -= 1
            self._over = 0
        return value

    # -- bus --

    def select(self, on):
        """Chip select: the next byte is an address."""
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
        if self._reading:
            out = self._get(address)
        else:
            self._put(address, byte)
        if self.regs[0x12] & 4:
            # A burst over the FIFO's output goes round: that is how many words come in one transfer.
            self._address = 0x78 if address == 0x7E else (address + 1) & 0x7F
        return out

    def _get(self, address):
        regs = self.regs
        if regs[0x01] & 0xC0 and address != 0x01:
            return 0
        if address >= 0x78:
            return self._fifo_out(address - 0x78) if address < 0x7F else 0
        if address == 0x12:
            return regs[0x12] if self._busy else regs[0x12] & 0x7E
        if address == 0x3A:
            return self._words & 0xFF
        if address == 0x3B:
            watermark = regs[0x07] | ((regs[0x08] & 1) << 8)
            value = (self._words >> 8) | (self._over_latched << 3) | (self._over << 6)
            if watermark and self._words >= watermark:
                value |= 0x80
            if self._words + self._slot_words > WORDS:
                value |= 0x20
            self._over_latched = 0
            return value
        if 0x40 <= address < 0x44:
            return self._stamp(address - 0x40)
        if 0x22 <= address < 0x2E:
            if regs[0x12] & 0x40:
                other = 1 << ((address ^ 1) - 0x20)
                if self._half_read & other:
                    self._half_read &= ~other
                else:
                    self._half_read |= 1 << (address - 0x20)
            if address & 1:
                regs[0x1E] &= 0xFD if address < 0x28 else 0xFE
        elif address == 0x21:
            regs[0x1E] &= 0xFB
        return regs[address]

    def _put(self, address, byte):
        regs = self.regs
        if address == 0x42:
            if byte == 0xAA:
                self._low = self._high = 0
            return
        if regs[0x01] & 0xC0 and address != 0x01:
            return
        if address in (0x00, 0x0F) or 0x1A <= address < 0x56 or address >= 0x76:
            return
        if address == 0x12 and byte & 1:
            self._reset()
            self._low = self._high = 0
            self._busy = _RESET_UNITS
            regs[0x12] |= 1
            return
        before = regs[address]
        regs[address] = byte
        if address == 0x12:
            self._half_read &= -(byte >> 6 & 1)
            if byte & 0x80:
                self._busy = _BOOT_UNITS
        elif address == 0x10 or address == 0x11:
            if (before ^ byte) & 0xF0:
                self._set_rates()
        elif address == 0x09 or address == 0x0A:
            self._set_batch()
            if not regs[0x0A] & 7:
                self._empty()
        elif address == 0x19 and byte & 0x20 and not before & 0x20:
            self._low = self._high = 0
