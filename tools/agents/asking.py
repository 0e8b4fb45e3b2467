"""One agent asks another: a short loop of its own that changes nothing, so often and so deep and no more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checkpoints.budget import Exhausted
from graph.errors import BadInput
from graph.settings import Settings
from prompts.agent import Agent
from prompts.agent_tools import HISTORY
from prompts.registry import Registry
from prompts.render import render
from tools.agents.kit import Ask, tools_for
from tools.agents.loop import work
from tools.agents.loop_state import Shift
from tools.agents.proof import judged

TURNS = 15
HARMLESS = {"list", "glob", "search", "read", "run", "run_tests", *HISTORY, "ask_agent"}


@dataclass(frozen=True)
class Telephone:
    """Whom an agent can ask. `callers` are those who wait for an answer, the first of them works on the task."""

    registry: Registry
    settings: Settings
    task: str
    callers: tuple[str, ...]

    def ask_from(self, shift: Shift) -> Ask | None:
        """The function behind the tool of this agent; None where it is too deep down to ask anybody."""
        if len(self.callers) > self.settings.max_delegation:
            return None

        def ask(name: str, question: str, call_id: str) -> str:
            return self._answer(shift, name, question, call_id)

        return ask

    def _answer(self, shift: Shift, name: str, question: str, call_id: str) -> str:
        agent = _reader(self._known(name))
        stage = f"{shift.effects.place.stage}/{call_id}"
        effects = replace(shift.effects, place=replace(shift.effects.place, stage=stage))
        try:
            shift.ledger.reserve_agent(effects.place, agent.name)
        except Exhausted as exhausted:
            raise BadInput(f"Nobody can be asked any more: {exhausted}") from exhausted
        asked = replace(shift, agent=agent, effects=effects)
        beyond = replace(self, callers=(*self.callers, agent.key))
        words = render("nodes/question", asker=shift.agent.name, task=self.task, question=question)
        ending = work(asked, words, tools_for(agent, shift.bench, beyond.ask_from(asked)), self.settings, TURNS)
        doubts = [
            f"Unproven: {one['statement']} ({one['why_not']})"
            for one in judged(ending.form, ending.log)
            if not one["is_proven"]
        ]
        return "\n".join([ending.form.summary, *_open(ending.form.open_points), *doubts, ending.ended]).strip()

    def _known(self, name: str) -> Agent:
        agent = self.registry.get(name)
        if agent is None or agent.kind != "specialist":
            names = ", ".join(sorted(one.name for one in self.registry if one.kind == "specialist"))
            raise BadInput(f"There is no agent {name} to ask; there are {names}.")
        if agent.key in self.callers:
            raise BadInput(f"{agent.name} waits for an answer itself, so it cannot be asked.")
        return agent


def _reader(agent: Agent) -> Agent:
    """The same agent without its right to change anything."""
    return replace(agent, writes="nothing", tools=tuple(tool for tool in agent.tools if tool in HARMLESS))


def _open(points: Sequence[str]) -> list[str]:
    return [f"Open: {point}" for point in points]
