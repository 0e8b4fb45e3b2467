"""Brings one agent to its bench and back: what it is given, what it leaves, what is kept of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from langgraph.types import interrupt

from checkpoints.artifacts import fetch, keep
from checkpoints.budget import Exhausted, Ledger
from checkpoints.database import Database
from checkpoints.effects import Effects, Place
from checkpoints.fence import Fence
from graph.settings import Settings
from prompts.agent import Agent
from prompts.registry import Registry
from tools.agents import todo
from tools.agents.asking import Telephone
from tools.agents.assignment import Assignment, assigned
from tools.agents.bench import Bench, environment_of
from tools.agents.handoff import told
from tools.agents.kit import Past, tools_for
from tools.agents.loop import Ending, work
from tools.agents.loop_state import Json, Shift
from tools.agents.past_runs import past_of
from tools.agents.proof import evidence, judged, located
from tools.agents.redaction import own_secrets
from tools.agents.waiting import stopped, wait_for_model
from tools.code.sandbox import Sandbox
from tools.code.workspace import Commit, commit
from tools.code.worktrees import Workspace, git_in
from tools.routing.workflows import changes_code, deliverable
from tools.spending import limits_of

LONGEST_SUMMARY = 500
UPGRADING = "update_dependencies"
"""The only task type whose agents may fetch packages."""


@dataclass(frozen=True)
class Foreman:
    """Everything that is the same for all agents of a request."""

    database: Database
    fence: Fence
    settings: Settings
    registry: Registry
    request_id: str
    now: Callable[[], Any]
    tell: Callable[[str], None]

    def effects(self, place: Place) -> Effects:
        """The effects of one place of the workflow."""
        return Effects(self.database, self.fence, place, self.now)

    def bench(self, workspace: Workspace, sandbox: Sandbox) -> Bench:
        """The bench in a workspace."""
        git = git_in(workspace)
        return Bench(workspace.folder, git, workspace.start, sandbox, environment_of(workspace.root, git))

    def send(self, agent: Agent, part: Assignment, workspace: Workspace, place: Place, sandbox: Sandbox) -> Json:
        """Let an agent do its part in a workspace and commit it; returns its handoff as the state refers to it.

        Where the workflow changes no code nobody may, whatever their file allows.
        """
        if not changes_code(part.task_type):
            agent = replace(agent, writes="nothing")
        bench = self.bench(workspace, sandbox)
        if part.task_type == UPGRADING:
            bench = replace(bench, packages=self.settings.data_dir / "wheels")
        shift = Shift(agent, bench, self.effects(place), self._ledger(), own_secrets(), self.tell)
        wait_for_model(self.settings)
        _admit(shift)
        line = Telephone(self.registry, self.settings, part.wish, (agent.key,))
        tools = tools_for(agent, bench, line.ask_from(shift), self._past(part, workspace))
        ending = work(shift, assigned(agent, part, self._delivers(part, workspace)), tools, self.settings)
        reference = self._kept(shift, ending, self._committed(shift, part, ending, workspace))
        for told_of in todo.told(agent, ending.form.tasks, part.handoffs, ending.ended):
            self.tell(shift.secrets.removed_from(told_of))
        return reference

    def handoffs(self, references: list[Json]) -> list[Json]:
        """The handoffs behind these references, in their order."""
        return [fetch(self.database, self.fence.thread_id, one["handoff"]) for one in references]

    def _delivers(self, part: Assignment, workspace: Workspace) -> str:
        project = workspace.root / workspace.prefix
        return deliverable(project, self.registry, part.task_type, part.stages, part.stage)

    def _past(self, part: Assignment, workspace: Workspace) -> Past | None:
        """Earlier requests, for who studies the project; who changes it needs the code."""
        if changes_code(part.task_type):
            return None
        return past_of(self.database, workspace.root / workspace.prefix, self.request_id)

    def _ledger(self) -> Ledger:
        return Ledger(self.database, self.fence, self.request_id, limits_of(self.settings), self.now)

    def _committed(self, shift: Shift, part: Assignment, ending: Ending, workspace: Workspace) -> Commit | None:
        """The commit that holds what this agent did; none where it may not do anything."""
        if shift.agent.writes == "nothing":
            return None
        title = f"{part.task_type}: {shift.agent.name}"
        message = shift.secrets.removed_from(f"{title}\n\n{ending.form.summary}\n")
        return commit(shift.effects, workspace, message, f"commit of {shift.agent.key}")

    def _kept(self, shift: Shift, ending: Ending, committed: Commit | None) -> Json:
        """Handoff and log as artifacts; the state gets their digests and the little that edges and people read."""
        made = committed.commit if committed else ""
        handoff = shift.secrets.removed(_handoff_of(shift, ending, shift.bench.files_of(made) if made else []))
        thread_id = shift.thread_id
        handoff["deliverables"]["log"] = keep(self.database, thread_id, [dict(entry) for entry in ending.log])
        return {
            "request_id": self.request_id,
            "rollback": shift.effects.place.rollback,
            "phase": shift.effects.place.phase,
            "stage": shift.effects.place.stage,
            "agent": shift.agent.key,
            "handoff": keep(self.database, thread_id, handoff),
            "summary": handoff["context"]["summary"][:LONGEST_SUMMARY],
            "ended": ending.ended,
            "commit": made,
            "unproven": sum(not claim["is_proven"] for claim in handoff["context"]["claims"]),
            **todo.kept(handoff["context"]["tasks"]),
        }


def _handoff_of(shift: Shift, ending: Ending, files: list[str]) -> Json:
    """The handoff in the protocol; what was claimed has been held against the log, and files come from git."""
    form, judgements, agent = ending.form, judged(ending.form, ending.log), shift.agent
    ran, findings = evidence(ending.log), located(form.findings, shift.bench.text)
    facts = {"agent": agent.name, "files": files, "evidence": ran, "ended": ending.ended, "findings": findings}
    context = {
        "summary": form.summary,
        "decisions": form.decisions,
        "claims": judgements,
        "open_points": form.open_points,
        "findings": findings,
        "tasks": [one.model_dump() for one in form.tasks],
        "ended": ending.ended,
        "turns": ending.turns,
    }
    return {
        "from_agent": agent.name,
        "to_agent": form.to_agent,
        "message_type": "handoff",
        "context": context,
        "deliverables": {"files": files, "evidence": ran, "text": told(form, judgements, facts)},
        "action_required": form.action_required,
        "priority": form.priority,
    }


def _admit(shift: Shift) -> None:
    """Count the agent; a person is asked where it is one too many."""
    while True:
        try:
            return shift.ledger.reserve_agent(shift.effects.place, shift.agent.name)
        except Exhausted as exhausted:
            interrupt(stopped(str(exhausted), exhausted.what, agent=shift.agent.name))
