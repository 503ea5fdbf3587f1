# SPDX-License-Identifier: MIT
"""A calibration session on the virtual instruments: a person leans slowly through known places of each foot."""

from typing import NamedTuple

import numpy as np

from surefoot.device.virtual import cell_memory
from surefoot.device.virtual import electronics as instruments
from surefoot.device.virtual import sole as soles
from surefoot.device.virtual.body import State
from surefoot.device.virtual.electronics import Electronics
from surefoot.device.virtual.person import GRAVITY_MS2, Person
from surefoot.device.virtual.world import BLOCK, SLOTS_PER_S, World

MOVE_S = 1.2
SWING_S = 8.0


class CalibrationRun(NamedTuple):
    """What a session yields: counts uint16 [n,16]; CoP [n,2,2] m and load [n,2] N of each foot, as far as known."""

    counts: np.ndarray
    foot_cop_m: np.ndarray
    foot_force_n: np.ndarray


def calibration_run(
    world: World,
    duration_s: float = 120.0,
    rate_hz: float = 100.0,
    *,
    place_error_m: float = 0.0,
    force_error_share: float = 0.0,
    stance: bool = False,
    seed: int = 0,
) -> CalibrationRun:
    """Counts with known foot CoP (foot frame) and load, straight from the world's soles and parts.

    The CoP wanders over each foot's middle (AP -0.26 to +0.20 of the insole, ML +-8 mm; with `stance` only the +-25 by
    +-5 mm about rest that standing uses) while load moves between 10 and 90 % of body weight. `place_error_m` and
    `force_error_share` are standard deviations of one constant error per mark and per foot: no plank is exact.
    """
    rng = np.random.default_rng([seed, *b"leans"])
    n = round(duration_s * rate_hz)
    t = np.arange(n) / rate_hz
    person = world.person
    length = person.insole_length_m
    right = 0.5 + 0.4 * np.sin(2 * np.pi * t / 23.0)
    weight = person.mass_kg * GRAVITY_MS2
    force = weight * np.stack((1 - right, right), 1)
    # Periods without a common multiple fill the rectangle instead of retracing one line.
    ap = np.stack((np.sin(2 * np.pi * t / 17.3), np.sin(2 * np.pi * t / 17.3 + 0.9)), 1)
    ml = np.stack((np.sin(2 * np.pi * t / 7.1), np.sin(2 * np.pi * t / 7.1 + 1.7)), 1)
    if stance:
        cop = person.rest_cop_m + np.stack((0.005 * ml, 0.025 * ap), -1)
    else:
        cop = np.stack((0.008 * ml, (-0.03 + 0.23 * ap) * length), -1)
    noise = np.random.Generator(np.random.Philox(key=[seed, 2**63])).standard_normal((n, 16))
    felt_n, _ = cell_memory.felt_n(world.electronics.memory, world.cell_force_n(cop, force), 1 / rate_hz)
    counts = instruments.cell_counts(world.electronics, felt_n, noise)
    known = cop + _mark_error(cop, place_error_m, rng)
    return CalibrationRun(counts, known, force * (1 + force_error_share * rng.standard_normal(2)))


def _mark_error(cop_m: np.ndarray, place_error_m: float, rng: np.random.Generator) -> np.ndarray:
    """An error that is linear between three marks along each foot, each of which is off by its own amount."""
    marks = np.linspace(-0.07, 0.05, 3)
    out = np.zeros_like(cop_m)
    for side in (0, 1):
        for axis in (0, 1):
            off = place_error_m * rng.standard_normal(3)
            out[:, side, axis] = np.interp(cop_m[:, side, 1], marks, off)
    return out


class Pose(NamedTuple):
    """What a person does when told: load of each foot as shares of body weight, and each foot's CoP [2,2] in m.

    `swing` moves so much of body weight from foot to foot, to and fro in SWING_S; `sway_m` is the rms of each foot's
    CoP about its place, (ml, ap); `up` is where the pod's axes see the sky, for a pod that lies on a desk.
    """

    load_share: tuple[float, float]
    cop_m: np.ndarray
    swing: float = 0.0
    sway_m: tuple[float, float] = (0.002, 0.004)
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)


class Leaner(World):
    """A person in a guided session: `take` has them go into a pose within MOVE_S, from now on or from a given time."""

    def __init__(self, person: Person, electronics: Electronics | None = None, seed: int | None = None):
        super().__init__(person, electronics, seed)
        self._dice = np.random.default_rng([self.seed, *b"poses"])
        self._poses: list[tuple[float, Pose]] = [(-MOVE_S, self.standing())]
        rng = np.random.default_rng([self.seed, *b"sways"])
        self._tones = rng.uniform(0.08, 0.6, (4, 2, 2)), rng.uniform(0, 2 * np.pi, (4, 2, 2))

    def standing(self, left_share: float | None = None, lift: float = 1.0) -> Pose:
        """At ease, or with another share of the weight on the left foot; a rail carries what `lift` leaves of it.

        Each time the feet press a little elsewhere: nobody shifts weight without moving it under each foot.
        """
        left = self.person.left_load_share if left_share is None else left_share
        moved = self._dice.normal(0, 1, (2, 2)) * (0.004, 0.008)
        return Pose((lift * left, lift * (1 - left)), self.person.rest_cop_m + moved)

    def over(self, foot: int, axis: int, place_m: float, load_share: float = 0.5) -> Pose:
        """The foot's CoP at `place_m` of one axis (0 ml, 1 ap) and about where it rests on the other."""
        moved = self._dice.normal(0, 1, (2, 2)) * (0.002, 0.003)
        cop_m = self.person.rest_cop_m + moved
        cop_m[foot, axis] = place_m
        left = load_share if foot == 0 else 1 - load_share
        return Pose((left, 1 - left), cop_m, sway_m=(0.001, 0.001))

    def take(self, pose: Pose, at_s: float | None = None) -> None:
        """Go into a pose; what has been rendered of the time after `at_s` is thrown away."""
        at_s = self.now_s if at_s is None else at_s
        self._poses.append((at_s, pose))
        self._past.forget_after(self._blocks.forget(at_s * SLOTS_PER_S))

    def feet(self, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """CoP [n,2,2] m and load [n,2] N of the feet, and where up is [n,3] in the pod's axes."""
        begun = [k for k, (at_s, _) in enumerate(self._poses) if at_s + MOVE_S <= t_s[0]]
        first = begun[-1] if begun else 0  # those before have been left for good
        now = self._held(self._poses[first][1], t_s)
        for at_s, pose in self._poses[first + 1 :]:
            made = self._held(pose, t_s)
            u = np.clip((t_s - at_s) / MOVE_S, 0, 1)
            share = u**3 * (10 - 15 * u + 6 * u * u)
            now = tuple(
                old + (new - old) * share.reshape(-1, *[1] * (new.ndim - 1)) for old, new in zip(now, made, strict=True)
            )
        cop, load, up = now
        cop = np.stack([soles.hold(self.sole, side, cop[:, side]) for side in (0, 1)], 1)
        return cop, load * self.person.mass_kg * GRAVITY_MS2, up / np.linalg.norm(up, axis=1)[:, None]

    def _held(self, pose: Pose, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        f_hz, phase = self._tones
        wave = np.cos(2 * np.pi * np.multiply.outer(t_s, f_hz) + phase).sum(1) / np.sqrt(2)
        cop = pose.cop_m + wave * pose.sway_m
        total = sum(pose.load_share)
        swing = pose.swing * np.sin(2 * np.pi * t_s / SWING_S) + 0.01 * wave[:, 0, 0]
        left = np.clip(pose.load_share[0] + swing, 0, total)
        return cop, np.stack((left, total - left), 1), np.broadcast_to(np.array(pose.up, float), (len(t_s), 3))

    def counts(self, t_s: np.ndarray, seed: int = 0) -> np.ndarray:
        """Counts uint16 [n,16] at these times, straight from soles and parts: what a board would read."""
        cop, load, _ = self.feet(t_s)
        noise = np.random.default_rng([self.seed, seed, *b"counts"]).standard_normal((len(t_s), 16))
        return instruments.cell_counts(self.electronics, self.cell_force_n(cop, load), noise)

    def _state_in(self, block: int) -> State:
        t_s = block * BLOCK / SLOTS_PER_S + np.arange(BLOCK) / SLOTS_PER_S
        cop, load, up = self.feet(t_s)
        nothing = np.zeros((BLOCK, 2))
        return State(nothing, nothing, cop, load, nothing, GRAVITY_MS2 * up, np.zeros((BLOCK, 3)))
