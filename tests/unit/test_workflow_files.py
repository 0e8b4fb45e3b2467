"""Workflow files of a project: they add and override, take nothing away, and a broken one leaves Magnus's in place."""

import os
import re
from pathlib import Path

import pytest

from prompts.workflow_loading import Workflows
from tools.routing.registries import registry_of
from tools.routing.staffing import staff
from tools.routing.workflows import own_workflows, workflows_of

STAGE = "name: {name}\n    agents: [{agents}]\n    delivers: What was asked."
TESTER = STAGE.format(name="test", agents="qa_debugger")
AUDIT = """task_type: fix_bug
more_stages:
  - name: audit
    after: review
    agents: [security-auditor]
    delivers: What an attacker could do with the change.
"""
SHORT = f"""task_type: fix_bug
description: Ours.
attempts: 5
stages:
  - {STAGE.format(name="repair", agents="python_pro")}
  - {TESTER}
"""
BUG = f"task_type: fix_bug\nstages:\n  - {TESTER}\n"
DEPTH = "gates: " + "[" * 20 + "]" * 20
REFUSED = {
    "no list of": "just words",
    "has to give a text as task_type": "stages: []",
    "no task type of Magnus": f"task_type: sing\nstages:\n  - {TESTER}\n",
    "which no project changes": f"task_type: market_data\nstages:\n  - {TESTER}\n",
    "either stages, or more_stages": "task_type: fix_bug",
    "the unknown key gatez": f"{BUG}gatez: [syntax]\n",
    "the unknown gate beauty": f"{BUG}gates: [beauty]\n",
    "gives task_type twice, again in line 6": f"{BUG}task_type: design\n",
    "uses an alias in line 2": "task_type: &name fix_bug\nstages: *name\n",
    "nested too deeply": f"{BUG}{DEPTH}\n",
    "no YAML that can be read: line 2": "task_type: [fix_bug",
    "a number from 1 to 10": f"{BUG}attempts: 0\n",
    "true or false as changes_code": f"{BUG}changes_code: maybe\n",
    "at least one stage": "task_type: fix_bug\nstages: []\n",
    "calls agents in more than 100 lines": BUG.replace("qa_debugger", "qa_debugger, " * 101),
    "the unknown key a b[2J in": f'{BUG}"a\\n b\\e[2J": x\n',
    "a list of agents": "task_type: fix_bug\nstages:\n  - name: test\n    agents: []\n    delivers: x\n",
    "a text as delivers": "task_type: fix_bug\nstages:\n  - name: test\n    agents: [qa_debugger]\n",
    "calls the agent nobody_known": BUG.replace("qa_debugger", "qa_debugger, nobody_known"),
    "is no specialist agent": BUG.replace("qa_debugger", "qa_debugger, wheel_strategy"),
    "answers to full_moon, and nobody does": BUG.replace("qa_debugger", "qa_debugger, {trigger: full_moon}"),
    "either an agent or a trigger": BUG.replace("qa_debugger", "{agent: qa_debugger, trigger: ui}"),
    "unknown condition `mentions cats`": BUG.replace("qa_debugger", "{agent: qa_debugger, when: mentions cats}"),
    "unknown condition `it rains`": BUG.replace("delivers", "when: is complex and it rains\n    delivers"),
    "two stages test": f"{BUG}  - {TESTER}\n",
    "after nowhere, which is no stage": BUG.replace("agents", "after: nowhere\n    agents"),
    "in a circle: test → test": BUG.replace("agents", "after: test\n    agents"),
    "the stage early in which nobody would ever work": (
        f"task_type: fix_bug\nstages:\n  - {STAGE.format(name='early', agents='python_pro')}\n"
        f"  - {STAGE.format(name='late', agents='python_pro')}\n  - {TESTER}\n"
    ),
    "drops the mandatory gates tests, performance": f"{BUG}gates: [syntax, integration, review]\n",
    "changes code and has no gate before delivery": f"{BUG}gates: []\n",
    "says that it changes no code": f"{BUG}changes_code: false\n",
    "would change code, and review_code changes none": (
        f"task_type: review_code\nchanges_code: true\ngates: [syntax]\nstages:\n  - {TESTER}\n"
    ),
    "leaves out qa_debugger, who is mandatory": BUG.replace("qa_debugger", "python_pro"),
}


class Project:
    """A repository with workflow files and agent files of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".magnus" / "workflows"
        self.folder.mkdir(parents=True)

    def workflow(self, text: str, name: str = "ours.yaml") -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def agent(self, name: str, line: str = "tools: Read") -> None:
        agents = self.root / ".magnus" / "agents"
        agents.mkdir(exist_ok=True)
        (agents / f"{name}.md").write_text(f"---\nname: {name}\ndescription: Helps.\n{line}\n---\nYou help.\n")

    def workflows(self) -> Workflows:
        return workflows_of(self.root, registry_of(self.root, None))

    def staff(self, asked: str = "fix the crash", task_type: str = "fix_bug") -> list[list[str]]:
        registry = registry_of(self.root, None)
        return staff(task_type, asked, "simple", registry, workflows=workflows_of(self.root, registry))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_project_adds_a_stage_right_after_the_one_it_names(project: Project) -> None:
    project.agent("security-auditor")
    project.workflow(AUDIT)
    assert project.workflows().warnings == ()
    assert project.staff()[2:] == [["qa_debugger"], ["code_reviewer"], ["security-auditor"], ["documentation"]]
    changed = project.workflows().by_type["fix_bug"]
    assert (changed.level, changed.gates) == ("project", own_workflows().by_type["fix_bug"].gates)


def test_a_project_overrides_a_workflow_and_keeps_the_gates_it_does_not_name(project: Project) -> None:
    project.workflow(SHORT)
    ours = project.workflows().by_type["fix_bug"]
    assert project.staff() == [["python_pro"], ["qa_debugger"]]
    assert (ours.description, ours.attempts, ours.changes_code) == ("Ours.", 5, True)
    assert ours.gates == own_workflows().by_type["fix_bug"].gates
    assert staff("fix_bug", "fix the crash", "simple")[0] == ["error_detective"]


def test_a_project_adds_gates_to_a_workflow_that_has_none(project: Project) -> None:
    review = STAGE.format(name="review", agents="code_reviewer")
    project.workflow(f"task_type: review_code\ngates: [review, syntax]\nstages:\n  - {review}\n")
    assert project.workflows().by_type["review_code"].gates == ("syntax", "review")


@pytest.mark.parametrize(
    ("when", "asked"),
    [
        ('mentions "infra as code" and mentions "cups and plates"', "fix the infra as code of the cups and plates"),
        ("mentions database", "fix the query"),
    ],
)
def test_a_condition_decides_who_is_called(project: Project, when: str, asked: str) -> None:
    project.agent("terraformer")
    project.workflow(SHORT.replace("[python_pro]", f"[python_pro, {{agent: terraformer, when: '{when}'}}]"))
    assert project.workflows().warnings == ()
    assert project.staff(asked)[0] == ["python_pro", "terraformer"]
    assert project.staff()[0] == ["python_pro"]


def test_an_agent_with_a_trigger_joins_a_workflow_of_the_project_too(project: Project) -> None:
    project.workflow(SHORT)
    project.agent("terraformer", "triggers: [bucket]")
    assert project.staff("fix the bucket")[0] == ["python_pro", "terraformer"]


@pytest.mark.parametrize(("why", "text"), REFUSED.items())
def test_a_broken_workflow_is_told_in_one_sentence_and_that_of_magnus_is_used(
    project: Project, why: str, text: str
) -> None:
    path = project.workflow(text)
    workflows = project.workflows()
    assert workflows.by_type == own_workflows().by_type
    assert len(workflows.warnings) == 1
    assert workflows.warnings[0].startswith(f"{path} ")
    assert why in workflows.warnings[0]
    assert "\n" not in workflows.warnings[0]


def test_stages_go_in_no_circle(project: Project) -> None:
    first, second = (STAGE.format(name=name, agents="python_pro") for name in ("one", "two"))
    text = f"{BUG}  - {first}\n    after: two\n  - {second}\n    after: one\n"
    project.workflow(text)
    assert "has stages in a circle: one → two → one." in project.workflows().warnings[0]


def test_one_broken_file_leaves_the_others_in_use(project: Project) -> None:
    project.workflow(SHORT, "a.yaml")
    project.workflow("no workflow", "b.yml")
    project.workflow(SHORT.replace("Ours", "Theirs"), "c.yaml")
    assert project.workflows().by_type["fix_bug"].description == "Ours."
    assert [warning.split(".magnus/workflows/")[1][:6] for warning in project.workflows().warnings] == [
        "b.yml ",
        "c.yaml",
    ]


def test_a_file_that_is_no_text_stops_nothing(project: Project, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.yaml"
    outside.write_text(SHORT)
    (project.folder / "a.yaml").symlink_to(outside)
    (project.folder / "b.yaml").write_bytes(b"\0\1\2")
    (project.folder / "c.yaml").mkdir()
    os.mkfifo(project.folder / "d.yaml")
    project.workflow("x" * 70_000, "e.yaml")
    project.workflow("[" * 50_000, "f.yaml")
    warnings = project.workflows().warnings
    assert len(warnings) == 6
    assert all(len(warning) < 700 for warning in warnings)
    assert project.workflows().by_type == own_workflows().by_type


def test_a_folder_that_leads_out_of_the_project_is_not_read(tmp_path: Path) -> None:
    outside, root = Project(tmp_path / "outside"), tmp_path / "inside"
    outside.workflow(SHORT)
    (root / ".magnus").mkdir(parents=True)
    (root / ".magnus" / "workflows").symlink_to(outside.folder)
    workflows = workflows_of(root, registry_of(root, None))
    assert workflows.by_type == own_workflows().by_type
    assert "leads to a place outside the project" in workflows.warnings[0]


def test_a_project_is_read_again_only_once_a_file_changed(project: Project) -> None:
    assert project.workflows() is own_workflows()
    path = project.workflow(SHORT)
    first = project.workflows()
    assert project.workflows() is first
    path.write_text(SHORT.replace("Ours", "Mine"))
    assert project.workflows().by_type["fix_bug"].description == "Mine."
    path.unlink()
    assert project.workflows() is own_workflows()


def test_the_examples_of_the_manual_work(project: Project, root: Path) -> None:
    page = (root / "docs" / "workflows.md").read_text(encoding="utf-8")
    for number, example in enumerate(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)):
        project.workflow(example, f"{number}.yaml")
    project.agent("security-auditor")
    project.agent("terraform-expert")
    workflows = project.workflows()
    assert workflows.warnings == ()
    assert [one.task_type for one in workflows if one.level == "project"] == ["fix_bug", "refactor"]
