"""What an operator may set of the desk."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class DeskSettings(BaseModel):
    """Where the desk listens, and how long things last."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        max_length=253,
        description="Address it listens on; it speaks no TLS, so put a proxy that does before any but a loopback one.",
    )
    port: int = Field(
        default=0, ge=0, le=65_535, description="Port; 0: any free one, the one it had last time where that is free."
    )
    metrics_port: int | None = Field(
        default=0,
        ge=0,
        le=65_535,
        description="Port on 127.0.0.1 for Prometheus, without a sign-in; 0: any free one; none: no metrics.",
    )
    secure: bool = Field(
        default=False, description="Send cookies over TLS only; set it where a proxy before the desk speaks TLS."
    )
    lease_seconds: float = Field(
        default=120.0, ge=5, le=3600, description="Seconds after which a sample that is left open is given to others."
    )
    session_hours: float = Field(default=12.0, gt=0, le=168, description="Hours after which one has to sign in again.")


class SessionSettings(BaseSettings):
    """What signs the cookies of a session."""

    model_config = SettingsConfigDict(env_prefix="SPINESTREAM_SESSION_", extra="ignore")

    key: SecretStr = Field(
        default=SecretStr(""),
        description="Secret that signs session cookies, 32 characters or more; empty: the work folder's own key.",
    )
