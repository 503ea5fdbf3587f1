# SPDX-License-Identifier: MIT
"""The firmware's modules as CPython sees them: with the bytecode of what `fast` has."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from surefoot import prefix, schema, wire

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"

_LOADED: dict[str, Any] = {
    "fast": None,
    "micropython": SimpleNamespace(const=lambda value: value),
    "once": SimpleNamespace(once=lambda name, *others: firmware(name)),
    "prefix": prefix,
    "schema": schema,
    "wire": wire,
}


def firmware(name: str) -> Any:
    """A module of the firmware that needs no board; the same one each time."""
    if name not in _LOADED:
        before = set(sys.modules)
        with mock.patch.dict(sys.modules, _LOADED), mock.patch.object(sys, "path", [str(FIRMWARE), *sys.path]):
            importlib.import_module(name)
            ours = set(sys.modules) - before
            _LOADED.update({one: sys.modules[one] for one in ours if (FIRMWARE / f"{one}.py").is_file()})
    return _LOADED[name]
