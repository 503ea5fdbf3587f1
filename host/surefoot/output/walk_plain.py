# SPDX-License-Identifier: MIT
"""Who is told what of a walk: the one table of what `walk sync` says, by reader. The patient's page has words of its
own (`walk_page_patient`), plain ones only, and takes none of these.

Whoever walked reads plain words: what happened, and what to do. The therapist's page and --json keep the sentence that
a part of the software wrote. Whoever typed an option reads the answer to it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

PATIENT, THERAPIST, OPERATOR = "patient", "therapist", "operator"
KEPT = "The walk is kept; ask your therapist."


class Row(NamedTuple):
    """`part`: how a sentence is known (a regular expression), whose it is, and of a therapist's what the person who
    walked reads instead ("": nothing)."""

    part: str
    reader: str
    plain: str = ""


# Of several rows that fit the first counts.
ROWS = (
    # Why a walk tells nothing, or less than all.
    Row(r"analysis of before stays", THERAPIST, "A walk could not be read again; what was found before stays."),
    Row(r"contradict each other|its clock is unknown|answered no ping", THERAPIST, "The clock of the board jumped."),
    Row(r"Not used", THERAPIST, "It is not known how your insoles were set."),
    Row(
        r"No steps were found|never lifted", THERAPIST,
        "No walking was found in it. If you did walk, check that both insoles are in your shoes and plugged in.",
    ),
    Row(
        r"no sample of the insoles|Neither insole gave|did not answer", THERAPIST,
        "The insoles told nothing: check that both are plugged in before the next walk.",
    ),
    Row(r"not analysed yet|without a result", THERAPIST, "It has not been read yet."),
    Row(r"Surefoot itself failed|ended from outside|failed:", THERAPIST, "The software could not read it."),
    Row(r"update [Ss]urefoot", THERAPIST, "It is of a newer version than the software here."),
    Row(r"what a person said of a walk|said\.json", THERAPIST, "What you said of it can't be read: say it again."),
    Row(r"calibrat|pairs? of insoles|record of|record is", THERAPIST, "It is not known which insoles you wore."),
    Row(r"no room for a long walk|No space left", THERAPIST, "The disk of the computer is full."),
    Row(
        r"isn't the table|isn't the JSON|isn't an analysed walk|walk\.json", THERAPIST,
        "What was found in it can't be read any more.",
    ),
    Row(
        r"no Surefoot recording|can't be read|is empty|sessions|damaged|too short|breaks off", THERAPIST,
        "Its file is damaged or not whole.",
    ),
    # What broke a walk on the cable off, or a talk with the board.
    Row(
        r"unplugged|is gone|silent|no answer|nothing for|cable|not answer|disconnected", THERAPIST,
        "The cable came out, or the board went silent: plug it in again.",
    ),
    Row(r"Hz", THERAPIST, "The board measured too slowly."),
    # Why metres are not known.
    Row(r"leg's|No leg|leg was", THERAPIST, "Your therapist can measure your leg once; then metres are known."),
    Row(r"0\.5 m/s|slow", THERAPIST, "Such calm steps can't be counted in metres."),
    Row(r"Insoles know no lengths|No stride length|not known from this recording", THERAPIST),
    Row(r"strides have a length", THERAPIST, "Too few of its steps could be measured."),
    # Around it, as it is said.
    Row(r"could not be told the time", THERAPIST, "The clock of the board could not be set: sync again."),
    Row(r"[Pp]ages were not written", THERAPIST, "Your page could not be written: ask your therapist."),
    Row(
        r"is kept for .* already and was left alone", THERAPIST,
        "A walk of somebody else is on this board too. It was left alone.",
    ),
    Row(r"`surefoot log erase` makes", THERAPIST, "The board is nearly full: tell your therapist."),
    Row(r"(The leg|Step lengths) of .* (is kept|go by)|No recording of .* is kept", OPERATOR),
    Row(r"The goal is kept", PATIENT),
    Row(r"Looking at|Nothing new|There is no walk on this board|Walk .* is ended|[Pp]ages?:", PATIENT),
    Row(r"Stand still for a few seconds", PATIENT),
    Row(r"nothing could be told of it|How far is not known|When it was walked is not known", PATIENT),
)  # fmt: skip


def row_of(text: str) -> Row | None:
    """The row of a sentence; None for one that nobody has sorted."""
    return next((row for row in ROWS if re.search(row.part, text)), None)


def plain(text: str, otherwise: str = "It could not be read.") -> str:
    """A technical sentence in words for whoever walked; "" where it is none of their business."""
    row = row_of(text)
    return otherwise if row is None else text if row.reader == PATIENT else row.plain


def walk_problem(text: str) -> str:
    """The same of what went wrong with a walk, and what to do."""
    return f"{plain(text)} {KEPT}".strip()
