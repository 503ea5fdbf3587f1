# SPDX-License-Identifier: MIT
"""Running a protocol on a board: cues and progress out, one recording a trial on disk.

Whatever happens, what was received is on disk: a trial that breaks off is kept and says why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import __version__
from ..calibration import Calibration, nominal
from ..care.protocol import Condition, Protocol
from ..device.link import Config, Link
from ..errors import DeviceLost, DeviceRestarted, NoReply, RecordingError, Refused, SurefootError
from ..placement import Placement
from ..recording import SUFFIX, Recorder, read
from ..signals import to_signals
from .holding import END, START, WHY, hold

PING_S = 0.9839  # un-round, so that pings don't lock to anything periodic
FIRST_PINGS = 8
TAIL_S = 0.25  # recorded after the end mark, so that the last held sample is surely on disk
SILENT_S = 3.0
_DAY, _MONTH, _YEAR = r"(0[1-9]|[12]\d|3[01])", r"(0[1-9]|1[0-2])", r"(19|20)\d\d"
DATE = re.compile(rf"(?<!\d)(\d{{1,4}}[-_]\d{{1,2}}[-_]\d{{1,4}}|{_YEAR}{_MONTH}{_DAY}|{_DAY}{_MONTH}{_YEAR})(?!\d)")
CODE_CHARS = "letters, digits, '-' and '_'"


def now_utc() -> str:
    """This moment as recordings write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Moment:
    """What the person at the board may be told now. `share` runs from 0 to 1 while a trial is held; `clock_s` is the
    bound of the board's clock at this moment."""

    kind: str  # "trial" | "cue" | "progress" | "done"
    text: str = ""
    share: float = 0.0
    condition: Condition | None = None
    trial: int = 1
    clock_s: float | None = None


@dataclass(frozen=True)
class Setup:
    """Who stands how: the person's code, the placement read off the foot mat (or None), the rate and the folder; under
    which calibration record (None: none) and on which pair of insoles (None: not named)."""

    person: str
    out: Path
    placement: Placement | None = None
    rate_hz: int = 100
    simulated: bool = False
    calibration: Calibration | None = None
    pair: str | None = None
    utc_now: Callable[[], str] = now_utc


@dataclass(frozen=True)
class Outcome:
    """The recordings made, the configuration in force, and what stopped the session early, if anything did."""

    recordings: tuple[Path, ...]
    config: Config | None
    error: SurefootError | None = None


Tell = Callable[[Moment], None]


def check_person(code: str) -> str:
    """The code, if it is one. Raises RecordingError: names and dates of birth don't belong into recordings."""
    plain = code and len(code) <= 32 and all(c.isascii() and (c.isalnum() or c in "-_") for c in code)
    if not plain or DATE.search(code):
        raise RecordingError(
            f"'{code}' can't be a person's code: use up to 32 {CODE_CHARS}, such as P001, and never a name or a date."
        )
    return code


def new_folder(out: Path) -> None:
    """Make the folder of a session. Raises RecordingError where that can't be, or where it holds recordings."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(
            f"The folder {out} can't be made ({error.strerror}): choose another that you may write to."
        ) from None
    if any(out.glob(f"*{SUFFIX}")):
        raise RecordingError(f"{out} holds recordings already: choose a new folder, none is ever overwritten.")


def reason_of(error: SurefootError) -> str:
    """The word under which a recording keeps what broke it off; `holding.WHY` has its sentence."""
    kinds = ((DeviceRestarted, "restarted"), (DeviceLost, "unplugged"), (NoReply, "silent"), (Refused, "refused"))
    reason = next((word for kind, word in kinds if isinstance(error, kind)), "link")
    assert reason in WHY
    return reason


def trial_path(out: Path, number: int, condition: Condition, trial: int) -> Path:
    more = f"-{trial}" if condition.trials > 1 else ""
    return out / f"{number:02d}-{condition.id}{more}{SUFFIX}"


def run_protocol(link: Link, protocol: Protocol, setup: Setup, tell: Tell) -> Outcome:
    """Run every trial of the protocol. A lost board ends the session; the observer's Ctrl-C ends the trial under way,
    between two trials the session."""
    check_person(setup.person)
    new_folder(setup.out)
    made: list[Path] = []
    config: Config | None = None
    number = 0
    for condition in protocol.conditions:
        for trial in range(1, condition.trials + 1):
            number += 1
            path = trial_path(setup.out, number, condition, trial)
            try:
                tell(Moment("trial", condition.instruction, condition=condition, trial=trial))
            except KeyboardInterrupt:
                if not made:
                    raise
                return Outcome(tuple(made), config)
            head = _head(link, protocol, condition, trial, setup)
            made.append(path)
            with Recorder(path, head) as recorder:
                try:
                    config = _run_trial(link, recorder, condition, trial, setup, tell)
                except SurefootError as error:
                    with suppress(RecordingError):  # on a full disk even this line is too much
                        recorder.note("stop", t_host_s=link.timing.now_s(), reason=reason_of(error))
                    return Outcome(tuple(made), config, error)
                finally:
                    link.sink, link.on_ping = _ignore, _ignore
            tell(Moment("done", str(path), condition=condition, trial=trial))
            if condition.enough == "first-full" and _full(path, condition):
                break
    return Outcome(tuple(made), config)


def _full(path: Path, condition: Condition) -> bool:
    """Whether a trial was held to the end; the nominal record is enough to see that."""
    decoded = read(path)
    try:
        return hold(decoded, to_signals(decoded, nominal()), condition.hold_s).ended == "complete"
    except SurefootError:
        return False


def _ignore(*_: Any) -> None:
    """A sink for what comes between trials."""


def _head(link: Link, protocol: Protocol, condition: Condition, trial: int, setup: Setup) -> dict[str, Any]:
    placement = setup.placement
    return {
        "person": setup.person,
        "protocol": {"id": protocol.id, "version": protocol.version},
        "condition": condition.id,
        "trial": trial,
        "target_s": condition.hold_s,
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


def _run_trial(
    link: Link, recorder: Recorder, condition: Condition, trial: int, setup: Setup, tell: Tell
) -> Config | None:
    def cue(text: str) -> None:
        tell(Moment("cue", text, condition=condition, trial=trial))

    link.tap(recorder.write)
    link.on_ping = lambda ping: recorder.note("ping", nonce=ping.nonce, sent_s=ping.sent_s, received_s=ping.received_s)

    def progress(share: float) -> None:
        clock_s = link.clock.bound_s(link.timing.now_s())
        tell(Moment("progress", share=share, condition=condition, trial=trial, clock_s=clock_s))

    config, reason = link.config, "observer"
    with suppress(KeyboardInterrupt):
        cue(condition.cues.prepare)
        for _ in range(FIRST_PINGS):
            link.ping()
        config = link.start(rate_hz=setup.rate_hz)
        recorder.note("config", config=dict(config))  # should the frame itself be damaged on its way to the disk
        for word in condition.cues.countdown:
            cue(word)
            _stream(link, 1.0)
        cue(condition.cues.start)
        _mark(link, recorder, START)
        link.clock.restart_worst()
        _stream(link, condition.hold_s, progress)
        reason = "complete"
    _mark(link, recorder, END)
    cue(condition.cues.end)
    _stream(link, TAIL_S)
    _stop(link, recorder, reason)
    # The worst bound that was shown: the recording's own pings, seen from both sides, bound it better.
    worst_s = link.clock.worst_s
    clock_s = round(worst_s, 6) if 0 < worst_s < math.inf else None
    recorder.note("stop", t_host_s=link.timing.now_s(), reason=reason, clock_bound_s=clock_s)
    return config


def _stop(link: Link, recorder: Recorder, reason: str) -> None:
    try:
        if link.stop() is not None:
            return
    except Refused:
        if reason == "observer":  # it was stopped before it began
            return
        raise
    text = "The board did not confirm the end of the trial: press its reset before the next one."
    recorder.note("warning", text=text)


def _mark(link: Link, recorder: Recorder, which: str) -> None:
    """Mark the moment on both clocks: the device stamps the event, the note keeps the host's time."""
    recorder.note("cue", t_host_s=link.timing.now_s(), cue=which)
    link.event(which)


def _stream(link: Link, seconds: float, progress: Callable[[float], None] | None = None) -> None:
    """Keep receiving for so long by the link's clock, with a ping about every second."""
    begin_s = link.timing.now_s()
    pinged_s = begin_s
    while (now_s := link.timing.now_s()) < begin_s + seconds:
        link.poll(min(0.02, begin_s + seconds - now_s))
        if link.silent_s > SILENT_S:
            raise NoReply(
                f"The board has sent nothing for {SILENT_S:g} s: check cable and power. What arrived before is kept."
            )
        if now_s - pinged_s >= PING_S:
            pinged_s = now_s
            link.ping()
        if progress:
            progress(min((link.timing.now_s() - begin_s) / seconds, 1.0))
