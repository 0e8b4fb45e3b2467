"""What the changed files say: Python as the project's own Python reads it, YAML, TOML and JSON, before and now."""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from tools.agents.permission import is_test
from tools.checks.before import Before, text_now
from tools.checks.change import Change
from tools.checks.errand import project_python, send
from tools.checks.findings import Finding, Json
from tools.checks.stand import Stand
from tools.code.limits import Ran

DATA_FOLDERS = {"data", "fixtures", "testdata", "test_data", "snapshots", "golden", "cases", "samples", "resources"}
COMMENTED = re.compile(r"([tj]sconfig[\w.-]*|devcontainer|\.eslintrc|\.babelrc|\.swcrc|api-extractor)\.json")
KINDS = {".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".json": "json", ".ipynb": "json"}
NAMED = {"poetry.lock": "toml", "uv.lock": "toml", "Pipfile": "toml", "Pipfile.lock": "json"}
CONFLICT = ("<<<<<<< ", ">>>>>>> ")


@dataclass(frozen=True)
class Parsed:
    """The facts of each changed Python file by the path it has now, and the version that read them."""

    now: Mapping[str, Json]
    before: Mapping[str, Json]
    python: str
    ran: Ran


def parse_python(stand: Stand, before: Before) -> Parsed:
    """The facts of the changed files; raises ErrandFailed where the project's Python does not run."""
    now = [one.path for one in stand.change.python if _is_code(stand, one.path)]
    files = {f"now {path}": inside(stand, path) for path in now}
    old = {f"before {path}": str(place) for path, place in before.places.items() if place.suffix in (".py", ".pyi")}
    job: Json = {"files": files | old, "old": list(old)}
    told, ran = send(stand, "facts", job, what="The Python files", python=project_python(stand), seen=[before.folder])
    return Parsed(_under("now ", told["files"]), _under("before ", told["files"]), str(told["python"]), ran)


def facts_of(stand: Stand, paths: Iterable[str]) -> tuple[Mapping[str, Json], Ran]:
    """The facts of other files of the new tree."""
    files = {path: inside(stand, path) for path in paths}
    told, ran = send(stand, "facts", {"files": files}, what="The Python files", python=project_python(stand))
    return dict(told["files"]), ran


def inside(stand: Stand, path: str) -> str:
    """A file as a command in the box names it, from the folder of the project."""
    return f"./{os.path.relpath(path, stand.change.prefix or '.')}"


def is_sample(path: str) -> bool:
    """Whether a file is what tests read and not what runs: it may be broken on purpose.

    >>> [is_sample(path) for path in ("tests/data/broken.py", "src/data/feed.py")]
    [True, False]
    """
    return is_test(path) and bool(DATA_FOLDERS & set(PurePosixPath(path).parts[:-1]))


def broken_python(parsed: Parsed, is_its_python: bool) -> list[Finding]:
    """Files that are no Python and were some before, or are new; told only, where another Python is meant."""
    found = []
    for path, facts in parsed.now.items():
        if (error := facts.get("error")) and "error" not in parsed.before.get(path, {}):
            fails = is_its_python and not is_sample(path)
            message = f"Python {parsed.python} cannot read it: {error['message']}."
            found.append(Finding(path, error["line"], "parse", message, "critical" if fails else "low", fails))
    return found


def broken_data(stand: Stand, before: Before) -> tuple[list[Finding], list[Ran], dict[str, str]]:
    """YAML, TOML and JSON files that nothing can read and that could be read before, or are new."""
    kinds = {one.path: found for one in stand.change.files if one.is_there and (found := _kinds(one.path))}
    kinds = {path: found for path, found in kinds.items() if text_now(stand, path)}
    if not kinds:
        return [], [], {}
    files: Json = {f"now {path}": [found, inside(stand, path)] for path, found in kinds.items()}
    old = {path: str(place) for path, place in before.places.items() if path in kinds}
    files |= {f"before {path}": [kinds[path], place] for path, place in old.items()}
    told, ran = send(
        stand, "data", {"files": files}, what="The data files", python=stand.own_python, options=("-I",),
        seen=[before.folder],
    )  # fmt: skip
    now, then = _under("now ", told["files"]), _under("before ", told["files"])
    findings = [
        _data_finding(stand, path, error)
        for path, error in now.items()
        if error is not None and (path not in old or then.get(path) is None)
    ]
    return findings, [ran], {"pyyaml": str(told["yaml"])}


def conflict_marks(stand: Stand) -> list[Finding]:
    """Text files in which a merge was left half done."""
    found = []
    for one in stand.change.files:
        if one.is_there and not one.is_python and not is_sample(one.path) and one.added:
            lines = text_now(stand, one.path).split("\n")
            starts = {mark: _first(lines, mark, one.added) for mark in CONFLICT}
            if all(starts.values()):
                message = "A merge was left half done here: it has the marks of a conflict."
                found.append(Finding(one.path, starts[CONFLICT[0]], "conflict", message, "critical"))
    return found


def _first(lines: list[str], mark: str, added: frozenset[int]) -> int:
    return next((number for number, line in enumerate(lines, 1) if number in added and line.startswith(mark)), 0)


def _under(word: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(word): one for name, one in told.items() if name.startswith(word)}


def _is_code(stand: Stand, path: str) -> bool:
    place = stand.folder(stand.change.tree) / path
    return "{{" not in path and place.is_file() and not place.is_symlink()


def _kinds(path: str) -> list[str]:
    """The ways in which a file may be read; one that no reader of ours is for has none."""
    place = PurePosixPath(path)
    kind = NAMED.get(place.name) or KINDS.get(place.suffix)
    if kind is None or "{{" in path:
        return []
    if kind == "json" and (COMMENTED.fullmatch(place.name) or ".vscode" in place.parts):
        return ["commented"]
    return ["json", "lines"] if kind == "json" else [kind]


def _data_finding(stand: Stand, path: str, error: Json) -> Finding:
    kind = PurePosixPath(path).suffix.lstrip(".").upper().replace("YML", "YAML") or "its kind"
    fails = not (is_sample(path) or _is_template(path, text_now(stand, path)))
    message = f"It cannot be read as {kind}: {error['message']}."
    return Finding(path, error["line"], "data", message, "high" if fails else "low", fails)


def _is_template(path: str, text: str) -> bool:
    """Whether something else makes the file out of this one: Helm, Jinja, cookiecutter."""
    if path.startswith(".github/"):
        return False
    return "{%" in text or ("templates" in PurePosixPath(path).parts and "{{" in text)


def python_asked(change: Change) -> SpecifierSet | None:
    """The versions of Python the project is for, as its base says; None where it does not say."""
    pyproject = change.text(f"{change.prefix}pyproject.toml", change.base) or ""
    setup = change.text(f"{change.prefix}setup.cfg", change.base) or ""
    try:
        project = tomllib.loads(pyproject).get("project", {})
    except tomllib.TOMLDecodeError:
        project = {}
    listed = re.search(r"^python_requires\s*=\s*(.+)$", setup, re.MULTILINE)
    asked = project.get("requires-python") or (listed[1] if listed else "")
    try:
        return SpecifierSet(str(asked)) if asked else None
    except InvalidSpecifier:
        return None


def oldest_python(asked: SpecifierSet | None, running: str) -> str:
    """The oldest Python the code has to be for, as ruff names it.

    >>> oldest_python(SpecifierSet(">=3.9"), "3.11.7"), oldest_python(None, "3.11.7")
    ('py39', 'py311')
    """
    minors = [minor for minor in range(7, 15) if asked is not None and f"3.{minor}.99" in asked]
    minor = minors[0] if minors else max(7, min(14, int(running.split(".")[1])))
    return f"py3{minor}"


def text_of_base(stand: Stand, name: str) -> str:
    """A file of the project as the base has it, or ""."""
    return stand.change.text(f"{stand.change.prefix}{name}", stand.change.base) or ""


def scratch_file(stand: Stand, name: str, text: str) -> Path:
    """A file of ours that a tool is given."""
    folder = stand.scratch / "given"
    folder.mkdir(exist_ok=True)
    place = folder / name
    place.write_text(text, encoding="utf-8")
    return place
