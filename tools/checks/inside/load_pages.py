"""Runs in the box, in the project's own Python: loads Streamlit pages as a visitor would, each in a process of its own.

It stands alone. Streamlit is loaded once and inherited. How long a page without anything takes is told, too: so much of
each load is the test's own.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

LONGEST = 1000
EMPTY = "import streamlit\n"
NO_STREAMLIT = 97
"""The exit code where there is no Streamlit that can test a page."""
QUIET = {
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    "STREAMLIT_SERVER_HEADLESS": "true",
    "STREAMLIT_LOGGER_LEVEL": "error",
    "MPLBACKEND": "Agg",
}


def main() -> int:
    """Do the job of the first argument: each page is answered in the file named for it."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    os.environ.update(QUIET)
    sys.dont_write_bytecode = True
    try:
        testing = importlib.import_module("streamlit.testing.v1")
        version = str(importlib.import_module("streamlit").__version__)
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        return NO_STREAMLIT
    for one in job["pages"]:
        child = os.fork()
        if not child:
            answer = {"streamlit": version, **look(testing, one, job["times"], job["seconds"])}
            Path(one["out"]).write_text(json.dumps(answer), encoding="utf-8")
            os._exit(0)
        os.waitpid(child, 0)
    return 0


def look(testing: Any, one: dict[str, Any], times: int, seconds: float) -> dict[str, Any]:
    """What the loads of one page told; after one that fails there is no other."""
    page = str(Path(one["page"]).absolute())
    sys.path[0:0] = [str(Path(place).absolute()) for place in one["places"]]
    sys.argv = [page]
    own = 0.0
    if times > 1:
        visit(testing.AppTest.from_string(EMPTY))
        own = visit(testing.AppTest.from_string(EMPTY))[0]
    loads: list[dict[str, Any]] = []
    while len(loads) < times and not (loads and loads[-1]["errors"]):
        took, errors = visit(testing.AppTest.from_file(page, default_timeout=seconds))
        loads.append({"seconds": took, "errors": errors})
    return {"own_seconds": own, "loads": loads}


def visit(page: Any) -> tuple[float, list[dict[str, Any]]]:
    """The seconds and the exceptions of one run of a page."""
    began = time.perf_counter()
    try:
        errors = [one_error(one.proto) for one in page.run().exception]
    except BaseException as error:  # noqa: BLE001 - whatever a page raises is the answer
        errors = [{"type": type(error).__name__, "message": str(error)[:LONGEST], "trace": []}]
    return time.perf_counter() - began, errors


def one_error(proto: Any) -> dict[str, Any]:
    """What a page says of an exception that nobody caught."""
    return {"type": str(proto.type), "message": str(proto.message)[:LONGEST], "trace": list(proto.stack_trace)[-20:]}


if __name__ == "__main__":
    sys.exit(main())
