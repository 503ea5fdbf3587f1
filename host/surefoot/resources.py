# SPDX-License-Identifier: MIT
"""Where the files beside the code are (installed wheel or working copy), and what goes onto a board."""

import shutil
import sys
from pathlib import Path

from .errors import SurefootError

_PACKAGE = Path(__file__).resolve().parent
_NAMES = ("firmware", "protocols", "calibration", "hardware")


class ResourceMissing(SurefootError):
    """A folder that belongs to Surefoot is not where it should be."""


def data_dir(name: str) -> Path:
    """The folder `firmware`, `protocols`, `calibration` or `hardware`: in the wheel, else in the working copy."""
    if name not in _NAMES:
        raise ValueError(f"no data folder '{name}', there are {', '.join(_NAMES)}")
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parents[1] / name):
        if folder.is_dir():
            return folder
    raise ResourceMissing(f"The folder '{name}' of Surefoot is missing beside {_PACKAGE}: install the package again.")


def firmware_files() -> list[Path]:
    """All that is flashed, sorted by name: the firmware folder and the wire format that both sides share."""
    files = [*data_dir("firmware").glob("*.py"), _PACKAGE / "wire.py"]
    return sorted(files, key=lambda path: path.name)


def stage(dest: str | Path) -> list[Path]:
    """Copy what is flashed into the folder dest, which then holds no other Python file; the copies."""
    dest = Path(dest)
    dest.mkdir(parents=True, exist_ok=True)
    for old in dest.glob("*.py"):
        old.unlink()
    return [Path(shutil.copyfile(path, dest / path.name)) for path in firmware_files()]


if __name__ == "__main__":
    for staged in stage(sys.argv[1] if len(sys.argv) > 1 else "build/device"):
        print(staged)
