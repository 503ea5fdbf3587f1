# SPDX-License-Identifier: MIT
"""A calibration record in, the words and tables of its page out. What the record does not tell is not told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from surefoot.calibration import ANY, IDENTITY, SIDES, Calibration, Made, when_utc
from surefoot.device.virtual import VIRTUAL_ID
from surefoot.output.calibration_evidence import Evidence
from surefoot.output.calibration_figures import PLAIN, Row, rows, short, text, unit_of
from surefoot.output.calibration_tables import cell_error, cells_table, errors_table, faults_of, feet_table, imu_table
from surefoot.physics import GRAVITY_MS2

# What the one sentence is made of: key -> words with the figure in. The first of each line that the record has is said.
FORCE_SAID = {
    "force_share_bw": "force within \u00b1{} of body weight",
}
COP_SAID = {
    "cop_p95_mm": "the centre of pressure of a foot within {} mm (95 %)",
    "cop_rms_mm": "the centre of pressure of a foot within {} mm (rms)",
}
IMU_SAID = {
    "acc_ms2": "acceleration {} m/s\u00b2",
    "gyr_bias_dps": "turn rate at rest {} \u00b0/s",
    "gyr_scale_share": "scale of turn rate {}",
    "tilt_deg": "direction of up {}\u00b0",
    "yaw_deg": "direction of forward {}\u00b0",
}
ADVICE = (
    ("fault", "A cell is marked as faulty", "Check its plug and lead, see `surefoot doctor`, calibrate again."),
    ("no insoles", "The insoles are nominal", "Calibrate them: `surefoot calibrate insole`."),
    (
        "cells",
        "One cell is far darker than the others, or its curve leaves its points",
        "Look at its puck and plug, then repeat that cell's loads.",
    ),
    (
        "insoles",
        "Errors of the centre of pressure grow towards one end",
        "A mark or the foot was not where it was said to be: measure the marks and repeat the leans.",
    ),
    (
        "insoles",
        "Errors of one foot's force grow with the load",
        "Check the scale and the weight that was typed; both insoles must lie flat, without a fold.",
    ),
    ("no imu", "The motion sensor was not calibrated", "Calibrate it: `surefoot calibrate imu`."),
    (
        "imu",
        "A pose is beyond the limit",
        "The case moved or was held: put it down, take the hand away, repeat that pose.",
    ),
    (
        "imu",
        "The board is much warmer or colder than when its gyroscope's bias was taken",
        "Let it come to that temperature, or calibrate the motion sensor again.",
    ),
    (
        "",
        "The record has expired, cells were changed, or the shoe or insole is another",
        "`surefoot calibration verify`, and calibrate again where that fails.",
    ),
)
OF_A_CELL = re.compile(r"(.*) of ([LR]\d): (.*)")


def view(
    record: Calibration, evidence: Evidence, history: Sequence[Calibration], now_utc: str | None
) -> dict[str, Any]:
    """Everything that the template prints but the pictures."""
    parts = [part for part in (("Insoles", record.made_insole), ("Motion sensor", record.made_imu)) if part[1]]
    faults, before = faults_of(record, evidence), next(iter(history), None)
    return {
        "record": record,
        "title": _title(record),
        "any_device": record.device == ANY,
        "simulated": simulated(record),
        "good_for": good_for(record),
        "parts": [_part(name, made, now_utc) for name, made in parts if made],
        "expired": [name for name, made in parts if made and _expired(made, now_utc)],
        "created": moment(record.created_utc),
        "faults": sorted(faults.items()),
        "doubts": doubts(record),
        "missed": missed(record),
        "residuals": [table for table in (_left_over(name, made) for name, made in parts if made) if table[1]],
        "errors": errors_table(record, before),
        "before": before,
        "cells": cells_table(record, evidence, history),
        "feet": feet_table(record),
        "imu": imu_table(record),
        "what_to_do": what_to_do(record, bool(faults), bool(cell_error(record, evidence, history).values)),
    }


def simulated(record: Calibration) -> bool:
    """Whether the record is of a virtual board."""
    return record.device.startswith(VIRTUAL_ID)


def moment(utc: str) -> str:
    """A moment as it is read."""
    return utc[:16].replace("T", " ") + " UTC"


def _title(record: Calibration) -> str:
    made = [word for word, part in (("insoles", record.made_insole), ("motion sensor", record.made_imu)) if part]
    return f"Calibration of {' and '.join(made)}" if made else "Nominal calibration"


def _expired(made: Made, now_utc: str | None) -> bool:
    return bool(made.expires_utc and now_utc and when_utc(made.expires_utc) <= when_utc(now_utc))


def _part(name: str, made: Made, now_utc: str | None) -> dict[str, str]:
    return {
        "name": name,
        "method": made.method,
        "level": str(made.level),
        "when": made.created_utc[:10],
        "who": made.who or "not told",
        "expires": (made.expires_utc or "not told")[:10] + (" (past)" if _expired(made, now_utc) else ""),
        "because": str(made.residuals.get("expires_because", "")),
        "evidence": made.evidence_sha256 or "not kept",
    }


def good_for(record: Calibration) -> list[str]:
    """What numbers made with this record may be trusted to, a sentence for each part."""
    insole, imu = record.made_insole, record.made_imu
    out = []
    if insole is None:
        out.append(
            "The insoles are nominal: nobody calibrated them, so no newtons are shown, and their centre of pressure can"
            " be wrong by more than a person changes."
        )
    else:
        force = _said(FORCE_SAID, insole.error)
        if force and isinstance(insole.error["force_share_bw"], Mapping):
            force = f"{force.replace('force', 'the force of a foot', 1)} (95 %)"
        said = [one for one in (force, _by_axis(insole.error) or _said(COP_SAID, insole.error)) if one]
        if said:
            bare = record.foot_gain == (1.0, 1.0)  # no lean has told what lands beside the cells
            only = " This is the force on the cells alone: what lands beside them is not in it yet." if bare else ""
            out.append(f"Insoles: {' and '.join(said)}{_range(insole)}.{only}")
        else:
            force = _rms(insole.residuals, "force_rms_n", "of force")
            said = [one for one in (force, _said(COP_SAID, insole.residuals)) if one]
            left = f" The fit follows its own evidence with {' and '.join(said)}: new readings can be further off."
            out.append("Insoles: how far a reading may be off was not measured." + (left if said else ""))
    out.append(_imu_good_for(imu))
    return out


def _imu_good_for(imu: Made | None) -> str:
    if imu is None:
        return "The motion sensor was not calibrated: its bias, scale and mounting are assumed."
    said = [one for key, words in IMU_SAID.items() if (one := _said({key: words}, imu.error))]
    if said:
        return f"Motion sensor, standard errors: {', '.join(said)}."
    return "Motion sensor: how far a reading may be off was not measured."


def _worst(value: Any) -> float | None:
    """The largest number anywhere in a figure: a claim holds for both feet and both axes."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        found = [one for one in map(_worst, value) if one is not None]
        return max(found) if found and len(found) == len(value) else None
    return abs(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _said(table: Mapping[str, str], figures: Mapping[str, Any]) -> str | None:
    for key, words in table.items():
        worst = _worst(figures.get(key))
        if worst is not None:
            unit = unit_of(key)
            return words.format(short(worst * unit.factor) + ("\u00a0%" if unit.text.startswith("%") else ""))
    return None


def _rms(figures: Mapping[str, Any], key: str, of: str) -> str | None:
    worst = _worst(figures.get(key))
    return None if worst is None else f"{short(worst)} {unit_of(key).text} {of} (rms)"


def _by_axis(error: Mapping[str, Any]) -> str | None:
    """What a foot's CoP is right to on each axis, of the worse foot."""
    told = error.get("cop_mm")
    if not isinstance(told, Mapping):
        return None
    pairs = [pair for side in SIDES if isinstance(pair := told.get(side), list | tuple) and len(pair) == 2]
    if len(pairs) < len(SIDES):
        return None
    said = []
    for axis, word in enumerate(("sideways", "forward")):
        worst = _worst([pair[axis] for pair in pairs])
        if worst is not None:
            said.append(f"{short(worst)} mm {word}")
    return f"the centre of pressure of a foot within {' and '.join(said)} (95 %)" if said else None


def _range(made: Made) -> str:
    """The loads of a foot that the evidence has seen, of both feet."""
    low, high = (made.error.get(f"valid_load_{end}_n") for end in ("from", "to"))
    if not all(
        isinstance(one, Mapping) and all(isinstance(one.get(s), int | float) for s in SIDES) for one in (low, high)
    ):
        return ""
    assert isinstance(low, Mapping)
    assert isinstance(high, Mapping)
    ends = max(low[side] for side in SIDES), min(high[side] for side in SIDES)
    said = f", for loads of {short(ends[0])} to {short(ends[1])} N on a foot"
    kg = made.residuals.get("body_weight_kg")
    if not isinstance(kg, int | float) or kg <= 0:
        return said
    shares = (f"{100 * end / (kg * GRAVITY_MS2):.0f}" for end in ends)
    return f"{said} ({' to '.join(shares)}\u00a0% of body weight)"


def doubts(record: Calibration) -> list[str]:
    """Sentences of the fits about what may be wrong."""
    told = record.made_insole.residuals.get("faults_not_sure", ()) if record.made_insole else ()
    return [str(one) for one in ([told] if isinstance(told, str) else told or ())]


def _left_over(name: str, made: Made) -> tuple[str, list[Row], bool]:
    """A part's residuals, and whether any of them is told by side."""
    found = rows(made.residuals)
    return name, found, any(len(row.texts) == 2 for row in found)


def missed(record: Calibration) -> list[str]:
    """What the evidence did not show, as the fits and the record's own gaps tell it."""
    out: list[str] = []
    for made in (record.made_insole, record.made_imu):
        told = made.residuals.get("not_fitted", ()) if made else ()
        out += [str(one) for one in ([told] if isinstance(told, str) else told)]
        if made and made.residuals.get("not_done"):
            out.append(f"cells without a load of their own: {text(made.residuals['not_done'], PLAIN)}")
        if made and made.residuals.get("swaps_not_told"):
            out.append(
                f"whether these cells are in each other's plugs: {text(made.residuals['swaps_not_told'], PLAIN)}"
            )
    if record.made_insole is None:
        out.append("forces and centres of pressure: the insoles' numbers are assumed")
    elif record.made_insole.level == 1 and record.curves is None:
        out.append("the gain of each cell by itself: leans tell the foot's sum and centroid, no single cell")
    for what, known, means in (
        ("hysteresis", record.hysteresis_share, "whether a load that falls reads as the same load that rises"),
        ("creep", record.creep_share_per_decade, "how a constant load's reading rises with time"),
    ):
        if record.made_insole and known is None and not any(one.startswith(what) for one in out):
            out.append(f"{what}: {means}")
    if record.cop_noise_mm is None:
        out.append("noise of the centre of pressure under a dead weight")
    if record.made_imu is None:
        out.append("the motion sensor: bias, scale and mounting are assumed")
        return _grouped(out)
    if record.imu.gyr_scale == (1.0, 1.0, 1.0):
        out.append("the gyroscope's scale: it is the data sheet's")
    if record.made_imu.residuals.get("acc_misalignment_fitted") is False:
        out.append("misalignment of the accelerometer's axes: six faces don't tell it")
    if record.imu.axes == IDENTITY:
        out.append("how the unit sits at the waist: its axes are taken for those of the body")
    elif record.made_imu.residuals.get("yaw_seen") is False:
        out.append("what is forward at the waist: standing tells what is up only")
    return _grouped(out)


def _grouped(texts: list[str]) -> list[str]:
    """What is said of many cells in the same words, said once."""
    out: dict[tuple[str, str], list[str]] = {}
    for one in texts:
        found = OF_A_CELL.fullmatch(one)
        out.setdefault((found[1], found[3]) if found else (one, ""), []).append(found[2] if found else "")
    return [f"{first} of {', '.join(named)}: {last}" if last else first for (first, last), named in out.items()]


def what_to_do(record: Calibration, faulty: bool, measured: bool) -> list[tuple[str, str]]:
    """(if, then) for what can be seen on the page; `measured`: single cells have an error of their own."""
    seen = {
        "fault": faulty,
        "cells": measured,
        "insoles": record.made_insole is not None,
        "no insoles": record.made_insole is None,
        "imu": record.made_imu is not None,
        "no imu": record.made_imu is None,
        "": True,
    }
    return [(seen_if, then) for when, seen_if, then in ADVICE if seen[when]]
