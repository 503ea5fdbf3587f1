# SPDX-License-Identifier: MIT
"""A protocol file (TOML) in, a checked and frozen Protocol out; or one sentence saying which field to mend."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from surefoot import resources
from surefoot.errors import ProtocolError
from surefoot.measures.table import MEASURES


@dataclass(frozen=True)
class PlacementDefault:
    """Where the feet stand unless the operator types something else; see `surefoot.placement`."""

    heel_distance_mm: float
    foot_angle_deg: float
    instruction: str
    certainty: str
    note: str = ""


@dataclass(frozen=True)
class Cues:
    """What is spoken: before the count, the count itself, at the start and at the end of the hold."""

    prepare: str
    countdown: tuple[str, ...]
    start: str
    end: str


@dataclass(frozen=True)
class Condition:
    """One way of standing, held `hold_s` seconds for `trials` trials ("first-full": fewer, once one is held)."""

    id: str
    title: str
    stance: str
    surface: str
    vision: str
    hold_s: float
    trials: int
    instruction: str
    cues: Cues
    arms: str = "free"
    leg: str | None = None
    setting: str = "beside"
    enough: str = "all"


@dataclass(frozen=True)
class Analysis:
    """How a trial becomes numbers: seconds left out at the start, low-pass of CoP and trunk, order of both filters."""

    trim_s: float
    filter_hz: float
    order: int
    trunk_filter_hz: float


@dataclass(frozen=True)
class Safety:
    """How the person is guarded, who should not start, and what ends a trial, in sentences to read aloud."""

    guarding: tuple[str, ...]
    do_not_start: tuple[str, ...]
    stop_rules: tuple[str, ...]


@dataclass(frozen=True)
class Footwear:
    """What is worn on the feet, and why it matters."""

    rule: str
    reason: str


@dataclass(frozen=True)
class MeasurementError:
    """How far two results differ, in percent, when nothing has changed (95 % of the time), and in whom."""

    measure: str
    surface: str
    vision: str
    mdc95_percent: float
    trials: int
    population: str
    interval: str
    source: str
    certainty: str
    doi: str = ""


@dataclass(frozen=True)
class Source:
    """Where a figure comes from. Certainty: V read in the source, R recalled and unchecked, D our own choice."""

    what: str
    cite: str
    certainty: str
    doi: str = ""


@dataclass(frozen=True)
class Protocol:
    """One test, as its file says it."""

    id: str
    version: str
    title: str
    purpose: str
    primary_measure: str
    conditions: tuple[Condition, ...]
    analysis: Analysis
    safety: Safety
    footwear: Footwear
    sources: tuple[Source, ...]
    placement: PlacementDefault | None = None
    measurement_error: tuple[MeasurementError, ...] = ()
    rest_s: float = 0.0

    def condition(self, condition_id: str) -> Condition:
        """The condition of that id; an unknown id raises ProtocolError with those there are."""
        for condition in self.conditions:
            if condition.id == condition_id:
                return condition
        known = ", ".join(condition.id for condition in self.conditions)
        raise ProtocolError(
            f"Protocol '{self.id}' {self.version} has no condition '{condition_id}': use one of {known}."
        )


def protocol_names(folder: Path | None = None) -> tuple[str, ...]:
    """The ids of the protocols in the folder (by default those that come with Surefoot), sorted."""
    return tuple(sorted(path.stem for path in (folder or resources.data_dir("protocols")).glob("*.toml")))


def load_protocol(name: str | Path, folder: Path | None = None) -> Protocol:
    """A protocol by its name, or by the path of a TOML file (anything with a `.toml` ending)."""
    folder = folder or resources.data_dir("protocols")
    path = Path(name)
    if path.suffix != ".toml":
        if str(name) not in protocol_names(folder):
            known = ", ".join(protocol_names(folder)) or "none"
            raise ProtocolError(
                f"There is no protocol '{name}': name one of these: {known}; or give the path of a .toml file."
            )
        path = folder / f"{name}.toml"
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise ProtocolError(f"{path} isn't UTF-8 text: save it again as UTF-8.") from None
    except OSError as error:
        raise ProtocolError(
            f"{path} can't be read ({error.strerror or error}): check the path and its rights."
        ) from None
    return parse_protocol(text, path)


def parse_protocol(text: str, path: Path) -> Protocol:
    """A Protocol from the text of a file; the path serves the messages and must be named after the id."""
    if not text.strip():
        raise ProtocolError(f"{path} is empty: copy protocols/quiet-stance.toml and change it.")
    try:
        document = tomllib.loads(text, parse_float=_finite)
    except ValueError as error:
        raise ProtocolError(f"{path} isn't valid TOML: {error}. Mend that place and try again.") from None
    _check_schema(document, path)
    protocol = _build(document)
    _check_sense(protocol, path)
    return protocol


def protocol_summary(protocol: Protocol) -> dict[str, Any]:
    """What a result keeps of its protocol, so that its report needs no other file."""
    keep = ("id", "title", "stance", "surface", "vision", "arms", "hold_s", "trials", "instruction")
    full = asdict(protocol)
    return {
        **{key: full[key] for key in ("id", "version", "title", "purpose", "primary_measure")},
        "conditions": [{key: condition[key] for key in keep} for condition in full["conditions"]],
        "analysis": full["analysis"],
        "footwear": full["footwear"],
        "measurement_error": list(full["measurement_error"]),
    }


def _finite(text: str) -> float:
    if not isfinite(float(text)):
        raise ValueError(f"{text} is no number that a protocol can hold")
    return float(text)


def _build(document: Mapping[str, Any]) -> Protocol:
    conditions = tuple(
        Condition(**{**entry, "cues": Cues(**{**entry["cues"], "countdown": tuple(entry["cues"]["countdown"])})})
        for entry in document["conditions"]
    )
    made: dict[str, Any] = {
        "conditions": conditions,
        "analysis": Analysis(**document["analysis"]),
        "safety": Safety(**{key: tuple(lines) for key, lines in document["safety"].items()}),
        "footwear": Footwear(**document["footwear"]),
        "sources": tuple(Source(**entry) for entry in document["sources"]),
        "measurement_error": tuple(MeasurementError(**entry) for entry in document.get("measurement_error", ())),
    }
    if "placement" in document:
        made["placement"] = PlacementDefault(**document["placement"])
    plain = {key: value for key, value in document.items() if key not in made and key != "format"}
    return Protocol(**plain, **made)


def _check_schema(document: dict[str, Any], path: Path) -> None:
    import jsonschema

    schema = json.loads((resources.data_dir("protocols") / "schema.json").read_text("utf-8"))
    newest = schema["properties"]["format"]["const"]
    if isinstance(document.get("format"), int) and document["format"] > newest:
        raise ProtocolError(
            f"{path} has format {document['format']}, newer than this Surefoot reads ({newest}): upgrade Surefoot."
        )
    errors = sorted(jsonschema.Draft202012Validator(schema).iter_errors(document), key=lambda e: list(map(str, e.path)))
    if errors:
        more = f" ({len(errors) - 1} more after this one.)" if len(errors) > 1 else ""
        raise ProtocolError(f"{path}: {_sentence(errors[0])}{more}")


def _sentence(error: Any) -> str:
    """One schema error in words: the field, what is wrong, what to do."""
    where = _field(error.absolute_path)
    rule, wanted, got = error.validator, error.validator_value, error.instance
    if rule == "required":
        missing = next(key for key in wanted if key not in got)
        return f"{where} lacks '{missing}': add it."
    if rule == "additionalProperties":
        unknown = next(key for key in got if key not in error.schema["properties"])
        known = ", ".join(error.schema["properties"])
        return f"{where} has an unknown field '{unknown}': correct its spelling or take it out; known are {known}."
    says = f"{where} is {json.dumps(got, ensure_ascii=False, default=str)[:60]}, but must be"
    if rule == "enum":
        return f"{says} one of {', '.join(map(str, wanted))}: write one of these."
    if rule == "const":
        return f"{says} {wanted}: write that."
    if rule == "type":
        kinds = {"string": "text in quotes", "number": "a number", "integer": "a whole number"}
        kinds |= {"array": "a list", "object": "a table"}
        return f"{says} {kinds.get(wanted, wanted)}: write it so."
    if rule in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"):
        words = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}
        return f"{says} {words.get(rule, 'less than')} {wanted}: correct the number."
    if rule in ("minItems", "minLength"):
        return f"{where} is empty: fill it in."
    if rule in ("maxItems", "maxLength"):
        return f"{where} is too long: keep it to {wanted}."
    if rule == "pattern":
        return f"{says} of the form {wanted}: correct it."
    return f"{where}: {error.message}: correct it."


def _field(path: Any) -> str:
    words = ""
    for part in path:
        words += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if words else ''}{part}"
    return f"field '{words}'" if words else "the file"


def _check_sense(protocol: Protocol, path: Path) -> None:
    """What a schema can't say."""
    if path.stem != protocol.id:
        raise ProtocolError(
            f"{path}: field 'id' is '{protocol.id}', but the file is named '{path.stem}': make both the same."
        )
    seen: set[str] = set()
    for number, condition in enumerate(protocol.conditions, 1):
        where = f"{path}: field 'conditions[{number}]"
        if condition.id in seen:
            raise ProtocolError(f"{where}.id' repeats '{condition.id}': give each condition its own id.")
        seen.add(condition.id)
        if condition.hold_s <= protocol.analysis.trim_s:
            raise ProtocolError(
                f"{where}.hold_s' is {condition.hold_s:g} s, but analysis.trim_s leaves out the first"
                f" {protocol.analysis.trim_s:g} s, so that nothing is left: hold longer or trim less."
            )
        if condition.stance in ("tandem", "semi-tandem", "single") and condition.leg is None:
            raise ProtocolError(f"{where}' stands {condition.stance} but has no 'leg': write left or right.")
    named = [("primary_measure", protocol.primary_measure)]
    named += [(f"measurement_error[{i}].measure", e.measure) for i, e in enumerate(protocol.measurement_error, 1)]
    for where, key in named:
        if key not in MEASURES:
            raise ProtocolError(
                f"{path}: field '{where}' names a measure '{key}' that there is not: take a key of the measures table,"
                " such as cop_velocity_mmps."
            )
