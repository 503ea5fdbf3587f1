# SPDX-License-Identifier: MIT
"""The virtual board's panel inside the VM: button, lamps, cell, analogue pins, watchdog, wake-up. Allocates nothing."""

HELD = 2  # flag of a block: the button is held down
LAMPS = ("red", "green", "blue")
SHINES = (b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h")  # what the host is told: bit 0 red, 1 green, 2 blue
# Of a flash without a profile: small programs in tests.
PROFILE = {
    "button": {"pin": 4},
    "light": {"red": 25, "green": 33, "blue": 22},
    "battery": {"pin": 34, "up_kohm": 100, "down_kohm": 100},
}


class Front:
    """`analog` maps a pin to a function that gives its millivolts: whoever adds an analogue part adds it there."""

    def __init__(self, profile, levels, output):
        self.levels = levels
        self.output = output
        self.analog = {}
        self.lamps = {}
        self.lit = 0
        self.cell_mv = 0
        self.dog_ms = self.dog_left = 0
        self.wakes = {}  # pin -> (level, reason)
        spec = profile.get("button") or {}
        self.button = spec.get("pin", -1)
        self.pressed = 0 if spec.get("low", True) else 1
        self.press(False)
        spec = profile.get("light") or {}
        self.lamp_on = 0 if spec.get("low", False) else 1
        for i in range(3):
            if LAMPS[i] in spec:
                self.lamps[spec[LAMPS[i]]] = 1 << i
        self.pixel = spec.get("pixel", -1)
        spec = profile.get("battery") or {}
        self.down = spec.get("down_kohm", 1)
        self.whole = self.down + spec.get("up_kohm", 0)
        if "pin" in spec:
            self.analog[spec["pin"]] = self.divided
        self.cue = (profile.get("cue") or {}).get("pin", -1)
        self.tone = 0
        self.word = bytearray(b"T0000000000,00000;")

    def press(self, held):
        if self.button >= 0:
            self.levels[self.button] = self.pressed if held else 1 - self.pressed

    def block(self, head):
        """A block has come: the button and the cell as they are now."""
        self.press(head[7] & HELD)
        self.cell_mv = head[8] | head[9] << 8

    def divided(self):
        """The cell behind its divider."""
        return self.cell_mv * self.down // self.whole

    def millivolts(self, pin):
        """At that pin; a pin that nothing drives reads 0."""
        source = self.analog.get(pin)
        return source() if source is not None else 0

    def shine(self, pin, level):
        """A lamp's pin was set."""
        bit = self.lamps[pin]
        self._show(self.lit | bit if level == self.lamp_on else self.lit & ~bit)

    def glow(self, pin, colours):
        """An addressable lamp was told its colours: green, red, blue."""
        if pin == self.pixel:
            self._show((1 if colours[1] else 0) | (2 if colours[0] else 0) | (4 if colours[2] else 0))

    def _show(self, lit):
        if lit != self.lit:
            self.lit = lit
            if self.output:
                self.output.write(SHINES[lit])

    def sound(self, us, hz):
        """The cue's pin has from now on that tone, 0 for none; the host is told when, by the board's clock."""
        if hz == self.tone:
            return
        self.tone = hz
        self._digits(10, 10, us)
        self._digits(16, 5, hz)
        if self.output:
            self.output.write(self.word)

    def _digits(self, last, n, number):
        for k in range(n):
            self.word[last - k] = 48 + number % 10
            number //= 10

    def bites(self):
        """A millisecond passed: whether the watchdog has waited long enough."""
        if self.dog_left:
            self.dog_left -= 1
            return not self.dog_left
        return False

    def wake_reason(self):
        """By which way the button could wake the board: 2 ext0, 3 ext1, 0 not at all."""
        level, reason = self.wakes.get(self.button, (-1, 0))
        return reason if level == self.pressed else 0
