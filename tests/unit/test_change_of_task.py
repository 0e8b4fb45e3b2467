"""What of a task the gates look at: its newest commit, and after a rollback the newest that is still part of it."""

from pathlib import Path
from typing import Any

import pytest
from checkouts import Checkout
from workspaces import REQUEST, workspace_in

from tools.checks.at_work import change_of_task


@pytest.mark.parametrize(("rollback", "left"), [(0, "second"), (1, "first")])
def test_after_a_rollback_later_commits_of_the_branch_are_no_part_of_the_change(
    tmp_path: Path, rollback: int, left: str
) -> None:
    checkout = Checkout(tmp_path / "project")
    checkout.folder.mkdir()
    checkout.git("init", "--quiet")
    base = checkout.commit(README__md="# Wheel\n")
    workspace = workspace_in(tmp_path / "home", checkout.folder, "task")
    commits = {}
    for name in ("first", "second"):
        (workspace.folder / f"{name}.md").write_text("x\n")
        checkout.git("add", "--all", folder=workspace.folder)
        checkout.git("commit", "--quiet", "--message", name, folder=workspace.folder)
        commits[name] = checkout.git("rev-parse", "HEAD", folder=workspace.folder)
    handed = {"request_id": REQUEST, "stage": "0", "agent": "python_pro", "commit": commits["first"]}
    state: Any = {"task": {"request_id": REQUEST}, "plan": {"start": base}, "workspace": workspace.to_json()}
    change = change_of_task({**state, "handoffs": [handed], "rollback": rollback})
    assert change.tree == checkout.git("rev-parse", f"{commits[left]}^{{tree}}")
