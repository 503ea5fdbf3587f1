# SPDX-License-Identifier: MIT
"""From the evidence of a level-1 session of the insoles to a calibration record, now or years later."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from .. import calibration, cells
from ..calibration import SIDES, Calibration, Made, Pair
from ..calibration_law import loads
from ..decode import Decoded
from ..errors import CalibrationError
from ..fit import faults
from ..fit.cell_order import untold_swaps
from ..fit.cells_record import OF_CELLS
from ..fit.doubt import DRAWS, EXPIRES, VALID_DAYS, doubt
from ..fit.faults import Fault
from ..fit.known import evidence_of
from ..fit.leans import solve, zero_counts
from ..physics import GRAVITY_MS2
from ..recording import read
from .calibrate_insole import WEIGHT
from .guide_steps import Step, steps_of
from .insole_steps import FREE, SUPPORTED, WEARER, ZERO, tasks

EVIDENCE = "insole-leans"  # in the head of the recording
HEALTHY = "healthy"  # in the head: somebody of that shoe size, not the wearer
NO_FORCES = (
    "There is no calibrated record of this pair for the wearer to start from: have a healthy person of that shoe size"
    " do level 1 first (--healthy)."
)
METHODS = {
    FREE: "level 1: body weight on one foot and on both, leans over a rod",
    SUPPORTED: "level 1, supported: a scale under each foot",
    WEARER: "level 1: the wearer's own leans over a rod on the forces of {base}",
}


@dataclass(frozen=True)
class Session:
    """What a recording holds: who stood there how, the zero, and each later step's values and counts."""

    device: str
    created_utc: str
    evidence_sha256: str
    form: str
    head: Mapping[str, Any]
    foot_length_mm: float
    kg: float
    zero: Any
    steps: tuple[tuple[dict[str, Any], Any], ...]
    weight_doubted: bool


@dataclass(frozen=True)
class Found:
    """A record not yet saved, and what may be wrong all the same."""

    record: Calibration
    notes: tuple[str, ...]


def session_of(path: Path) -> Session:
    """Read the recording of a session. Raises CalibrationError where it is none, or not to its end."""
    decoded = read(path)
    if decoded.head.get("evidence") != EVIDENCE:
        raise CalibrationError(f"{path} is no recording of a level-1 session: choose one, or make one.")
    form, length = _form(decoded, path)
    weights = [note for note in decoded.notes if note.get("note") == WEIGHT]
    steps = steps_of(decoded)
    taken = {step.key: step for step in steps}
    planned = [task for task in tasks(form, length) if form != SUPPORTED or "mark_mm" not in task.values]
    if missing := [task.key for task in planned if task.key not in taken]:
        raise CalibrationError(
            f"{path} breaks off: {len(missing)} steps are missing ({', '.join(missing[:4])}"
            f"{' ...' if len(missing) > 4 else ''}). No record is made of it; begin the session again."
        )
    kg = float(weights[-1]["kg"])
    return Session(
        device=str(decoded.config.get("id", "")),
        created_utc=str(decoded.head.get("created_utc", "")),
        evidence_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        form=form,
        head=decoded.head,
        foot_length_mm=length,
        kg=kg,
        zero=taken[ZERO].taken.cells,
        steps=tuple((_told(step, kg), step.taken.cells) for step in steps if step.key != ZERO),
        weight_doubted=any(note.get("again") for note in weights),
    )


def _form(decoded: Decoded, path: Path) -> tuple[str, float]:
    for note in decoded.notes:
        if note.get("note") == "form" and note.get("form") in METHODS:
            return str(note["form"]), float(note["foot_length_mm"])
    raise CalibrationError(f"{path} breaks off before its first step: begin the session again.")


def _told(step: Step, kg: float) -> dict[str, Any]:
    return step.values | ({"kg": kg} if step.values.get("weight") == "body" else {})


def base_of(
    records: Iterable[Calibration],
    device: str,
    utc: str,
    pair: str | None = None,
    wearer: str | None = None,
    foot_length_mm: float | None = None,
    but: str | None = None,
) -> Calibration:
    """The record that a new one starts from: the one in force then, else the nominal one of that insole; none that was
    made of the recording of hash `but`, so that a fit repeated gives the same record again."""
    known = [r for r in records if not (but and r.made_insole and r.made_insole.evidence_sha256 == but)]
    insoles, _ = calibration.sources(known, device, utc, pair, wearer)
    found = calibration.choose(known, device, utc, pair, wearer)
    if found is None or found.nominal:
        length = foot_length_mm or (found.foot_length_mm if found else None)
        if length is None:
            raise CalibrationError("How long is the insole? Say --size (EU), or --length in mm.")
        blank = calibration.nominal(length)
        pair_of = Pair(pair or "", cells.eu_size(length))
        part = replace(blank, device=device, pair=pair_of, supersedes=None, id="")
        return part if found is None else replace(part, imu=found.imu, made_imu=found.made_imu, supersedes=found.id)
    if foot_length_mm is not None and abs(foot_length_mm - found.foot_length_mm) > 0.5:
        raise CalibrationError(
            f"The record in force, {found.id}, is of an insole of {found.foot_length_mm:g} mm, not {foot_length_mm:g}:"
            " name the pair with --pair, or leave the length out."
        )
    return replace(found, supersedes=insoles.id if insoles else None)


def find(session: Session, records: Iterable[Calibration]) -> tuple[Fault, ...]:
    """Faults of cells and plugs that the session shows."""
    base = _base(session, records)
    return faults.find(session.zero, session.steps, replace(base, zero_count=zero_counts(session.zero)))


def _base(session: Session, records: Iterable[Calibration]) -> Calibration:
    head = session.head
    return base_of(
        records,
        session.device,
        session.created_utc,
        head.get("pair"),
        # The wearer's leans stand on the forces of whoever calibrated the pair, not on older ones of the wearer alone.
        None if session.form == WEARER else head.get("wearer"),
        session.foot_length_mm,
        session.evidence_sha256,
    )


def record_of(session: Session, records: Iterable[Calibration], who: str | None = None, draws: int = DRAWS) -> Found:
    """The new record, sealed, with its error. Raises CalibrationError where a fault would be in it."""
    records = tuple(records)
    base = _base(session, records)
    if session.form == WEARER and base.nominal:
        raise CalibrationError(NO_FORCES)
    started = base if session.form == WEARER else replace(base, zero_count=zero_counts(session.zero))
    found = faults.find(session.zero, session.steps, started)
    if sure := [fault.sentence for fault in found if fault.sure]:
        raise CalibrationError(" ".join(sure) + " No record is made; what was recorded is kept.")
    told = evidence_of(session.steps)
    fit_force = session.form != WEARER
    solved = solve(told, started, fit_force=fit_force)
    weight_n = session.kg * GRAVITY_MS2
    error = doubt(told, started, solved, weight_n, fit_force=fit_force, draws=draws)
    notes = [fault.sentence for fault in found]
    of_cells = base.made_insole.residuals if base.made_insole and any(base.curves or ()) else {}
    residuals = (
        {key: of_cells[key] for key in OF_CELLS if key in of_cells}
        | dict(solved.residuals)
        | {
            "not_fitted": list(solved.not_fitted),
            "swaps_not_told": [" ".join(pair) for pair in untold_swaps(session.steps, started)],
            "faults_not_sure": notes,
            "expires_because": EXPIRES,
            "body_weight_kg": session.kg,
        }
    )
    if session.form == WEARER:
        residuals["body_weight_seen_share"] = _weight_seen(session, solved.record) / weight_n
        notes += _forces_kept(base, residuals["body_weight_seen_share"])
        kept = base.made_insole.error if base.made_insole else {}
        error = {key: value for key, value in kept.items() if key not in error} | error
    if session.weight_doubted:
        notes.append(f"The weight of {session.kg:g} kg was doubted and typed again: look whether it is right.")
    level = max(1, base.made_insole.level if base.made_insole and any(base.curves or ()) else 1)
    until = calibration.when_utc(session.created_utc) + timedelta(days=VALID_DAYS)
    made = Made(
        method=_method(session, base),
        level=level,
        created_utc=session.created_utc,
        who=who,
        evidence_sha256=session.evidence_sha256,
        residuals=residuals,
        error=error,
        expires_utc=until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    record = replace(
        solved.record,
        device=session.device,
        created_utc=session.created_utc,
        wearer=session.head.get("wearer"),
        made_insole=made,
        # A wearer's record stands beside that of the pair, which others may wear too.
        supersedes=None if session.form == WEARER else base.supersedes,
        cop_noise_mm=base.cop_noise_mm if session.form == WEARER else None,
    )
    return Found(calibration.sealed(record), tuple(notes))


def _method(session: Session, base: Calibration) -> str:
    text = METHODS[session.form].format(base=base.id)
    if session.form == SUPPORTED and any("mark_mm" in values for values, _ in session.steps):
        text += ", leans over a rod"
    if session.head.get(HEALTHY):
        text += ", by a healthy person of that shoe size"
    return text + ("; cells as their curves say" if any(base.curves or ()) else "")


def _weight_seen(session: Session, record: Calibration) -> float:
    import numpy as np

    counts = np.concatenate([counts for values, counts in session.steps if "kg" in values])
    return float(np.median(loads(counts, record).foot_force_n.sum(axis=1)))


def _forces_kept(base: Calibration, share: float) -> list[str]:
    """A sentence where the wearer's weight is not what the record reads by more than its own error."""
    told = base.made_insole.error.get("force_share_bw", {}) if base.made_insole else {}
    limit = sum(told.get(side, 0.05) for side in SIDES) if isinstance(told, Mapping) else float(told)
    if abs(share - 1) <= limit:
        return []
    return [
        f"The insoles read {share:.0%} of the wearer's weight, by a record that is right to {limit:.0%}: verify it."
    ]
