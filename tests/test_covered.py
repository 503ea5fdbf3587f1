# SPDX-License-Identifier: MIT
"""The notes by which the firmware's coverage is counted say the same as coverage.py does where both can look."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

import covered

SOURCE = '''"""Has each kind of test that the firmware has."""

import functools


def kind(n):
    if n < 0:
        return "less"
    elif n == 0:
        return "none"
    elif n > 100 and n % 2 == 0 or (
        n == 7
    ):
        word = "even"
    else:
        word = "some"
    return word


@functools.cache
def walk(n):
    """Docstring."""
    total = 0
    while n > 0:
        if n == 3:
            n -= 1
            continue
        n -= 1
        total += n
    for k in range(total):
        if k == 5:
            break
    else:
        total = -1
    try:
        total //= total + 1
    except ZeroDivisionError:
        total = 0
    finally:
        n = 0
    if total:
        pass
    return total


class Thing:
    size = 1

    def grow(self, by):
        for _ in range(by):
            self.size += 1
'''
CALLS = [
    ["kind(-1)"],
    ["kind(0)", "kind(102)"],
    ["kind(7)", "kind(3)"],
    ["walk(0)"],
    ["walk(2)", "walk(4)", "walk(9)"],
    ["Thing().grow(0)"],
    ["Thing().grow(2)"],
    ["kind(1)", "walk(4)", "Thing().grow(1)"],
]


@pytest.mark.parametrize("calls", CALLS)
def test_notes_and_coverage_agree(tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    coverage = pytest.importorskip("coverage")
    path = tmp_path / "sample.py"
    path.write_text(SOURCE)
    noted = covered.note_all([path])
    hits: set[int] = set()
    notes = ModuleType("_notes")
    notes.n = hits.add  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "_notes", notes)
    run(noted.text["sample.py"], "noted", calls)
    [pairs] = covered.arcs(noted, hits, {"sample.py": path}).values()
    told = coverage.CoverageData(basename=str(tmp_path / "told"))
    told.add_arcs({str(path): pairs})
    told.write()
    seen = coverage.Coverage(data_file=str(tmp_path / "seen"), branch=True, config_file=False, include=[str(path)])
    with seen.collect():
        run(SOURCE, str(path), calls)
    seen.save()
    assert report(coverage, tmp_path / "told", path) == report(coverage, tmp_path / "seen", path)


def run(source: str, name: str, calls: list[str]) -> None:
    space: dict[str, object] = {}
    exec(compile(source, name, "exec"), space)
    for call in calls:
        eval(call, space)


def report(coverage: ModuleType, data: Path, path: Path) -> tuple[object, object]:
    """Lines and branches that a data file says were run."""
    found = coverage.Coverage(data_file=str(data), branch=True, config_file=False)
    found.load()
    out = data.with_suffix(".json")
    found.json_report(morfs=[str(path)], outfile=str(out))
    [told] = json.loads(out.read_text())["files"].values()
    return told["executed_lines"], sorted(told["executed_branches"])
