"""Every look at a bench version is paid for out of one error budget.

By Bonferroni's inequality the chance that any of the looks promotes a candidate that is not better is at most the sum
of what they spend, however much the looks have in common (the same items, the same champion).
"""

from __future__ import annotations

import math

from training.gate.settings import GateSettings, Spending


def spent(look: int, settings: GateSettings) -> float:
    """Return what look number `look` (from 1) may spend: a one-sided error probability, 0 where nothing is left.

    Raises ValueError for a look before the first.
    """
    if look < 1:
        raise ValueError(f"looks are counted from 1, not from {look}")
    if settings.spending is Spending.EQUAL:
        return settings.alpha / settings.looks if look <= settings.looks else 0.0
    return settings.alpha * 6 / (math.pi * look) ** 2
