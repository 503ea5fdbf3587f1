# SPDX-License-Identifier: MIT
"""Pictures of a walk's mean curves: force over the stance, gait lines on the soles, butterfly; all with their SD."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..measures.gait.values import FEET
from . import drawing
from .drawing import EDGE, INK, PALE, SOFT
from .plots import FOOT_OUTLINE
from .walk_plots import COLOURS, LINES

Floats = npt.NDArray[np.float64]
INSOLE_MM = 265.0  # the outline's length where the walk doesn't say its own
WEIGHT, NEWTON, OWN = "% of the weight in quiet standing", "N", "% of the highest mean"


def force_of(profiles: Mapping[str, Any], nominal: bool) -> tuple[str, dict[str, dict[str, Any]]]:
    """The unit in words, and mean and SD [101] by foot, none where there are none. Uncalibrated cells have no newtons:
    what they show is in shares of the highest mean."""
    for key, unit in (("force_pct_bw", WEIGHT), ("force_n", NEWTON)):
        known = {foot: one for foot, one in (profiles.get(key) or {}).items() if one and one.get("mean")}
        if not known:
            continue
        factor = 1.0
        if unit == NEWTON and nominal:
            unit, factor = OWN, 100 / max(float(np.nanmax(_floats(one["mean"]))) for one in known.values())
        return unit, {
            foot: {"mean": factor * _floats(one["mean"]), "sd": factor * _floats(one["sd"]), "n": one["n"]}
            for foot, one in known.items()
        }
    return "", {}


def forces(profiles: Mapping[str, Any], nominal: bool, simulated: bool) -> str | None:
    """Total force of each foot over its stance, mean and one SD of all strides."""
    unit, feet = force_of(profiles, nominal)
    if not feet:
        return None
    with drawing.style():
        figure, axes = drawing.figure(1, 3, 2.1)
        for foot in FEET:
            if foot not in feet:
                continue
            mean, sd = feet[foot]["mean"], feet[foot]["sd"]
            share = np.linspace(0, 100, len(mean))
            for ax in (axes[FEET.index(foot)], axes[2]):
                ax.plot(share, mean, color=COLOURS[foot], linestyle=LINES[foot], linewidth=1.4)
            axes[FEET.index(foot)].fill_between(
                share, mean - sd, mean + sd, color=COLOURS[foot], alpha=0.2, linewidth=0
            )
        top = max(float(np.nanmax(one["mean"] + np.nan_to_num(one["sd"]))) for one in feet.values())
        for ax, name in zip(axes, (*FEET, "both"), strict=True):
            count = f", n {feet[name]['n']}" if name in feet else " means" if name == "both" else ": not measured"
            ax.set(xlim=(0, 100), ylim=(0, 1.05 * top))
            drawing.name(ax, f"{name.capitalize()}{count}", "stance, %", unit if name == FEET[0] else "")
        axes[2].set_visible(len(feet) == len(FEET))
        return drawing.svg(figure, simulated)


def soles(profiles: Mapping[str, Any], simulated: bool, insole_mm: float = INSOLE_MM) -> str | None:
    """Mean centre of pressure of each foot over its stance with its SD, and of both over a stride of the left foot."""
    lines = {foot: one for foot, one in (profiles.get("gait_line_mm") or {}).items() if one and one.get("n")}
    wings = profiles.get("butterfly") or {}
    if not lines and not wings.get("n"):
        return None
    with drawing.style():
        figure, axes = drawing.figure(1, 3, 3.0)
        axes[0].get_gridspec().set_width_ratios((1.0, 1.0, 2.1))
        for ax, foot in zip(axes, FEET, strict=False):
            _outline(ax, foot, 0.0, insole_mm)
            _gait_line(ax, foot, lines.get(foot))
        _wings(axes[2], wings, insole_mm)
        for ax in axes:
            ax.set_aspect("equal")
            ax.set_ylim(-0.56 * insole_mm, 0.56 * insole_mm)
        return drawing.svg(figure, simulated)


def _gait_line(ax: Any, foot: str, line: Mapping[str, Any] | None) -> None:
    ax.set_xlim(-75, 75)
    if line is None:
        drawing.name(ax, f"{foot.capitalize()}: not known", "mm", "mm, toes up")
        return
    ml, ap, sd_ml, sd_ap = (_floats(line[key]) for key in ("ml", "ap", "sd_ml", "sd_ap"))
    colour = COLOURS[foot]
    ax.plot(ml, ap, color=colour, linewidth=1.6)
    for side in (-1, 1):
        ax.plot(ml + side * sd_ml, ap, color=colour, linewidth=0.7, linestyle=":")
    marks = slice(10, None, 20)
    ax.errorbar(ml[marks], ap[marks], sd_ap[marks], sd_ml[marks], fmt="o", color=colour, ms=2, elinewidth=0.7)
    drawing.name(ax, f"{foot.capitalize()}, n {line['n']}", "mm", "mm, toes up" if foot == FEET[0] else "")


def _wings(ax: Any, wings: Mapping[str, Any], insole_mm: float) -> None:
    if not wings.get("n"):
        drawing.name(ax, "Both: not known", "mm", "")
        ax.set_xlim(-180, 180)
        return
    half = wings.get("feet_apart_mm", 200.0) / 2
    for foot, side in zip(FEET, (-half, half), strict=True):
        _outline(ax, foot, side, insole_mm)
    ml, ap = (_floats(wings[key]) for key in ("ml_mm", "ap_mm"))
    ax.plot([*ml, ml[0]], [*ap, ap[0]], color=INK, linewidth=1.3)
    cross = wings.get("crossing") or {}
    if cross.get("n"):
        at = cross["ml_mm"], cross["ap_mm"]
        ax.errorbar(*at, cross["sd_ap_mm"], cross["sd_ml_mm"], fmt="o", color=SOFT, ms=3, elinewidth=0.9)
    ax.set_xlim(-half - 80, half + 80)
    drawing.name(ax, f"Both (butterfly), n {wings['n']}", "mm", "")


def _outline(ax: Any, foot: str, middle_mm: float, insole_mm: float) -> None:
    shape = np.array(FOOT_OUTLINE) * insole_mm * (-1.0 if foot == FEET[0] else 1.0, 1.0)
    ax.fill(shape[:, 0] + middle_mm, shape[:, 1], facecolor=PALE, edgecolor=EDGE, linewidth=0.8)


def _floats(values: Sequence[Any]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], float)
