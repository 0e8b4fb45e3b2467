"""Starts one command, in a box or bare, and waits until nothing of it is left."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from tools.code.capture import Capture
from tools.code.cgroup import ControlGroup
from tools.code.limits import KB, Limits, Ran
from tools.code.profile import ENVIRONMENT, Folders
from tools.code.watch import Box, Cage, Group, watch

NOT_FOUND = 127
"""What a shell answers for a command that is not there."""
SIGNALLED = 128
"""What a shell adds to the number of the signal that ended a command."""
KILLED = SIGNALLED + signal.SIGKILL

Process = subprocess.Popen[bytes]
Feeds = dict[IO[bytes], Callable[[bytes], None]]


class BoxFailed(RuntimeError):
    """Bubblewrap could not make a box; the message is what it said."""


def run_boxed(box: list[str], argv: tuple[str, ...], prlimit: str, limits: Limits) -> Ran:
    """Run `argv` in the box these words of bubblewrap describe; raises BoxFailed where it does not come up."""
    group = ControlGroup(limits)
    (status, status_end), (gate_end, gate) = os.pipe(), os.pipe()
    cage = Box(group, gate)
    try:
        with os.fdopen(status, "rb", buffering=0) as told:
            words = [*box, "--json-status-fd", str(status_end), "--block-fd", str(gate_end), "--"]
            process = _start_box([*words, *limits.prefix(prlimit), *argv], status_end, gate_end)
            ran = _follow(argv, process, cage, limits, {told: cage.feed_status})
        if not ran.stopped_by and group.is_out_of_memory:
            ran = replace(ran, exit_code=ran.exit_code or KILLED, stopped_by="memory", note=limits.sentence("memory"))
    finally:
        os.close(gate)
        group.remove()
    if not cage.is_up:
        said = ran.stderr.strip().splitlines()
        raise BoxFailed(said[0][:200] if said else f"exit {ran.exit_code}")
    return ran


def _start_box(words: list[str], *ends: int) -> Process:
    """Start bubblewrap, which gets these ends of pipes for itself."""
    try:
        return _start(words, {}, "/", pass_fds=ends)
    except OSError as error:
        raise BoxFailed((error.strerror or "it cannot be run").lower()) from error
    finally:
        for end in ends:
            os.close(end)


def run_bare(argv: tuple[str, ...], folders: Folders, cwd: Path, env: Mapping[str, str], limits: Limits) -> Ran:
    """The same without a box, in an empty home; the folders are where they lie, and `cwd` is taken there."""
    with tempfile.TemporaryDirectory(prefix="magnus-home-", ignore_cleanup_errors=True) as home:
        path = os.environ.get("PATH", ENVIRONMENT["PATH"])
        environment = {**ENVIRONMENT, "PATH": path, "HOME": home, **env}
        try:
            process = _start(list(argv), environment, str(_outside(folders, cwd)), start_new_session=True)
        except OSError as error:
            return Ran(argv, NOT_FOUND, 0.0, "", f"{argv[0]}: {error.strerror}", is_boxed=False)
        return _follow(argv, process, Group(process.pid), limits, {})


def _outside(folders: Folders, cwd: Path) -> Path:
    there = {inside: outside for outside, inside in folders.mounts.items()}
    mounted = next((folder for folder in (cwd, *cwd.parents) if folder in there), None)
    return there[mounted] / cwd.relative_to(mounted) if mounted else cwd


def _start(
    words: list[str],
    env: Mapping[str, str],
    cwd: str,
    pass_fds: tuple[int, ...] = (),
    start_new_session: bool = False,
) -> Process:
    return subprocess.Popen(
        words, env=env, cwd=cwd, pass_fds=pass_fds, start_new_session=start_new_session, bufsize=0,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _follow(argv: tuple[str, ...], process: Process, cage: Cage, limits: Limits, feeds: Feeds) -> Ran:
    """Read and bound a command that has been started, and say how it went."""
    began = time.perf_counter()
    stdout, stderr = Capture(limits.output_kb * KB), Capture(limits.output_kb * KB)
    assert process.stdout is not None and process.stderr is not None
    bound = watch(process, cage, {process.stdout: stdout.feed, process.stderr: stderr.feed, **feeds}, limits)
    return Ran(
        argv=argv,
        exit_code=code if (code := process.returncode) >= 0 else SIGNALLED - code,
        seconds=round(time.perf_counter() - began, 4),
        stdout=stdout.text,
        stderr=stderr.text,
        is_truncated=bool(stdout.left_out or stderr.left_out),
        stopped_by=bound,
        note=limits.sentence(bound) if bound else "",
        is_boxed=isinstance(cage, Box),
    )
