# SPDX-License-Identifier: MIT
"""Series of trials in, SVG pictures out: byte-repeatable, no outside fonts or links, lines open where data was lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from surefoot.measures.sway import f_95
from surefoot.output import drawing
from surefoot.output.drawing import AP_COLOUR, EDGE, ML_COLOUR, PALE, SOFT
from surefoot.placement import place_feet

FOOT_OUTLINE = (  # right foot, x and y as shares of the foot's length, heel edge at y = -0.5, toes at +0.5
    *((0.0, -0.5), (0.07, -0.485), (0.115, -0.43), (0.125, -0.35), (0.12, -0.2), (0.13, -0.05), (0.155, 0.1)),
    *((0.165, 0.22), (0.15, 0.32), (0.11, 0.405), (0.05, 0.465), (-0.03, 0.5), (-0.1, 0.485), (-0.135, 0.43)),
    *((-0.15, 0.32), (-0.155, 0.2), (-0.13, 0.08), (-0.1, -0.05), (-0.1, -0.2), (-0.115, -0.35), (-0.11, -0.43)),
    (-0.07, -0.485),
)


@dataclass(frozen=True)
class Panel:
    """One trial to draw. Arrays of equal length, NaN where lost; None where it isn't reported."""

    title: str
    t_s: np.ndarray
    cop_ml_mm: np.ndarray | None
    cop_ap_mm: np.ndarray | None
    acc_ml_ms2: np.ndarray | None
    acc_ap_ms2: np.ndarray | None
    trim_s: float
    until_s: float = np.inf

    @property
    def analysed(self) -> np.ndarray:
        """Which of its samples the numbers are made of."""
        return (self.t_s >= self.trim_s) & (self.t_s < self.until_s)


def panel(title: str, series: Mapping[str, Any], trim_s: float) -> Panel:
    """A Panel from a trial's series; columns that are absent, None or all lost become None."""

    def column(key: str) -> np.ndarray | None:
        values = series.get(key)
        if values is None:
            return None
        array = np.array([np.nan if v is None else v for v in values], float)
        return array if np.isfinite(array).any() else None

    t_s = np.asarray(series["t_s"], float)
    keys = ("cop_ml_mm", "cop_ap_mm", "acc_ml_ms2", "acc_ap_ms2")
    return Panel(title, t_s, *(column(key) for key in keys), trim_s=trim_s, until_s=series.get("until_s", np.inf))


def ellipse_outline(ml: np.ndarray, ap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outline of the ellipse that holds 95 % of further points (2 x [181], unit as given); NaN points are left out.

    The prediction ellipse of Schubert & Kirchner 2014 (10.1016/j.gaitpost.2013.09.001), n points:
    semi-axes sqrt(2 F.95(2, n-2) (n-1)(n+1) / (n(n-2)) * eigenvalue).
    """
    points = np.stack((ml, ap))[:, np.isfinite(ml) & np.isfinite(ap)]
    n = points.shape[1]
    values, vectors = np.linalg.eigh(np.cov(points))
    scale = 2 * f_95(n) * (n - 1) * (n + 1) / (n * (n - 2))
    angle = np.linspace(0, 2 * np.pi, 181)
    axes = np.sqrt(scale * np.maximum(values, 0.0))
    x, y = vectors @ (axes[:, None] * np.stack((np.cos(angle), np.sin(angle)))) + points.mean(1)[:, None]
    return x, y


def sway_plot(panels: Sequence[Panel], simulated: bool, placement: Mapping[str, Any] | None = None) -> str | None:
    """CoP path and 95 % ellipse of each trial, all on one scale; and the feet, if their length is known."""
    drawn, reach = [], 0.0
    for p in panels:
        if p.cop_ml_mm is None or p.cop_ap_mm is None:
            continue
        ml, ap = (np.where(p.analysed, column, np.nan) for column in (p.cop_ml_mm, p.cop_ap_mm))
        if np.isfinite(ml + ap).sum() < 4:
            continue
        centre = float(np.nanmean(ml)), float(np.nanmean(ap))
        outline = ellipse_outline(ml, ap)
        drawn.append((p.title, ml, ap, outline, centre))
        for values, middle in ((ml, centre[0]), (ap, centre[1]), (outline[0], centre[0]), (outline[1], centre[1])):
            reach = max(reach, _reach(values - middle))
    if not drawn:
        return None
    feet = placement is not None and placement.get("foot_length_mm") is not None
    count = len(drawn) + feet
    columns = min(count, 3)
    reach *= 1.08
    with drawing.style():
        figure, axes = drawing.figure(ceil(count / columns), columns, 2.8)
        for ax, (title, ml, ap, outline, centre) in zip(axes, drawn, strict=False):
            ax.plot(ml - centre[0], ap - centre[1], color=ML_COLOUR, linewidth=0.7, label="path")
            ax.plot(
                outline[0] - centre[0], outline[1] - centre[1], color=AP_COLOUR, linewidth=1.4, label="95 % ellipse"
            )
            ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
            drawing.name(ax, title, "left \u2013 right, mm", "back \u2013 forward, mm")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=2, frameon=False)
        if feet and placement is not None:
            _draw_feet(axes[len(drawn)], placement, drawn)
        for ax in axes[count:]:
            ax.set_visible(False)
        return drawing.svg(figure, simulated)


def time_plot(panels: Sequence[Panel], quantity: str, simulated: bool) -> str | None:
    """ML and AP of each trial against time, one row a trial, one scale; quantity "cop" (mm) or "acc" (m/s2)."""
    unit, suffix = ("mm", "mm") if quantity == "cop" else ("m/s\u00b2", "ms2")
    rows = []
    for p in panels:
        columns = [getattr(p, f"{quantity}_{axis}_{suffix}") for axis in ("ml", "ap")]
        if any(column is not None for column in columns):
            rows.append((p, [None if c is None else c - _middle(c, p) for c in columns]))
    if not rows:
        return None
    reach = 1.05 * max(_reach(c) for _, columns in rows for c in columns if c is not None)
    end_s = max(1.0, *(float(p.t_s[-1]) for p, _ in rows))
    with drawing.style():
        figure, axes = drawing.figure(len(rows), 1, 1.22)
        for ax, (p, columns) in zip(axes, rows, strict=True):
            if p.trim_s:
                ax.axvspan(0, p.trim_s, color=PALE, linewidth=0)
                ax.text(p.trim_s / 2, -0.93 * reach, "left out", ha="center", color=SOFT, size=6.5)
            if p.until_s < p.t_s[-1]:
                ax.axvspan(p.until_s, p.t_s[-1], color=PALE, linewidth=0)
            for values, colour, label in zip(
                columns, (ML_COLOUR, AP_COLOUR), ("left \u2013 right (ML)", "back \u2013 forward (AP)"), strict=True
            ):
                if values is not None:
                    ax.plot(p.t_s, values, color=colour, linewidth=0.8, label=label)
            ax.set(xlim=(0, end_s), ylim=(-reach, reach))
            drawing.name(ax, p.title, "seconds" if ax is axes[-1] else "", unit)
            ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0.1)
        return drawing.svg(figure, simulated)


def _middle(values: np.ndarray, p: Panel) -> float:
    """The mean of what is analysed; of everything where the trial ended before that."""
    analysed = values[p.analysed & np.isfinite(values)]
    return float(np.mean(analysed)) if len(analysed) else float(np.nanmean(values))


def _reach(values: np.ndarray) -> float:
    """Largest distance from 0 of what is not lost; never 0, so that an axis can be drawn."""
    return max(float(np.nanmax(np.abs(values))), 1e-6)


def _draw_feet(ax: Any, placement: Mapping[str, Any], drawn: Sequence[tuple]) -> None:
    length_m, angle_deg = placement["foot_length_mm"] / 1000, placement["foot_angle_deg"]
    rotation, translation = place_feet(placement["heel_distance_mm"] / 1000, angle_deg, angle_deg, length_m)
    for foot, mirror in enumerate((-1.0, 1.0)):
        shape = np.array(FOOT_OUTLINE) * length_m * (mirror, 1.0)
        x, y = 1000 * (rotation[foot] @ shape.T + translation[foot][:, None])
        ax.fill(x, y, facecolor=PALE, edgecolor=EDGE, linewidth=0.8)
        ax.text(x.mean(), y.mean(), "LR"[foot], ha="center", va="center", color=SOFT)
    for _, ml, ap, _, _ in drawn:
        ax.plot(ml, ap, color=ML_COLOUR, linewidth=0.6)
    ax.set(aspect="equal")
    ax.margins(0.06)
    drawing.name(ax, "All paths, on the feet", "mm", "mm")
