# SPDX-License-Identifier: MIT
"""A cued walk: what is known of the person and the board, the board's word for it, what a recording says of it."""

from __future__ import annotations

from datetime import datetime

from surefoot.care.cueing import Wish
from surefoot.clinic.walk_values import ScaleCheck, Walker
from surefoot.decode import Decoded
from surefoot.errors import SurefootError

FAILED = "no cue: "  # how the board begins to tell that it had no memory for one


class CueRefused(SurefootError):
    """Nobody is cued."""


def newest(walker: Walker, device: str) -> ScaleCheck | None:
    """The last scale check of this very board; of two in the same second the later one."""
    mine = [check for check in reversed(walker.checks) if check.device == device]
    return max(mine, key=lambda check: check.utc, default=None)


def wish(
    walker: Walker, device: str, now_utc: str, cadence: float, beyond_pct: float | None, has_part: bool | None
) -> Wish:
    """What the rules ask for, of a walker's file and a board."""
    check = newest(walker, device)
    return Wish(
        walker.weight_bearing_left,
        walker.weight_bearing_right,
        None if check is None else _seconds(check.utc, now_utc),
        0.0 if check is None else check.insole_n / check.scale_n - 1,
        cadence,
        beyond_pct,
        has_part,
    )


def _seconds(from_utc: str, to_utc: str) -> float:
    return (datetime.fromisoformat(to_utc) - datetime.fromisoformat(from_utc)).total_seconds()


def word(cadence: int, sides: bool = False, beyond_pct: int | None = None) -> str:
    """What `start` and `log start` of the board take ."""
    return f"cue={cadence}" + ",sides" * sides + (f",beyond={beyond_pct}" if beyond_pct is not None else "")


def notes(decoded: Decoded) -> tuple[str, ...]:
    """A sentence on the cue to which a recording was walked; none where there was none."""
    settings = decoded.config.get("cue")
    if not settings or any(event.text.startswith(FAILED) for event in decoded.events):
        return ()
    cadence, *more = str(settings).split(",")
    words = f"Cued at {cadence} steps/min"
    if "sides" in more:
        words += ", left and right told apart"
    beyond = [part.partition("=")[2] for part in more if part.startswith("beyond=")]
    if beyond:
        words += f", while stance times differed by more than {beyond[0]} %"
    return (f"{words}: this is training, not how the person walks without a cue.",)
