# SPDX-License-Identifier: MIT
"""The page of figures that `make truth` prints: real feet first, then the simulator's."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import jerk_noise
import test_insole_walk as walk
import truth
from truth import BIAS, CASES, LIMITS, POINTS, TYPICAL, WORST

ROOT = Path(__file__).resolve().parents[1]
NUMBERS = range(1, 13)
DRAWS = 3  # other bodies, stances, soles and parts under each replayed file; the first is what the test checks
WEIGHTS = range(1, 21)
VELOCITY, AREA = "cop_velocity_mmps", "cop_area_95_mm2"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def spread(values: Iterable[float], unit: str = "") -> list[str]:
    """Median, median without sign, and the worst of the values."""
    all_ = np.array(list(values))
    worst = all_[np.argmax(np.abs(all_))]
    digits = 2 if unit == "points" else 1
    return [f"{np.median(all_):+.{digits}f}", f"{np.median(np.abs(all_)):.{digits}f}", f"{worst:+.{digits}f}"]


def real_feet(data: Path) -> str:
    feet = walk.read(data)
    rows = []
    for chosen, word in ((slice(0, None, 2), "odd"), (slice(1, None, 2), "even")):
        for level, name in ((False, "one scale for each foot"), (True, "level 1, judged on the other half")):
            errors = walk.as_ours(feet, chosen, level)
            row = [f"{word} cells", name]
            for key, factor in (("ml", 1), ("ap", 1), ("force", 100)):
                bias, median, p95 = (factor * value for value in walk.figures(errors[key]))
                row.append(f"{bias:+.1f}, {median:.1f}, {p95:.1f}")
            rows.append(row)
    head = ["eight of sixteen", "calibration", "ML, mm", "AP, mm", "force of the foot, %"]
    return table(head, rows)


def people(found: list[dict[str, dict[Any, Any]]]) -> str:
    rows = []
    for key, limit in LIMITS.items():
        unit = "points" if key in POINTS else "%"
        row = [f"`{key}`", unit]
        for record in ("known", "unknown"):
            row += [", ".join(spread((person[record][key] for person in found), unit))]
            sd = getattr(limit, record)
            row += [", ".join(f"{factor * sd:.2g}" for factor in (BIAS, TYPICAL, WORST))]
        row += [", ".join(spread((person["whole foot"][key] for person in found), unit)), limit.why]
        rows.append(row)
    head = [
        "measure",
        "in",
        "gains known",
        "limits",
        "gains unknown",
        "limits",
        "leans over the whole foot",
        "why it errs",
    ]
    return table(head, rows)


def causes(found: list[dict[str, dict[Any, Any]]]) -> str:
    words = {"known": "the chain", "stance": "stance alone", "insoles": "soles, cells and noise alone"}
    rows = [
        [f"`{key}`", *(", ".join(spread(person[name][key] for person in found)) for name in words)]
        for key in truth.SWAY_KEYS
    ]
    return table(["measure", *words.values()], rows)


def each_person(found: list[dict[str, dict[Any, Any]]]) -> str:
    rows = []
    for case, person in zip(CASES, found, strict=True):
        row = [str(case.seed), f"{case.kind}, {case.condition}"]
        row += [f"{person['truth'][VELOCITY]:.1f}", f"{person['known'][VELOCITY]:+.1f}"]
        row += [f"{person['truth'][AREA]:.0f}"]
        row += [f"{person[name][AREA]:+.1f}" for name in ("known", "stance", "insoles")]
        rows.append(row)
    head = ["seed", "who", "true mm/s", "error %", "true mm2", "error %", "stance alone", "soles alone"]
    return table(head, rows)


def replayed(found: list[dict[Any, Any]]) -> str:
    rows = []
    for number, replay in zip(NUMBERS, found, strict=False):
        row = [f"BDS{number:05d}"]
        for key, digits in ((VELOCITY, 1), (AREA, 0)):
            row.append(f"{replay['plate', '10 Hz'][key]:.{digits}f}")
            row += [f"{replay[name, '10 Hz'][key]:+.1f}" for name in truth.REPLAY_RECORDS]
            row.append(f"{replay['known', 'none'][key]:+.1f}")
        rows.append(row)
    records = [f"{word} %" for word in ("gains known", "unknown", "marks +-2 mm", "unfiltered")]
    return table(["file", "plate mm/s", *records, "plate mm2", *records], rows)


def replay_summary(found: list[dict[Any, Any]]) -> str:
    rows = []
    for label in ("10 Hz", "none"):
        for name in truth.REPLAY_RECORDS:
            row = ["10 Hz both sides" if label == "10 Hz" else "unfiltered both sides", name]
            for key, target in ((VELOCITY, 5), (AREA, 10)):
                for part in (found[: len(NUMBERS)], found):
                    errors = np.array([replay[name, label][key] for replay in part])
                    inside = f"{(np.abs(errors) < target).sum()} of {len(errors)}"
                    row.append(f"{', '.join(spread(errors))}; {inside} within {target} %")
            rows.append(row)
    head = [
        "filter",
        "calibration",
        "velocity, 12 trials",
        f"velocity, {len(found)}",
        "area, 12 trials",
        f"area, {len(found)}",
    ]
    return table(head, rows)


def noise(found: list[dict[str, float]]) -> str:
    units = {"velocity 10 Hz": "mm/s", "velocity": "mm/s", "area 10 Hz": "mm2", "area": "mm2"}
    rows = []
    for key in found[0]:
        values = np.array([floor[key] for floor in found])
        filtered = "10 Hz" if "10 Hz" in key else "none"
        row = [key.removesuffix(" 10 Hz"), filtered, units.get(key, "mm")]
        rows.append([*row, f"{np.median(values):.3f}", f"{values.min():.3f} to {values.max():.3f}"])
    return table(["dead weight, 700 N", "filter", "unit", "median", "range"], rows)


def page() -> str:
    data = Path(os.environ.get("SUREFOOT_REAL_DATA") or ROOT.parent / "shared" / "data")
    if not (data / "README.md").is_file():
        raise SystemExit(
            f"The real recordings are not at {data}: set SUREFOOT_REAL_DATA to the folder that holds them."
        )
    files = [data / "quiet-stance" / f"BDS{number:05d}.txt" for number in NUMBERS]
    jobs = [truth.Replay(path, n + 100 * draw) for draw in range(DRAWS) for n, path in zip(NUMBERS, files, strict=True)]
    crowd = truth.side_by_side(partial(truth.person_errors, whole_foot=True), CASES)
    plays = truth.side_by_side(truth.replay_errors, jobs)
    floors = truth.side_by_side(truth.floor, WEIGHTS)
    ideal, lags = truth.ideal_errors(3)
    key = max(ideal, key=lambda key: abs(ideal[key]))
    gates = np.array([floor["noise of the record"] for floor in floors])
    jerks = [person["truth"]["trunk_jerk_m2ps5"] * person["known"]["trunk_jerk_m2ps5"] / 100 for person in crowd]
    made = f"{platform.python_implementation()} {platform.python_version()}, numpy {np.__version__}"
    return f"""# What comes back of a known sway

**Simulated, not verified on people.** No one has stood on these insoles yet. All below but the first table is a
simulated person, or a replayed one, on simulated soles, parts and sensors; only firmware, wire and host are real.

Made by `make truth` ({made}). Three numbers in a cell are the median, the median
without sign, and the worst. The product's trial: 30 s held, 3 s left out, 100 Hz, sway at 10 Hz, trunk at 3.5 Hz.
`tests/test_truth.py` asserts it.

## Real feet

Two real feet, a walk of 17 s on a commercial insole of sixteen cells: every second cell, read as ours, against all
sixteen. **A statement about real feet starts with this error, not with the simulator's.** In each cell: bias, median
and 95th percentile of the size. What sixteen cells miss is in neither. In a walk the CoP runs along the whole foot;
standing moves it a tenth of that, so how much of this error standing sees is not known.

{real_feet(data)}

## A simulated person, whose sway is known

{len(CASES)} people (seeds {CASES[0].seed} to {CASES[-1].seed}: steady and unsteady, eyes open and closed), each with
another body, stance, soles and parts. Error of what the product reports against the truth of the same seconds, treated
alike. *Gains known*: each cell's own gain by known loads first, then leans over the range that standing uses.
*Unknown*: such leans alone, as the demo does it, on cells that differ by 15 %. *Leans over the whole foot*: unknown
gains, and marks from heel to toes: a straight line through all of it fits the middle less well. Limits: what the test
allows for median, median without sign and worst, as {BIAS}, {TYPICAL} and {WORST} of an SD that follows from what the
host can't know.

{people(crowd)}

Path, frequency and jerk of the trunk err upward, by the accelerometer's white noise: by density and filter it makes
{jerk_noise.of_noise_m2ps5():.4f} m2/s5 of jerk, and the median of what the chain adds is {np.median(jerks):.4f}.
Not in the table: the trunk's side to side and forward each by itself, which mix as the pod is turned about the
vertical (3 degrees, SD), since nothing in the record undoes it.

### Why

Each cause alone, with gains known: true feet placed on the mat's lines, and the insoles' feet placed where they truly
lie. Their product is the chain's error to within 1 %: there is no third cause.

{causes(crowd)}

{each_person(crowd)}

On ideal feet, ideal parts and the mat's own lines the chain errs by at most {abs(ideal[key]):.2f} % (`{key}`);
velocity {ideal[VELOCITY]:+.2f} %, area {ideal[AREA]:+.2f} %. CoP lags by {lags[0]:+.1f} ms (ML) and {lags[1]:+.1f} ms
(AP), the trunk by {lags[2]:+.1f} and {lags[3]:+.1f} ms: a scan lasts some ms after its stamp, and the simulated world
moves in steps of 1 ms, half of which is lag.

## Real sway, replayed

The CoP of a force plate (Santos and Duarte 2016, one adult) moves the simulated body. Truth is the file's own columns
at the same times. Target, filtered alike: velocity within 5 %, area within 10 %. The four errors of each measure
are: at 10 Hz with gains known, unknown, known but the marks of the leans off by 2 mm (SD); and unfiltered, known.

{replayed(plays)}

{replay_summary(plays)}

The 12 are those of the table above; the {len(plays)} are {DRAWS} draws of body, stance, soles and parts for each file.
A miss is a person who stands off the mat's lines or whose soles bend more; nothing was tuned to avoid one. Unfiltered,
the noise below adds to the path; area hardly feels it.

## Noise floor

{len(floors)} boards (seeds {WEIGHTS[0]} to {WEIGHTS[-1]}), same firmware, gains known. Noise is that of each sample at
100 Hz; *of the record* is the figure that a calibration record carries: both axes of the net CoP together. Its limit
for paths at 10 Hz is 0.05 mm, and {(gates <= 0.05).sum()} of {len(gates)} boards keep it.

{noise(floors)}
"""
