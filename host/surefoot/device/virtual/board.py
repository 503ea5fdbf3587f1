# SPDX-License-Identifier: MIT
"""The virtual board as a library: firmware, world and port, in lockstep on virtual time or live on the wall clock."""

from __future__ import annotations

import random
import select
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from ...errors import VirtualBoardError
from ...resources import stage
from . import VIRTUAL_ID
from .bridge import Port, open_bridge
from .live import Pacer
from .process import SLOT_BYTES, Machine
from .uart import Uart

if TYPE_CHECKING:
    from ..link import Timing

STEP_SLOTS = 5  # of a block in lockstep: how exactly the time of a written byte is known
HANG_S = 10.0
STALL_MAX_US = 0xFFFF
HOST_START_S = 1000.0  # the host's clock is not zero at power on, so that nobody can rely on it
_FLUSHED_S = 0.2
_DELIVER_S = 5.0


class World(Protocol):
    """What the sensors feel: n slots of 1 ms from slot `first`, each 16 u16 counts and 6 i32 (micro-g, 0.1 mdps)."""

    def slots(self, first: int, n: int) -> bytes: ...


class VirtualBoard:
    """A board with the real firmware on virtual sensors; use it as a context manager.

    In lockstep (the default) it runs only inside `advance` and inside reads by `timing()`: the same seed and the same
    calls give the same bytes. With live=True a thread runs it by the wall clock, for any program that opens `port`.
    `flash_dir` is a folder used as the flash, as it is; without it, a fresh copy of the firmware.
    """

    def __init__(
        self,
        world: World,
        *,
        live: bool = False,
        seed: int = 0,
        cpu_factor: float = 1.0,
        baud: int = 115200,
        tcp_port: int | None = None,
        flash_dir: str | Path | None = None,
        imu: bool = True,
        boot_us: int = 0,
    ):
        dice = random.Random(seed)
        self.world = world
        self.live = live
        self.device_ppm = dice.uniform(-30, 30)
        self.imu_ppm = round(dice.uniform(-5000, 5000))
        self.unique_id = f"{VIRTUAL_ID}{seed & 0xFFFF:04x}"
        self.slot = 0
        self.stalled_us = 0
        self.corrupted = 0
        self._baud = baud
        self._tcp_port = tcp_port
        self._flash_dir = flash_dir
        self._settings: dict[str, str | int] = {
            "factor": round(cpu_factor * 100),
            "imu_ppm": self.imu_ppm,
            "imu": int(imu),
            "id": self.unique_id,
            "boot_us": boot_us,
            "epoch": int(time.time()) if live else 0,
        }
        self.lock = threading.RLock()
        self._drop = self._flip = 0.0
        self._dice = random.Random(seed + 1)
        self._due = 0
        self._carry_s = 0.0
        self._stall_us = 0
        self._uart = Uart(baud)
        self._bridge: Port | None = None
        self._machine: Machine | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._pacer: Pacer | None = None

    # -- life --

    def __enter__(self) -> Self:
        flash = self._flash_dir
        if flash is None:
            self._folder = tempfile.TemporaryDirectory(prefix="surefoot-flash-")
            flash = self._folder.name
            stage(flash)
        try:
            self._machine = Machine(Path(flash), self._settings)
            self._bridge = open_bridge(self.live, self._tcp_port)
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
        if self._bridge:
            self._bridge.close()
        if self._folder:
            self._folder.cleanup()
        self._pacer = self._machine = self._bridge = self._folder = None

    @property
    def machine(self) -> Machine:
        if self._machine is None:
            raise VirtualBoardError("The virtual board is switched off: use it inside a 'with' block.")
        return self._machine

    @property
    def bridge(self) -> Port | None:
        """The port's inner end; None while unplugged."""
        return self._bridge

    @property
    def port(self) -> str:
        """What to open: a path, or socket://127.0.0.1:PORT."""
        if self._bridge is None:
            raise VirtualBoardError("The virtual board is unplugged: plug() it first.")
        return self._bridge.name

    @property
    def console(self) -> str:
        """The last 2000 bytes that the board printed, for a look at what went wrong."""
        return self.machine.tail.decode("ascii", "replace")

    # -- time --

    @property
    def now_s(self) -> float:
        """The host's virtual clock; the device's own runs `device_ppm` faster."""
        return HOST_START_S + self.slot / 1000 / (1 + self.device_ppm * 1e-6)

    def timing(self) -> Timing:
        """What a link needs to run on this board's virtual time."""
        from ..link import Timing

        return Timing(now_s=lambda: self.now_s, read=self.read)

    def advance(self, seconds: float) -> None:
        """Let the board run that much virtual time; all that arrives in it is then at the port."""
        self._carry_s += seconds
        left = int(self._carry_s * 1000 + 1e-6)
        self._carry_s -= left / 1000
        while left > 0:
            n = min(STEP_SLOTS, left)
            self._run(n)
            left -= n

    def read(self, handle: Any, timeout_s: float) -> bytes:
        """What the open port `handle` has received, after at most timeout_s of virtual time for a first byte."""
        left = max(1, round(timeout_s * 1000)) if timeout_s > 0 else 0
        here = self._bridge is not None and handle.port == self._bridge.name
        while left > 0 and not (here and self._due):
            n = min(STEP_SLOTS, left)
            self._run(n)
            left -= n
        if not here:
            return handle.read(1)  # fails as it does when a cable is pulled
        return self._collect(handle) if self._due else b""

    def _collect(self, handle: Any) -> bytes:
        assert self._bridge
        got = bytearray()
        deadline = time.monotonic() + _DELIVER_S
        while len(got) < self._due:
            self._bridge.flush()
            if not select.select([handle.fileno()], [], [], _FLUSHED_S)[0]:
                break  # whoever opened the port has thrown away what waited there
            got += handle.read(min(self._due - len(got), max(1, handle.in_waiting)))
            if time.monotonic() > deadline:
                raise VirtualBoardError(
                    f"The port {handle.port} passes no bytes on: close other programs that read it."
                )
        self._due = 0
        return bytes(got)

    def _run(self, n: int) -> None:
        """One block of n slots in lockstep."""
        if self.live:
            raise VirtualBoardError("A live virtual board runs by itself: read its port, or make it without live=True.")
        machine = self.machine
        now_s = self.slot / 1000
        if self._bridge:
            self._uart.send(self._bridge.read(), now_s)
        machine.write(self._uart.received(now_s))
        self.grant(n)
        if not machine.wait(HANG_S):
            if not machine.resetting:
                raise VirtualBoardError(f"The MicroPython of the virtual board ended. {machine.last_words()}")
            machine.revive()
        now_s = self.slot / 1000
        self.account(machine.take_output(), now_s)
        self.deliver(self._uart.arrived(now_s))

    def grant(self, n: int, skip: int = 0) -> None:
        """Hand the next n slots to the machine, after a leap of `skip` slots."""
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
        self._stall_us += round(self._uart.sent(data, now_s) * 1e6)

    def deliver(self, data: bytes) -> None:
        """Bytes reach the host's end of the line, with the faults asked for."""
        if self._drop or self._flip:
            data = self._damage(data)
        if self._bridge and data:
            self._bridge.write(data)
            self._due += len(data)

    # -- faults --

    def corrupt(self, drop: float = 0.0, flip: float = 0.0) -> None:
        """From now on, lose that share of the bytes and flip a bit in that share; `corrupted` counts both."""
        self._drop, self._flip = drop, flip

    def _damage(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            chance = self._dice.random()
            if chance < self._drop:
                self.corrupted += 1
                continue
            if chance < self._drop + self._flip:
                self.corrupted += 1
                byte ^= 1 << self._dice.randrange(8)
            out.append(byte)
        return bytes(out)

    def unplug(self) -> None:
        """Pull the cable: the port is gone; the board runs on from its battery and what it sends is lost."""
        with self.lock:
            bridge, self._bridge = self._bridge, None
            if bridge:
                bridge.close()
            self._due = 0

    def plug(self) -> None:
        """Put the cable back: a new port, perhaps under another name."""
        with self.lock:
            if self._bridge is None:
                self._uart = Uart(self._baud)
                self._bridge = open_bridge(self.live, self._tcp_port)
