# SPDX-License-Identifier: MIT
"""The command `surefoot`: words in, one exit code out. Each subcommand loads what it needs when it runs."""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import __version__
from .errors import SurefootError

LOG = "surefoot.log"
PEOPLE = ("steady", "unsteady", "faller")
log = logging.getLogger("surefoot")
TWO_WORDS = {("walk", "sync"), ("walk", "pages"), ("walk", "cue"), ("walk", "check"), ("demo", "walk")}
EPILOG = """\
examples:
  surefoot demo                          a whole test without hardware: out/demo/report.html
  surefoot devices                       which boards are plugged in
  surefoot record --protocol quiet-stance --person P001 --out out/p001 \\
      --heel-distance-mm 170 --foot-angle-deg 7
  surefoot score out/p001                compute an old recording again
  surefoot report out/p001               write its page again

Surefoot measures and suggests; a clinician decides. It is not a medical device.
"""


class _WrongCall(SurefootError):
    """The command line has a mistake."""


class _Parser(argparse.ArgumentParser):
    """argparse, but an error says where to read on."""

    def error(self, message: str) -> Any:
        raise _WrongCall(f"{message[:1].upper()}{message[1:]}. See `{self.prog} --help`.")


class _OnePort(argparse.Action):
    """A second --port is no correction of the first."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        if getattr(namespace, self.dest):
            parser.error("--port names one board; `surefoot together` records several at once")
        setattr(namespace, self.dest, values)


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    common = _Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one JSON document for machines on standard output")
    common.add_argument("-v", "--verbose", action="store_true", help="write what happens to surefoot.log")
    main = _Parser(
        prog="surefoot",
        formatter_class=raw,
        description="Open balance and gait sensing: run a standing test, score it, read it on a page.",
        epilog=EPILOG,
    )
    main.add_argument("--version", action="version", version=f"surefoot {__version__}")
    commands = main.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser, required=True)

    def add(name: str, help: str, description: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=help, description=description, parents=[common], formatter_class=raw)

    add(
        "devices",
        "list the boards that are plugged in",
        "List serial ports that look like a Surefoot board. Nothing is opened, so no board is reset.",
    ).add_argument("--heart", action="store_true", help="list the Bluetooth heart-rate straps that are near instead")

    from .device import flash_command

    flash_command.add_flash_arguments(
        add(
            "flash",
            "put MicroPython and the firmware on a new board",
            "Check the MicroPython image, write it with a partition table that has room for logs (by esptool),\n"
            "copy the compiled firmware (by mpremote), check each file, restart. Cut short, repeat it to complete.",
        )
    )
    flash_command.add_update_arguments(
        add(
            "update",
            "put this version's firmware on a board",
            "Copy the compiled firmware beside the old one, check each file, change over and restart. Calibration,\n"
            "boots.txt, logs and profile.json stay. Cut short, the board keeps the old firmware; repeat to complete.",
        )
    )

    from .clinic import calibrate_command, calibration_command, doctor_command, log_command, together_command

    for own in (doctor_command, log_command, together_command, calibrate_command, calibration_command):
        own.add_arguments(add(own.NAME, own.HELP, own.DESCRIPTION))

    from .hardware import command as hardware_command

    hardware_command.add_arguments(add(hardware_command.NAME, hardware_command.HELP, hardware_command.DESCRIPTION))

    from .output import (
        change_command,
        protocols_command,
        reliability_command,
        scale_command,
        walk_command,
        walk_pages_command,
        walk_sync_command,
    )

    for own in (
        protocols_command,
        scale_command,
        reliability_command,
        walk_command,
        walk_sync_command,
        walk_pages_command,
    ):
        own.add_arguments(add(own.NAME, own.HELP, own.DESCRIPTION))

    from .clinic import walk_check_command as checked
    from .clinic import walk_cue_command as cued

    for own in (checked, cued):
        own.add_arguments(add(own.NAME, own.HELP, own.DESCRIPTION))

    virtual = add(
        "virtual",
        "start a virtual board: the real firmware, a simulated person",
        "Start the very firmware that is flashed in a real MicroPython, on simulated sensors.\n"
        "It prints a port that `surefoot record --port ...` and mpremote open like any other. Ctrl-C ends it.",
    )
    _person(virtual)
    virtual.add_argument(
        "--poses", action="store_true", help="nobody: the board is laid and turned as `calibrate imu` asks for"
    )
    virtual.add_argument("--tcp", type=int, metavar="PORT", help="listen on 127.0.0.1:PORT instead of a pty")
    virtual.add_argument("--replay", type=Path, nargs="+", metavar="FILE", help=_REPLAY)

    from .clinic import record_options

    record = add(
        "record",
        "run a test on a board",
        "Run a test: cues are shown, keys mark what happens, each trial becomes one recording in --out, then come\n"
        "result.json and report.html. With --by-hand the same without a board, timed by keys.\n"
        "Stand beside and slightly behind the person. Ctrl-C ends the trial under way and keeps it.",
    )
    record.add_argument("--protocol", default="quiet-stance", metavar="NAME", help="the test (default: %(default)s)")
    record.add_argument("--port", action=_OnePort, help="the board's port; without it the one board that is plugged in")
    record.add_argument("--person", required=True, metavar="CODE", help="a code such as P001, never a name")
    record.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for this session")
    _feet(record)
    record.add_argument(
        "--calibration", type=Path, metavar="FILE", help="this calibration record instead of the one in force"
    )
    record.add_argument("--pair", metavar="ID", help="the pair of insoles in the shoes, by the name on its label")
    record.add_argument("--check-pair", action="store_true", help="first stand and lean left: is each insole in place?")
    record.add_argument(
        "--data", type=Path, metavar="DIR", help="the clinic's data folder (default: SUREFOOT_DATA, else ~/surefoot)"
    )
    record.add_argument("--rate", type=int, choices=(100, 200), default=100, help="samples a second of the insoles")
    record.add_argument("--yes", action="store_true", help="don't wait for Enter before each trial")
    record_options.add_arguments(record)

    from .clinic import import_options

    score = add(
        "score",
        "compute the numbers of a session again, or of any force plate's or waist sensor's files",
        "Read the recordings of a session again and write a new result.json, with today's software; or print the\n"
        "measures of text files of other instruments: a centre of pressure, forces and moments, an acceleration.",
    )
    score.add_argument("dir", type=Path, nargs="+", metavar="DIR|FILE")
    score.add_argument("--calibration", type=Path, metavar="FILE", help="use this record instead of the session's own")
    score.add_argument("--protocol", metavar="NAME", help="score by this test instead of the one recorded")
    change_command.add_arguments(score)
    import_options.add_arguments(score)

    report = add("report", "write the page of a session", "Write DIR/report.html from the recordings of a session.")
    report.add_argument("dir", type=Path, metavar="DIR")
    change_command.add_arguments(report)

    demo = add(
        "demo",
        "a whole test without hardware",
        "The firmware samples a simulated person standing, eyes open and then closed; the result is a page.\n"
        "On virtual time it runs as fast as it can, and the same seed gives the same bytes. --live takes real time.",
    )
    _person(demo)
    demo.add_argument("--live", action="store_true", help="in real time, with the clock on the wall")
    demo.add_argument("--out", type=Path, default=Path("out/demo"), metavar="DIR", help="default: %(default)s")
    demo.add_argument("--replay", type=Path, nargs="+", metavar="FILE", help=_REPLAY)

    from . import demo_walk

    demo_walk.add_arguments(add(demo_walk.NAME, demo_walk.HELP, demo_walk.DESCRIPTION))
    return main


_REPLAY = "a centre-of-pressure file of a real person, one for all conditions or one for each"


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


def _explain(error: BaseException) -> str:
    """What happened, in words; a bug's details go into a file, never on the screen."""
    if isinstance(error, SurefootError):
        return str(error)
    with tempfile.NamedTemporaryFile("w", prefix="surefoot-", suffix=".log", delete=False, encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
    return f"Something went wrong inside Surefoot ({type(error).__name__}): please report it with {log.name}."


def _fail(words: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": words}))
    print(f"surefoot: {words}", file=sys.stderr)


def _log_to_file() -> None:
    try:
        handler = logging.FileHandler(LOG, encoding="utf-8")
    except OSError as error:
        raise SurefootError(
            f"{LOG} can't be written here ({error.strerror}): go to another folder, or leave out -v."
        ) from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)


def _joined(words: list[str]) -> list[str]:
    """A command of two words as one; a file of that name needs `./` in front."""
    return [" ".join(words[:2]), *words[2:]] if tuple(words[:2]) in TWO_WORDS else words


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did its job, 1 when it could not, 2 for a wrong call, 130 when stopped by Ctrl-C."""
    words = list(sys.argv[1:] if argv is None else argv)
    # Our matrices are small: linear algebra's threads wait for one another for longer than they compute.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    as_json = "--json" in words
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that has no "\u00b2" shows "?" and goes on
    try:
        args = _parser().parse_args(_joined(words))
        if args.verbose:
            _log_to_file()
        log.debug("surefoot %s: %s", __version__, args.command)  # not the words: a person's code has no place in a log
        from . import commands

        code = getattr(commands, args.command.replace(" ", "_"))(args)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        _fail("stopped; what was recorded is kept.", as_json)
        return 130
    except BrokenPipeError:
        # Whoever read our output is gone; without this the interpreter complains once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except _WrongCall as error:
        _fail(str(error), as_json)
        return 2
    except Exception as error:  # the last line of defence: a user never meets a traceback
        log.debug("stopped", exc_info=error)
        _fail(_explain(error), as_json)
        return 1


if __name__ == "__main__":
    sys.exit(main())
