"""What the read stage says of a source: where in the field it belongs."""

from __future__ import annotations

from pydantic import Field

from generation.model import Growing
from generation.provenance import Provenance


class Reading(Growing):
    """Specialty and condition of a source, ids of a vocabulary; a source that no engine could read has neither."""

    specialty: str | None = None
    """One of the orthopaedic specialties (`spine`); none where it was not read."""
    condition: str | None = None
    """One of the spine conditions; none where the specialty is another than spine, or none of them fits."""
    vocabulary: str = Field(min_length=1)
    """The vocabulary that the ids are of, `<name>@<version>`."""
    unread: str = ""
    """Why it was not read, a reason code (`prompt-too-long`, `unreadable`); empty where it was."""
    provenance: Provenance | None = None
    """What answered; items carry a reading without it, the source's own record keeps it."""
