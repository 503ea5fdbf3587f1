# SPDX-License-Identifier: MIT
"""A result (plain dict) to and from result.json: strict JSON, UTF-8, no NaN, no series."""

import json
import os
from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO

from surefoot import __version__
from surefoot.errors import SurefootError

FORMAT = 1
KIND = "surefoot-result"
NEEDED = ("person", "protocol", "created_utc", "trials", "score", "versions")


class ResultError(SurefootError):
    """A result can't be written or read."""


def write_result(result: Mapping[str, Any], path: Path) -> None:
    """Write result.json whole or not at all; the same result gives the same bytes. Series stay in memory."""
    plain = plain_result(result)
    try:
        data = (json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode("utf-8")
    except UnicodeEncodeError:
        raise ResultError(
            f"A text of this result has a character that no file can hold, so {path} wasn't written: "
            "use a person code of letters and digits."
        ) from None
    write_whole(path, data)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    write_by(path, lambda file: file.write(data))


def write_by(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """The same of what `write` puts into it, part by part."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            write(file)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ResultError(
            f"{path} can't be written ({error.strerror or error}): choose a folder you may write to."
        ) from None


def made_folder(out: Path) -> None:
    """Make the folder, unless it is there. Raises ResultError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultError(
            f"The folder {out} can't be made ({error.strerror}): choose another that you may write to."
        ) from None


def versions_here() -> dict[str, str]:
    """Of what computes the numbers of a file that no board has made."""
    import numpy
    import scipy

    return {"software": __version__, "numpy": numpy.__version__, "scipy": scipy.__version__}


def plain_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """The result as result.json holds it: JSON's own types, format and kind first, no series, no NaN."""
    trials = [{key: value for key, value in trial.items() if key != "series"} for trial in result["trials"]]
    return _plain({"format": FORMAT, "kind": KIND, **result, "trials": trials}, "result")


def read_result(path: Path) -> dict[str, Any]:
    """The result in a file, checked to be one that this version understands."""
    try:
        result = json.loads(path.read_bytes().decode("utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise ResultError(f"{path} can't be read ({error.strerror or error}): name the folder of a result.") from None
    except ValueError as error:
        raise ResultError(
            f"{path} isn't the JSON of a result ({error}): run `surefoot score` on its folder to make it again."
        ) from None
    if not isinstance(result, dict) or result.get("kind") != KIND:
        raise ResultError(f"{path} isn't a result of Surefoot: name a result.json that `surefoot score` wrote.")
    if result.get("format") != FORMAT:
        raise ResultError(
            f"{path} has result format {result.get('format')}, and this Surefoot reads {FORMAT}: "
            "upgrade Surefoot, or run `surefoot score` on its folder."
        )
    missing = [key for key in NEEDED if key not in result]
    if missing:
        raise ResultError(f"{path} lacks {', '.join(missing)}: run `surefoot score` on its folder to make it again.")
    return result


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number")


def _plain(value: Any, where: str) -> Any:
    """The same value in JSON's own types (numpy numbers and arrays too); refuses what JSON has no word for."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{i + 1}]") for i, item in enumerate(value)]
    if hasattr(value, "tolist"):
        return _plain(value.tolist(), where)
    if isinstance(value, float) and not isfinite(value):
        raise ResultError(
            f"{where} is {value}, which is no result: leave it out and say why under `not_reported` instead."
        )
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise ResultError(f"{where} is a {type(value).__name__}, which JSON can't hold: turn it into text or a number.")
