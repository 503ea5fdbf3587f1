# SPDX-License-Identifier: MIT
"""How a board lies and turns, told from its own samples: what the guided session of the motion sensor judges by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import CalibrationError
from ..fit import gyroscope
from ..physics import GRAVITY_MS2
from ..signals import imu_lsb
from .guide_steps import Taken

# Ten times what an LSM6DSO makes of itself: 70 ug and 3.8 mdps per root hertz over 52 Hz (ST DS12140, table 2).
STILL_MS2, STILL_DPS = 0.05, 0.3
SIZE_SHARE = 0.1  # of gravity, that a whole accelerometer feels at rest
APART_DEG = 15.0
FACE_DEG = 25.0  # from an axis: nearer, a face is up
DEAD_SAMPLES = 100
MOVING_DPS = 5.0
REST_S = 1.5  # before and after a turn; a shorter stop is a hand that grips anew
TIPPED_DEG, LAID_DEG = 5.0, 30.0  # of the vertical over a turn; beyond the second it lies on another face
MOVED_SHARE = 0.1  # of a turn
IDLE_S = 60.0
GAP_S = 0.1  # of lost samples within a turn: the trapezoid over it is off by 0.03 deg if the rate bends by 400 deg/s3
AXES = "xyz"

Floats = npt.NDArray[np.float64]


def si(taken: Taken, config: Mapping[str, Any]) -> tuple[Floats, Floats]:
    """Specific force [n, 3] m/s2 and rate [n, 3] dps as the sensor tells them, uncalibrated."""
    acc_lsb, gyr_lsb = imu_lsb(config)
    counts = taken.imu.astype(np.float64)
    return counts[:, :3] * acc_lsb, counts[:, 3:] * gyr_lsb


def directions() -> list[tuple[str, Floats]]:
    """The faces, edges and corners of a case, by what is up."""
    signs = sorted(product((0, 1, -1), repeat=3), key=lambda one: sum(map(abs, one)))
    return [(name(np.array(one, float)), np.array(one) / np.linalg.norm(one)) for one in signs if any(one)]


def name(up: Floats) -> str:
    """What is up, in the sensor's own axes: 'x+' a face, 'x+ y-' an edge, 'x+ y- z+' a corner."""
    unit = up / np.linalg.norm(up)
    signs = max(
        (one for one in product((0, 1, -1), repeat=3) if any(one)),
        key=lambda one: float(unit @ one / np.linalg.norm(one)),
    )
    return " ".join(f"{axis}{'+' if sign > 0 else '-'}" for axis, sign in zip(AXES, signs, strict=True) if sign)


def apart_deg(first: Floats, second: Floats) -> float:
    cosine = first @ second / (np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def moves(taken: Taken, config: Mapping[str, Any]) -> str | None:
    """Why this is no rest, None where it is one. Raises CalibrationError where an axis is dead."""
    if len(taken.imu) < 10:
        return "no sample of the motion sensor arrives"
    if len(taken.imu) >= DEAD_SAMPLES and (still := np.ptp(taken.imu, axis=0) == 0).any():
        which = int(np.argmax(still))
        what = "accelerometer" if which < 3 else "gyroscope"
        raise CalibrationError(
            f"The {AXES[which % 3]} axis of the {what} never moves by one count, so it is dead: "
            "run `surefoot doctor`, check its wires, or replace the motion sensor."
        )
    if (np.abs(taken.imu.astype(int)) >= 32767).any():
        return "the motion sensor is at the end of its range"
    acc, rate = si(taken, config)
    if acc.std(axis=0).max() > STILL_MS2 or rate.std(axis=0).max() > STILL_DPS:
        return "it moves: put it down and take the hand away"
    return None


def size_doubt(mean: Floats) -> str | None:
    size = float(np.linalg.norm(mean))
    if abs(size / GRAVITY_MS2 - 1) <= SIZE_SHARE:
        return None
    return f"the accelerometer feels {size:.1f} m/s2 instead of about 9.8: run `surefoot doctor`"


def pose_doubt(taken: Taken, config: Mapping[str, Any], former: Sequence[Floats], faces: bool) -> str | None:
    """Why this window is no new pose; `former` means [k][3] of those taken, `faces`: only faces are wanted now."""
    reason = moves(taken, config)
    if reason:
        return reason
    mean = si(taken, config)[0].mean(axis=0)
    if reason := size_doubt(mean):
        return reason
    found, off = name(mean), _off_axis_deg(mean)
    near = min(((apart_deg(mean, one), k) for k, one in enumerate(former)), default=(180.0, -1))
    if near[0] < APART_DEG:
        return f"this is pose {near[1] + 1} again, {near[0]:.0f} degrees from it ({found} is up): lay it otherwise"
    if faces and off > FACE_DEG:
        return f"it lies on an edge or corner ({found} is up, {off:.0f} degrees from a face): the faces come first"
    if faces and any(_off_axis_deg(one) <= FACE_DEG and _axis(one) == _axis(mean) for one in former):
        return f"{found} was up before: turn it to another face"
    if not faces and off < APART_DEG:
        return f"it lies on a face ({found} is up): lean it on an edge or a corner now"
    return None


def _axis(mean: Floats) -> tuple[int, bool]:
    which = int(np.argmax(np.abs(mean)))
    return which, bool(mean[which] > 0)


def _off_axis_deg(mean: Floats) -> float:
    return float(np.degrees(np.arccos(np.clip(np.abs(mean).max() / np.linalg.norm(mean), 0, 1))))


def missing_faces(former: Sequence[Floats]) -> list[str]:
    """The faces that have not been up yet."""
    seen = {_axis(one) for one in former}
    return [f"{AXES[k]}{'+' if up else '-'}" for k in range(3) for up in (True, False) if (k, up) not in seen]


def farthest(former: Sequence[Floats]) -> str:
    """The edge or corner that is farthest from every pose so far."""
    rest = [(label, unit) for label, unit in directions() if " " in label]
    return max(rest, key=lambda one: min((apart_deg(one[1], mean) for mean in former), default=0.0))[0]


class TurnWatch:
    """Follows one turn on the table: rest, turn, rest. `taken_turns`: labels of those that are there, as 'z left'."""

    def __init__(self, config: Mapping[str, Any], bias_dps: Floats, taken_turns: Sequence[str] = ()):
        self.config, self.bias_dps, self.taken_turns = config, bias_dps, taken_turns
        self.label, self.turns = "", 0

    def _resting(self, taken: Taken) -> npt.NDArray[np.bool_]:
        """For each sample, whether the board rests within a tenth of a second about it."""
        rate = si(taken, self.config)[1] - self.bias_dps
        fast = (np.abs(rate) > MOVING_DPS).any(axis=1)
        return np.convolve(fast, np.ones(11), "same") < 1

    def done(self, taken: Taken) -> bool:
        """Whether it has turned and rests again."""
        if len(taken.imu) < 20:
            return False
        resting, t_s = self._resting(taken), taken.imu_t_s
        return not resting.all() and bool(resting[t_s > t_s[-1] - REST_S].all()) and bool(np.ptp(t_s) > 2 * REST_S)

    def doubt(self, taken: Taken) -> str | None:
        """Why the window is no good turn, as far as it is one yet."""
        if len(taken.imu) < 20:
            return "no sample of the motion sensor arrives"
        if (np.abs(taken.imu.astype(int)) >= 32767).any():
            return "the turn was too fast for the sensor's range: turn slower"
        resting, t_s = self._resting(taken), taken.imu_t_s
        if not resting[t_s < t_s[0] + REST_S].all():
            return f"let it rest for {REST_S:g} s before the turn"
        return self._whole(taken) if self.done(taken) else None

    def _whole(self, taken: Taken) -> str | None:
        acc, rate = si(taken, self.config)
        t_s = taken.imu_t_s
        before, after = acc[t_s < t_s[0] + REST_S / 2], acc[t_s > t_s[-1] - REST_S / 2]
        tipped = apart_deg(before.mean(axis=0), after.mean(axis=0))
        if tipped > LAID_DEG:
            return f"it was laid anew, {name(after.mean(axis=0))} is up: now turn it"
        if tipped > TIPPED_DEG:
            return f"it was tipped by {tipped:.0f} degrees: turn it flat on the table, without lifting"
        gap_s = float(np.diff(t_s).max())
        if gap_s > GAP_S:
            return f"for {gap_s:.2f} s no sample came while it turned: check the cable"
        turn = gyroscope.integrate(rate, t_s, REST_S / 2)
        if not turn.turns:
            part = float(np.linalg.norm(turn.sensed_deg)) / 360
            if part < MOVED_SHARE:
                return "it was moved, not turned: now turn it"
            return f"that was {part:.2f} of a turn: end at the edge where it began, after whole turns"
        self.label, self.turns = turn_label(turn.sensed_deg), turn.turns
        if self.label in self.taken_turns:
            return f"the turn about {self.label} was taken already: turn it the other way or about another axis"
        return None


def turn_label(sensed_deg: Floats) -> str:
    """About which axis, and which way seen along it: 'z left' is counter-clockwise seen from the tip of z."""
    which = int(np.argmax(np.abs(sensed_deg)))
    return f"{AXES[which]} {'left' if sensed_deg[which] > 0 else 'right'}"


def missing_turns(taken: Sequence[str]) -> list[str]:
    return [label for axis in AXES for way in ("left", "right") if (label := f"{axis} {way}") not in taken]
