"""The technologies of a project, found and never guessed: each with the file or the number of files that name it."""

import ast
import json
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from graph.errors import BadInput
from tools.checks.declared import LOCKS, is_declaration, needs_of
from tools.code.beneath import Beneath
from tools.code.names import shown

LARGEST = 500_000
MOST_READ = 400
DEEPEST = 3
MOST_NAMED = 40
LANGUAGES = {
    ".py": "Python", ".ipynb": "Jupyter notebooks", ".js": "JavaScript", ".mjs": "JavaScript", ".jsx": "JSX",
    ".ts": "TypeScript", ".tsx": "TSX", ".vue": "Vue", ".svelte": "Svelte", ".html": "HTML", ".css": "CSS",
    ".scss": "Sass", ".sql": "SQL", ".sh": "shell", ".go": "Go", ".rs": "Rust", ".java": "Java", ".kt": "Kotlin",
    ".rb": "Ruby", ".php": "PHP", ".c": "C", ".cpp": "C++", ".cs": "C#", ".swift": "Swift", ".tf": "Terraform",
}  # fmt: skip
MARKS = {
    "Dockerfile": "Docker", "docker-compose.yml": "Docker Compose", "docker-compose.yaml": "Docker Compose",
    "compose.yml": "Docker Compose", "compose.yaml": "Docker Compose", "Makefile": "make", "alembic.ini": "Alembic",
    "manage.py": "Django's manage.py", "pytest.ini": "pytest", "conftest.py": "pytest", "tox.ini": "tox",
    "noxfile.py": "nox", ".pre-commit-config.yaml": "pre-commit", "go.mod": "Go modules", "Cargo.toml": "Cargo",
    "Gemfile": "Bundler", "pom.xml": "Maven", "build.gradle": "Gradle", "composer.json": "Composer",
    "tsconfig.json": "TypeScript", "uv.lock": "uv", "poetry.lock": "Poetry", "package-lock.json": "npm",
    "yarn.lock": "Yarn", "pnpm-lock.yaml": "pnpm", "langgraph.json": "LangGraph", ".gitlab-ci.yml": "GitLab CI",
}  # fmt: skip
WORKFLOWS = ".github/workflows/"


class Found(NamedTuple):
    """A technology and where the project says so."""

    what: str
    where: str


def stack_of(place: Beneath, files: Sequence[str]) -> list[Found]:
    """Languages by their files, marks such as a Dockerfile, what is declared, and what Python files import."""
    return [*_languages(files), *_marks(files), *_declared(place, files), *_imported(place, files)]


def _languages(files: Sequence[str]) -> Iterator[Found]:
    counted = Counter(LANGUAGES.get(PurePosixPath(path).suffix.lower(), "") for path in files)
    for language, count in counted.most_common():
        if language:
            yield Found(language, f"{count} file{'' if count == 1 else 's'}")


def _marks(files: Sequence[str]) -> Iterator[Found]:
    seen = set()
    for path in files:
        name = PurePosixPath(path).name
        what = "GitHub Actions" if path.startswith(WORKFLOWS) else MARKS.get(name)
        if what and what not in seen and _is_near(path):
            seen.add(what)
            yield Found(what, shown(path))


def _declares(path: str) -> bool:
    name = PurePosixPath(path).name
    return name == "package.json" or (is_declaration(path) and name not in LOCKS and not name.startswith("constraints"))


def _declared(place: Beneath, files: Sequence[str]) -> Iterator[Found]:
    for path in (one for one in files if _is_near(one) and _declares(one)):
        text = _text(place, path)
        needs = _node_needs(text) if path.endswith(".json") else needs_of(path, text)
        if needs:
            yield Found(f"needs {_named([f'{name} {asked}'.strip() for name, asked in needs.items()])}", shown(path))


def _imported(place: Beneath, files: Sequence[str]) -> Iterator[Found]:
    """Packages that come from elsewhere: neither Python's own nor a module or folder of the project."""
    python = [path for path in files if path.endswith(".py")][:MOST_READ]
    own = {part.removesuffix(".py") for path in files for part in PurePosixPath(path).parts}
    counted = Counter(name for path in python for name in _imports(_text(place, path)))
    ranked = sorted(counted, key=lambda name: (-counted[name], name))
    foreign = [name for name in ranked if name not in own and name not in sys.stdlib_module_names]
    if foreign:
        yield Found(f"imports {_named(foreign)}", f"{len(python)} Python file{'' if len(python) == 1 else 's'}")


def _imports(text: str) -> set[str]:
    """The first part of every module a file imports; none where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def _node_needs(text: str) -> dict[str, str]:
    try:
        told = json.loads(text)
        tables = [told.get(name) or {} for name in ("engines", "dependencies", "devDependencies")]
        return {str(name): str(asked) for table in tables for name, asked in table.items()}
    except (ValueError, AttributeError, RecursionError):
        return {}


def _named(names: Sequence[str]) -> str:
    """Some of the names, as text that cannot break a line of the prompt."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(shown(name)[:80] for name in names[:MOST_NAMED]) + more


def _text(place: Beneath, path: str) -> str:
    """The text of a file; none of one that is gone, too large, or a link."""
    try:
        return place.read(path, LARGEST).decode("utf-8-sig", errors="replace")
    except BadInput:
        return ""


def _is_near(path: str) -> bool:
    return path.count("/") < DEEPEST
