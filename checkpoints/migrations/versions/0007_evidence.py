"""Evidence, acceptances and deliveries, which nobody changes afterwards, and results kept by tree."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0007"
down_revision = "0006"

MOMENT = sa.DateTime(timezone=True)
FOR_GOOD = ("evidence_logs", "evidence", "acceptances", "deliveries")
"""The tables whose rows are never changed and never go, not by retention and not by their owner."""

REFUSE = """
CREATE OR REPLACE FUNCTION magnus_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are kept as they were written: % is refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'MG002';
END $$
"""
NEVER_REWRITTEN = """
CREATE TRIGGER {table}_are_never_rewritten BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION magnus_refuse_rewriting();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_are_never_rewritten;
"""
DEMAND = """
CREATE OR REPLACE FUNCTION magnus_demand_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unproven text;
BEGIN
    SELECT string_agg(wanted.gate, ', ') INTO unproven
    FROM unnest(ARRAY['syntax', 'tests', 'integration', 'review', 'performance']) AS wanted(gate)
    WHERE NOT EXISTS (
        SELECT FROM evidence AS seen
        WHERE seen.id = ANY (NEW.evidence) AND seen.gate = wanted.gate
            AND seen.tree = NEW.tree AND seen.base = NEW.base
            AND (seen.state IN ('passed', 'skipped') OR NOT seen.mandatory)
    );
    IF unproven IS NOT NULL THEN
        RAISE EXCEPTION 'tree % has no evidence that passes for: %', NEW.tree, unproven USING ERRCODE = 'MG003';
    END IF;
    IF cardinality(NEW.evidence) <> 5 THEN
        RAISE EXCEPTION 'a delivery names one piece of evidence a gate' USING ERRCODE = 'MG003';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER deliveries_have_evidence BEFORE INSERT ON deliveries
FOR EACH ROW WHEN (NEW.emergency IS NULL) EXECUTE FUNCTION magnus_demand_evidence();
ALTER TABLE deliveries ENABLE ALWAYS TRIGGER deliveries_have_evidence;
"""


def upgrade() -> None:
    _create_evidence()
    _create_acceptances()
    _create_deliveries()
    _create_tree_results()
    op.execute(REFUSE)
    for table in FOR_GOOD:
        op.execute(NEVER_REWRITTEN.format(table=table))
    op.execute(DEMAND)


def _create_evidence() -> None:
    op.create_table(
        "evidence_logs",
        sa.Column("digest", sa.Text, primary_key=True, comment="SHA-256 of the text"),
        sa.Column("content", sa.LargeBinary, nullable=False, comment="the text, compressed with zlib"),
        sa.Column("size", sa.Integer, nullable=False, comment="bytes before compression"),
        sa.Column("kept_at", MOMENT, nullable=False),
    )
    where = "where the checkout lies, with the folder of the project in it"
    op.create_table(
        "evidence",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column("project", sa.Text, nullable=False, comment=where),
        sa.Column("tree", sa.Text, nullable=False, comment="the git tree the gate looked at"),
        sa.Column("base", sa.Text, nullable=False, comment="the git tree it was compared with"),
        sa.Column("purpose", sa.Text, nullable=False, comment="the task type the change was made for, or nothing"),
        sa.Column("gate", sa.Text, nullable=False),
        sa.Column("mandatory", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("commands", JSONB, nullable=False, comment="argv, exit code, seconds, and the digest of the log"),
        sa.Column("findings", JSONB, nullable=False),
        sa.Column("versions", JSONB, nullable=False),
        sa.Column("skipped_because", sa.Text),
        sa.Column("waits_for", sa.Text),
        sa.Column("thread_id", sa.Text, comment="empty for `magnus gates`"),
        sa.Column("request_id", sa.Uuid),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "gate IN ('syntax', 'tests', 'integration', 'review', 'performance')", name="evidence_is_of_a_gate"
        ),
        sa.CheckConstraint("state IN ('passed', 'failed', 'waiting', 'skipped')", name="evidence_has_a_state"),
    )
    op.create_index("evidence_of_a_tree", "evidence", ["tree", "base", "gate", "id"])


def _create_acceptances() -> None:
    seen = sa.ForeignKey("evidence.id")
    op.create_table(
        "acceptances",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column("evidence_id", sa.BigInteger, seen, nullable=False, comment="where it was seen"),
        sa.Column("finding", sa.Text, nullable=False),
        sa.Column("tree", sa.Text, nullable=False, index=True, comment="the only tree it holds for"),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("btrim(who) <> '' AND btrim(why) <> ''", name="acceptances_say_who_and_why"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column("key", sa.Text, nullable=False, unique=True, comment="the effect it belongs to: one delivery, once"),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("tree", sa.Text, nullable=False, comment="the git tree that was delivered"),
        sa.Column("base", sa.Text, nullable=False, comment="the git tree its gates compared it with"),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("branch", sa.Text, nullable=False, comment="the branch, or the file of a patch"),
        sa.Column("commit", sa.Text, comment="the commit that has the tree"),
        sa.Column("evidence", ARRAY(sa.BigInteger), nullable=False, comment="one row a gate"),
        sa.Column("red", ARRAY(sa.Text), nullable=False, comment="gates without evidence that passes"),
        sa.Column("emergency", sa.Text, comment="why it went past them"),
        sa.Column("approved_by", sa.Text),
        sa.Column("approved_at", MOMENT),
        sa.Column("thread_id", sa.Text),
        sa.Column("request_id", sa.Uuid),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("mode IN ('branch', 'merge', 'patch')", name="deliveries_have_a_mode"),
        sa.CheckConstraint(
            "emergency IS NULL OR (btrim(emergency) <> '' AND approved_by IS NOT NULL AND btrim(approved_by) <> '')",
            name="an_emergency_has_a_reason_and_a_person",
        ),
    )


def _create_tree_results() -> None:
    op.create_table(
        "tree_results",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True, comment="tree, what was looked at, and with which tools"),
        sa.Column("value", JSONB, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
