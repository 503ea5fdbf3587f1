# SPDX-License-Identifier: MIT
"""What MicroPython's console is about to do, told from what was typed and printed.

Ctrl-C is a character at the prompt and an interrupt of a running program. On a desk the two must not be confused: the
signal that interrupts a program kills MicroPython at its prompt, and while a program runs the terminal swallows the
character. So it has to be known which it is: what follows a byte that may start a program waits for the next prompt.
"""

from __future__ import annotations

RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
FRIENDLY_PROMPT = b">>> "
CTRL_C = 3
TAIL_BYTES = 2000
_FRIENDLY_BANNER = b"information.\r\n" + FRIENDLY_PROMPT
_FRIENDLY_PROMPTS = (FRIENDLY_PROMPT, b"... ", b"=== ")
_PASTE = b"R\x01\x80\x00\x01"  # MicroPython takes a program in raw paste mode: window of 128, go on
_RAW_DONE = b"\x04>"
# Behind these it may run a program or change its mode, and prints a prompt in the end: Ctrl-A, B, C, D, E, return.
_TURNS_FRIENDLY = b"\x01\x02\x03\x04\x05\r\n"
_TURNS_RAW = b"\x01\x02\x04"
_TURNS_PASTE = b"\x03\x04"
_RUNS = b"\x04\r\n"


class Console:
    """`state` is "prompt" where it waits for typing, "run" while a program may run, "turn" while it changes its mode.

    `raw` says that it is the raw prompt, `pasting` that a program is taken, or runs, in raw paste mode.
    """

    def __init__(self) -> None:
        self.tail = b""
        self.restart(main=True)

    def restart(self, main: bool) -> None:
        """MicroPython starts, with a program that may run at once or without."""
        self.raw = self.pasting = False
        self.state = "run" if main else "turn"
        self._since = b""

    def next_chunk(self, data: bytes | bytearray) -> int:
        """How many bytes of data may be typed at the prompt now."""
        for i, byte in enumerate(data):
            if byte in self._turns:
                return i + 1
        return len(data)

    def typed(self, data: bytes | bytearray) -> None:
        """Data has been handed over, no more than `next_chunk` says where it was at the prompt."""
        if data and self.state == "prompt" and data[-1] in self._turns:
            self.state = "run" if data[-1] in _RUNS else "turn"
            self._since = b""

    @property
    def _turns(self) -> bytes:
        if self.pasting:
            return _TURNS_PASTE
        return _TURNS_RAW if self.raw else _TURNS_FRIENDLY

    def printed(self, data: bytes) -> None:
        """It has printed data."""
        self.tail = (self.tail + data)[-TAIL_BYTES:]
        self._since = (self._since + data)[-TAIL_BYTES:]
        raw, friendly = self._since.rfind(RAW_BANNER), self._since.rfind(_FRIENDLY_BANNER)
        if raw != friendly:
            self.raw = raw > friendly
            self.pasting = False
        if self.state == "prompt":
            return
        if self.raw and self._since.endswith(_PASTE):
            self.pasting = True
            self.state = "prompt"
        elif self._since.endswith((RAW_BANNER, _RAW_DONE) if self.raw else _FRIENDLY_PROMPTS):
            self.pasting = False
            self.state = "prompt"

    def silent(self) -> None:
        """It has the terminal as at a prompt, prints nothing and runs nothing: a prompt of another kind."""
        if not self.pasting:
            self.state = "prompt"
