"""Files that decide how a change is judged: a change of one fails the gate until a person answers for it."""

import ast
import configparser
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from tools.checks.change import Change, ChangedFile
from tools.checks.findings import Finding
from tools.checks.test_census import parsed
from tools.code.globs import matches

PYTHON = {"conftest.py", "sitecustomize.py", "usercustomize.py"}
WHOLE = {"pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", ".coveragerc", ".coveragerc.toml"}
IN_PARTS = {"tox.ini", "setup.cfg", "pyproject.toml"}
SECTIONS = ("pytest", "tool:pytest", "coverage:", "options.entry_points")
TABLES = (
    ("tool", "pytest"),
    ("tool", "coverage"),
    ("project", "entry-points", "pytest11"),
    ("tool", "poetry", "plugins", "pytest11"),
)
SHADOWS = {"pytest", "_pytest", "pluggy", "coverage", "unittest"}
JUDGES: Mapping[str, tuple[str, ...]] = {
    "the rules by which Magnus judges this project": (".magnus.toml",),
    "agents or workflows": ("/.magnus/**", "/.claude/**", "**/.magnus/**", "**/.claude/**"),
    "what CI runs": (
        "/.github/workflows/**", "/.github/actions/**", "/.circleci/**", "/.ci/**", "/.buildkite/**",
        ".gitlab-ci.yml", ".travis.yml", ".drone.yml", "azure-pipelines*.yml", "bitbucket-pipelines.yml", "Jenkinsfile",
    ),
}  # fmt: skip


def guarded_findings(change: Change) -> list[Finding]:
    """One finding for each changed file that decides how tests are run, or how the change is judged."""
    return [finding for file in change.files for finding in _of_file(change, file)]


def _of_file(change: Change, file: ChangedFile) -> Iterator[Finding]:
    line = min(file.added, default=0)
    for path in dict.fromkeys((file.path, file.old_path)):
        if what := next((what for what, patterns in JUDGES.items() if _is_one(path, patterns)), ""):
            yield _finding(path, line, "judging-files", f"{path} decides about {what}, and the change touches it.")
        elif why := _why_guarded(change, file, path):
            yield _finding(path, line, "test-configuration", f"{path}: {why}.")
    name = PurePosixPath(file.path)
    if file.how in "AR" and name.suffix == ".py" and {name.stem, name.parent.name} & SHADOWS:
        told = f"{file.path} can be taken for the tool that runs or measures the tests."
        yield _finding(file.path, line, "test-configuration", told)


def _is_one(path: str, patterns: tuple[str, ...]) -> bool:
    return any(matches(pattern, path) for pattern in patterns)


def _finding(path: str, line: int, rule: str, message: str) -> Finding:
    return Finding(path, line, rule, message, "critical", is_acceptable=True)


def _why_guarded(change: Change, file: ChangedFile, path: str) -> str:
    """What of the configuration of tests differs in a file, or ""."""
    name = PurePosixPath(path).name
    before = change.old_text(file) if path == file.old_path else None
    after = change.text(file.path) if file.is_there and path == file.path else None
    if name in PYTHON:
        return "it decides how tests run" if _code(before) != _code(after) else ""
    if name in WHOLE:
        return "it configures the tests" if _said(before) != _said(after) else ""
    if name in IN_PARTS:
        differs = _part(name, before) != _part(name, after)
        return "what it says of tests or of coverage is different" if differs else ""
    if name.endswith(".pth"):
        return "it runs whenever Python starts"
    return _plugins(before, after) if name.endswith(".py") else ""


def _code(text: str | None) -> str | None:
    tree = parsed(text) if text is not None else None
    return ast.dump(tree) if tree is not None else text


def _said(text: str | None) -> list[str]:
    lines = [line.strip() for line in (text or "").splitlines()]
    return [line for line in lines if line and not line.startswith(("#", ";"))]


def _part(name: str, text: str | None) -> Any:
    """What a file says of tests; of one that cannot be read everything."""
    try:
        if name.endswith(".toml"):
            return [found for path in TABLES if (found := _table(tomllib.loads(text or ""), path))]
        config = configparser.RawConfigParser(strict=False)
        config.read_string(text or "")
    except (tomllib.TOMLDecodeError, configparser.Error):
        return text
    return {section: dict(config[section]) for section in config.sections() if section.startswith(SECTIONS)}


def _table(found: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        found = found.get(name, {}) if isinstance(found, dict) else {}
    return found


def _plugins(before: str | None, after: str | None) -> str:
    """Whether a module asks pytest for other plugins than before."""
    asked, had = (_plugin_names(text) for text in (after, before))
    return f"it asks pytest for other plugins: {asked}" if asked and asked != had else ""


def _plugin_names(text: str | None) -> str:
    if "pytest_plugins" not in (text or ""):
        return ""
    tree = parsed(text) or ast.Module(body=[], type_ignores=[])
    found = [node for node in tree.body if isinstance(node, ast.Assign) and "pytest_plugins" in ast.unparse(node)]
    return ", ".join(ast.unparse(node.value) for node in found)
