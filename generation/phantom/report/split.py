"""Which report templates may be trained on, and which are kept for SpineBench: no template is in both."""

from __future__ import annotations

from enum import StrEnum

from generation.phantom.report.template import Template, templates

BENCH = frozenset({"en-letter", "en-numbered", "zh-numbered", "zh-structured"})
"""Ids of the templates that SpineBench asks about."""


class Templates(StrEnum):
    """A choice of report templates."""

    ALL = "all"
    """Every template."""
    TRAIN = "train"
    """Those that SpineBench does not ask about."""
    BENCH = "bench"
    """Those of SpineBench."""

    @property
    def chosen(self) -> tuple[Template, ...]:
        """Return the templates of this choice, in the order of their names; each language has at least two."""
        return tuple(
            one for one in templates() if self is Templates.ALL or (one.id in BENCH) is (self is Templates.BENCH)
        )
