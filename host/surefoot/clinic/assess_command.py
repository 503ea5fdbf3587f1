# SPDX-License-Identifier: MIT
"""`surefoot assess`: what is asked of a person around tests and training, and what the answers block."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import subcommands
from ..errors import CommandInvalid
from . import assess_options
from .day_option import add_on, day_in, day_of
from .store import options

if TYPE_CHECKING:
    from ..care.falls import Fall, NearFall
    from .store.values import Store

NAME = "assess"
HELP = "a person's profile, safety, falls, and what was said around a visit's tests"
DESCRIPTION = """\
Safety is asked before any task. Every answer is fine, not fine or not asked, and what is not asked never counts as
fine: a table (protocols/progression/safety.toml) says which tests, ladder levels, cues and insoles each answer blocks,
and what lifts it. A clinician decides, and may go on despite a row with a reason.

examples:
  surefoot assess safety --person P001 --for romberg insoles    the few questions that this needs, and no more
  surefoot assess safety --person P001                    all that are due; Enter leaves one not asked
  surefoot assess safety --person P001 --answer wound=fine "affected_side=not-fine:left"
  surefoot assess profile --person P001 --age 78 --weight-kg 71 --usual-pain 2 --pain-site "left knee"
  surefoot assess falls --person P001 --history 2 --injurious 1 --last-fall 2026-03-09
  surefoot assess falls --person P001 --month 2026-11 --no-falls
  surefoot assess visit --person P001 --pain-before 2 --pain-after 3 --steadiness 2 --exertion 4 --aid none
  surefoot assess show --person P001                      what is blocked and why, and what is not asked yet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    below = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=type(parser), required=True)
    for name, (help_text, more, arguments, _) in ACTIONS.items():
        own = subcommands.add(below, name, help_text, f"{help_text[:1].upper()}{help_text[1:]}.\n{more}")
        own.add_argument("--person", required=True, metavar="CODE", help="a code such as P001, never a name")
        add_on(own)
        arguments(own)
        options.add_store_arguments(own)


def run(args: argparse.Namespace) -> int:
    on = day_in(args)
    with options.opened(args) as store:
        from .store.people import must_be_known

        must_be_known(store, args.person)
        answer, lines = ACTIONS[args.action][3](store, args, on)
    if args.json:
        print(json.dumps(answer))
    else:
        print("\n".join(lines))
    return 0


Answer = tuple[dict[str, Any], list[str]]


def _profile(store: Store, args: argparse.Namespace, on: date) -> Answer:
    from ..care.assessment import Profile, profile_document
    from . import assess, assess_words

    before, entry = assess.profile(store, args.person)
    given = {one.name: getattr(args, one.name) for one in fields(Profile) if getattr(args, one.name) is not None}
    if given:
        before = replace(before, **given)
        assess.keep_profile(store, args.person, before, on, by=options.who(args), over=entry)
    kept = {"kind": "surefoot-profile", "person": args.person, "kept": bool(given), **profile_document(before)}
    now = assess.profile_on(store, args.person, on)
    born = args.age_years is not None and now.age_years != args.age_years
    lines = [f"The birth date on file says {now.age_years}, so {args.age_years} doesn't count."] if born else []
    return kept, [f"{args.person}: {assess_words.profile_line(now)}", *lines]


def _safety(store: Store, args: argparse.Namespace, on: date) -> Answer:
    from ..care.safety import blocks
    from ..care.safety_readings import measured
    from . import assess, assess_ask, assess_wanted, assess_words

    before, entry = assess.safety_profile(store, args.person)
    wanted = assess_wanted.wanted_in(store, args.person, args.wanted)
    now = before
    if args.pressure or args.heart_rate is not None:
        lying, standing = [*(args.pressure or ()), None, None][:2]
        now = measured(now, assess_ask.readings(on, lying, standing, args.heart_rate, now.readings))
    if args.answer:
        now = assess_ask.typed(now, args.answer, on)
    elif now is before:
        before = assess.with_weight(store, args.person, before)
        now = assess_ask.asked(before, on, wanted, args.every, args.json)
    if now != before:
        assess.keep_safety(store, args.person, now, on, by=options.who(args), over=entry)
    now = assess.with_weight(store, args.person, now)
    found = blocks(now, on)
    if wanted:
        lines = assess_words.wanted_lines(found, wanted)
        return _document(store, args, on), [*lines, "", *assess_words.left_lines(now, on, args.person)]
    more = (
        ["", f"`surefoot assess show --person {args.person}` says why, and what lifts each."] if found.reasons else []
    )
    return _document(store, args, on), [
        *assess_words.answer_lines(now, on),
        "",
        *assess_words.summary_lines(found),
        *more,
    ]


def _falls(store: Store, args: argparse.Namespace, on: date) -> Answer:
    from ..care import falls
    from . import assess, assess_words

    lines: list[str] = []
    about_month = [args.no_falls, args.fall, args.near_fall]
    if args.month and not any(about_month):
        raise CommandInvalid(f"What was in {args.month}? Give --no-falls, --fall or --near-fall.")
    if any(about_month) and not args.month:
        raise CommandInvalid(f"Of which month? Add --month, such as --month {on:%Y-%m}.")
    if args.no_falls and args.fall:
        raise CommandInvalid("--no-falls and --fall contradict each other: give one of them.")
    if args.history is None and (args.injurious is not None or args.near_history is not None or args.last_fall):
        raise CommandInvalid("--injurious, --last-fall and --near-history go with --history, the number of falls.")
    if args.history is not None:
        last = day_of(args.last_fall, "--last-fall") if args.last_fall else None
        told = falls.History(on, args.history, args.injurious, args.near_history, last)
        assess.keep_history(store, args.person, told, on, by=options.who(args))
    if args.month:
        month = falls.month(
            args.month, on, [_fall(one) for one in args.fall], [_near_fall(one) for one in args.near_fall]
        )
        kept = assess.keep_month(store, args.person, month, on, by=options.who(args))
        if args.no_falls and kept.document["falls"]:
            lines.append("No more falls, then: what was told of that month before stays, until it is taken back.")
    return _document(store, args, on), lines + assess_words.falls_lines(assess.falls_of(store, args.person), on)


def _fall(text: str) -> Fall:
    from ..care.falls import Fall

    day, words = _pieces(text, ("injury", "place", "activity"), assess_options.FALL)
    return Fall(day, **words)


def _near_fall(text: str) -> NearFall:
    from ..care.falls import NearFall

    caught = ",caught" in text
    day, words = _pieces(text.replace(",caught", ""), ("activity",), assess_options.NEAR_FALL)
    return NearFall(day, caught, **words)


def _pieces(text: str, known: tuple[str, ...], form: str) -> tuple[date, dict[str, str]]:
    first, *others = text.split(",")
    words: dict[str, str] = {}
    for piece in others:
        key, sign, value = (part.strip() for part in piece.partition("="))
        if not sign or key not in known or not value or key in words:
            raise CommandInvalid(f"'{piece.strip()}' in '{text}' can't be read: write {form}.")
        words[key] = value
    return day_of(first.strip(), "The day"), words


def _visit(store: Store, args: argparse.Namespace, on: date) -> Answer:
    from ..care.assessment import SAID, Assessment, Confidence, Pain
    from ..care.change import Circumstances
    from . import assess, assess_words, circumstances

    said = circumstances.from_arguments(args)
    around = Circumstances(**{one.name: said[one.name] for one in fields(Circumstances) if one.name in said})
    if args.confidence is not None and args.abc:
        raise CommandInvalid("--confidence and --abc are two ways of one number: give one of them.")
    sure = Confidence(args.confidence, SAID) if args.confidence is not None else _abc(args.abc, args.person)
    told = args.pain_before is not None or args.pain_after is not None
    if args.pain_site and not told:
        raise CommandInvalid("--pain-site goes with --pain-before or --pain-after.")
    pain = (Pain(args.pain_site or "", args.pain_before, args.pain_after),) if told else ()
    found = Assessment(pain, args.steadiness, sure, args.exertion, around, args.note or "")
    if found == Assessment():
        raise CommandInvalid("Nothing was said: give --pain-before, --steadiness or another of the options.")
    entry = assess.keep_assessment(store, args.person, found, on, by=options.who(args), sources=args.source)
    kept = {"kind": "surefoot-assessment", "person": args.person, "on": str(on), "entry": entry.id, **entry.document}
    said = dict(assess.assessments(store, args.person))[on]
    return kept, assess_words.assessment_lines(on, said)


def _abc(path: Path | None, person: str) -> Any:
    if path is None:
        return None
    from ..care.assessment import ABC, Confidence
    from ..care.scale_answers import total
    from ..care.scales import load_scale
    from . import scale_record

    sheet = scale_record.read(path)
    if sheet["scale"]["id"] != ABC or sheet["person"] != person:
        raise CommandInvalid(f"{path} is no ABC scale of {person}: `surefoot scale abc` makes these.")
    scale = load_scale(ABC)
    score = total(scale, scale_record.answers_in(sheet, scale))
    if score.value is None:
        raise CommandInvalid(f"{path} has no score: {score.reason}")
    return Confidence(round(score.value, 1), ABC)


def _show(store: Store, args: argparse.Namespace, on: date) -> Answer:
    from ..care.safety import blocks
    from . import assess, assess_words, scale_kept

    profile = assess.profile_on(store, args.person, on)
    safety = assess.with_weight(store, args.person, assess.safety_profile(store, args.person)[0])
    found = blocks(safety, on)
    lines = [f"{args.person} on {on}: {assess_words.profile_line(profile)}", ""]
    may = assess_words.test_lines(found, assess.tests_done(store, args.person))
    lines += [*assess_words.summary_lines(found), *may, "", *assess_words.block_lines(found), ""]
    lines += assess_words.falls_lines(assess.falls_of(store, args.person), on)
    if visits := assess.assessments(store, args.person):
        lines += ["", *assess_words.assessment_lines(*visits[-1])]
    lines += assess_words.confidence_lines(scale_kept.confidence(store, args.person, on))
    return _document(store, args, on), [*lines, "", "Surefoot suggests; a clinician decides."]


def _document(store: Store, args: argparse.Namespace, on: date) -> dict[str, Any]:
    from ..care.safety import blocks
    from . import assess, assess_words, scale_kept

    safety = assess.with_weight(store, args.person, assess.safety_profile(store, args.person)[0])
    told, visits = assess.falls_of(store, args.person), assess.assessments(store, args.person)
    profile = assess.profile_on(store, args.person, on)
    return assess_words.document(args.person, on, profile, safety, blocks(safety, on), told, visits,
                                 scale_kept.confidence(store, args.person, on))  # fmt: skip


# What an action is for, more on it, its arguments, what it does.
Action = tuple[
    str, str, Callable[[argparse.ArgumentParser], None], Callable[["Store", argparse.Namespace, date], Answer]
]
ACTIONS: dict[str, Action] = {
    "profile": (
        "age, sex, height, weight, usual pain and its site",
        "Give what changed; without any option, what is known is shown.\n\n"
        "example: surefoot assess profile --person P001 --weight-kg 71.5",
        assess_options.profile, _profile,
    ),
    "safety": (
        "the safety profile: every answer fine, not fine or not asked",
        "Without --answer what is due is asked: what nobody asked yet, and each answer again after its time. With\n"
        "--for only what stands in the way of a test, a ladder (where they stand), a task or the insoles.\n\n"
        "examples:\n  surefoot assess safety --person P001 --for mctsib insoles\n"
        "  surefoot assess safety --person P001 --for standing strength\n"
        "  surefoot assess safety --person P001 --all\n"
        "  surefoot assess safety --person P001 --pressure 140/80 132/78 --heart-rate 72\n"
        "  surefoot assess safety --person P001 --answer insole_release=fine:DR7 sensation=not-fine:right",
        assess_options.safety, _safety,
    ),
    "visit": (
        "what a person said around the tests of a visit",
        "What isn't given counts as not asked.\n\n"
        "example: surefoot assess visit --person P001 --pain-before 2 --medication levodopa --medication-min 45",
        assess_options.visit, _visit,
    ),
    "falls": (
        "falls and near-falls: the year before, then month by month",
        "Without any option the calendar is shown; a month that nobody reported is shown as not reported.\n\n"
        "example:\n  surefoot assess falls --person P001 --month 2026-11 \\\n"
        "      --fall 2026-11-03,injury=minor,place=kitchen,activity=turning --near-fall 2026-11-09,caught",
        assess_options.falls, _falls,
    ),
    "show": (
        "what is blocked and why, what lifts it, and what is not asked yet",
        "Surefoot suggests; a clinician decides.",
        lambda parser: None, _show,
    ),
}  # fmt: skip
