# SPDX-License-Identifier: MIT
"""A folder of recordings in, a result out: the same for a test just run and for one of last year."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__, calibration
from ..calibration import Calibration
from ..calibration_store import FOLDER as CALIBRATION_FOLDER
from ..care.norms import how_of
from ..care.outcome import done_of, outcomes, skipped
from ..care.protocol import Protocol, load_protocol, protocol_summary
from ..care.score import balance_score, romberg_quotients
from ..care.steadiness import steadiness_over
from ..decode import Decoded
from ..errors import ProtocolError, RecordingError, SurefootError
from ..recording import SUFFIX, read
from . import byhand
from .circumstances import of_heads
from .trial import trial_entry

NO_SCORE = "The balance score is of quiet standing alone; this test has outcomes of its own."


def recordings(folder: Path) -> list[Path]:
    """The recordings of a folder by name. Raises RecordingError where there are neither these nor trials by hand."""
    if not folder.is_dir():
        raise RecordingError(f"There is no folder {folder}: name the folder that `surefoot record --out` wrote.")
    found = sorted(folder.glob(f"*{SUFFIX}"))
    if not found and not byhand.files(folder):
        raise RecordingError(f"{folder} holds no recording (*{SUFFIX}): name the folder that `surefoot record` wrote.")
    return found


def calibration_for(folder: Path, decoded: Decoded, given: Path | None = None) -> Calibration:
    """The record for a recording: the one given, else that in force then of those in the folder, else the nominal."""
    head, device = decoded.head, str(decoded.config.get("id", ""))
    person, pair, length_mm = (head.get(key) for key in ("person", "pair", "foot_length_mm"))
    if given is not None:
        return calibration.must_be_of(calibration.load(given), device, person)
    records = [calibration.load(path) for path in sorted((folder / CALIBRATION_FOLDER).glob("*.json"))]
    made_utc = str(head.get("created_utc", ""))
    chosen = calibration.choose(records, device, made_utc, pair, person, length_mm) if records and made_utc else None
    return chosen or calibration.nominal(length_mm)


def _versions(protocol: Protocol, record: Calibration | None, decoded: Decoded | None) -> dict[str, str]:
    import scipy

    return {
        "software": __version__,
        "firmware": str(decoded.config.get("fw", "unknown")) if decoded else "none",
        "wire": str(decoded.schema.get("wire", "unknown")) if decoded else "none",
        "protocol": f"{protocol.id} {protocol.version}",
        "calibration": record.id if record else "none",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


def protocol_of(folder: Path, heads: Sequence[Mapping[str, Any]], given: str | None = None) -> Protocol:
    """The protocol given, else the one that the heads of the recordings name: from the session's folder, where a
    protocol of one's own was put, or from those that come with Surefoot."""
    if given:
        return load_protocol(given)
    named = {str(head["protocol"].get("id")) for head in heads if head.get("protocol")}
    if len(named) != 1:
        said = "no protocol" if not named else "several protocols: " + ", ".join(sorted(named))
        raise ProtocolError(f"The recordings name {said}: pass --protocol with the one to score by.")
    name = named.pop()
    own = folder / f"{name}.toml"
    return load_protocol(own if own.is_file() else name)


def score_folder(
    folder: Path | str, given_calibration: Path | None = None, given_protocol: str | None = None
) -> tuple[dict[str, Any], list[dict[str, Any] | None]]:
    """The result of a folder of recordings, and for each trial the columns of its pictures.

    A recording that can't be scored is named among the result's `problems` and keeps none of the others back.
    """
    folder = Path(folder)
    readable, problems = _read_all(recordings(folder))
    typed = _read_hand(byhand.files(folder), problems)
    heads = [decoded.head for _, decoded in readable] + [document for _, document in typed]
    people = {str(head.get("person", "unknown")) for head in heads}
    if len(people) > 1:
        raise RecordingError(f"{folder} holds recordings of {', '.join(sorted(people))}: keep one person per folder.")
    trials: list[dict[str, Any]] = []
    record: Calibration | None = None
    protocol = protocol_of(folder, heads, given_protocol) if heads else None
    for path, decoded in readable:
        assert protocol
        record = calibration_for(folder, decoded, given_calibration)
        try:
            condition = protocol.condition(str(decoded.head.get("condition", "")))
            trials.append(trial_entry(path, decoded, protocol, condition, record))
        except SurefootError as error:
            problems.append(f"{path.name}: {error}")
    for path, document in typed:
        assert protocol
        try:
            trials.append(byhand.hand_entry(path, document, protocol))
        except SurefootError as error:
            problems.append(f"{path.name}: {error}")
    if not trials or protocol is None:
        raise RecordingError(f"No recording in {folder} could be scored. {' '.join(problems)}")
    trials.sort(key=lambda trial: _place(protocol, trial))
    series = [trial.pop("series") for trial in trials]
    created = min((str(head.get("created_utc", "")) for head in heads if head.get("created_utc")), default=_now_utc())
    result = {
        "person": people.pop(),
        "protocol": protocol_summary(protocol),
        "created_utc": created,
        "simulated": any(bool(head.get("simulated")) for head in heads),
        "by_hand": all(trial.get("by_hand", False) for trial in trials),
        "circumstances": of_heads(heads),
        "placement": _placement(heads[0], record),
        "trials": trials,
        "problems": problems,
        **_test_results(protocol, trials),
        "versions": _versions(protocol, record, readable[0][1] if readable else None),
    }
    return result, series


def _test_results(protocol: Protocol, trials: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the trials come to: the test's outcomes, what was left out and why, and of quiet standing the score."""
    done = [done_of(trial) for trial in trials]
    rules = {rule.id: rule for rule in protocol.outcomes}
    found = []
    for one in outcomes(protocol, done):
        condition = protocol.condition(one.condition) if one.condition else None
        how = how_of(condition, rules[one.id].trials, one.id) if condition else {}
        found.append({**asdict(one), "how": how})
    last = {(one.condition, one.target, one.trial): k for k, one in enumerate(done) if not one.practice}
    repeats = {mark.id for mark in protocol.marks if mark.effect == "repeat"}
    counted = [trials[k] for k in sorted(last.values()) if not repeats & {mark.mark for mark in done[k].marks}]
    stands = all(condition.kind == "hold" for condition in protocol.conditions)
    score = balance_score(protocol, counted)
    if not stands:
        score |= {"value": None, "components": [], "reason": NO_SCORE}
    return {
        "outcomes": found,
        "skipped": skipped(protocol, done),
        "comparisons": romberg_quotients(protocol, counted) if stands else {},
        "steadiness": steadiness_over(protocol, counted),
        "score": score,
    }


def _place(protocol: Protocol, trial: Mapping[str, Any]) -> tuple[int, bool, int, int]:
    """Trials in the order of the protocol, practice first; of one number the order of their files stays."""
    order = [condition.id for condition in protocol.conditions]
    targets = [target.id for target in protocol.condition(trial["condition"]).targets]
    place = targets.index(trial["target"]) if trial.get("target") in targets else 0
    return order.index(trial["condition"]), not trial.get("practice", False), place, int(trial["trial"])


def _read_hand(paths: Sequence[Path], problems: list[str]) -> list[tuple[Path, dict[str, Any]]]:
    found = []
    for path in paths:
        try:
            found.append((path, byhand.read(path)))
        except SurefootError as error:
            problems.append(str(error))
    return found


def _read_all(paths: Sequence[Path]) -> tuple[list[tuple[Path, Decoded]], list[str]]:
    """The recordings that can be read, and a sentence for each that can't."""
    readable: list[tuple[Path, Decoded]] = []
    problems: list[str] = []
    for path in paths:
        try:
            decoded = read(path)
        except RecordingError as error:
            problems.append(str(error))
            continue
        if decoded.head:
            readable.append((path, decoded))
        else:
            problems.append(f"{path.name} breaks off before it says whose it is: there is nothing in it to score.")
    return readable, problems


def _placement(head: Mapping[str, Any], record: Calibration | None) -> dict[str, Any] | None:
    stored = head.get("placement")
    if not stored or record is None:
        return None
    return {**stored, "foot_length_mm": head.get("foot_length_mm") or record.foot_length_mm}


def _now_utc() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
