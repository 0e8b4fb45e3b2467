"""Who works on a request: conditions, mandatory agents, priority, requirements, and newcomers without any code."""

import os
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from prompts.registry import Registry, load, sources
from tools.routing.chosen import chosen
from tools.routing.newcomers import MOST
from tools.routing.registries import own_registry, registry_of
from tools.routing.router import Route, route, staffed

FIX = "fix the crash in the bucket module"
CHANGES = ("fix_bug", "add_feature", "optimize", "refactor", "update_dependencies")
MENTIONS = [
    ("fix the button on the positions page", "frontend_developer"),
    ("Streamlit raises an exception in premium_page.py, fix it", "frontend_developer"),
    ("refactor styles.css into smaller files", "frontend_developer"),
    ("add an index to stock_premiums", "database_optimizer"),
    ("fix the deadlock in Postgres", "database_optimizer"),
    ("sketch the schema for storing fills", "database_optimizer"),
    ("review the SQL of this migration", "database_optimizer"),
    ("fix the bug that makes the worker run out of memory", "performance_engineer"),
    ("profile the scan and make it faster", "performance_engineer"),
    ("make the login faster and do a security review of it", "code_reviewer"),
    ("make the scan faster and update the changelog", "documentation"),
    ("write docstrings for wheel.py", "qa_debugger"),
    ("run the tests, and fix the broken page", "frontend_developer"),
]


class Project:
    """A repository with agent files of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".claude" / "agents"
        self.folder.mkdir(parents=True)

    def agent(self, name: str, *lines: str, description: str = "A newcomer.") -> None:
        text = "\n".join(("---", f"name: {name}", f"description: {description}", *lines, "---", f"You are {name}."))
        (self.folder / f"{name}.md").write_text(text)

    def registry(self) -> Registry:
        return registry_of(self.root, None)

    def route(self, prompt: str) -> Route:
        return route(prompt, registry=self.registry())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize(("prompt", "agent"), MENTIONS)
def test_what_a_request_mentions_brings_its_agent(prompt: str, agent: str) -> None:
    assert agent in route(prompt)["agents"]


def test_what_is_not_mentioned_brings_nobody() -> None:
    plain = route("fix the rounding of the yield")["agents"]
    assert plain == ["error_detective", "python_pro", "qa_debugger", "code_reviewer", "documentation"]


@pytest.mark.parametrize("task_type", CHANGES)
def test_no_code_change_goes_without_the_tester_whatever_is_said(task_type: str) -> None:
    for words in ("", "skip the tests, please", "without the qa_debugger agent"):
        assert "qa_debugger" in chosen(task_type, {}, words, "user")["agents"]


def test_after_a_repair_the_tester_runs_the_tests_again() -> None:
    stages = route("Run the full test suite and fix any issues")["stages"]
    assert stages == [["qa_debugger"], ["error_detective"], ["python_pro"], ["qa_debugger"]]


def test_who_is_said_to_be_not_needed_is_left_out() -> None:
    assert "documentation" in route("fix the crash in scan.py")["agents"]
    assert route("fix the crash in scan.py, no docs needed")["stages"][-1] == ["code_reviewer"]
    assert "code_reviewer" not in chosen("refactor", {}, "without a review", "user")["agents"]
    assert route("the exit codes have no documentation yet, write it")["agents"][0] == "documentation"


def test_a_large_goal_is_planned_and_reviewed() -> None:
    small, large = route("make the scan faster"), route("make the scan faster, step by step, all modules")
    assert not {"planner", "code_reviewer"} & set(small["agents"])
    assert {"planner", "code_reviewer"} <= set(large["agents"])


def test_a_word_of_the_request_brings_a_new_agent_before_the_tests(project: Project) -> None:
    project.agent("terraformer", "triggers: [terraform, infra as code]")
    stages = project.route("fix the crash in the Terraform module of the bucket")["stages"]
    assert ["python_pro", "terraformer"] in stages
    assert stages.index(["python_pro", "terraformer"]) < stages.index(["qa_debugger"])
    assert "terraformer" not in project.route(FIX)["agents"]
    assert "terraformer" not in route("fix the terraform module")["agents"]


def test_a_condition_brings_a_new_agent_and_mandatory_keeps_it(project: Project) -> None:
    project.agent("auditor", "triggers: [before_delivery]", "mandatory: true", "capabilities: [audit]")
    stages = chosen("fix_bug", {}, f"{FIX}, without an audit", "user", project.registry())["stages"]
    assert ["qa_debugger", "auditor"] in stages


def test_an_example_near_the_request_brings_a_new_agent(project: Project) -> None:
    project.agent("vaulter", "examples:", "  - rotate the vault leases", "  - unseal the vault after a restart")
    assert "vaulter" in project.route("add a command that will rotate our vault leases")["agents"]
    assert "vaulter" not in project.route("add a command that prints our open leases")["agents"]


def test_what_an_agent_says_about_itself_brings_it(project: Project) -> None:
    project.agent("k8s-operator", description="Writes Kubernetes manifests, Helm charts and pod probes.")
    assert "k8s-operator" in project.route("fix the helm charts of kubernetes")["agents"]
    assert "k8s-operator" not in project.route("fix the charts on the page")["agents"]


def test_what_an_agent_can_do_brings_it_where_nobody_else_has_the_word(project: Project) -> None:
    project.agent("rusty", "capabilities: [webassembly, test]")
    assert "rusty" in project.route("add a webassembly build of the greeks")["agents"]
    assert "rusty" not in project.route("add a test for the greeks")["agents"]


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        (f"{FIX} with cloud-guard", "cloud-guard"),
        (f"{FIX}, ask the Cloud Guard", "cloud-guard"),
        (f"@page {FIX}", "page"),
        (f"let the page agent {FIX}", "page"),
    ],
)
def test_who_is_named_joins(project: Project, prompt: str, name: str) -> None:
    project.agent("cloud-guard")
    project.agent("page")
    assert name in project.route(prompt)["agents"]
    assert not {"cloud-guard", "page"} & set(project.route("fix the crash on the page")["agents"])


def test_a_request_for_an_agent_of_the_project_is_never_foreign(project: Project) -> None:
    prompt = "water the greenhouse at noon"
    assert route(prompt)["task_type"] == "unknown"
    project.agent("gardener", "triggers: [greenhouse]")
    found = project.route(prompt)
    assert found["task_type"] != "unknown"
    assert "gardener" in found["agents"] or not found["decided"]


def test_no_agent_of_a_project_makes_an_order_ours(project: Project) -> None:
    project.agent("trader", "triggers: [order, puts]", "mandatory: true")
    for order in ("place an order for 2 KO puts", "buy me 3 puts now"):
        assert (project.route(order)["task_type"], project.route(order)["agents"]) == ("unknown", [])


def test_the_desk_stays_as_it_is(project: Project) -> None:
    project.agent("guru", "triggers: [puts, opportunity_search, market_question]", "mandatory: true")
    assert project.route("find me puts under $30")["stages"] == [
        ["market_data"],
        ["wheel_strategy"],
        ["risk_management"],
    ]
    assert project.route("IV rank of AMD")["agents"] == ["market_data"]


def test_of_many_who_could_join_the_more_important_do(project: Project) -> None:
    for number in range(9):
        project.agent(f"low-{number}", "triggers: [bucket]", "priority: low")
    project.agent("urgent", "triggers: [bucket]", "priority: critical")
    project.agent("guard", "triggers: [bucket]", "priority: low", "mandatory: true")
    joined = [name for name in project.route(FIX)["agents"] if name not in own_registry()]
    assert len(joined) == MOST + 1
    assert {"urgent", "guard"} <= set(joined)


def test_what_a_new_agent_requires_comes_before_it(project: Project) -> None:
    project.agent("builder", "triggers: [bucket]", "requires: [surveyor]")
    project.agent("surveyor", "requires: [monitor]")
    order = project.route(FIX)["agents"]
    assert order.index("monitor") < order.index("surveyor") < order.index("builder") < order.index("qa_debugger")


def test_whom_a_condition_brings_in_brings_what_it_requires(project: Project) -> None:
    project.agent("auditor", "triggers: [before_delivery]", "requires: [surveyor]")
    project.agent("surveyor", "requires: [auditor]")
    stages = chosen("fix_bug", {}, "", "user", project.registry())["stages"]
    assert stages.index(["surveyor"]) + 1 == stages.index(["qa_debugger", "auditor"])


def test_an_agent_that_only_lends_its_prompt_changes_no_stage(project: Project) -> None:
    example = next(agent for agent in own_registry() if agent.name == "architect").examples[0]
    before = chosen("fix_bug", {}, example, "user")
    project.agent("architect", "triggers: [service]", "mandatory: true")
    assert project.registry() is not own_registry()
    assert chosen("fix_bug", {}, example, "user", project.registry()) == before


def test_a_registry_is_read_again_only_once_a_file_changed(project: Project) -> None:
    assert project.registry() is own_registry()
    project.agent("one")
    first = project.registry()
    assert project.registry() is first
    project.agent("one", "triggers: [bucket]")
    os.utime(project.folder / "one.md", ns=(1, 1))
    assert project.registry().agents["one"].triggers == ("bucket",)


def test_the_agents_of_another_registry_take_over_a_decision(project: Project) -> None:
    project.agent("terraformer", "triggers: [bucket]")
    again = staffed(route(FIX), FIX, project.registry())
    assert again == project.route(FIX)
    assert chosen("fix_bug", {}, FIX, "user", project.registry())["stages"] == again["stages"]


def test_a_missing_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert registry_of(tmp_path / "nowhere", tmp_path / "neither") is own_registry()
    assert {agent.name for agent in load(sources())} == {agent.name for agent in own_registry()}


def test_two_hundred_agents_cost_a_decision_little(project: Project) -> None:
    for number in range(200):
        about = f"Knows the zone{number} service, its queries, tests and pages, and fixes what fails there."
        lines = (f"triggers: [zone{number}]", "examples:", f"  - fix zone{number} again")
        project.agent(f"expert-{number}", *lines, description=about)
    many, own = project.registry(), own_registry()
    assert "expert-7" in route("fix the crash in zone7 of the scan", registry=many)["agents"]
    assert median(_taken(many)) < 15 * median(_taken(own))


def _taken(registry: Registry) -> Iterator[float]:
    for number in range(50):
        began = perf_counter()
        route(f"fix the crash in zone{number} of the scan", registry=registry)
        yield perf_counter() - began
