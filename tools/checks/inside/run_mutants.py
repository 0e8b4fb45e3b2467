"""Runs inside the box: tries mutants of a project one after the other, and tells which of them the tests notice.

It is started like its neighbour run_tests.py, which it borrows from. Each mutant is a fork of this process, which has
pytest and the packages of the tests loaded already; that is what makes twenty of them cheap.
"""

from __future__ import annotations

import builtins
import gc
import importlib
import json
import os
import signal
import sys
import time
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.checks.inside import run_tests
else:
    import run_tests

    del sys.modules["run_tests"]

TICK_S = 0.005
ALIVE = 0
NOTE = "__magnus_edge__"
TOLD = {ALIVE: "unseen", 79: "met", 80: "whole", 81: "broken"}
"""The exit code of a run that went well, and what it says of the edge that was watched."""
Json = dict[str, Any]


def run_mutants(task: Json) -> int:
    """Try one changed text of a file after the other, each in a fork that has pytest and its packages loaded."""
    import pytest

    ends = time.monotonic() + task["seconds"]
    warm_up(pytest, task)
    told = run_tests.Told(task["out"])
    for mutant in task["mutants"]:
        left = ends - time.monotonic()
        if left <= 0:
            break
        began = time.monotonic()
        code = tried(pytest, mutant, min(left, mutant["timeout_s"]), task)
        is_cut = code is None and left < mutant["timeout_s"]
        edge = edge_of(pytest, mutant, ends, task) if code == ALIVE and mutant["watched"] else ""
        told.tell("mutant", id=mutant["id"], code=code, is_cut=is_cut, edge=edge, seconds=time.monotonic() - began)
    told.tell("finished", code=0)
    return 0


def edge_of(pytest: Any, mutant: Json, ends: float, task: Json) -> str:
    """How far the tests come to an edge whose moving none of them saw; "" where that could not be found out."""
    left = min(ends - time.monotonic(), mutant["timeout_s"])
    code = tried(pytest, {**mutant, "text": mutant["watched"]}, left, task) if left > 0 else None
    return TOLD.get(-1 if code is None else code, "")


class Edge:
    """Notes how the sides of a comparison lie to each other whenever a test asks for it.

    An edge is met where both are equal. Otherwise it is whole where a step from one value to the next is meant, in
    numbers that are counted, dates or words, and in any number where the code has the threshold written down.
    """

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __call__(self, left: Any, right: Any, is_written: bool) -> None:
        try:
            equal: Any = left == right
            is_met = bool(equal.any() if hasattr(equal, "any") else equal)
        except Exception:  # noqa: BLE001
            is_met = False
        is_broken = not is_written and any(map(self._is_broken, (left, right)))
        self.seen.add("met" if is_met else "broken" if is_broken else "whole")

    @staticmethod
    def _is_broken(side: Any) -> bool:
        """Whether values of this kind lie so close that hardly any is on the edge."""
        kind = getattr(getattr(side, "dtype", None), "kind", "")
        is_moment = isinstance(side, (datetime, timedelta))
        return isinstance(side, float) or is_moment or kind in tuple("fcmM")

    def code(self) -> int:
        """What it noted, as the exit code of a run that went well."""
        codes = {word: code for code, word in TOLD.items()}
        return codes[next((word for word in ("met", "broken", "whole") if word in self.seen), "unseen")]


def warm_up(pytest: Any, task: Json) -> None:
    """Load what every child needs: pytest with its plugins, by a run of nothing, and the packages of the tests.

    No child looks for garbage among all that: pytest collects at its end, which took half of a short run.
    """
    with TemporaryDirectory() as empty, redirect_stdout(StringIO()):
        pytest.main(["-c", os.devnull, "--rootdir", empty, *run_tests.options(task), empty], plugins=[Stubs()])
    for name in task["preload"]:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001
            continue
    gc.freeze()


def tried(pytest: Any, mutant: Json, timeout_s: float, task: Json) -> int | None:
    """The exit code of pytest with that text in place, None where it took too long.

    The control, which is the code as it is, leaves everything compiled for the mutants, but for the file of each.
    """
    path = Path(task["root"], mutant["path"])
    original = path.read_bytes()
    is_control = mutant["id"] < 0
    for compiled in [] if is_control else path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        compiled.unlink()
    path.write_bytes(mutant["text"].encode())
    try:
        child = os.fork()
        if child == 0:
            sys.dont_write_bytecode = not is_control
            tests = [f"{task['root']}/{test}" for test in mutant["tests"]]
            os._exit(in_child(pytest, [*run_tests.options(task), *task["args"], "--maxfail=1", *tests]))
        return waited(child, time.monotonic() + timeout_s)
    finally:
        path.write_bytes(original)


def in_child(pytest: Any, words: list[str]) -> int:
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    sys.argv = ["pytest", *words]
    edge = Edge()
    setattr(builtins, NOTE, edge)
    try:
        return int(pytest.main(words, plugins=[Stubs()])) or edge.code()
    except BaseException:  # noqa: BLE001
        return 1


class Stubs:
    """The options of plugins that are not there, for a run that nobody watches."""

    pytest_addoption = run_tests.Watcher.pytest_addoption


def waited(child: int, ends: float) -> int | None:
    while time.monotonic() < ends:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(TICK_S)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def main() -> int:
    """Do what the JSON file on the command line says."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    task["root"] = run_tests.top_of(task["prefix"])
    run_tests.prepare(task)
    return run_mutants(task)


if __name__ == "__main__":
    sys.exit(main())
