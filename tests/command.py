"""The installed `magnus` command, run as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

COMMAND = Path(sys.executable).with_name("magnus")


class Magnus:
    """Runs `magnus WORDS` with an environment of its own and waits for it."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self.environment = {**os.environ, **environment}
        self.folder = folder

    def __call__(
        self, *words: str, stdin: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=self.folder,
            env={**self.environment, **(env or {})},
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The running process, its output in pipes."""
        return subprocess.Popen(
            [COMMAND, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.environment,
        )
