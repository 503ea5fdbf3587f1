# SPDX-License-Identifier: MIT
"""Which version a database has, and how it comes to this one's; Alembic's files are in migrations/."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .trouble import RESTORE
from .values import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent / "migrations"


def version_of(connection: Connection) -> int:
    """0 of a database without a store. Raises StoreError for one that is none."""
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table("alembic_version"):
        return 0
    found = str(connection.scalar(text("SELECT version_num FROM alembic_version")) or 0)
    if not found.isdecimal():
        raise StoreError(f"The store says that its version is '{found}', which no Surefoot wrote: {RESTORE}.")
    return int(found)


def newest() -> int:
    from .tables import VERSION

    return VERSION


def must_be_known(version: int, where: str) -> None:
    """Raises StoreError for a store from the future."""
    if version > newest():
        raise StoreError(
            f"{where} has version {version}, newer than this Surefoot reads ({newest()}): upgrade Surefoot."
        )


def migrate(connection: Connection) -> None:
    """Bring a database to this version, a new one from nothing, within the transaction of the connection."""
    import logging

    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    told = Config(attributes={"connection": connection})
    told.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    told.set_main_option("path_separator", "os")
    command.upgrade(told, "head")
