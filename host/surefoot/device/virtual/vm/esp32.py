# SPDX-License-Identifier: MIT
"""`esp32` on the virtual board: the log's partition, NOR flash in a file, and what wakes it from deep sleep.

The flash is strict where a real one silently stores something else: to program a 1 where a 0 is, is an error. Half of
an operation's bytes change before its time passes and half after, so a power cut in between leaves it torn.
"""

import vboard

WAKEUP_ALL_LOW, WAKEUP_ANY_HIGH = False, True
_NATIVE = 4096
_PAGE = 256
_settings = vboard._settings
_file = open(int(_settings["log"]), "r+b") if "log" in _settings else None
_size = _file.seek(0, 2) if _file else 0
_label = (vboard.PROFILE.get("log") or {}).get("label", "log")
_dies_at, _share = [int(word) for word in _settings.get("flash_cut", "-1,0").split(",")]  # operation, percent of it
_done = 0  # programs and erases since power on
_old = bytearray(_PAGE)
_blank = b"\xff" * _PAGE


def _operate(at, buf, start, n, us):
    """Change n bytes at `at` to those of buf from start on, or to 0xFF where buf is None."""
    global _done
    dies = _done == _dies_at
    _done += 1
    first = n * _share // 100 if dies else n // 2
    _put(at, buf, start, first)
    vboard.charge(us)
    if dies:
        vboard.leave(b"P")
    _put(at + first, buf, start + first, n - first)


def _put(at, buf, start, n):
    _file.seek(at)
    while n > 0:
        part = n if n < _PAGE else _PAGE
        if buf is None:
            _file.write(_blank, part)
        else:
            _file.write(buf, start, part)
        start += part
        n -= part


class Partition:
    BOOT, RUNNING = 0, 1
    TYPE_APP, TYPE_DATA = 0, 1

    def __init__(self, id, block_size=_NATIVE):
        if id != _label or not _file:
            raise OSError(2)
        self.block_size = block_size

    @staticmethod
    def find(type=0, subtype=0xFF, label=None, block_size=_NATIVE):
        found = _file and type == Partition.TYPE_DATA and subtype in (6, 0xFF) and label in (None, _label)
        return [Partition(_label, block_size)] if found else []

    def info(self):
        return (1, 6, 0x400000 - _size, _size, _label, False)

    def _at(self, block, n, offset):
        at = block * self.block_size + offset
        if block < 0 or offset < 0 or at + n > _size:
            raise OSError(-0x104, "ESP_ERR_INVALID_SIZE")
        return at

    def readblocks(self, block, buf, offset=0):
        n = len(buf)
        _file.seek(self._at(block, n, offset))
        _file.readinto(buf)
        vboard.charge(vboard.FLASH_US + n // 8)

    def writeblocks(self, block, buf, offset=-1):
        n = len(buf)
        at = self._at(block, n, offset if offset > 0 else 0)
        if offset < 0:  # the plain form erases first
            for first in range(at // _NATIVE, (at + n + _NATIVE - 1) // _NATIVE):
                self._erase(first * _NATIVE)
        done = 0
        while done < n:
            part = min(n - done, _PAGE - (at + done) % _PAGE)
            _file.seek(at + done)
            _file.readinto(_old, part)
            for i in range(part):
                if buf[done + i] & ~_old[i]:
                    raise RuntimeError("flash: a program lifts a bit, erase the sector first")
            _operate(at + done, buf, done, part, vboard.FLASH_US + vboard.PROGRAM_US + 3 * part)
            done += part

    def _erase(self, at):
        _operate(at, None, 0, _NATIVE, vboard.FLASH_US + vboard.ERASE_US)

    def ioctl(self, op, arg):
        if op == 4:
            return _size // self.block_size
        if op == 5:
            return self.block_size
        if op == 6:
            self._erase(self._at(arg, self.block_size, 0))
        return 0 if op in (1, 2, 3, 6) else None


class SDCard:
    """`machine.SDCard` in the same file: blocks of 512 bytes that may be written over. A card keeps the VM waiting, now
    and then for long: estimates, with a pattern of their own."""

    def __init__(self, slot=1, width=1, *, sck=None, mosi=None, miso=None, cs=None, freq=20000000):
        if not _file:
            raise OSError(19)
        self._writes = 0

    def ioctl(self, op, arg):
        if op == 4:
            return _size // 512
        return 512 if op == 5 else 0

    def readblocks(self, block, buf):
        if (block * 512 + len(buf)) > _size:
            return False
        _file.seek(block * 512)
        _file.readinto(buf)
        vboard.charge(vboard.CARD_US + len(buf))

    def writeblocks(self, block, buf):
        if (block * 512 + len(buf)) > _size:
            return False
        _put(block * 512, buf, 0, len(buf))
        self._writes += 1
        rest = 0 if self._writes % 16 else 50000 if self._writes % 128 == 0 else 15000
        vboard.charge(vboard.CARD_US + len(buf) + rest)


def wake_on_ext0(pin=None, level=0):
    vboard.panel.wakes = {} if pin is None else {pin.id: (int(level), 2)}


def wake_on_ext1(pins=(), level=0):
    vboard.panel.wakes = {pin.id: (int(level), 3) for pin in pins}
