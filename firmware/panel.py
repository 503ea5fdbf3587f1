# SPDX-License-Identifier: MIT
"""The panel: a button, a light, a battery. Polled, without interrupts; nothing is allocated after the constructors.

What a board's profile says of them; a block that is missing, or null, is a part that the board hasn't got:

  "button":  {"pin": 4, "low": true}       pressed pulls the pin low (true) or high; an RTC pin, which can wake the chip
  "light":   {"red": 25, "green": 33, "blue": 22, "low": false}    one to three pins; low: lit at 0; or {"pixel": 38}
  "battery": {"pin": 34, "up_kohm": 100, "down_kohm": 100,         divider from the cell to a pin of ADC1
              "low_mv": 3650, "empty_mv": 3450, "hysteresis_mv": 50,
              "table": [[3450, 0], [3610, 5], ..., [4200, 100]]}    mV at rest, percent; without it battery.py's
  "cue":     {"pin": 17, "kind": "buzzer", "hz": [2700, 3400], "ms": 60}    a passive buzzer's tones of left and right,
             {"pin": 17, "kind": "vibration", "ms": 120}           a motor; ms: a pulse's length. See cue.py
  "power":   {"cell_mah": 2000, "usable_mah": 1600, "mhz": 240,    as `python -m surefoot.device.power` prints it
              "ma": {"idle": 158, "stream": 158, "log": 159, "download": 94}, "sleep_min": 10, "watchdog_ms": 8000}
"""

from battery import Battery
from micropython import const

_MASK = const((1 << 30) - 1)  # ticks_ms wraps here; a difference under this mask is right across the wrap

NONE, SHORT, LONG = range(3)
_DEBOUNCE_MS = const(30)
_LOOKS = const(3)  # that must agree: after a stall, one look at a bouncing contact is no press
_LONG_MS = const(1000)

OFF, IDLE, READY, LOGGING, MARK, LOW, FAULT, FULL, DOWNLOADING, STILL = range(10)
_RED = const(1)
_GREEN = const(2)
_BLUE = const(4)
# Sixteen steps of 128 ms, first step in bit 0. No two states blink alike, however late one begins to look, so colours
# need not be told apart; short flashes where a state lasts for hours.
_SHIFT = const(7)
PATTERNS = (0, 0x0001, 0x0009, 0x000F, 0xFFFF, 0x0049, 0x5555, 0x0F0F, 0x3333, 0x0FFF)
COLOURS = (0, _BLUE, _GREEN, _GREEN, _GREEN | _BLUE, _RED | _GREEN, _RED, _RED | _BLUE, _BLUE, _GREEN)
_CYCLE_MS = const(16 << _SHIFT)
_MARK_MS = const(700)
_STILL_MS = const(5000)


class Button:
    """`pin()` gives the level; None where there is no button. A press that began before it was made doesn't count."""

    def __init__(self, pin, low=True):
        self.pin = pin
        self.level = 0 if low else 1
        self.down = pin is not None and pin() == self.level
        self.pending = False
        self.looks = self.since = self.at = 0

    def step(self, now_ms):
        """Look at the pin: NONE, SHORT at the release of a short press, LONG when it has been held for _LONG_MS."""
        if self.pin is None:
            return NONE
        down = self.pin() == self.level
        if down == self.down:
            self.looks = 0
            if down and self.pending and (now_ms - self.at) & _MASK >= _LONG_MS:
                self.pending = False
                return LONG
            return NONE
        if not self.looks:
            self.since = now_ms
        self.looks += 1
        if self.looks < _LOOKS or (now_ms - self.since) & _MASK < _DEBOUNCE_MS:
            return NONE
        self.looks = 0
        self.down = down
        if down:
            self.at = self.since
            self.pending = True
        elif self.pending:
            self.pending = False
            return SHORT
        return NONE


class Light:
    """`pins` are red, green and blue, None where missing; without a state's colours all that are there light up."""

    def __init__(self, pins, low=False):
        self.pins = pins or (None, None, None)
        self.low_level = 1 if low else 0
        have = 0
        for i in range(3):
            if self.pins[i] is not None:
                have |= 1 << i
        self.masks = [mask & have or (have if mask else 0) for mask in COLOURS]
        self.state = OFF
        self.warn = False
        self.marking = 0
        self.mark_at = 0
        self.lit = -1
        self._write(0)

    def show(self, state):
        """From the next step on; MARK answers at once and gives way to what was shown before, STILL to LOGGING."""
        if state == MARK:
            self.marking = 1
        else:
            self.marking = 3 if state == STILL else 0 if self.marking > 2 else self.marking
            self.state = LOGGING if state == STILL else state

    def step(self, now_ms):
        """Bring the pins up to date. `warn` shows a low battery in every other cycle, where nothing is worse."""
        state = self.state
        if self.marking:
            if self.marking & 1:
                self.marking += 1
                self.mark_at = now_ms
            if (now_ms - self.mark_at) & _MASK < (_MARK_MS if self.marking == 2 else _STILL_MS):
                state = MARK if self.marking == 2 else STILL
            else:
                self.marking = 0
        elif self.warn and OFF < state < FAULT and now_ms & _CYCLE_MS:
            state = LOW
        mask = self.masks[state] if PATTERNS[state] >> (now_ms >> _SHIFT & 15) & 1 else 0
        if mask != self.lit:
            self._write(mask)

    def _write(self, mask):
        for i in range(3):
            pin = self.pins[i]
            if pin is not None:
                pin((mask >> i & 1) ^ self.low_level)
        self.lit = mask


class Panel:
    """All three; `step` often, at least every 10 ms."""

    def __init__(self, button, pins, adc, profile):
        self.button = Button(button, (profile.get("button") or {}).get("low", True))
        self.light = Light(pins, (profile.get("light") or {}).get("low", False))
        self.battery = Battery(adc, profile)
        self.show = self.light.show

    def step(self, now_ms):
        """NONE, SHORT or LONG."""
        self.battery.step(now_ms)
        self.light.warn = self.battery.low
        event = self.button.step(now_ms)
        self.light.step(now_ms)
        return event
