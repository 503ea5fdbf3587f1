# SPDX-License-Identifier: MIT
"""Whether calibration records can be handed on: whole, unchanged since they were made, with codes instead of names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .. import calibration
from ..errors import SurefootError
from .session import check_person


def check_files(paths: Iterable[Path]) -> dict[str, list[str]]:
    """What is wrong with each file, in words; nothing where it may be handed on."""
    return {str(path): _problems(path) for path in paths}


def _problems(path: Path) -> list[str]:
    try:
        record = calibration.load(path)
        raw = calibration.parse(path.read_text(encoding="utf-8"), str(path))
    except SurefootError as error:
        return [str(error)]
    problems = []
    if record.id != calibration.name_of(raw):
        problems.append(f"Its id {record.id} is not that of its content, so nobody can tell whether it was changed.")
    codes = {"wearer": record.wearer}
    codes |= {part: made.who for part, made in (("insole", record.made_insole), ("imu", record.made_imu)) if made}
    for where, code in codes.items():
        try:
            if code is not None:
                check_person(code)
        except SurefootError as error:
            problems.append(f"In {where}: {error}")
    return problems
