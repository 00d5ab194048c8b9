"""Where the gateway takes DICOM, as it last wrote down (`run/gateway.json`)."""

from __future__ import annotations

import os

from pydantic import BaseModel, ConfigDict, ValidationError

from spinestream.workdir import Workdir


class GatewayTold(BaseModel):
    """A gateway that listens, or one that only watches."""

    model_config = ConfigDict(frozen=True)

    pid: int
    host: str = ""
    port: int | None = None
    """None where it takes no DICOM."""
    aet: str = ""

    @property
    def place(self) -> str | None:
        """`host:port`."""
        return None if self.port is None else f"{self.host}:{self.port}"


def tell_gateway(workdir: Workdir, told: GatewayTold) -> None:
    """Write down where it listens."""
    part = workdir.gateway_file.with_suffix(f".{os.getpid()}.part")
    part.write_text(told.model_dump_json())
    part.replace(workdir.gateway_file)


def gateway_told(workdir: Workdir) -> GatewayTold | None:
    """Return what was written last, by a gateway that may be gone; None where nothing is that can be read."""
    try:
        return GatewayTold.model_validate_json(workdir.gateway_file.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
