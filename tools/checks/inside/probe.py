"""Runs in the box, in the project's own Python: imports its modules, each in a process that imported none yet.

It stands alone, on the oldest Python a project may have. What the modules need from outside the project is loaded once
and inherited by the processes that follow, so that twenty modules cost little more than one.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

HERE = str(Path.cwd()) + os.sep
APART = ("torch", "tensorflow", "jax", "jaxlib", "grpc", "ray", "pyspark", "cupy")
"""Libraries that do not survive a fork: each process loads them for itself."""
LARGEST = 1_000_000
GONE = object()


def main(job: Any) -> Any:
    """The answer to a job."""
    os.environ["MPLBACKEND"] = "Agg"
    _take_roots(job["roots"], job["last"])
    wanted = [[module, name, _look(module, name, must, job["seconds"])] for module, name, must in job["wanted"]]
    return {"modules": _share(job["modules"], job["seconds"]), "wanted": wanted}


def _take_roots(roots: list[str], last: list[str]) -> None:
    """The project goes before what is installed, which may be an older copy of it, and behind the standard library."""
    sys.path.pop(0)
    place = next((number for number, path in enumerate(sys.path) if "-packages" in path), len(sys.path))
    sys.path[place:place] = [HERE + root for root in roots]
    sys.path += [HERE + folder for folder in last]
    sys.dont_write_bytecode = True


def _share(modules: list[Any], seconds: float) -> list[Any]:
    """The answers for all modules, from as many processes side by side as there are processors."""
    count = max(1, min(len(os.sched_getaffinity(0)), 4, len(modules) // 3))
    shares = [modules[number::count] for number in range(count)]
    pipes = [_fork(partial(_answers, share, seconds)) for share in shares[1:]]
    answers = _answers(shares[0], seconds)
    for pid, pipe in pipes:
        answers += _wait(pid, pipe, seconds * len(modules) + 60)["answer"]
    return answers


def _answers(modules: list[Any], seconds: float) -> list[Any]:
    return list(_each(modules, seconds))


def _each(modules: list[Any], seconds: float) -> Iterator[Any]:
    for one in modules:
        told = _apart(partial(_import, *one), seconds)
        for name in told.pop("outside", []):
            if name.split(".")[0] not in APART and name not in sys.modules:
                with contextlib.suppress(BaseException):
                    importlib.import_module(name)
        yield [one[0], told]


def _import(path: str, name: str, is_member: bool) -> dict[str, Any]:
    """Import one module; one that no package holds is loaded from its file, as pytest and a shell would."""
    before = set(sys.modules)
    try:
        if is_member:
            importlib.import_module(name)
        else:
            spec = importlib.util.spec_from_file_location(name, HERE + path)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
    except BaseException as error:  # noqa: BLE001 - whatever a module raises is the answer
        return _told(error)
    return {"is_imported": True, "outside": [name for name in sys.modules if name not in before and _is_outside(name)]}


def _is_outside(name: str) -> bool:
    file = getattr(sys.modules.get(name), "__file__", None)
    return isinstance(file, str) and not _is_own(file)


def _is_own(file: str) -> bool:
    return file.startswith(HERE) and "-packages" + os.sep not in file and not file.startswith(sys.prefix + os.sep)


def _told(error: BaseException) -> dict[str, Any]:
    frames = [one for one in traceback.extract_tb(error.__traceback__) if "importlib" not in one.filename]
    frames = [one for one in frames if one.filename != __file__]
    own = [one for one in frames if _is_own(one.filename)]
    file, line = (own[-1].filename, own[-1].lineno) if own else ("", 0)
    if isinstance(error, SyntaxError) and error.filename and _is_own(error.filename):
        file, line = error.filename, error.lineno
    return {
        "is_imported": False,
        "type": type(error).__name__,
        "kinds": [one.__name__ for one in type(error).__mro__],
        "message": str(error)[:500],
        "missing": getattr(error, "name", None),
        "file": file[len(HERE) :],
        "line": line or 0,
        "is_own": bool(own) and frames[-1] is own[-1],
        "is_environ": any(
            one.filename.endswith(("os.py", "<frozen os>")) and one.name == "__getitem__" for one in frames
        ),
    }


def _look(module: str, name: str | None, must_load: bool, seconds: float) -> str:
    """ "" where an import from outside the project would work, else what is missing: "module" or "name"."""
    if not must_load and _is_found(module):
        return ""
    told = _apart(lambda: _load(module, name), seconds)
    what = str(told.get("missing_what", ""))
    return "package" if what == "module" and not _is_found(module.split(".", 1)[0]) else what


def _is_found(module: str) -> bool:
    """Whether it is there, found without running any of it."""
    if module in sys.builtin_module_names or module in sys.modules:
        return True
    places: Any = None
    parts = module.split(".")
    for number in range(len(parts)):
        name = ".".join(parts[: number + 1])
        try:
            spec = PathFinder.find_spec(name, places) if number else importlib.util.find_spec(name)
        except (ImportError, ValueError, AttributeError):
            return False
        if spec is None:
            return False
        places = spec.submodule_search_locations
        if places is None and number + 1 < len(parts):
            return False
    return True


def _load(module: str, name: str | None) -> dict[str, Any]:
    try:
        found = importlib.import_module(module)
    except ImportError as error:
        missing = getattr(error, "name", None) or ""
        return {"missing_what": "module" if missing and (module + ".").startswith(missing + ".") else ""}
    except BaseException:  # noqa: BLE001 - only its absence is asked for
        return {}
    if name in (None, "*") or getattr(found, str(name), GONE) is not GONE or _is_found(f"{module}.{name}"):
        return {}
    return {"missing_what": "name"}


def _apart(action: Callable[[], Any], seconds: float) -> dict[str, Any]:
    """What an action says, in a process of its own; how that ended where it says nothing."""
    pid, pipe = _fork(action)
    told = _wait(pid, pipe, seconds)
    return dict(told.get("answer", told))


def _fork(action: Callable[[], Any]) -> tuple[int, int]:
    end, start = os.pipe()
    pid = os.fork()
    if pid:
        os.close(start)
        return pid, end
    try:
        os.close(end)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        answer = json.dumps({"answer": action()}).encode()
        while answer:
            answer = answer[os.write(start, answer) :]
    finally:
        os._exit(0)


def _wait(pid: int, pipe: int, seconds: float) -> dict[str, Any]:
    deadline, said = time.monotonic() + seconds, b""
    while (left := deadline - time.monotonic()) > 0 and len(said) < LARGEST:
        if not select.select([pipe], [], [], left)[0]:
            break
        piece = os.read(pipe, 65536)
        if not piece:
            break
        said += piece
    os.close(pipe)
    is_late = time.monotonic() >= deadline
    if is_late:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    try:
        return dict(json.loads(said))
    except ValueError:
        ended = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit {os.WEXITSTATUS(status)}"
        return {"is_imported": False, "ended": "time" if is_late else ended}
