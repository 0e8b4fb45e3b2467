"""From the data of a YAML file to a workflow, where every key and every word is one that is known."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from prompts.agent_files import read_agent_text
from prompts.front_matter import UnusableFile
from prompts.workflow import GATES, Call, Stage, Workflow
from prompts.workflow_order import in_order
from prompts.workflow_when import clauses_in
from prompts.workflow_yaml import read_yaml

OWN_KEYS = ("task_type", "description", "changes_code", "gates", "attempts", "stages", "kind", "closed")
PROJECT_KEYS = ("task_type", "description", "changes_code", "gates", "attempts", "stages", "more_stages")
MOST_STAGES = 30
MOST_CALLS = 100
MOST_ATTEMPTS = 10
NAME = re.compile(r"[a-z][a-z0-9 _-]{0,39}")
Fields = Mapping[str, Any]


def read_own(path: Path) -> Workflow:
    """A workflow of Magnus; raises UnusableFile with the first thing that is wrong."""
    fields = _fields(path, None, OWN_KEYS)
    return Workflow(
        task_type=_word(fields, "task_type"),
        description=_word(fields, "description"),
        stages=in_order(_stages(fields, "stages")),
        file=path,
        changes_code=_flag(fields, "changes_code"),
        gates=_gates(fields),
        attempts=_attempts(fields),
        kind="runtime" if fields.get("kind") == "runtime" else "specialist",
        closed=_flag(fields, "closed"),
    )


def read_of_project(path: Path, root: Path, own: Mapping[str, Workflow]) -> Workflow:
    """A workflow of a project in the place of one of Magnus, or with stages added to it; raises UnusableFile.

    What it does not say is as Magnus has it.
    """
    fields = _fields(path, root, PROJECT_KEYS)
    there = own.get(_word(fields, "task_type"))
    if there is None:
        raise UnusableFile(f"is for {fields['task_type']}, which is no task type of Magnus, so nothing would call it")
    if there.closed:
        raise UnusableFile(f"is for {there.task_type}, which no project changes")
    if ("stages" in fields) == ("more_stages" in fields):
        raise UnusableFile("has to give either stages, or more_stages that are added to those of Magnus")
    more = _stages(fields, "more_stages") if "more_stages" in fields else []
    return replace(
        there,
        description=_word(fields, "description") if "description" in fields else there.description,
        stages=in_order([*_chained(there.stages), *more] if more else _stages(fields, "stages")),
        file=path,
        changes_code=_flag(fields, "changes_code") if "changes_code" in fields else there.changes_code,
        gates=_gates(fields) if "gates" in fields else there.gates,
        attempts=_attempts(fields) or there.attempts,
        level="project",
    )


def _chained(stages: Sequence[Stage]) -> list[Stage]:
    """Stages that are in order already, as if their file had none with `after`."""
    return [replace(stage, after="") for stage in stages]


def _fields(path: Path, root: Path | None, known: Sequence[str]) -> Fields:
    fields = read_yaml(read_agent_text(path, root).text)
    _refuse_unknown(fields, known, "workflow")
    return dict(fields)


def _refuse_unknown(fields: Any, known: Sequence[str], what: str) -> None:
    if not isinstance(fields, dict):
        raise UnusableFile(f"has a {what} that is no list of `key: value` lines")
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise UnusableFile(f"has the unknown key {unknown[0]} in a {what}: known are {', '.join(known)}")


def _word(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise UnusableFile(f"has to give a text as {name}")
    return value


def _flag(fields: Fields, name: str) -> bool:
    value = fields.get(name, "false")
    if value not in ("true", "false"):
        raise UnusableFile(f"has to give true or false as {name}")
    return bool(value == "true")


def _attempts(fields: Fields) -> int | None:
    value = fields.get("attempts")
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,2}", value) or not 1 <= int(value) <= MOST_ATTEMPTS:
        raise UnusableFile(f"has to give a number from 1 to {MOST_ATTEMPTS} as attempts")
    return int(value)


def _gates(fields: Fields) -> tuple[str, ...]:
    gates = fields.get("gates", [])
    if not isinstance(gates, list):
        raise UnusableFile("has to give a list as gates")
    unknown = [str(gate) for gate in gates if gate not in GATES]
    if unknown:
        raise UnusableFile(f"names the unknown gate {unknown[0]}: there are {', '.join(GATES)}")
    return tuple(gate for gate in GATES if gate in gates)


def _stages(fields: Fields, name: str) -> list[Stage]:
    stages = fields.get(name)
    if not isinstance(stages, list) or not stages:
        raise UnusableFile(f"has to give a list with at least one stage as {name}")
    if len(stages) > MOST_STAGES:
        raise UnusableFile(f"has more than {MOST_STAGES} stages")
    read = [_stage(one) for one in stages]
    if sum(len(stage.calls) for stage in read) > MOST_CALLS:
        raise UnusableFile(f"calls agents in more than {MOST_CALLS} lines")
    return read


def _stage(fields: Any) -> Stage:
    _refuse_unknown(fields, ("name", "agents", "when", "after", "delivers"), "stage")
    name = _word(fields, "name")
    if not NAME.fullmatch(name):
        raise UnusableFile(f"has a stage with the name `{name}`: small letters, digits and spaces, at most 40")
    agents = fields.get("agents")
    if not isinstance(agents, list) or not agents:
        raise UnusableFile(f"has the stage {name} without a list of agents")
    calls = tuple(_calls(agents, _when(fields), name))
    after = _word(fields, "after") if "after" in fields else ""
    return Stage(name, calls, _word(fields, "delivers"), after)


def _calls(agents: Sequence[Any], always: frozenset[str], stage: str) -> Iterator[Call]:
    for one in agents:
        if isinstance(one, str) and one:
            yield Call(agent=one, when=always)
            continue
        _refuse_unknown(one, ("agent", "trigger", "when"), f"line for an agent of {stage}")
        if ("agent" in one) == ("trigger" in one):
            raise UnusableFile(f"has to name either an agent or a trigger in each line of {stage}")
        kind = "agent" if "agent" in one else "trigger"
        yield Call(**{kind: _word(one, kind)}, when=always | _when(one))


def _when(fields: Fields) -> frozenset[str]:
    return clauses_in(_word(fields, "when")) if "when" in fields else frozenset()
