# SPDX-License-Identifier: MIT
"""How long a board runs on its cell, by the currents of hardware/power.toml: estimates, not measured.

`python -m surefoot.device.power` prints each board's sums and the block `power` that its profile should hold.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from surefoot import cells, resources
from surefoot.errors import SurefootError

STATES = ("idle", "stream", "log", "download", "sleep")
_FOOT_LENGTH_MM = 265  # the cells' law doesn't depend on it


class PowerError(SurefootError):
    """The table of currents lacks a part of a board."""


@dataclass(frozen=True)
class Draw:
    """One line of the sum: a part's current in mA at the cell, and where the figure comes from."""

    part: str
    ma: float
    source: str


@cache
def table() -> dict[str, Any]:
    """hardware/power.toml."""
    return resources.hardware_table("power.toml", "The table of currents", PowerError)


def _entry(group: str, name: str) -> dict[str, Any]:
    try:
        return table()[group][name]
    except KeyError:
        raise PowerError(
            f"hardware/power.toml knows no {group} '{name}': add [{group}.{name}] with its currents and their source."
        ) from None


def cells_ma(person_n: float, supply_v: float) -> float:
    """The most that the dividers of sixteen cells can take under a person of that weight.

    A cell's current rises ever more slowly with its force, so an even load on all cells takes the most.
    """
    law = cells.load(_FOOT_LENGTH_MM).law
    count = 2 * cells.CELLS_PER_FOOT
    force_n = min(person_n / count, law.limit_n)
    siemens = (force_n / law.gain_n_per_siemens_exp) ** (1 / law.exponent)
    return 1000 * count * supply_v * siemens / (1 + siemens * law.rm_ohm)


def _chip(profile: Mapping[str, Any], state: str) -> list[Draw]:
    chip, mhz = _entry("chip", profile["chip"]), profile["power"]["mhz"]
    if state == "sleep":
        return [Draw(profile["chip"], chip["sleep_ma"], chip["source"])]
    if str(mhz) not in chip["run_ma"]:
        raise PowerError(
            f"hardware/power.toml has no current of the {profile['chip']} at {mhz} MHz: choose one of "
            f"{', '.join(chip['run_ma'])} in the profile, or add it."
        )
    return [
        Draw(f"{profile['chip']} at {mhz} MHz", chip["run_ma"][str(mhz)], chip["source"]),
        Draw("its flash, read", chip["flash_ma"], chip["source"]),
    ]


def draws(profile: Mapping[str, Any], state: str, cued: bool = False) -> list[Draw]:
    """All that takes current in a state of STATES, for a board's profile as `resources.profile` gives it; of a walk
    that is `cued` with its buzzer or motor, where it has one."""
    key = "sleep_ma" if state == "sleep" else "run_ma"
    lines = _chip(profile, state)
    parts = [profile["imu"]["kind"], profile["insoles"]["kind"], "regulator"]
    if profile.get("light"):
        parts.append("pixel" if "pixel" in profile["light"] else "lamps")
    if state == "log" and profile.get("log"):
        parts.append(profile["log"]["kind"])
    if cued and profile.get("cue"):
        parts.append(profile["cue"]["kind"])
    for name in parts:
        entry = _entry("part", name)
        count = entry.get("count", 1)
        lines.append(Draw(f"{count} x {name}" if count > 1 else name, count * entry[key], entry["source"]))
    if state in ("idle", "stream", "log"):
        bound_ma = cells_ma(table()["person_n"], table()["supply_v"])
        source = f"the most that {table()['person_n']} N can make of hardware/cells.toml"
        lines.append(Draw("dividers of the cells", bound_ma, source))
    entry = _entry("board", profile["name"])
    lines.append(Draw("the rest of the board", entry[key], entry["source"]))
    return lines


def total_ma(profile: Mapping[str, Any], state: str, cued: bool = False) -> float:
    """The sum of `draws`, in mA."""
    return sum(draw.ma for draw in draws(profile, state, cued))


def runtime_h(profile: Mapping[str, Any], state: str, cued: bool = False) -> float:
    """Hours that a full cell lasts in that state; estimated."""
    return usable_mah(profile) / total_ma(profile, state, cued)


def usable_mah(profile: Mapping[str, Any]) -> int:
    """What of the printed capacity of the profile's cell counts."""
    return int(profile["power"]["cell_mah"] * table()["cell"]["usable_share"])


def block(profile: Mapping[str, Any]) -> dict[str, Any]:
    """The profile's `power` with the figures of the table: what the board reckons its minutes left by."""
    ma = {state: math.ceil(total_ma(profile, state)) for state in STATES if state != "sleep"}
    return {**profile["power"], "usable_mah": usable_mah(profile), "ma": ma}


def report(profile: Mapping[str, Any]) -> str:
    """The sums in words, one state after the other."""
    lines = [f"{profile['name']}: cell of {profile['power']['cell_mah']} mAh, {usable_mah(profile)} of them usable"]
    for state in STATES:
        total = total_ma(profile, state)
        lines.append(f"  {state}: {total:.2f} mA, {runtime_h(profile, state):.1f} h (estimated)")
        lines += [f"    {draw.ma:8.2f}  {draw.part}" for draw in draws(profile, state) if draw.ma]
    if profile.get("cue"):
        total = total_ma(profile, "log", cued=True)
        part = f"{profile['cue']['kind']} {total - total_ma(profile, 'log'):.2f} mA"
        lines.append(f"  log, cued: {total:.2f} mA, {runtime_h(profile, 'log', cued=True):.1f} h (estimated), {part}")
    return "\n".join(lines)


def main() -> int:
    """Print the sums and the block of every board."""
    try:
        for name in resources.boards():
            profile = resources.profile(name)
            print(report(profile))
            print(f'  "power": {json.dumps(block(profile))}\n')
    except SurefootError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
