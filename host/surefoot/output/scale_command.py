# SPDX-License-Identifier: MIT
"""The command `scale`: a rated scale asked item after item, or typed in from paper; its numbers and its page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surefoot.clinic import record_options
from surefoot.clinic.store import options
from surefoot.errors import SurefootError

if TYPE_CHECKING:
    from surefoot.clinic.observer import Observer

NAME = "scale"
HELP = "rate a scale (Berg, FGA, ABC ...) item after item, or type one in from paper"
DESCRIPTION = """\
Ask a rated scale item after item, with your licensed form at hand: what each item is about, what its ratings mean.
b goes back, x marks what was refused or could not be tried, n what was not asked, q breaks off; --resume goes on.
Nothing that was not rated counts as 0. Without ID: which scales there are.

  surefoot scale berg --person P001 --out out/p001-berg --aid none
  surefoot scale berg --person P001 --out out/p001-paper --date 2026-05-31 --typed 4 4 4 3 3 4 4 3 4 2 2 x:pain 1 n
  surefoot scale psfs --person P001 --out out/p001-psfs --typed 1.own="climb stairs" 1=4"""
RESULT, PAGE = "scales.json", "report.html"
FORMAT, KIND = 1, "surefoot-scales"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Words of `surefoot scale`."""
    parser.add_argument("id", nargs="?", metavar="ID", help="a scale; without it they are listed")
    parser.add_argument("--person", metavar="CODE", help="a code such as P001, never a name")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a folder of this session's scales, one file each")
    parser.add_argument("--resume", action="store_true", help="go on with one that was broken off")
    parser.add_argument(
        "--typed",
        nargs="+",
        metavar="RATING|ITEM=RATING|FILE.json",
        help="from paper: all ratings in their order, or 7=3 9=x:why 12=n; of own items 1.own=... 1.weight=2 too",
    )
    parser.add_argument("--date", metavar="YYYY-MM-DD", help="with --typed: when it was rated (default: today)")
    parser.add_argument(
        "--since", type=Path, nargs="+", default=[], metavar="EARLIER", help="folders of earlier sessions, oldest first"
    )
    record_options.add_circumstances(parser)
    options.add_store_arguments(parser)
    parser.add_argument("--keep", action="store_true", help="put it into the store, as `surefoot keep` does")


def run(args: argparse.Namespace, observer: Observer | None = None) -> int:
    """0 when it was gone through, 1 when it was broken off. Raises SurefootError."""
    if args.id is None:
        return _list(args)
    from surefoot.care.scales import load_scale
    from surefoot.clinic import circumstances, scale_record
    from surefoot.clinic.run_values import check_person, now_utc
    from surefoot.clinic.scale_typed import answers_of

    scale = load_scale(args.id)
    if args.person is None or args.out is None:
        raise SurefootError("A scale needs --person CODE and --out DIR: whose it is, and where it goes.")
    check_person(args.person)
    if args.keep:
        from surefoot.clinic import keep_command

        keep_command.before_record(args)
    said, now = circumstances.from_arguments(args), now_utc()
    if args.date and args.typed is None:
        raise SurefootError("--date is of a scale on paper: give its ratings with --typed, or leave it out.")
    if args.typed is not None:
        if args.resume:
            raise SurefootError("--resume goes on asking, and --typed asks nothing: leave one of them out.")
        answers, rated = answers_of(scale, args.typed), scale_record.rated_on(args.date, now)
        path = scale_record.new_place(args.out, scale, args.person)
        sheet = scale_record.Sheet(args.person, scale, rated, now, said, typed=True)
        scale_record.write(scale_record.written(sheet, answers, scale_record.COMPLETE), path)
        return _finish(args, args.out, True)
    return _asked(args, scale, said, now, observer)


def _asked(args: argparse.Namespace, scale: Any, said: dict[str, Any], now: str, observer: Observer | None) -> int:
    from surefoot.clinic import scale_record
    from surefoot.clinic.record_command import observer_here
    from surefoot.clinic.scale_run import rate

    observer = observer_here(args) if observer is None else observer
    if not observer.watched:
        raise SurefootError("There is no terminal here to ask at: give the ratings with --typed.")
    say = _say(args)
    if args.resume:
        path = scale_record.path_of(args.out, scale)
        sheet, answers = scale_record.taken_up(path, scale, args.person, now)
        if said and said != dict(sheet.circumstances):
            raise SurefootError("The circumstances were told when it was begun: leave them out with --resume.")
    else:
        path = scale_record.new_place(args.out, scale, args.person)
        sheet, answers = scale_record.Sheet(args.person, scale, now, now, said), {}
    for text in (scale.title, scale.licence):
        say(text)

    def save(so_far: Any) -> None:
        scale_record.write(scale_record.written(sheet, so_far, scale_record.INTERRUPTED), path)

    whole = rate(scale, answers, observer.ask, say, save)
    if not answers:
        say("Nothing was rated, so nothing was kept.")
        return 1
    if whole:
        scale_record.write(scale_record.written(sheet, answers, scale_record.COMPLETE), path)
    else:
        say(f"\nBroken off and kept. Go on: surefoot scale {scale.id} --person {args.person} --out {args.out} --resume")
    return _finish(args, args.out, whole)


def are_scales(folders: Sequence[Path]) -> bool:
    """Whether what `score` or `report` was given is a folder of scales. Raises RecordingError where trials are too."""
    from surefoot.clinic import scale_record

    return len(folders) == 1 and folders[0].is_dir() and scale_record.are_scales(folders[0])


def score(args: argparse.Namespace, folder: Path) -> int:
    """`surefoot score` of a folder of scales."""
    result = _written(folder, args.since)
    _print(args, result, folder / RESULT)
    return 0


def report(args: argparse.Namespace, folder: Path) -> int:
    """`surefoot report` of a folder of scales."""
    _written(folder, args.since)
    print(json.dumps({"report": str(folder / PAGE)}) if args.json else f"Report: {folder / PAGE}")
    return 0


def _written(folder: Path, since: Sequence[Path]) -> dict[str, Any]:
    """The result of a folder, with its page beside it."""
    from surefoot.clinic.scale_scoring import score_scales
    from surefoot.output.result import write_whole
    from surefoot.output.scale_view import render_scales

    result = score_scales(folder, since)
    write_whole(folder / RESULT, (json.dumps(result, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))
    write_whole(folder / PAGE, render_scales(result).encode("utf-8"))
    return result


def _finish(args: argparse.Namespace, folder: Path, whole: bool) -> int:
    _print(args, _written(folder, args.since), folder / PAGE)
    if args.keep:
        from surefoot.clinic import keep_command

        keep_command.after_record(args, folder)
    return 0 if whole else 1


def _print(args: argparse.Namespace, result: dict[str, Any], path: Path) -> None:
    from surefoot.output.scale_view import lines

    if args.json:
        print(json.dumps(result))
        return
    say = _say(args)
    say("")
    for text in (*lines(result), f"Written: {path}"):
        say(text)


def _say(args: argparse.Namespace) -> Callable[[str], None]:
    out = sys.stderr if args.json else sys.stdout
    return lambda text: print(text, file=out, flush=True)


def _list(args: argparse.Namespace) -> int:
    from surefoot.care.scales import load_scale, scale_names

    scales = [load_scale(name) for name in scale_names()]
    if args.json:
        keys = ("id", "version", "title", "purpose", "rated_by", "takes_min", "better")
        rows = [{key: getattr(one, key) for key in keys} | {"range": list(one.range)} for one in scales]
        print(json.dumps({"format": FORMAT, "kind": KIND, "scales": rows}))
        return 0
    for one in scales:
        low, high = one.range
        print(f"{one.id:<13} {one.title}: {low:.0f} to {high:.0f}, rated by {one.rated_by}, {one.takes_min:g} min")
    return 0
