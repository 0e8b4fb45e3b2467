"""The tables Magnus owns beside LangGraph's, as SQLAlchemy knows them."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

SCHEMA_VERSION = "0007"
"""The newest revision in migrations/; a test compares the two."""

LANGGRAPH_VERSION = 9
"""The newest of LangGraph's own migrations that this version runs with; a test compares the two."""

VERSION_TABLE = "magnus_schema"

TRADING_TABLES = ("tv_watchlists_api", "tv_symbols_api", "stock_data", "stock_premiums")
"""Names a user's own "magnus" database may hold; a database with them and without our version table is theirs."""

LANGGRAPH_TABLES = ("checkpoints", "checkpoint_blobs", "checkpoint_writes", "checkpoint_migrations")

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("thread_id", Text, nullable=False, index=True),
    Column("status", Text, nullable=False, comment="accepted, waiting, parked, done, failed or superseded"),
    Column("priority", Text, nullable=False),
    Column("source", Text, nullable=False, comment="sample, stored or live"),
    Column("request", JSONB, nullable=False),
    Column("response", JSONB),
    Column("error", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("rollbacks", Integer, nullable=False, server_default="0"),
    Column("accepted_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
)

threads = Table(
    "threads",
    metadata,
    Column("thread_id", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False, comment="goes up with every claim"),
    Column("owner", Text, comment="host, process and start of who runs it; empty when nobody does"),
    Column("claimed_at", DateTime(timezone=True)),
    Column("beaten_at", DateTime(timezone=True), comment="the owner's last heartbeat"),
    Column("leased_until", DateTime(timezone=True)),
)

effects = Table(
    "effects",
    metadata,
    Column("key", Text, primary_key=True),
    Column("thread_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("state", Text, nullable=False, comment="intended, done or doubtful"),
    Column("result", JSONB),
    Column("intended_at", DateTime(timezone=True), nullable=False),
    Column("done_at", DateTime(timezone=True)),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("thread_id", Text, primary_key=True),
    Column("digest", Text, primary_key=True, comment="SHA-256 of the content"),
    Column("content", LargeBinary, nullable=False, comment="JSON, compressed with zlib"),
    Column("size", Integer, nullable=False, comment="bytes before compression"),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

executions = Table(
    "executions",
    metadata,
    Column("request_id", Uuid, ForeignKey("runs.request_id", ondelete="CASCADE"), primary_key=True),
    Column("thread_id", Text, nullable=False, index=True),
    Column("prompt", Text),
    Column("task_type", Text, nullable=False),
    Column("agents", JSONB, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("errors", JSONB, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("rating", Text, comment="good or bad, from the person"),
    Column("note", Text),
)

chains = Table(
    "chains",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("symbol", Text, nullable=False),
    Column("as_of", DateTime(timezone=True), nullable=False),
    Column("spot", Float, nullable=False),
    Column("spot_from", Text, nullable=False, comment="given, file or parity"),
    Column("stock", JSONB, nullable=False),
    Column("contracts", Integer, nullable=False),
    Column("quotes", LargeBinary, nullable=False, comment="trading.packing"),
    Column("file", Text, nullable=False),
    Column("imported_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("symbol", "as_of"),
)

route_lessons = Table(
    "route_lessons",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True, comment="new with every change"),
    Column("request_id", Uuid, nullable=False, comment="the request in which it was taught"),
    Column("source", Text, nullable=False, comment="corrected, chosen or rated"),
    Column("sentence", Text, nullable=False, comment="in lower case, without signs at its ends"),
    Column("words", Text, nullable=False, comment="numbers, tickers and files replaced by their kind"),
    Column("task_type", Text, nullable=False, comment="what was meant"),
    Column("read_as", Text, nullable=False, comment="what the router takes it for without lessons"),
    Column("weight", Float, nullable=False, comment="below zero after a bad rating"),
    Column("taught_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("request_id", "source"),
)
