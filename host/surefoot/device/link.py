# SPDX-License-Identifier: MIT
"""One board on one serial port: commands out, frames in, every received byte handed to a sink.

Nothing is lost while a reply is awaited: replies are picked out of the stream, and every frame still comes by `poll`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .. import wire
from ..decode import Ping
from ..errors import CommandInvalid, DeviceRestarted, NoReply, Refused
from .framer import Frame
from .live_clock import LiveClock
from .opening import BANNER, Config, open_port, read_config, say_hello
from .pump import REAL_TIMING, Pump, Timing

__all__ = ["REAL_TIMING", "Config", "Link", "Timing", "open_link"]

PING_READ_S = 0.001  # in lockstep a read may last this whole time, and a ping's round trip is measured with it
REPLY_S = 2.0
PING_S = 1.0
STOP_S = 5.0
LINE_MAX = 80
_PINGS_KEPT = 64

log = logging.getLogger(__name__)


class Link(Pump):
    """An open, greeted board. `on_ping` gets every answered ping, after the sink has had its bytes.

    `config` is the last one the board sent in reply, `notes` what opening took, `end` END of the last stream, `clock`
    how well the board's clock is known now.
    """

    def __init__(self, handle: Any, port: str, timing: Timing, sink: Callable[[bytes], Any] | None = None):
        super().__init__(handle, port, timing, sink)
        self.on_ping: Callable[[Ping], Any] | None = None
        self.config: Config | None = None
        self.notes: list[str] = []
        self.end: dict[str, int] | None = None
        self.clock = LiveClock()
        self._sent: dict[int, float] = {}
        self._answered: dict[int, Ping] = {}
        self._nonce = 0
        self._streaming = False
        self._banners = 0

    def info(self) -> Config:
        """The settings in force, asked of the device."""
        return self.ask("info", lambda config: True)

    def start(
        self,
        rate_hz: int | None = None,
        frame: str | None = None,
        acc_g: int | None = None,
        gyro_dps: int | None = None,
        cue: str | None = None,
    ) -> Config:
        """Start sampling; the settings in force (None: the device's own choice). Raises Refused, NoReply."""
        return self.started(self.send_start(rate_hz, frame, acc_g, gyro_dps, cue))

    def send_start(
        self,
        rate_hz: int | None = None,
        frame: str | None = None,
        acc_g: int | None = None,
        gyro_dps: int | None = None,
        cue: str | None = None,
    ) -> str:
        """The first half of `start`, so that several boards can be started at once: the line for `started`."""
        options = {"rate": rate_hz, "frame": frame, "acc": acc_g, "gyro": gyro_dps, "cue": cue}
        line = " ".join(["start", *(f"{key}={value}" for key, value in options.items() if value is not None)])
        self.end = None
        self._banners = len(BANNER.findall(self.text))
        self.send(line)
        return line

    def started(self, line: str) -> Config:
        """The second half of `start`: waits for the settings in force."""
        config = self._config(line, lambda config: config["streaming"])
        self._streaming = self.end is None
        return config

    def stop(self) -> dict[str, int] | None:
        """Stop sampling and wait for the rest; the fields of END, or None where it did not come within STOP_S.

        A stream that the device has ended itself is not stopped again. Raises Refused where nothing was streaming.
        """
        self.send_stop()
        return self.stopped()

    def send_stop(self) -> None:
        """The first half of `stop`, so that several boards can be stopped at once."""
        if self.end is None:
            self.send("stop")

    def stopped(self) -> dict[str, int] | None:
        """The second half of `stop`: waits for the rest."""
        if self.end is None:

            def pick(frame: Frame) -> bool | None:
                if frame.name == "END":
                    return True
                if self.end is None:
                    _raise_if_refused("stop", frame)
                return None

            self.wait_for(pick, STOP_S)
        self._streaming = False
        return self.end

    def ping(self, timeout_s: float = PING_S) -> Ping | None:
        """One time stamp exchange (host seconds by `timing`, device microseconds since boot); None if no answer came.

        A late answer still reaches `on_ping`.
        """
        self._nonce = self._nonce % (wire.TICK_WRAP - 1) + 1
        nonce = self._nonce
        while len(self._sent) >= _PINGS_KEPT:
            del self._sent[next(iter(self._sent))]
        self._sent[nonce] = self.timing.now_s()
        self.send(f"ping {nonce}")
        self.wait_for(lambda frame: True if nonce in self._answered else None, timeout_s, PING_READ_S)
        return self._answered.pop(nonce, None)

    def set_utc(self, utc_ms: int | None = None) -> None:
        """Tell the board the time of day (now, or that of a made-up world), and how far it may be off; a log that it
        writes later is dated by it."""
        ping = self.ping()
        error_s = ping.received_s - ping.sent_s if ping else PING_S
        line = f"utc {time.time_ns() // 1_000_000 if utc_ms is None else utc_ms} {max(1, round(error_s * 1000))}"
        self.send(line)

        def pick(frame: Frame) -> bool | None:
            _raise_if_refused(line, frame)
            return True if _event_code(frame) == "ok" else None

        if not self.wait_for(pick, REPLY_S):
            raise self._unanswered(line)

    def event(self, text: str) -> int:
        """Put a mark into the stream; its device time (ticks, wrapping). Raises CommandInvalid, Refused, NoReply."""
        text = text.strip()
        line = f"event {text}"
        self.send(line)

        def pick(frame: Frame) -> int | None:
            _raise_if_refused(line, frame)
            marked = _event_code(frame) == "mark" and frame.text == text
            return frame.fields["t_us"] if marked else None

        ticks = self.wait_for(pick, REPLY_S)
        if ticks is None:
            raise self._unanswered(line)
        return ticks

    def send(self, line: str) -> None:
        """Send one command line as it is. Raises CommandInvalid, DeviceLost, NoReply."""
        if len(line) > LINE_MAX or not (line.isascii() and line.isprintable()):
            raise CommandInvalid(
                f"'{line}' can't be sent to the board: use at most {LINE_MAX} plain letters, digits and signs."
            )
        log.debug("%s < %s", self.port, line)
        self.write(line.encode("ascii") + b"\n")

    def ask(self, line: str, fits: Callable[[Config], bool]) -> Config:
        """Send a command that is answered by a CONFIG frame; that of the first that fits."""
        self.send(line)
        return self._config(line, fits)

    def _config(self, line: str, fits: Callable[[Config], bool]) -> Config:
        """The CONFIG that answers `line`."""

        def pick(frame: Frame) -> Config | None:
            _raise_if_refused(line, frame)
            config = read_config(frame) if frame.name == "CONFIG" else None
            return config if config and fits(config) else None

        config = self.wait_for(pick, REPLY_S)
        if config is None:
            raise self._unanswered(line)
        self.config = config
        return config

    def _look(self, frames: list[Frame]) -> None:
        for frame in frames:
            if frame.name == "PONG":
                self._pong(frame)
            elif frame.name == "END":
                self.end = frame.fields
                self._streaming = False
        if self._streaming and len(BANNER.findall(self.text)) > self._banners:
            self._lost = DeviceRestarted(
                f"The board on {self.port} restarted while measuring (a power dip or its reset button): "
                "what arrived before is kept; check cable and battery, then repeat the trial."
            )

    def _pong(self, frame: Frame) -> None:
        fields = frame.fields
        sent_s = self._sent.pop(fields["nonce"], None)
        if sent_s is None:
            return
        # `wraps` belongs to the later stamp: a wrap between the two is undone from there.
        tx_us = fields["wraps"] * wire.TICK_WRAP + fields["tx_us"]
        rx_us = tx_us - (fields["tx_us"] - fields["rx_us"]) % wire.TICK_WRAP
        ping = Ping(fields["nonce"], sent_s, self.heard_s, rx_us, tx_us)
        self._answered = {ping.nonce: ping}
        self.clock.add(ping)
        if self.on_ping:
            self.on_ping(ping)

    def _unanswered(self, line: str) -> NoReply:
        return NoReply(f"The board on {self.port} did not answer '{line}': press its reset and try again.")


def _event_code(frame: Frame) -> str | None:
    return wire.TABLE["events"][frame.fields["code"]] if frame.name == "EVENT" else None


def _raise_if_refused(line: str, frame: Frame) -> None:
    if _event_code(frame) == "refused":
        raise Refused(line, frame.text)


def open_link(
    port: str, timing: Timing = REAL_TIMING, baud: int = 115200, sink: Callable[[bytes], Any] | None = None
) -> Link:
    """Open `port` (a device name or socket://HOST:PORT) and greet the board; `poll` then starts empty.

    A board that still streams from an earlier run is stopped first; one that logs a walk is left alone. Raises the
    children of LinkError.
    """
    link = Link(open_port(port, baud), port, timing, sink)
    try:
        link.config = say_hello(link)
        if walk := link.config.get("log"):
            link.notes.append(f"The board is logging a walk (log {walk}) and goes on with it.")
        elif link.config["streaming"]:
            with suppress(Refused):  # it ended by itself meanwhile
                link.stop()
            link.notes.append("The board was still measuring from an earlier run and was stopped.")
            link.ask("info", lambda config: not config["streaming"])
        link.forget()
        link.end = None
    except BaseException:
        link.close()
        raise
    return link
