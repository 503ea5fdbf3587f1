# SPDX-License-Identifier: MIT
"""`surefoot calibrate insole --level 2`: weights on single cells, on a board or from the recordings of it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..calibration import Calibration
    from .guide import Guide

TEXT = """\
Level 2: weights on one cell after the other, through a puck of the cell's size, up and down again. It removes what the
parts differ by, and tells their creep, hysteresis and error. A cell takes about three minutes; stop after any cell, and
the next session goes on with those that are left. Do level 1 after it: only leans tell the load between the cells."""
USUAL_G = "500,1000,2000,5000,10000"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What level 2 has of its own."""
    own = parser.add_argument_group("level 2", TEXT)
    own.add_argument(
        "--weights", metavar="G,G,...", help="the weights laid on each cell, in grams; asked for without it"
    )
    own.add_argument("--puck-g", type=float, default=0.0, metavar="G", help="weight of the puck itself, in grams")
    own.add_argument("--cells", metavar="L1,L2,...", help="these cells; without it all that have no curve yet")
    own.add_argument("--again", action="store_true", help="all sixteen, also those that have a curve")


def run(args: argparse.Namespace) -> int:
    """0 where a record was made, else 1."""
    from . import cells_record

    who = None
    if args.who:
        from .session import check_person

        who = check_person(args.who)
    cells_record.body_n(args.body_weight_kg)
    paths: list[Path] = list(args.source or ())
    stopped = None
    if not paths:
        paths, stopped = _session(args)
    return _fit(args, paths, who, stopped)


def _say(args: argparse.Namespace, text: str) -> None:
    print(text, file=sys.stderr if args.json else sys.stdout, flush=True)


def _session(args: argparse.Namespace) -> tuple[list[Path], str | None]:
    """The evidence recordings of a session with a board, and what stopped it early."""
    from .. import __version__, calibration_store
    from .. import cells as insoles
    from ..calibration import CELLS
    from ..device.link import open_link
    from ..device.ports import choose_port
    from ..device.virtual import VIRTUAL_ID
    from ..errors import CalibrationError
    from . import calibrate_cells, cells_record
    from .guide import guided
    from .keyboard import Keyboard

    keys = Keyboard(sys.stderr if args.json else sys.stdout)
    data = calibration_store.data_folder(args.data)
    shelf = calibration_store.shelf(data)
    for problem in shelf.problems:
        keys.tell(f"Not used: {problem}")
    made: list[Path] = []
    with open_link(choose_port(args.port)) as link:
        for note in link.notes:
            keys.tell(note)
        config = link.config or {}
        device = str(config.get("id", ""))
        length = args.length if args.size is None else insoles.size_length_mm(args.size)
        base = cells_record.base_of(shelf.records, device, _now(), args.pair, length)
        if args.cells:
            chosen = tuple(word.strip() for word in args.cells.split(",") if word.strip())
        else:
            chosen = CELLS if args.again else cells_record.undone(base)
        if not chosen:
            raise CalibrationError("Every cell has a curve: name those to do again with --cells, or say --again.")
        grams = args.weights or _asked(keys, f"Weights for each cell in grams (Enter: {USUAL_G}):") or USUAL_G
        plan = calibrate_cells.plan_of(grams, args.puck_g, chosen)

        @contextmanager
        def opened(cell: str) -> Iterator[Guide]:
            now = _now()
            stamp = now.replace("-", "").replace(":", "")
            path = calibration_store.evidence_folder(data) / f"cells-{device}-{cell}-{stamp}.sfr"
            head = {
                "evidence": cells_record.EVIDENCE,
                "cell": cell,
                "pair": args.pair,
                "foot_length_mm": base.foot_length_mm,
                "created_utc": now,
                "software": __version__,
                "simulated": device.startswith(VIRTUAL_ID),
            }
            with guided(link, path, head, keys.tell, keys.ask, keys.show) as guide:
                made.append(path)
                yield guide

        _, stopped = calibrate_cells.run(opened, plan, base, keys.tell)
    return made, stopped


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _asked(keys: Any, question: str) -> str:
    import time

    answer = keys.ask(question, None)
    while (found := answer()) is None:
        time.sleep(0.05)
    return found


def _fit(args: argparse.Namespace, paths: list[Path], who: str | None, stopped: str | None) -> int:
    from .. import calibration, calibration_store
    from . import cells_record

    data = calibration_store.data_folder(args.data)
    shelf = calibration_store.shelf(data)
    found = cells_record.find(paths)
    record = cells_record.record_of(
        found,
        shelf.records,
        who=who,
        body_weight_kg=args.body_weight_kg,
    )
    saved = args.saved = calibration_store.save(record, data)
    for line in table(record):
        _say(args, line)
    if stopped:
        _say(args, f"The session was {stopped}.")
    if found.broken_off:
        _say(args, f"Not done to the end: {' '.join(found.broken_off)}.")
    for path in paths:
        _say(args, f"Evidence: {path}")
    assert record.made_insole
    _say(args, f"New record {record.id} ({record.made_insole.method}): {saved}")
    if args.json:
        document = {
            "format": 1,
            "kind": "surefoot-calibrate-cells",
            "record": record.id,
            "file": str(saved),
            "evidence": [str(path) for path in paths],
            "cells": calibration.to_dict(record)["cells"],
            "residuals": dict(record.made_insole.residuals),
            "error": dict(record.made_insole.error),
        }
        print(json.dumps(document))
    return 0


def table(record: Calibration) -> list[str]:
    """The cells as lines, then how wrong forces may be and what is still to do."""
    from ..calibration import CELLS
    from ..fit.cells_record import DOUBT_N, LEFT_OUT_N, RANGE_N

    assert record.made_insole
    told, error = record.made_insole.residuals, record.made_insole.error
    lines = ["cell  loads [N]      error [N]  doubt [N]  hysteresis  creep/decade"]
    for k, name in enumerate(CELLS):
        if name not in told[LEFT_OUT_N]:
            continue
        low, high = told[RANGE_N][name]
        loop = f"{record.hysteresis_share[k]:.1%}" if record.hysteresis_share else "-"
        creep = f"{record.creep_share_per_decade[k]:.1%}" if record.creep_share_per_decade else "-"
        span = f"{low:.1f} to {high:.0f}"
        wrong_n, doubt_n = told[LEFT_OUT_N][name], told[DOUBT_N][name]
        lines.append(f"{name:<4}  {span:<13}  {wrong_n:>9.2f}  {doubt_n:>9.2f}  {loop:>10}  {creep:>12}")
    newtons = f", {error['force_n']:.1f} N" if "force_n" in error else ""
    lines.append(
        f"Force of both feet, as far as the cells go: wrong by {error['force_share_bw']:.1%} of body weight{newtons},"
        " for a load a decade of time older or younger than those of the curves."
    )
    if told["not_done"]:
        lines.append(f"Not done, and nominal as before: {' '.join(told['not_done'])}.")
    lines += [f"Open: {text}." for text in told["not_fitted"]]
    return lines
