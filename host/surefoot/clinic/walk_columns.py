# SPDX-License-Identifier: MIT
"""Which column of a walk's file is which signal: told by OpenGo's and gaitpdb's own form, by --columns, or by names.

Roles carry their foot: "left_force", "left_1" to "left_8" (cells, heel to toes as in gaitpdb), "left_acc_x" and
"left_gyr_x" of a sensor on the foot; "acc_x" and "gyr_x" are those of a sensor at the waist.
"""

from __future__ import annotations

import re

import numpy as np

from surefoot.cells import CELLS_PER_FOOT
from surefoot.clinic.import_columns import ColumnsError, Source, listed, pairs_of, said_sources
from surefoot.delimited import Column, Layout
from surefoot.delimited_read import read_columns
from surefoot.unit_words import unit_of, words

FEET = ("left", "right")
AXES = ("x", "y", "z")
FORCES = {foot: f"{foot}_force" for foot in FEET}
CELLS = {foot: tuple(f"{foot}_{k}" for k in range(1, CELLS_PER_FOOT + 1)) for foot in FEET}
ACC, GYR = (tuple(f"{what}_{axis}" for axis in AXES) for what in ("acc", "gyr"))
SHOES = {foot: tuple(f"{foot}_{role}" for role in (*ACC, *GYR)) for foot in FEET}
COPS = {foot: f"{foot}_cop_along" for foot in FEET}  # of the insole's length from its middle: OpenGo's own
ROLES = (
    dict.fromkeys([*FORCES.values(), *CELLS["left"], *CELLS["right"]], "force")
    | {role: "acceleration" if "acc" in role else "turning" for role in (*SHOES["left"], *SHOES["right"], *ACC, *GYR)}
    | {"time": "time"}
)
KNOWN = (
    "a walk: use left_force and right_force, or the cells left_1 to right_8; left_acc_x to right_gyr_z of sensors on"
    " the feet; acc_x to gyr_z of one at the waist; and time"
)
TIMES = ("t", "time", "timestamp", "timestamps", "elapsedtime")
SIDED = {"l": "left", "r": "right", "lt": "left", "rt": "right"}
OPENGO = {
    "total force": "force", "center of pressure x": "cop_along",
    **{f"acceleration {axis}": f"acc_{axis}" for axis in AXES}, **{f"angular {axis}": f"gyr_{axis}" for axis in AXES},
}  # fmt: skip
GAITPDB_COLUMNS = 1 + 2 * CELLS_PER_FOOT + 2
SUMS_N, SUMS_SHARE, SUMS_ROWS = 1.0, 0.02, 0.95  # how well gaitpdb's two last columns are the sums of their eight


def walk_sources(layout: Layout, said: str | None) -> tuple[str, dict[str, Source], list[str]]:
    """Whose file it is ("OpenGo", "gaitpdb", "table"), the source of each signal by its role, and warnings.

    What is said wins over what a form or a name tells. ColumnsError says what is missing.
    """
    if said:
        found, warnings = said_sources(pairs_of(said), layout.columns, layout, ROLES, KNOWN)
        for role, source in _named(layout).items():
            if role == "time":
                found.setdefault(role, source)
        _whole(found, layout)
        return "table", found, warnings
    for maker, form in (("OpenGo", _opengo), ("gaitpdb", _gaitpdb)):
        if found := form(layout):
            return maker, found, []
    found = _named(layout)
    _whole(found, layout)
    return "table", found, []


def _opengo(layout: Layout) -> dict[str, Source]:
    """Moticon OpenGo's text export, by its headings, such as "left total force[N]"; empty where it is none."""
    found: dict[str, Source] = {}
    for column in layout.columns:
        name = column.heading.partition("[")[0].strip().lower()
        foot, _, what = name.partition(" ")
        if name == "time":
            found["time"] = Source(column, "time", 1, unit_of("s"))
        elif foot in FEET and what in OPENGO:
            found[f"{foot}_{OPENGO[what]}"] = Source(column, column.name, 1, column.unit)
    forces = [role for role in FORCES.values() if role in found and found[role].unit]
    if "time" not in found or not forces:
        return {}
    for foot in FEET:  # a side that was not exported, or without its sensor
        if not set(SHOES[foot]) <= set(found):
            found = {role: source for role, source in found.items() if role not in SHOES[foot]}
    return found


def _gaitpdb(layout: Layout) -> dict[str, Source]:
    """PhysioNet's gaitpdb 1.0.0 (10.13026/C24H3N): time [s], 8 left and 8 right forces [N], both totals; no names.

    The totals must be sums of their eight, so that no other file of 19 columns is taken for one.
    """
    columns = layout.columns
    if not GAITPDB_COLUMNS <= len(columns) <= GAITPDB_COLUMNS + 1:
        return {}
    if any(c.heading for c in columns) or any(c.kind != "number" for c in columns):
        return {}
    table = read_columns(layout, range(len(columns)))
    if np.isfinite(table[:, GAITPDB_COLUMNS:]).any():  # behind a last tab there is nothing
        return {}
    table = table[:, :GAITPDB_COLUMNS]
    sums = np.column_stack((table[:, 1:9].sum(axis=1), table[:, 9:17].sum(axis=1)))
    with np.errstate(invalid="ignore"):
        same = np.abs(sums - table[:, 17:]) <= SUMS_N + SUMS_SHARE * np.abs(sums)
    if not same.all(axis=1).mean() >= SUMS_ROWS:
        return {}
    names = ("time", *CELLS["left"], *CELLS["right"])
    return {
        role: Source(columns[place], f"#{place + 1}", 1, unit_of("s" if role == "time" else "N"))
        for place, role in enumerate(names)
    }


def _named(layout: Layout) -> dict[str, Source]:
    """Columns whose names are roles, such as "left_force [N]", "L_force_N", "acc_x_g": with their unit beside them."""
    found: dict[str, Source] = {}
    twice: set[str] = set()
    for column in layout.columns:
        role = _role(column)
        if role is None:
            continue
        unit = column.unit or (unit_of("s") if role == "time" else None)
        if unit is None or unit.quantity != ROLES[role]:
            continue
        twice |= {role} & set(found)
        found[role] = Source(column, column.name, 1, unit, True)
    return {role: source for role, source in found.items() if role not in twice}


def _role(column: Column) -> str | None:
    parts = [part for part in re.split(r"[\s_.\-]+", column.name.lower()) if part]
    if "".join(parts) in TIMES:
        return "time" if column.kind != "text" else None
    parts = [SIDED.get(part, part) for part in parts]
    role = "_".join(parts).replace("gyro_", "gyr_")
    return role if role in ROLES else None


def _whole(found: dict[str, Source], layout: Layout) -> None:
    """ColumnsError where what is there makes no sensor whole."""
    have = set(found) - {"time"}
    if not have:
        raise ColumnsError(
            f"Which columns of {layout.path} are a walk isn't said, and its names don't tell: {listed(layout.columns)}."
            f" {_example(layout)}"
        )
    for what, roles, any_of in (
        ("the cells of both insoles", (*CELLS["left"], *CELLS["right"]), (*CELLS["left"], *CELLS["right"])),
        *((f"the sensor on the {foot} foot", SHOES[foot], SHOES[foot]) for foot in FEET),
        ("the sensor at the waist", ACC, (*ACC, *GYR)),
        ("the gyroscope at the waist", GYR, GYR),
    ):
        missing = [role for role in roles if role not in have]
        if missing and have & set(any_of):
            raise ColumnsError(
                f"{layout.path} has a part of {what} only: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'}"
                f" missing. Say them in --columns, such as {missing[0]}=NAME[{words(ROLES[missing[0]]).split(',')[0]}],"
                " or leave out the others."
            )


def _example(layout: Layout) -> str:
    lower = [column.name.lower() for column in layout.columns]
    if any("acc" in name for name in lower):
        return (
            'Say it as --columns "acc_x=NAME[g],acc_y=NAME[g],acc_z=NAME[g],gyr_x=NAME[deg/s],...,time=NAME[s]" for a'
            ' sensor at the waist, "left_acc_x=NAME[g],..." for one on the left foot.'
        )
    return 'Say it as --columns "left_force=NAME[N],right_force=NAME[N],time=NAME[s]".'
