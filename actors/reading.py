"""Settings of the read stage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from generation.errors import VocabularyError
from generation.reading import Vocabulary, packaged_vocabulary, read_vocabulary


class ReadingSettings(BaseModel):
    """What sources are read for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    vocabulary: Vocabulary | None = Field(
        default=None,
        description="Specialties and conditions to choose from: a YAML file that looks like the packaged "
        "generation/reading/vocabulary.yaml; none: that one. What the file says is kept with the settings, so that all "
        "actors, wherever they run, choose from the same.",
    )

    @property
    def chosen(self) -> Vocabulary:
        """The vocabulary that readings are made with."""
        return self.vocabulary or packaged_vocabulary()

    @field_validator("vocabulary", mode="before")
    @classmethod
    def _from_file(cls, given: Any) -> Any:
        """Read a file where its path is given."""
        if not isinstance(given, str | Path):
            return given
        try:
            return read_vocabulary(Path(given).expanduser().read_text(encoding="utf-8"), str(given))
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ValueError(f"cannot read {given} ({why}); name a YAML file of specialties and conditions") from error
        except VocabularyError as error:
            raise ValueError(str(error)) from error
