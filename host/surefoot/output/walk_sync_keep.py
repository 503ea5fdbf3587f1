# SPDX-License-Identifier: MIT
"""Recordings of a person's folder analysed and kept, and a person's own factor of step lengths from a measured walk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..clinic.run_values import now_utc
from ..clinic.walk_values import Walker
from ..clinic.walks_folder import STRIDES_SUFFIX, keep_walk, names_in, walks_folder
from ..errors import CalibrationError, MeasureError, RecordingError, SurefootError
from ..recording import SUFFIX

if TYPE_CHECKING:
    from ..clinic.walk_find import FoundWalk
    from ..clinic.walk_input import WalkInput

FURTHEST_M = 1000.0  # nobody measures more than that by tape or track for it (D)
log = logging.getLogger("surefoot")


@dataclass(frozen=True)
class Analysis:
    """How this person's walks are analysed: the data folder, who walks, and what was named instead of what is kept."""

    data: Path
    walker: Walker
    calibration: Path | None = None
    pair: str | None = None
    utc_now: Callable[[], str] = now_utc

    @property
    def folder(self) -> Path:
        return walks_folder(self.data, self.walker.person)


def analyse(how: Analysis, name: str) -> str:
    """Analyse the recording of that name and keep what was found, or why nothing was; a sentence where the record
    of calibration won't do, or a disk is full, and an earlier analysis stays, else "". Raises SurefootError where it
    can't be kept."""
    from ..clinic.walk_rows import NoRoom
    from ..clinic.walks_folder import walks_of
    from .result import ResultError, versions_here
    from .walk_result import document, entry

    path = how.folder / f"{name}{SUFFIX}"
    made: dict[str, Any] = {"created_utc": how.utc_now(), "versions": versions_here()}
    try:
        walk, found = _found(how, path)
        made_entry = entry(path.name, walk, found)
        walks, problems = [made_entry if found.rows is None else beside(how.folder, name, made_entry)], []
        made |= {"begun_utc": walk.facts["begun_utc"], "fetched_utc": walk.facts["fetched_utc"]}
    except SurefootError as error:
        walks, problems = [], [f"{path.name}: {error}"]
        made |= when(path)
        own = isinstance(error, CalibrationError | NoRoom | ResultError)  # no fault of the walk, which was told once
        if own and any(walk.name == name and not walk.problem for walk in walks_of(how.data, how.walker.person)):
            return f"{problems[0]} The analysis of before stays."
    except Exception as error:  # one recording that we fail on must not keep the person from all others
        log.debug("analysing a walk failed", exc_info=error)
        said = f"Surefoot itself failed on this walk ({type(error).__name__}). The recording is kept: please report it."
        walks, problems = [], [f"{path.name}: {said}"]
        made |= when(path)
    keep_walk(how.data, how.walker.person, name, document(walks, problems, made))
    return ""


def _found(how: Analysis, path: Path) -> tuple[WalkInput, FoundWalk]:
    """A long recording is read and analysed in pieces, its strides left on disk."""
    from ..clinic.walk_find import find
    from ..clinic.walk_long import stream_long
    from ..clinic.walk_long_sources import long_source
    from ..clinic.walk_own import read_walk

    leg_m, factor = how.walker.leg_m, how.walker.length_factor
    source = long_source(path, given=how.calibration, data=how.data, pair=how.pair)
    if source is not None:
        return stream_long(source, leg_m, factor)
    walk = read_walk(path, given=how.calibration, data=how.data, pair=how.pair)
    return walk, find(walk, leg_m, factor)


def beside(folder: Path, name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a long walk to be kept: its strides in a table beside the document, and of its stances how many
    there are, so that a page of many days reads what it shows."""
    from .result import write_by
    from .walk_tables import strides_parquet

    def counted(foot: Mapping[str, Any] | None) -> dict[str, int] | None:
        if foot is None:
            return None
        lengths = sum(value is not None for value in foot.get("stride_length_m", ()))
        return {"stances": len(foot["broken"]), "lengths": lengths}

    path = folder / f"{name}{STRIDES_SUFFIX}"
    write_by(path, lambda file: strides_parquet([entry], file))
    feet = {foot: counted(one) for foot, one in entry["feet"].items()}
    also = {source: {foot: counted(one) for foot, one in both.items()} for source, both in entry["also"].items()}
    strides = {"file": path.name, "rows": len(entry["strides"]["start_s"])}
    return {**entry, "feet": feet, "also": also, "strides": strides}


def when(path: Path) -> dict[str, str | None]:
    """When a walk was and when it was fetched, of a recording that may be damaged."""
    from ..clinic.walk_own import begun_utc
    from ..recording import read

    with suppress(SurefootError):
        decoded = read(path)
        return {"begun_utc": begun_utc(decoded), "fetched_utc": decoded.head.get("fetched_utc")}
    return {"begun_utc": None, "fetched_utc": None}


def unanalysed(how: Analysis) -> list[str]:
    """Names of recordings that nobody has analysed, as when an earlier sync was cut short."""
    from ..clinic.walks_folder import WALK_SUFFIX

    return [name for name in recorded(how) if not (how.folder / f"{name}{WALK_SUFFIX}").exists()]


def recorded(how: Analysis) -> list[str]:
    """Names of the walks whose recordings are here."""
    return [name for name in names_in(how.folder) if (how.folder / f"{name}{SUFFIX}").exists()]


def measured(how: Analysis, name: str, distance_m: float) -> Walker:
    """The same person with their own factor, from a walk of known distance. Raises SurefootError, saying why that
    walk gives none."""
    from ..clinic.walk_stream import loaded
    from ..measures.gait.waist_speed import factor_of

    if how.walker.leg_m is None:
        raise MeasureError(
            "A factor of step lengths needs the leg: measure from the hip's bone to the floor and add --leg-mm."
        )
    if not 0 < distance_m <= FURTHEST_M:
        raise MeasureError(f"--measured-m {distance_m:g} is no measured walk: give 10 m or more, in metres.")
    if name not in recorded(how):
        raise RecordingError(f"There is no recording {name}{SUFFIX} in {how.folder}: name a walk that is kept there.")
    usual = replace(how, walker=replace(how.walker, length_factor=None))
    found = _found(usual, how.folder / f"{name}{SUFFIX}")[1]
    waist = (found if found.rows is None else loaded(found)).waist
    if waist is None or len(waist.step_s) < 2:
        raise MeasureError(f"The sensor at the waist saw no steps in {name}: check that it was worn, and walk again.")
    if len(waist.pauses):
        raise MeasureError(
            f"{name} is no walk over one measured distance: it has {len(waist.pauses) + 1} stretches with rests between"
            " them. Log nothing but that walk: stand, walk it without a stop, stand, end the log."
        )
    factor = factor_of(waist.rise_m[:-1], how.walker.leg_m, distance_m)
    return replace(how.walker, length_factor=round(factor, 4), measured_utc=how.utc_now())
