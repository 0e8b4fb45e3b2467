"""The fourth gate: a score from what linters, a reading of the code and a reviewer find on the lines that are new."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version

from tools.checks.before import Before, lay_out_before
from tools.checks.deductions import score
from tools.checks.dependencies import check_dependencies
from tools.checks.errand import ErrandFailed
from tools.checks.findings import Finding
from tools.checks.linting import lint
from tools.checks.major import why_major
from tools.checks.news import News, news_of
from tools.checks.parsing import inside
from tools.checks.reviewing import held_claims
from tools.checks.secrets import find_secrets
from tools.checks.security import find_smells, run_bandit
from tools.checks.stand import Stand
from tools.checks.tamper_files import changed_judges
from tools.checks.typing_errors import check_types
from tools.checks.verdict import Checked
from tools.code.limits import Ran

Part = Callable[[], tuple[Sequence[Finding], Sequence[Ran]]]


@dataclass
class Looked:
    """What the parts of the review saw, put together."""

    findings: list[Finding] = field(default_factory=list)
    commands: list[Ran] = field(default_factory=list)


def check_review(stand: Stand) -> Checked:
    """The score of a change, with what fails by itself and what only a person can decide."""
    change = stand.change
    if not change.files:
        return Checked(skipped_because="Nothing changed.", is_free_to_skip=True)
    before = lay_out_before(stand, change.files)
    news = news_of(stand, before)
    looked = _look_at_code(stand, news, before)
    looked.findings += [*changed_judges(stand, before), *find_secrets(stand, before, news)]
    needs = check_dependencies(stand, before)
    looked.findings += needs.findings
    counts: dict[str, float] = {"files": len(change.files), "lines": change.lines, "audited": needs.audited}
    waits = [needs.waits_for] if needs.waits_for else []
    if why := why_major(change, stand.rules):
        claims, dropped = held_claims(stand, before, news)
        looked.findings += claims
        counts |= {"review_held": len(claims), "review_dropped": dropped}
        waits += [f"{why} Nobody has reviewed it yet."] if stand.review is None else []
    waits += [f"{one.file}: {one.message}" for one in looked.findings if one.rule == "unread"]
    found = tuple(dict.fromkeys(_said_once(looked.findings)))
    return Checked(
        found,
        tuple(looked.commands),
        score=score(found),
        counts=counts,
        versions={name: version(name) for name in ("ruff", "bandit")},
        waits_for=" ".join(waits),
    )


def _said_once(findings: Sequence[Finding]) -> list[Finding]:
    """Without what bandit suspects of a text that our own reading has judged."""
    judged = {(one.file, one.line) for one in findings if one.rule in ("sql-values", "sql-names")}
    return [one for one in findings if one.rule != "sql-constant" or (one.file, one.line) not in judged]


def _look_at_code(stand: Stand, news: News, before: Before) -> Looked:
    """The tools side by side; one that could not look is a finding that fails."""
    stand.folder(stand.change.tree)
    python = [one.path for one in stand.change.python if _is_file(stand, one.path)]
    parts: list[Part] = [
        lambda: run_bandit(stand, news, python),
        lambda: find_smells(stand, news, before, python),
        lambda: lint(stand, news, before, python),
        lambda: check_types(stand, python),
    ]
    looked = Looked()
    with ThreadPoolExecutor(2) as pool:
        for found, ran in pool.map(_try, parts):
            looked.findings += found
            looked.commands += ran
    return looked


def _try(part: Part) -> tuple[Sequence[Finding], Sequence[Ran]]:
    try:
        return part()
    except ErrandFailed as error:
        return [error.finding()], [error.ran]


def _is_file(stand: Stand, path: str) -> bool:
    place = stand.folder(stand.change.tree) / path
    return "{{" not in path and place.is_file() and not place.is_symlink() and bool(inside(stand, path))
