# SPDX-License-Identifier: MIT
"""The virtual board as a library: firmware, world and port, in lockstep on virtual time or live on the wall clock."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from ...errors import VirtualBoardError
from ...resources import BOARD, device_profile
from ..bundle import put
from . import VIRTUAL_ID, soldered
from .bridge import Port
from .cable import Cable
from .interpreter import architecture, interpreter
from .live import Pacer
from .lockstep import Lockstep
from .logflash import LogFlash
from .panel import COLOURS
from .process import SLOT_BYTES, Machine
from .straps import Script, Strap

if TYPE_CHECKING:
    from ..link import Timing

STALL_MAX_US = 0xFFFF
HOST_START_S = 1000.0  # the host's clock is not zero at power on, so that nobody can rely on it


class World(Protocol):
    """What the sensors feel: n slots of 1 ms from slot `first`, each 16 u16 counts and 6 i32 (micro-g, 0.1 mdps)."""

    def slots(self, first: int, n: int) -> bytes: ...


class VirtualBoard:
    """A board with the real firmware on virtual sensors; use it as a context manager.

    In lockstep (the default) it runs only inside `advance` and inside reads by `timing()`: the same seed and the same
    calls give the same bytes. With live=True a thread runs it by the wall clock, for any program that opens `port`.
    `flash_dir` is a folder used as the flash, as it is; without it, a fresh copy of the firmware. `faults`: broken
    parts by the names of the README. `board` names the profile whose parts are soldered to it; without it they are
    those of the profile.json in flash_dir, or of the usual board. `baud` is the line's rate, else the profile's.

    The log's flash has `log_bytes` (0 for none, else the profile's) and is a file of its own, `log_file` to keep it;
    a new one is `log_prepared`, or blank. `flash_cut` (k, percent) lets the power go in its k-th program or erase since
    power on (from 0), when so much of that has been done; the board then starts again.
    `straps` are the heart-rate straps near it; None for a MicroPython without Bluetooth.
    """

    def __init__(
        self,
        world: World,
        *,
        live: bool = False,
        seed: int = 0,
        cpu_factor: float = 1.0,
        baud: int | None = None,
        tcp_port: int | None = None,
        flash_dir: str | Path | None = None,
        board: str | None = None,
        imu: bool = True,
        boot_us: int = 0,
        faults: Mapping[str, int] | None = None,
        log_bytes: int | None = None,
        log_file: str | Path | None = None,
        log_prepared: bool = True,
        flash_cut: tuple[int, int] | None = None,
        straps: Sequence[Strap] | None = None,
    ):
        dice = random.Random(seed)
        parts = soldered.parts(board, flash_dir)
        self.world = world
        self.live = live
        self.device_ppm = dice.uniform(-30, 30)
        self.imu_ppm = round(dice.uniform(-5000, 5000))
        self.unique_id = f"{VIRTUAL_ID}{seed & 0xFFFF:04x}"
        self.slot = 0
        self._pace = (0, HOST_START_S)
        self.stalled_us = 0
        self.cable = Cable(baud or parts["baud"], live=live, tcp_port=tcp_port, seed=seed + 1)
        self._flash_dir = flash_dir
        self._board = board or BOARD
        usual_bytes, card = soldered.log_of(parts)
        log_bytes = usual_bytes if log_bytes is None else log_bytes
        self._open_log = partial(LogFlash, log_bytes, log_file, log_prepared and not card)
        self._has_log = log_bytes > 0 or log_file is not None
        self._log: LogFlash | None = None
        self._script = Script(straps) if straps is not None else None
        self._settings: dict[str, str | int] = {
            "factor": round(cpu_factor * 100),
            "imu_ppm": self.imu_ppm,
            "imu": int(imu),
            "id": self.unique_id,
            "boot_us": boot_us,
            "profile": soldered.profile(parts),
            "epoch": int(time.time()) if live else 0,
            **(faults or {}),
        }
        if flash_cut:
            self._settings["flash_cut"] = soldered.cut(flash_cut)
        self.lock = threading.RLock()
        self._lockstep = Lockstep(self)
        self._stall_us = 0
        self._held_until = 0
        self._machine: Machine | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._pacer: Pacer | None = None

    # -- life --

    def __enter__(self) -> Self:
        flash = self._flash_dir
        if flash is None:
            self._folder = tempfile.TemporaryDirectory(prefix="surefoot-flash-")
            flash = self._folder.name
            put(Path(flash), architecture(interpreter()), device_profile(self._board))
        try:
            if self._has_log:
                self._log = self._open_log()
                self._settings["log"] = self._log.fd
            if self._script:
                self._settings["straps"] = self._script.fd
            files = [kept.fd for kept in (self._log, self._script) if kept]
            self._machine = Machine(Path(flash), self._settings, files=files)
            self.cable.plug()
        except BaseException:
            self.close()
            raise
        if self.live:
            self._pacer = Pacer(self, self._machine)
            self._pacer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Power off, close the port, remove the flash copy."""
        if self._pacer:
            self._pacer.stop()
        if self._machine:
            self._machine.close()
        self.cable.close()
        [kept.close() for kept in (self._log, self._script) if kept]
        if self._folder:
            self._folder.cleanup()
        self._pacer = self._machine = self._folder = self._log = self._script = None

    @property
    def machine(self) -> Machine:
        if self._machine is None:
            raise VirtualBoardError("The virtual board is switched off: use it inside a 'with' block.")
        return self._machine

    @property
    def bridge(self) -> Port | None:
        """The port's inner end; None while unplugged."""
        return self.cable.port

    @property
    def port(self) -> str:
        """What to open: a path, or socket://127.0.0.1:PORT."""
        if self.cable.port is None:
            raise VirtualBoardError("The virtual board is unplugged: plug() it first.")
        return self.cable.port.name

    @property
    def console(self) -> str:
        """The last 2000 bytes that the board printed, for a look at what went wrong."""
        return self.machine.tail.decode("ascii", "replace")

    # -- time --

    @property
    def now_s(self) -> float:
        """The host's virtual clock; the device's own runs `device_ppm` faster."""
        return self.host_s(self.slot)

    def host_s(self, slot: float) -> float:
        """When slot begins on the host's virtual clock, at the present rate; only from the last `drift` on."""
        return self._pace[1] + (slot - self._pace[0]) / 1000 / (1 + self.device_ppm * 1e-6)

    def drift(self, ppm: float) -> None:
        """From now on the device's clock runs so much faster than the host's (in lockstep)."""
        self._pace = (self.slot, self.now_s)
        self.device_ppm = ppm

    def timing(self) -> Timing:
        """What a link needs to run on this board's virtual time."""
        from ..link import Timing

        return Timing(now_s=lambda: self.now_s, read=self.read)

    def advance(self, seconds: float) -> None:
        """Let the board run that much virtual time; all that arrives in it is then at the port."""
        self._lockstep.advance(seconds)

    def read(self, handle: Any, timeout_s: float) -> bytes:
        """What the open port `handle` has received, after at most timeout_s of virtual time for a first byte."""
        return self._lockstep.read(handle, timeout_s)

    def grant(self, n: int, skip: int = 0) -> None:
        """Hand the next n slots to the machine, after a leap of `skip` slots. While it sleeps they only pass."""
        panel = self.machine.panel
        panel.held = self.slot + skip < self._held_until
        if panel.sleep:
            self.slot += skip + n
            reason = panel.sleep.wakes(panel.held, skip + n)
            if reason:
                self.machine.spawn(cause="sleep", wake=reason)
            return
        stall_us = min(self._stall_us, STALL_MAX_US)
        self._stall_us -= stall_us
        self.stalled_us += stall_us
        slots = self.world.slots(self.slot + skip, n)
        if len(slots) != n * SLOT_BYTES:
            raise VirtualBoardError(f"The world gave {len(slots)} bytes for {n} slots of {SLOT_BYTES}.")
        self.machine.grant(slots, stall_us, skip)
        self.slot += skip + n

    def account(self, data: bytes, now_s: float) -> None:
        """Put what the board wrote on the line; a full FIFO costs the firmware time in the next block."""
        self._stall_us += round(self.cable.sent(data, now_s) * 1e6)

    # -- panel --

    def press(self, seconds: float) -> None:
        """Hold the button down from now on, for that much virtual time; it goes up by itself as time runs."""
        with self.lock:
            self._held_until = self.slot + round(seconds * 1000)

    @property
    def battery_mv(self) -> int:
        """The cell's voltage, 0 for no cell; set it to discharge the cell."""
        return self.machine.panel.battery_mv

    @battery_mv.setter
    def battery_mv(self, value: int) -> None:
        self.machine.panel.battery_mv = value

    @property
    def light(self) -> str:
        """What the light shows now: off, red, green, yellow, blue, magenta, cyan or white."""
        return COLOURS[self.machine.panel.lamps]

    @property
    def tones(self) -> list[tuple[int, int]]:
        """When the cue's pin changed since the board started last, in us of its clock, and to how many Hz (0: none)."""
        return self.machine.panel.tones

    @property
    def asleep(self) -> bool:
        """Whether it is in deep sleep; time goes on, and the button may wake it."""
        return self.machine.panel.sleep is not None

    # -- faults --

    def cut_power(self, flash_cut: tuple[int, int] | None = None) -> None:
        """The power goes now, in the middle of whatever the board does, and comes back at once; as `flash_cut`."""
        with self.lock:
            self._stall_us = 0
            self.cable.restart()
            self.machine.cut(soldered.cut(flash_cut))

    @property
    def flash_cuts(self) -> int:
        """How often the power has gone as `flash_cut` has asked."""
        return self.machine.cuts

    @property
    def log_path(self) -> Path:
        """The file with the log's flash."""
        if self._log is None:
            raise VirtualBoardError("This virtual board has no flash for logs: make it with log_bytes=.")
        return self._log.path

    def corrupt(self, drop: float = 0.0, flip: float = 0.0) -> None:
        """From now on, lose that share of the bytes and flip a bit in that share; `corrupted` counts both."""
        self.cable.corrupt(drop, flip)

    @property
    def corrupted(self) -> int:
        return self.cable.corrupted

    def unplug(self) -> None:
        """Pull the cable: the port is gone; the board runs on from its battery and what it sends is lost."""
        with self.lock:
            self.cable.unplug()

    def plug(self) -> None:
        """Put the cable back: a new port, perhaps under another name."""
        with self.lock:
            self.cable.plug()
