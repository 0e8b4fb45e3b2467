"""What a `tools` line asks for, in every form found in the wild."""

from typing import Any

import pytest

from prompts.agent_tools import TOOLS, grant

HISTORY = ("git_diff", "git_log", "git_blame")


@pytest.mark.parametrize(
    ("wish", "tools"),
    [
        (None, TOOLS),
        ("*", TOOLS),
        ("All tools", TOOLS),
        ("All tools except Bash, Write, Edit, delete, move", (*TOOLS[:4], *TOOLS[13:])),
        ("All tools [except mcp__a__b]", TOOLS),
        ("Read, Write", ("read", "write")),
        ("read,write , EDIT", ("read", "write", "edit")),
        (["Read", "Grep"], ("search", "read")),
        ('["Read", "Grep"]', ("search", "read")),
        ("[Read, Grep]", ("search", "read")),
        ("Read Grep LS", ("list", "search", "read")),
        ("Read\nGlob", ("list", "glob", "read")),
        ({"read": "true", "write": "false", "bash": "ask"}, ("read",)),
        ("NotebookEdit, MultiEdit", ("edit",)),
        ("Bash", ("run", "run_tests", *HISTORY)),
        ("Bash(*)", ("run", "run_tests", *HISTORY)),
        ("Bash(git:*)", HISTORY),
        ("Bash(git push)", ()),
        ("Bash(python -m pytest tests)", ("run_tests",)),
        ("run_tests, git_log, query_plan", ("run_tests", "git_log", "query_plan")),
        ("Write(docs/**)", ()),
        ([], ()),
        ("", ()),
        ("Agent(worker, researcher), Read", ("read", "ask_agent")),
    ],
)
def test_a_wish_in_any_form_comes_to_tools_of_ours(wish: Any, tools: tuple[str, ...]) -> None:
    assert grant(wish).tools == tools


@pytest.mark.parametrize("wish", ["Bash(git push)", "Write(docs/**)", "", "mcp__*", "WebSearch", "Nonsense"])
def test_a_wish_that_is_not_met_is_a_problem(wish: str) -> None:
    assert len(grant(wish).problems) == 1


@pytest.mark.parametrize(
    "denied", ["Write, Edit, delete, move", ["Write", "Edit", "delete", "move"], "Write(*), Edit(a), delete, move"]
)
def test_what_is_disallowed_is_taken_away_however_it_is_limited(denied: Any) -> None:
    assert not {"write", "edit", "delete", "move"} & set(grant(None, denied).tools)


def test_disallowing_all_leaves_nothing() -> None:
    assert grant("Read, Bash", "*").tools == ()
