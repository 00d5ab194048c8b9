"""How the gateway takes studies in."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from generation.items import Kind
from generation.model import Value
from generation.sources import Language

MIB = 1024 * 1024
DEID_KEY_VARIABLE = "SPINESTREAM_DEID_KEY"


class GatewaySettings(Value):
    """The ways in, and when a study is whole."""

    dicom_port: int | None = Field(default=None, ge=0, le=65535)
    """TCP port that takes C-STORE; 0: any that is free; none: no DICOM is taken."""
    dicom_host: str = "127.0.0.1"
    """Address it listens on; beyond this machine only where the network itself keeps strangers out: there is no TLS."""
    aet: str = Field(default="SPINESTREAM", pattern=r"^[A-Za-z0-9_\-.]{1,16}$")
    """AE title of the gateway."""
    callers: tuple[str, ...] = ()
    """AE titles that may send; empty: every one."""
    associations: int = Field(default=10, ge=1, le=200)
    """Associations at a time; one more is refused, and its sender tries again."""
    watch: str = ""
    """Folder whose subfolders come in, a study each; empty: none."""
    stable_seconds: float = Field(default=10.0, ge=0.1, le=3600)
    """A subfolder of it without a `.complete` file is taken once nothing in it has changed for so long."""
    quiet_seconds: float = Field(default=60.0, ge=0.1, le=86_400)
    """A study is whole once no instance of it has come for so long; later ones make a new version of its case."""
    min_free_mb: int = Field(default=512, ge=0, le=1 << 30)
    """Free space of the spool's disk (MiB) below which nothing more is taken."""
    max_instance_mb: int = Field(default=1024, ge=1, le=8192)
    """A file of a folder larger than that (MiB) is left where it is."""
    kinds: tuple[Kind, ...] = tuple(Kind)
    """Kinds of sample wanted of a case that comes by DICOM or from the watched folder."""
    languages: tuple[Language, ...] = ()
    """Languages they are written in; empty: the report's own."""

    @field_validator("watch")
    @classmethod
    def _absolute(cls, watch: str) -> str:
        """Tie the folder to where it is named: the role may be started from elsewhere."""
        return str(Path(watch).expanduser().resolve()) if watch else watch

    @property
    def open(self) -> bool:
        """Whether there is a way in."""
        return self.dicom_port is not None or bool(self.watch)


class PseudonymSettings(BaseSettings):
    """The site's key of pseudonyms."""

    model_config = SettingsConfigDict(env_prefix="SPINESTREAM_DEID_", extra="ignore")

    key: SecretStr = Field(
        default=SecretStr(""),
        description="Secret of pseudonyms and date offsets, 16 characters or more; empty: the work folder's own key.",
    )
