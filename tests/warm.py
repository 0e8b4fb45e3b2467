"""Runs the `magnus` command in processes that have imported it already: most of a start is Python reading modules.

Other programs that are files of Python run as well. It is a process with a socket as its input. For each command it
gets the words, the folder, the environment, and four open files: input, output, errors, and a pipe in which it tells
the process id and, in the end, the exit code. It has no threads and no connections of its own, so that forking it is
safe; it ends when its socket does.
"""

import atexit
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import threading
from typing import NoReturn

import apps.cli

MOST = 200_000
"""Bytes of one request; an environment is a few thousand."""
HEAVY = ("graph.master", "alembic.command", "langchain.agents", "langchain_anthropic", "psycopg2")
"""What commands import only when they come to it."""


def main() -> None:
    """Warm up, then fork on demand until nobody can ask any more; returns in the process that is to be a command."""
    for name in (*(module.name for module in pkgutil.iter_modules(apps.cli.__path__, "apps.cli.")), *HEAVY):
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=0) as asked:
        asked.send(b"warm")
        while True:
            request, files, _, _ = socket.recv_fds(asked, MOST, 4)
            if not request:
                os._exit(0)
            if os.fork() == 0:
                break
            for file in files:
                os.close(file)
        asked.detach()
    *streams, told = files
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if child := os.fork():
        _tell_its_end(child, told, streams)
    os.close(told)
    _become(streams, **json.loads(request))


def _tell_its_end(child: int, told: int, streams: list[int]) -> NoReturn:
    """Stay behind as the parent of the command, for only a parent learns how it ended."""
    for stream in streams:
        os.close(stream)
    os.write(told, f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(streams: list[int], words: list[str], folder: str, environment: dict[str, str]) -> None:
    """Make this process what it would be had somebody just started it."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")  # as its import does in a process that is not warm
    sys.argv = words
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))


def _carry_out() -> int:
    """The command's exit code."""
    try:
        if sys.argv[0].endswith(".py"):
            runpy.run_path(sys.argv[0], run_name="__main__")
        else:
            importlib.import_module("apps.cli.main").main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


def _end(code: int) -> NoReturn:
    """End as any Python does, but for taking its modules apart: that would copy all the memory it shares."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
    _end(_carry_out())
