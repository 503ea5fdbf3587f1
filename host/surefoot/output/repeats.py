# SPDX-License-Identifier: MIT
"""A table of numbers or a folder of sessions in; groups of repeats out, each a table of people by repeats."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import Any

from surefoot.care.outcome import done_of, trial_value
from surefoot.care.protocol import load_protocol
from surefoot.errors import ProtocolError, SurefootError
from surefoot.measures.table import MEASURES

from .result import ResultError, read_result

MISSING = frozenset(("", "nan", "na", "n/a", "null", "none", "-"))
UNHELD = ("fall", "step", "interrupted")
PROCESSING_PARTS = 4  # of a fingerprint; what follows names the calibration, which differs between people


Key = tuple[tuple[tuple[str, str], ...], str, str]  # labels, measure, unit
Sat = tuple[str, tuple[float, ...], str]  # a session: fingerprint, values of its trials, day


class RepeatsError(SurefootError):
    """No repeats can be found in what was given."""


@dataclass(frozen=True)
class Group:
    """Repeats of one measure under one set of labels. `cells[person][repeat]` holds the values of its trials, () none.

    `interval`: "within-session" (repeats are trials), "between-sessions", or "as given" for a table. `other_days`:
    whether each of a person's sessions was on a day of its own.
    """

    labels: tuple[tuple[str, str], ...]
    measure: str
    unit: str
    interval: str
    trials: int
    cells: tuple[tuple[tuple[float, ...], ...], ...]
    left_out: int
    notes: tuple[str, ...] = ()
    other_days: bool = False


@dataclass(frozen=True)
class Columns:
    """The columns of a table by their headings: people, numbers, what to group by, and the repeat's label if any."""

    person: str
    measures: tuple[str, ...]
    by: tuple[str, ...] = ()
    repeat: str | None = None


def from_table(path: Path, columns: Columns) -> list[Group]:
    """The groups of a CSV with one row per repeat; without a repeat column, rows count in the order of the file."""
    rows = _read(path, columns)
    groups: list[Group] = []
    for measure in columns.measures:
        found: dict[tuple[tuple[str, str], ...], dict[str, list[tuple[str, float]]]] = {}
        for line, row in rows:
            labels = tuple((name, row[name].strip()) for name in columns.by)
            number = _number(row[measure], f"{path}, line {line}, column '{measure}'")
            repeat = row[columns.repeat].strip() if columns.repeat else ""
            found.setdefault(labels, {}).setdefault(row[columns.person].strip(), []).append((repeat, number))
        for labels, people in sorted(found.items()):
            cells = _aligned(people, str(path)) if columns.repeat else _first(people)
            if cells:
                groups.append(Group(labels, measure, "", "as given", 1, cells, len(people) - len(cells)))
    if not groups:
        raise RepeatsError(
            f"{path}: nobody has two rows, so there are no repeats: name the columns by --by and --person."
        )
    return groups


def from_folder(
    folder: Path, measures: Sequence[str] = (), population: Callable[[str], str] | None = None
) -> tuple[list[Group], list[str]]:
    """The groups of all result.json below a folder, and a sentence for each result that can't be read.

    `measures` are keys of the measures table, by default each protocol's primary one.
    """
    if not folder.is_dir():
        raise RepeatsError(f"There is no folder or table {folder}: name a folder of sessions, or a .csv file.")
    problems: list[str] = []
    results: list[dict[str, Any]] = []
    for path in sorted(folder.rglob("result.json")):
        try:
            results.append(read_result(path))
        except ResultError as error:
            problems.append(str(error))
    results.sort(key=lambda result: str(result["created_utc"]))
    sessions: dict[Key, dict[str, list[Sat]]] = {}
    for result in results:
        for key, fingerprint, values in _session(result, measures, population):
            day = str(result["created_utc"])[:10]
            sessions.setdefault(key, {}).setdefault(str(result["person"]), []).append((fingerprint, values, day))
    groups = [
        group
        for key, people in sorted(sessions.items())
        for group in (_within(key, people), _between(key, people))
        if group
    ]
    if not groups:
        why = f" {problems[0]}" if problems else ""
        raise RepeatsError(
            f"{folder} holds no repeats: nobody has two numbers of one test that were made with the same filter,"
            f" calibration and software.{why}"
        )
    return groups, problems


def tables(group: Group) -> tuple[list[list[float]], list[list[float]]]:
    """A group's table [people][repeats] of means of trials, and one of their geometric means (NaN where none)."""
    from math import exp, log

    plain = [[sum(v) / len(v) if v else nan for v in row] for row in group.cells]
    geometric = [
        [exp(sum(map(log, v)) / len(v)) if v and min(v) > 0 else (nan if not v else 0.0) for v in row]
        for row in group.cells
    ]
    return plain, geometric


def populations(path: Path) -> Callable[[str], str]:
    """Who belongs to which population, by a CSV with the columns `person` and `population`."""
    rows = _read(path, Columns("person", ("population",)))
    known = {row["person"].strip(): row["population"].strip() for _, row in rows}
    return lambda person: known.get(person) or "not named"


def _read(path: Path, columns: Columns) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV with their line numbers; every column asked for is there."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise RepeatsError(f"{path} can't be read ({error.strerror or error}): check the path.") from None
    except UnicodeDecodeError:
        raise RepeatsError(f"{path} isn't UTF-8 text: save it as CSV in UTF-8.") from None
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, restval="", strict=True)
        headings = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = headings
        wanted = (columns.person, *columns.measures, *columns.by, *([columns.repeat] if columns.repeat else ()))
        for name in wanted:
            if headings.count(name) != 1:
                many = "several columns" if name in headings else "no column"
                known = ", ".join(headings)[:300] or "none"
                raise RepeatsError(f"{path} has {many} '{name}': name one of its columns, which are {known}.")
        rows = [(reader.line_num, row) for row in reader if any((row[name] or "").strip() for name in wanted)]
    except csv.Error as error:
        raise RepeatsError(f"{path} isn't a CSV that can be read ({error}): save it again.") from None
    for line, row in rows:
        if not row[columns.person].strip():
            raise RepeatsError(f"{path}, line {line}: column '{columns.person}' is empty: fill in who it is of.")
    if not rows:
        raise RepeatsError(f"{path} has no rows: name a table with one row per repeat.")
    return rows


def _number(text: str, where: str) -> float:
    if text.strip().lower() in MISSING:
        return nan
    try:
        value = float(text)
    except ValueError:
        raise RepeatsError(f"{where}: '{text[:40]}' is no number: write it with a decimal point.") from None
    if not isfinite(value):
        raise RepeatsError(f"{where}: {text} is no result: leave the cell empty.")
    return value


def _aligned(
    people: Mapping[str, Sequence[tuple[str, float]]], where: str
) -> tuple[tuple[tuple[float, ...], ...], ...]:
    """Cells by the repeats' labels; everybody is kept, what is missing is empty."""
    labels = {label for own in people.values() for label, _ in own}
    ordered = sorted(
        labels, key=lambda label: (not _is_number(label), float(label) if _is_number(label) else 0.0, label)
    )
    for person, own in people.items():
        twice = [label for label, count in Counter(label for label, _ in own).items() if count > 1]
        if twice:
            raise RepeatsError(f"{where}: {person} has repeat '{twice[0]}' twice in one group: add a column to --by.")
    if len(ordered) < 2:
        return ()
    values = [dict(own) for own in people.values()]
    return tuple(tuple(_cell(own.get(label, nan)) for label in ordered) for own in values)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def _cell(value: float) -> tuple[float, ...]:
    return () if value != value else (value,)


def _first(people: Mapping[str, Sequence[tuple[str, float]]]) -> tuple[tuple[tuple[float, ...], ...], ...]:
    """Cells of the first k real numbers of those who have k, k being what keeps most numbers."""
    real = [[(value,) for _, value in own if value == value] for own in people.values()]
    return _cut(real)


def _cut(rows: Iterable[Sequence[tuple[float, ...]]]) -> tuple[tuple[tuple[float, ...], ...], ...]:
    rows = list(rows)
    longest = max(map(len, rows), default=0)
    kept = {k: sum(len(row) >= k for row in rows) * k for k in range(2, longest + 1)}
    if not kept:
        return ()
    k = max(kept, key=lambda k: (kept[k], k))
    return tuple(tuple(row[:k]) for row in rows if len(row) >= k)


def _session(
    result: Mapping[str, Any], measures: Sequence[str], population: Callable[[str], str] | None
) -> Iterator[tuple[Key, str, tuple[float, ...]]]:
    """(labels with measure and unit, fingerprint, values of the trials) for each condition and measure of a session."""
    protocol = result["protocol"]
    who = population(str(result["person"])) if population else "everyone"
    who = f"{who} (simulated)" if result.get("simulated") else who
    found: dict[tuple[tuple[tuple[str, str], ...], str, str, str], list[float]] = {}
    for trial in result["trials"]:
        for measure in measures or (protocol["primary_measure"],):
            made = trial.get("measures", {}).get(measure) or _by_observer(result, trial, measure)
            ended = trial.get("ended", "complete")
            if made is None or ended == "interrupted" or (made.get("fingerprint") and ended in UNHELD):
                continue
            fingerprint = str(made.get("fingerprint") or "")
            kind = "/".join(fingerprint.split("/")[:PROCESSING_PARTS]) or "by hand"
            labels = (
                ("protocol", f"{protocol['id']} {protocol['version']}"),
                ("condition", str(trial["condition"])),
                ("population", who),
                ("made", kind),
            )
            found.setdefault((labels, measure, str(made["unit"]), fingerprint), []).append(float(made["value"]))
    for (labels, measure, unit, fingerprint), values in found.items():
        yield (labels, measure, unit), fingerprint, tuple(values)


def _by_observer(result: Mapping[str, Any], trial: Mapping[str, Any], measure: str) -> dict[str, Any] | None:
    """What was typed, or told by keys, of a trial without a device; None for a test of another version."""
    if not trial.get("by_hand"):
        return None
    try:
        protocol = load_protocol(str(result["protocol"]["id"]))
        if protocol.version != result["protocol"]["version"]:
            return None
        value, _ = trial_value(protocol, done_of(trial), measure)
    except (ProtocolError, KeyError):
        return None
    return None if value is None else {"value": value, "unit": MEASURES[measure].unit}


def _within(key: Key, people: Mapping[str, Sequence[Sat]]) -> Group | None:
    """Trials of each person's first session that has two."""
    first = [next((values for _, values, _ in own if len(values) > 1), ()) for own in people.values()]
    cells = _cut([[(value,) for value in values] for values in first])
    return Group(*key, "within-session", 1, cells, len(people) - len(cells)) if cells else None


def _between(key: Key, people: Mapping[str, Sequence[Sat]]) -> Group | None:
    """Means of the trials of each person's sessions, as many trials as most sessions have, made in one way a person."""
    counts = Counter(len(values) for own in people.values() for _, values, _ in own)
    trials = max(counts, key=lambda count: (counts[count], count))
    rows: list[list[tuple[float, ...]]] = []
    notes: list[str] = []
    other_days = True
    for person, own in people.items():
        usual = Counter(fingerprint for fingerprint, _, _ in own).most_common(1)[0][0]
        same = [values for fingerprint, values, _ in own if fingerprint == usual]
        days = [day for fingerprint, values, day in own if fingerprint == usual and len(values) >= trials]
        other_days = other_days and len(set(days)) == len(days)
        if len(same) < len(own):
            notes.append(f"{person}: {len(own) - len(same)} of {len(own)} sessions were made differently and left out.")
        rows.append([values[:trials] for values in same if len(values) >= trials])
    cells = _cut(rows)
    if not cells:
        return None
    return Group(*key, "between-sessions", trials, cells, len(people) - len(cells), tuple(notes), other_days)
