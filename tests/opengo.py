# SPDX-License-Identifier: MIT
"""The real insole walk of /shared/data: a text export on its grid of rows, and its maker's report beside it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from test_insole_walk import LENGTH_MM, WIDTH_MM, identify, read

RATE_HZ = 100.0
FEET = ("left", "right")


def loads(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Cell forces [n,2,16] N, total force [n,2] N, CoP [n,2,2] m (ml, ap) and cells' places [2,16,2] in shares of the
    length; rows that were lost are NaN."""
    lines = [line for line in (folder / "insole-walk" / "normal.txt").read_text().splitlines() if line]
    rows = [line.split("\t")[:51] for line in lines if not line.startswith("#")]
    values = np.full((round(float(rows[-1][0]) * RATE_HZ) + 1, 51), np.nan)
    for row in rows:
        values[round(float(row[0]) * RATE_HZ), : len(row)] = [float(cell) if cell.strip() else np.nan for cell in row]
    cell_n, force_n = np.empty((len(values), 2, 16)), np.empty((len(values), 2))
    cop_m, places = np.empty((len(values), 2, 2)), np.empty((2, 16, 2))
    fitted = read(folder)
    for foot, (side, first) in enumerate(zip(FEET, (1, 26), strict=True)):
        area, place, _, _ = identify(*fitted[side])
        outward = 1 if side == "left" else -1  # the maker's across is medial: to the right on a left foot
        cell_n[:, foot] = values[:, first : first + 16] * area
        force_n[:, foot] = values[:, first + 22]
        cop_m[:, foot] = values[:, [first + 24, first + 23]] * (outward * WIDTH_MM * 1e-3, LENGTH_MM * 1e-3)
        places[foot] = place * (outward * WIDTH_MM / LENGTH_MM, 1)
    return cell_n, force_n, cop_m, places


def reported(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Initial contact, toe-off [s], and start and end of the gait line along the foot [k,4], of each foot."""
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    out = []
    with zipfile.ZipFile(folder / "insole-walk" / "normal-report.xlsx") as book:
        for sheet in ("sheet2", "sheet3"):
            rows = list(ElementTree.fromstring(book.read(f"xl/worksheets/{sheet}.xml")).iter(f"{name}row"))[1:]
            cells = [[cell.find(f"{name}v") for cell in row] for row in rows]
            out.append(np.array([[float(row[k].text) for k in (1, 2, 3, 5)] for row in cells]))  # type: ignore[union-attr]
    return out[0], out[1]
