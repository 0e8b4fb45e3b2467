"""A workspace as it lies on the disk: a git worktree beside the person's checkout, its record and its lock."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.errors import BadInput, Busy
from tools.code.git import WORKING, Git, open_git

Json = dict[str, Any]
PATHS = ("folder", "root", "common_dir")
READY = "magnus-ready"
"""A file among git's own of a worktree, written last: what has none was killed while it was made."""
NOTHING = "0" * 40
LOCK_S = WORKING.seconds + 60
"""Longer than a git that outlived its caller may keep the lock."""


@dataclass(frozen=True)
class Workspace:
    """A worktree on a branch of its own. `base` is the person's commit; `start` is the one the work begins at.

    They differ where uncommitted changes were taken along, and where the workspace goes on from another: that of one
    agent of a parallel stage (`agent`, `part_of` the workspace with that key), or of a task that was rolled back.
    `prefix` is the folder of the project in its repository.
    """

    key: str
    thread_id: str
    request_id: str
    rollback: int
    folder: Path
    branch: str
    base: str
    start: str
    root: Path
    common_dir: Path
    prefix: str = ""
    agent: str = ""
    part_of: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def project(self) -> Path:
        """The folder agents work in."""
        return self.folder / self.prefix

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.branch}"

    @property
    def git_dir(self) -> Path:
        """Where git keeps this worktree; nobody but git on the host writes there."""
        return self.common_dir / "worktrees" / self.folder.name

    def to_json(self) -> Json:
        """The workspace for the state and the effects table."""
        return vars(self) | {name: str(getattr(self, name)) for name in PATHS} | {"warnings": list(self.warnings)}


def workspace_from(found: Json) -> Workspace:
    """The workspace that `to_json` told."""
    paths = {name: Path(found[name]) for name in PATHS}
    return Workspace(**(found | paths | {"warnings": tuple(found["warnings"])}))


def git_in(workspace: Workspace, held: int | None = None) -> Git:
    """Git in the worktree; what an agent may have put in the place of `.git` there does not matter."""
    return open_git(workspace.folder, workspace.git_dir, held)


def git_beside(workspace: Workspace, held: int | None = None) -> Git:
    """Git in the repository, for branches and trees; it needs no worktree."""
    return open_git(workspace.common_dir, workspace.common_dir, held)


def key_of(*place: object) -> str:
    """A short name for a place in a workflow, always the same for the same place."""
    return hashlib.sha256(json.dumps([str(part) for part in place]).encode()).hexdigest()[:12]


def slug(words: str, most: int = 40) -> str:
    """The words as they may stand in the name of a branch or a folder."""
    plain = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return plain if len(plain) <= most else plain[:most].rpartition("-")[0] or plain[:most]


@contextmanager
def locked(home: Path, key: str) -> Iterator[int]:
    """Hold the lock of one workspace; yields the open file, for programs that must keep it until they end.

    Raises Busy where another process has it for too long.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, deadline = home / f"{key}.lock", time.monotonic() + LOCK_S
    while True:
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(held, deadline, path)
            if _is_still_there(held, path):
                yield held
                return
        finally:
            os.close(held)


def read_record(home: Path, key: str) -> Workspace | None:
    """The workspace that was begun under this key, finished or not."""
    with suppress(FileNotFoundError):
        return workspace_from(json.loads((home / f"{key}.json").read_text(encoding="utf-8")))
    return None


def records(home: Path) -> list[Workspace]:
    """Every workspace of this home."""
    found = (read_record(home, path.stem) for path in sorted(home.glob("*.json")))
    return [workspace for workspace in found if workspace]


def write_record(home: Path, workspace: Workspace) -> None:
    """Note what is going to be made: whoever comes after a kill makes the same."""
    fresh = home / f"{workspace.key}.new"
    fresh.write_text(json.dumps(workspace.to_json()), encoding="utf-8")
    fresh.replace(home / f"{workspace.key}.json")


def is_ready(workspace: Workspace) -> bool:
    """Whether the worktree was made to its end and is still there."""
    return (workspace.git_dir / READY).exists() and (workspace.folder / ".git").exists()


def ensure(workspace: Workspace, held: int, is_new: bool) -> None:
    """Make the worktree where it is not there, and first its branch where it `is_new`; under the workspace's lock.

    Raises BadInput where the repository or the branch of an older one is gone.
    """
    if is_ready(workspace):
        return
    if not workspace.common_dir.is_dir():
        raise BadInput(f"The repository of this task, {workspace.root}, is gone: put it back, or cancel the task.")
    git = git_beside(workspace, held)
    if not head_of(git, workspace):
        if not is_new:
            raise BadInput(f"The branch {workspace.branch} of this task is gone: ask for the task anew.")
        free_locks(workspace)
        git.run("update-ref", workspace.ref, workspace.start, NOTHING)
    clear(workspace)
    workspace.folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(workspace.common_dir):
        git.run("worktree", "add", "--quiet", "--no-checkout", str(workspace.folder), workspace.branch, bounds=WORKING)
    reset(workspace, held)
    (workspace.git_dir / READY).touch()


def reset(workspace: Workspace, held: int) -> None:
    """The tracked files and the index as the branch has them; untracked files stay."""
    free_locks(workspace)
    git_in(workspace, held).run("reset", "--quiet", "--hard", workspace.ref, bounds=WORKING)


def free_locks(workspace: Workspace) -> None:
    """Under the lock of the workspace no git of ours runs there, so what is locked was left behind by a kill."""
    for name in (workspace.git_dir / "index", workspace.git_dir / "HEAD", workspace.common_dir / workspace.ref):
        name.with_name(f"{name.name}.lock").unlink(missing_ok=True)


def head_of(git: Git, workspace: Workspace) -> str:
    """The newest commit of the branch, or "" where there is no such branch."""
    return (
        git.run("rev-parse", "--verify", "--quiet", f"{workspace.ref}^{{commit}}", may_end=(0, 1)).out.decode().strip()
    )


def clear(workspace: Workspace) -> None:
    """Nothing is left of the worktree but its branch."""
    _remove_folder(workspace.folder)
    if workspace.git_dir.exists():
        with _alone_in(workspace.common_dir):
            _remove_folder(workspace.git_dir)


def drop_branch(workspace: Workspace, held: int) -> None:
    """The branch is gone, if it was there."""
    if workspace.common_dir.is_dir():
        free_locks(workspace)
        git_beside(workspace, held).run("update-ref", "-d", workspace.ref)


def forget(home: Path, workspace: Workspace) -> None:
    """Last of all, the record and the lock."""
    (home / f"{workspace.key}.json").unlink(missing_ok=True)
    (home / f"{workspace.key}.lock").unlink(missing_ok=True)


def refuse_home_in(home: Path, root: Path) -> None:
    """Raise BadInput where worktrees would lie in the checkout they are made from."""
    if home.resolve().is_relative_to(root.resolve()):
        raise BadInput(f"Workspaces may not lie in the project itself: set MAGNUS_DATA_DIR to a folder outside {root}.")


def refuse_blocked_branch(git: Git) -> None:
    """Raise BadInput where a branch called magnus takes the place of all that begin so."""
    if git.knows("show-ref", "--verify", "--quiet", "refs/heads/magnus"):
        raise BadInput("A branch named magnus stands in the way of the branches magnus/...: rename it.")


@contextmanager
def _alone_in(common_dir: Path) -> Iterator[None]:
    """Git reads every worktree of a repository when it adds one, and fails on one that is half made or half gone."""
    repository = os.open(common_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(repository, time.monotonic() + LOCK_S, common_dir)
        yield
    finally:
        os.close(repository)


def _lock(held: int, deadline: float, path: Path) -> None:
    while True:
        try:
            return fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Busy(
                    f"Another process works in the workspace of {path} for too long: end it, then resume."
                ) from None
            time.sleep(0.02)


def _is_still_there(held: int, path: Path) -> bool:
    """Whether the file that was locked is the one others will look at; its last holder may have removed it."""
    try:
        return os.path.samestat(os.fstat(held), path.stat())
    except FileNotFoundError:
        return False


def _remove_folder(folder: Path) -> None:
    """Remove a folder, also where a command of the project has taken the right to do so from one inside."""
    with suppress(FileNotFoundError):
        try:
            shutil.rmtree(folder)
        except PermissionError:
            for place, names, _ in os.walk(folder):
                for name in names:
                    if not (inner := Path(place, name)).is_symlink():
                        inner.chmod(0o700)
            shutil.rmtree(folder)
