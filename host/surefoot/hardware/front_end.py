# SPDX-License-Identifier: MIT
"""The command `hardware front-end`: why the resistors and capacitors of the cells are what they are."""

from __future__ import annotations

import argparse
import json
import math
from itertools import pairwise
from typing import Any

NAME = "front-end"
HELP = "why dividers, capacitors and pucks are what they are"
DESCRIPTION = """\
Derive the divider's resistor from the cell's law and the noise of the centre of pressure, the capacitor from the
converter's and the scan's timing, and what a sensor needs around it below a heel. It takes some seconds."""
SHOWN_OHM = (150, 220, 270, 330, 390, 470, 560, 680, 820, 1000, 1500, 2200)
MUX_OHM = (150, 180, 220, 270, 330, 390, 560)
LIGHT_N, HEEL_N = 5.0, 50.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--markdown", action="store_true", help="print the text of hardware/front_end.md")


def run(args: argparse.Namespace) -> int:
    """0, always."""
    found = derive()
    if args.json:
        print(json.dumps({"kind": "surefoot-front-end", **found}, indent=1))
    elif args.markdown:
        from .front_end_page import markdown

        print(markdown(found), end="")
    else:
        for line in lines(found):
            print(line)
    return 0


def derive() -> dict[str, Any]:
    """All figures: `law`, `divider`, `mux`, `capacitor`, `spreading`, `plugs`."""
    from dataclasses import asdict

    from surefoot import cells

    from .front_end_noise import table
    from .load_spreading import spread

    law = cells.load().law
    return {
        "law": {**asdict(law), "siemens": {f"{n:g}": _siemens(n) for n in (1, 25, law.limit_n)}},
        "divider": divider(),
        "mux": mux(),
        "capacitor": capacitor(),
        "spreading": [asdict(spread(sensor)) for sensor in table()["sensor"]],
        "plugs": plugs(),
    }


def _siemens(force_n: float) -> float:
    from surefoot import cells

    law = cells.load().law
    return (force_n / law.gain_n_per_siemens_exp) ** (1 / law.exponent)


def _e24(low_ohm: float, high_ohm: float) -> list[float]:
    from .front_end_noise import E24

    return [v * scale for scale in (10, 100) for v in E24 if low_ohm <= v * scale <= high_ohm]


def divider() -> dict[str, Any]:
    """Resistor against noise: all of E24 for the least, some of it as rows."""
    from surefoot import cells
    from surefoot.clinic.trial import NOISE_GATE_MM_HZ

    from .front_end_noise import converter_chain, cop_noise_mm, one_foot, usual_loads_n

    law, both = cells.load().law, usual_loads_n()
    single = one_foot(both)

    def noise(rm: float, loads: Any, scans: int = 1) -> float:
        return float(cop_noise_mm(loads, rm, law, converter_chain(scans)).mean())

    tried = _e24(SHOWN_OHM[0], SHOWN_OHM[-1])
    best = {name: min(tried, key=lambda rm: noise(rm, loads)) for name, loads in (("both", both), ("one", single))}
    own = law.rm_ohm
    return {
        "heel_n": float(both[:, [0, 8]].mean()),
        "forefoot_n": float(both[:, [5, 6, 13, 14]].mean()),
        "rows": [_row(rm, noise(rm, both), noise(rm, single)) for rm in SHOWN_OHM],
        "best_both_feet_ohm": best["both"],
        "best_one_foot_ohm": best["one"],
        "in_force": _row(own, noise(own, both), noise(own, single)),
        "two_scans_mm": noise(own, both, 2),
        "gate_mm_hz": [list(step) for step in NOISE_GATE_MM_HZ],
        "costs_both_feet": noise(own, both) / noise(best["both"], both) - 1,
        "costs_one_foot": noise(own, single) / noise(best["one"], single) - 1,
    }


def _row(rm: float, both: float, single: float) -> dict[str, float]:
    from surefoot import cells
    from surefoot.device import power

    from .front_end_noise import force_at, newtons_per_count

    law, person_n = cells.load().law, float(power.table()["person_n"])
    count = 2 * cells.CELLS_PER_FOOT
    siemens = _siemens(min(person_n / count, law.limit_n))
    supply_ma = 1e3 * count * power.table()["supply_v"] * siemens / (1 + siemens * rm)
    steps = {f"step_{n:g}_n": float(newtons_per_count(n, rm, law)) for n in (LIGHT_N, HEEL_N, law.limit_n)}
    return {
        "rm_ohm": float(rm),
        "half_range_n": force_at(0.5, rm, law),
        **steps,
        "both_feet_mm": both,
        "one_foot_mm": single,
        "most_ma": supply_ma,
    }


def mux() -> dict[str, Any]:
    """The budget front end: what of the loads lies in the window, and the noise of what does."""
    from surefoot import cells

    from .front_end_noise import cop_noise_mm, force_at, level, mux_chain, mux_constants, one_foot, usual_loads_n

    law, both = cells.load().law, usual_loads_n()
    single, chain = one_foot(both), mux_chain(2)
    rows = []
    for rm in MUX_OHM:
        v, v_one = level(both, rm, law), level(single, rm, law)
        blind = both[v < chain.window.low].sum() / both.sum()
        rows.append(
            {
                "rm_ohm": float(rm),
                "low_n": force_at(chain.window.low, rm, law),
                "high_n": force_at(chain.window.high, rm, law),
                "both_feet_mm": float(cop_noise_mm(both, rm, law, chain).mean()),
                "blind_share": float(blind),
                "full_both": float((v >= chain.window.high).mean()),
                "full_one": float((v_one >= chain.window.high).mean()),
            }
        )
    own = next(row for row in rows if row["rm_ohm"] == law.rm_ohm)
    window = {key.lower(): mux_constants()[key] for key in ("LOW_MV", "HIGH_MV", "SUPPLY_MV")}
    return {"rows": rows, "in_force": own, "reads": chain.reads, **window}


def capacitor() -> dict[str, Any]:
    """Between what the charge of the channel before asks for and what the delay allows."""
    from surefoot import cells

    from .front_end_noise import table
    from .netlist import value

    law, own, farad = cells.load().law, table()["capacitor"], 1e-6 * value("cell_uf")
    least_uf = {
        name: 1e-6 * one["sample_pf"] * law.full_count / own["kick_lsb"] for name, one in table()["converter"].items()
    }
    corner_hz = 1 / (2 * math.pi * law.rm_ohm * farad)
    return {
        "uf": 1e6 * farad,
        "kick_lsb": own["kick_lsb"],
        "least_uf": least_uf,
        "most_uf": 1e3 * own["delay_ms"] / law.rm_ohm,
        "corner_at_rest_hz": corner_hz,
        "corner_at_half_hz": 2 * corner_hz,  # cell and resistor are then equal, side by side
        "delay_at_rest_ms": 1e3 * law.rm_ohm * farad,
        "delay_at_half_ms": 0.5e3 * law.rm_ohm * farad,
    }


def plugs() -> dict[str, float]:
    """How far apart the nearest two side-and-size resistors are, and how far they must be."""
    from .netlist import SIDES
    from .plugs import table

    own = table()
    values = sorted(ohm for side in SIDES for ohm in own[side].values())
    off = own["tolerance"], own["meter"]
    return {
        "count": len(values),
        "nearest_ratio": min(b / a for a, b in pairwise(values)),
        "needed_ratio": ((1 + off[0]) * (1 + off[1])) / ((1 - off[0]) * (1 - off[1])),
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The figures as tables for a terminal."""
    from .front_end_page import tables

    out = []
    for title, head, rows in tables(found):
        widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
        out += ["", title]
        out += ["  ".join(f"{word:>{width}}" for word, width in zip(row, widths, strict=True)) for row in [head, *rows]]
    return out[1:]
