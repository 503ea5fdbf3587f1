# SPDX-License-Identifier: MIT
"""A visit or a contact asked line by line at a terminal, in a minute: who signs and which codes as the last time.

Minutes and words are never taken over from another visit: they are of this one alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from ..care.billing_file import Billing
from ..care.visit import Activity, Clinician, Contact, NamedTest, Visit, VisitError, check_apart, check_visit, minute_of
from ..errors import SurefootError
from .minutes_typed import later, one_to_one, signed, span

Ask = Callable[[str], str]
Say = Callable[[str], None]
KEYS = "Enter takes what stands in [ ], or leaves it open; q ends without keeping anything. Write no names of patients."
# What is asked in words: the field and its question.
WORDS = (
    ("response", "How did the person take it?"),
    ("interpretation", "What do you make of the results?"),
    ("plan", "Effect on the plan?"),
    ("next", "What to check next?"),
)
LONGEST = 2000  # letters, as protocols/clinic/visit.schema.json has it
MOST = 20  # activities of one visit
T = TypeVar("T")


class Quit(VisitError):
    """Nothing is kept."""

    def __init__(self) -> None:
        super().__init__("Nothing was kept.")


def ask_visit(
    billing: Billing,
    before: Visit | None,
    signs: Clinician | None,
    tests: Sequence[tuple[str, str]],
    others: Sequence[Visit],
    ask: Ask,
    say: Say,
) -> Visit:
    """`before`: the person's last visit, `signs`: who signed last here; `tests`: those with a result of the day, each
    with what it is for; `others`: visits of the same day. Raises Quit."""
    say(KEYS)
    start, stop = _until(ask, say, "Visit, from and to (900-945, or 9:00 45):", lambda text: _visit_span(text, others))
    kinds = ", ".join(f"{one.id}{f' {one.code}' if one.code else ''}" for one in billing.activities)
    say(f"Activities: {kinds}.")
    say("One a line, each after the one before, such as: balance 18 1:1 semi-tandem on foam; guarding")
    visit = Visit(start, stop, Clinician("", ""))
    usual = _usual(before)
    while len(visit.activities) < MOST:
        added = _until(ask, say, *_activity_question(billing, visit, next(usual, None)))
        if added is None:
            break
        visit = replace(visit, activities=(*visit.activities, *added))
    purposes = {one.test: one.purpose for one in before.tests} if before else {}
    named = []
    for test, usually in tests:
        default = purposes.get(test, usually)
        said = _line(ask, f"What was {test} for? [{default}]") or default
        named.append(NamedTest(test, said))
    said = {name: _until(ask, say, question, _words) for name, question in WORDS}
    clinician = _until(ask, say, _signs_question(signs), lambda text: _clinician(text, signs))
    usually = " ".join(before.modifiers) if before else ""
    modifiers = _until(
        ask, say, f"Modifiers{f' [{usually}]' if usually else ''}:", lambda text: _modifiers(text, usually)
    )
    return replace(visit, tests=tuple(named), clinician=clinician, modifiers=modifiers, **said)


def ask_contact(ask: Ask, say: Say) -> Contact:
    """Raises Quit."""
    say(KEYS)
    minutes = _until(ask, say, "How many minutes?", _minutes)
    activity = _until(ask, say, "What was done?", _some)
    interactive = _until(ask, say, "Was it a conversation with the person, in real time? (y or n)", _yes)
    at = _until(ask, say, "At what time? (14:05)", _time)
    return Contact(minutes, activity, interactive, _until(ask, say, "What was decided?", _words), at)


def confirmed(ask: Ask, say: Say, lines: Sequence[str]) -> None:
    """What is about to be kept, and a last question. Raises Quit."""
    for line in lines:
        say(line)
    if not _until(ask, say, "Keep it? [y]", lambda text: _yes(text or "y")):
        raise Quit


def _usual(before: Visit | None) -> Iterator[tuple[str, bool | None]]:
    """What was done in the last visit, in its order: the code, and whether it was one-to-one."""
    for one in sorted(before.activities, key=lambda one: minute_of(one.start)) if before else ():
        yield one.what, one.one_to_one


def _activity_question(
    billing: Billing, visit: Visit, usual: tuple[str, bool | None] | None
) -> tuple[str, Callable[[str], tuple[Activity, ...] | None]]:
    """The question, and what reads its answer: activities that follow the ones there are, None at the end."""
    at = visit.activities[-1].stop if visit.activities else visit.start
    if at == visit.stop:
        return "The visit is filled. Enter goes on:", lambda _: None
    code = "" if usual is None else f" [{usual[0]}{'' if usual[1] is None else ' 1:1' if usual[1] else ' group'}]"
    hint = ", minutes and words; - leaves it out" if usual else ""

    def read(text: str) -> tuple[Activity, ...] | None:
        if text == "-" and usual:
            return ()
        if not text:
            if usual:
                raise VisitError(f"How many minutes of {usual[0]}? Type them, or - to leave it out.")
            return None
        first, _, rest = text.partition(" ")
        what, how = usual or ("", None)
        if not re.match(r"\d", first):
            what, how = first, None
            first, _, rest = rest.strip().partition(" ")
        if not what:
            raise VisitError("Which activity was it? Begin with its word, such as balance 18.")
        billing.kind(what)
        if "-" in first or ":" in first:
            start, stop = span(first, what)
        elif first.isdecimal() and int(first) > 0:
            start, stop = at, later(at, int(first))
        else:
            raise VisitError(f"'{text}' lacks its minutes: write {what} 18, or {what} 9:20-9:38.")
        told, words = one_to_one(rest)
        made = Activity(what, start, stop, words, how if told is None else told)
        check_visit(replace(visit, activities=(*visit.activities, made)))
        return (made,)

    return f"{at}{code}{hint}:", read


def _visit_span(text: str, others: Sequence[Visit]) -> tuple[str, str]:
    start, stop = span(text, "The visit's time")
    check_apart([*others, check_visit(Visit(start, stop, Clinician("", "")))])
    return start, stop


def _signs_question(signs: Clinician | None) -> str:
    if signs is None:
        return "Who signs? Name; credential; licence:"
    parts = [text for text in (signs.name, signs.credential, signs.licence) if text]
    return f"Who signs? [{'; '.join(parts)}]"


def _clinician(text: str, signs: Clinician | None) -> Clinician:
    if not text and signs is not None:
        return signs
    name, credential, licence = [*(part.strip() for part in text.split(";")), "", "", ""][:3]
    try:
        return signed(name, credential, licence, Clinician("", ""))
    except VisitError:
        raise VisitError("A signature needs a name and a credential: write Ana Example; PT, DPT; PT-12345.") from None


def _modifiers(text: str, usually: str) -> tuple[str, ...]:
    found = tuple((text or usually).upper().replace(",", " ").split())
    if text == "-":
        return ()
    if bad := [one for one in found if not re.fullmatch(r"[A-Z0-9]{2}", one)]:
        raise VisitError(f"'{bad[0]}' is no modifier: two letters or digits each, such as GP; - for none.")
    return found


def _minutes(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 600):
        raise VisitError("Give whole minutes, 1 to 600.")
    return int(text)


def _words(text: str) -> str:
    if len(text) > LONGEST or not text.isprintable():
        raise VisitError(f"Keep it to {LONGEST} letters, without control characters.")
    return text


def _some(text: str) -> str:
    if not 0 < len(text) <= 500:
        raise VisitError("Say it in a few words, such as: diary read, called.")
    return _words(text)


def _yes(text: str) -> bool:
    if text.lower() not in ("y", "yes", "n", "no"):
        raise VisitError("y or n.")
    return text.lower().startswith("y")


def _time(text: str) -> str:
    if not text:
        return ""
    text = text if ":" in text or len(text) < 3 else f"{text[:-2]}:{text[-2:]}"
    text = text.rjust(5, "0")
    minute_of(text)
    return text


def _line(ask: Ask, question: str) -> str:
    try:
        text = " ".join(ask(f"{question} ").split())
    except (EOFError, KeyboardInterrupt):
        raise Quit from None
    if text.lower() in ("q", "quit"):
        raise Quit
    return text


def _until(ask: Ask, say: Say, question: str, read: Callable[[str], T]) -> T:
    """The answer, asked again until it can be read."""
    while True:
        text = _line(ask, question)
        try:
            return read(text)
        except SurefootError as error:
            say(str(error))
