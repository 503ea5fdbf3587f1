# SPDX-License-Identifier: MIT
"""A calibration record in, one self-contained HTML page out: no network, the same bytes each time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from surefoot.calibration import Calibration
from surefoot.clinic.imu_record import FULL_MS2, SIX_MS2
from surefoot.output import calibration_plots as plots
from surefoot.output import calibration_tables as tables
from surefoot.output import calibration_view as words
from surefoot.output import page
from surefoot.output.calibration_evidence import Evidence, leans_evidence, poses_evidence, single_loads_evidence
from surefoot.output.calibration_figures import number
from surefoot.output.calibration_poses import poses
from surefoot.output.result import write_whole

__all__ = (
    "Evidence",
    "leans_evidence",
    "poses_evidence",
    "render_calibration_report",
    "single_loads_evidence",
    "write_calibration_report",
)

CURVES_TEXT = (
    "Force on a cell against its conductance above the leak, before the foot's gain, which makes up for what lands"
    " beside the cells."
)
KNOWN_TEXT = "What each foot was known to do against what this record reads; on the line there is no error."
ERRORS_TEXT = (
    "Read minus known against what was known; 95 % of the errors are within the grey band, their frequency stands at"
    f" the right, and of more than {plots.MOST_POINTS} samples so many are drawn, evenly. "
)
FITTED_TEXT = "These are errors on the very evidence that the record was fitted to: new readings can be further off."
HELD_OUT_TEXT = "The record has not seen this evidence before."
POSES_TEXT = "By how much the calibrated length of gravity is off in each still pose."
LIMIT_TEXT = " Dashed is the limit that their rms has to keep."
SPHERE_TEXT = (
    " Left, which way was up in each pose, in the sensor's axes, seen along its z; the ring holds half of each half."
)


def write_calibration_report(
    record: Calibration,
    path: Path,
    evidence: Evidence | None = None,
    history: Sequence[Calibration] = (),
    now_utc: str | None = None,
) -> None:
    """Write the page. `history`: the records that it replaces, newest first; `now_utc` tells what has expired."""
    write_whole(path, render_calibration_report(record, evidence, history, now_utc).encode("utf-8"))


def render_calibration_report(
    record: Calibration,
    evidence: Evidence | None = None,
    history: Sequence[Calibration] = (),
    now_utc: str | None = None,
) -> str:
    """The page as text."""
    seen = evidence or Evidence()
    shown = words.view(record, seen, history, now_utc)
    return page.render(
        "calibration.html.j2",
        **shown,
        cell_pictures=_cell_pictures(record, seen, history, shown["simulated"]),
        known_pictures=_known_pictures(record, seen, shown["simulated"]),
        pose_picture=_pose_picture(record, seen, shown["simulated"]),
    )


def _cell_pictures(
    record: Calibration, evidence: Evidence, history: Sequence[Calibration], simulated: bool
) -> list[dict[str, str | None]]:
    error = tables.cell_error(record, evidence, history)
    faults = tables.faults_of(record, evidence)
    text = "Both insoles from above, toes up."
    if error.values:
        text += f" {error.label}, {error.unit}: the darker, the larger; grey was not measured."
    else:
        text += " All cells are grey: no single cell was held against a known load."
    if faults:
        text += f" Ringed: {', '.join(f'{cell} ({said})' for cell, said in sorted(faults.items()))}."
    drawn = plots.cell_map(record.foot_length_mm, error.values, faults, error.unit, simulated, number)
    out = [page.picture("Cells", text, drawn)]
    if not record.nominal:  # a nominal law has no newtons to show
        out.append(page.picture("Curves", CURVES_TEXT, plots.curves(record, evidence, simulated)))
    return out


def _known_pictures(record: Calibration, evidence: Evidence, simulated: bool) -> list[dict[str, str | None]]:
    if record.made_insole is None:
        return []
    seen = HELD_OUT_TEXT if evidence.held_out else FITTED_TEXT
    return [
        page.picture("Known and read", KNOWN_TEXT, plots.known_and_read(evidence, simulated)),
        page.picture("Errors", ERRORS_TEXT + seen, plots.errors(evidence, simulated)),
    ]


def _pose_picture(record: Calibration, evidence: Evidence, simulated: bool) -> dict[str, str | None] | None:
    made = record.made_imu
    if made is None:
        return None
    if evidence.pose_error_ms2 is None:
        return page.picture("Poses", POSES_TEXT, None)
    skewed = made.residuals.get("acc_misalignment_fitted")
    limit_ms2 = FULL_MS2 if skewed is True else SIX_MS2 if skewed is False else None
    text = POSES_TEXT + (LIMIT_TEXT if limit_ms2 else "") + (SPHERE_TEXT if evidence.pose_unit is not None else "")
    drawn = poses(evidence.pose_error_ms2, evidence.pose_unit, limit_ms2, simulated)
    return page.picture("Poses", text, drawn)
