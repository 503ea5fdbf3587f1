# SPDX-License-Identifier: MIT
"""At which pain somebody is to stop, by the rules that the ladders go by, with their own numbers and usual pain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from surefoot.care.progression import load_rules
from surefoot.care.progression_case import Numbers
from surefoot.care.progression_lower import pain_most

LIMIT, SEVERE = RULES = ("pain-limit", "severe-pain")


@dataclass(frozen=True)
class PainStop:
    """Pain stronger than `most` of 10, or risen by more than `rise`."""

    most: float
    rise: float

    @property
    def words(self) -> str:
        """The end of a sentence that begins with when to stop."""
        return f"pain gets stronger than {self.most:g} of 10, or rises by more than {self.rise:g}"


def pain_stop(usual: int | None = None, own: Iterable[Mapping[str, Numbers]] = ()) -> PainStop:
    """The strictest over `own`, each the numbers of a ladder by rule; where there is none, the rules' own numbers."""
    shipped = {row.id: row.numbers for row in load_rules().rows if row.id in RULES}
    found = [{rule: {**shipped[rule], **one.get(rule, {})} for rule in RULES} for one in own] or [shipped]
    most = (pain_most(usual, one[LIMIT]["peak"], one[LIMIT]["above_usual"]) for one in found)
    # Severe pain locks from there on, so what is let be lies a point below.
    severe = (pain_most(usual, one[SEVERE]["pain"], one[SEVERE]["above_usual"]) - 1 for one in found)
    return PainStop(min(*most, *severe), min(one[LIMIT]["rise"] for one in found))
