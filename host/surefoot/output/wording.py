# SPDX-License-Identifier: MIT
"""Numbers, units and reasons as the pages print them: all rounding is made here."""

import re
import unicodedata
from collections.abc import Sequence

from surefoot.measures.table import MEASURES

MINUS = "\u2212"
NONE = "\u2013"
LEFT_TO_RIGHT, RIGHT_TO_LEFT, APART_UNTIL = "\u2066", "\u2067", "\u2069"
SUPERSCRIPTS = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")


def unit_text(unit: str) -> str:
    """A UCUM unit as people write it: "m2/s5" becomes m\u00b2/s\u2075."""
    if unit == "1" or unit.startswith("{"):
        return ""
    return re.sub(r"(?<=[a-z])-?\d+", lambda match: match[0].translate(SUPERSCRIPTS), unit).replace("deg", "\u00b0")


def number_text(key: str, value: float) -> str:
    """A number with the decimals of the measures table."""
    row = MEASURES.get(key)
    return (f"{value:.{row.decimals}f}" if row else f"{value:.4g}").replace("-", MINUS)


def with_unit(key: str, value: float) -> str:
    """A number with the decimals and the unit of the measures table; points and counts have no unit."""
    unit = unit_text(MEASURES[key].unit) if key in MEASURES else ""
    return f"{number_text(key, value)} {unit}".strip()


def seconds(value: float | None, decimals: int = 1) -> str:
    """Seconds, or a dash where there are none."""
    return NONE if value is None else f"{value:.{decimals}f}".replace("-", MINUS)


def sentence(reason: str) -> str:
    text = reason.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def ended(text: str) -> str:
    """Somebody's own words, ended as a sentence is in whichever script."""
    text = text.rstrip()
    return text if not text or unicodedata.category(text[-1]) == "Po" else f"{text}."


def isolated(text: str) -> str:
    """Somebody's words with letters that run from right to left, set apart line by line (Unicode's isolates), in the
    way that most of a line runs: numbers in it and words after it keep their places. Others as they are."""
    return "\n".join(map(_isolated, text.split("\n")))


def _isolated(line: str) -> str:
    ways = [unicodedata.bidirectional(one) for one in line]
    back = sum(way in ("R", "AL") for way in ways)
    if not back and not {"RLE", "RLO", "RLI"} & set(ways):
        return line
    return f"{RIGHT_TO_LEFT if back > ways.count('L') else LEFT_TO_RIGHT}{line}{APART_UNTIL}"


def upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def listed(words: Sequence[str]) -> str:
    """ "aid, shoes and dose"."""
    return " and ".join(text for text in (", ".join(words[:-1]), *words[-1:]) if text)


def spoken(word: str) -> str:
    """An id as a word: "foot-lift" becomes "foot lift"."""
    return word.replace("-", " ").replace("_", " ")
