"""A change before the gates, in the whole graph: refused, repaired, approved, delivered, and all of it on record."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout, fingerprint
from coding import NEW_TEST, WISH, buggy_checkout
from langgraph.runtime import RunControl
from langgraph.types import Command
from messages_api import MessagesApi, tool
from refusals import script_a_team_without_a_test, script_the_repair
from whole_team import script_the_whole_team

from checkpoints.deliveries import latest_deliveries
from checkpoints.runs import runs_of
from graph.compiled import DurableGraph
from graph.errors import BadInput, MagnusError
from graph.progress import question_of, steps
from graph.protocol import Request, read_request

pytestmark = needs_bubblewrap
THREAD: Any = {"configurable": {"thread_id": "t"}}
GATES = ["syntax", "tests", "integration", "review", "performance"]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return buggy_checkout(tmp_path / "WheelStrategy")


def wanted(checkout: Checkout) -> dict[str, Request]:
    return {"request": Request(prompt=WISH, project=str(checkout.folder))}


def asked_first(checkout: Checkout) -> None:
    """The project wants each delivery approved, and then merged."""
    checkout.write(".magnus.toml", '[delivery]\nmode = "merge"\nneeds_approval = true\n[gates]\nmutants = 0\n')
    checkout.commit()


def test_a_fix_without_a_test_goes_back_and_is_delivered_with_one(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    script_a_team_without_a_test(api)
    script_the_repair(api, 6, tool("write", path="tests/test_missing.py", content=NEW_TEST))
    before = fingerprint(checkout.folder)
    response = graph.invoke(wanted(checkout), THREAD)["response"]
    result = response["result"]
    assert (response["status"], response["errors"]) == ("success", [])
    assert [(one["gate"], one["state"] in ("passed", "skipped")) for one in result["gates"]] == [
        (gate, True) for gate in GATES
    ]
    (row,) = latest_deliveries(graph.deps.database())
    assert (row["mode"], row["branch"], row["red"]) == ("branch", result["branch"], [])
    assert sorted(row["evidence"]) == sorted(one["id"] for one in result["gates"])
    assert row["tree"] == checkout.git("rev-parse", f"{result['branch']}^{{tree}}")
    assert fingerprint(checkout.folder) == before


def test_a_change_that_stays_wrong_is_given_up_and_no_word_of_a_program_delivers_it(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    checkout.write(".magnus.toml", "[gates]\nattempts = 1\nmutants = 0\n")
    checkout.commit()
    script_a_team_without_a_test(api)
    script_the_repair(api, 6)
    response = graph.invoke(wanted(checkout), THREAD)["response"]
    assert response["status"] == "failure"
    assert response["errors"][0].startswith("Not delivered: tests refused the change 2 times.")
    assert latest_deliveries(graph.deps.database()) == []
    assert response["result"]["branch"] in checkout.branches()
    assert "git merge" not in " ".join(response["next_steps"])

    word = {"approved": True, "who": "Ada", "why": "now", "emergency": "The market opens."}
    with suppress(MagnusError):
        graph.invoke(Command(resume=word), THREAD)
    graph.update_state(THREAD, {"approval": word})
    with suppress(MagnusError):
        graph.invoke(None, THREAD)
    assert latest_deliveries(graph.deps.database()) == []
    for extra in ({"emergency": "now"}, {"approval": word}):
        with pytest.raises(BadInput, match="Extra inputs are not permitted"):
            read_request({"prompt": WISH, "project": str(checkout.folder), **extra})


def test_only_the_command_at_a_terminal_knows_a_way_past_the_gates() -> None:
    """Nothing below the commands takes the way past the gates, or gives an approval the reason for it."""
    root = Path(__file__).parents[2]
    rooms = [path for room in ("graph", "nodes", "tools", "apps") for path in (root / room).rglob("*.py")]
    knowing = {
        path.relative_to(root).as_posix()
        for path in rooms
        if re.search(r"deliver_past_gates|emergency=", path.read_text(encoding="utf-8"))
    }
    assert knowing == {"apps/cli/emergency.py", "tools/checks/emergency.py"}


@pytest.mark.chaos
@pytest.mark.parametrize("is_approved", [True, False])
def test_a_delivery_that_has_to_be_approved_waits_for_its_person(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, is_approved: bool
) -> None:
    asked_first(checkout)
    head = checkout.git("rev-parse", "HEAD")
    script_the_whole_team(api)
    graph.invoke(wanted(checkout), THREAD)
    question = question_of(graph, "t")
    assert question is not None
    assert (question["kind"], question["choices"]) == ("approve", ["yes", "no"])
    assert [one["file"] for one in question["details"]["files"]] == [
        "CHANGELOG.md", "dashboard.py", "tests/test_missing.py",
    ]  # fmt: skip
    assert checkout.git("rev-parse", "HEAD") == head
    answer = {"approved": is_approved, "why": "looks right", "who": "Ada"}
    response = graph.invoke(Command(resume=answer), THREAD)["response"]
    handed = [one["deliverables"] for one in response["result"]["handoffs"]]
    assert [Path(one["file"]).read_text(encoding="utf-8") for one in handed] == [one["text"] for one in handed]
    assert handed[0]["file"].endswith(f"handoffs/{response['request_id']}/01-error_detective/HANDOFF.md")
    if is_approved:
        assert response["result"]["delivery"]["mode"] == "merge"
        assert checkout.git("rev-parse", "HEAD") == response["result"]["delivery"]["commit"] != head
        assert [row["approved_by"] for row in latest_deliveries(graph.deps.database())] == ["Ada"]
    else:
        assert (response["status"], checkout.git("rev-parse", "HEAD")) == ("failure", head)
        assert response["errors"] == ["Not delivered, as Ada said: looks right."]


def waiting(graph: DurableGraph, checkout: Checkout, api: MessagesApi) -> str:
    """The branch of a change that waits to be approved and merged."""
    asked_first(checkout)
    script_the_whole_team(api)
    graph.invoke(wanted(checkout), THREAD)
    (branch,) = checkout.branches()
    return branch


def test_where_the_branch_moved_on_the_gates_look_again_and_the_person_is_asked_again(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    branch = waiting(graph, checkout, api)
    first = question_of(graph, "t")
    theirs = checkout.commit(notes__txt="mine\n")
    graph.invoke(Command(resume={"approved": True, "who": "Ada"}), THREAD)
    second = question_of(graph, "t")
    assert first and second
    assert first["details"]["tree"] != second["details"]["tree"] == checkout.git("rev-parse", f"{branch}^{{tree}}")
    assert [one["file"] for one in first["details"]["files"]] == [one["file"] for one in second["details"]["files"]]
    assert checkout.git("rev-parse", "HEAD") == theirs
    graph.invoke(Command(resume={"approved": True, "who": "Ada", "tree": first["details"]["tree"]}), THREAD)
    assert question_of(graph, "t") == second, "the word on the first tree is none on the second"
    yes = {"approved": True, "who": "Ada", "tree": second["details"]["tree"]}
    response = graph.invoke(Command(resume=yes), THREAD)["response"]
    assert (response["status"], response["result"]["delivery"]["mode"]) == ("success", "merge")
    assert checkout.git("rev-parse", "HEAD") == response["result"]["delivery"]["commit"]
    assert checkout.git("show", "HEAD:notes.txt") == "mine"
    (row,) = latest_deliveries(graph.deps.database())
    assert row["base"] == checkout.git("rev-parse", f"{theirs}^{{tree}}")
    with suppress(MagnusError):
        graph.invoke(Command(resume=yes), THREAD)
    (run,) = runs_of(graph.deps.database(), "t")
    with pytest.raises(BadInput, match="asks nothing any more"):
        list(steps(graph, run, yes, RunControl()))
    assert len(latest_deliveries(graph.deps.database())) == 1


@pytest.mark.chaos
def test_where_the_branch_moved_on_against_the_change_both_are_kept(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    branch = waiting(graph, checkout, api)
    ours, theirs = checkout.git("rev-parse", branch), checkout.commit(dashboard__py="def page(rows):\n    return []\n")
    response = graph.invoke(Command(resume="yes"), THREAD)["response"]
    assert response["status"] == "partial"
    assert "main has new commits that do not go together with the change (dashboard.py)" in response["errors"][0]
    assert (checkout.git("rev-parse", "HEAD"), checkout.git("rev-parse", branch)) == (theirs, ours)
    assert latest_deliveries(graph.deps.database()) == []


def test_a_change_that_is_no_more_what_was_asked_about_cannot_be_approved(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    branch = waiting(graph, checkout, api)
    head = checkout.git("rev-parse", "HEAD")
    checkout.git("update-ref", f"refs/heads/{branch}", checkout.git("rev-parse", f"{branch}~1"))
    response = graph.invoke(Command(resume="yes"), THREAD)["response"]
    assert response["errors"] == [f"Not delivered: {branch} was changed after the gates had looked at it."]
    assert (checkout.git("rev-parse", "HEAD"), latest_deliveries(graph.deps.database())) == (head, [])
