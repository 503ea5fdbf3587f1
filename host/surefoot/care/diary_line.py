# SPDX-License-Identifier: MIT
"""A printed day typed as one line, in the order in which it is printed. Pure.

    11.0 2 3 2 0 0 knee was stiff

One sign for each thing to do (1 done, 0 not done, . nothing ticked), then the rows below with a blank between them
(. for an empty box), then words. What is left out at the end is unreported, and so is an empty line.
"""

from collections.abc import Sequence
from datetime import date

from surefoot.care.diary import FIELDS, NOTE_MAX, Day
from surefoot.errors import RecordingError

DONE, NOT_DONE, NOTHING = "1", "0", "."
SIGNS = {DONE: True, NOT_DONE: False}


def example(items: Sequence[str]) -> str:
    """A line for so many things to do."""
    ticks = "".join((DONE, DONE, NOTHING, NOT_DONE)[n % 4] for n in range(len(items)))
    return " ".join([*([ticks] if ticks else []), "2", "3", "2", "0", "0", "knee was stiff"])


def legend(items: Sequence[str]) -> tuple[str, ...]:
    """How a line is typed, in words."""
    ticks = f"{len(items)} signs for what is done (1 done, 0 crossed out, . empty), " if items else ""
    rows = ", ".join(one.label.lower() for one in FIELDS)
    return (
        f"One line a day: {ticks}then {rows} (. for an empty box), then words.",
        f"Such as: {example(items)}",
        "Only Enter: nothing was written on that day.",
    )


def parsed(text: str, on: date, items: Sequence[str]) -> Day:
    """The day of a line; `items`: ids in the order of the page. Raises RecordingError, saying what isn't understood."""
    words = text.split()
    if not words:
        return Day(on)
    done: dict[str, bool] = {}
    if items:
        ticks, words = words[0], words[1:]
        if len(ticks) != len(items) or set(ticks) - {DONE, NOT_DONE, NOTHING}:
            raise RecordingError(
                f"'{ticks}' isn't {len(items)} signs of 1 (done), 0 (not done) and . (empty), one for each thing to do."
            )
        done = {name: SIGNS[sign] for name, sign in zip(items, ticks, strict=True) if sign in SIGNS}
    numbers: dict[str, int] = {}
    for row, word in zip(FIELDS, words, strict=False):
        if word == NOTHING:
            continue
        if not (word.isascii() and word.isdecimal() and row.least <= int(word) <= row.most):
            raise RecordingError(
                f"{row.label} is '{word}': type {row.least} to {row.most}, or . for an empty box; words come last."
            )
        numbers[row.name] = int(word)
    note = " ".join(words[len(FIELDS) :])
    if len(note) > NOTE_MAX:
        raise RecordingError(f"The words have {len(note)} letters: keep them to {NOTE_MAX}.")
    return Day(on, done, note=note, **numbers)
