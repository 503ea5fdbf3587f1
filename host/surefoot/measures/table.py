# SPDX-License-Identifier: MIT
"""The measures table: what each number is called, its unit, where its formula comes from and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from surefoot.measures.processing import Analysed, Measured
from surefoot.measures.sensory import LIMIT_DEG

PRIETO = "Prieto 1996, 10.1109/10.532130"
SCHUBERT = "Schubert & Kirchner 2014, 10.1016/j.gaitpost.2013.09.001"
DUARTE = "Santos & Duarte 2016, 10.7717/peerj.2648"
MANCINI = "Mancini 2012, 10.1186/1743-0003-9-59"
OWN = "Surefoot: see host/surefoot/measures/README.md"
RICHMAN = "Richman & Moorman 2000, 10.1152/ajpheart.2000.278.6.H2039"
PENG = "Peng 1994, 10.1103/PhysRevE.49.1685"
COLLINS = "Collins & De Luca 1993, 10.1007/BF00229788"
BARATTO = "Baratto 2002, Motor Control 6:246-270"
RASHID = "Rashid 2022, 10.3390/s22010124"
KOHEN_RAZ = "Kohen-Raz 1991, Percept Mot Skills 73:1091-1103"
ROBINSON = "Robinson 1987, J Manipulative Physiol Ther 10:172-176"
ROMBERG = "Le & Kapoula 2008, Gait & Posture 27:493-500"


@dataclass(frozen=True)
class Measure:
    """One row: `value = SI value * factor` in `unit` (UCUM); better is "lower", "higher" or "none".

    Certainty: "V" formula read in its source, "R" from expert memory, "D" our own design. `function` of
    surefoot.measures makes it. `error`: measurement error where one was published and read, in words. `research`: for
    the research tab, never part of a score.
    """

    key: str
    label: str
    unit: str
    decimals: int
    source: str
    certainty: str
    factor: float = 1.0
    better: str = "none"  # small sway with small limits of stability may be stiffening
    function: str = ""
    error: str = ""
    research: bool = False


ALL, PLANE, EACH = ("", "ml", "ap"), ("",), ("ml", "ap")
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
    ("cop", "outlier_ratio", "", PLANE, "Outlier excursions, 1 is normal sway", "1", 2, 1.0, OWN, "D"),
    ("cop", "fd_pd", "", PLANE, "Fractal dimension, diameter", "1", 3, 1.0, PRIETO, "R"),
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
    ("research", "sampen", "", EACH, "Sample entropy", "1", 3, 1.0, RICHMAN, "R"),
    ("research", "dfa", "", EACH, "Scaling exponent (DFA)", "1", 3, 1.0, PENG, "R"),
    ("research", "d_short", "mm2ps", ALL, "Diffusion within a second", "mm2/s", 2, 1e6, COLLINS, "R"),
    ("research", "d_long", "mm2ps", ALL, "Diffusion after two seconds", "mm2/s", 2, 1e6, COLLINS, "R"),
    ("research", "h_short", "", ALL, "Diffusion exponent within a second", "1", 3, 1.0, COLLINS, "R"),
    ("research", "h_long", "", ALL, "Diffusion exponent after two seconds", "1", 3, 1.0, COLLINS, "R"),
    ("research", "critical_time", "s", ALL, "Critical time of diffusion", "s", 2, 1.0, COLLINS, "R"),
    ("research", "critical_spread", "mm2", ALL, "Critical mean square of diffusion", "mm2", 1, 1e6, COLLINS, "R"),
    ("research", "density_peak", "s", PLANE, "Sway density, mean stay at its peaks", "s", 3, 1.0, BARATTO, "R"),
    ("research", "density_distance", "mm", PLANE, "Sway density, between peaks", "mm", 2, 1e3, BARATTO, "R"),
    ("research", "density_interval", "s", PLANE, "Sway density, time between peaks", "s", 3, 1.0, BARATTO, "R"),
    ("stability", "", "", ALL, "Trunk stability, -ln of m/s2", "1", 3, 1.0, RASHID, "V"),
    ("los", "reaction", "s", PLANE, "Leaning: reaction time", "s", 2, 1.0, OWN, "D"),
    ("los", "velocity", "pctps", PLANE, "Leaning: velocity, of foot length", "%/s", 1, 1e2, OWN, "D"),
    ("los", "endpoint", "pct", PLANE, "Leaning: endpoint, of foot length", "%", 1, 1e2, OWN, "D"),
    ("los", "maximum", "pct", PLANE, "Leaning: maximum, of foot length", "%", 1, 1e2, OWN, "D"),
    ("los", "control", "pct", PLANE, "Leaning: directional control", "%", 0, 1e2, OWN, "D"),
)
# What a family or a key says beyond its row.
_FUNCTION = {
    "cop": "cop_measures",
    "trunk": "trunk_measures",
    "research": "research_measures",
    "stability": "stability_measures",
    "los": "limits_of_stability",
}
_BETTER = {"los_reaction_s": "lower"} | dict.fromkeys(
    ("los_velocity_pctps", "los_endpoint_pct", "los_maximum_pct", "los_control_pct"), "higher"
)
_ERROR = {
    "stability": "MDC95 0.275 firm eyes open, 0.328 firm eyes closed, 0.343 foam eyes open, 0.494 foam eyes closed, of"
    " a phone at the lower back (constants of the app of Rashid 2022)",
}
_FOOT_STEMS = ("velocity", "area_95", "mean_frequency", "rdist", "range")
STEADINESS_LABEL = f"Steadiness within {LIMIT_DEG:g} degrees of tilt"
_SINGLE = (
    Measure("trunk_sway_range_deg", "Trunk inclination range, forward and back", "deg", 2, OWN, "D"),
    Measure("load_left_share", "Weight on the left foot, mean", "%", 1, OWN, "D", 100.0),
    Measure("load_shift_share", "Weight shifting between the feet, SD", "%", 2, OWN, "D", 100.0),
    Measure("load_asymmetry", "Weight asymmetry, difference over sum", "%", 1, ROBINSON, "R", 100.0),
    Measure("load_weight_n", "Weight on both feet", "N", 0, OWN, "D"),
    Measure("romberg_velocity", "Romberg quotient of sway velocity", "1", 2, ROMBERG, "V"),
    Measure("romberg_area", "Romberg quotient of sway area", "1", 2, ROMBERG, "V"),
    Measure("steadiness_score", STEADINESS_LABEL, "{score}", 0, OWN, "D", better="higher"),
    Measure("steadiness_composite", "Steadiness over all conditions", "{score}", 0, OWN, "D", better="higher"),
    Measure("kept_without_sight", "Steadiness kept without sight", "1", 2, OWN, "D"),
    Measure("kept_on_foam", "Steadiness kept on foam", "1", 2, OWN, "D"),
    Measure("kept_on_foam_without_sight", "Steadiness kept on foam without sight", "1", 2, OWN, "D"),
    Measure("weight_distribution_index", "Weight distribution index", "%", 1, KOHEN_RAZ, "R"),
)
_FUNCTIONS_OF_SINGLES = (
    ("trunk_", "trunk_measures"),
    ("load_", "load_measures"),
    ("romberg_", "romberg_quotient"),
    ("steadiness_score", "steadiness_score"),
    ("steadiness_composite", "steadiness_composite"),
    ("kept_", "sensory_ratios"),
    ("weight_", "weight_distribution_index"),
)

# What a test is scored by: from clocks, keys and detectors by surefoot.care.outcome, or typed by the observer.
CLOCK = "the protocol's own definition"
_TESTS = (
    Measure("held_s", "Time held", "s", 2, CLOCK, "V", better="higher"),
    Measure("elapsed_s", "Time from start to end", "s", 2, CLOCK, "V", better="lower"),
    Measure("movement_s", "Time from first movement to end", "s", 2, OWN, "D", better="lower"),
    Measure("to_fifth_stand_s", "Time to the fifth stand", "s", 2, CLOCK, "V", better="lower"),
    Measure("count", "Repetitions", "{count}", 0, CLOCK, "V", better="higher"),
    Measure("steps", "Steps taken", "{steps}", 0, CLOCK, "V"),
    Measure("errors", "Errors", "{count}", 0, CLOCK, "V", better="lower"),
    Measure("stages", "Stages passed", "{count}", 0, CLOCK, "V", better="higher"),
    Measure("points", "Points", "{score}", 0, CLOCK, "V", better="higher"),
    Measure("rating", "Observer's rating", "{score}", 0, CLOCK, "V", better="lower"),
    Measure("distance_m", "Distance", "m", 2, CLOCK, "V", better="higher"),
    Measure("last_length_m", "Metres of the last length", "m", 1, CLOCK, "V"),
    Measure("track_m", "Length of the track", "m", 2, CLOCK, "V"),
    Measure("speed_mps", "Walking speed", "m/s", 2, CLOCK, "V", better="higher"),
    Measure("cost_percent", "Cost of the second task", "%", 0, OWN, "D", better="lower"),
    Measure("angle_deg", "Range of motion", "deg", 0, OWN, "D", better="higher"),
    Measure("load_reached_share", "Weight shifted onto one leg, held", "%", 0, OWN, "D", better="higher"),
    Measure("initiation_s", "Weight shift before the first step, time", "s", 2, OWN, "D"),
    Measure("initiation_share", "Weight shift before the first step, size", "%", 0, OWN, "D"),
)


def _key(family: str, stem: str, suffix: str, axis: str) -> str:
    return "_".join(part for part in (family, stem, axis, suffix) if part)


def _inside(label: str) -> str:
    """A label within a sentence: a first word that is an acronym keeps its capitals."""
    return label if label[:2].isupper() else label[0].lower() + label[1:]


# (family, stem, axis) -> key: the formulas speak of stems and axes, the world of keys.
KEYS = {(row[0], row[1], axis): _key(row[0], row[1], row[2], axis) for row in _ROWS for axis in row[3]}
RESEARCH_STEMS = {row[1]: row[3] for row in _ROWS if row[0] == "research"}


def _build() -> dict[str, Measure]:
    rows = [
        replace(row, function=next(name for start, name in _FUNCTIONS_OF_SINGLES if row.key.startswith(start)))
        for row in _SINGLE
    ]
    for family, stem, _, axes, label, unit, decimals, factor, source, certainty in _ROWS:
        for axis in axes:
            key = KEYS[family, stem, axis]
            row = Measure(
                key,
                label + AXIS_WORDS[axis],
                unit,
                decimals,
                source,
                certainty,
                factor,
                better=_BETTER.get(key, "none"),
                function=_FUNCTION[family],
                error=_ERROR.get(key, ""),
                research=family == "research",
            )
            rows.append(row)
            if family == "cop" and stem in _FOOT_STEMS:
                for foot in ("left", "right"):
                    own_label = f"{foot.capitalize()} foot: {_inside(row.label)}"
                    rows.append(replace(row, key=f"{foot}_{key}", label=own_label))
    return {row.key: row for row in (*rows, *_TESTS)}


MEASURES: dict[str, Measure] = _build()


def to_table(
    si: Mapping[str, float | str], signal: Analysed, prefix: str = "", own: dict[str, str] | None = None
) -> Measured:
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
    return Measured(values, missing, signal.fingerprint, signal.lost_share, real_s, own)
