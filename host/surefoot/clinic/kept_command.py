# SPDX-License-Identifier: MIT
"""`surefoot kept`: what the store keeps of a person; one entry voided, or moved to whom it is of."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from .. import subcommands
from .store.options import add_store_arguments, opened, who
from .store.values import KINDS

if TYPE_CHECKING:
    from .store.values import Entry

NAME = "kept"
HELP = "what the store keeps of a person: list, void, move"
DESCRIPTION = """\
Nothing is deleted: an entry is voided with a reason, or moved to the person it is of, and what was computed from it
is computed anew. Ids may be shortened.

  surefoot kept list --person P001
  surefoot kept void 3f2a --reason "the wrong foot"
  surefoot kept move 3f2a 77c0 --to P002 --reason "mixed up on Monday"
"""
LIST_HELP = "Entries in the order of their days.\n\n  surefoot kept list --person P001 --kind trial"
VOID_HELP = """They stay, marked and with the reason; what was computed from them is computed anew.

  surefoot kept void 3f2a --reason "the wrong foot"
"""
MOVE_HELP = """The old entries stay, marked; results of both people are computed anew.

  surefoot kept move 3f2a 77c0 --to P002 --reason "mixed up on Monday"
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    below = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=type(parser), required=True)
    listed = subcommands.add(below, "list", "entries of a person", LIST_HELP)
    listed.add_argument("--person", required=True, metavar="CODE", help="such as P001")
    listed.add_argument("--kind", choices=tuple(KINDS), metavar="KIND", help=f"one of {', '.join(KINDS)}")
    listed.add_argument("--every", action="store_true", help="also what was replaced, voided or moved")
    void = subcommands.add(below, "void", "take entries back, with a reason", VOID_HELP)
    move = subcommands.add(below, "move", "give entries to the person they are of", MOVE_HELP)
    move.add_argument("--to", required=True, metavar="CODE", help="whose they are")
    for own in (void, move):
        own.add_argument("id", nargs="+", metavar="ID", help="as `surefoot kept list` shows it, or its beginning")
        own.add_argument("--reason", required=True, metavar="TEXT", help="why; it stays beside the entry")
    for own in (listed, void, move):
        add_store_arguments(own)


def run(args: argparse.Namespace) -> int:
    found = _listed(args) if args.action == "list" else _undone(args)
    if args.json:
        print(json.dumps({"entries": [_plain(one) for one in found]}, ensure_ascii=False))
        return 0
    print("\n".join(entry_line(one) for one in found) or "Nothing.")
    return 0


def _listed(args: argparse.Namespace) -> tuple[Entry, ...]:
    from .store.database import reading
    from .store.entries import entries
    from .store.people import must_be_there

    with opened(args) as store:
        with reading(store) as connection:
            must_be_there(connection, args.person)
        return entries(store, args.person, args.kind, every=args.every)


def _undone(args: argparse.Namespace) -> tuple[Entry, ...]:
    from .store import entries

    by, found = who(args), {}
    with opened(args) as store:
        for entry_id in args.id:
            if args.action == "void":
                new = entries.void(store, entry_id, by=by, reason=args.reason)
            else:
                new = entries.move(store, entry_id, args.to, by=by, reason=args.reason)
            found |= {one.id: None for one in (entries.one(store, entry_id), *new)}
        return tuple(entries.one(store, entry_id) for entry_id in found)


def entry_line(one: Entry) -> str:
    """An entry as `kept list` tells it."""
    why = f": {one.reason}" if one.reason else ""
    about = f" ({_about(one)})" if _about(one) else ""
    return f"{one.id}  {one.on.isoformat()}  {one.kind:10} {one.person:8} by {one.by}, {one.state}{about}{why}"


def _about(one: Entry) -> str:
    """What tells an entry from its neighbours of the same day."""
    told = one.document
    if one.kind == "trial":
        return ", ".join(dict.fromkeys([told["protocol"]["id"], told["condition"], f"trial {told['trial']}"]))
    if one.kind in ("decision", "training"):
        words = [str(told[key]) for key in ("ladder", "leg", "task", "outcome", "rule") if told.get(key)]
        return " ".join(words) or str(told["what"])
    return str(told["protocol"].get("id", "")) if one.kind == "result" else str(told.get("name", ""))


def _plain(one: Entry) -> dict[str, Any]:
    return {"id": one.id, "person": one.person, "kind": one.kind, "on": one.on.isoformat(), "made_utc": one.made_utc,
            "by": one.by, "state": one.state, "reason": one.reason, "sources": list(one.sources),
            "replaces": one.replaces, "document": dict(one.document)}  # fmt: skip
