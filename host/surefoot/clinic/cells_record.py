# SPDX-License-Identifier: MIT
"""From the evidence recordings of single cells to a level-2 record, now or years later."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from .. import calibration
from ..calibration import CELLS, Calibration
from ..decode import Decoded
from ..errors import CalibrationError
from ..fit import cells_record
from ..fit.cells_record import FILES
from ..fit.doubt import EXPIRES, VALID_DAYS
from ..fit.pressing import CellLoads, Press, index_of, weight_n
from ..physics import GRAVITY_MS2
from ..recording import read
from . import insole_record
from .calibrate_cells import DONE
from .guide import steps_of

EVIDENCE = "insole-cells"  # in the head of each recording
BODY_KG = (10.0, 300.0)


@dataclass(frozen=True)
class Found:
    """What recordings hold of one pair on one board: the presses of each cell that was done, and its recording's hash.

    `broken_off`: cells that were begun and not done.
    """

    device: str
    created_utc: str
    loads: tuple[CellLoads, ...]
    sha256: dict[str, str]
    broken_off: tuple[str, ...]
    pair: str | None = None
    foot_length_mm: float | None = None


def find(paths: Sequence[Path]) -> Found:
    """Read the recordings; of a cell that was done twice, the later one counts. Raises CalibrationError."""
    loads: dict[str, CellLoads] = {}
    hashes: dict[str, str] = {}
    of: set[tuple[str, str | None, float | None]] = set()
    when: list[str] = []
    broken: set[str] = set()
    decoded = [(path, read(path)) for path in paths]
    for path, one in sorted(decoded, key=lambda pair: str(pair[1].head.get("created_utc", ""))):
        if one.head.get("evidence") != EVIDENCE:
            raise CalibrationError(f"{path} is no recording of weights on single cells: choose those of level 2.")
        length = one.head.get("foot_length_mm")
        of.add((str(one.config.get("id", "")), one.head.get("pair"), None if length is None else float(length)))
        when.append(str(one.head.get("created_utc", "")))
        done = {str(note.get("cell")) for note in one.notes if note.get("note") == DONE}
        for cell, made in _loads_of(one).items():
            if cell in done:
                loads[cell], hashes[cell] = made, hashlib.sha256(path.read_bytes()).hexdigest()
        broken.add(str(one.head.get("cell", "")))
    if len(of) > 1:
        raise CalibrationError("These recordings are of several boards or pairs of insoles: give those of one alone.")
    if not loads:
        raise CalibrationError("In these recordings not one cell was done to the end: press one, the others later.")
    order = sorted(loads, key=CELLS.index)
    device, pair, length = of.pop()
    return Found(
        device,
        max(when),
        tuple(loads[cell] for cell in order),
        {cell: hashes[cell] for cell in order},
        tuple(sorted(broken - set(loads) - {""})),
        pair,
        length,
    )


def _loads_of(decoded: Decoded) -> dict[str, CellLoads]:
    zeros: dict[str, np.ndarray] = {}
    presses: dict[str, list[Press]] = {}
    for step in steps_of(decoded):
        cell, kg = step.values.get("cell"), step.values.get("kg")
        if not isinstance(cell, str) or not isinstance(kg, int | float) or not len(step.taken.cells):
            continue
        index_of(cell)
        if kg == 0:
            zeros[cell] = np.median(step.taken.cells, axis=0)
            continue
        force_n = weight_n(kg, float(step.values.get("puck_kg", 0.0)))
        presses.setdefault(cell, []).append(Press(force_n, step.taken.cells_t_s, step.taken.cells))
    return {cell: CellLoads(cell, zero, tuple(presses.get(cell, ()))) for cell, zero in zeros.items()}


def base_of(
    records: Iterable[Calibration],
    device: str,
    utc: str,
    pair: str | None = None,
    foot_length_mm: float | None = None,
    but: frozenset[str] = frozenset(),
) -> Calibration:
    """The record that a new one starts from, that of anybody: the one in force then, else the nominal one of that
    insole; none made of a recording with a hash in `but`, so that a fit repeated gives the same record again.
    """
    known = [r for r in records if not but & set(_files(r).values())]
    return insole_record.base_of(known, device, utc, pair, None, foot_length_mm)


def _files(record: Calibration) -> dict[str, str]:
    return dict(record.made_insole.residuals.get(FILES, {})) if record.made_insole else {}


def undone(base: Calibration) -> tuple[str, ...]:
    """The cells that have no curve yet."""
    curves = base.curves or (None,) * len(CELLS)
    return tuple(name for name, curve in zip(CELLS, curves, strict=True) if curve is None)


def body_n(body_weight_kg: float | None) -> float | None:
    """Body weight in N. Raises CalibrationError for what is nobody's."""
    if body_weight_kg is None:
        return None
    if not BODY_KG[0] <= body_weight_kg <= BODY_KG[1]:
        raise CalibrationError(f"{body_weight_kg:g} kg is nobody's weight: give it in kg, such as 72.5.")
    return body_weight_kg * GRAVITY_MS2


def record_of(
    found: Found,
    records: Iterable[Calibration],
    *,
    who: str | None = None,
    body_weight_kg: float | None = None,
) -> Calibration:
    """The new record, sealed: the one in force with these cells' curves. Its evidence is the hash of the recording, or
    that of all cells' hashes in their order, as they stand in residuals. Raises CalibrationError.
    """
    but = frozenset(found.sha256.values())
    base = base_of(records, found.device, found.created_utc, found.pair, found.foot_length_mm, but)
    files = {name: sha for name in CELLS if (sha := (_files(base) | found.sha256).get(name))}
    all_of = set(files.values())
    sha256 = all_of.pop() if len(all_of) == 1 else hashlib.sha256("".join(files.values()).encode()).hexdigest()
    made = cells_record.fit(
        found.loads,
        base,
        device=found.device,
        created_utc=found.created_utc,
        evidence_sha256=sha256,
        who=who,
        body_weight_n=body_n(body_weight_kg),
    )
    assert made.made_insole
    until = calibration.when_utc(found.created_utc) + timedelta(days=VALID_DAYS)
    insole = replace(
        made.made_insole,
        residuals={**made.made_insole.residuals, FILES: files, "expires_because": EXPIRES},
        expires_utc=until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    return calibration.sealed(replace(made, made_insole=insole, supersedes=base.supersedes))
