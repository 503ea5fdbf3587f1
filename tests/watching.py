# SPDX-License-Identifier: MIT
"""People who lose their balance, or don't, in a hold that the device watches: on arrays, and on the virtual board."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from moving import RATE_HZ, Director, recorded
from protocol_truth import UTC, only, scored
from surefoot.calibration import nominal
from surefoot.care.protocol import Protocol, load_protocol
from surefoot.clinic.live_rows import LiveRows, Rows
from surefoot.clinic.observer import NOBODY, Observer
from surefoot.clinic.session import Moment, Setup, run_protocol
from surefoot.clinic.watching import Seen, Watcher
from surefoot.decode import Decoded
from surefoot.device.link import Link, open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.electronics import Electronics
from surefoot.device.virtual.movers import Arrays, MoverWorld, Performance, Truth, perform
from surefoot.device.virtual.stand import Stand
from surefoot.recording import read

SEED = 3
POLL_S = 0.02
STANCE = load_protocol("quiet-stance")


class Arrived(LiveRows):
    """Rows of an array, as many as have arrived."""

    def __init__(self, rows: Arrays):
        self.rows, self.rate_hz, self.next = rows, RATE_HZ, 0

    def between(self, low: int, high: int) -> Rows:
        return Rows(*(values[low:high] for values in (self.rows.foot_force_n, self.rows.acc_ms2, self.rows.gyr_dps)))

    def leave_out_stuck(self, low: int, high: int) -> None:
        """There are no cells."""


def watched(
    kind: str, seed: int, protocol: Protocol = STANCE, hold_s: float | None = None, held_out: bool = False
) -> tuple[Truth, Seen | None, float]:
    """A mover by drawn sensors, watched as it goes: the truth, what ended it, and when that was said."""
    seen = perform(kind, seed, hold_s=hold_s, held_out=held_out)
    rows = Arrived(recorded(seen, held_out))
    watcher = Watcher(protocol, protocol.conditions[0], None, nominal())
    watcher.begin_at(rows, seen.truth.cue_s * RATE_HZ)
    last = len(rows.rows.foot_force_n)
    for row in range(0, last, round(POLL_S * RATE_HZ)):
        rows.next = row
        if found := watcher.look():
            return seen.truth, found, row / RATE_HZ
    return seen.truth, None, last / RATE_HZ


@dataclass
class Trial:
    """One hold on the board, as it was told, recorded and scored; `end_s` when it was ended, on the world's clock."""

    moments: list[Moment]
    truth: Truth
    end_s: float
    decoded: Decoded
    entry: dict[str, Any]
    result: dict[str, Any]

    @property
    def reason(self) -> str:
        return next(note["reason"] for note in self.decoded.notes if note["note"] == "stop")

    @property
    def lost(self) -> list[dict[str, Any]]:
        return [event for event in self.entry["events"] if event["detector"] == "balance-loss"]

    def words(self, kind: str = "mark") -> list[str]:
        return [moment.text for moment in self.moments if moment.kind == kind]


@dataclass
class Bed:
    """A board under a mover, and where sessions go."""

    board: VirtualBoard
    world: MoverWorld
    link: Link
    folder: Path
    number: int = 0

    def session(
        self, plan: list[Performance], protocol: Protocol, observer: Observer = NOBODY, **setup: Any
    ) -> list[Trial]:
        """Every trial of a protocol, each with the next performance at its start cue."""
        self.number += 1
        director, moments = Director(self.world, plan), []
        end_s: list[float] = []

        def tell(moment: Moment) -> None:
            director(moment)
            moments.append(moment)
            if moment.kind == "cue" and moment.condition and moment.text == moment.condition.cues.end:
                end_s.append(self.world.now_s)

        out = self.folder / f"{self.number:03d}"
        values = {"placement": Stand(self.world).placement, "simulated": True, "utc_now": lambda: UTC} | setup
        outcome = run_protocol(self.link, protocol, Setup("P001", out, **values), tell, observer)
        assert outcome.error is None
        result = scored(out, protocol)
        entries = {entry["recording"]: entry for entry in result["trials"]}
        return [
            Trial(moments, truth, at_s, read(path), entries[path.name], result)
            for path, truth, at_s in zip(outcome.recordings, director.truths, end_s, strict=True)
        ]

    def hold(self, kind: str, hold_s: float = 12.0, number: int = 1, **setup: Any) -> Trial:
        """Quiet stance with eyes open, in which this happens."""
        what = perform(kind, SEED, number, lead_s=0.0, hold_s=hold_s)
        return self.session([what], standing(hold_s), **setup)[0]


def standing(hold_s: float) -> Protocol:
    """One trial of quiet stance with its countdown."""
    one = only(STANCE, STANCE.conditions[0])
    return replace(one, conditions=(replace(one.conditions[0], hold_s=hold_s),))


@contextmanager
def bed(folder: Path, parts: Electronics | None = None) -> Iterator[Bed]:
    world = MoverWorld(perform("quiet", SEED, lead_s=0.0, hold_s=5.0), parts)
    with VirtualBoard(world, seed=1) as board, open_link(board.port, board.timing()) as link:
        yield Bed(board, world, link, folder)
