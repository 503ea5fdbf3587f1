# SPDX-License-Identifier: MIT
"""`surefoot calibration`: the records of a clinic, listed, shown, compared, put on boards and fetched from them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from .. import subcommands

NAME = "calibration"
HELP = "calibration records: list, show, compare, put on a board"
DESCRIPTION = """\
Records lie in the data folder, one file each, and never change; a newer one supersedes an older one. `surefoot record`
takes the one in force by itself: of this board, of the pair of insoles that is worn, made before the recording.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    below = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=type(parser), required=True)
    for name, (help_text, arguments, _) in ACTIONS.items():
        own = subcommands.add(below, name, help_text, help_text[:1].upper() + help_text[1:] + ".")
        _data(own)
        arguments(own)
    for name, module in MODULES.items():
        of = _module(module)
        own = subcommands.add(below, name, of.HELP, of.DESCRIPTION)
        _data(own)
        of.add_arguments(own)


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the clinic's data folder (default: SUREFOOT_DATA, else ~/surefoot)"
    )


def run(args: argparse.Namespace) -> int:
    if args.action in MODULES:
        return _module(MODULES[args.action]).run(args)
    from ..calibration_store import data_folder

    args.data = data_folder(args.data)
    answer, code = ACTIONS[args.action][2](args)
    if args.json:
        print(json.dumps(answer))
    return code


def _module(name: str) -> Any:
    return import_module(f".{name}", __package__)


def _say(args: argparse.Namespace, *lines: str) -> None:
    if not args.json:
        print("\n".join(lines), flush=True)


def _warn(*lines: str) -> None:
    for line in lines:
        print(f"surefoot: {line}", file=sys.stderr)


def _list(args: argparse.Namespace) -> tuple[Any, int]:
    from ..calibration_store import calibration_folder, shelf
    from .calibration_words import in_force, row, table
    from .session import now_utc

    found, now = shelf(args.data), now_utc()
    parts = in_force(found.records, now)
    rows = [row(record, parts.get(record.id, ())) for record in found.records if args.device in (None, record.device)]
    _say(args, *(table(rows, now) if rows else [f"No calibration record in {calibration_folder(args.data)}."]))
    _warn(*found.problems)
    return {"records": rows, "problems": list(found.problems)}, 1 if found.problems else 0


def _show(args: argparse.Namespace) -> tuple[Any, int]:
    from ..calibration import doubts, to_dict
    from ..calibration_store import find, records
    from .calibration_words import in_force, page
    from .session import now_utc

    record, now = find(args.data, args.id), now_utc()
    parts = in_force(records(args.data), now).get(record.id, ())
    late = doubts(record, now)
    _say(args, *page(record, parts), *late)
    return {"record": to_dict(record), "in_force": list(parts), "notes": list(late)}, 0


def _compare(args: argparse.Namespace) -> tuple[Any, int]:
    from ..calibration_store import find
    from .calibration_compare import compare, lines

    first, second = find(args.data, args.first), find(args.data, args.second)
    _say(args, *lines(first, second))
    return {"first": first.id, "second": second.id} | compare(first, second), 0


def _cleaned(args: argparse.Namespace) -> tuple[Any, int]:
    from .pair_log import CLEANED, note

    path = note(args.data, args.pair, CLEANED, args.who)
    _say(args, f"Noted: pair {args.pair} was cleaned ({path}).")
    return {"pair": args.pair, "log": str(path)}, 0


def _push(args: argparse.Namespace) -> tuple[Any, int]:
    from ..device.ports import choose_port
    from .calibration_board import push
    from .session import now_utc

    done = push(choose_port(args.port), args.data, args.id, args.pair, now_utc())
    _say(args, f"{done['record']} is on board {done['device']} as {done['file']}, checked by its SHA-256.")
    return done, 0


def _pull(args: argparse.Namespace) -> tuple[Any, int]:
    from ..calibration_store import calibration_folder
    from ..device.ports import choose_port
    from .calibration_board import pull

    done = pull(choose_port(args.port), args.data)
    what = f"new, kept in {calibration_folder(args.data)}" if done["new"] else "here already"
    _say(args, f"The board carries {done['record']}: {what}.")
    return done, 0


def _export_check(args: argparse.Namespace) -> tuple[Any, int]:
    from ..calibration_store import calibration_folder
    from .calibration_export import check_files

    files = args.file or sorted(calibration_folder(args.data).glob("*.json"))
    found = check_files(files)
    for path, problems in found.items():
        _say(args, f"{'ok  ' if not problems else 'NOT '} {path}", *(f"     {text}" for text in problems))
    if not files:
        _say(args, f"No calibration record in {calibration_folder(args.data)}.")
    return {"files": found}, 1 if any(found.values()) else 0


def _port(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", help="the board's port; without it the one board that is plugged in")


def _arguments_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", metavar="ID", help="of this board only")


def _arguments_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the record's id or its beginning, or a file")


def _arguments_report(parser: argparse.ArgumentParser) -> None:
    _arguments_show(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="the page (default: beside the clinic's records)")


def _report(args: argparse.Namespace) -> tuple[Any, int]:
    raise NotImplementedError("pages are made above this room: `commands` sees to it")


def _arguments_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", metavar="A", help="a record's id or its beginning, or a file")
    parser.add_argument("second", metavar="B")


def _arguments_cleaned(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pair", required=True, metavar="ID", help="the name on the insoles' label")
    parser.add_argument("--who", metavar="CODE", help="the code of who cleaned them, never a name")


def _arguments_push(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="?", metavar="ID", help="which record (default: the one in force)")
    parser.add_argument("--pair", metavar="ID", help="the one in force for this pair of insoles")
    _port(parser)


def _arguments_export_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="*", type=Path, metavar="FILE", help="records (default: all in the data folder)")


# What an action is for, its arguments, what it does: a document for machines, and the exit code.
Action = tuple[str, Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], tuple[Any, int]]]
ACTIONS: dict[str, Action] = {
    "list": ("all records, and which are in force", _arguments_list, _list),
    "show": ("one record in words and units", _arguments_show, _show),
    "report": ("one record as a page with pictures", _arguments_report, _report),
    "compare": ("what the same readings mean under two records, in N, mm and m/s2", _arguments_compare, _compare),
    "push": ("write the record in force onto its board and check it there", _arguments_push, _push),
    "pull": ("fetch the record that a board carries", _port, _pull),
    "cleaned": ("note that a pair of insoles was cleaned", _arguments_cleaned, _cleaned),
    "export-check": ("whether records can be handed on: whole, unchanged, no names in them", _arguments_export_check,
                     _export_check),
}  # fmt: skip
# Actions with a module of their own in this package: HELP, DESCRIPTION, add_arguments(parser), run(args) -> exit code.
MODULES: dict[str, str] = {
    "verify": "verify_command",
}
