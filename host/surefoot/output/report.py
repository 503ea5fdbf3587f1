# SPDX-License-Identifier: MIT
"""A result and the series of its trials in, one self-contained HTML page out: no network, the same bytes each time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from surefoot.output import page, plots
from surefoot.output.filled import HOLD, filled
from surefoot.output.result import ResultError, write_whole
from surefoot.output.view import view

SWAY_TEXT = (
    "Path of the centre of pressure seen from above, toes up, each around its own middle and all on one scale; the"
    " ellipse is expected to hold 95 % of further points."
)
COP_TEXT = "Centre of pressure against time, to the right and forward positive. A break in a line is lost data."
ACC_TEXT = "Acceleration at the waist against time, to the right and forward positive. A break in a line is lost data."


def write_report(result: Mapping[str, Any], series: Sequence[Mapping[str, Any] | None] | None, path: Path) -> None:
    """Write the page. `series`: one per trial of the result, in its order, with columns t_s (s), cop_ml_mm, cop_ap_mm,
    acc_ml_ms2, acc_ap_ms2 (NaN or None where lost, a column left out where not reported); None draws no pictures."""
    write_whole(path, render_report(result, series).encode("utf-8"))


def render_report(result: Mapping[str, Any], series: Sequence[Mapping[str, Any] | None] | None = None) -> str:
    """The page as text."""
    if series is not None and len(series) != len(result["trials"]):
        raise ResultError(
            f"There are {len(series)} series for {len(result['trials'])} trials: give one for each trial, or None."
        )
    shown = view(result)
    pictures = _pictures(result, shown["names"], series or [None] * len(result["trials"])) if shown["standing"] else []
    return page.render("template.html.j2", **shown, pictures=pictures)


def _pictures(
    result: Mapping[str, Any], names: Sequence[str], series: Sequence[Mapping[str, Any] | None]
) -> list[dict[str, str | None]]:
    """Pictures of the trials that stand: a path of somebody who walks or rises is no sway."""
    whole = filled(result)
    trim_s = float(whole["protocol"]["analysis"].get("trim_s", 0.0))
    panels = [
        plots.panel(name, one, trim_s)
        for trial, name, one in zip(whole["trials"], names, series, strict=True)
        if one is not None and trial["kind"] == HOLD
    ]
    simulated = bool(result.get("simulated"))
    drawn = (
        ("Sway area", SWAY_TEXT, plots.sway_plot(panels, simulated, result.get("placement"))),
        ("Stabilogram", COP_TEXT, plots.time_plot(panels, "cop", simulated)),
        ("Trunk acceleration", ACC_TEXT, plots.time_plot(panels, "acc", simulated)),
    )
    return [page.picture(*one) for one in drawn]
