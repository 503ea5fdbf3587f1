# SPDX-License-Identifier: MIT
"""A trial on a board: its stream, its pings and its marks on both clocks, and the head of its recording."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from typing import Protocol as Shape

from .. import __version__
from ..care.outcome import Given, Next
from ..care.protocol import Mark, Protocol
from ..device.framer import Frame
from ..device.link import Config, Link
from ..errors import NoReply, Refused
from ..recording import Recorder
from . import heart
from .holding import START
from .run_values import Beating, Moment, Setup, Tell
from .watching import Seen

PING_S = 0.9839  # un-round, so that pings don't lock to anything periodic
FIRST_PINGS = 8
SILENT_S = 3.0


class Looking(Shape):
    """Who looks at a stream while it arrives, such as a `Watcher`."""

    def stream(self, config: Mapping[str, Any]) -> None:
        """The stream begins."""
        ...

    def take(self, frames: Iterable[Frame]) -> None:
        """Frames as they arrived."""
        ...

    def cue(self, t_us: int) -> None:
        """The start cue, by the device's clock."""
        ...

    def look(self) -> Seen | None:
        """A loss of balance that was not told yet."""
        ...


class BoardLine:
    """A link that records: `Line` of a trial."""

    def __init__(
        self, link: Link, recorder: Recorder, rate_hz: int, watcher: Looking, heart: Beating | None = None,
        cue: str | None = None,
    ):  # fmt: skip
        self.link, self.recorder, self.rate_hz, self.watcher = link, recorder, rate_hz, watcher
        self._cue = cue
        self.config: Config | None = link.config
        self.heart = heart

    def now_s(self) -> float:
        return self.link.timing.now_s()

    def begin(self) -> None:
        for _ in range(FIRST_PINGS):
            self.link.ping()
        self.link.forget()  # what the board sent between two trials belongs to neither
        if self.heart:
            self.heart.fresh()
        self.config = self.link.start(self.rate_hz, None if self._cue is None else "long", cue=self._cue)
        self.watcher.stream(self.config)
        # Should the frame itself be damaged on its way to the disk.
        self.recorder.note("config", config=dict(self.config))

    def wait(self, seconds: float, progress: Callable[[float], None] | None, over: Callable[[], bool] | None) -> None:
        """Keep receiving for so long by the link's clock, with a ping about every second."""
        link = self.link
        begin_s = pinged_s = link.timing.now_s()
        while (now_s := link.timing.now_s()) < begin_s + seconds:
            self.watcher.take(link.poll(min(0.02, begin_s + seconds - now_s)))
            for heard in self.heart.fresh() if self.heart else ():
                self.recorder.note(heart.NOTE, **heart.note_of(heard))
            if link.silent_s > SILENT_S:
                raise NoReply(
                    f"The board has sent nothing for {SILENT_S:g} s: check cable and power."
                    " What arrived before is kept."
                )
            if now_s - pinged_s >= PING_S:
                pinged_s = now_s
                link.ping()
            if progress:
                progress(min((link.timing.now_s() - begin_s) / seconds, 1.0))
            if over and over():
                return

    def cue(self, which: str) -> None:
        """Mark the moment on both clocks: the device stamps the event, the note keeps the host's time."""
        self.recorder.note("cue", t_host_s=self.now_s(), cue=which)
        t_us = self.link.event(which)
        if which == START:
            self.watcher.cue(t_us)
            self.link.clock.restart_worst()

    def seen(self) -> Seen | None:
        """A loss of balance, or the end of a movement, in what has arrived."""
        return self.watcher.look()

    def mark(self, mark: Mark, given: Given) -> None:
        """The same for a mark; a number that is typed later has no moment on the board."""
        t_host_s = self.now_s()
        values = {} if given.value is None else {"value": given.value}
        self.recorder.note("mark", t_host_s=t_host_s, mark=mark.id, by=given.by, **values)
        if given.value is None:
            self.link.event(f"mark {mark.id}")

    def aside(self, reason: str) -> None:
        """Keep why the loss that ended the trial was none."""
        self.recorder.note("aside", by="observer", reason=reason)

    def end(self, reason: str) -> None:
        """Stop the stream and keep why."""
        self._stop(reason)
        # The worst bound that was shown: the recording's own pings, seen from both sides, bound it better.
        worst_s = self.link.clock.worst_s
        clock_s = round(worst_s, 6) if 0 < worst_s < math.inf else None
        self.recorder.note("stop", t_host_s=self.now_s(), reason=reason, clock_bound_s=clock_s)

    def _stop(self, reason: str) -> None:
        try:
            if self.link.stop() is not None:
                return
        except Refused:
            if reason == "observer":  # it was stopped before it began
                return
            raise
        text = "The board did not confirm the end of the trial: press its reset before the next one."
        self.recorder.note("warning", text=text)

    def listen(self) -> None:
        """From now on what arrives is on disk."""
        self.link.tap(self.recorder.write)
        note = self.recorder.note
        self.link.on_ping = lambda ping: note("ping", nonce=ping.nonce, sent_s=ping.sent_s, received_s=ping.received_s)

    def leave(self) -> None:
        self.link.sink = self.link.on_ping = _ignore


def showing_clock(link: Link, tell: Tell) -> Tell:
    """The same moments, progress with the bound of the board's clock."""

    def both(moment: Moment) -> None:
        if moment.kind == "progress":
            clock_s = link.clock.bound_s(link.timing.now_s())
            moment = Moment("progress", "", moment.share, moment.condition, moment.trial, clock_s)
        tell(moment)

    return both


def _ignore(*_: Any) -> None:
    """A sink for what comes between trials."""


def head_of(protocol: Protocol, ahead: Next, setup: Setup, leg: str | None, watched: bool) -> dict[str, Any]:
    """The first note of a recording; what is not so, or not known, is left out where earlier versions had no word."""
    condition, placement = ahead.condition, setup.placement
    head: dict[str, Any] = {
        "person": setup.person,
        "protocol": {"id": protocol.id, "version": protocol.version},
        "condition": condition.id,
        "trial": ahead.trial,
        "target_s": condition.limit_s,
        "created_utc": setup.utc_now(),
        "software": __version__,
        "simulated": setup.simulated,
        "calibration": setup.calibration.id if setup.calibration else None,
        "pair": setup.pair,
        "foot_length_mm": round(placement.foot_length_m * 1e3, 3) if placement else None,
        "placement": {
            "heel_distance_mm": round(placement.heel_distance_m * 1e3, 3),
            "foot_angle_deg": placement.foot_angle_deg,
        }
        if placement
        else None,
    }
    return head | details_of(ahead, setup, leg, watched)


def details_of(ahead: Next, setup: Setup, leg: str | None, watched: bool) -> dict[str, Any]:
    """What a trial with and without a board says of itself beyond person, protocol and number."""
    more: dict[str, Any] = {"watched": watched}
    more |= {"target": ahead.target.id} if ahead.target else {}
    more |= {"practice": True} if ahead.practice else {}
    more |= {"heart": True} if setup.heart else {}
    more |= {"leg": leg} if leg else {}
    more |= {"circumstances": dict(setup.circumstances)} if setup.circumstances else {}
    return more
