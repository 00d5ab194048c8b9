"""What a text calls findings without saying them."""

from __future__ import annotations

import pytest

from generation.findings import vocabulary
from generation.findings.naming import adjectives, find_alluded, find_described
from generation.findings.surface import find_hinted, find_mentions

STENOSES = {"central_canal_stenosis", "foraminal_stenosis", "lateral_recess_stenosis"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the haemangiomatous lesion", {"haemangioma"}),
        ("a Hemangiomatous body", {"haemangioma"}),
        ("the metastatic vertebra", {"metastasis"}),
        ("a spondylolytic arch", {"spondylolysis"}),
        ("the spondylolisthetic segment", {"spondylolisthesis"}),
        ("a stenotic recess", STENOSES),
        ("the osteophytic rim", {"osteophyte"}),
        ("the kyphotic segment", {"kyphosis"}),
        ("extruded material", {"disc_extrusion"}),
        ("a herniated fragment", {"disc_herniation", "schmorl_node"}),
        ("the ossified ligament", {"opll"}),
        ("a cystic mass", {"synovial_cyst"}),
        ("degenerative spondylolisthesis", set()),
        ("a metastatic lesion", set()),
        ("a sclerotic edge", set()),
        ("the lesion in the canal", set()),
    ],
)
def test_adjectives_name_their_findings(text: str, expected: set[str]) -> None:
    assert find_described(text, find_mentions(text)) == expected


def test_adjectives_come_from_every_english_form() -> None:
    assert adjectives(vocabulary().finding("facet_arthropathy")) >= {"arthropathic", "arthrotic", "hypertrophic"}
    assert adjectives(vocabulary().finding("modic_changes")) == frozenset()


def test_a_general_word_hints_in_a_source_and_alludes_to_nothing_in_a_question() -> None:
    text = "the lesion in T10"
    assert find_hinted(text, ()) >= {"metastasis", "haemangioma"}
    assert find_alluded(text, ()) == frozenset()
    assert find_alluded("the tumour in T10", ()) == {"metastasis", "haemangioma"}


def test_every_general_word_is_a_hint() -> None:
    hints = {hint for finding in vocabulary().findings for hint in finding.hints}
    assert set(vocabulary().general) <= hints
