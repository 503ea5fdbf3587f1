# SPDX-License-Identifier: MIT
"""Commands: each line is answered with the value in force or a reason; while samples run, without allocating."""

from console import MARK, OK, REFUSED, SPACE, Console
from link import CONFIG, SCHEMA

HELP = (
    b"info | ping N | start [rate= frame= acc= gyro= heart= cue=] | stop | event TEXT"
    b" | log list|start|get|sum|erase|prepare | selftest [loaded] | baud N | utc MS ERR | help"
)
JOBS = (b"log", b"selftest", b"baud", b"utc")


class Commands:
    """Call `console.poll()` often: `stop` then tells of a stop, and while no samples run `job` holds the words of a
    line that takes its time."""

    def __init__(self, link):
        self.link = link
        self.console = Console(link, self._line)
        self.streaming = self.stop = False
        self.job = None
        self.lines = 0

    def _line(self, t_us):
        console = self.console
        self.lines = (self.lines + 1) & 0xFFFF
        if console.says(b"ping"):
            self._ping(t_us)
        elif console.says(b"event"):
            console.begin(MARK, t_us)
            console.put(console.line, 6, console.n)
            console.end()
        elif console.says(b"info"):
            self.link.tell(SCHEMA)
            self.link.tell(CONFIG)
        elif console.says(b"help"):
            console.event(OK, HELP)
        elif console.says(b"stop"):
            if not self.streaming:
                self.console.refuse(b"not streaming: start first")
            self.stop = self.streaming
        elif console.says(b"start"):
            if self.streaming:
                self.console.refuse(b"already streaming: stop first")
            else:
                self._later()
        elif self._takes_time():
            if self.streaming:
                self.console.refuse(b"samples run: stop first")
            else:
                self._later()
        else:
            console.count_refusal()
            end = 0
            while end < console.n and console.line[end] != SPACE:
                end += 1
            console.begin(REFUSED, t_us)
            console.put(b"no command '", 0, 12)
            console.put(console.line, 0, end)
            console.put(b"': try help", 0, 11)
            console.end()

    def _ping(self, t_us):
        console = self.console
        nonce = 0
        for i in range(5, console.n):
            digit = console.line[i] - 48
            if not 0 <= digit <= 9 or nonce > 107374181:  # keeps the product below 2^30
                nonce = -1
                break
            nonce = nonce * 10 + digit
        if console.n < 6 or nonce < 0:
            console.refuse(b"ping takes a whole number below 1073741820")
        else:
            self.link.pong(nonce, t_us)

    def _takes_time(self):
        for i in range(len(JOBS)):
            if self.console.says(JOBS[i]):
                return True
        return False

    def _later(self):
        self.job = bytes(self.console.line[: self.console.n]).decode().split()
