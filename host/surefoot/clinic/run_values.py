# SPDX-License-Identifier: MIT
"""What a session is made of: who stands how, what may be told at a moment, what came of it all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..calibration import Calibration
from ..care.outcome import Next
from ..care.protocol import Condition
from ..device.link import Config
from ..errors import RecordingError, SurefootError
from ..placement import Placement
from ..recording import SUFFIX

if TYPE_CHECKING:
    from ..device.heart_strap import Heard

_DAY, _MONTH, _YEAR = r"(0[1-9]|[12]\d|3[01])", r"(0[1-9]|1[0-2])", r"(19|20)\d\d"
DATE = re.compile(rf"(?<!\d)(\d{{1,4}}[-_]\d{{1,2}}[-_]\d{{1,4}}|{_YEAR}{_MONTH}{_DAY}|{_DAY}{_MONTH}{_YEAR})(?!\d)")
CODE_CHARS = "letters, digits, '-' and '_'"
HAND_SUFFIX = ".hand.json"


def now_utc() -> str:
    """This moment as recordings write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Moment:
    """What the person at the board may be told now. `share` runs from 0 to 1 while a trial is held; `clock_s` is the
    bound of the board's clock at this moment. Of a trial: the rest before it, its target, whether it is practice, and
    its keys, a line each, where they are new."""

    kind: str  # "trial" | "cue" | "progress" | "mark" | "done" | "say"
    text: str = ""
    share: float = 0.0
    condition: Condition | None = None
    trial: int = 1
    clock_s: float | None = None
    target: str | None = None
    practice: bool = False
    rest_s: float = 0.0
    keys: tuple[str, ...] = ()


class Beating(Protocol):
    """Who listens to a heart-rate strap, such as a device.heart_strap.HeartStrap."""

    def fresh(self) -> list[Heard]:
        """What has come since the last call."""
        ...


@dataclass(frozen=True)
class Setup:
    """Who stands how: the person's code, the placement read off the foot mat (or None), the rate and the folder; under
    which calibration record (None: none), on which pair of insoles (None: not named), in which circumstances.
    `device_ends`: a hold is over when the device sees a loss of balance; otherwise it tells only. `heart`: a strap
    that this computer listens to."""

    person: str
    out: Path
    placement: Placement | None = None
    rate_hz: int = 100
    simulated: bool = False
    calibration: Calibration | None = None
    pair: str | None = None
    utc_now: Callable[[], str] = now_utc
    circumstances: Mapping[str, Any] = field(default_factory=dict)
    device_ends: bool = True
    heart: Beating | None = None


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
    if any(out.glob(f"*{SUFFIX}")) or any(out.glob(f"*{HAND_SUFFIX}")):
        raise RecordingError(f"{out} holds recordings already: choose a new folder, none is ever overwritten.")


def trial_path(out: Path, number: int, ahead: Next, suffix: str = SUFFIX) -> Path:
    """The file of a trial: numbered in the order of the session, so that one done again has a name of its own."""
    condition = ahead.condition
    parts = [f"{number:02d}", condition.id]
    parts += [ahead.target.id] if ahead.target else []
    parts += ["practice"] if ahead.practice else []
    parts += [str(ahead.trial)] if (condition.practice if ahead.practice else condition.trials) > 1 else []
    return out / ("-".join(parts) + suffix)
