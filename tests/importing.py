# SPDX-License-Identifier: MIT
"""What imports what: for rooms that must not know of one another."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path


def loaded_by(module: str) -> set[str]:
    """The modules of this house in memory once one is imported."""
    code = f"import sys, {module}; print(*(m for m in sys.modules if m.startswith('surefoot')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def names_of(folder: Path) -> set[str]:
    """All that a package's files import, whether at the top or inside functions."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
    return found
