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

    model_config = ConfigDict(frozen=True)

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
    earnings: Literal["warn", "avoid"] = "warn"


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process; raises BadInput naming the variable that cannot be used."""
    given = {name: environ[key] for name in Settings.model_fields if environ.get(key := f"MAGNUS_{name.upper()}")}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        variable = f"MAGNUS_{str(first['loc'][0]).upper()}"
        raise BadInput(f"{variable} cannot be used: {first['msg'].lower()}.") from error
