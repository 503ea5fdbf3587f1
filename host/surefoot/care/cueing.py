# SPDX-License-Identifier: MIT
"""Who may be cued: for symmetry training only, by rules that refuse whatever is not known to be fine.

A cue asks a person to put weight on a leg, so nobody with a restriction of weight-bearing gets one, and none is given
by insoles that have drifted: even a capacitive one drifted by 26 to 34 % in 7 h (Hurkmans 2006,
10.1016/j.gaitpost.2005.05.008). It is training: what is walked to a cue says nothing of how the person walks.
"""

from __future__ import annotations

from dataclasses import dataclass

FULL, RESTRICTED, NOT_ASKED = "full", "restricted", "not asked"
CHECK_S = 24 * 3600.0  # that a check against a scale holds
OFF_SHARE = 0.15  # that the insoles may differ from the scale by, of the scale (our choice)
SLOWEST, FASTEST = 40, 140  # steps a minute; the board's own limits (firmware/settings.py)
LEAST_PCT, MOST_PCT = 5, 60  # by which stance times may differ before feedback sounds
TRAINING = "This is symmetry training: a walk that is cued says nothing of how the person walks without."


@dataclass(frozen=True)
class Wish:
    """What is asked for, and what is known.

    Weight-bearing of either leg; the newest check of this very device against a scale: its age in s (None: none was
    made, below 0: it lies in the future) and by which share of the scale the insoles differed; steps a minute; percent
    of feedback, None for a metronome; whether the board has a buzzer or motor (None: the board is to say so).
    """

    left: str
    right: str
    check_age_s: float | None
    check_off: float
    cadence: float
    beyond_pct: float | None = None
    has_part: bool | None = None


def refusal(wish: Wish) -> str | None:
    """Why nobody is cued, and what to do about it; None where it is allowed. What is not known is not fine."""
    return _bearing(wish) or _scale(wish) or _settings(wish)


def _bearing(wish: Wish) -> str | None:
    legs = {"left": wish.left, "right": wish.right}
    restricted = [side for side, answer in legs.items() if answer == RESTRICTED]
    if restricted:
        return (
            f"Weight-bearing is restricted on the {' and the '.join(restricted)} leg, and a cue would ask for weight on"
            " it: walk without a cue. When a clinician has lifted the restriction, say so by `surefoot walk check"
            " --weight-bearing`."
        )
    open_ = [side for side, answer in legs.items() if answer != FULL]
    if open_:
        return (
            f"Nobody has asked yet whether the {' and the '.join(open_)} leg may bear full weight: ask, then keep the"
            " answer by `surefoot walk check --weight-bearing left=full,right=full`."
        )
    return None


def _scale(wish: Wish) -> str | None:
    do = "stand on the scale, then run `surefoot walk check --person CODE --scale-kg KG`"
    age_s = wish.check_age_s
    if age_s is None:
        return f"These insoles have not been compared with a scale on this board: {do}."
    if not age_s >= 0:
        return f"The last scale check lies in the future, so a clock is wrong: set this computer's clock, then {do}."
    if age_s > CHECK_S:
        hours = CHECK_S / 3600
        return f"The last scale check is {age_s / 3600:.0f} h old, and one holds {hours:.0f} h: {do}."
    if not abs(wish.check_off) <= OFF_SHARE:
        return (
            f"At the last scale check the insoles were {abs(wish.check_off):.0%} off, and {OFF_SHARE:.0%} are allowed:"
            f" calibrate them (`surefoot calibrate insole`), then {do}."
        )
    return None


def _settings(wish: Wish) -> str | None:
    if not (SLOWEST <= wish.cadence <= FASTEST and wish.cadence == int(wish.cadence)):
        return f"A cadence is a whole number from {SLOWEST} to {FASTEST} steps a minute: choose another --cadence."
    pct = wish.beyond_pct
    if pct is not None and not (LEAST_PCT <= pct <= MOST_PCT and pct == int(pct)):
        return f"Feedback takes whole percents from {LEAST_PCT} to {MOST_PCT}: choose another --feedback."
    if wish.has_part is False:
        return (
            "This board has no buzzer and no vibration motor: walk without a cue, or build one in (hardware/README.md)"
            " and name its pin in the board's profile."
        )
    return None
