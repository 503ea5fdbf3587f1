# SPDX-License-Identifier: MIT
"""Whole sessions in seconds: a short protocol, a virtual board on virtual time, and what a person at it would do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surefoot import resources
from surefoot.care.protocol import Protocol, load_protocol
from surefoot.clinic.scoring import score_folder
from surefoot.clinic.session import Moment, Outcome, Setup, run_protocol
from surefoot.device.link import Link, open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.electronics import Electronics
from surefoot.device.virtual.stand import Stand, stand_for

UTC = "2026-01-01T00:00:00Z"


def short_protocol(folder: Path, hold_s: float = 6.0, trim_s: float = 1.0, name: str = "short-stance") -> Path:
    """Quiet stance with holds of a few seconds, as a file of one's own."""
    text = (resources.data_dir("protocols") / "quiet-stance.toml").read_text("utf-8")
    text = text.replace('id = "quiet-stance"', f'id = "{name}"').replace(
        'countdown = ["3", "2", "1"]', "countdown = []"
    )
    text = re.sub(r"(?m)^hold_s = .*$", f"hold_s = {hold_s:g}", text)
    text = re.sub(r"(?m)^trim_s = .*$", f"trim_s = {trim_s:g}", text)
    path = folder / f"{name}.toml"
    path.write_text(text, "utf-8")
    return path


@dataclass
class Teller:
    """Keeps every moment and calls `act` with each, so that something may happen at a known place of the session."""

    act: Callable[[Moment, Teller], None] | None = None
    moments: list[Moment] = field(default_factory=list)
    trials: int = 0

    def __call__(self, moment: Moment) -> None:
        self.moments.append(moment)
        self.trials += moment.kind == "trial"
        if self.act:
            self.act(moment, self)

    @property
    def cues(self) -> list[str]:
        return [moment.text for moment in self.moments if moment.kind == "cue"]


@dataclass
class Lab:
    """A virtual board with somebody on it, its link, and the folder of a session."""

    stand: Stand
    board: VirtualBoard
    link: Link
    protocol: Protocol
    path: Path
    out: Path

    def run(self, act: Callable[[Moment, Teller], None] | None = None, **setup: Any) -> tuple[Outcome, Teller]:
        """The whole protocol; the person takes each condition's stance as it is said."""

        def both(moment: Moment, teller: Teller) -> None:
            if moment.kind == "trial" and moment.condition:
                self.stand.take(moment.condition.vision, moment.condition.surface)
            if act:
                act(moment, teller)

        teller = Teller(both)
        values = {"placement": self.stand.placement, "simulated": True, "utc_now": lambda: UTC} | setup
        return run_protocol(self.link, self.protocol, Setup("P001", self.out, **values), teller), teller

    def score(self) -> dict[str, Any]:
        return score_folder(self.out, given_protocol=str(self.path))[0]


@contextmanager
def lab(folder: Path, *, seed: int = 3, hold_s: float = 6.0, parts: Electronics | None = None) -> Iterator[Lab]:
    """A board on virtual time under a steady person, greeted and ready for a short session."""
    path = short_protocol(folder, hold_s)
    stand = stand_for("steady", seed, electronics=parts)
    with VirtualBoard(stand.world, seed=seed) as board, open_link(board.port, board.timing()) as link:
        yield Lab(stand, board, link, load_protocol(path), path, folder / "session")


def during_hold(trial: int, share: float, do: Callable[[], None]) -> Callable[[Moment, Teller], None]:
    """Do something once, when so much of the hold of that trial (1, 2, ...) has passed."""
    done: list[bool] = []

    def act(moment: Moment, teller: Teller) -> None:
        if not done and moment.kind == "progress" and teller.trials == trial and moment.share >= share:
            done.append(True)
            do()

    return act


def interrupt() -> None:
    """What Ctrl-C raises."""
    raise KeyboardInterrupt
