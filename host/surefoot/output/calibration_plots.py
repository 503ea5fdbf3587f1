# SPDX-License-Identifier: MIT
"""Pictures of one calibration: where each cell is off, its curve, and what was known against what is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from surefoot import cells
from surefoot.calibration import CELLS, SIDES, Calibration, nominal
from surefoot.calibration_law import FULL_COUNT, conductance_s, force_table_n
from surefoot.errors import SurefootError
from surefoot.output import drawing
from surefoot.output.calibration_evidence import Evidence
from surefoot.output.drawing import AP_COLOUR, EDGE, INK, ML_COLOUR, PALE, SOFT

Floats = npt.NDArray[np.float64]

SHOWN_N = 120.0  # of a curve without points: what a heel cell bears
MOST_POINTS = 250  # of one panel; more are drawn thinned, evenly
ALIKE = 0.1  # spread of sixteen laws at one conductance: below it one panel a foot tells it all; parts differ more
ASSUMED = "#d5dbe1"
COLOURS = "YlGnBu"  # told apart by the colour-blind and in print without colour: darker is worse
LIGHTNESS = (0.299, 0.587, 0.114)  # of red, green, blue, as Rec. 601 weighs them


def cell_map(
    foot_length_mm: float,
    values: Mapping[str, float],
    faults: Mapping[str, str],
    unit: str,
    simulated: bool,
    number: Any = "{:.3g}".format,
) -> str:
    """Both soles from above, toes up: each cell by its value, grey where it has none, ringed where it is faulty."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.patches import Circle

    plan = cells.load(foot_length_mm)
    places_mm, radius_mm = 1e3 * plan.xy_m, 500 * plan.diameter_m
    apart_mm = 0.26 * foot_length_mm
    colours, scale = colormaps[COLOURS], Normalize(0, max([*values.values(), 1e-12]))
    with drawing.style():
        figure, (ax,) = drawing.figure(1, 1, 3.15)
        for foot, side in enumerate(SIDES):
            middle_mm = apart_mm * (2 * foot - 1)
            outline_mm = _outline_mm(foot_length_mm, side)
            if outline_mm is not None:
                ax.fill(outline_mm[:, 0] + middle_mm, outline_mm[:, 1], facecolor=PALE, edgecolor=EDGE, linewidth=0.8)
            ax.text(middle_mm, 0.53 * foot_length_mm, side, ha="center", va="bottom", size=8, weight="bold")
            for k, cell in enumerate(CELLS[8 * foot : 8 * foot + 8], 8 * foot):
                x, y = places_mm[k, 0] + middle_mm, places_mm[k, 1]
                face, ink, below = ASSUMED, INK, "\u2013"
                if cell in faults:
                    face, ink, below = "white", AP_COLOUR, "fault"
                elif cell in values:
                    face, below = colours(scale(values[cell])), number(values[cell])
                    ink = "white" if np.dot(face[:3], LIGHTNESS) < 0.5 else INK
                edge = {"edgecolor": AP_COLOUR, "linewidth": 2.0} if cell in faults else {"edgecolor": EDGE}
                ax.add_patch(Circle((x, y), radius_mm, facecolor=face, **edge))
                ax.text(x, y + 0.1 * radius_mm, cell, ha="center", va="bottom", size=6.5, weight="bold", color=ink)
                ax.text(x, y - 0.1 * radius_mm, below, ha="center", va="top", size=6.5, color=ink)
        ax.set(aspect="equal", xlim=(-2.1 * apart_mm, 2.1 * apart_mm))
        ax.set_ylim(-0.54 * foot_length_mm, 0.6 * foot_length_mm)
        ax.axis("off")
        if values:
            beside = ax.inset_axes(
                (2.15 * apart_mm, -0.4 * foot_length_mm, 8, 0.8 * foot_length_mm), transform=ax.transData
            )
            bar = figure.colorbar(ScalarMappable(scale, colours), cax=beside)
            bar.set_label(f"error, {unit}" if unit else "error")
            bar.outline.set_edgecolor(EDGE)
        return svg(figure, simulated)


def _outline_mm(foot_length_mm: float, side: str) -> Floats | None:
    """The insole's outline [n,2] at this length; None where none of that size is drawn."""
    try:
        from surefoot.hardware import outline

        drawn = outline.insole(round(cells.eu_size(foot_length_mm)), side)
    except SurefootError:
        return None
    return drawn.outline_mm * (foot_length_mm / drawn.length_mm)


def curves(record: Calibration, evidence: Evidence, simulated: bool) -> str:
    """Force against conductance: one panel a cell where they differ or were loaded, else one a foot."""
    # On the cell itself: the foot's gain, for what lands beside its cells, comes after.
    force, base = force_table_n(replace(record, foot_gain=(1.0, 1.0))), nominal()
    count = np.arange(FULL_COUNT + 1.0)[:, None]
    conductance = conductance_s(count, record.rm_ohm) - conductance_s(record.zero_count, record.rm_ohm)
    reference = force_table_n(base)[0], conductance_s(count[:, 0], base.rm_ohm[0])
    points = _single_loads(record, evidence)
    own = points[0] is not None or _apart(conductance, force) > ALIKE
    shown = [(cell, [k]) for k, cell in enumerate(CELLS)]
    if not own:
        shown = [(f"{side}, all cells alike", [8 * foot]) for foot, side in enumerate(SIDES)]
    known = points[1]
    top_n = SHOWN_N if known is None or not np.isfinite(known).any() else 1.12 * float(np.nanmax(known))
    columns = 4 if own else 2
    with drawing.style():
        figure, axes = drawing.figure(len(shown) // columns, columns, 1.12 if own else 2.2)
        # One scale for all, so that a cell that differs is seen; as wide as the softest needs.
        reach_s = max(_reaches(conductance[:, k], force[k], top_n) for _, ks in shown for k in ks)
        reach_s = max(reach_s, _reaches(reference[1], reference[0], top_n))
        for at, (ax, (title, (k,))) in enumerate(zip(axes, shown, strict=True)):
            ax.plot(1e3 * reference[1], reference[0], color=SOFT, linewidth=0.9, linestyle="--", label="nominal law")
            ax.plot(1e3 * conductance[:, k], force[k], color=ML_COLOUR, linewidth=1.3, label="this record")
            if points[0] is not None and points[1] is not None:
                x, y = _thinned(points[0][:, k], points[1][:, k])
                ax.plot(1e3 * x, y, "o", color=AP_COLOUR, markersize=3, markeredgewidth=0, label="known loads")
            ax.set(xlim=(0, 1e3 * reach_s), ylim=(0, top_n))
            low, left = at >= len(shown) - columns, at % columns == 0
            drawing.name(ax, title, "conductance, mS" if low else "", "force, N" if left else "")
            ax.tick_params(labelbottom=low, labelleft=left)
        handles = axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower left", ncols=3, frameon=False)
        return svg(figure, simulated)


def _single_loads(record: Calibration, evidence: Evidence) -> tuple[Floats | None, Floats | None]:
    """Conductance and force [n,16] of known loads; without evidence, the points of the record's own curves."""
    if evidence.cell_conductance_s is not None or record.curves is None:
        return evidence.cell_conductance_s, evidence.cell_force_n
    longest = max((len(curve.force_n) for curve in record.curves if curve), default=0)
    out = np.full((2, longest, len(CELLS)), np.nan)
    for k, curve in enumerate(record.curves):
        if curve:
            out[:, : len(curve.force_n), k] = curve.conductance_s, curve.force_n
    return out[0], out[1]


def _apart(conductance: Floats, force: Floats) -> float:
    """The spread of the cells' forces at the conductance of half the range, as a share of their mean."""
    middle_s = float(conductance[FULL_COUNT // 2].mean())
    there = [float(np.interp(middle_s, conductance[:, k], force[k])) for k in range(len(CELLS))]
    return float(np.ptp(there) / np.mean(there))


def _reaches(conductance: Floats, force: Floats, top_n: float) -> float:
    """The conductance at which a rising curve comes to a force, or its last."""
    return float(conductance[min(int(np.searchsorted(force, top_n)), len(force) - 2)])


def known_and_read(evidence: Evidence, simulated: bool) -> str | None:
    """Each foot's CoP on both axes and force: as read against as known, with the line of no error."""
    panels = _panels(evidence)
    if not panels:
        return None
    with drawing.style():
        figure, axes = drawing.figure(2, 3, 1.65)
        for ax, (title, unit, colour, known, read) in zip(axes, panels, strict=True):
            x, y = _thinned(known, read)
            if not len(x):
                ax.text(0.5, 0.5, "not known here", ha="center", va="center", color=SOFT, transform=ax.transAxes)
                drawing.name(ax, title, "", "")
                ax.set(xticks=[], yticks=[])
                continue
            low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
            room = 0.05 * max(high - low, 1e-6)
            ends = low - room, high + room
            ax.plot(ends, ends, color=SOFT, linewidth=0.8)
            ax.plot(x, y, "o", color=colour, markersize=1.8, markeredgewidth=0, alpha=0.6)
            ax.set(xlim=ends, ylim=ends)
            drawing.name(ax, title, f"known, {unit}", f"read, {unit}")
        return svg(figure, simulated)


def errors(evidence: Evidence, simulated: bool) -> str | None:
    """The same as read minus known, against the known value, with where 95 % of the errors are; and how often."""
    panels = _panels(evidence)
    if not panels:
        return None
    reach = {unit: 1e-6 for _, unit, *_ in panels}
    for _, unit, _, known, read in panels:
        off = np.abs(read - known)
        off = off[np.isfinite(off)]
        if len(off):
            reach[unit] = max(reach[unit], 1.3 * float(off.max()))
    with drawing.style():
        figure, axes = drawing.figure(2, 3, 1.65)
        for ax, (title, unit, colour, known, read) in zip(axes, panels, strict=True):
            x, off = _thinned(known, read - known)
            whole = (read - known)[np.isfinite(read - known)]
            if not len(x):
                ax.text(0.5, 0.5, "not known here", ha="center", va="center", color=SOFT, transform=ax.transAxes)
                drawing.name(ax, title, "", "")
                ax.set(xticks=[], yticks=[])
                continue
            limit = float(np.percentile(np.abs(whole), 95))
            ax.axhspan(-limit, limit, color=PALE, linewidth=0)
            ax.axhline(0, color=SOFT, linewidth=0.8)
            ax.plot(x, off, "o", color=colour, markersize=1.8, markeredgewidth=0, alpha=0.6)
            ax.set(ylim=(-reach[unit], reach[unit]))
            beside = ax.inset_axes((1.02, 0, 0.16, 1), sharey=ax)
            beside.hist(whole, bins=np.linspace(-reach[unit], reach[unit], 31), orientation="horizontal", color=colour)
            beside.axis("off")
            drawing.name(ax, title, f"known, {unit}", f"error, {unit}")
            said = f"95 % within \u00b1{limit:.3g} {unit}"
            ax.text(0.02, 0.98, said, ha="left", va="top", size=6.5, color=SOFT, transform=ax.transAxes)
        return svg(figure, simulated)


def _panels(evidence: Evidence) -> list[tuple[str, str, str, Floats, Floats]]:
    """(title, unit, colour, known, read) of left ML, AP, force and then right; empty where nothing was known.

    Where only both feet's force together was known, that stands in the place of the left foot's.
    """
    e, out = evidence, []
    cop = _both(e.known_cop_mm, e.read_cop_mm)
    force = _both(e.known_force_n, e.read_force_n)
    together = _both(e.known_both_force_n, e.read_both_force_n)
    if cop is None and force is None and together is None:
        return []
    none = np.empty(0), np.empty(0)
    for foot, side in enumerate(SIDES):
        for axis, (word, colour) in enumerate((("sideways", ML_COLOUR), ("forward", AP_COLOUR))):
            pair = none if cop is None else (cop[0][:, foot, axis], cop[1][:, foot, axis])
            out.append((f"{side}, {word}", "mm", colour, *pair))
        if force is None and together is not None and foot == 0:
            out.append(("both feet, force", "N", INK, *together))
        else:
            pair = none if force is None else (force[0][:, foot], force[1][:, foot])
            out.append((f"{side}, force", "N", INK, *pair))
    return out


def _both(known: Floats | None, read: Floats | None) -> tuple[Floats, Floats] | None:
    """What is known and read, where anything is."""
    return None if known is None or read is None or not np.isfinite(known).any() else (known, read)


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """What both have, at most MOST_POINTS of it."""
    both = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(both) > MOST_POINTS:
        both = both[np.linspace(0, len(both) - 1, MOST_POINTS).round().astype(int)]
    return x[both], y[both]


def svg(figure: Any, simulated: bool) -> str:
    """As all pictures, with the word for a board that no one built below what is drawn."""
    if simulated:
        figure.supxlabel("simulated board", x=0.995, ha="right", size=6.5, color=AP_COLOUR)
    return drawing.svg(figure, False)
