"""What remains of an agent file that bears the name of an agent already there: it never gains a power."""

from collections.abc import Iterator
from dataclasses import replace

from prompts.agent import WRITES, Agent
from prompts.agent_tools import WRITING

KEPT = ("model", "maxTurns", "priority", "capabilities", "triggers", "requires", "examples")
"""Fields that stay Magnus's own when a project's file takes the place of a prompt."""


def replaced(there: Agent, other: Agent) -> Agent:
    """Whichever counts of two files with one name; `other` has the higher precedence.

    An agent of Magnus keeps its name, its duties and the bounds of its tools, whoever writes a prompt for it. Any other
    agent is simply superseded.
    """
    if there.kind == "runtime":
        return replace(there, refused=(*there.refused, f"{other.level} prompt: {there.name} is no prompt but Python"))
    if not _is_our_own(there):
        return other
    return _by_user(there, other) if other.level == "user" else _by_project(there, other)


def _is_our_own(agent: Agent) -> bool:
    return agent.level == "builtin" or agent.replaces is not None


def _by_project(there: Agent, other: Agent) -> Agent:
    """The prompt, and fewer tools; nothing else."""
    stays = [f"{name} (Magnus's own stays)" for name in KEPT if name in other.given]
    return replace(_with_prompt(there, other), refused=(*other.refused, *_gains(there, other), *stays))


def _by_user(there: Agent, other: Agent) -> Agent:
    """What a person put into their own folder may also describe the agent anew and give it more to do."""
    return replace(
        _with_prompt(there, other),
        description=other.description,
        model=other.model or there.model,
        max_turns=other.max_turns or there.max_turns,
        priority=other.priority if "priority" in other.given else there.priority,
        capabilities=_both(there.capabilities, other.capabilities),
        triggers=_both(there.triggers, other.triggers),
        requires=_both(there.requires, other.requires),
        examples=_both(there.examples, other.examples),
        mandatory=there.mandatory or other.mandatory,
        version=other.version or there.version,
        extra=other.extra,
        refused=(*other.refused, *_gains(there, other)),
    )


def _with_prompt(there: Agent, other: Agent) -> Agent:
    writes = min(there.writes, other.writes, key=WRITES.index) if _limits_tools(other) else there.writes
    tools = [tool for tool in there.tools if not _limits_tools(other) or tool in other.tools]
    return replace(
        there,
        prompt=other.prompt,
        file=other.file,
        level=other.level,
        tools=tuple(tool for tool in tools if writes != "nothing" or tool not in WRITING),
        writes=writes,
        problems=other.problems,
        replaces=there.replaces or there.file,
    )


def _limits_tools(agent: Agent) -> bool:
    return not agent.given.isdisjoint({"tools", "disallowedTools", "writes"})


def _gains(there: Agent, other: Agent) -> Iterator[str]:
    """What the file asks for beyond what the agent has."""
    more = [tool for tool in other.tools if tool not in there.tools]
    if more and "tools" in other.given:
        yield f"tools {', '.join(more)}"
    if "writes" in other.given and WRITES.index(other.writes) > WRITES.index(there.writes):
        yield f"writes: {other.writes}"
    if "mandatory" in other.given and other.mandatory != there.mandatory and there.mandatory:
        yield "mandatory: false"


def _both(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))
