# SPDX-License-Identifier: MIT
"""A result of rated scales in, the words and numbers that its page and the screen show out."""

from collections.abc import Mapping
from typing import Any

from surefoot.output import page
from surefoot.output.trial_view import circumstances
from surefoot.output.wording import NONE, sentence

STATES = {"rated": "", "not-done": "not done", "not-asked": "not asked"}
BY = {"observer": "Rated by an observer", "person": "Rated by the person", "both": "Rated by person and therapist"}
HOW = {"sum": "sum of the items", "mean": "mean of the items", "goal-t": "T score; 50 is as expected"}
TEMPLATE = "scale.html.j2"


def render_scales(result: Mapping[str, Any]) -> str:
    """The page as text: the same result gives the same bytes."""
    shown = [scale_view(one) for one in result["scales"]]
    title = shown[0]["title"] if len(shown) == 1 else "Rated scales"
    return page.render(TEMPLATE, result=result, title=title, scales=shown, problems=list(result["problems"]))


def scale_view(one: Mapping[str, Any]) -> dict[str, Any]:
    """One scale as the page shows it."""
    low, high = one["range"]
    rated = str(one["rated"])
    value = one["value"]
    return {
        "id": one["id"],
        "version": one["version"],
        "title": one["title"],
        "purpose": one["purpose"],
        "by": BY.get(one["rated_by"], ""),
        "rated": f"{rated[:16].replace('T', ' ')} UTC" if "T" in rated else rated,
        "typed": bool(one["typed"]),
        "resumed": [f"{text[:16].replace('T', ' ')} UTC" for text in one["resumed_utc"]],
        "value": None if value is None else repr(float(value)),
        "text": "" if value is None else number_of(one, value),
        "range": f"{number_of(one, low)} to {number_of(one, high)}, {one['better']} is better; {HOW[one['how']]}",
        "reason": sentence(one["reason"] or "it was not computed"),
        "ceiling": bool(one["at_ceiling"]) and value is not None,
        "rated_items": f"{one['rated_items']} of {len(one['items'])} items rated",
        "circumstances": circumstances(one["circumstances"]),
        "items": [_item(row) for row in one["items"]],
        "weighted": any(row["weight"] is not None for row in one["items"]),
        "errors": [_error(error) for error in one["errors"]],
        "norms": sentence(one["no_norms"]),
        "note": one["note"],
        "licence": one["licence"],
        "change": one["change"],
        "sources": [
            f"{source['what']}: {source['cite']} (certainty {source['certainty']})" for source in one["sources"]
        ],
    }


def number_of(one: Mapping[str, Any], value: float) -> str:
    """A total with the decimals that its scale has."""
    return f"{value:.0f}" if one["how"] == "sum" or float(value).is_integer() else f"{value:.1f}"


def lines(result: Mapping[str, Any]) -> list[str]:
    """What the screen says."""
    out: list[str] = []
    for one in result["scales"]:
        shown = scale_view(one)
        total = shown["text"] if shown["value"] is not None else f"no total. {shown['reason']}"
        out.append(f"{shown['title']}: {total} ({shown['range']}; {shown['rated_items']})")
        if shown["ceiling"]:
            out.append("  This is the best that it can show.")
        out += [f"  {text}" for text in shown["errors"]]
        if one["change"]:
            out.append(f"  {one['change']['sentence']}")
        out.append(f"  {shown['norms']}")
    return out + [f"note: {text}" for text in result["problems"]]


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    state = STATES.get(row["state"], row["state"])
    return {
        "item": row["item"],
        "about": row["about"] or NONE,
        "value": None if row["value"] is None else f"{row['value']:g}",
        "says": row["says"] or (f"{state}: {row['reason']}" if row["reason"] else state),
        "weight": NONE if row["weight"] is None else f"{row['weight']:g}",
    }


def _error(error: Mapping[str, Any]) -> str:
    what = "The total" if error["of"] == "score" else "One item"
    interval = error["interval"] or "not stated"
    return (
        f"{what}: with nothing changed, two ratings differ by up to {error['mdc']:g}"
        f" ({error['confidence_percent']:g} % of pairs; {error['population']}; interval {interval}; {error['source']})."
    )
