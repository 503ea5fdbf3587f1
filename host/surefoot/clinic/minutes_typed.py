# SPDX-License-Identifier: MIT
"""Times, activities, tests and clinicians as they are typed, in options and in answers alike."""

from __future__ import annotations

import re

from ..care.visit import Activity, Clinician, NamedTest, VisitError, minute_of

SPAN = re.compile(r"(\d{1,2}):?(\d\d)\s*-\s*(\d{1,2}):?(\d\d)")
LASTS = re.compile(r"(\d{1,2}):?(\d\d)\s+(\d{1,3})(?:\s*min)?")
ONE_TO_ONE = {"1:1": True, "group": False}


def span(text: str, what: str) -> tuple[str, str]:
    """Start and stop of "09:00-09:45", "900-945" or "9:00 45" (minutes). Raises VisitError."""
    text = text.strip()
    if found := SPAN.fullmatch(text):
        return _time(found[1], found[2]), _time(found[3], found[4])
    if found := LASTS.fullmatch(text):
        start = _time(found[1], found[2])
        return start, later(start, int(found[3]))
    raise VisitError(f"{what} '{text}' is no span of time: write it as 09:00-09:45.")


def _time(hours: str, minutes: str) -> str:
    text = f"{int(hours):02d}:{minutes}"
    minute_of(text)
    return text


def later(start: str, minutes: int) -> str:
    """The time of day so many minutes after another. Raises VisitError past midnight."""
    whole = minute_of(start) + minutes
    text = f"{whole // 60:02d}:{whole % 60:02d}"
    minute_of(text)
    return text


def one_to_one(text: str) -> tuple[bool | None, str]:
    """What words begin with, 1:1 or group (None: neither was said), and the rest of them."""
    how, _, rest = text.partition(" ")
    return (ONE_TO_ONE[how], rest.strip()) if how in ONE_TO_ONE else (None, text.strip())


def activity(text: str) -> Activity:
    """Of "balance 09:20-09:38 1:1 what was done". Raises VisitError."""
    parts = text.split(maxsplit=2)
    if len(parts) < 2:
        raise VisitError(f'--activity "{text}" lacks its times: write "balance 09:20-09:38 1:1 what was done".')
    start, stop = span(parts[1], "--activity")
    how, words = one_to_one(parts[2] if len(parts) > 2 else "")
    return Activity(parts[0], start, stop, words, how)


def named_test(text: str) -> NamedTest:
    """Of "tug: is crossing the street safe?". Raises VisitError."""
    name, colon, purpose = text.partition(":")
    if not (colon and name.strip() and purpose.strip()):
        raise VisitError(f'--test "{text}" lacks what it was for: write "tug: is crossing the street safe?".')
    return NamedTest(name.strip(), purpose.strip())


def signed(name: str | None, credential: str | None, licence: str | None, before: Clinician) -> Clinician:
    """Who signs; what isn't said is as `before`. Raises VisitError without a name and a credential."""
    made = Clinician(
        name or before.name,
        credential if credential is not None else before.credential,
        licence if licence is not None else before.licence,
    )
    if not (made.name.strip() and made.credential.strip()):
        raise VisitError("A signature needs a name and a credential: say --clinician NAME and --credential WORDS.")
    return made
