"""A workspace of its own and a Python for tests of the sandbox."""

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tools.code.interpreters import python_folders
from tools.code.limits import Ran
from tools.code.sandbox import Sandbox

BASE = Path(sys.base_prefix)
PYTHON = str(Path(sys.executable).resolve())

needs_bubblewrap = pytest.mark.skipif(
    shutil.which("bwrap") is None and "CI" not in os.environ, reason="bubblewrap is not installed"
)
"""A newcomer without it may run the other tests; in CI its absence is a failure."""


@dataclass(frozen=True)
class Boxed:
    """Runs commands in one workspace."""

    workspace: Path
    sandbox: Sandbox = field(default_factory=Sandbox)

    def sh(self, line: str, **given: Any) -> Ran:
        """One line of shell."""
        return self.sandbox.run(["sh", "-c", line], **{"cwd": self.workspace, "writable": [self.workspace], **given})

    def python(self, program: str, *words: str, **given: Any) -> Ran:
        """One program of the interpreter that runs the tests."""
        argv = [PYTHON, "-I", "-S", "-c", program, *words]
        seen = {"cwd": self.workspace, "writable": [self.workspace], "read_only": python_folders(BASE)}
        return self.sandbox.run(argv, **{**seen, **given})


def processes_with(word: str) -> list[str]:
    """The host's processes whose command line has that word."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().decode(errors="replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += [" ".join(words)] if word in words else []
    return found
