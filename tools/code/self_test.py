"""Whether the box holds on this machine: canaries are put outside of it, and a program inside tries to get at them."""

import json
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from graph.errors import BadInput, Unavailable
from tools.code import canaries
from tools.code.cgroup import homes
from tools.code.interpreters import python_folders
from tools.code.profile import ENVIRONMENT
from tools.code.sandbox import INSTALL, OFF_WARNING, Mode, Sandbox

LIMIT_S = 20
OF_THE_SHELL = {"PWD", "LC_CTYPE"}
"""What Python and the C library put into their own environment."""


@dataclass(frozen=True)
class Level:
    """How far commands are kept in: `works` is True where nothing got out, and `reason` says it in one sentence."""

    works: bool
    reason: str


def open_sandbox(mode: Mode = "on", is_attended: bool = True) -> Sandbox:
    """A sandbox that has been seen to hold, or one that the person switched off.

    Raises Unavailable where there is none, BadInput where it is switched off and nobody is there to answer for it.
    """
    if mode == "off" and not is_attended:
        raise BadInput("MAGNUS_SANDBOX=off is for a person at a terminal: unset it where Magnus works unattended.")
    if mode == "on" and not (level := self_test()).works:
        raise Unavailable(level.reason)
    return Sandbox(mode)


@cache
def self_test(mode: Mode = "on", search_path: str | None = None) -> Level:
    """Try, once in this process, whether anything gets out of a box; about a tenth of a second."""
    if mode == "off":
        return Level(False, OFF_WARNING)
    try:
        found = _try_out(Sandbox(mode, search_path))
    except Unavailable as error:
        return Level(False, str(error))
    if found:
        return Level(False, f"The sandbox does not hold, {found[0]}: {INSTALL}.")
    return Level(True, f"Commands run in a box of bubblewrap; {_bounds()}.")


def _bounds() -> str:
    if "pids" in homes():
        return "the kernel bounds its processes and its memory"
    if os.geteuid() == 0:
        return "its processes are only watched, as root needs a control group for more and cannot make one here"
    return "the kernel bounds its processes, and its memory is watched"


def _try_out(sandbox: Sandbox) -> list[str]:
    """What a program in the box could do and should not."""
    with TemporaryDirectory(prefix="magnus-canary-") as name:
        workspace, outside = Path(name, "workspace"), Path(name, "outside")
        (workspace / ".git").mkdir(parents=True)
        outside.mkdir()
        with _canaries(outside) as told:
            program = Path(canaries.__file__).resolve()
            told |= {"git": f"{workspace}/.git", "written": f"{workspace}/written"}
            ran = sandbox.run(
                [os.path.realpath(sys.executable), "-I", "-S", str(program), json.dumps(told)],
                cwd=workspace,
                writable=[workspace],
                read_only=[program, *python_folders(Path(sys.base_prefix))],
                timeout_s=LIMIT_S,
            )
        if ran.exit_code or not (workspace / "written").is_file():
            said = ran.log.strip().splitlines()
            return [f"a program in it fails ({said[-1][:200] if said else f'exit {ran.exit_code}'})"]
    return [str(leak) for leak in json.loads(ran.stdout)]


@contextmanager
def _canaries(outside: Path) -> Iterator[dict[str, Any]]:
    """A file, a port and two sockets that answer to us, and must not answer to the box."""
    (outside / "secret").write_text(secrets.token_hex(), encoding="utf-8")
    abstract = f"\0magnus-canary-{secrets.token_hex(8)}"
    addresses = [str(outside / "socket"), abstract]
    with ExitStack() as stack:
        port = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        for address in addresses:
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(address)
            listener.listen()
        names = [*ENVIRONMENT, *OF_THE_SHELL]
        yield {"file": str(outside / "secret"), "port": port, "sockets": addresses, "names": names}
