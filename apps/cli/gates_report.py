"""Shows what the gates found: what matters most first, then a line a gate; and how far they are."""

from types import TracebackType
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.text import Text

from checkpoints.evidence import digest_of
from tools.checks.findings import Finding
from tools.checks.judging import Judgement
from tools.checks.verdict import GateName, Verdict

Json = dict[str, Any]
WIDTH = 80
MOST_TOLD = 3
LONGEST_LOG = 20_000
STYLES = {"passed": "green", "failed": "red", "waiting": "yellow", "skipped": "dim"}
ENDS = {
    "passed": "The change passes.",
    "failed": "The change does not pass.",
    "waiting": "The change waits for a person.",
}


class Progress:
    """Tells on standard error which gates run and how each ended: a line each, and on a terminal a moving one below."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False)
        self._running: list[GateName] = []
        self._status: Status | None = None

    def __enter__(self) -> "Progress":
        if self._console.is_terminal:
            self._status = self._console.status("")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def __call__(self, gate: GateName, verdict: Verdict | None) -> None:
        if verdict is None:
            self._running.append(gate)
        else:
            self._running = [other for other in self._running if other != gate]
            self._console.print(f"  {gate:<12} {verdict.state:<8} {verdict.checked.seconds:6.1f} s")
        if self._status:
            self._status.update(", ".join(self._running))


def show_judgement(judgement: Judgement) -> None:
    """The answer, the three findings that matter most, each gate in a line, and what to do next."""
    console = Console(width=WIDTH, highlight=False, markup=False)
    change, findings = judgement.change, judgement.findings
    size = f"{_count(change.lines, 'line')} in {_count(len(change.files), 'file')}"
    console.print(ENDS[judgement.state], style="bold")
    console.print(f"Tree {change.tree[:12]} against {change.base[:12]}: {size}.")
    if judgement.major_because:
        console.print(judgement.major_because)
    for number, (gate, finding) in enumerate(findings[:MOST_TOLD], 1):
        console.print(f"{number}. {gate}: {_told(finding)}")
        if finding.fails and finding.is_acceptable:
            console.print(f'   If you answer for it: magnus gates --accept {finding.id} --why "..."')
    if left := findings[MOST_TOLD:]:
        console.print(f"{_count(len(left), 'more finding')}: --json has them all.")
    for verdict in judgement.verdicts.values():
        if verdict.state == "waiting":
            console.print(f"{verdict.gate} waits: {plain(verdict.checked.waits_for)}")
    for verdict in judgement.verdicts.values():
        console.print(_line(verdict), no_wrap=True, overflow="ellipsis")


def as_json(judgement: Judgement, warnings: list[str]) -> Json:
    """The judgement for other programs; of a long log the end, and the digest by which `magnus gates log` finds it."""
    told = judgement.to_json() | {"warnings": warnings}
    for gate in told["gates"]:
        for command in gate["commands"]:
            command["log_sha256"] = digest_of(command["log"])
            command["log"] = command["log"][-LONGEST_LOG:]
    return told


def plain(text: str) -> str:
    """A text without what could move the cursor: names and messages may come from the project."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _line(verdict: Verdict) -> Text:
    seen = verdict.checked
    score = "" if seen.score is None else f"{seen.score:g}"
    state = (f"{verdict.state:<8}", STYLES[verdict.state])
    return Text.assemble(f"{verdict.gate:<12}", state, f"{score:>5}{seen.seconds:>7.1f} s  ", plain(_reason(verdict)))


def _reason(verdict: Verdict) -> str:
    """Why it ended so, in a line."""
    seen = verdict.checked
    open_ones = [one for one in seen.findings if one.fails and one.id not in verdict.accepted]
    if verdict.state == "failed" and open_ones:
        more = f", and {len(open_ones) - 1} more" if len(open_ones) > 1 else ""
        return f"{open_ones[0].message.rstrip('.')}{more}"
    if verdict.state == "failed" and not seen.skipped_because:
        return "The score is too low."
    if verdict.accepted:
        return f"Accepted by {', '.join(sorted(set(verdict.accepted.values())))}"
    return seen.waits_for or seen.skipped_because


def _told(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    return plain(f"{place}  {finding.message} ({finding.rule}, {finding.severity})".lstrip())


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
