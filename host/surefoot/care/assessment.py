# SPDX-License-Identifier: MIT
"""What is asked around the tests of a visit, and what holds of a person from one to the next, as far as it can be."""

from dataclasses import asdict, dataclass, field, fields
from math import isfinite
from typing import Any

from surefoot.care.asked import LIMITS
from surefoot.care.change import NO_DOSE, Circumstances
from surefoot.errors import RecordingError

FORMAT = 1
OLDEST = 120
SEXES = ("female", "male")
WEIGHT_KG, HEIGHT_M, BODY_MASS = (20, 300), (0.5, 2.5), (8, 150)  # kg/m2; what a person who stands can have (D)
SAID, ABC = "said", "abc"
DOSE_MAX_MIN = 10_080  # a week
TEXT_MAX = 200


@dataclass(frozen=True)
class Profile:
    """Of a person, by code: None is not known. `usual_pain` of 0 to 10 at `pain_site`, whose rises are judged by it."""

    age_years: int | None = None
    sex: str | None = None
    height_m: float | None = None
    weight_kg: float | None = None
    usual_pain: int | None = None
    pain_site: str = ""


@dataclass(frozen=True)
class Pain:
    """At one site, 0 to 10, before and after the tests."""

    site: str = ""
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class Confidence:
    """In percent: as it was said, or the score of an ABC scale."""

    percent: float
    by: str = SAID


@dataclass(frozen=True)
class Assessment:
    """What a person said around the tests of a day; None is not reported. `steadiness` 1 to 5 as asked.STEADY says,
    `exertion` by Borg's 0 to 10; `circumstances` are what two tests must share to be compared."""

    pain: tuple[Pain, ...] = ()
    steadiness: int | None = None
    confidence: Confidence | None = None
    exertion: int | None = None
    circumstances: Circumstances = field(default_factory=Circumstances)
    note: str = ""


def check_profile(profile: Profile) -> Profile:
    """The profile itself. Raises RecordingError for what no person has."""
    if profile.age_years is not None and not 0 <= profile.age_years <= OLDEST:
        raise RecordingError(f"An age of {profile.age_years} can't be: give whole years, 0 to {OLDEST}.")
    if profile.sex not in (None, *SEXES):
        raise RecordingError(
            f"'{profile.sex}' is not in the published tables: give {' or '.join(SEXES)}, or leave it out."
        )
    height, weight = profile.height_m, profile.weight_kg
    if height is not None and not HEIGHT_M[0] <= height <= HEIGHT_M[1]:
        raise RecordingError(f"A height of {height:g} m can't be: give metres, such as 1.68.")
    if weight is not None and not WEIGHT_KG[0] <= weight <= WEIGHT_KG[1]:
        raise RecordingError(f"A weight of {weight:g} kg can't be: give kilograms, {WEIGHT_KG[0]} to {WEIGHT_KG[1]}.")
    if height and weight and not BODY_MASS[0] <= weight / height**2 <= BODY_MASS[1]:
        raise RecordingError(f"{weight:g} kg and {height:g} m don't go together: one of them is wrong.")
    rated("pain", profile.usual_pain, "Usual pain")
    _short("The site of pain", profile.pain_site)
    if profile.pain_site and profile.usual_pain is None:
        raise RecordingError("A site of pain needs how much it usually is, 0 to 10.")
    return profile


def check_assessment(found: Assessment) -> Assessment:
    """The assessment itself. Raises RecordingError for ratings out of range, a site given twice, an impossible dose."""
    for pain in found.pain:
        where = f" of {pain.site}" if pain.site else ""
        rated("pain", pain.before, f"Pain before{where}")
        rated("pain", pain.after, f"Pain after{where}")
        _short("The site of pain", pain.site)
    sites = [pain.site.casefold() for pain in found.pain]
    if len(set(sites)) < len(sites):
        raise RecordingError("The same site of pain is given twice: give each once, with before and after.")
    rated("steadiness", found.steadiness, "Steadiness")
    rated("exertion", found.exertion, "Exertion")
    if found.confidence is not None:
        least, most = LIMITS["confidence"]
        if not (isfinite(found.confidence.percent) and least <= found.confidence.percent <= most):
            raise RecordingError(f"Confidence goes from {least} to {most} percent, not {found.confidence.percent:g}.")
        if found.confidence.by not in (SAID, ABC):
            raise RecordingError(f"Confidence is '{SAID}' or by '{ABC}', not '{found.confidence.by}'.")
    dose = found.circumstances.minutes_since_dose
    if dose is not None and not 0 <= dose <= DOSE_MAX_MIN:
        raise RecordingError(f"{dose:g} minutes since the last dose can't be: give 0 to {DOSE_MAX_MIN}.")
    if dose is not None and found.circumstances.medication in (None, NO_DOSE):
        raise RecordingError("Minutes since the last dose of what? Name the medication as well (--medication).")
    for name, value in asdict(found.circumstances).items():
        _short(name.replace("_", " ").capitalize(), value if isinstance(value, str) else "")
    _short("The note", found.note, 500)
    return found


def more_said(before: Assessment, now: Assessment) -> Assessment:
    """What was said later on a day with what was said before: of each thing the later word, where there is one. Pain
    without a site is of the one site that was named, if there is one."""
    rows = {one.site.casefold(): one for one in before.pain}
    for one in now.pain:
        name = one.site.casefold()
        if len(rows) == 1 and "" in (name, *rows):
            (old,) = rows.values()
            rows, name = {}, name or old.site.casefold()
        else:
            old = rows.get(name, Pain())
        rows[name] = Pain(one.site or old.site, _later(old.before, one.before), _later(old.after, one.after))
    kept = {part.name: _later(getattr(before, part.name), getattr(now, part.name))
            for part in fields(Assessment) if part.name not in ("pain", "circumstances", "note")}  # fmt: skip
    around = {part.name: _later(getattr(before.circumstances, part.name), getattr(now.circumstances, part.name))
              for part in fields(Circumstances)}  # fmt: skip
    note = "; ".join(dict.fromkeys(filter(None, (before.note, now.note))))
    return Assessment(pain=tuple(rows.values()), circumstances=Circumstances(**around), note=note, **kept)


def _later(before: Any, now: Any) -> Any:
    return before if now is None else now


def rated(kind: str, value: int | None, what: str) -> None:
    """Raises RecordingError for a rating that is no whole number within its limits."""
    least, most = LIMITS[kind]
    if value is not None and (isinstance(value, bool) or int(value) != value or not least <= value <= most):
        raise RecordingError(f"{what} goes from {least} to {most} in whole numbers, and {value} is none of them.")


def _short(what: str, text: str, most: int = TEXT_MAX) -> None:
    if len(text) > most:
        raise RecordingError(f"{what} has {len(text)} letters: keep it to {most}.")


def profile_document(profile: Profile) -> dict[str, Any]:
    """What is kept of it: nothing for what isn't known. Raises RecordingError."""
    return {"format": FORMAT, **_known(asdict(check_profile(profile)))}


def profile_of(document: dict[str, Any]) -> Profile:
    return Profile(**{one.name: document[one.name] for one in fields(Profile) if one.name in document})


def assessment_document(found: Assessment) -> dict[str, Any]:
    """What is kept of it: nothing for what isn't known. Raises RecordingError."""
    told = asdict(check_assessment(found))
    told["pain"] = [_known(one) for one in told["pain"]]
    told["circumstances"] = _known(told["circumstances"])
    return {"format": FORMAT, **_known(told)}


def assessment_of(document: dict[str, Any]) -> Assessment:
    sure = document.get("confidence")
    return Assessment(
        tuple(Pain(**one) for one in document.get("pain", ())),
        document.get("steadiness"),
        Confidence(**sure) if sure else None,
        document.get("exertion"),
        Circumstances(**document.get("circumstances", {})),
        document.get("note", ""),
    )


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [], (), {})}
