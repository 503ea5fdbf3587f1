# SPDX-License-Identifier: MIT
"""A hand that does what a guided session of the motion sensor asks for, on a virtual board in lockstep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from surefoot import cells
from surefoot.clinic.guide import Guide, guided
from surefoot.clinic.imu_poses import directions
from surefoot.device.link import open_link
from surefoot.device.virtual import electronics
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.electronics import Electronics
from surefoot.device.virtual.poses import Poses

UP = dict(directions())
UTC = "2026-01-02T03:04:05Z"
Act = Callable[["Hand", str], bool | None]


def parts(seed: int = 4, **options: Any) -> Electronics:
    wanted: dict[str, Any] = {"skew_deg": 0.8} | options
    return electronics.draw(seed, cells.load().law, **wanted)


class Hand:
    """`act` is called with every line that is told; where it answers True, the usual thing is left undone."""

    def __init__(self, world: Poses, act: Act | None = None, crooked: float = 0.04):
        self.world, self.act = world, act
        self.lines: list[str] = []
        self.shown: list[str] = []
        self._dice = np.random.default_rng(7)
        self._crooked = crooked

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def lay(self, up: str) -> None:
        """That face, edge or corner, a few degrees off."""
        direction = UP[up] + self._crooked * self._dice.standard_normal(3)
        self.world.lay((float(direction[0]), float(direction[1]), float(direction[2])))

    def tell(self, text: str) -> None:
        self.lines.append(text)
        if self.act and self.act(self, text):
            return
        if (found := re.search(r"Not up yet: (\S\S)", text)) or (found := re.search(r"so far: (.*) up\.", text)):
            self.lay(found.group(1))
        elif text.startswith("One more"):
            self.lay("x+ y- z+")
        elif found := re.match(r"Turn \d of 6: .*?axis: (\w) (\w+)", text):
            self.lay(f"{found.group(1)}+")
            self.turn(2.0 if found.group(2) == "left" else -2.0)
        elif text.startswith("Bow forward"):
            self.world.rest(1.0)
            self.world.tip((-1, 0, 0), 40, 2.0)
            self.world.tip((-1, 0, 0), -40, 2.0)

    def turn(self, turns: float, over_s: float = 8.0) -> None:
        self.world.rest(2.5)
        self.world.turn(360 * turns, over_s)

    def show(self, text: str, share: float) -> None:
        if text and text not in self.shown:
            self.shown.append(text)

    def ask(self, question: str, choices: tuple[str, ...] | None) -> str:
        self.lines.append(question)
        return ""


@contextmanager
def table(path: Path, hand: Hand, seed: int = 4) -> Iterator[tuple[Guide, VirtualBoard]]:
    with (
        VirtualBoard(hand.world, seed=seed) as board,  # type: ignore[arg-type]
        open_link(board.port, board.timing()) as link,
        guided(link, path, {"created_utc": UTC}, hand.tell, hand.ask, hand.show) as guide,
    ):
        yield guide, board


def true_matrix(made: Electronics) -> np.ndarray:
    """What an upper triangular fit can find of these parts: gravity's size tells nothing of a rotation."""
    assert made.acc_skew is not None
    upper = np.linalg.qr(np.linalg.inv(np.diag(made.acc_scale) @ made.acc_skew))[1]
    return upper * np.sign(np.diag(upper))[:, None]
