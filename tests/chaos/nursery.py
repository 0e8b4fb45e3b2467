"""Forks warm processes: Python and LangGraph are imported once, and a worker starts within a hundredth of a second.

Run as a process. It reads one JSON line a child, answers with the child's process id, and ends with its input; it has
no threads and no connections, so that forking it is safe.
"""

import ctypes
import importlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Warm up, then fork on demand."""
    for name in ("apps.cli.main", "apps.cli.running", "apps.cli.ask", "graph.master", "tools.wheel", "chaos.worker"):
        importlib.import_module(name)
    _say("ready")
    for line in iter(sys.stdin.readline, ""):
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        if (pid := os.fork()) == 0:
            os._exit(be(**json.loads(line)))
        _say(str(pid))


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def be(job: str, arguments: dict[str, Any], output: str, environment: dict[str, str]) -> int:
    """Do the job "module:function" as a process of its own; its exit code."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, name in ((0, os.devnull), (1, output), (2, f"{output}.err")):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), number)
    os.environ.update(environment)
    module, function = job.split(":")
    try:
        getattr(importlib.import_module(module), function)(**arguments)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except Exception:  # noqa: BLE001 - the door of this process: a bug is its exit code
        traceback.print_exc()
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    Path(f"{output}.code").write_text(str(code))
    return code


if __name__ == "__main__":
    main()
