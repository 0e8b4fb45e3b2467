"""Files that judge: the rules of the gates, agents and workflows, continuous integration. A person answers for them."""

import re
from collections.abc import Iterator

from tools.checks.before import Before, text_now
from tools.checks.change import ChangedFile
from tools.checks.findings import Finding
from tools.checks.stand import Stand
from tools.code.globs import matches

JUDGES = {
    "the rules of the gates": (".magnus.toml",),
    "agents and workflows": (
        ".claude/**", "**/.claude/**", ".magnus/**", "**/.magnus/**", "prompts/agents/**", "**/prompts/agents/**",
        "prompts/workflows/**", "**/prompts/workflows/**", "agents/*.md",
    ),
    "continuous integration": (
        ".github/workflows/**", ".github/actions/**", ".gitlab-ci.yml", ".gitlab/ci/**", ".circleci/**", ".travis.yml",
        "azure-pipelines*.yml", ".azure-pipelines/**", "Jenkinsfile", ".ci/**", "bitbucket-pipelines.yml", ".drone.yml",
        "appveyor.yml", ".appveyor.yml", ".buildkite/**", ".woodpecker/**", ".woodpecker.yml", ".cirrus.yml",
        ".teamcity/**", "cloudbuild.yaml", "codecov.yml", ".codecov.yml",
    ),
    "checks before a commit or a push": (
        ".pre-commit-config.yaml", ".husky/**", ".githooks/**", "lefthook.yml", ".lefthook.yml",
    ),
}  # fmt: skip
TARGET = re.compile(r"^([A-Za-z0-9_./ -]+?)\s*::?(?!=)(.*)$")
CHECKING = re.compile(r"^(test|check|lint|ci|verify|typecheck|type-check|types|mypy|audit|coverage|gates?)([-_.].*)?$")
MAKEFILES = ("Makefile", "makefile", "GNUmakefile")


def changed_judges(stand: Stand, before: Before) -> Iterator[Finding]:
    """A finding for each file that judges and is not as the base has it; a rename counts under both names."""
    for one in stand.change.files:
        names = {one.path, one.old_path}
        inside = names | {path.removeprefix(stand.change.prefix) for path in names}
        for what, patterns in JUDGES.items():
            if any(matches(pattern, path) for path in inside for pattern in patterns):
                yield _finding(one, f"It belongs to {what}, which judge this change: a person has to answer for it.")
                break
        if one.path.rpartition("/")[2] in MAKEFILES:
            yield from _targets(stand, one, before)


def _targets(stand: Stand, one: ChangedFile, before: Before) -> Iterator[Finding]:
    """Targets of a Makefile by which the project is checked, where one does something else or is gone."""
    old, now = (recipes(text) for text in (before.texts.get(one.path, ""), text_now(stand, one.path)))
    for name, recipe in old.items():
        if CHECKING.match(name) and now.get(name) != recipe:
            yield _finding(one, f"The target {name} checks the project, and it is not what it was.")


def recipes(makefile: str) -> dict[str, list[str]]:
    """What each target of a Makefile needs and does.

    >>> recipes("test: install\\n\\tpytest\\n")
    {'test': ['install', 'pytest']}
    """
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in makefile.splitlines():
        if line.startswith("\t") or (line.startswith(" ") and names):
            for name in names:
                found[name].append(line.strip())
        elif target := TARGET.match(line):
            names = target[1].split()
            for name in names:
                found.setdefault(name, []).extend([target[2].strip()] if target[2].strip() else [])
        elif line.strip() and not line.startswith("#"):
            names = []
    return found


def _finding(one: ChangedFile, message: str) -> Finding:
    return Finding(one.path, min(one.added, default=0), "tamper", message, "critical", is_acceptable=True)
