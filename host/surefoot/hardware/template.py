# SPDX-License-Identifier: MIT
"""`surefoot hardware template`: one insole to cut out, at true scale, with its eight cells."""

from __future__ import annotations

import argparse
import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import sheet

if TYPE_CHECKING:
    from .outline import Insole

NAME = "template"
HELP = "an insole to cut out, with its cells, at true scale"
DESCRIPTION = """\
Draw one insole seen from above: the cut, the eight pucks, the groove for the leads. Long insoles come on two sheets.
"""
SAFE_MM = 2.0  # between the cut and the end of the window
OVERLAP_MM, RULER_STRIP_MM = 30.0, 14.0
LEFT_MM, COLUMN_GAP_MM = 10.0, 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--eu-size", type=int, metavar="N", help="EU shoe size, 34 to 50")
    size.add_argument("--foot-length-mm", type=float, metavar="MM", help="or the bare foot, heel to longest toe")
    parser.add_argument("--side", choices=("left", "right"), required=True)
    parser.add_argument("--out", type=Path, metavar="FILE.pdf", help="a new file (default: insole-SIZE-SIDE.pdf)")
    sheet.add_paper(parser, "a4", "letter")


def run(args: argparse.Namespace) -> int:
    from .outline import insole, size_for

    size = args.eu_size if args.eu_size is not None else size_for(args.foot_length_mm)
    out = args.out or Path(f"insole-{size}-{args.side}.pdf")
    shape = insole(size, args.side)
    pages = draw(shape, sheet.PAPERS[args.paper])
    sheet.write(out, pages, f"Surefoot insole EU {size} {args.side}")
    if args.json:
        print(json.dumps(_facts(shape, out, args.paper, len(pages))))
        return 0
    count = "1 sheet" if len(pages) == 1 else f"{len(pages)} sheets to join"
    print(f"{out}: {args.side} insole EU {size}, {shape.length_mm:.1f} mm long, {count} of {args.paper}.")
    print(f"{sheet.PRINT_RULE} Then measure both printed scales: 100 mm each.")
    return 0


def _facts(shape: Insole, out: Path, paper: str, pages: int) -> dict[str, Any]:
    return {
        "format": 1,
        "kind": "surefoot-hardware-template",
        "file": str(out),
        "eu_size": shape.eu_size,
        "side": shape.side,
        "insole_length_mm": round(shape.length_mm, 2),
        "paper": paper,
        "pages": pages,
        "cells": [
            {"name": name, "place": place, "x_mm": round(x, 2), "y_mm": round(y, 2)}
            for name, place, (x, y) in zip(shape.names, shape.places, shape.cells_mm.tolist(), strict=True)
        ],
    }


def draw(shape: Insole, paper: sheet.Paper) -> list[sheet.Page]:
    """The insole on one sheet of this paper or two, heel first."""
    low, high = -shape.length_mm / 2 - SAFE_MM, shape.length_mm / 2 + SAFE_MM
    room, bottom = paper.height_mm - 2 * sheet.EDGE_MM, sheet.EDGE_MM
    joint_mm = float(shape.cells_mm[4:6, 1].mean())  # between two rows of pucks
    spans = [(low, high)]
    if high - low > room:
        room, bottom = room - RULER_STRIP_MM, bottom + RULER_STRIP_MM
        spans = [(low, joint_mm + OVERLAP_MM / 2), (joint_mm - OVERLAP_MM / 2, high)]
    if max(end - start for start, end in spans) > room:
        raise sheet.HardwareError(f"An insole of {shape.length_mm:.0f} mm doesn't fit on two sheets of {paper.name}.")
    x = shape.outline_mm[:, 0]
    across = (x.min() - SAFE_MM, x.max() - x.min() + 2 * SAFE_MM)
    pages = []
    for number, (start, end) in enumerate(spans):
        page = sheet.page(paper)
        view = page.view(LEFT_MM, bottom, across[1], end - start, across[0], start)
        _insole(view, shape)
        if len(spans) > 1:
            _joint(view, shape, joint_mm, cut=number == 1)
        sheet.rulers(page)
        _words(page, shape, LEFT_MM + across[1] + COLUMN_GAP_MM, number, len(spans))
        pages.append(page)
    return pages


def _joint(view: Any, shape: Insole, y_mm: float, cut: bool) -> None:
    reach = 0.1 * shape.length_mm
    for x, name in ((-reach, "A"), (reach, "B")):
        sheet.cross(view, x, y_mm, name)
    if cut:
        sheet.line(view, (-200, y_mm), (200, y_mm), colour=sheet.MARK, width_pt=0.6, style=(0, (6, 3)))
        sheet.text(view, 0, y_mm - 4, "cut sheet 2 along this line", 6, ha="center", color=sheet.MARK)


def _insole(view: Any, shape: Insole) -> None:
    from matplotlib.patches import Circle

    half, out = shape.length_mm / 2, shape.outward
    sheet.line(view, *map(tuple, shape.outline_mm.tolist()), width_pt=1.0)
    sheet.line(view, (0, -half), (0, half), colour=sheet.PALE, width_pt=0.4, style=(0, (8, 3, 1, 3)))
    for path in _grooves(shape):
        sheet.line(view, *path, colour=sheet.CUT, width_pt=0.6, style=(0, (4, 2)))
    for name, (x, y) in zip(shape.names, shape.cells_mm.tolist(), strict=True):
        view.add_patch(
            Circle((x, y), shape.puck_mm / 2, facecolor="white", edgecolor=sheet.INK, linewidth=0.7, zorder=3)
        )
        sheet.line(view, (x - 3, y), (x + 3, y), width_pt=0.4)
        sheet.line(view, (x, y - 3), (x, y + 3), width_pt=0.4)
        for drawn in view.lines[-2:]:
            drawn.set_zorder(4)
        sheet.text(view, x, y + 6, name, 11, ha="center", weight="bold", zorder=4)
    size, between = shape.length_mm, float(shape.cells_mm[2:4, 1].mean())
    for x, words in ((-out, "inside\n(big toe)"), (out, "outside")):
        sheet.text(view, 0.085 * size * x, between, words, 7, ha="center", va="center", color=sheet.PALE)
    for end, words in ((half, "TOES"), (-half, "HEEL")):
        rim = max(shape.cells_mm[:, 1] * end) / end + shape.puck_mm / 2 * end / half
        sheet.text(view, 0, (end + rim) / 2, words, 7, ha="center", va="center")
    x, y = map(float, shape.exit_mm)
    sheet.text(view, -0.5 * x, y, f"{shape.side} {shape.eu_size}", 9, ha="center", va="center", weight="bold")
    sheet.text(view, x - out * 3, y, "leads out", 6, ha="right" if out > 0 else "left", va="center", color=sheet.CUT)


def _grooves(shape: Insole) -> list[list[tuple[float, float]]]:
    """Both edges of the groove along the middle and out to the ankle, as one broken line each."""
    half, out = shape.groove_mm / 2, shape.outward
    toe_y, heel_y = float(shape.cells_mm[:, 1].max()), float(shape.cells_mm[:, 1].min())
    x, y = map(float, shape.exit_mm)
    return [
        [(-out * half, toe_y), (-out * half, heel_y)],
        [(out * half, toe_y), (out * half, y + half), (x, y + half)],
        [(x, y - half), (out * half, y - half), (out * half, heel_y)],
    ]


def _words(page: sheet.Page, shape: Insole, x_mm: float, number: int, count: int) -> None:
    """The column beside the insole: what this is and what to do, in reading order."""
    wide = int((page.size.width_mm - sheet.EDGE_MM - x_mm) / 1.42)
    y = page.size.height_mm - sheet.EDGE_MM - 6
    for size, step, words in (
        (17, 8, f"{shape.side.capitalize()} insole"),
        (17, 9, f"EU {shape.eu_size}"),
        (8, 4.6, f"{shape.length_mm:.1f} mm from heel to toes, seen from above (foot side)"),
        (8, 8, f"sheet {number + 1} of {count}" + ("" if count == 1 else ": join A on A and B on B")),
    ):
        for part in textwrap.wrap(words, max(12, int(wide * 8 / size))):
            sheet.text(page.paper, x_mm, y, part, size, weight="bold" if size > 9 else "normal")
            y -= step
    for i, words in enumerate(_steps(shape, count), 1):
        for j, part in enumerate(textwrap.wrap(words, wide - 3)):
            sheet.text(page.paper, x_mm, y, f"{i}." if j == 0 else "", 7)
            sheet.text(page.paper, x_mm + 4, y, part, 7)
            y -= 3.3
        y -= 1.2
    y -= 3
    for name, x, along, place in (
        ("cell", "x mm", "y mm", "place"),
        *(
            (name, f"{x:+.1f}", f"{y_mm:+.1f}", place)
            for name, place, (x, y_mm) in zip(shape.names, shape.places, shape.cells_mm.tolist(), strict=True)
        ),
    ):
        for left, words, side in ((0, name, "left"), (20, x, "right"), (34, along, "right"), (38, place, "left")):
            sheet.text(page.paper, x_mm + left, y, words, 7, ha=side, weight="bold" if name == "cell" else "normal")
        y -= 3.6
    sheet.text(
        page.paper, x_mm, y - 1, "x to the right, y to the toes, from the middle of the length", 6, color=sheet.PALE
    )


def _steps(shape: Insole, count: int) -> list[str]:
    joining = "Cut sheet 2 along its dashed line, lay it on sheet 1 so that the crosses meet, tape. "
    return [
        f"{sheet.PRINT_RULE} Lay a steel rule on both scales: 100 mm each, or print again.",
        (joining if count > 1 else "")
        + f"Measure the dash-dotted middle line: {shape.length_mm:.1f} mm within 0.5 mm.",
        "Cut along the outer line; draw it onto base and cover, foot side up. Trim to the shoe only where no puck comes"
        f" nearer to the edge than 2 mm. Write \u201c{shape.side} {shape.eu_size}\u201d underneath.",
        "Prick the eight centres through the paper into the base. A centre that is off by 1 mm moves the centre of"
        " pressure by up to 1 mm.",
        f"Cut the dashed groove, {shape.groove_mm:g} mm wide, into the base only: leads lie in it, below what a puck"
        " rests on, and leave at the outer ankle.",
        "Stick one cell on each centre, its tail to the groove, never kinked. Glue a puck over it, centred.",
    ]
