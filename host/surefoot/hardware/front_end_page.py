# SPDX-License-Identifier: MIT
"""The derivation of the front end in words and tables: hardware/front_end.md, and what the command prints."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

Table = tuple[str, list[str], list[list[str]]]


def tables(found: dict[str, Any]) -> list[Table]:
    """Title, head and rows of each table."""
    divider, own = found["divider"], found["divider"]["in_force"]["rm_ohm"]
    step = [key for key in divider["in_force"] if key.startswith("step_")]
    forces = [key.split("_")[1] for key in step]
    rows = [
        [
            f"{row['rm_ohm']:g}" + (" *" if row["rm_ohm"] == own else ""),
            f"{row['half_range_n']:.0f}",
            *(f"{row[key]:.3f}" for key in step),
            f"{row['both_feet_mm']:.4f}",
            f"{row['one_foot_mm']:.4f}",
            f"{row['most_ma']:.0f}",
        ]
        for row in divider["rows"]
    ]
    head = ["Rm, ohm", "half range at, N", *(f"N a count at {n} N" for n in forces)]
    head += ["CoP noise, both feet, mm", "on one foot, mm", "most current, mA"]
    out: list[Table] = [("The divider before an MCP3208", head, rows)]
    rows = [
        [
            f"{row['rm_ohm']:g}" + (" *" if row["rm_ohm"] == own else ""),
            f"{row['low_n']:.1f}",
            f"{row['high_n']:.0f}",
            f"{row['both_feet_mm']:.3f}",
            f"{100 * row['blind_share']:.1f}",
            f"{100 * row['full_both']:.0f}",
            f"{100 * row['full_one']:.0f}",
        ]
        for row in found["mux"]["rows"]
    ]
    head = ["Rm, ohm", "from, N", "to, N", "CoP noise, both feet, mm", "load not seen, %"]
    out.append(("The divider before the ESP32's converter", [*head, "cells full, %", "on one foot, %"], rows))
    cap = found["capacitor"]
    rows = [
        ["least for the MCP3208, uF", f"{cap['least_uf']['mcp3208']:.2f}"],
        ["least for the multiplexer, uF", f"{cap['least_uf']['mux']:.2f}"],
        ["chosen, uF", f"{cap['uf']:g}"],
        ["most for the delay, uF", f"{cap['most_uf']:.2f}"],
        ["corner of an unpressed cell, Hz", f"{cap['corner_at_rest_hz']:.0f}"],
        ["corner at half of the range, Hz", f"{cap['corner_at_half_hz']:.0f}"],
        ["delay of an unpressed cell, ms", f"{cap['delay_at_rest_ms']:.2f}"],
        ["delay at half of the range, ms", f"{cap['delay_at_half_ms']:.2f}"],
    ]
    out.append(("The capacitor", ["figure", "value"], rows))
    rows = [
        [
            one["label"],
            f"{one['range_n']:.0f}",
            f"{one['standing_n']:.0f}",
            f"{one['walking_n']:.0f}",
            "all" if one["share"] is None else f"{100 * one['share']:.0f} %",
            _or_dash(one["button_mm"], ".1f"),
            _or_dash(one["stiffer"], ".2f"),
            _or_dash(one["ring_mpa"], ".1f"),
        ]
        for one in found["spreading"]
    ]
    head = ["sensor", "range, N", "heel standing, N", "heel walking, N", "share it may get"]
    head += ["button of the ring's foam, mm", "ring / button on all of it", "ring at least, MPa"]
    out.append(("The puck", head, rows))
    return out


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _grid(table: Table) -> str:
    _, head, rows = table
    every = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in every)


def _gate(found: dict[str, Any], noise_mm: float) -> str:
    """What the gate of the noise says, as `surefoot doctor` does."""
    for limit_mm, cutoff_hz in found["divider"]["gate_mm_hz"]:
        if noise_mm <= limit_mm:
            return f"path measures at {cutoff_hz:g} Hz"
    return "no path measures"


def markdown(found: dict[str, Any]) -> str:
    """The text of hardware/front_end.md."""
    import jinja2

    source = Path(__file__).with_name("front_end.md.j2").read_text("utf-8")
    words = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False).from_string(source)
    text = words.render(
        **found,
        own=found["divider"]["in_force"],
        siemens=[f"{1e6 * value:.0f}" for value in found["law"]["siemens"].values()],
        gate=lambda noise_mm: _gate(found, noise_mm),
        grids=[_grid(table) for table in tables(found)],
    )
    filled = (block if block.startswith(("|", "#")) else textwrap.fill(block, 120) for block in text.split("\n\n"))
    return "\n\n".join(filled) + "\n"
