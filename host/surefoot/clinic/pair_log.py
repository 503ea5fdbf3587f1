# SPDX-License-Identifier: MIT
"""What happened to a pair of insoles: worn, cleaned, checked; a line each in a file of the data folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..calibration_store import pairs_folder
from ..errors import CalibrationError
from .session import check_person

PAIR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
WORN, CLEANED, CHECKED = "worn", "cleaned", "checked"


def check_pair_name(pair: str) -> str:
    """The name of a pair, if it is one. Raises CalibrationError."""
    if not PAIR.fullmatch(pair):
        raise CalibrationError(
            f"'{pair}' can't name a pair of insoles: use up to 32 letters, digits, '.', '-' and '_', as on its label."
        )
    return pair


def path_of(data: Path, pair: str) -> Path:
    return pairs_folder(data) / f"{check_pair_name(pair)}.jsonl"


def note(data: Path, pair: str, what: str, who: str | None = None, utc: str | None = None, **values: Any) -> Path:
    """Add a line; `who` is the code of who wore or cleaned it. Raises CalibrationError where it can't be written."""
    if who is not None:
        check_person(who)
    path = path_of(data, pair)
    now = utc or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    line = json.dumps({"utc": now, "what": what, "who": who, **values}) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            if file.tell():
                file.seek(-1, 2)
                line = line if file.read(1) == b"\n" else "\n" + line  # a line that a power cut left open
            file.write(line.encode())
    except OSError as error:
        raise CalibrationError(
            f"The log of pair {pair}, {path}, can't be written ({error.strerror or error}): "
            "choose a data folder that you may write to."
        ) from None
    return path


def entries(data: Path, pair: str) -> tuple[dict[str, Any], ...]:
    """The lines of a pair's log in their order; a line that is none, such as half a one, is left out."""
    path = path_of(data, pair)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise CalibrationError(
            f"The log of pair {pair}, {path}, can't be read ({error.strerror or error}): make it readable."
        ) from None
    found = []
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and isinstance(entry.get("what"), str):
            found.append(entry)
    return tuple(found)


def not_cleaned(found: Iterable[Mapping[str, Any]], person: str) -> str | None:
    """A sentence where somebody else wore the pair and nobody cleaned it since; by the order of the lines."""
    wore: Mapping[str, Any] | None = None
    for entry in found:
        if entry["what"] == CLEANED:
            wore = None
        elif entry["what"] == WORN and entry.get("who") != person:
            wore = entry
    if wore is None:
        return None
    when = str(wore.get("utc", ""))[:10]
    return (
        f"These insoles were last worn by another person{f' on {when}' if when else ''} and not cleaned since: wipe "
        "them, then `surefoot calibration cleaned` notes it."
    )
