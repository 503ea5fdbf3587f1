# SPDX-License-Identifier: MIT
"""Calibration records: load, upgrade, check, choose and save them.

Raw counts are what is stored; a record is applied on reading, so an old recording can be read again with a better one.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from .calibration_file import KIND, RECORD, UPGRADES, content_hash, name_of, upgrade
from .calibration_record import (
    ANY,
    CELLS,
    IDENTITY,
    SIDES,
    Calibration,
    Curve,
    ImuCalibration,
    Made,
    Nine,
    Pair,
    Three,
    Two,
    from_dict,
    to_dict,
)
from .errors import CalibrationError

__all__ = [
    "ANY", "CELLS", "IDENTITY", "KIND", "RECORD", "SIDES", "UPGRADES", "Calibration", "Curve", "ImuCalibration", "Made",
    "Nine", "Pair", "Three", "Two", "check", "choose", "content_hash", "doubts", "from_dict", "load", "must_be_of",
    "name_of", "nominal", "parse", "save", "sealed", "sources", "to_dict", "upgrade", "when_utc", "write_new",
]  # fmt: skip


def sealed(record: Calibration) -> Calibration:
    """The record under the id that its content gives it."""
    return replace(record, id=name_of(to_dict(record)))


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large for a number")
    return number


def check(raw: Any, where: str = "The calibration record") -> Calibration:
    """The record of a parsed JSON value, checked against calibration/schema.json; `where` begins an error."""
    import jsonschema

    if not isinstance(raw, dict):
        raise CalibrationError(f"{where} holds no JSON object: choose another file.")
    given, raw = raw, upgrade(raw, where=where)
    if isinstance(raw.get("id"), str) and raw["id"].startswith("cal-") and raw["id"] != name_of(given):
        raise CalibrationError(
            f"{where} was changed after it was made (its content is not that of {raw['id']}): use an untouched copy."
        )
    validator = jsonschema.Draft202012Validator(_shipped("schema.json"))
    error = next(iter(sorted(validator.iter_errors(raw), key=lambda e: [str(part) for part in e.path])), None)
    if error:
        place = ".".join(str(part) for part in error.path) or "the top level"
        raise CalibrationError(f"{where} has a mistake at {place}: {error.message}. Correct it or calibrate again.")
    record = from_dict(raw)
    axes = np.array(record.imu.axes)
    if np.abs(axes @ axes.T - np.eye(3)).max() > 0.01 or np.linalg.det(axes) < 0:
        raise CalibrationError(
            f"{where} has imu.axes that are no rotation (rows of length 1 at right angles, right-handed):"
            " correct the mounting or calibrate again."
        )
    return record


def parse(text: str, where: str) -> Any:
    """The JSON value of a record's text; `where` begins an error."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise CalibrationError(f"{where} is not readable as JSON ({error}): choose another file.") from None


def load(path: Path | str) -> Calibration:
    """Read, upgrade and check one record."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise CalibrationError(f"The calibration record {path} can't be read ({reason}): check the path.") from None
    except UnicodeDecodeError as error:
        raise CalibrationError(f"{path} is not readable as JSON ({error}): choose another file.") from None
    return check(parse(text, str(path)), f"The calibration record {path}")


def save(record: Calibration, folder: Path | str) -> Path:
    """Write the sealed record under its id into `folder`; a record on disk is never overwritten."""
    record = sealed(record)
    plain = to_dict(record)
    check(plain)
    path = Path(folder) / f"{record.id}.json"
    write_new(path, json.dumps(plain, indent=1, allow_nan=False) + "\n")
    return path


def write_new(path: Path, text: str) -> None:
    """Write a record's file whole or not at all. Raises CalibrationError where there is one already."""
    part = path.with_name(f".{path.name}.part")  # no reader of the folder takes it for a record
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise CalibrationError(
                f"{path} exists already and calibration records never change: to change a number, make a new record."
            )
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)
    except OSError as error:
        raise CalibrationError(
            f"{path} can't be written ({error.strerror or error}): choose a folder that you may write to."
        ) from None
    finally:
        with suppress(OSError):
            part.unlink()


def when_utc(text: str) -> datetime:
    """A moment from ISO 8601 text; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def sources(
    records: Iterable[Calibration], device: str, date_utc: str, pair: str | None = None, wearer: str | None = None
) -> tuple[Calibration | None, Calibration | None]:
    """The records that the insoles' part and the IMU's part are taken from, for a recording of this moment (ISO 8601).

    Only records of `device` made at or before it count. The insoles' part is of the `pair` where one is named, of the
    `wearer` before one of anybody, of another wearer never. The IMU is the board's: whose insoles were on it then is
    all one. Within what counts, a record that another one supersedes is not used.
    """
    moment = when_utc(date_utc)
    known = [r for r in records if r.device == device and when_utc(r.created_utc) <= moment]
    mine = _standing([r for r in known if pair in (None, r.pair.id) and r.wearer in (None, wearer)])
    insoles = max(
        mine, key=lambda r: (not r.nominal, r.wearer is not None, when_utc(r.created_utc), r.id), default=None
    )
    imus = [(when_utc(r.made_imu.created_utc), r is insoles, r.id, r) for r in _standing(known) if r.made_imu]
    return insoles, max(imus, key=lambda found: found[:3])[3] if imus else None


def _standing(records: list[Calibration]) -> list[Calibration]:
    gone = {r.supersedes for r in records}
    return [r for r in records if r.id not in gone]


def choose(
    records: Iterable[Calibration],
    device: str,
    date_utc: str,
    pair: str | None = None,
    wearer: str | None = None,
    foot_length_mm: float | None = None,
) -> Calibration | None:
    """The record in force for a recording, or None where there is none.

    Where the parts come from two records (`sources`) it is a new one, sealed, made of both; where there is none for
    the insoles, as after a change to a pair that nobody calibrated, theirs are nominal, of that foot length.
    """
    insoles, imu = sources(records, device, date_utc, pair, wearer)
    if imu is None or imu is insoles:
        return insoles
    assert imu.made_imu
    if insoles is None:
        base = replace(nominal(foot_length_mm), device=device, pair=Pair(pair or ""), created_utc=imu.created_utc)
    elif insoles.made_imu and when_utc(insoles.made_imu.created_utc) >= when_utc(imu.made_imu.created_utc):
        return insoles
    else:
        base = replace(insoles, supersedes=insoles.id)
    later = max(base.created_utc, imu.created_utc, key=when_utc)
    return sealed(replace(base, imu=imu.imu, made_imu=imu.made_imu, created_utc=later))


def doubts(record: Calibration, date_utc: str) -> tuple[str, ...]:
    """A sentence for each part that had expired at this moment: it is used all the same, and said."""
    said = []
    for part, made in (("insoles", record.made_insole), ("motion sensor", record.made_imu)):
        if made and made.expires_utc and when_utc(made.expires_utc) <= when_utc(date_utc):
            said.append(f"The calibration of the {part} expired on {made.expires_utc[:10]}: check or renew it.")
    return tuple(said)


def must_be_of(record: Calibration, device: str, wearer: str | None = None) -> Calibration:
    """The record, if it is of this device or nominal, and of this wearer or anybody's. Raises CalibrationError."""
    if record.device not in (ANY, device):
        raise CalibrationError(
            f"The calibration record {record.id} is of board {record.device}, and this board is {device}: "
            "name the record of this board, or none."
        )
    if record.wearer not in (None, wearer):
        raise CalibrationError(
            f"The calibration record {record.id} is of the wearer {record.wearer} alone: "
            "name one of this person's or of anybody's, or none."
        )
    return record


def nominal(foot_length_mm: float | None = None) -> Calibration:
    """The shipped default, for any device: assumed numbers, so its forces are no newtons of anyone."""
    record = from_dict(_shipped("nominal.json"))
    if foot_length_mm is None:
        return record
    if not 100 <= foot_length_mm <= 400:
        raise CalibrationError(f"A foot length of {foot_length_mm:g} mm is outside 100 to 400 mm: measure it again.")
    return replace(record, id=f"{record.id}-{foot_length_mm:g}mm", foot_length_mm=float(foot_length_mm))


def _shipped(name: str) -> dict[str, Any]:
    from . import resources

    return json.loads((resources.data_dir("calibration") / name).read_text(encoding="utf-8"))
