"""The tables of the store, as its newest version has them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# One row: how many changes have been committed.
state = Table("state", metadata, Column("generation", Integer, nullable=False))

# Where ingested folders outside the assistant stand; their names begin the paths of their files.
roots = Table(
    "roots",
    metadata,
    Column("name", String, primary_key=True),
    Column("path", String, nullable=False, unique=True),
)

files = Table(
    "files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("path", String, nullable=False, unique=True),
    Column("identity", String, nullable=False, unique=True),
    Column("sha256", String, nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("outcome", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("hint", String, nullable=False),
    Column("profile", String, nullable=False),
    Column("recipe", String, nullable=False),
    Column("group", String, nullable=False),
    Column("linked_to", String, nullable=False),
    Column("parent", String, nullable=False),
    Column("documents", Integer, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    sqlite_autoincrement=True,
)

documents = Table(
    "documents",
    metadata,
    Column("id", String, primary_key=True),
    Column("file_id", ForeignKey("files.id", ondelete="CASCADE"), nullable=False),
    Column("record", String, nullable=False),
    Column("title", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("profile", String, nullable=False),
    Column("sections", JSON, nullable=False),
    Column("pages", JSON, nullable=False),
    Column("effective_from", Date),
    Column("effective_to", Date),
    Column("superseded_by", String),
    Column("jurisdiction", String),
    Column("authority", String),
    Column("meta", JSON, nullable=False),
    UniqueConstraint("file_id", "record"),
)

# AUTOINCREMENT: a key that was removed never names another passage.
passages = Table(
    "passages",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("generation", Integer, nullable=False, index=True),
    Column("title", String, nullable=False),
    Column("locator", String, nullable=False),
    Column("start", Integer, nullable=False),
    Column("stop", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("page", Integer),
    Column("section", JSON, nullable=False),
    Column("effective_from", Date),
    Column("effective_to", Date),
    Column("superseded_by", String),
    Column("jurisdiction", String),
    Column("group", String, nullable=False),
    Column("meta", JSON, nullable=False),
    Index("passages_document", "document_id", "start"),
    sqlite_autoincrement=True,
)

removals = Table(
    "removals",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("generation", Integer, nullable=False, index=True),
)

# What finds documents that are alike (see ``sketches``), and which are. Each link stands twice.
sketches = Table(
    "sketches",
    metadata,
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("least", LargeBinary, nullable=False),
)

bands = Table(
    "bands",
    metadata,
    Column("band", Integer, primary_key=True, autoincrement=False),
    Column("document_id", String, primary_key=True),
    sqlite_with_rowid=False,
)

likenesses = Table(
    "likenesses",
    metadata,
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("other_id", ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("likeness", Float, nullable=False),
    Column("only_here", Integer, nullable=False),
    Column("only_there", Integer, nullable=False),
    Index("likenesses_other", "other_id"),
)
