# SPDX-License-Identifier: MIT
"""The results of one person's sessions in, the `change` of the last one out: one judged number, all others unjudged."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from surefoot.care.change import INCOMPARABLE, Change, Circumstances, Session, judge
from surefoot.care.measurement_error import MIN_OWN_SESSIONS, error_of, errors_for, own_error
from surefoot.care.norms import how_of, meaningful_changes
from surefoot.care.norms_file import Error, load_norms
from surefoot.care.outcome import done_of, outcomes, trial_value
from surefoot.care.protocol import OutcomeRule, Protocol
from surefoot.care.score import geometric_mean, measured
from surefoot.clinic.circumstances import for_change
from surefoot.errors import MeasureError, ProtocolError, SurefootError
from surefoot.measures.table import MEASURES
from surefoot.output.filled import HOLD, filled
from surefoot.output.measure_view import FIRST
from surefoot.output.norm_view import asked
from surefoot.output.outcome_view import is_primary
from surefoot.output.repeats import PROCESSING_PARTS
from surefoot.output.wording import unit_text

NO_PRIMARY = "Not judged: this test names no one result that may be judged, so all stand below without a verdict."
RECORDS = (
    "The sessions were scored under different calibration records, and a new record changes the numbers by itself."
    " Score all of them again under one: add --calibration FILE to the same command."
)
SOFTWARE = (
    "The sessions were scored by different versions of Surefoot or in different ways. Name the folders of the earlier"
    " sessions instead of their result.json: they are then scored again in today's way."
)
PROTOCOLS = "The test itself was changed in between: take the first session of the new version as the new beginning."


class ChangeError(SurefootError):
    """Sessions that can't be set beside one another."""


def change_of(
    protocol: Protocol,
    earlier: Sequence[Mapping[str, Any]],
    result: Mapping[str, Any],
    clinic: Sequence[Error] = (),
) -> dict[str, Any]:
    """The `change` of a result against earlier ones, oldest first; `clinic` are the clinic's own errors. Raises
    ChangeError where they don't go together."""
    sessions = [filled(one) for one in (*earlier, result)]
    _check(sessions)
    found = [_found(protocol, one) for one in sessions]
    made: dict[str, Any] = {
        "earlier": [{"number": n, "created_utc": one["created_utc"]} for n, one in enumerate(sessions[:-1], 1)],
        "others": _others(sessions, found, asdict(protocol.primary_outcome) if protocol.primary_outcome else None),
    }
    named = protocol.primary_outcome
    rule = next((rule for rule in protocol.outcomes if named and rule.id == named.outcome), None)
    if named is None or rule is None:
        return made | {"verdict": "not judged", "judged": False, "sentence": NO_PRIMARY}
    ours = [next((one for one in each if is_primary(one, asdict(named))), None) for each in found]
    values = [
        _session(protocol, rule, one, mine, n) for n, (one, mine) in enumerate(zip(sessions, ours, strict=True), 1)
    ]
    change = judge(protocol, values[:-1], values[-1], _error(protocol, rule, values, clinic))
    return made | {
        "outcome": named.outcome,
        "label": next((one["label"] for one in reversed(ours) if one), rule.label),
        "measure": change.measure,
        "verdict": change.verdict,
        "judged": change.judged,
        "sentence": change.sentence,
        "before": change.baseline,
        "now": change.now,
        "difference": change.difference,
        "threshold": change.threshold,
        "in_percent": change.log,
        "practice": change.practice,
        "advice": _advice(change, values),
        "published": _published(sessions[-1], protocol, ours[-1]),
    }


def _check(sessions: Sequence[Mapping[str, Any]]) -> None:
    last = sessions[-1]
    for one in sessions[:-1]:
        if one["person"] != last["person"]:
            raise ChangeError(f"These are sessions of {one['person']} and of {last['person']}: name one person's.")
        if one["protocol"]["id"] != last["protocol"]["id"]:
            raise ChangeError(
                f"These are sessions of {one['protocol']['id']} and of {last['protocol']['id']}:"
                " name those of one test."
            )
    times = [str(one["created_utc"]) for one in sessions]
    if len(set(times)) < len(times):
        raise ChangeError("One session is named twice: name each earlier session once, and not the present one.")
    if times != sorted(times):
        raise ChangeError("Name the earlier sessions from the oldest to the newest, all before the present one.")


def _found(protocol: Protocol, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The outcomes of a session; made now of its trials where an older version kept none."""
    if result["outcomes"]:
        return list(result["outcomes"])
    try:
        return [asdict(one) for one in outcomes(protocol, [done_of(trial) for trial in result["trials"]])]
    except (ProtocolError, KeyError, TypeError):  # trials of another version of the test
        return []


def _session(
    protocol: Protocol, rule: OutcomeRule, result: Mapping[str, Any], found: Mapping[str, Any] | None, place: int
) -> Session:
    """One session's judged number; a mean of trials is kept as its trials, since k counts them."""
    told = result["circumstances"] or {}
    number = told.get("session")
    value = found["value"] if found else None
    own = [trial for trial in result["trials"] if found and _name(trial) in found["of"] and not trial["practice"]]
    values = (float(value),) if value is not None else ()
    if value is not None and found and found["condition"] and rule.trials == "mean" and len(own) > 1:
        each = [trial_value(protocol, done_of(trial), rule.of or rule.measure)[0] for trial in own]
        values = tuple(one for one in each if one is not None)
    by_hand = bool(found and found["by_hand"])
    place_of = [found[key] for key in ("condition", "target") if found and found[key]]
    return Session(
        str(result["created_utc"]),
        max(place, number) if isinstance(number, int) else place,
        result["protocol"]["id"],
        result["protocol"]["version"],
        "/".join(place_of) or "all",
        rule.measure,
        values,
        "" if by_hand else _fingerprint(result, own, rule),
        _circumstances(protocol, result),
        by_hand,
        bool(result["simulated"]),
    )


def _name(trial: Mapping[str, Any]) -> str:
    return "/".join(str(part) for part in (trial["condition"], trial["target"], trial["trial"]) if part)


def _fingerprint(result: Mapping[str, Any], trials: Sequence[Mapping[str, Any]], rule: OutcomeRule) -> str:
    """How the number was made: as its trials say, or for times of detectors the version that saw them."""
    key = rule.of or rule.measure
    said = {(trial["measures"].get(key) or {}).get("fingerprint") or "" for trial in trials} - {""}
    return " + ".join(sorted(said)) or f"surefoot {result['versions'].get('software', 'of an unknown version')}"


def _circumstances(protocol: Protocol, result: Mapping[str, Any]) -> Circumstances:
    """Where a test leaves the feet no choice, they stood as it says."""
    made = for_change(result)
    return made if protocol.placement else replace(made, foot_position="as the test says")


def _error(protocol: Protocol, rule: OutcomeRule, sessions: Sequence[Session], clinic: Sequence[Error]) -> Error | None:
    """The person's own error where there are sessions enough, else the clinic's own, what is published, or the
    protocol's."""
    named = protocol.primary_outcome
    how = {"outcome": rule.id}
    own = [one for one in protocol.conditions if named and rule.conditions == "each" and _is(one.id, named.condition)]
    if own:
        how = how_of(own[0], rule.trials, rule.id)
    now = sessions[-1]
    how |= {"condition": now.condition, "simulated": "yes" if now.simulated else "no"}
    how["made"] = "/".join(now.fingerprint.split("/")[:PROCESSING_PARTS]) or "by hand"
    rows = (*clinic, *load_norms().errors, *map(error_of, protocol.measurement_error))
    published = errors_for(rows, protocol.id, rule.measure, how)
    if len(sessions) > MIN_OWN_SESSIONS:
        logs = published[0].scale == "log" if published else False
        try:
            return own_error(sessions[:-1], logs)
        except MeasureError:
            pass
    return published[0] if published else None


def _is(one: str, named: str | None) -> bool:
    return named in (None, one)


def _advice(change: Change, sessions: Sequence[Session]) -> str:
    """What to do where numbers were made differently."""
    if change.verdict != INCOMPARABLE:
        return ""
    if len({session.version for session in sessions}) > 1:
        return PROTOCOLS
    if len({session.by_hand for session in sessions}) > 1 or len({session.fingerprint for session in sessions}) == 1:
        return ""
    made = [session.fingerprint.split("/") for session in sessions]
    records = len({parts[-1] for parts in made}) > 1 and len({tuple(parts[:-1]) for parts in made}) == 1
    return RECORDS if records and len(made[0]) > 1 else SOFTWARE


def _published(result: Mapping[str, Any], protocol: Protocol, found: Mapping[str, Any] | None) -> list[str]:
    """Changes that matter to people, as published; they judge nothing here."""
    if found is None:
        return []
    try:
        norms = meaningful_changes(asked(result, protocol, found)).norms
    except ProtocolError:
        return []
    return [
        f"{norm.table.stat.replace('-', ' ').capitalize()} that matters to people:"
        f" {norm.row.value:g} {unit_text(norm.table.unit)}".rstrip()
        + f" ({norm.table.population}; {norm.table.cite})."
        for norm in norms
        if norm.row.value is not None
    ]


def _others(
    sessions: Sequence[Mapping[str, Any]],
    found: Sequence[Sequence[Mapping[str, Any]]],
    named: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    """Every other number of the last session beside that of each session before, and no word about them."""
    rows = []
    for one in found[-1]:
        if is_primary(one, named):
            continue
        same = [_like(one, each) for each in found]
        values = [each["value"] if each else None for each in same]
        if any(value is not None for value in values):
            rows.append(_other(one["label"], one["measure"], values))
    titles = {one.get("id"): one["title"] for one in sessions[-1]["protocol"]["conditions"]}
    shown = {(one["measure"], one["condition"]) for one in found[-1]}
    for condition in dict.fromkeys(t["condition"] for t in sessions[-1]["trials"] if t["kind"] == HOLD):
        for key in FIRST:
            made = [_mean(one, condition, key) for one in sessions]
            if made[-1][0] is not None and (key, condition) not in shown:
                differ = len({print_ for value, print_ in made if value is not None}) > 1
                label = f"{MEASURES[key].label}: {titles.get(condition) or condition}"
                rows.append(_other(label, key, [value for value, _ in made], "made differently" if differ else ""))
    return rows


def _other(label: str, key: str, values: Sequence[float | None], note: str = "") -> dict[str, Any]:
    unit = MEASURES[key].unit if key in MEASURES else "1"
    return {"label": label, "measure": key, "unit": unit, "before": list(values[:-1]), "now": values[-1], "note": note}


def _like(one: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    keys = ("id", "measure", "condition", "target")
    return next((other for other in others if all(other[key] == one[key] for key in keys)), None)


def _mean(result: Mapping[str, Any], condition: str, key: str) -> tuple[float | None, str]:
    """The mean of a condition's trials (geometric for sway velocity, as on the page), and how it was made."""
    own = [trial for trial in result["trials"] if trial["condition"] == condition and not trial["practice"]]
    values = [value for value, _ in (measured(trial, key) for trial in own) if value is not None]
    if not own or len(values) < len(own):
        return None, ""
    made = sorted({str((trial["measures"][key]).get("fingerprint") or "") for trial in own})
    mean = geometric_mean(values) if key == "cop_velocity_mmps" else sum(values) / len(values)
    return mean, " + ".join(made)
