# SPDX-License-Identifier: MIT
"""How well a clock must be known for what is made of it, in seconds, and the words where it is not."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Use:
    """A use of times on the host's clock. `limit_s` bounds the error, `cost` says what a larger one spoils."""

    name: str
    limit_s: float
    cost: str


# One sample at 100 Hz. Cues reach a hold through the clock, and a hold is cut at samples; sway lies below 2 Hz,
# where 10 ms turn the phase between trunk and feet by at most 7 degrees.
STANDING = Use("standing", 0.010, "cues and trunk may be a sample or more away from the feet")
# Half a sample at 100 Hz, 4 % of a double support of about 120 ms. Between two shoes an error lengthens one of the
# two double supports of a stride and shortens the other by as much, and a step's time the same: it fakes a limp.
DOUBLE_SUPPORT = Use("double support", 0.005, "one double support would look longer and the other shorter")


def milliseconds(bound_s: float) -> str:
    """ "1.8 ms", or "unknown"."""
    if not math.isfinite(bound_s):
        return "unknown"
    return f"{bound_s * 1e3:.1f} ms" if bound_s < 0.1 else f"{bound_s * 1e3:.0f} ms"


def doubt(bound_s: float, use: Use = STANDING) -> str | None:
    """What to say of a bound that is too wide for this use; None where it is good enough."""
    if bound_s <= use.limit_s:
        return None
    if not math.isfinite(bound_s):
        return f"The board's clock is not known against the host's: {use.cost}. Record again with the board connected."
    return (
        f"The board's clock is known within {milliseconds(bound_s)} only, {use.name} needs"
        f" {use.limit_s * 1e3:.0f} ms: {use.cost}. Use another cable or USB port, without a hub, and close other"
        " programs."
    )


def short(bound_s: float, use: Use = STANDING) -> str:
    """The bound in the few words of a progress line."""
    words = f"clock {milliseconds(bound_s)}"
    return words if bound_s <= use.limit_s else f"{words}, needs {use.limit_s * 1e3:.0f} ms!"
