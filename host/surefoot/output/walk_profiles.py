# SPDX-License-Identifier: MIT
"""Mean curves, wear and weight of a walk in JSON's own types, in the units that a clinic reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..clinic.walk_find import FoundWalk
from ..measures.gait.profiles import FIRST_PARTS, ROCKERS, FootProfile, Profiles
from ..measures.gait.progression import APART_M
from ..measures.gait.rockers import REGIONS
from ..measures.gait.sums import Sums
from ..measures.gait.wear import DAY_H, MINUTE_S, WORDS, Wear
from ..measures.gait.weight import Weighed, WeightCheck

DECIMALS = 2
CELLLESS = "Only the insoles' cells tell it."
NO_ROCKER = {
    "heel": "No heel came down first: the forefoot or the whole sole did, or the heel bore nothing.",
    "ankle": "No heel was seen both to come down and to rise while the rest of the foot still bore.",
    "forefoot": "No heel was seen to rise while the rest of the foot still bore.",
}


def more(found: FoundWalk) -> dict[str, Any]:
    """Those of "profiles", "wear" and "weight" that the recording has."""
    out: dict[str, Any] = {}
    if found.profiles is not None and found.profiles.feet:
        out["profiles"] = profiles_of(found.profiles, found.weight)
    if found.wear is not None:
        out["wear"] = wear_of(found.wear)
    if found.weight is not None:
        out["weight"] = weight_of(found.weight)
    return out


def profiles_of(curves: Profiles, weight: WeightCheck | None) -> dict[str, Any]:
    """Forces in % of what both insoles bore in the quiet standing before the walk, where there was one, else in N."""
    stood = None if weight is None else weight.opening or weight.closing
    factor, unit = (1.0, "n") if stood is None else (100 / stood.mean_n, "pct_bw")
    out: dict[str, Any] = {f"force_{unit}": {foot: _spread(one.force_n, factor) for foot, one in curves.feet.items()}}
    if stood is not None:
        out["body_weight"] = {"shown_n": _number(stood.mean_n), "by": "quiet standing on these insoles"}
    rates = {foot: one for foot, one in curves.feet.items() if one.rate_nps is not None}
    out[f"load_rate_{unit}_per_s"] = {foot: _spread(one.rate_nps, factor) for foot, one in rates.items()}
    rolled = {foot: one for foot, one in curves.feet.items() if one.line_m is not None and one.line_m.most}
    if not rolled:
        return out | {"absent": CELLLESS}
    out["gait_line_mm"] = {foot: _line(one) for foot, one in rolled.items()}
    out["butterfly"] = _butterfly(curves)
    out["rockers"] = {foot: _rockers(one) for foot, one in rolled.items()}
    out["peak_by_region"] = {foot: _peaks(one, factor, unit) for foot, one in rolled.items()}
    return out


def _spread(one: Sums | None, factor: float) -> dict[str, Any]:
    if one is None or not one.most:
        return {"mean": None, "sd": None, "n": 0}
    return {"mean": _numbers(one.mean * factor), "sd": _numbers(one.sd * factor), "n": one.most}


def _line(one: FootProfile) -> dict[str, Any]:
    assert one.line_m is not None
    names = (("ml", one.line_m.mean, 0), ("ap", one.line_m.mean, 1), ("sd_ml", one.line_m.sd, 0))
    columns = (*names, ("sd_ap", one.line_m.sd, 1))
    return {name: _numbers(1e3 * values[:, axis]) for name, values, axis in columns} | {"n": one.line_m.most}


def _butterfly(curves: Profiles) -> dict[str, Any]:
    wings, crossing = curves.wings_m, curves.crossing_m
    if wings is None or crossing is None or not wings.most:
        return {"absent": "It takes whole strides of both feet."}
    out: dict[str, Any] = {
        "ml_mm": _numbers(1e3 * wings.mean[:, 0]),
        "ap_mm": _numbers(1e3 * wings.mean[:, 1]),
        "n": wings.most,
        "feet_apart_mm": 1e3 * APART_M,
    }
    if not crossing.most:
        return out | {"crossing": {"absent": "No stride's lines cross."}}
    (ml, ap), (sd_ml, sd_ap) = _numbers(1e3 * crossing.mean), _numbers(1e3 * crossing.sd)
    return out | {"crossing": {"ml_mm": ml, "ap_mm": ap, "sd_ml_mm": sd_ml, "sd_ap_mm": sd_ap, "n": crossing.most}}


def _rockers(one: FootProfile) -> dict[str, Any]:
    assert one.rocker_share is not None
    assert one.first is not None
    out: dict[str, Any] = {}
    for place, name in enumerate(ROCKERS):
        count = int(one.rocker_share.count[place])
        mean, sd = (100 * values[place] for values in (one.rocker_share.mean, one.rocker_share.sd))
        told = {"mean_pct": _number(mean), "sd_pct": _number(sd), "n": count}
        out[name] = told if count else {"absent": NO_ROCKER[name]}
    out["first_part"] = {part: int(count) for part, count in zip(FIRST_PARTS, one.first, strict=True)}
    return out


def _peaks(one: FootProfile, factor: float, unit: str) -> dict[str, Any]:
    assert one.peak_n is not None
    assert one.peak_share is not None
    out: dict[str, Any] = {}
    for place, name in enumerate(REGIONS):
        count = int(one.peak_n.count[place])
        mean, sd = (factor * values[place] for values in (one.peak_n.mean, one.peak_n.sd))
        at_pct = _number(100 * one.peak_share.mean[place])
        told = {f"mean_{unit}": _number(mean), f"sd_{unit}": _number(sd), "at_pct": at_pct, "n": count}
        out[name] = told if count else {"absent": "No cell that lies there is usable."}
    return out


def wear_of(worn: Wear) -> dict[str, Any]:
    """One word a minute, sums, and from how many hours a day counts."""
    return {
        "minute_s": MINUTE_S,
        "minutes": [WORDS[state] for state in worn.state],
        "worn_min": worn.worn_min,
        "not_worn_min": worn.not_worn(),
        "day_counts_from_h": DAY_H,
        "day_counts": worn.day_counts(),
    }


def weight_of(check: WeightCheck) -> dict[str, Any]:
    """Both weighings or why one is absent, and how they differ."""
    out: dict[str, Any] = {
        name: {"absent": check.absent[name]} if one is None else _weighed(one)
        for name, one in (("opening", check.opening), ("closing", check.closing))
    }
    return out | {"drift_pct": None if check.drift_pct is None else _number(check.drift_pct)}


def _weighed(one: Weighed) -> dict[str, Any]:
    shares = {"left_pct": _number(100 * one.left_share)}
    return {"begin_s": one.begin_s, "end_s": one.end_s, "mean_n": _number(one.mean_n), **shares}


def _number(value: float | np.floating | np.ndarray) -> float | None:
    return round(float(value), DECIMALS) if np.isfinite(value) else None


def _numbers(values: np.ndarray) -> Any:
    """A list, or a number of a place without any axis."""
    return [_number(value) for value in values] if values.ndim else _number(values)
