"""Triggers, mandatory and priority change what a workflow is."""

from pathlib import Path

import pytest

from prompts.registry import Registry, load, sources
from prompts.triggers import (
    CONDITIONS,
    PLACES,
    in_order,
    joined,
    mentioned,
    place_of,
    pulled_in,
    trimmed,
    unknown_conditions,
)

BUG_FIX = [["error_detective"], ["python_pro"], ["qa_debugger"], ["code_reviewer"], ["documentation"]]


@pytest.fixture(scope="module")
def own() -> Registry:
    return load(sources())


def with_agents(project: Path, **fields: str) -> Registry:
    """Magnus's own agents and one of a project for each keyword, which holds its further fields."""
    folder = project / ".claude" / "agents"
    folder.mkdir(parents=True)
    for name, lines in fields.items():
        (folder / f"{name}.md").write_text(
            f"---\nname: {name}\ndescription: A newcomer.\n{lines}\n---\nYou are {name}.\n"
        )
    return load(sources(project))


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("code_change", ["qa_debugger"]),
        ("before_delivery", ["qa_debugger"]),
        ("major_change", ["code_reviewer"]),
        ("before_merge", ["code_reviewer"]),
        ("database", ["database_optimizer"]),
        ("ui", ["frontend_developer"]),
        ("failure", ["error_detective"]),
        ("slowness", ["performance_engineer"]),
        ("new_feature", ["architect"]),
        ("complex_goal", ["planner"]),
        ("opportunity_search", ["risk_management", "wheel_strategy"]),
        ("full_moon", []),
    ],
)
def test_a_condition_pulls_its_agents_in(own: Registry, condition: str, names: list[str]) -> None:
    assert [agent.name for agent in pulled_in(own, {condition})] == names


def test_every_condition_of_magnus_has_an_agent_and_a_place(own: Registry) -> None:
    assert {trigger for agent in own for trigger in agent.triggers} == set(CONDITIONS)
    assert set(CONDITIONS.values()) == set(PLACES)


def test_who_is_mandatory_comes_first_and_then_the_priority_decides(own: Registry) -> None:
    everybody = [agent.name for agent in in_order(own)]
    assert everybody[:3] == ["qa_debugger", "risk_management", "architect"]
    assert everybody[-2:] == ["innovation", "monitor"]


def test_a_pulled_agent_stands_with_those_who_do_the_same(own: Registry) -> None:
    pulled = pulled_in(own, {"database", "ui"})
    assert joined(BUG_FIX, pulled, own)[1] == ["python_pro", "database_optimizer", "frontend_developer"]


def test_a_code_change_ends_with_the_tester_and_a_major_one_with_the_reviewer(own: Registry) -> None:
    stages = joined([["python_pro"], ["documentation"]], pulled_in(own, {"code_change", "major_change"}), own)
    assert stages == [["python_pro"], ["qa_debugger"], ["code_reviewer"], ["documentation"]]


def test_nobody_joins_twice(own: Registry) -> None:
    assert joined(BUG_FIX, pulled_in(own, {"code_change", "failure"}), own) == BUG_FIX


def test_what_an_agent_requires_joins_before_it(own: Registry) -> None:
    desk = joined([], pulled_in(own, {"opportunity_search"}), own)
    assert desk == [["market_data"], ["wheel_strategy"], ["risk_management"]]


def test_the_stages_given_are_left_as_they_were(own: Registry) -> None:
    given = [["python_pro"]]
    joined(given, pulled_in(own, {"database", "code_change"}), own)
    assert given == [["python_pro"]]


def test_a_mandatory_agent_cannot_be_trimmed(own: Registry) -> None:
    assert trimmed(BUG_FIX, ["python_pro"], own) == [["python_pro"], ["qa_debugger"]]
    assert trimmed(BUG_FIX, [], own) == [["qa_debugger"]]


def test_what_a_kept_agent_requires_is_kept(own: Registry) -> None:
    desk = [["market_data"], ["wheel_strategy"], ["risk_management"], ["alert"]]
    assert trimmed(desk, ["risk_management"], own) == [["market_data"], ["risk_management"]]


def test_a_new_agent_is_pulled_in_by_a_word_of_the_sentence_and_no_code(tmp_path: Path) -> None:
    registry = with_agents(tmp_path, terraformer="triggers: [terraform, infra as code]")
    holds = mentioned(registry, "please update the Infra as  Code for the new bucket")
    assert holds == {"infra as code"}
    assert [agent.name for agent in pulled_in(registry, holds)] == ["terraformer"]
    assert joined(BUG_FIX, pulled_in(registry, holds), registry)[1] == ["python_pro", "terraformer"]
    assert mentioned(registry, "we are terraforming Mars") == set()


def test_a_project_can_add_a_mandatory_agent_of_its_own(tmp_path: Path) -> None:
    registry = with_agents(tmp_path, auditor="triggers: [before_delivery]\nmandatory: true\npriority: low")
    stages = joined(BUG_FIX, pulled_in(registry, {"before_delivery"}), registry)
    assert stages[2] == ["qa_debugger", "auditor"]
    assert trimmed(stages, ["python_pro"], registry) == [["python_pro"], ["qa_debugger", "auditor"]]


def test_agents_that_require_each_other_end_nothing_in_a_circle(tmp_path: Path) -> None:
    registry = with_agents(tmp_path, hen="requires: [egg]\ntriggers: [farm]", egg="requires: [hen]")
    assert joined([], pulled_in(registry, {"farm"}), registry) == [["egg"], ["hen"]]
    assert trimmed([["egg"], ["hen"], ["monitor"]], ["hen"], registry) == [["egg"], ["hen"]]


def test_a_misspelt_condition_is_noticed_and_a_word_is_not(tmp_path: Path) -> None:
    registry = with_agents(tmp_path, typist="triggers: [code_chnage, terraform, data base, ui]")
    assert unknown_conditions(registry.agents["typist"]) == ["code_chnage"]
    assert place_of(registry.agents["typist"]) == "make"
