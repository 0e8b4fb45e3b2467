"""What a request may spend, and the ledger that holds it to that."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from checkpoints.budget import Cost, Ledger, Limits
from checkpoints.database import Database
from checkpoints.fence import Fence
from graph.protocol import Usage
from graph.settings import Settings
from tools.prices import price_of

Json = dict[str, Any]


def settings_for(settings: Settings, task: Json) -> Settings:
    """The settings as this request wants them: without a model, or with another budget."""
    wanted: Json = {"no_model": settings.no_model or bool(task.get("no_model"))}
    if (budget_usd := task.get("budget_usd")) is not None:
        wanted["budget_usd"] = budget_usd
    return settings.model_copy(update=wanted)


def limits_of(settings: Settings) -> Limits:
    """The most a request may take."""
    return Limits(
        usd=Decimal(str(settings.budget_usd)),
        calls=settings.budget_calls,
        tokens=settings.budget_tokens,
        seconds=settings.budget_minutes * 60,
        agents=settings.budget_agents,
    )


def ledger_of(database: Database, fence: Fence, task: Json, settings: Settings, now: Callable[[], datetime]) -> Ledger:
    """The ledger of a request, for whoever holds its thread."""
    return Ledger(database, fence, task["request_id"], limits_of(settings), now)


def most_usd(settings: Settings, model: str, input_tokens: int, output_tokens: int) -> Decimal:
    """What a call may cost at most: nothing of its prompt comes from the cache, and all of it is written there."""
    return price_of(model, settings.prices).usd(input_tokens, output_tokens, cache_write=input_tokens)


def cost_of(settings: Settings, model: str, usage: Usage) -> Cost:
    """What one or several calls without a cache took."""
    usd = price_of(model, settings.prices).usd(usage.input_tokens, usage.output_tokens)
    return Cost(usage.input_tokens, usage.output_tokens, usd, usage.seconds)
