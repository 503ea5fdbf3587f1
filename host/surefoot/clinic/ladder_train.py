# SPDX-License-Identifier: MIT
"""A training session into the store: typed in, or taken from the recordings of a session."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ..care.ladder import Ladder, Task
from ..care.progression_tracks import tracks
from ..care.progression_values import NOT_ASKED, Place, Session
from ..errors import ProtocolError
from . import ladder_ask, ladder_documents, ladder_words
from .ladder_kept import Progress, ladder_of, progress
from .store import entries as kept

if TYPE_CHECKING:
    from .store.values import Entry, Store

Answer = tuple[dict[str, Any], list[str]]


def train(store: Store, args: argparse.Namespace, *, by: str) -> Answer:
    """Keep a session by the options of `ladder train`; asks what they leave open. Raises ProtocolError, StoreError."""
    ladder = ladder_of(args.ladder)
    place, leg = where(progress(store, args.person), ladder, args.task, args.target, args.leg)
    held, name = (), ""
    if args.folder:
        succeeded, held, name = recorded(args.folder, args.person, ladder, place, leg)
        _once(store, args.person, name, args.on, (ladder.id, ladder.name(place.task), leg))
        typed = ladder_ask.by_options(args, ladder, succeeded)
    elif args.trials:
        typed = ladder_ask.by_options(args, ladder, ladder_ask.trials_of(args.trials, ladder))
    else:
        print(ladder_words.task_line(ladder, place))
        typed = ladder_ask.interview(ladder, input, print, args.setting)
    session = Session(
        args.on, place.task, typed.succeeded, typed.steadiness, typed.pain_before, typed.pain_peak, typed.settled,
        typed.sway, typed.flags, place.target_s, leg, typed.exertion, typed.beside, _minutes(args.at), ladder.id,
    )  # fmt: skip
    more = {"held_s": list(held), "session": name, "note": args.note}
    how = "recorded" if args.folder else "typed"
    document = ladder_documents.training_document(ladder, session, args.setting, how, **more)
    made = kept.put(store, args.person, "training", args.on, document, by=by)
    return {"person": args.person, "training": made.id, **document}, _said(ladder, session, made)


def _said(ladder: Ladder, session: Session, made: Entry) -> list[str]:
    whole = f"{sum(session.succeeded)} of {ladder.trials}"
    leg = f", {session.leg} leg" if session.leg else ""
    lines = [f"Kept {made.id}: {ladder.name(session.task)}{leg}, {whole} succeeded."]
    missing = [flag.replace("_", "-") for flag, state in session.flags.items() if state == NOT_ASKED]
    missing += ["pain before"] if session.pain_before is None else []
    missing += ["pain"] if session.pain_peak is None else []
    missing += ["steadiness"] if None in session.steadiness else []
    missing += ["sway"] if "sway" in ladder.asks and session.sway == NOT_ASKED else []
    missing += ["exertion"] if "exertion" in ladder.asks and session.exertion is None else []
    if missing:
        lines.append(f"Not asked: {', '.join(missing)}. What is not asked never makes a task harder.")
    if session.settled == NOT_ASKED:
        lines.append("The morning after: `surefoot ladder morning --settled`, or --not-settled.")
    return [*lines, f"`surefoot ladder suggest --person {made.person}` decides."]


def where(
    found: Progress, ladder: Ladder, task: str | None, target_s: float | None, leg: str | None
) -> tuple[Place, str]:
    """The task, its target and its leg: as told, else where the person stands. Raises ProtocolError where that isn't
    clear."""
    standings = [(track, found.standings[track]) for track in tracks(ladder) if track in found.standings]
    own = [(track, one) for track, one in standings if leg is None or track[1] in ("", leg)]
    if task is None:
        places = {Place(one.task, one.target_s) for _, one in own}
        if not places:
            raise ProtocolError(
                f"Nothing says yet where {found.person} begins: give --task, or run `ladder suggest` first."
            )
        if len(places) > 1:
            raise ProtocolError(f"The legs of {found.person} stand at different tasks: say --leg left or --leg right.")
        place = places.pop()
    else:
        known = ladder.task(task)
        same = [one.target_s for _, one in own if one.task == known]
        place = Place(known, same[0] if same else ladder.targets(known, None)[0])
    if target_s is not None:
        if not ladder.targets_s or not 0 < target_s <= max(ladder.targets_s):
            raise ProtocolError(f"A target of {target_s:g} s can't be on this ladder: leave --target out.")
        place = replace(place, target_s=target_s)
    return place, _leg_of(ladder, place.task, leg)


def _leg_of(ladder: Ladder, task: Task, leg: str | None) -> str:
    if ladder.one_legged(task) and leg is None:
        raise ProtocolError(f"{ladder.name(task)} is done on one leg at a time: say --leg left or --leg right.")
    return (leg or "") if ladder.one_legged(task) else ""


def recorded(
    folder: Any, person: str, ladder: Ladder, place: Place, leg: str
) -> tuple[tuple[bool, ...], tuple[float, ...], str]:
    """What a session folder says: which trials succeeded, how long each was held, when and what it
    was. Raises
    SurefootError, or ProtocolError for another person's."""
    from .ladder_results import recorded as of_result
    from .scoring import score_folder

    result, _ = score_folder(folder)
    if result["person"] != person:
        raise ProtocolError(f"{folder} is a session of {result['person']}, not of {person}: name the right one.")
    succeeded, held = of_result(ladder, result, place.task, leg, place.target_s)
    return succeeded, held, f"{result['created_utc']} {result['protocol']['id']}"


def _once(store: Store, person: str, name: str, on: date, what: tuple[str, str, str]) -> None:
    """Raises ProtocolError for a recorded session of another day, or one that is training already: two good sessions
    are two."""
    told = name.partition(" ")[0]
    recorded_on = datetime.fromisoformat(told).astimezone().date()
    if recorded_on != on:
        raise ProtocolError(f"That session was recorded on {recorded_on}, not on {on}: say --on {recorded_on}.")
    for one in kept.entries(store, person, "training"):
        known = (one.document["ladder"], one.document["task"], one.document["leg"])
        if one.document.get("session") == name and known == what:
            raise ProtocolError(f"That session is kept already, as {one.id}: nothing was kept.")


def _minutes(text: str | None) -> int | None:
    if text is None:
        return None
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
        raise ProtocolError(f"--at {text} is no time of day: write it as 14:30.")
    return int(hours) * 60 + int(minutes)


def morning(store: Store, person: str, settled: str, today: date, *, by: str) -> Answer:
    """How pain was on the morning after the last day of training, into all its sessions that don't say. Raises
    ProtocolError where there is none, StoreError, Conflict."""
    every = [one for one in kept.entries(store, person, "training") if one.on < today]
    last = max((one.on for one in every), default=None)
    open_ones = [one for one in every if one.on == last and one.document.get("settled", NOT_ASKED) == NOT_ASKED]
    if not open_ones:
        raise ProtocolError(f"{person} has no training before {today} whose morning after is open.")
    for one in open_ones:
        kept.put(store, person, "training", one.on, {**one.document, "settled": settled}, by=by, replaces=one.id)
    said = f"The morning after {last}: pain {'at its usual level' if settled == 'fine' else 'NOT at its usual level'}."
    return {"person": person, "on": str(last), "settled": settled, "sessions": len(open_ones)}, [said]
