# SPDX-License-Identifier: MIT
"""How people write units in the headings of tables, what each is in SI, and numbers of things."""

import re
from dataclasses import dataclass

from surefoot.physics import GRAVITY_MS2

POUND_N = 0.45359237 * GRAVITY_MS2  # the international pound (1959)
RADIAN_DEG = 57.29577951308232


@dataclass(frozen=True)
class Unit:
    """`value in SI (for turning: deg/s) = value * factor`."""

    word: str
    quantity: str  # "length" | "time" | "force" | "moment" | "acceleration" | "turning"
    factor: float


# (the word that is shown, quantity, factor, other ways to write it); upper and lower case differ
_ROWS = (
    ("m", "length", 1.0, "meter metre meters metres"),
    ("cm", "length", 1e-2, "centimeter centimetre"),
    ("mm", "length", 1e-3, "millimeter millimetre"),
    ("um", "length", 1e-6, "micrometer micrometre"),
    ("in", "length", 0.0254, "inch inches"),
    ("s", "time", 1.0, "sec secs second seconds S"),
    ("ms", "time", 1e-3, "msec millisecond milliseconds"),
    ("us", "time", 1e-6, "usec microsecond microseconds"),
    ("ns", "time", 1e-9, "nsec nanosecond nanoseconds"),
    ("min", "time", 60.0, "minutes"),
    ("N", "force", 1.0, "newton newtons"),
    ("kN", "force", 1e3, ""),
    ("kgf", "force", GRAVITY_MS2, "kp"),
    ("lbf", "force", POUND_N, "lb lbs"),
    ("Nm", "moment", 1.0, "N.m"),
    ("Nmm", "moment", 1e-3, "N.mm"),
    ("Ncm", "moment", 1e-2, "N.cm"),
    ("kNm", "moment", 1e3, "kN.m"),
    ("in-lbf", "moment", 0.0254 * POUND_N, "lbf.in in.lb lb.in in.lbs inlb inlbs"),
    ("ft-lbf", "moment", 0.3048 * POUND_N, "lbf.ft ft.lb lb.ft ft.lbs ftlb ftlbs"),
    ("m/s2", "acceleration", 1.0, "ms2 mps2 m/s/s ms-2 m.s-2 m/sec2 m/s^2"),
    ("g", "acceleration", GRAVITY_MS2, "G gn g0"),
    ("mg", "acceleration", GRAVITY_MS2 * 1e-3, "milli-g"),
    ("deg/s", "turning", 1.0, "dps deg/sec degrees/s degree/s degs-1 deg.s-1"),
    ("rad/s", "turning", RADIAN_DEG, "rads rps rad/sec radian/s radians/s rads-1 rad.s-1"),
    ("mdps", "turning", 1e-3, "mdeg/s"),
)


UNITS = tuple(Unit(word, quantity, factor) for word, quantity, factor, _ in _ROWS)


def _plain(word: str) -> str:
    text = word.strip().strip("[]()").strip()
    for old, new in (
        ("\u00b0", "deg"), ("\u00b5", "u"), ("\u03bc", "u"), ("\u00b2", "2"), ("\u207b\u00b9", "-1"), ("\u207b", "-"),
        ("\u00b7", "."), ("\u22c5", "."), ("*", "."), ("^", ""), (" ", ""),
    ):  # fmt: skip
        text = text.replace(old, new)
    return re.sub(r"(?<=[A-Za-z])-(?=[A-Za-z])", ".", text)


_BY_WORD = {
    _plain(name): Unit(word, quantity, factor)
    for word, quantity, factor, others in _ROWS
    for name in (word, *others.split())
}


def unit_of(word: str) -> Unit | None:
    """The unit that a word such as "mm", "[N-m]" or "m/s\u00b2" means, or None."""
    return _BY_WORD.get(_plain(word))


def counted(count: int, word: str) -> str:
    """A number with what it counts: "1 row", "2 rows"."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def people(count: int) -> str:
    """ "1 person", "2 people"."""
    return "1 person" if count == 1 else f"{count} people"


def entries(count: int) -> str:
    """ "1 entry", "2 entries"."""
    return "1 entry" if count == 1 else f"{count} entries"


def words(quantity: str) -> str:
    """The units of a quantity as an error names them: "m, cm, mm, um or in"."""
    own = [word for word, of, _, _ in _ROWS if of == quantity]
    return f"{', '.join(own[:-1])} or {own[-1]}"


def name_and_unit(heading: str) -> tuple[str, Unit | None]:
    """A heading without its unit, and the unit: "COPx [cm]", "Time (s)", "Fz, N" and "cop_ml_mm" have one."""
    text = heading.strip().strip('"').strip()
    bracketed = re.fullmatch(r"(.*?)[\s_]*[\[(]([^\[\]()]*)[\])]", text)
    if bracketed and bracketed[1]:
        unit = unit_of(bracketed[2])
        return (bracketed[1].strip(), unit) if unit else (text, None)
    for pattern in (r"(.+),\s*([^,]+)", r"(.+)_([^_]+)"):
        tail = re.fullmatch(pattern, text)
        unit = unit_of(tail[2]) if tail else None
        if tail and unit:
            return tail[1].strip(), unit
    return text, None
