"""What a change newly needs from outside: each new version is audited where it can be, or a person asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distributions

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from tools.checks.advisories import NOBODY, Advisories, Unanswered
from tools.checks.before import Before, text_now
from tools.checks.declared import is_declaration, needs_of
from tools.checks.findings import Finding
from tools.checks.stand import Stand

MOST_NAMED = 8


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


@dataclass(frozen=True)
class Audit:
    """What is found about new dependencies, how many could be looked up, and what a person is needed for, or ""."""

    findings: tuple[Finding, ...] = ()
    audited: int = 0
    waits_for: str = ""


def check_dependencies(stand: Stand, before: Before) -> Audit:
    """Known weaknesses of what is newly needed, and for what a person has to be asked."""
    needs = new_needs(stand, before)
    if not needs:
        return Audit()
    versions = {need: version for need in needs if (version := _version(stand, need))}
    told = [Finding(need.file, 0, "dependency", f"It newly needs {need}.", "low", False) for need in needs]
    try:
        weak = _looked_up(stand, versions)
    except Unanswered as error:
        versions, weak = {}, []
        told.append(Finding("", 0, "not-audited", str(error), "low", False))
    open_now = [need for need in needs if need not in versions] if stand.audit_url not in NOBODY else needs
    named = ", ".join(dict.fromkeys(map(str, open_now[:MOST_NAMED])))
    more = f" and {len(open_now) - MOST_NAMED} more" if len(open_now) > MOST_NAMED else ""
    waits = f"Nobody audited what this change newly needs: {named}{more}." if open_now else ""
    return Audit((*told, *weak), len(needs) - len(open_now), waits)


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


def _looked_up(stand: Stand, versions: Mapping[Need, str]) -> list[Finding]:
    """A finding for each known weakness; it is asked from here and not from the box, which has no network."""
    if not versions or stand.audit_url in NOBODY:
        return []
    asked = list(dict.fromkeys((need.name, version) for need, version in versions.items()))
    known = Advisories(stand.audit_url).weaknesses(asked)
    return [
        Finding(need.file, 0, "vulnerable", str(one), "critical", is_acceptable=True)
        for need, version in versions.items()
        for one in known[need.name, version]
    ]
