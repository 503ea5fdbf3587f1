# SPDX-License-Identifier: MIT
"""`make coverage`: which lines and branches of the firmware the tests run, in the real MicroPython and in CPython.

No build of MicroPython tells branches (the one with settrace tells lines, of bytecode only). So this module, as a
pytest plugin, gives every virtual board a copy of the firmware in which each statement and each way out of a test notes
that it was there, without allocating. Files that a test has edited stay as they are. What the notes say is joined with
what coverage.py sees of the firmware's modules that other tests import into CPython; coverage.py counts and reports.
"""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from surefoot.device.onboard import FOLDERS
from surefoot.resources import data_dir, firmware_files

FOLDER = Path(__file__).resolve().parents[1] / "build" / "coverage"
NOTES = "_notes.bin"
TESTS = ("bench", "build", "drivers", "hot", "loop", "proof", "trouble", "wire")
OTHERS = ("doctor", "health", "icm42688", "logger", "mux", "pack", "panel", "selftest", "store", "store_cuts")
OTHERS += ("virtual_flash", "virtual_guard", "virtual_panel", "walk")
LEFT_OUT = "not planted_list_fails and not wasm and not modules_are_small"  # the notes weigh something too
BEGIN, END = "<!-- coverage: written by make coverage -->\n", "<!-- end of coverage -->\n"
HEAP_BYTES = 4_000_000
DEVICE = """
seen = bytearray({n})
two = bytearray(2)
out = open("{notes}", "ab")


def n(k):
    if not seen[k]:
        seen[k] = 1
        two[0] = k & 255
        two[1] = k >> 8
        out.write(two)
"""


@dataclass
class Noted:
    """The firmware with notes: text by file name; for each note the file and the line where it is, or (`left`) the line
    of the test whose false way out it stands for; lines of tests with the first line of their true way."""

    text: dict[str, str] = field(default_factory=dict)
    places: list[tuple[str, int, bool]] = field(default_factory=list)
    entered: dict[tuple[str, int], int] = field(default_factory=dict)  # (file, first line of a body) -> its test's line
    decorated: dict[tuple[str, int], int] = field(default_factory=dict)  # (file, decorator's line) -> the function's


def note_all(paths: list[Path]) -> Noted:
    noted = Noted()
    for path in paths:
        _note(noted, path)
    return noted


def _note(noted: Noted, path: Path) -> None:
    source = path.read_text()
    lines = source.splitlines(keepends=True)
    name = path.name
    added: list[tuple[int, int, str]] = []  # before that line; order among those

    def note(line: int, *, left: bool = False) -> str:
        noted.places.append((name, line, left))
        return f"_n({len(noted.places) - 1})\n"

    def statements(body: list[ast.stmt]) -> None:
        for i, node in enumerate(body):
            line = node.lineno
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.decorator_list:
                line = node.decorator_list[0].lineno
                noted.decorated[name, line] = node.lineno
            document = i == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if not document and not lines[line - 1].lstrip().startswith("elif "):
                added.append((line, 1, " " * node.col_offset + note(line)))
            below(node)

    def below(node: ast.stmt) -> None:
        if isinstance(node, ast.If | ast.While | ast.For):
            noted.entered[name, node.body[0].lineno] = node.lineno
            endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant)
            if not node.orelse and not endless:
                pad = " " * node.col_offset
                end = (node.body[-1].end_lineno or 0) + 1
                added.append((end, -node.col_offset, f"{pad}else:\n{pad}    {note(node.lineno, left=True)}"))
            elif node.orelse:
                noted.entered[name, node.orelse[0].lineno] = node.lineno
        for part in ("body", "orelse", "finalbody"):
            statements(getattr(node, part, []))
        for handler in getattr(node, "handlers", []):
            noted.entered[name, handler.body[0].lineno] = handler.lineno
            statements(handler.body)

    tree = ast.parse(source)
    statements(tree.body)
    for line, _, text in sorted(added, key=lambda item: (-item[0], -item[1])):
        lines.insert(line - 1, text)
    first = next(i for i, line in enumerate(lines) if line.startswith("_n("))
    lines.insert(first, "from _notes import n as _n\n")
    noted.text[name] = "".join(lines)


# -- the plugin --


class Plugin:
    """Puts notes into the firmware of each virtual board, source or compiled, and collects them when it is switched
    off."""

    def __init__(self) -> None:
        self.noted = note_all(firmware_files())
        self.plain = {path.name: path.read_text() for path in firmware_files()}
        self.hits: set[int] = set()

    def source(self, name: str, source: bytes) -> bytes:
        """What is compiled in place of a file: the one with notes, unless a test has edited it."""
        return self.noted.text[name].encode() if self.plain.get(name, "").encode() == source else source

    def give(self, flash: Path) -> None:
        given = any((flash / folder).is_dir() for folder in FOLDERS)
        for name, text in self.plain.items():
            path = flash / name
            if path.is_file() and path.read_text() == text:
                path.write_text(self.noted.text[name])
                given = True
        if given:
            (flash / "_notes.py").write_text(DEVICE.format(n=len(self.noted.places), notes=NOTES))

    def collect(self, flash: Path) -> None:
        path = flash / NOTES
        if path.is_file():
            data = path.read_bytes()
            self.hits |= {data[i] | data[i + 1] << 8 for i in range(0, len(data) - 1, 2)}


def arcs(noted: Noted, hits: set[int], files: Mapping[str, Path]) -> dict[str, set[tuple[int, int]]]:
    """What the notes say of each file, as coverage.py's pairs of lines."""
    from coverage.parser import PythonParser

    found: dict[str, set[tuple[int, int]]] = {}
    for name, path in files.items():
        parser = PythonParser(filename=str(path))
        parser.parse_source()
        possible = parser.arcs()
        entered = {first: test for (file, first), test in noted.entered.items() if file == name}
        pairs = found[name] = set()
        reached: set[int] = set()
        for place, line, left in (noted.places[k] for k in hits):
            if place != name:
                continue
            reached.add(line)
            if left:
                ways = {to for start, to in possible if start == line and entered.get(to) != line}
                pairs |= {(line, to) for to in ways if len(ways) == 1}
            elif (name, line) in noted.decorated:
                reached.add(noted.decorated[name, line])
        # Innermost first: a test that has been decided has been reached, an `elif` from the test above it.
        for first, test in sorted(entered.items(), key=lambda item: -item[1]):
            if first in reached:
                pairs.add((test, first))
                reached.add(test)
        pairs |= {(-1, line) for line in reached}
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: Any) -> None:
    from surefoot.device import bundle
    from surefoot.device.virtual import process

    plugin = config.covered = Plugin()
    machine: Any = process.Machine
    spawn, end = machine.spawn, machine.end
    process.HEAP_BYTES = HEAP_BYTES

    def spawned(self: Any, *told: Any, **options: Any) -> None:
        plugin.give(self._flash)
        spawn(self, *told, **options)

    def ended(self: Any) -> None:
        end(self)
        plugin.collect(self._flash)

    machine.spawn, machine.end = spawned, ended
    compiled: Any = bundle._compiled

    def with_notes(arch: str, stem: str, name: str, source: bytes) -> bytes:
        return compiled(arch, stem, name, plugin.source(name, source))

    bundle._compiled = with_notes


def pytest_unconfigure(config: Any) -> None:
    from coverage import CoverageData

    firmware = {path.name: path for path in firmware_files()}
    found = arcs(config.covered.noted, config.covered.hits, firmware)
    data = CoverageData(basename=str(FOLDER / "board"))
    data.add_arcs({str(firmware[name]): pairs for name, pairs in found.items() if pairs})
    data.write()


# -- the command --


def report() -> tuple[str, str]:
    """The whole report, and the table for the page."""
    from coverage import Coverage

    files = {path.name: str(path) for path in firmware_files()}
    rows = ["| run in | lines | branches |", "|---|---|---|"]
    out = io.StringIO()
    for title, parts in (("MicroPython", ["board"]), ("CPython", ["cpython"]), ("both", ["board", "cpython"])):
        covered = Coverage(data_file=str(FOLDER / f"joined-{title}"), branch=True, config_file=False)
        covered.combine([str(FOLDER / part) for part in parts], keep=True)
        out = io.StringIO()
        covered.report(morfs=list(files.values()), file=out, show_missing=True, ignore_errors=True)
        told = FOLDER / f"{title}.json"
        covered.json_report(morfs=list(files.values()), outfile=str(told), ignore_errors=True)
        totals = json.loads(told.read_text())["totals"]
        lines = f"{totals['covered_lines']} of {totals['num_statements']}"
        ways = f"{totals['covered_branches']} of {totals['num_branches']}"
        share = 100 * totals["covered_lines"] / totals["num_statements"]
        taken = 100 * totals["covered_branches"] / totals["num_branches"]
        rows.append(f"| {title} | {share:.1f} % ({lines}) | {taken:.1f} % ({ways}) |")
    return out.getvalue(), "\n".join(rows) + "\n"


def tests() -> Iterator[str]:
    folder = Path(__file__).parent
    for name in (*(f"firmware_{name}" for name in TESTS), *OTHERS):
        path = folder / f"test_{name}.py"
        if path.is_file():
            yield str(path)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    run = [sys.executable, "-m", "coverage", "run", "--branch", f"--data-file={FOLDER / 'cpython'}"]
    run += [
        f"--include={data_dir('firmware')}/*,*/surefoot/wire.py,*/surefoot/schema.py,*/surefoot/prefix.py",
        "-m",
        "pytest",
        "-n0",
        "-p",
        "covered",
        "-k",
        LEFT_OUT,
        *tests(),
    ]
    subprocess.run(run, check=False, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)})
    whole, table = report()
    print(whole, table, sep="\n")
    if "--print" not in sys.argv:
        from budget import put

        page = data_dir("firmware") / "README.md"
        page.write_text(put(table, page.read_text(), BEGIN, END))


if __name__ == "__main__":
    main()
