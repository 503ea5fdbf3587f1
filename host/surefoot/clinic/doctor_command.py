# SPDX-License-Identifier: MIT
"""The command `doctor`: is this board fit to measure, and if not, what to do."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import LinkError

WORDS = {"ok": "ok", "fail": "FAIL", "skip": "skipped"}
NAME = "doctor"
HELP = "look whether a board is fit to measure"
DESCRIPTION = """\
The board tests itself, then its line, clock, samples and noise are looked at; a table says what to do where it fails.
Lay the board down and keep everything off the insoles. With --loaded, put dead weights on both insoles instead, 30 kg
or more in all, and touch nothing: only so can a broken cell be told and the noise be measured."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", help="the board's port; without it the one board that is plugged in")
    parser.add_argument("--loaded", action="store_true", help="dead weights stand on both insoles")
    parser.add_argument(
        "--calibration", type=Path, metavar="FILE", help="the board's calibration record, for the noise in mm"
    )


def run(args: argparse.Namespace) -> int:
    """0 where nothing failed, else 1."""
    from ..device import doctor
    from ..device.link import open_link
    from ..device.ports import choose_port

    out = sys.stderr if args.json else sys.stdout
    noise = gate(args.calibration) if args.loaded else None
    try:
        with open_link(choose_port(args.port)) as link:
            for note in link.notes:
                print(note, file=out)
            found = doctor.examine(link, loaded=args.loaded, noise=noise, tell=lambda text: print(text, file=out))
    except LinkError as error:
        found = (doctor.unreachable(error),)
    failed = doctor.failed(found)
    if args.json:
        rows = [
            {"check": one.check, "label": one.label, "verdict": one.verdict, "value": one.value, "advice": one.advice}
            for one in found
        ]
        print(json.dumps({"format": 1, "kind": "surefoot-doctor", "findings": rows, "failed": failed}))
    else:
        for line in table(found):
            print(line)
    return 1 if failed else 0


def table(found: Iterable[Any]) -> list[str]:
    """The findings as lines; what to do stands below what failed."""
    rows = list(found)
    width = max(len(one.label) for one in rows)
    lines: list[str] = []
    for one in rows:
        lines.append(f"{WORDS[one.verdict]:<8} {one.label:<{width}}  {one.value}".rstrip())
        if one.advice:
            lines.append(f"{'':<8} -> {one.advice}")
    bad = sum(one.verdict == "fail" for one in rows)
    if bad:
        lines.append(f"{bad} of {len(rows)} checks failed.")
    else:
        skipped = sum(one.verdict == "skip" for one in rows)
        lines.append(f"Nothing failed; {skipped} of {len(rows)} checks were skipped." if skipped else "All is well.")
    return lines


def gate(path: Path | None):
    """Judges the noise of a dead weight by the limits that the measures keep to."""
    from .. import calibration
    from ..fit.leans import dead_weight_noise
    from .trial import NOISE_GATE_MM_HZ

    record = calibration.load(path) if path else calibration.nominal()
    by = "" if path else ", by the nominal record"

    def judge(counts: Any) -> tuple[bool, str]:
        noise_mm = dead_weight_noise(counts, record)
        for limit_mm, cutoff_hz in NOISE_GATE_MM_HZ:
            if noise_mm <= limit_mm:
                return True, f"{noise_mm:.3f} mm{by}: path measures at {cutoff_hz:g} Hz"
        return False, f"{noise_mm:.3f} mm{by}: above {NOISE_GATE_MM_HZ[-1][0]:.2f} mm no path measures are made"

    return judge
