# SPDX-License-Identifier: MIT
"""protocols/norms/plate-quiet-stance.toml from the published table; `python tests/plate_norms.py TABLE` writes it anew.

Derived figures only: quartiles over people of the geometric mean of their three trials, and agreement of those trials.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from surefoot.measures.reliability import Interval, reliability
from surefoot.resources import data_dir

PATH = data_dir("protocols") / "norms" / "plate-quiet-stance.toml"
# Column, factor from the table's unit, key of the measures table, unit.
MEASURES = (
    ("COPvelo", 10.0, "cop_velocity_mmps", "mm/s"),
    ("COParea", 100.0, "cop_area_95_mm2", "mm2"),
    ("COPmfreq", 1.0, "cop_mean_frequency_hz", "Hz"),
)
CONDITIONS = (("firm", "open"), ("firm", "closed"), ("foam", "open"), ("foam", "closed"))
BANDS = ((18, 29), (30, 39), (40, 49), (50, 59), (60, 69), (70, 79), (80, 89))
ENOUGH = 15  # people in a band; quartiles of fewer say more about those few than about the age
GROUPS = (("18 to 85 years", 18, 85), ("18 to 59 years", 18, 59), ("60 to 85 years", 60, 85))
TRIALS = 3
HEAD = """\
# SPDX-License-Identifier: MIT
# Written by tests/plate_norms.py from the published table. Force plate, barefoot: not comparable with insoles.
format = 1
id = "plate-quiet-stance"
title = "Quiet stance of 60 s on a force plate, barefoot: age bands and reliability"
attribution = "Derived figures from the public data set of human balance evaluations by D. A. Santos and M. Duarte \
(2016), PeerJ 4:e2648, 10.7717/peerj.2648, licensed CC BY 4.0; changed: numbers per trial were summarised over people."
"""
CITE = {
    "cite": "computed from the published trials of Santos and Duarte 2016, PeerJ 4:e2648",
    "doi": "10.7717/peerj.2648",
}
COMMON = {"footwear": "barefoot", "instrument": "force-plate", **CITE, "certainty": "V"}


def read(path: Path, column: str, factor: float, surface: str, vision: str) -> tuple[np.ndarray, np.ndarray]:
    """Age [people] and the three trials [people, 3] of those who did all three."""
    own: dict[str, list[float]] = {}
    ages: dict[str, float] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if (row["Surface"].lower(), row["Vision"].lower()) == (surface, vision):
                own.setdefault(row["Subject"], []).append(float(row[column]) * factor)
                ages[row["Subject"]] = float(row["Age"])
    whole = [person for person, values in own.items() if len(values) == TRIALS]
    return np.array([ages[person] for person in whole]), np.array([own[person] for person in whole])


def figure(value: float) -> float:
    """Four significant digits."""
    return float(f"{value:.4g}")


def bands(ages: np.ndarray, trials: np.ndarray) -> list[dict[str, Any]]:
    person = np.exp(np.log(trials).mean(axis=1))
    rows = []
    for low, high in BANDS:
        own = person[(ages >= low) & (ages < high + 1)]
        if len(own) >= ENOUGH:
            quarters = [figure(float(q)) for q in np.percentile(own, (25, 50, 75))]
            figures = dict(zip(("low", "value", "high"), quarters, strict=True))
            rows.append({"age_min": low, "age_max": high, **figures, "n": len(own)})
    return rows


def agreement(trials: np.ndarray, log: bool) -> dict[str, Any]:
    found = reliability(trials, log)
    entry: dict[str, Any] = {"n": found.n, "k": found.k}
    for form in ("2,1", "3,1", "2,k", "3,k"):
        entry[f"icc_{form.replace(',', '_')}"] = interval(found.icc[form])
    entry["sem"] = figure(found.sem.value)
    if log:
        entry["mdc95_percent"] = figure(found.mdc95_percent)
    else:
        entry["mdc95"] = figure(found.mdc95.value)
    return entry | {"grows": bool(found.spread_p < 0.05 and found.spread_rho > 0), "drifts": bool(found.drift_p < 0.05)}


def interval(one: Interval) -> list[float]:
    return [round(one.value, 3), round(one.low, 3), round(one.high, 3)]


def document(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The tables and errors of the file."""
    tables, errors = [], []
    for column, factor, measure, unit in MEASURES:
        for surface, vision in CONDITIONS:
            ages, trials = read(path, column, factor, surface, vision)
            needs = {"surface": surface, "vision": vision}
            named = {"protocols": ["plate-quiet-stance"], "measure": measure, "unit": unit, "needs": needs}
            tables.append(
                {
                    "id": f"{column.lower()}-{surface}-{vision}",
                    **named,
                    "near": ["quiet-stance", "mctsib", "mctsib-together"],
                    "stat": "quartiles",
                    "population": "adults, healthy or with illnesses of which the study keeps a list",
                    "setting": "supervised",
                    **COMMON,
                    "note": "Geometric mean of three trials of 60 s, not filtered.",
                    "rows": bands(ages, trials),
                }
            )
            for number, (words, low, high) in enumerate(GROUPS):
                own = trials[(ages >= low) & (ages < high + 1)]
                for log in (False, True) if number == 0 else (True,):
                    told = {"scale": "log" if log else "raw", "trials": 1, "interval": "within-session"}
                    errors.append(
                        {**named, **told, "population": f"adults of {words}", **COMMON, **agreement(own, log)}
                    )
    return {"tables": tables, "errors": errors}


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + "".join(f"  {toml(item)},\n" for item in value) + "]"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def text(path: Path) -> str:
    parts = [HEAD]
    for kind, entries in document(path).items():
        parts += [
            f"\n[[{kind}]]\n" + "".join(f"{key} = {toml(item)}\n" for key, item in entry.items()) for entry in entries
        ]
    return "".join(parts)


if __name__ == "__main__":
    PATH.write_text(text(Path(sys.argv[1])), "utf-8")
