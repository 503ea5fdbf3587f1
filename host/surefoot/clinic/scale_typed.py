# SPDX-License-Identifier: MIT
"""A scale that was filled in on paper: words such as 4 or 7=3 or 9=x:pain, or a JSON file, in; answers out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..care.scale_answers import NOT_ASKED, NOT_DONE, RATED, Answer, check
from ..care.scales import Scale
from ..errors import ProtocolError
from .scale_run import LEFT, REFUSED, number

EXAMPLE = "1=4, 9=x:pain in the knee, 12=n"


def answers_of(scale: Scale, words: Sequence[str]) -> dict[str, Answer]:
    """All answers, or ProtocolError naming the word that is wrong.

    Words without "=" are the ratings of all items in their order, and must be as many as there are.
    """
    if len(words) == 1 and words[0].lower().endswith(".json"):
        return _from_file(scale, Path(words[0]))
    plain = [word for word in words if "=" not in word]
    if plain and (len(plain) < len(words) or scale.items.own):
        raise ProtocolError(f"'{plain[0]}' says no item: write {EXAMPLE}.")
    if plain and len(plain) != len(scale.keys):
        raise ProtocolError(
            f"{scale.title} has {len(scale.keys)} items ({scale.keys[0]} to {scale.keys[-1]}), and {len(plain)} ratings"
            f" were typed: give all in their order, or write {EXAMPLE}."
        )
    pairs = list(zip(scale.keys, plain, strict=True)) if plain else [_pair(word) for word in words]
    answers: dict[str, Answer] = {}
    seen: set[str] = set()
    for name, text in pairs:
        key, _, what = name.partition(".")
        if name in seen:
            raise ProtocolError(f"Item {name} was typed twice: take one out.")
        seen.add(name)
        before = answers.get(key, Answer())
        if what == "own":
            answers[key] = replace(before, own=text)
        elif what == "weight":
            answers[key] = replace(before, weight=number(text))
        elif what:
            raise ProtocolError(f"'{name}' isn't known: of an item there are its rating, .own and .weight.")
        else:
            answers[key] = replace(_one(text), own=before.own, weight=before.weight)
    return {key: check(scale, key, answer) for key, answer in answers.items()}


def _pair(word: str) -> tuple[str, str]:
    name, _, text = word.partition("=")
    return name.strip(), text.strip()


def _one(text: str) -> Answer:
    head, _, why = text.partition(":")
    if head.strip().lower() == REFUSED:
        return Answer(NOT_DONE, reason=why.strip())
    return Answer(NOT_ASKED) if head.strip().lower() == LEFT else Answer(RATED, number(text))


def _from_file(scale: Scale, path: Path) -> dict[str, Answer]:
    try:
        listed = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ProtocolError(f"{path} can't be read ({error.strerror}): check the path.") from None
    except ValueError as error:
        raise ProtocolError(f"{path} isn't JSON ({error}): write a list of answers.") from None
    if not isinstance(listed, list) or not all(isinstance(one, dict) and "item" in one for one in listed):
        raise ProtocolError(f'{path} isn\'t a list of answers: write [{{"item": "1", "value": 4}}, ...].')
    answers: dict[str, Answer] = {}
    for one in listed:
        key = str(one["item"])
        if key in answers:
            raise ProtocolError(f"Item {key} is in {path} twice: take one out.")
        answers[key] = check(scale, key, _row(one))
    return answers


def _row(one: Mapping[str, Any]) -> Answer:
    value = one.get("value")
    state = str(one.get("state", RATED if value is not None else NOT_ASKED))
    weight = one.get("weight")
    return Answer(
        state,
        None if value is None else number(str(value)),
        str(one.get("reason") or "").strip(),
        str(one.get("own") or "").strip(),
        None if weight is None else number(str(weight)),
    )
