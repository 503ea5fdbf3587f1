# SPDX-License-Identifier: MIT
"""What a safety profile blocks since an answer wasn't fine, apart from what only waits for an answer."""

from surefoot.care.ladder import SETTINGS
from surefoot.care.progression_values import NOT_ASKED, Waiting
from surefoot.care.safety import closes
from surefoot.care.safety_values import Blocks


def told_apart(
    found: Blocks, leg: str | None = None, beside: bool = False
) -> tuple[Blocks, tuple[Waiting, ...], tuple[str, ...]]:
    """The blocks by answers that weren't fine; what on one `leg` or both waits for an answer; and questions that all
    training waits for, at home or with a therapist `beside`. Who wasn't asked stays where they are until they are."""
    firm = Blocks(tuple(one for one in found.reasons if one.state != NOT_ASKED))
    least = SETTINGS.index(SETTINGS[0] if beside else firm.needs)
    waiting: list[Waiting] = []
    unasked: list[str] = []
    for row in (one.block for one in found.reasons if one.state == NOT_ASKED):
        company = "" if beside else row.company or ""
        too_little = bool(company) and SETTINGS.index(company) < least
        if too_little or closes(row, beside) or (not beside and row.needs is not None):
            unasked.append(row.answer)
        levels = frozenset(row.levels if leg is None or row.leg in (None, leg) else ())
        if levels or company:
            waiting.append(Waiting(row.answer, levels, company))
    return firm, tuple(waiting), tuple(dict.fromkeys(unasked))
