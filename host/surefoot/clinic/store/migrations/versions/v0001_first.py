# SPDX-License-Identifier: MIT
"""Version 1: people, identity, entries with their sources, kept files, the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    text = sa.String()
    op.create_table(
        "store",
        sa.Column("id", text, primary_key=True),
        sa.Column("made_utc", text, nullable=False),
        sa.Column("audited", text, nullable=False),
    )
    op.create_table(
        "person",
        sa.Column("code", text, primary_key=True),
        sa.Column("made_utc", text, nullable=False),
        sa.Column("who", text, nullable=False),
    )
    op.create_table(
        "identity",
        sa.Column("code", text, sa.ForeignKey("person.code"), primary_key=True),
        sa.Column("family_name", text, nullable=False),
        sa.Column("given_name", text, nullable=False),
        sa.Column("born", sa.Date(), nullable=False),
        sa.Column("contact", text, nullable=False),
    )
    op.create_table(
        "entry",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("id", text, nullable=False, unique=True),
        sa.Column("code", text, sa.ForeignKey("person.code"), nullable=False),
        sa.Column("kind", text, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_utc", text, nullable=False),
        sa.Column("who", text, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("replaces", text, sa.ForeignKey("entry.id")),
        sa.Column("state", text, nullable=False),
        sa.Column("reason", text, nullable=False),
    )
    op.create_index("entry_of_person", "entry", ["code", "kind", "day"])
    op.create_index("entry_replaces", "entry", ["replaces"])
    op.create_index("entry_made", "entry", ["made_utc"])
    op.create_table(
        "source",
        sa.Column("entry", text, sa.ForeignKey("entry.id"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("source", text, sa.ForeignKey("entry.id"), nullable=False),
        sa.PrimaryKeyConstraint("entry", "place"),
    )
    op.create_index("source_of", "source", ["source"])
    op.create_table(
        "kept_file",
        sa.Column("sha256", text, nullable=False),
        sa.Column("code", text, sa.ForeignKey("person.code"), nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("kept_utc", text, nullable=False),
        sa.PrimaryKeyConstraint("sha256", "code"),
    )
    op.create_index("kept_file_of", "kept_file", ["code"])
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at_utc", text, nullable=False),
        sa.Column("action", text, nullable=False),
        sa.Column("who", text, nullable=False),
        sa.Column("code", text, nullable=False),
        sa.Column("what", text, nullable=False),
        sa.Column("hash", text, nullable=False),
    )
    op.create_index("audit_of", "audit", ["code"])
