"""The tables of what gates saw, what a person answered for, what was delivered, and results kept by tree."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from checkpoints.tables import metadata

MOMENT = DateTime(timezone=True)

evidence_logs = Table(
    "evidence_logs",
    metadata,
    Column("digest", Text, primary_key=True, comment="SHA-256 of the text"),
    Column("content", LargeBinary, nullable=False, comment="the text, compressed with zlib"),
    Column("size", Integer, nullable=False, comment="bytes before compression"),
    Column("kept_at", MOMENT, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("project", Text, nullable=False, comment="where the checkout lies, with the folder of the project in it"),
    Column("tree", Text, nullable=False, comment="the git tree the gate looked at"),
    Column("base", Text, nullable=False, comment="the git tree it was compared with"),
    Column("purpose", Text, nullable=False, comment="the task type the change was made for, or nothing"),
    Column("gate", Text, nullable=False),
    Column("mandatory", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("score", Float),
    Column("seconds", Float, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("commands", JSONB, nullable=False, comment="argv, exit code, seconds, and the digest of the log"),
    Column("findings", JSONB, nullable=False),
    Column("versions", JSONB, nullable=False),
    Column("skipped_because", Text),
    Column("waits_for", Text),
    Column("thread_id", Text, comment="empty for `magnus gates`"),
    Column("request_id", Uuid),
    Column("at", MOMENT, nullable=False),
    Index("evidence_of_a_tree", "tree", "base", "gate", "id"),
)

acceptances = Table(
    "acceptances",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("evidence_id", BigInteger, ForeignKey("evidence.id"), nullable=False, comment="where it was seen"),
    Column("finding", Text, nullable=False),
    Column("tree", Text, nullable=False, index=True, comment="the only tree it holds for"),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True, comment="the effect it belongs to: one delivery, once"),
    Column("what", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("tree", Text, nullable=False, comment="the git tree that was delivered"),
    Column("base", Text, nullable=False, comment="the git tree its gates compared it with"),
    Column("mode", Text, nullable=False),
    Column("branch", Text, nullable=False, comment="the branch, or the file of a patch"),
    Column("commit", Text, comment="the commit that has the tree"),
    Column("evidence", ARRAY(BigInteger), nullable=False, comment="one row a gate"),
    Column("red", ARRAY(Text), nullable=False, comment="gates without evidence that passes"),
    Column("emergency", Text, comment="why it went past them"),
    Column("approved_by", Text),
    Column("approved_at", MOMENT),
    Column("thread_id", Text),
    Column("request_id", Uuid),
    Column("at", MOMENT, nullable=False),
)

tree_results = Table(
    "tree_results",
    metadata,
    Column("project", Text, primary_key=True),
    Column("key", Text, primary_key=True, comment="tree, what was looked at, and with which tools"),
    Column("value", JSONB, nullable=False),
    Column("at", MOMENT, nullable=False),
)
