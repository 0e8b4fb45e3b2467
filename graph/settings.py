"""The one reader of the environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.errors import BadInput


class Settings(BaseModel):
    """Everything a person can set, validated once; a field `data_dir` is read from MAGNUS_DATA_DIR."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("magnus")))
    database_url: str | None = Field(default=None, repr=False)
    lease_s: float = Field(default=10, ge=0.4, le=3600)
    keep_steps_days: float = Field(default=0, ge=0)
    keep_threads_days: float = Field(default=365, ge=0)
    data: Literal["sample", "stored", "live"] = "sample"
    rate: float = Field(default=0.04, gt=-0.1, lt=1)
    account_usd: float = Field(default=100_000, gt=0)
    max_position_pct: float = Field(default=20, gt=0, le=100)
    max_sector_pct: float = Field(default=40, gt=0, le=100)
    max_symbol_pct: float = Field(default=25, gt=0, le=100)
    max_collateral_pct: float = Field(default=80, gt=0, le=100)
    max_delta_pct: float = Field(default=100, gt=0, le=1000)
    max_vega_pct: float = Field(default=0.5, gt=0, le=100)
    max_stress_loss_pct: float = Field(default=30, gt=0, le=100)
    min_open_interest: int = Field(default=100, ge=0, le=1_000_000)
    max_spread_pct: float = Field(default=10, gt=0, le=200)
    earnings: Literal["warn", "avoid"] = "warn"
    early_assignment: Literal["warn", "avoid"] = "warn"
    model: str = "claude-sonnet-5-5"
    model_haiku: str = "claude-haiku-5-5"
    model_sonnet: str = "claude-sonnet-5-5"
    model_opus: str = "claude-opus-5-5"
    model_fable: str = "claude-fable-5-2"
    no_model: bool = False
    model_timeout_s: float = Field(default=120, gt=0, le=3600)
    model_retries: int = Field(default=2, ge=0, le=10)
    model_max_wait_s: float = Field(default=30, ge=0, le=600)
    model_max_tokens: int = Field(default=16_000, ge=1, le=200_000)
    route_timeout_s: float = Field(default=20, gt=0, le=600)
    route_tokens: int = Field(default=12_000, ge=0, le=1_000_000)
    sandbox: Literal["on", "off"] = "on"
    budget_usd: float = Field(default=2, ge=0, le=100_000)
    budget_calls: int = Field(default=200, ge=0, le=1_000_000)
    budget_tokens: int = Field(default=5_000_000, ge=0)
    budget_minutes: float = Field(default=30, gt=0, le=100_000)
    budget_agents: int = Field(default=12, ge=0, le=10_000)
    audit_url: str = Field(default="https://api.osv.dev", pattern=r"^(off|https?://\S+)$")
    phased: Literal["auto", "always", "never"] = "auto"
    parallel_phases: int = Field(default=1, ge=1, le=5)
    max_steps: int = Field(default=2000, ge=1, le=100_000)
    max_delegation: int = Field(default=2, ge=0, le=10)
    max_stages: int = Field(default=200, ge=1, le=10_000)
    prices: Path | None = None


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process; raises BadInput naming the variable that cannot be used."""
    given = {name: environ[key] for name in Settings.model_fields if environ.get(key := f"MAGNUS_{name.upper()}")}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        variable = f"MAGNUS_{str(first['loc'][0]).upper()}"
        raise BadInput(f"{variable} cannot be used: {first['msg'].lower()}.") from error
