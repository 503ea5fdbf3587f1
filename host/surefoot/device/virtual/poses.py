# SPDX-License-Identifier: MIT
"""A board alone: it lies still in poses, is moved by hand between them, turned on a table and tipped as a trunk is."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

from surefoot import cells
from surefoot.device.virtual import electronics as instruments
from surefoot.device.virtual.blocks import BLOCK, SLOTS_PER_S, Blocks
from surefoot.device.virtual.electronics import Electronics
from surefoot.device.virtual.person import GRAVITY_MS2
from surefoot.device.virtual.world import SLOT_DTYPE

HAND_HZ = (3.1, 4.7, 6.9, 8.3)  # a hand's tremor
HAND_MS2, HAND_DPS = 0.4, 4.0  # rms, while a hand holds the board
MOVE_S = 1.5

Floats = np.ndarray


class Motion(NamedTuple):
    """From at_s, over_s long, the board turns by angle_rad about an axis of its own, from the pose `start` [3,3]."""

    at_s: float
    over_s: float
    start: Floats
    axis: Floats
    angle_rad: float


class Poses:
    """A world for the virtual board. `up` is the direction in body axes that points up at first.

    `gravity_ms2`: of this place. `stuck`: columns of the IMU (0 to 5) that never move by one count. What is asked for
    happens from now on, one thing after the other.
    """

    def __init__(
        self,
        parts: Electronics | None = None,
        seed: int = 0,
        *,
        up: tuple[float, float, float] = (0, 0, 1),
        gravity_ms2: float = GRAVITY_MS2,
        stuck: tuple[int, ...] = (),
    ):
        self.parts = parts or instruments.draw(seed, cells.load().law)
        self.seed = seed
        self.gravity_ms2 = gravity_ms2
        self.stuck = stuck
        self._start = _between(_unit(up), np.array((0.0, 0.0, 1.0)))
        self._motions: list[Motion] = []
        self._hands: list[tuple[float, float]] = []
        self._blocks = Blocks(self._render)

    @property
    def now_s(self) -> float:
        """Time of the next slot that nobody has asked for yet."""
        return self._blocks.now_s

    @property
    def free_s(self) -> float:
        """When all that was asked for is done."""
        ends = [m.at_s + m.over_s for m in self._motions] + [stop for _, stop in self._hands]
        return max([self.now_s, *ends])

    def lay(self, up: tuple[float, float, float], over_s: float = MOVE_S) -> None:
        """Take it in the hand and put it down with this direction of its own pointing up."""
        pose = self._pose_at_end()
        old, new = pose.T @ (0, 0, 1), _unit(up)
        turn = _between(new, old)
        axis, angle = _axis_angle(turn)
        self._hands.append((self.free_s, self.free_s + over_s))
        self._add(over_s, axis, angle, self._hands[-1][0])

    def turn(self, angle_deg: float, over_s: float) -> None:
        """Turn it on the table about the vertical, to the left for a positive angle; the hand stays away from tilt."""
        self._add(over_s, self._pose_at_end().T @ (0, 0, 1), np.radians(angle_deg), self.free_s)

    def tip(self, axis: tuple[float, float, float], angle_deg: float, over_s: float) -> None:
        """Turn it about an axis of its own body."""
        self._add(over_s, _unit(axis), np.radians(angle_deg), self.free_s)

    def hold(self, seconds: float) -> None:
        """Hold it in the hand where it is."""
        self._hands.append((self.free_s, self.free_s + seconds))
        self._blocks.forget()

    def rest(self, seconds: float) -> None:
        """Leave it alone before what comes next."""
        self._add(seconds, np.array((0.0, 0.0, 1.0)), 0.0, self.free_s)

    def truth(self, t_s: Floats) -> tuple[Floats, Floats]:
        """Specific force [n,3] m/s2 and rate [n,3] dps in body axes at times [n], without a hand's tremor."""
        up = np.empty((len(t_s), 3))
        up[:] = self._start.T @ (0, 0, 1)
        rate = np.zeros((len(t_s), 3))
        begun = sum(motion.at_s <= t_s[0] for motion in self._motions)
        for at_s, over_s, start, axis, angle in self._motions[max(begun - 1, 0) :]:
            rows = t_s >= at_s
            if not rows.any():
                break
            u = np.clip((t_s[rows] - at_s) / over_s, 0, 1)
            share = u**3 * (10 - 15 * u + 6 * u * u)
            turned = angle * share
            first = start.T @ (0, 0, 1)
            # The vertical seen from a body that turns about its own axis turns the other way.
            c, s = np.cos(turned)[:, None], np.sin(turned)[:, None]
            up[rows] = first * c - np.cross(axis, first) * s + axis * (axis @ first) * (1 - c)
            speed = angle * 30 * (u * (1 - u)) ** 2 / over_s
            rate[rows] = np.degrees(speed)[:, None] * axis
        return self.gravity_ms2 * up, rate

    def slots(self, first: int, n: int) -> bytes:
        """Slots first .. first+n-1, as `World.slots`."""
        return self._blocks.slots(first, n)

    def _pose_at_end(self) -> Floats:
        if not self._motions:
            return self._start
        last = self._motions[-1]
        return last.start @ _rotation(last.axis, last.angle_rad)

    def _add(self, over_s: float, axis: Floats, angle_rad: float, at_s: float) -> None:
        self._motions.append(Motion(at_s, over_s, self._pose_at_end(), axis, angle_rad))
        self._blocks.forget()

    def _render(self, block: int) -> bytes:
        t_s = (block * BLOCK + np.arange(BLOCK)) / SLOTS_PER_S
        acc, gyr = self.truth(t_s)
        for start_s, stop_s in self._hands:
            held = (t_s >= start_s) & (t_s < stop_s)
            if held.any():
                tremor = _tremor(t_s[held], self.seed)
                acc[held] += HAND_MS2 * tremor[:, :3]
                gyr[held] += HAND_DPS * tremor[:, 3:]
        noise = np.random.Generator(np.random.Philox(key=[self.seed, block])).standard_normal((BLOCK, 22))
        out = np.empty(BLOCK, SLOT_DTYPE)
        out["cells"] = instruments.cell_counts(self.parts, np.zeros((BLOCK, 16)), noise[:, :16])
        out["imu"] = instruments.imu_units(self.parts, acc, gyr, noise[:, 16:])
        for column in self.stuck:
            out["imu"][:, column] = 0
        return out.tobytes()


def practise(world: Poses, rounds: int = 20) -> None:
    """Have the board laid on all faces and corners and turned about each axis, over and over."""
    faces = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]
    for _ in range(rounds):
        for up in (*faces, *((x, y, z) for x, y, z in product((1, -1), repeat=3))):
            world.lay(up)
            world.rest(5.0)
        for up in faces[::2]:
            world.lay(up)
            for way in (720.0, -720.0):
                world.rest(4.0)
                world.turn(way, 8.0)
            world.rest(4.0)


def _tremor(t_s: Floats, seed: int) -> Floats:
    """Six columns of unit rms."""
    phase = np.random.default_rng([seed, *b"hand"]).uniform(0, 2 * np.pi, (len(HAND_HZ), 6))
    waves = np.sin(2 * np.pi * np.multiply.outer(t_s, HAND_HZ)[:, :, None] + phase)
    return waves.sum(axis=1) * np.sqrt(2 / len(HAND_HZ))


def _unit(direction: tuple[float, float, float]) -> Floats:
    found = np.asarray(direction, float)
    return found / np.linalg.norm(found)


def _rotation(axis: Floats, angle_rad: float) -> Floats:
    x, y, z = axis
    k = np.array(((0, -z, y), (z, 0, -x), (-y, x, 0)))
    return np.eye(3) + np.sin(angle_rad) * k + (1 - np.cos(angle_rad)) * k @ k


def _between(first: Floats, second: Floats) -> Floats:
    """The shortest rotation that takes the unit vector `first` to `second`."""
    axis, sine = np.cross(first, second), float(np.linalg.norm(np.cross(first, second)))
    if sine < 1e-9:
        # Opposite: half a turn about any axis across.
        across = np.cross(first, np.eye(3)[int(np.argmin(np.abs(first)))])
        return np.eye(3) if first @ second > 0 else _rotation(across / np.linalg.norm(across), np.pi)
    return _rotation(axis / sine, float(np.arctan2(sine, first @ second)))


def _axis_angle(turn: Floats) -> tuple[Floats, float]:
    angle = float(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)))
    if angle < 1e-9:
        return np.array((0.0, 0.0, 1.0)), 0.0
    if np.pi - angle < 1e-6:
        values, vectors = np.linalg.eigh((turn + turn.T) / 2)
        return vectors[:, int(np.argmax(values))], angle
    spin = np.array((turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]))
    return spin / (2 * np.sin(angle)), angle
