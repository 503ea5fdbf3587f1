# SPDX-License-Identifier: MIT
"""Two calibration records side by side: what the same readings mean under each, in N, mm, m/s2 and deg/s."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..calibration import CELLS, SIDES, Calibration, ImuCalibration
from ..calibration_law import cell_positions_m, counts_of, loads
from ..physics import GRAVITY_MS2
from .calibration_words import CELL_N, TYPICAL_KG
from .in_force import made_text

TURN_DPS = 100.0  # a brisk turn of the trunk
LEAN = 0.5  # of a cell's load, by which the far ones carry more and the near ones less when somebody leans


def compare(a: Calibration, b: Calibration) -> dict[str, Any]:
    """The differences, second less first. Loads: a person of TYPICAL_KG who stands evenly as the first record reads
    it, and who leans forward, back and to each side."""
    loaded = _cases(a)
    counts = np.rint(counts_of(loaded, a)).clip(0, 4095).astype(np.uint16)
    first, second = loads(counts, a), loads(counts, b)
    cell = second.cell_force_n[0].astype(float) - first.cell_force_n[0]
    foot = second.foot_force_n[0] - first.foot_force_n[0]
    cop_mm = np.abs(second.foot_cop_m - first.foot_cop_m).max(axis=0) * 1e3
    worst = int(np.abs(cell).argmax())
    return {
        "same": a.id == b.id,
        "facts": {name: list(both) for name, both in _facts(a, b).items() if both[0] != both[1]},
        "foot_n": {
            side: {
                "first": float(first.foot_force_n[0, f]),
                "second": float(second.foot_force_n[0, f]),
                "difference": float(foot[f]),
            }
            for f, side in enumerate(SIDES)
        },
        "cell_n": {name: float(cell[c]) for c, name in enumerate(CELLS)},
        "largest_cell": CELLS[worst],
        "cop_mm": {side: {"ml": float(cop_mm[f, 0]), "ap": float(cop_mm[f, 1])} for f, side in enumerate(SIDES)},
        **_imu(a.imu, b.imu),
    }


def _cases(record: Calibration) -> np.ndarray:
    """Forces [5,16] in N: even, then with the load moved forward, back, right and left within each foot."""
    xy = cell_positions_m(record.foot_length_mm).copy()
    cases = [np.full(16, CELL_N)]
    for axis in (1, 0):
        for f in (0, 1):
            mine = slice(8 * f, 8 * f + 8)
            place = xy[mine, axis] - xy[mine, axis].mean()
            xy[mine, axis] = place / np.abs(place).max()
        for sign in (1, -1):
            cases.append(CELL_N * (1 + sign * LEAN * xy[:, axis]))
    return np.stack(cases)


def _imu(a: ImuCalibration, b: ImuCalibration) -> dict[str, float]:
    """What still poses and turns about each axis read under the second, where the first reads them right."""
    axes_a, axes_b = np.array(a.axes), np.array(b.axes)
    acc_a, acc_b = axes_a @ np.array(a.acc_matrix), axes_b @ np.array(b.acc_matrix)
    poses = np.concatenate((np.eye(3), -np.eye(3))).T
    sensor = np.linalg.solve(acc_a, GRAVITY_MS2 * poses) + np.array(a.acc_bias_ms2)[:, None]
    acc = acc_b @ (sensor - np.array(b.acc_bias_ms2)[:, None]) - GRAVITY_MS2 * poses
    gyr_a, gyr_b = axes_a * np.array(a.gyr_scale), axes_b * np.array(b.gyr_scale)
    rest = gyr_b @ (np.array(a.gyr_bias_dps) - b.gyr_bias_dps)
    turn = gyr_b @ np.linalg.solve(gyr_a, TURN_DPS * poses) + rest[:, None] - TURN_DPS * poses
    cosine = (np.trace(axes_b @ axes_a.T) - 1) / 2
    return {
        "acc_ms2": float(np.linalg.norm(acc, axis=0).max()),
        "rest_dps": float(np.linalg.norm(rest)),
        "turn_dps": float(np.linalg.norm(turn, axis=0).max()),
        "mounting_deg": float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))),
    }


def _facts(a: Calibration, b: Calibration) -> dict[str, tuple[str, str]]:
    def both(text: Any) -> tuple[str, str]:
        return str(text(a)), str(text(b))

    return {
        "board": both(lambda r: r.device),
        "pair": both(lambda r: r.pair.id or "not named"),
        "wearer": both(lambda r: r.wearer or "anybody"),
        "made": both(lambda r: r.created_utc),
        "insole length": both(lambda r: f"{r.foot_length_mm:g} mm"),
        "insoles": both(lambda r: made_text(r.made_insole)),
        "motion sensor": both(lambda r: made_text(r.made_imu)),
        "noise of the CoP": both(lambda r: "not measured" if r.cop_noise_mm is None else f"{r.cop_noise_mm:.3f} mm"),
    }


def lines(a: Calibration, b: Calibration) -> list[str]:
    """The comparison to read."""
    found = compare(a, b)
    if found["same"]:
        return [f"{a.id} and {b.id} are one record."]
    out = [f"First {a.id}, second {b.id}"]
    out += [f"  {name:<17} {one} -> {other}" for name, (one, other) in found["facts"].items()]
    out.append(f"The same readings, of {TYPICAL_KG:g} kg standing evenly as the first reads it:")
    for side in SIDES:
        force, cop = found["foot_n"][side], found["cop_mm"][side]
        out.append(
            f"  {side:<5} foot       {force['first']:.0f} -> {force['second']:.0f} N ({force['difference']:+.1f} N); "
            f"CoP moves by up to {cop['ml']:.1f} mm sideways, {cop['ap']:.1f} mm forward, leaning too"
        )
    worst = found["largest_cell"]
    out.append(f"  most of all cells {worst}: {found['cell_n'][worst]:+.1f} N of {CELL_N:.0f} N")
    out.append(
        f"  motion sensor     up to {found['acc_ms2']:.3f} m/s\u00b2 in six poses; {found['rest_dps']:.3f} deg/s "
        f"at rest, up to {found['turn_dps']:.2f} deg/s of {TURN_DPS:g}; mounted {found['mounting_deg']:.1f} deg apart"
    )
    if a.nominal or b.nominal:
        out.append("  One of the two is not calibrated: its newtons are nobody's.")
    return out
