# SPDX-License-Identifier: MIT
"""The measures table: what each number is called, its unit, where its formula comes from and how sure that is."""

from dataclasses import dataclass, replace

from surefoot.measures.processing import Analysed, Measured

PRIETO = "Prieto 1996, 10.1109/10.532130"
SCHUBERT = "Schubert & Kirchner 2014, 10.1016/j.gaitpost.2013.09.001"
DUARTE = "Santos & Duarte 2016, 10.7717/peerj.2648"
MANCINI = "Mancini 2012, 10.1186/1743-0003-9-59"
OWN = "Surefoot: see host/surefoot/measures/README.md"
ROMBERG = "Le & Kapoula 2008, Gait & Posture 27:493-500"


@dataclass(frozen=True)
class Measure:
    """One row: `value = SI value * factor` in `unit` (UCUM); better is "lower", "higher" or "none".

    Certainty: "V" formula read in its source, "R" from expert memory, "D" our own design.
    """

    key: str
    label: str
    unit: str
    decimals: int
    source: str
    certainty: str
    factor: float = 1.0
    better: str = "none"  # small sway with small limits of stability may be stiffening


ALL, PLANE = ("", "ml", "ap"), ("",)
AXIS_WORDS = {"": "", "ml": ", side to side", "ap": ", forward and back"}

# family, stem, suffix of the key, axes, label, unit, decimals, factor, source, certainty
_ROWS: tuple[tuple[str, str, str, tuple[str, ...], str, str, int, float, str, str], ...] = (
    ("cop", "velocity", "mmps", ALL, "Sway velocity", "mm/s", 1, 1e3, PRIETO, "V"),
    ("cop", "area_95", "mm2", PLANE, "Sway area, 95 % prediction ellipse", "mm2", 0, 1e6, SCHUBERT, "V"),
    ("cop", "mean_frequency", "hz", ALL, "Mean power frequency", "Hz", 3, 1.0, DUARTE, "V"),
    ("cop", "mdist", "mm", ALL, "Mean distance from the middle", "mm", 2, 1e3, PRIETO, "V"),
    ("cop", "rdist", "mm", ALL, "RMS distance from the middle", "mm", 2, 1e3, PRIETO, "V"),
    ("cop", "totex", "mm", ALL, "Sway path", "mm", 0, 1e3, PRIETO, "V"),
    ("cop", "range", "mm", ALL, "Sway range", "mm", 1, 1e3, PRIETO, "V"),
    ("cop", "area_cc", "mm2", PLANE, "Sway area, 95 % confidence circle", "mm2", 0, 1e6, PRIETO, "V"),
    ("cop", "area_ce", "mm2", PLANE, "Sway area, Prieto's 95 % ellipse", "mm2", 0, 1e6, PRIETO, "V"),
    ("cop", "area_sw", "mm2ps", PLANE, "Sway area swept per second", "mm2/s", 1, 1e6, PRIETO, "V"),
    ("cop", "mfreq", "hz", ALL, "Mean frequency of turning", "Hz", 3, 1.0, PRIETO, "V"),
    ("cop", "fd_cc", "", PLANE, "Fractal dimension, circle", "1", 3, 1.0, PRIETO, "V"),
    ("cop", "fd_ce", "", PLANE, "Fractal dimension, ellipse", "1", 3, 1.0, PRIETO, "V"),
    ("cop", "power", "mm2", ALL, "Sway power, 0.15-5 Hz", "mm2", 2, 1e6, PRIETO, "V"),
    ("cop", "f50", "hz", ALL, "Median frequency", "Hz", 1, 1.0, PRIETO, "V"),
    ("cop", "f95", "hz", ALL, "95 % power frequency", "Hz", 1, 1.0, PRIETO, "V"),
    ("cop", "cfreq", "hz", ALL, "Centroidal frequency", "Hz", 3, 1.0, PRIETO, "V"),
    ("cop", "freqd", "", ALL, "Frequency dispersion", "1", 3, 1.0, PRIETO, "V"),
    ("trunk", "jerk", "m2ps5", ALL, "Trunk jerk, for 30 s", "m2/s5", 4, 1.0, MANCINI, "V"),
    ("trunk", "rms", "ms2", ALL, "Trunk acceleration, RMS", "m/s2", 4, 1.0, MANCINI, "V"),
    ("trunk", "dist", "ms2", ALL, "Trunk acceleration, mean", "m/s2", 4, 1.0, MANCINI, "V"),
    ("trunk", "path", "ms2", ALL, "Trunk acceleration path, for 30 s", "m/s2", 2, 1.0, MANCINI, "V"),
    ("trunk", "range", "ms2", ("ml", "ap"), "Trunk acceleration range", "m/s2", 3, 1.0, MANCINI, "V"),
    ("trunk", "velocity", "mps", PLANE, "Trunk velocity, mean", "m/s", 4, 1.0, MANCINI, "D"),
    ("trunk", "frequency", "hz", PLANE, "Trunk frequency of turning", "Hz", 3, 1.0, MANCINI, "V"),
    ("trunk", "area", "m2ps5", PLANE, "Trunk area swept per second", "m2/s5", 5, 1.0, MANCINI, "V"),
    ("trunk", "power", "m2ps4", ALL, "Trunk power, 0.15-3.5 Hz", "m2/s4", 5, 1.0, MANCINI, "R"),
    ("trunk", "f50", "hz", ALL, "Trunk median frequency", "Hz", 1, 1.0, MANCINI, "R"),
    ("trunk", "f95", "hz", ALL, "Trunk 95 % power frequency", "Hz", 1, 1.0, MANCINI, "R"),
    ("trunk", "cfreq", "hz", ALL, "Trunk centroidal frequency", "Hz", 3, 1.0, MANCINI, "R"),
    ("trunk", "freqd", "", ALL, "Trunk frequency dispersion", "1", 3, 1.0, MANCINI, "R"),
)
_FOOT_STEMS = ("velocity", "area_95", "mean_frequency", "rdist", "range")
_SINGLE = (
    Measure("trunk_sway_range_deg", "Trunk inclination range, forward and back", "deg", 2, OWN, "D"),
    Measure("load_left_share", "Weight on the left foot, mean", "%", 1, OWN, "D", 100.0),
    Measure("load_shift_share", "Weight shifting between the feet, SD", "%", 2, OWN, "D", 100.0),
    Measure("romberg_velocity", "Romberg quotient of sway velocity", "1", 2, ROMBERG, "V"),
    Measure("romberg_area", "Romberg quotient of sway area", "1", 2, ROMBERG, "V"),
)


def _key(family: str, stem: str, suffix: str, axis: str) -> str:
    return "_".join(part for part in (family, stem, axis, suffix) if part)


def _inside(label: str) -> str:
    """A label within a sentence: a first word that is an acronym keeps its capitals."""
    return label if label[:2].isupper() else label[0].lower() + label[1:]


# (family, stem, axis) -> key: the formulas speak of stems and axes, the world of keys.
KEYS = {(row[0], row[1], axis): _key(row[0], row[1], row[2], axis) for row in _ROWS for axis in row[3]}


def _build() -> dict[str, Measure]:
    rows = list(_SINGLE)
    for family, stem, _, axes, label, unit, decimals, factor, source, certainty in _ROWS:
        for axis in axes:
            key = KEYS[family, stem, axis]
            row = Measure(key, label + AXIS_WORDS[axis], unit, decimals, source, certainty, factor)
            rows.append(row)
            if family == "cop" and stem in _FOOT_STEMS:
                for foot in ("left", "right"):
                    own_label = f"{foot.capitalize()} foot: {_inside(row.label)}"
                    rows.append(replace(row, key=f"{foot}_{key}", label=own_label))
    return {row.key: row for row in rows}


MEASURES: dict[str, Measure] = _build()


def to_table(si: dict[str, float | str], signal: Analysed, prefix: str = "") -> Measured:
    """SI numbers (or the reasons for their absence) by key, as the table names and scales them.

    With a prefix ("left_", "right_") only the keys that the table has for one foot are kept.
    """
    values: dict[str, float] = {}
    missing: dict[str, str] = {}
    for key, number in si.items():
        row = MEASURES.get(prefix + key) if prefix else MEASURES[key]
        if row is None:
            continue
        if isinstance(number, str):
            missing[row.key] = number
        else:
            values[row.key] = float(number) * row.factor
    real_s = len(signal.real) / signal.rate_hz
    return Measured(values, missing, signal.fingerprint, signal.lost_share, real_s)
