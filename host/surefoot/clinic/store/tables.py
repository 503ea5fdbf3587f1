# SPDX-License-Identifier: MIT
"""The tables, as SQLite and PostgreSQL both have them. A change here needs a migration beside it and a new VERSION."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

VERSION = 1
metadata = MetaData()

# One row: which store this is, and the hash of the newest row of its audit log. Whoever writes locks it first, so that
# stations write one after another.
store = Table(
    "store",
    metadata,
    Column("id", String, primary_key=True),
    Column("made_utc", String, nullable=False),
    Column("audited", String, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("code", String, primary_key=True),
    Column("made_utc", String, nullable=False),
    Column("who", String, nullable=False),
)

# The only table that says who a code is.
identity = Table(
    "identity",
    metadata,
    Column("code", String, ForeignKey("person.code"), primary_key=True),
    Column("family_name", String, nullable=False),
    Column("given_name", String, nullable=False),
    Column("born", Date, nullable=False),
    Column("contact", String, nullable=False),
)

entry = Table(
    "entry",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("id", String, nullable=False, unique=True),
    Column("code", String, ForeignKey("person.code"), nullable=False),
    Column("kind", String, nullable=False),
    Column("day", Date, nullable=False),
    Column("made_utc", String, nullable=False),
    Column("who", String, nullable=False),
    Column("document", Text, nullable=False),
    Column("replaces", String, ForeignKey("entry.id")),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Index("entry_of_person", "code", "kind", "day"),
    Index("entry_replaces", "replaces"),
    Index("entry_made", "made_utc"),
)

source = Table(
    "source",
    metadata,
    Column("entry", String, ForeignKey("entry.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("source", String, ForeignKey("entry.id"), nullable=False),
    PrimaryKeyConstraint("entry", "place"),
    Index("source_of", "source"),
)

# Files beside the database; the same bytes may be of several people, as a calibration record is.
kept_file = Table(
    "kept_file",
    metadata,
    Column("sha256", String, nullable=False),
    Column("code", String, ForeignKey("person.code"), nullable=False),
    Column("name", String, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("kept_utc", String, nullable=False),
    PrimaryKeyConstraint("sha256", "code"),
    Index("kept_file_of", "code"),
)

# Each row has the hash of the one before it; `code` outlives its person.
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at_utc", String, nullable=False),
    Column("action", String, nullable=False),
    Column("who", String, nullable=False),
    Column("code", String, nullable=False),
    Column("what", String, nullable=False),
    Column("hash", String, nullable=False),
    Index("audit_of", "code"),
)

# Of a backup alone: the files themselves, in pieces.
packed = MetaData()
piece = Table(
    "piece",
    packed,
    Column("sha256", String, nullable=False),
    Column("place", Integer, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    PrimaryKeyConstraint("sha256", "place"),
)
manifest = Table("manifest", packed, Column("name", String, primary_key=True), Column("value", Text, nullable=False))
