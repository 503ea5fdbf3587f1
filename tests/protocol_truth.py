# SPDX-License-Identifier: MIT
"""`python tests/protocol_truth.py`: every protocol on the virtual board, passed, failed, interrupted and marked.

Trials are cut short (a hold to a few seconds, a six-minute walk to twenty): longer, they'd show the same. Checks are
sessions of their own, from the firmware's samples to the result. The page's table says how many checks came out.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from acting import SEED, Act, Cast, losing
from protocol_page import PAGE
from surefoot.care.protocol import Condition, Mark, Protocol, StopRule, load_protocol, protocol_names
from surefoot.clinic import scoring
from surefoot.clinic.scoring import score_folder
from surefoot.clinic.session import Outcome, Setup, run_protocol
from surefoot.device.link import Link, open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.movers import MoverWorld, perform
from surefoot.device.virtual.stand import Stand
from surefoot.errors import DeviceLost

UTC = "2026-01-01T00:00:00Z"
BEGIN, END = "<!-- what was run -->\n", "<!-- end of what was run -->\n"
HOLD_S, SWAY_S, COUNT_S, WALK_S = 4.0, 11.0, 12.0, 20.0  # a measure of sway needs ten seconds
PRESS_S = 1.2
ENDING = ("stop", "repeat", "disqualify")


@dataclass
class Row:
    """What came out of one protocol: done of wanted for stop rules and marks, and what went wrong in words."""

    protocol: Protocol
    passed: bool = False
    rules: int = 0
    marks: int = 0
    interrupted: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        wanted = len(self.protocol.safety.stop_rules), len(self.protocol.marks), 2
        return self.passed and (self.rules, self.marks, self.interrupted) == wanted

    def line(self) -> str:
        p, rules, marks = self.protocol, len(self.protocol.safety.stop_rules), len(self.protocol.marks)
        passed = "yes" if self.passed else "no"
        return (
            f"| `{p.id}` | {passed} | {self.rules} of {rules} | {self.interrupted} of 2 | {self.marks} of {marks} |\n"
        )


def short(protocol: Protocol) -> Protocol:
    """The protocol with trials of seconds. Points and stages keep their steps: a shortened hold is full at its end."""
    sways = any(rule.measure.startswith(("cop_", "trunk_", "load_")) for rule in protocol.outcomes)
    hold_s = protocol.analysis.trim_s + SWAY_S if sways else HOLD_S
    return replace(protocol, conditions=tuple(_short(condition, hold_s) for condition in protocol.conditions))


def _short(condition: Condition, hold_s: float) -> Condition:
    cues = replace(
        condition.cues, during=tuple(replace(one, at_s=k + 1.0) for k, one in enumerate(condition.cues.during))
    )
    most_s = {"hold": hold_s, "lean": 5.0, "count": COUNT_S, "distance": WALK_S}.get(condition.kind, 0.0)
    return replace(
        condition,
        cues=cues,
        hold_s=min(condition.hold_s, most_s) if condition.kind == "hold" else condition.hold_s,
        time_s=min(condition.time_s, most_s) if condition.kind != "hold" else condition.time_s,
    )


def only(protocol: Protocol, condition: Condition) -> Protocol:
    """One trial of one condition; outcomes that need the others are left to the whole test."""
    one = replace(condition, trials=1, practice=0, requires=None, enough="all", targets=condition.targets[:1])
    rules = tuple(
        replace(rule, only=(), trials="first")
        for rule in protocol.outcomes
        if rule.conditions == "each" and (not rule.only or condition.id in rule.only)
    )
    return replace(protocol, conditions=(one,), outcomes=rules)


@dataclass
class Stage:
    """A board with a person on it, and where sessions go."""

    board: VirtualBoard
    world: MoverWorld
    link: Link
    folder: Path
    number: int = 0
    given: dict[str, tuple[dict[str, Any], int]] = field(default_factory=dict)

    def session(self, protocol: Protocol, prepare=None) -> tuple[Outcome, dict[str, Any], Cast]:
        """Run and score a protocol; `prepare` is given the cast before."""
        self.number += 1
        out = self.folder / f"{self.number:03d}"
        cast = Cast(self.world, protocol, self.link.timing.now_s)
        if prepare:
            prepare(cast)
        setup = Setup("P001", out, Stand(self.world).placement, simulated=True, utc_now=lambda: UTC)
        outcome = run_protocol(self.link, protocol, setup, cast.tell, cast.observer())
        return outcome, scored(out, protocol), cast


def scored(out: Path, protocol: Protocol) -> dict[str, Any]:
    """The result by a protocol that is in no file."""
    before = scoring.protocol_of
    scoring.protocol_of = lambda *_: protocol
    try:
        return score_folder(out)[0]
    finally:
        scoring.protocol_of = before


@contextmanager
def stage() -> Iterator[Stage]:
    world = MoverWorld(perform("quiet", SEED, lead_s=0.0, hold_s=5.0))
    with (
        tempfile.TemporaryDirectory() as folder,
        VirtualBoard(world, seed=1) as board,
        open_link(board.port, board.timing()) as link,
    ):
        yield Stage(board, world, link, Path(folder))


def passed(here: Stage, protocol: Protocol) -> list[str]:
    """What went wrong when all of the test was done as it should be; nothing if it passed."""
    outcome, result, _ = here.session(protocol)
    wrong = [str(outcome.error)] if outcome.error else list(result["problems"])
    for trial in result["trials"]:
        if trial["ended"] != "complete":
            wrong.append(f"{trial['recording']} ended {trial['ended']}: {' '.join(trial['warnings'][:1])}")
    wrong += [
        f"{one['id']} {one['condition']} {one['target']}: {one['reason']}"
        for one in result["outcomes"]
        if one["reason"]
    ]
    wrong += [f"{condition} skipped: {why}" for condition, why in result["skipped"].items()]
    return wrong


def condition_of(protocol: Protocol, mark: Mark) -> Condition:
    """The first condition in which a mark can be given."""
    return next(c for c in protocol.conditions if mark in protocol.marks_of(c))


def pressed(here: Stage, protocol: Protocol, mark: Mark) -> tuple[dict[str, Any], int]:
    """The result of a trial in which the mark was given, and how many trials were recorded. One thrown out by a mark is
    done again, without it. Marks that end nothing are given in one trial, one after the other."""
    condition = condition_of(protocol, mark)
    one = only(protocol, condition)
    ends = mark.effect in (*ENDING, "finish")
    others = [m for m in protocol.marks_of(condition) if m.effect not in (*ENDING, "finish")]
    name = mark.id if ends else condition.id
    if name in here.given:
        return here.given[name]
    keys = ((PRESS_S, mark.key),) if ends else tuple((PRESS_S + 0.1 * k, m.key) for k, m in enumerate(others))

    def prepare(cast: Cast) -> None:
        own = cast.pick

        def pick(protocol: Protocol, condition: Condition, trial: int, target: str | None) -> Act:
            again = sum(moment.kind == "trial" for moment in cast.moments) > 1
            act = own(protocol, condition, trial, target)
            cast.keys = act.keys if again else tuple(sorted((*keys, *act.keys)))
            return act

        cast.pick = pick

    outcome, result, _ = here.session(one, prepare)
    assert outcome.error is None
    here.given[name] = result, len(outcome.recordings)
    return here.given[name]


def failed(here: Stage, protocol: Protocol, rule: StopRule) -> list[str]:
    """What went wrong when a stop rule should end a trial: by its key, and where the device sees it, without one."""
    mark, wrong = protocol.mark(rule.mark), []
    result, made = pressed(here, protocol, mark)
    first = result["trials"][0]
    if first["ended"] != "stopped" or mark.id not in {one["mark"] for one in first["marks"]}:
        wrong.append(f"{rule.id}: the key left the trial {first['ended']}")
    if not any(mark.label in text for text in first["warnings"]):
        wrong.append(f"{rule.id}: the page doesn't say why it ended")
    if mark.effect == "repeat" and made != 2:
        wrong.append(f"{rule.id}: the trial wasn't done again")
    if mark.effect == "stop" and made != 1:
        wrong.append(f"{rule.id}: {made} trials were made")
    if rule.ends == "test":
        wrong += _ends_the_test(here, protocol, rule, mark)
    if rule.seen_by == "device" and mark.effect == "stop":
        wrong += _seen(here, protocol, rule, mark)
    return wrong


def _ends_the_test(here: Stage, protocol: Protocol, rule: StopRule, mark: Mark) -> list[str]:
    one = only(protocol, condition_of(protocol, mark))
    twice = replace(one, conditions=(replace(one.conditions[0], trials=2),))
    outcome, result, _ = here.session(twice, lambda cast: setattr(cast, "keys", ((PRESS_S, mark.key),)))
    if len(outcome.recordings) != 1 or not result["skipped"]:
        return [f"{rule.id}: the test went on"]
    return []


def _seen(here: Stage, protocol: Protocol, rule: StopRule, mark: Mark) -> list[str]:
    """Somebody loses balance and nobody presses a key. In a moving trial it counts where no finish was seen."""
    condition = condition_of(protocol, mark)
    one = only(protocol, condition)
    kind = "step" if {"step", "foot-lift"} & set(mark.detectors) else "fall"
    if condition.kind == "hold" and condition.stance == "single":
        # The foot comes down: a stance longer than this person stands on one leg.
        one = replace(one, conditions=(replace(one.conditions[0], hold_s=60.0),))
        _, result, _ = here.session(one, lambda cast: setattr(cast, "pick", lambda p, c, *_: _lets_down(p, c)))
        ended = result["trials"][0]["ended"]
        return [] if ended in ("step", "fall") else [f"{rule.id}: the device left it {ended}"]
    least_s = 12.0
    longer = replace(one.conditions[0], **{_limit(condition): least_s})
    one = replace(one, conditions=(longer,))

    def prepare(cast: Cast) -> None:
        cast.keys = ()
        cast.pick = lambda p, c, *_: losing(kind, least_s)

    _, result, _ = here.session(one, prepare)
    trial = result["trials"][0]
    if trial["ended"] in ("step", "fall"):
        return []
    seen = [event["kind"] for event in trial["events"] if event["detector"] == "balance-loss"]
    moves = condition.kind in ("count", "distance", "reach", "angle")
    return [] if moves and seen else [f"{rule.id}: the device left it {trial['ended']} and saw {seen}"]


def _lets_down(protocol: Protocol, condition: Condition) -> Act:
    from acting import act_for

    return act_for(protocol, replace(condition, hold_s=HOLD_S))


def _limit(condition: Condition) -> str:
    return "hold_s" if condition.kind == "hold" else "time_s" if condition.time_s else "timeout_s"


def marked(here: Stage, protocol: Protocol, mark: Mark) -> list[str]:
    """What went wrong when a mark was given: it must be in the result, by the observer, with its number or time."""
    result, made = pressed(here, protocol, mark)
    given = [one for one in result["trials"][0]["marks"] if one["mark"] == mark.id and one["by"] == "observer"]
    if not given:
        return [f"mark {mark.id}: not in the result"]
    wrong = []
    if mark.effect == "value":
        numbers = {one["value"] for one in given}
        wrong += [] if None not in numbers else [f"mark {mark.id}: no number"]
    elif not any(-0.1 < one["t_s"] - PRESS_S < 2.5 for one in given):
        wrong.append(f"mark {mark.id}: at {given[0]['t_s']} s and not at {PRESS_S}")
    if mark.effect in ENDING and result["trials"][0]["ended"] == "complete":
        wrong.append(f"mark {mark.id}: ended nothing")
    if mark.effect == "repeat" and made < 2:
        wrong.append(f"mark {mark.id}: not done again")
    return wrong


def interrupted(here: Stage, protocol: Protocol) -> list[str]:
    """What went wrong when Ctrl-C came, and when the cable was pulled. The board is gone after it."""
    one, wrong = only(protocol, protocol.conditions[0]), []

    def at(what) -> Any:
        fired: list[bool] = []

        def during(passed_s: float) -> None:
            if passed_s > PRESS_S and not fired:
                fired.append(True)
                what()

        return lambda cast: (setattr(cast, "during", during), setattr(cast, "keys", ()))

    def ctrl_c() -> None:
        raise KeyboardInterrupt

    _, result, _ = here.session(one, at(ctrl_c))
    if result["trials"][0]["ended"] != "stopped":
        wrong.append(f"Ctrl-C left the trial {result['trials'][0]['ended']}")
    outcome, result, _ = here.session(one, at(here.board.unplug))
    ended = result["trials"][0]["ended"]
    if not isinstance(outcome.error, DeviceLost) or ended != "interrupted":
        wrong.append(f"a pulled cable left the trial {ended}: {outcome.error}")
    return wrong


def row(name: str, rules: int | None = None, marks: int | None = None) -> Row:
    """All checks of a protocol; with numbers, only so many of its stop rules and marks."""
    protocol = short(load_protocol(name))
    made = Row(protocol)
    with stage() as here:
        made.wrong += (wrong := passed(here, protocol))
        made.passed = not wrong
        for rule in protocol.safety.stop_rules[:rules]:
            made.wrong += (wrong := failed(here, protocol, rule))
            made.rules += not wrong
        for mark in protocol.marks[:marks]:
            made.wrong += (wrong := marked(here, protocol, mark))
            made.marks += not wrong
        made.wrong += (wrong := interrupted(here, protocol))
        made.interrupted = 2 - len(wrong)
    return made


def page(text: str, rows: list[Row]) -> str:
    """The page with its table as it was run."""
    head = "| test | passed | failed by its stop rules | interrupted | scored with its marks |\n"
    table = head + "| --- | --- | --- | --- | --- |\n" + "".join(one.line() for one in rows)
    before, rest = text.split(BEGIN)
    return before + BEGIN + table + END + rest.split(END)[1]


if __name__ == "__main__":
    rows = []
    for name in sys.argv[1:] or protocol_names():
        rows.append(row(name))
        print(rows[-1].line(), *(f"    {text}\n" for text in rows[-1].wrong), sep="", end="", flush=True)
    if not sys.argv[1:]:
        PAGE.write_text(page(PAGE.read_text("utf-8"), rows), "utf-8")
    sys.exit(not all(one.whole for one in rows))
