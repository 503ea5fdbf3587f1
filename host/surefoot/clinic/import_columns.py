# SPDX-License-Identifier: MIT
"""Which column of a file is which signal: said as "ml=-COPx[mm],ap=COPy[mm],time=Time", or told by plain headings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from surefoot.delimited import Column, Layout
from surefoot.errors import SurefootError
from surefoot.unit_words import Unit, unit_of, words

COP_ROLES = {
    "ml": "length", "ap": "length", "left_ml": "length", "left_ap": "length", "right_ml": "length",
    "right_ap": "length", "force": "force", "left_force": "force", "right_force": "force", "fx": "force",
    "fy": "force", "fz": "force", "mx": "moment", "my": "moment", "time": "time",
}  # fmt: skip
IMU_ROLES = {
    "ml": "acceleration", "ap": "acceleration", "v": "acceleration", "gyr_ml": "turning", "gyr_ap": "turning",
    "gyr_v": "turning", "qw": "number", "qx": "number", "qy": "number", "qz": "number", "time": "time",
}  # fmt: skip
TURN = ("qw", "qx", "qy", "qz")
ROLES = {"cop": COP_ROLES, "imu": IMU_ROLES}
PLATE = ("fx", "fy", "fz", "mx", "my")
PLATE_CENTRE = ("plate.x", "plate.y")  # made of forces and moments, so in metres without a word
AMTI = (("Fx", "N"), ("Fy", "N"), ("Fz", "N"), ("Mx", "Nm"), ("My", "Nm"), ("Mz", "Nm"))
SIDE = frozenset(("ml", "mediolateral", "mediolat"))
FORE = frozenset(("ap", "anteroposterior", "anteropost"))
UP = frozenset(("v", "vt", "vert", "vertical", "up"))
NOT_PLACES = frozenset(
    ("vel", "velocity", "speed", "left", "right", "l", "r", "lt", "rt", "filt", "filtered", "raw", "sd")
)


class ColumnsError(SurefootError):
    """What a file's columns are isn't said, or can't be as it was said."""


@dataclass(frozen=True)
class Source:
    """Where a signal comes from: a column of the file (or "plate.x", "plate.y"), its sign and its unit."""

    column: Column | None
    name: str
    sign: int
    unit: Unit | None
    guessed: bool = False

    def __str__(self) -> str:
        unit = f"[{self.unit.word}]" if self.unit and self.name not in PLATE_CENTRE else ""
        return f"{'-' * (self.sign < 0)}{self.name}{unit}"


Sources = Mapping[str, Source]


def sources(
    layout: Layout, said: str | None, kind: str | None = None, amti: bool = False
) -> tuple[str, dict[str, Source], list[str]]:
    """Kind of the file ("cop" or "imu"), the source of each signal by its role, and warnings.

    What is said wins; what isn't said is taken from headings that leave no doubt, and marked as guessed. ColumnsError
    names the choice that is left.
    """
    columns = _amti(layout) if amti else layout.columns
    pairs = pairs_of(said or "")
    kind = kind or _kind(pairs, columns, layout)
    found, warnings = said_sources(pairs, columns, layout, ROLES[kind], f"a {kind} file: use {', '.join(ROLES[kind])}")
    for role, source in _guesses(kind, columns, found).items():
        found.setdefault(role, source)
    _complete(kind, found, columns, layout)
    return kind, found, warnings


def said_sources(
    pairs: Sequence[tuple[str, str]], columns: Sequence[Column], layout: Layout, roles: Mapping[str, str], of: str
) -> tuple[dict[str, Source], list[str]]:
    """The source of each role that is said, and warnings; `roles` have their quantity, `of` is what they belong to."""
    warnings: list[str] = []
    found: dict[str, Source] = {}
    for role, text in pairs:
        if role not in roles:
            raise ColumnsError(f"'{role}' is no signal of {of}.")
        if role in found:
            raise ColumnsError(f"--columns says {role} twice: say it once.")
        found[role] = _source(role, text, columns, layout, roles[role], warnings)
    return found, warnings


def _amti(layout: Layout) -> tuple[Column, ...]:
    """The six columns of AMTI's own text export, which has no names: forces and moments in a fixed order."""
    if len(layout.columns) != 6 or any(column.heading for column in layout.columns):
        raise ColumnsError(
            f"{layout.path} isn't AMTI's text of six columns without names (Fx Fy Fz Mx My Mz): it has"
            f" {len(layout.columns)}{' with names' if layout.columns[0].heading else ''}. Leave out --amti and say"
            " --columns."
        )
    return tuple(Column(i, name, name, unit_of(unit)) for i, (name, unit) in enumerate(AMTI))


def pairs_of(said: str) -> list[tuple[str, str]]:
    """Roles and what is said of each; commas within brackets don't part them."""
    pairs = []
    for part in re.split(r",(?![^\[(]*[\])])", said):
        if not part.strip():
            continue
        role, equals, text = part.partition("=")
        if not equals or not text.strip():
            raise ColumnsError(f"'{part.strip()}' in --columns says nothing: write it as ml=COPx[mm].")
        pairs.append((role.strip().lower(), text.strip()))
    return pairs


def _kind(pairs: Sequence[tuple[str, str]], columns: Sequence[Column], layout: Layout) -> str:
    roles = {role for role, _ in pairs}
    if roles & (set(IMU_ROLES) - set(COP_ROLES)):
        return "imu"
    if roles & (set(COP_ROLES) - {"time"}):
        units = {unit.quantity for _, text in pairs if (unit := _unit_said(text, columns))}
        return "imu" if "acceleration" in units else "cop"
    cop, imu = (_guesses(kind, columns, {}) for kind in ("cop", "imu"))
    have_cop, have_imu = {"ml", "ap"} <= set(cop), {"ml", "ap", "v"} <= set(imu)
    if have_cop and have_imu:
        raise ColumnsError(f"{layout.path} has a centre of pressure and an acceleration: say --kind cop or --kind imu.")
    looks_imu = have_imu or sum(column.name.lower().startswith("acc") for column in columns) >= 3
    return "imu" if looks_imu and not have_cop else "cop"


def _unit_said(text: str, columns: Sequence[Column]) -> Unit | None:
    bracketed = re.fullmatch(r".*\[([^\]]*)\]", text)
    if bracketed:
        return unit_of(bracketed[1])
    return next((column.unit for column in columns if text.lstrip("+-") in (column.heading, column.name)), None)


def _source(
    role: str, text: str, columns: Sequence[Column], layout: Layout, quantity: str, warnings: list[str]
) -> Source:
    """What is said of one role, found among the columns."""
    sign = 1
    exact = [column for column in columns if column.heading == text]
    if not exact and text[0] in "+-":
        sign, text = -1 if text[0] == "-" else 1, text[1:].strip()
    if text.lower() in PLATE_CENTRE and not any(column.heading == text for column in columns):
        if role not in ("ml", "ap"):
            raise ColumnsError(f"{text} is a centre of pressure: it can be ml or ap, not {role}.")
        return Source(None, text.lower(), sign, unit_of("m"))
    column, unit = _find(text, columns, layout)
    if unit and column.unit and unit != column.unit:
        warnings.append(f"The heading {column} says {column.unit.word}; {unit.word} is taken, as --columns says.")
    unit = unit or column.unit
    if unit is None and role == "time":
        unit = unit_of("s")
    if quantity == "number":
        return Source(column, str(column.name or column), sign, None)
    if unit is None:
        raise ColumnsError(
            f"The unit of {column} isn't known: write it behind the name, {role}={column}[...], as {words(quantity)}."
        )
    if unit.quantity != quantity:
        raise ColumnsError(
            f"{role} is a {quantity}, and {unit.word} is a unit of {unit.quantity}: use {words(quantity)}."
        )
    return Source(column, str(column.name or column), sign, unit)


def _find(text: str, columns: Sequence[Column], layout: Layout) -> tuple[Column, Unit | None]:
    """The column of a name, with the unit behind it; a name that several have is told apart as "Fz#2"."""
    bracketed = re.fullmatch(r"(.+?)\s*\[([^\]]*)\]", text)
    for name, unit_word in ((text, None), *(((bracketed[1], bracketed[2]),) if bracketed else ())):
        unit = unit_of(unit_word) if unit_word else None
        if unit_word and unit is None:
            raise ColumnsError(f"'{unit_word}' is no unit that is known here: use one such as mm, N, Nm, g or deg/s.")
        numbered = re.fullmatch(r"(.*)#(\d+)", name)
        wanted, number = (numbered[1], int(numbered[2])) if numbered else (name, None)
        found = [column for column in columns if not wanted or _is(column, wanted)]
        if found and (number or 1) <= len(found):
            if number is None and len(found) > 1:
                raise ColumnsError(
                    f"{layout.path} has {len(found)} columns called {wanted}: say which by {wanted}#1 or {wanted}#2."
                )
            return found[(number or 1) - 1], unit
    raise ColumnsError(f"{layout.path} has no column {text}: it has {listed(columns)}.")


def _is(column: Column, name: str) -> bool:
    return bool(column.heading) and name.lower() in (column.heading.lower(), column.name.lower())


def listed(columns: Iterable[Column], most: int = 24) -> str:
    names = [str(column) for column in columns]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _guesses(kind: str, columns: Sequence[Column], said: Sources) -> dict[str, Source]:
    """Signals that headings name without doubt: one column only, its direction as a word, its unit beside it."""
    candidates: dict[str, list[Column]] = {}
    for column in columns:
        parts = {part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", column.name)}
        joined = re.sub(r"[^a-z]", "", column.name.lower())
        role = None
        if joined in ("t", "time", "timestamp", "timestamps", "abstime", "elapsedtime") and column.kind != "text":
            if column.unit is None or column.unit.quantity == "time":
                role = "time"
        elif not parts & NOT_PLACES and len(directions := _directions(parts, joined)) == 1:
            role = directions.pop()
        if role is None or (role != "time" and (column.unit is None or column.unit.quantity != ROLES[kind].get(role))):
            continue
        candidates.setdefault(role, []).append(column)
    if said and {"ml", "ap"} & set(said):
        candidates = {role: own for role, own in candidates.items() if role == "time"}
    plain = {role: own[0] for role, own in candidates.items() if len(own) == 1}
    found = {r: Source(c, c.name, 1, c.unit or (unit_of("s") if r == "time" else None), True) for r, c in plain.items()}
    if any(source.name in PLATE_CENTRE for source in said.values()):
        for role in PLATE:
            own = [column for column in columns if column.name.lower() == role]
            if len(own) == 1 and own[0].unit and own[0].unit.quantity == COP_ROLES[role]:
                found[role] = Source(own[0], own[0].name, 1, own[0].unit, True)
    return found


def _directions(parts: set[str], joined: str) -> set[str]:
    found = {role for role, known in (("ml", SIDE), ("ap", FORE), ("v", UP)) if parts & known}
    ends = re.fullmatch(r"(?:cop|acc|accel|acceleration)(ml|ap|v)", joined)
    return found | ({ends[1]} if ends else set())


def _complete(kind: str, found: Sources, columns: Sequence[Column], layout: Layout) -> None:
    """ColumnsError where what is needed isn't there, with the choice."""
    if kind == "imu":
        missing = [role for role in ("ml", "ap", "v") if role not in found]
        if missing:
            raise ColumnsError(
                f"Which columns of {layout.path} are the acceleration to the right (ml), forward (ap) and up (v) isn't"
                f" said: {listed(columns)}. Say it as --columns {_imu_example(columns)}"
            )
        return
    feet = {f"{foot}_{what}" for foot in ("left", "right") for what in ("ml", "ap", "force")} <= set(found)
    if not feet and not {"ml", "ap"} <= set(found):
        raise ColumnsError(
            f"Which column of {layout.path} is side to side (ml) and which forward (ap) isn't said, and names such as"
            f" X and Y don't tell: {listed(columns)}. {_cop_example(columns)}"
        )
    if any(found[role].name in PLATE_CENTRE for role in ("ml", "ap") if role in found):
        missing = [role for role in PLATE if role not in found]
        if missing:
            raise ColumnsError(
                f"A centre of pressure from forces and moments needs fx, fy, fz, mx and my: {', '.join(missing)} of"
                f" {layout.path} can't be told from its headings; say them in --columns, such as mx=Mx[Nm]."
            )


def _cop_example(columns: Sequence[Column]) -> str:
    """Both ways round, of the two columns that look like a centre of pressure."""
    looks = [c for c in columns if c.name.lower().startswith(("cop", "ax", "ay")) and c.kind == "number"]
    looks = looks or [c for c in columns if c.unit and c.unit.quantity == "length"]
    if len(looks) == 2:
        one, two = (
            str(c) if c.unit and str(c) != c.name else f"{c}[{c.unit.word if c.unit else 'unit'}]" for c in looks
        )
        return f'Say --columns "ml={one},ap={two}" or --columns "ml={two},ap={one}".'
    if len([c for c in columns if c.name.lower() in PLATE]) == len(PLATE):
        return 'Say --columns "ml=plate.y,ap=plate.x" or the other way round: made of its forces and moments.'
    return 'Say it as --columns "ml=NAME[mm],ap=NAME[mm]".'


def _imu_example(columns: Sequence[Column]) -> str:
    looks = [c for c in columns if c.name.lower().startswith("acc") and c.kind == "number"]
    if len(looks) != 3:
        return '"ml=NAME[g],ap=NAME[g],v=NAME[g]".'
    unit = "" if looks[0].unit else "[g]"
    told = ",".join(f"{role}={column}{unit}" for role, column in zip(("ml", "ap", "v"), looks, strict=True))
    return f'"{told}" in the order and with the signs that are right: up is found from gravity and said.'
