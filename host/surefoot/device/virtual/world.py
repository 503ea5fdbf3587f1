# SPDX-License-Identifier: MIT
"""The virtual world: a person on the instruments, rendered into 1 ms slots of integers for the virtual board.

The same seed and actions give the same bytes, however the slots are asked for: all is rendered in whole blocks of a
second, and each block's noise comes from a counter of its own.
"""

import numpy as np

from surefoot import cells
from surefoot.device.virtual import cell_memory
from surefoot.device.virtual import electronics as instruments
from surefoot.device.virtual import person as people
from surefoot.device.virtual import sole as soles
from surefoot.device.virtual.blocks import BLOCK, SLOTS_PER_S, Blocks
from surefoot.device.virtual.body import State, rest_of, state_at
from surefoot.device.virtual.electronics import Electronics
from surefoot.device.virtual.person import GRAVITY_MS2, Motion, Person, PersonError, Wave
from surefoot.device.virtual.script import ACTIONS, Action, Script, compile_script

SLOT_DTYPE = np.dtype([("cells", "<u2", 16), ("imu", "<i4", 6)])


class World:
    """A person, their insoles and the parts under them. `motion` replaces the person's own sway (a replay)."""

    def __init__(
        self,
        person: Person,
        electronics: Electronics | None = None,
        seed: int | None = None,
        *,
        motion: Motion | None = None,
    ):
        self.person = person
        self.seed = person.seed if seed is None else seed
        self.cells = cells.load(person.insole_length_m * 1e3)
        self.electronics = electronics or instruments.draw(self.seed, self.cells.law)
        self.sole = soles.draw(person.seed, person.foot_length_m, self.cells)
        self.rest = rest_of(person)
        self._motion = motion or people.motion(person)
        self._after_s = np.arange(BLOCK) / SLOTS_PER_S
        self._bands = self._motion(0.0, np.zeros(1)).com.shape[1]
        self._actions: list[Action] = []
        self._script = Script()
        self._blocks = Blocks(self._render)
        self._past = cell_memory.Past(self.electronics.memory, 1 / SLOTS_PER_S)

    @property
    def now_s(self) -> float:
        """Time of the next slot that nobody has asked for yet."""
        return self._blocks.now_s

    def do(self, action: str, at_s: float | None = None) -> None:
        """Have the person do `action` at a time of the world, now if none is given; PersonError where they can't."""
        if action not in ACTIONS:
            raise PersonError(f"A virtual person can't '{action}': choose {', '.join(ACTIONS)}.")
        at_s = self.now_s if at_s is None else at_s
        if at_s < self.now_s:
            raise PersonError(f"The time {at_s:g} s has passed, it is {self.now_s:g} s: name a later one.")
        actions = [*self._actions, Action(at_s, action)]
        self._script = compile_script(self.person, actions, self.rest.width_m, self._bands)
        self._actions = actions
        self._past.forget_after(self._blocks.forget())

    def state(self, t_s: np.ndarray) -> State:
        """Truth at any times [n] of the world under the actions known so far."""
        t_s = np.atleast_1d(np.asarray(t_s, float))
        parts = []
        for first in range(0, len(t_s), 4 * BLOCK):
            part = t_s[first : first + 4 * BLOCK]
            wave = self._motion(0.0, part)
            parts.append(state_at(self.person, self.rest, self.sole, self._script, wave, part))
        return State(*(np.concatenate([getattr(p, name) for p in parts]) for name in State.__dataclass_fields__))

    def truth(self, t_s: np.ndarray) -> dict[str, np.ndarray]:
        """The truth at times [n]: net CoP and CoM in the body frame, each foot's CoP and load, trunk motion."""
        state = self.state(t_s)
        return {
            "t_s": np.atleast_1d(np.asarray(t_s, float)),
            "cop_ml_mm": state.cop_m[:, 0] * 1e3,
            "cop_ap_mm": state.cop_m[:, 1] * 1e3,
            "com_m": state.com_m,
            "foot_cop_m": state.foot_cop_m,
            "foot_force_n": state.foot_force_n,
            "cell_force_n": self.cell_force_n(state.foot_cop_m, state.foot_force_n),
            "acc_ms2": state.acc_ms2,
            "gyr_dps": state.gyr_dps,
            "tilt_deg": np.degrees(state.tilt_rad),
        }

    def cell_force_n(self, foot_cop_m: np.ndarray, foot_force_n: np.ndarray) -> np.ndarray:
        """Force on each cell [n,16] for foot CoPs [n,2,2] and loads [n,2]."""
        shares = [soles.cell_shares(self.sole, side, foot_cop_m[:, side]) for side in (0, 1)]
        return np.concatenate([shares[side] * foot_force_n[:, side, None] for side in (0, 1)], 1)

    def slots(self, first: int, n: int) -> bytes:
        """Slots first .. first+n-1 as n * 56 bytes: 16 x u16 counts, 6 x i32 micro-g and 0.1 mdps."""
        if first < 0 or n < 0:
            raise PersonError(f"There are no slots {first} to {first + n - 1}: ask from 0 on.")
        return self._blocks.slots(first, n)

    def _state_in(self, block: int) -> State:
        start_s = block * BLOCK / SLOTS_PER_S
        wave = self._motion(start_s, self._after_s)
        return state_at(self.person, self.rest, self.sole, self._script, wave, start_s + self._after_s)

    def _render(self, block: int) -> bytes:
        states = {block: self._state_in(block)}

        def force_of(at: int) -> np.ndarray:
            state = states[at] if at in states else self._state_in(at)
            return self.cell_force_n(state.foot_cop_m, state.foot_force_n)

        noise = np.random.Generator(np.random.Philox(key=[self.seed, block])).standard_normal((BLOCK, 22))
        state = states[block]
        out = np.empty(BLOCK, SLOT_DTYPE)
        out["cells"] = instruments.cell_counts(self.electronics, self._past.felt_n(block, force_of), noise[:, :16])
        out["imu"] = instruments.imu_units(self.electronics, state.acc_ms2, state.gyr_dps, noise[:, 16:])
        return out.tobytes()


def still(bands: int = 1) -> Motion:
    """No motion at all."""

    def wave(start_s: float, after_s: np.ndarray) -> Wave:
        n = len(after_s)
        return Wave(np.zeros((n, bands, 3, 2)), np.zeros(n), np.zeros(n))

    return wave


def dead_weight(
    seed: int = 0,
    force_n: float = 700.0,
    electronics: Electronics | None = None,
    person: Person | None = None,
) -> World:
    """A weight that doesn't move, spread over both insoles like a person at rest: what is measured of it is noise."""
    return World(people.with_mass(person or people.draw(seed), force_n / GRAVITY_MS2), electronics, motion=still())
