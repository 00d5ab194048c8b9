"""What a deployment shows of itself, and where."""

from __future__ import annotations

from typing import NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Place(NamedTuple):
    """Where a listener listens."""

    host: str
    port: int
    """0: any free one."""


class TelemetrySettings(BaseModel):
    """Numbers, health, traces and logs of a role's process. Off as it comes: nothing is counted, no span is made."""

    model_config = ConfigDict(extra="forbid")

    listen: str = Field(
        default="",
        description="host:port of the page of a role's process with /metrics, /live and /ready; port 0 takes a free "
        "one, which is written to run/telemetry-ROLE.json; empty: none. No sign-in: loopback, or a closed network.",
    )
    otlp: str = Field(
        default="",
        description="URL of an OpenTelemetry collector that takes spans over HTTP, http://collector:4318; empty: none.",
    )
    file: str = Field(
        default="", description="File in the work folder that spans are appended to, a JSON object a line; empty: none."
    )
    sampled: float = Field(
        default=0.0, ge=0, le=1, description="Share of the sources taken in whose trace is followed to the end."
    )
    json_logs: bool = Field(default=False, description="Log one JSON object a line, with trace ids, scrubbed.")

    @property
    def place(self) -> Place | None:
        """Where to listen; None: nowhere."""
        return place_of(self.listen) if self.listen else None

    @property
    def traced(self) -> bool:
        """Whether spans are made at all."""
        return self.sampled > 0

    @field_validator("listen")
    @classmethod
    def _a_place(cls, listen: str) -> str:
        if listen:
            place_of(listen)
        return listen

    @field_validator("otlp")
    @classmethod
    def _a_url(cls, otlp: str) -> str:
        parts = urlsplit(otlp)
        if otlp and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("is no URL of a collector: write http://host:4318")
        if parts.username or parts.password:
            raise ValueError(
                "holds a login, which would lie in the work folder: keep the collector in a closed network"
            )
        return otlp

    @field_validator("file")
    @classmethod
    def _inside(cls, file: str) -> str:
        if file.startswith("/") or ".." in file.split("/"):
            raise ValueError("is a name in the work folder, such as spans.jsonl")
        return file

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.sampled > 0 and not (self.otlp or self.file):
            raise ValueError("sampled is set, but neither otlp nor file says where spans go: set one of them")
        return self


def place_of(listen: str) -> Place:
    """Read `host:port`, `[v6]:port`; raises ValueError, which says how to write it."""
    try:
        parts = urlsplit(f"//{listen}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port is None or parts.netloc != listen:
        raise ValueError("is no place to listen: write host:port, such as 127.0.0.1:9464")
    return Place(host, port)
