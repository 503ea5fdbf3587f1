# SPDX-License-Identifier: MIT
"""What a schema can't say of a protocol: names that must be there, tests that can't end, sentences nobody can speak."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from surefoot.care.protocol_condition import Condition
from surefoot.care.protocol_values import OutcomeRule, Protocol
from surefoot.errors import ProtocolError
from surefoot.measures.table import MEASURES

LONGEST_SENTENCE = 25  # words: what is spoken must be understood at the first hearing
_UNSPEAKABLE = re.compile(r"[<>%°/()\[\]{}*_=+#&@|~^$]|\d(?:mm|cm|kg|ms|s|m)\b|\b(?:e\.g|i\.e|etc|approx|min|sec)\b")
_MORE_THAN_ONE_LEG = ("semi-tandem", "tandem", "single")


def check_sense(protocol: Protocol, path: Path, aloud: bool = True) -> None:
    """Raises ProtocolError with the first thing that makes no sense. `aloud`: whether sentences are checked too."""
    if path.stem != protocol.id:
        raise ProtocolError(
            f"{path}: field 'id' is '{protocol.id}', but the file is named '{path.stem}': make both the same."
        )
    checks = [_unique, _references, _measures, _conditions, _ends, _stop_rules, _points, _outcomes, _primary, _by_hand]
    for check in [*checks, spoken] if aloud else checks:
        for wrong in check(protocol):
            raise ProtocolError(f"{path}: {wrong}")


def _unique(protocol: Protocol) -> Iterator[str]:
    lists: dict[str, tuple] = {
        "conditions": protocol.conditions,
        "marks": protocol.marks,
        "safety.stop_rules": protocol.safety.stop_rules,
        "points": protocol.points,
        "outcomes": protocol.outcomes,
    }
    lists |= {f"conditions[{n}].targets": c.targets for n, c in enumerate(protocol.conditions, 1)}
    for where, entries in lists.items():
        seen: set[str] = set()
        for number, entry in enumerate(entries, 1):
            if entry.id in seen:
                yield f"field '{where}[{number}].id' repeats '{entry.id}': give each its own id."
            seen.add(entry.id)
    for condition in protocol.conditions:
        keys: dict[str, str] = {}
        for mark in protocol.marks_of(condition):
            if mark.key in keys:
                yield (
                    f"the key '{mark.key}' is that of both '{keys[mark.key]}' and '{mark.id}' in '{condition.id}':"
                    " give each mark its own key."
                )
            keys[mark.key] = mark.id


def _references(protocol: Protocol) -> Iterator[str]:
    order = [condition.id for condition in protocol.conditions]
    for number, condition in enumerate(protocol.conditions, 1):
        if condition.requires is not None and condition.requires not in order[: number - 1]:
            yield (
                f"field 'conditions[{number}].requires' is '{condition.requires}', which is no condition before it:"
                " name one that is done first."
            )
    named: list[tuple[str, Iterable[str | None]]] = []
    named += [(f"marks[{n}].conditions", mark.conditions) for n, mark in enumerate(protocol.marks, 1)]
    named += [(f"points[{n}].conditions", table.conditions) for n, table in enumerate(protocol.points, 1)]
    for n, rule in enumerate(protocol.outcomes, 1):
        named += [(f"outcomes[{n}]", (*rule.only, rule.single, rule.dual))]
    for where, ids in named:
        for one in ids:
            if one is not None and one not in order:
                yield f"field '{where}' names the condition '{one}': use one of {', '.join(order)}."


def _measures(protocol: Protocol) -> Iterator[str]:
    named: list[tuple[str, str | None]] = [("primary_measure", protocol.primary_measure)]
    named += [(f"measurement_error[{i}].measure", e.measure) for i, e in enumerate(protocol.measurement_error, 1)]
    named += [(f"marks[{i}].measure", mark.measure) for i, mark in enumerate(protocol.marks, 1)]
    named += [(f"points[{i}].measure", table.measure) for i, table in enumerate(protocol.points, 1)]
    for i, rule in enumerate(protocol.outcomes, 1):
        named += [(f"outcomes[{i}].measure", rule.measure), (f"outcomes[{i}].of", rule.of)]
    named += [(f"by_hand.typed[{i}]", key) for i, key in enumerate(protocol.by_hand.typed, 1)]
    for where, key in named:
        if key is not None and key not in MEASURES:
            yield (
                f"field '{where}' names a measure '{key}' that there is not: take a key of the measures table,"
                " such as cop_velocity_mmps."
            )
    for i, mark in enumerate(protocol.marks, 1):
        if mark.effect == "value" and (mark.measure is None) == (mark.unit is None):
            yield f"field 'marks[{i}]' needs either 'measure' or 'unit', so that its number means something."
        if mark.low is not None and mark.high is not None and mark.low >= mark.high:
            yield f"field 'marks[{i}].high' must be above 'low': correct one of them."


def _conditions(protocol: Protocol) -> Iterator[str]:
    for number, condition in enumerate(protocol.conditions, 1):
        where = f"field 'conditions[{number}]"
        if condition.kind == "hold" and condition.hold_s <= protocol.analysis.trim_s:
            yield (
                f"{where}.hold_s' is {condition.hold_s:g} s, but analysis.trim_s leaves out the first"
                f" {protocol.analysis.trim_s:g} s, so that nothing is left: hold longer or trim less."
            )
        if condition.stance in _MORE_THAN_ONE_LEG and condition.leg is None:
            yield f"{where}' stands {condition.stance} but has no 'leg': write left or right, or who chooses."
        times = [cue.at_s for cue in condition.cues.during]
        if times != sorted(times) or any(at_s >= condition.limit_s for at_s in times):
            yield (
                f"{where}.cues.during' must be in the order of time and before the end at {condition.limit_s:g} s:"
                " correct 'at_s'."
            )


def _ends(protocol: Protocol) -> Iterator[str]:
    """Every trial must have a way to begin, to end, and to be counted, by a key alone."""
    for number, condition in enumerate(protocol.conditions, 1):
        where = f"field 'conditions[{number}]'"
        effects = {mark.effect for mark in protocol.marks_of(condition)}
        if "stop" not in effects:
            yield f"{where} has no mark with effect 'stop': nobody could end the trial."
        if condition.starts_on == "mark" and "start" not in effects:
            yield f"{where} starts on a mark, but no mark has effect 'start': add one."
        if "finish" not in effects and condition.repetitions:
            if "count" not in effects:
                yield f"{where} ends after {condition.repetitions} repetitions, but no mark has effect 'count'."
        elif condition.kind in ("timed", "angle", "reach") and "finish" not in effects:
            yield f"{where} is of kind '{condition.kind}', but no mark has effect 'finish': add one."
        if condition.kind in ("count", "distance") and "count" not in effects:
            yield f"{where} is a {condition.kind}, but no mark has effect 'count': add one."


def _stop_rules(protocol: Protocol) -> Iterator[str]:
    marks = {mark.id: mark for mark in protocol.marks}
    for number, rule in enumerate(protocol.safety.stop_rules, 1):
        where = f"field 'safety.stop_rules[{number}]"
        mark = marks.get(rule.mark)
        if mark is None:
            yield f"{where}.mark' names '{rule.mark}', which is no mark: nobody could apply this rule."
        elif mark.effect not in ("stop", "repeat", "disqualify", "error"):
            yield f"{where}.mark' names '{rule.mark}', which only has effect '{mark.effect}': it would stop nothing."
        elif (rule.seen_by == "device") != bool(mark.detectors):
            yield f"{where}.seen_by' is '{rule.seen_by}', but its mark has detectors {list(mark.detectors)}: mend one."


def _points(protocol: Protocol) -> Iterator[str]:
    for number, table in enumerate(protocol.points, 1):
        if len(table.at_least) != len(table.points) or list(table.at_least) != sorted(set(table.at_least)):
            yield f"field 'points[{number}]' needs one of 'points' for each of 'at_least', which must rise."


def _outcomes(protocol: Protocol) -> Iterator[str]:
    with_points = {one for table in protocol.points for one in table.conditions}
    for number, rule in enumerate(protocol.outcomes, 1):
        where = f"field 'outcomes[{number}]'"
        of = rule.of or rule.measure
        combined = rule.trials if rule.conditions == "each" else f"{rule.trials} {rule.conditions}"
        word = next((word for word in ("best", "worst") if word in combined), None)
        if word and MEASURES[of].better == "none":
            yield f"{where} takes the {word} of '{of}', of which neither more nor less is better: take the mean."
        lacking = [c.id for c in chosen(protocol, rule) if c.id not in with_points]
        if of == "points" and lacking:
            yield f"{where} sums points, but '{lacking[0]}' has no table of points: add one."
        if of == "errors" and protocol.errors is None:
            yield f"{where} counts errors, but the file has no [errors]: add how they are counted."


def _primary(protocol: Protocol) -> Iterator[str]:
    """The outcome that is judged must be one number, of the primary measure."""
    named = protocol.primary_outcome
    if named is None:
        return
    rule = next((rule for rule in protocol.outcomes if rule.id == named.outcome), None)
    if rule is None or rule.measure != protocol.primary_measure:
        fitting = ", ".join(rule.id for rule in protocol.outcomes if rule.measure == protocol.primary_measure)
        yield (
            f"field 'primary_outcome.outcome' is '{named.outcome}', which is no outcome of"
            f" '{protocol.primary_measure}': use one of {fitting or 'none (add one)'}."
        )
        return
    conditions = {condition.id: condition for condition in chosen(protocol, rule)} if rule.conditions == "each" else {}
    yield from _one_of("condition", named.condition, tuple(conditions))
    own = conditions.get(named.condition or next(iter(conditions), ""))
    yield from _one_of("target", named.target, tuple(target.id for target in own.targets) if own else ())


def _one_of(field: str, named: str | None, there: tuple[str, ...]) -> Iterator[str]:
    """Of several one must be named; of one or none, only that one may be."""
    if named is None and len(there) > 1:
        yield f"field 'primary_outcome.{field}' is missing, and there are several: name one of {', '.join(there)}."
    elif named is not None and named not in there:
        yield (
            f"field 'primary_outcome.{field}' is '{named}': "
            + (f"use one of {', '.join(there)}." if there else "leave it out, the outcome has none.")
        )


def _by_hand(protocol: Protocol) -> Iterator[str]:
    """Every outcome that isn't the device's alone must follow from what is typed or marked."""
    for number, rule in enumerate(protocol.outcomes, 1):
        if not rule.by_hand:
            continue
        for condition in chosen(protocol, rule):
            of = rule.of or rule.measure
            if of == "points":
                of = next(table.measure for table in protocol.points if condition.id in table.conditions)
            if rule.conditions != "passed" and of not in _by_keys(protocol, condition):
                yield (
                    f"field 'outcomes[{number}]' can't be made by hand of '{condition.id}': type '{of}' in"
                    " by_hand.typed, add a mark for it, or write by_hand = false."
                )
    if not any(rule.by_hand for rule in protocol.outcomes):
        yield "field 'outcomes' has none that can be made by hand: add one."


def chosen(protocol: Protocol, rule: OutcomeRule) -> list[Condition]:
    """The conditions that an outcome is made of."""
    only = (rule.single, rule.dual) if rule.conditions == "cost" else rule.only
    return [condition for condition in protocol.conditions if not only or condition.id in only]


def _by_keys(protocol: Protocol, condition: Condition) -> set[str]:
    marks = protocol.marks_of(condition)
    effects = {mark.effect for mark in marks}
    known = {*protocol.by_hand.typed, *(mark.measure for mark in marks if mark.measure)}
    known |= {"elapsed_s"} if "finish" in effects or condition.repetitions else set()
    known |= {"count"} if "count" in effects else set()
    known |= {"errors"} if "error" in effects else set()
    known |= {"speed_mps"} if condition.distance_m and "elapsed_s" in known else set()
    known |= {"distance_m"} if condition.kind == "distance" and "last_length_m" in known else set()
    return known


def spoken(protocol: Protocol) -> Iterator[str]:
    """Sentences that can't be read aloud as they stand, or are too long to be understood at the first hearing."""
    for number, condition in enumerate(protocol.conditions, 1):
        cues = condition.cues
        said = {"instruction": [condition.instruction], "second_task": [condition.second_task]}
        said |= {"cues.prepare": [cues.prepare], "cues.countdown": cues.countdown, "cues.start": [cues.start]}
        said |= {"cues.during": [cue.say for cue in cues.during], "cues.end": [cues.end]}
        said |= {"targets": [target.say for target in condition.targets]}
        for field, texts in said.items():
            for text in texts:
                where = f"field 'conditions[{number}].{field}'"
                if found := _UNSPEAKABLE.search(text):
                    yield f"{where} has '{found.group()}', which can't be read aloud: write it in words."
                for sentence in re.split(r"(?<=[.!?:;])\s+", text):
                    if len(sentence.split()) > LONGEST_SENTENCE:
                        yield (
                            f"{where} has a sentence of {len(sentence.split())} words ('{sentence[:40]}...'): make"
                            f" it {LONGEST_SENTENCE} or fewer, to be understood at the first hearing."
                        )
