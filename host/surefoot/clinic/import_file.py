# SPDX-License-Identifier: MIT
"""A file of any force plate or waist sensor in, arrays in SI at an even rate out; and from those a trial's measures.

>>> recording = read_file(Path("trial.csv"), "ml=COPy[cm],ap=COPx[cm],time=Time")
>>> cop_measures(recording.cop_m, recording.rate_hz)["cop_velocity_mmps"]
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from surefoot import measures
from surefoot.clinic import import_checks as checks
from surefoot.clinic.import_columns import PLATE, PLATE_CENTRE, TURN, Source, sources
from surefoot.clinic.import_plate import absent_foot, net_of_feet_m, plate_cop_m, weight
from surefoot.clinic.import_time import even
from surefoot.delimited import Layout, look
from surefoot.delimited_read import read_columns
from surefoot.errors import MeasureError
from surefoot.measures import MEASURES, Measured, Processing

NO_AZ0 = (
    "Where the plate's surface is above its axes wasn't said (--az0-mm): taken as 0, which leaves shear in the CoP."
)
AZ0_UP = "az0 is above 0: right where the plate's z points up; Kistler's and AMTI's point down, with az0 below 0."
FEET = ("left", "right")


@dataclass(frozen=True, eq=False)
class Imported:
    """A recording in SI at `rate_hz`, n rows, NaN where lost. None where the file doesn't hold it.

    cop_m [n, 2] (ML, AP); foot_cop_m [n, 2 feet, 2] in one frame; foot_force_n [n, 2] (left, right); force_n [n];
    acc_ms2 [n, 3] specific force (ML, AP, V), gyr_dps [n, 3] about those axes, level_ms2 [n, 3] specific force in axes
    that stay level, by the sensor's own orientation. `facts`: what was read, for the record.
    """

    kind: str
    rate_hz: float
    cop_m: np.ndarray | None = None
    foot_cop_m: np.ndarray | None = None
    foot_force_n: np.ndarray | None = None
    force_n: np.ndarray | None = None
    acc_ms2: np.ndarray | None = None
    gyr_dps: np.ndarray | None = None
    level_ms2: np.ndarray | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def read_file(
    path: Path,
    columns: str | None = None,
    *,
    kind: str | None = None,
    rate_hz: float | None = None,
    az0_mm: float | None = None,
    amti: bool = False,
) -> Imported:
    """The recording in a text file; `columns` as --columns says them, `rate_hz` where there are no times.

    TableError, ColumnsError or MeasureError says what can't be read, told or believed, and what to do.
    """
    layout = look(path)
    kind, found, warnings = sources(layout, columns, kind, amti)
    signal, rate, facts, said = gridded(layout, found, rate_hz)
    for role, values in signal.items():
        if role not in PLATE and not role.endswith("force"):
            checks.constant(values[:, None], [found[role]], path)
    warnings += said
    if kind == "imu":
        return _imu(signal, found, rate, facts, warnings)
    return _cop(signal, found, rate, facts, warnings, az0_mm)


def gridded(
    layout: Layout, found: dict[str, Source], rate_hz: float | None
) -> tuple[dict[str, np.ndarray], float, dict[str, Any], list[str]]:
    """Signals [n] in SI by role at an even rate, NaN where lost; that rate, the facts of the file, and warnings.

    Times that weren't said and contradict `rate_hz` are taken out of `found`.
    """
    read = {role: source for role, source in found.items() if source.column}
    places = list(dict.fromkeys(source.column.place for source in read.values() if source.column))
    table = read_columns(layout, places)
    signal = {role: _si(table[:, places.index(s.column.place)], s) for role, s in read.items() if s.column}
    time_s = signal.pop("time", None)
    own = [role for role in read if role != "time"]
    values = np.column_stack([signal[role] for role in own])
    unknown = {read[role].name: int(n) for role, n in zip(own, np.isnan(values).sum(axis=0), strict=True) if n}
    warnings: list[str] = []
    try:
        grid = even(values, time_s, rate_hz, layout, found.get("time"))
    except MeasureError as reason:
        if rate_hz is None or time_s is None or not found["time"].guessed:
            raise
        grid = even(values, None, rate_hz, layout, None)  # a rate that is said wins over times that weren't
        warnings.append(f"The column {found.pop('time').name} isn't used, --rate is: {reason}")
    facts = {
        "rows": len(values),
        "rate_hz": grid.rate_hz,
        "duration_s": len(grid.values) / grid.rate_hz,
        "missing_rows": grid.missing_rows,
        "gaps": grid.gaps,
        "empty_cells": unknown,
        "columns": {role: {"from": str(source), "guessed": source.guessed} for role, source in found.items()},
    }
    return dict(zip(own, grid.values.T, strict=True)), grid.rate_hz, facts, [*warnings, *grid.notes]


def _si(values: np.ndarray, source: Source) -> np.ndarray:
    return values * (source.sign * (source.unit.factor if source.unit else 1.0))


def _imu(
    signal: dict[str, np.ndarray], found: dict[str, Source], rate_hz: float, facts: dict[str, Any], warnings: list[str]
) -> Imported:
    acc_ms2 = np.column_stack([signal[role] for role in ("ml", "ap", "v")])
    warnings = warnings + checks.check_acceleration(acc_ms2, [found[role] for role in ("ml", "ap", "v")])
    turned = [role for role in ("gyr_ml", "gyr_ap", "gyr_v") if role in signal]
    gyr_dps = None
    if turned:
        nothing = np.full(len(acc_ms2), np.nan)
        gyr_dps = np.column_stack([signal.get(role, nothing) for role in ("gyr_ml", "gyr_ap", "gyr_v")])
        warnings += checks.check_turning(acc_ms2, gyr_dps, rate_hz, found[turned[0]].unit)
    level_ms2 = None
    if set(TURN) <= set(signal):
        level_ms2 = turned_level(
            acc_ms2, _axes([found[r] for r in ("ml", "ap", "v")]), np.column_stack([signal[r] for r in TURN])
        )
    return Imported("imu", rate_hz, None, None, None, None, acc_ms2, gyr_dps, level_ms2, facts, tuple(warnings))


def _axes(mapped: list[Source]) -> np.ndarray:
    """The mapping as a matrix [3, 3] from the sensor's x, y, z (in the order of its columns) to right, forward, up."""
    order = np.argsort([source.column.place if source.column else 0 for source in mapped])
    turn = np.zeros((3, 3))
    for axis, place in enumerate(order):
        turn[place, axis] = mapped[place].sign
    return turn


def turned_level(acc_ms2: np.ndarray, axes: np.ndarray, quaternion: np.ndarray) -> np.ndarray:
    """Specific force [n, 3] (ML, AP, V) in axes that stay level, by the sensor's orientation [n, 4] (w, x, y, z).

    `axes` [3, 3] takes the sensor's x, y, z to right, forward, up; the quaternion takes them to a world whose z is up.
    Level ML and AP keep the mean heading of the sensor's own.
    """
    w, *v = quaternion.T / np.linalg.norm(quaternion, axis=1)
    v = np.stack(v, axis=1)

    def to_world(vectors: np.ndarray) -> np.ndarray:
        across = np.cross(v, vectors)
        return vectors + 2 * (w[:, None] * across + np.cross(v, across))

    forward = np.nanmean(to_world(np.broadcast_to(axes[1], v.shape)), axis=0)
    heading = np.arctan2(forward[1], forward[0])
    world = to_world(acc_ms2 @ axes)
    sin, cos = np.sin(heading), np.cos(heading)
    return np.column_stack((world[:, 0] * sin - world[:, 1] * cos, world[:, 0] * cos + world[:, 1] * sin, world[:, 2]))


def _cop(
    signal: dict[str, np.ndarray],
    found: dict[str, Source],
    rate_hz: float,
    facts: dict[str, Any],
    warnings: list[str],
    az0_mm: float | None,
) -> Imported:
    warnings = [*warnings]
    if any(found[role].name in PLATE_CENTRE for role in ("ml", "ap") if role in found):
        force_n = np.column_stack([signal[role] for role in ("fx", "fy", "fz")])
        moment_nm = np.column_stack([signal[role] for role in ("mx", "my")])
        facts["weight_n"], said = weight(force_n[:, 2])
        warnings += [*said, *[NO_AZ0] * (az0_mm is None), *[AZ0_UP] * ((az0_mm or 0.0) > 0)]
        centre = plate_cop_m(force_n, moment_nm, (az0_mm or 0.0) * 1e-3)
        facts["az0_mm"] = az0_mm or 0.0
        for role in ("ml", "ap"):
            if found[role].name in PLATE_CENTRE:
                signal[role] = found[role].sign * centre[:, PLATE_CENTRE.index(found[role].name)]
    elif az0_mm is not None:
        raise MeasureError("--az0-mm is of use only with plate.x and plate.y, which are made of forces and moments.")
    foot_force_n = foot_cop_m = None
    if {"left_force", "right_force"} <= set(signal):
        foot_force_n = np.column_stack([signal[f"{foot}_force"] for foot in FEET])
        facts["weight_n"], said = weight(foot_force_n.sum(axis=1))
        warnings += said
    elif "force" in signal:
        facts["weight_n"], said = weight(signal["force"])
        warnings += said
    if {f"{foot}_{axis}" for foot in FEET for axis in ("ml", "ap")} <= set(signal):
        feet = [np.column_stack((signal[f"{foot}_ml"], signal[f"{foot}_ap"])) for foot in FEET]
        foot_cop_m = np.stack(feet, axis=1)
    net_said = {"ml", "ap"} <= set(signal)
    absent = absent_foot(foot_force_n) if foot_force_n is not None else None
    if absent and not net_said:
        raise MeasureError(
            f"The {absent} foot bears nothing on its plate, so two feet make no centre of pressure: check that both"
            " plates were recorded, or map the other foot's columns to ml and ap."
        )
    if absent:
        warnings.append(f"The {absent} foot bears nothing on its plate: no load share is reported.")
        foot_force_n = foot_cop_m = None
    if net_said:
        cop_m = np.column_stack((signal["ml"], signal["ap"]))
    else:
        assert foot_cop_m is not None
        assert foot_force_n is not None
        cop_m = net_of_feet_m(foot_cop_m, foot_force_n)
    unit = found["ml"].unit if net_said else found["left_ml"].unit
    warnings += checks.check_cop(cop_m, unit)
    made = signal.get("force", signal.get("fz"))
    return Imported("cop", rate_hz, cop_m, foot_cop_m, foot_force_n, made, facts=facts, warnings=tuple(warnings))


def score(
    recording: Imported, processing: Processing | None = None
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Every measure of a recording by key (value, unit, fingerprint, lost share), and the reasons of the others.

    MeasureError where there is none at all. Filter and the rest default to those of the kind.
    """
    taken: dict[str, dict[str, Any]] = {}
    missing: dict[str, str] = {}
    for number, (keys, compute) in enumerate(_families(recording, processing)):
        try:
            made = compute()
        except MeasureError as reason:
            if number == 0:
                raise
            missing |= dict.fromkeys(keys, str(reason))
            continue
        missing |= made.not_reported
        for key, value in made.items():
            entry = {"value": value, "unit": MEASURES[key].unit, "fingerprint": made.fingerprint_of(key)}
            taken[key] = entry | {"lost_share": made.lost_share}
    return taken, missing


def _families(recording: Imported, processing: Processing | None) -> list[tuple[list[str], Callable[[], Measured]]]:
    """What can be computed, and the keys that are missing where it can't; the first one is what the file is for."""
    rate_hz, cop_m = recording.rate_hz, recording.cop_m
    cop, trunk = processing or measures.COP, processing or measures.TRUNK
    families: list[tuple[list[str], Callable[[], Measured]]] = []

    def add(prefix: str, function: Callable[..., Measured], values: np.ndarray, *more: Any) -> None:
        keys = [key for key, row in MEASURES.items() if key.startswith(prefix) and not row.research]
        if function is measures.research_measures:
            keys = [key for key, row in MEASURES.items() if row.research]
        families.append((keys, lambda: function(values, rate_hz, *more)))

    if cop_m is not None:
        add("cop_", measures.cop_measures, cop_m, cop)
        add("", measures.research_measures, cop_m, cop)
    if recording.foot_cop_m is not None:
        for foot, name in enumerate(FEET):
            add(f"{name}_", measures.cop_measures, recording.foot_cop_m[:, foot], cop, f"{name}_")
    if recording.foot_force_n is not None:
        add("load_", measures.load_measures, recording.foot_force_n, cop)
    if recording.acc_ms2 is not None:
        add("trunk_", measures.trunk_measures, recording.acc_ms2, trunk)
    if recording.level_ms2 is not None:
        add("stability", measures.stability_measures, recording.level_ms2)
    return families
