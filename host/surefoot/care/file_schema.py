# SPDX-License-Identifier: MIT
"""A document against a JSON schema under protocols/; what is wrong comes out as one sentence naming the field."""

import json
from pathlib import Path
from typing import Any

from surefoot import resources
from surefoot.errors import ProtocolError


def schema_of(name: str) -> dict[str, Any]:
    """A schema by its path under protocols/."""
    return json.loads((resources.data_dir("protocols") / name).read_text("utf-8"))


def check_format(document: dict[str, Any], schema: dict[str, Any], path: Path) -> None:
    """Raises ProtocolError for a file that only a later Surefoot can read."""
    newest = schema["properties"]["format"]["const"]
    if isinstance(document.get("format"), int) and document["format"] > newest:
        raise ProtocolError(
            f"{path} has format {document['format']}, newer than this Surefoot reads ({newest}): upgrade Surefoot."
        )


def check_schema(document: dict[str, Any], schema: dict[str, Any], path: Path) -> None:
    """Raises ProtocolError with the first mistake, in the order of the file, and how many more there are."""
    import jsonschema

    errors = sorted(jsonschema.Draft202012Validator(schema).iter_errors(document), key=lambda e: list(map(str, e.path)))
    if errors:
        more = f" ({len(errors) - 1} more after this one.)" if len(errors) > 1 else ""
        raise ProtocolError(f"{path}: {_sentence(errors[0])}{more}")


def _sentence(error: Any) -> str:
    """One schema error in words: the field, what is wrong, what to do."""
    where = _field(error.absolute_path)
    rule, wanted, got = error.validator, error.validator_value, error.instance
    if "dependentSchemas" in error.absolute_schema_path:
        steps = list(error.absolute_schema_path)
        key = steps[steps.index("dependentSchemas") + 1]
        return f"{where} is '{got}', which has no '{key}': take it out, or correct the other."
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
        kinds |= {"array": "a list", "object": "a table", "boolean": "true or false"}
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
