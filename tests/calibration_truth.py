# SPDX-License-Identifier: MIT
"""How well a calibration brings drawn people on drawn boards back: before, after level 1, after level 2, with faults.

Soles, parts, marks and scales are drawn; what is made of them goes through the product's own functions, from the
guided session's steps to the record and its law. Firmware and wire are left out: `truth.py` has those.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

import calibration_truth_imu as imu_truth
from chain import sway
from leaning import Actor, leaner
from surefoot import calibration
from surefoot.calibration import CELLS, SIDES, Calibration
from surefoot.calibration_law import curve_force_n, loads
from surefoot.clinic.insole_record import Session, record_of
from surefoot.clinic.insole_steps import FREE, SUPPORTED, WEARER, Task, tasks
from surefoot.device.virtual import cell_memory
from surefoot.device.virtual import person as people
from surefoot.device.virtual.electronics import Electronics, cell_counts
from surefoot.device.virtual.leans import Leaner, calibration_run
from surefoot.errors import CalibrationError
from surefoot.fit import cells_record, faults
from surefoot.fit.known import SCALE_KG
from surefoot.fit.leans import zero_counts
from surefoot.physics import GRAVITY_MS2
from surefoot.placement import place_feet
from weights import HOLD_S, base_of, press_all

BOARDS = tuple(range(1, 51))
RATE_HZ = 100.0
STANCE_S = 63.0  # the first 3 s are left out
SETTLED_S = 1.5  # into a pose before its step begins
SKEW_DEG = 0.8
HYSTERESIS = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02)
MEMORY = (0.01, 0.03)  # of the parts that level 2 is to find: hysteresis, creep for a decade
DEVICE, WHEN, LATER = imu_truth.DEVICE, "2026-01-02T03:04:05Z", "2026-01-03T03:04:05Z"
LOADS_N = (5.0, 20.0, 60.0)  # at which a cell's curve is held against its drawn law

Floats = np.ndarray
Found = dict[str, float]


class Leaned(NamedTuple):
    """A session as it was done: cell forces [n,16] N at RATE_HZ, each step's task, values and rows, the weight read."""

    force_n: Floats
    steps: tuple[tuple[Task, dict[str, Any], slice], ...]
    kg: float


class Stance(NamedTuple):
    """A quiet stance: cell forces [n,16] N, and the truth of it."""

    force_n: Floats
    truth: dict[str, Floats]


@dataclass(frozen=True, eq=False)
class Board:
    """A drawn person on drawn parts, and what they did there."""

    seed: int
    actor: Actor
    parts: Electronics
    leaned: Leaned
    stance: Stance

    @property
    def world(self) -> Leaner:
        return self.actor.world

    @property
    def length_mm(self) -> float:
        return self.world.person.insole_length_m * 1e3

    @property
    def weight_n(self) -> float:
        return self.actor.kg * GRAVITY_MS2


def board(seed: int) -> Board:
    """The board of a seed: cells 15 % apart (SD), an exponent that nobody knows, marks off by up to 2 mm, a scale by up
    to half a kilogram."""
    actor = Actor(leaner(seed, skew_deg=SKEW_DEG))
    t_s = np.arange(round(STANCE_S * RATE_HZ)) / RATE_HZ
    truth = actor.world.truth(t_s)
    leaned = lean(actor, FREE)
    return Board(seed, actor, actor.world.electronics, leaned, Stance(truth["cell_force_n"], truth))


def lean(actor: Actor, form: str) -> Leaned:
    """Do all steps of a session, one after the other without a pause, so that cells may remember."""
    world, rows, at_s = actor.world, [], 0.0
    off_kg = np.random.default_rng([world.seed, *b"scale"]).uniform(-SCALE_KG, SCALE_KG)
    kg = round(actor.kg + off_kg, 1)
    for task in tasks(form, world.person.insole_length_m * 1e3):
        actor.do(task, at_s)
        values = actor.values(task)
        first = round((at_s + SETTLED_S) * RATE_HZ)
        rows.append(
            (task, values | ({"kg": kg} if "kg" in values else {}), slice(first, first + round(task.seconds * RATE_HZ)))
        )
        at_s = rows[-1][2].stop / RATE_HZ
    cop, load, _ = world.feet(np.arange(rows[-1][2].stop) / RATE_HZ)
    return Leaned(world.cell_force_n(cop, load), tuple(rows), kg)


def read(parts: Electronics, force_n: Floats, seed: int, what: str) -> Floats:
    """Counts of forces that follow each other at RATE_HZ, on cells that nothing pressed before."""
    noise = np.random.default_rng([seed, *what.encode()]).standard_normal(force_n.shape)
    return cell_counts(parts, cell_memory.felt_n(parts.memory, force_n, 1 / RATE_HZ)[0], noise)


def remembering(parts: Electronics, hysteresis: float, creep: float = 0.0) -> Electronics:
    """The same parts with a memory."""
    return replace(parts, memory=cell_memory.draw(parts.seed, len(CELLS), hysteresis, creep))


def level_1(made: Board, parts: Electronics, base: tuple[Calibration, ...] = ()) -> Calibration:
    """The record of the session. `base`: records of before."""
    counts = read(parts, made.leaned.force_n, made.seed, "leans")
    session = Session(
        DEVICE,
        LATER,
        "2" * 64,
        FREE,
        {},
        made.length_mm,
        made.leaned.kg,
        counts[made.leaned.steps[0][2]],
        tuple((values, counts[rows]) for _, values, rows in made.leaned.steps[1:]),
        weight_doubted=False,
    )
    return record_of(session, base, draws=1).record


def level_2(made: Board, parts: Electronics) -> Calibration:
    """The record of weights on every cell; creep needs a long hold."""
    some = press_all(parts, seed=made.seed, hold_s=HOLD_S if parts.memory else 4.5)
    return cells_record.fit(some, base_of(made.length_mm), device=DEVICE, created_utc=WHEN)


def net_m(placed: tuple[Floats, Floats], cop_m: Floats, force_n: Floats) -> Floats:
    """Net CoP [n,2] of both feet's, placed so."""
    body = np.einsum("fij,nfj->nfi", placed[0], cop_m) + placed[1]
    return np.einsum("nf,nfi->ni", force_n, body) / force_n.sum(axis=1)[:, None]


def judged(made: Board, parts: Electronics, record: Calibration) -> Found:
    """Errors of the quiet stance under a record.

    Force: 95 % of each foot's and of both together, % of body weight; CoP: rms distance of each foot's, mm. Velocity
    and area in % of the truth: as the product has it, feet placed as the mat says, and with feet where they truly are.
    """
    truth, person = made.stance.truth, made.world.person
    seen = loads(read(parts, made.stance.force_n, made.seed, "stance"), record)
    off = 100 * (seen.foot_force_n - truth["foot_force_n"]) / made.weight_n
    apart_mm = 1e3 * np.linalg.norm(seen.foot_cop_m - truth["foot_cop_m"], axis=2)
    mat = people.MAT_FOOT_ANGLE_DEG
    placed = {"": place_feet(people.MAT_HEEL_DISTANCE_M, mat, mat, person.insole_length_m), "_feet": person.feet_placed}
    true = sway(1e-3 * np.column_stack((truth["cop_ml_mm"], truth["cop_ap_mm"])))
    out = {
        "foot_force": float(np.percentile(np.abs(off), 95)),
        "both_force": float(np.percentile(np.abs(off.sum(axis=1)), 95)),
        "cop_mm": float(np.sqrt(np.mean(apart_mm**2))),
    }
    for name, place in placed.items():
        found = sway(net_m(place, seen.foot_cop_m, seen.foot_force_n))
        out["velocity" + name] = 100 * (found["cop_velocity_mmps"] / true["cop_velocity_mmps"] - 1)
        out["area" + name] = 100 * (found["cop_area_95_mm2"] / true["cop_area_95_mm2"] - 1)
    return out


def shifted(made: Board, record: Calibration) -> float:
    """Each foot's force while 10 to 90 % of the weight go from foot to foot: rms of the worse, % of body weight."""
    run = calibration_run(made.world, stance=True, seed=1, duration_s=97)
    off = (loads(run.counts, record).foot_force_n - run.foot_force_n) / made.weight_n
    return 100 * float(np.sqrt((off**2).mean(axis=0)).max())


def tilt_deg(made: Board, record: Calibration) -> float:
    """Between the mean up of the stance as the record has it, and as it was."""
    truth = made.stance.truth
    acc, _ = imu_truth.sensed(made.parts, truth["acc_ms2"], truth["gyr_dps"], np.random.default_rng([made.seed, 1]))
    seen, true = imu_truth.body_acc_ms2(record, acc).mean(axis=0), truth["acc_ms2"].mean(axis=0)
    return float(np.degrees(np.arccos(seen @ true / np.linalg.norm(seen) / np.linalg.norm(true))))


def cell_error(made: Board, record: Calibration) -> float:
    """Of the force by each cell's own curve against its drawn law, the worst of all cells and loads, %."""
    parts, law, worst = made.parts, made.parts.law, 0.0
    force = np.array(LOADS_N)
    assert record.curves
    for cell, curve in enumerate(record.curves):
        assert curve
        told = curve_force_n(curve, parts.cell_gain[cell] * (force / law.gain_n_per_siemens_exp) ** (1 / law.exponent))
        worst = max(worst, 100 * float(np.abs(told / force - 1).max()))
    return worst


def levels(made: Board, second: bool = True) -> dict[str, Found]:
    """Errors before, after level 1, and after level 2 with leans on it; what was drawn and what is off of it."""
    parts = made.parts
    blank = replace(calibration.nominal(made.length_mm), device=DEVICE)
    records = {"nominal": blank, "level 1": level_1(made, parts)}
    cells = level_2(made, parts) if second else None
    if cells:
        records["level 2"] = level_1(made, parts, (cells,))
    out = {name: judged(made, parts, record) | {"shift": shifted(made, record)} for name, record in records.items()}
    moved = imu_truth.calibrated(parts, made.world)
    out["nominal"]["tilt_deg"] = tilt_deg(made, blank)
    for name in [*records][1:]:
        out[name]["tilt_deg"] = tilt_deg(made, moved)
    one = records["level 1"]
    zero = parts.law.full_count * parts.leak_s * parts.law.rm_ohm / (1 + parts.leak_s * parts.law.rm_ohm)
    out["off"] = imu_truth.recovered(parts, moved) | {
        "zero_counts": float(np.abs(zero - one.zero_count).max()),
        "exponent_share": abs(one.exponent[0] / parts.law.exponent - 1),
        "foot_gain_share": foot_gain_error(made, one),
    }
    out["drawn"] = imu_truth.drawn(parts) | {
        "zero_counts": float(zero.max()),
        "exponent_share": abs(blank.exponent[0] / parts.law.exponent - 1),
        "foot_gain_share": foot_gain_error(made, blank),
    }
    if cells:
        out["off"]["cell_share"] = cell_error(made, cells) / 100
        out["drawn"]["cell_share"] = float(np.abs(1 - 1 / parts.cell_gain).max())
    return out


def foot_gain_error(made: Board, record: Calibration) -> float:
    """Share by which the worse foot's mean force in quiet standing is off: its gain, with what lies between cells."""
    seen = loads(read(made.parts, made.stance.force_n, made.seed, "stance"), record).foot_force_n
    return float(np.abs(seen.mean(axis=0) / made.stance.truth["foot_force_n"].mean(axis=0) - 1).max())


def hysteresis(made: Board, shares: Iterable[float] = HYSTERESIS) -> dict[float, Found]:
    """Errors after level 1 on parts with so much hysteresis, in the leans as in the stance."""
    out = {}
    for share in shares:
        parts = remembering(made.parts, share)
        out[share] = judged(made, parts, level_1(made, parts))
    return out


def memory(seed: int) -> Found:
    """Level 2 and leans on parts that lag and creep: the errors of the stance, and of what level 2 found of the two."""
    made = board(seed)
    parts = remembering(made.parts, *MEMORY)
    assert parts.memory
    cells = level_2(made, parts)
    assert cells.hysteresis_share
    assert cells.creep_share_per_decade
    loop = np.abs(np.array(cells.hysteresis_share) - parts.memory.hysteresis_share)
    # The reading that a share is of has crept itself by then.
    felt, _ = cell_memory.felt_n(parts.memory, np.full((1000, 16), 50.0), 0.01)
    creep = np.array(cells.creep_share_per_decade) - parts.memory.creep_share_per_decade / (felt[-1] / 50)
    found = judged(made, parts, level_1(made, parts, (cells,)))
    return found | {"loop": 100 * float(loop.max()), "creep": 100 * float(np.abs(creep).max())}


# Faults

FAULTS = ("dead", "shorted", "swapped in a foot", "swapped between feet", "swapped feet")
FORMS = (FREE, SUPPORTED, WEARER)
SLOWER = 5  # faults are looked for in every fifth sample: it is the same and faster


class Fate(NamedTuple):
    """What became of a board with one fault (or none): named rightly; anything said; a record refused; sentences."""

    named: bool
    noticed: bool
    refused: bool
    said: tuple[str, ...]


def broken(made: Board, kind: str) -> tuple[Electronics, tuple[str, ...]]:
    """These parts with one fault, drawn from the seed, and where it is."""
    dice = np.random.default_rng([made.seed, *kind.encode()])
    if kind in ("dead", "shorted"):
        cell = str(dice.choice(CELLS))
        return replace(made.parts, **{kind: (cell,)}), (cell,)
    if kind == "swapped feet":
        return replace(made.parts, swapped=tuple(zip(CELLS[:8], CELLS[8:], strict=True))), SIDES
    a, b = dice.choice(8, 2, replace=kind == "swapped between feet")
    foot = int(dice.integers(2))
    first, last = (foot, foot) if kind == "swapped in a foot" else (0, 1)
    pair = tuple(sorted((CELLS[8 * first + int(a)], CELLS[8 * last + int(b)])))
    return replace(made.parts, swapped=((pair[0], pair[1]),)), pair


def leaned_fate(made: Board, leaned: Leaned, parts: Electronics, kind: str, where: tuple[str, ...]) -> Fate:
    """What the check behind a level-1 session says of it."""
    counts = read(parts, leaned.force_n, made.seed, "leans")
    steps = [(values, counts[rows][::SLOWER]) for _, values, rows in leaned.steps]
    base = replace(calibration.nominal(made.length_mm), zero_count=zero_counts(steps[0][1]))
    found = faults.find(steps[0][1], steps[1:], base)
    named = any(fault.where == where and fault.kind in (kind, "swapped cells", "faint") for fault in found)
    return Fate(named, bool(found), any(fault.sure for fault in found), tuple(fault.sentence for fault in found))


def pressed_fate(made: Board, parts: Electronics, where: tuple[str, ...]) -> Fate:
    """What level 2 says as it presses the cells of the fault."""
    cells = [name for name in where if name in CELLS] or [CELLS[0], CELLS[8]]
    try:
        some = press_all(parts, cells, hold_s=4.5, seed=made.seed)
        cells_record.fit(some, base_of(made.length_mm), device=DEVICE, created_utc=WHEN)
    except CalibrationError as error:
        return Fate(all(name in str(error) for name in cells), True, True, (str(error),))
    return Fate(False, False, False, ())


def fates(made: Board) -> dict[tuple[str, str], Fate]:
    """By fault (or "none") and by form, or "level 2"."""
    out = {}
    for form in FORMS:
        leaned = lean(Actor(made.world), form) if form != FREE else made.leaned
        out["none", form] = leaned_fate(made, leaned, made.parts, "", ())
        for kind in FAULTS:
            out[kind, form] = leaned_fate(made, leaned, *(spoilt := broken(made, kind))[:1], kind, spoilt[1])
    for kind in FAULTS:
        out[kind, "level 2"] = pressed_fate(made, *broken(made, kind))
    out["none", "level 2"] = pressed_fate(made, made.parts, ("L2", "R5"))
    return out


def whole(seed: int) -> dict[str, Any]:
    """All of one board."""
    made = board(seed)
    return {"levels": levels(made), "hysteresis": hysteresis(made), "fates": fates(made)}


def first(seed: int) -> dict[str, Found]:
    """Without level 2."""
    return levels(board(seed), second=False)
