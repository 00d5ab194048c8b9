"""How often a process that lives long looks for garbage that refers to itself.

Python looks whenever 700 objects more were made than went, and every hundredth time at everything there is. What a
stage holds of a few hundred items in flight is far more than that, so most looks find nothing: they took a sixth of the
CPU time of an engine actor and a twelfth of the roles' (docs/performance.md).
"""

from __future__ import annotations

import gc

YOUNG = 10_000
"""Objects made and not gone between two looks at the newest: a few megabytes."""


def look_less_often() -> None:
    """Call once a process has loaded what it needs: that is looked at no more, and the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
