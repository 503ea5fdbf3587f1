# SPDX-License-Identifier: MIT
"""A board of plain Python behind a real pty: speaks the wire, takes its time from the link's reads, fails on demand."""

from __future__ import annotations

import json
import os
import select
from collections.abc import Callable
from typing import Any

import pytest

import streams
from surefoot import wire
from surefoot.device.framer import Frame
from surefoot.device.link import Timing

CONFIG = streams.CONFIG | {"board": "fake", "id": "c0ffee", "boot": 3, "session": 0, "streaming": False}
BANNER = b"surefoot 0.1.0 ready\r\n"


def frame(name: str, values: tuple[int, ...] = (), body: bytes = b"", stream: int = 0, seed: int = wire.SEED) -> bytes:
    return wire.build(wire.KINDS[name], stream, values, body, seed)


def plain(frames: list[Frame]) -> list[tuple]:
    """Frames as what they say, however they were encoded."""
    return [(f.kind, f.stream, tuple(f.fields.values()), f.body) for f in frames]


class FakeBoard:
    """`timing` runs it in lockstep: each read in vain moves its clock on by the timeout, no thread, no sleep.

    State: "run", "repl" (MicroPython prompt), "raw" (raw prompt), "bare" (MicroPython without main.py), "mute",
    or bytes: garbage repeated while anyone listens.
    """

    def __init__(self, state: str | bytes = "run", *, schema: bytes = wire.SCHEMA, boots_on_open: bool = False):
        if not hasattr(os, "openpty"):
            pytest.skip("needs a pty (POSIX)")
        import tty

        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.state = state
        self.schema = schema
        self.seed = wire.crc24(schema, len(schema), wire.CRC_INIT)
        self.config: dict[str, Any] = dict(CONFIG)
        self.now_s = 0.0
        self.delay_s = 0.003
        self.index = 0
        self.received: list[bytes] = []
        self.on_line: Callable[[str], bytes | None] | None = None
        self.ignore: set[str] = set()
        self._next_s = 0.0
        self._typed = b""
        self._unread = 0
        self._open = True
        if boots_on_open:
            self._later = b"rst:0x1 (POWERON_RESET),boot:0x13\r\n"
        else:
            self._later = b""
        self.timing = Timing(lambda: self.now_s, self.read)

    def read(self, port: Any, timeout_s: float) -> bytes:
        """The link's read: handle what was typed, stream what is due, hand over what has been sent."""
        self.step()
        if not self._unread:
            self.now_s += timeout_s
            self.step()
        if not self._open:
            return port.read(1)
        data = b""
        if self._unread:
            port.timeout = 2.0
            data = port.read(self._unread)
            self._unread = 0
        return data

    def step(self, wait_s: float = 0.0002) -> None:
        if not self._open:
            return
        if self._later and self.now_s > 0:
            self.say(self._later)
            self._later = b""
        if isinstance(self.state, bytes):
            self.now_s += 0.005
            self.say(self.state)
        while select.select([self.master], [], [], wait_s)[0]:
            self._type(os.read(self.master, 4096))
        if self.config["streaming"]:
            while self._next_s <= self.now_s:
                self.say(self.data())
                self._next_s += 0.02

    def say(self, data: bytes) -> None:
        if self._open:
            self._unread += os.write(self.master, data)

    def data(self) -> bytes:
        cells = bytes((self.index * 7 + i) % 256 for i in range(48))
        out = frame("DATA", (self.index, int(self.now_s * 1e6) % wire.TICK_WRAP, 2), cells, wire.CELLS, self.seed)
        self.index += 2
        return out

    def unplug(self) -> None:
        self._open = False
        os.close(self.master)

    def close(self) -> None:
        if self._open:
            self.unplug()
        os.close(self._slave)

    def __enter__(self) -> FakeBoard:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _type(self, data: bytes) -> None:
        self.received.append(data)
        if self.state in ("repl", "raw", "bare"):
            self._at_prompt(data)
        elif self.state == "run":
            self._typed += data
            *lines, self._typed = self._typed.split(b"\n")
            for line in lines:
                self._obey(line.decode("ascii", "replace").strip())

    def _at_prompt(self, data: bytes) -> None:
        for byte in data:
            if self.state == "raw":
                if byte == 2:
                    self.state = "repl"
                    self.say(b'MicroPython v1.28\r\nType "help()" for more information.\r\n>>> ')
            elif byte == 4:
                self.say(b"\r\nMPY: soft reboot\r\n")
                if self.state == "repl":
                    self.state = "run"
                    self.say(BANNER)
                else:
                    self.say(b">>> ")
            elif byte in b"\n\x03":
                self.say(b"\r\nNameError: name 'info' isn't defined\r\n>>> ")

    def _obey(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if not line or word in self.ignore:
            return
        instead = self.on_line(line) if self.on_line else None
        if instead is not None:
            self.say(instead)
        elif word == "info":
            self.greet()
        elif word == "ping":
            self._pong(int(rest))
        elif word == "event":
            self.say(self._event("mark", rest))
        elif word == "start":
            self._start(rest)
        elif word == "stop" and self.config["streaming"]:
            self.config["streaming"] = False
            self.say(self.data() + frame("END", (self.ticks(), 0, self.index, 0, 5, 0, 0), seed=self.seed))
        elif word == "stop":
            self.say(self._event("refused", "not streaming"))
        else:
            self.say(self._event("refused", f"no command '{word}': try help"))

    def greet(self) -> None:
        schema = wire.build(wire.KINDS["SCHEMA"], 0, (), self.schema, wire.CRC_INIT)
        self.say(b"\0" + schema + frame("CONFIG", (), json.dumps(self.config).encode(), seed=self.seed))

    def ticks(self) -> int:
        return int(self.now_s * 1e6) % wire.TICK_WRAP

    def _start(self, rest: str) -> None:
        asked = dict(option.split("=") for option in rest.split())
        if self.config["streaming"]:
            self.say(self._event("refused", "already streaming"))
        elif asked.get("rate", "100") not in ("100", "200"):
            self.say(self._event("refused", "rate must be 100 or 200"))
        else:
            self.index, self._next_s = 0, self.now_s
            self.config.update(streaming=True, rate_hz=int(asked.get("rate", 100)), frame=asked.get("frame", "live"))
            self.config["session"] += 1
            self.greet()

    def _pong(self, nonce: int) -> None:
        self.now_s += self.delay_s
        received_us = self.ticks()
        self.now_s += 0.001
        self.say(
            frame("PONG", (nonce, int(self.now_s * 1e6) // wire.TICK_WRAP, received_us, self.ticks()), seed=self.seed)
        )
        self.now_s += self.delay_s

    def _event(self, code: str, text: str) -> bytes:
        return frame("EVENT", (self.ticks(), wire.TABLE["events"].index(code)), text.encode(), seed=self.seed)
