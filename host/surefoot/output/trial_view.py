# SPDX-License-Identifier: MIT
"""Trials of a filled result in, the words of what was done out: how each ended, what was marked and seen, and when."""

from collections.abc import Mapping, Sequence
from typing import Any

from surefoot.care.score import measured
from surefoot.measures.table import MEASURES
from surefoot.output.filled import HOLD
from surefoot.output.wording import MINUS, NONE, seconds, spoken, with_unit

ENDED = {
    "complete": "held to the end",
    "interrupted": "the recording was interrupted",
    "step": "ended by a step",
    "fall": "ended by a loss of balance",
    "stopped": "stopped by hand",
    "timeout": "not finished in time",
    "unable": "could not be tried",
}
BY = {"observer": "observer", "device": "device"}
MOST_OF_A_KIND = 8
EVENT_KEYS = ("detector", "kind", "t_s", "confidence", "sentence", "label")
DETECTORS = {"tug": "TUG"}
UNITS = {"_s": "s", "_deg": "\u00b0", "_dps": "\u00b0/s", "_m": "m", "_mm": "mm", "_n": "N"}
CIRCUMSTANCES = ("aid", "assistance", "footwear", "orthosis", "medication")


def ended_text(trial: Mapping[str, Any]) -> str:
    """How a trial ended, in words."""
    if trial["ended"] == "complete" and trial["kind"] != HOLD:
        return "finished"
    if trial["ended"] == "stopped" and trial["by_hand"]:
        return "ended before its time"
    return ENDED.get(trial["ended"], str(trial["ended"])) or "not told"


def trial_number(trial: Mapping[str, Any], key: str) -> float | None:
    """A trial's own number of a measure: what was typed, else what was measured."""
    typed = trial["typed"].get(key)
    if typed is not None:
        return float(typed)
    value, _ = measured(trial, key)
    return trial.get("held_s") if value is None and key == "held_s" else value


def trial_name(trial: Mapping[str, Any], trials: Sequence[Mapping[str, Any]], conditions: Mapping[str, Any]) -> str:
    """The title of the condition, with the target and, where there are several, the number of the trial."""
    title = conditions.get(trial["condition"], {}).get("title") or str(trial["condition"])
    title += f", {spoken(trial['target'])}" if trial.get("target") else ""
    if trial.get("practice"):
        return f"{title}, practice"
    place = trial["condition"], trial.get("target")
    many = sum((other["condition"], other.get("target")) == place for other in trials) > 1
    return f"{title}, trial {trial['trial']}" if many else title


def trial_view(trial: Mapping[str, Any], name: str, conditions: Mapping[str, Any]) -> dict[str, Any]:
    """What was done in a trial and what was lost on its way."""
    streams = []
    for stream, entry in trial["lost"].items():
        expected, lost = entry.get("expected") or 0, entry.get("lost") or 0
        causes = ", ".join(f"{cause} {count}" for cause, count in (entry.get("causes") or {}).items() if count)
        words = {"cells": "force cells", "imu": "motion sensor"}
        share = f"{100 * (lost / expected if expected else 0.0):.2f} %"
        streams.append(
            {"name": words.get(stream, stream), "expected": expected, "lost": lost, "share": share, "causes": causes}
        )
    clock, noise, share = trial["clock"], trial["cop_noise_mm"], trial["lost_share"]
    return {
        "name": name,
        "surface": trial["surface"],
        "instruction": conditions.get(trial["condition"], {}).get("instruction", ""),
        "recording": trial["recording"],
        "by_hand": bool(trial["by_hand"]),
        "duration": seconds(trial["duration_s"]),
        "took": _took(trial),
        "ended": ended_text(trial),
        "lost": NONE if share is None else f"{100 * share:.2f} %",
        "streams": streams,
        "clock": _clock(clock),
        "noise": None if noise is None else f"{noise:.2f} mm",
        "calibration": trial["calibration"].get("id", "unknown"),
    }


def _took(trial: Mapping[str, Any]) -> str:
    """Seconds held of those asked for, or the seconds that it took."""
    if trial["kind"] in (HOLD, "lean"):
        held_s = trial_number(trial, "held_s") if trial["held_s"] is None else trial["held_s"]
        target_s = trial["target_s"]
        return seconds(held_s) + ("" if target_s is None else f" of {target_s:g}")
    return seconds(trial_number(trial, "elapsed_s"), 2)


def _clock(clock: Mapping[str, Any] | None) -> str | None:
    if not clock or clock.get("skew_ppm") is None or clock.get("bound_s") is None:
        return None
    skew = f"{clock['skew_ppm']:+.1f}".replace("-", MINUS)
    return f"{skew} ppm, known within {1000 * clock['bound_s']:.1f} ms"


def moments(
    trials: Sequence[Mapping[str, Any]], names: Sequence[str], labels: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The marks and events of all trials, each trial's by time; many of one kind are told as one row."""
    rows: list[dict[str, Any]] = []
    for trial, name in zip(trials, names, strict=True):
        own = [_mark(mark, labels) for mark in trial["marks"]] + [_event(event) for event in trial["events"]]
        kinds: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in own:
            kinds.setdefault((row["what"], row["by"]), []).append(row)
        kept = [row for group in kinds.values() for row in (group if len(group) <= MOST_OF_A_KIND else [_many(group)])]
        kept.sort(key=lambda row: (row["t_s"] is None, row["t_s"] or 0.0))
        rows += [row | {"trial": name, "at": seconds(row["t_s"])} for row in kept]
    return rows


def _mark(mark: Mapping[str, Any], labels: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    value = mark.get("value")
    return {
        "t_s": mark.get("t_s"),
        "what": mark_label(mark, labels),
        "by": BY.get(str(mark.get("by") or "observer"), str(mark.get("by"))),
        "more": "" if value is None else f"{value:g}",
        "sure": None,
    }


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    more = [_named(key, event[key]) for key in event if key not in EVENT_KEYS and _told(event[key])]
    detector, kind = str(event.get("detector") or ""), spoken(str(event.get("kind") or ""))
    detector = DETECTORS.get(detector) or spoken(detector)
    what = event.get("label") or (f"{detector}: {kind}" if detector and kind and detector != kind else detector or kind)
    said = [str(event["sentence"])] if event.get("sentence") else more
    return {
        "t_s": event.get("t_s"),
        "what": f"{what[:1].upper()}{what[1:]}",
        "by": BY["device"],
        "more": ", ".join(said),
        "sure": event.get("confidence"),
    }


def _told(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""


def _named(key: str, value: Any) -> str:
    """What else is known of an event: a word, or a number with the unit that its name ends in."""
    end = next((end for end in UNITS if key.endswith(end)), "")
    number = f"{value:.2f}".replace("-", MINUS) if isinstance(value, float) else spoken(str(value))
    return f"{spoken(key.removesuffix(end))} {number}" + (f" {UNITS[end]}" if end else "")


def _many(group: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A run of the same kind: how many, from when to when, and how sure the least sure of them is."""
    times = [row["t_s"] for row in group if row["t_s"] is not None]
    sure = [row["sure"] for row in group if row["sure"] is not None]
    last = f", the last at {seconds(max(times))} s" if times else ""
    return group[0] | {
        "t_s": min(times) if times else None,
        "more": f"{len(group)} times{last}",
        "sure": min(sure) if sure else None,
    }


def mark_label(mark: Mapping[str, Any], labels: Mapping[str, Mapping[str, Any]]) -> str:
    """What a mark means, by itself or by its protocol."""
    name = str(mark.get("mark") or "")
    return mark.get("label") or labels.get(name, {}).get("label") or spoken(name).capitalize() or "Mark"


def circumstances(told: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """How the person was that day, each point with "not known" where nobody said."""
    if told is None:
        return []
    rows = [(spoken(key).capitalize(), str(told.get(key) or "not known")) for key in CIRCUMSTANCES]
    minutes = told.get("minutes_since_dose")
    if minutes is not None:
        rows.append(("Minutes since the dose", f"{minutes:g}"))
    if told.get("session") is not None:
        rows.append(("Session of this test", str(told["session"])))
    age = told.get("age_years")
    rows.append(("Age", "not known" if age is None else f"{age:g} years"))
    return [*rows, ("Sex", str(told.get("sex") or "not known"))]


def typed_rows(trials: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[dict[str, str]]:
    """What the observer typed of each trial."""
    return [
        {"trial": name, "what": MEASURES[key].label if key in MEASURES else spoken(key), "text": with_unit(key, value)}
        for trial, name in zip(trials, names, strict=True)
        for key, value in trial["typed"].items()
        if isinstance(value, int | float)
    ]
