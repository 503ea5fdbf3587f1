# SPDX-License-Identifier: MIT
"""A training session as it is typed in: by options, or question after question; Enter leaves one not asked."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..care.ladder import Ladder
from ..care.progression_values import FINE, FLAGS, NOT_ASKED, NOT_FINE
from ..errors import ProtocolError

YES, NO = ("y", "yes", "1", "+"), ("n", "no", "0", "-")
NONE = "none"
SWAY = "Was sway as usual or less, y or n? "
SUGGESTED = {
    FINE: "So sway was as usual or less: y, or n if you saw otherwise (Enter: not asked)? ",
    NOT_FINE: "So sway was more than usual: n, or y if you know why it isn't so (Enter: not asked)? ",
    NOT_ASKED: f"That decides nothing. {SWAY}",
}
TESTED = "tested"  # take what the tests of that day say
ACCOMPANIED = ("helper", "clinic")  # settings in which somebody is beside


@dataclass(frozen=True)
class Sway:
    """What the tests of a day say of sway: one of STATES, in words with their source, and the entries it rests on."""

    state: str
    sentence: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Typed:
    """What was told of a session; None was not asked. `flags`: those that happened, empty for none of them."""

    succeeded: tuple[bool, ...]
    steadiness: tuple[int | None, ...]
    pain_before: int | None = None
    pain_peak: int | None = None
    exertion: int | None = None
    settled: str = NOT_ASKED
    sway: str = NOT_ASKED
    happened: tuple[str, ...] | None = None
    beside: bool | None = None

    @property
    def flags(self) -> dict[str, str]:
        if self.happened is None:
            return dict.fromkeys(FLAGS, NOT_ASKED)
        return {flag: NOT_FINE if flag in self.happened else FINE for flag in FLAGS}


def trials_of(text: str, ladder: Ladder) -> tuple[bool, ...]:
    """ "yyn" or "y y n": which trials succeeded. Raises ProtocolError."""
    letters = text.replace(",", " ").split() if " " in text or "," in text else list(text)
    if len(letters) != ladder.trials or any(one.lower() not in YES + NO for one in letters):
        example = ("y" * ladder.trials)[:-1] + "n"
        raise ProtocolError(f"'{text}' isn't {ladder.trials} trials: a y or n for each, such as {example}.")
    return tuple(one.lower() in YES for one in letters)


def ratings_of(text: str, ladder: Ladder) -> tuple[int | None, ...]:
    """ "1 2 1" or "121", a dash for one that wasn't asked. Raises ProtocolError."""
    words = text.replace(",", " ").split() if " " in text or "," in text else list(text)
    if len(words) != ladder.trials or any(one not in ("1", "2", "3", "4", "5", "-") for one in words):
        raise ProtocolError(
            f"'{text}' isn't a rating a trial: {ladder.trials} of 1 (steady) to 5 (balance lost), - for not asked."
        )
    return tuple(None if one == "-" else int(one) for one in words)


def happened_of(words: list[str]) -> tuple[str, ...]:
    """Names of FLAGS, or "none". Raises ProtocolError."""
    known = {flag.replace("_", "-"): flag for flag in FLAGS}
    if words == [NONE]:
        return ()
    if unknown := [one for one in words if one.replace("_", "-") not in known]:
        raise ProtocolError(f"There is no sign '{unknown[0]}': choose of {', '.join(known)}, or {NONE}.")
    return tuple(known[one.replace("_", "-")] for one in words)


def by_options(args: argparse.Namespace, ladder: Ladder, succeeded: tuple[bool, ...], tested: Sway | None) -> Typed:
    """Of the options of `ladder train`. Raises ProtocolError."""
    if args.sway == TESTED and (tested is None or tested.state == NOT_ASKED):
        why = tested.sentence if tested else f"no test of sway of {args.on} is kept (`surefoot keep`)."
        raise ProtocolError(f"The tests don't say how sway was: {why} Leave --sway-tested out, or judge it yourself.")
    unrated: tuple[int | None, ...] = (None,) * ladder.trials
    return Typed(
        succeeded,
        ratings_of(args.steadiness, ladder) if args.steadiness else unrated,
        args.pain_before,
        args.pain_peak,
        args.exertion,
        args.settled or NOT_ASKED,
        (tested.state if args.sway == TESTED and tested else args.sway) or NOT_ASKED,
        happened_of(args.happened) if args.happened else None,
        True if args.beside is None and args.setting in ACCOMPANIED else args.beside,
    )


def interview(
    ladder: Ladder,
    ask: Callable[[str], str],
    say: Callable[[str], None],
    setting: str,
    tested: Sway | None = None,
    morning: bool = True,
) -> Typed:
    """Question after question; a wrong answer is asked again. What the tests say of sway is shown and asked about, the
    morning after only once it has come."""
    known: dict[str, Any] = {}
    n = ladder.trials
    known["succeeded"] = _until(
        ask, say, f"Which of {n} succeeded, y or n each? ", lambda t: trials_of(t, ladder), must=True
    )
    text = f"How steady was each, 1 steady to 5 lost balance ({n})? "
    known["steadiness"] = _until(ask, say, text, lambda t: ratings_of(t, ladder)) or (None,) * n
    known["pain_before"] = _until(ask, say, "Pain before, 0 to 10? ", _scale)
    known["pain_peak"] = _until(ask, say, "Most pain while at it, 0 to 10? ", _scale)
    if "exertion" in ladder.asks:
        known["exertion"] = _until(ask, say, "How hard was it, 0 to 10? ", _scale)
    signs = ", ".join(flag.replace("_", "-") for flag in FLAGS)
    known["happened"] = _until(
        ask, say, f"Did any of these happen: {signs}? (none, or which) ", lambda t: happened_of(t.split())
    )
    if "sway" in ladder.asks:
        if tested:
            say(f"Sway by {tested.sentence}")
        question = SUGGESTED[tested.state] if tested else SWAY
        known["sway"] = _state(_until(ask, say, question, _yes))
    known["beside"] = True if setting in ACCOMPANIED else _until(ask, say, "Did somebody stand beside, y or n? ", _yes)
    question = "The morning after: pain at its usual level, y or n? "
    known["settled"] = _state(_until(ask, say, question, _yes) if morning else None)
    return Typed(**known)


def _state(told: bool | None) -> str:
    return NOT_ASKED if told is None else FINE if told else NOT_FINE


def _yes(text: str) -> bool:
    if text.lower() not in YES + NO:
        raise ProtocolError("Answer y or n, or Enter where it wasn't asked.")
    return text.lower() in YES


def _scale(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 10:
        raise ProtocolError(f"'{text}' isn't 0 to 10.")
    return int(text)


def _until(
    ask: Callable[[str], str], say: Callable[[str], None], question: str, read: Callable[[str], Any], must: bool = False
) -> Any:
    while True:
        text = ask(question).strip()
        if not text and not must:
            return None
        try:
            return read(text)
        except ProtocolError as error:
            say(str(error))


def numbers_of(words: list[str]) -> Mapping[str, Mapping[str, float | None]]:
    """ "not-yet.sessions=3", "not-yet.sessions=" to take it back. Raises ProtocolError."""
    found: dict[str, dict[str, float | None]] = {}
    for word in words:
        left, equals, value = word.partition("=")
        rule, dot, name = left.partition(".")
        try:
            number = float(value) if value else None
        except ValueError:
            number, equals = None, ""
        if not (equals and dot and rule and name) or (number is not None and number != number):
            raise ProtocolError(
                f"'{word}' isn't RULE.NAME=NUMBER, such as not-yet.sessions=3: `surefoot ladder set --help`."
            )
        found.setdefault(rule, {})[name.replace("-", "_")] = number
    return found
