# SPDX-License-Identifier: MIT
"""A board carries its calibration record with it: put there, and fetched by a computer that lacks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .. import calibration, calibration_store
from ..calibration import Calibration
from ..device.board_file import CALIBRATION, opened, read_file, write_file
from ..errors import CalibrationError
from .in_force import pairs_of, pick_pair


def push(port: str, data: Path, identity: str | None, pair: str | None, utc: str) -> dict[str, Any]:
    """Write the record in force (or the one named) onto the board; what was written."""
    shelf = calibration_store.shelf(data)
    named = calibration_store.find(data, identity) if identity else None
    with opened(port) as (remote, config):
        device = str(config.get("id", ""))
        record = calibration.sealed(named or _in_force(shelf.records, device, pair, utc, data))
        if record.device != device:
            raise CalibrationError(
                f"The record {record.id} is of board {record.device}, and this board is {device}: nothing was changed."
            )
        text = json.dumps(calibration.to_dict(record), separators=(",", ":"), allow_nan=False) + "\n"
        sha = write_file(remote, text.encode())
    return {"port": port, "device": device, "record": record.id, "file": CALIBRATION, "sha256": sha}


def _in_force(records: tuple[Calibration, ...], device: str, pair: str | None, utc: str, data: Path) -> Calibration:
    pair = pick_pair(pair, pairs_of(records, device), None)
    found = calibration.choose(records, device, utc, pair)
    if found is None:
        raise CalibrationError(
            f"There is no calibration record of board {device} in {calibration_store.calibration_folder(data)}: "
            "calibrate it first; nothing was changed."
        )
    return found


def pull(port: str, data: Path) -> dict[str, Any]:
    """Fetch the board's record; a new one is kept in the data folder, one that was changed or is another board's
    is refused."""
    with opened(port) as (remote, config):
        device = str(config.get("id", ""))
        found = read_file(remote)
    where = f"The board's {CALIBRATION}"
    if found is None:
        raise CalibrationError(
            f"The board on {port} carries no calibration record: `surefoot calibration push` puts one."
        )
    try:
        text = found.decode()
    except UnicodeDecodeError:
        raise CalibrationError(f"{where} is damaged: write it again with `surefoot calibration push`.") from None
    raw = calibration.parse(text, where)
    record = calibration.check(raw, where)
    if record.device != device:
        raise CalibrationError(
            f"{where} is of board {record.device}, and this board is {device}: nothing was kept. Put this board's "
            "own there with `surefoot calibration push`."
        )
    record, new = calibration_store.keep(text, calibration_store.calibration_folder(data), where)
    return {"port": port, "device": device, "record": record.id, "new": new}
