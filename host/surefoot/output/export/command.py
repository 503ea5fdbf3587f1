# SPDX-License-Identifier: MIT
"""`surefoot export`: results and recordings for other programs, or a live board as Lab Streaming Layer outlets."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...clinic.store import options
from ...errors import CommandInvalid
from ...unit_words import counted, people

if TYPE_CHECKING:
    from ...clinic.store.values import Store
    from .hide import Key
    from .values import Package

NAME = "export"
HELP = "hand data on: FHIR, BIDS-Motion, Parquet, CSV, EDF+, REDCap, or live by Lab Streaming Layer"
DESCRIPTION = """\
Writes what the store keeps into a new folder, for other programs. Whoever didn't say yes to handing data on is left
out, and said. Every export is noted in the audit log. Nothing leaves this computer by itself: the files are yours to
hand on, and only you can read them.

examples:
  surefoot export --to fhir --person P001             a FHIR R4 bundle of one person: export-fhir/
  surefoot export --to parquet --out tables           everybody's results, walks, diary ... one table a kind
  surefoot export --to bids --deidentify --out shared  random codes, days instead of dates, no free text
  surefoot export --to csv --deidentify --key ~/keys/study.json
                                                      the same, and a key file that leads back to the codes
  surefoot export --to redcap --blind sealed.json --arms arms.csv
                                                      outcomes alone; arms and the order of visits are in sealed.json
  surefoot export --to edf --person P001 --despite "asked for by the person on the phone"
  surefoot export --to lsl --port /dev/ttyUSB0        a live board, for recorders on this computer

csv and parquet hold all that is kept, 18 tables and their dictionary; fhir tests, walks, rated scales, what was told,
falls, plans, goals, visits, contacts and safety; redcap the outcomes, a row a visit. bids and edf hold the recordings,
however long (edf: a file for every two hours). bids has them twice: as its own tables, which mne-bids can name but not
read, and below derivatives/mne, where its read_raw_bids reads every sample.

--deidentify follows the 18 identifiers of 45 CFR 164.514(b)(2): codes, dates, times of day, ids, names of files and
boards, who wrote or signed, free text, ages above 89. --dates shifted keeps the intervals as dates, which is more than
that rule allows. Somebody's way of standing and walking may still be recognised: recordings are never anonymous.
--blind leaves out all that was done with somebody (training, decisions, plans, diary, visits, safety), when, and in
which order.
"""
# By format, its module below this package, the function that writes, and whether it wants recordings.
FORMATS: dict[str, tuple[str, str, bool]] = {
    "fhir": (".fhir", "write_fhir", False),
    "bids": (".bids", "write_bids", True),
    "parquet": (".tabular", "write_parquet", False),
    "csv": (".tabular", "write_csv", False),
    "edf": (".edf", "write_edf", True),
    "redcap": (".redcap", "write_redcap", False),
}
LSL = "lsl"
OF_FILES = ("out", "deidentify", "key", "blind", "arms", "despite", "dates")
OF_BOARDS = ("port", "calibration", "pair", "seconds", "network")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", required=True, choices=(*FORMATS, LSL), help="the format")
    parser.add_argument(
        "--person", nargs="+", action="extend", default=[], metavar="CODE", help="of these (default: all)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new folder (default: export-FORMAT)")
    parser.add_argument("--deidentify", action="store_true", help="without what says who somebody is")
    parser.add_argument("--dates", choices=("none", "shifted"), help="with --deidentify: days only (default), or moved")
    parser.add_argument("--key", type=Path, metavar="FILE", help="with --deidentify: keep what leads back, apart")
    parser.add_argument(
        "--blind", type=Path, metavar="KEYFILE", help="outcomes alone; arms and order into this new file"
    )
    parser.add_argument("--arms", type=Path, metavar="FILE", help="with --blind: a CSV with the columns person and arm")
    parser.add_argument("--despite", metavar="REASON", help="export whoever didn't say yes, too; noted")
    options.add_store_arguments(parser)
    live = parser.add_argument_group("a live board, --to lsl")
    live.add_argument("--port", help="the board's port; without it the one board that is plugged in")
    live.add_argument("--calibration", type=Path, metavar="FILE", help="instead of the record in force")
    live.add_argument("--pair", metavar="ID", help="the pair of insoles in the shoes")
    live.add_argument("--seconds", type=float, metavar="S", help="stop after so long (default: at Ctrl-C)")
    live.add_argument("--network", action="store_true", help="let other computers on the network find the streams")


def run(args: argparse.Namespace) -> int:
    _check_options(args)
    if args.to == LSL:
        from .live import run_live

        return run_live(args)
    with options.opened(args) as store:
        answer, lines = export(store, args, options.who(args))
    print(json.dumps(answer) if args.json else "\n".join(lines))
    return 0


def export(store: Store, args: argparse.Namespace, by: str) -> tuple[dict[str, Any], list[str]]:
    """Gather, hide, write, note, and only then give the folder its name. Raises SurefootError, with nothing there."""
    from ...clinic.store import audit
    from . import write
    from .gather import gather

    module, function, recorded = FORMATS[args.to]
    out: Path = args.out or Path(f"export-{args.to}")
    package, overridden = gather(store, args.person, despite=args.despite)
    codes = package.people
    package, key, apart = _hidden(package, args, out)
    write.check(package)
    left: list[str] = []
    with write.whole_folder(out) as (part, done):
        made = getattr(import_module(module, __package__), function)(
            package, part, **({"leave": left.append} if recorded else {})
        )
        how = f"{args.to}{', blinded' if args.blind else ', de-identified' if package.hidden else ''}"
        for code in overridden:
            audit.note(store, "override", by, code, f"export without their yes: {args.despite}")
        for code in codes:
            audit.note(store, "export", by, code, f"{how}, into {out}")
        if apart and key:
            from .key_file import write_key

            write_key(apart, key)
        done()
    names = sorted(path.relative_to(part).as_posix() for path in made)
    notes = [*package.notes, *left]
    lines = [*notes, f"Written: {out} ({counted(len(names), 'file')}, {people(len(codes))})."]
    if recorded and not package.recordings:
        lines.insert(-1, "No recording of a board is kept of them.")
    if apart:
        lines.append(f"What leads back to the codes: {apart}. Keep it apart from {out}, and hand it to nobody.")
    answer = {"out": str(out), "files": names, "people": len(codes), "notes": notes}
    return answer | ({"key": str(apart)} if apart else {}), lines


def _hidden(package: Package, args: argparse.Namespace, out: Path) -> tuple[Package, Key | None, Path | None]:
    """As asked: the package, the key, and where the key goes."""
    from dataclasses import replace

    from .hide import NONE, hide, new_key
    from .key_file import read_arms, read_key
    from .values import ExportError

    apart: Path | None = args.blind or args.key
    if not (args.deidentify or args.blind):
        return package, None, None
    if apart and apart.resolve().is_relative_to(out.resolve()):
        raise ExportError(f"The key file would lie in {out}, beside what it opens: name another place.")
    if args.blind and args.blind.exists():
        raise ExportError(f"{args.blind} is there already: each blinded export has a new file.")
    key = new_key(package.people, read_key(args.key) if args.key else None)
    if args.arms:
        key = replace(key, arms=read_arms(args.arms, package.people))
    hidden, whole = hide(package, key, dates=args.dates or NONE, blind=bool(args.blind))
    return hidden, whole, apart


def _check_options(args: argparse.Namespace) -> None:
    """Raises CommandInvalid for options that don't go together."""
    live = args.to == LSL
    wrong = [name for name in (OF_FILES if live else OF_BOARDS) if getattr(args, name)]
    if wrong:
        raise CommandInvalid(f"--{wrong[0]} doesn't go with --to {args.to}: leave it out, or choose another format.")
    needs: Sequence[tuple[str, str, Callable[[argparse.Namespace], Any]]] = (
        ("dates", "--deidentify", lambda told: told.deidentify and not told.blind),
        (
            "key",
            "--deidentify (a blinded export has its own key file)",
            lambda told: told.deidentify and not told.blind,
        ),
        ("arms", "--blind KEYFILE", lambda told: told.blind),
    )
    for name, other, holds in needs:
        if getattr(args, name) and not holds(args):
            raise CommandInvalid(f"--{name} needs {other}.")
