"""The third gate in a real box: tests marked so, commands, pages, queries, and what it leaves alone."""

from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from changed_project import changed_project, failing, judged, told

from tools.checks.marked_tests import marked_files
from tools.checks.pages import pages_reached
from tools.checks.verdict import Verdict

pytestmark = needs_bubblewrap

TOTALS = "def total(rows):\n    return sum(rows)\n"
WRONG = TOTALS.replace("sum(rows)", "sum(rows) + len(rows)")
PLAIN = {"totals.py": TOTALS, "README.md": "# Totals\n"}
MARKED = """import pytest

from totals import total


@pytest.mark.integration
def test_sum():
    assert total([1, 2]) == 3


def test_not_marked():
    assert total([]) == 1
"""
LEFT_OUT = (
    '[tool.pytest.ini_options]\naddopts = "-m \'not integration and not live\'"\nmarkers = ["integration", "live"]\n'
)
LIVE = MARKED.replace("@pytest.mark.integration", "@pytest.mark.integration\n@pytest.mark.live")
PAGE = 'import streamlit as st\n\nfrom totals import total\n\nst.metric("Total", total([1, 2]))\n'


def integration(folder: Path, base: dict[str, str], edits: dict[str, str | None]) -> Verdict:
    return judged("integration", folder, base, edits)


def test_a_change_that_nobody_sees_is_skipped(tmp_path: Path) -> None:
    words = integration(tmp_path / "a", PLAIN, {"README.md": "# Sums\n"})
    comment = integration(tmp_path / "b", PLAIN, {"totals.py": f"# Adds.\n{TOTALS}"})
    assert [(one.state, one.passed) for one in (words, comment)] == [("skipped", True)] * 2


def test_marked_tests_that_the_usual_run_leaves_out_are_run_and_no_others(tmp_path: Path) -> None:
    base = {**PLAIN, "pyproject.toml": LEFT_OUT, "tests/test_all.py": MARKED, "tests/test_live.py": LIVE}
    verdict = integration(tmp_path / "p", base, {"totals.py": WRONG})
    assert failing(verdict).keys() == {"integration-test"}
    assert "test_sum passed on the base" in failing(verdict)["integration-test"]
    assert verdict.checked.counts["marked_failed"] == 1


def test_a_project_that_is_strict_about_marks_need_not_declare_ours(tmp_path: Path) -> None:
    strict = '[tool.pytest.ini_options]\naddopts = "--strict-markers"\nmarkers = ["live"]\n'
    aside = "# as in mark.integration\n\n\ndef test_nothing():\n    assert True\n"
    base = {**PLAIN, "pyproject.toml": strict, "tests/test_aside.py": aside}
    verdict = integration(tmp_path / "p", base, {"totals.py": f"{TOTALS}\n\nMORE = 1\n"})
    assert (verdict.state, verdict.checked.skipped_because) == ("passed", "")


def test_tests_in_a_folder_for_it_are_found_and_those_that_failed_before_are_not_blamed(tmp_path: Path) -> None:
    base = {**PLAIN, "tests/e2e/test_all.py": MARKED.replace("@pytest.mark.integration\n", "")}
    change = changed_project(tmp_path / "a", base, {"totals.py": TOTALS + "\n\nMORE = 1\n"})
    assert marked_files(change, change.tree) == (["tests/e2e/test_all.py"], [])
    verdict = integration(tmp_path / "b", base, {"totals.py": TOTALS + "\n\nMORE = 1\n"})
    assert verdict.state == "passed"
    assert "test_not_marked" in told(verdict)["fails-on-the-base-too"]


def test_a_new_test_that_misses_the_network_is_told(tmp_path: Path) -> None:
    new = "import socket\n\n\ndef test_far():\n    assert socket.create_connection(('192.0.2.1', 9), timeout=1)\n"
    bad = new.replace("socket.create_connection(('192.0.2.1', 9), timeout=1)", "0")
    far = {"tests/integration/test_far.py": new.replace("import socket", "import socket  # 1"), "totals.py": WRONG}
    verdict = integration(tmp_path / "a", PLAIN, {**far})
    assert verdict.state == "passed"
    assert "cannot run in the box" in told(verdict)["integration-test"]
    assert failing(integration(tmp_path / "b", PLAIN, {**far, "tests/integration/test_far.py": bad}))


COMMAND = '[integration]\ncommands = ["python check.py && test -d ."]\n'
CHECK = "from totals import total\n\nassert total([1, 2]) == 3\n"


def test_a_declared_command_is_run_as_the_base_has_it(tmp_path: Path) -> None:
    base = {**PLAIN, ".magnus.toml": COMMAND, "check.py": CHECK}
    assert integration(tmp_path / "a", base, {"totals.py": TOTALS + "\n\nMORE = 1\n"}).state == "passed"
    assert failing(integration(tmp_path / "b", base, {"totals.py": WRONG})).keys() == {"command"}
    bent = integration(tmp_path / "c", base, {"totals.py": WRONG, "check.py": "print('fine')\n"})
    assert failing(bent).keys() == {"command-changed"}
    undeclared = {"totals.py": WRONG, ".magnus.toml": ""}
    assert failing(integration(tmp_path / "d", base, undeclared)).keys() == {"command"}


def test_a_command_that_nobody_can_run_is_no_pass(tmp_path: Path) -> None:
    base = {**PLAIN, ".magnus.toml": '[integration]\ncommands = ["no-such-program --all"]\n'}
    verdict = integration(tmp_path / "p", base, {"totals.py": WRONG})
    assert verdict.state == "failed"
    assert "cannot be run here" in verdict.checked.skipped_because


def test_pages_that_a_change_reaches_are_loaded(tmp_path: Path) -> None:
    pytest.importorskip("streamlit")
    base = {**PLAIN, "app.py": PAGE, "pages/old.py": "import streamlit as st\n\nst.write(1 / 0)\n"}
    verdict = integration(tmp_path / "p", base, {"totals.py": TOTALS.replace("sum(rows)", "rows['all']")})
    found = [one for one in verdict.checked.findings if one.fails]
    assert [(one.file, one.line, one.rule) for one in found] == [("totals.py", 2, "page")]
    assert "app.py loaded on the base and does not load: TypeError" in found[0].message


def test_a_page_that_failed_before_is_told_and_a_new_one_that_fails_is_blamed(tmp_path: Path) -> None:
    pytest.importorskip("streamlit")
    broken = "import streamlit as st\n\nst.write(1 / 0)\n"
    base = {**PLAIN, "app.py": broken}
    edits: dict[str, str | None] = {"app.py": broken.replace("write", "text"), "pages/new.py": broken}
    verdict = integration(tmp_path / "p", base, edits)
    assert [one.file for one in verdict.checked.findings if one.fails] == ["pages/new.py"]
    assert "fails as it did on the base" in told(verdict)["fails-on-the-base-too"]


def test_only_pages_in_reach_of_the_change_are_loaded(tmp_path: Path) -> None:
    part = "import streamlit as st\n\n\ndef draw():\n    st.write(1)\n"
    base = {
        **PLAIN,
        "app.py": PAGE,
        "desk/__init__.py": "",
        "desk/part.py": part,
        "pages/far.py": "import streamlit as st\n\nst.write(2)\n",
        "pages/near.py": "import streamlit as st\n\nfrom desk import part\n\npart.draw()\n",
    }
    change = changed_project(tmp_path / "a", base, {"desk/part.py": part.replace("1", "3")})
    assert pages_reached(change, ()) == ["pages/near.py"]
    assert pages_reached(change, ("pages/far.py",)) == []
    data = changed_project(tmp_path / "b", base, {"data/rows.csv": "1\n"})
    assert pages_reached(data, ()) == ["app.py", "pages/far.py", "pages/near.py"]


SCHEMA = "CREATE TABLE quotes (symbol text, price numeric);\n"
QUERIES = """[integration]
schema_files = ["db/schema.sql"]

[[integration.queries]]
name = "cheapest"
sql = "SELECT symbol FROM quotes ORDER BY price LIMIT 1"

[[integration.queries]]
name = "never"
sql = "SELECT nothing FROM quotes"
"""


def test_declared_queries_have_to_work_on_the_new_schema(tmp_path: Path) -> None:
    base = {**PLAIN, ".magnus.toml": QUERIES, "db/schema.sql": SCHEMA}
    verdict = integration(tmp_path / "a", base, {"db/schema.sql": SCHEMA.replace("price", "cost")})
    assert failing(verdict) == {"query": 'The query cheapest does not work: column "price" does not exist.'}
    assert "never does not work" in told(verdict)["fails-on-the-base-too"]
    gone = integration(tmp_path / "b", base, {"db/schema.sql": SCHEMA.replace("TABLE", "TABEL")})
    assert "The database cannot be made" in failing(gone)["query"]
