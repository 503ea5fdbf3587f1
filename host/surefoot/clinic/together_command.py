# SPDX-License-Identifier: MIT
"""`surefoot together`: two or three boards at once, each with its role, on one clock."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from .together import Recorded, State

NAME = "together"
HELP = "record several boards at once on one clock"
DESCRIPTION = (
    "Record two or three boards at once (left and right shoe, waist), each into its own file in --out, for --seconds\n"
    "or until Ctrl-C. Their times are compared through this computer's clock; the line shows how well each is known."
)
LONGEST_S = 4 * 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        action="append",
        required=True,
        metavar="ROLE=PORT",
        help="left=..., right=..., waist=...; two or three",
    )
    parser.add_argument("--person", required=True, metavar="CODE", help="a code such as P001, never a name")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for these recordings")
    parser.add_argument("--seconds", type=float, default=LONGEST_S, help="how long; without it until Ctrl-C")
    parser.add_argument("--rate", type=int, choices=(100, 200), default=100, help="samples a second of the insoles")


def run(args: argparse.Namespace) -> int:
    """Record, then say how well the boards' clocks agree. 1 where a board was lost or the clocks can't be compared."""
    from ..device.link import open_link
    from ..errors import RecordingError
    from .together import parse_ports, record_together

    out = sys.stderr if args.json else sys.stdout

    line = _Line(out)

    def say(text: str) -> None:
        line.close()
        print(text, file=out, flush=True)

    if not 0 < args.seconds <= LONGEST_S:
        raise RecordingError(f"{args.seconds:g} s can't be recorded at once: choose up to {LONGEST_S:g} s.")
    ports = parse_ports(args.port)
    with ExitStack() as stack:
        links = {}
        for role, port in ports.items():
            links[role] = stack.enter_context(open_link(port))
            for note in links[role].notes:
                say(f"{role}: {note}")
        made = record_together(
            links,
            args.out,
            args.person,
            args.seconds,
            line.tell,
            say=say,
            rate_hz=args.rate,
            simulated=all(_simulated(link.config) for link in links.values()),
        )
    return _finish(args, made, say)


def _simulated(config: object) -> bool:
    from ..device.virtual import VIRTUAL_ID

    return isinstance(config, dict) and str(config.get("id", "")).startswith(VIRTUAL_ID)


def _finish(args: argparse.Namespace, made: Recorded, say: Callable[[str], None]) -> int:
    from ..errors import SurefootError
    from ..recording import read
    from ..signals_together import together

    bound_s, words = None, None
    try:
        axis = together({role: read(path) for role, path in made.recordings.items()})
        bound_s, words = axis.bound_s, axis.doubt()
        say(f"The boards' clocks agree within {axis.bound_s * 1e3:.1f} ms over {axis.end_s:.1f} s recorded together.")
        for text in (*axis.warnings, *([words] if words else [])):
            say(f"note: {text}")
    except SurefootError as error:
        words = str(error)
        say(f"note: {words}")
    for role, path in made.recordings.items():
        say(f"Written: {path} ({role})")
    if args.json:
        document = {
            "recordings": {role: str(path) for role, path in made.recordings.items()},
            "errors": {role: str(error) for role, error in made.errors.items()},
            "bound_s": bound_s,
            "double_support": bound_s is not None and words is None,
            "note": words,
        }
        print(json.dumps(document))
    return 1 if made.errors or bound_s is None else 0


class _Line:
    """One line that is written over: seconds, and how well each board's clock is known."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._live = out.isatty()
        self._shown = -1
        self._wide = 0

    def tell(self, state: State) -> None:
        from ..device.clock_limits import DOUBLE_SUPPORT, short

        second = int(state.passed_s)
        if not self._live or second == self._shown:
            return
        self._shown = second
        boards = [f"{role}: {short(bound_s, DOUBLE_SUPPORT)}" for role, bound_s in state.bounds_s.items()]
        text = "  " + ", ".join([f"{second} s", *boards, *(f"{role}: lost" for role in state.lost)])
        self._out.write("\r" + text.ljust(self._wide))
        self._out.flush()
        self._wide = len(text)

    def close(self) -> None:
        if self._wide:
            print(file=self._out, flush=True)
        self._wide = 0
