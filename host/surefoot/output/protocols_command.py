# SPDX-License-Identifier: MIT
"""The command `protocols`: which tests there are, and how one of them is done."""

from __future__ import annotations

import argparse
import json
import shutil
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..care.norms_file import Table
    from ..care.protocol import Condition, Protocol

NAME = "protocols"
HELP = "which tests there are, and how each is done"
DESCRIPTION = """\
List the tests: id, title, minutes, what the device sees by itself. With an id: procedure, keys, stop rules, published
figures that may apply, and where everything comes from. `surefoot record --protocol ID` runs one."""
FORMAT, KIND = 1, "surefoot-protocols"
CERTAINTY = {"V": "read in the source", "R": "recalled, not yet checked", "D": "our own choice"}
STATS = {
    "mean": "mean",
    "mean-sd": "mean and SD",
    "mean-ci95": "mean and its 95 % interval",
    "upper-limit": "limit of what is average",
    "quartiles": "middle half",
    "cut-off": "cut-off",
    "small-change": "small change that matters",
    "substantial-change": "substantial change that matters",
}
WIDTH = 118


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="?", metavar="ID", help="a test, or the path of a .toml file")


def run(args: argparse.Namespace) -> int:
    """0, or ProtocolError for an unknown test."""
    from ..care.protocol import load_protocol, protocol_names

    if args.id is not None:
        protocol = load_protocol(args.id)
        print(json.dumps(_document(protocol)) if args.json else "\n".join(page(protocol, _width())))
        return 0
    protocols = [load_protocol(name) for name in protocol_names()]
    if args.json:
        print(json.dumps({"format": FORMAT, "kind": KIND, "protocols": [_brief(one) for one in protocols]}))
    else:
        print("\n".join(table(protocols)))
    return 0


def automatic(protocol: Protocol) -> list[str]:
    """The detectors that run in a test, each once."""
    return list(dict.fromkeys(one for condition in protocol.conditions for one in protocol.detectors_of(condition)))


def table(protocols: list[Protocol]) -> list[str]:
    """One line for each test."""
    rows = [(p.id, p.title, f"{p.takes_min:g}" if p.takes_min else "-", ", ".join(automatic(p))) for p in protocols]
    head = ("ID", "TITLE", "MIN", "SEEN BY THE DEVICE")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(3)]
    return [
        "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[3]]).rstrip()
        for row in (head, *rows)
    ]


def page(protocol: Protocol, width: int = WIDTH) -> list[str]:
    """How a test is done, in lines of at most `width` characters."""
    lines = [f"{protocol.title} ({protocol.id} {protocol.version})", *_wrapped(protocol.purpose, width)]
    minutes = f"About {protocol.takes_min:g} minutes. " if protocol.takes_min else ""
    lines += _wrapped(f"{minutes}Seen by the device: {', '.join(automatic(protocol)) or 'nothing'}.", width)
    lines += _part("You need", protocol.equipment, width)
    lines += _part("Guarding", protocol.safety.guarding, width)
    lines += _part("Do not start if", protocol.safety.do_not_start, width)
    lines += ["", "Procedure"]
    if protocol.placement:
        lines += _wrapped(f"Feet: {protocol.placement.instruction}", width, 2)
    for number, condition in enumerate(protocol.conditions, 1):
        lines += _wrapped(f"{number}. {condition.title} ({_how(condition)})", width, 2)
        lines += _wrapped(f'"{condition.instruction}"', width, 5)
    lines += ["", "Keys"]
    for mark in protocol.marks:
        seen = f"; the device may too: {', '.join(mark.detectors)}" if mark.detectors else ""
        where = f" [{', '.join(mark.conditions)}]" if mark.conditions else ""
        lines += _wrapped(f"{mark.key:<6}{mark.label} ({mark.effect}{seen}){where}", width, 2, 8)
    rules = [
        f"{rule.text}{' The test is over.' if rule.ends == 'test' else ''} ({rule.seen_by})"
        for rule in protocol.safety.stop_rules
    ]
    lines += _part("Stop rules", rules, width)
    lines += _part("By hand", [protocol.by_hand.how], width)
    lines += _part("Outcomes", _outcomes(protocol), width)
    lines += _part("Not measured", protocol.not_measured, width)
    lines += _part(
        "Published figures that may apply", [_norm(one) for one in norms_of(protocol.id)] or ["None."], width
    )
    lines += _part("Sources", [f"{s.what}: {s.cite} ({_sure(s.certainty)})" for s in protocol.sources], width)
    return lines


def norms_of(protocol_id: str) -> list[Table]:
    """The checked figures of a test, changes that matter included; which applies depends on the person."""
    from ..care.norms_file import load_norms

    return [one for one in load_norms().tables if protocol_id in one.protocols and one.certainty == "V"]


def _outcomes(protocol: Protocol) -> list[str]:
    from ..measures.table import MEASURES
    from .wording import unit_text

    named = protocol.primary_outcome
    found = []
    for rule in protocol.outcomes:
        unit = unit_text(MEASURES[rule.measure].unit)
        primary = named is not None and named.outcome == rule.id
        where = f", {named.condition}" if primary and named and named.condition else ""
        where += f", {named.target}" if primary and named and named.target else ""
        judged = f" (primary: may be judged for change{where})" if primary else ""
        found.append(
            f"{rule.label}{f' [{unit}]' if unit else ''}{judged}"
            f"{'' if rule.by_hand else ' (by the device alone)'}{f'. {rule.note}' if rule.note else ''}"
        )
    return found


def _norm(one: Table) -> str:
    low, high = min(row.age_min for row in one.rows), max(row.age_max for row in one.rows)
    ages = f"{low} to {high} years" if high < 120 else f"{low} years and over"
    needs = "".join(f", {need} {wanted}" for need, wanted in one.needs.items())
    shoes = {"barefoot": "barefoot", "not-stated": "footwear not stated"}.get(one.footwear, f"{one.footwear} shoes")
    return (
        f"{STATS.get(one.stat, one.stat)}, {ages}, {shoes}, {one.setting}{needs}:"
        f" {one.population}; {one.cite}{f', {one.doi}' if one.doi else ''}"
    )


def _how(condition: Condition) -> str:
    parts = [f"{condition.trials} trial{'s' if condition.trials > 1 else ''}"]
    parts += [f"{condition.practice} practice"] if condition.practice else []
    if condition.limit_s:
        parts.append(f"{'' if condition.lasts else 'at most '}{condition.limit_s:g} s")
    parts += [f"{condition.distance_m:g} m timed"] if condition.distance_m else []
    parts += [f"{condition.surface}, eyes {condition.vision}, someone {_setting(condition.setting)}"]
    return "; ".join(parts)


def _setting(setting: str) -> str:
    return {"beside": "beside", "helper": "beside who can catch", "clinic": "beside, in the clinic"}.get(
        setting, setting
    )


def _sure(certainty: str) -> str:
    return f"{certainty}: {CERTAINTY.get(certainty, 'unknown')}"


def _part(title: str, texts: Any, width: int) -> list[str]:
    return ["", title, *(line for text in texts for line in _wrapped(text, width, 2, 4))] if texts else []


def _wrapped(text: str, width: int, indent: int = 0, hanging: int | None = None) -> list[str]:
    later = " " * (indent if hanging is None else hanging)
    return textwrap.wrap(text, width, initial_indent=" " * indent, subsequent_indent=later, break_long_words=False)


def _width() -> int:
    return min(max(shutil.get_terminal_size((WIDTH, 24)).columns, 40), WIDTH)


def _brief(protocol: Protocol) -> dict[str, Any]:
    keys = ("id", "version", "title", "purpose", "takes_min", "primary_measure")
    return {key: getattr(protocol, key) for key in keys} | {"automatic": automatic(protocol)}


def _document(protocol: Protocol) -> dict[str, Any]:
    from dataclasses import asdict

    norms = [asdict(one) for one in norms_of(protocol.id)]
    return {"format": FORMAT, "kind": KIND, "protocol": asdict(protocol), "norms": norms}
