# SPDX-License-Identifier: MIT
"""Is a calibrated board still as its record says? Zero, weight, one mark for each foot, gravity on two faces.

What was found is held against the record's own error and what this short look may itself be off by, both at 95 %.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..calibration import SIDES, Calibration
from ..calibration_law import loads
from ..decode import Decoded
from ..errors import CalibrationError
from ..fit import faults
from ..fit.doubt import doubt
from ..fit.known import AXES, MARK_MM, evidence_of
from ..fit.leans import solve, zero_counts
from ..physics import GRAVITY_MS2
from ..recording import read
from .calibrate_insole import PATIENCE_S, WEIGHT, take, weight
from .guide import Guide
from .guide_steps import Step, Taken, steps_of
from .imu_poses import si
from .insole_steps import ALONE, FREE, PLANK, REST, SUPPORTED, ZERO, planks, tasks

EVIDENCE = "verify"
FACE = "face"
FACE_S = 3.0
FACE_MS2, FACE_DPS = 0.1, 3.0  # standard deviation of each axis while a board lies on a table
APART_DEG = 45.0  # between the two faces
MIDDLE = slice(1, 2)  # of the three marks
UNTOLD_SHARE_BW = 0.05  # where a record carries no error of its own: our choice
UNTOLD_COP_MM = 5.0
WARM_MS2 = 0.0098  # ten kelvin of the motion sensor's drift, 0.1 mg/K (ST DS12140, table 2)
DRAWS = 40


@dataclass(frozen=True)
class Check:
    """One thing looked at: how far it is off, the limit (None: told, not judged), and what to do above it."""

    key: str
    label: str
    value: float
    unit: str
    limit: float | None
    advice: str

    @property
    def good(self) -> bool:
        return self.limit is None or self.value <= self.limit


@dataclass(frozen=True)
class Verdict:
    """All checks of a recording against one record, and cells or plugs that are broken."""

    record: str
    evidence_sha256: str
    checks: tuple[Check, ...]
    faults: tuple[str, ...]

    @property
    def drifted(self) -> bool:
        return bool(self.faults) or not all(check.good for check in self.checks)


def look(
    guide: Guide,
    record: Calibration,
    kg: float | None = None,
    *,
    supported: bool = False,
    plank: bool = True,
    faces: bool = True,
    patience_s: float = PATIENCE_S,
) -> None:
    """Take the steps. Raises CalibrationError where one never succeeds."""
    if record.nominal:
        raise CalibrationError(
            "No calibration record of these insoles is in force: there is nothing to verify them by."
        )
    form = SUPPORTED if supported else FREE
    guide.recorder.note("form", form=form, record=record.id)
    kg = weight(guide, kg)
    wanted = [task for task in tasks(form, record.foot_length_mm) if task.kind not in (PLANK, ALONE)]
    if plank:
        wanted += planks(record.foot_length_mm, ("ap",), MIDDLE)
    if not supported and guide.ask("Will the person stand with hands free, leaning on nothing?", ("yes", "no")) == "no":
        raise CalibrationError("Then use --supported: hands on a rail, a bathroom scale under each foot.")
    for task in wanted:
        task = replace(task, kind=REST) if task.kind == ZERO else task
        take(guide, task, record, kg, patience_s)
        guide.tell("  taken.")
    if faces:
        _faces(guide, patience_s)


def _faces(guide: Guide, patience_s: float) -> None:
    former: list[np.ndarray] = []
    config = guide.config

    def judge(taken: Taken) -> str | None:
        if len(taken.imu) < 10:
            return "no sample of the motion sensor arrives"
        acc, rate = si(taken, config)
        if acc.std(axis=0).max() > FACE_MS2 or rate.std(axis=0).max() > FACE_DPS:
            return "the board moves: lay it down and take the hand away"
        up = acc.mean(axis=0) / np.linalg.norm(acc.mean(axis=0))
        if any(float(up @ other) > np.cos(np.radians(APART_DEG)) for other in former):
            return "it lies as before: turn it to another face"
        return None

    for k, text in enumerate(("Lay the board on a face on a table.", "Turn the board to another face."), 1):
        guide.tell(text)
        guide.ask("Press Enter when it lies still.")
        acc, _ = si(guide.step(f"{FACE}-{k}", "", FACE_S, judge, patience_s=patience_s), config)
        former.append(acc.mean(axis=0) / np.linalg.norm(acc.mean(axis=0)))
        guide.tell("  taken.")


def verdict_of(path: Path, record: Calibration) -> Verdict:
    """What a recording says of a record. Raises CalibrationError where it is none, or breaks off."""
    decoded = read(path)
    if decoded.head.get("evidence") != EVIDENCE:
        raise CalibrationError(f"{path} is no recording of `surefoot calibration verify`: choose one.")
    steps = steps_of(decoded)
    kg = next((float(note["kg"]) for note in reversed(decoded.notes) if note.get("note") == WEIGHT), None)
    zero = next((step.taken.cells for step in steps if step.key == ZERO), None)
    told = [
        (step.values | ({"kg": kg} if step.values.get("weight") == "body" else {}), step.taken.cells)
        for step in steps
        if not step.key.startswith((ZERO, FACE))
    ]
    weighed = [(values, counts) for values, counts in told if "kg" in values or "kg_left" in values]
    if zero is None or kg is None or not weighed:
        raise CalibrationError(f"{path} breaks off before anything can be said: verify again.")
    fresh = replace(record, zero_count=zero_counts(zero))
    found = [fault for fault in faults.broken(zero, [counts for _, counts in told], fresh) if fault.sure]
    swapped = faults.swapped_feet(told, fresh)
    sentences = tuple(fault.sentence for fault in found) + ((swapped.sentence,) if swapped else ())
    checks: list[Check] = []
    if not sentences:
        checks += _zero(zero, weighed, record, fresh, kg * GRAVITY_MS2)
        checks += _force(weighed, record, fresh, kg * GRAVITY_MS2)
        checks += _place(told, fresh)
    checks += _gravity(steps, decoded, record)
    return Verdict(record.id, hashlib.sha256(path.read_bytes()).hexdigest(), tuple(checks), sentences)


def _own(record: Calibration, key: str, side: str, otherwise: Any) -> Any:
    """The record's own error of a foot."""
    told = record.made_insole.error.get(key) if record.made_insole else None
    return told.get(side, otherwise) if isinstance(told, Mapping) else otherwise if told is None else told


def _zero(zero: Any, weighed: Any, record: Calibration, fresh: Calibration, weight_n: float) -> list[Check]:
    """What the drift of the zero does: the reading of nothing, or the change of a loaded foot, whichever is more."""
    nothing = np.median(loads(zero, record).foot_force_n, axis=0)
    counts = np.concatenate([counts for _, counts in weighed])
    moved = np.abs(np.median(loads(counts, fresh).foot_force_n - loads(counts, record).foot_force_n, axis=0))
    return [
        Check(
            f"zero_{side}",
            f"{side} zero, as force",
            100 * float(max(nothing[f], moved[f])) / weight_n,
            "% BW",
            100 * _own(record, "force_share_bw", side, UNTOLD_SHARE_BW),
            "Loosen the laces and look for what presses; if it stays, calibrate the insoles again.",
        )
        for f, side in enumerate(SIDES)
    ]


def _force(weighed: Any, record: Calibration, fresh: Calibration, weight_n: float) -> list[Check]:
    """Each foot's force gain found again, against the record's."""
    told = evidence_of(weighed)
    solved = solve(told, fresh, fit_exponent=False)
    own = doubt(told, fresh, solved, weight_n, fit_exponent=False, draws=DRAWS)["foot_gain_share"]
    checks = []
    for f, side in enumerate(SIDES):
        # An error of body weight's share is twice that of a foot which carries half of it.
        limit = float(np.hypot(2 * _own(record, "force_share_bw", side, UNTOLD_SHARE_BW), own[side]))
        off = abs(solved.record.foot_gain[f] / record.foot_gain[f] - 1)
        advice = "Is the weight right, and nothing held? Then do level 1 again."
        checks.append(Check(f"force_{side}", f"{side} force gain", 100 * off, "%", 100 * limit, advice))
    return checks


def _place(told: Any, record: Calibration) -> list[Check]:
    """Each foot's CoP over the mark."""
    checks = []
    for values, counts in told:
        if "mark_mm" not in values:
            continue
        foot, axis = SIDES.index(values["foot"]), AXES.index(values["axis"])
        place = float(np.nanmedian(loads(counts, record).foot_cop_m[:, foot, axis])) * 1e3
        own = _own(record, "cop_mm", values["foot"], None)
        told_mm = own[axis] if own and own[axis] is not None else UNTOLD_COP_MM
        limit = float(np.hypot(told_mm, values.get("mark_error_mm", MARK_MM)))
        label = f"{values['foot']} centre of pressure, forward"
        advice = "Has the insole moved in the shoe? Lay it as it was; if it stays, do level 1 again."
        checks.append(Check(f"cop_{values['foot']}", label, abs(place - values["mark_mm"]), "mm", limit, advice))
    return checks


def _gravity(steps: tuple[Step, ...], decoded: Decoded, record: Calibration) -> list[Check]:
    """The length of gravity on the two faces."""
    made, imu = record.made_imu, record.imu
    checks = []
    for step in steps:
        if not step.key.startswith(FACE):
            continue
        acc = (si(step.taken, decoded.config)[0] - imu.acc_bias_ms2) @ np.array(imu.acc_matrix).T
        against = float(made.residuals.get("gravity_ms2", GRAVITY_MS2)) if made else GRAVITY_MS2
        off = abs(float(np.linalg.norm(acc.mean(axis=0))) - against)
        limit = float(np.hypot(2 * made.error.get("acc_ms2", 0.0), WARM_MS2)) if made else None
        advice = "Let it warm up for ten minutes and verify again; if it stays, `surefoot calibrate imu`."
        checks.append(Check(f"gravity_{step.key[-1]}", f"gravity on face {step.key[-1]}", off, "m/s2", limit, advice))
    return checks
