# SPDX-License-Identifier: MIT
"""A result in, the words and numbers that its page shows out."""

from collections.abc import Mapping, Sequence
from typing import Any

from surefoot.clinic import heart
from surefoot.measures.sensory import KEPT
from surefoot.measures.table import MEASURES
from surefoot.output import measure_view
from surefoot.output.change_view import change_view
from surefoot.output.filled import HOLD, filled
from surefoot.output.norm_view import norm_lines
from surefoot.output.outcome_view import cards, headline
from surefoot.output.trial_view import circumstances, moments, trial_name, trial_view, typed_rows
from surefoot.output.wording import NONE, number_text, seconds, sentence


def view(result: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the template prints but the pictures."""
    result = filled(result)
    protocol, trials = result["protocol"], result["trials"]
    conditions = {condition["id"]: condition for condition in protocol["conditions"] if "id" in condition}
    names = [trial_name(trial, trials, conditions) for trial in trials]
    pairs = list(zip(trials, names, strict=True))
    made, table = cards(result)
    kinds = {one["kind"] for one in (*protocol["conditions"], *trials)}
    by_device = [pair for pair in pairs if not pair[0]["by_hand"]]
    standing = [trial for trial, _ in by_device if trial["kind"] == HOLD]
    return {
        "result": result,
        "protocol": protocol,
        "created": str(result["created_utc"])[:16].replace("T", " ") + " UTC",
        "simulated": bool(result["simulated"]),
        "nominal": measure_view.is_nominal(trials),
        "by_hand": bool(trials) and not by_device,
        "cards": made,
        "outcome_table": table,
        "headline": headline(result),
        "comparisons": [_comparison(key, entry) for key, entry in result["comparisons"].items()]
        + [_comparison(key, entry) for key, entry in result["steadiness"].items() if key in KEPT],
        # Of stands alone: walking, rising and leaning have no balance score.
        "score": result["score"] if kinds <= {HOLD} else None,
        "components": [
            _component(entry, trials, conditions) for entry in (result["score"] or {}).get("components", ())
        ],
        "change": change_view(result["change"]),
        "norms": norm_lines(result),
        "how": result["how"] if isinstance(result["how"], str) else None,
        "circumstances": circumstances(result["circumstances"]),
        "skipped": [
            (conditions.get(key, {}).get("title") or key, sentence(str(why))) for key, why in result["skipped"].items()
        ],
        "standing": bool(standing),
        "all_hold": all(trial["kind"] == HOLD for trial in trials),
        "trials": [trial_view(trial, name, conditions) for trial, name in pairs],
        "lost": [trial_view(trial, name, conditions) for trial, name in by_device],
        "clocks": _once([(name, _clock(trial_view(trial, name, conditions))) for trial, name in by_device]),
        "hearts": _once([(name, heart.words(trial["heart"])) for trial, name in by_device if trial["heart"]]),
        "moments": moments(trials, names, protocol["marks"]),
        "typed": typed_rows(trials, names),
        "warnings": _once(
            [(name, text) for trial, name in pairs for text in trial["warnings"] if not _said(trial, text)], len(trials)
        ),
        "problems": list(result["problems"]),
        "names": names,
        "measures": measure_view.measure_tables(result, names),
        "errors": measure_view.errors(protocol["measurement_error"]) if standing else [],
        "made": measure_view.made(trials),
        "calibrations": measure_view.calibrations(trials),
    }


def _comparison(key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    base = next((known for known in ("romberg_velocity", "romberg_area") if key.startswith(known)), key)
    label = MEASURES[base].label if base in MEASURES else key
    suffix = key.removeprefix(base).strip("_").replace("_", " ")
    label = f"{label} ({suffix})" if suffix else label
    value = entry.get("value")
    return {
        "label": label if key in KEPT else f"{label}, eyes closed over eyes open",
        "value": None if value is None else repr(float(value)),
        "text": "" if value is None else number_text(base, value),
        "reason": sentence(entry.get("reason") or "it was not computed"),
    }


def _component(
    entry: Mapping[str, Any], trials: Sequence[Mapping[str, Any]], conditions: Mapping[str, Any]
) -> dict[str, Any]:
    def text(key: str, decimals: int) -> str:
        value = entry.get(key)
        return NONE if value is None else f"{value:.{decimals}f}"

    title, target_s = trial_name(entry, trials, conditions), entry["target_s"]
    held = seconds(entry["held_s"]) + ("" if target_s is None else f" of {target_s:g}")
    shown = {"held": held, "velocity": text("cop_velocity_mmps", 1), "tilt": text("tilt_range_deg", 2)}
    return shown | {"title": title, "q": text("q", 3), "share": text("share", 3)}


def _said(trial: Mapping[str, Any], text: str) -> bool:
    """Whether the page says a warning already, by its mark of what is by hand."""
    return trial["by_hand"] and text.startswith("By hand:")


def _clock(shown: Mapping[str, Any]) -> str:
    clock, noise = shown["clock"] or "not matched to the host", shown["noise"] or "not measured"
    return f"device clock {clock}; noise of the centre of pressure under a dead weight {noise}."


def _once(pairs: Sequence[tuple[str, str]], trials: int | None = None) -> list[tuple[str, str]]:
    """Each text once, with the trials it belongs to."""
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        found.setdefault(text, []).append(name)
    whole = len({name for name, _ in pairs}) if trials is None else trials
    return [("Every trial" if len(own) == whole > 1 else "; ".join(own), text) for text, own in found.items()]
