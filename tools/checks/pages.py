"""Streamlit pages: which of them a change can reach, and whether they load."""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import uuid4

from graph.errors import BadInput
from tools.agents.permission import is_test
from tools.checks.change import Change
from tools.checks.errand import INSIDE, project_python
from tools.checks.findings import Json
from tools.checks.reach import Reach
from tools.checks.stand import Stand
from tools.checks.test_census import parsed
from tools.code.beneath import Beneath
from tools.code.globs import matches
from tools.code.limits import Ran

PAGES = ("app.py", "*_app.py", "dashboard.py", "*_dashboard.py", "Home.py", "home.py", "pages/*.py", "**/pages/*.py")
USES = re.compile(r"^\s*(import|from)\s+streamlit\b", re.MULTILINE)
PROGRAM = "load_pages.py"
MOST_PAGES = 12
PATIENCE_S = 30.0
STARTING_S = 60.0
NO_STREAMLIT = 97
LACKING = "the project's Python has no Streamlit with which a page can be tested"
FRAME = re.compile(r'File "([^"]+)", line (\d+)')
LARGEST = 4_000_000


@dataclass(frozen=True)
class Loaded:
    """How a page of a tree did. `trouble` says why nothing is known of it; `seconds` are those of its quickest load."""

    page: str
    seconds: float | None
    errors: Sequence[Json]
    ran: Ran
    trouble: str = ""
    version: str = ""

    @property
    def lacks_streamlit(self) -> bool:
        return self.trouble == LACKING

    @property
    def how(self) -> tuple[str, ...]:
        """What went wrong, for a comparison with another tree."""
        return (self.trouble, *(f"{one['type']}: {one['message']}" for one in self.errors))

    @property
    def is_sound(self) -> bool:
        return not self.trouble and not self.errors


def pages_reached(change: Change, declared: Iterable[str]) -> list[str]:
    """The pages a change can reach: a changed one, one that imports what changed, any where data changed."""
    reach = Reach(change)
    found = [page for page in pages_of(change, declared) if reach.touches_data or reach.reaches(page)]
    return found[:MOST_PAGES]


def pages_of(change: Change, declared: Iterable[str]) -> Iterator[str]:
    """The pages of the new tree: those the rules name, else files that use Streamlit and are no mere part of a page."""
    named = tuple(declared)
    for path in change.paths():
        inside = path.removeprefix(change.prefix)
        is_code = path.startswith(change.prefix) and path.endswith(".py") and not is_test(path)
        is_named = any(matches(pattern, inside) for pattern in named)
        if is_code and (is_named if named else _is_page(change, path, inside)):
            yield path


def _is_page(change: Change, path: str, inside: str) -> bool:
    is_usual = any(matches(pattern, inside) for pattern in PAGES) and not path.endswith("/__init__.py")
    return (is_usual and bool(USES.search(change.text(path) or ""))) or _is_script(change, path)


def _is_script(change: Change, path: str) -> bool:
    """Whether a changed file at another place draws a page when it is run."""
    text = change.text(path) if path in {one.path for one in change.files} else None
    tree = parsed(text) if text and USES.search(text) else None
    if tree is None:
        return False
    calls = (node.value for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
    return any(ast.unparse(call.func).startswith(("st.", "streamlit.")) for call in calls)


def load_pages(
    stand: Stand, pages: Sequence[str], tree: str, *, times: int = 1, seconds: float = PATIENCE_S
) -> list[Loaded]:
    """Load pages of a tree in the box, one after the other."""
    if not pages:
        return []
    place = stand.scratch / f"pages-{uuid4().hex[:8]}"
    written = place / "told"
    written.mkdir(parents=True)
    program, job = place / PROGRAM, place / "job.json"
    program.write_bytes((INSIDE / PROGRAM).read_bytes())
    told = [_job(stand, page, tree, written / f"{number}.json") for number, page in enumerate(pages)]
    job.write_text(json.dumps({"pages": told, "times": times, "seconds": seconds}), encoding="utf-8")
    ran = stand.run(
        [project_python(stand), "-I", str(program), str(job)],
        stand.fresh(tree),
        seen=[program, job],
        written=[written],
        timeout_s=STARTING_S + (seconds + 5) * (times + 1) * len(pages),
    )
    found = [_read(page, ran, written, f"{number}.json") for number, page in enumerate(pages)]
    for loaded in found:
        if loaded.is_sound:
            stand.cache.put(_key(stand, loaded.page, tree), {"seconds": loaded.seconds})
    return found


def _job(stand: Stand, page: str, tree: str, out: Path) -> Json:
    """What the program has to know of a page: Streamlit puts the folder of the first page on the path."""
    inside = PurePosixPath(page.removeprefix(stand.change.prefix))
    home = inside.parent.parent if inside.parent.name == "pages" else inside.parent
    has_src = (stand.folder(tree) / stand.change.prefix / "src").is_dir()
    places = dict.fromkeys([str(home), ".", *(["src"] if has_src else [])])
    return {"page": str(inside), "places": list(places), "out": str(out)}


def seconds_before(stand: Stand, page: str, tree: str) -> float | None:
    """At most so long a page took that was loaded before, None where it was not."""
    kept = stand.cache.get(_key(stand, page, tree))
    return float(kept["seconds"]) if kept else None


def _key(stand: Stand, page: str, tree: str) -> str:
    return f"page:{tree}:{page}:{stand.python}"


def _read(page: str, ran: Ran, written: Path, name: str) -> Loaded:
    if ran.exit_code == NO_STREAMLIT:
        return Loaded(page, None, (), ran, LACKING)
    try:
        told = json.loads(Beneath(written).read(name, LARGEST))
        loads = told["loads"]
        errors = loads[-1]["errors"]
        seconds = max(0.0, min(one["seconds"] for one in loads) - told["own_seconds"])
    except (BadInput, ValueError, KeyError, TypeError, IndexError):
        said = (ran.note or ran.stderr or "it said nothing").strip().splitlines()
        return Loaded(page, None, (), ran, f"its process ended without an answer: {said[-1][:200]}")
    return Loaded(page, seconds, errors, ran, version=str(told["streamlit"]))


def place_of(stand: Stand, loaded: Loaded) -> tuple[str, int]:
    """The last place in the project that an exception went through."""
    root = f"{stand.change.root}/"
    for step in reversed(loaded.errors[0]["trace"] if loaded.errors else []):
        found = FRAME.search(str(step))
        if found and found[1].startswith(root) and "-packages/" not in found[1]:
            return found[1].removeprefix(root), int(found[2])
    return loaded.page, 0
