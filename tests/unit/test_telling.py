"""What a person is told to do with a change, and how their words on it are read."""

from types import SimpleNamespace
from typing import Any

import pytest

from graph.edges import after_deliver
from nodes.approve import _read
from nodes.deliver import MOST_MOVES, _caught_up
from tools.checks.telling import delivery_of, judged, steps_on

TASK = {"request_id": "r", "thread_id": "t"}
COMMIT = {"request_id": "r", "stage": "0", "agent": "a", "ended": "", "commit": "c" * 40, "unproven": 0}


def after(**state: Any) -> Any:
    return {"task": TASK, "handoffs": [COMMIT]} | {
        key: {"request_id": "r", **value} if value else value for key, value in state.items()
    }


def steps(state: Any, delivery: Any = None, branch: str | None = "magnus/fix") -> list[str]:
    return steps_on(state, {"branch": branch, "delivery": delivery, "start": "a" * 40, "project": "/my wheel"})


def test_the_next_steps_fit_where_the_change_is() -> None:
    def delivered(mode: str, into: str) -> list[str]:
        return steps(after(), {"state": "delivered", "mode": mode, "into": into, "commit": "c" * 40})

    read = "git log -p magnus/fix --not HEAD"
    assert delivered("branch", "magnus/fix") == [read, "git merge magnus/fix", "magnus show t"]
    assert delivered("merge", "main") == [f"git log -p {'a' * 12}..{'c' * 12}", "magnus show t"]
    assert delivered("patch", "/my data/fix.patch") == ["git am '/my data/fix.patch'", "magnus show t"]
    anew = "magnus \"WHAT TO DO INSTEAD\" --thread t --project '/my wheel'"
    assert steps(after(verdict={"state": "failed"})) == [read, "magnus show t", anew]
    assert steps(after(approval={"approved": False})) == [read, "magnus show t", anew]
    assert steps(after(), {"state": "refused", "why": "It is dirty."}) == [
        read,
        "git merge magnus/fix",
        "magnus show t",
    ]
    assert steps(after(), branch=None) == ["magnus show t"]


def test_a_rejection_names_who_said_it_and_a_change_behind_the_back_of_all_names_nobody() -> None:
    said = {"approved": False, "who": "Ada", "why": "No tests."}
    assert judged(after(approval=said), []) == ("failure", ["Not delivered, as Ada said: No tests."])
    changed = {"approved": False, "who": None, "why": "It was changed."}
    assert judged(after(approval=changed), []) == ("failure", ["Not delivered: It was changed."])
    assert judged(after(verdict={}, approval={}), []) == ("success", [])


def test_a_change_that_moved_is_not_settled_and_goes_before_the_gates_again() -> None:
    moved, refused = {"state": "moved", "moves": 1}, {"state": "refused", "why": "w"}
    assert (delivery_of(after(delivery=moved)), after_deliver(after(delivery=moved))) == (None, "gate_syntax")
    assert delivery_of(after(delivery=refused)) == refused
    assert {after_deliver(after(delivery={"state": state})) for state in ("refused", "delivered")} == {"hand_over"}


def test_a_branch_that_goes_on_faster_than_the_gates_look_is_left_to_its_person() -> None:
    workspace: Any = SimpleNamespace(branch="magnus/fix")
    nothing: Any = None
    state = after(delivery={"state": "moved", "moves": MOST_MOVES})
    delivery = _caught_up(state, nothing, workspace, "main has new commits.")["delivery"]
    assert delivery["state"] == "refused"
    assert delivery["why"].endswith("run `git merge magnus/fix`.")


@pytest.mark.parametrize(
    ("said", "approved"),
    [
        ("yes", True),
        ("OK!", True),
        ("no, it lost a column", False),
        ("yes, but mend the table first", None),
        ("what does it do", None),
        ("", None),
        ({"said": "ja", "who": "ada"}, True),
        ({"approved": True, "who": "ada"}, True),
        ({"approved": "yes", "who": "ada"}, False),
        ({}, False),
        ({"approved": True, "tree": "this"}, True),
        ({"approved": True, "tree": "another"}, None),
        ({"approved": False, "tree": "another"}, None),
    ],
)
def test_yes_is_yes_for_the_tree_it_was_said_of_and_what_is_neither_is_asked_again(
    said: object, approved: bool | None
) -> None:
    found = _read(said, "this")
    assert (found and found["approved"]) == approved
    assert not isinstance(said, dict) or found is None or found["who"] == said.get("who", "the caller")
