# SPDX-License-Identifier: MIT
"""A rated scale (protocols/scales/*.toml) and the answers to its items in; its score out, or which item is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose, isfinite, sqrt
from pathlib import Path
from typing import Any

from surefoot import resources
from surefoot.care.file_schema import check_format, check_schema, schema_of
from surefoot.care.protocol import parse_toml, read_text
from surefoot.care.protocol_values import Source
from surefoot.errors import ProtocolError

SIDES = ("left", "right")


@dataclass(frozen=True)
class Items:
    """How many answers there must and may be, and from what to what in what steps; see protocols/scales/schema.json."""

    least: int
    most: int
    low: float
    high: float
    step: float
    own: bool = False
    sided: tuple[str, ...] = ()
    weighted: bool = False


@dataclass(frozen=True)
class Level:
    """What a rating means, for every item alike."""

    value: float
    says: str


@dataclass(frozen=True)
class ScaleError:
    """The smallest change of a score, or of one item, that is not likely to be error alone, and in whom."""

    mdc: float
    confidence_percent: float
    of: str
    population: str
    source: str
    certainty: str
    interval: str = ""
    doi: str = ""


@dataclass(frozen=True)
class Scale:
    """One scale, as its file says it."""

    id: str
    version: str
    title: str
    purpose: str
    rated_by: str
    items: Items
    score: str
    better: str
    licence: str
    sources: tuple[Source, ...]
    takes_min: float = 0.0
    goal_correlation: float = 0.0
    wording: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    note: str = ""
    error: tuple[ScaleError, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The answers it asks for: item numbers, and for items of both sides "3-left" and "3-right"."""
        numbers = [str(number) for number in range(1, self.items.most + 1)]
        return tuple(
            key
            for number in numbers
            for key in ([f"{number}-{side}" for side in SIDES] if number in self.items.sided else [number])
        )

    def about_of(self, key: str) -> str:
        """What an item is about, in our few words, and of which side; "" where the file doesn't say."""
        number, _, side = key.partition("-")
        return ", ".join(text for text in (self.about[int(number) - 1] if self.about else "", side) if text)

    @property
    def range(self) -> tuple[float, float]:
        """The least and the largest score, with as many items as there may be."""
        if self.score == "goal-t":
            ones = [1.0] * self.items.most
            low, high = ([end] * self.items.most for end in (self.items.low, self.items.high))
            return _goal_t(low, ones, self.goal_correlation), _goal_t(high, ones, self.goal_correlation)
        times = self.items.most if self.score == "sum" else 1
        return times * self.items.low, times * self.items.high


@dataclass(frozen=True)
class Score:
    """The value, or None with a reason; which answers are missing; whether it is the best that the scale can show."""

    value: float | None
    reason: str | None
    missing: tuple[str, ...]
    answered: int
    at_ceiling: bool = False


def scale_names(folder: Path | None = None) -> tuple[str, ...]:
    """The ids of the scales in the folder (by default those that come with Surefoot), sorted."""
    return tuple(sorted(path.stem for path in (folder or _folder()).glob("*.toml")))


def load_scale(name: str, folder: Path | None = None) -> Scale:
    """A scale by its name. Raises ProtocolError where there is none of it, or the file is wrong."""
    folder = folder or _folder()
    if name not in scale_names(folder):
        raise ProtocolError(f"There is no scale '{name}': name one of these: {', '.join(scale_names(folder))}.")
    path = folder / f"{name}.toml"
    document = parse_toml(read_text(path), path)
    schema = schema_of("scales/schema.json")
    check_format(document, schema, path)
    check_schema(document, schema, path)
    made: dict[str, Any] = {
        "items": Items(**_tuples(document["items"])),
        "sources": tuple(Source(**entry) for entry in document["sources"]),
        "error": tuple(ScaleError(**entry) for entry in document.get("error", ())),
        "wording": tuple(document.get("wording", ())),
        "about": tuple(document.get("about", ())),
        "levels": tuple(Level(**entry) for entry in document.get("levels", ())),
    }
    scale = Scale(**{key: value for key, value in document.items() if key not in made and key != "format"}, **made)
    _check_sense(scale, path)
    return scale


def score(scale: Scale, answers: Mapping[str, float | None], weights: Mapping[str, float] | None = None) -> Score:
    """The score of the answers by `scale.keys`; a missing answer is None or left out, and makes the score None.

    Raises ProtocolError for an answer that the scale doesn't have: a wrong number is no number.
    """
    weights = weights or {}
    given = {key: value for key, value in answers.items() if value is not None}
    for key, value in given.items():
        check_answer(scale, key, value)
    for key, weight in weights.items():
        check_weight(scale, key, weight)
    enough = scale.items.own and len(given) >= scale.items.least
    missing = () if enough else tuple(key for key in scale.keys if key not in given)
    if missing:
        if scale.items.own:
            reason = f"{len(given)} of at least {scale.items.least} are rated."
        else:
            which = ", ".join(missing[:5]) + (" and more" if len(missing) > 5 else "")
            reason = f"{len(missing)} of {len(scale.keys)} answers are missing (item {which}): rate them first."
        return Score(None, reason, missing, len(given))
    numbers = _worse_sides(scale, given)
    values = list(numbers.values())
    if scale.score == "goal-t":
        value = _goal_t(values, [weights.get(key, 1.0) for key in numbers], scale.goal_correlation)
    else:
        value = sum(values) / (len(values) if scale.score == "mean" else 1)
    best = scale.items.high if scale.better == "higher" else scale.items.low
    return Score(value, None, (), len(given), all(one == best for one in values))


def _folder() -> Path:
    return resources.data_dir("protocols") / "scales"


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def check_weight(scale: Scale, key: str, weight: float) -> None:
    """Raises ProtocolError for a weight that an item can't have."""
    if not scale.items.weighted or key not in scale.keys or not (isfinite(weight) and weight > 0):
        raise ProtocolError(f"{scale.title}: the weight {weight} of item '{key}' can't be: give one above 0.")


def check_answer(scale: Scale, key: str, value: float) -> None:
    """Raises ProtocolError for an item that the scale doesn't have, or a rating that it can't have."""
    items = scale.items
    if key not in scale.keys:
        raise ProtocolError(f"{scale.title} has no item '{key}': its items are {scale.keys[0]} to {scale.keys[-1]}.")
    steps = (value - items.low) / items.step
    if not (isfinite(value) and items.low <= value <= items.high and isclose(steps, round(steps), abs_tol=1e-9)):
        raise ProtocolError(
            f"{scale.title}, item {key}: {value:g} can't be, use {items.low:g} to {items.high:g} in steps of"
            f" {items.step:g}."
        )


def _worse_sides(scale: Scale, given: Mapping[str, float]) -> dict[str, float]:
    """Answers by item; of an item rated on both sides the worse one."""
    worse = min if scale.better == "higher" else max
    sided = {number: worse(given[f"{number}-{side}"] for side in SIDES) for number in scale.items.sided}
    return {key: value for key, value in given.items() if "-" not in key} | sided


def _goal_t(levels: list[float], weights: list[float], correlation: float) -> float:
    """T = 50 + 10 sum(w x) / sqrt((1 - r) sum(w2) + r (sum w)2), Kiresuk and Sherman 1968."""
    total = sum(weight * level for weight, level in zip(weights, levels, strict=True))
    spread = (1 - correlation) * sum(weight**2 for weight in weights) + correlation * sum(weights) ** 2
    return 50 + 10 * total / sqrt(spread)


def _check_sense(scale: Scale, path: Path) -> None:
    items = scale.items
    wrong = None
    if path.stem != scale.id:
        wrong = f"field 'id' is '{scale.id}', but the file is named '{path.stem}': make both the same."
    elif items.low >= items.high or items.least > items.most:
        wrong = "field 'items' goes from more to less: correct low and high, least and most."
    elif not items.own and items.least != items.most:
        wrong = "field 'items' lets fixed items be left out: make least and most the same."
    elif any(int(number) > items.most for number in items.sided):
        wrong = "field 'items.sided' names an item that there is not."
    elif scale.wording and len(scale.wording) != items.most:
        wrong = f"field 'wording' has {len(scale.wording)} items of {items.most}: give all or none."
    elif scale.about and (len(scale.about) != items.most or items.own):
        wrong = f"field 'about' has {len(scale.about)} items of {items.most}: give all or none, and none of own items."
    elif any(not items.low <= level.value <= items.high for level in scale.levels):
        wrong = f"field 'levels' has one outside {items.low:g} to {items.high:g}: correct it."
    if wrong:
        raise ProtocolError(f"{path}: {wrong}")
