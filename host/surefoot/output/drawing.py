# SPDX-License-Identifier: MIT
"""What all pictures share: one look, and SVG that is byte-repeatable, without outside fonts or links."""

import warnings
from typing import Any

INK, GRID, PALE = "#1f2a37", "#dfe4ea", "#eef2f5"
SOFT, EDGE = "#5b6672", "#8a95a1"
ML_COLOUR, AP_COLOUR = "#0b6e8f", "#b3470f"
WIDTH_IN = 7.2
FONTS = "'DejaVu Sans', Verdana, Arial, sans-serif"  # Verdana is as wide as the font the layout was made with


def style() -> Any:
    """The look, as a context of matplotlib's settings."""
    import matplotlib

    return matplotlib.rc_context(
        {
            "svg.hashsalt": "surefoot",
            "svg.fonttype": "none",
            "font.family": ["DejaVu Sans"],
            "font.size": 7.5,
            "axes.edgecolor": EDGE,
            "axes.linewidth": 0.6,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "text.color": INK,
            "axes.labelcolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "text.parse_math": False,
            "axes.unicode_minus": True,
        }
    )


def figure(rows: int, columns: int, row_height_in: float) -> tuple[Any, list[Any]]:
    """A figure as wide as the page, and its axes row by row."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_IN, rows * row_height_in + 0.15), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for ax in axes:
        ax.grid(True, color=GRID, linewidth=0.5)
        ax.set_axisbelow(True)
    return figure, axes


def name(ax: Any, title: str, x_label: str, y_label: str) -> None:
    """Title and labels of one panel."""
    ax.set_title(title, loc="left", size=8, weight="bold")
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)


def svg(figure: Any, simulated: bool) -> str:
    """The figure as one <svg> element; a copy of the picture alone still says that it is simulated."""
    from io import StringIO

    if simulated:
        figure.text(0.995, 0.003, "simulated person", ha="right", va="bottom", size=6.5, color=AP_COLOUR)
    out = StringIO()
    with warnings.catch_warnings():
        # The reader's browser draws the letters, so a letter that matplotlib's own font lacks is no loss.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    return text[text.index("<svg") :].replace("'DejaVu Sans'", FONTS)
