# SPDX-License-Identifier: MIT
"""The console's other direction: lines of at most 80 printable characters in, EVENT frames out, without allocating."""

import select
import struct
import sys

import wire
from micropython import const

_LINE = const(80)
_READS = const(32)  # characters taken in one call, so that a flood can't hold up a sample
(EVENT,) = wire.numbers("kinds", "EVENT")
EVENT_LAYOUT = wire.layout_of(EVENT)
HEAD = struct.calcsize(EVENT_LAYOUT)
_BODY = const(200)
MARK, OK, REFUSED, FAULT = wire.numbers("events", "mark", "ok", "refused", "fault")
CTRL_C, NEWLINE, RETURN, SPACE = 3, 10, 13, 32


class Console:
    """`poll()` reads what is there and hands whole lines (`line[:n]`) to `on_line(t_us)`."""

    def __init__(self, link, on_line):
        self.link = link
        self.on_line = on_line
        self.source = sys.stdin.buffer
        self.poller = select.poll()
        self.poller.register(sys.stdin, select.POLLIN)
        for _ in self.poller.ipoll(0):
            pass  # the first call makes the tuple that all later ones reuse
        self.one = bytearray(1)
        self.line = bytearray(_LINE)
        self.n = 0
        self.bad = None
        self.raw = bytearray(HEAD + _BODY + wire.CRC_BYTES)
        self.at = 0
        self.refused = 0
        self.log = None  # a walk that is being logged gets marks and faults too

    def poll(self):
        """Take the characters that wait; Ctrl-C is KeyboardInterrupt also where the port doesn't make it one."""
        for _ in range(_READS):
            ready = False
            for _ in self.poller.ipoll(0):
                ready = True
            if not ready or not self.source.readinto(self.one):
                return
            c = self.one[0]
            if c == CTRL_C:
                raise KeyboardInterrupt
            if c == NEWLINE:
                t_us = self.link.now()
                if self.bad:
                    self.refuse(self.bad)
                elif self.n:
                    self.on_line(t_us)
                self.n = 0
                self.bad = None
            elif self.n == _LINE and c != RETURN:
                self.bad = b"a line holds at most 80 characters"
            elif SPACE <= c < 127:
                self.line[self.n] = c
                self.n += 1
            elif c != RETURN:
                self.bad = b"a command is printable ASCII"

    def mark(self, text):
        """Queue a mark with text (bytes)."""
        self.event(MARK, text)

    def event(self, code, text):
        """Queue an EVENT with text (bytes)."""
        self.begin(code, self.link.now())
        self.put(text, 0, len(text))
        self.end()

    def begin(self, code, t_us):
        """Start an EVENT of the moment t_us."""
        struct.pack_into(EVENT_LAYOUT, self.raw, 0, EVENT, 0, t_us, code)
        self.at = HEAD

    def put(self, src, first, end):
        """Add src[first:end] to its text, as far as it fits."""
        for i in range(first, end):
            if self.at < HEAD + _BODY:
                self.raw[self.at] = src[i]
                self.at += 1

    def end(self):
        """Queue it."""
        code = self.raw[HEAD - 1]
        self.link.queue(self.raw, self.at, 0, 0, 0)
        if self.log is not None and (code == MARK or code == FAULT):
            self.log.queue(self.raw, self.at, 0, 0, 0)

    def refuse(self, reason):
        """Queue the EVENT that says why a command was not done."""
        self.count_refusal()
        self.event(REFUSED, reason)

    def count_refusal(self):
        """One more command that was not done."""
        if self.refused < 65535:
            self.refused += 1

    def says(self, word):
        """Whether the line's first word is this one."""
        n = len(word)
        if self.n < n or (self.n > n and self.line[n] != SPACE):
            return False
        for i in range(n):
            if self.line[i] != word[i]:
                return False
        return True
