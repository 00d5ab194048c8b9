"""The sections of the runbook, by the anchors that a heading gets."""

from __future__ import annotations

import re

from tests.deploy.places import RUNBOOK


def anchors() -> frozenset[str]:
    """Return the anchor of every heading: small letters, dashes for spaces, everything else left out."""
    headings = re.findall(r"^#+ +(.+?) *$", RUNBOOK.read_text(), re.MULTILINE)
    return frozenset(re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings)
