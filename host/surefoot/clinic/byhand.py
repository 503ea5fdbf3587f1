# SPDX-License-Identifier: MIT
"""A trial without a board as a file: what was timed by keys or typed, schema-checked, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import __version__
from ..care.outcome import Done, Given, Next, check_done
from ..care.protocol import Condition, Protocol
from ..errors import ProtocolError, RecordingError
from .document import read_document, write_document
from .run_board import details_of
from .run_values import HAND_SUFFIX, Setup

FORMAT = 1
KIND = "surefoot-hand-trial"
SCHEMA = "by-hand.schema.json"


def hand_trial(protocol: Protocol, ahead: Next, setup: Setup, done: Done, leg: str | None) -> dict[str, Any]:
    """The document of a trial."""
    document = {
        "format": FORMAT,
        "kind": KIND,
        "by_hand": True,
        "person": setup.person,
        "protocol": {"id": protocol.id, "version": protocol.version},
        "condition": done.condition,
        "trial": done.trial,
        "created_utc": setup.utc_now(),
        "software": __version__,
        "ended": done.ended,
        "marks": [{key: value for key, value in asdict(mark).items() if value is not None} for mark in done.marks],
        "typed": dict(done.typed),
    }
    return document | details_of(ahead, setup, leg, done.watched)


def write(document: Mapping[str, Any], path: Path) -> None:
    """Never over another. Raises RecordingError, ProtocolError."""
    if path.exists():
        raise RecordingError(f"{path} exists already: trials are never overwritten, name another folder.")
    write_document(document, SCHEMA, path)


def read(path: Path) -> dict[str, Any]:
    """The checked document of a file. Raises RecordingError, or ProtocolError naming the field that is wrong."""
    return read_document(path, SCHEMA, KIND, "a trial by hand", "repeat or retype it", "surefoot record --by-hand")


def files(folder: Path) -> list[Path]:
    """The trials by hand of a folder, by name."""
    return sorted(folder.glob(f"*{HAND_SUFFIX}"))


def done_in(document: Mapping[str, Any], protocol: Protocol) -> Done:
    """The trial in a document, as outcomes want it. Raises ProtocolError where the protocol has no room for it."""
    done = Done(
        document["condition"],
        document["trial"],
        document["ended"],
        typed=dict(document["typed"]),
        marks=tuple(Given(**mark) for mark in document["marks"]),
        target=document.get("target"),
        practice=document.get("practice", False),
        watched=document["watched"],
    )
    return check_done(protocol, done)


def hand_entry(path: Path, document: Mapping[str, Any], protocol: Protocol) -> dict[str, Any]:
    """The trial's entry of a result: no signal, so no measure of it."""
    done = done_in(document, protocol)
    condition = protocol.condition(done.condition)
    held_s = done.typed.get("held_s", _ended_s(done, condition))
    return {
        "condition": condition.id,
        "kind": condition.kind,
        "surface": condition.surface,
        "vision": condition.vision,
        "trial": done.trial,
        "target": done.target,
        "practice": done.practice,
        "watched": done.watched,
        "leg": document.get("leg"),
        "by_hand": True,
        "recording": path.name,
        "duration_s": held_s,
        "held_s": held_s,
        "target_s": condition.limit_s,
        "ended": done.ended,
        "marks": [asdict(mark) for mark in done.marks],
        "events": [],
        "typed": dict(done.typed),
        "lost_share": 0.0,
        "lost": {},
        "warnings": ["By hand: timed by keys or a stopwatch, without the device."],
        "measures": {},
        "not_reported": {"cop_velocity_mmps": "This trial was done by hand, so it has no sway."},
        "cop_noise_mm": None,
        "clock": None,
        "calibration": {"id": "none", "nominal": False, "pair": None, "recorded_under": None},
        "series": None,
    }


def _ended_s(done: Done, condition: Condition) -> float:
    times = [mark.t_s for mark in done.marks if mark.t_s is not None and mark.value is None]
    if done.typed.get("elapsed_s"):
        return float(done.typed["elapsed_s"])
    return max(times, default=condition.limit_s if done.ended == "complete" else 0.0)


def typed_values(words: list[str], protocol: Protocol) -> list[dict[str, Any]]:
    """Values typed as `key=value`, or `condition.key=value`, or `condition.2.key=value`, as one entry a trial.

    Also the path of a JSON file: a list of {condition, trial, target, ended, typed}. Raises ProtocolError.
    """
    entries: dict[tuple[str, int, str | None], dict[str, Any]] = {}
    out: list[dict[str, Any]] = []
    for word in words:
        if "=" not in word:
            out += _from_file(Path(word))
            continue
        name, value = word.split("=", 1)
        *places, key = name.split(".")
        condition = protocol.condition(places[0]) if places else _only(protocol)
        trial = next((int(part) for part in places[1:] if part.isdecimal()), 1)
        target = next((part for part in places[1:] if not part.isdecimal()), None)
        entry = entries.setdefault(
            (condition.id, trial, target),
            {"condition": condition.id, "trial": trial, "target": target, "ended": "complete", "typed": {}},
        )
        if key == "ended":
            entry["ended"] = value
        else:
            entry["typed"][key] = _number(name, value)
    return [*out, *entries.values()]


def typed_done(entry: Mapping[str, Any], protocol: Protocol) -> Done:
    """The trial of such an entry: nobody watched with keys. Raises ProtocolError naming what was typed wrongly."""
    condition = protocol.condition(str(entry.get("condition", "")))
    typed = {str(key): _number(str(key), value) for key, value in dict(entry.get("typed", {})).items()}
    ended = str(entry.get("ended", "complete"))
    held_s = typed.get("held_s")
    if ended == "complete" and condition.kind == "hold" and held_s is not None and held_s < condition.hold_s:
        ended = "stopped"
    trial, target = int(entry.get("trial", 1)), entry.get("target")
    return check_done(protocol, Done(condition.id, trial, ended, typed=typed, target=target, watched=False))


def _only(protocol: Protocol) -> Condition:
    if len(protocol.conditions) != 1:
        known = ", ".join(condition.id for condition in protocol.conditions)
        raise ProtocolError(f"'{protocol.id}' has several conditions: write condition.key=value with one of {known}.")
    (only,) = protocol.conditions
    return only


def _number(name: str, value: Any) -> float:
    try:
        return float(str(value).replace(",", "."))
    except ValueError:
        raise ProtocolError(f"{name}: '{value}' is no number: type it again.") from None


def _from_file(path: Path) -> list[dict[str, Any]]:
    try:
        listed = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ProtocolError(
            f"'{path}' is neither key=value nor a file that can be read ({error.strerror}): type held_s=12.3, say."
        ) from None
    except ValueError as error:
        raise ProtocolError(f"{path} isn't JSON ({error}): write a list of trials.") from None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise ProtocolError(f'{path} isn\'t a list of trials: write [{{"condition": ..., "typed": {{...}}}}].')
    return listed
