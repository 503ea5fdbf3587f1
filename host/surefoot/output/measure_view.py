# SPDX-License-Identifier: MIT
"""Trials of a filled result in, tables of their measures out: the few that are read first, all others, research."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from surefoot.care.score import measured
from surefoot.clinic.trial import NO_NEWTONS
from surefoot.measures.table import MEASURES, Measure
from surefoot.output.filled import HOLD
from surefoot.output.wording import NONE, number_text, sentence, unit_text

FIRST = ("cop_velocity_mmps", "cop_velocity_ap_mmps", "cop_area_95_mm2", "cop_rdist_ml_mm", "cop_rdist_ap_mm")
FIRST += ("cop_mean_frequency_hz", "trunk_rms_ms2", "trunk_sway_range_deg", "load_left_share")
FAMILIES = (
    ("cop_", "Centre of pressure of both feet (CoP)"),
    ("left_", "Left foot by itself"),
    ("right_", "Right foot by itself"),
    ("load_", "Weight on the feet"),
    (("trunk_", "stability"), "Trunk"),
    ("", "Others"),
)
MOST_COLUMNS = 6  # more don't fit on a sheet


@dataclass
class Notes:
    """Footnotes of one table: each reason once, numbered in order of first use."""

    reasons: list[str] = field(default_factory=list)

    def number(self, reason: str) -> int:
        if reason not in self.reasons:
            self.reasons.append(reason)
        return self.reasons.index(reason) + 1


def measure_tables(result: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """`first`, `others` and `research`, each with its tables (of MOST_COLUMNS trials at most) and its notes."""
    trials = result["trials"]
    pairs = list(zip(trials, names, strict=True))
    told = [pair for pair in pairs if pair[0]["measures"] or pair[0]["not_reported"]]
    standing = [pair for pair in told if pair[0]["kind"] == HOLD]
    present = {key for trial, _ in told for part in ("measures", "not_reported") for key in trial[part]}
    research = [key for key in MEASURES if key in present and MEASURES[key].research]
    first = list(FIRST) if standing else []
    rest = [key for key in MEASURES if key in present and key not in first and key not in research]
    rest += sorted(present - set(MEASURES))
    groups = {title: [key for key in rest if _family(key) == title] for _, title in FAMILIES}
    return {
        "first": _tables({"": first}, standing, result),
        "others": _tables(groups, told, result),
        "research": _tables({"": research}, _with(told, research), result),
    }


def is_nominal(trials: Sequence[Mapping[str, Any]]) -> bool:
    return any(trial["calibration"].get("nominal") for trial in trials)


def _with(pairs: Sequence[tuple[Mapping[str, Any], str]], keys: Sequence[str]) -> list[tuple[Mapping[str, Any], str]]:
    return [
        (trial, name)
        for trial, name in pairs
        if any(k in trial["measures"] or k in trial["not_reported"] for k in keys)
    ]


def _family(key: str) -> str:
    return next(title for prefix, title in FAMILIES if key.startswith(prefix))


def _tables(
    groups: Mapping[str, Sequence[str]], pairs: Sequence[tuple[Mapping[str, Any], str]], result: Mapping[str, Any]
) -> dict[str, Any]:
    notes = Notes()
    nominal, primary = is_nominal(result["trials"]), result["protocol"]["primary_measure"]
    tables = []
    for begin in range(0, len(pairs), MOST_COLUMNS):
        some = pairs[begin : begin + MOST_COLUMNS]
        trials = [trial for trial, _ in some]
        made = [
            (title, [_row(key, trials, notes, nominal, primary) for key in keys])
            for title, keys in groups.items()
            if keys
        ]
        if made:
            tables.append({"names": [name for _, name in some], "groups": made})
    return {"tables": tables, "notes": notes.reasons}


def _row(
    key: str, trials: Sequence[Mapping[str, Any]], notes: Notes, nominal: bool, primary: str | None
) -> dict[str, Any]:
    entries = [trial["measures"].get(key) or {} for trial in trials]
    unit = next((entry["unit"] for entry in entries if entry.get("unit")), None)
    table = MEASURES.get(key) or Measure(key, key, unit or "1", 3, "unknown to this version", "")
    unit = table.unit if unit is None else unit
    cells = []
    for trial in trials:
        value, reason = measured(trial, key)
        if nominal and unit == "N":
            value, reason = None, NO_NEWTONS
        if value is None:
            cells.append({"text": NONE, "value": None, "note": notes.number(sentence(reason))})
        else:
            cells.append({"text": number_text(key, value), "value": repr(value), "note": None})
    return {"key": key, "label": table.label, "unit": unit_text(unit), "cells": cells, "primary": key == primary}


def errors(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
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


def made(trials: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """Processing fingerprints and how many numbers carry each."""
    counts: dict[str, int] = {}
    for trial in trials:
        for entry in trial["measures"].values():
            print_ = entry.get("fingerprint") or "none"
            counts[print_] = counts.get(print_, 0) + 1
    return sorted(counts.items())


def calibrations(trials: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The id of each record that numbers were made with, and in words what it is."""
    found: dict[str, str] = {}
    for trial in trials:
        used = trial["calibration"]
        if trial["by_hand"]:
            continue
        words = ["nominal"] if used.get("nominal") else []
        words += [f"pair {used['pair']}"] if used.get("pair") else []
        for part, name in (("insoles", "insoles"), ("imu", "motion sensor")):
            if part in used:  # a result of an older version doesn't tell
                record = used[part]
                words.append(
                    f"{name} calibrated {str(record.get('created_utc', ''))[:10]}"
                    if record
                    else f"{name} not calibrated"
                )
        under = used.get("recorded_under")
        words += [f"recorded under {under}"] if under and under != used.get("id") else []
        found.setdefault(str(used.get("id", "unknown")), f" ({', '.join(words)})" if words else "")
    return list(found.items())
