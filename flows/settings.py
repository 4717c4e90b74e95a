"""Settings: from the environment (`FAIRWEATHER_...`) or a `.env` file; every path absolute."""

import re
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent
HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*(@\w[\w./-]*)?")


class Settings(BaseSettings):
    """Where things lie and how long we insist.

    `data` is written by runs (warehouse, published file); `seeds` is read only.
    `feeds` overrides the list of feeds in `seeds`. `weights` is a folder (a path), or a
    model of the Hugging Face hub (a string): `owner/name`, or `owner/name@revision`.
    """

    model_config = SettingsConfigDict(env_prefix="FAIRWEATHER_", env_file=".env", extra="ignore")

    data: Path = Path("data")
    seeds: Path = PROJECT / "seeds"
    feeds: Path = Path("")
    weights: Path | str = PROJECT / "models" / "weights" / "english"
    contact: str = Field(default="", description="who to write to, in the User-Agent")
    connect_seconds: float = 5.0
    total_seconds: float = 30.0
    megabytes: float = 15.0
    private_allowed: bool = Field(default=False, description="feeds in private networks")

    @field_validator("data", "seeds")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        # Prefect deployments run in a folder of their own: a relative path loses data there.
        return path.expanduser().resolve()

    @field_validator("weights")
    @classmethod
    def _folder_or_id(cls, weights: Path | str) -> Path | str:
        folder = Path(weights).expanduser().resolve()
        return str(weights) if HUB_ID.fullmatch(str(weights)) and not folder.exists() else folder

    @property
    def warehouse(self) -> Path:
        return self.data / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        return self.data / "published.duckdb"

    @property
    def hypotheses(self) -> Path:
        return self.seeds / "hypotheses.csv"

    @property
    def feeds_file(self) -> Path:
        return self.feeds.expanduser().resolve() if self.feeds.name else self.seeds / "feeds.csv"
