"""Judges changes of the open set as `magnus gates` would: a person's repository, and a commit with the change."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from changes_set import Files, Sample, changed, projects
from checkouts import Checkout

from checkpoints.database import Database
from tools.checks.change import change_of
from tools.checks.judging import Judgement, Record, judge_change, stand_with_memory, subject_of
from tools.checks.verdict import GATES, GateName, Verdict
from tools.code.sandbox import Sandbox


@dataclass(frozen=True)
class Outcome:
    """What the gates said about a change."""

    sample: Sample
    states: dict[str, str]
    blamed: tuple[str, ...]
    told: dict[str, tuple[str, ...]]
    is_for_a_person: bool
    seconds: float

    @property
    def is_right(self) -> bool:
        """A good change passed; a bad one was rejected, by a gate that had to."""
        if self.sample.is_good:
            return all(state in ("passed", "skipped") for state in self.states.values()) and not self.blamed
        return bool(set(self.blamed) & set(self.sample.expected))

    @property
    def is_right_once_answered(self) -> bool:
        """The same, where a person answers for what the documentation leaves to a person."""
        return self.is_right or bool(self.sample.person and self.is_for_a_person)

    @property
    def verdict(self) -> str:
        """right; asked, where a person answers for a good change; or wrong."""
        return "right" if self.is_right else "asked" if self.is_right_once_answered else "wrong"


def judged(
    chosen: Iterable[Sample],
    database: Database,
    sandbox: Sandbox,
    folder: Path,
    gates: Sequence[GateName] = GATES,
) -> Iterator[Outcome]:
    """The outcome of each change, one after the other; a project has one repository below the folder."""
    bases = projects()
    checkouts: dict[str, Checkout] = {}
    for sample in chosen:
        base = bases[sample.project]
        if sample.project not in checkouts:
            checkouts[sample.project] = _checkout(folder / sample.project, base)
        checkout = checkouts[sample.project]
        _commit(checkout, sample, base)
        change = change_of(checkout.folder, "main")
        record = Record(database, subject_of(change, purpose=sample.purpose))
        with stand_with_memory(change, sandbox, record) as stand:
            judgement = judge_change(stand, record, gates)
        yield _outcome(sample, judgement)


def _checkout(folder: Path, base: Files) -> Checkout:
    folder.mkdir(parents=True)
    checkout = Checkout(folder)
    checkout.git("init", "--quiet")
    _lay_out(checkout, base)
    checkout.git("add", "--all", "--force")
    checkout.git("commit", "--quiet", "--message", "base")
    return checkout


def _commit(checkout: Checkout, sample: Sample, base: Files) -> None:
    checkout.git("checkout", "--quiet", "--force", "-B", "change", "main")
    after = changed(base, sample)
    for name in base.keys() - after.keys():
        (checkout.folder / name).unlink()
    _lay_out(checkout, {name: text for name, text in after.items() if base.get(name) != text})
    checkout.git("add", "--all", "--force")
    checkout.git("commit", "--quiet", "--message", sample.name.replace("_", " "))


def _lay_out(checkout: Checkout, files: Files) -> None:
    for name, text in files.items():
        checkout.write(name, text)


def _outcome(sample: Sample, judgement: Judgement) -> Outcome:
    verdicts = judgement.verdicts
    blamed = tuple(gate for gate, verdict in verdicts.items() if verdict.state == "failed" and _has_looked(verdict))
    return Outcome(
        sample=sample,
        states={gate: verdict.state for gate, verdict in verdicts.items()},
        blamed=blamed,
        told={gate: tuple(_told(verdict)) for gate, verdict in verdicts.items()},
        is_for_a_person=all(_is_for_a_person(verdict) for verdict in verdicts.values()),
        seconds=sum(verdict.checked.seconds for verdict in verdicts.values()),
    )


def _has_looked(verdict: Verdict) -> bool:
    """Whether a gate failed by what it saw: one that was not run, since syntax failed, is not to blame."""
    return not verdict.checked.skipped_because or any(one.fails for one in verdict.checked.findings)


def _is_for_a_person(verdict: Verdict) -> bool:
    """Whether a gate passed, waits, or failed by nothing but findings that a person may answer for."""
    if verdict.state != "failed":
        return True
    failing = [one for one in verdict.checked.findings if one.fails]
    return bool(failing) and all(one.is_acceptable for one in failing)


def _told(verdict: Verdict) -> Iterator[str]:
    """What a gate says: findings that fail it first, then what it waits for or why it looked at nothing."""
    for one in sorted(verdict.checked.findings, key=lambda one: not one.fails):
        mark = "!" if one.fails else "-"
        yield f"{mark} {one.file}:{one.line} {one.rule}: {one.message}"
    yield from (word for word in (verdict.checked.waits_for, verdict.checked.skipped_because) if word)
    if verdict.checked.score is not None:
        yield f"score {verdict.checked.score:g}"
