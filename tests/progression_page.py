# SPDX-License-Identifier: MIT
"""Writes the tables of protocols/progression/README.md: part of `make protocols`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

import patients
from surefoot.care.ladder import ladder_names, load_ladder
from surefoot.care.progression import load_rules

PAGE = Path(__file__).resolve().parents[1] / "protocols" / "progression" / "README.md"
COUNT = 12
END = "<!-- end -->"
LABELS = {"standing": ("S", 0), "dynamic": ("D", 1)}  # of the steps of a suggested walk, and the first one's number
PAIN = "pain flares"


def row_of(kind: str) -> str:
    years = [patients.patient(kind, number) for number in range(COUNT)]
    cells = [f"{sum(len(year.fall_days) for year in years)}", f"{sum(year.early for year in years)}"]
    for courses in of_ladders(years):
        gaps = np.array([one.gap for one in courses])
        near = np.mean(np.abs(gaps) <= 1.5)
        cells.append(f"{turns([one.reversals_26 for one in courses])}; {np.median(gaps):+.1f}; {near:.0%}")
    return f"| {kind} | {' | '.join(cells)} |"


def bridged() -> str:
    """The reversals of those in pain that no step down for pain, nor the way back from it, explains."""
    years = [patients.patient(PAIN, number) for number in range(COUNT)]
    cells = [turns([one.unexplained_26 for one in courses]) for courses in of_ladders(years)]
    return f"| {PAIN}, but for those steps and the way back | | | {' | '.join(cells)} |"


def of_ladders(years: Sequence[patients.Year]) -> list[list[patients.Course]]:
    return [
        [course for year in years for track, course in year.courses.items() if track[0] == name]
        for name in patients.LADDERS
    ]


def turns(found: Sequence[int]) -> str:
    return f"{np.median(found):.0f} ({np.percentile(found, 90):.0f})"


def people() -> str:
    head = f"| patients | falls | steps up within 14 days of one | {' | '.join(patients.LADDERS)} |"
    rows = [row for kind in patients.KINDS for row in ([row_of(kind), bridged()] if kind == PAIN else [row_of(kind)])]
    return "\n".join([head, "| --- " * (3 + len(patients.LADDERS)) + "|", *rows])


def tasks(name: str) -> str:
    ladder = load_ladder(name)
    letter, first = LABELS.get(name, ("", 1))
    rows = []
    for number, task in enumerate(ladder.walk, first):
        where = [ladder.setting(task)]
        where += ["each leg"] if ladder.one_legged(task) else []
        where += ["first passed with somebody beside"] if ladder.watched(task) else []
        cells = (
            f"{letter}{number}",
            f"`{ladder.name(task)}`",
            ladder.words(task),
            ladder.height(task),
            "; ".join(where),
        )
        rows.append(f"| {' | '.join(map(str, cells))} |")
    head = f"### {ladder.title}\n\n| | task | {ladder.begins} ... | rung | where, at the least |"
    return "\n".join([head, "| --- | --- | --- | --- | --- |", *rows, ""])


def ladders() -> str:
    return "\n".join(tasks(name) for name in ladder_names()).rstrip()


def said(numbers: Mapping[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in numbers.items())


def rules() -> str:
    own = {name: load_ladder(name).numbers for name in ladder_names()}
    rows = []
    for rule in load_rules().rows:
        numbers = [
            said(rule.numbers),
            *(f"never {word} {said(bound)}" for word, bound in (("below", rule.least), ("above", rule.most)) if bound),
            *(f"{name}: {said(found[rule.id])}" for name, found in own.items() if rule.id in found),
        ]
        basis = "ours" if rule.basis == "ours" else f"published, {rule.certainty}"
        rows.append(f"| `{rule.id}` | {rule.outcome} | {rule.words} | {'; '.join(numbers)} | {basis} |")
    return "\n".join(["| rule | outcome | when | numbers | basis |", "| --- | --- | --- | --- | --- |", *rows])


PARTS: dict[str, Callable[[], str]] = {"tasks": ladders, "rules": rules, "patients": people}


def main() -> None:
    text = PAGE.read_text("utf-8")
    for name, made in PARTS.items():
        begin = f"<!-- {name} -->"
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{made()}\n{END}{rest.split(END, 1)[1]}"
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
