# SPDX-License-Identifier: MIT
"""`surefoot walk sync`: a person's new walks off the board, analysed, told in plain words, and their own on them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandInvalid, SurefootError
from ..unit_words import counted
from .walk_plain import plain

if TYPE_CHECKING:
    from ..clinic.walk_values import KeptWalk, Said, Walker
    from .walk_sync_board import Ask, Brought, Say
    from .walk_sync_keep import Analysis

NAME = "walk sync"
HELP = "fetch a person's new walks from the board, analyse and keep them, ask how they felt"
DESCRIPTION = """\
Plug the board in after a walk. What is new is fetched (taken up again where a cable was pulled, and verified),
analysed, kept in the data folder under the person's code and told in a few lines; then come four questions, of
which any may be left out with Enter, and the pages. Nothing is erased from the board. A walk that opens and closes with
some seconds of standing still is weighed at both ends: the light asks for it at the begin only. At the end, standing,
long presses tell how it was: 1 steady ... 5 lost balance; a pause of 3 s; then pain by faces, 1 none ... 6 the worst;
a short press ends the walk. What is typed wins.

  surefoot walk sync --person P001                      after a walk
  surefoot walk sync --person P001 --log 3              only log 3: others walked with this board too
  surefoot walk sync --person P001 --live               a walk on the cable, now
  surefoot walk sync --person P001 --leg-mm 880 --measured-m 20 --of last
                                                        the last walk was 20 m: this person's own step length
  surefoot walk sync --person P001 --of last --said steadiness=2,pain_before=1,pain_after=2,exertion=3
  surefoot walk sync --person P001 --goal "to the bakery" --goal-measure gait_distance_m --goal-value 900 \\
      --goal-per walk --goal-by 2026-12-24"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--person", required=True, metavar="CODE", help="a code such as P001, never a name")
    parser.add_argument("--port", help="the board's port; without it the one board that is plugged in")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the clinic's data folder (default: SUREFOOT_DATA, else ~/surefoot)"
    )
    parser.add_argument(
        "--log", type=int, nargs="+", metavar="N", help="only these logs: where several people walked with one board"
    )
    parser.add_argument("--leg-mm", type=float, metavar="MM", help="hip to floor, kept: makes step lengths")
    parser.add_argument("--pair", metavar="ID", help="the pair of insoles that was worn")
    parser.add_argument("--calibration", type=Path, metavar="FILE", help="this record instead of the one in force")
    parser.add_argument("--yes", action="store_true", help="ask nothing; end a walk that the board is still logging")
    live = parser.add_argument_group("a walk on the cable")
    live.add_argument("--live", action="store_true", help="walk now, streamed instead of logged; Ctrl-C ends it")
    live.add_argument("--seconds", type=float, metavar="S", help="end it after so long")
    kept = parser.add_argument_group("about walks that are kept, without a board")
    kept.add_argument("--of", metavar="NAME", help="this walk, by name, by the end of its name, or `last`")
    kept.add_argument("--said", metavar="WORDS", help="what the person says of it: steadiness=2,pain_before=1,note=...")
    kept.add_argument("--measured-m", type=float, metavar="M", help="that walk was so long: the person's own factor")
    kept.add_argument("--again", action="store_true", help="analyse all walks that are kept once more")
    goal = parser.add_argument_group("the person's own goal")
    goal.add_argument("--goal", metavar="WORDS", help="in their words")
    goal.add_argument("--goal-measure", metavar="KEY", help="gait_distance_m, gait_walking_s or gait_steps")
    goal.add_argument("--goal-value", type=float, metavar="X", help="so many metres, seconds or steps")
    goal.add_argument("--goal-per", metavar="WHAT", help="walk, day or week")
    goal.add_argument("--goal-by", metavar="DATE", help="until when, such as 2026-12-24")


def run(args: argparse.Namespace) -> int:
    """0 when all went well; 1 when a walk could not be analysed or broke off, with the rest done. SurefootError."""
    from ..calibration import load
    from ..calibration_store import data_folder
    from ..clinic.run_values import check_person
    from ..clinic.walk_said import said_of
    from ..clinic.walks_folder import keep_walker, named, walker_of
    from .walk_sync_keep import Analysis, measured, recorded, unanalysed

    def say(text: str) -> None:
        print(text, file=sys.stderr if args.json else sys.stdout, flush=True)

    _check(args)
    said = None if args.said is None else said_of(args.said)
    if args.calibration is not None:
        load(args.calibration)  # one that can't be read must not take the place of what was found before
    data = data_folder(args.data)
    known = walker_of(data, check_person(args.person))
    walker = _changed(known, args)
    if walker != known:
        keep_walker(data, walker)
    how = Analysis(data, walker, args.calibration, args.pair)
    if walker.leg_m != known.leg_m and recorded(how) and not args.again:
        say(f"The leg of {args.person} is kept; --again makes step lengths of earlier walks by it.")
    ask = None if args.yes or args.json or not (sys.stdin and sys.stdin.isatty()) else input
    brought = None
    of = None if args.of is None else named(data, args.person, args.of)
    if args.measured_m is not None and of:
        how = replace(how, walker=measured(how, of, args.measured_m))
        keep_walker(data, how.walker)
        say(f"Step lengths of {args.person} go by their own factor now, {how.walker.length_factor:.2f} (usual: 1.25).")
        names = [of]
    elif args.again:
        names = recorded(how)
        if not names:
            say(f"No recording of {args.person} is kept in {how.folder}: there is nothing to analyse again.")
    elif _needs_board(args):
        brought = _from_board(args, how, ask, say)
        names = sorted({*brought.new, *unanalysed(how)})
    else:
        names = []
    return _finish(args, how, names, of, said, brought, ask, say)


def _check(args: argparse.Namespace) -> None:
    from .walk_command import _check_leg as check_leg

    check_leg(args.leg_mm)
    if args.measured_m is not None and args.of is None:
        raise CommandInvalid("--measured-m is of one walk: say which with --of NAME, or --of last.")
    if args.live and (args.of is not None or args.again):
        raise CommandInvalid("--live is a new walk: leave out --of and --again.")
    if args.seconds is not None and not (args.live and args.seconds > 0):
        raise CommandInvalid("--seconds ends a walk of --live, after more than 0 s.")
    if args.goal is None and any(
        value is not None for value in (args.goal_measure, args.goal_value, args.goal_per, args.goal_by)
    ):
        raise CommandInvalid("A goal needs the person's own words too: --goal WORDS.")


def _changed(walker: Walker, args: argparse.Namespace) -> Walker:
    """The same person with the leg and the goal that were given."""
    from ..clinic.walk_said import goal_of

    if args.leg_mm is not None and walker.leg_m != args.leg_mm * 1e-3:
        # A factor was found with the leg that was known then.
        walker = replace(walker, leg_m=round(args.leg_mm * 1e-3, 4), length_factor=None, measured_utc=None)
    if args.goal is not None:
        goal = goal_of(args.goal, args.goal_measure, args.goal_value, args.goal_per, args.goal_by)
        walker = replace(walker, goal=goal)
    return walker


def _needs_board(args: argparse.Namespace) -> bool:
    return args.live or args.port is not None or (args.of is None and args.goal is None)


def _from_board(args: argparse.Namespace, how: Analysis, ask: Ask | None, say: Say) -> Brought:
    from ..clinic.log_command import teller
    from ..device.link import open_link
    from ..device.ports import choose_port
    from .walk_sync_board import bring, end_running, walk_now

    with open_link(choose_port(args.port)) as link:
        if args.live:
            return walk_now(link, how.data, args.person, args, say)
        end_running(link, args, ask, say)
        brought = bring(link, how.data, args.person, say, lambda number: teller(args, number), only=args.log)
    if not brought.new:
        none = "There is no walk on this board yet: its button begins and ends one."
        were = f"{counted(brought.here, 'walk')} {'was' if brought.here == 1 else 'were'}"
        say(f"Nothing new: {were} here already." if brought.here else none)
    return brought


def _finish(
    args: argparse.Namespace,
    how: Analysis,
    names: Sequence[str],
    of: str | None,
    said: Said | None,
    brought: Brought | None,
    ask: Ask | None,
    say: Say,
) -> int:
    """Analyse, tell, ask, write the pages; everything is kept as soon as it is known."""
    from ..clinic.walk_pressed import over
    from ..clinic.walks_folder import keep_said, walks_of
    from .walk_sync_keep import analyse
    from .walk_sync_said import by_button
    from .walk_sync_words import walk_lines

    data, person, details = how.data, args.person, [] if brought is None else brought.details
    if names:
        say(f"Looking at {counted(len(names), 'walk')} ...")
    for name in names:
        if stays := analyse(how, name):
            details.append(stays)
            say(plain(stays))
    walks = walks_of(data, person)
    told = [walk for walk in walks if walk.name in names or walk.name == of]
    for walk in told:
        for line in walk_lines(walk, how.walker.goal):
            say(line)
    pressed = by_button(data, person, [walk for walk in told if walk.name in names], say)
    told = [replace(walk, said=pressed.get(walk.name, walk.said)) for walk in told]
    about = next((walk for walk in reversed(told) if of in (None, walk.name)), None)
    if said is not None and about is None:
        raise SurefootError(
            "No walk is new, so nothing is known of which this was said: name it with --of, or --of last."
        )
    if about is not None and (typed := said or _asked(about, args, ask, say, about.name in pressed)) is not None:
        said = over(about.said, typed)
        keep_said(data, person, about.name, said)
    written = pages(data, person, say, details=details) if walks and (told or args.goal is not None) else []
    if args.goal is not None and how.walker.goal:
        say(f'The goal is kept: "{how.walker.goal.words}".')
    if args.json:
        _print(person, told, brought, written, about, said, details)
    broke = brought is not None and brought.error is not None
    return 1 if broke or any(walk.problem for walk in told) else 0


def _asked(
    about: KeptWalk, args: argparse.Namespace, ask: Ask | None, say: Say, by_button: bool = False
) -> Said | None:
    """What the person says of the newest walk, if anybody can be asked now and it was one; also where the button has
    told some of it just now."""
    from ..clinic.walk_said import ask as asked
    from ..clinic.walk_said import unreported

    if (
        ask is None
        or about.problem
        or (about.said is not None and not by_button)
        or args.measured_m is not None
        or args.again
    ):
        return None
    said = asked(ask, say)
    return None if unreported(said) else said


def pages(
    data: Path, person: str, say: Say, now: datetime | None = None, details: list[str] | None = None
) -> list[str]:
    """Write the pages of a person's walks as they are now; their paths; none where that can't be, with `details`."""
    from .walk_pages_command import write_pages

    try:
        paths = [str(path) for path in write_pages(data, person, now=now)]
    except SurefootError as error:
        why = f"The pages were not written: {error}"
        (details if details is not None else []).append(why)
        say(plain(why))
        return []
    say(f"Pages: {', '.join(paths)}")
    return paths


def _print(
    person: str,
    told: Sequence[KeptWalk],
    brought: Brought | None,
    written: Sequence[str],
    about: KeptWalk | None,
    said: Said | None,
    details: Sequence[str],
) -> None:
    walks: list[dict[str, Any]] = []
    for walk in told:
        words = said if about is not None and walk.name == about.name and said is not None else walk.said
        walks.append(
            {
                "name": walk.name,
                "begun_utc": walk.begun_utc,
                "fetched_utc": walk.fetched_utc,
                "problem": walk.problem,
                "parameters": walk.entry["parameters"],
                "not_reported": walk.entry["not_reported"],
                "notes": [*walk.entry["notes"]],
                "said": None if words is None else asdict(words),
            }
        )
    document: dict[str, Any] = {"person": person, "walks": walks, "pages": [*written], "details": [*details]}
    if brought is not None:
        document |= {"fetched": brought.new, "here_already": brought.here, "left_alone": brought.others}
        document |= {"error": str(brought.error)} if brought.error else {}
    print(json.dumps(document, allow_nan=False))
