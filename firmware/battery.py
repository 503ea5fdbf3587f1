# SPDX-License-Identifier: MIT
"""The cell's gauge: millivolts by the ADC, charge by a table, minutes left by the current of what the board does.

`panel.py` says what a profile's blocks `battery` and `power` hold. Nothing is allocated after the constructor.
"""

from micropython import const

_MASK = const((1 << 30) - 1)  # ticks_ms wraps here
# A resting lithium polymer cell, mV and percent: the usual chart, a rule of thumb within ten percent. The regulator of
# 3.3 V ends before the cell does.
CELL_MV = (3450, 3610, 3690, 3730, 3770, 3800, 3840, 3870, 3950, 4020, 4110, 4200)
CELL_PERCENT = (0, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
_EVERY_MS = const(250)
_FIRST = const(8)  # readings of the first value, which no older one smooths
_SMOOTH = const(4)  # a reading weighs 1/16: 4 s
_ABSENT_MV = const(2500)  # below this nothing could run: no cell, or its wire is off
_MOST = const(65535)


class Battery:
    """`mv`, `low`, `empty`, `percent()`, `minutes(state)`; all 0, for not known, without a cell or an ADC."""

    def __init__(self, adc, profile):
        spec = profile.get("battery")
        self.adc = adc if spec else None
        spec = spec or {}
        self.down = spec.get("down_kohm", 1)
        self.whole = self.down + spec.get("up_kohm", 0)
        self.low_mv = spec.get("low_mv", 0)
        self.empty_mv = spec.get("empty_mv", 0)
        self.hysteresis_mv = spec.get("hysteresis_mv", 50)
        table = spec.get("table")
        self.at_mv = [row[0] for row in table] if table else CELL_MV
        self.at_percent = [row[1] for row in table] if table else CELL_PERCENT
        power = profile.get("power") or {}
        self.usable_mah = power.get("usable_mah", 0)
        self.ma = power.get("ma") or {}
        self.sum = self.mv = self.at = 0
        self.begun = self.low = self.empty = False

    def step(self, now_ms):
        """Read the ADC when it is time."""
        adc = self.adc
        if adc is None or (self.begun and (now_ms - self.at) & _MASK < _EVERY_MS):
            return
        self.at = now_ms
        self.begun = True
        mv = self._read(adc)
        if mv < _ABSENT_MV:
            self.sum = self.mv = 0
            self.low = self.empty = False
            return
        if self.sum:
            self.sum += mv - (self.sum >> _SMOOTH)
        else:
            for _ in range(_FIRST - 1):
                mv += self._read(adc)
            self.sum = (mv << _SMOOTH) // _FIRST
        self.mv = self.sum >> _SMOOTH
        self.low = self.mv < self.low_mv + (self.hysteresis_mv if self.low else 0)
        self.empty = self.mv < self.empty_mv + (self.hysteresis_mv if self.empty else 0)

    def _read(self, adc):
        return adc.read_uv() // 1000 * self.whole // self.down

    def _permille(self):
        mv = self.mv
        n = len(self.at_mv)
        if mv >= self.at_mv[n - 1]:
            return 1000
        for i in range(1, n):
            if mv < self.at_mv[i]:
                low_mv = self.at_mv[i - 1]
                low = 10 * self.at_percent[i - 1]
                part = 10 * self.at_percent[i] - low
                return low + part * (mv - low_mv) // (self.at_mv[i] - low_mv) if mv > low_mv else low
        return 0

    def percent(self):
        """Charge left, by the voltage; within ten or so of the truth."""
        return self._permille() // 10 if self.mv else 0

    def minutes(self, state):
        """How long it lasts in a state of the current table: "log", say. At least 1 where it is known."""
        ma = self.ma.get(state, 0)
        if not self.mv or not ma:
            return 0
        minutes = self._permille() * self.usable_mah * 6 // (100 * ma)
        return 1 if minutes < 1 else minutes if minutes < _MOST else _MOST
