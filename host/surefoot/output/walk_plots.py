# SPDX-License-Identifier: MIT
"""Pictures of walks: how strides spread, how a walk went, and walks side by side with their errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from ..clinic.walk_values import KeptWalk
from ..measures.gait.parameters import MEAN_STRIDES
from ..measures.gait.table import GAIT
from ..measures.gait.values import FEET
from . import drawing
from .drawing import AP_COLOUR, INK, ML_COLOUR, PALE, SOFT
from .walk_page_error import BOUT_LENGTHS, Z95, by_foot, speeds
from .walk_page_read import column, number, unit_of, when

Floats = npt.NDArray[np.float64]
COLOURS = {"left": ML_COLOUR, "right": AP_COLOUR}
LINES: dict[str, Any] = {"left": "-", "right": "--"}  # told apart without colour too
# Columns of strides that are drawn, and the row of the gait table that names each.
SPREAD = {
    "stride_s": "gait_stride_time_s",
    "stance_share": "gait_stance_pct",
    "double_share": "gait_double_support_pct",
    "length_m": "gait_stride_length_m",
}
FEW = 30  # strides of a foot: with fewer each is a dot
MOST_POINTS = 1200
BREAK_S = 3.0
TREND = (
    ("Cadence", ("gait_cadence_spm",)),
    ("Stride length", ("gait_stride_length_m",)),
    ("Stride time", ("gait_stride_time_s",)),
    ("Stance by foot", ("left_gait_stance_pct", "right_gait_stance_pct")),
    ("Double support", ("gait_double_support_pct",)),
    ("Asymmetry of swing", ("gait_asymmetry_pct",)),
    ("Stride time, CV", ("gait_stride_time_cv_pct",)),
    ("Phase coordination index", ("gait_pci_pct",)),
)


def in_units(walk: KeptWalk, name: str) -> dict[str, Floats]:
    """A column of the strides that count, by foot, in the unit of the gait table."""
    return {foot: values * GAIT[SPREAD[name]].factor for foot, values in by_foot(walk, name).items()}


def distributions(walk: KeptWalk, simulated: bool) -> str | None:
    """Stride time, stance, double support and length of all strides that count, each foot by itself."""
    each = {name: in_units(walk, name) for name in SPREAD}
    shown = [(name, values) for name, values in each.items() if any(len(x) for x in values.values())]
    if not shown:
        return None
    with drawing.style():
        figure, axes = drawing.figure((len(shown) + 1) // 2, 2, 1.75)
        for ax, (name, values) in zip(axes, shown, strict=False):
            _spread(ax, values)
            key = SPREAD[name]
            counts = ", ".join(f"{foot} {len(x)}" for foot, x in values.items())
            drawing.name(ax, f"{GAIT[key].label} (n: {counts})", unit_of(key), ax.get_ylabel())
        for ax in axes[len(shown) :]:
            ax.set_visible(False)
        _legend(figure)
        return drawing.svg(figure, simulated)


def _spread(ax: Any, values: dict[str, Floats]) -> None:
    whole = np.concatenate(list(values.values()))
    most = max(len(x) for x in values.values())
    if most < FEW:
        for place, foot in enumerate(reversed(FEET)):
            ax.plot(values[foot], np.full(len(values[foot]), place), "o", color=COLOURS[foot], ms=3, alpha=0.6, mew=0)
        ax.set(ylim=(-0.6, 1.6), yticks=(0, 1), yticklabels=("right", "left"))
        return
    edges = np.histogram_bin_edges(whole, bins=min(max(round(2 * len(whole) ** (1 / 3)), 8), 30))
    for foot in FEET:
        if not len(values[foot]):
            continue
        counts, _ = np.histogram(values[foot], edges)
        colour, line = COLOURS[foot], LINES[foot]
        if foot == FEET[0]:
            ax.stairs(counts, edges, color=colour, fill=True, alpha=0.35)
        ax.stairs(counts, edges, color=colour, linewidth=1.2, linestyle=line)
        ax.axvline(float(values[foot].mean()), color=colour, linewidth=1.0, linestyle=line)
    ax.set_ylabel("strides")


def course(walk: KeptWalk, simulated: bool) -> str | None:
    """Stride time of each foot over the walk; bouts shaded, turns and losses marked."""
    start, lasted = (_floats(column(walk, name)) for name in ("start_s", "stride_s"))
    if not np.isfinite(lasted).any():
        return None
    feet, excluded = np.array(column(walk, "foot"), str), np.array(column(walk, "excluded"), str)
    long = float(np.nanmax(start)) > 600
    unit, per = ("min", 60.0) if long else ("s", 1.0)
    bouts = walk.entry.get("bouts", {})
    with drawing.style():
        figure, (ax,) = drawing.figure(1, 1, 1.7)
        for begin, end in zip(bouts.get("start_s", ()), bouts.get("end_s", ()), strict=True):
            ax.axvspan(begin / per, end / per, color=PALE, linewidth=0)
        for foot in FEET:
            rows = np.flatnonzero((feet == foot) & np.isfinite(lasted) & np.isin(excluded, ("", "turn")))
            t, y = _thinned(start[rows], lasted[rows])
            ax.plot(t / per, y, color=COLOURS[foot], linestyle=LINES[foot], linewidth=0.8, label=foot)
        turns = [one["begin_s"] for one in walk.entry.get("turns") or () if one["begin_s"] is not None]
        below = ax.get_xaxis_transform()
        if turns:
            ax.plot(np.array(turns) / per, np.full(len(turns), 0.03), "^", color=SOFT, ms=3, transform=below)
        lost = start[(excluded == "gap") & np.isfinite(start)]
        if len(lost):
            ax.plot(lost / per, np.full(len(lost), 0.97), "x", color=INK, ms=3, transform=below)
        drawing.name(ax, "Stride by stride", f"since the recording began, {unit}", "stride time, s")
        _legend(figure)
        return drawing.svg(figure, simulated)


def _thinned(t: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Medians of blocks where there are too many to draw; open where nobody walked."""
    size = -(-len(t) // MOST_POINTS) or 1
    if size > 1:
        cut = len(t) // size * size
        t, y = (np.median(x[:cut].reshape(-1, size), axis=1) for x in (t, y))
    breaks = np.flatnonzero(np.diff(t) > size * BREAK_S + 1) + 1
    return np.insert(t, breaks, np.nan), np.insert(y, breaks, np.nan)


def trend(walks: Sequence[KeptWalk], errors: Sequence[dict[str, float]], simulated: bool) -> str | None:
    """Parameters of each walk with 95 % of their standard error, and the person's own ratings, over time."""
    panels: list[tuple[str, str, Callable[[Any], None]]] = []
    at, ticks, label = places(walks)
    paces = [speeds(walk) for walk in walks]
    if any(paces):
        panels.append(("Walking speed", "m/s", lambda ax: _paces(ax, paces, at)))
    for name, keys in TREND:
        if any(number(walk, key) is not None for walk in walks for key in keys):
            panels.append((name, unit_of(keys[0]), lambda ax, keys=keys: _points(ax, walks, errors, at, keys)))
    said = [walk.said for walk in walks]
    if any(one is not None and one.steadiness is not None for one in said):
        own = _floats([None if one is None else one.steadiness for one in said])
        panels.append(("Steadiness, own rating", "1 steady, 5 lost", lambda ax: _own(ax, at, own, (0.5, 5.5))))
    if any(one is not None and one.pain_after is not None for one in said):
        pain = _floats([None if one is None else one.pain_after for one in said])
        panels.append(("Pain after the walk, own rating", "0 to 10", lambda ax: _own(ax, at, pain, (-0.5, 10.5))))
    if not panels:
        return None
    columns = 3
    with drawing.style():
        figure, axes = drawing.figure(-(-len(panels) // columns), columns, 1.45)
        for ax, (name, unit, draw) in zip(axes, panels, strict=False):
            draw(ax)
            drawing.name(ax, name, "", unit)
            _ticked(ax, at, ticks, label)
        for ax in axes[len(panels) :]:
            ax.set_visible(False)
        _legend(figure)
        return drawing.svg(figure, simulated)


def spreads(walks: Sequence[KeptWalk], simulated: bool) -> str | None:
    """Of each walk and foot the median, middle half and middle nine tenths of strides, where they are enough."""
    each = {name: [in_units(walk, name) for walk in walks] for name in SPREAD}
    shown = [name for name, rows in each.items() if any(len(x) >= MEAN_STRIDES for row in rows for x in row.values())]
    if not shown:
        return None
    at, ticks, label = places(walks)
    aside = 0.006 * (np.ptp(at) or 1.0)
    with drawing.style():
        figure, axes = drawing.figure(-(-len(shown) // 2), 2, 1.6)
        for ax, name in zip(axes, shown, strict=False):
            for foot, side in zip(FEET, (-aside, aside), strict=True):
                for x, row in zip(at, each[name], strict=True):
                    if len(row[foot]) >= MEAN_STRIDES:
                        low, quarter, middle, three, high = np.percentile(row[foot], (5, 25, 50, 75, 95))
                        ax.plot([x + side] * 2, [low, high], color=COLOURS[foot], linewidth=0.7)
                        ax.plot([x + side] * 2, [quarter, three], color=COLOURS[foot], linewidth=2.6)
                        ax.plot(x + side, middle, "o", color="white", mec=COLOURS[foot], ms=3, mew=0.8)
            drawing.name(ax, GAIT[SPREAD[name]].label, "", unit_of(SPREAD[name]))
            _ticked(ax, at, ticks, label)
        for ax in axes[len(shown) :]:
            ax.set_visible(False)
        _legend(figure)
        return drawing.svg(figure, simulated)


def places(walks: Sequence[KeptWalk]) -> tuple[Floats, list[tuple[float, str]], str]:
    """Where each walk lies along an axis: days where all have a date, else their order; ticks and their name."""
    begun = [when(walk) for walk in walks]
    known = [one for one in begun if one is not None]
    if len(known) < len(walks) or known[-1] - known[0] < timedelta(hours=1):
        at = np.arange(1.0, len(walks) + 1)
        return at, [(x, f"{x:.0f}") for x in at[:: max(len(at) // 6, 1)]], "walk"
    at = np.array([(one - known[0]) / timedelta(days=1) for one in known])
    days = np.unique(np.linspace(0, at[-1], 4).round())
    return at, [(float(day), f"{(d := known[0] + timedelta(days=float(day))).day} {d:%b}") for day in days], ""


def _ticked(ax: Any, at: Floats, ticks: list[tuple[float, str]], label: str) -> None:
    room = 0.04 * (np.ptp(at) or 1.0) + 0.01
    ax.set_xticks([x for x, _ in ticks], [text for _, text in ticks])
    ax.set_xlim(at.min() - room, at.max() + room)
    ax.set_xlabel(label)


def _points(
    ax: Any, walks: Sequence[KeptWalk], errors: Sequence[dict[str, float]], at: Floats, keys: tuple[str, ...]
) -> None:
    for key in keys:
        foot = key.partition("_")[0]
        colour, line = COLOURS.get(foot, INK), LINES.get(foot, "-")
        y = _floats([number(walk, key) for walk in walks])
        bar = Z95 * np.nan_to_num(_floats([one.get(key) for one in errors]))
        known = np.isfinite(y)
        ax.plot(at[known], y[known], color=colour, linewidth=0.5, linestyle=line, alpha=0.6)
        ax.errorbar(at[known], y[known], bar[known], fmt="o", color=colour, ms=2.5, elinewidth=0.9, capsize=1.5)


def _paces(ax: Any, paces: Sequence[dict[str, tuple[float, float, int]]], at: Floats) -> None:
    """Speed in bouts of like length."""
    for name, colour, mark in zip(BOUT_LENGTHS, (SOFT, INK), ("s", "o"), strict=True):
        rows = [n for n, one in enumerate(paces) if name in one]
        if rows:
            y, error, _ = np.array([paces[n][name] for n in rows]).T
            ax.plot(at[rows], y, color=colour, linewidth=0.5, alpha=0.6)
            ax.errorbar(
                at[rows], y, Z95 * error, fmt=mark, color=colour, ms=2.5, elinewidth=0.9, capsize=1.5, label=name
            )
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.5 * (high - low))
    ax.legend(loc="upper left", frameon=False, fontsize=6, handletextpad=0.3, labelspacing=0.2)


def _own(ax: Any, at: Floats, y: Floats, limits: tuple[float, float]) -> None:
    ax.plot(at, y, "s", color=SOFT, ms=3.5)
    ax.set_ylim(limits)


def _legend(figure: Any) -> None:
    from matplotlib.lines import Line2D

    lines = [Line2D([], [], color=COLOURS[foot], linestyle=LINES[foot], linewidth=1.4) for foot in FEET]
    figure.legend(lines, FEET, loc="outside lower left", ncols=2, frameon=False)


def _floats(values: Sequence[Any]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], float)
