"""The work of a stage is brought together: in order, each conflict a stage of its own, and nothing lost on the way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from checkouts import Checkout, new_checkout
from coding import home_of_worktrees
from workspaces import REQUEST, at, moved, running

from checkpoints.artifacts import keep
from checkpoints.database import Database
from checkpoints.effects import Effects
from graph.errors import BadInput
from graph.handoffs import handed
from tools.agents.gathering import MOST_CONFLICT_STAGES, Gathering
from tools.agents.parts import Json, with_part
from tools.code.conflicts import bring_in, lay_out
from tools.code.workspace import commit, open_again, open_part, open_workspace
from tools.code.worktrees import Workspace

AGENTS = ["one", "two", "three"]


@pytest.fixture
def own(database: Database, tmp_path: Path) -> Database:
    return moved(database, tmp_path / "data")


@pytest.fixture
def effects(own: Database) -> Iterator[Effects]:
    with running(own) as effects:
        yield at(effects, phase="1", stage="0")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return new_checkout(tmp_path / "project")


@pytest.fixture
def task(effects: Effects, checkout: Checkout) -> Workspace:
    return open_workspace(effects, checkout.folder, "task")


class Work:
    """A plan of one stage, what its agents left, and how far it is gathered."""

    def __init__(self, effects: Effects, task: Workspace) -> None:
        self.effects, self.task = effects, task
        self.plan: Json = {"stages": [AGENTS], "warnings": []}
        self.handoffs: list[Json] = []

    def does(self, agent: str, ended: str = "", decisions: tuple[str, ...] = (), **files: str) -> Workspace:
        """An agent of the stage writes these files, on top of both sides if the stage is about a conflict."""
        part = open_part(self.effects, self.task, agent)
        about = self.plan.get("conflicts", {}).get(self.effects.place.stage)
        start = lay_out(self.effects, part, about["commit"]) if about else part.start
        for name, text in files.items():
            (part.folder / name.replace("__", ".")).write_text(text)
        made = commit(self.effects, part, f"Work of {agent}").commit
        handoff = keep(self.effects.database, "t", {"context": {"decisions": decisions}})
        told = {"request_id": REQUEST, "stage": self.effects.place.stage, "agent": agent, "commit": made}
        left = told | {"handoff": handoff, "ended": ended} | with_part(part, start)
        self.handoffs = handed(self.handoffs, [left])
        return part

    def gathered(self) -> list[str]:
        """Bring it together, twice as after a kill; the agents of the next stage, or why somebody was ended."""
        first = Gathering(self.effects, self.task, self.plan).gather(self.handoffs)
        assert Gathering(self.effects, self.task, self.plan).gather(self.handoffs) == first
        self.plan, self.handoffs = first[0], handed(self.handoffs, first[1])
        if ended := [one["ended"] for one in self.handoffs if one["ended"]]:
            return ended
        number = int(self.effects.place.stage) + 1
        self.effects = at(self.effects, stage=str(number))
        return [name for names in self.plan["stages"][number : number + 1] for name in names]


@pytest.fixture
def work(effects: Effects, task: Workspace) -> Work:
    return Work(effects, task)


def test_two_conflicts_in_one_stage_are_two_stages_and_the_rest_is_merged_first(
    work: Work, checkout: Checkout, task: Workspace, own: Database
) -> None:
    work.does("one", readme__md="one\n")
    work.does("two", readme__md="two\n", two__py="2\n")
    work.does("three", readme__md="three\n", three__py="3\n")
    assert work.gathered() == ["two"]
    work.does("two", readme__md="one and two\n")
    assert work.gathered() == ["three"]
    work.does("three", readme__md="one, two and three\n")
    assert work.gathered() == []
    assert (task.folder / "readme.md").read_text() == "one, two and three\n"
    assert sorted(path.name for path in task.folder.glob("*.py")) == ["three.py", "two.py"]
    assert checkout.git("rev-parse", task.branch) == work.handoffs[-1]["commit"]
    assert not any("part" in one for one in work.handoffs)
    assert checkout.worktrees() == [str(task.folder)]
    assert checkout.branches() == [task.branch]
    assert len(home_of_worktrees(own.settings.data_dir)) == 3


def test_after_a_rollback_work_that_was_merged_and_removed_is_merged_again(
    work: Work, checkout: Checkout, task: Workspace
) -> None:
    work.does("one", one__py="1\n")
    work.does("two", two__py="2\n")
    before = work.handoffs
    work.gathered()
    effects = at(work.effects, rollback=1, stage="0")
    again = open_again(effects, task, task.start)
    Gathering(effects, again, work.plan).gather(before)
    assert checkout.git("rev-parse", f"{again.branch}^{{tree}}") == checkout.git("rev-parse", f"{task.branch}^{{tree}}")


def test_no_agent_is_sent_for_what_is_no_text(work: Work, checkout: Checkout, task: Workspace) -> None:
    work.does("one", picture="\\0one".replace("\\0", "\0"))
    part = work.does("two", picture="\0two", two__py="2\n")
    (why,) = work.gathered()
    assert why == (
        "Its work conflicts with that of others in picture, and an agent can only bring text together. "
        f"It is on {part.branch}."
    )
    assert sorted(checkout.branches()) == sorted([task.branch, part.branch])
    assert checkout.worktrees() == [str(task.folder)]


def test_no_agent_is_sent_after_one_was_ended_and_what_goes_together_is_merged(work: Work, task: Workspace) -> None:
    work.does("one", readme__md="one\n")
    work.does("two", ended="It had its 60 turns.", readme__md="two\n")
    work.does("three", three__py="3\n")
    (why,) = work.gathered()
    assert why.startswith(
        "It had its 60 turns. Its work conflicts with that of others in readme.md, and nobody goes on"
    )
    assert (task.folder / "three.py").exists()


def test_there_is_an_end_to_stages_about_conflicts(work: Work) -> None:
    work.plan["conflicts"] = {f"-{number}": {} for number in range(1, MOST_CONFLICT_STAGES + 1)}
    work.does("one", readme__md="one\n")
    work.does("two", readme__md="two\n")
    assert "and there were 3 such conflicts already" in work.gathered()[0]


def test_a_resolution_without_the_other_side_is_refused_and_every_branch_is_kept(
    work: Work, checkout: Checkout, task: Workspace
) -> None:
    work.does("one", readme__md="one\n")
    theirs = work.does("two", readme__md="two\n", two__py="2\n")
    work.gathered()
    attempt = work.does("two", readme__md="two\n")
    (why,) = work.gathered()
    assert why == (
        "What it made of the conflict is not merged: readme.md has nothing of what one side did there. The work of two "
        f"is on {theirs.branch}, the attempt to bring it together with {task.branch} on {attempt.branch}."
    )
    assert sorted(checkout.branches()) == sorted([task.branch, theirs.branch, attempt.branch])
    assert (task.folder / "readme.md").read_text() == "one\n"
    assert not (task.folder / "two.py").exists()


def test_one_side_alone_is_merged_with_a_reason_and_a_warning(work: Work, task: Workspace) -> None:
    work.does("one", readme__md="one\n")
    work.does("two", readme__md="two\n", two__py="2\n")
    work.gathered()
    work.does("two", decisions=("readme.md stays as two wrote it: one was wrong.",), readme__md="two\n")
    assert work.gathered() == []
    assert work.plan["warnings"] == ["Of readme.md only one side was kept; the reason is in the handoff of two."]
    assert (task.folder / "readme.md").read_text() == "two\n"
    assert (task.folder / "two.py").exists()


def test_a_resolution_by_one_that_was_ended_is_not_merged(work: Work, task: Workspace) -> None:
    work.does("one", readme__md="one\n")
    work.does("two", readme__md="two\n")
    work.gathered()
    work.does("two", ended="It had its 60 turns.", readme__md="one and two\n")
    assert work.gathered()[0].startswith("It had its 60 turns. The work of two is on ")
    assert (task.folder / "readme.md").read_text() == "one\n"


def test_a_marker_is_found_and_a_line_that_looks_like_one_is_not(work: Work, task: Workspace) -> None:
    work.does("one", readme__md="one\n")
    theirs = work.does("two", readme__md="two\n")
    work.gathered()
    refused = ("one\n=======\ntwo\n", "one\n>>>>>>> theirs\n", "<<<<<<< HEAD\r\none and two\r\n", "two\n<<<<<<<<\n")
    for number, left in enumerate((*refused, "one and two\nTitle\n========\n<<<<<<<x\n <<<<<<< and\n")):
        work.effects = at(work.effects, iteration=number)
        part = work.does("two", readme__md=left)
        found = bring_in(work.effects, task, "two", theirs.ref, part.ref, "")
        assert found.flaws == (("readme.md has conflict markers",) if left in refused else ())
        assert bool(found.commit) is (left not in refused)


def test_markers_that_a_file_had_before_are_its_own(work: Work, checkout: Checkout) -> None:
    checkout.commit(example__txt="<<<<<<< HEAD\nmine\n=======\nyours\n>>>>>>> branch\n")
    fresh = at(work.effects, request_id="22222222-2222-4222-8222-222222222222")
    other = Work(fresh, open_workspace(fresh, checkout.folder))
    other.does("one", readme__md="one\n")
    other.does("two", readme__md="two\n", example__txt="new\n<<<<<<< HEAD\nmine\n=======\nyours\n>>>>>>> branch\n")
    other.gathered()
    other.does("two", readme__md="one and two\n")
    assert other.gathered() == []


@pytest.mark.parametrize("name", ["both sides for two", "resolution for two"])
def test_what_a_kill_left_unconfirmed_is_found_and_not_done_again(
    work: Work, task: Workspace, checkout: Checkout, database: Database, name: str
) -> None:
    work.does("one", readme__md="one\n")
    theirs = work.does("two", readme__md="two\n")
    work.gathered()
    part = work.does("two", readme__md="one and two\n")

    def all_of_it() -> tuple[Any, Any]:
        laid_out = lay_out(work.effects, part, theirs.ref)
        return laid_out, bring_in(work.effects, task, "two", theirs.ref, work.handoffs[-1]["commit"], "")

    first = all_of_it()
    with database.begin() as connection:
        forget = "UPDATE effects SET state = 'intended', result = NULL WHERE key LIKE %s"
        assert connection.exec_driver_sql(forget, (f"%{name}",)).rowcount == 1
    (task.folder / "readme.md").write_text("half\n")
    assert all_of_it() == first
    assert (checkout.git("rev-parse", task.branch), (part.folder / "readme.md").read_text()) == (
        first[1].commit,
        "one and two\n",
    )


def test_a_resolution_of_another_state_of_the_task_is_refused(work: Work, task: Workspace) -> None:
    work.does("one", readme__md="one\n")
    theirs = work.does("two", readme__md="two\n")
    work.gathered()
    part = work.does("two", readme__md="one and two\n")
    (task.folder / "later.py").write_text("later\n")
    commit(work.effects, task, "Later")
    with pytest.raises(BadInput, match="has gone on since"):
        bring_in(work.effects, task, "two", theirs.ref, part.ref, "")
    assert (task.folder / "later.py").exists()
