"""The fifth gate in a real box: slower and heavier programs, queries without their index, and what it leaves alone."""

import json
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from changed_project import Texts, changed_project, failing, judged, told
from checkouts import QUICK

from tools.checks.side_by_side import Bench, read_run
from tools.checks.sql_in_code import asks_of, queries_in, spelled
from tools.checks.stand import open_stand
from tools.checks.verdict import Verdict
from tools.code.limits import Ran
from tools.code.sandbox import Sandbox

pytestmark = needs_bubblewrap

RANKING = """def rank(rows):
    kept = []
    for row in rows:
        kept.append(row * row)
    return sorted(kept)
"""
SLOW = RANKING.replace("kept.append(row * row)", "kept.append(sum(row * row for _ in range(20)) // 20)")
BENCH = "from ranking import rank\n\nrank(range(100_000))\n"
TIMED = '[performance]\nbenchmarks = ["python bench.py"]\nruns = 3\n'
BASE = {"ranking.py": RANKING, "bench.py": BENCH, ".magnus.toml": TIMED, "README.md": "# Ranking\n"}
OTHERWISE = RANKING.replace("kept", "found")
TESTS = "from ranking import rank\n\n\ndef test_rank():\n    assert len(rank(range(150_000))) == 150_000\n"
CRITICAL = '[gates]\ncritical_paths = ["ranking.py"]\n'


def performance(folder: Path, base: Texts, edits: Texts) -> Verdict:
    return judged("performance", folder, base, edits)


def test_a_slowdown_is_found_with_the_benchmark_of_the_base(tmp_path: Path) -> None:
    edits = {"ranking.py": SLOW, "bench.py": "print('quick')\n", ".magnus.toml": ""}
    verdict = performance(tmp_path / "p", BASE, edits)
    assert failing(verdict).keys() == {"slower"}
    assert "times as long" in failing(verdict)["slower"]
    assert verdict.checked.counts["benchmark_1_runs"] >= 6


def test_a_change_that_is_as_quick_passes(tmp_path: Path) -> None:
    verdict = performance(tmp_path / "p", BASE, {"ranking.py": OTHERWISE})
    assert verdict.state == "passed"
    assert verdict.checked.counts["benchmark_1_base_ms"] > 0


def test_more_memory_than_is_allowed_fails(tmp_path: Path) -> None:
    heavy = RANKING.replace("    kept = []", "    room = bytearray(150_000_000)\n    kept = []")
    light = TIMED.replace("runs = 3", "runs = 3\ntolerance_pct = 1000\nmemory_mb = 100")
    allowed = {**BASE, ".magnus.toml": light, "bench.py": "from ranking import rank\n\nrank([1])\n"}
    assert failing(performance(tmp_path / "a", allowed, {"ranking.py": heavy})).keys() == {"memory"}
    already = {**allowed, "ranking.py": heavy}
    verdict = performance(tmp_path / "b", already, {"ranking.py": heavy.replace("kept", "found")})
    assert verdict.state == "passed"
    assert "on the base it is" in told(verdict)["memory"]


def test_a_benchmark_that_breaks_fails_and_one_that_never_worked_is_no_pass(tmp_path: Path) -> None:
    broken = performance(tmp_path / "a", BASE, {"ranking.py": RANKING.replace("def rank", "def ranked")})
    assert failing(broken).keys() == {"benchmark"}
    never = performance(tmp_path / "b", {**BASE, "bench.py": "raise SystemExit(3)\n"}, {"ranking.py": OTHERWISE})
    assert (never.state, failing(never)) == ("failed", {})
    assert "tells nothing" in never.checked.skipped_because


def test_what_changes_nothing_that_runs_is_skipped(tmp_path: Path) -> None:
    for name, edits in (("a", {"README.md": "# Ranks\n"}), ("b", {"ranking.py": f'"""Ranks."""\n{RANKING}'})):
        verdict = performance(tmp_path / name, BASE, edits)
        assert (verdict.state, verdict.passed, verdict.checked.commands) == ("skipped", True, ())


def test_a_critical_path_without_a_benchmark_is_timed_by_its_tests(tmp_path: Path) -> None:
    base = {"ranking.py": RANKING, "tests/test_ranking.py": TESTS, ".magnus.toml": CRITICAL}
    base["pytest.ini"] = f"[pytest]\naddopts = {QUICK}\n"
    assert failing(performance(tmp_path / "p", base, {"ranking.py": SLOW})).keys() == {"slower"}


def test_a_critical_path_that_nothing_times_waits_for_a_person(tmp_path: Path) -> None:
    verdict = performance(tmp_path / "p", {"ranking.py": RANKING, ".magnus.toml": CRITICAL}, {"ranking.py": SLOW})
    assert verdict.state == "waiting"
    assert "ranking.py, which is critical" in verdict.checked.waits_for


def test_a_report_that_the_clock_outside_contradicts_is_not_believed(tmp_path: Path) -> None:
    def told_after(seconds: float) -> str:
        told = {"seconds": 0.5, "memory_mb": 10.0}
        (tmp_path / "told.json").write_text(json.dumps(told), encoding="utf-8")
        return read_run(Ran(("sh",), 0, seconds, "", ""), tmp_path).trouble

    assert [told_after(0.6), told_after(2.0)] == ["", ""]
    assert [bool(told_after(0.1)), bool(told_after(30.0))] == [True, True]
    (tmp_path / "told.json").unlink()
    assert read_run(Ran(("sh",), 0, 1.0, "", ""), tmp_path).trouble == "left no times"


STORE = '''"""Quotes."""

import sqlite3

SCHEMA = """
CREATE TABLE quotes (id INTEGER PRIMARY KEY, symbol TEXT, day TEXT, price REAL);
CREATE INDEX quotes_symbol ON quotes (symbol, day);
"""


def prices(database, symbol):
    return database.execute("SELECT price FROM quotes WHERE symbol = ? ORDER BY day", (symbol,)).fetchall()
'''
LOST = {
    "a function around the column": ("WHERE symbol = ?", "WHERE upper(symbol) = upper(?)"),
    "another way to compare": ("WHERE symbol = ?", "WHERE symbol LIKE '%' || ? || '%'"),
    "the index itself": ("CREATE INDEX quotes_symbol ON quotes (symbol, day);\n", ""),
}


@pytest.mark.parametrize("what", LOST)
def test_a_query_that_loses_its_index_is_found(what: str, tmp_path: Path) -> None:
    old, new = LOST[what]
    verdict = performance(tmp_path / "p", {"store.py": STORE}, {"store.py": STORE.replace(old, new)})
    assert failing(verdict).keys() == {"slower-query"}
    assert "found rows of quotes by an index on symbol" in failing(verdict)["slower-query"]


def test_a_query_that_keeps_its_index_passes(tmp_path: Path) -> None:
    new = STORE.replace("WHERE symbol = ?", "WHERE symbol = ? AND price > 0 AND day > '2026'").replace("price F", "* F")
    verdict = performance(tmp_path / "p", {"store.py": STORE}, {"store.py": new})
    assert verdict.state == "passed"
    assert verdict.checked.counts["queries_compared"] == 1


def test_a_query_on_postgres_that_loses_its_index_is_found_without_a_row(tmp_path: Path) -> None:
    base = {
        "db/schema.sql": "CREATE TABLE quotes (symbol text, price numeric);\nCREATE INDEX ON quotes (symbol);\n",
        "store.py": 'def of(db, name):\n    return db.fetch("SELECT price FROM quotes WHERE symbol = %s", name)\n',
    }
    bad = base["store.py"].replace("symbol = %s", "lower(symbol) = %s")
    assert failing(performance(tmp_path / "p", base, {"store.py": bad})).keys() == {"slower-query"}


def test_a_question_that_a_loop_repeats_is_found(tmp_path: Path) -> None:
    once = 'def of(db, names):\n    return db.execute("SELECT price FROM quotes WHERE symbol = ANY(%s)", names)\n'
    each = (
        "def of(db, names):\n    found = []\n    for name in names:\n"
        '        found += db.execute("SELECT price FROM quotes WHERE symbol = %s", name)\n    return found\n'
    )
    assert failing(performance(tmp_path / "a", {"store.py": once}, {"store.py": each})).keys() == {"query-in-loop"}
    assert failing(performance(tmp_path / "b", {"store.py": each}, {"store.py": once})) == {}
    portions = each.replace("for name in names", "for chunk in chunks(names)")
    assert asks_of(portions)["of"].repeated == ()


def test_declared_queries_keep_to_their_limit(tmp_path: Path) -> None:
    rules = (
        '[performance]\nquery_s = 0.2\n\n[integration]\nschema_files = ["db/schema.sql"]\n\n[[integration.queries]]\n'
    )
    view = "CREATE VIEW late AS SELECT pg_sleep({})::text AS nothing;\n"
    base = {
        ".magnus.toml": f'{rules}name = "late"\nsql = "SELECT * FROM late"\n',
        "db/schema.sql": f"CREATE TABLE quotes (symbol text);\n{view.format(0)}",
    }
    bad = base["db/schema.sql"].replace("pg_sleep(0)", "pg_sleep(2)")
    verdict = performance(tmp_path / "p", base, {"db/schema.sql": bad})
    assert failing(verdict) == {"slow-query": "The query late takes longer than 0.2 s."}


def test_a_page_keeps_to_its_limit(tmp_path: Path) -> None:
    pytest.importorskip("streamlit")
    page = "import time\n\nimport streamlit as st\n\ntime.sleep(0)\nst.write(1)\n"
    base = {"app.py": page, ".magnus.toml": "[performance]\npage_s = 0.8\n"}
    verdict = performance(tmp_path / "p", base, {"app.py": page.replace("sleep(0)", "sleep(1.5)")})
    assert failing(verdict).keys() == {"slow-page"}


def test_the_files_of_a_benchmark_are_known_by_its_words_and_its_folder(tmp_path: Path) -> None:
    base = {"bench.py": "1\n", "benchmarks/data.py": "1\n", "perf_of_all.py": "1\n"}
    change = changed_project(tmp_path / "p", base, dict.fromkeys(base, "2\n"))
    with open_stand(change, Sandbox()) as stand:
        assert Bench(stand, 1, 0.0).files_of("python ./bench.py --all") == ["bench.py", "benchmarks/data.py"]


def test_sql_in_code_is_read_with_its_open_values() -> None:
    found = list(
        queries_in("store.py", 'Q = "SELECT a " + "FROM t"\n\n\ndef f():\n    """SELECT a FROM t, it says."""\n')
    )
    assert [(one.place, one.sql) for one in found] == [("store.py::Q::1", "SELECT a FROM t")]
    assert spelled("SELECT a::text FROM t WHERE b = :b AND c LIKE '%s' AND d = :b", True) == (
        "SELECT a::text FROM t WHERE b = $1 AND c LIKE '%s' AND d = $1"
    )
