# SPDX-License-Identifier: MIT
"""Where the files beside the code are (installed wheel or working copy), and what goes onto a board."""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from .errors import SurefootError

_PACKAGE = Path(__file__).resolve().parent
_NAMES = ("firmware", "protocols", "calibration", "hardware")
_SHARED = ("prefix", "schema", "wire")  # of the package: the same files run on the board
BOARD = "esp32-devkit"
_SCHEMA = "schema.json"
# What of a profile is for people and programs at the desk: the board has no memory to spare for it.
_DESK = frozenset(("format", "title", "chip", "arch", "flash_bytes", "psram", "limits", "why"))


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


def hardware_table(name: str, what: str, mistake: type[SurefootError]) -> dict[str, Any]:
    """A TOML file of the folder `hardware`. Raises `mistake` where it is missing or no TOML, calling it `what`."""
    import tomllib

    path = data_dir("hardware") / name
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError as error:
        raise mistake(f"{what} {path} is missing: install Surefoot again.") from error
    except tomllib.TOMLDecodeError as error:
        raise mistake(f"{what} {path} can't be read ({error}): correct that line.") from error


def firmware_files() -> list[Path]:
    """All that is flashed, sorted by name: the firmware folder and the wire format that both sides share."""
    files = [*data_dir("firmware").glob("*.py"), *(_PACKAGE / f"{name}.py" for name in _SHARED)]
    return sorted(files, key=lambda path: path.name)


def boards() -> list[str]:
    """The names of all board profiles."""
    return sorted(path.stem for path in (data_dir("firmware") / "profiles").glob("*.json") if path.name != _SCHEMA)


def profile(board: str = BOARD) -> dict[str, Any]:
    """A board's profile as its file has it, not yet checked. Raises ResourceMissing for an unknown board."""
    if board not in boards():
        raise ResourceMissing(f"There is no board '{board}': choose one of {', '.join(boards())}.")
    return json.loads((data_dir("firmware") / "profiles" / f"{board}.json").read_text("utf-8"))


def device_profile(board: str = BOARD) -> bytes:
    """The part of a board's profile that the firmware reads, as its profile.json."""
    kept = {key: value for key, value in profile(board).items() if key not in _DESK}
    return json.dumps(kept, separators=(",", ":")).encode() + b"\n"


def stage(dest: str | Path, board: str = BOARD) -> list[Path]:
    """Copy what is flashed into the folder dest, which then holds no other Python file; the copies.

    With the firmware goes the profile of `board`, as profile.json.
    """
    described = device_profile(board)
    dest = Path(dest)
    dest.mkdir(parents=True, exist_ok=True)
    for old in dest.glob("*.py"):
        old.unlink()
    copies = [Path(shutil.copyfile(path, dest / path.name)) for path in firmware_files()]
    (dest / "profile.json").write_bytes(described)
    return [*copies, dest / "profile.json"]


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m surefoot.resources", description=stage.__doc__)
    parser.add_argument("folder", nargs="?", default="build/device")
    parser.add_argument("--board", default=BOARD, choices=boards(), help=f"which profile (default {BOARD})")
    told = parser.parse_args()
    for staged in stage(told.folder, told.board):
        print(staged)


if __name__ == "__main__":
    _main()
