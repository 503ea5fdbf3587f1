# SPDX-License-Identifier: MIT
"""Text files of a BIDS data set: tables with tabs, JSON beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...care.codes import codes
from .names import Labels
from .values import Motion

BIDS = "1.10.0"
MISSING = "n/a"


def tsv(path: Path, head: Sequence[str], rows: Iterable[Iterable[Any]]) -> Path:
    """A table with a head; None is n/a."""
    lines = ["\t".join(head)]
    lines += ["\t".join(MISSING if cell is None else str(cell) for cell in row) for row in rows]
    return text(path, "\n".join(lines) + "\n")


def as_json(path: Path, told: Mapping[str, Any]) -> Path:
    return text(path, json.dumps(told, ensure_ascii=False, indent=1) + "\n")


def text(path: Path, words: str) -> Path:
    path.write_text(words, "utf-8")
    return path


def bids_unit(ucum: str) -> str:
    """As BIDS writes it: m/s2 is m/s^2. Raises CodeError for a unit that isn't in the table."""
    return re.sub(r"(?<=[a-z])(\d)", r"^\1", codes().unit(ucum))


def events(folder: Path, labels: Labels, motion: Motion) -> list[Path]:
    """Marks and cues, and where a system lost samples; no file where there was nothing."""
    rows = [(mark.onset_s, 0, mark.text) for mark in motion.marks]
    for system in motion.systems:
        rows += [
            (first / motion.rate_hz, count / motion.rate_hz, f"lost {system.name}") for first, count in system.gaps
        ]
    if not rows:
        return []
    lines = [(f"{onset:.6f}", f"{duration:.6f}", words) for onset, duration, words in sorted(rows)]
    return [
        tsv(folder / labels.named("events.tsv"), ("onset", "duration", "trial_type"), lines),
        as_json(folder / labels.named("events.json"), {"trial_type": {"Description": "Mark, cue or loss of samples"}}),
    ]
