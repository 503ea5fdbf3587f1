# SPDX-License-Identifier: MIT
"""One real MicroPython on a pseudo terminal of its own, fed with slots and restarted as a board restarts."""

from __future__ import annotations

import errno
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ...errors import VirtualBoardError
from .blocks import SLOT_BYTES
from .console import CTRL_C, FRIENDLY_PROMPT, Console
from .interpreter import interpreter
from .panel import CAUSES, Panel
from .watch import Watch

HEAP_BYTES = 100_000  # that the firmware finds free
_MODELS_BYTES = 80_000  # room for the models and their compilation; what they leave is put out of reach

SOFT_REBOOT = b"MPY: soft reboot\r\n"
_HOLD_SLOTS = 300  # what is typed behind a Ctrl-C waits so long where the program goes on
_SIGNALS = 5
_SILENT_S = 0.5
_TIOCSPTLCK = 0x40045431  # Linux: lock or unlock the name of a pseudo terminal
_VM = Path(__file__).resolve().parent / "vm"


def _lock(master: int, locked: bool) -> None:
    """Whether nobody may open this pseudo terminal by its name, which was perhaps that of a port that is gone."""
    import fcntl

    if sys.platform == "linux":
        fcntl.ioctl(master, _TIOCSPTLCK, struct.pack("i", locked))


class Machine:
    """The process, its console and the two pipes of slots and acknowledgements.

    `hungry` says that it has used up its slots and waits; `output` collects what it printed; `resetting` is the reset
    it has asked for, "hard", "soft", "watchdog", "power", "sleep" or "". `panel` has its button, light and cell.
    `files` are descriptors that it finds open; `cuts` counts how often it has lost its power by itself.
    """

    def __init__(
        self,
        flash: Path,
        settings: dict[str, str | int],
        command: Sequence[str] | None = None,
        files: Sequence[int] = (),
    ):
        try:
            import pty
            import termios
            import tty
        except ImportError as error:
            raise VirtualBoardError(
                "The virtual board needs pseudo terminals, which Windows lacks: run 'surefoot virtual --tcp 4711' "
                "inside WSL and open socket://127.0.0.1:4711, or use a real board."
            ) from error
        self._termios = termios
        self._command = tuple(command) if command else interpreter()
        self._flash = flash
        self._settings = dict(settings)
        self._files = tuple(files)
        self.cuts = 0
        self.panel = Panel()
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        self.output = bytearray()
        self._console = Console()
        self._input = bytearray()
        self._swallow: bytes | None = None
        self.resetting = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._slots = self.acks = -1
        self.spawn()

    def spawn(self, main: bool = True, cause: str = "power", wake: int = 0) -> None:
        """Power on, or restart after `end`."""
        panel = self.panel.start(CAUSES[cause])
        mode = self._termios.tcgetattr(self._slave)
        mode[3] |= self._termios.ISIG
        self._termios.tcsetattr(self._slave, self._termios.TCSANOW, mode)
        _lock(self.master, False)  # node opens its terminal once more as it starts
        slots_read, self._slots = os.pipe()
        self.acks, acks_write = os.pipe()
        os.set_blocking(self.acks, False)
        settings = {
            **self._settings,
            "heap": HEAP_BYTES,
            "fds": f"{slots_read},{acks_write}",
            "main": int(main),
            "cause": CAUSES[cause],
            "wake": wake,
            **panel,
        }
        env = {
            **os.environ,
            "SUREFOOT_VM": str(_VM),
            "SUREFOOT_FLASH": str(self._flash),
            "SUREFOOT_VBOARD": " ".join(f"{key}={value}" for key, value in settings.items()),
            "MICROPYPATH": "",
        }
        self._process = subprocess.Popen(
            [*self._command, "-X", f"heapsize={HEAP_BYTES + _MODELS_BYTES}", "-i", str(_VM / "boot.py")],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=env,
            pass_fds=(slots_read, acks_write, self.panel.rtc.fileno(), *self._files),
            start_new_session=True,
        )
        os.close(slots_read)
        os.close(acks_write)
        self.hungry = True
        self.started = False
        self.resetting = ""
        self._console.restart(main)
        self._interrupt = ""
        self._granted = 0
        self._printed_s = time.monotonic()

    def end(self) -> None:
        """Power off. What it had printed is in `output`."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            self.drain()
            os.close(self._slots)
            os.close(self.acks)
            self._slots = self.acks = -1

    def close(self) -> None:
        self.end()
        self.panel.close()
        for fd in (self.master, self._slave):
            with suppress(OSError):
                os.close(fd)
        self.master = self._slave = -1

    def _has_started(self) -> None:
        if not self.started:
            self.started = True
            _lock(self.master, True)

    @property
    def tail(self) -> bytes:
        """What it has printed last."""
        return self._console.tail

    def at_prompt(self) -> bool:
        """Whether MicroPython waits for typing: it has the terminal's signals off there, and has printed a prompt."""
        console, quiet = self._console, self._quiet()
        if console.state == "prompt" and not quiet:
            console.state = "run"  # a program that prints what looks like a prompt
        elif console.state != "prompt" and quiet and time.monotonic() - self._printed_s > _SILENT_S:
            console.silent()
        return console.state == "prompt"

    def _quiet(self) -> bool:
        return not self._termios.tcgetattr(self._slave)[3] & self._termios.ISIG

    def grant(self, slots: bytes, stall_us: int = 0, skip: int = 0) -> None:
        """Hand over the next slots, after a leap of `skip`; stall_us are lost to the program. Only when hungry."""
        interrupt = self._interrupt == "asked"
        if interrupt:
            self._interrupt = "given"
            self._given_at = self._granted
        if self._interrupt and self._process:
            self._watch = Watch(self._process.pid)  # it has just looked at its clock
        self.hungry = False
        n = len(slots) // SLOT_BYTES
        self._granted += skip + n
        with suppress(BrokenPipeError):
            os.write(self._slots, self.panel.head(n, stall_us, skip, interrupt) + slots)

    def write(self, data: bytes) -> None:
        """Bytes to the console. Ctrl-C interrupts a running program, as the UART's interrupt does on the chip."""
        if not self.panel.sleep:
            self._input += data
            self.pump()

    def pump(self) -> None:
        """Move waiting input on as far as possible: behind a Ctrl-C everything waits until it has had its effect."""
        while self._input and self._process:
            if self.at_prompt():
                self._interrupt = ""
                end = self._console.next_chunk(self._input)
            elif self._changing() or self._interrupting():
                return
            elif self._input[0] == CTRL_C:
                if not self.started:
                    return
                del self._input[0]
                self._interrupt = "asked"
                self._signals = 0
                self._watch = Watch(self._process.pid)
                continue
            else:
                end = self._input.find(CTRL_C) % (len(self._input) + 1)
            try:
                written = os.write(self.master, self._input[:end])
            except BlockingIOError:
                return
            self._console.typed(self._input[:written])
            del self._input[:written]
        self._interrupting()

    def _changing(self) -> bool:
        """Whether it is between a prompt and a program: neither reads what comes now as it was meant."""
        console = self._console
        return console.state == "turn" or (not console.pasting and self._quiet())

    def _interrupting(self) -> bool:
        """Whether a Ctrl-C is still to have its effect. A program that leaves its clock alone gets it as a signal."""
        if not self._interrupt or not self._process or self._console.state == "prompt":
            self._interrupt = ""
            return False
        if self._interrupt == "given" and self._granted - self._given_at > _HOLD_SLOTS:
            self._interrupt = ""
            return False
        if not self.hungry and self._signals < _SIGNALS and self._watch.stuck():
            self._signals += 1
            self._process.send_signal(signal.SIGINT)
            self._interrupt, self._given_at = "given", self._granted
            self._watch = Watch(self._process.pid)
        return True

    @property
    def waiting(self) -> bool:
        """Whether input waits that `pump` has to move on."""
        return bool(self._input or self._interrupt)

    def drain(self) -> bytes:
        """All that the console has printed so far, appended to `output` too."""
        got = bytearray()
        while True:
            try:
                data = os.read(self.master, 65536)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno == errno.EIO:
                    break
                raise
            if not data:
                break
            got += data
        if got:
            self._has_started()
            self._observe(bytes(got))
        return bytes(got)

    def _observe(self, data: bytes) -> None:
        self._printed_s = time.monotonic()
        self._console.printed(data)
        if self._swallow is not None:
            self._swallow += data
            if self._swallow.endswith(FRIENDLY_PROMPT):
                self._swallow = None
                self._input[:0] = b"\x01"
                self.pump()
            return
        self.output += data

    def take_output(self) -> bytes:
        data = bytes(self.output)
        self.output.clear()
        return data

    def read_acks(self) -> bool:
        """Note acknowledgements; False where the process has ended or asks for a reset."""
        while not self.panel.sleep:
            try:
                data = os.read(self.acks, 64)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._has_started()
            hungry, self.resetting = self.panel.told(data)
            self.hungry = self.hungry or hungry
            if self.resetting:
                return False
            if self.hungry:  # it waits, and says nothing more
                return True
        return True

    def revive(self) -> None:
        """After its process has ended: restart as a board does after machine.reset() or a soft reset."""
        self.drain()
        raw, reset = self._console.raw, self.resetting
        self.end()
        if reset == "sleep":
            self.hungry = True
            self._input.clear()
            return
        if reset == "power":
            self.cut()
            return
        if reset in ("hard", "watchdog"):
            self.spawn(cause=reset)
            return
        self.output += SOFT_REBOOT
        self._console.printed(SOFT_REBOOT)
        self.spawn(main=not raw, cause="soft")
        if raw:
            self._swallow = b""

    def cut(self, flash_cut: str = "") -> None:
        """The power goes and comes back; with flash_cut, it goes again in that operation of the log's flash."""
        if self.resetting == "power":
            self.cuts += 1
        self.end()
        self.output.clear()
        self._input.clear()
        self._settings.pop("flash_cut", None)
        if flash_cut:
            self._settings["flash_cut"] = flash_cut
        self.spawn()

    def wait(self, timeout_s: float) -> bool:
        """Run until it is hungry again; False where it has ended or asks for a reset.

        Raises VirtualBoardError where it sits at the prompt or hangs.
        """
        deadline = time.monotonic() + timeout_s
        idle = 0
        while True:
            ready = select.select([self.master, self.acks], [], [], 0.05)[0]
            alive = self.read_acks()
            self.drain()  # what it has printed before it said so is there by now
            if self.hungry or not alive:
                return alive
            self.pump()
            idle = 0 if ready else idle + 1
            if idle > 2 and self.at_prompt() and not self.waiting:
                raise VirtualBoardError(
                    f"The firmware of the virtual board ended and left the prompt. {self.last_words()}"
                )
            if time.monotonic() > deadline:
                raise VirtualBoardError(
                    f"The virtual board did not touch its clock for {timeout_s:g} s: a loop without time or machine "
                    f"calls, perhaps. {self.last_words()}"
                )

    def last_words(self) -> str:
        """What it printed last, for an error message."""
        text = "".join(c if c.isprintable() or c == "\n" else "." for c in self.tail.decode("ascii", "replace"))
        return f"Its last words:\n{text[-600:].strip() or '(none)'}"
