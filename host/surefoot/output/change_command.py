# SPDX-License-Identifier: MIT
"""`--since`: earlier sessions of the same person, as folders or result.json; the `change` of the present one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

RESULT = "result.json"
SINCE = "earlier sessions of the same person and test, oldest first: folders (scored again the same way) or result.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `score` and `report` may be told about earlier sessions."""
    parser.add_argument("--since", type=Path, nargs="+", default=[], metavar="EARLIER", help=SINCE)


def with_change(
    result: dict[str, Any],
    folder: Path,
    since: Sequence[Path],
    calibration: Path | None = None,
    test: str | None = None,
) -> dict[str, Any]:
    """The result with its `change` since the earlier sessions; as it is where there are none."""
    if not since:
        return result
    from ..calibration_store import data_folder
    from ..clinic.clinic_errors import kept
    from .changes import change_of

    protocol = protocol_for(result, folder, test)
    earlier = [earlier_result(path, calibration, test) for path in since]
    return result | {"change": change_of(protocol, earlier, result, kept(data_folder()))}


def earlier_result(path: Path, calibration: Path | None, test: str | None) -> Mapping[str, Any]:
    """A session of before: its recordings scored again as the present one is, or its result as it was written."""
    from ..clinic.scoring import score_folder
    from ..recording import SUFFIX
    from .result import ResultError, read_result

    if path.is_dir() and (any(path.glob(f"*{SUFFIX}")) or not (path / RESULT).is_file()):
        return score_folder(path, calibration, test)[0]
    if calibration is not None:
        raise ResultError(f"{path} holds no recording to score under {calibration}: name the folder of its recordings.")
    return read_result(path / RESULT if path.is_dir() else path)


def protocol_for(result: Mapping[str, Any], folder: Path, test: str | None) -> Any:
    """The protocol that a result was scored by: the one given, one of one's own in the folder, or ours."""
    from ..care.protocol import load_protocol

    name = str(result["protocol"]["id"])
    own = folder / f"{name}.toml"
    return load_protocol(test or (own if own.is_file() else name))


def told(result: Mapping[str, Any]) -> list[str]:
    """What the screen says of a change."""
    change = result.get("change")
    if not change:
        return []
    label = change.get("label")
    lines = [f"{label}. {change['sentence']}" if label else change["sentence"]]
    return lines + [text for text in (change.get("advice"), *change.get("published", ())) if text]
