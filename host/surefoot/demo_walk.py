# SPDX-License-Identifier: MIT
"""`surefoot demo walk`: a simulated walker on the virtual board, whose firmware logs the walk; found beside true."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import VirtualBoardError

if TYPE_CHECKING:
    from .clinic.walk_values import KeptWalk
    from .device.virtual.walkers.world import WalkWorld
    from .output.walk_sync_keep import Analysis

NAME = "demo walk"
HELP = "a walk without hardware: what is found of a simulated walker, beside what is true"
DESCRIPTION = """\
A simulated walker on the virtual board: the firmware logs the walk from one press of its button to the next, the log
is fetched through the port, analysed and kept as any other, and contacts, strides and lengths are told beside those
that the walker was made of. The same seed gives the same bytes."""
PERSON_CODE = "DEMO"
SPEEDS_MPS = (0.3, 1.8)
LEG_SHARE = 0.53  # of the height, hip to floor (Drillis & Contini 1966, in Winter 2009, 10.1002/9780470549148)
LEAD_S, PRELOAD_N, PRESS_S = 4.0, 25.0, 0.2
BEGUN_UTC, BEGUN_MS = "2026-01-01T00:00:00Z", 1767225600000
DAY_S = 86400.0  # the pages are of the day after
FORMAT, KIND = 1, "surefoot-demo-walk"
FEET = ("left", "right")
SAME_S = 0.25  # a contact further from every true one is none of them


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("out/demo-walk"), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="draws walker, board and noise (default: %(default)s)")
    parser.add_argument("--kind", default="level", help="who walks, such as level, hemiparetic, stick or wheelchair")
    parser.add_argument("--speed", type=float, metavar="M/S", help="of the walker, 0.3 to 1.8; drawn where not given")
    parser.add_argument("--seconds", type=float, default=60.0, metavar="S", help="default: %(default)s")


def run(args: argparse.Namespace) -> int:
    """Walk, fetch, analyse, compare, write the pages. SurefootError where it can't be."""
    from .output.walk_sync_command import pages
    from .output.walk_sync_words import walk_lines

    def say(text: str) -> None:
        print(text, file=sys.stderr if args.json else sys.stdout, flush=True)

    world = world_of(args.kind, args.seed, args.speed, args.seconds)
    how, kept = walked(world, args.out, args.seed, args.seconds, say)
    told = compared(world, how, kept)
    for line in (*walk_lines(kept), *words(told)):
        say(line)
    from .output.result import write_whole

    path = args.out / "demo.json"
    write_whole(path, (json.dumps(told, indent=1, allow_nan=False) + "\n").encode())
    say(f"Written: {path}")
    written = pages(args.out, PERSON_CODE, say, datetime.fromtimestamp(BEGUN_MS * 1e-3 + DAY_S, UTC))
    if args.json:
        print(json.dumps(told | {"pages": written}, allow_nan=False))
    return 0


def world_of(kind: str, seed: int, speed_mps: float | None, seconds: float) -> WalkWorld:
    """The walker on their insoles. Raises SurefootError."""
    from .device.virtual.walkers.walker import walker
    from .device.virtual.walkers.world import WalkWorld

    if speed_mps is not None and not SPEEDS_MPS[0] <= speed_mps <= SPEEDS_MPS[1]:
        low, high = SPEEDS_MPS
        raise VirtualBoardError(
            f"--speed {speed_mps:g}: simulated walkers go at {low:g} to {high:g} m/s, choose there."
        )
    fixed = None if speed_mps is None else {"speed_mps": speed_mps}
    return WalkWorld(walker(kind, seed, seconds, lead_s=LEAD_S, fixed=fixed), None, seed, PRELOAD_N)


def walked(
    world: WalkWorld, out: Path, seed: int, seconds: float, say: Callable[[str], None]
) -> tuple[Analysis, KeptWalk]:
    """The walk from the first press of the button to the kept analysis; the data folder is `out`."""
    from .clinic.walk_values import Walker
    from .clinic.walks_folder import keep_walker, made_folder, walks_of
    from .demo import clear
    from .output.walk_sync_keep import Analysis, analyse

    clear(out, made_here())
    made_folder(out, PERSON_CODE)
    person = Walker(PERSON_CODE, leg_m=round(LEG_SHARE * world.person.height_m, 3))
    keep_walker(out, person)
    say(f"A virtual board with a simulated walker ({world.walked.kind}, seed {seed}); {seconds:g} s of virtual time.")
    name = logged(world, out, PERSON_CODE, seed, seconds, datetime.fromisoformat(BEGUN_UTC))
    how = Analysis(out, person, utc_now=lambda: BEGUN_UTC)
    analyse(how, name)
    return how, next(walk for walk in walks_of(out, PERSON_CODE) if walk.name == name)


def logged(world: WalkWorld, data: Path, person: str, seed: int, seconds: float, begun: datetime) -> str:
    """The walk from the first press of the button to its fetched recording, by name; the board is told that it is
    `begun`."""
    from .device.link import open_link
    from .device.virtual.board import VirtualBoard
    from .output.walk_sync_board import bring

    with VirtualBoard(world, seed=seed) as board:
        with open_link(board.port, board.timing()) as link:
            link.set_utc(round(begun.timestamp() * 1e3))
        board.press(PRESS_S)
        board.advance(seconds)
        board.press(PRESS_S)
        board.advance(1.0)
        utc = begun.strftime("%Y-%m-%dT%H:%M:%SZ")
        with open_link(board.port, board.timing()) as link:
            (name,) = bring(link, data, person, lambda text: None, utc_now=lambda: utc).new
    return name


def made_here() -> dict[str, str]:
    """What this demo writes, and what is in it and in nothing of a real person's."""
    from .device.virtual import VIRTUAL_ID

    here = f"walks/{PERSON_CODE}"
    return {
        "demo.json": f'"kind": "{KIND}"',
        f"{here}/*.sfr": f'"device": "{VIRTUAL_ID}',
        f"{here}/*.walk.json": f"{VIRTUAL_ID}",
        f"{here}/*.said.json": f'"person": "{PERSON_CODE}"',
        f"{here}/walker.json": f'"person": "{PERSON_CODE}"',
        f"{here}/*.html": PERSON_CODE,
    }


def compared(world: WalkWorld, how: Analysis, kept: KeptWalk) -> dict[str, Any]:
    """What was found beside what is true, in JSON's own types: null where either isn't known. Of the truth, contact is
    where a force plate would show 20 N."""
    from .recording import SUFFIX, read
    from .signals_time import cells_clock

    truth, entry = world.walked, kept.entry
    t0_s = cells_clock(read(how.folder / f"{kept.name}{SUFFIX}").samples["cells"])[1] * 1e-6
    feet = [_foot(entry.get("feet", {}).get(name), one, t0_s) for name, one in zip(FEET, truth.feet, strict=True)]
    values = entry["parameters"]

    def found(key: str) -> float | None:
        return values[key]["value"] if key in values else None

    return {
        "format": FORMAT,
        "kind": KIND,
        "walker": {"kind": truth.kind, "seed": truth.seed, "leg_m": how.walker.leg_m},
        "walk": kept.name,
        "problem": kept.problem,
        "contacts": {
            "true": sum(one["true"] for one in feet),
            "missed": sum(one["missed"] for one in feet),
            "too_many": sum(one["too_many"] for one in feet),
            **_spread([error for one in feet for error in one["errors_s"]]),
        },
        "stride_time_s": _pair([pair for one in feet for pair in one["times"]]),
        "stride_length_m": _pair([pair for one in feet for pair in one["lengths"]]),
        "steps": {"found": found("gait_steps"), "true": sum(one["true"] for one in feet)},
        "distance_m": {"found": found("gait_distance_m"), "true": round(truth.distance_m, 3)},
        "lengths_by": entry.get("by", {}).get("lengths"),
    }


def _foot(found: Mapping[str, Any] | None, truth: Any, t0_s: float) -> dict[str, Any]:
    """Of one foot: errors of contacts found, and strides between two of them, (found, true) each."""
    import numpy as np

    true = np.flatnonzero(np.isfinite(truth.initial_s))
    at_s = np.where(np.isfinite(truth.plate_on_s), truth.plate_on_s, truth.initial_s)[true]
    seen = np.array([] if found is None else found["initial_contact_s"], float) + t0_s
    pairs: list[tuple[int, int]] = []
    if np.isfinite(seen).any():
        apart = np.where(np.isfinite(seen)[:, None], np.abs(seen[:, None] - at_s), np.inf)
        pairs = [(int(row), k) for k, row in enumerate(apart.argmin(axis=0)) if apart[row, k] < SAME_S]
    times, lengths = [], []
    length_m = (found or {}).get("stride_length_m") or [None] * len(seen)
    for (row, k), (next_row, next_k) in pairwise(pairs):
        if next_row == row + 1 and next_k == k + 1:
            times.append((seen[next_row] - seen[row], at_s[next_k] - at_s[k]))
            if length_m[row] is not None:
                lengths.append((length_m[row], truth.stride_m[true[k]]))
    return {
        "true": len(at_s),
        "missed": len(at_s) - len(pairs),
        "too_many": int(np.isfinite(seen).sum()) - len({row for row, _ in pairs}),
        "errors_s": [float(seen[row] - at_s[k]) for row, k in pairs],
        "times": times,
        "lengths": lengths,
    }


def _spread(errors_s: list[float]) -> dict[str, Any]:
    import numpy as np

    if not errors_s:
        return {"median_error_ms": None, "p95_error_ms": None, "mean_error_ms": None}
    off_ms = 1e3 * np.array(errors_s)
    middle, most = np.percentile(np.abs(off_ms), (50, 95))
    return {
        "median_error_ms": round(float(middle), 2),
        "p95_error_ms": round(float(most), 2),
        "mean_error_ms": round(float(off_ms.mean()), 2),
    }


def _pair(pairs: list[tuple[float, float]]) -> dict[str, Any]:
    """Means of strides that both know, and how far single ones are off."""
    import numpy as np

    if not pairs:
        return {"strides": 0, "found": None, "true": None, "mean_error": None, "mean_abs_error": None}
    found, true = np.array(pairs).T
    return {
        "strides": len(pairs),
        "found": round(float(found.mean()), 4),
        "true": round(float(true.mean()), 4),
        "mean_error": round(float((found - true).mean()), 4),
        "mean_abs_error": round(float(np.abs(found - true).mean()), 4),
    }


def words(told: Mapping[str, Any]) -> list[str]:
    """The comparison in words."""
    contacts, times, lengths = told["contacts"], told["stride_time_s"], told["stride_length_m"]
    lines = ["Beside what is true:"]
    steps, metres = told["steps"], told["distance_m"]
    found = "none" if steps["found"] is None else f"{steps['found']:.0f}"
    missed = f"{contacts['missed'] or 'none'} missed, {contacts['too_many'] or 'none'} too many"
    lines.append(f"  steps          {found} found, {steps['true']} true; of the contacts {missed}")
    if contacts["median_error_ms"] is not None:
        lines.append(
            f"  contacts       {contacts['median_error_ms']:.1f} ms off at the median,"
            f" {contacts['p95_error_ms']:.1f} ms at 95 %"
        )
    for what, one, unit in (("stride times", times, "s"), ("stride lengths", lengths, "m")):
        if one["found"] is not None:
            share = 100 * one["mean_error"] / one["true"]
            lines.append(
                f"  {what:<14} {one['found']:.3f} {unit} found, {one['true']:.3f} {unit} true ({share:+.1f} %), of"
                f" {one['strides']} strides"
            )
    if metres["found"] is not None:
        lines.append(f"  distance       {metres['found']:.1f} m of measured strides, {metres['true']:.1f} m true")
    if lengths["found"] is not None and "uncalibrated" in (told["lengths_by"] or ""):
        lines.append(
            "  Lengths are by the waist sensor and the usual factor: a measured walk gives a person their own."
        )
    return lines
