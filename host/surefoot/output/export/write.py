# SPDX-License-Identifier: MIT
"""An export's folder: made whole beside its place and then renamed, for its owner alone; units checked first."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...care.codes import LOCAL, CodeError, codes
from ...care.goal import row_of
from .columns import TABLES
from .values import ExportError, Package

PRIVATE_FOLDER, PRIVATE = 0o700, 0o600
OF_NO_MEASURE = {"balance_score": "{score}"}


@contextmanager
def whole_folder(out: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """An empty folder to write into, and what makes it `out`: unless that is called, nothing remains. Raises
    ExportError."""
    if out.exists() or out.is_symlink():
        raise ExportError(f"{out} is there already, and nothing is overwritten: name a new folder by --out.")
    part = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")

    def done() -> None:
        for path in part.rglob("*"):
            path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE)
        os.rename(part, out)

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir(PRIVATE_FOLDER)
        yield part, done
    except OSError as error:
        raise ExportError(
            f"{out} can't be written ({error.strerror or error}), so nothing was exported: make room there, or name"
            " another place."
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def check(package: Package) -> None:
    """Every measure and unit against the shipped tables. Raises CodeError, ExportError."""
    table = codes()
    for one in TABLES.values():
        for column in one.columns:
            if column.unit:
                table.unit(column.unit)
    for name in ("results", "walks", "goals"):
        for row in package.rows(name):
            key, unit = row["measure"], table.unit(row["unit"])
            table.code(LOCAL, key)
            wanted = OF_NO_MEASURE.get(key) or row_of(key).unit
            if unit != wanted:
                raise CodeError(
                    f"The {name} hold {key} in '{unit}', where Surefoot's table has '{wanted}', so nothing was"
                    " exported: score that session again."
                )
    for row in package.rows("readings"):
        table.code(LOCAL, row["reading"])
        table.unit(row["unit"])
    if not package.people:
        raise ExportError("Nobody is left to export.")
