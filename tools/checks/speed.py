"""Gate 5: the change is not slower where it matters, and what is declared stays within its limits.

Declared benchmarks are run on base and change in turns, in one go. On a critical path without a benchmark the tests of
the changed files are timed instead; where there are none either, a person is asked. Beside that: pages and declared
queries that the change reaches keep to their limits, and no query loses its index.
"""

from time import monotonic

from graph.errors import BadInput
from tools.checks.changed_parts import is_document
from tools.checks.declared_queries import ask_tree, concerns_queries
from tools.checks.findings import Finding, Severity
from tools.checks.lost_indexes import lost_indexes
from tools.checks.major import critical_files
from tools.checks.pages import load_pages, pages_reached, seconds_before
from tools.checks.reach import changes_what_runs
from tools.checks.seen import Seen
from tools.checks.side_by_side import Bench
from tools.checks.slower import is_slower, ratio
from tools.checks.sql_in_code import asks_of
from tools.checks.stand import Stand
from tools.checks.timed_tests import time_tests
from tools.checks.verdict import Checked

NOTHING = "The change touches no critical path, and nothing that is timed: no benchmark, page or query."
QUERY_ROUNDS = 6
SUSPICIOUS = 1.5
LEAST_QUERY_S = 0.005


def check_performance(stand: Stand) -> Checked:
    """Time what is declared or critical, and look at what the change does to pages and queries."""
    seen = Seen()
    if changes_what_runs(stand.change):
        until = monotonic() + stand.rules.gates.timeout_s
        _look_at_queries(stand, seen)
        _look_at_code(stand, seen)
        _look_at_pages(stand, seen)
        _look_at_benchmarks(stand, until, seen)
    return seen.checked(NOTHING)


def _look_at_benchmarks(stand: Stand, until: float, seen: Seen) -> None:
    """Declared benchmarks; without any, the tests of what is critical."""
    lines = stand.rules.performance.benchmarks
    for number, line in enumerate(lines, 1):
        bench = Bench(stand, len(lines) - number + 1, until)
        compared = bench.compare(line)
        seen.looks += 1
        seen.findings += compared.findings
        seen.commands += compared.commands
        seen.counts |= {f"benchmark_{number}_{name}": value for name, value in compared.counts.items()}
        seen.troubles += [compared.trouble] if compared.trouble else []
    critical = [path for path in critical_files(stand.change, stand.rules) if not is_document(path)]
    if critical and not lines:
        _time_tests(stand, critical, until, seen)


def _time_tests(stand: Stand, critical: list[str], until: float, seen: Seen) -> None:
    timed = time_tests(stand, critical, until)
    seen.looks += 1
    seen.findings += timed.findings
    seen.commands += timed.commands
    seen.counts |= timed.counts
    if timed.trouble:
        seen.waits_for = (
            f"The change touches {critical[0]}, which is critical, and nothing says whether it is slower: no benchmark "
            f"is declared, and {timed.trouble}."
        )


def _look_at_pages(stand: Stand, seen: Seen) -> None:
    """Pages keep to `page_s`; what the third gate loaded quickly enough is not loaded again."""
    limit = stand.rules.performance.page_s
    old = {one.path: one.old_path for one in stand.change.files}
    pages = pages_reached(stand.change, stand.rules.integration.pages)
    known = {page: seconds_before(stand, page, stand.change.tree) for page in pages}
    quick = [seconds for seconds in known.values() if seconds is not None and seconds <= limit]
    rest = [page for page, seconds in known.items() if seconds is None or seconds > limit]
    loaded = load_pages(stand, rest, stand.change.tree, times=2)
    seen.looks += len(pages)
    seen.commands += [one.ran for one in loaded[:1]]
    for one in loaded:
        if one.seconds is not None and one.is_sound:
            quick.append(one.seconds)
            if one.seconds > limit:
                base = load_pages(stand, [old.get(one.page, one.page)], stand.change.base, times=2)[0]
                seen.findings.append(_slow_page(one.page, one.seconds, base.seconds, limit))
    seen.counts |= {"slowest_page_s": round(max(quick), 2)} if quick else {}


def _slow_page(page: str, seconds: float, before: float | None, limit: float) -> Finding:
    told = f"The page {page} loads in {seconds:.1f} s, and {limit:g} s are allowed"
    is_old = before is not None and before > limit and seconds <= before * SUSPICIOUS
    ending = f"; on the base it was {before:.1f} s." if before is not None else "."
    return Finding(page, 0, "slow-page", told + ending, "low" if is_old else "high", not is_old, not is_old)


def _look_at_queries(stand: Stand, seen: Seen) -> None:
    """Declared queries keep to `query_s`, and take no longer than on the base's schema."""
    if not concerns_queries(stand):
        return
    limit = stand.rules.performance.query_s
    seen.looks += 1
    try:
        new, base = (ask_tree(stand, tree, limit) for tree in (stand.change.tree, stand.change.base))
    except BadInput as error:
        seen.troubles.append(str(error))
        return
    if new.trouble and not new.is_schema_broken:
        seen.troubles.append(f"The declared queries were not timed: {new.trouble}")
    suspicious = []
    for name, one in new.results.items():
        before = base.results.get(name)
        if one.is_late:
            is_old = before is not None and before.is_late
            told = f"The query {name} takes longer than {limit:g} s{', as it did on the base' if is_old else ''}."
            path = _sql_file(stand)
            severity: Severity = "low" if is_old else "high"
            seen.findings.append(Finding(path, 0, "slow-query", told, severity, not is_old, not is_old))
        elif one.seconds and before and before.seconds and _is_suspicious(before.seconds, one.seconds):
            suspicious.append(name)
    if suspicious:
        _time_queries(stand, suspicious, limit, seen)


def _is_suspicious(before: float, now: float) -> bool:
    return now > before * SUSPICIOUS and now - before > LEAST_QUERY_S


def _time_queries(stand: Stand, names: list[str], limit: float, seen: Seen) -> None:
    """Queries that seem slower, asked on both schemas in turns."""
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in names}
    for _ in range(QUERY_ROUNDS):
        for side, tree in enumerate((stand.change.base, stand.change.tree)):
            results = ask_tree(stand, tree, limit).results
            for name in names:
                times[name][side].append(results[name].seconds or limit)
    for name, (base, new) in times.items():
        if is_slower(base, new, SUSPICIOUS - 1):
            told = f"The query {name} takes {ratio(base, new):.1f} times as long as on the base's schema."
            seen.findings.append(Finding(_sql_file(stand), 0, "slower-query", told, is_acceptable=True))


def _sql_file(stand: Stand) -> str:
    return next((one.path for one in stand.change.files if one.path.endswith(".sql")), "")


def _look_at_code(stand: Stand, seen: Seen) -> None:
    """Queries in the code that lose their index, or that a loop asks over and over."""
    looked = lost_indexes(stand)
    seen.looks += bool(looked.pairs)
    seen.findings += looked.findings
    seen.commands += looked.commands
    seen.versions |= looked.versions
    seen.counts |= {"queries_compared": looked.pairs} if looked.pairs else {}
    if looked.trouble:
        told = f"The queries in the code could not be held against the schema: {looked.trouble}"
        seen.findings.append(Finding("", 0, "queries-unknown", told, "low", fails=False))
    for file in stand.change.python:
        before = asks_of(stand.change.old_text(file))
        for function, now in asks_of(stand.change.text(file.path)).items():
            old = before.get(function)
            if old and now.repeated and not old.repeated and now.once < old.once:
                told = f"{function} asked the database once, and asks it for each turn of a loop now."
                line = now.repeated[0]
                seen.findings.append(Finding(file.path, line, "query-in-loop", told, is_acceptable=True))
