"""The tools query_plan and scratch_postgres as an agent meets them, and a plan in words."""

from pathlib import Path
from typing import Any

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from loops import bench_in

from graph.errors import BadInput
from tools.agents.kit import Kit, tools_for
from tools.code.scratch_postgres_plan import told
from tools.routing.registries import own_registry

SLOW = "SELECT * FROM quotes WHERE symbol = 'S7'"
EVIDENCE = "content_and_artifact"
ROWS = "INSERT INTO quotes SELECT 'S' || i % 5000, i FROM generate_series(1, 20000) i"


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    """A task that has added a migration with an index."""
    checkout = Checkout(tmp_path / "WheelStrategy")
    checkout.folder.mkdir()
    checkout.git("init", "--quiet")
    checkout.write("migrations/1_quotes.sql", "CREATE TABLE quotes (symbol text, price numeric);\n")
    checkout.commit(README__md="# Wheel\n")
    kit = Kit(bench_in(checkout), "all")
    kit.write("migrations/2_index.sql", "CREATE INDEX quotes_symbol ON quotes (symbol);\n")
    return kit


def node(kind: str, rows: float, **more: Any) -> dict[str, Any]:
    """A node of a plan as PostgreSQL's JSON has it."""
    expected = {"Plan Rows": rows, "Total Cost": 10.0, "Shared Hit Blocks": 5, "Shared Read Blocks": 2}
    happened = {"Actual Rows": float(rows), "Actual Loops": 1, "Actual Total Time": 1.5}
    return {"Node Type": kind, **expected, **happened, **more}


def words(top: dict[str, Any]) -> str:
    return told({"Plan": top, "Planning Time": 0.1, "Execution Time": 2.0})


@needs_bubblewrap
def test_the_plan_before_the_task_and_the_plan_now_differ_by_what_the_task_added(kit: Kit) -> None:
    before, facts_before = kit.query_plan(SLOW, seeds=[ROWS], before=True)
    now, facts_now = kit.query_plan(SLOW, seeds=[ROWS])
    assert "schema: migrations/1_quotes.sql; rows: quotes 20000" in before
    assert "- Seq Scan on quotes reads 20000 rows and throws 19996 away" in before
    assert "schema: migrations/1_quotes.sql, migrations/2_index.sql;" in now
    assert "Seq Scan" not in now and "quotes_symbol" in now
    assert facts_now["seconds"] < facts_before["seconds"]
    assert [(facts["exit_code"], facts["before"]) for facts in (facts_before, facts_now)] == [(0, True), (0, False)]
    assert facts_now["argv"] == f"explain analyze {SLOW}"


@needs_bubblewrap
def test_what_is_stopped_is_evidence_too_and_a_file_that_was_not_there_before_is_named(kit: Kit) -> None:
    files = ["migrations/1_quotes.sql", "migrations/2_index.sql"]
    said, facts = kit.query_plan("SELECT pg_sleep(600)", files, before=True, timeout_s=1)
    assert said.splitlines() == [
        "exit code 1",
        "schema: migrations/1_quotes.sql; rows: quotes 0; a plan on so few proves nothing, so give `seeds`",
        "migrations/2_index.sql was not there before this task and is left out.",
        "ERROR: the statement was stopped, it took longer than 1 s",
    ]
    assert (facts["exit_code"], facts["stopped_by"], facts["before"]) == (1, "time", True)


@needs_bubblewrap
def test_sql_is_run_and_its_output_shown_and_a_seed_may_be_a_file(kit: Kit) -> None:
    kit.write("tests/rows.sql", ROWS)
    sql = "DELETE FROM quotes WHERE price > 100; SELECT count(*) AS left_over FROM quotes"
    said, facts = kit.scratch_postgres(sql, seeds=["tests/rows.sql"])
    assert " left_over \n-----------\n       100\n(1 row)" in said
    assert (facts["argv"], facts["exit_code"], facts["is_boxed"]) == (f"psql {sql}", 0, True)


@pytest.mark.parametrize("statement", ["", " ; ", "EXPLAIN (ANALYZE, BUFFERS)"])
def test_without_a_statement_there_is_nothing_to_explain(kit: Kit, statement: str) -> None:
    with pytest.raises(BadInput, match=r"^The statement is empty\.$"):
        kit.query_plan(statement)


def test_the_database_optimizer_is_offered_both_and_told_how_they_are_filled(kit: Kit) -> None:
    offered = {tool.name: tool for tool in tools_for(own_registry().agents["database_optimizer"], kit._bench)}
    assert offered["query_plan"].response_format == offered["scratch_postgres"].response_format == EVIDENCE
    assert set(offered["query_plan"].args) == {"statement", "schema_files", "seeds", "before", "timeout_s"}


def test_a_plan_is_told_with_what_it_was_told_to_do() -> None:
    scan = node("Index Scan", 3, **{"Index Name": "quotes_symbol", "Relation Name": "quotes", "Index Cond": "(a = 1)"})
    said = words(node("Sort", 3, **{"Sort Key": ["price", "symbol DESC"], "Sort Method": "quicksort", "Plans": [scan]}))
    assert said.splitlines() == [
        "3 rows; planning 0.10 ms, execution 2.00 ms; buffers 5 hit 2 read; top node Sort",
        "- nothing suspicious in the plan",
        "",
        "Sort (cost 10, 3 rows expected, 3 came, 1.50 ms, 5 hit 2 read)",
        "  Sort Key: price, symbol DESC",
        "  Sort Method: quicksort",
        "  ->  Index Scan using quotes_symbol on quotes (cost 10, 3 rows expected, 3 came, 1.50 ms, 5 hit 2 read)",
        "        Index Cond: (a = 1)",
    ]


@pytest.mark.parametrize(
    ("top", "suspicion"),
    [
        (
            node("Seq Scan", 5, **{"Relation Name": "t", "Rows Removed by Filter": 9995}),
            "Seq Scan on t reads 10000 rows",
        ),
        (node("Index Scan", 1, **{"Rows Removed by Filter": 5000}), "Index Scan throws 5000 rows away and keeps 1"),
        (node("Sort", 5, **{"Sort Space Type": "Disk"}), "Sort did not fit into work_mem and went to disk"),
        (node("Hash", 5, **{"Hash Batches": 4}), "Hash did not fit into work_mem and went to disk"),
        (node("Hash Join", 5, **{"Actual Rows": 5000.0}), "Hash Join: 5 rows were expected and 5000 came"),
    ],
)
def test_what_a_reader_of_plans_would_point_at_comes_first(top: dict[str, Any], suspicion: str) -> None:
    assert words(node("Limit", 1, Plans=[top])).splitlines()[1].startswith(f"- {suspicion}")


def test_fewer_rows_than_expected_are_no_suspicion_where_a_limit_stops_early() -> None:
    early = node("Index Scan", 50_000, **{"Actual Rows": 5.0})
    assert "- nothing suspicious in the plan" in words(node("Limit", 5, Plans=[node("Sort", 5, Plans=[early])]))
    assert "- Index Scan: 50000 rows were expected and 5 came" in words(node("Sort", 5, Plans=[early]))


def test_small_tables_read_whole_and_nodes_never_run_are_no_suspicion() -> None:
    small = node("Seq Scan", 200, **{"Relation Name": "sectors"})
    unused = node("Seq Scan", 90_000, **{"Actual Rows": 0.0, "Actual Loops": 0})
    said = words(node("Append", 200, Plans=[small, unused]))
    assert "- nothing suspicious in the plan" in said
    assert "never run" in said
