"""The box: where every command of a project runs, without a network, a secret or a way to write past its workspace."""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from graph.errors import BadInput, Unavailable
from tools.code.limits import Limits, Ran
from tools.code.profile import NEEDED, Folders, box_words, flags
from tools.code.running import BoxFailed, run_bare, run_boxed

Mode = Literal["on", "off"]
INSTALL = "install bubblewrap, or set MAGNUS_SANDBOX=off to run commands of a project without protection"
OFF_WARNING = "MAGNUS_SANDBOX=off: commands of the project ran without a sandbox."
"""What every response says while the sandbox is off."""


@dataclass(frozen=True)
class Sandbox:
    """Runs commands in a box; with `mode` off they run bare, and only time and output are surely bounded."""

    mode: Mode = "on"
    search_path: str | None = None

    @property
    def warnings(self) -> list[str]:
        """What a response has to say about how commands ran."""
        return [OFF_WARNING] if self.mode == "off" else []

    def run(
        self,
        argv: Iterable[str],
        *,
        cwd: Path,
        writable: Iterable[Path] = (),
        read_only: Iterable[Path] = (),
        mounts: Mapping[Path, Path] | None = None,
        env: Mapping[str, str] | None = None,
        timeout_s: float = Limits.timeout_s,
        memory_mb: int = Limits.memory_mb,
        processes: int = Limits.processes,
        file_mb: int = Limits.file_mb,
        output_kb: int = Limits.output_kb,
        network: bool = False,
    ) -> Ran:
        """What became of one command, once nothing of it runs any more.

        It sees the system, read-only, and the folders `writable` and `read_only`, each where it lies, or where
        `mounts` says; `cwd` is a path in the box. Its environment is `profile.ENVIRONMENT` and `env`. Each limit holds
        for the whole command but `file_mb`, which is for one file, and `output_kb`, which is for one stream. Raises
        Unavailable where no box can be made, BadInput where a folder is not there.
        """
        words = tuple(argv)
        folders = Folders(tuple(writable), tuple(read_only), dict(mounts or {}))
        _check_folders(folders, words)
        limits = Limits(timeout_s, memory_mb, processes, file_mb, output_kb)
        if self.mode == "off":
            return run_bare(words, folders, cwd, dict(env or {}), limits)
        box = box_words(self._bubblewrap(), folders, cwd, dict(env or {}), limits, network)
        prlimit = self._program("prlimit", "util-linux")
        try:
            return run_boxed(box, words, prlimit, limits)
        except BoxFailed as error:
            raise Unavailable(f"The sandbox does not start ({error}): {INSTALL}.") from error

    def _bubblewrap(self) -> str:
        program = self._program("bwrap", "bubblewrap")
        if missing := sorted(NEEDED - flags(program)):
            raise Unavailable(f"The bubblewrap here is too old, it does not know {missing[0]}: {INSTALL}.")
        return program

    def _program(self, name: str, package: str) -> str:
        found = shutil.which(name, path=self.search_path)
        if found is None:
            raise Unavailable(f"There is no sandbox, {name} ({package}) is missing: {INSTALL}.")
        return str(Path(found).resolve())


def _check_folders(folders: Folders, argv: tuple[str, ...]) -> None:
    if not argv:
        raise BadInput("There is no command to run.")
    for folder in (*folders.writable, *folders.read_only):
        if not folder.is_absolute() or not folder.exists():
            raise BadInput(f"{folder} cannot be shown to a command: name a folder that is there, by its full path.")
