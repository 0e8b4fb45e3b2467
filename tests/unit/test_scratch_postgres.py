"""The scratch Postgres: made from a project's SQL inside the box, asked, and gone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from boxes import needs_bubblewrap, processes_with

from graph.errors import BadInput
from tools.code.sandbox import Sandbox
from tools.code.scratch_postgres import Asked, Scratch, ask, run_queries
from tools.code.scratch_postgres_files import found_schema

pytestmark = needs_bubblewrap

TABLE = "CREATE TABLE quotes (id int, symbol text NOT NULL, price numeric);\n"
INDEX = "CREATE INDEX quotes_symbol ON quotes (symbol);\n"
ROWS = "INSERT INTO quotes SELECT i, 'S' || i % 50000, i FROM generate_series(1, 200000) i"
FEW = "INSERT INTO quotes SELECT i, 'S' || i, i FROM generate_series(1, 500) i"
SLOW = "SELECT * FROM quotes WHERE symbol = 'S7'"
ENDLESS = "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM r) SELECT count(*) FROM r"
DUMP = """\
CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
CREATE TABLE legs (id uuid DEFAULT uuid_generate_v4(), note text);
ALTER TABLE legs OWNER TO "Desk";
GRANT SELECT ON legs TO reader;
-- migrate:down
DROP TABLE legs;
"""
CAN_START_ITSELF = "import os, sys, tools.code.scratch_postgres; os.stat(os.path.realpath(sys.executable))"
ALONE = f"""
import json
from pathlib import Path
from tools.code.sandbox import Sandbox
from tools.code.scratch_postgres import Scratch, ask
scratch = Scratch(Sandbox(), Path(sys.argv[1]), ["schema.sql"], [{FEW!r}])
[found] = ask(scratch, "script", ["\\\\pset format unaligned\\n\\\\t\\nSELECT count(*) FROM quotes"], 5).results
print(json.dumps([found.error, found.output.strip()]))
"""


def as_nobody(root: Path, python: str, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program with our code in reach as a user who owns nothing, whose Python can start itself; only root can."""
    ids = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    paths = ":".join([str(root), *(path for path in sys.path if path.endswith("site-packages"))])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    words = (*ids, python, "-c", f"{CAN_START_ITSELF}{program}", *words)
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a schema, and an index that is kept apart."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "schema.sql").write_text(TABLE)
    (folder / "index.sql").write_text(INDEX)
    (folder / "secret").write_text("hunter2")
    return folder


@pytest.fixture(scope="module")
def without_index(project: Path) -> Asked:
    """One database asked five things, of which only the first has a good answer."""
    statements = [f"EXPLAIN ANALYZE {SLOW};", "SELECT nope FROM quotes", ENDLESS, "SELECT 1; DROP TABLE quotes"]
    statements.append(f"SELECT pg_read_file('{project}/secret')")
    return ask(Scratch(Sandbox(), project, ["schema.sql"], [ROWS]), "plan", statements, 0.5)


def test_an_index_turns_the_scan_of_a_table_into_one_of_the_index_and_is_faster(
    project: Path, without_index: Asked
) -> None:
    before = without_index.results[0]
    after = ask(Scratch(Sandbox(), project, ["schema.sql", "index.sql"], [ROWS]), "plan", [SLOW], 0.5).results[0]
    assert before.plan["Plan"]["Node Type"] == "Seq Scan"
    assert "Index" in json.dumps(after.plan) and "Seq Scan" not in json.dumps(after.plan)
    assert before.seconds and after.seconds and after.seconds < before.seconds / 5
    assert without_index.tables == {"quotes": 200_000}


def test_a_wrong_statement_is_answered_in_the_words_of_postgres(without_index: Asked) -> None:
    wrong = without_index.results[1]
    assert wrong.error.startswith('column "nope" does not exist')
    assert (wrong.seconds, wrong.is_late) == (None, False)


def test_an_endless_statement_is_stopped_and_said_to_be_too_slow(without_index: Asked) -> None:
    endless = without_index.results[2]
    assert endless.error == "the statement was stopped, it took longer than 0.5 s"
    assert endless.is_late


def test_two_statements_are_not_taken_for_one(without_index: Asked) -> None:
    assert "more than one statement" in without_index.results[3].error


def test_queries_are_timed_and_find_the_same_data_whatever_the_others_did(project: Path) -> None:
    lifted = "SET statement_timeout = 0; LOCK quotes; SELECT pg_sleep(600)"
    statements = ["DELETE FROM quotes", "SELECT pg_sleep(0.6)", lifted, "SELECT 1 / count(*) FROM quotes", "TABLE nope"]
    found = run_queries(Scratch(Sandbox(), project, ["schema.sql"], [FEW]), statements, 0.2)
    deleted, late, stubborn, counted, wrong = found
    assert (deleted.error, counted.error) == ("", "")
    assert counted.seconds is not None and 0 < counted.seconds < 0.2
    assert (late.is_late, stubborn.is_late, wrong.is_late) == (True, True, False)
    assert wrong.error.startswith('relation "nope" does not exist')


def test_a_dump_with_roles_and_extensions_that_are_not_here_loads_and_is_not_taken_back(tmp_path: Path) -> None:
    (tmp_path / "dump.sql").write_text(DUMP)
    asked = ask(
        Scratch(Sandbox(), tmp_path, ["dump.sql"]), "script", ["INSERT INTO legs DEFAULT VALUES; TABLE legs"], 5
    )
    assert asked.results[0].error == ""
    assert "(1 row)" in asked.results[0].output
    assert asked.notes == ["The extension uuid-ossp is not in this Postgres and an empty one stands in for it."]


def test_a_schema_that_does_not_load_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(f"{TABLE}\nCREATE TABEL legs ();\n")
    with pytest.raises(BadInput, match=r'^a\.sql does not load: line 3: syntax error at or near "TABEL"'):
        run_queries(Scratch(Sandbox(), tmp_path, ["a.sql"]), ["SELECT 1"])


def test_a_seed_that_does_not_end_is_stopped(project: Path) -> None:
    scratch = Scratch(Sandbox(), project, ["schema.sql"], ["SELECT pg_sleep(600)"], load_limit_s=0.3)
    with pytest.raises(BadInput, match=r"pg_sleep\(600\) does not load: schema and seed took longer than 0\.3 s"):
        run_queries(scratch, ["SELECT 1"])


@pytest.mark.parametrize("name", ["nope.sql", "../outside.sql", "/own.sql", "link.sql", ""])
def test_a_file_that_is_none_of_the_project_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.sql").write_text(TABLE)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "own.sql").write_text(TABLE)
    (folder / "link.sql").symlink_to(tmp_path / "outside.sql")
    with pytest.raises(BadInput, match="is no file of the project"):
        run_queries(Scratch(Sandbox(), folder, [name]), ["SELECT 1"])


def test_without_a_schema_the_answer_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="name some in `schema_files`, or give CREATE statements in `seeds`"):
        run_queries(Scratch(Sandbox(), tmp_path, []), ["SELECT 1"])


def test_the_schema_is_found_whole_files_first_and_then_migrations_by_number(tmp_path: Path) -> None:
    files = {
        "migrations/10_index.sql": INDEX,
        "migrations/9_quotes.up.sql": TABLE,
        "migrations/9_quotes.down.sql": "ALTER TABLE quotes RENAME TO gone",
        "db/schema.sql": TABLE,
        "db/seeds/rows.sql": f"{TABLE}{ROWS}",
        "sql/get_quotes.sql": SLOW,
        "tests/schema.sql": TABLE,
        "docs/notes.sql": TABLE,
        ".venv/lib/db/schema.sql": TABLE,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert found_schema(tmp_path) == ("db/schema.sql", "migrations/9_quotes.up.sql", "migrations/10_index.sql")


def test_nothing_of_it_is_left_and_nothing_of_the_machine_is_reached(project: Path, without_index: Asked) -> None:
    assert "No such file or directory" in without_index.results[4].error
    assert processes_with("/tmp/postgres/data") == []
    assert sorted(path.name for path in project.iterdir()) == ["index.sql", "schema.sql", "secret"]


def test_with_the_sandbox_off_it_runs_as_the_same_user_as_the_embedded_database(project: Path) -> None:
    asked = ask(Scratch(Sandbox("off"), project, ["schema.sql"], [FEW]), "script", ["SELECT count(*) FROM quotes"], 5)
    assert "500" in asked.results[0].output
    assert not asked.is_boxed


def test_an_ordinary_user_gets_one_too(root: Path) -> None:
    """Root's own Python may lie where nobody else gets; then the system's has to do."""
    system = shutil.which(f"python3.{sys.version_info.minor}", path="/usr/bin")
    python = next(
        (found for found in (sys.executable, system) if found and as_nobody(root, found, "").returncode == 0), None
    )
    if python is None:
        pytest.skip("no Python here that an ordinary user may run, or this is no root")
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "schema.sql").write_text(TABLE)
        done = as_nobody(root, python, ALONE, name)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["", "500"]
