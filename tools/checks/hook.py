"""A pre-push hook: put into a repository, taken away again, and what a push is judged against."""

import os
import shlex
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from graph.errors import BadInput
from tools.code.git import LOOKING, Git, program
from tools.code.git_process import capture
from tools.code.repository import find_repository, git_of

NAME = "pre-push"
MARK = "# Made by `magnus gates hook install`; `magnus gates hook remove` takes it away."
SCRIPT = """#!/bin/sh
{mark}
cd -- {folder} || exit 1
exec {call}
"""


def install(project: Path) -> Path:
    """Write the hook; raises BadInput where somebody else's is there, which is left as it is."""
    file, repository = _place(project), find_repository(project)
    if not _is_ours(file) and os.path.lexists(file):
        raise BadInput(f"{file} is there already, and it is not ours: put this line into it instead: {_call()}")
    file.parent.mkdir(exist_ok=True)
    draft = file.with_name(f".{NAME}.magnus-{os.getpid()}")
    folder = shlex.quote(f"./{repository.prefix}")
    draft.write_text(SCRIPT.format(mark=MARK, folder=folder, call=_call()), encoding="utf-8")
    draft.chmod(stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    draft.replace(file)
    return file


def remove(project: Path) -> Path:
    """Take the hook away; raises BadInput where there is none of ours."""
    file = _place(project)
    if not _is_ours(file):
        raise BadInput(f"There is no hook of ours in {file.parent}.")
    file.unlink()
    return file


def pushed(project: Path, remote: str, lines: Iterable[str]) -> list[tuple[str, str | None]]:
    """The commits of a push, each with the commit to compare it with (None: the one before it), each pair once.

    `lines` are git's, LOCAL_REF LOCAL_SHA REMOTE_REF REMOTE_SHA. A branch that is deleted, a tag of something that is
    no commit, and what the remote has already are no change.
    """
    git = git_of(find_repository(project))
    found: dict[tuple[str, str | None], None] = {}
    for line in filter(str.strip, lines):
        words = line.rsplit(maxsplit=3)
        if len(words) < 4:
            raise BadInput("Standard input is not what git tells a pre-push hook.")
        head, theirs = _commit(git, words[1]), _commit(git, words[3])
        known = [f"--remotes={_literal(remote)}", *([theirs] if theirs else [])]
        if head and git.line("rev-list", "--max-count=1", head, "--not", *known):
            found[head, _base(git, remote, head, theirs)] = None
    return list(found)


def _base(git: Git, remote: str, head: str, theirs: str) -> str | None:
    """Where the pushed commits begin: what the remote's branch has of them, else what any branch of it has."""
    if theirs and (common := _merge_base(git, head, theirs)):
        return common
    branches = git.line("for-each-ref", "--format=%(objectname)", f"refs/remotes/{_literal(remote)}/").split()
    return (_merge_base(git, head, *branches) or None) if branches else None


def _merge_base(git: Git, head: str, *others: str) -> str:
    found = git.run("merge-base", head, *others, may_end=(0, 1))
    return found.out.decode().strip()


def _commit(git: Git, name: str) -> str:
    """The commit of a hash, or "": for none, and for one that is not here."""
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    found = git.run(*asked, may_end=(0, 1, 128))
    return found.out.decode().strip() if found.status == 0 else ""


def _literal(remote: str) -> str:
    """The remote's name in a pattern of refs; an address instead of a name matches none."""
    return "".join(f"\\{sign}" if sign in "*?[\\" else sign for sign in remote)


def _place(project: Path) -> Path:
    """Where git looks for the hook of this repository, which the person's own settings may decide."""
    repository = find_repository(project)
    words = [program(), "rev-parse", "--path-format=absolute", "--git-path", "hooks"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    folder = Path(os.fsdecode(capture(words, repository.root, environ, LOOKING).out).strip())
    if folder != repository.common_dir / "hooks":
        raise BadInput(f"The hooks of this repository lie in {folder}: put this line into its {NAME}: {_call()}")
    return folder / NAME


def _is_ours(file: Path) -> bool:
    return file.is_file() and MARK in file.read_text(encoding="utf-8", errors="replace")


def _call() -> str:
    """What calls the command that runs now, as a shell reads it."""
    beside = Path(sys.executable).with_name("magnus")
    return f'{shlex.quote(str(beside)) if beside.exists() else "magnus"} gates hook run "$@"'
