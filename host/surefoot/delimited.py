# SPDX-License-Identifier: MIT
"""A text file with a table of numbers: how it is written is found out, and the columns asked for are read.

Commas, semicolons, tabs or spaces between the cells, a decimal point or comma, quotes, a byte order mark, lines of
text above the table, a row of names with units or a row of units below it.
"""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from surefoot.errors import SurefootError
from surefoot.unit_words import Unit, name_and_unit, unit_of

LOOKED_AT = 1 << 18  # bytes from which the way of writing is told
MISSING = frozenset(("", "nan", "na", "n/a", "#n/a", "null", "none", "-", "--", "1.#qnan", "-1.#ind", "-nan(ind)"))
_POINT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf|infinity)", re.I)
_COMMA = re.compile(r"[+-]?(?:\d+|\d*,\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf|infinity)", re.I)
MOMENT = re.compile(r"(?:\d{4}-\d\d-\d\d[ T])?\d{1,2}:\d\d:\d\d(?:[.,]\d+)?Z?")
# Between the cells (None: any white space), and in the numbers.
_DIALECTS = (("\t", "."), ("\t", ","), (";", "."), (";", ","), (",", "."), (",", ","), (None, "."), (None, ","))


class TableError(SurefootError):
    """A file doesn't hold a table of numbers that can be read."""


@dataclass(frozen=True)
class Column:
    """One column: its place from 0, its heading as it stands, the name in it ("" where there is none) and its unit."""

    place: int
    heading: str
    name: str
    unit: Unit | None
    kind: str = "number"  # or "moment" (dates or times of day), or "text"

    def __str__(self) -> str:
        return self.heading or f"#{self.place + 1}"


@dataclass(frozen=True)
class Layout:
    """How a file is written. The table begins below `above` lines; the lines of text there are `header`."""

    path: Path
    encoding: str
    delimiter: str | None
    decimal: str
    quoted: bool
    above: int
    columns: tuple[Column, ...]
    header: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """A table by one way of writing: rows of its width, whether names fit them, lines above."""

    rows: int
    named: bool
    width: int
    above: int
    delimiter: str | None
    decimal: str


def look(path: Path) -> Layout:
    """How the file is written. TableError: it can't be opened, isn't text, or has no table of numbers."""
    encoding, text = _beginning(path)
    lines = text.splitlines()
    found = _best(lines, text=False)
    if not found.rows:
        found = _best(lines, text=True)
    if not found.rows:
        raise TableError(f"{path} has no table of numbers in its first {len(lines)} lines: export it as text or CSV.")
    header = tuple(line for line in lines[: found.above] if line.strip())
    headings, units = _named(header, found.delimiter, found.width)
    if not headings:
        _must_have_no_names(header, found.delimiter, found.width, path)
    table = [split(line, found.delimiter) for line in lines[found.above :] if line.strip()]
    columns = []
    for place in range(found.width):
        heading = headings[place] if headings else ""
        name, unit = name_and_unit(heading)
        unit = unit or (unit_of(units[place]) if units else None)
        first = next((row[place] for row in table if len(row) > place and row[place].lower() not in MISSING), "")
        kind = "number" if not first or is_number(first, found.decimal) else "text"
        columns.append(Column(place, heading, name, unit, "moment" if MOMENT.fullmatch(first) else kind))
    quoted = any('"' in line for line in lines[found.above :])
    return Layout(path, encoding, found.delimiter, found.decimal, quoted, found.above, tuple(columns), header)


def split(line: str, delimiter: str | None) -> list[str]:
    """The cells of a line, without the blanks and quotes around them."""
    if delimiter is None:
        return line.split()
    if '"' in line:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))]
    return [cell.strip() for cell in line.split(delimiter)]


def is_number(cell: str, decimal: str) -> bool:
    return bool((_POINT if decimal == "." else _COMMA).fullmatch(cell))


def _beginning(path: Path) -> tuple[str, str]:
    """Encoding and first lines of a file."""
    try:
        with path.open("rb") as file:
            data = file.read(LOOKED_AT)
            more = bool(file.read(1))
    except OSError as error:
        raise TableError(f"The file {path} can't be read ({error.strerror}): check its name.") from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        if b"\0" in data:
            raise TableError(f"{path} isn't text: export it from its program as text or CSV.")
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding, "strict")
    except UnicodeDecodeError as error:
        if encoding == "utf-8-sig" and not (more and error.start > len(data) - 4):
            encoding = "latin-1"  # a degree sign or a micro of an older program
        text = data.decode(encoding, "ignore")
    return encoding, text.rpartition("\n")[0] if more else text


def _best(lines: Sequence[str], text: bool) -> _Found:
    """The way of writing that makes the most rows of these lines; with `text`, up to half of their cells are words."""
    ways = (_try(lines, *dialect, text) for dialect in _DIALECTS)
    return max(ways, key=lambda one: (one.rows, one.named, one.width))


def _try(lines: Sequence[str], delimiter: str | None, decimal: str, text: bool) -> _Found:
    """The table that these lines hold, if they are written this way."""
    widths = [_width(line, delimiter, decimal, text) for line in lines]
    counts = Counter(width for width in widths if width)
    if not counts:
        return _Found(0, False, 0, 0, delimiter, decimal)
    width, rows = max(counts.items(), key=lambda item: (item[1], item[0]))
    # A line of numbers above the table, such as a rate, is not followed by one of the same width.
    begins = (i for i, own in enumerate(widths) if own == width and (rows == 1 or width in widths[i + 1 : i + 3]))
    above = next(begins, None)
    if above is None:
        return _Found(0, False, 0, 0, delimiter, decimal)
    rows = widths[above:].count(width)
    header = [line for line in lines[:above] if line.strip()]
    return _Found(rows, bool(_named(header, delimiter, width)[0]), width, above, delimiter, decimal)


def _width(line: str, delimiter: str | None, decimal: str, text: bool) -> int:
    """Cells of a line that holds numbers, times and empty cells, and at least one number; else 0."""
    if not line.strip() or (delimiter is not None and delimiter not in line):
        return 0
    if delimiter == decimal == "," and '"' not in line:
        return 0
    cells = split(line, delimiter)
    others = [cell for cell in cells if not is_number(cell, decimal)]
    worded = [cell for cell in others if cell.lower() not in MISSING and not MOMENT.fullmatch(cell)]
    return len(cells) if len(others) < len(cells) and len(worded) <= text * len(cells) / 2 else 0


def _named(
    header: Sequence[str], delimiter: str | None, width: int
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Headings and row of units of the lines above a table of this width; None where there are none."""
    last = _fit(header[-1], delimiter, width) if header else None
    if last and len(header) > 1 and any(last) and all(unit_of(cell) or not cell.strip("-[]()") for cell in last):
        before = _fit(header[-2], delimiter, width)
        if before:
            return before, last
    return last, None


def _fit(line: str, delimiter: str | None, width: int) -> tuple[str, ...] | None:
    """The cells of a line of headings, if they are as many as the table has columns."""
    text = line.lstrip("#%")
    tries = [split(text, delimiter)]
    if delimiter is None:
        # "Time (s)" or "Fx [N]" are one heading, though a blank is in them.
        tries += [re.split(r"\s{2,}|\t", text.strip()), re.sub(r"\s+(?=[\[(])", "_", text).split()]
    for cells in tries:
        while len(cells) > width and not cells[-1]:
            cells = cells[:-1]
        if len(cells) == width and not (delimiter is None and re.search("[,;]", text)):
            return tuple(cells)
    return None


def _must_have_no_names(header: Sequence[str], delimiter: str | None, width: int, path: Path) -> None:
    """Names above a table that are not as many as its columns are a mistake to tell."""
    # A row of numbers of another width is no line of names.
    above = [[cell for cell in split(line, delimiter) if cell] for line in header]
    cells = next((cells for cells in reversed(above) if not all(is_number(cell, ".") for cell in cells)), [])
    if len(cells) < 2 or any(cell.endswith(":") for cell in cells):
        return
    if delimiter == "," and width >= 2 * len(cells) - 1:
        raise TableError(
            f"{path} names {len(cells)} columns, and its rows of numbers have {width} cells: a comma both between"
            " cells and in numbers can't be told apart, so export it with semicolons or with decimal points."
        )
    if delimiter is not None:
        raise TableError(
            f"{path} names {len(cells)} columns in the line above the numbers, and the numbers have {width}: mend the"
            " line of names, so that each column has one."
        )
