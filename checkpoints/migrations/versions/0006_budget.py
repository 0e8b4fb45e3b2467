"""The budget ledger: what each request may spend, and each spending reserved before it happens."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

MOMENT = sa.DateTime(timezone=True)
DOLLARS = sa.Numeric(14, 6)


def upgrade() -> None:
    op.create_table(
        "budgets",
        sa.Column("request_id", sa.Uuid, primary_key=True),
        sa.Column("extra_usd", DOLLARS, nullable=False, server_default="0", comment="what a person added later"),
        sa.Column("active_s", sa.Float, nullable=False, server_default="0", comment="time somebody worked on it"),
        sa.Column("epoch", sa.BigInteger, comment="the lease under which it was last seen"),
        sa.Column("seen_at", MOMENT),
    )
    op.create_table(
        "spendings",
        sa.Column("key", sa.Text, primary_key=True, comment="the place in the workflow, the agent and the call"),
        sa.Column("request_id", sa.Uuid, nullable=False, index=True),
        sa.Column("kind", sa.Text, nullable=False, comment="agent or call"),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("model", sa.Text),
        sa.Column(
            "tokens", sa.BigInteger, nullable=False, comment="the most it may take until settled, then all it took"
        ),
        sa.Column("input_tokens", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("output_tokens", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("usd", DOLLARS, nullable=False, comment="the most it may cost until settled, then what it cost"),
        sa.Column("seconds", sa.Float, nullable=False, server_default="0"),
        sa.Column("reserved_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT),
    )
