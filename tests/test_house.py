"""The house keeps itself: what we promise about the code of Magnus as a whole. The rules stand in house.py."""

import json
import os
import pwd
import re
import shlex
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import house
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from readme import commands_of, pages

NINE_OF_THE_USER = {
    "langgraph",
    "langchain-core",
    "anthropic",
    "pydantic",
    "sqlalchemy",
    "psycopg2-binary",
    "yfinance",
    "scipy",
    "pytest",
}
HEAVY = (
    "yfinance", "anthropic", "langchain_anthropic", "langchain.agents", "streamlit", "pandas", "exchange_calendars",
)  # fmt: skip
RECORDS = {"plan.md", "decisions.md"}
"""Pages of docs/ that tell a reader how Magnus came to be, not how to use it."""

LONG_FOR_A_REASON: dict[str, str] = {}
"""`module` or `module::function`: why it is longer than 300 or 40 lines. An entry that is no longer needed fails."""


@pytest.fixture(scope="session")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="session")
def pins(root: Path) -> dict[str, str]:
    """Package and exact version, as constraints.txt gives them."""
    pinned = (line.partition(";")[0].partition("==") for line in _lines(root / "constraints.txt"))
    return {canonicalize_name(name.strip()): version.strip() for name, _, version in pinned}


@pytest.fixture(scope="session")
def manual(root: Path) -> str:
    """The README and the pages of docs/ that say how to use Magnus."""
    how_to = (page for page in (root / "docs").rglob("*.md") if page.name not in RECORDS)
    return "\n".join(page.read_text(encoding="utf-8") for page in [root / "README.md", *how_to])


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[str]:
    """What git keeps or is about to: everything that is not ignored."""
    if not (root / ".git").exists():
        pytest.skip("this is no git checkout, so nothing says which files are ours")
    git = ["git", "-c", f"safe.directory={root}", "-C", str(root)]
    listed = _run([*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
    return [name for name in listed.split("\0") if name and (root / name).is_file()]


@pytest.fixture(scope="session")
def commands() -> dict[str, Any]:
    """Every command of the CLI that does something, by its full name: "scan", "db upgrade"."""
    from typer.main import get_command

    from apps.cli.main import app

    return dict(_leaves(get_command(app)))


def test_each_import_name_is_ours_from_any_folder(root: Path, tmp_path: Path) -> None:
    ask = "import sys, json, importlib.util as u; print(json.dumps({n: u.find_spec(n).origin for n in sys.argv[1:]}))"
    origins = json.loads(_run([sys.executable, "-c", ask, *house.PACKAGES], cwd=tmp_path))
    wheel = Path(str(metadata.distribution("magnus").locate_file("")))
    homes = {root.resolve(), wheel.resolve()}
    assert {name: origin for name, origin in origins.items() if Path(origin).resolve().parents[1] not in homes} == {}


def test_no_other_installed_package_brings_one_of_our_names() -> None:
    owners = metadata.packages_distributions()
    assert {name: set(owners[name]) for name in house.PACKAGES} == {name: {"magnus"} for name in house.PACKAGES}


def test_the_nine_packages_of_the_user_are_declared(project: dict[str, Any]) -> None:
    assert set(_names(project["dependencies"])) >= NINE_OF_THE_USER


def test_every_constraint_is_one_exact_version_and_no_address(root: Path) -> None:
    pin = re.compile(r"[\w.-]+==[\w.!+]+( *; *python_version *[<>=!]+ *\"[\d.]+\")?")
    assert [line for line in _lines(root / "constraints.txt") if not pin.fullmatch(line)] == []


def test_every_declared_dependency_is_pinned(project: dict[str, Any], pins: dict[str, str]) -> None:
    extras = [name for extra in project["optional-dependencies"].values() for name in _names(extra)]
    assert {*_names(project["dependencies"]), *extras} - pins.keys() == set()


def test_everything_installed_for_magnus_has_the_pinned_version(pins: dict[str, str]) -> None:
    installed = {name: metadata.version(name) for name in _needed_by("magnus", "dev") - {"magnus"}}
    assert {name: version for name, version in installed.items() if pins.get(name) != version} == {}


@pytest.mark.parametrize("python", ["3.11.0", "3.12.0", "3.13.0"])
def test_everything_installed_for_magnus_runs_on_the_first_release_of_each_python_we_promise(python: str) -> None:
    accepted = {name: metadata.metadata(name).get("Requires-Python") for name in _needed_by("magnus", "dev")}
    assert {name: asks for name, asks in accepted.items() if asks and python not in SpecifierSet(asks)} == {}


def test_no_module_or_function_is_long_without_a_reason_on_record(root: Path) -> None:
    long = house.long_modules(root) | house.long_functions(root)
    assert {name: lines for name, lines in long.items() if name not in LONG_FOR_A_REASON} == {}


def test_every_reason_for_length_is_still_needed(root: Path) -> None:
    assert LONG_FOR_A_REASON.keys() <= (house.long_modules(root) | house.long_functions(root)).keys()


def test_every_prompt_is_used_and_every_slot_is_filled(root: Path) -> None:
    assert house.prompt_problems(root) == []


def test_every_outside_thing_is_met_in_its_room_only(root: Path) -> None:
    assert house.things_outside_their_room(root) == []


def test_nothing_leaves_the_process_past_the_table_of_effects(root: Path) -> None:
    assert house.effects_outside_the_table(root) == []


def test_nodes_do_not_import_each_other(root: Path) -> None:
    assert house.nodes_that_know_a_node(root) == []


def test_nothing_happens_when_the_graph_package_is_imported(root: Path) -> None:
    assert (root / "graph" / "__init__.py").read_text(encoding="utf-8") == ""


def test_importing_the_graph_loads_nothing_heavy(tmp_path: Path) -> None:
    ask = "import sys, json, graph.master; print(json.dumps([n for n in sys.argv[1:] if n in sys.modules]))"
    assert json.loads(_run([sys.executable, "-c", ask, *HEAVY], cwd=tmp_path)) == []


def test_no_error_is_swallowed_in_silence(root: Path) -> None:
    assert house.silent_excepts(root) == []


def test_no_module_has_a_name_that_fits_everything(root: Path) -> None:
    assert house.vague_names(root) == []


def test_no_door_hides_a_standard_module(root: Path) -> None:
    assert house.doors_named_like_the_standard_library(root) == []


def test_tests_are_no_packages(root: Path) -> None:
    assert house.packages_of_tests(root) == []


def test_tests_use_fakes_and_never_a_mock(root: Path) -> None:
    assert house.mocks(root) == []


def test_every_test_claims_something(root: Path) -> None:
    assert house.tests_that_claim_nothing(root) == []


def test_tests_reach_loopback_and_nothing_further() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), timeout=5):
        pass
    with socket.socket() as way_out, pytest.raises(RuntimeError, match="tests stay on loopback"):
        way_out.connect(("192.0.2.1", 80))


def test_tests_and_their_children_know_no_key_and_no_file_of_the_user() -> None:
    ask = "import os, pathlib, json; print(json.dumps([str(pathlib.Path.home()), *os.environ]))"
    home, *names = json.loads(_run([sys.executable, "-c", ask]))
    assert Path(home) not in (Path(pwd.getpwuid(os.getuid()).pw_dir), Path("/"))
    assert [name for name in names if name.startswith(("MAGNUS_", "PG", "ANTHROPIC_")) or "_KEY" in name] == []


def test_no_file_tells_of_the_machine_it_was_written_on(root: Path, tracked: list[str]) -> None:
    assert house.traces_of_a_machine(root, tracked) == []


def test_every_command_of_the_cli_is_in_the_manual(commands: dict[str, Any], manual: str) -> None:
    assert [name for name in commands if not re.search(rf"\bmagnus {name}\b", manual)] == []


def test_every_node_of_the_graph_is_in_the_manual(manual: str) -> None:
    from graph.master import graph

    nodes = graph.get_graph().nodes.keys() - {"__start__", "__end__"}
    assert sorted(node for node in nodes if f"`{node}`" not in manual) == []


def test_every_command_our_pages_show_exists(root: Path, commands: dict[str, Any]) -> None:
    targets = set(re.findall(r"^(\w+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = {line for page in pages(root) for line in commands_of(page.read_text(encoding="utf-8"))}
    assert sorted(line for line in shown if not _exists(shlex.split(line), targets, commands)) == []


def test_every_part_of_the_plans_has_a_room_that_is_there_or_the_words_not_yet(root: Path) -> None:
    rows = re.findall(r"^\| (.+) \| (.+) \|$", (root / "docs" / "plan.md").read_text(encoding="utf-8"), re.MULTILINE)
    rooms = [(part, re.findall(r"`([^`]+)`", where), where) for part, where in rows if where != "Where"]
    assert [part for part, paths, where in rooms if not paths and where != "not yet"] == []
    assert [(part, path) for part, paths, _ in rooms for path in paths if not (root / path).exists()] == []


def test_the_example_of_settings_shows_and_explains_every_setting_with_its_default(root: Path) -> None:
    from graph.settings import Settings, load_settings

    lines = (root / ".env.example").read_text(encoding="utf-8").splitlines()
    shown = {line[1:].partition("=")[0]: number for number, line in enumerate(lines) if line.startswith("#MAGNUS_")}
    assert sorted(shown) == sorted(f"MAGNUS_{name.upper()}" for name in Settings.model_fields)
    assert [name for name, number in shown.items() if not lines[number - 1].startswith("# ")] == []
    given = {name: lines[number].partition("=")[2] for name, number in shown.items() if name != "MAGNUS_DATA_DIR"}
    assert load_settings(given) == load_settings({})


def _lines(path: Path) -> list[str]:
    """The lines that say something: neither empty nor a comment."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _names(requirements: list[str]) -> list[str]:
    return [canonicalize_name(Requirement(text).name) for text in requirements]


def _needed_by(name: str, *extras: str) -> set[str]:
    """The installed packages a package leads to, itself among them."""
    found: set[str] = set()
    waiting = [(name, ("", *extras))]
    seen = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found.add(canonicalize_name(name))
        for need in map(Requirement, metadata.requires(name) or []):
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append((need.name, ("", *sorted(need.extras))))
    return found


def _leaves(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Commands below a group, by full name; the way click itself lists them, so a lazy group answers too."""
    if not hasattr(command, "list_commands"):
        yield name, command
        return
    context = command.context_class(command)
    for child in command.list_commands(context):
        yield from _leaves(command.get_command(context, child), f"{name} {child}".strip())


def _exists(words: list[str], targets: set[str], commands: dict[str, Any]) -> bool:
    """Whether a shown line calls a target of the Makefile, a command of ours, a sentence given to it, git or cd."""
    program, *rest = [word for word in words if not re.match(r"MAGNUS_\w+=", word)]
    if program == "make":
        return set(rest) <= targets
    if program == "magnus":
        said = " ".join(word for word in rest if not word.startswith("-"))
        is_sentence = bool(rest) and " " in rest[0]
        return is_sentence or not said or any(f"{said} ".startswith(f"{name} ") for name in commands)
    return program in {"git", "cd"}


def _run(command: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
