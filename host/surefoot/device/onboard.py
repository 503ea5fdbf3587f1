# SPDX-License-Identifier: MIT
"""What the host has a board run to look at its files and to change from one firmware folder to the other.

main.py names one of two folders. A new firmware is written into the other one, file by file, and checked there; then
one rename of main.py, which the board's filesystem does wholly or not at all, starts it. Until then the old firmware
is whole, and nothing is ever written into a folder that main.py names: a mixture can't start.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from ..errors import InstallError

FOLDERS = ("fw_a", "fw_b")
NEW_MAIN, NEW_PROFILE = "main.new", "profile.new"
PROFILE = "profile.json"
_VERSION = re.compile(r'\{"firmware": "([^"]+)"')

# The board has little memory: files are hashed piece by piece, and what is found is told line by line.
LOOK = """
import os, sys, json, hashlib, binascii
def tell(*what):
    print(json.dumps(what))
def digest(path):
    sha, part = hashlib.sha256(), bytearray(512)
    with open(path, "rb") as file:
        while True:
            n = file.readinto(part)
            if not n:
                return binascii.hexlify(sha.digest()).decode()
            sha.update(memoryview(part)[:n])
def head(key, path, n):
    try:
        with open(path) as file:
            tell(key, file.read(n))
    except (OSError, ValueError):
        pass
print()
stat = os.statvfs("/")
tell("mpy", getattr(sys.implementation, "_mpy", 0))
tell("release", [str(part) for part in sys.implementation.version])
tell("free", stat[0] * stat[3])
tell("block", stat[0])
head("main", "/main.py", 400)
head("fw_a", "/fw_a/manifest.json", 60)
head("fw_b", "/fw_b/manifest.json", 60)
for folder in ("", "fw_a/", "fw_b/"):
    try:
        for entry in os.ilistdir("/" + folder):
            path = folder + entry[0]
            if entry[1] == 0x8000:
                wanted = folder or path in ("main.py", "profile.json")
                tell("file", path, digest("/" + path) if wanted else "")
    except OSError:
        pass
tell("end", 0)
"""
# Makes the spare folder, with only those files left in it that are right already.
PREPARE = """
import os
folder, keep = {folder!r}, {keep!r}
try:
    os.mkdir("/" + folder)
except OSError:
    pass
for entry in os.ilistdir("/" + folder):
    if entry[0] not in keep:
        os.remove("/" + folder + "/" + entry[0])
"""
# The change itself, then the old version goes; what can't be removed takes room and does no harm. The moves are between
# relative paths because the port that runs the virtual board mixes up two absolute ones.
SWITCH = """
import os
os.chdir("/")
for old, new in {moves!r}:
    os.rename(old, new)
try:
    for entry in os.ilistdir("/" + {old!r}):
        os.remove("/" + {old!r} + "/" + entry[0])
    os.rmdir("/" + {old!r})
except OSError:
    pass
for name in {stale!r}:
    try:
        os.remove("/" + name)
    except OSError:
        pass
"""


def other(folder: str) -> str:
    """The other one of the two folders."""
    return FOLDERS[1 - FOLDERS.index(folder)]


@dataclass(frozen=True)
class State:
    """What is on a board: `active` is the folder its main.py names, "" for a flat copy, None without a main.py."""

    mpy: int
    release: str
    free_bytes: int
    block_bytes: int
    active: str | None
    hashes: dict[str, str] = field(repr=False)  # "" for files that are not ours to know
    manifest: str = field(repr=False)

    @property
    def spare(self) -> str:
        """The folder that may be written."""
        return other(self.active or FOLDERS[1])

    def within(self, folder: str) -> dict[str, str]:
        """SHA-256 of each file in a folder, by name."""
        return {path.split("/", 1)[1]: sha for path, sha in self.hashes.items() if path.startswith(f"{folder}/")}

    @property
    def version(self) -> str | None:
        """The version the active folder's manifest names; None for a flat copy, which has none."""
        found = _VERSION.match(self.manifest)
        return found[1] if found else None


def read_state(printed: str) -> State:
    """From what LOOK printed. Raises InstallError."""
    told: dict[str, Any] = {}
    hashes: dict[str, str] = {}
    try:
        for line in printed.splitlines():
            if line.startswith("["):
                key, *values = json.loads(line)
                if key == "file":
                    hashes[values[0]] = values[1]
                else:
                    told[key] = values[0]
        if "end" not in told:
            raise ValueError(printed)
        main = told.get("main")
        active = None if main is None else next((name for name in FOLDERS if f'"/{name}"' in main), "")
        release = ".".join(told["release"]).rstrip(".")
        return State(told["mpy"], release, told["free"], told["block"], active, hashes, told.get(active or "") or "")
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise InstallError(
            "The board's answer about its files can't be read: press its reset, then run this again."
        ) from error
