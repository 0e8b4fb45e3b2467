"""What comes in and what goes out, checked at the borders; inside, the same things are plain dicts."""

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from graph.errors import BadInput

TaskType = Literal[
    "find_opportunities",
    "assess_risk",
    "market_data",
    "manage_alert",
    "sync_data",
    "fix_bug",
    "add_feature",
    "optimize",
    "run_tests",
    "review_code",
    "refactor",
    "write_docs",
    "design",
    "suggest_improvements",
    "check_health",
    "update_dependencies",
    "answer_question",
    "unknown",
]
Status = Literal["success", "failure", "partial", "waiting"]


class Task(BaseModel):
    """A request that names its action; `details` holds slots of contracts (scan criteria, for instance)."""

    action: TaskType
    target: str = ""
    details: dict[str, Any] = Field(default_factory=dict)
    context: dict[str, Any] = Field(default_factory=dict)

    @field_validator("action", mode="before")
    @classmethod
    def _alias(cls, action: Any) -> Any:
        return "run_tests" if action == "test" else action


class Request(BaseModel):
    """One wish, from a person, the system or an agent.

    `data` says where its numbers come from, `no_model` that none is asked, `budget_usd` what it may cost at most; where
    they are left out, the settings decide. `with_uncommitted` takes along what the checkout has not committed, and
    `phased` says whether a goal is broken into phases; left out, its size decides.
    """

    model_config = ConfigDict(extra="forbid")

    request_id: UUID = Field(default_factory=uuid4)
    type: Literal["task", "query", "command"] = "task"
    priority: Literal["critical", "high", "medium", "low"] = "medium"
    requester: Literal["user", "system", "agent"] = "user"
    task: Task | None = None
    prompt: str | None = None
    project: str | None = None
    data: Literal["sample", "stored", "live"] | None = None
    no_model: bool = False
    with_uncommitted: bool = False
    phased: bool | None = None
    budget_usd: float | None = Field(default=None, ge=0, le=100_000, allow_inf_nan=False)
    timestamp: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Usage(BaseModel):
    """What a request cost: model calls and tokens, US dollars, wall seconds."""

    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    seconds: float = 0.0


class Response(BaseModel):
    """What a person gets back; `bad_input` says that the request itself has to be changed."""

    request_id: UUID
    agent: str
    status: Status
    result: dict[str, Any] = Field(default_factory=dict)
    errors: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    next_steps: list[str] = Field(default_factory=list)
    bad_input: bool = False
    thread_id: str
    usage: Usage = Field(default_factory=Usage)
    timestamp: datetime


def read_request(given: Any) -> Request:
    """The request in `given` (a Request, or its JSON form); raises BadInput with one sentence."""
    try:
        request = Request.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"The request cannot be read: {place}: {first['msg']}.") from error
    if request.task is None and not (request.prompt or "").strip():
        raise BadInput('The request is empty: say what you want, for instance "Find puts on KO under 30 delta".')
    return request
