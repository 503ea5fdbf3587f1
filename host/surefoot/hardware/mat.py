# SPDX-License-Identifier: MIT
"""`surefoot hardware mat`: where the feet stand, at true scale, by the same placement that the measures use."""

from __future__ import annotations

import argparse
import json
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, cos, hypot, radians, sin
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import sheet

if TYPE_CHECKING:
    import numpy as np

NAME = "mat"
HELP = "the foot mat of standing trials, at true scale"
DESCRIPTION = """\
Draw the foot mat: two heel marks, two foot lines, and scales from which any other placement is read. Without numbers it
is the placement of the test `quiet-stance`. It comes on several sheets to join.
"""
PROTOCOL = "quiet-stance"
FAN_DEG, FAN_STEP_DEG = 20, 5
OVERLAP_MM, STRIP_MM = 20.0, 15.0  # the strip below and to the right holds the scales
BEHIND_MM, AROUND_MM, AHEAD_MM = 32.0, 14.0, 16.0
MOST_HEEL_MM, MOST_ANGLE_DEG = 400.0, 30.0
FEET = ("left", "right")


@dataclass(frozen=True, eq=False)
class Stance:
    """Where two feet stand, in mm: heel points [2,2] and toe ends of the foot lines [2,2] (left, right), body frame."""

    heel_distance_mm: float
    foot_angle_deg: float
    foot_length_mm: float
    heels_mm: np.ndarray
    toes_mm: np.ndarray
    outlines_mm: tuple[np.ndarray, np.ndarray]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="FILE.pdf", help="a new file (default: mat.pdf)")
    parser.add_argument(
        "--heel-distance-mm", type=float, metavar="MM", help="between the middles of the heels' back edges"
    )
    parser.add_argument("--foot-angle-deg", type=float, metavar="DEG", help="each foot turned outward")
    parser.add_argument("--foot-length-mm", type=float, metavar="MM", help="how long the foot lines are")
    sheet.add_paper(parser, "a4", "letter", "a3")


def run(args: argparse.Namespace) -> int:
    heel, angle = default_placement()
    heel = heel if args.heel_distance_mm is None else args.heel_distance_mm
    angle = angle if args.foot_angle_deg is None else args.foot_angle_deg
    where = stance(heel, angle, args.foot_length_mm)
    pages = draw(where, sheet.PAPERS[args.paper])
    out = args.out or Path("mat.pdf")
    sheet.write(out, pages, f"Surefoot foot mat {heel:g} mm {angle:g} deg")
    if args.json:
        facts = {
            "format": 1, "kind": "surefoot-hardware-mat", "file": str(out),
            "paper": args.paper, "pages": len(pages),
            "heel_distance_mm": heel, "foot_angle_deg": angle, "foot_length_mm": where.foot_length_mm,
            "heels_mm": where.heels_mm.round(2).tolist(), "toes_mm": where.toes_mm.round(2).tolist(),
        }  # fmt: skip
        print(json.dumps(facts))
        return 0
    print(f"{out}: heels {heel:g} mm apart, feet turned out by {angle:g} degrees, {len(pages)} sheets to join.")
    print(f"{sheet.PRINT_RULE} Then measure both printed scales: 100 mm each.")
    return 0


def default_placement() -> tuple[float, float]:
    """Heel distance [mm] and angle [deg] that the standing test asks for."""
    from surefoot import resources

    path = resources.data_dir("protocols") / f"{PROTOCOL}.toml"
    placement = tomllib.loads(path.read_text("utf-8"))["placement"]
    return float(placement["heel_distance_mm"]), float(placement["foot_angle_deg"])


def stance(heel_distance_mm: float, foot_angle_deg: float, foot_length_mm: float | None = None) -> Stance:
    """The feet by `placement.place_feet`; without a length, on the reference insole."""
    import numpy as np

    from surefoot import cells
    from surefoot.placement import place_feet

    from .outline import curve_mm

    length_mm = cells.load(foot_length_mm).foot_length_mm
    rotation, translation = place_feet(heel_distance_mm * 1e-3, foot_angle_deg, foot_angle_deg, length_mm * 1e-3)
    if heel_distance_mm > MOST_HEEL_MM or not 0 <= foot_angle_deg <= MOST_ANGLE_DEG:
        raise sheet.HardwareError(
            f"A mat for {heel_distance_mm:g} mm and {foot_angle_deg:g} degrees can't be drawn: heels are at most"
            f" {MOST_HEEL_MM:g} mm apart, angles from 0 to {MOST_ANGLE_DEG:g} degrees."
        )

    def on_floor(foot: int, points_mm: Any) -> np.ndarray:
        return np.asarray(points_mm) @ rotation[foot].T + 1e3 * translation[foot]

    heels, toes = (np.stack([on_floor(foot, (0, end * length_mm / 2)) for foot in range(2)]) for end in (-1, 1))
    outlines = tuple(on_floor(foot, curve_mm(length_mm, FEET[foot])) for foot in range(2))
    return Stance(heel_distance_mm, foot_angle_deg, length_mm, heels, toes, (outlines[0], outlines[1]))


def draw(where: Stance, paper: sheet.Paper) -> list[sheet.Page]:
    """The mat on as few sheets as hold it, upright or lying; from the lower left, row by row."""
    fan = radians(max(FAN_DEG, where.foot_angle_deg))
    half = max(
        where.heel_distance_mm / 2 + where.foot_length_mm * sin(fan),
        *(float(abs(outline[:, 0]).max()) for outline in where.outlines_mm),
    )
    x_span, y_span = (-half - AROUND_MM, half + AROUND_MM), (-BEHIND_MM, where.foot_length_mm + AHEAD_MM)

    def spans(size: sheet.Paper) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        wide, high = size.width_mm - 2 * sheet.EDGE_MM - STRIP_MM, size.height_mm - 2 * sheet.EDGE_MM - STRIP_MM
        return sheet.tiles(*x_span, wide, OVERLAP_MM), sheet.tiles(*y_span, high, OVERLAP_MM)

    size = min((paper, paper.turned()), key=lambda one: len(spans(one)[0]) * len(spans(one)[1]))
    columns, rows = spans(size)
    marks = _marks(columns, rows)
    pages = []
    for row, (bottom, top) in enumerate(rows):
        for column, (left, right) in enumerate(columns):
            page = sheet.page(size)
            view = page.view(sheet.EDGE_MM, sheet.EDGE_MM + STRIP_MM, right - left, top - bottom, left, bottom)
            _mat(view, where)
            for x, y, name in marks:
                sheet.cross(view, x, y, name)
            for index, edges, across in ((column, columns, False), (row, rows, True)):
                if index:
                    at = (edges[index][0] + edges[index - 1][1]) / 2
                    ends = ((-999, at), (999, at)) if across else ((at, -999), (at, 999))
                    sheet.line(view, *ends, colour=sheet.MARK, width_pt=0.6, style=(0, (6, 3)))
            sheet.rulers(page)
            _strip(page, where, row * len(columns) + column + 1, len(rows) * len(columns))
            pages.append(page)
    return pages


def _marks(columns: list[tuple[float, float]], rows: list[tuple[float, float]]) -> list[tuple[float, float, str]]:
    """Two crosses on each seam between two sheets, each with a letter of its own."""
    places = []
    for (_, end), (start, _) in pairwise(columns):
        places += [((end + start) / 2, low + share * (high - low)) for low, high in rows for share in (0.25, 0.75)]
    for (_, end), (start, _) in pairwise(rows):
        places += [(low + share * (high - low), (end + start) / 2) for low, high in columns for share in (0.25, 0.75)]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return [(x, y, letters[i % len(letters)]) for i, (x, y) in enumerate(places)]


def _mat(view: Any, where: Stance) -> None:
    half, length = where.heel_distance_mm / 2, where.foot_length_mm
    sheet.line(view, (0, -999), (0, 999), colour=sheet.PALE, width_pt=0.5, style=(0, (8, 3, 1, 3)))
    sheet.text(view, 2, length - 4, "forward", 7, color=sheet.PALE)
    for outline in where.outlines_mm:
        sheet.line(view, *map(tuple, outline.tolist()), colour=sheet.PALE, width_pt=0.5)
    _heel_scale(view, half)
    for foot, side in enumerate((-1, 1)):
        heel, toe = where.heels_mm[foot], where.toes_mm[foot]
        _fan(view, heel, side, length, where.foot_angle_deg)
        sheet.line(view, tuple(heel), tuple(toe), width_pt=1.4)
        _lengths(view, heel, toe, side)
        sheet.line(view, (heel[0] - 22, 0), (heel[0] + 22, 0), width_pt=2.0)
        sheet.line(view, (heel[0], -6), (heel[0], 6), width_pt=1.0)
        sheet.text(view, heel[0], 12, FEET[foot].upper(), 12, ha="center", weight="bold", backgroundcolor="white")


def _heel_scale(view: Any, half: float) -> None:
    """Millimetres from the middle line along the line of the heels: left and right reading make the heel distance."""
    reach = 10 * ceil((half + 60) / 10)
    sheet.line(view, (-reach, 0), (reach, 0), width_pt=0.4)
    deep = {mm: 4.0 if mm % 10 == 0 else 2.5 if mm % 5 == 0 else 1.2 for mm in range(-reach, reach + 1)}
    sheet.strokes(view, (((mm, 0), (mm, -out)) for mm, out in deep.items()), width_pt=0.3)
    for mm in range(-(reach // 20) * 20, reach + 1, 20):
        sheet.text(view, mm, -8, str(abs(mm)), 6, ha="center")
    sheet.text(
        view, 3, -14, "heel distance = left reading + right reading, at the middles of the heels\u2019 back edges", 6.5
    )
    sheet.text(view, 3, -18, f"drawn here: {half:g} + {half:g} = {2 * half:g} mm", 6.5)


def _fan(view: Any, heel: Any, side: int, length: float, angle_deg: float) -> None:
    """Degrees outward about the heel point, every degree a tick at the toes' end."""
    most = max(FAN_DEG, FAN_STEP_DEG * ceil(angle_deg / FAN_STEP_DEG))

    def at(deg: float, radius: float) -> tuple[float, float]:
        return heel[0] + side * radius * sin(radians(deg)), heel[1] + radius * cos(radians(deg))

    radius = 0.97 * length
    sheet.line(view, *(at(deg, radius) for deg in range(most + 1)), width_pt=0.4)
    long = {deg: 2.5 if deg % FAN_STEP_DEG else 5.0 for deg in range(most + 1)}
    sheet.strokes(view, ((at(deg, radius), at(deg, radius + out)) for deg, out in long.items()))
    for deg in range(0, most + 1, FAN_STEP_DEG):
        sheet.line(view, at(deg, 0.3 * length), at(deg, radius), colour=sheet.CUT, width_pt=0.35)
        sheet.text(view, *at(deg, radius + 7), f"{deg}\u00b0", 7, ha="center", color=sheet.CUT)


def _lengths(view: Any, heel: Any, toe: Any, side: int) -> None:
    """Every centimetre of the foot line, from its heel point."""
    along = (toe - heel) / hypot(*(toe - heel))
    out = (side * along[1], -side * along[0])
    for cm in range(18, int(hypot(*(toe - heel)) // 10) + 1):
        x, y = heel + 10 * cm * along
        sheet.line(view, (x, y), (x + 2.5 * out[0], y + 2.5 * out[1]), width_pt=0.5)
        if cm % 2 == 0:
            sheet.text(view, x + 4 * out[0], y + 4 * out[1], f"{10 * cm}", 5.5, ha="center", va="center")


def _strip(page: sheet.Page, where: Stance, number: int, count: int) -> None:
    title = f"Foot mat: {where.heel_distance_mm:g} mm, {where.foot_angle_deg:g}\u00b0     sheet {number} of {count}"
    sheet.text(page.paper, sheet.EDGE_MM, sheet.EDGE_MM + 9, title, 8, weight="bold")
    room = page.size.width_mm - 2 * sheet.EDGE_MM - sheet.RULER_MM - 10
    lines = [sheet.PRINT_RULE, "Cut along dashed lines, lay crosses of one letter on each other, tape to the floor."]
    for i, words in enumerate(lines):
        sheet.text(page.paper, sheet.EDGE_MM, sheet.EDGE_MM + 5 - 3.4 * i, words, 6.5 if room > 100 else 5)
