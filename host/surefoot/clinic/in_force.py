# SPDX-License-Identifier: MIT
"""Which calibration record a session is recorded under, and what is to be said of it before the first trial."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import calibration, calibration_store
from ..calibration import Calibration, Made
from ..calibration_store import Shelf
from ..errors import CalibrationError
from ..recording import SUFFIX
from . import pair_log
from .pair_log import check_pair_name

if TYPE_CHECKING:
    from ..device.link import Link

Ask = Callable[[str, tuple[str, ...]], str]


@dataclass(frozen=True)
class InForce:
    """The record (None: uncalibrated), the pair of insoles (None: nobody named one), and sentences to show.

    `source` is the record's file, where it stands in one as it is.
    """

    record: Calibration | None = None
    pair: str | None = None
    said: tuple[str, ...] = ()
    source: Path | None = None

    def keep(self, out: Path) -> InForce:
        """Put the record beside the recordings in `out`, so that they can be scored anywhere; what names it there."""
        if self.record is None:
            return self
        if self.source and self.record.id == _sealed_as(self.source):
            folder = calibration_store.calibration_folder(out)
            calibration_store.keep(self.source.read_text(encoding="utf-8"), folder, str(self.source))
            return self
        record = calibration.sealed(self.record)
        calibration_store.save(record, out)
        return InForce(record, self.pair, self.said)


def _sealed_as(path: Path) -> str:
    """The id that the content of a file has, of whatever version it is."""
    return calibration.name_of(calibration.parse(path.read_text(encoding="utf-8"), str(path)))


def pairs_of(records: Iterable[Calibration], device: str) -> tuple[str, ...]:
    """The named pairs that this board has records of."""
    return tuple(sorted({record.pair.id for record in records if record.device == device and record.pair.id}))


def pick_pair(named: str | None, pairs: tuple[str, ...], ask: Ask | None) -> str | None:
    """The pair that was named, or the only one of the board; where there are several it is asked for.

    Raises CalibrationError where nobody can be asked.
    """
    if named is not None:
        return check_pair_name(named)
    if len(pairs) < 2:
        return pairs[0] if pairs else None
    if ask is None:
        raise CalibrationError(
            f"This board has calibration records of several pairs of insoles ({', '.join(pairs)}): say which is worn "
            "with --pair."
        )
    return ask("Which pair of insoles is in the shoes?", pairs)


def given(path: Path, device: str, person: str, pair: str | None = None) -> InForce:
    """The record of a file that was named. Raises CalibrationError where it is of another board, person or pair."""
    record = calibration.must_be_of(calibration.load(path), device, person)
    if pair is not None and check_pair_name(pair) != record.pair.id:
        of = f"pair {record.pair.id}" if record.pair.id else "a pair that nobody named"
        raise CalibrationError(
            f"The calibration record {path} is of {of}, not of {pair}: name another, or leave one out."
        )
    return InForce(record, record.pair.id or None, (), path)


def from_shelf(
    shelf: Shelf,
    device: str,
    person: str,
    utc: str,
    pair: str | None = None,
    ask: Ask | None = None,
    foot_length_mm: float | None = None,
) -> InForce:
    """The record in force for this board, person and pair now, of those in the clinic's data folder."""
    pair = pick_pair(pair, pairs_of(shelf.records, device), ask)
    record = calibration.choose(shelf.records, device, utc, pair, person, foot_length_mm)
    said = [f"Not used: {problem}" for problem in shelf.problems]
    if record is None or record.nominal:
        whose = f"pair {pair} on this board" if pair else "this board's insoles"
        said.append(f"There is no calibration record of {whose}: no newtons will be shown.")
    return InForce(record, pair, tuple(said), shelf.paths.get(record.id) if record else None)


@dataclass(frozen=True)
class Records:
    """What there is to choose from: a file that was named, or the records in the data folder; and the pair named."""

    data: Path
    pair: str | None = None
    file: Path | None = None
    shelf: Shelf | None = None


def look(file: Path | None, data: Path | None, pair: str | None) -> Records:
    """Read what there is to choose from, before a board is opened. Raises CalibrationError."""
    folder = calibration_store.data_folder(data)
    if pair is not None:
        check_pair_name(pair)
    if file is not None:
        calibration.load(file)
        return Records(folder, pair, file)
    return Records(folder, pair, None, calibration_store.shelf(folder))


def find(
    records: Records, device: str, person: str, utc: str, ask: Ask | None = None, foot_length_mm: float | None = None
) -> InForce:
    """What is in force for this board and this person now. Raises CalibrationError."""
    if records.file:
        return given(records.file, device, person, records.pair)
    return from_shelf(records.shelf or Shelf(), device, person, utc, records.pair, ask, foot_length_mm)


def check(link: Link, found: InForce, data: Path, tell: Callable[[str], None], utc: str) -> None:
    """Stand and lean on this pair; the recording of it stays among the evidence. Raises CalibrationError where the
    insoles are swapped, or one carries nothing."""
    from .guide import guided
    from .pair_check import check_pair

    name = f"{utc.replace(':', '')}-pair-{found.pair or 'unnamed'}{SUFFIX}"
    path = calibration_store.evidence_folder(data) / name
    head = {"what": "pair check", "pair": found.pair, "created_utc": utc}
    with guided(link, path, head, tell, _nobody) as guide:
        checked = check_pair(guide, found.record or calibration.nominal())
    tell(checked.words)
    if found.pair:
        pair_log.note(data, found.pair, pair_log.CHECKED, utc=utc, ok=not checked.swapped, evidence=name)
    if checked.swapped:
        raise CalibrationError(checked.words)


def _nobody(question: str, choices: tuple[str, ...] | None) -> str:
    raise CalibrationError(f"Nobody is there to answer '{question}'.")


def wear(found: InForce, data: Path, person: str, tell: Callable[[str], None]) -> None:
    """Note who wears this pair from now on, and say where it was not cleaned since somebody else did."""
    if not found.pair:
        return
    try:
        if words := pair_log.not_cleaned(pair_log.entries(data, found.pair), person):
            tell(f"note: {words}")
        pair_log.note(data, found.pair, pair_log.WORN, person)
    except CalibrationError as error:  # a log that can't be written is no reason to send a person home
        tell(f"note: {error}")


def sentences(found: InForce, utc: str) -> tuple[str, ...]:
    """What is said before the first trial: what is in force, and what is doubtful about it."""
    record = found.record
    if record is None:
        return found.said
    of = f", pair {record.pair.id}" if record.pair.id else ""
    parts = f"insoles {made_text(record.made_insole)}, motion sensor {made_text(record.made_imu)}"
    return (f"Calibration {record.id}{of}: {parts}.", *found.said, *calibration.doubts(record, utc))


def made_text(made: Made | None) -> str:
    """How a part was made, in few words."""
    return f"calibrated {made.created_utc[:10]} (level {made.level})" if made else "not calibrated"
