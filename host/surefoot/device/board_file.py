# SPDX-License-Identifier: MIT
"""One file of the board's owner at the top of its filesystem: read, or written whole and checked by its SHA-256."""

from __future__ import annotations

import binascii
import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import InstallError, NotSurefoot
from .mpremote import Remote
from .peek import peek

CALIBRATION = "calibration.json"
LARGEST = 64 * 1024

# Told in pieces: the board has little memory.
READ = """
import binascii, json
try:
    with open("/" + {name!r}, "rb") as file:
        part = bytearray(384)
        while True:
            n = file.readinto(part)
            if not n:
                break
            print(json.dumps(["part", binascii.hexlify(memoryview(part)[:n]).decode()]))
        print(json.dumps(["end", 1]))
except OSError:
    print(json.dumps(["end", 0]))
"""
# A rename is done wholly or not at all: the old file stays until the new one is known to be right.
TAKE = """
import os, json, hashlib, binascii
os.chdir("/")
sha, part = hashlib.sha256(), bytearray(512)
with open({new!r}, "rb") as file:
    while True:
        n = file.readinto(part)
        if not n:
            break
        sha.update(memoryview(part)[:n])
found = binascii.hexlify(sha.digest()).decode()
if found == {sha!r}:
    os.rename({new!r}, {name!r})
else:
    os.remove({new!r})
print(json.dumps(["sha", found]))
"""


@contextmanager
def opened(port: str) -> Iterator[tuple[Remote, dict[str, Any]]]:
    """A board whose program is stopped for its files, and what it said before that; it is restarted afterwards.

    Raises NotSurefoot where no Surefoot answers, InstallError where the board is measuring: nothing was done then.
    """
    config = peek(port)
    if config is None:
        raise NotSurefoot(f"No Surefoot answers at {port}: press the board's reset, or `surefoot update` it first.")
    if config.get("streaming"):
        what = f"writes log {config['log']}" if config.get("log") else "is measuring"
        raise InstallError(f"The board on {port} {what}: end that first, then run this again; nothing was changed.")
    remote = Remote(port)
    try:
        yield remote, config
    finally:
        remote.reset()


def read_file(remote: Remote, name: str = CALIBRATION) -> bytes | None:
    """The file's bytes, None where there is no such file. Raises InstallError and the children of LinkError."""
    told = list(_told(remote.run(READ.format(name=name))))
    ends = [value for key, value in told if key == "end"]
    if not ends:
        raise InstallError(f"The board's answer about {name} can't be read: press its reset, then run this again.")
    return b"".join(binascii.unhexlify(value) for key, value in told if key == "part") if ends[0] else None


def write_file(remote: Remote, data: bytes, name: str = CALIBRATION) -> str:
    """Write the file and check it on the board; its SHA-256. The old one stays where anything goes wrong."""
    if len(data) > LARGEST:
        raise InstallError(
            f"{name} has {len(data) // 1024} kB, a board takes up to {LARGEST // 1024}: nothing was changed."
        )
    sha, new = hashlib.sha256(data).hexdigest(), name.rpartition(".")[0] + ".new"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / new
        path.write_bytes(data)
        remote.copy([path], ":")
    told = dict(_told(remote.run(TAKE.format(new=new, name=name, sha=sha))))
    if told.get("sha") != sha:
        raise InstallError(f"{name} arrived damaged, so the board keeps what it had: run this again.")
    return sha


def _told(printed: str) -> Iterator[tuple[str, Any]]:
    for line in printed.splitlines():
        if line.startswith("["):
            try:
                key, value = json.loads(line)
            except ValueError:
                continue
            yield key, value
