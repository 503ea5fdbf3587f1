# SPDX-License-Identifier: MIT
"""Pages of paper on which a millimetre is a millimetre.

A page is a matplotlib figure of the paper's size. `Page.paper` has its origin at the sheet's lower left corner; `view`
opens a window onto a drawing that may be larger than the sheet. Both are in mm at 1:1, so nothing on a page can be off
scale by itself. What a printer makes of it, the two rulers on each page show.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surefoot import __version__
from surefoot.errors import SurefootError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MM_PER_INCH = 25.4
EDGE_MM = 8.0  # few printers reach further out
RULER_MM = 100
INK, PALE, CUT, MARK = "#111111", "#8a95a1", "#0b6e8f", "#b3470f"
PRINT_RULE = "Print at 100 % (\u201cactual size\u201d), never \u201cfit to page\u201d."


class HardwareError(SurefootError):
    """A drawing or list for building a device can't be made."""


@dataclass(frozen=True)
class Paper:
    """A sheet's size, upright."""

    name: str
    width_mm: float
    height_mm: float

    def turned(self) -> Paper:
        """The same sheet lying on its long side."""
        return Paper(self.name, self.height_mm, self.width_mm)


PAPERS = {
    paper.name: paper for paper in (Paper("a4", 210.0, 297.0), Paper("letter", 215.9, 279.4), Paper("a3", 297.0, 420.0))
}


@dataclass(frozen=True, eq=False)
class Page:
    """One sheet: its figure, and axes over all of it in mm from its lower left corner."""

    size: Paper
    figure: Figure
    paper: Axes

    def view(
        self, left_mm: float, bottom_mm: float, width_mm: float, height_mm: float, x_mm: float, y_mm: float
    ) -> Any:
        """A window on the page that shows a drawing from its point (x_mm, y_mm) on, at 1:1 and cut off at the edges."""
        share = (
            left_mm / self.size.width_mm,
            bottom_mm / self.size.height_mm,
            width_mm / self.size.width_mm,
            height_mm / self.size.height_mm,
        )
        return _bare(self.figure, share, (x_mm, x_mm + width_mm), (y_mm, y_mm + height_mm))


def page(size: Paper) -> Page:
    """An empty sheet."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size.width_mm / MM_PER_INCH, size.height_mm / MM_PER_INCH))
    return Page(size, figure, _bare(figure, (0, 0, 1, 1), (0, size.width_mm), (0, size.height_mm)))


def _bare(figure: Figure, share: tuple[float, float, float, float], x: Any, y: Any) -> Axes:
    axes = figure.add_axes(share)
    axes.set_axis_off()
    axes.set_autoscale_on(False)
    axes.set_xlim(x)
    axes.set_ylim(y)
    return axes


def tiles(low_mm: float, high_mm: float, most_mm: float, overlap_mm: float) -> list[tuple[float, float]]:
    """From where to where each sheet reaches, none longer than `most`; neighbours share exactly the overlap."""
    if overlap_mm >= most_mm:
        raise ValueError("an overlap as large as the sheet never gets on")
    span = high_mm - low_mm
    count = max(1, ceil((span - overlap_mm) / (most_mm - overlap_mm) - 1e-9))
    reach = (span + (count - 1) * overlap_mm) / count
    return [(low_mm + i * (reach - overlap_mm), low_mm + i * (reach - overlap_mm) + reach) for i in range(count)]


def line(axes: Any, *points: tuple[float, float], colour: str = INK, width_pt: float = 0.6, style: Any = "-") -> None:
    """A line through points in mm."""
    (drawn,) = axes.plot(
        [p[0] for p in points], [p[1] for p in points], color=colour, linewidth=width_pt, linestyle=style,
        scalex=False, scaley=False, solid_capstyle="butt",
    )  # fmt: skip
    drawn.get_path().should_simplify = False  # it would take corners away that are 0.05 mm off a straight line


def strokes(axes: Any, pairs: Iterable[tuple[Any, Any]], width_pt: float = 0.4) -> None:
    """Many lines from point to point as one path, such as the ticks of a scale."""
    gap = (float("nan"), float("nan"))
    line(axes, *(point for pair in pairs for point in (*pair, gap)), width_pt=width_pt)


def text(axes: Any, x_mm: float, y_mm: float, words: str, size_pt: float = 8, **more: Any) -> None:
    """Words whose left end of the base line is at a point; cut off where the view ends."""
    more = {"color": INK, "ha": "left", "va": "baseline", "clip_on": True, "parse_math": False} | more
    axes.text(x_mm, y_mm, words, fontsize=size_pt, **more)


def rulers(sheet: Page) -> None:
    """Two rulers of 100 mm in the lower right corner: printers may stretch one direction and not the other.

    Ticks point inward, so that no tick of one makes the line of the other look longer than it is.
    """
    x_mm, y_mm = sheet.size.width_mm - EDGE_MM, EDGE_MM
    for along, inward in (((-1, 0), (0, 1)), ((0, 1), (-1, 0))):

        def at(along_mm: float, in_mm: float, a=along, b=inward) -> tuple[float, float]:
            return x_mm + a[0] * along_mm + b[0] * in_mm, y_mm + a[1] * along_mm + b[1] * in_mm

        line(sheet.paper, at(0, 0), at(RULER_MM, 0), width_pt=0.5)
        deep = [4.0 if tick % 10 == 0 else 2.8 if tick % 5 == 0 else 1.6 for tick in range(RULER_MM + 1)]
        strokes(sheet.paper, ((at(tick, 0), at(tick, out)) for tick, out in enumerate(deep)))
    text(sheet.paper, x_mm - 6, y_mm + 5.5, f"both scales must measure {RULER_MM} mm", 6, ha="right")


def cross(axes: Any, x_mm: float, y_mm: float, name: str) -> None:
    """An alignment mark: the same cross with the same letter lies on both sheets."""
    line(axes, (x_mm - 5, y_mm), (x_mm + 5, y_mm), colour=MARK, width_pt=0.5)
    line(axes, (x_mm, y_mm - 5), (x_mm, y_mm + 5), colour=MARK, width_pt=0.5)
    text(axes, x_mm + 1, y_mm + 1, name, 8, color=MARK, weight="bold")


def write(path: Path, pages: Sequence[Page], title: str) -> None:
    """The pages as one PDF; whole or not at all, never over another file."""
    if path.suffix.lower() != ".pdf":
        raise HardwareError(f"{path} doesn't end in .pdf: give the file such a name.")
    write_new(path, pdf(pages, title))


def pdf(pages: Sequence[Page], title: str) -> bytes:
    """The pages as the bytes of a PDF; the same drawing gives the same bytes."""
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages

    out = BytesIO()
    facts = {"Title": title, "Creator": f"Surefoot {__version__}", "Producer": None, "CreationDate": None}
    style: dict[Any, Any] = {"pdf.fonttype": 42, "font.family": ["DejaVu Sans"]}
    with matplotlib.rc_context(style), PdfPages(out, metadata=facts) as file:
        for sheet in pages:
            file.savefig(sheet.figure)
    return out.getvalue()


def write_new(path: Path, data: bytes) -> None:
    """Write a new file whole or not at all; an existing one is left as it is."""
    if path.exists():
        raise HardwareError(f"{path} is there already: choose another name, or take that file away first.")
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        os.replace(part, path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise HardwareError(f"{path} can't be written ({error.strerror}): choose another folder.") from None


def add_paper(parser: argparse.ArgumentParser, *names: str) -> None:
    parser.add_argument(
        "--paper", choices=names, default=names[0], help="what is in the printer (default: %(default)s)"
    )
