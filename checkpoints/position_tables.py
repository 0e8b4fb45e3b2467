"""The tables of positions: lots of the wheel, what happened to each, and the cash account."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    Numeric,
    Table,
    Text,
)

from checkpoints.tables import metadata

PRICE = Numeric(14, 4)
DOLLARS = Numeric(18, 2)

lots = Table(
    "lots",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("symbol", Text, nullable=False, index=True),
    Column("origin", Text, nullable=False, comment="add, or import and the digest of the file"),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)

lot_events = Table(
    "lot_events",
    metadata,
    Column("lot_id", BigInteger, ForeignKey("lots.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="0 is the first step of the lot"),
    Column("step", Text, nullable=False, comment="trading.lot.Step, or undo for the one before"),
    Column("happened_on", Date, nullable=False),
    Column("price", PRICE, nullable=False, comment="dollars a share"),
    Column("fees", DOLLARS, nullable=False, comment="dollars for the lot"),
    Column("strike", PRICE),
    Column("expiry", Date),
    Column("premium", PRICE, comment="what a roll received, dollars a share"),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)

cash_entries = Table(
    "cash_entries",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False, comment="balance: what the account says; flow: what a step moved"),
    Column("usd", DOLLARS, nullable=False),
    Column("lot_id", BigInteger),
    Column("number", Integer),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("kind IN ('balance', 'flow')", name="cash_entries_kind"),
)
