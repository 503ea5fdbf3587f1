# SPDX-License-Identifier: MIT
"""The numbers of a table in a text file: whole columns at once, or the line and cell that is wrong."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from surefoot.delimited import MISSING, MOMENT, Layout, TableError, is_number, split

CHUNK = 1 << 22


def read_columns(layout: Layout, places: Sequence[int]) -> np.ndarray:
    """Columns at these places as float64 [n, len(places)]; empty cells, words for "none" and infinity are NaN.

    Columns of dates or times of day are seconds from their first. TableError names file, line and column of a cell
    that is no number, and of a row that is longer or shorter than the others.
    """
    numbers = [place for place in places if layout.columns[place].kind != "moment"]
    with tempfile.TemporaryDirectory(prefix="surefoot-") as folder:
        source = None if layout.quoted or layout.decimal == "," or layout.encoding == "utf-16" else layout.path
        copy = Path(folder) / "table.txt"
        made = _load(source, layout, numbers) if source else None
        if made is None:
            _plain_copy(layout, copy)
            made = _load(copy, layout, numbers)
        if made is None:
            raise _culprit(layout, numbers)
        out = np.full((len(made), len(places)), np.nan)
        for column, place in enumerate(places):
            if place in numbers:
                out[:, column] = made[:, numbers.index(place)]
            else:
                out[:, column] = _moments_s(copy if copy.exists() else layout.path, layout, place, copy.exists())
    out[~np.isfinite(out)] = np.nan
    return out


def _load(source: Path, layout: Layout, places: Sequence[int]) -> np.ndarray | None:
    """Columns [n, len(places)] of a file that numpy understands; None where a cell or a row is not as it should be."""
    copied = source != layout.path
    skip = 0 if copied else layout.above
    width = len(layout.columns)
    use: list[int] | None = [*places]
    if layout.delimiter is None:
        use = None
    elif layout.columns[-1].kind == "number":
        use = [*places, width - 1]  # so that a row that is too short is an error
    try:
        table = np.loadtxt(
            source, delimiter=layout.delimiter, skiprows=skip, usecols=use, ndmin=2, comments=None, quotechar=None,
            encoding="utf-8" if copied else layout.encoding,
        )  # fmt: skip
    except ValueError:
        return None
    if layout.delimiter is None:
        return table[:, list(places)] if table.shape[1] == width else None
    long = _count(source, skip, layout.delimiter.encode()) != len(table) * (width - 1)
    return None if long else table[:, : len(places)]


def _count(source: Path, skip: int, mark: bytes) -> int:
    """How often a mark is in the table of a file."""
    with source.open("rb") as file:
        for _ in range(skip):
            file.readline()
        return sum(chunk.count(mark) for chunk in iter(lambda: file.read(CHUNK), b""))


def _moments_s(source: Path, layout: Layout, place: int, copied: bool) -> np.ndarray:
    """Seconds [n] from the first of a column of dates, or of times of day."""
    words = np.loadtxt(
        source, str, delimiter=layout.delimiter, skiprows=0 if copied else layout.above, usecols=place, ndmin=1,
        comments=None, encoding="utf-8" if copied else layout.encoding,
    )  # fmt: skip
    texts = []
    for row, word in enumerate(words.tolist()):
        text = word.strip().strip('"').rstrip("Z").replace(",", ".").replace(" ", "T")
        if text.lower() not in MISSING and not MOMENT.fullmatch(word.strip()):
            raise TableError(
                f"{layout.path}, row {row + 1} of the table, column {layout.columns[place]}: '{word[:40]}' is no time"
                " like 2024-05-17 13:56:00.015 or 13:56:00.015. Correct it, or leave the column out and say --rate."
            )
        day = "" if "T" in text else "1970-01-01T" + "0" * (text.find(":") == 1)
        texts.append("NaT" if text.lower() in MISSING else day + text)
    moments = np.array(texts, dtype="datetime64[ns]")
    first = moments[~np.isnat(moments)][:1]
    elapsed = (moments - (first[0] if len(first) else np.datetime64("NaT"))) / np.timedelta64(1, "s")
    return np.asarray(elapsed, dtype=float)


def _plain_copy(layout: Layout, copy: Path) -> None:
    """The table as numpy reads it: UTF-8, no header, decimal points, no quotes, "nan" where nothing is known."""
    with copy.open("wb") as out:
        if layout.quoted:
            for _, cells in _rows(layout):
                told = [("nan" if cell.lower() in MISSING else cell).replace(",", ".") for cell in cells]
                out.write(((layout.delimiter or " ").join(told) + "\n").encode())
            return
        with layout.path.open(encoding=layout.encoding, errors="replace") as file:
            for _ in range(layout.above):
                file.readline()
            while chunk := file.read(CHUNK) + file.readline():
                table = chunk.encode()
                out.write(_filled(table.replace(b",", b".") if layout.decimal == "," else table, layout.delimiter))


def _filled(table: bytes, delimiter: str | None) -> bytes:
    """Whole lines with "nan" in every cell that holds nothing, or a word for it."""
    words = b"|".join(re.escape(word.encode()) for word in sorted(MISSING - {""}, key=len, reverse=True))
    if delimiter is None:
        return re.sub(rb"(?<!\S)(?:" + words + rb")(?!\S)", b"nan", table, flags=re.I)
    mark = delimiter.encode()
    plain = not table.translate(None, b"0123456789.eE+-\n" + mark)
    if plain and not any(lone in table for lone in (mark + b"-" + mark, mark + b"-\n", b"-" + mark, b"--")):
        # The expression below takes a minute for an hour at 1 kHz, these a second.
        empty = mark + b"nan" + mark
        table = table.replace(mark + mark, empty).replace(mark + mark, empty).replace(mark + b"\n", mark + b"nan\n")
        table = table.replace(b"\n" + mark, b"\nnan" + mark)
        table = table + b"nan" if table.endswith(mark) else table
        return b"nan" + table if table.startswith(mark) else table
    edge = re.escape(mark)
    first = rb"(?:(?<=" + edge + rb")|^) *(?:" + words + rb")? *(?=" + edge + rb")"
    last = rb"(?<=" + edge + rb") *(?:" + words + rb")? *$"
    return re.sub(first + rb"|" + last, b"nan", table, flags=re.I | re.M)


def _rows(layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Line number from 1 and cells of each row of the table."""
    with layout.path.open(encoding=layout.encoding, errors="replace", newline="") as file:
        for number, line in enumerate(file, 1):
            if number > layout.above and line.strip():
                yield number, split(line.rstrip("\r\n"), layout.delimiter)


def _culprit(layout: Layout, places: Sequence[int]) -> TableError:
    """What is wrong in the table, with its line."""
    width = len(layout.columns)
    for number, cells in _rows(layout):
        if len(cells) != width:
            return TableError(
                f"{layout.path}, line {number}: {len(cells)} cells, where the table has {width} columns. Mend or"
                " delete that line."
            )
        for place in places:
            if cells[place].lower() not in MISSING and not is_number(cells[place], layout.decimal):
                return TableError(
                    f"{layout.path}, line {number}, column {layout.columns[place]}: '{cells[place][:40]}' is no number."
                    " Correct that cell, or leave it empty if the value is not known."
                )
    return TableError(f"{layout.path} can't be read as a table of {width} columns: export it again as CSV.")


def line_of(layout: Layout, row: int) -> int:
    """The line in the file, from 1, of a row of the table from 0 (lines left blank within the table not counted)."""
    return layout.above + row + 1
