# SPDX-License-Identifier: MIT
"""A ladder of tasks (protocols/progression/*.toml): levels of axes, neighbours a step apart, where each may be done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from math import floor
from pathlib import Path
from typing import Any

from surefoot import resources
from surefoot.care.file_schema import check_format, check_schema, schema_of
from surefoot.care.protocol import parse_toml, read_text
from surefoot.errors import ProtocolError

SETTINGS = ("home", "corner", "helper", "clinic")  # each is also fit for what the ones before it are for
SCHEMA = "progression/schema.json"
Task = tuple[int, ...]


@dataclass(frozen=True)
class Axis:
    """What makes a task harder, level by level."""

    id: str
    levels: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Ladder:
    """Tasks are one level of each axis, by number. `settings`: (setting, lowest levels), the first that fits counts.
    `walk`: the suggested order. `begins`: the words that those of a task complete. `targets_s`: how long a task is to
    be held, first to last, empty where it isn't timed. `asks`: what is asked of a session besides pain and warning
    signs. `legs`: levels (axis, level) whose tasks are one leg's; `supervise`: those that are to be passed once with
    somebody beside; `age_norm`: those held no longer than the norm of the person's age. `numbers`: of rules that differ
    on this ladder."""

    id: str
    title: str
    axes: tuple[Axis, ...]
    settings: tuple[tuple[str, Task], ...]
    walk: tuple[Task, ...]
    begins: str = ""
    trials: int = 3
    rest_s: float = 30.0
    targets_s: tuple[float, ...] = ()
    asks: frozenset[str] = frozenset()
    legs: frozenset[tuple[str, str]] = frozenset()
    supervise: tuple[tuple[str, str], ...] = ()
    age_norm: frozenset[tuple[str, str]] = frozenset()
    numbers: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)

    def task(self, name: str) -> Task:
        """The task of a name such as "none/tandem/foam": levels by name, the easiest left out. ProtocolError."""
        levels = [0] * len(self.axes)
        for word in name.split("/"):
            where = [(k, axis.levels.index(word)) for k, axis in enumerate(self.axes) if word in axis.levels]
            where = where[:1] if len(where) < 2 else [one for one in where if one[0] == 0]  # "none" holds on to nothing
            if not where:
                known = ", ".join(level for axis in self.axes for level in axis.levels)
                raise ProtocolError(f"There is no level '{word}' in the ladder {self.id}: take some of {known}.")
            levels[where[0][0]] = where[0][1]
        return tuple(levels)

    def name(self, task: Task) -> str:
        """The name that `task` reads."""
        first, *others = zip(self.axes, task, strict=True)
        harder = [axis.levels[level] for axis, level in others if level or axis.id == "base"]
        return "/".join((first[0].levels[first[1]], *harder))

    def words(self, task: Task) -> str:
        """What to do, as a sentence's end."""
        told = [axis.words[level] for axis, level in zip(self.axes, task, strict=True)]
        return ", ".join(word for word in told if word)

    def setting(self, task: Task) -> str:
        """Where it may be done at the least company."""
        return next(setting for setting, low in self.settings if all(t >= at for t, at in zip(task, low, strict=True)))

    def easier(self, task: Task) -> tuple[Task, ...]:
        """Tasks one step easier."""
        return tuple(_moved(task, k, -1) for k in range(len(task)) if task[k] > 0)

    def harder(self, task: Task) -> tuple[Task, ...]:
        """Tasks one step harder, those of the walk first and in its order."""
        tops = [len(axis.levels) - 1 for axis in self.axes]
        steps = [_moved(task, k, 1) for k in range(len(task)) if task[k] < tops[k]]
        place = {known: k for k, known in enumerate(self.walk)}
        return tuple(sorted(steps, key=lambda one: place.get(one, len(place))))

    def height(self, task: Task) -> int:
        """Steps above the easiest task: its rung."""
        return sum(task)

    def level(self, task: Task, axis: str) -> str:
        """The name of the task's level of an axis; "" where the ladder has no such axis."""
        return next((one.levels[at] for one, at in zip(self.axes, task, strict=True) if one.id == axis), "")

    def one_legged(self, task: Task) -> bool:
        """Whether it is done on the left and on the right by turns, each with a standing of its own."""
        return any(self.level(task, axis) == level for axis, level in self.legs)

    def barred(self, task: Task, barred: Iterable[tuple[str, str]]) -> bool:
        """Whether one of its levels, or one below it on the same axis, is among `barred`."""
        bars = set(barred)
        return bool(bars) and any(
            (axis.id, level) in bars
            for axis, at in zip(self.axes, task, strict=True)
            for level in axis.levels[: at + 1]
        )

    def fits(self, task: Task, company: str, barred: Iterable[tuple[str, str]]) -> bool:
        """Whether it may be done in that company (of SETTINGS) with those levels barred."""
        return SETTINGS.index(self.setting(task)) <= SETTINGS.index(company) and not self.barred(task, barred)

    def watched(self, task: Task) -> frozenset[str]:
        """Levels of the task that are to be passed once with somebody beside."""
        return frozenset(level for axis, level in self.supervise if self.level(task, axis) == level)

    def targets(self, task: Task, single_leg_s: float | None) -> tuple[float | None, ...]:
        """How long it is to be held, first to last; (None,) where it isn't timed. On one leg no longer than
        `single_leg_s`, the norm of the person's age in whole seconds; without it only the shortest."""
        if not self.targets_s:
            return (None,)
        if not any(self.level(task, axis) == level for axis, level in self.age_norm):
            return self.targets_s
        if single_leg_s is None:
            return self.targets_s[:1]
        return tuple(sorted({min(target, float(floor(single_leg_s))) for target in self.targets_s}))


def _moved(task: Task, axis: int, by: int) -> Task:
    return tuple(level + by if k == axis else level for k, level in enumerate(task))


def folder() -> Path:
    return resources.data_dir("protocols") / "progression"


def load_document(path: Path) -> dict[str, Any]:
    """A checked TOML document of this folder's schema. Raises ProtocolError naming the field."""
    document = parse_toml(read_text(path), path)
    rules = schema_of(SCHEMA)
    check_format(document, rules, path)
    check_schema(document, rules, path)
    return document


@cache
def ladder_names() -> tuple[str, ...]:
    """The shipped ladders, standing first."""
    names = sorted(path.stem for path in folder().glob("*.toml") if "axes" in parse_toml(read_text(path), path))
    return ("standing", *(name for name in names if name != "standing"))


def load_ladder(name: str = "standing", path: Path | None = None) -> Ladder:
    """A shipped ladder by name, or that of a file. Raises ProtocolError with what is wrong."""
    if path is None and name not in ladder_names():
        raise ProtocolError(f"There is no ladder '{name}': choose one of {', '.join(ladder_names())}.")
    path = path or folder() / f"{name}.toml"
    document = load_document(path)
    if "axes" not in document:
        raise ProtocolError(f"{path} holds rules and no ladder: name a file with axes.")
    axes = tuple(Axis(one["id"], tuple(one["levels"]), tuple(one["words"])) for one in document["axes"])
    for axis in axes:
        if len(axis.words) != len(axis.levels):
            raise ProtocolError(f"{path}: axis {axis.id} has {len(axis.levels)} levels but {len(axis.words)} words.")
    settings = tuple((row["setting"], _lowest(axes, row["at_least"], path)) for row in document["settings"])
    if not settings or any(settings[-1][1]):
        raise ProtocolError(f"{path}: the last of the settings must be for every task: give it at_least = {{}}.")
    bare = Ladder(
        document["id"],
        document["title"],
        axes,
        settings,
        (),
        document["begins"],
        document["trials"],
        document["rest_s"],
        tuple(document.get("target_s", ())),
        frozenset(document["asks"]),
        frozenset(_named(axes, document.get("legs", []), path)),
        _named(axes, document.get("supervise", []), path),
        frozenset(_named(axes, document.get("age_norm", []), path)),
        document.get("numbers", {}),
    )
    walk = tuple(bare.task(one) for one in document["walk"]["order"])
    for k, task in enumerate(walk[1:], 1):
        if not any(_apart(task, other) == 1 for other in walk[:k]):
            raise ProtocolError(f"{path}: {bare.name(task)} is more than one step from every task before it.")
    return replace(bare, walk=walk)


@cache
def ladder_of(name: str) -> Ladder:
    """A shipped ladder, read once. Raises ProtocolError."""
    return load_ladder(name)


def _named(axes: tuple[Axis, ...], rows: list[Mapping[str, str]], path: Path) -> tuple[tuple[str, str], ...]:
    for row in rows:
        _lowest(axes, row, path)
    return tuple(pair for row in rows for pair in row.items())


def _lowest(axes: tuple[Axis, ...], at_least: Mapping[str, str], path: Path) -> Task:
    known = {axis.id: axis for axis in axes}
    for name, level in at_least.items():
        if name not in known or level not in known[name].levels:
            raise ProtocolError(f"{path}: there is no level {name} = {level}.")
    return tuple(axis.levels.index(at_least[axis.id]) if axis.id in at_least else 0 for axis in axes)


def _apart(one: Task, other: Task) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))
