# SPDX-License-Identifier: MIT
"""`surefoot hardware enclosure`: dimensioned drawings of the two boxes, and OpenSCAD text to print them from."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import sheet

NAME = "enclosure"
HELP = "drawings of the boxes at waist and ankle"
DESCRIPTION = """\
Draw the waist box with its belt clip and the ankle box with its strap, from one table of dimensions, once that table
passes the rules of fit. --scad writes OpenSCAD text beside it, from which they are printed.
"""
VIEW_GAP_MM, TOP_MM = 24.0, 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="FILE.pdf", help="a new file (default: boxes.pdf)")
    parser.add_argument("--scad", type=Path, metavar="FILE.scad", help="a new file for OpenSCAD")
    sheet.add_paper(parser, "a4", "letter")


def run(args: argparse.Namespace) -> int:
    from . import enclosure_fit, enclosure_scad

    boxes = enclosure_fit.table()
    enclosure_fit.must_fit(boxes)
    if args.scad and args.scad.exists():
        raise sheet.HardwareError(f"{args.scad} is there already: choose another name, or take that file away first.")
    pages = draw(boxes, sheet.PAPERS[args.paper])
    out = args.out or Path("boxes.pdf")
    sheet.write(out, pages, "Surefoot boxes")
    if args.scad:
        sheet.write_new(args.scad, enclosure_scad.text(boxes).encode())
    outer = {name: [round(v, 2) for v in enclosure_fit.outer_mm(case)] for name, case in boxes["case"].items()}
    if args.json:
        facts = {"file": str(out), "scad": str(args.scad) if args.scad else None, "outer_mm": outer}
        print(json.dumps({"format": 1, "kind": "surefoot-hardware-enclosure", **facts}))
        return 0
    for name, (x, y, z) in outer.items():
        print(f"{name} box: {x:g} x {y:g} x {z:g} mm over all")
    print(f"{out}: {len(pages)} sheets at 1:1. {sheet.PRINT_RULE}")
    if args.scad:
        print(f"{args.scad}: open it in OpenSCAD and export for your printer.")
    return 0


def draw(boxes: Mapping[str, Any], paper: sheet.Paper) -> list[sheet.Page]:
    """One sheet a box: seen from the lid, from the side, from both ends; 1:1."""
    return [_sheet(case, boxes, paper) for case in boxes["case"].values()]


def _sheet(case: Mapping[str, Any], boxes: Mapping[str, Any], paper: sheet.Paper) -> sheet.Page:
    from .enclosure_fit import outer_mm

    page = sheet.page(paper)
    x, y, z = outer_mm(case)
    top = paper.height_mm - sheet.EDGE_MM
    sheet.text(page.paper, sheet.EDGE_MM + 4, top - 8, case["title"], 14, weight="bold")
    sheet.text(page.paper, sheet.EDGE_MM + 4, top - 14, f"all in mm, drawn 1:1. {sheet.PRINT_RULE}", 7.5)
    wing = case.get("strap", {}).get("wing_mm", 0.0)
    left = sheet.EDGE_MM + 20 + x / 2
    middle = top - TOP_MM - wing - y / 2
    _plan(page.paper, case, boxes, left, middle)
    behind = case["clip"]["gap_mm"] + case["clip"]["thickness_mm"] if "clip" in case else 0.0
    below = middle - y / 2 - wing - VIEW_GAP_MM - z
    _long_side(page.paper, case, left, below)
    beside = left + x / 2 + VIEW_GAP_MM + behind
    lower = middle - max(y, 60) - VIEW_GAP_MM - 6
    _end(page.paper, case, beside, middle, "-x")
    _end(page.paper, case, beside, lower, "+x")
    _words(page, case, boxes, lower - y / 2 - 20)
    sheet.rulers(page)
    return page


def _rect(axes: Any, x: float, y: float, wide: float, high: float, **style: Any) -> None:
    corners = ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y))
    sheet.line(axes, *corners, **style)


def dimension(axes: Any, a: tuple[float, float], b: tuple[float, float], off_mm: float, words: str = "") -> None:
    """A measure between two points on one upright or level line, drawn `off` away from them; its length is its text."""
    level = abs(a[1] - b[1]) < 1e-9
    length = abs(b[0] - a[0]) + abs(b[1] - a[1])
    out = (0.0, off_mm) if level else (off_mm, 0.0)
    (ax, ay), (bx, by) = ((p[0] + out[0], p[1] + out[1]) for p in (a, b))
    for p, q in ((a, (ax, ay)), (b, (bx, by))):
        sheet.line(axes, p, q, colour=sheet.CUT, width_pt=0.25)
    sheet.line(axes, (ax, ay), (bx, by), colour=sheet.CUT, width_pt=0.35)
    for x, y in ((ax, ay), (bx, by)):
        sheet.line(axes, (x - 0.9, y - 0.9), (x + 0.9, y + 0.9), colour=sheet.CUT, width_pt=0.6)
    turn = {"rotation": 0, "ha": "center", "va": "bottom"} if level else {"rotation": 90, "ha": "right", "va": "center"}
    dx, dy = (0, 0.5) if level else (-0.6, 0)
    sheet.text(axes, (ax + bx) / 2 + dx, (ay + by) / 2 + dy, f"{length:.4g}{words}", 6.5, color=sheet.CUT, **turn)


def _plan(axes: Any, case: Mapping[str, Any], boxes: Mapping[str, Any], cx: float, cy: float) -> None:
    """From the lid, lid off."""
    from matplotlib.patches import Circle

    from .enclosure_fit import WALLS, outer_mm

    x, y, _ = outer_mm(case)
    ix, iy, _ = case["inner_mm"]
    if "strap" in case:
        wing, (long, wide) = case["strap"]["wing_mm"], case["strap"]["slot_mm"]
        _rect(axes, cx - x / 2, cy - y / 2 - wing, x, y + 2 * wing)
        for sign in (-1, 1):
            off = y / 2 + wing - case["strap"]["rim_mm"] - wide / 2
            _rect(axes, cx - long / 2, cy + sign * off - wide / 2, long, wide)
        dimension(axes, (cx - long / 2, cy + off), (cx + long / 2, cy + off), 9, f" x {wide:g}")
        dimension(axes, (cx + x / 2, cy - y / 2 - wing), (cx + x / 2, cy + y / 2 + wing), 12)
    _rect(axes, cx - x / 2, cy - y / 2, x, y, width_pt=0.9)
    _rect(axes, cx - ix / 2, cy - iy / 2, ix, iy, width_pt=0.5)
    for name, part in case["parts"].items():
        (px, py, _), (wide, high, _) = part["at_mm"], part["size_mm"]
        style = {"colour": sheet.PALE, "width_pt": 0.5, "style": (0, (4, 2))}
        _rect(axes, cx + px, cy + py, wide, high, **style)
        row = {"carrier": 6, "shelf": 2.5, "cell": -6}.get(name, 0)
        sheet.text(axes, cx, cy + row, f"{name} {wide:g} x {high:g}", 6.5, ha="center", color="#5b6672")
    for px, py in case["bosses_mm"]:
        for across in (case["boss_mm"], boxes["screw"]["hole_mm"]):
            axes.add_patch(Circle((cx + px, cy + py), across / 2, fill=False, edgecolor=sheet.INK, linewidth=0.5))
    for px, py in case["pegs_mm"]:
        axes.add_patch(Circle((cx + px, cy + py), case["peg_mm"] / 2, fill=False, edgecolor=sheet.PALE, linewidth=0.5))
    for name, bar in case.get("reliefs", {}).items():
        (px, py), (wide, high, _) = bar["at_mm"], bar["size_mm"]
        _rect(axes, cx + px, cy + py, wide, high, width_pt=0.6)
        sheet.text(axes, cx + px - 1, cy + py + high / 2, name, 6, ha="right", va="center")
    for name, hole in case["openings"].items():
        through, sign = WALLS[hole["wall"]], -1 if hole["wall"][0] == "-" else 1
        at = [0.0, 0.0]
        at[through], at[1 - through] = sign * (case["inner_mm"][through] + case["wall_mm"]) / 2, hole["at_mm"][0]
        size = [0.0, 0.0]
        size[through], size[1 - through] = case["wall_mm"], hole["size_mm"][0]
        box = (cx + at[0] - size[0] / 2, cy + at[1] - size[1] / 2, *size)
        _fill(axes, *box)
        turn = 90 if through == 0 else 0
        inward = sign * 4 if "tied" in hole else -sign * (4 if through == 0 else 3.5)
        sheet.text(
            axes, cx + at[0] + (inward if through == 0 else 0), cy + at[1] + (inward if through else 0), name, 6.5,
            ha="center", va="center", rotation=turn,
        )  # fmt: skip
    xs, ys = zip(*case["bosses_mm"], strict=True)
    dimension(
        axes, (cx + min(xs), cy - y / 2), (cx + max(xs), cy - y / 2), -6 - case.get("strap", {}).get("wing_mm", 0)
    )
    dimension(axes, (cx - x / 2, cy - y / 2), (cx + x / 2, cy - y / 2), -11.5 - case.get("strap", {}).get("wing_mm", 0))
    dimension(axes, (cx - x / 2, cy + min(ys)), (cx - x / 2, cy + max(ys)), -5)
    dimension(axes, (cx - x / 2, cy - y / 2), (cx - x / 2, cy + y / 2), -11)


def _fill(axes: Any, x: float, y: float, wide: float, high: float) -> None:
    axes.fill(
        [x, x + wide, x + wide, x], [y, y, y + high, y + high], facecolor="white", edgecolor=sheet.MARK, linewidth=0.8
    )


def _profile(axes: Any, case: Mapping[str, Any], across: int, at: Any, through: str) -> None:
    """One side view: floor, hollow, lid as lines, what is inside, the openings of the wall that is looked at.

    `at` maps (along the wall, height above the outer floor) to the paper.
    """
    from .enclosure_fit import outer_mm, part_box

    wide, high = outer_mm(case)[across], outer_mm(case)[2]
    floor, lid = case["floor_mm"], case["lid_mm"]

    def box(a: float, b: float, c: float, d: float, **style: Any) -> None:
        sheet.line(axes, *(at(*p) for p in ((a, c), (b, c), (b, d), (a, d), (a, c))), **style)

    box(-wide / 2, wide / 2, 0, high, width_pt=0.9)
    for level in (floor, high - lid):
        sheet.line(axes, at(-wide / 2, level), at(wide / 2, level), width_pt=0.4)
    for part in case["parts"].values():
        spans = part_box(part)
        box(
            *spans[across], spans[2][0] + floor, spans[2][1] + floor,
            colour=sheet.PALE, width_pt=0.5, style=(0, (4, 2)),
        )  # fmt: skip
    for hole in case["openings"].values():
        if hole["wall"] == through:
            (along, up), (w, h) = hole["at_mm"], hole["size_mm"]
            box(along - w / 2, along + w / 2, floor + up - h / 2, floor + up + h / 2, colour=sheet.MARK, width_pt=0.8)


def _long_side(axes: Any, case: Mapping[str, Any], cx: float, bottom: float) -> None:
    """From -Y, floor down."""
    from .enclosure_fit import outer_mm

    x, _, z = outer_mm(case)
    _profile(axes, case, 0, lambda along, up: (cx + along, bottom + up), "-y")
    dimension(axes, (cx - x / 2, bottom), (cx - x / 2, bottom + z), -6)
    for name, hole in case["openings"].items():
        if hole["wall"] == "-y":
            (along, up), (wide, high) = hole["at_mm"], hole["size_mm"]
            level = bottom + case["floor_mm"] + up
            dimension(axes, (cx + along - wide / 2, level), (cx + along + wide / 2, level), 0, f" x {high:g} {name}")
            dimension(axes, (cx + along + wide / 2, bottom), (cx + along + wide / 2, level), 30)
    if "clip" in case:
        clip = case["clip"]
        left, level = cx - clip["width_mm"] / 2, bottom - clip["gap_mm"] - clip["thickness_mm"]
        _rect(axes, left, level, clip["width_mm"], clip["thickness_mm"])
        dimension(axes, (left, level), (left + clip["width_mm"], level), -5, " clip")
    sheet.text(axes, cx - x / 2, bottom + z + 2, "seen from -Y, floor below", 6.5)


def _end(axes: Any, case: Mapping[str, Any], left: float, cy: float, wall: str) -> None:
    """From -X, where the floor is to the left, or from +X, where it is to the right."""
    from .enclosure_fit import outer_mm

    _, y, z = outer_mm(case)
    floor_x, way = (left, 1) if wall == "-x" else (left + z, -1)
    _profile(axes, case, 1, lambda along, up: (floor_x + way * up, cy + along), wall)
    sheet.text(
        axes, left, cy + y / 2 + 9, f"seen from {wall.upper()},\nfloor to the {'left' if way > 0 else 'right'}", 6.5
    )
    dimension(axes, (left, cy - y / 2), (left + z, cy - y / 2), -6)
    for thick, low in ((case["floor_mm"], 0.0), (case["lid_mm"], z - case["lid_mm"])):
        ends = sorted((floor_x + way * low, floor_x + way * (low + thick)))
        dimension(axes, (ends[0], cy + y / 2), (ends[1], cy + y / 2), 3)
    lid_x = floor_x + way * z
    for name, hole in case["openings"].items():
        if hole["wall"] == wall:
            (along, up), (wide, high) = hole["at_mm"], hole["size_mm"]
            at = floor_x + way * (case["floor_mm"] + up)
            low = cy + along - wide / 2
            dimension(axes, (at, low), (at, low + wide), lid_x - at + way * 6, f" x {high:g}")
            first, last = sorted(((floor_x, low), (at, low)))
            dimension(axes, first, last, -y / 2 - along + wide / 2 - 12)
            if wide > 12:
                sheet.text(axes, at, cy + along, name, 6, ha="center", va="center", rotation=90)
    if "clip" in case:
        clip, top = case["clip"], cy + y / 2
        gap, thick = clip["gap_mm"], clip["thickness_mm"]

        def block(near: float, far: float, bottom: float) -> None:
            x0, x1 = sorted((floor_x - way * near, floor_x - way * far))
            _rect(axes, x0, bottom, x1 - x0, top - bottom)

        block(gap, gap + thick, top - clip["length_mm"])
        block(0, gap, top - clip["root_mm"])
        side, foot = floor_x - way * (gap + thick), top - clip["length_mm"]
        dimension(axes, (side, foot), (side, top), -3 * way)
        first, last = sorted(((floor_x - way * gap, foot), (floor_x, foot)))
        dimension(axes, first, last, -4)


def _words(page: sheet.Page, case: Mapping[str, Any], boxes: Mapping[str, Any], y: float) -> None:
    screw, own = boxes["screw"], boxes["carrier"]
    inside = " x ".join(f"{v:g}" for v in case["inner_mm"])
    peg_mm = case["parts"]["carrier"]["at_mm"][2]
    lines = [
        f"Inside {inside}, walls {case['wall_mm']:g}, corners outside {case['radius_mm']:g} radius."
        " Break every edge that may meet a person.",
        f"Lid: {len(case['bosses_mm'])} screws {screw['name']}; holes {screw['through_mm']:g} in the lid,"
        f" {screw['hole_mm']:g} in the bosses.",
        f"Carrier: {len(case['pegs_mm'])} screws M2 x {own['peg_screw_mm']:g} on pegs {peg_mm:g} high:"
        " screwed down, never glued with foam.",
    ]
    if "clip" in case:
        lines += [
            "Floor to the body, clip at the top, on a belt that is drawn tight: what swings here is measured as sway.",
            "Print it lying on its upper end: the clip then needs no support, and its layers run along it.",
            "Shelf 1.6 on the four shoulders; the cell lies on it, away from solder, room left for it to swell.",
            "The cell's plug is inside: to charge it, the lid comes off, on the desk.",
        ]
    else:
        lines += [
            "Outside of the shin above the ankle bone, insole's plug down. Strap over a sock, never on bare skin.",
            "The lead is tied to the bar: pull at it with 20 N before you close the lid; nothing inside may move.",
        ]
    for words in lines:
        sheet.text(page.paper, sheet.EDGE_MM + 4, y, "\u2013 " + words, 7.5)
        y -= 4.6
