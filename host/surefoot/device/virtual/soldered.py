# SPDX-License-Identifier: MIT
"""What is soldered to a virtual board, by its profile, and how the VM is told of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...resources import BOARD, device_profile

CARD_BYTES = 1 << 20  # of an SD card, unless somebody says otherwise
_SOLDERED = ("spi", "imu", "insoles", "log", "button", "light", "battery", "cue")


def parts(board: str | None, flash_dir: str | Path | None) -> dict[str, Any]:
    """What is soldered where. A profile.json of a program that uses only some of it says only that."""
    told = json.loads(device_profile(board or BOARD))
    path = Path(flash_dir, "profile.json") if flash_dir is not None and board is None else None
    if path is not None and path.is_file():
        told |= json.loads(path.read_text("utf-8"))
    return told


def log_of(soldered: Mapping[str, Any]) -> tuple[int, bool]:
    """Bytes of its log's memory, and whether that is an SD card: what one holds at first is nobody's."""
    log = soldered.get("log") or {}
    card = log.get("kind") == "sdcard"
    return log.get("bytes", CARD_BYTES if card else 0), card


def profile(soldered: Mapping[str, Any]) -> str:
    """The parts in one word without spaces, as the VM's settings have it."""
    return json.dumps({key: soldered.get(key) for key in _SOLDERED}, separators=(",", ":"))


def cut(flash_cut: tuple[int, int] | None) -> str:
    """When the power goes by itself, as the VM's settings have it; "" for never."""
    return f"{flash_cut[0]},{flash_cut[1]}" if flash_cut else ""
