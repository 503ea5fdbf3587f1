# SPDX-License-Identifier: MIT
"""The diary as a printed page, and as the page that a person opens on their own computer or phone."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from math import ceil

from ..care.asked import STEADY
from ..care.diary import FIELDS, NOT_TOLD, NOTE_MAX
from ..clinic.diary import page_text
from ..clinic.diary_seal import FORMAT, HEAD, INFO, KIND, clinic_name, clinic_point, encoded, mark
from ..clinic.simulated import MARK
from ..clinic.store.values import Store
from ..errors import RecordingError
from .diary_view import Sheet
from .page import render
from .plan_view import BEFORE, Card, stops

MOST_PRINTED = 12  # things to do that one page has room for in large type (D)
ROOM_MM, INSTEAD_MM = 112.0, 9.0  # for all their rows; of a line above them
SUFFIX = ".diary"


@dataclass(frozen=True)
class Layout:
    """How the rows of things to do are printed: `row_mm` at least, with `figures` and `doses` or without, in `pt`."""

    row_mm: float
    figures: bool
    doses: bool
    pt: float = 12.0


# Rows from the highest to the lowest, letters a line, mm a line: the first that fits is taken. Letters and lines are
# measured on the printed page.
LOOKS = (
    *((Layout(row_mm, True, True), 25, 4.7) for row_mm in (21.0, 18.0, 15.0, 12.0)),
    (Layout(12.0, True, False), 25, 4.7),
    (Layout(10.0, False, True, 13.0), 33, 5.1),
    (Layout(8.0, False, True, 11.0), 40, 4.3),
    (Layout(7.0, False, False, 11.0), 40, 4.3),
)


def layout(sheet: Sheet) -> Layout | None:
    """The largest rows that have room, None where none have."""
    room_mm = ROOM_MM - INSTEAD_MM * (bool(sheet.instead) + sheet.simulated)
    if len(sheet.cards) > MOST_PRINTED:
        return None
    for look, letters, line_mm in LOOKS:
        if sum(_high_mm(card, look, letters, line_mm) for card in sheet.cards) <= room_mm:
            return look
    return None


def _high_mm(card: Card, look: Layout, letters: int, line_mm: float) -> float:
    title, dose = len(card.title) + 3, (len(card.dose) + len(card.often) + 2) * look.doses
    lines = ceil(title / letters) + ceil(dose / letters) if look.figures else ceil((title + dose) / letters)
    return max(look.row_mm, lines * line_mm) + 0.5


def printed_page(sheet: Sheet) -> str:
    """HTML of one A4 page. Raises RecordingError for a plan that has no room on it."""
    look = layout(sheet)
    if look is None:
        raise RecordingError(
            f"There are {len(sheet.cards)} things to do in this plan, and a diary page has no room: it holds up"
            f" to {MOST_PRINTED}, fewer where their names are long. Make the plan shorter (`surefoot plan drop`)."
        )
    return render(
        "diary.html.j2",
        sheet=sheet,
        span=_span(sheet),
        days=[(f"{day:%a}", f"{day.day} {day:%b}") for day in sheet.days],
        fields=FIELDS,
        steady=list(enumerate(STEADY, 1)),
        look=look,
        stop=stops(sheet.pain),
        mark=MARK,
    )


def own_page(store: Store, sheet: Sheet) -> str:
    """HTML, whole in itself, whose button saves a file that this store alone opens. Raises StoreError."""
    point, text = clinic_point(store), page_text(sheet.person, sheet.first, sheet.items)
    script = files("surefoot.output").joinpath("diary_page.js").read_text("utf-8")
    return render(
        "diary_page.html.j2",
        sheet=sheet,
        span=_span(sheet),
        days=[(str(day), f"{day:%A}", f"{day.day} {day:%B}") for day in sheet.days],
        fields=FIELDS,
        choices={one.name: _choices(one.name, one.least, one.most) for one in FIELDS},
        not_told=NOT_TOLD,
        note_max=NOTE_MAX,
        before=BEFORE,
        stop=stops(sheet.pain),
        mark=MARK,
        about={
            "kind": KIND, "format": FORMAT, "clinic": clinic_name(point), "person": sheet.person,
            "first": str(sheet.first), "point": encoded(point), "info": INFO.decode(), "head": " ".join(HEAD),
            "page": text, "mark": mark(store, text), "file": f"surefoot-{sheet.person}-{sheet.first}{SUFFIX}",
        },
        page_script=script,
        page_hash=b64encode(sha256(script.encode()).digest()).decode(),
    )  # fmt: skip


def _choices(name: str, least: int, most: int) -> list[tuple[int, str]]:
    words = {"steadiness": dict(enumerate(STEADY, 1)), "falls": {0: "none"}, "near_falls": {0: "none"}}
    words |= {one: {0: "none", 10: "the worst there is"} for one in ("pain_before", "pain_after")}
    own = words[name]
    return [(n, f"{n} {own[n]}" if n in own else str(n)) for n in range(least, most + 1)]


def _span(sheet: Sheet) -> str:
    first, last = sheet.days[0], sheet.days[-1]
    return f"{first:%A} {first.day} {first:%B} to {last:%A} {last.day} {last:%B %Y}"
