"""One runner a thread, effects once: leases with epochs, the fence, effects, attempts, artifacts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)

FENCE = """
CREATE FUNCTION magnus_fence(thread text, mine bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM threads WHERE thread_id = thread AND epoch = mine FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'thread % is not run under epoch %', thread, mine USING ERRCODE = 'MG001';
    END IF;
END $$
"""


def upgrade() -> None:
    _create_threads()
    _create_effects()
    _create_artifacts()
    op.execute(FENCE)
    for counter in ("attempts", "rollbacks"):
        op.add_column("runs", sa.Column(counter, sa.Integer, nullable=False, server_default="0"))
    op.execute("INSERT INTO threads (thread_id, epoch) SELECT DISTINCT thread_id, 0 FROM runs")


def _create_threads() -> None:
    op.create_table(
        "threads",
        sa.Column("thread_id", sa.Text, primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False, comment="goes up with every claim"),
        sa.Column("owner", sa.Text, comment="host, process and start of who runs it; empty when nobody does"),
        sa.Column("claimed_at", MOMENT),
        sa.Column("beaten_at", MOMENT, comment="the owner's last heartbeat"),
        sa.Column("leased_until", MOMENT),
    )


def _create_effects() -> None:
    op.create_table(
        "effects",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("thread_id", sa.Text, nullable=False, index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False, comment="intended, done or doubtful"),
        sa.Column("result", JSONB),
        sa.Column("intended_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT),
    )


def _create_artifacts() -> None:
    op.create_table(
        "artifacts",
        sa.Column("thread_id", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True, comment="SHA-256 of the content"),
        sa.Column("content", sa.LargeBinary, nullable=False, comment="JSON, compressed with zlib"),
        sa.Column("size", sa.Integer, nullable=False, comment="bytes before compression"),
        sa.Column("made_at", MOMENT, nullable=False, server_default=sa.func.now()),
    )
