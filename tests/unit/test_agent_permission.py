"""Which tools an agent's file gives it, and what those refuse it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from coding import BUG, buggy_checkout
from loops import bench_in

from graph.errors import BadInput
from prompts.agent import Writes
from prompts.agent_tools import TOOLS
from tools.agents.bench import Bench
from tools.agents.kit import WRITING, Kit, tools_for
from tools.agents.permission import refuse_unless_writable
from tools.routing.registries import own_registry

SPECIALISTS = [agent.key for agent in own_registry() if agent.kind == "specialist"]
READERS = [key for key in SPECIALISTS if own_registry().agents[key].writes == "nothing"]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return buggy_checkout(tmp_path / "WheelStrategy")


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A bench for all tests in which nothing is changed."""
    return bench_in(buggy_checkout(tmp_path_factory.mktemp("still") / "WheelStrategy"))


@pytest.fixture
def tester(checkout: Checkout) -> Kit:
    return Kit(bench_in(checkout), "tests")


@pytest.fixture
def reader(checkout: Checkout) -> Kit:
    return Kit(bench_in(checkout), "nothing")


def test_reviewer_architect_and_detective_are_readers_and_the_tester_writes_tests_only() -> None:
    assert {"code_reviewer", "architect", "error_detective"} <= set(READERS)
    assert own_registry().agents["qa_debugger"].writes == "tests"


@pytest.mark.parametrize("key", READERS)
def test_a_reader_is_offered_no_tool_that_writes(key: str, still: Bench) -> None:
    assert not WRITING & {tool.name for tool in tools_for(own_registry().agents[key], still)}


@pytest.mark.parametrize("key", SPECIALISTS)
def test_an_agent_has_the_tools_of_its_file_and_no_other(key: str, still: Bench) -> None:
    agent = own_registry().agents[key]
    assert {tool.name for tool in tools_for(agent, still)} <= set(agent.tools)


def test_every_tool_tells_the_model_when_to_use_it(still: Bench, tmp_path: Path) -> None:
    agent = replace(own_registry().agents["python_pro"], tools=TOOLS)
    tools = tools_for(agent, replace(still, packages=tmp_path), lambda *asked: "", lambda *asked: "")
    assert [tool.name for tool in tools] == list(TOOLS)
    assert all(len(tool.description) > 30 for tool in tools)


@pytest.mark.parametrize("writes", ["nothing", "tests"])
def test_only_who_may_write_everything_fetches_packages_and_only_where_that_is_allowed(
    still: Bench, tmp_path: Path, writes: Writes
) -> None:
    fetching = {"pin_wheels", "install_wheels"}
    agent = replace(own_registry().agents["python_pro"], tools=TOOLS)
    assert not fetching & {tool.name for tool in tools_for(agent, still)}
    careful = replace(agent, writes=writes)
    assert not fetching & {tool.name for tool in tools_for(careful, replace(still, packages=tmp_path))}


@pytest.mark.parametrize(
    "act",
    [
        lambda kit: kit.write("dashboard.py", ""),
        lambda kit: kit.edit("dashboard.py", "premium", "prize"),
        lambda kit: kit.delete("dashboard.py"),
        lambda kit: kit.move("dashboard.py", "tests/test_dash.py"),
        lambda kit: kit.write("tests/test_dashboard.py", ""),
    ],
)
def test_a_reader_is_refused_even_where_it_gets_hold_of_a_tool(still: Bench, act: Callable[[Kit], str]) -> None:
    with pytest.raises(BadInput, match="You may read and run, not write"):
        act(Kit(still, "nothing"))


@pytest.mark.parametrize(
    "path", ["tests/test_new.py", "test_new.py", "web/a.test.ts", "pkg/test/data.csv", "Tests/a.py"]
)
def test_a_tester_writes_tests(tester: Kit, path: str, checkout: Checkout) -> None:
    assert tester.write(path, "x = 1\n") == f"{path} is new: 1 line."
    assert (checkout.folder / path).read_text() == "x = 1\n"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("dashboard.py", "You write tests only"),
        ("testing.py", "You write tests only"),
        ("contest/a.py", "You write tests only"),
        ("tests", "You write tests only"),
        ("conftest.py", "decides how tests are judged"),
        ("tests/conftest.py", "decides how tests are judged"),
        ("tests/ConfTest.py", "decides how tests are judged"),
        ("tests/sitecustomize.py", "decides how tests are judged"),
        ("pyproject.toml", "decides how tests are judged"),
    ],
)
def test_a_tester_is_refused_everything_else(still: Bench, path: str, why: str) -> None:
    tester = Kit(still, "tests")
    for act in (lambda: tester.write(path, ""), lambda: tester.edit(path, "a", "b"), lambda: tester.delete(path)):
        with pytest.raises(BadInput, match=why):
            act()


def test_a_tester_moves_no_code_among_the_tests_and_no_test_over_the_code(tester: Kit) -> None:
    for path, to in (("dashboard.py", "tests/a.py"), ("tests/test_dashboard.py", "dashboard.py")):
        with pytest.raises(BadInput):
            tester.move(path, to)


def test_a_tester_gets_to_the_code_neither_by_dots_nor_by_a_link(tester: Kit, checkout: Checkout) -> None:
    (checkout.folder / "tests" / "src").symlink_to("..")
    assert "goes up with .." in tester.write("tests/../dashboard.py", "")
    assert "symbolic link" in tester.write("tests/src/dashboard.py", "")
    assert (checkout.folder / "dashboard.py").read_text() == BUG


@needs_bubblewrap
@pytest.mark.parametrize("who", ["tester", "reader"])
def test_who_may_not_write_finds_the_project_read_only_in_a_command(
    who: str, checkout: Checkout, request: pytest.FixtureRequest
) -> None:
    kit: Kit = request.getfixturevalue(who)
    told, facts = kit.run("echo broken > dashboard.py; echo broken > tests/a; echo scratch > /tmp/a && cat /tmp/a")
    assert told.count("Read-only file system") == 2
    assert "scratch" in told.splitlines()
    assert facts["exit_code"] == 0
    assert (checkout.folder / "dashboard.py").read_text() == BUG


@pytest.mark.parametrize("path", ["tests/a.py", "src/test_a.py"])
def test_who_writes_everything_is_refused_nothing(path: str) -> None:
    refuse_unless_writable("all", path)
    refuse_unless_writable("tests", path)
    with pytest.raises(BadInput):
        refuse_unless_writable("nothing", path)
