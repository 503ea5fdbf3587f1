# SPDX-License-Identifier: MIT
"""Trials of one session in, a balance score with its components and the Romberg quotients out.

The score is Surefoot's own: 100 * mean over conditions of (held / target) * q, with
q the steadiness score's share of its limit of tilt. It borrows the form of the equilibrium score but is made of the
tilt of the trunk, so it is compared with the same person's earlier scores and with nothing else.
"""

from collections.abc import Mapping, Sequence
from math import exp, isfinite, log
from typing import Any

from surefoot.care.protocol import Condition, Protocol
from surefoot.errors import MeasureError
from surefoot.measures import require_comparable, romberg_quotient, steadiness_score

MDC95 = 7
"""Points by which two scores of a standing adult differ when nothing has changed (95 % of the time)."""
LABEL = "own-baseline index, not a clinical score"
TILT = "trunk_sway_range_deg"
VELOCITY = "cop_velocity_mmps"
ROMBERG = (("romberg_velocity", VELOCITY), ("romberg_area", "cop_area_95_mm2"))
FAILED = ("fall",)
UNKNOWN = ("interrupted",)
Trial = Mapping[str, Any]


def steadiness(tilt_range_deg: float) -> float:
    """How much of the steadiness score's limit of tilt was left over: 1 none used, 0 all of it."""
    return steadiness_score(tilt_range_deg) / 100


def balance_score(protocol: Protocol, trials: Sequence[Trial]) -> dict[str, Any]:
    """The `score` of a result: a value 0..100 or None with a reason, and always every component, one per trial.

    Every condition weighs the same, however many trials it has; a missing piece makes the value None, never a guess.
    """
    components, reasons, means = [], [], []
    for condition in protocol.conditions:
        own = [trial for trial in trials if trial["condition"] == condition.id]
        if not own:
            reasons.append(f"'{condition.title}' was not recorded")
        found = [_component(trial) for trial in own]
        components += [component for component, _ in found]
        reasons += [
            f"'{condition.title}', trial {component['trial']}: {reason}" for component, reason in found if reason
        ]
        shares = [component["share"] for component, _ in found]
        if shares and None not in shares:
            means.append(sum(shares) / len(shares))
    value = None if reasons else 100.0 * sum(means) / len(means)
    return {
        "value": value,
        "unit": "{score}",
        "mdc95": MDC95,
        "label": LABEL,
        "components": components,
        "reason": f"No score: {'; '.join(reasons)}." if reasons else None,
    }


def romberg_quotients(protocol: Protocol, trials: Sequence[Trial]) -> dict[str, dict[str, Any]]:
    """The `comparisons` of a result: eyes closed over eyes open on the same surface, stance and leg.

    Several trials enter by their geometric mean. None with a reason unless every trial was held to the end and all
    numbers were made in the same way.
    """
    comparisons: dict[str, dict[str, Any]] = {}
    for opened in protocol.conditions:
        for closed in protocol.conditions:
            if (opened.vision, closed.vision) != ("open", "closed") or not _alike(opened, closed):
                continue
            suffix = "" if opened.surface == "firm" else f"_{opened.surface}"
            suffix += "" if opened.stance == "apart" else f"_{opened.stance.replace('-', '_')}"
            suffix += f"_{opened.leg}" if opened.leg else ""
            for key, measure in ROMBERG:
                value, reason = _quotient(trials, opened, closed, measure)
                of = [f"{closed.id}/{measure}", f"{opened.id}/{measure}"]
                comparisons[key + suffix] = {"value": value, "unit": "1", "of": of, "reason": reason}
    return comparisons


def geometric_mean(values: Sequence[float]) -> float:
    """The mean in logarithms, in which sway is near normal; 0 if any value isn't above 0."""
    if min(values) <= 0:
        return 0.0
    return exp(sum(log(value) for value in values) / len(values))


def _component(trial: Trial) -> tuple[dict[str, Any], str | None]:
    """The component of one trial and, if its share can't be known, why."""
    held_s, target_s, ended = float(trial["held_s"]), float(trial["target_s"]), trial.get("ended", "complete")
    tilt, why_tilt = measured(trial, TILT)
    velocity, _ = measured(trial, VELOCITY)
    q = None if tilt is None else steadiness(tilt)
    share, reason = None, None
    if ended in FAILED:
        share = 0.0
    elif ended in UNKNOWN:
        reason = "it was interrupted, so how long it would have been held isn't known; repeat it"
    elif q is None:
        reason = f"the tilt of the trunk is missing ({why_tilt})"
    else:
        share = min(held_s / target_s, 1.0) * q
    component = {"condition": trial["condition"], "trial": trial["trial"], "held_s": held_s, "target_s": target_s}
    return component | {"cop_velocity_mmps": velocity, "tilt_range_deg": tilt, "q": q, "share": share}, reason


def measured(trial: Trial, key: str) -> tuple[float | None, str]:
    """A trial's number by key, or None and why it isn't reported."""
    value = (trial.get("measures", {}).get(key) or {}).get("value")
    if isinstance(value, int | float) and isfinite(value):
        return float(value), ""
    reason = trial.get("not_reported", {}).get(key) or "it was not measured"
    return None, str(reason).rstrip(".")


def _alike(one: Condition, other: Condition) -> bool:
    return (one.surface, one.stance, one.leg, one.arms) == (other.surface, other.stance, other.leg, other.arms)


def _quotient(
    trials: Sequence[Trial], opened: Condition, closed: Condition, measure: str
) -> tuple[float | None, str | None]:
    means, made = [], []
    for condition in (closed, opened):
        values = []
        own = [trial for trial in trials if trial["condition"] == condition.id]
        if not own:
            return None, f"'{condition.title}' was not recorded."
        for trial in own:
            if trial.get("ended", "complete") != "complete" or trial["held_s"] < trial["target_s"]:
                return None, f"'{condition.title}', trial {trial['trial']}, was not held to the end."
            value, why = measured(trial, measure)
            if value is None:
                return None, f"'{condition.title}', trial {trial['trial']}: {why}."
            values.append(value)
            made.append(str(trial["measures"][measure].get("fingerprint") or ""))
        means.append(geometric_mean(values))
    try:
        for other in made:
            require_comparable(made[0], other)
        return romberg_quotient(means[0], means[1], (made[0], made[-1])), None
    except MeasureError as error:
        return None, str(error)
