# SPDX-License-Identifier: MIT
"""A protocol file (TOML) in, a checked and frozen Protocol out; or one sentence saying which field to mend."""

import tomllib
from dataclasses import asdict
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any

from surefoot import resources
from surefoot.care.file_schema import check_format, check_schema, schema_of
from surefoot.care.protocol_condition import Condition, Cues, PlacementDefault, Target, TimedCue
from surefoot.care.protocol_sense import check_sense
from surefoot.care.protocol_upgrade import upgrade
from surefoot.care.protocol_values import (
    Analysis,
    ByHand,
    ErrorRule,
    Footwear,
    Mark,
    MeasurementError,
    OutcomeRule,
    Points,
    PrimaryOutcome,
    Protocol,
    Safety,
    Source,
    StopRule,
)
from surefoot.errors import ProtocolError

__all__ = [
    "Analysis",
    "ByHand",
    "Condition",
    "Cues",
    "ErrorRule",
    "Footwear",
    "Mark",
    "MeasurementError",
    "OutcomeRule",
    "PlacementDefault",
    "Points",
    "PrimaryOutcome",
    "Protocol",
    "Safety",
    "Source",
    "StopRule",
    "Target",
    "TimedCue",
    "load_protocol",
    "parse_protocol",
    "protocol_names",
    "protocol_summary",
    "read_text",
]

# Every table of a file and the value it becomes.
_VALUES: dict[str, type] = {
    "analysis": Analysis,
    "by_hand": ByHand,
    "conditions": Condition,
    "cues": Cues,
    "during": TimedCue,
    "errors": ErrorRule,
    "footwear": Footwear,
    "marks": Mark,
    "measurement_error": MeasurementError,
    "outcomes": OutcomeRule,
    "placement": PlacementDefault,
    "points": Points,
    "primary_outcome": PrimaryOutcome,
    "safety": Safety,
    "sources": Source,
    "stop_rules": StopRule,
    "targets": Target,
}


def protocol_names(folder: Path | None = None) -> tuple[str, ...]:
    """The ids of the protocols in the folder (by default those that come with Surefoot), sorted."""
    return tuple(sorted(path.stem for path in (folder or resources.data_dir("protocols")).glob("*.toml")))


def load_protocol(name: str | Path, folder: Path | None = None) -> Protocol:
    """A protocol by its name, or by the path of a TOML file (anything with a `.toml` ending)."""
    folder = folder or resources.data_dir("protocols")
    path = Path(name)
    if path.suffix != ".toml":
        if str(name) not in protocol_names(folder):
            known = ", ".join(protocol_names(folder)) or "none"
            if str(name) in {scale.stem for scale in (folder / "scales").glob("*.toml")}:
                raise ProtocolError(f"'{name}' is a rated scale: `surefoot scale {name}` asks its items.")
            raise ProtocolError(
                f"There is no protocol '{name}': name one of these: {known}; or give the path of a .toml file."
            )
        path = folder / f"{name}.toml"
    return parse_protocol(read_text(path), path)


def read_text(path: Path) -> str:
    """The text of a file of data. Raises ProtocolError where it can't be read."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise ProtocolError(f"{path} isn't UTF-8 text: save it again as UTF-8.") from None
    except OSError as error:
        raise ProtocolError(
            f"{path} can't be read ({error.strerror or error}): check the path and its rights."
        ) from None


def parse_toml(text: str, path: Path) -> dict[str, Any]:
    """The document in a text. Raises ProtocolError with the line where it isn't TOML, or holds what is no number."""
    try:
        return tomllib.loads(text, parse_float=_finite)
    except ValueError as error:
        raise ProtocolError(f"{path} isn't valid TOML: {error}. Mend that place and try again.") from None


@lru_cache(maxsize=128)  # the same text gives the same frozen value; a day of trials asks for it a thousand times
def parse_protocol(text: str, path: Path) -> Protocol:
    """A Protocol from the text of a file; the path serves the messages and must be named after the id."""
    if not text.strip():
        raise ProtocolError(f"{path} is empty: copy protocols/quiet-stance.toml and change it.")
    document = parse_toml(text, path)
    schema = schema_of("schema.json")
    check_format(document, schema, path)
    old = document.get("format") == 1
    document = upgrade(document)
    check_schema(document, schema, path)
    protocol = Protocol(**{key: _value(key, value) for key, value in document.items() if key != "format"})
    check_sense(protocol, path, aloud=not old)
    return protocol


def protocol_summary(protocol: Protocol) -> dict[str, Any]:
    """What a result keeps of its protocol, so that its report needs no other file."""
    keep = ("id", "kind", "title", "stance", "surface", "vision", "arms", "hold_s", "trials", "instruction")
    full = asdict(protocol)
    return {
        **{key: full[key] for key in ("id", "version", "title", "purpose", "primary_measure", "primary_outcome")},
        "conditions": [{key: condition[key] for key in keep} for condition in full["conditions"]],
        "marks": {mark.id: {"label": mark.label, "effect": mark.effect} for mark in protocol.marks},
        "analysis": full["analysis"],
        "footwear": full["footwear"],
        "measurement_error": list(full["measurement_error"]),
    }


def _finite(text: str) -> float:
    if not isfinite(float(text)):
        raise ValueError(f"{text} is no number that a protocol can hold")
    return float(text)


def _value(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return _VALUES[key](**{inner: _value(inner, item) for inner, item in value.items()})
    return tuple(_value(key, item) for item in value) if isinstance(value, list) else value
