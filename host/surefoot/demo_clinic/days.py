# SPDX-License-Identifier: MIT
"""Twelve weeks of the clinic, day by day, into the store: visits, training at home, diaries, decisions by the rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..care import falls
from ..care.diary import PRINTED, Day, Diary, week_days
from ..care.ladder import SETTINGS
from ..care.progression_tracks import Track, tracks
from ..care.progression_values import FINE, NOT_ASKED, NOT_FINE, Session
from ..care.visit import Contact
from ..clinic import assess, diary, ladder_deciding, ladder_documents, visits
from ..clinic.ladder_kept import ladder_of, progress
from ..clinic.store import entries
from ..output.diary_view import sheet
from . import patient, told
from .people import LATE, SILENT, Member, fall_day, last_day, share_on, visit_days
from .visiting import plan_followed, visited

if TYPE_CHECKING:
    from ..clinic.store.values import Store

TRAINING = (0, 2, 4)
FIRST_MIN, APART_MIN = 8 * 60, 25  # of the day on which a person's own things are written down
CALLED_WEEKS = 4
RECHECK_DAYS = 7
PAST_DAYS = 21  # a lock is of a fall for so long, else of pain
TOLD = 0.9  # of days that are told of in a diary
ASKED = 0.93  # of mornings after a session
NEARLY = 0.01  # of days, on which they nearly fell
LOST = 0.15  # of trials that felt as if balance was lost, and were called so


@dataclass
class Clock:
    """The clinic's clock, as its day goes by."""

    utc: str = ""

    def set(self, on: date, minute: int) -> None:
        self.utc = f"{on}T{minute // 60:02d}:{minute % 60:02d}:00Z"

    def __call__(self) -> str:
        return self.utc


@dataclass
class Course:
    """What is known of a person from one day to the next. `week`: sessions of each day since the last Monday;
    `nearly`: days on which they nearly fell, as told."""

    member: Member
    weeks: int
    seed: int
    dice: np.random.Generator
    uneven: float
    week: dict[date, list[Session]] = field(default_factory=dict)
    nearly: list[date] = field(default_factory=list)
    fell_on: date | None = None
    locked_on: date | None = None

    @property
    def ladders(self) -> tuple[str, str]:
        return "standing", "walking" if self.member.walk else "strength"

    @property
    def tracks(self) -> list[Track]:
        return [track for name in self.ladders for track in tracks(ladder_of(name))]

    def skills(self, on: date) -> dict[Track, float]:
        """In steps of each ladder."""
        now = self.member.skill_on(share_on(on, self.weeks))
        side = {"": 0.0, "left": self.uneven, "right": -self.uneven}
        return {track: now - (0.0 if track[0] == "standing" else 2.0) + side[track[1]] for track in self.tracks}

    def silent(self, on: date) -> bool:
        return SILENT in self.member.stories and share_on(on, self.weeks) > 0.5


def live(
    store: Store, clock: Clock, members: Sequence[Member], out: Path, weeks: int, seed: int,
    say: Callable[[str], None] = lambda text: None,
) -> None:  # fmt: skip
    """All days of all people, in the order of the clock. Raises SurefootError."""
    courses = [_course(member, weeks, seed) for member in members]
    begin = last_day(weeks) - timedelta(weeks=weeks, days=-1)
    for day in (begin + timedelta(days=n) for n in range(7 * weeks)):
        for course in courses:
            clock.set(day, FIRST_MIN + APART_MIN * (course.member.number - 1))
            _day(store, course, day, out)
        if day.weekday() == 6:
            say(f"Week of {day - timedelta(days=6)} is lived.")
    for course in courses:
        _typed(store, course, last_day(weeks) - timedelta(days=6), last_day(weeks))


def counts(store: Store) -> dict[str, int]:
    """How many entries of each kind are in force. Raises StoreError."""
    return dict(Counter(one.kind for one in entries.entries(store)))


def _course(member: Member, weeks: int, seed: int) -> Course:
    dice = np.random.default_rng([seed, member.number])
    return Course(member, weeks, seed, dice, float(dice.uniform(-0.3, 0.3)))


def _day(store: Store, course: Course, day: date, out: Path) -> None:
    member, by = course.member, course.member.therapist
    first, *later = visit_days(member, course.weeks)
    if day < first:
        return
    if day > first and day.weekday() == 0:
        _read(store, course, day, by)
    if day == first or day in later:
        _reopen(store, course, day)
        visited(store, member, day, course.weeks, course.tracks, out, course.seed)
    else:
        if day.weekday() == 0:
            _monday(store, course, day, by)
        if day.weekday() in TRAINING:
            _train(store, course, day)
    if day == fall_day(member, course.weeks):
        course.fell_on = day


def _train(store: Store, course: Course, day: date) -> None:
    """A session at home on each ladder; none while training is locked."""
    kind = course.member.drawn
    found = progress(store, course.member.code)
    waits = course.fell_on is not None and (day - course.fell_on).days < 7 - course.fell_on.weekday()
    if found.locked or waits or course.silent(day) or course.dice.random() < kind.missing:
        return
    about = patient.body(kind, course.dice, day)
    if about.settled == FINE:
        about = replace(about, pain_before=min(about.pain_before or 0, kind.usual_pain))
    if course.dice.random() > ASKED:
        about = replace(about, settled=NOT_ASKED)
    standings = {track: found.standings[track] for track in course.tracks if track in found.standings}
    ladders = {name: ladder_of(name) for name in course.ladders}
    helped = "helper" not in (*course.member.not_fine, *course.member.not_asked)
    done = patient.train(kind, course.dice, ladders, standings, course.skills(day), replace(about, beside=helped))
    for number, one in enumerate(done):
        setting = max(ladders[one.ladder].setting(one.task), "helper" if helped else "home", key=SETTINGS.index)
        felt = tuple(4 if rating == 5 and course.dice.random() > LOST else rating for rating in one.steadiness)
        sway = one.sway if "sway" in ladders[one.ladder].asks else NOT_ASKED
        one = replace(one, minutes=17 * 60 + 20 * number, steadiness=felt, sway=sway)
        document = ladder_documents.training_document(ladders[one.ladder], one, setting, "diary")
        entries.put(store, course.member.code, "training", day, document, by=course.member.therapist)
        course.week.setdefault(day, []).append(one)


def _read(store: Store, course: Course, day: date, by: str) -> None:
    """The week at home is typed in, whether or not they come on that day."""
    _typed(store, course, day - timedelta(days=7), day)
    if not course.silent(day):
        _calendar(store, course, day, by)


def _monday(store: Store, course: Course, day: date, by: str) -> None:
    """What asks to be asked is asked, and the rules decide."""
    member = course.member
    before, entry = assess.safety_profile(store, member.code)
    assess.keep_safety(store, member.code, told.asked_again(before, day, every=False), day, by=by, over=entry)
    _reopen(store, course, day)
    for track in course.tracks:
        ladder_deciding.suggest(store, member.code, track, day, by=by)
    plan_followed(store, member, course.tracks, day)
    locked = progress(store, member.code).locked
    course.locked_on = (course.locked_on or day) if locked else None
    if (day - visit_days(member, course.weeks)[0]).days // 7 % CALLED_WEEKS == CALLED_WEEKS - 1:
        visits.put_contact(store, member.code, day, _called(course.silent(day), bool(locked)), by=by)


def _called(silent: bool, locked: bool) -> Contact:
    if silent:
        return Contact(
            12, "called: no diary came back", True, "A new diary is posted; it is read when it comes.", "14:05"
        )
    decision = "Training stays stopped until the re-check." if locked else "Go on as the ladder suggests."
    return Contact(12, "diary read, called", True, decision, "14:05")


def _reopen(store: Store, course: Course, day: date) -> None:
    """A lock is opened by a named clinician at a re-check, a week after it."""
    visit = day in visit_days(course.member, course.weeks)
    if (
        course.locked_on is None
        or LATE in course.member.stories
        or ((day - course.locked_on).days < RECHECK_DAYS and not visit)
    ):
        return
    after_fall = course.fell_on is not None and (day - course.fell_on).days < PAST_DAYS
    found = told.RECHECKED["fall" if after_fall else "pain"]
    code, by = course.member.code, course.member.therapist
    ladder_deciding.clear(store, code, day, by=by, clinician=told.RECHECKS, found=found)
    course.locked_on = None


def _calendar(store: Store, course: Course, day: date, by: str) -> None:
    """The months of the last week, as far as they have gone."""
    fell = course.fell_on
    for name in sorted({f"{day - timedelta(days=1):%Y-%m}", f"{day - timedelta(days=7):%Y-%m}"}):
        in_month = [told.a_fall(fell)] if fell is not None and f"{fell:%Y-%m}" == name else []
        near = [falls.NearFall(on) for on in course.nearly if f"{on:%Y-%m}" == name]
        until = day - timedelta(days=1)
        assess.keep_month(store, course.member.code, falls.month(name, until, in_month, near), day, by=by)


def _typed(store: Store, course: Course, monday: date, day: date) -> None:
    """A week's printed page, as far as it was filled in. While training is locked it asks for nothing to do, and pain,
    steadiness and falls are told."""
    week, course.week = course.week, {}
    first = visit_days(course.member, course.weeks)[0]
    items = sheet(store, course.member.code, monday, day).items
    if course.silent(day):
        return
    days = [_told(course, on, week, items) for on in week_days(monday) if on > first]
    kept = tuple(one for one in days if one is not None)
    course.nearly += [one.on for one in kept if one.near_falls]
    if kept:
        diary.keep(store, course.member.code, Diary(monday, PRINTED, items, kept), day, by=course.member.therapist)


def _told(course: Course, on: date, week: dict[date, list[Session]], items: dict[str, str]) -> Day | None:
    """A day of it; None where nothing was written, which never happens where training was."""
    fell, done = on == course.fell_on, week.get(on)
    if course.dice.random() > TOLD * (1 - course.member.drawn.missing) and not fell and not done:
        return None
    hurt = any(one.settled == NOT_FINE for one in week.get(on - timedelta(days=1), ()))
    usual = course.member.drawn.usual_pain + 2 * hurt
    before = done[0].pain_before if done else usual
    after = done[0].pain_peak if done else usual
    steady = max((one for session in done for one in session.steadiness if one), default=2) if done else 2
    ticked = {name: bool(done) for name in items}
    at_clinic = "was at the clinic" if on in visit_days(course.member, course.weeks) else ""
    note = "turned too fast in the kitchen and went down" if fell else at_clinic
    return Day(on, ticked, before, after, steady, int(fell), int(course.dice.random() < NEARLY), note)
