"""New type errors, where the project uses mypy or pyright: those that the base does not have."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.checks.errand import ErrandFailed
from tools.checks.findings import Finding
from tools.checks.parsing import inside, scratch_file, text_of_base
from tools.checks.stand import Stand
from tools.code.limits import Ran

LINE = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+)(?::\d+)*: error: (?P<message>.*?)(?:  \[(?P<code>[\w-]+)\])?$")
UNKNOWN = {"import-not-found", "import-untyped", "import", "reportMissingImports", "reportMissingModuleSource"}
"""What says more about the environment than about the code."""
MYPY_PLACES = ("mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg")
MYPY_FLAGS = (
    "--no-pretty", "--hide-error-context", "--show-error-codes", "--no-error-summary", "--no-color-output",
    "--show-absolute-path",
)  # fmt: skip


@dataclass(frozen=True)
class Error:
    """What a type checker says, at a path from the top of the repository."""

    path: str
    line: int
    code: str
    message: str


def check_types(stand: Stand, paths: Sequence[str]) -> tuple[list[Finding], list[Ran]]:
    """New type errors by the checker and the configuration that the base names. Raises ErrandFailed."""
    place = next((name for name in MYPY_PLACES if _is_mypy(name, text_of_base(stand, name))), "")
    uses_pyright = not place and _uses_pyright(stand)
    if not paths or not (place or uses_pyright):
        return [], []
    program = stand.python / "bin" / ("mypy" if place else "pyright")
    if not program.exists():
        message = f"The project uses {program.name}, which is not in its environment: types were not looked at."
        return [Finding("", 0, "types-unknown", message, "medium", False)], []
    argv = _mypy(stand, program, place, paths) if place else [str(program), "--outputjson"]
    now, ran = _run(stand, argv, stand.change.tree)
    if not now:
        return [], [ran]
    then, earlier = _run(stand, _there(stand, argv, paths), stand.change.base)
    return list(_new(stand, now, then)), [ran, earlier]


def _is_mypy(name: str, text: str) -> bool:
    if name == "pyproject.toml":
        try:
            return "mypy" in tomllib.loads(text).get("tool", {})
        except tomllib.TOMLDecodeError:
            return False
    return bool(re.search(r"^\[mypy\]", text, re.MULTILINE))


def _uses_pyright(stand: Stand) -> bool:
    return bool(text_of_base(stand, "pyrightconfig.json")) or "[tool.pyright" in text_of_base(stand, "pyproject.toml")


def _mypy(stand: Stand, program: Path, place: str, paths: Sequence[str]) -> list[str]:
    """The configuration is that of the base: where the change has another one, a copy is given."""
    text = text_of_base(stand, place)
    is_same = stand.change.text(f"{stand.change.prefix}{place}") == text
    config = place if is_same else str(scratch_file(stand, place, text))
    says_what = re.search(r"^\s*(files|packages|modules)\s*=", text, re.MULTILINE)
    named = [] if says_what else [inside(stand, path) for path in paths]
    return [str(program), *MYPY_FLAGS, "--config-file", config, "--", *named]


def _there(stand: Stand, argv: Sequence[str], paths: Sequence[str]) -> list[str]:
    """The command for the base: files that it does not have are left out, and renamed ones go by their old name."""
    old = {inside(stand, one.path): inside(stand, one.old_path) if one.how != "A" else "" for one in stand.change.files}
    named = {inside(stand, path) for path in paths}
    return [told for word in argv if (told := old.get(word, word) if word in named else word)]


def _run(stand: Stand, argv: Sequence[str], tree: str) -> tuple[list[Error], Ran]:
    cache = stand.scratch / "types"
    cache.mkdir(exist_ok=True)
    given = stand.scratch / "given"
    given.mkdir(exist_ok=True)
    folder = stand.folder(tree)
    env = {"MYPY_CACHE_DIR": str(cache)}
    ran = stand.run(list(argv), folder, may_write=False, env=env, seen=[given], written=[cache])
    is_json = "--outputjson" in argv
    errors = list(_pyright(stand, folder, ran) if is_json else _lines(stand, folder, ran))
    if ran.exit_code not in (0, 1) or (ran.exit_code == 1 and not errors) or ran.is_truncated:
        raise ErrandFailed("The types of the change", ran)
    return errors, ran


def _lines(stand: Stand, folder: Path, ran: Ran) -> Iterator[Error]:
    for line in ran.stdout.splitlines():
        if found := LINE.match(line):
            path = _path(stand, folder, found["file"])
            yield Error(path, int(found["line"]), found["code"] or "", found["message"])


def _pyright(stand: Stand, folder: Path, ran: Ran) -> Iterator[Error]:
    try:
        told: list[Any] = json.loads(ran.stdout)["generalDiagnostics"]
    except (ValueError, KeyError) as error:
        raise ErrandFailed("The types of the change", ran) from error
    for one in told:
        if one["severity"] == "error":
            line = one["range"]["start"]["line"] + 1
            yield Error(_path(stand, folder, one["file"]), line, one.get("rule", ""), one["message"])


def _path(stand: Stand, folder: Path, file: str) -> str:
    for top in (f"{stand.change.root}/", f"{folder}/"):
        if file.startswith(top):
            return file.removeprefix(top)
    return f"{stand.change.prefix}{file}"


def _new(stand: Stand, now: Sequence[Error], then: Sequence[Error]) -> Iterator[Finding]:
    """Errors of which the base has fewer, wherever they stand: a line that moved is none."""
    names = {one.old_path: one.path for one in stand.change.files if one.how != "A"}
    old = Counter((names.get(one.path, one.path), one.code, one.message) for one in then)
    for one in now:
        key = (one.path, one.code, one.message)
        if old[key] > 0:
            old[key] -= 1
            continue
        rule = "type-unknown" if one.code in UNKNOWN else "type-error"
        yield Finding(one.path, one.line, rule, f"{one.message} [{one.code or 'types'}].", "medium", False)
