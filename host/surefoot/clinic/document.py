# SPDX-License-Identifier: MIT
"""A checked JSON document of what people did or rated: read with a reason, written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..care.file_schema import check_format, check_schema, schema_of
from ..errors import RecordingError


def write_document(document: Mapping[str, Any], schema: str, path: Path, indent: int | None = 1) -> None:
    """Whole or not at all, and on the disk when it returns. Raises RecordingError, ProtocolError.

    Without `indent` it is one line: for lists of a day, which would take half a gigabyte to indent.
    """
    check_schema(dict(document), schema_of(schema), path)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=indent) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RecordingError(f"{path} can't be written ({error.strerror}): choose a folder you may write to.") from None


def read_document(path: Path, schema: str, kind: str, what: str, again: str, writer: str) -> dict[str, Any]:
    """The checked document of a file whose "kind" is `kind`. Raises RecordingError, or ProtocolError naming the field.

    For its words: `what` it should be, how to make it `again`, and the command that is its `writer`.
    """
    try:
        document = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise RecordingError(f"{path} can't be read ({error.strerror}): check the path.") from None
    except ValueError as error:
        raise RecordingError(f"{path} isn't the JSON of {what} ({error}): {again}.") from None
    if not isinstance(document, dict) or document.get("kind") != kind:
        raise RecordingError(f"{path} isn't {what}: `{writer}` writes these.")
    rules = schema_of(schema)
    check_format(document, rules, path)
    check_schema(document, rules, path)
    return document
