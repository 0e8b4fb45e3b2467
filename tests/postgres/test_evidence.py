"""Evidence is kept as it was written, whoever asks; a person answers for a finding of one tree."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from verdicts import BASE, LOG, NOW, SUBJECT, TREE, evidence_of_five, kept, verdict

from checkpoints.backup import back_up, restore
from checkpoints.database import Database, open_database
from checkpoints.deliveries import latest_deliveries, record_delivery
from checkpoints.evidence import accept_finding, accepted, latest_evidence, log_of
from checkpoints.fence import Fence, LeaseLost
from checkpoints.leases import leased
from checkpoints.retention import prune
from checkpoints.tree_results import KEPT_FOR, TreeResults
from graph.errors import BadInput
from graph.settings import Settings
from tools.checks.findings import Finding

FAILING = Finding("tests/test_app.py", 7, "failed", "test_total fails", "critical")
TAMPER = Finding("conftest.py", 1, "conftest", "It can hide tests.", is_acceptable=True)
FOR_GOOD = ("evidence_logs", "evidence", "acceptances", "deliveries")
OTHER_TREE = "c" * 40


def fill(database: Database) -> None:
    """A row in each of the tables."""
    ids = evidence_of_five(database)
    kept(database, verdict("tests", TAMPER))
    accept_finding(database, TREE, TAMPER.id, "ada", "It only names a marker.", NOW)
    record_delivery(database, "r/deliver", SUBJECT, "Total counts fees", "branch", "magnus/total", ids, NOW)


def rows(database: Database) -> dict[str, int]:
    with database.begin() as connection:
        return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in FOR_GOOD}


def test_what_a_gate_saw_comes_back(database: Database) -> None:
    subject = replace(SUBJECT, purpose="fix_bug", thread_id="t", request_id=str(uuid4()))
    number = kept(database, verdict("tests", FAILING), subject)
    row = latest_evidence(database, TREE, BASE)["tests"]
    assert (row["id"], row["state"], row["mandatory"], row["seconds"], row["at"]) == (number, "failed", True, 1.5, NOW)
    assert (row["counts"], row["versions"]) == ({"passed": 3, "failed": 1}, {"pytest": "9.0"})
    assert row["findings"] == [FAILING.to_json()]
    assert (row["purpose"], row["thread_id"], str(row["request_id"])) == ("fix_bug", "t", subject.request_id)
    digest = hashlib.sha256(LOG.rstrip("\n").encode()).hexdigest()
    assert row["commands"] == [{"argv": ["pytest", "-q"], "exit_code": 1, "seconds": 1.25, "log": digest}]
    assert log_of(database, digest) == LOG.rstrip("\n")


def test_a_log_is_kept_once_and_compressed(database: Database) -> None:
    evidence_of_five(database)
    with database.begin() as connection:
        count, packed, size = connection.execute(
            text("SELECT count(*), sum(length(content)), sum(size) FROM evidence_logs")
        ).one()
    assert (count, size) == (1, len(LOG) - 1)
    assert packed < size / 10


def test_a_log_nobody_kept_is_one_sentence(database: Database) -> None:
    with pytest.raises(BadInput, match="no log 123"):
        log_of(database, "123")


def test_the_newest_row_of_each_gate_on_that_tree_and_base_counts(database: Database) -> None:
    kept(database, verdict("tests", FAILING))
    newest = kept(database, verdict("tests"))
    syntax = kept(database, verdict("syntax"))
    kept(database, verdict("tests", FAILING), replace(SUBJECT, tree=OTHER_TREE))
    kept(database, verdict("tests", FAILING), replace(SUBJECT, base=OTHER_TREE))
    beside = kept(database, verdict("review"), replace(SUBJECT, project="/somewhere/wheel/tool"))
    found = latest_evidence(database, TREE, BASE)
    assert {gate: row["id"] for gate, row in found.items()} == {"tests": newest, "syntax": syntax, "review": beside}
    assert latest_evidence(database, TREE, BASE, SUBJECT.project).keys() == {"tests", "syntax"}


def test_names_that_are_no_text_do_not_lose_the_verdict(database: Database) -> None:
    odd = Finding("caf\udce9.py", 1, "parse", "a \0 and a \ud800 in it")
    kept(database, verdict("syntax", odd))
    (found,) = latest_evidence(database, TREE, BASE)["syntax"]["findings"]
    assert found["file"] == "caf?.py"
    assert (found["id"], found["message"]) == (odd.id, "a \ufffd and a ? in it")


@pytest.mark.parametrize("table", FOR_GOOD)
@pytest.mark.parametrize("how", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_no_row_is_changed_or_removed_by_the_owner_of_the_tables(database: Database, table: str, how: str) -> None:
    fill(database)
    before = rows(database)
    change = {"evidence_logs": "size = 0", "acceptances": "who = 'me'", "deliveries": "what = ''"}
    for mode in ("origin", "replica"):
        with pytest.raises(DBAPIError, match="kept as they were written"), database.begin() as connection:
            connection.execute(text(f"SET LOCAL session_replication_role = {mode}"))
            connection.execute(text(how.format(table, change.get(table, "state = 'passed'"))))
    assert rows(database) == before
    assert min(before.values()) > 0


def test_evidence_outlives_the_thread_and_every_retention(database: Database) -> None:
    fill(database)
    before = rows(database)
    prune(database, NOW + timedelta(days=10_000))
    assert rows(database) == before
    assert log_of(database, latest_evidence(database, TREE, BASE)["tests"]["commands"][0]["log"])


def test_a_backup_comes_back_with_its_rows_and_its_rules(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    fill(database)
    before = rows(database)
    back_up(database, tmp_path / "dump")
    kept(database, verdict("syntax"))
    restore(database, tmp_path / "dump")
    fresh = open_database(settings)
    assert rows(fresh) == before
    assert latest_deliveries(fresh)[0]["what"] == "Total counts fees"
    with pytest.raises(DBAPIError, match="kept as they were written"), fresh.begin() as connection:
        connection.execute(text("DELETE FROM evidence"))
    with pytest.raises(DBAPIError, match="no evidence that passes"), fresh.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO deliveries (key, what, project, tree, base, mode, branch, evidence, red, at)"
                " VALUES ('k', '', '', :tree, :tree, 'branch', '', '{}', '{}', now())"
            ),
            {"tree": TREE},
        )
    fresh.close()


def test_a_row_of_an_older_epoch_is_not_kept(database: Database) -> None:
    with leased(database, "t", 5, lambda: None) as lease:
        fence = Fence("t", lease.epoch)
        kept(database, verdict("syntax"), fence=fence)
        with pytest.raises(LeaseLost):
            kept(database, verdict("tests"), fence=replace(fence, epoch=fence.epoch - 1))
    assert latest_evidence(database, TREE, BASE).keys() == {"syntax"}


def test_a_person_answers_for_a_finding_of_one_tree(database: Database) -> None:
    kept(database, verdict("tests", TAMPER))
    kept(database, verdict("tests", TAMPER), replace(SUBJECT, tree=OTHER_TREE))
    told = accept_finding(database, TREE, TAMPER.id, "ada", "It only names a marker.", NOW)
    assert told == TAMPER.to_json()
    accept_finding(database, TREE, TAMPER.id, "eve", "So do I.", NOW)
    assert accepted(database, TREE) == {TAMPER.id: "ada"}
    assert accepted(database, OTHER_TREE) == {}


def test_nobody_answers_for_what_no_gate_saw_or_what_cannot_be_accepted(database: Database) -> None:
    kept(database, verdict("tests", FAILING))
    with pytest.raises(BadInput, match="has to be put right"):
        accept_finding(database, TREE, FAILING.id, "ada", "Later.", NOW)
    kept(database, verdict("tests", TAMPER), replace(SUBJECT, tree=OTHER_TREE))
    with pytest.raises(BadInput, match="No gate saw"):
        accept_finding(database, TREE, TAMPER.id, "ada", "Fine.", NOW)
    assert (accepted(database, TREE), accepted(database, OTHER_TREE)) == ({}, {})


def test_results_of_a_tree_are_found_again_for_a_month_and_by_their_project(database: Database) -> None:
    memory = TreeResults(database, "/somewhere/wheel", NOW)
    assert memory.get("k") is None
    memory.put("k", {"passed": 3})
    memory.put("k", {"passed": 4})
    assert memory.get("k") == {"passed": 4}
    assert replace(memory, project="/somewhere/else").get("k") is None
    later = replace(memory, now=NOW + KEPT_FOR)
    assert later.get("k") is None
    later.put("other", {})
    assert memory.get("k") is None
