"""What a change newly needs from outside: each new version is audited where it can be, or a person asked."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from tools.checks.before import Before, text_now
from tools.checks.declared import is_declaration, needs_of
from tools.checks.findings import Finding
from tools.checks.parsing import scratch_file
from tools.checks.stand import OWN, Stand
from tools.code.interpreters import python_folders
from tools.code.limits import Ran

MOST_NAMED = 8
AUDIT_S = 60


@dataclass(frozen=True)
class Need:
    """A package that is asked for in a new way, and where."""

    file: str
    name: str
    asked: str

    def __str__(self) -> str:
        return f"{self.name} {self.asked}".strip()


def new_needs(stand: Stand, before: Before) -> list[Need]:
    """Packages that the change asks for and its base did not, or not in that version."""
    found = []
    for one in stand.change.files:
        if one.is_there and is_declaration(one.path) and one.added:
            old = needs_of(one.old_path, before.texts.get(one.path, ""))
            now = needs_of(one.path, text_now(stand, one.path))
            found += [Need(one.path, name, asked) for name, asked in now.items() if old.get(name) != asked]
    return found


def check_dependencies(stand: Stand, before: Before) -> tuple[list[Finding], list[Ran], str]:
    """Known weaknesses of what is newly needed, and for what a person has to be asked, or ""."""
    needs = new_needs(stand, before)
    if not needs:
        return [], [], ""
    versions = {need: version for need in needs if (version := _version(stand, need))}
    weak, ran = _audit(stand, versions) if versions else (None, [])
    told = [Finding(need.file, 0, "dependency", f"It newly needs {need}.", "low", False) for need in needs]
    if weak is None:
        open_now = needs
    else:
        told += weak
        open_now = [need for need in needs if need not in versions]
    named = ", ".join(dict.fromkeys(map(str, open_now[:MOST_NAMED])))
    more = f" and {len(open_now) - MOST_NAMED} more" if len(open_now) > MOST_NAMED else ""
    waits = f"Nobody audited what this change newly needs: {named}{more}." if open_now else ""
    return told, ran, waits


def _version(stand: Stand, need: Need) -> str:
    """The version that is meant: the one that is asked for, else the one the project's environment has."""
    try:
        exact = [
            one.version for one in SpecifierSet(need.asked) if one.operator in ("==", "===") and "*" not in one.version
        ]
    except InvalidSpecifier:
        return ""
    if exact:
        return exact[0]
    places = [str(place) for place in stand.python.glob("lib/python3*/site-packages")]
    installed = (one for one in distributions(path=places) if canonicalize_name(one.name) == need.name)
    return next((one.version for one in installed), "")


def _audit(stand: Stand, versions: Mapping[Need, str]) -> tuple[list[Finding] | None, list[Ran]]:
    """What pip-audit knows of these versions; None where there is none, or it cannot ask anybody.

    It runs in a box with a network and without anything of the project but the names of these packages.
    """
    program = next((place for place in _programs(stand) if place.exists()), None)
    if program is None:
        return None, []
    listed = "".join(f"{need.name}=={version}\n" for need, version in versions.items())
    file = scratch_file(stand, "requirements.txt", listed)
    pythons = dict.fromkeys(place for prefix in (stand.python, OWN) for place in python_folders(prefix))
    ran = stand.sandbox.run(
        [str(program), "--disable-pip", "--no-deps", "--progress-spinner", "off", "-f", "json", "-r", str(file)],
        cwd=file.parent, read_only=[*pythons, file.parent], timeout_s=AUDIT_S, network=True,
    )  # fmt: skip
    try:
        told = json.loads(ran.stdout)["dependencies"] if ran.exit_code in (0, 1) else None
    except (ValueError, KeyError, TypeError):
        told = None
    return (None if told is None else list(_weak(told, versions))), [ran]


def _programs(stand: Stand) -> Iterator[Path]:
    for prefix in (OWN, stand.python):
        yield prefix / "bin" / "pip-audit"


def _weak(told: list[dict[str, object]], versions: Mapping[Need, str]) -> Iterator[Finding]:
    files = {need.name: need.file for need in versions}
    for one in told:
        name = canonicalize_name(str(one["name"]))
        known = one.get("vulns") or []
        if isinstance(known, list) and known:
            ids = ", ".join(str(weakness["id"]) for weakness in known[:MOST_NAMED])
            message = f"{name} {one['version']} has known weaknesses: {ids}."
            yield Finding(files.get(name, ""), 0, "vulnerable", message, "critical", is_acceptable=True)
