# SPDX-License-Identifier: MIT
"""A training session into the store: typed in, or taken from the recordings of a session."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..care.ladder import Ladder, Task
from ..care.progression_tracks import tracks
from ..care.progression_values import NOT_ASKED, Place, Session
from ..care.protocol import load_protocol
from ..errors import ProtocolError
from . import ladder_ask, ladder_documents, ladder_words
from .ladder_kept import Progress, ladder_of, progress
from .store import entries as kept

if TYPE_CHECKING:
    from .ladder_ask import Sway
    from .store.values import Entry, Store

Answer = tuple[dict[str, Any], list[str]]
BETWEEN = "; "  # the recorded sessions that one of training is made of


def train(
    store: Store, args: argparse.Namespace, *, by: str, sway_of: Callable[[Store, str, date], Sway | None] | None = None
) -> Answer:
    """Keep a session by the options of `ladder train`; asks what they leave open. `sway_of`: what the tests of a day
    say of sway. Raises ProtocolError, StoreError."""
    ladder, morning_came = ladder_of(args.ladder), args.on < date.today()
    if args.settled and not morning_came:
        raise ProtocolError(
            f"The morning after {args.on} is still to come: leave --settled and --not-settled out, and tell it then "
            "(`surefoot ladder morning`)."
        )
    found = progress(store, args.person)
    place, leg = where(found, ladder, args.task, args.target, args.leg)
    tested = sway_of(store, args.person, args.on) if sway_of and "sway" in ladder.asks else None
    held: tuple[float, ...] = ()
    names: tuple[str, ...] = ()
    if args.folder:
        succeeded, held, names = recorded(args.folder, args.person, ladder, place, leg)
        _once(store, args.person, names, args.on, (ladder.id, ladder.name(place.task), leg))
        typed = ladder_ask.by_options(args, ladder, succeeded, tested)
    elif args.trials:
        typed = ladder_ask.by_options(args, ladder, ladder_ask.trials_of(args.trials, ladder), tested)
    else:
        print(ladder_words.task_line(ladder, place))
        typed = ladder_ask.interview(ladder, input, print, args.setting, tested, morning_came)
    session = Session(
        args.on, place.task, typed.succeeded, typed.steadiness, typed.pain_before, typed.pain_peak, typed.settled,
        typed.sway, typed.flags, place.target_s, leg, typed.exertion, typed.beside, _minutes(args.at), ladder.id,
    )  # fmt: skip
    more = {"held_s": list(held), "session": BETWEEN.join(names), "note": args.note}
    how = "recorded" if args.folder else "typed"
    document = ladder_documents.training_document(ladder, session, args.setting, how, **more)
    rests = tested.sources if tested and typed.sway == tested.state != NOT_ASKED else ()
    made = kept.put(store, args.person, "training", args.on, document, by=by, sources=rests)
    lines = _said(ladder, session, made)
    if tested and session.sway == NOT_ASKED:
        take = " `--sway-tested` takes that." if tested.state != NOT_ASKED else ""
        lines.insert(-1, f"Sway by {tested.sentence}{take}")
    if found.locked:
        why = found.locked.rstrip(".")
        lines.insert(
            1, f"LOCKED ({why}): no training before a clinician has seen the person (`surefoot ladder clear`)."
        )
    return {"person": args.person, "training": made.id, **document, "locked": found.locked}, lines


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
        command = f"surefoot ladder morning --person {made.person}"
        lines.append(f"The morning after: `{command} --settled`, or --not-settled.")
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
    folders: Sequence[Path], person: str, ladder: Ladder, place: Place, leg: str
) -> tuple[tuple[bool, ...], tuple[float, ...], tuple[str, ...]]:
    """What session folders say: which trials succeeded, how long each was held, and when and what each folder was.
    Raises SurefootError, or ProtocolError for another person's."""
    from . import ladder_results
    from .scoring import score_folder

    found: list[tuple[str, list[ladder_results.Did]]] = []
    for folder in folders:
        result, _ = score_folder(folder)
        if result["person"] != person:
            raise ProtocolError(f"{folder} is a session of {result['person']}, not of {person}: name the right one.")
        if how := ladder_results.helped(result):
            raise ProtocolError(f"{folder} was done with assistance ({how}), and every task here is done without.")
        own = folder / f"{result['protocol']['id']}.toml"
        trials = ladder_results.trials_of(ladder, result, load_protocol(own) if own.is_file() else None)
        found.append((f"{result['created_utc']} {result['protocol']['id']}", trials))
    if len({name for name, _ in found}) < len(found):
        raise ProtocolError("One session is named twice: name each folder once.")
    found.sort(key=lambda one: one[0])
    every = [one for _, trials in found for one in trials]
    succeeded, held = ladder_results.recorded(ladder, every, place.task, leg, place.target_s)
    return succeeded, held, tuple(name for name, _ in found)


def _once(store: Store, person: str, names: Sequence[str], on: date, what: tuple[str, str, str]) -> None:
    """Raises ProtocolError for a recorded session of another day, or one that is training already: two good sessions
    are two."""
    for name in names:
        recorded_on = datetime.fromisoformat(name.partition(" ")[0]).astimezone().date()
        if recorded_on != on:
            raise ProtocolError(f"That session was recorded on {recorded_on}, not on {on}: say --on {recorded_on}.")
    for one in kept.entries(store, person, "training"):
        known = (one.document["ladder"], one.document["task"], one.document["leg"])
        if known == what and set(names) & set(one.document.get("session", "").split(BETWEEN)):
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
        kept.put(store, person, "training", one.on, {**one.document, "settled": settled}, by=by,
                 sources=one.sources, replaces=one.id)  # fmt: skip
    said = f"The morning after {last}: pain {'at its usual level' if settled == 'fine' else 'NOT at its usual level'}."
    return {"person": person, "on": str(last), "settled": settled, "sessions": len(open_ones)}, [said]
