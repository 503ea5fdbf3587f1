# SPDX-License-Identifier: MIT
"""What lies on a printed page, read back from the PDF's own bytes in mm: lines, circles and windows.

It knows nothing of matplotlib's figures: paths are taken from the content streams (PDF 32000-1,
8.5), 72 points an inch.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field

import numpy as np

MM = 25.4 / 72
TOKEN = re.compile(rb"\((?:\\.|[^\\)])*\)|<[0-9A-Fa-f\s]*>|\[|\]|/[^\s/\[\]()<>]+|[^\s/\[\]()<>]+")


@dataclass
class Stroke:
    """One path: corners [n,2] in mm, line width [pt], the window (x0, y0, x1, y1) that shows it."""

    points: np.ndarray
    width_pt: float
    window: tuple[float, float, float, float] | None
    curved: bool

    @property
    def box(self) -> tuple[float, float, float, float]:
        return *self.points.min(0), *self.points.max(0)


@dataclass
class Sheet:
    width_mm: float
    height_mm: float
    strokes: list[Stroke] = field(default_factory=list)

    def circles(self) -> list[tuple[float, float, float]]:
        """Centre and diameter of each circle, as drawn."""
        found = []
        for stroke in self.strokes:
            x0, y0, x1, y1 = stroke.box
            if stroke.curved and abs((x1 - x0) - (y1 - y0)) < 1e-3:
                found.append(((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0))
        return found

    def segments(self, width_pt: float | None = None) -> list[Stroke]:
        """Straight lines from one point to another."""
        return [
            s for s in self.strokes
            if len(s.points) == 2 and not s.curved and (width_pt is None or abs(s.width_pt - width_pt) < 1e-6)
        ]  # fmt: skip


def read(pdf: bytes) -> list[Sheet]:
    """All pages."""
    objects = {int(number): body for number, body in re.findall(rb"(?s)(?:^|\n)(\d+) 0 obj\r?\n(.*?)\r?\nendobj", pdf)}
    kids = re.search(rb"/Kids \[(.*?)\]", next(body for body in objects.values() if b"/Type /Pages" in body), re.S)
    assert kids
    return [_page(objects, objects[int(n)]) for n in re.findall(rb"(\d+) 0 R", kids.group(1))]


def _page(objects: dict[int, bytes], page: bytes) -> Sheet:
    box = re.search(rb"/MediaBox \[([^\]]*)\]", page)
    contents = re.search(rb"/Contents (\d+) 0 R", page)
    assert box
    assert contents
    left, bottom, right, top = map(float, box.group(1).split())
    assert (left, bottom) == (0, 0)
    head, _, rest = objects[int(contents.group(1))].partition(b"stream\n")
    data = rest.partition(b"\nendstream")[0]
    sheet = Sheet(right * MM, top * MM)
    _run(zlib.decompress(data) if b"FlateDecode" in head else data, sheet)
    return sheet


def _run(stream: bytes, sheet: Sheet) -> None:
    matrix, width, window = np.eye(3), 1.0, None
    stack: list[tuple] = []
    numbers: list[float] = []
    path: list[tuple[float, float]] = []
    curved = False

    def place(points: list[tuple[float, float]]) -> np.ndarray:
        return (np.column_stack((points, np.ones(len(points)))) @ matrix)[:, :2] * MM

    for token in TOKEN.findall(stream):
        word = token.decode("latin-1")
        try:
            numbers.append(float(word))
            continue
        except ValueError:
            pass
        if word == "q":
            stack.append((matrix, width, window))
        elif word == "Q":
            matrix, width, window = stack.pop()
        elif word == "cm":
            a, b, c, d, e, f = numbers[-6:]
            matrix = np.array(((a, b, 0), (c, d, 0), (e, f, 1))) @ matrix
        elif word == "w":
            width = numbers[-1]
        elif word in ("m", "l"):
            path.append((numbers[-2], numbers[-1]))
        elif word == "c":
            curved = True
            path.append((numbers[-2], numbers[-1]))
        elif word == "re":
            x, y, w, h = numbers[-4:]
            path += [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
        elif word == "W":
            low, high = place(path).min(0), place(path).max(0)
            window = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        elif word in ("S", "s", "f", "B", "b", "n"):
            if path and word != "n":
                sheet.strokes.append(Stroke(place(path), width, window, curved))
            path, curved = [], False
        elif word == "Do":
            path, curved = [], False
        numbers = []


def scales_ok(sheet: Sheet, length_mm: float = 100, within_mm: float = 0.01) -> bool:
    """Whether one level and one upright line of this length lie in the lower right corner: the printed rulers."""
    spans = [
        np.abs(np.diff(s.points, axis=0)[0]) for s in sheet.segments(0.5) if s.points[:, 0].max() > sheet.width_mm - 20
    ]
    level = any(abs(x - length_mm) < within_mm and y < within_mm for x, y in spans)
    upright = any(abs(y - length_mm) < within_mm and x < within_mm for x, y in spans)
    return level and upright


def seen(stroke: Stroke, points: np.ndarray) -> np.ndarray:
    """Which points [n,2] of the page lie in the window that shows this stroke."""
    if stroke.window is None:
        return np.ones(len(points), bool)
    x0, y0, x1, y1 = stroke.window
    return (points[:, 0] >= x0) & (points[:, 0] <= x1) & (points[:, 1] >= y0) & (points[:, 1] <= y1)


def away(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Distance of each point [n,2] from a line through corners [m,2]."""
    start, step = line[:-1], np.diff(line, axis=0)
    reach = np.maximum((step**2).sum(1), 1e-12)
    share = np.clip(((points[:, None] - start) * step).sum(-1) / reach, 0, 1)
    gap = start + share[..., None] * step - points[:, None]
    return np.hypot(gap[..., 0], gap[..., 1]).min(1)
