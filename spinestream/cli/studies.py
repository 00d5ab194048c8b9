"""What came of studies, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spinestream.running.studies import Studies


def studies_told(found: Studies) -> str:
    """Return the counts."""
    told = [f"{found.studies} studies, {found.new} of them new, {found.instances} instances"]
    if found.quarantined:
        told.append(f"{found.quarantined} quarantined")
    if found.left:
        told.append(f"{found.left} files left: too large, links, or they cannot be read")
    return "; ".join(told)
