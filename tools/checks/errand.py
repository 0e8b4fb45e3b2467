"""A small program of ours sent into the box with a job, and what it brings back."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from tools.checks.findings import Finding, Json
from tools.checks.stand import Stand
from tools.code.limits import Ran

INSIDE = Path(__file__).with_name("inside")
START = """
import json, os, sys
from importlib import import_module
sys.path.insert(0, sys.argv[1])
out = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
with open(sys.argv[3]) as job:
    answer = import_module("magnus_inside." + sys.argv[2]).main(json.load(job))
json.dump(answer, out)
out.close()
"""
"""What a program prints by the way goes nowhere, so that its answer stands alone."""
KEPT = 2000
"""So much of an answer is kept as evidence; what counts of it becomes findings and counts."""
ALONE = ("-I", "-S")
"""Neither the folder it runs in nor what is installed has a say in what such a program loads."""


class ErrandFailed(Exception):
    """The program came back with nothing that can be used; `ran` is how it went."""

    def __init__(self, what: str, ran: Ran) -> None:
        self.ran = ran
        said = (ran.note or ran.stderr or ran.stdout).strip().splitlines()
        why = said[-1][:200] if said else f"exit {ran.exit_code}"
        super().__init__(f"{what} could not be looked at: {why}")

    def finding(self) -> Finding:
        """A check that could not look does not pass."""
        return Finding("", 0, "tool", str(self), "critical")


def send(
    stand: Stand,
    program: str,
    job: Json,
    *,
    what: str,
    python: str,
    options: Sequence[str] = ALONE,
    tree: str | None = None,
    seen: Sequence[Path] = (),
    timeout_s: float | None = None,
) -> tuple[Any, Ran]:
    """What a program of `inside/` says of a tree, which is not written to; raises ErrandFailed."""
    folder = stand.scratch / f"errand-{uuid4().hex[:8]}"
    told = folder / "job.json"
    shutil.copytree(INSIDE, folder / "magnus_inside", ignore=shutil.ignore_patterns("__pycache__"))
    told.write_text(json.dumps(job), encoding="utf-8")
    ran = stand.run(
        [python, *options, "-c", START, str(folder), program, str(told)],
        stand.folder(tree or stand.change.tree),
        may_write=False,
        seen=[folder, *seen],
        timeout_s=timeout_s,
    )
    if ran.exit_code != 0 or ran.is_truncated:
        raise ErrandFailed(what, ran)
    try:
        return json.loads(ran.stdout), replace(ran, stdout=ran.stdout[:KEPT])
    except ValueError as error:
        raise ErrandFailed(what, ran) from error


def project_python(stand: Stand) -> str:
    """The interpreter of the project."""
    return str(stand.python / "bin" / "python")
