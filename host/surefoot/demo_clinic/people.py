# SPDX-License-Identifier: MIT
"""The people of the demo's clinic: nobody who is. Family names are words for "example" in many languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from .patient import KINDS, Kind

BEGIN = date(2026, 1, 5)  # a Monday; all that happens is dated from here, whenever the demo runs
MOST, WEEKS_MOST = 20, 26
THERAPISTS = ("PT1", "PT2")
DEFAULT_WALK = "level"


@dataclass(frozen=True)
class Member:
    """One person of the clinic. `kind` of patient.KINDS; `body` of the virtual board's people; `skill`: (at first, in
    the end) in steps of the ladder of standing; `test`: done at each visit; `walk`: how they walk, "" without insoles;
    `not_fine`, `not_asked`: of the safety profile; `stories`: what is told of them beside the usual."""

    code: str
    family: str
    given: str
    years: int
    sex: str
    condition: str
    kind: str = "learns"
    body: str = "steady"
    skill: tuple[float, float] = (4.0, 5.5)
    test: str = "steadi-4-stage"
    walk: str = ""
    not_fine: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    why: str = ""

    @property
    def number(self) -> int:
        return int(self.code[1:])

    @property
    def born(self) -> date:
        return BEGIN.replace(year=BEGIN.year - self.years) - timedelta(days=11 * self.number)

    @property
    def therapist(self) -> str:
        return THERAPISTS[self.number % len(THERAPISTS)]

    @property
    def drawn(self) -> Kind:
        """How this person trains."""
        return KINDS[self.kind]

    def skill_on(self, share: float) -> float:
        """What they can do when so much of the time has passed, 0 to 1: quick at first, as who learns does."""
        first, last = self.skill
        return first + (last - first) * (1 - (1 - share) ** 2)


FALL, LATE, OVERRIDE, VOID, SILENT, NUMBERS, WORSE = "fall", "late", "override", "void", "silent", "numbers", "worse"

# The first ones have a story each, so that a small demo has them too.
PEOPLE = (
    Member("P001", "Müller-Žižek", "Zoë", 71, "female", "unsteady on stairs since a long illness",
           skill=(4.2, 6.8), test="quiet-stance", body="unsteady", walk="slow",
           why="learns steadily: sway velocity over three visits, plan, walks, every paper"),
    Member("P002", "Beispiel", "Anton", 83, "male", "falls twice a year", kind="tires", body="unsteady",
           skill=(3.6, 4.6), stories=(FALL,), walk="stick", not_fine=("helper",),
           why="a fall at home locks every ladder; a clinician opens them after a re-check"),
    Member("P003", "Exemple", "Renée", 66, "female", "afraid of falling in crowds", skill=(5.0, 6.4), walk="level",
           stories=(OVERRIDE,), why="the therapist's own decision, with its reason"),
    Member("P004", "Ejemplo", "Íñigo", 78, "male", "neuropathy", kind="learns", body="unsteady", skill=(3.4, 5.0),
           test="quiet-stance", stories=(VOID,), why="a trial that was taken back, and the result computed anew"),
    Member("P005", "例子", "小明", 69, "male", "knee replaced in autumn", kind="pain flares", skill=(4.0, 5.6),
           walk="old", why="pain flares: what the pain rules do; a name in Chinese"),
    Member("P006", "مثال", "ليلى", 74, "female", "dizzy spells", kind="misses sessions", body="unsteady",
           skill=(4.0, 4.4), stories=(SILENT,),
           why="nothing told for weeks: unreported stays unreported; a name in Arabic"),
    Member("P007", "Παράδειγμα", "Ελένη", 80, "female", "slower since winter", kind="doesn't learn", body="unsteady",
           skill=(5.6, 2.9), test="quiet-stance", stories=(WORSE,), why="gets worse: what the papers say of it"),
    Member("P008", "Пример", "Вера", 77, "female", "brittle bones", skill=(3.8, 5.2), test="sppb-balance",
           not_fine=("bones",), stories=(NUMBERS,), why="the therapist's own numbers of the rules"),
    Member("P009", "Esempio", "Ciro", 63, "male", "stroke two years ago", skill=(3.6, 5.4), walk="hemiparetic",
           not_fine=("affected_side",), why="walks of one weak side"),
    Member("P010", "Przykład", "Łucja", 85, "female", "lives alone", kind="rates carelessly", body="unsteady",
           skill=(3.4, 4.4), test="sppb-balance", not_asked=("hearing", "vision", "resting_pressure", "heart_event"),
           why="much was never asked: what that blocks"),
    Member("P011", "Örnek", "Şule", 58, "female", "ankle sprains", skill=(5.6, 7.4), test="quiet-stance",
           walk="level", why="young and quick: high rungs"),
    Member("P012", "Voorbeeld", "Joost", 72, "male", "new hip", skill=(3.8, 5.8), test="sppb-balance",
           not_fine=("precautions",), why="precautions after surgery"),
    Member("P013", "Příklad", "Ondřej", 79, "male", "shuffles", body="unsteady", skill=(3.6, 4.8), walk="shuffling",
           stories=(LATE,), why="fell last week: training is locked, and the plan says what to do instead"),
    Member("P014", "Példa", "Győző", 70, "male", "diabetes", skill=(4.2, 5.6), test="sppb-balance",
           not_fine=("sensation",), why="no feeling in the feet: no insoles without a release"),
    Member("P015", "Exempel", "Åsa", 75, "female", "after a broken wrist", kind="misses sessions", skill=(4.0, 5.0),
           test="quiet-stance", why="misses sessions"),
    Member("P016", "Príklad", "Ľubica", 81, "female", "unsteady in the dark", body="unsteady", skill=(3.2, 4.4),
           test="sppb-balance", not_fine=("vision",), why="sees badly: no foam, no closed eyes"),
    Member("P017", "Eksempel", "Søren", 68, "male", "wants to dance again", skill=(5.2, 6.6),
           why="learns"),
    Member("P018", "Esimerkki", "Päivi", 76, "female", "back pain", kind="pain flares", skill=(4.0, 5.0),
           test="sppb-balance", why="pain flares"),
    Member("P019", "Näide", "Õnne", 73, "female", "low blood pressure", skill=(3.8, 4.8), test="sppb-balance",
           not_fine=("orthostatic_drop",), why="blood pressure drops on standing"),
    Member("P020", "Voorbeelde", "Naledi", 64, "female", "after chemotherapy", kind="tires", skill=(4.4, 5.8),
           why="tires from trial to trial"),
)  # fmt: skip


def chosen(many: int) -> tuple[Member, ...]:
    return PEOPLE[:many]


def visit_days(member: Member, weeks: int) -> tuple[date, date, date]:
    """First, middle and last visit, each on a weekday of the person's own."""
    first = BEGIN + timedelta(days=member.number % 5)
    half = timedelta(weeks=weeks // 2) if weeks > 2 else timedelta(days=1)
    return first, first + half, first + timedelta(weeks=weeks - 1)


def fall_day(member: Member, weeks: int) -> date | None:
    """Of who falls at home: a Saturday after a third of the weeks, or the last but one; they have trained before."""
    first, _, last = visit_days(member, weeks)
    if LATE in member.stories:
        return last - timedelta(days=last.weekday() + 2)
    return first + timedelta(weeks=weeks // 3, days=5 - first.weekday()) if FALL in member.stories else None


def last_day(weeks: int) -> date:
    """A Sunday: the day that all pages are of."""
    return BEGIN + timedelta(weeks=weeks, days=-1)


def share_on(day: date, weeks: int) -> float:
    """How much of the time has passed."""
    return min(max((day - BEGIN).days / (7 * weeks), 0.0), 1.0)
