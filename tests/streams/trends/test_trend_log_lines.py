"""The log of a worker whose broker is away stays readable."""

from __future__ import annotations

import logging

from streams.trends.quiet import Seldom


def test_one_line_in_a_while_passes() -> None:
    now = [0.0]
    seldom = Seldom(30, lambda: now[0])
    line = logging.LogRecord("aiokafka", logging.ERROR, "", 0, "Unable connect", None, None)
    passed = []
    for at in (0.0, 0.1, 29.9, 30.0, 31.0, 60.0):
        now[0] = at
        passed.append(seldom.filter(line))
    assert passed == [True, False, False, True, False, True]
