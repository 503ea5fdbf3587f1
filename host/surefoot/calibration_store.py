# SPDX-License-Identifier: MIT
"""The one place that knows where a clinic keeps calibration records and the recordings they were fitted from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import calibration
from .calibration import Calibration
from .errors import CalibrationError

VARIABLE = "SUREFOOT_DATA"
FOLDER = "calibration"  # of the data folder, and beside the recordings of a session
SUFFIX = ".json"


@dataclass(frozen=True)
class Shelf:
    """The records of a folder in the order of their making, the file of each id, a sentence for each that is none."""

    records: tuple[Calibration, ...] = ()
    problems: tuple[str, ...] = ()
    paths: Mapping[str, Path] = field(default_factory=dict)


def data_folder(given: Path | None = None) -> Path:
    """The folder given, else that of the environment's SUREFOOT_DATA, else `surefoot` in the user's home."""
    return Path(given or os.environ.get(VARIABLE) or "~/surefoot").expanduser()


def calibration_folder(data: Path) -> Path:
    return data / FOLDER


def evidence_folder(data: Path) -> Path:
    return data / "evidence"


def pairs_folder(data: Path) -> Path:
    return data / "pairs"


def records(data: Path) -> tuple[Calibration, ...]:
    """The records that can be read; `shelf` also says which can't."""
    return shelf(data).records


def shelf(data: Path) -> Shelf:
    """All that lies in the data folder's calibration folder."""
    return read_folder(calibration_folder(data))


def read_folder(folder: Path) -> Shelf:
    """Every record of a folder. A bad file is a problem in words, and so are two different records of one id, of which
    neither is used. Raises CalibrationError where the folder itself can't be read: going on would be uncalibrated."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX and not path.name.startswith("."))
    except FileNotFoundError:
        return Shelf()
    except OSError as error:
        raise CalibrationError(
            f"The folder of calibration records {folder} can't be read ({error.strerror or error}): "
            "make it readable, or name another data folder."
        ) from None
    found: dict[str, tuple[Path, Calibration]] = {}
    refused: set[str] = set()
    problems: list[str] = []
    for path in paths:
        try:
            record = calibration.load(path)
        except CalibrationError as error:
            problems.append(str(error))
            continue
        first, known = found.setdefault(record.id, (path, record))
        if known != record:
            refused.add(record.id)
            problems.append(
                f"{first} and {path} are two different records of one id, {record.id}, so neither is used: "
                "take the wrong one out of the folder."
            )
    good = [record for identity, (_, record) in found.items() if identity not in refused]
    good.sort(key=lambda record: (calibration.when_utc(record.created_utc), record.id))
    return Shelf(tuple(good), tuple(problems), {record.id: found[record.id][0] for record in good})


def find(data: Path, identity: str) -> Calibration:
    """The one record whose id begins so, or the file of that path. Raises CalibrationError."""
    if Path(identity).suffix == SUFFIX:
        return calibration.load(identity)
    found = [record for record in records(data) if record.id.startswith(identity) and identity]
    if len(found) != 1:
        what = f"{len(found)} records begin" if found else "no record begins"
        raise CalibrationError(
            f"In {calibration_folder(data)} {what} with '{identity}': `surefoot calibration list` shows their ids."
        )
    return found[0]


def save(record: Calibration, data: Path) -> Path:
    """Put the record, sealed, into the data folder. The same content twice is one file; nothing is ever overwritten."""
    record = calibration.sealed(record)
    path = calibration_folder(data) / f"{record.id}{SUFFIX}"
    if path.exists() and calibration.load(path) == record:
        return path
    return calibration.save(record, calibration_folder(data))


def keep(text: str, folder: Path, where: str) -> tuple[Calibration, bool]:
    """Keep the text of a sealed record in `folder` as it is, of whatever version; the record, and whether it is new
    there. Raises CalibrationError, with `where` in front, for a text that is no record or was changed."""
    raw = calibration.parse(text, where)
    record = calibration.check(raw, where)
    if raw["id"] != calibration.name_of(raw):
        raise CalibrationError(
            f"{where} has the id {raw['id']}, which is not that of its content: only records as Surefoot makes them "
            "are taken over."
        )
    path = folder / f"{record.id}{SUFFIX}"
    if path.exists() and calibration.load(path) == record:
        return record, False
    calibration.write_new(path, text)
    return record, True
