"""A person's git repository for tests, and a fingerprint of everything in it that Magnus may not touch."""

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOMEBODY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "protocol.file.allow",
    "GIT_CONFIG_VALUE_0": "always",
    "GIT_CONFIG_KEY_1": "init.defaultBranch",
    "GIT_CONFIG_VALUE_1": "main",
}
QUICK = "-p no:anyio -p no:hypothesispytest"
"""For pytest in a project without a Python of its own: what ours has beside it takes longer to load than few tests."""
OURS = ("objects", "worktrees", "refs/heads/magnus", "logs/refs/heads/magnus")
"""What making a branch and a worktree adds to a repository."""


@dataclass(frozen=True)
class Checkout:
    """A folder with a repository, worked on by its owner with plain git."""

    folder: Path

    def git(self, *words: str, folder: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=folder or self.folder,
            env={**os.environ, **SOMEBODY},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def commit(self, **files: str) -> str:
        for name, text in files.items():
            self.write(name.replace("__", "."), text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "work")
        return self.git("rev-parse", "HEAD")

    def branches(self) -> list[str]:
        return self.git("for-each-ref", "--format=%(refname:short)", "refs/heads/magnus").split()

    def worktrees(self) -> list[str]:
        """Every worktree beside the checkout that git knows of."""
        listed = self.git("worktree", "list", "--porcelain").splitlines()
        return [line.removeprefix("worktree ") for line in listed if line.startswith("worktree ")][1:]


def new_checkout(folder: Path) -> Checkout:
    """A repository with one commit of two files."""
    folder.mkdir(parents=True)
    checkout = Checkout(folder)
    checkout.git("init", "--quiet")
    checkout.write("src/app.py", "print('wheel')\n")
    checkout.commit(readme__md="# Wheel\n")
    return checkout


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file with its content, kind and time of change; only what `OURS` names may come and go."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        inside = name.removeprefix(".git/") if name.startswith(".git/") else ""
        if path.is_dir() or any(inside == own or inside.startswith(f"{own}/") for own in OURS):
            continue
        content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        status = path.lstat()
        found[name] = f"{hashlib.sha256(content).hexdigest()} {status.st_mode:o} {status.st_mtime_ns}"
    return found
