# SPDX-License-Identifier: MIT
"""What the therapist's page of a person's walks says: one walk in full, and all of them side by side with errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..care.asked import STEADY
from ..care.goal import target
from ..clinic import heart
from ..clinic.walk_values import BY_WORDS, KeptWalk, Walker
from ..errors import SurefootError
from ..measures.gait.wear import DAY_H, WEEK_DAYS
from . import page, walk_page_curves, walk_plots
from . import walk_page_tables as tables
from .walk_page_error import speeds, standard_errors
from .walk_page_read import DISTANCE, amount, analysed, lost_share, nominal, simulated, unit_of, when
from .wording import MINUS, NONE, sentence

SIDE_BY_SIDE = (
    "gait_walking_s", "gait_steps", "gait_distance_m", "gait_speed_mps", "gait_cadence_spm", "gait_stride_length_m",
    "gait_double_support_pct", "gait_asymmetry_pct", "gait_stride_time_cv_pct",
)  # fmt: skip
SHORT = {
    "gait_walking_s": "Walked", "gait_distance_m": "Distance", "gait_steps": "Steps", "gait_speed_mps": "Speed",
    "gait_asymmetry_pct": "Asymmetry of swing", "gait_stride_time_cv_pct": "CV of stride time",
    "gait_double_support_pct": "Double support", "gait_cadence_spm": "Cadence", "gait_stride_length_m": "Stride length",
}  # fmt: skip
SPREAD_TEXT = (
    "Each foot's strides that count in means; upright lines are the means. Left filled and whole, right dashed."
)
COURSE_TEXT = (
    "Shaded are bouts of walking, open parts pauses or losses. Triangles are turns, crosses strides beside lost"
    " samples."
)
FORCE_TEXT = "Force of each foot from contact to foot off, all strides laid over one another: mean and one SD."
SOLES_TEXT = (
    "Centre of pressure over the stance seen from above, toes up: mean, and one SD dotted and as crosses every fifth"
    " of the stance. The butterfly is of both feet over a stride of the left one; the feet are drawn a fixed distance"
    " apart, which spreads its wings, and its crossing has one SD. The outline, of an insole of 265 mm, is there to"
    " find one's way."
)
TREND_TEXT = (
    "Each point is a walk; bars are 95 % of its standard error from stride to stride. No verified figure of how much"
    " these numbers differ from day to day in one person comes with Surefoot, so no change is judged here. Speed is of"
    " bouts of like length. Walks on another surface, with another shoe or aid do not compare, and none of these is"
    " stored."
)
SPREADS_TEXT = "Each walk's strides by foot: median, middle half (thick) and middle nine tenths (thin)."


def therapist_view(
    walker: Walker,
    walks: Sequence[KeptWalk],
    now: datetime,
    versions: Mapping[str, Mapping[str, Any]] | None = None,
    name: str | None = None,
) -> dict[str, Any]:
    """Everything that the template prints. `walks` in order of time, one or more; `name`: of the walk that is shown in
    full, else the last that was analysed; `versions` by name. SurefootError: no walk has that name."""
    told = [walk for walk in walks if analysed(walk)]
    full = _chosen(walks, told, name)
    errors = {walk.name: standard_errors(walk) for walk in told}
    made = versions or {}
    fake = any(simulated(walk) for walk in walks)
    return {
        "person": walker.person,
        "made": f"{now:%Y-%m-%d %H:%M}",
        "span": _span(walks),
        "count": len(walks),
        "simulated": fake,
        "nominal": any(nominal(walk) for walk in told),
        "problems": [(label(walk), sentence(walk.problem)) for walk in walks if walk.problem],
        "about": _about(walker),
        "checks": _checks(walker),
        "full": None if full is None else _full(full, errors[full.name], made.get(full.name, {})),
        "pictures": [] if full is None else _pictures(full),
        "trends": _trends(told, [errors[walk.name] for walk in told], fake),
        "heads": [(SHORT[key], unit_of(key)) for key in SIDE_BY_SIDE],
        "rows": [_row(walk, errors.get(walk.name, {})) for walk in reversed(walks)],
        "own": [_own(walk, errors.get(walk.name, {})) for walk in reversed(walks)],
        "scale": (STEADY[0], STEADY[-1]),
        "days": _days(walks),
        "notes": _notes(walks),
        "mixed": sorted({str(one) for one in (dict(v).get("software") for v in made.values()) if one}),
    }


def label(walk: KeptWalk) -> str:
    """When it was, else that nobody knows, and the name of its files."""
    at = when(walk)
    return f"{at:%Y-%m-%d %H:%M}" if at is not None else f"no date ({walk.name})"


def _chosen(walks: Sequence[KeptWalk], told: Sequence[KeptWalk], name: str | None) -> KeptWalk | None:
    if name is None:
        return told[-1] if told else None
    for walk in walks:
        if walk.name == name:
            if walk in told:
                return walk
            raise SurefootError(f"The walk '{name}' has no numbers: {walk.problem or 'no steps were found in it.'}")
    known = ", ".join(walk.name for walk in told[-3:]) or "none"
    raise SurefootError(f"There is no walk '{name}': the last ones are {known}.")


def _span(walks: Sequence[KeptWalk]) -> str:
    days = [f"{at:%Y-%m-%d}" for walk in walks if (at := when(walk)) is not None]
    return "not known" if not days else days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"


def _about(walker: Walker) -> list[tuple[str, str]]:
    goal = walker.goal
    leg = "not measured" if walker.leg_m is None else f"{1e3 * walker.leg_m:.0f} mm, hip to floor"
    factor = "none, so the usual one is taken"
    if walker.length_factor is not None:
        factor = f"{walker.length_factor:.3f}, from a measured walk on {(walker.measured_utc or 'an unknown day')[:10]}"
    bearing = f"left {walker.weight_bearing_left}, right {walker.weight_bearing_right}"
    out = [("Leg", leg), ("Own factor of step lengths", factor), ("Weight bearing", bearing)]
    if goal is not None:
        until = f" until {goal.by_date}" if goal.by_date else ""
        out.append(("Goal, in own words", f"\u201c{goal.words}\u201d ({target(goal)}{until})"))
    return out


def _checks(walker: Walker) -> list[list[str]]:
    rows = []
    for check in reversed(walker.checks):
        off = 100 * (check.insole_n / check.scale_n - 1)
        shown = f"{off:+.1f}".replace("-", MINUS)
        rows.append(
            [check.utc[:16].replace("T", " "), check.device, f"{check.scale_n:.0f}", f"{check.insole_n:.0f}", shown]
        )
    return rows


def _full(walk: KeptWalk, errors: Mapping[str, float], versions: Mapping[str, Any]) -> dict[str, Any]:
    entry = walk.entry
    board = entry.get("firmware") or (entry.get("versions") or {}).get("firmware") or "not stored with this walk"
    made = [
        ("Recording", str(entry.get("file") or walk.name)),
        ("Board", str(entry.get("device") or "not known")),
        ("Firmware", str(board)),
        ("Calibration", "none: nominal" if nominal(walk) else str(entry.get("calibration") or "of another maker")),
        ("Recorded", f"{entry.get('duration_s', 0):.0f} s at {entry.get('rate_hz', 0):g} Hz"),
        ("Ended by", str(entry.get("ended") or "not known")),
        *((name.capitalize(), str(one)) for name, one in versions.items()),
    ]
    return {
        "title": label(walk),
        "made": made,
        "by": list((entry.get("by") or {}).items()),
        "headline": tables.headline(walk, errors),
        "speeds": _speeds(walk),
        "heart": None if not entry.get("heart") else sentence(heart.words(entry["heart"])),
        "sides": tables.sides(walk, errors),
        "all": tables.all_rows(walk, errors),
        "untold": tables.untold(walk),
        "bouts": tables.bouts(walk),
        "pauses": tables.pauses(walk),
        "turns": tables.turns(walk),
        "rockers": tables.rockers(walk),
        "wear": tables.wear(walk),
        "weight": tables.weight(walk),
        "lost": tables.lost(walk),
        "notes": list(entry.get("notes") or ()),
    }


def _speeds(walk: KeptWalk) -> list[dict[str, Any]]:
    return [
        {"label": name, "value": repr(mean), "text": f"{mean:.2f}", "error": tables.error_text(error), "strides": count}
        for name, (mean, error, count) in speeds(walk).items()
    ]


def _pictures(walk: KeptWalk) -> list[dict[str, str | None]]:
    fake, profiles = simulated(walk), walk.entry.get("profiles") or {}
    return [
        page.picture("Distributions", SPREAD_TEXT, walk_plots.distributions(walk, fake)),
        page.picture("Course of the walk", COURSE_TEXT, walk_plots.course(walk, fake)),
        page.picture(
            "Strides laid over one another", FORCE_TEXT, walk_page_curves.forces(profiles, nominal(walk), fake)
        ),
        page.picture("Gait line and butterfly", SOLES_TEXT, walk_page_curves.soles(profiles, fake)),
    ]


def _trends(walks: Sequence[KeptWalk], errors: Sequence[dict[str, float]], fake: bool) -> list[dict[str, str | None]]:
    if len(walks) < 2:
        return []
    return [
        page.picture("Parameters and own ratings", TREND_TEXT, walk_plots.trend(walks, errors, fake)),
        page.picture("Distributions, walk by walk", SPREADS_TEXT, walk_plots.spreads(walks, fake)),
    ]


def _row(walk: KeptWalk, errors: Mapping[str, float]) -> dict[str, Any]:
    cells = [tables.cell(walk, key, errors) for key in SIDE_BY_SIDE]
    if amount(walk, DISTANCE) is None and cells[2]["value"] is not None:
        cells[2] |= {"value": None, "text": NONE, "error": "", "why": "Too few strides' lengths are known."}
    return {"label": label(walk), "cells": cells}


def _own(walk: KeptWalk, errors: Mapping[str, float]) -> dict[str, Any]:
    said = walk.said
    rated = [None] * 4 if said is None else [said.steadiness, said.pain_before, said.pain_after, said.exertion]
    worn, check = tables.wear(walk), tables.weight(walk)
    return {
        "label": label(walk),
        "rated": ["not said" if one is None else str(one) for one in rated],
        "cells": [tables.cell(walk, key, errors) for key in ("gait_speed_mps", "gait_asymmetry_pct")],
        "worn": NONE if worn is None else f"{worn['worn']} of {worn['of']}",
        "drift": NONE if check is None or check["drift"] is None else check["drift"],
        "lost": f"{100 * lost_share(walk):.1f}" if walk.entry.get("rows") else NONE,
        "note": "" if said is None else "; ".join(one for one in (BY_WORDS.get(said.by), said.note.strip()) if one),
    }


def _days(walks: Sequence[KeptWalk]) -> str | None:
    """How many days were worn for long enough to count as days."""
    worn: dict[str, float] = {}
    for walk in walks:
        at, one = when(walk), tables.wear(walk)
        if at is not None and one is not None:
            worn[f"{at:%Y-%m-%d}"] = worn.get(f"{at:%Y-%m-%d}", 0.0) + one["worn"]
    if not worn:
        return None
    whole = sum(minutes >= 60 * DAY_H for minutes in worn.values())
    return (
        f"{whole} of {len(worn)} days were worn for {DAY_H:.0f} h or more. Sums of a day count from that, of a week"
        f" from {WEEK_DAYS} such days; of fewer they say what was recorded, not how active a day was."
        if whole < len(worn)
        else f"All {whole} days were worn for {DAY_H:.0f} h or more."
    )


def _notes(walks: Sequence[KeptWalk]) -> list[tuple[str, str]]:
    """Each note once, with the walks it belongs to."""
    found: dict[str, list[str]] = {}
    for walk in walks:
        for text in walk.entry.get("notes") or () if not walk.problem else ():
            found.setdefault(text, []).append(label(walk))
    return [(text, _of(own, len(walks))) for text, own in found.items()]


def _of(own: Sequence[str], count: int) -> str:
    if len(own) == count > 1:
        return "every walk"
    return "; ".join(own) if len(own) < 5 else f"{len(own)} walks, the last {own[-1]}"
