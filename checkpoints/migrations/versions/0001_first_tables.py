"""The first tables: runs, executions and recorded chains."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_runs()
    _create_executions()
    _create_chains()


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("request_id", sa.Uuid, primary_key=True),
        sa.Column("thread_id", sa.Text, nullable=False, index=True),
        sa.Column("status", sa.Text, nullable=False, comment="accepted, waiting, done, failed or superseded"),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False, comment="sample, stored or live"),
        sa.Column("request", JSONB, nullable=False),
        sa.Column("response", JSONB),
        sa.Column("error", sa.Text),
        sa.Column("accepted_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
    )


def _create_executions() -> None:
    request_id = sa.ForeignKey("runs.request_id", ondelete="CASCADE")
    op.create_table(
        "executions",
        sa.Column("request_id", sa.Uuid, request_id, primary_key=True),
        sa.Column("thread_id", sa.Text, nullable=False, index=True),
        sa.Column("prompt", sa.Text),
        sa.Column("task_type", sa.Text, nullable=False),
        sa.Column("agents", JSONB, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("errors", JSONB, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("rating", sa.Text, comment="good or bad, from the person"),
        sa.Column("note", sa.Text),
    )


def _create_chains() -> None:
    op.create_table(
        "chains",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("as_of", MOMENT, nullable=False),
        sa.Column("spot", sa.Float, nullable=False),
        sa.Column("spot_from", sa.Text, nullable=False, comment="given, file or parity"),
        sa.Column("stock", JSONB, nullable=False),
        sa.Column("contracts", sa.Integer, nullable=False),
        sa.Column("quotes", sa.LargeBinary, nullable=False, comment="trading.packing"),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.UniqueConstraint("symbol", "as_of"),
    )
