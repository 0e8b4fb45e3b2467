"""A process that opens the workspace of a request, and is killed on the way by the git in its PATH.

That git is a script: at a call with one word it kills the process that called it, before, after or in the middle of
what git does there.
"""

import os
import subprocess
import sys
from pathlib import Path

from workspaces import running

from checkpoints.database import Database, open_database
from graph.settings import Settings
from tools.code.workspace import open_workspace

KILLING = """#!/bin/sh
case " $* " in *" {at} "*) ;; *) exec {git} "$@" ;; esac
case {when} in
before) kill -9 $PPID ;;
after) {git} "$@" && kill -9 $PPID ;;
*) timeout -s KILL {when} {git} "$@"; kill -9 $PPID ;;
esac
"""
LEASE_S = 0.4


def start(database: Database, git: str, folder: Path, project: Path, at: str, when: str) -> "subprocess.Popen[str]":
    """The process, its git in `folder`."""
    folder.mkdir(exist_ok=True)
    script = folder / "git"
    script.write_text(KILLING.format(git=git, at=at, when=when))
    script.chmod(0o755)
    tests = Path(__file__).parent
    settings = database.settings
    return subprocess.Popen(
        [sys.executable, __file__, str(settings.database_url), str(settings.data_dir), str(project)],
        cwd=tests.parent,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": f"{tests}:{tests.parent}"},
        stdout=subprocess.PIPE,
        text=True,
    )


def main() -> None:
    """Say when the thread is held, then open the workspace."""
    url, data_dir, project = sys.argv[1:]
    database = open_database(Settings(database_url=url, data_dir=Path(data_dir), lease_s=LEASE_S))
    with running(database, lease_s=LEASE_S) as effects:
        sys.stdout.write("running\n")
        sys.stdout.flush()
        open_workspace(effects, Path(project), "task", with_uncommitted=True)
    database.close()


if __name__ == "__main__":
    main()
