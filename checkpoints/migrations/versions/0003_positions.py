"""Positions: lots of the wheel, their events, which nobody can change afterwards, and the cash account."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
PRICE = sa.Numeric(14, 4)
DOLLARS = sa.Numeric(18, 2)

IMMUTABLE = """
CREATE FUNCTION magnus_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'what happened to a lot is not changed afterwards'; END $$;
CREATE TRIGGER lot_events_are_immutable BEFORE UPDATE OR DELETE ON lot_events
FOR EACH ROW EXECUTE FUNCTION magnus_refuse_change();
"""


def upgrade() -> None:
    _create_lots()
    _create_lot_events()
    _create_cash_entries()


def _create_lots() -> None:
    op.create_table(
        "lots",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column("symbol", sa.Text, nullable=False, index=True),
        sa.Column("origin", sa.Text, nullable=False, comment="add, or import and the digest of the file"),
        sa.Column("recorded_at", MOMENT, nullable=False),
    )


def _create_lot_events() -> None:
    op.create_table(
        "lot_events",
        sa.Column("lot_id", sa.BigInteger, sa.ForeignKey("lots.id"), primary_key=True),
        sa.Column(
            "number", sa.Integer, primary_key=True, autoincrement=False, comment="0 is the first step of the lot"
        ),
        sa.Column("step", sa.Text, nullable=False, comment="trading.lot.Step, or undo for the one before"),
        sa.Column("happened_on", sa.Date, nullable=False),
        sa.Column("price", PRICE, nullable=False, comment="dollars a share"),
        sa.Column("fees", DOLLARS, nullable=False, comment="dollars for the lot"),
        sa.Column("strike", PRICE),
        sa.Column("expiry", sa.Date),
        sa.Column("premium", PRICE, comment="what a roll received, dollars a share"),
        sa.Column("recorded_at", MOMENT, nullable=False),
    )
    op.execute(IMMUTABLE)


def _create_cash_entries() -> None:
    op.create_table(
        "cash_entries",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.Text, nullable=False, comment="balance: what the account says; flow: what a step moved"),
        sa.Column("usd", DOLLARS, nullable=False),
        sa.Column("lot_id", sa.BigInteger),
        sa.Column("number", sa.Integer),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('balance', 'flow')", name="cash_entries_kind"),
    )
