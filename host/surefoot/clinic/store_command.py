# SPDX-License-Identifier: MIT
"""`surefoot store`: the clinic's store made, checked, backed up and restored; its audit log, and its key."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import subcommands
from ..unit_words import counted, people
from .store.options import add_store_arguments, data_of, opened, url_of, who
from .store.values import StoreError

if TYPE_CHECKING:
    from .store.audit import Noted

NAME = "store"
HELP = "the clinic's store: make, check, back up, restore, change its key"
DESCRIPTION = """\
The store keeps who the people are, in one table, and all else about them by code. It is an encrypted file in the data
folder, or with --store a database on a PostgreSQL server; recordings lie beside it, each under its hash, in clear:
they have a code in them and no name, and are as safe as the disk, so encrypt that.

  surefoot store make                        once; its key goes into the keyring of this computer
  surefoot store key                         the recovery key: print it and lock it away
  surefoot store backup /mnt/usb/monday.sfb  restored and compared before it says "verified"
  surefoot store restore /mnt/usb/monday.sfb --data ~/new
"""


CLEAR = "Recordings lie in clear beside it, by code, without a name: encrypt the disk, too."
PRINT = "Print what `surefoot store key` shows and lock it away: without it no backup opens elsewhere."
OLDER = (
    "Backups made before, and copies beside the store (version-*.db), keep the old key: make a new backup, destroy "
    "those where somebody knows the old key who must not read them, and keep that key as long as you keep one of them."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    below = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=type(parser), required=True)
    for name, (help_text, description, arguments, _) in ACTIONS.items():
        own = subcommands.add(below, name, help_text, description)
        arguments(own)
        add_store_arguments(own)


def run(args: argparse.Namespace) -> int:
    answer, lines, code = ACTIONS[args.action][3](args)
    print(json.dumps(answer) if args.json else "\n".join(lines))
    return code


Answer = tuple[Any, list[str], int]


def _make(args: argparse.Namespace) -> Answer:
    from .store import keys
    from .store.opening import make_store
    from .store.place import folder_in

    data = data_of(args)
    key = keys.Key(passphrase=keys.new_passphrase()) if args.passphrase else None
    label = make_store(data, url_of(args), key=key)
    where = "the keyring of this computer" if label.key == keys.KEYRING else "your passphrase"
    lines = [f"Made: {folder_in(data)}. Its key is {where}.", CLEAR]
    if url_of(args):
        lines.append("The rows are on the server, as safe as that is: encrypt its disk, and the connection.")
    if label.key == keys.KEYRING:
        lines.append(PRINT)
    return {"store": label.id, "folder": str(folder_in(data)), "key": label.key}, lines, 0


def _check(args: argparse.Namespace) -> Answer:
    from .store.checking import problems, tidy

    with opened(args) as store:
        deleted = tidy(store) if args.tidy else 0
        found = problems(store)
        lines = [*(f"NOT  {one}" for one in found)] or [f"{store.where} is what was written: rows, hashes, recordings."]
    if args.tidy:
        lines.append(f"Deleted: {deleted} recordings that belong to nobody, or folders of a killed backup or restore.")
    return {"problems": list(found), "tidied": deleted}, lines, 1 if found else 0


def _backup(args: argparse.Namespace) -> Answer:
    from dataclasses import asdict

    from .store.backup import backup

    with opened(args) as store:
        made = backup(store, args.file, by=who(args))
    lines = [
        f"Verified: {args.file}, restored into a temporary place and compared row by row: {people(made.people)}, "
        f"{made.entries} entries, {counted(made.files, 'recording')}, {made.size_bytes / 1e6:.1f} MB."
    ]
    lines += [f"NOT in it: {one}" for one in made.missing]
    return asdict(made) | {"file": str(args.file), "verified": True}, lines, 1 if made.missing else 0


def _restore(args: argparse.Namespace) -> Answer:
    from .store import keys
    from .store.audit import note
    from .store.backup import read_head
    from .store.opening import open_store
    from .store.place import folder_in
    from .store.restoring import restore

    data, url = data_of(args), url_of(args)
    label, _, _ = read_head(args.file)
    key = keys.for_backup(label)
    facts = restore(args.file, data, url, key)
    with open_store(data, url, key=key) as store:
        note(store, "restore", who(args), "", args.file.name)
    rows = facts["rows"]
    held = f"{people(rows['person'])}, {rows['entry']} entries, {counted(facts['files'], 'recording')}"
    lines = [f"Restored into {folder_in(data)}: {held}."]
    lines += [f"NOT in this backup: {one}" for one in facts["missing"]]
    if label.key == keys.KEYRING and keys.own_in_keyring(label) is None:
        lines.append("Its key is not in this computer's keyring yet: `surefoot store key --put` puts it there.")
    return {"folder": str(folder_in(data)), **rows, "files": facts["files"], "missing": facts["missing"]}, lines, 0


def _audit(args: argparse.Namespace) -> Answer:
    from dataclasses import asdict

    from .store import audit

    with opened(args) as store:
        rows = audit.log(store, args.person)
        broken = audit.broken(store)
    lines = [*audit_lines(rows), *([broken] if broken else [])]
    return {"rows": [asdict(row) for row in rows], "broken": broken}, lines, 1 if broken else 0


def audit_lines(rows: Sequence[Noted]) -> list[str]:
    """The log, a line a row."""
    return [f"{row.at_utc}  {row.by:12}  {row.action:16} {row.person:10} {row.what}" for row in rows] or ["No row."]


def _key(args: argparse.Namespace) -> Answer:
    from .store import keys
    from .store.audit import note
    from .store.opening import must_be_key
    from .store.place import folder_in, read_label

    label = read_label(folder_in(data_of(args)))
    if args.put:
        key = keys.typed_recovery()
        must_be_key(key, label, f"The store {folder_in(data_of(args))}")
        keys.put_in_keyring(label.id, key)
        return {"store": label.id, "put": True}, ["The key is in this computer's keyring now."], 0
    with opened(args) as store:
        note(store, "key", who(args), "", "recovery key shown")
        assert store.key
        text = keys.recovery(store.key)
    lines = [text, "Whoever has it can read the store and its backups: print it, lock it away, and clear this screen."]
    return {"store": label.id, "recovery_key": text}, lines, 0


def _rekey(args: argparse.Namespace) -> Answer:
    from .store import keys
    from .store.audit import note
    from .store.opening import open_store
    from .store.place import folder_in
    from .store.rekeying import rekey, settle_keyring

    data, by = data_of(args), who(args)
    if url_of(args):
        raise StoreError(
            "The rows of a store on a server are not under the store's key, which opens its backups and diaries, so "
            "nothing was changed: change the passwords and the disk encryption of that server."
        )
    with opened(args) as store:
        old = store.key
        assert old
        new = keys.Key(passphrase=keys.new_passphrase(keys.NEW)) if args.passphrase else keys.new_key()
        note(store, "key", by, "", "a change of the key was begun")
    label = rekey(data, old, new)
    with open_store(data, key=new) as store:
        settle_keyring(label, old, new)
        note(store, "key", by, "", "the key was changed")
    where = "in the keyring of this computer" if label.key == keys.KEYRING else "your new passphrase"
    lines = [f"Changed: the key of {folder_in(data)} is another one now, {where}; every row was read again by it."]
    then = (
        PRINT if label.key == keys.KEYRING else f"Where {keys.VARIABLE} names a file: write the new passphrase into it."
    )
    return {"store": label.id, "key": label.key, "note": OLDER}, [*lines, OLDER, then], 0


def _no_arguments(_: argparse.ArgumentParser) -> None:
    """Nothing of its own."""


def _make_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--passphrase", action="store_true", help="a passphrase opens it, asked each time, instead of the keyring's key"
    )


def _rekey_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--passphrase",
        action="store_true",
        help="a new passphrase opens it from now on, instead of a key in the keyring",
    )


def _check_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tidy", action="store_true", help="delete what belongs to nobody")


def _file_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup")


def _audit_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--person", metavar="CODE", help="of this person only")


def _key_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--put", action="store_true", help="put a recovery key, which is asked for, into the keyring")


Does = tuple[str, str, Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], Answer]]
ACTIONS: dict[str, Does] = {
    "make": (
        "make an empty store",
        "Make an empty, encrypted store in the data folder, or in an empty database that --store names.\n\n"
        "  surefoot store make\n  surefoot store make --store postgresql://surefoot@server/clinic --data /srv/surefoot",
        _make_arguments,
        _make,
    ),
    "check": (
        "is everything what was written?",
        "Look through rows, the chain of the audit log and the hash of every recording.\n\n  surefoot store check",
        _check_arguments,
        _check,
    ),
    "backup": (
        "one encrypted file with everything, verified",
        "Write every row and recording into one encrypted file, restore it into a temporary place, and compare.\n"
        "The store's passphrase or recovery key opens it.\n\n  surefoot store backup /mnt/usb/monday.sfb",
        _file_arguments,
        _backup,
    ),
    "restore": (
        "a store of a backup, never over another",
        "Make a store of a backup, from whichever database it was. No store is overwritten.\n\n"
        "  surefoot store restore /mnt/usb/monday.sfb --data ~/new",
        _file_arguments,
        _restore,
    ),
    "audit": (
        "who read or changed what",
        "Each reading and change of an identity, and every override, export, deletion, void and move.\n\n"
        "  surefoot store audit --person P001",
        _audit_arguments,
        _audit,
    ),
    "key": (
        "show the recovery key, or put it into the keyring",
        "The recovery key opens the store and its backups on another computer. That it was shown is noted.\n\n"
        "  surefoot store key\n  surefoot store key --put      on the other computer",
        _key_arguments,
        _key,
    ),
    "rekey": (
        "change the key",
        "Write the encrypted file anew with another key, as when somebody who had it leaves, or it was seen. Broken\n"
        "off at any moment, the old key or the new one opens the store, and the next command says which. Diaries of\n"
        "pages that were handed out before still open. Backups made before keep the old key.\n\n"
        "  surefoot store rekey\n"
        "  surefoot store rekey --passphrase      asked for, or in the file that SUREFOOT_NEW_PASSPHRASE_FILE names",
        _rekey_arguments,
        _rekey,
    ),
}  # fmt: skip
