# SPDX-License-Identifier: MIT
"""The words of the commands that have no module of their own: help, description, options."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .device import flash_command

PEOPLE = ("steady", "unsteady", "faller")
_REPLAY = "a centre-of-pressure file of a real person, one for all conditions or one for each"


class OnePort(argparse.Action):
    """A second --port is no correction of the first."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        if getattr(namespace, self.dest):
            parser.error("--port names one board; `surefoot together` records several at once")
        setattr(namespace, self.dest, values)


def devices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--heart", action="store_true", help="list the Bluetooth heart-rate straps that are near instead"
    )


def virtual(parser: argparse.ArgumentParser) -> None:
    _person(parser)
    parser.add_argument(
        "--poses", action="store_true", help="nobody: the board is laid and turned as `calibrate imu` asks for"
    )
    parser.add_argument("--tcp", type=int, metavar="PORT", help="listen on 127.0.0.1:PORT instead of a pty")
    parser.add_argument("--replay", type=Path, nargs="+", metavar="FILE", help=_REPLAY)


def record(parser: argparse.ArgumentParser) -> None:
    from .clinic import record_options

    parser.add_argument("--protocol", default="quiet-stance", metavar="NAME", help="the test (default: %(default)s)")
    parser.add_argument("--port", action=OnePort, help="the board's port; without it the one board that is plugged in")
    parser.add_argument("--person", required=True, metavar="CODE", help="a code such as P001, never a name")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for this session")
    _feet(parser)
    parser.add_argument(
        "--calibration", type=Path, metavar="FILE", help="this calibration record instead of the one in force"
    )
    parser.add_argument("--pair", metavar="ID", help="the pair of insoles in the shoes, by the name on its label")
    parser.add_argument("--check-pair", action="store_true", help="first stand and lean left: is each insole in place?")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the clinic's data folder (default: SUREFOOT_DATA, else ~/surefoot)"
    )
    parser.add_argument("--rate", type=int, choices=(100, 200), default=100, help="samples a second of the insoles")
    parser.add_argument("--yes", action="store_true", help="don't wait for Enter before each trial")
    record_options.add_arguments(parser)


def score(parser: argparse.ArgumentParser) -> None:
    from .clinic import import_options
    from .output import change_command

    parser.add_argument("dir", type=Path, nargs="+", metavar="DIR|FILE")
    parser.add_argument("--calibration", type=Path, metavar="FILE", help="use this record instead of the session's own")
    parser.add_argument("--protocol", metavar="NAME", help="score by this test instead of the one recorded")
    change_command.add_arguments(parser)
    import_options.add_arguments(parser)


def report(parser: argparse.ArgumentParser) -> None:
    from .output import change_command

    parser.add_argument("dir", type=Path, metavar="DIR")
    change_command.add_arguments(parser)


def demo(parser: argparse.ArgumentParser) -> None:
    _person(parser)
    parser.add_argument("--live", action="store_true", help="in real time, with the clock on the wall")
    parser.add_argument("--out", type=Path, default=Path("out/demo"), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--replay", type=Path, nargs="+", metavar="FILE", help=_REPLAY)


def _person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--person", choices=PEOPLE, default="steady", help="who stands (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="draws person, board and noise (default: %(default)s)")


def _feet(parser: argparse.ArgumentParser) -> None:
    feet = parser.add_argument_group(
        "where the feet stand", "read both off the foot mat; without them no sideways sway and no area are reported"
    )
    feet.add_argument(
        "--heel-distance-mm", type=float, metavar="MM", help="between the middles of the heels' back edges"
    )
    feet.add_argument(
        "--foot-angle-deg", type=float, metavar="DEG", help="each foot turned outward from straight ahead"
    )
    feet.add_argument("--foot-length-mm", type=float, default=265.0, metavar="MM", help="default: %(default)s (EU 42)")


# Name: help, description, what adds the options.
WORDS = {
    "devices": (
        "list the boards that are plugged in",
        "List serial ports that look like a Surefoot board. Nothing is opened, so no board is reset.",
        devices,
    ),
    "flash": (
        "put MicroPython and the firmware on a new board",
        "Check the MicroPython image, write it with a partition table that has room for logs (by esptool),\n"
        "copy the compiled firmware (by mpremote), check each file, restart. Cut short, repeat it to complete.",
        flash_command.add_flash_arguments,
    ),
    "update": (
        "put this version's firmware on a board",
        "Copy the compiled firmware beside the old one, check each file, change over and restart. Calibration,\n"
        "boots.txt, logs and profile.json stay. Cut short, the board keeps the old firmware; repeat to complete.",
        flash_command.add_update_arguments,
    ),
    "virtual": (
        "start a virtual board: the real firmware, a simulated person",
        "Start the very firmware that is flashed in a real MicroPython, on simulated sensors.\n"
        "It prints a port that `surefoot record --port ...` and mpremote open like any other. Ctrl-C ends it.",
        virtual,
    ),
    "record": (
        "run a test on a board",
        "Run a test: cues are shown, keys mark what happens, each trial becomes one recording in --out, then come\n"
        "result.json and report.html. With --by-hand the same without a board, timed by keys.\n"
        "Stand beside and slightly behind the person. Ctrl-C ends the trial under way and keeps it.",
        record,
    ),
    "score": (
        "compute the numbers of a session again, or of any force plate's or waist sensor's files",
        "Read the recordings of a session again and write a new result.json, with today's software; or print the\n"
        "measures of text files of other instruments: a centre of pressure, forces and moments, an acceleration.",
        score,
    ),
    "report": (
        "write the page of a session",
        "Write DIR/report.html from the recordings of a session.",
        report,
    ),
    "demo": (
        "a whole test without hardware",
        "The firmware samples a simulated person standing, eyes open and then closed; the result is a page.\n"
        "On virtual time it runs as fast as it can, and the same seed gives the same bytes. --live takes real time.",
        demo,
    ),
}
