# SPDX-License-Identifier: MIT
"""Papers for tests: a person nobody is, a visit, results of four days; and a page's and a PDF's words read back."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date
from functools import lru_cache
from html import unescape
from typing import Any

from pypdf import PdfReader

from made_results import MADE, TOLD, quiet, tug
from surefoot.care.billing_file import load_billing
from surefoot.care.visit import Activity, Clinician, NamedTest, Visit
from surefoot.output.paper_make import make_paper
from surefoot.output.paper_values import Case, Paper

DAYS = (date(2026, 1, 5), date(2026, 1, 12), date(2026, 2, 2), date(2026, 3, 4))
NAMES = {
    "Latin": ("Müller-Žižek", "Zoë"),
    "Chinese": ("王", "小明"),
    "Arabic": ("العربي", "محمد بن عبد الله"),
}
Kept = tuple[date, dict[str, Any]]
HERE = TOLD | {"session": None}

VISIT = Visit(
    "09:00",
    "09:45",
    Clinician("Ana Example", "PT, DPT", "PT-12345"),
    (
        Activity("talk", "09:00", "09:05"),
        Activity("test", "09:05", "09:20", "Timed Up and Go, quiet stance; gait belt", True),
        Activity("balance", "09:20", "09:38", "Semi-tandem on foam; hands-on guarding", True),
    ),
    (NamedTest("tug", "Is crossing the street by the house safe?"),),
    "Tired after the second task, pain 2 of 10, settled within five minutes.",
    "Walking and turning are quicker than in January. The first steps of the turn stay unsteady.",
    "Go on with turns, add steps backward at the rail.",
    "Lying and standing blood pressure before the next test.",
    ("GP",),
)


@lru_cache(maxsize=64)
def _tug(seconds: float) -> dict[str, Any]:
    return tug(seconds, True)


@lru_cache(maxsize=64)
def _quiet(speed_mmps: float, made: str) -> dict[str, Any]:
    return quiet(speed_mmps, made=made)


def utc(on: date) -> str:
    return f"{on.isoformat()}T09:10:00Z"


def tugs(*seconds: float, days: Sequence[date] = DAYS, **told: Any) -> list[Kept]:
    """A Timed Up and Go by hand for each number, on the days from the first on."""
    said = {"circumstances": HERE | told}
    return [(on, deepcopy(_tug(one)) | said | {"created_utc": utc(on)}) for one, on in zip(seconds, days, strict=False)]


def stands(*speeds: float, days: Sequence[date] = DAYS, made: str = MADE, **more: Any) -> list[Kept]:
    """A quiet stance for each sway velocity."""
    said = {"circumstances": HERE} | more
    pairs = zip(speeds, days, strict=False)
    return [(on, deepcopy(_quiet(one, made)) | said | {"created_utc": utc(on)}) for one, on in pairs]


def case(*results: Kept, visit: Visit = VISIT, **more: Any) -> Case:
    """The case of the last day's visit."""
    return Case("P001", DAYS[-1], ((DAYS[0], VISIT), (DAYS[-1], visit)), results, **more)


def whole(**more: Any) -> Case:
    """Two tests over four days."""
    return case(*tugs(14.2, 14.0, 12.6, 11.0), *stands(8.0, 8.2, 8.1, 8.4), **more)


def named(script: str, **more: Any) -> Case:
    """The same with a name on it, which the clinician writes too."""
    family, given = NAMES[script]
    rows = (("Family name", family), ("Given name", given), ("Born", "1953-04-05"))
    said = replace(VISIT, interpretation=f"{VISIT.interpretation} {given} {family} was content.")
    return whole(names=rows, visit=said, **more)


def paper(kind: str = "note", of: Case | None = None) -> Paper:
    return make_paper(kind, of or whole(), load_billing())


def page_text(html: str) -> str:
    """What a page says, without its spaces: lines break elsewhere on paper."""
    body = re.sub(r"<[^>]+>", " ", html[html.index("<body>") :])
    return squeezed(unescape(body))


def page_lines(html: str) -> str:
    """A line for each block of a page."""
    body = html[html.index("<body>") :]
    body = re.sub(r"\s+", " ", body)
    body = re.sub(r"</(h1|h2|p|li|tr|dl|dd)>", "\n", body)
    body = re.sub(r"</(th|td)>", " | ", body)
    lines = [" ".join(unescape(re.sub(r"<[^>]+>", " ", line)).split()) for line in body.splitlines()]
    return "\n".join(line.removesuffix(" |") for line in lines if line) + "\n"


def pdf_text(pdf: bytes, of: Paper) -> str:
    """What a PDF says, without its spaces and the lines at the foot of each page."""
    text = squeezed("".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf)).pages))
    return re.sub(rf"{re.escape(squeezed(f'{of.title},{of.person}'))}page\d+of\d+", "", text).replace("•", "")


def pages(pdf: bytes) -> int:
    return len(PdfReader(io.BytesIO(pdf)).pages)


def letters(text: str) -> Counter[str]:
    """How often each letter stands in a text, in whichever order a reader puts them."""
    return Counter(squeezed(text))


def fonts(pdf: bytes) -> dict[str, bool]:
    """Every font of a PDF, and whether the file holds it."""
    found = {}
    for one in PdfReader(io.BytesIO(pdf)).pages:
        for name, font in one["/Resources"]["/Font"].items():  # pyright: ignore
            of = font.get_object()
            below = of["/DescendantFonts"][0].get_object() if "/DescendantFonts" in of else of
            about = below["/FontDescriptor"].get_object()
            found[str(of.get("/BaseFont", name))] = any(key.startswith("/FontFile") for key in about)
    return found


def squeezed(text: str) -> str:
    """Without spaces, and without the isolates around words that run from right to left, which no PDF shows."""
    return re.sub("[\u2066\u2067\u2069]", "", "".join(text.split()))
