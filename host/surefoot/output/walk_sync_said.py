# SPDX-License-Identifier: MIT
"""What the board's button tells of walks that were just brought: kept where nothing was said, and told back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ..clinic.walk_pressed import of_walk, told_back
from ..clinic.walk_values import KeptWalk, Said
from ..clinic.walks_folder import keep_said, walks_folder
from ..recording import SUFFIX


def by_button(data: Path, person: str, walks: Sequence[KeptWalk], say: Callable[[str], None]) -> dict[str, Said]:
    """By the walk's name what was kept. Raises SurefootError."""
    kept: dict[str, Said] = {}
    for walk in walks:
        path = walks_folder(data, person) / f"{walk.name}{SUFFIX}"
        if walk.said is not None or walk.problem or not path.exists():
            continue
        found = of_walk(path, walk)
        if words := told_back(found):
            say(words)
        if found.said is not None:
            keep_said(data, person, walk.name, found.said)
            kept[walk.name] = found.said
    return kept
