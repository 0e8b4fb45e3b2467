"""A plan is made once: asked for, paid for and written into its folder, which is an effect."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from checkpoints.database import Database
from checkpoints.effects import Effects, Place
from checkpoints.fence import Fence
from graph.errors import BadInput, Unavailable
from graph.protocol import Usage
from graph.settings import Settings
from prompts.agent import Agent
from tools.model import full_name, why_no_model
from tools.phases.account import account_of, answers_of, calls_of, usages_in
from tools.phases.asking import NoPlan, Question, Talk, ask_for_plan
from tools.phases.folder import log_of, log_says, make_folder
from tools.phases.pages import PLAN, pages_of
from tools.phases.plan import Plan
from tools.phases.project import look_at
from tools.phases.purse import WHO, Purse
from tools.phases.reading import read_plan
from tools.routing.registries import registry_of
from tools.spending import ledger_of

Json = dict[str, Any]
MARK = "request "
MOST_ITERATIONS = 10
"""What a phase may have where nobody says how many."""


@dataclass(frozen=True)
class Wish:
    """What is to be planned: a goal for a project, where the plan goes, and how many iterations a phase may have."""

    goal: str
    project: Path
    folder: Path
    most_iterations: int = MOST_ITERATIONS


@dataclass(frozen=True)
class Making:
    """The making of one plan for one request, `task` in the form of the protocol, by whoever holds its thread."""

    database: Database
    settings: Settings
    task: Json
    wish: Wish
    rollback: int
    fence: Fence
    now: Callable[[], datetime]

    def plan(self, talk: Talk) -> Plan:
        """The plan, in its folder; after a kill the one that is there. What was said meanwhile stands in `talk`.

        Raises NoPlan, BadInput where the place is taken or the project cannot be read, Unavailable without a model,
        and Exhausted.
        """
        return self._made_before() or self._make(talk)

    def _make(self, talk: Talk) -> Plan:
        """Ask, write, and book what it took."""
        if missing := why_no_model(self.settings):
            raise Unavailable(missing)
        agent = self._planner()
        question = Question(self.wish.goal, look_at(self.wish.project), self.wish.most_iterations)
        purse = self._purse(agent, talk.usages)
        try:
            plan = ask_for_plan(question, agent, self.settings, purse.reserve, talk)
            account = account_of(question, self.wish.project, purse.model)
            self._write(plan, [*account, *answers_of(talk), *calls_of(talk)])
        except (NoPlan, BadInput):
            purse.settle()
            raise
        purse.settle()
        return plan

    def _made_before(self) -> Plan | None:
        """The plan of this request, where a kill came after its folder was complete; its calls are booked now."""
        if not log_says(self.wish.folder, self._mark):
            return None
        usages = usages_in(log_of(self.wish.folder))
        purse = self._purse(self._planner(), usages)
        for number in range(1, len(usages) + 1):
            purse.reserve(number, 0)
        purse.settle()
        return read_plan(self.wish.folder / PLAN)

    def _write(self, plan: Plan, told: list[str]) -> None:
        folder = self.wish.folder

        def write() -> Json:
            make_folder(folder, pages_of(plan), [self._mark, *told], self.now())
            return {"folder": str(folder)}

        def look() -> Json | None:
            return {"folder": str(folder)} if log_says(folder, self._mark) else None

        effects = Effects(self.database, self.fence, self._place, self.now)
        effects.effect("feature folder", "reconcile", {"folder": str(folder)}, write, look)

    def _purse(self, agent: Agent, usages: list[Usage]) -> Purse:
        ledger = ledger_of(self.database, self.fence, self.task, self.settings, self.now)
        return Purse(ledger, self._place, full_name(self.settings, agent.model), self.settings, usages)

    def _planner(self) -> Agent:
        """The planner as the project and the person have it."""
        agent = registry_of(self.wish.project, self.settings.data_dir).get(WHO)
        if agent is None:
            raise BadInput("There is no agent called planner: see `magnus agents check`.")
        return agent

    @property
    def _place(self) -> Place:
        return Place(self.task["request_id"], self.rollback, stage=WHO)

    @property
    def _mark(self) -> str:
        return mark_of(self.task["request_id"])


def mark_of(request_id: str) -> str:
    """The line of planning.log by which a folder names a request that works on it."""
    return f"{MARK}{request_id}"


def requests_in(folder: Path) -> list[str]:
    """The ids of the requests that worked on a folder, by its log, oldest first."""
    words = (line.partition(" ")[2] for line in log_of(folder).splitlines())
    return [said.removeprefix(MARK) for said in words if said.startswith(MARK)]
