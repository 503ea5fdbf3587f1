# SPDX-License-Identifier: MIT
"""Writes the table of simulated patients into protocols/progression/README.md: part of `make protocols`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import patients
from surefoot.care.ladder import load_ladder

PAGE = Path(__file__).resolve().parents[1] / "protocols" / "progression" / "README.md"
COUNT = 40
BEGIN, END = "<!-- patients -->", "<!-- end -->"
HEAD = (
    "| patients | reversals in 26 weeks, median (90th) | steps up within 14 days of a fall | final rung less the right"
    " one, median | within 1.5 rungs |\n| --- | --- | --- | --- | --- |"
)


def row_of(kind: str) -> str:
    years = patients.people(kind, COUNT)
    turns = [year.reversals_26 for year in years]
    early = sum(0 <= (s - f).days <= 14 for year in years for s in year.steps_days for f in year.fall_days)
    gaps = np.array([year.end_height - year.right_height for year in years])
    near = np.mean(np.abs(gaps) <= 1.5)
    return (
        f"| {kind} | {np.median(turns):.0f} ({np.percentile(turns, 90):.0f}) | {early} | {np.median(gaps):+.1f} |"
        f" {near:.0%} |"
    )


def tasks() -> str:
    ladder = load_ladder()
    rows = [
        f"| S{number} | {ladder.words(task)} | {ladder.height(task)} | {ladder.setting(task)} |"
        for number, task in enumerate(ladder.walk)
    ]
    return "\n".join(["| task | stand ... | rung | where, at the least |", "| --- | --- | --- | --- |", *rows])


def main() -> None:
    text = PAGE.read_text("utf-8")
    for begin, made in ((BEGIN, "\n".join([HEAD, *map(row_of, patients.KINDS)])), ("<!-- tasks -->", tasks())):
        before, rest = text.split(begin)
        text = before + begin + "\n" + made + "\n" + END + rest.split(END, 1)[1]
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
