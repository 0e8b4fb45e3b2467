"""Decides what a request is: its task type, its slots, and who would work on it."""

from pathlib import Path
from typing import NamedTuple

from langchain_core.runnables import RunnableConfig

from checkpoints.fence import fence_of
from checkpoints.lessons import Lesson, keep_lesson, wish_before
from graph.state import Json, State
from prompts.registry import Registry
from tools.deps import Deps
from tools.routing.chosen import chosen
from tools.routing.correction import corrected
from tools.routing.registries import registry_of
from tools.routing.remembered import recall, remembered, slots_for
from tools.routing.remembered_lessons import lesson
from tools.routing.router import Route, route, staffed
from tools.routing.task_names import named
from tools.routing.within_budget import settle_within_budget
from tools.routing.workflows import workflows_of


class Decision(NamedTuple):
    """A route, what it teaches, and the keys of the state that a correction takes back to its first sentence."""

    route: Route
    lesson: Lesson | None = None
    changed: State | None = None


def router(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The route; with it the outcome, where it is nothing Magnus does. A correction is about the sentence before."""
    found = _decide(state, config, deps)
    _keep(found.lesson, state, config, deps)
    changed = found.changed or {}
    decided: Json = {**_staffed(found.route, {**state, **changed}, deps)}
    unsure = not decided["decided"] and state.get("answer") is None
    if unsure or decided["task_type"] != "unknown":
        return {**changed, "route": decided | {"offered": _offered(decided)}}
    return {
        **changed,
        "route": decided,
        "outcome": {"status": "failure", "errors": [NOTHING_OF_OURS], "next_steps": [EXAMPLE]},
    }


NOTHING_OF_OURS = (
    "That is nothing Magnus does: it finds and checks option trades, works on the code that helps with them, "
    "and tells how it is doing. It never places an order."
)
EXAMPLE = "magnus 'Find me high-premium opportunities under $30'"


def _decide(state: State, config: RunnableConfig, deps: Deps) -> Decision:
    task, answer = state["task"], state.get("answer")
    prompt = task["prompt"] or ""
    if asked := task.get("task"):
        return Decision(chosen(asked["action"], asked["details"], f"{prompt} {asked['target']}", "request"))
    earlier = "find_opportunities" if state.get("criteria") else None
    if answer is not None:
        return _answered(prompt, answer, state["route"]["offered"], earlier)
    return _corrected(state, prompt, deps) or Decision(_unasked(state, earlier, config, deps))


def _unasked(state: State, earlier: str | None, config: RunnableConfig, deps: Deps) -> Route:
    """Rules and examples first, then what was taught about such a sentence, then a model where there is one."""
    prompt = state["task"]["prompt"] or ""
    found = remembered(prompt, route(prompt, earlier, _registry(state, deps)), recall(deps.database()))
    return found if found["decided"] else settle_within_budget(found, state, fence_of(config), deps)


def _staffed(found: Route, state: State, deps: Deps) -> Route:
    """The agents of Magnus, of the project and of the user, whoever decided what the request is."""
    task = state["task"]
    target = (task.get("task") or {}).get("target")
    said = " ".join(filter(None, (task["prompt"], target, state.get("answer"))))
    registry, project = _registry(state, deps), task.get("project")
    workflows = workflows_of(Path(project).expanduser() if project else None, registry)
    return staffed(found, said, registry, workflows)


def _registry(state: State, deps: Deps) -> Registry:
    project = state["task"].get("project")
    return registry_of(Path(project).expanduser() if project else None, deps.settings().data_dir)


def _answered(prompt: str, answer: str, offered: list[str], earlier: str | None) -> Decision:
    """What a person chose or named when asked; any other words are read together with the sentence."""
    picked: str | None = answer.strip().lower().replace(" ", "_")
    task_type = picked if picked in offered else named(answer)
    if task_type is None:
        return Decision(route(f"{prompt}. {answer}", earlier))
    slots = slots_for(task_type, prompt, answer)
    return Decision(chosen(task_type, slots, prompt, "user"), lesson("chosen", prompt, task_type))


def _corrected(state: State, prompt: str, deps: Deps) -> Decision | None:
    """The sentence before once more, as what the person says it was."""
    task = state["task"]
    before = wish_before(deps.database(), task["thread_id"], task["request_id"]) if state.get("route") else None
    meant = corrected(prompt, before.task_type) if before and before.prompt else None
    if before is None or before.prompt is None or meant is None:
        return None
    first = before.prompt
    again = chosen(meant.task_type, slots_for(meant.task_type, first, meant.said), f"{first} {meant.said}", "user")
    changed: State = {"task": task | {"prompt": first}, "answer": meant.said}
    return Decision(again, lesson("corrected", first, meant.task_type), changed)


def _keep(taught: Lesson | None, state: State, config: RunnableConfig, deps: Deps) -> None:
    """Only a person teaches: a sentence from a web hook or an agent changes no later decision."""
    task = state["task"]
    if taught and task.get("requester", "user") == "user":
        keep_lesson(deps.database(), taught, task["request_id"], deps.now(), fence_of(config))


def _offered(route: Json) -> list[str]:
    """The task types a person is asked to choose from, likeliest first."""
    likely = [route["task_type"], *route["alternatives"]]
    return [task_type for task_type in dict.fromkeys(likely) if task_type != "unknown"][:3]
