# SPDX-License-Identifier: MIT
"""The evidence recordings of a record: found by their hash in the data folder, read by the steps of their sessions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from surefoot.calibration import CELLS, Calibration
from surefoot.calibration_law import conductance_s
from surefoot.clinic import cells_record, insole_record
from surefoot.clinic.calibrate_imu import CHECK, POSE
from surefoot.clinic.guide_steps import steps_of
from surefoot.clinic.imu_poses import si
from surefoot.errors import SurefootError
from surefoot.fit import known
from surefoot.fit.cells import READ_FROM_S, READ_TO_S
from surefoot.fit.pressing import CellLoads
from surefoot.output.calibration_evidence import Evidence, leans_evidence, poses_evidence
from surefoot.physics import GRAVITY_MS2
from surefoot.recording import read

SUFFIX = ".sfr"


def evidence_of(record: Calibration, folder: Path) -> Evidence:
    """What recordings in `folder` tell of this record; nothing where they aren't there or can't be read any more."""
    found = _by_hash(folder)
    out = Evidence()
    poses = found.get(record.made_imu.evidence_sha256 or "") if record.made_imu else None
    feet = found.get(record.made_insole.evidence_sha256 or "") if record.made_insole else None
    pressed = record.made_insole.residuals.get(cells_record.FILES) if record.made_insole else None
    ways: list[tuple[Callable[[Evidence, Calibration, Sequence[Path]], Evidence], list[Path]]] = [
        (_with_poses, [poses] if poses else []),
        (_with_leans, [feet] if feet else []),
        (_with_presses, _those(found, pressed) if isinstance(pressed, Mapping) else []),
    ]
    for way, paths in ways:
        if paths:
            with suppress(SurefootError):
                out = way(out, record, paths)
    return out


def _by_hash(folder: Path) -> dict[str, Path]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
        return {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in paths}
    except OSError:
        return {}


def _those(found: Mapping[str, Path], wanted: Mapping[str, object]) -> list[Path]:
    return sorted({found[str(one)] for one in wanted.values() if str(one) in found})


def _with_poses(evidence: Evidence, record: Calibration, paths: Sequence[Path]) -> Evidence:
    """The poses of a session on the table, under the record's own numbers."""
    decoded = read(paths[0])
    steps = [step for step in steps_of(decoded) if step.key.split("-")[0] in (POSE, CHECK)]
    if not steps or record.made_imu is None:
        return evidence
    means = np.array([si(step.taken, decoded.config)[0].mean(axis=0) for step in steps])
    gravity_ms2 = float(record.made_imu.residuals.get("gravity_ms2", GRAVITY_MS2))
    found = poses_evidence(record, means, gravity_ms2)
    return replace(evidence, pose_unit=found.pose_unit, pose_error_ms2=found.pose_error_ms2)


def _with_leans(evidence: Evidence, record: Calibration, paths: Sequence[Path]) -> Evidence:
    """A session of leans, as far as a force or a place is known."""
    told = known.evidence_of(insole_record.session_of(paths[0]).steps)
    found = leans_evidence(record, told.counts, told.foot_cop_m, told.foot_force_n, told.both_force_n)
    names = ("known_cop_mm", "read_cop_mm", "known_force_n", "read_force_n", "known_both_force_n", "read_both_force_n")
    return replace(evidence, **{name: getattr(found, name) for name in names})


def _with_presses(evidence: Evidence, record: Calibration, paths: Sequence[Path]) -> Evidence:
    """Each press of the sessions with single cells as it was read, up and down, before loop and creep are taken out."""
    told = cells_record.find(paths).loads
    longest = max((len(loads.presses) for loads in told), default=0)
    conductance, force = np.full((2, longest, len(CELLS)), np.nan)
    for loads in told:
        cell = CELLS.index(loads.cell)
        force[: len(loads.presses), cell] = [press.force_n for press in loads.presses]
        conductance[: len(loads.presses), cell] = _read_s(loads, cell, record)
    return replace(evidence, cell_conductance_s=conductance, cell_force_n=force)


def _read_s(loads: CellLoads, cell: int, record: Calibration) -> list[float]:
    rm_ohm = record.rm_ohm[cell]
    out = []
    for press in loads.presses:
        age_s = press.t_s - press.t_s[0]
        some = press.counts[(age_s >= READ_FROM_S) & (age_s <= READ_TO_S), cell]
        count = float(np.median(some)) if len(some) else float("nan")
        out.append(float(conductance_s(count, rm_ohm) - conductance_s(loads.zero_count[cell], rm_ohm)))
    return out
