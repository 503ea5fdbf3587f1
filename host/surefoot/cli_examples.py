# SPDX-License-Identifier: MIT
"""Examples under the help of each command and each word below it: its own, the lines of the command above that show it,
or those of this table."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

NAME = "surefoot"
# Of commands whose description has none, by their words: (what is typed, what for).
EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "demo": (
        ("", "then open out/demo/report.html"),
        ("--person unsteady --seed 7 --out out/unsteady", "somebody else"),
    ),
    "demo walk": (
        ("", "then open out/demo-walk/walks/DEMO/patient.html"),
        ("--kind stick --speed 0.6 --out out/stick", "with a stick"),
    ),
    "virtual": (
        ("--person unsteady", "then, in another window, the `surefoot record --port ...` that it prints"),
        ("--poses", "practise `surefoot calibrate imu`"),
    ),
    "protocols": (("", "all tests"), ("tug", "one of them: what to say, keys, stop rules, sources")),
    "record": (
        ("--person P001 --out out/p001 --heel-distance-mm 170 --foot-angle-deg 7", "feet as on the mat"),
        ("--protocol tug --person P001 --out out/p001-may --aid cane --age 74", "Timed Up and Go with a cane"),
        ("--protocol romberg --person P001 --out out/p001-romberg --keep", "and into the clinic's store"),
        ("--by-hand --protocol tug --person P001 --out out/p001-hand", "without a board, by keys"),
    ),
    "score": (
        ("out/p001-june --since out/p001-may", "what changed since"),
        ('s01.txt --columns "ml=COPy[cm],ap=COPx[cm],time=Time" --out out/s01', "a force plate's file"),
    ),
    "report": (
        ("out/p001", "writes out/p001/report.html"),
        ("out/p001-june --since out/p001-may", "beside earlier ones"),
    ),
    "together": (("--port left=/dev/ttyUSB0 --port right=/dev/ttyUSB1 --person P001 --out out/both --seconds 60", ""),),
    "walk check": (
        ("--person P001 --scale-kg 72.5", "the scale was read just before"),
        ("--person P001 --weight-bearing left=full,right=restricted", "as the clinician said"),
    ),
    "walk cue": (
        ("--person P001 --cadence 96 --minutes 3", "a pulse at each step for three minutes"),
        ("--person P001 --cadence 96 --feedback 10 --log", "without a cable, only while it is uneven"),
        ("--off", "end it"),
    ),
    "devices": (("", "the boards that are plugged in"), ("--heart", "heart-rate straps that are near")),
    "doctor": (("", "the board lies, nothing on the insoles"), ("--loaded", "dead weights on both insoles")),
    "log": (
        ("start", "or the board's button"),
        ("list", "what is there, and how many minutes fit"),
        ("fetch --out out/walks", "what is new"),
        ("erase 3", "make room; it asks first"),
    ),
    "calibrate": (("imu", "on a table, five minutes"), ("insole", "chair, scale, plank and rod: a quarter of an hour")),
    "calibrate imu": (("", "faces, edges, corners, whole turns"), ("--waist", "how it sits on a person")),
    "calibrate insole": (
        ("--pair A --size 42 --person P001", "who wears them does all of it"),
        ("--pair A --level 2 --cells L1,L2", "weights on two cells"),
    ),
    "calibration": (("list", "all records, and which are in force"), ("verify", "two minutes: is it still so?")),
    "calibration list": (("", ""),),
    "calibration show": (("cal-3f2a", "ids may be shortened; `calibration list` shows them"),),
    "calibration report": (("cal-3f2a --out calibration.html", ""),),
    "calibration compare": (("cal-3f2a cal-77c0", "before and after"),),
    "calibration push": (("", "the one in force, onto the board that is plugged in"),),
    "calibration pull": (("", "what the board that is plugged in carries"),),
    "calibration cleaned": (("--pair A", "the pair with A on its label"),),
    "calibration export-check": (("", "all records of the data folder"),),
    "calibration verify": (("--pair A --body-weight-kg 72", ""), ("--no-plank --no-faces", "with a chair alone")),
    "flash": (("--port /dev/ttyUSB0 --board esp32-devkit --image ESP32_GENERIC-v1.29.0.bin", "a new board"),),
    "update": (("", "the board that is plugged in"), ("--dry-run", "what would be done")),
    "hardware": (("bom --board esp32-devkit", "what to buy"), ("mat --out mat.pdf", "the foot mat")),
    "hardware template": (("--eu-size 42 --side left --out left.pdf", "print at 100 %"),),
    "hardware mat": (("--out mat.pdf", "print at 100 %"),),
    "hardware bom": (("--board esp32-devkit --why", "and what each part is for"),),
    "hardware enclosure": (("--out boxes.pdf --scad boxes.scad", ""),),
    "hardware wiring": (("--board esp32-devkit --out wiring.pdf", ""),),
    "hardware schematic": (("--board esp32-devkit --out circuits.pdf", ""),),
    "hardware netlist": (("--board esp32-devkit", ""),),
    "hardware front-end": (("", ""),),
}


def add(parser: argparse.ArgumentParser) -> None:
    """Give a command's parser, and those of the words below it, the examples that their descriptions lack."""
    for own, above in [(parser, ""), *_below(parser)]:
        words = own.prog.removeprefix(f"{NAME} ")
        text = own.description or ""
        if list(shown(text, own.prog)):
            continue
        table = [f"{own.prog} {typed}".rstrip() for typed, _ in EXAMPLES.get(words, ())]
        wide = max(map(len, table), default=0) + 4
        lines = [
            f"  {line}".ljust(wide + 2) + what for line, (_, what) in zip(table, EXAMPLES.get(words, ()), strict=True)
        ] or list(shown(above, own.prog))
        if lines:
            own.description = "\n".join([text.rstrip(), "", "examples:", *(line.rstrip() for line in lines)])


def shown(text: str, start: str) -> Iterator[str]:
    """The example lines of a help text that begin with such words, each with the lines that go on after a backslash."""
    goes_on = False
    for line in text.splitlines():
        command = line.strip().removeprefix("example: ")
        begins = line != command and f"{command} ".startswith(f"{start} ")
        if goes_on or begins:
            yield line
            goes_on = line.rstrip().endswith("\\")


def _below(parser: argparse.ArgumentParser) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    """Each parser of the words below a command, and the description above it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for own in action.choices.values():
                yield own, parser.description or ""
                yield from _below(own)
