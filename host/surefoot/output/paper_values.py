# SPDX-License-Identifier: MIT
"""What a paper for the file says, as plain values: page and PDF are both made of these, so they can't differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from surefoot.care.episode import Episode
from surefoot.care.visit import Visit
from surefoot.clinic.scale_kept import KeptScale
from surefoot.errors import SurefootError

DECIDES = "Surefoot measures and suggests; a clinician decides. Not a medical device."


class PaperError(SurefootError):
    """A paper can't be made."""


@dataclass(frozen=True)
class Words:
    """A paragraph; `soft` is the small print under a table."""

    words: str
    soft: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and what they are."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Bullets:
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Heads and rows of the same length; `right` are the columns of numbers, `wide` the one that takes what is left."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()
    wide: int = 0


Block = Words | Facts | Bullets | Table


@dataclass(frozen=True)
class Part:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Paper:
    """All that stands on one paper. `lead`: three questions, each with its answer; `signature`: what is to be filled in
    by hand is empty."""

    kind: str
    title: str
    person: str
    made: date
    marks: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    lead: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    signature: tuple[tuple[str, str], ...]
    foot: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """What a paper is made from: one person's visits and results, oldest first. `names`: who it is, where the paper
    may say so; `since`: baselines begin here; `clinic_errors`: the clinic's own measurement errors;
    `episode`: what happened beside the tests, None where nobody looked; `same_day`: other visits of the last
    one's day."""

    person: str
    made: date
    visits: tuple[tuple[date, Visit], ...]
    results: tuple[tuple[date, Mapping[str, Any]], ...]
    names: tuple[tuple[str, str], ...] = ()
    since: date | None = None
    to: str = ""
    goals: tuple[str, ...] = ()
    clinic_errors: tuple[Any, ...] = ()
    scales: tuple[KeptScale, ...] = ()
    episode: Episode | None = None
    same_day: tuple[Visit, ...] = ()

    @property
    def last(self) -> tuple[date, Visit]:
        """The visit that the paper is of."""
        return self.visits[-1]


def plain(paper: Paper) -> dict[str, Any]:
    """The paper in JSON's own types, each block with its type, as both templates read it."""
    return {
        "kind": paper.kind,
        "title": paper.title,
        "person": paper.person,
        "made": [paper.made.year, paper.made.month, paper.made.day],
        "marks": list(paper.marks),
        "facts": [list(row) for row in paper.facts],
        "lead": [list(row) for row in paper.lead],
        "parts": [{"title": part.title, "blocks": [_block(one) for one in part.blocks]} for part in paper.parts],
        "signature": [list(row) for row in paper.signature],
        "foot": list(paper.foot),
    }


def texts(paper: Paper) -> Iterator[str]:
    """Every text of the paper in the order of reading."""
    yield paper.title
    for row in (*paper.facts, *((mark,) for mark in paper.marks), *paper.lead):
        yield from row
    for part in paper.parts:
        yield part.title
        for one in part.blocks:
            if isinstance(one, Words):
                yield one.words
            elif isinstance(one, Bullets):
                yield from one.lines
            else:
                for row in (*((one.heads,) if isinstance(one, Table) else ()), *one.rows):
                    yield from row
    for row in paper.signature:
        yield from row
    yield from paper.foot


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Words):
        return {"type": "words", "words": block.words, "soft": block.soft}
    if isinstance(block, Facts):
        return {"type": "facts", "rows": [list(row) for row in block.rows]}
    if isinstance(block, Bullets):
        return {"type": "bullets", "lines": list(block.lines)}
    rows = [list(row) for row in block.rows]
    return {"type": "table", "heads": list(block.heads), "rows": rows, "right": list(block.right), "wide": block.wide}
