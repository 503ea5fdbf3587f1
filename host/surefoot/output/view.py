# SPDX-License-Identifier: MIT
"""A result in, the words and numbers that its page shows out: all rounding, units and footnotes are made here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from surefoot.care.score import geometric_mean, measured
from surefoot.clinic.trial import NO_NEWTONS
from surefoot.measures.table import MEASURES, Measure

FIRST = ("cop_velocity_mmps", "cop_velocity_ap_mmps", "cop_area_95_mm2", "cop_rdist_ml_mm", "cop_rdist_ap_mm")
FIRST += ("cop_mean_frequency_hz", "trunk_rms_ms2", "trunk_sway_range_deg", "load_left_share")
ENDED = {
    "complete": "held to the end",
    "interrupted": "the recording was interrupted",
    "step": "ended by a step",
    "fall": "ended by a loss of balance",
    "stopped": "stopped by hand",
}
FAMILIES = (
    ("cop_", "Centre of pressure of both feet (CoP)"),
    ("left_", "Left foot by itself"),
    ("right_", "Right foot by itself"),
    ("load_", "Weight on the feet"),
    ("trunk_", "Trunk"),
    ("research_", "For research, no part of any score"),
    ("", "Others"),
)
MINUS = "\u2212"
SUPERSCRIPTS = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")


@dataclass
class Notes:
    """Footnotes of one table: each reason once, numbered in order of first use."""

    reasons: list[str] = field(default_factory=list)

    def number(self, reason: str) -> int:
        if reason not in self.reasons:
            self.reasons.append(reason)
        return self.reasons.index(reason) + 1


def view(result: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the template prints but the pictures."""
    protocol, trials = result["protocol"], result["trials"]
    conditions = {condition["id"]: condition for condition in protocol.get("conditions", ())}
    names = [trial_name(trial, trials, conditions) for trial in trials]
    nominal = any((trial.get("calibration") or {}).get("nominal") for trial in trials)
    first_notes, other_notes = Notes(), Notes()
    first = [_row(key, trials, first_notes, nominal, protocol.get("primary_measure")) for key in FIRST]
    others = {
        title: [_row(key, trials, other_notes, nominal, protocol.get("primary_measure")) for key in keys]
        for title, keys in _other_keys(trials).items()
    }
    return {
        "result": result,
        "protocol": protocol,
        "created": str(result["created_utc"])[:16].replace("T", " ") + " UTC",
        "simulated": bool(result.get("simulated")),
        "nominal": nominal,
        "cards": _cards(trials, conditions),
        "headline": _headline(trials, list(conditions)),
        "comparisons": [_comparison(key, entry) for key, entry in result.get("comparisons", {}).items()],
        "score": result["score"],
        "components": [_component(entry, trials, conditions) for entry in result["score"]["components"]],
        "trials": [_trial(trial, name, conditions) for trial, name in zip(trials, names, strict=True)],
        "warnings": _warnings(trials, names),
        "problems": list(result.get("problems", ())),
        "names": names,
        "first": first,
        "others": [group for group in others.items() if group[1]],
        "first_notes": first_notes.reasons,
        "other_notes": other_notes.reasons,
        "errors": _errors(protocol.get("measurement_error", ())),
        "made": _made(trials),
        "calibrations": _calibrations(trials),
    }


def trial_name(trial: Mapping[str, Any], trials: Sequence[Mapping[str, Any]], conditions: Mapping[str, Any]) -> str:
    """The title of the condition, with the number of the trial where there are several."""
    title = conditions.get(trial["condition"], {}).get("title", trial["condition"])
    many = sum(other["condition"] == trial["condition"] for other in trials) > 1
    return f"{title}, trial {trial['trial']}" if many else title


def _other_keys(trials: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Keys outside the first block by title of their family, in the table's order; unknown ones come last."""
    present = {key for trial in trials for part in ("measures", "not_reported") for key in trial.get(part, {})}
    present -= set(FIRST)
    families: dict[str, list[str]] = {title: [] for _, title in FAMILIES}
    for key in [*(key for key in MEASURES if key in present), *sorted(present - set(MEASURES))]:
        families[next(title for prefix, title in FAMILIES if key.startswith(prefix))].append(key)
    return families


def _row(
    key: str, trials: Sequence[Mapping[str, Any]], notes: Notes, nominal: bool, primary: str | None
) -> dict[str, Any]:
    unit = next((t["measures"][key]["unit"] for t in trials if key in t.get("measures", {})), None)
    table = MEASURES.get(key) or Measure(key, key, unit or "1", 3, "unknown to this version", "")
    unit = table.unit if unit is None else unit
    cells = []
    for trial in trials:
        value, reason = measured(trial, key)
        if nominal and unit == "N":
            value, reason = None, NO_NEWTONS
        if value is None:
            cells.append({"text": "\u2013", "value": None, "note": notes.number(_sentence(reason))})
        else:
            cells.append({"text": number_text(key, value), "value": repr(value), "note": None})
    return {"key": key, "label": table.label, "unit": unit_text(unit), "cells": cells, "primary": key == primary}


def _cards(trials: Sequence[Mapping[str, Any]], conditions: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One card per condition: seconds held of each trial and sway velocity (geometric mean of its trials)."""
    cards = []
    for condition in dict.fromkeys(trial["condition"] for trial in trials):
        own = [trial for trial in trials if trial["condition"] == condition]
        numbers = [measured(trial, "cop_velocity_mmps") for trial in own]
        values = [value for value, _ in numbers if value is not None and value > 0]
        whole = len(values) == len(own)
        cards.append(
            {
                "title": conditions.get(condition, {}).get("title", condition),
                "held": " / ".join(f"{trial['held_s']:.1f}" for trial in own),
                "target": f"{own[0]['target_s']:g}",
                "ended": "; ".join(dict.fromkeys(ENDED.get(trial["ended"], str(trial["ended"])) for trial in own)),
                "velocity": number_text("cop_velocity_mmps", geometric_mean(values)) if whole else None,
                "reason": next((reason for value, reason in numbers if value is None), "no sway at all"),
                "trials": len(own),
            }
        )
    return cards


def _headline(trials: Sequence[Mapping[str, Any]], conditions: Sequence[str]) -> str:
    full = sum(trial["ended"] == "complete" for trial in trials)
    if not trials:
        return "Nothing was recorded."
    if full == len(trials):
        whole = set(conditions) <= {trial["condition"] for trial in trials}
        return f"Every trial {'' if whole else 'here '}was held to the end{'' if whole else '; others are missing'}."
    return f"{full} of {len(trials)} trials were held to the end."


def _comparison(key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    base = next((known for known in ("romberg_velocity", "romberg_area") if key.startswith(known)), key)
    label = MEASURES[base].label if base in MEASURES else key
    suffix = key.removeprefix(base).strip("_").replace("_", " ")
    value = entry.get("value")
    return {
        "label": f"{label} ({suffix})" if suffix else label,
        "value": None if value is None else repr(float(value)),
        "text": "" if value is None else number_text(base, value),
        "reason": _sentence(entry.get("reason") or "it was not computed"),
    }


def _component(
    entry: Mapping[str, Any], trials: Sequence[Mapping[str, Any]], conditions: Mapping[str, Any]
) -> dict[str, Any]:
    def text(key: str, decimals: int) -> str:
        value = entry.get(key)
        return "\u2013" if value is None else f"{value:.{decimals}f}"

    title = trial_name(entry, trials, conditions)
    shown = {"held": text("held_s", 1), "target": f"{entry['target_s']:g}", "velocity": text("cop_velocity_mmps", 1)}
    return shown | {"title": title, "tilt": text("tilt_range_deg", 2), "q": text("q", 3), "share": text("share", 3)}


def _trial(trial: Mapping[str, Any], name: str, conditions: Mapping[str, Any]) -> dict[str, Any]:
    """What was done in a trial and what was lost on its way."""
    streams = []
    for stream, entry in trial.get("lost", {}).items():
        share = entry["lost"] / entry["expected"] if entry["expected"] else 0.0
        causes = ", ".join(f"{cause} {count}" for cause, count in entry.get("causes", {}).items() if count)
        words = {"cells": "force cells", "imu": "motion sensor"}
        streams.append({"name": words.get(stream, stream), **entry, "share": f"{100 * share:.2f} %", "causes": causes})
    clock, noise = trial.get("clock"), trial.get("cop_noise_mm")
    return {
        "name": name,
        "surface": trial.get("surface", ""),
        "instruction": conditions.get(trial["condition"], {}).get("instruction", ""),
        "recording": trial.get("recording", ""),
        "duration": f"{trial['duration_s']:.1f}",
        "held": f"{trial['held_s']:.1f}",
        "target": f"{trial['target_s']:g}",
        "ended": ENDED.get(trial["ended"], str(trial["ended"])),
        "lost": f"{100 * trial['lost_share']:.2f} %",
        "streams": streams,
        "clock": clock
        and f"{clock['skew_ppm']:+.1f}".replace("-", MINUS) + f" ppm, known within {1000 * clock['bound_s']:.1f} ms",
        "noise": None if noise is None else f"{noise:.2f} mm",
        "calibration": (trial.get("calibration") or {}).get("id", "unknown"),
    }


def _warnings(trials: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[tuple[str, str]]:
    """Each warning once, with the trials it belongs to."""
    found: dict[str, list[str]] = {}
    for trial, name in zip(trials, names, strict=True):
        for text in trial.get("warnings", ()):
            found.setdefault(text, []).append(name)
    whole = len(names) if len(names) > 1 else None
    return [("Every trial" if len(own) == whole else "; ".join(own), text) for text, own in found.items()]


def _errors(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Measurement errors, those of one study together."""
    studies: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for entry in entries:
        row = MEASURES.get(entry["measure"])
        label = f"{row.label if row else entry['measure']}, {entry['surface']} ground, eyes {entry['vision']}"
        study = entry["interval"], entry["population"], entry["source"]
        studies.setdefault(study, []).append((label, f"{entry['mdc95_percent']:g}"))
    return [
        {"interval": interval, "population": population, "source": source, "entries": found}
        for (interval, population, source), found in studies.items()
    ]


def _made(trials: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """Processing fingerprints and how many numbers carry each."""
    counts: dict[str, int] = {}
    for trial in trials:
        for entry in trial["measures"].values():
            print_ = entry.get("fingerprint") or "none"
            counts[print_] = counts.get(print_, 0) + 1
    return sorted(counts.items())


def _calibrations(trials: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The id of each record that numbers were made with, and in words what it is."""
    found: dict[str, str] = {}
    for trial in trials:
        used = trial.get("calibration") or {}
        words = ["nominal"] if used.get("nominal") else []
        words += [f"pair {used['pair']}"] if used.get("pair") else []
        for part, name in (("insoles", "insoles"), ("imu", "motion sensor")):
            if part in used:  # a result of an older version doesn't tell
                made = used[part]
                words.append(f"{name} calibrated {made['created_utc'][:10]}" if made else f"{name} not calibrated")
        under = used.get("recorded_under")
        words += [f"recorded under {under}"] if under and under != used.get("id") else []
        found.setdefault(str(used.get("id", "unknown")), f" ({', '.join(words)})" if words else "")
    return list(found.items())


def unit_text(unit: str) -> str:
    """A UCUM unit as people write it: "m2/s5" becomes m\u00b2/s\u2075."""
    if unit in ("1", "{score}"):
        return ""
    return re.sub(r"(?<=[a-z])-?\d+", lambda match: match[0].translate(SUPERSCRIPTS), unit).replace("deg", "\u00b0")


def number_text(key: str, value: float) -> str:
    """A number with the decimals of the measures table."""
    row = MEASURES.get(key)
    return (f"{value:.{row.decimals}f}" if row else f"{value:.4g}").replace("-", MINUS)


def _sentence(reason: str) -> str:
    text = reason.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
