"""Where an agent works: one workspace, its git, and the box its commands run in."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from graph.errors import BadInput
from tools.agents.permission import is_test
from tools.code.beneath import Beneath
from tools.code.files import LARGEST_READ, Workspace
from tools.code.git import WORKING, Git
from tools.code.interpreters import python_folders
from tools.code.limits import Ran
from tools.code.names import shown
from tools.code.sandbox import Sandbox
from tools.code.snapshot import tree_of
from tools.code.wheels import SITE, Wheels, site_for

INSIDE = Path("/project")
"""Where a workspace lies in the box, the same on every machine."""
OWN_ENVIRONMENTS = (".venv", "venv")
OURS = ("langsmith_plugin",)
"""Plugins of pytest that Magnus's own Python has for itself, and that take longer to load than many a suite to run."""


@dataclass(frozen=True)
class Bench:
    """A workspace; `base` is the commit its branch began at, `prefix` the Python environment its commands find.

    `packages` is where wheels are kept that a task fetched: what a file of pins names is found before the environment.
    """

    root: Path
    git: Git
    base: str
    sandbox: Sandbox = field(default_factory=Sandbox)
    prefix: Path = Path(sys.prefix)
    packages: Path | None = None

    @property
    def wheels(self) -> Wheels | None:
        """How packages come to this bench; None where none do."""
        return Wheels(self.packages, self.sandbox, self.prefix) if self.packages else None

    @property
    def files(self) -> Workspace:
        """The functions behind the file tools."""
        return Workspace(self.root, self.sandbox)

    def text(self, path: str) -> str | None:
        """What a file holds, or None where there is no such file."""
        try:
            return Beneath(self.root).read(path, LARGEST_READ).decode(errors="replace")
        except BadInput:
            return None

    def tree(self) -> str:
        """The git tree of everything that is there now."""
        return tree_of(self.git)

    def changed(self, since: str = "") -> list[str]:
        """The files that are not as they were when the task began, or as in another tree, each name in one line."""
        return [shown(path) for path in self._changed(since or self.base, self.tree())]

    def files_of(self, commit: str) -> list[str]:
        """The files that a commit changed, each name in one line."""
        return [shown(path) for path in self._changed(commit)]

    def _changed(self, *trees: str) -> list[str]:
        return self.git.fields("diff-tree", "-r", "--no-commit-id", "--name-only", "--no-renames", "-z", *trees)

    def run(self, argv: tuple[str, ...], folder: Path, *, may_write: bool, timeout_s: float) -> Ran:
        """Run a command on a folder, which it sees as INSIDE; without `may_write` it is read-only there."""
        site = site_for(self.wheels, folder) if self.wheels else None
        seen = [*python_folders(self.prefix), *([site] if site else [])]
        return self.sandbox.run(
            argv,
            cwd=INSIDE,
            writable=[folder] if may_write else [],
            read_only=seen if may_write else [*seen, folder],
            mounts={folder: INSIDE, **({site: SITE} if site else {})},
            env={**self._environment(), **({"PYTHONPATH": str(SITE)} if site else {})},
            timeout_s=timeout_s,
        )

    @contextmanager
    def before(self) -> Iterator[Path]:
        """A throw-away copy of the code as it was when the task began, with the tests as they are now."""
        with TemporaryDirectory(prefix="magnus-before-") as scratch:
            apart = replace(self.git, index=Path(scratch) / "index")
            apart.run("read-tree", self.base, bounds=WORKING)
            apart.run("update-index", "-z", "--index-info", given=self._tests_now(), bounds=WORKING)
            folder = Path(scratch) / "project"
            folder.mkdir()
            apart.run("checkout-index", "--all", f"--prefix={folder}/", bounds=WORKING)
            yield folder

    def _tests_now(self) -> bytes:
        """The test files that changed, as `update-index` reads them; one that is gone has mode 0."""
        now = self.tree()
        lines = []
        for path in filter(is_test, self._changed(self.base, now)):
            entry = self.git.fields("ls-tree", "-z", now, "--", path)
            mode, _, blob = (entry[0].partition("\t")[0] if entry else f"0 blob {'0' * 40}").split()
            lines.append(f"{mode} {blob}\t{path}\0")
        return "".join(lines).encode(errors="surrogateescape")

    def _environment(self) -> Mapping[str, str]:
        """Nothing writes beside the code, so that a run leaves no trace in the change."""
        without = ("cacheprovider", *(OURS if self.prefix == Path(sys.prefix) else ()))
        return {
            "PATH": f"{self.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_ADDOPTS": " ".join(f"-p no:{name}" for name in without),
            "PYTHONHASHSEED": "0",
        }


def environment_of(root: Path, git: Git) -> Path:
    """The Python environment of a project, where its person made one beside the code; else that of Magnus.

    One that the repository itself brings is not used: what it calls its home would be shown to the box.
    """
    for name in OWN_ENVIRONMENTS:
        if (root / name / "bin" / "python").exists() and not git.fields("ls-files", "-z", "--", name):
            return root / name
    return Path(sys.prefix)
