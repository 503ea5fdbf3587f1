# SPDX-License-Identifier: MIT
"""Tables of one walk for the therapist's page: numbers with unit, error and count, or the reason for none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any

from ..clinic.walk_values import KeptWalk
from ..measures.gait.table import GAIT
from ..measures.gait.values import FEET
from ..unit_words import counted
from .walk_page_read import column, lost_share, measured_share, nominal, number, strides_of, text_of, unit_of
from .wording import NONE, sentence

HEADLINE = (
    "gait_walking_s", "gait_steps", "gait_distance_m", "gait_speed_mps", "gait_cadence_spm", "gait_stride_length_m",
    "gait_stride_time_s", "gait_stride_time_cv_pct", "left_gait_stance_pct", "right_gait_stance_pct",
    "gait_double_support_pct", "gait_asymmetry_pct", "gait_pci_pct",
)  # fmt: skip
SIDES = (
    "stride_time_s", "step_time_s", "stance_time_s", "swing_time_s", "single_support_time_s", "initial_double_time_s",
    "stance_pct", "stride_length_m", "line_length_mm", "line_width_mm", "line_area_mm2", "load_rate_nps",
)  # fmt: skip
NEWTONS = ("gait_load_rate_nps",)
NO_NEWTONS = "The insoles were not calibrated, so nothing is given in newtons."
MOST_ROWS = 12
EXCLUDED = {"": "count in means", "turn": "in turns", "gap": "beside lost samples", "implausible": "implausible",
            "short": "in too few steps for a bout"}  # fmt: skip
BOUT_KEYS = ("gait_speed_mps", "gait_cadence_spm", "gait_stride_time_s", "gait_double_support_pct")


def error_text(error: float | None) -> str:
    """Two digits of a standard error; "" where there is none."""
    if error is None or not error > 0:
        return ""
    decimals = max(1 - floor(log10(error)), 0)
    return f"{error:.{decimals}f}"


def cell(walk: KeptWalk, key: str, errors: Mapping[str, float]) -> dict[str, Any]:
    """A number with its error, or a dash with the reason."""
    value = None if _unfit(walk, key) else number(walk, key)
    return {
        "value": None if value is None else repr(float(value)),
        "text": NONE if value is None else text_of(key, value),
        "error": "" if value is None else error_text(errors.get(key)),
        "strides": strides_of(walk, key),
        "unit": unit_of(key),
        "label": GAIT[key].label,
        "why": "" if value is not None else why(walk, key),
        "note": "",
    }


def why(walk: KeptWalk, key: str) -> str:
    """Why a number is missing."""
    if _unfit(walk, key):
        return NO_NEWTONS
    return sentence(walk.entry.get("not_reported", {}).get(key) or walk.problem or "it is not in the walk's document")


def _unfit(walk: KeptWalk, key: str) -> bool:
    return key.removeprefix("left_").removeprefix("right_") in NEWTONS and nominal(walk)


def headline(walk: KeptWalk, errors: Mapping[str, float]) -> list[dict[str, Any]]:
    """The main numbers of a walk."""
    rows = [cell(walk, key, errors) for key in HEADLINE]
    share = measured_share(walk)
    for key, row in zip(HEADLINE, rows, strict=True):
        if key == "gait_distance_m" and row["value"] is not None and share is not None:
            row["note"] = f"of the {100 * share:.0f} % of strides whose length is known"
        if key == "gait_speed_mps" and row["value"] is not None:
            row["note"] = _by_waist(walk, float(row["value"]))
    return rows


def _by_waist(walk: KeptWalk, speed_mps: float) -> str:
    """By what a waist's speed is off, which its strides' own spread doesn't hold."""
    from ..measures.gait.waist_speed import BY, speed_words

    by = (walk.entry.get("by") or {}).get("lengths", "")
    return f"by the waist sensor: {speed_words(speed_mps, 'own factor' in by)}" if by.startswith(BY) else ""


def sides(walk: KeptWalk, errors: Mapping[str, float]) -> list[dict[str, Any]]:
    """Left, right and how they differ, of what each foot has its own of."""
    rows = []
    for stem in SIDES:
        of_feet = [cell(walk, f"{foot}_gait_{stem}", errors) for foot in FEET]
        index = f"gait_{stem.rpartition('_')[0]}_si_pct"
        if any(one["value"] is not None for one in of_feet):
            both = cell(walk, index, errors) if index in GAIT else None
            rows.append(
                {"label": GAIT[f"gait_{stem}"].label, "unit": of_feet[0]["unit"], "feet": of_feet, "index": both}
            )
    return rows


def all_rows(walk: KeptWalk, errors: Mapping[str, float]) -> list[dict[str, Any]]:
    """Every parameter that is told, with how sure its formula is and where it comes from."""
    keys = [key for key in GAIT if number(walk, key) is not None and not _unfit(walk, key)]
    return [
        {**cell(walk, key, errors), "source": GAIT[key].source, "certainty": GAIT[key].certainty} for key in keys
    ]  # fmt: skip


def untold(walk: KeptWalk) -> list[tuple[str, str]]:
    """Each reason once, with what it keeps from being told."""
    reasons: dict[str, list[str]] = {}
    for key, reason in walk.entry.get("not_reported", {}).items():
        reasons.setdefault(sentence(reason), []).append(GAIT[key].label if key in GAIT else key.replace("_", " "))
    unfit = [GAIT[key].label for key in GAIT if _unfit(walk, key) and number(walk, key) is not None]
    if unfit:
        reasons.setdefault(NO_NEWTONS, []).extend(unfit)
    return [(reason, _some(labels)) for reason, labels in reasons.items()]


def _some(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - 6} more" if len(labels) > 7 else ""
    return "; ".join(labels[:6] if more else labels) + more


def bouts(walk: KeptWalk) -> dict[str, Any]:
    """The longest bouts, in order of time."""
    held = walk.entry.get("bouts") or {}
    starts, ends = held.get("start_s", []), held.get("end_s", [])
    longest = sorted(range(len(starts)), key=lambda n: starts[n] - ends[n])[:MOST_ROWS]
    told: Sequence[Mapping[str, float]] = held.get("parameters") or [{}] * len(starts)
    rows = [
        {
            "start": f"{starts[n]:.1f}",
            "lasted": f"{ends[n] - starts[n]:.1f}",
            "counts": [held[name][n] for name in ("steps", "strides", "turns")],
            "cells": [text_of(key, told[n][key]) if key in told[n] else NONE for key in BOUT_KEYS],
        }
        for n in sorted(longest)
    ]
    heads = [f"{GAIT[key].label.partition(',')[0]}, {unit_of(key)}" for key in BOUT_KEYS]
    return {"rows": rows, "heads": heads, "left_out": len(starts) - len(rows)}


def turns(walk: KeptWalk) -> dict[str, Any]:
    """Turns, the first ones each, and all in sum."""
    found = walk.entry.get("turns") or []
    angles = [one["angle_deg"] for one in found if one["angle_deg"] is not None]
    rows = [[NONE if one[key] is None else f"{one[key]:.{d}f}" for key, d in _TURN] for one in found[:MOST_ROWS]]
    left = sum(angle > 0 for angle in angles)
    # A recording that can't tell turns says so under its number, and then none were counted.
    reason = walk.entry.get("not_reported", {}).get("gait_turns")
    said = (
        reason if reason else f"{counted(len(found), 'turn')}, {left} to the left and {len(angles) - left} to the right"
    )
    return {"rows": rows, "said": sentence(said), "left_out": len(found) - len(rows)}


_TURN = (("begin_s", 1), ("end_s", 1), ("angle_deg", 0))


def pauses(walk: KeptWalk) -> dict[str, Any]:
    """Pauses: from the contact before to the one after."""
    held = walk.entry.get("pauses") or {}
    columns = [held.get(name, []) for name in ("begin_s", "end_s", "ended", "lost")]
    rows = [
        {"begin": f"{begin:.1f}", "lasted": f"{end - begin:.1f}", "said": _pause(ended, lost)}
        for begin, end, ended, lost in zip(*columns, strict=True)
    ]
    return {"rows": rows[:MOST_ROWS], "count": len(rows), "left_out": max(len(rows) - MOST_ROWS, 0)}


def _pause(ended: bool, lost: bool) -> str:
    if lost:
        return "samples were lost in it: nothing says whether the person stood"
    return "ends a bout" if ended else "within a bout"


def rockers(walk: KeptWalk) -> list[dict[str, Any]]:
    """Rockers, load rate and the part that comes down first, of each foot, as in the walk's document."""
    known = walk.entry.get("profiles") or {}
    rows: list[dict[str, Any]] = []
    for foot in FEET:
        rolled = (known.get("rockers") or {}).get(foot)
        if not rolled:
            continue
        for name in ("heel", "ankle", "forefoot"):
            one = rolled.get(name) or {}
            rows.append(_mean(f"{foot.capitalize()}: {name} rocker, of the stance", "%", one, "pct"))
        first = rolled.get("first_part") or {}
        total = sum(first.values())
        said = ", ".join(f"{part} {count}" for part, count in first.items() if count)
        rows.append(_row(f"{foot.capitalize()}: what comes down first", "stances", said or NONE, "", total))
        for unit, word, shown in (("pct_bw", "% of weight/s", True), ("n", "N/s", not nominal(walk))):
            rate = (known.get(f"load_rate_{unit}_per_s") or {}).get(foot)
            if rate and shown:
                rows.append(_mean(f"{foot.capitalize()}: load rate, 20 to 80 % of the first peak", word, rate, ""))
        for region, one in ((known.get("peak_by_region") or {}).get(foot) or {}).items():
            for unit, word, shown in (("pct_bw", "% of weight", True), ("n", "N", not nominal(walk))):
                if shown and (f"mean_{unit}" in one or ("absent" in one and unit == "pct_bw")):
                    at = f", at {one['at_pct']:.0f} % of the stance" if one.get("at_pct") is not None else ""
                    rows.append(_mean(f"{foot.capitalize()}: peak of the {region}{at}", word, one, unit))
    return rows


def _mean(label: str, unit: str, one: Mapping[str, Any], suffix: str) -> dict[str, Any]:
    mean, sd = (one.get(f"{word}_{suffix}" if suffix else word) for word in ("mean", "sd"))
    if mean is None:
        return _row(label, unit, NONE, "", one.get("n"), one.get("absent") or "It was not seen.")
    return _row(label, unit, f"{mean:.1f}", NONE if sd is None else f"{sd:.1f}", one.get("n"), value=mean)


def _row(label: str, unit: str, text: str, sd: str, n: Any, why: str = "", value: Any = None) -> dict[str, Any]:
    shown = None if value is None else repr(float(value))
    return {"label": label, "unit": unit, "text": text, "sd": sd, "n": n, "why": why, "value": shown}


def wear(walk: KeptWalk) -> dict[str, Any] | None:
    """Minutes worn, and of those that weren't each reason."""
    worn = walk.entry.get("wear")
    if not worn:
        return None
    return {
        "worn": worn["worn_min"],
        "of": len(worn["minutes"]),
        "not_worn": list((worn.get("not_worn_min") or {}).items()),
        "counts": worn.get("day_counts"),
        "from_h": worn.get("day_counts_from_h"),
    }


def weight(walk: KeptWalk) -> dict[str, Any] | None:
    """The weighings before and after, newtons only of calibrated insoles, and the drift between them."""
    check = walk.entry.get("weight")
    if not check:
        return None
    rows = []
    for name in ("opening", "closing"):
        one = check.get(name) or {}
        known = one.get("mean_n") is not None
        force = f"{one['mean_n']:.0f} N, " if known and not nominal(walk) else ""
        said = f"{force}{one['left_pct']:.0f} % on the left foot" if known else one.get("absent") or "It is absent."
        rows.append(("Before" if name == "opening" else "After", sentence(said)))
    drift = check.get("drift_pct")
    return {"rows": rows, "drift": None if drift is None else f"{drift:+.1f}".replace("-", "\u2212"), "value": drift}


def lost(walk: KeptWalk) -> list[tuple[str, str]]:
    """What the recording lacks, and which strides count in no mean."""
    entry = walk.entry
    out = []
    if entry.get("missing_rows") is not None:
        share = f"{100 * lost_share(walk):.2f} %"
        out.append(
            (
                "Samples lost",
                f"{entry['missing_rows']} of {entry.get('rows')} ({share}) in {counted(entry['gaps'], 'gap')}",
            )
        )
    imu = (entry.get("lost_rows") or {}).get("imu")
    if imu is not None:
        out.append(("Samples of the waist sensor lost", str(imu)))
    excluded = column(walk, "excluded")
    for reason, words in EXCLUDED.items():
        count = sum(one == reason for one in excluded)
        if count or not reason:
            out.append((f"Strides {words}", f"{count} of {len(excluded)}"))
    return out
