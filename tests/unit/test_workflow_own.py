"""Magnus's own workflows: those of the plan to the letter, gates before every delivery, and who joins without code."""

import pytest

from prompts.registry import Registry
from prompts.triggers import CONDITIONS
from prompts.workflow import GATES, SUBJECTS
from prompts.workflow_check import check_workflows
from prompts.workflow_loading import OWN_WORKFLOWS
from prompts.workflow_stages import deliverables, staffed_stages
from tools.routing.registries import own_registry
from tools.routing.staffing import staff
from tools.routing.vocabulary import phrase_set
from tools.routing.workflows import deliverable, own_workflows

CHANGING = {"fix_bug", "add_feature", "optimize", "run_tests", "refactor", "write_docs", "update_dependencies"}
STUDYING = {"review_code", "design", "suggest_improvements", "answer_question"}
DESK = {"find_opportunities", "assess_risk", "market_data", "manage_alert", "sync_data"}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return own_registry()


def test_a_bug_is_fixed_as_the_plan_says() -> None:
    assert staff("fix_bug", "fix the rounding of the yield", "simple") == [
        ["error_detective"],
        ["python_pro"],
        ["qa_debugger"],
        ["code_reviewer"],
        ["documentation"],
    ]


def test_a_feature_is_built_in_parallel_as_the_plan_says() -> None:
    assert staff("add_feature", "add a page for a new table in Postgres", "simple") == [
        ["architect"],
        ["planner"],
        ["python_pro", "frontend_developer", "database_optimizer"],
        ["qa_debugger"],
        ["code_reviewer"],
        ["documentation"],
        ["innovation"],
    ]


@pytest.mark.parametrize(
    ("asked", "builders"),
    [
        ("add a flag to the scan", ["python_pro"]),
        ("add a button", ["python_pro", "frontend_developer"]),
        ("add a column for the exchange", ["python_pro", "database_optimizer"]),
    ],
)
def test_of_those_who_build_only_the_ones_join_whose_field_is_mentioned(asked: str, builders: list[str]) -> None:
    assert staff("add_feature", asked, "simple")[2] == builders


@pytest.mark.parametrize(
    ("asked", "database"), [("the scan is slow", []), ("the query is slow", [["database_optimizer"]])]
)
def test_what_is_slow_is_optimised_as_the_plan_says(asked: str, database: list[list[str]]) -> None:
    stages = staff("optimize", asked, "simple")
    assert stages == [["performance_engineer"], *database, ["python_pro"], ["qa_debugger"], ["monitor"]]


def test_every_task_type_that_somebody_works_on_has_a_workflow_of_its_name() -> None:
    workflows = own_workflows()
    assert set(workflows.by_type) == {*CHANGING, *STUDYING, *DESK, "check_health"}
    assert {workflow.file.stem for workflow in workflows} == set(workflows.by_type)


def test_whatever_changes_code_passes_all_five_gates_and_nothing_else_claims_to() -> None:
    gates = {workflow.task_type: workflow.gates for workflow in own_workflows() if workflow.changes_code}
    assert gates == dict.fromkeys(sorted(CHANGING), GATES)
    assert not [workflow for workflow in own_workflows() if workflow.gates and not workflow.changes_code]


def test_the_desk_and_health_are_closed_to_newcomers_and_projects() -> None:
    assert {workflow.task_type for workflow in own_workflows() if workflow.closed} == {*DESK, "check_health"}
    assert {workflow.task_type for workflow in own_workflows() if workflow.kind == "runtime"} == DESK


def test_the_workflows_of_magnus_pass_the_check_of_magnus(registry: Registry) -> None:
    report = check_workflows(OWN_WORKFLOWS, registry, own_workflows())
    assert report["errors"] == []
    assert len(report["workflows"]) == len(own_workflows())


def test_every_condition_is_called_somewhere_so_that_an_agent_with_it_joins() -> None:
    called = {call.trigger for workflow in own_workflows() for stage in workflow.stages for call in stage.calls}
    assert called == set(CONDITIONS)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_is_known_to_the_router(subject: str) -> None:
    assert phrase_set(subject)


def test_a_stage_of_a_route_is_told_what_it_has_to_deliver(registry: Registry) -> None:
    workflow = own_workflows().by_type["run_tests"]
    stages = staff("run_tests", "run the tests and fix what is red", "simple")
    told = deliverables(workflow, [*stages, ["monitor"]], registry)
    assert stages[0] == stages[-1] == ["qa_debugger"]
    assert told == [*(stage.delivers for stage in workflow.stages[:4]), ""]


def test_a_stage_that_came_in_for_a_conflict_or_after_a_refusal_delivers_nothing_of_its_own(registry: Registry) -> None:
    stages = staff("fix_bug", "fix the crash on the page", "simple")
    more = [*stages[:2], ["frontend_developer"], *stages[2:], ["python_pro"], ["qa_debugger"]]
    told = [deliverable(None, registry, "fix_bug", more, number) for number in range(len(more))]
    wanted = [stage.delivers for stage in own_workflows().by_type["fix_bug"].stages if stage.name != "plan"]
    assert told == [*wanted[:2], "", *wanted[2:], "", ""]


def test_an_agent_called_twice_works_later_and_a_mandatory_one_twice(registry: Registry) -> None:
    workflow = own_workflows().by_type["review_code"]
    everything = staffed_stages(workflow, lambda clause: True, registry)
    assert everything == [["code_reviewer", "database_optimizer", "performance_engineer"]]
    twice = staffed_stages(own_workflows().by_type["run_tests"], lambda clause: True, registry)
    assert [stage for stage in twice if "qa_debugger" in stage] == [
        ["qa_debugger", "performance_engineer"],
        ["qa_debugger"],
    ]


def test_how_often_a_change_goes_back_is_left_to_the_rules_of_the_project() -> None:
    assert {workflow.attempts for workflow in own_workflows()} == {None}


def test_nobody_works_on_what_is_unknown() -> None:
    assert staff("unknown", "sing me a song", "simple") == []
