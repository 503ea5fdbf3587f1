# SPDX-License-Identifier: MIT
"""Movers on the virtual board: the firmware itself samples them, through their soles and its parts."""

from typing import NamedTuple

import numpy as np

from surefoot.device.virtual.blocks import BLOCK, SLOTS_PER_S
from surefoot.device.virtual.body import State
from surefoot.device.virtual.electronics import Electronics
from surefoot.device.virtual.movers.performance import Performance, Truth
from surefoot.device.virtual.person import PersonError
from surefoot.device.virtual.sole import hold
from surefoot.device.virtual.world import World


class Played(NamedTuple):
    """A performance whose row 0 lies at `start_s` of the world's time; its row 0 alone where it is still waited for."""

    start_s: float
    what: Performance
    waiting: bool = False


class MoverWorld(World):
    """A world whose person does a performance when told to, and keeps its first posture until then.

    Performances that follow one another must be of the same seed: they are the same person then. Made with lead_s 0
    they begin at the cue without a jump, whenever the cue comes.
    """

    def __init__(self, first: Performance, electronics: Electronics | None = None, seed: int | None = None):
        super().__init__(first.person, electronics, seed)
        self._played = [Played(-np.inf, first, waiting=True)]

    def wait(self, performance: Performance) -> None:
        """Take up the first posture of a performance from now on."""
        self._add(Played(self.now_s, performance, waiting=True))

    def take(self, performance: Performance, cue_at_s: float | None = None) -> Truth:
        """Have the cue of a performance fall on this time, by default now; the truth on the world's clock.

        What lies before the cue in the performance is left out where its time has passed; what was rendered of the
        time after is thrown away.
        """
        start_s = (self.now_s if cue_at_s is None else cue_at_s) - performance.truth.cue_s
        self._add(Played(start_s, performance))
        return performance.truth.shifted(start_s)

    def _add(self, played: Played) -> None:
        person = played.what.person
        if (person.seed, person.mass_kg) != (self.person.seed, self.person.mass_kg):
            raise PersonError("This performance is by somebody else: make a world for them, or use this world's seed.")
        self._played.append(played)
        self._past.forget_after(self._blocks.forget(max(played.start_s, self.now_s) * SLOTS_PER_S))

    def do(self, action: str, at_s: float | None = None) -> None:
        """Movers follow their performance and nothing else."""

    def state(self, t_s: np.ndarray) -> State:
        """Truth at times [n] of the world; of several performances the one that was asked for last has its way."""
        t_s = np.atleast_1d(np.asarray(t_s, float))
        which = np.zeros(len(t_s), int)
        for k, played in enumerate(self._played):
            which[t_s >= played.start_s] = k
        out = None
        for k in np.unique(which):
            rows, (start_s, what, waiting) = which == k, self._played[k]
            own_s = np.zeros(int(rows.sum())) if waiting else t_s[rows] - start_s
            part = self._posed(what, own_s)
            if out is None:
                names = State.__dataclass_fields__
                out = {name: np.empty((len(t_s), *getattr(part, name).shape[1:])) for name in names}
            for name, values in out.items():
                values[rows] = getattr(part, name)
        assert out is not None
        return State(**out)

    def _posed(self, played: Performance, own_s: np.ndarray) -> State:
        cop, force = played.at("foot_cop_m", own_s), played.at("foot_force_n", own_s)
        cop = np.stack([hold(self.sole, side, cop[:, side]) for side in (0, 1)], 1)
        placed = np.einsum("fij,nfj->nfi", self.rest.rotation, cop) + self.rest.translation
        total = force.sum(1)
        with np.errstate(invalid="ignore", divide="ignore"):
            net = np.where(total[:, None] > 1, np.einsum("nf,nfi->ni", force, placed) / total[:, None], np.nan)
        nowhere = np.full((len(own_s), 2), np.nan)  # feet move about: there is no body frame to give it in
        tilt = played.at("tilt_rad", own_s)
        return State(nowhere, net, cop, force, tilt, played.at("acc_ms2", own_s), played.at("gyr_dps", own_s))

    def _state_in(self, block: int) -> State:
        return self.state((block * BLOCK + np.arange(BLOCK)) / SLOTS_PER_S)
