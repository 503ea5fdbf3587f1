# SPDX-License-Identifier: MIT
"""The gait table: what each number of a walk is called, its unit, where its formula comes from and how sure that is."""

from __future__ import annotations

from dataclasses import replace

from surefoot.measures.table import OWN, ROBINSON, Measure

KLUGE = "Kluge 2021, 10.1371/journal.pone.0256541"
HOLLMAN = "Hollman 2011, 10.1016/j.gaitpost.2011.03.024"
PLOTNIK = "Plotnik 2007, 10.1007/s00221-007-0955-7"
MENZ = "Menz 2003, 10.1016/S0966-6362(02)00159-5"
MOE_NILSSEN = "Moe-Nilssen 2004, 10.1016/S0021-9290(03)00233-1"
MOORE = "Moore 2008, 10.1016/j.jneumeth.2007.08.023"
FUNCTION, SENSED = "gait_parameters", "sensed_parameters"

# Column of Strides, key without unit, suffix of the key, label, unit, decimals, factor, whether each foot has its own.
_OF_STRIDES: tuple[tuple[str, str, str, str, str, int, float, bool], ...] = (
    ("stride_s", "stride_time", "s", "Stride time", "s", 3, 1.0, True),
    ("step_s", "step_time", "s", "Step time", "s", 3, 1.0, True),
    ("stance_s", "stance_time", "s", "Stance time", "s", 3, 1.0, True),
    ("swing_s", "swing_time", "s", "Swing time", "s", 3, 1.0, True),
    ("single_s", "single_support_time", "s", "Single support time", "s", 3, 1.0, True),
    ("double_s", "double_support_time", "s", "Double support time, both of a stride", "s", 3, 1.0, False),
    ("initial_double_s", "initial_double_time", "s", "Initial double support time", "s", 3, 1.0, True),
    ("terminal_double_s", "terminal_double_time", "s", "Terminal double support time", "s", 3, 1.0, True),
    ("stance_share", "stance", "pct", "Stance, of the stride", "%", 1, 1e2, True),
    ("swing_share", "swing", "pct", "Swing, of the stride", "%", 1, 1e2, True),
    ("single_share", "single_support", "pct", "Single support, of the stride", "%", 1, 1e2, True),
    ("double_share", "double_support", "pct", "Double support, of the stride", "%", 1, 1e2, False),
    ("cadence_spm", "cadence", "spm", "Cadence", "{steps}/min", 1, 1.0, False),
    ("length_m", "stride_length", "m", "Stride length", "m", 3, 1.0, True),
    ("speed_mps", "speed", "mps", "Walking speed", "m/s", 2, 1.0, False),
)
SHARES = {f"{part}_share": f"{part}_s" for part in ("stance", "swing", "single", "double")}
MEAN, SD, CV, INDEX = "mean", "sd", "cv", "asymmetry"
# Of these left and right are compared.
COMPARED = ("step_s", "stance_s", "swing_s", "single_s", "length_m")
# Of these there is no SD and CV: they only divide others.
_MEANS_ONLY = (*SHARES, "initial_double_s", "terminal_double_s")

_WHOLE = (
    Measure("gait_asymmetry_pct", "Gait asymmetry of swing, 100 |ln(short/long)|", "%", 1, PLOTNIK, "R"),
    Measure("gait_pci_pct", "Phase coordination index", "%", 2, PLOTNIK, "V"),
    Measure("gait_walking_s", "Time walked, in bouts", "s", 1, KLUGE, "R"),
    Measure("gait_steps", "Steps, in bouts", "{steps}", 0, KLUGE, "R"),
    Measure("gait_distance_m", "Distance of the strides that were measured", "m", 1, OWN, "D"),
    Measure("gait_bouts", "Bouts of walking", "{count}", 0, KLUGE, "R"),
    Measure("gait_bouts_over_10s", "Bouts of more than 10 s", "{count}", 0, KLUGE, "R"),
    Measure("gait_bouts_over_30s", "Bouts of more than 30 s", "{count}", 0, KLUGE, "R"),
    Measure("gait_bouts_over_60s", "Bouts of more than 60 s", "{count}", 0, KLUGE, "R"),
    Measure("gait_bout_median_s", "Duration of a bout, median", "s", 1, KLUGE, "R"),
    Measure("gait_bout_p90_s", "Duration of a bout, 90th percentile", "s", 1, KLUGE, "R"),
    Measure("gait_turns", "Turns, in bouts", "{count}", 0, OWN, "D"),
    Measure("gait_pauses", "Pauses of two contacts further apart than a step", "{count}", 0, OWN, "D"),
)

# What takes more than contacts: a waist's motion, and what cells under each foot show.
_MOTION = (
    Measure("gait_harmonic_ratio_v", "Harmonic ratio of the waist, up and down", "1", 2, MENZ, "R"),
    Measure("gait_harmonic_ratio_ap", "Harmonic ratio of the waist, forward and back", "1", 2, MENZ, "R"),
    Measure("gait_harmonic_ratio_ml", "Harmonic ratio of the waist, side to side", "1", 2, MENZ, "R"),
    Measure("gait_step_regularity", "Regularity of steps, waist up and down", "1", 2, MOE_NILSSEN, "R"),
    Measure("gait_stride_regularity", "Regularity of strides, waist up and down", "1", 2, MOE_NILSSEN, "R"),
    Measure("gait_freezing_index", "Freezing index at the waist, median", "1", 2, MOORE, "R", research=True),
    Measure("gait_rise_mm", "Vertical displacement of the waist in a step", "mm", 1, OWN, "D", 1e3),
)
_ROLLING = (
    ("gait_line_length_mm", "Length of the gait line", "mm", 1, 1e3),
    ("gait_line_width_mm", "Width of the gait line", "mm", 1, 1e3),
    ("gait_line_area_mm2", "Area between the gait line and a straight one", "mm2", 0, 1e6),
    ("gait_load_rate_nps", "Load rate, 20 to 80 % of the first peak", "N/s", 0, 1.0),
)


def _build() -> tuple[dict[str, Measure], dict[tuple[str, str, str], str]]:
    rows: dict[str, Measure] = {}
    keys: dict[tuple[str, str, str], str] = {}

    def add(column: str, kind: str, foot: str, row: Measure) -> None:
        rows[row.key] = replace(row, function=FUNCTION)
        keys[column, kind, foot] = row.key

    for column, stem, suffix, label, unit, decimals, factor, each in _OF_STRIDES:
        mean = Measure(f"gait_{stem}_{suffix}", label, unit, decimals, HOLLMAN, "R", factor)
        add(column, MEAN, "", mean)
        for foot in ("left", "right") if each else ():
            own = f"{foot.capitalize()} foot: {label[0].lower()}{label[1:]}"
            add(column, MEAN, foot, replace(mean, key=f"{foot}_{mean.key}", label=own))
        if column not in _MEANS_ONLY:
            sd = replace(mean, key=f"gait_{stem}_sd_{suffix}", label=f"{label}, SD", decimals=decimals + 1)
            add(column, SD, "", sd)
            cv = Measure(f"gait_{stem}_cv_pct", f"{label}, coefficient of variation", "%", 2, HOLLMAN, "R", 1e2)
            add(column, CV, "", cv)
        if column in COMPARED:
            words = f"{label}, left against right"
            add(column, INDEX, "", Measure(f"gait_{stem}_si_pct", words, "%", 1, ROBINSON, "R", 1e2))
    rows |= {row.key: replace(row, function=FUNCTION) for row in _WHOLE}
    return rows, keys


def _of_soles() -> dict[str, Measure]:
    rows = [Measure(key, label, unit, decimals, OWN, "D", factor) for key, label, unit, decimals, factor in _ROLLING]
    each = [
        replace(row, key=f"{foot}_{row.key}", label=f"{foot.capitalize()} foot: {row.label[0].lower()}{row.label[1:]}")
        for row in rows
        for foot in ("left", "right")
    ]
    return {row.key: replace(row, function=SENSED) for row in (*rows, *each)}


# OF_WAIST, OF_SOLES: keys of what `sensed_parameters` adds.
_SOLES = _of_soles()
OF_SOLES, OF_WAIST = tuple(_SOLES), tuple(row.key for row in _MOTION)
# GAIT: rows by key. KEYS: (column of Strides or share, kind, foot or "") -> key.
GAIT, KEYS = _build()
GAIT |= {row.key: replace(row, function=SENSED) for row in _MOTION} | _SOLES
