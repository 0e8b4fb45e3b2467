"""What is wrong with a workflow beside the agents there are, and beside the one of Magnus whose place it takes."""

from collections.abc import Iterator

from prompts.agent import Agent
from prompts.registry import Registry
from prompts.workflow import Call, Workflow
from prompts.workflow_stages import staffed_stages, who_answers


def problems_of(workflow: Workflow, registry: Registry, own: Workflow | None = None) -> Iterator[str]:
    """Each reason not to use it, as what follows the name of its file."""
    for stage in workflow.stages:
        for call in stage.calls:
            yield from _nobody(call, registry, workflow.kind)
    yield from (f"has the stage {name} in which nobody would ever work" for name in _unreachable(workflow, registry))
    if workflow.changes_code and not workflow.gates:
        yield "changes code and has no gate before delivery"
    if own is not None:
        yield from _takes_away(workflow, own, registry)


def _nobody(call: Call, registry: Registry, kind: str) -> Iterator[str]:
    if call.agent and call.agent not in registry:
        yield f"calls the agent {call.agent}, which nobody knows"
    elif call.agent and not who_answers(call, registry, kind):
        yield f"calls {call.agent}, which is no {kind} agent"
    elif call.trigger and not who_answers(call, registry, kind):
        yield f"calls whoever answers to {call.trigger}, and nobody does"


def _unreachable(workflow: Workflow, registry: Registry) -> Iterator[str]:
    """Clauses only ever add agents, so that a line which calls nobody where just its own clauses hold never does."""
    for number, stage in enumerate(workflow.stages):
        if not any(_works(workflow, call, number, registry) for call in stage.calls):
            yield stage.name


def _works(workflow: Workflow, call: Call, number: int, registry: Registry) -> bool:
    there = staffed_stages(workflow, call.when.__contains__, registry)[number]
    return any(agent.name in there for agent in who_answers(call, registry, workflow.kind))


def _takes_away(workflow: Workflow, own: Workflow, registry: Registry) -> Iterator[str]:
    dropped = [gate for gate in own.gates if gate not in workflow.gates]
    if dropped:
        yield f"drops the mandatory {'gate' if len(dropped) == 1 else 'gates'} {', '.join(dropped)}"
    if own.changes_code and not workflow.changes_code:
        yield "says that it changes no code, which would leave the gates out"
    if workflow.changes_code and not own.changes_code:
        yield f"would change code, and {own.task_type} changes none"
    for name in dict.fromkeys(agent.name for agent in _left_out(workflow, own, registry)):
        yield f"leaves out {name}, who is mandatory"


def _left_out(workflow: Workflow, own: Workflow, registry: Registry) -> Iterator[Agent]:
    for stage in own.stages:
        for call in stage.calls:
            present = {name for names in staffed_stages(workflow, call.when.__contains__, registry) for name in names}
            for agent in who_answers(call, registry, own.kind):
                if agent.mandatory and agent.name not in present:
                    yield agent
