# SPDX-License-Identifier: MIT
"""Simulated patients: what somebody of a kind manages, feels and says in a session of training. Knows nothing of the
rules' numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from ..care.ladder import Ladder
from ..care.progression_case import height
from ..care.progression_tracks import Track, tracks
from ..care.progression_values import FLAGS, NOT_ASKED, Place, Session, Standing

if TYPE_CHECKING:
    from numpy.random import Generator

STAGE = 0.25  # of a step of the ladder, that each longer time is harder
LUCK = 0.35  # spread from trial to trial, in steps of the ladder


@dataclass(frozen=True)
class Kind:
    """How a patient is. Skill and difficulty are in steps of the ladder; rates are of a session."""

    skill: tuple[float, float] = (3.0, 6.0)  # drawn between, in the beginning
    learning: float = 0.04  # of a session, toward what they can reach
    reach: tuple[float, float] = (4.0, 8.0)
    uneven: float = 1.0  # at most between the legs
    spread: float = 0.6  # of difficulty from day to day
    usual_pain: int = 1
    flares: float = 0.0
    falls: float = 0.0
    missing: float = 0.05
    away: float = 0.0  # begins a break of three to six weeks
    tiring: float = 0.0  # skill lost from trial to trial
    careless: float = 0.0  # always says 1


KINDS = {
    "learns": Kind(),
    "doesn't learn": Kind(learning=0.0),
    "tires": Kind(tiring=0.5),
    "pain flares": Kind(usual_pain=3, flares=0.08),
    "falls": Kind(falls=0.02),
    "misses sessions": Kind(missing=0.45, away=0.02),
    "rates carelessly": Kind(careless=1.0, spread=1.0),
}


def hardness(ladder: Ladder, place: Place) -> float:
    """Of a task held so long, in steps of the ladder."""
    at, held = height(ladder, place)
    return at + STAGE * (ladder.targets_s.index(held) if held else 0)


def place_of(standing: Standing) -> Place:
    return Place(standing.task, standing.target_s)


def trials(kind: Kind, dice: Generator, ahead: float, many: int) -> list[bool]:
    """Which trials succeed for who is so many steps `ahead` of a task."""
    luck = dice.normal(0, kind.spread)
    return [bool(dice.logistic(0, LUCK) < ahead + luck - kind.tiring * k) for k in range(many)]


def body(kind: Kind, dice: Generator, on: date) -> Session:
    """What is the same for all that is done on a day."""
    flare = dice.random() < kind.flares
    before = min(max(round(kind.usual_pain + dice.normal(0, 0.5)), 0), 10)
    peak = min(10, before + (int(dice.integers(2, 6)) if flare else int(dice.integers(0, 2))))
    flags = dict.fromkeys(FLAGS, "fine")
    if dice.random() < kind.falls:
        flags["fall"] = "not fine"
    settled = "not fine" if flare and dice.random() < 0.5 else "fine"
    return Session(on, (), (), (), before, peak, settled, flags=flags, beside=dice.random() < 0.4)


def train(
    kind: Kind,
    dice: Generator,
    ladders: Mapping[str, Ladder],
    standings: Mapping[Track, Standing],
    skills: Mapping[Track, float],
    day: Session,
) -> list[Session]:
    """A session of each ladder and leg; a task of both legs that both stand at is done once."""
    out: dict[tuple[object, ...], Session] = {}
    for track, standing in standings.items():
        ladder = ladders[track[0]]
        leg = track[1] if ladder.one_legged(standing.task) else ""
        key = (track[0], standing.task, standing.target_s, leg)
        if key in out:
            continue
        pair = [skills[one] for one in tracks(ladder)]
        ahead = (skills[track] if leg else sum(pair) / len(pair)) - hardness(ladder, place_of(standing))
        done = trials(kind, dice, ahead, ladder.trials)
        swayed = "not fine" if dice.random() < 0.05 else "fine"
        felt = [min(max(round(3 - ahead + dice.normal(0, 0.6) + (0 if one else 2)), 1), 5) for one in done]
        out[key] = replace(
            day,
            task=standing.task,
            target_s=standing.target_s,
            ladder=track[0],
            leg=leg,
            succeeded=tuple(done),
            steadiness=tuple(1 if dice.random() < kind.careless else one for one in felt),
            sway=swayed if "sway" in ladder.asks else NOT_ASKED,
            exertion=min(max(round(5 - ahead + dice.normal(0, 0.6)), 0), 10),
        )
    return list(out.values())
