"""Holds what an agent claims against the log of its tools; only what the log shows counts as proven."""

import re
from collections.abc import Callable, Iterator, Sequence

from tools.agents.handoff import GRAVEST_FIRST, Claim, Form, Found
from tools.agents.kit import WITH_EVIDENCE, clipped
from tools.agents.loop_state import LONGEST_ON, Entry, Json
from tools.agents.wording import in_a_line

SAYS_TESTS_PASS = re.compile(
    r"\b(tests?|suite|checks?|everything|all)\b[^.;\n]{0,40}\b(pass(es|ed|ing)?|green|succeed(s|ed)?|ok)\b"
    r"|\b\d+ passed\b|\b(is|are|fully) (tested|verified)\b",
    re.IGNORECASE,
)
DENIES = re.compile(r"\b(not|no|never|fails?|failed|failing|cannot|unverified|n't)\b", re.IGNORECASE)
SAYS_NOTHING_FAILS = re.compile(
    r"\b(no|zero|0) (\w+ )?(tests? )?(fail(s|ed|ing|ures?)?|errors?)\b|\b(no|zero|0) regressions?\b(?! tests?)"
    r"|\bnothing (else )?(broke|breaks|fails|failed|is broken)\b",
    re.IGNORECASE,
)
MEANS_ALL = re.compile(r"\b(all|every|everything|whole|full|entire|suite|nothing|regressions?)\b", re.IGNORECASE)


def evidence(log: Sequence[Entry]) -> list[Json]:
    """Every command that ran, as the log has it."""
    return [
        {"command": _command(entry), "exit_code": entry["exit_code"], "seconds": entry["seconds"]}
        | {"log": entry["digest"], "counts": entry["facts"].get("counts", {})}
        for entry in log
        if entry["tool"] in WITH_EVIDENCE and entry["exit_code"] is not None
    ]


def judged(form: Form, log: Sequence[Entry]) -> list[Json]:
    """Each claim with whether the log shows it, and if not, why; claims hidden in other fields are looked for too."""
    judgements = []
    for claim in [*form.claims, *_hidden(form)]:
        why = _why_unproven(claim, log)
        judgements.append(claim.model_dump() | {"is_proven": why is None, "why_not": why or ""})
    return judgements


def located(findings: Sequence[Found], text_of: Callable[[str], str | None]) -> list[Json]:
    """Each finding, the gravest first, with whether the words it quotes stand in its file as that is now."""
    found = [
        one.model_dump() | {"is_there": _plain(one.quote) in _plain(text_of(one.file.removeprefix("./")) or "")}
        for one in findings
        if one.quote.strip()
    ]
    return sorted(found, key=lambda one: GRAVEST_FIRST.index(one["severity"]))


def _plain(text: str) -> str:
    return " ".join(text.split())


def _hidden(form: Form) -> Iterator[Claim]:
    """Sentences that say tests pass where nobody asked for a claim."""
    for text in (form.summary, *form.decisions, form.action_required):
        for sentence in re.split(r"(?<=[.!?])\s+|\n+", text):
            if _says_tests_pass(sentence):
                yield Claim(statement=sentence.strip())


def _why_unproven(claim: Claim, log: Sequence[Entry]) -> str | None:
    """None where the log shows what a claim says."""
    if _says_tests_pass(claim.statement):
        return _why_tests_unproven(log, is_about_all=bool(MEANS_ALL.search(claim.statement)))
    quoted = clipped(in_a_line(claim.command), LONGEST_ON)
    if not quoted:
        return "no command was named"
    ran = [entry for entry in log if entry["tool"] in WITH_EVIDENCE and quoted in _names(entry)]
    if not ran:
        return "no such command ran"
    if any(entry["exit_code"] == claim.exit_code for entry in ran if entry["facts"].get("before")):
        return None
    last = ran[-1]
    if last["exit_code"] != claim.exit_code:
        return f"it ended with {last['exit_code']}"
    return "the code was changed after it ran" if _is_changed_after(last, log) else None


def _why_tests_unproven(log: Sequence[Entry], is_about_all: bool) -> str | None:
    """The newest run of the tests on the code as it is must have passed, with at least one test in it."""
    runs = [entry for entry in log if entry["facts"].get("is_test") and not entry["facts"].get("before")]
    if not runs:
        return "no test ran"
    if why := _why_not_passed(runs[-1], log):
        return why
    whole = [entry for entry in runs if not entry["on"]]
    if not is_about_all:
        return None
    return _why_not_passed(whole[-1], log) if whole else "only some of the tests ran"


def _why_not_passed(run: Entry, log: Sequence[Entry]) -> str | None:
    if run["exit_code"] != 0:
        return f"the last run of tests ended with {run['exit_code']}"
    if not run["facts"].get("counts", {}).get("passed"):
        return "no test passed in the last run"
    return "the code was changed after the last run of tests" if _is_changed_after(run, log) else None


def _is_changed_after(entry: Entry, log: Sequence[Entry]) -> bool:
    """Whether a later call left another tree than the one this command ran on."""
    place = log.index(entry)
    trees = [known["tree"] for known in log[: place + 1] if known["tree"]]
    later = [known["tree"] for known in log[place + 1 :] if known["tree"]]
    return any(tree != (trees[-1] if trees else "") for tree in later)


def _names(entry: Entry) -> set[str]:
    """The ways a command may be quoted."""
    return {entry["on"], _command(entry), f"run_tests {entry['on']}".strip(), str(entry["facts"].get("argv", ""))}


def _command(entry: Entry) -> str:
    argv = str(entry["facts"].get("argv") or entry["on"])
    return f"{argv} (on the code before)" if entry["facts"].get("before") else argv


def _says_tests_pass(text: str) -> bool:
    says = SAYS_TESTS_PASS.search(text) and not DENIES.search(text)
    return bool(says or SAYS_NOTHING_FAILS.search(text))
