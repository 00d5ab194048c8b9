"""The header that names a trace: what is read of it, and that nothing from outside breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.telemetry.traceparent import Parent, is_sampled, read, root_span, write

GOOD = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.sampled_from([1, 3]))
def test_what_is_written_is_read_back(trace: int, span: int, flags: int) -> None:
    assert read(write(trace, span, flags)) == Parent(trace, span, flags)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        GOOD[:-1],
        GOOD + "-more",
        GOOD.upper(),
        GOOD.replace("00-", "ff-", 1),
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
        GOOD[:-2] + "00",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333\u0661-01",
    ],
)
def test_a_header_that_names_no_followed_trace_names_none(header: str | None) -> None:
    assert read(header) is None
    assert not is_sampled(header)


@given(st.text(max_size=80))
def test_no_text_is_an_error(text: str) -> None:
    read(text)


def test_the_first_span_of_a_trace_is_known_from_its_id() -> None:
    assert root_span(0x0AF7651916CD43DD8448EB211C80319C) == 0x8448EB211C80319C
