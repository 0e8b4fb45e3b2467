"""A run that makes a plan: accepted, leased and paid for like every request; its folder is an effect, made once."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from checkpoints.budget import Exhausted
from checkpoints.database import Database
from checkpoints.fence import Fence
from checkpoints.leases import leased
from checkpoints.runs import Run, find_run, finish, record_execution
from graph.errors import BadInput, Unavailable
from graph.protocol import Request, Response, Task, Usage
from graph.settings import Settings
from tools.costs import usage_of
from tools.phases.asking import NoPlan, Talk
from tools.phases.folder import refuse_taken
from tools.phases.making import Making, Wish
from tools.phases.order import in_order
from tools.phases.pages import folders_of
from tools.phases.plan import Plan
from tools.phases.purse import WHO
from tools.spending import settings_for

Json = dict[str, Any]
COMMAND = "plan"
"""How a request says that it came from `magnus plan`."""
LONGEST_GOAL = 20_000


def request_for(
    goal: str, folder: Path, project: Path, most_iterations: int, *, no_model: bool, budget_usd: float | None
) -> Request:
    """The request of one plan; raises BadInput where there is no goal in it, or the folder is taken."""
    plain = goal.encode(errors="replace").decode().strip()
    if not plain:
        raise BadInput('Say what is to be reached: magnus plan "Implement complete auth system with JWT".')
    if len(plain) > LONGEST_GOAL:
        raise BadInput(f"The goal has {len(plain)} characters, and {LONGEST_GOAL} is the most: put it into a file.")
    refuse_taken(folder)
    details = {"dir": str(folder), "max_iterations": most_iterations}
    task = Task(action="design", target=str(folder), details=details, context={"command": COMMAND})
    return Request(
        type="command", task=task, prompt=plain, project=str(project), no_model=no_model, budget_usd=budget_usd
    )


def is_plan(request: Json) -> bool:
    """Whether a request is one of `magnus plan`, which goes through no graph."""
    return bool(((request.get("task") or {}).get("context") or {}).get("command") == COMMAND)


def carry_out(database: Database, given: Settings, run: Run, now: Callable[[], datetime]) -> Json:
    """The response: the one that is kept, or that of the plan which is made now. Raises Busy.

    A missing model or money gives a partial one and leaves the run open; `magnus resume` begins the plan again.
    """
    settings = settings_for(given, run.request)
    with leased(database, run.thread_id, settings.lease_s, lambda: None) as lease:
        kept = find_run(database, run.request_id) or run
        if kept.response:
            return kept.response
        return _Planning(database, settings, kept, Fence(run.thread_id, lease.epoch), now).response()


@dataclass(frozen=True)
class _Planning:
    database: Database
    settings: Settings
    run: Run
    fence: Fence
    now: Callable[[], datetime]

    @property
    def wish(self) -> Wish:
        asked = self.run.request
        most = asked["task"]["details"]["max_iterations"]
        return Wish(self.run.wish, Path(asked["project"]), Path(asked["task"]["target"]), most)

    def response(self) -> Json:
        """The plan in its folder, or why there is none."""
        talk, run = Talk(), self.run
        making = Making(self.database, self.settings, run.request, self.wish, run.rollbacks, self.fence, self.now)
        try:
            made = making.plan(talk)
        except Exhausted as error:
            return self._partial(str(error), self._with_more(error.what))
        except Unavailable as error:
            return self._partial(str(error), self._again())
        except NoPlan as error:
            return self._finish("failure", errors=[str(error)])
        except BadInput as error:
            return self._finish("failure", errors=[str(error)], bad_input=True)
        return self._finish("success", result=_result(made, self.wish.folder), warnings=talk.notes)

    def _with_more(self, what: str) -> str:
        """How to go on with a larger budget."""
        again = f"magnus resume {self.run.thread_id}"
        if what == "usd":
            return f"{again} --budget {self.settings.budget_usd or 1:g}"
        more = {"calls": self.settings.budget_calls * 2 or 2, "tokens": max(self.settings.budget_tokens * 2, 100_000)}
        return f"MAGNUS_BUDGET_{what.upper()}={more[what]} {again}" if what in more else again

    def _again(self) -> str:
        """How to go on once there is a model; what was asked for without any has to be asked again."""
        if not self.run.request.get("no_model"):
            return f"magnus resume {self.run.thread_id}"
        goal, project = shlex.quote(self.run.wish), shlex.quote(self.run.request["project"])
        return f"magnus plan {goal} --project {project} --dir {shlex.quote(str(self.wish.folder))}"

    def _partial(self, why: str, next_step: str) -> Json:
        return self._told("partial", errors=[why], next_steps=[next_step]).model_dump(mode="json")

    def _finish(self, status: Any, **said: Any) -> Json:
        response = self._told(status, **said)
        kept = finish(self.database, response.model_dump(mode="json"), self.now(), self.fence)
        record_execution(self.database, _execution(self.run, response), self.fence)
        return kept

    def _told(self, status: Any, **said: Any) -> Response:
        now = self.now()
        seconds = (now - self.run.accepted_at).total_seconds()
        usage: Usage = usage_of(self.database, self.run.request_id, seconds)
        return Response(
            request_id=UUID(self.run.request_id),
            agent=WHO,
            status=status,
            thread_id=self.run.thread_id,
            usage=usage,
            timestamp=now,
            **said,
        )


def _result(plan: Plan, folder: Path) -> Json:
    """The plan for other programs: its phases in the order in which they can run, each with its folder."""
    folders = folders_of(plan)
    phases = [phase.model_dump() | {"folder": folders[phase.id]} for phase in in_order(plan.phases)]
    return {"goal": plan.goal, "folder": str(folder), "phases": phases, "assumptions": plan.assumptions}


def _execution(run: Run, response: Response) -> Json:
    seconds = (response.timestamp - run.accepted_at).total_seconds()
    return {
        "request_id": response.request_id,
        "thread_id": run.thread_id,
        "prompt": run.wish,
        "task_type": "design",
        "agents": [WHO],
        "decided_by": "request",
        "outcome": response.status,
        "errors": response.errors,
        "started_at": run.accepted_at,
        "finished_at": response.timestamp,
        "seconds": seconds,
    }
