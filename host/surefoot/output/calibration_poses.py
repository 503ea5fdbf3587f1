# SPDX-License-Identifier: MIT
"""Picture of a motion sensor's calibration: gravity's error in each still pose, and which way was up in it."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from surefoot.output import drawing
from surefoot.output.calibration_plots import svg
from surefoot.output.drawing import AP_COLOUR, EDGE, ML_COLOUR, SOFT

Floats = npt.NDArray[np.float64]


def poses(
    error_ms2: Floats,
    unit: Floats | None,
    limit_ms2: float | None,
    simulated: bool,
) -> str | None:
    """Error of gravity's length in each pose, with the limit; and, where told, which way was up in it."""
    error = np.asarray(error_ms2, float)
    if not len(error):
        return None
    number = np.arange(1, len(error) + 1)
    with drawing.style():
        figure, axes = drawing.figure(1, 3 if unit is not None else 1, 1.9)
        if unit is not None:
            grid = axes[0].get_gridspec()
            for ax in axes[1:]:
                ax.remove()
            grid.set_width_ratios((1, 1, 1.5))
            wide = figure.add_subplot(grid[2])
            wide.grid(True, color=drawing.GRID, linewidth=0.5)
            wide.set_axisbelow(True)
            axes = [axes[0], figure.add_subplot(grid[1]), wide]
            for ax, sign, word in zip(axes[:2], (1, -1), ("upper", "lower"), strict=True):
                _hemisphere(ax, unit, sign, number)
                drawing.name(ax, f"Up, {word} half", "", "")
        ax = axes[-1]
        if limit_ms2 is not None:
            for sign in (-1, 1):
                ax.axhline(
                    sign * limit_ms2,
                    color=AP_COLOUR,
                    linewidth=0.9,
                    linestyle="--",
                    label="limit" if sign > 0 else None,
                )
        ax.axhline(0, color=SOFT, linewidth=0.8)
        ax.vlines(number, 0, error, color=ML_COLOUR, linewidth=0.9)
        ax.plot(number, error, "o", color=ML_COLOUR, markersize=3, markeredgewidth=0, label="error in the fit")
        ax.margins(y=0.15)
        ax.set_xticks(number[:: ceil(len(number) / 10)])
        drawing.name(ax, "Gravity", "pose", "error, m/s\u00b2")
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False, borderaxespad=0.1)
        return svg(figure, simulated)


def _hemisphere(ax: Any, unit: Floats, sign: int, number: npt.NDArray[np.int64]) -> None:
    """Directions of one half in Lambert's equal-area projection: as many poses a square centimetre is an even cover."""
    turn = np.linspace(0, 2 * np.pi, 121)
    for share in (0.5, 1.0):
        ax.plot(np.cos(turn) * share**0.5, np.sin(turn) * share**0.5, color=EDGE, linewidth=0.6)
    mine = unit[:, 2] * sign >= 0
    x, y, z = unit[mine].T
    size = 1 / np.sqrt(1 + np.abs(z))
    ax.plot(x * size, y * size, "o", color=ML_COLOUR, markersize=4, markeredgewidth=0)
    for px, py, n in zip(x * size, y * size, number[mine], strict=True):
        ax.text(px + 0.05, py + 0.03, str(n), size=6, color=SOFT)
    ax.set(aspect="equal", xlim=(-1.1, 1.1), ylim=(-1.1, 1.1), xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set_visible(False)
