"""The tasks of a planner: how the state refers to them, and what is said of them while agents work."""

from collections.abc import Iterator, Sequence

from prompts.agent import Agent, key_of
from tools.agents.handoff import Task
from tools.agents.loop_state import LONGEST_ON, Json
from tools.agents.wording import in_a_line


def kept(tasks: Sequence[Json]) -> Json:
    """What a reference to a handoff has more where it names tasks: for each a short title and the key of its owner."""
    short = [
        {"title": in_a_line(one["title"])[:LONGEST_ON], "owner": key_of(one["owner"])[:LONGEST_ON]} for one in tasks
    ]
    return {"tasks": short} if short else {}


def told(agent: Agent, tasks: Sequence[Task], before: Sequence[Json], ended: str) -> Iterator[str]:
    """A line for each task this agent named, and for each of an earlier planner that it has done with its handoff."""
    named = [one.model_dump() for one in tasks]
    for task in kept(named).get("tasks", ()):
        yield f"{agent.name} · to do · {task['title']} ({task['owner']})"
    planned = [one["context"]["tasks"] for one in before if one["context"].get("tasks")]
    for task in kept(planned[-1] if planned and not ended else []).get("tasks", ()):
        if task["owner"] == agent.key:
            yield f"{agent.name} · done · {task['title']}"
