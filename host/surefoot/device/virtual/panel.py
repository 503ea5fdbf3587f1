# SPDX-License-Identifier: MIT
"""The outside of the virtual board's panel: light, watchdog and sleep as the machine tells them, and what it is told.

The head of a block to the machine: n_slots u16, stall_us u16, skip_slots u24, flags u8 (1 Ctrl-C, 2 button held
down), battery_mv u16, spare u16. From the machine: "." wants slots, "a" to "h" are the lamps (a + 1 red + 2 green + 4
blue), "R", "S", "W" want a hard, soft or watchdog reset, "P" has lost its power, "w8000;" has set the watchdog,
"B921600;" is the console's rate from now on, "D2,0;" sleeps until the button by way 2 (ext0; 3 ext1, 0 never) or that
many milliseconds (0 never), "T0001234567,02700;" gives the cue's pin a tone of so many Hz (0: none) at that ticks_us.
"""

from __future__ import annotations

import re
import struct
import tempfile
from dataclasses import dataclass

from ...wire import TICK_WRAP

INTERRUPT, HELD = 1, 2
COLOURS = ("off", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
CAUSES = {"power": 1, "hard": 2, "watchdog": 3, "sleep": 4, "soft": 5}  # machine.reset_cause()
TIMER = 4  # of machine.wake_reason()
_RESETS = {b"R": "hard", b"S": "soft", b"W": "watchdog", b"P": "power"}
_HEAD = struct.Struct("<HHIHH")
_WORDS = re.compile(rb"[.]|[a-h]|[RSWP]|w(\d+);|B(\d+);|D(\d),(\d+);|T(\d+),(\d+);")


@dataclass
class Sleep:
    """A board in deep sleep: `by_button` is the way that its button wakes it, 0 for none; after_ms 0 is never."""

    by_button: int
    after_ms: int
    slept_ms: int = 0

    def wakes(self, held: bool, slots: int) -> int:
        """Let that many milliseconds pass: the wake reason, or 0 while it sleeps on."""
        self.slept_ms += slots
        if held and self.by_button:
            return self.by_button
        return TIMER if 0 < self.after_ms <= self.slept_ms else 0


class Panel:
    """What the host knows of it. `rtc` is the board's RTC memory, a file that only the power's loss empties.

    `tones`: when the cue's pin changed, in us of the board's clock since it started last, and to how many Hz.
    """

    def __init__(self) -> None:
        self.rtc = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the board is)
        self.held = False
        self.battery_mv = 3900
        self.sleep: Sleep | None = None
        self.lamps = 0
        self.dog_ms = 0
        self.baud = 0  # of the console, 0 for what it starts with
        self.tones: list[tuple[int, int]] = []
        self._told = b""

    def start(self, cause: int) -> dict[str, str | int]:
        """The board starts: what its machine has to know. A watchdog outlives nothing but a soft reset."""
        if cause == CAUSES["power"]:
            self.rtc.truncate(0)
        if cause != CAUSES["soft"]:
            self.dog_ms = 0
        self.sleep = None
        self.lamps = self.baud = 0
        self.tones = []
        self._told = b""
        return {"rtc": self.rtc.fileno(), "dog": self.dog_ms}

    def head(self, slots: int, stall_us: int, skip: int, interrupt: bool) -> bytes:
        """Of a block of that many slots."""
        flags = (INTERRUPT if interrupt else 0) | (HELD if self.held else 0)
        return _HEAD.pack(slots, stall_us, skip | flags << 24, self.battery_mv, 0)

    def told(self, data: bytes) -> tuple[bool, str]:
        """The machine has said that: whether it wants slots, and how it wants to restart ("" if not)."""
        if data == b"." and not self._told:
            return True, ""  # nearly always
        self._told += data
        hungry, restart, end = False, "", 0
        for word in _WORDS.finditer(self._told):
            text = word.group()
            end = word.end()
            if text == b".":
                hungry = True
            elif text in _RESETS:
                restart = _RESETS[text]
            elif text[:1] == b"w":
                self.dog_ms = int(word.group(1))
            elif text[:1] == b"B":
                self.baud = int(word.group(2))
            elif text[:1] == b"D":
                self.sleep = Sleep(int(word.group(3)), int(word.group(4)))
                restart = "sleep"
            elif text[:1] == b"T":
                self._tone(int(word.group(5)), int(word.group(6)))
            else:
                self.lamps = text[0] - ord("a")
        self._told = self._told[end:]
        return hungry, restart

    def _tone(self, ticks_us: int, hz: int) -> None:
        before_us = self.tones[-1][0] if self.tones else 0
        self.tones.append((before_us + (ticks_us - before_us) % TICK_WRAP, hz))

    def close(self) -> None:
        self.rtc.close()
