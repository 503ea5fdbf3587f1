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
import textwrap
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from . import __version__, cli_examples
from .cli_words import WORDS
from .errors import SurefootError

LOG = "surefoot.log"
log = logging.getLogger("surefoot")
# What stands in no module of `cli_words`: each has HELP, DESCRIPTION, add_arguments and run.
MODULES: dict[str, str] = {
    "doctor": ".clinic.doctor_command",
    "log": ".clinic.log_command",
    "together": ".clinic.together_command",
    "calibrate": ".clinic.calibrate_command",
    "calibration": ".clinic.calibration_command",
    "hardware": ".hardware.command",
    "protocols": ".output.protocols_command",
    "scale": ".output.scale_command",
    "reliability": ".output.reliability_command",
    "walk": ".output.walk_command",
    "walk sync": ".output.walk_sync_command",
    "walk pages": ".output.walk_pages_command",
    "walk check": ".clinic.walk_check_command",
    "walk cue": ".clinic.walk_cue_command",
    "demo walk": ".demo_walk",
    "demo clinic": ".demo_clinic",
    "store": ".clinic.store_command",
    "person": ".clinic.person_command",
    "keep": ".clinic.keep_command",
    "kept": ".clinic.kept_command",
    "assess": ".clinic.assess_command",
    "ladder": ".output.ladder_command",
    "minutes": ".clinic.minutes_command",
    "paper": ".output.paper_command",
    "plan": ".output.plan_command",
    "goal": ".output.goal_command",
    "diary": ".output.diary_command",
    "caseload": ".output.caseload_command",
    "export": ".output.export.command",
}
# Every command, as the help lists them.
GROUPS = (
    ("without hardware", ("demo", "demo walk", "demo clinic", "virtual")),
    ("a test", ("protocols", "record", "score", "report", "scale", "together", "reliability")),
    ("a walk", ("walk sync", "walk pages", "walk check", "walk cue", "walk")),
    (
        "people and their care",
        (
            "store",
            "person",
            "caseload",
            "assess",
            "keep",
            "kept",
            "ladder",
            "plan",
            "goal",
            "diary",
            "minutes",
            "paper",
            "export",
        ),
    ),
    ("boards", ("devices", "doctor", "log", "calibrate", "calibration", "flash", "update", "hardware")),
)
TWO_WORDS = {tuple(name.split()) for name in MODULES if " " in name}
EPILOG = """\
examples:
  surefoot demo                          a whole test without hardware: out/demo/report.html
  surefoot demo clinic                   twenty people who don't exist, twelve weeks: out/demo-clinic/index.html
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

    def parse_known_args(self, *words: Any, **more: Any) -> Any:
        """The innermost parser names what it doesn't know, and its own help."""
        found, left = super().parse_known_args(*words, **more)
        if left:
            self.error(f"unrecognized arguments: {' '.join(left)}")
        return found, left


def _parser(command: str | None = None) -> argparse.ArgumentParser:
    """The parser of every command, or of one alone, which is quicker."""
    raw = argparse.RawDescriptionHelpFormatter
    common = _Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one JSON document for machines on standard output")
    common.add_argument("-v", "--verbose", action="store_true", help="write what happens to surefoot.log")
    names = [command] if command else [name for _, group in GROUPS for name in group]
    found = {name: _words(name) for name in names}
    main = _Parser(
        prog="surefoot",
        usage="surefoot [-h] [--version] COMMAND ...",
        formatter_class=raw,
        description="Open balance and gait sensing: tests, walks and the care around them.",
        epilog=EPILOG if command else f"{_listed({name: words[0] for name, words in found.items()})}\n\n{EPILOG}",
    )
    main.add_argument("--version", action="version", version=f"surefoot {__version__}")
    commands = main.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser, required=True)
    for name, (_, description, add_arguments) in found.items():
        own = commands.add_parser(
            name, prog=f"surefoot {name}", description=description, parents=[common], formatter_class=raw
        )
        add_arguments(own)
        cli_examples.add(own)
    return main


def _words(name: str) -> tuple[str, str, Callable[[argparse.ArgumentParser], None]]:
    """A command's help, description, and what adds its options."""
    if name in WORDS:
        return WORDS[name]
    own = import_module(MODULES[name], __package__)
    return own.HELP, own.DESCRIPTION, own.add_arguments


def _listed(helps: dict[str, str]) -> str:
    wide = max(map(len, helps)) + 4
    lines: list[str] = []
    for title, group in GROUPS:
        lines += ["", f"{title}:"]
        for name in group:
            lines += textwrap.wrap(
                helps[name], 100, initial_indent=f"  {name}".ljust(wide), subsequent_indent=" " * wide
            )
    return "\n".join(lines[1:])


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
        words = _joined(words)
        args = _parser(words[0] if words and words[0] in {*WORDS, *MODULES} else None).parse_args(words)
        if args.verbose:
            _log_to_file()
        log.debug("surefoot %s: %s", __version__, args.command)  # not the words: a person's code has no place in a log
        from . import commands

        own = getattr(commands, args.command, None)
        code = own(args) if own else import_module(MODULES[args.command], __package__).run(args)
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
