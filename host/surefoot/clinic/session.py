# SPDX-License-Identifier: MIT
"""Running a protocol on a board: cues and progress out, one recording a trial on disk.

Whatever happens, what was received is on disk: a trial that breaks off is kept and says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..calibration import Calibration, nominal
from ..care.outcome import Done, Next, next_trial, skipped
from ..care.protocol import Protocol
from ..device.link import Config, Link
from ..errors import DeviceLost, DeviceRestarted, NoReply, RecordingError, Refused, SurefootError
from ..recording import Recorder, read
from .happened import done_from
from .holding import LOSS, WHY
from .observer import NOBODY, Observer, help_of, leg_asked
from .run_board import BoardLine, head_of, showing_clock
from .run_trial import ask_aside, ask_values, perform
from .run_values import Moment, Outcome, Setup, Tell, check_person, new_folder, now_utc, trial_path
from .watching import Watcher

__all__ = ["Moment", "Outcome", "Setup", "Tell", "check_person", "new_folder", "now_utc", "reason_of", "run_protocol"]

AGAIN = 3  # so often a trial is tried that a detector throws out, or that never began; then the observer judges


def reason_of(error: SurefootError) -> str:
    """The word under which a recording keeps what broke it off; `holding.WHY` has its sentence."""
    kinds = ((DeviceRestarted, "restarted"), (DeviceLost, "unplugged"), (NoReply, "silent"), (Refused, "refused"))
    reason = next((word for kind, word in kinds if isinstance(error, kind)), "link")
    assert reason in WHY
    return reason


def run_protocol(link: Link, protocol: Protocol, setup: Setup, tell: Tell, observer: Observer = NOBODY) -> Outcome:
    """Run every trial of the protocol. A lost board ends the session; the observer's Ctrl-C ends the trial under way,
    between two trials the session."""
    check_person(setup.person)
    new_folder(setup.out)
    made: list[Path] = []
    done: list[Done] = []
    legs: dict[str, str | None] = {}
    config: Config | None = None
    record = setup.calibration or nominal(setup.placement.foot_length_m * 1e3 if setup.placement else None)
    ends = setup.device_ends
    while ahead := next_trial(protocol, done):
        try:
            announce(protocol, ahead, observer, tell)
            leg = leg_asked(observer, protocol, ahead, legs)
        except KeyboardInterrupt:
            if not made:
                raise
            return Outcome(tuple(made), config)
        path = trial_path(setup.out, len(made) + 1, ahead)
        head = head_of(protocol, ahead, setup, leg, observer.watched)
        made.append(path)
        with Recorder(path, head) as recorder:
            watcher = Watcher(protocol, ahead.condition, leg, record, ends)
            line = BoardLine(link, recorder, setup.rate_hz, watcher, setup.heart)
            try:
                line.listen()
                run = perform(line, protocol, ahead, observer, showing_clock(link, tell))
                line.end(run.reason)
                config = line.config
                ask_values(line, protocol, ahead.condition, observer, run, tell)
                ask_aside(line, observer, run)
            except SurefootError as error:
                with suppress(RecordingError):  # on a full disk even this line is too much
                    recorder.note("stop", t_host_s=link.timing.now_s(), reason=reason_of(error))
                return Outcome(tuple(made), config, error)
            finally:
                line.leave()
        tell(Moment("done", str(path), condition=ahead.condition, trial=ahead.trial))
        one, words = _done(path, protocol, ahead, record)
        if words:
            tell(Moment("say", words))
        done.append(settled(protocol, ahead, one, done, run.reason == "observer"))
        # What the device saw was none, or can't be looked at: for the rest it tells, and the observer ends.
        ends = ends and not (run.reason == LOSS and one.ended not in ("step", "fall"))
    tell_skipped(protocol, done, tell)
    return Outcome(tuple(made), config)


def tell_skipped(protocol: Protocol, done: Sequence[Done], tell: Tell) -> None:
    """Which conditions are left out, and why."""
    for condition_id, why in skipped(protocol, done).items():
        tell(Moment("say", f"'{protocol.condition(condition_id).title}': {why}."))


def announce(protocol: Protocol, ahead: Next, observer: Observer, tell: Tell) -> None:
    """What is said before a trial, and which keys it has."""
    condition = ahead.condition
    target = ahead.target.id if ahead.target else None
    new = ahead.trial == 1 and (target is None or target == condition.targets[0].id)
    said = Moment(
        "trial",
        condition.instruction,
        condition=condition,
        trial=ahead.trial,
        target=target,
        practice=ahead.practice,
        rest_s=ahead.rest_s,
        keys=tuple(help_of(protocol.marks_of(condition))) if observer.watched and new else (),
    )
    tell(said)


def settled(protocol: Protocol, ahead: Next, one: Done, before: list[Done], by_observer: bool) -> Done:
    """The trial as it counts for what comes next: the observer's Ctrl-C is an end, and nothing repeats for ever."""
    here = (ahead.condition.id, ahead.trial, one.target, ahead.practice)
    tries = sum((other.condition, other.trial, other.target, other.practice) == here for other in before)
    if one.ended == "interrupted" and (by_observer or tries + 1 >= AGAIN):
        one = replace(one, ended="stopped")
    if tries + 1 >= AGAIN:
        kept = [g for g in one.marks if not (g.by == "device" and protocol.mark(g.mark).effect == "repeat")]
        one = replace(one, marks=tuple(kept))
    return one


def _done(path: Path, protocol: Protocol, ahead: Next, record: Calibration) -> tuple[Done, str | None]:
    """The trial just recorded, and its end in words. One that can't be made sense of counts for nothing."""
    try:
        return done_from(read(path), protocol, ahead.condition, record)
    except SurefootError as error:
        target = ahead.target.id if ahead.target else None
        return Done(ahead.condition.id, ahead.trial, "stopped", target=target, practice=ahead.practice), str(error)
