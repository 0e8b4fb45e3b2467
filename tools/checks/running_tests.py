"""Runs the tests of a tree in the box, and reads what became of each."""

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from graph.errors import BadInput
from tools.agents.bench import OURS
from tools.checks.outcomes import Json, Outcome, Outcomes, read_outcomes
from tools.checks.stand import OWN, Stand
from tools.code.beneath import Beneath
from tools.code.limits import Ran

INSIDE = Path(__file__).with_name("inside")
PROGRAMS = ("run_tests.py", "run_mutants.py", "hits.py")
LENT = {
    "lib_pytest": ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py.py"),
    "lib_coverage": ("coverage",),
}
"""What a project gets from Magnus where its own Python has none."""
EXCLUDED = (
    r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)",
    r"^\s*(((async )?def .*?)?[\])]+(\s*->.*?)?:\s*)?\.\.\.\s*(#|$)",
    r"^\s*if (typing\.)?TYPE_CHECKING:",
    r"^\s*if __name__ == .__main__.:",
    r"^\s*@(typing\.)?overload",
    r"^\s*@(abc\.)?abstractmethod",
)
"""Lines that no test is expected to run."""
LONGEST_REPORT = 200_000_000
LAUNCHERS = (("uv", "run"), ("poetry", "run"), ("pdm", "run"), ("hatch", "run"))
PYTESTS = (("python", "-m", "pytest"), ("python3", "-m", "pytest"), ("py.test",), ("pytest",))


@dataclass(frozen=True)
class Runner:
    """Runs the tests of one stand; `args` are the words that the project's own command gives to pytest."""

    stand: Stand
    args: tuple[str, ...] = ()

    def run(
        self,
        folder: Path,
        places: Sequence[str] = (),
        added: Mapping[str, Sequence[int]] | None = None,
        excluded: Sequence[str] = (),
    ) -> tuple[Outcomes, Ran]:
        """The tests of a folder of the stand, or only those of some files of it.

        `added` are the lines per file whose coverage is asked for; lines that fit `excluded` need none.
        """
        (folder / self.stand.change.prefix).mkdir(parents=True, exist_ok=True)
        words = [*self.options(folder), *self.inside(places)] if places else list(self.args)
        task = {"args": words, "added": dict(added or {}), "exclude": [*EXCLUDED, *excluded]}
        events, ran = self.send("run_tests.py", task, folder)
        return read_outcomes(events, ran), ran

    def options(self, folder: Path) -> list[str]:
        """The words of the project's command that name no place."""
        inside = folder / self.stand.change.prefix
        return [word for word in self.args if not (inside / word.partition("::")[0]).exists()]

    def inside(self, places: Sequence[str]) -> list[str]:
        """Files or tests, named from the top of the repository, as pytest finds them from the project's folder."""
        up = "../" * self.stand.change.prefix.count("/")
        prefix = self.stand.change.prefix
        return [place.removeprefix(prefix) if place.startswith(prefix) else f"{up}{place}" for place in places]

    def run_base(self) -> tuple[Outcomes, Ran | None]:
        """The tests of the base, which are run once for a tree and an environment."""
        key = self._key()
        if (kept := self.stand.cache.get(key)) is not None:
            return _from_json(kept), None
        found, ran = self.run(self.stand.fresh(self.stand.change.base))
        if not found.trouble:
            self.stand.cache.put(key, _to_json(found))
        return found, ran

    def send(self, program: str, task: Json, folder: Path, timeout_s: float | None = None) -> tuple[str, Ran]:
        """Have a program of `inside/` do a task in a folder; what it wrote, and how it went."""
        place = self.stand.scratch / f"tests-{uuid4().hex[:8]}"
        programs, written = place / "programs", place / "told"
        programs.mkdir(parents=True)
        written.mkdir()
        for name in PROGRAMS:
            (programs / name).write_bytes((INSIDE / name).read_bytes())
        out = written / "events.jsonl"
        lent = {name: str(_lent(programs / name, packages)) for name, packages in LENT.items()}
        without = OURS if self.stand.python == OWN else ()
        given = {**task, **lent, "out": str(out), "prefix": self.stand.change.prefix, "without": without}
        (programs / "task.json").write_text(json.dumps(given), encoding="utf-8")
        python = str(self.stand.python / "bin" / "python")
        argv = [python, str(programs / program), str(programs / "task.json")]
        ran = self.stand.run(argv, folder, seen=[programs], written=[written], timeout_s=timeout_s)
        return _read(written, out.name), ran

    def _key(self) -> str:
        stand = self.stand
        packages = sorted(path.name for path in stand.python.glob("lib/python*/site-packages/*-info"))
        ours = [(INSIDE / name).read_text(encoding="utf-8") for name in PROGRAMS]
        facts = [str(stand.python), *packages, stand.change.prefix, str(stand.change.root), *self.args, *ours]
        return f"tests:{stand.change.base}:{hashlib.sha256(chr(0).join(facts).encode()).hexdigest()[:16]}"


def pytest_args(command: str) -> tuple[str, ...] | None:
    """The words a project's command gives to pytest, None where it is another command.

    >>> pytest_args("uv run pytest -q tests/unit"), pytest_args("make test"), pytest_args("")
    (('-q', 'tests/unit'), None, ())
    """
    words = tuple(shlex.split(command))
    for launcher in LAUNCHERS:
        if words[: len(launcher)] == launcher:
            words = words[len(launcher) :]
    if not words:
        return ()
    return next((words[len(way) :] for way in PYTESTS if words[: len(way)] == way), None)


def _lent(folder: Path, packages: Sequence[str]) -> Path:
    """A folder with links to some packages of Magnus and to nothing else of its environment."""
    folder.mkdir()
    site = next(iter(OWN.glob("lib/python*/site-packages")))
    for name in packages:
        (folder / name).symlink_to(site / name)
    return folder


def _read(folder: Path, name: str) -> str:
    """What lies there and is no link: the box chose what it left."""
    try:
        return Beneath(folder).read(name, LONGEST_REPORT).decode(errors="replace")
    except BadInput:
        return ""


def _to_json(found: Outcomes) -> Json:
    kept = {**found.__dict__, "tests": {test: asdict(outcome) for test, outcome in found.tests.items()}}
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in kept.items()}


def _from_json(kept: Json) -> Outcomes:
    tests = {test: Outcome(**outcome) for test, outcome in kept["tests"].items()}
    sets = {name: frozenset(kept[name]) for name in ("collected", "deselected")}
    return Outcomes(**{**kept, **sets, "tests": tests, "loaded": tuple(kept["loaded"])})
