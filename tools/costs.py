"""What a request took, for its response and for the person who pays."""

from typing import Any

from checkpoints.budget import Spent, spent_by_agent, spent_by_stage, spent_of
from checkpoints.database import Database
from graph.protocol import Usage

Json = dict[str, Any]


def usage_of(database: Database, request_id: str, seconds: float) -> Usage:
    """What the ledger says that a request took, in so many seconds of the clock."""
    return _usage(spent_of(database, request_id), seconds)


def costs_by_agent(database: Database, request_id: str) -> list[Json]:
    """The same for each agent, the dearest first; `seconds` are those in which it waited for its model."""
    return [
        {"agent": agent, **_usage(spent, spent.seconds).model_dump()}
        for agent, spent in spent_by_agent(database, request_id).items()
    ]


def costs_by_stage(database: Database, request_id: str) -> list[Json]:
    """The same for each agent in each stage, in the order in which they began; `took_s` is by the clock."""
    return [
        {"phase": one.phase, "iteration": one.iteration, "stage": one.stage, "agent": one.agent, "took_s": one.took_s}
        | _usage(one.spent, one.spent.seconds).model_dump()
        for one in spent_by_stage(database, request_id)
    ]


def _usage(spent: Spent, seconds: float) -> Usage:
    return Usage(
        model_calls=spent.calls,
        input_tokens=spent.input_tokens,
        output_tokens=spent.output_tokens,
        usd=float(spent.usd),
        seconds=seconds,
    )
