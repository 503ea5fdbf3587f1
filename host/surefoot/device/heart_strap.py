# SPDX-License-Identifier: MIT
"""A heart-rate strap by this computer's Bluetooth: found, listened to in a thread of its own, found again when lost.

`bleak` does the radio and is imported only here, when a strap is asked for. Not verified with a real strap.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..errors import SurefootError
from .heart import BATTERY_LEVEL, MEASUREMENT, SERVICE

SCAN_S = 5.0  # straps advertise at least once in two seconds
CONNECT_S = 20.0
LEVEL_S = 300.0  # between two looks at the strap's battery
FIRST_PAUSE_S, MOST_PAUSE_S = 1.0, 30.0


class HeartError(SurefootError):
    """No strap, or not one: what to do about it."""


@dataclass(frozen=True)
class NearStrap:
    """What advertises the heart-rate service. `strength_dbm`: nearer to 0 is nearer."""

    address: str
    name: str
    strength_dbm: int

    def __str__(self) -> str:
        return f"{self.address}  {self.name or 'without a name'}  {self.strength_dbm} dBm"


@dataclass(frozen=True)
class Heard:
    """Bytes of a measurement (0x2A37), when they came by the host's clock, the battery in percent (None: not told)."""

    t_host_s: float
    value: bytes
    battery_pct: int | None


def uuid(number: int) -> str:
    """A 16-bit number of the Bluetooth SIG as bleak writes it."""
    return f"0000{number:04x}-0000-1000-8000-00805f9b34fb"


def radio() -> Any:
    """The module `bleak`. Raises HeartError where it is missing."""
    try:
        import bleak
    except ImportError:
        raise HeartError("Bluetooth needs the package bleak: install it with 'pip install bleak'.") from None
    return bleak


async def _near(bleak: Any) -> list[NearStrap]:
    found = await bleak.BleakScanner.discover(timeout=SCAN_S, return_adv=True, service_uuids=[uuid(SERVICE)])
    straps = [
        NearStrap(device.address, advert.local_name or device.name or "", advert.rssi)
        for device, advert in found.values()
        if uuid(SERVICE) in [service.lower() for service in advert.service_uuids]
    ]
    return sorted(straps, key=lambda strap: -strap.strength_dbm)


def near(bleak: Any = None) -> list[NearStrap]:
    """The straps that advertise within some seconds, the nearest first. Raises HeartError where there is no radio."""
    try:
        return asyncio.run(_near(bleak or radio()))
    except HeartError:
        raise
    except Exception as error:  # of whatever system this is
        raise HeartError(f"{_no_radio(error)}, then look again.") from error


def choose(straps: list[NearStrap], wanted: str) -> NearStrap:
    """The one of that name or address; without either the only one. Raises HeartError for none and for several."""
    word = wanted.strip().lower()
    found = [strap for strap in straps if not word or word in (strap.address.lower(), strap.name.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        listed = "; ".join(str(strap) for strap in found)
        raise HeartError(f"More than one heart-rate strap is near ({listed}): name one by --heart ADDRESS.")
    which = f"'{wanted}'" if word else "heart-rate strap"
    raise HeartError(
        f"No {which} answered: moisten and wear it, and disconnect it from phone and watch; the test runs without."
    )


def _no_radio(error: Exception) -> str:
    return f"Bluetooth can't be used here ({str(error).rstrip('.') or type(error).__name__}): switch it on"


class HeartStrap:
    """`start` it, then ask for what is `fresh` as often as you like; `stop` it.

    `wanted` is a name, an address or "" for the one that is near; now_s is the clock of what is heard.
    """

    def __init__(self, wanted: str, now_s: Callable[[], float], bleak: Any = None):
        self.found: NearStrap | None = None
        self.losses = 0
        self._wanted, self._now_s, self._bleak = wanted, now_s, bleak
        self._heard: deque[Heard] = deque()
        self._battery_pct: int | None = None
        self._ready = threading.Event()
        self._error: HeartError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="heart-rate strap", daemon=True)

    def start(self) -> NearStrap:
        """Find it and wait until it is connected. Raises HeartError in words; the test then runs without."""
        self._thread.start()
        if not self._ready.wait(SCAN_S + CONNECT_S + 5.0) and self._error is None:
            self._error = HeartError("The heart-rate strap was found and doesn't connect; the test runs without it.")
        if self._error or self.found is None:
            self.stop()
            raise self._error or HeartError("The heart-rate strap was not found; the test runs without it.")
        return self.found

    def fresh(self) -> list[Heard]:
        """What has come since the last call."""
        out = []
        with suppress(IndexError):
            while True:
                out.append(self._heard.popleft())
        return out

    def stop(self) -> None:
        """Let go of the strap."""
        if self._loop and self._over and self._thread.is_alive():
            with suppress(RuntimeError):  # the loop has just closed
                self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(CONNECT_S)

    # -- in the thread --

    def _run(self) -> None:
        try:
            asyncio.run(self._listen())
        except HeartError as error:
            self._error = error
        except Exception as error:  # of whatever system this is: a strap never ends a test
            self._error = HeartError(f"{_no_radio(error)}; the test runs without a heart rate.")
        self._ready.set()

    async def _listen(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        bleak = self._bleak or radio()
        chosen = choose(await _near(bleak), self._wanted)
        pause_s = FIRST_PAUSE_S
        while not self._over.is_set():
            lost = asyncio.Event()
            with suppress(bleak.exc.BleakError, OSError, asyncio.TimeoutError):
                async with bleak.BleakClient(
                    chosen.address, disconnected_callback=lambda _, lost=lost: lost.set(), timeout=CONNECT_S
                ) as client:
                    await client.start_notify(uuid(MEASUREMENT), self._on_value)
                    self.found, pause_s = chosen, FIRST_PAUSE_S
                    self._ready.set()
                    await self._until_lost(bleak, client, lost)
            if not self._over.is_set():
                self.losses += self.found is not None
                await _either(pause_s, self._over)
                pause_s = min(2 * pause_s, MOST_PAUSE_S)

    async def _until_lost(self, bleak: Any, client: Any, lost: asyncio.Event) -> None:
        assert self._over
        while not (lost.is_set() or self._over.is_set()):
            with suppress(bleak.exc.BleakError, OSError):  # many straps have no battery to tell of
                level = await client.read_gatt_char(uuid(BATTERY_LEVEL))
                self._battery_pct = level[0] if level and level[0] <= 100 else None
            await _either(LEVEL_S, lost, self._over)

    def _on_value(self, _: Any, value: bytearray) -> None:
        self._heard.append(Heard(self._now_s(), bytes(value), self._battery_pct))


async def _either(most_s: float, *events: asyncio.Event) -> None:
    """Until one of the events, or so long."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=most_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
