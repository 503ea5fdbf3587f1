# SPDX-License-Identifier: MIT
"""What goes out of the store: of whom, who said yes to it, their entries as rows, their recordings in SI."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ...clinic.store.values import LIVE, STALE, Entry, Store
from ...recording import SUFFIX
from .motion import motion_of
from .rows import tables_of
from .values import WALK, ExportError, Motion, Package, Recording, Row, Unreadable

REASON_MAX = 180
PROFILE = ("sex", "height_m", "weight_kg", "usual_pain", "pain_site")
HIGHEST_AGE = 89


def gather(store: Store, wanted: Sequence[str], *, despite: str | None = None) -> tuple[Package, tuple[str, ...]]:
    """All that is kept of these people (none named: of everybody), and the codes for whom `despite` was used.

    Whoever didn't say yes to handing data on is left out, unless `despite` gives a reason. Raises ExportError where
    nobody is left, StoreError.
    """
    from ...clinic.assess import blocks
    from ...clinic.store.entries import entries
    from ...clinic.store.people import people

    if despite is not None and not (despite.strip() and len(despite) <= REASON_MAX and despite.isprintable()):
        raise ExportError(f"--despite needs a reason of one line and up to {REASON_MAX} letters: say why.")
    everybody = people(store)
    if unknown := sorted(set(wanted) - set(everybody)):
        raise ExportError(f"There is no {', '.join(unknown)} in this store: `surefoot person list` shows the codes.")
    now_utc = store.now_utc()
    today = datetime.fromisoformat(now_utc).date()
    notes, overridden, chosen = [], [], []
    for code in dict.fromkeys(wanted or everybody):
        why = blocks(store, code, today).why(thing="sharing")
        if why and despite is None:
            notes.append(f"{code} is left out. {why[0].sentence}")
            continue
        if why:
            overridden.append(code)
            notes.append(f"{code} is exported all the same ({despite}). {why[0].sentence}")
        chosen.append(code)
    if not chosen:
        whose = " ".join(notes) or "Nobody is in this store."
        raise ExportError(f'Nothing was exported. {whose} Ask first; --despite "REASON" exports all the same, noted.')
    found: list[Entry] = []
    about: list[Row] = []
    for code in chosen:
        own = entries(store, code)
        live = [one for one in own if one.state == LIVE]
        if stale := sum(one.state == STALE for one in own):
            notes.append(f"{code}: {stale} numbers rest on what was taken back, and are left out.")
        found += live
        about.append(_about(store, code, live))
    tables = tables_of(found, about)
    first = {row["person"]: row["first_on"] for row in tables["people"].rows}
    recordings = [one for entry in found for one in _recordings(store, entry, first[entry.person])]
    return Package(tables, recordings, now_utc, notes=tuple(notes)), tuple(overridden)


def _about(store: Store, code: str, live: Sequence[Entry]) -> Row:
    """The row of a person. Years alone, never the birth date."""
    from ...clinic.store.people import age_on

    profiles = [one.document for one in live if one.kind == "profile"]
    told: dict[str, Any] = dict(profiles[-1]) if profiles else {}
    last = max((one.on for one in live), default=None)
    age = age_on(store, code, last) if last else None
    age = told.get("age_years") if age is None else age
    older = None if age is None else age > HIGHEST_AGE
    row: Row = {"person": code, "age_years": min(age, HIGHEST_AGE + 1) if age is not None else None}
    return row | {"age_90_or_more": older} | {key: told.get(key) for key in PROFILE}


def _recordings(store: Store, entry: Entry, first: date | None) -> Iterator[Recording]:
    """The recording of a trial or of a walk, where the entry has one."""
    of = entry.document
    day = (entry.on - first).days if first else None
    if entry.kind == "trial" and not of.get("by_hand") and not of.get("practice"):
        yield Recording(
            entry.person, of["file"]["name"], of["session"], day, entry.on, of["created_utc"], of["protocol"]["id"],
            of["condition"], of["trial"], lambda: _motion(store, (of["file"], *of["with"]), False),
            str(of["protocol"].get("version", "")),
        )  # fmt: skip
    elif entry.kind == "walk":
        for file in of["files"]:
            if file["name"].endswith(SUFFIX):
                yield Recording(
                    entry.person, file["name"], of["name"], day, entry.on, of["begun_utc"], WALK, "", 1,
                    lambda file=file: _motion(store, (file,), True),
                )  # fmt: skip


def _motion(store: Store, laid: Sequence[Mapping[str, Any]], walked: bool) -> Motion:
    """Kept files in SI, by the calibration that was kept with them, else that of the data folder in force then, else
    the nominal one. A walk of hours never is in memory as a whole. Raises Unreadable; StoreError where a file isn't as
    it was kept."""
    from ...calibration import choose
    from ...calibration_store import shelf
    from ...clinic.scoring import calibration_for
    from ...clinic.store.files import laid_out
    from ...errors import RecordingError
    from ...recording import read
    from ...signals import SignalError, to_signals
    from .long_motion import LONG_BYTES, head_of, long_motion

    with tempfile.TemporaryDirectory(prefix="surefoot-") as name:
        laid_out(store, laid, Path(name))
        path = Path(name) / laid[0]["name"]
        long = walked and path.stat().st_size > LONG_BYTES
        try:
            decoded = head_of(path) if long else read(path)
            record = calibration_for(Path(name), decoded)
            if record.nominal:
                head, device = decoded.head, str(decoded.config.get("id", ""))
                made_utc = str(head.get("created_utc") or head.get("begun_utc") or "")
                known = shelf(store.folder.parent).records
                record = (choose(known, device, made_utc, head.get("pair")) if known and made_utc else None) or record
            if long:
                return long_motion(path, record)
            return motion_of(decoded, to_signals(decoded, record, rezero=walked))
        except (RecordingError, SignalError) as error:
            raise Unreadable(str(error)) from None
