# SPDX-License-Identifier: MIT
"""`surefoot hardware bom`: what to buy for one device, by hardware/bom.csv and the wiring of its board.

A line with a `kind` is counted in the netlist (pieces of a part, metres of a cable), so lists and drawings can't
differ; the others have their own quantity and say `for` which boards. Prices are rough bands in US dollars, no offers.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from surefoot import resources

from .sheet import HardwareError

if TYPE_CHECKING:
    from .netlist import Netlist

NAME = "bom"
HELP = "what to buy for a device, with a band of prices"
DESCRIPTION = """\
List the parts of one device: numbers, quantities, substitutes and a band of prices. Quantities of electrical parts are
counted in the wiring of the board. --why says what each part is for.
"""
WIRED, ALL, CABLE = "wiring", "all", "cable:"
COLUMNS = (
    "kind",
    "value",
    "for",
    "quantity",
    "unit",
    "part",
    "maker",
    "number",
    "substitutes",
    "low_usd",
    "high_usd",
    "why",
)


@dataclass(frozen=True)
class Line:
    """One line of the list; prices are for one unit. `quantity` is 0 where the wiring decides."""

    kind: str
    value: str
    boards: str
    quantity: float
    unit: str
    part: str
    maker: str
    number: str
    substitutes: str
    low_usd: float
    high_usd: float
    why: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--board", default=resources.BOARD, metavar="NAME", help="which profile (default: %(default)s)")
    parser.add_argument("--why", action="store_true", help="also what each part is for, and what does instead")


def run(args: argparse.Namespace) -> int:
    from . import netlist

    found = to_buy(lines(), netlist.load(args.board))
    low, high = total_usd(found)
    if args.json:
        facts = {"board": args.board, "currency": "USD", "total_low": round(low, 2), "total_high": round(high, 2)}
        print(
            json.dumps({"format": 1, "kind": "surefoot-hardware-bom", **facts, "lines": [asdict(one) for one in found]})
        )
        return 0
    for words in table(found, args.why):
        print(words)
    print(f"In all about {low:.0f} to {high:.0f} US dollars without shipping: rough bands, no offers.")
    return 0


@cache
def lines() -> tuple[Line, ...]:
    """hardware/bom.csv. Raises HardwareError."""
    path = resources.data_dir("hardware") / "bom.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return parse(list(csv.DictReader(file)))
    except FileNotFoundError as error:
        raise HardwareError(f"The list of parts {path} is missing: install Surefoot again.") from error


def parse(rows: Sequence[Mapping[str, str]]) -> tuple[Line, ...]:
    """Rows of the table as lines. Raises HardwareError with the number of the line that is wrong."""
    found = []
    for number, row in enumerate(rows, 2):
        where = f"hardware/bom.csv, line {number}"
        if tuple(row) != COLUMNS or None in row.values():
            raise HardwareError(f"{where}: the columns must be {', '.join(COLUMNS)}.")
        try:
            quantity = 0.0 if row["quantity"] == WIRED else float(row["quantity"])
            low, high = float(row["low_usd"]), float(row["high_usd"])
        except ValueError as error:
            raise HardwareError(f"{where}: {error}: quantity and prices are numbers.") from None
        if bool(row["kind"]) != (row["quantity"] == WIRED) or (quantity <= 0 and not row["kind"]):
            raise HardwareError(f"{where}: a line has either a kind and '{WIRED}', or a quantity above 0.")
        if not 0 <= low <= high:
            raise HardwareError(f"{where}: prices go from low to high.")
        if not row["part"] or not row["why"]:
            raise HardwareError(f"{where}: say what the part is, and why it is there.")
        found.append(
            Line(
                row["kind"], row["value"], row["for"], quantity, row["unit"], row["part"], row["maker"], row["number"],
                row["substitutes"], low, high, row["why"],
            )
        )  # fmt: skip
    return tuple(found)


def to_buy(listed: Sequence[Line], wiring: Netlist) -> list[Line]:
    """What one device needs, equal parts in one line. Raises HardwareError for a wired part that is not listed."""
    counts = dict.fromkeys(range(len(listed)), 0.0)
    for part in wiring.parts.values():
        counts[_of(listed, part.kind, part.value)] += 1
    labels = _cable_labels()
    for cable in wiring.cables:
        kind = CABLE + labels[cable.label]
        if kind != CABLE + "cell_lead":  # grows on the cell
            counts[_of(listed, kind, "")] += cable.length_m
    bought: dict[tuple[str, str], Line] = {}
    for at, line in enumerate(listed):
        quantity = counts[at] if line.kind else line.quantity * applies(line.boards, wiring.profile)
        if not quantity:
            continue
        key = line.part, line.number
        before = bought.get(key)
        why = f"{before.why}; {line.why}" if before else line.why
        bought[key] = replace(line, quantity=round(quantity + (before.quantity if before else 0), 2), why=why)
    return list(bought.values())


def _of(listed: Sequence[Line], kind: str, value: str) -> int:
    """The one line for a wired part."""
    hits = [at for at, line in enumerate(listed) if line.kind == kind and line.value in ("", value)]
    if len(hits) != 1:
        what = f"{kind} {value}".strip()
        raise HardwareError(
            f"hardware/bom.csv has {len(hits)} lines for the part '{what}' of the wiring: it needs one."
        )
    return hits[0]


def _cable_labels() -> dict[str, str]:
    from . import netlist

    return {entry["label"]: kind for kind, entry in netlist.table()["cable"].items()}


def applies(boards: str, profile: Mapping[str, Any]) -> bool:
    """Whether one of the conditions ("all", "log.kind=sdcard") holds for a board's profile."""
    for condition in boards.split():
        path, equals, wanted = condition.partition("=")
        if condition != ALL and not equals:
            raise HardwareError(
                f"hardware/bom.csv: '{condition}' is no condition: write 'all' or e.g. 'log.kind=sdcard'."
            )
        found: Any = profile
        for step in path.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        if condition == ALL or found == wanted:
            return True
    return False


def total_usd(bought: Sequence[Line]) -> tuple[float, float]:
    """Sums of the bands; a cable is bought by the whole metre."""
    units = [math.ceil(line.quantity) for line in bought]
    return (
        sum(n * line.low_usd for n, line in zip(units, bought, strict=True)),
        sum(n * line.high_usd for n, line in zip(units, bought, strict=True)),
    )


def table(bought: Sequence[Line], why: bool) -> list[str]:
    """The list as lines of text."""
    width = max(len(line.part) for line in bought)
    found = [f"{'':>5} {'':<5} {'part':<{width}}  {'USD each':>12}  maker, number"]
    for line in bought:
        band = f"{line.low_usd:g} to {line.high_usd:g}"
        known = ", ".join(filter(None, (line.maker, line.number)))
        found.append(f"{line.quantity:>5g} {line.unit:<5} {line.part:<{width}}  {band:>12}  {known}")
        if why:
            found.append(f"{'':>11} {line.why}." + (f" Instead: {line.substitutes}." if line.substitutes else ""))
    return found
