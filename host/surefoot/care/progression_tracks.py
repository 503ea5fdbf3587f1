# SPDX-License-Identifier: MIT
"""All ladders of one person, each leg its own: what they share is a lock, falls, warning signs and pain."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from surefoot.care.ladder import Ladder
from surefoot.care.progression import LOCKS_NOT, after, cleared
from surefoot.care.progression_values import LEGS, Decision, Session, Standing

Track = tuple[str, str]  # a ladder by its id, and a leg of LEGS, "" where the ladder knows none
Standings = Mapping[Track, Standing]


def tracks(ladder: Ladder) -> tuple[Track, ...]:
    """A ladder once, or once for each leg."""
    return tuple((ladder.id, leg) for leg in (LEGS if ladder.legs else ("",)))


def own(track: Track, sessions: Iterable[Session]) -> list[Session]:
    """The sessions of a track: of its ladder, with its leg or with both."""
    return [one for one in sessions if one.ladder == track[0] and one.leg in ("", track[1])]


def others(track: Track, sessions: Iterable[Session]) -> list[Session]:
    """All the others, whose falls, warning signs and pain count too."""
    return [one for one in sessions if one.ladder != track[0] or one.leg not in ("", track[1])]


def taken(ladder: Ladder, standings: Standings, track: Track, decision: Decision) -> dict[Track, Standing]:
    """The standings once a decision is taken: what stops one ladder stops them all."""
    new = {**standings, track: after(ladder, standings[track], decision)}
    if decision.outcome == "stop" and decision.rule not in LOCKS_NOT:
        return locked(new, decision.words)
    return new


def locked(standings: Standings, why: str) -> dict[Track, Standing]:
    """All of them locked; the first reason stays."""
    return {track: replace(one, locked=one.locked or why) for track, one in standings.items()}


def opened(
    standings: Standings, by: str, found: str, on: date, known: Mapping[str, int] | None = None
) -> dict[Track, Standing]:
    """All of them unlocked by a named clinician after a re-check. Raises ProtocolError without who and what."""
    return {track: cleared(one, by, found, on, known) for track, one in standings.items()}


def success(sessions: Sequence[Session], count: int) -> float | None:
    """The share of trials that succeeded in the last sessions, None where there is none."""
    trials = [one for session in sessions[-count:] for one in session.succeeded]
    return sum(trials) / len(trials) if trials else None
