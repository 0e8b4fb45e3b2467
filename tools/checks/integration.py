"""Gate 3: the parts of the project still work together, and what others count on is still there.

Looked at are tests marked so, the commands, Streamlit pages and queries that the rules declare, and the interface:
public signatures and command lines. What fails on the base in the same way is told and not blamed on the change. Where
nothing of the change can be seen from there, the gate is skipped.
"""

from graph.errors import BadInput
from tools.checks.breaking import breaking_findings
from tools.checks.changed_parts import Parts
from tools.checks.declared_queries import check_queries, concerns_queries
from tools.checks.end_to_end import check_commands
from tools.checks.findings import Finding
from tools.checks.marked_tests import BY_SURROUNDINGS, check_marked
from tools.checks.pages import Loaded, load_pages, pages_reached, place_of
from tools.checks.reach import changes_what_runs
from tools.checks.seen import Seen
from tools.checks.stand import Stand
from tools.checks.verdict import Checked

NOTHING = "No file of the change can be seen from outside: no test marked so, no page, query or command uses it."


def check_integration(stand: Stand) -> Checked:
    """Run what works end to end, load the pages a change reaches, and hold its interface against that of the base."""
    seen = Seen()
    runs_otherwise = changes_what_runs(stand.change)
    if runs_otherwise:
        _look_at_interface(stand, seen)
        _look_at_commands(stand, seen)
        _look_at_pages(stand, seen)
        _look_at_queries(stand, seen)
    if runs_otherwise or Parts(stand.change).around_tests:
        _look_at_tests(stand, seen)
    return seen.checked(NOTHING)


def _look_at_interface(stand: Stand, seen: Seen) -> None:
    found = breaking_findings(stand.change)
    seen.looks += any(one.how != "A" for one in stand.change.files if one.old_path.endswith(".py"))
    seen.counts["breaking"] = sum(one.fails for one in found)
    seen.findings += found


def _look_at_commands(stand: Stand, seen: Seen) -> None:
    tried = check_commands(stand)
    seen.looks += len(tried.commands)
    seen.findings += tried.findings
    seen.commands += tried.commands
    seen.troubles += tried.troubles


def _look_at_tests(stand: Stand, seen: Seen) -> None:
    marked = check_marked(stand)
    if marked is not None:
        seen.looks += 1
        seen.findings += marked.findings
        seen.commands += marked.commands
        seen.counts |= marked.counts
        seen.versions |= marked.versions
        seen.troubles += [marked.trouble] if marked.trouble else []


def _look_at_pages(stand: Stand, seen: Seen) -> None:
    pages = pages_reached(stand.change, stand.rules.integration.pages)
    loaded = load_pages(stand, pages, stand.change.tree)
    seen.commands += [one.ran for one in loaded[:1]]
    seen.versions |= {"streamlit": loaded[0].version} if loaded and loaded[0].version else {}
    seen.counts |= {"pages": len(pages)} if pages else {}
    seen.looks += len(pages)
    if any(one.lacks_streamlit for one in loaded):
        seen.troubles.append(f"{', '.join(pages)} could not be loaded: {loaded[0].trouble}.")
        return
    broken = [one for one in loaded if not one.is_sound]
    old = {one.path: one.old_path for one in stand.change.files if one.how != "A"}
    there = set(stand.change.paths(stand.change.base)) if broken else set()
    before = {one.page: old.get(one.page, one.page) for one in broken}
    base = load_pages(stand, [path for path in before.values() if path in there], stand.change.base)
    seen.commands += [one.ran for one in base[:1]]
    by_page = {one.page: one for one in base}
    seen.findings += [_page_finding(stand, one, by_page.get(before[one.page])) for one in broken]


def _page_finding(stand: Stand, loaded: Loaded, base: Loaded | None) -> Finding:
    """What a page that does not load means: it did on the base, or it is new and misses what no box has."""
    file, line = place_of(stand, loaded)
    why = loaded.trouble or loaded.how[1]
    if base is not None and not base.is_sound and base.how == loaded.how:
        told = f"The page {loaded.page} fails as it did on the base: {why}."
        return Finding(file, line, "fails-on-the-base-too", told, "low", fails=False)
    if loaded.errors and (base is None or not base.is_sound) and loaded.errors[0]["type"] in BY_SURROUNDINGS:
        told = f"The page {loaded.page} could not be loaded in the box, which has no network: {why}."
        return Finding(file, line, "page", told, "low", fails=False)
    was = "loaded on the base" if base and base.is_sound else "is new" if base is None else "failed otherwise before"
    return Finding(file, line, "page", f"The page {loaded.page} {was} and does not load: {why}.", "critical")


def _look_at_queries(stand: Stand, seen: Seen) -> None:
    if not concerns_queries(stand):
        return
    seen.looks += 1
    try:
        found, trouble = check_queries(stand)
    except BadInput as error:
        found, trouble = [], str(error)
    seen.findings += found
    seen.troubles += [f"The declared queries were not asked: {trouble}"] if trouble else []
    seen.counts["queries"] = len(stand.rules.integration.queries)
