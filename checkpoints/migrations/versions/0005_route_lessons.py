"""What people taught the router: sentences whose task type somebody chose, corrected or rated."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "route_lessons",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=True, comment="new with every change"),
        sa.Column("request_id", sa.Uuid, nullable=False, comment="the request in which it was taught"),
        sa.Column("source", sa.Text, nullable=False, comment="corrected, chosen or rated"),
        sa.Column("sentence", sa.Text, nullable=False, comment="in lower case, without signs at its ends"),
        sa.Column("words", sa.Text, nullable=False, comment="numbers, tickers and files replaced by their kind"),
        sa.Column("task_type", sa.Text, nullable=False, comment="what was meant"),
        sa.Column("read_as", sa.Text, nullable=False, comment="what the router takes it for without lessons"),
        sa.Column("weight", sa.Float, nullable=False, comment="below zero after a bad rating"),
        sa.Column("taught_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("request_id", "source"),
    )
