"""`magnus phases DIR`: which request carries out the plan of a folder, an open one or a new one."""

from pathlib import Path
from typing import Any

from checkpoints.database import Database
from checkpoints.runs import Run, find_run
from graph.protocol import Request, Task
from tools.code.repository import find_repository
from tools.phases.beginning import COMMAND
from tools.phases.making import requests_in
from tools.phases.pages import PLAN
from tools.phases.planning import is_plan
from tools.phases.reading import read_plan
from tools.phases.staffing import BUILDING

Json = dict[str, Any]


def run_of(database: Database, folder: Path) -> Run | None:
    """The newest request that carried out, or carries out, the plan of a folder; None where none did."""
    found = (find_run(database, request_id) for request_id in reversed(requests_in(folder)))
    return next((run for run in found if run and not is_plan(run.request)), None)


def request_for(folder: Path, project: Path | None, *, no_model: bool, budget_usd: float | None) -> Request:
    """The request that carries out the plan of a folder.

    Raises BadInput where there is no plan in it that can be used, or no project around it.
    """
    plan = read_plan(folder / PLAN)
    root = find_repository(project or folder).root
    task = Task(action=BUILDING, target=str(folder), context={"command": COMMAND})
    prompt = plan.goal or folder.name
    return Request(task=task, prompt=prompt, project=str(root), no_model=no_model, budget_usd=budget_usd)
