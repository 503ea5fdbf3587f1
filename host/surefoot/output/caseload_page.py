# SPDX-License-Identifier: MIT
"""The caseload as a page for the therapist."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ..clinic.simulated import EVERYBODY, MARK
from .caseload_command import NEVER, head
from .page import render

if TYPE_CHECKING:
    from ..clinic.caseload import Case


def caseload_page(cases: list[Case], many: int, today: date) -> str:
    """HTML, whole in itself."""
    return render(
        "caseload.html.j2",
        cases=cases,
        head=head(cases, many),
        day=f"{today.day} {today:%B %Y}",
        never=NEVER,
        mark=MARK,
        whole_mark=EVERYBODY if cases and all(one.simulated for one in cases) else "",
    )
