"""The tables of the budget ledger."""

from sqlalchemy import BigInteger, Column, DateTime, Float, Numeric, Table, Text, Uuid

from checkpoints.tables import metadata

MOMENT = DateTime(timezone=True)
DOLLARS = Numeric(14, 6)

budgets = Table(
    "budgets",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("extra_usd", DOLLARS, nullable=False, server_default="0", comment="what a person added later"),
    Column("active_s", Float, nullable=False, server_default="0", comment="time somebody worked on it"),
    Column("epoch", BigInteger, comment="the lease under which it was last seen"),
    Column("seen_at", MOMENT),
)

spendings = Table(
    "spendings",
    metadata,
    Column("key", Text, primary_key=True, comment="the place in the workflow, the agent and the call"),
    Column("request_id", Uuid, nullable=False, index=True),
    Column("kind", Text, nullable=False, comment="agent or call"),
    Column("agent", Text, nullable=False),
    Column("model", Text),
    Column("tokens", BigInteger, nullable=False, comment="the most it may take until settled, then all it took"),
    Column("input_tokens", BigInteger, nullable=False, server_default="0"),
    Column("output_tokens", BigInteger, nullable=False, server_default="0"),
    Column("usd", DOLLARS, nullable=False, comment="the most it may cost until settled, then what it cost"),
    Column("seconds", Float, nullable=False, server_default="0"),
    Column("reserved_at", MOMENT, nullable=False),
    Column("settled_at", MOMENT),
)
