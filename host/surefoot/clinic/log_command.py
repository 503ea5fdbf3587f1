# SPDX-License-Identifier: MIT
"""`surefoot log`: walks on a board's own memory, listed, begun, fetched and erased."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandInvalid

if TYPE_CHECKING:
    from ..device.link import Link
    from ..device.logs import LogList

NAME = "log"
HELP = "walks that a board has logged: list, start, fetch, erase"
DESCRIPTION = """\
A board logs walks on its own memory, without a cable. `start` begins one (the button does too), `list` shows what is
there and how many minutes still fit, `fetch` brings every log that is not in --out yet, taken up again where a cable
was pulled and verified by checksum, `erase` makes room. Nothing is erased by itself.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("list", "start", "stop", "fetch", "erase", "prepare"))
    parser.add_argument("number", type=int, nargs="?", metavar="N", help="which log (default: all that are new)")
    parser.add_argument("--port", help="the board's port; without it the one board that is plugged in")
    parser.add_argument("--out", type=Path, default=Path("out/walks"), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--minutes", type=int, metavar="M", help="start: refuse a walk that would not fit")
    parser.add_argument("--rate", type=int, choices=(100, 200), help="start: samples a second of the insoles")
    parser.add_argument("--yes", action="store_true", help="erase without asking")


def run(args: argparse.Namespace) -> int:
    from ..device.link import open_link
    from ..device.ports import choose_port

    with open_link(choose_port(args.port)) as link:
        number = (link.config or {}).get("log")
        if number and args.action != "stop":
            raise CommandInvalid(
                f"The board is logging walk {number}: end it with its button or with `surefoot log stop`, then repeat"
                " this."
            )
        answer = _ACTIONS[args.action](link, args)
    if args.json:
        print(json.dumps(answer))
    return 0


def _say(args: argparse.Namespace, text: str) -> None:
    print(text, file=sys.stderr if args.json else sys.stdout, flush=True)


def _list(link: Link, args: argparse.Namespace) -> Any:
    from ..device.logs import list_logs

    found = list_logs(link)
    for entry in found.logs:
        note = "" if entry.whole else "  (its first part has been erased)"
        _say(args, f"log {entry.number:>5}  {entry.n_bytes / 1e3:>9,.0f} kB{note}")
    if not found.logs:
        _say(args, "No walk on this board.")
    _say(args, _room(found))
    return {
        "logs": [{"log": e.number, "bytes": e.n_bytes, "whole": e.whole} for e in found.logs],
        "room_min": found.room_min,
        "dirty_sectors": found.dirty_sectors,
    }


def _room(found: LogList) -> str:
    text = f"Room for {found.room_min[100]} min at 100 Hz, {found.room_min[200]} min at 200 Hz."
    return text + (" `surefoot log prepare` makes more." if found.dirty_sectors else "")


def _start(link: Link, args: argparse.Namespace) -> Any:
    from ..device.logs import start_log

    link.set_utc()
    number, minutes = start_log(link, args.minutes, args.rate)
    _say(args, f"Log {number} has begun, with room for {minutes} min. Unplug and walk; the button ends it.")
    return {"log": number, "room_min": minutes}


def _stop(link: Link, args: argparse.Namespace) -> Any:
    from ..device.logs import stop_log

    number, reason = stop_log(link)
    _say(args, f"Log {number} is closed ({reason}).")
    return {"log": number, "reason": reason}


def _fetch(link: Link, args: argparse.Namespace) -> Any:
    from ..device.logs import list_logs
    from .log_fetch import Wanted, device_of, fetch, kept_of, new_path

    device, folders = device_of(link), (args.out,)
    wanted = [entry for entry in list_logs(link).logs if args.number in (None, entry.number)]
    if args.number is not None and not wanted:
        raise CommandInvalid(f"There is no log {args.number} on this board: `surefoot log list` shows what is there.")
    new = [
        Wanted(entry, new_path(entry, device, args.out, folders))
        for entry in wanted
        if kept_of(entry, device, folders) is None
    ]
    kept: list[str] = []

    def done(path: Path) -> None:
        kept.append(str(path))
        _say(args, f"{path}: {_summary(path)}")

    fetch(link, new, lambda number: teller(args, number), done)
    old = len(wanted) - len(new)
    _say(args, f"{len(new)} fetched" + (f", {old} were here already." if old else "."))
    return {"fetched": kept, "here_already": old}


def teller(args: argparse.Namespace, number: int) -> Any:
    """Shows how much of a log is here, on a terminal."""
    if args.json or not sys.stdout.isatty():
        return lambda done, total: None

    def tell(done: int, total: int) -> None:
        print(f"\r  log {number}: {done / max(total, 1):4.0%}", end="\n" if done >= total else "", flush=True)

    return tell


def _summary(path: Path) -> str:
    from ..recording import read

    decoded = read(path)
    cells = decoded.samples["cells"]
    seconds = cells.expected / cells.rate_hz
    reason = decoded.schema["reasons"][decoded.end["reason"]] if decoded.end else "cut off"
    return f"{seconds / 60:.1f} min at {cells.rate_hz:g} Hz, {cells.lost_share:.2%} lost, ended by: {reason}"


def _erase(link: Link, args: argparse.Namespace) -> Any:
    from ..device.logs import erase_logs, list_logs

    what = "all logs" if args.number is None else f"log {args.number}"
    if not args.yes and not (sys.stdin.isatty() and input(f"Erase {what} from the board for good? [y/N] ") == "y"):
        raise CommandInvalid(f"Nothing was erased: say --yes to erase {what} from the board for good.")
    erase_logs(link, args.number)
    found = list_logs(link)
    _say(args, f"Erased {what}. {_room(found)}")
    return {"room_min": found.room_min}


def _prepare(link: Link, args: argparse.Namespace) -> Any:
    from ..device.logs import list_logs, prepare_log

    prepare_log(link)
    found = list_logs(link)
    _say(args, _room(found))
    return {"room_min": found.room_min}


_ACTIONS = {"list": _list, "start": _start, "stop": _stop, "fetch": _fetch, "erase": _erase, "prepare": _prepare}
