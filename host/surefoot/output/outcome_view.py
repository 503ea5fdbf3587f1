# SPDX-License-Identifier: MIT
"""A filled result in, what its page leads with out: what was held or reached, in which trials, or why there is none."""

from collections.abc import Mapping, Sequence
from typing import Any

from surefoot.care.score import geometric_mean, measured
from surefoot.measures.table import MEASURES
from surefoot.output.filled import HOLD
from surefoot.output.trial_view import ended_text, mark_label, trial_number
from surefoot.output.wording import number_text, sentence, unit_text

VELOCITY = "cop_velocity_mmps"
MOST_CARDS = 6
TOLD = ("note", "repeat", "disqualify")  # effects of marks that change how a number is read
WHOLE = "Whole test"
RECALLED = "Made by a rule that was recalled and not yet checked in its source."


def cards(result: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """A card for each condition and one for the whole test; a table instead where there are too many of them."""
    conditions = {one["id"]: one for one in result["protocol"]["conditions"] if "id" in one}
    trials = [trial for trial in result["trials"] if not trial["practice"]]
    lines = [_line(found, result, conditions) for found in result["outcomes"]]
    places = dict.fromkeys((line["condition"], line["target"]) for line in lines if line["condition"])
    standing = {trial["condition"] for trial in trials if trial["kind"] == HOLD}
    standing |= {key for key, _ in places if conditions.get(key, {}).get("kind") == HOLD}
    order = [*dict.fromkeys([*conditions, *(trial["condition"] for trial in trials)])]
    shown = [key for key in order if key in standing]
    others = [place for place in places if place[0] not in standing]
    many = len(others) > MOST_CARDS
    whole = [line for line in lines if line["condition"] is None]
    made = [_standing_card(key, trials, conditions, lines) for key in shown]
    if not many:
        made += [_card(_title(place, conditions), [x for x in lines if _place(x) == place]) for place in others]
    for place, card in zip([*((key, None) for key in shown), *(others if not many else ())], made, strict=True):
        card["notes"] += _marked(place, trials, result["protocol"]["marks"])
    first = any(line["primary"] for line in whole)
    if whole:
        made.insert(0 if first else len(made), _card(WHOLE, sorted(whole, key=lambda line: not line["primary"])))
    return made, _table(others, lines, conditions) if many else None


def is_primary(found: Mapping[str, Any], named: Mapping[str, Any] | None) -> bool:
    """Whether an outcome is the one that its protocol names as primary."""
    if not named or found["id"] != named.get("outcome"):
        return False
    return all(named.get(key) in (None, found[key]) for key in ("condition", "target"))


def headline(result: Mapping[str, Any]) -> str:
    """How much of the test was done."""
    trials = [trial for trial in result["trials"] if not trial["practice"]]
    if not trials:
        return "Nothing was recorded." if not result["outcomes"] else "Typed in: there is no trial."
    held = all(trial["kind"] == HOLD for trial in trials)
    word = "held to the end" if held else "finished"
    full = sum(trial["ended"] == "complete" for trial in trials)
    if full < len(trials):
        return f"{full} of {len(trials)} trials were {word}."
    wanted = {one.get("id") for one in result["protocol"]["conditions"]}
    missing = wanted - {trial["condition"] for trial in trials}
    if not missing:
        return f"Every trial was {word}."
    why = "were left out" if missing <= set(result["skipped"]) else "are missing"
    return f"Every trial here was {word}; others {why}."


def _place(line: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return line["condition"], line["target"]


def _title(place: tuple[str | None, str | None], conditions: Mapping[str, Any]) -> str:
    title = conditions.get(str(place[0]), {}).get("title") or str(place[0])
    return f"{title}, {place[1].replace('-', ' ')}" if place[1] else title


def _line(found: Mapping[str, Any], result: Mapping[str, Any], conditions: Mapping[str, Any]) -> dict[str, Any]:
    """One outcome: number and unit, or the reason; whose trials; by whom."""
    key, value = found["measure"], found["value"]
    title = conditions.get(found["condition"], {}).get("title")
    label = found["label"].removesuffix(f": {title}") if title else found["label"]
    return {
        "condition": found["condition"],
        "target": found["target"],
        "measure": key,
        "label": label or key,
        "value": None if value is None else repr(float(value)),
        "text": "" if value is None else number_text(key, value),
        "unit": unit_text(_unit(key)),
        "reason": sentence(found["reason"] or "it was not computed"),
        "by_hand": bool(found["by_hand"]),
        "of": _of(found, result["trials"]),
        "primary": is_primary(found, result["protocol"]["primary_outcome"]),
        "note": found["note"] if value is not None else "",
        "recalled": found["certainty"] == "R" and value is not None,
    }


def _marked(
    place: tuple[str | None, str | None], trials: Sequence[Mapping[str, Any]], labels: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """What the observer noted about how it was done, such as arms that were used."""
    own = [trial for trial in trials if trial["condition"] == place[0] and place[1] in (None, trial["target"])]
    given = [mark for trial in own for mark in trial["marks"] if labels.get(mark.get("mark"), {}).get("effect") in TOLD]
    return list(dict.fromkeys(f"Marked: {mark_label(mark, labels)}." for mark in given))


def _unit(key: str) -> str:
    return MEASURES[key].unit if key in MEASURES else "1"


def _of(found: Mapping[str, Any], trials: Sequence[Mapping[str, Any]]) -> str:
    """The trials of an outcome of several, with their own numbers where they are of the same measure."""
    names = list(found["of"])
    if len(names) < 2 or found["condition"] is None:
        return ""
    by_name = {_trial_id(trial): trial for trial in trials if not trial["practice"]}
    numbers = [trial_number(by_name[name], found["measure"]) if name in by_name else None for name in names]
    if any(number is None for number in numbers):
        return f"of {len(names)} trials"
    texts = [number_text(found["measure"], number) for number in numbers if number is not None]
    return f"of {len(names)} trials: {' / '.join(texts)}"


def _trial_id(trial: Mapping[str, Any]) -> str:
    return "/".join(str(part) for part in (trial["condition"], trial["target"], trial["trial"]) if part)


def _card(title: str, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    notes = [RECALLED] if any(line["recalled"] for line in lines) else []
    by_hand = bool(lines) and all(line["by_hand"] for line in lines if line["value"] is not None)
    return {"title": title, "held": None, "lines": [*lines], "notes": notes, "by_hand": by_hand}


def _standing_card(
    condition: str, trials: Sequence[Mapping[str, Any]], conditions: Mapping[str, Any], lines: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Seconds held of each trial, sway velocity (geometric mean of the trials) and what else the condition gives."""
    own = [trial for trial in trials if trial["condition"] == condition]
    given = [line for line in lines if line["condition"] == condition and line["measure"] != VELOCITY]
    # One trial is its own best and mean: its seconds stand once.
    given = [x for x in given if not (x["measure"] == "held_s" and len(own) == 1 and x["value"] is not None)]
    card = _card(_title((condition, None), conditions), given)
    card["by_hand"] = bool(own) and all(trial["by_hand"] for trial in own)
    if not own:
        return card
    numbers = [measured(trial, VELOCITY) for trial in own]
    values = [value for value, _ in numbers if value is not None and value > 0]
    whole = len(values) == len(own)
    target_s = own[0]["target_s"]
    held = [trial["held_s"] if trial["held_s"] is not None else trial_number(trial, "held_s") for trial in own]
    return card | {
        "held": " / ".join("\u2013" if one is None else f"{one:.1f}" for one in held),
        "target": None if target_s is None else f"{target_s:g}",
        "ended": "; ".join(dict.fromkeys(ended_text(trial) for trial in own)),
        "velocity": number_text(VELOCITY, geometric_mean(values)) if whole else None,
        "reason": next((reason for value, reason in numbers if value is None), "no sway at all"),
        "trials": len(own),
    }


def _table(
    places: Sequence[tuple[str | None, str | None]], lines: Sequence[dict[str, Any]], conditions: Mapping[str, Any]
) -> dict[str, Any]:
    """One row for each place, one column for each outcome, each missing number with a note."""
    labels = list(dict.fromkeys((line["label"], line["unit"]) for line in lines if _place(line) in places))
    notes: list[str] = []
    rows = []
    for place in places:
        own = {(line["label"], line["unit"]): line for line in lines if _place(line) == place}
        cells = []
        for label in labels:
            line = own.get(label)
            number = None
            if line is not None and line["value"] is None:
                if line["reason"] not in notes:
                    notes.append(line["reason"])
                number = notes.index(line["reason"]) + 1
            cells.append({"line": line, "note": number})
        rows.append({"title": _title(place, conditions), "cells": cells})
    return {"labels": labels, "rows": rows, "notes": notes}
