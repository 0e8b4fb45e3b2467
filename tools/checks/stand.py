"""Where a gate runs things: trees of a change in a box, at the place where the person's checkout lies."""

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic
from uuid import uuid4

from graph.errors import MagnusError
from tools.agents.bench import environment_of
from tools.checks.cache import Cache, ShortMemory
from tools.checks.change import Change
from tools.checks.findings import Json
from tools.checks.rules import Rules, rules_of
from tools.code.git import WORKING
from tools.code.interpreters import python_folders
from tools.code.limits import Ran
from tools.code.sandbox import Sandbox

OWN = Path(sys.prefix)
"""The environment of Magnus: its linters judge the code of a project, and never run in that project's Python."""


class Stopped(MagnusError):
    """Somebody gave up on the gates while they ran."""


@dataclass(frozen=True)
class Stand:
    """One change with all that is needed to try it. `python` is the prefix of the project's Python environment.

    `purpose` is the task type the change was made for, or ""; `review` are the findings of a reviewer, None where
    nobody reviewed it. They are claims, and each check holds them against the change. `cache` remembers what was found
    out about a tree, and `audit_url` says who is asked about new dependencies: "" is nobody. Once `stopped` is set
    nothing more is run. `began` is when the first gate did, on the clock that never goes back.

    Whatever runs sees its tree where the checkout lies, so that an editable install means the tree and not the
    person's files; nothing of it reaches the checkout.
    """

    change: Change
    rules: Rules
    sandbox: Sandbox
    scratch: Path
    python: Path
    purpose: str = ""
    review: tuple[Json, ...] | None = None
    cache: Cache = field(default_factory=ShortMemory)
    audit_url: str = ""
    stopped: Event = field(default_factory=Event)
    began: float = field(default_factory=monotonic)

    def folder(self, tree: str) -> Path:
        """The files of a tree, made once and to be read only; a command that writes gets a copy by `fresh`."""
        return self._laid_out(tree, self.scratch / f"tree-{tree}")

    def fresh(self, tree: str) -> Path:
        """The files of a tree in a folder of their own."""
        return self._laid_out(tree, self.scratch / f"fresh-{uuid4().hex[:8]}")

    def run(
        self,
        argv: Sequence[str],
        folder: Path,
        *,
        timeout_s: float | None = None,
        may_write: bool = True,
        env: Mapping[str, str] | None = None,
        seen: Sequence[Path] = (),
        written: Sequence[Path] = (),
    ) -> Ran:
        """Run a command in the project of a tree's folder; `python` and its neighbours are those of the project.

        `seen` are more folders or files it may read, `written` folders it may write, each where it lies outside.
        """
        if self.stopped.is_set():
            raise Stopped("The gates were stopped.")
        inside = self.change.root
        prefixes = [self.python, OWN]
        pythons = [place for prefix in prefixes for place in python_folders(prefix)]
        _make_room(folder, inside, pythons)
        return self.sandbox.run(
            argv,
            cwd=inside / self.change.prefix,
            writable=[*written, *([folder] if may_write else [])],
            read_only=[*dict.fromkeys(pythons), *seen, *([] if may_write else [folder])],
            mounts={folder: inside},
            env={**self._environment(), **(env or {})},
            timeout_s=timeout_s or self.rules.gates.timeout_s,
            output_kb=8192,
        )

    @property
    def own_python(self) -> str:
        """Magnus's Python, which has the linters."""
        return str(OWN / "bin" / "python")

    def _environment(self) -> Mapping[str, str]:
        return {
            "PATH": f"{self.python}/bin:/usr/local/bin:/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
        }

    def _laid_out(self, tree: str, folder: Path) -> Path:
        """Gates beside each other may want the same tree: whoever is later takes what the first laid out."""
        if folder.exists():
            return folder
        making = folder.with_name(f"{folder.name}.{uuid4().hex[:8]}")
        making.mkdir()
        apart = replace(self.change.git, index=making.with_name(f"{making.name}.index"))
        apart.run("read-tree", tree, bounds=WORKING)
        apart.run("checkout-index", "--all", f"--prefix={making}/", bounds=WORKING)
        try:
            making.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
            shutil.rmtree(making)
        return folder


def _make_room(folder: Path, inside: Path, places: Sequence[Path]) -> None:
    """An empty folder for each environment of the project, since on a tree that is read-only none can be made."""
    for place in places:
        if inside in place.parents:
            below = [folder / part for part in (place.relative_to(inside), *place.relative_to(inside).parents)]
            if not any(part.is_symlink() for part in below):
                below[0].mkdir(parents=True, exist_ok=True)


@contextmanager
def open_stand(
    change: Change,
    sandbox: Sandbox,
    purpose: str = "",
    review: tuple[Json, ...] | None = None,
    cache: Cache | None = None,
    audit_url: str = "",
) -> Iterator[Stand]:
    """A stand for a change; what it laid out is gone at the end."""
    rules = rules_of(change)
    with TemporaryDirectory(prefix="magnus-gates-") as scratch:
        python, memory = _python_of(change, rules), cache or ShortMemory()
        yield Stand(change, rules, sandbox, Path(scratch), python, purpose, review, memory, audit_url)


def _python_of(change: Change, rules: Rules) -> Path:
    """The prefix of the project's Python: the one its rules name, its own environment, else that of Magnus."""
    place = change.root / change.prefix
    if rules.project.python:
        return (place / rules.project.python).absolute().parent.parent
    return environment_of(place, change.git)
