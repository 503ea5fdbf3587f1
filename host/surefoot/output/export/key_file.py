# SPDX-License-Identifier: MIT
"""The key file that leads from study codes back to codes, arms and sessions: kept apart, for its owner alone."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from .hide import Key, Pseudonym
from .values import ExportError

FORMAT, KIND = 1, "surefoot-key"
PRIVATE = 0o600


def read_key(path: Path) -> dict[str, Pseudonym]:
    """The pseudonyms of an earlier export, none where there is no such file yet. Raises ExportError."""
    try:
        found = json.loads(path.read_text("utf-8"))
        if (found["kind"], found["format"]) != (KIND, FORMAT):
            raise ValueError("another kind of file, or a newer format")
        return {code: Pseudonym(one["study"], int(one["shift_days"])) for code, one in found["people"].items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ExportError(f"The key file {path} can't be read ({error.strerror}): name another.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExportError(f"{path} is no key file of an export ({error}): name another.") from None


def write_key(path: Path, key: Key) -> None:
    """At once and whole, for its owner alone. Raises ExportError."""
    people = {code: asdict(one) | ({"arm": key.arms[code]} if code in key.arms else {})
              for code, one in key.people.items()}  # fmt: skip
    sessions = {new: {"session": session, "on": on} for new, (session, on) in key.sessions.items()}
    told = {"format": FORMAT, "kind": KIND, "people": people, "sessions": sessions}
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w", encoding="utf-8") as file:
            json.dump(told, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise ExportError(f"The key file {path} can't be written ({error.strerror}): name another place.") from None


def read_arms(path: Path, people: Iterable[str]) -> Mapping[str, str]:
    """Arms by code, of a CSV file with the columns person and arm. Raises ExportError where somebody has none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
            found = {row["person"].strip(): row["arm"].strip() for row in rows}
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it isn't text in UTF-8"
        raise ExportError(f"The arms {path} can't be read ({why}): name a CSV file.") from None
    except (KeyError, AttributeError):
        raise ExportError(f"{path} must be a CSV file with the columns person and arm.") from None
    if len(found) != len(rows):
        raise ExportError(f"{path} names a person twice: correct it.")
    if missing := sorted(code for code in people if not found.get(code)):
        raise ExportError(f"{path} names no arm for {', '.join(missing)}: add it, or leave them out by --person.")
    return {code: found[code] for code in people}
