"""A change that a gate refused goes back to those who made it, with the evidence, so often and no more."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from checkpoints.artifacts import fetch, keep
from checkpoints.database import Database
from prompts.registry import Registry
from prompts.render import render
from prompts.triggers import Place, place_of
from tools.agents.kit import clipped
from tools.agents.redaction import own_secrets

Json = dict[str, Any]
MAKER, TESTER, DETECTIVE = "python_pro", "qa_debugger", "error_detective"
MOST_FINDINGS = 30
LOG_LETTERS = 4000


def failures_in(rows: Mapping[str, Json]) -> list[list[str]]:
    """What failed, as gate, rule and file: the same list twice means that the repair did not help."""
    found = [
        [gate, one["rule"], one["file"]]
        for gate, row in rows.items()
        if row["state"] == "failed"
        for one in row["findings"]
        if one["fails"] and not one["accepted_by"]
    ]
    return sorted(found) or sorted([gate, "", ""] for gate, row in rows.items() if row["state"] == "failed")


def reworked(plan: Json, registry: Registry, is_repeated: bool, digest: str) -> Json:
    """The plan with stages after its last: who made the change goes over it, a tester after them.

    The same failure twice brings in the one who finds causes. `digest` is that of the evidence they are given.
    """
    stages = plan["stages"]
    makers = _at("make", stages, registry)
    maker = MAKER if MAKER in makers or not makers else makers[-1]
    tester = next(iter(_at("test", stages, registry)), TESTER)
    more = [[name] for name in ([DETECTIVE] if is_repeated else []) + [maker, tester]]
    numbers = range(len(stages), len(stages) + len(more))
    told = {str(number): digest for number in numbers}
    return {**plan, "stages": [*stages, *more], "evidence": plan.get("evidence", {}) | told}


def evidence_kept(database: Database, thread_id: str, rows: Mapping[str, Json], logs: Mapping[str, str]) -> str:
    """What the gates saw that refused the change, for those who go over it; returns its digest."""
    told = [_told(gate, row, logs) for gate, row in rows.items() if row["state"] == "failed"]
    return keep(database, thread_id, own_secrets().removed(told))


def evidence_told(database: Database, thread_id: str, plan: Json, stage: int) -> str:
    """What an agent is told of the gates that refused the change; "" where its stage is about none."""
    digest = plan.get("evidence", {}).get(str(stage))
    if digest is None:
        return ""
    told = fetch(database, thread_id, digest)
    return render("nodes/refused", gates=json.dumps(told, ensure_ascii=False, indent=1))


def _told(gate: str, row: Json, logs: Mapping[str, str]) -> Json:
    shown = ("file", "line", "rule", "message", "severity")
    findings = [{name: one[name] for name in shown} for one in row["findings"] if not one["accepted_by"]]
    commands = [
        {
            "command": clipped(" ".join(one["argv"]), 300),
            "exit_code": one["exit_code"],
            "log": clipped(logs.get(one["log"], ""), LOG_LETTERS),
        }
        for one in row["commands"]
        if one["exit_code"] != 0
    ]
    why = {"skipped_because": row["skipped_because"], "score": row["score"]}
    return {"gate": gate, "findings": findings[:MOST_FINDINGS], "commands": commands, **why}


def _at(place: Place, stages: Sequence[Sequence[str]], registry: Registry) -> list[str]:
    """The keys of the agents of a plan who stand at that place of a workflow."""
    agents = [agent for stage in stages for name in stage if (agent := registry.get(name))]
    return [agent.key for agent in agents if place_of(agent) == place]
