"""Properties of `find_levels` that hold for any text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from generation.levels import VERTEBRAE, LevelKind, discs_between, find_levels, vertebrae_of
from generation.levels.normal import normalise

DISCS = (*discs_between("C1", "S5"), "L5/L6", "L6/S1", "T12/T13", "T13/L1")
PIECES = st.sampled_from(
    [
        *(
            "L4",
            "/",
            "5",
            "-",
            " ",
            "S1",
            "T2",
            "signal",
            "to",
            "and",
            ",",
            "Th12",
            "腰",
            "4",
            "骶1",
            "至",
            "第",
            "椎",
            "、",
        ),
        *(
            "Ｌ",
            "５",
            "／",
            "nerve root",
            "fourth",
            "lumbar",
            "C8",
            "T1",
            "between",
            "on",
            "mm",
            "½",
            "ﬁ",
            "\u200b",
            "²",
        ),
    ]
)
TEXTS = st.one_of(
    st.text(max_size=40), st.lists(PIECES, max_size=14).map("".join), st.lists(PIECES, max_size=9).map(" ".join)
)
ZH = {"C": "颈", "T": "胸", "L": "腰", "S": "骶"}


def styles(disc: str) -> list[str]:
    upper, lower = vertebrae_of(disc)
    zh = ZH[upper[0]] + upper[1:]
    same = upper[0] == lower[0]
    short = [f"{upper}-{lower[1:]}", f"{upper}/{lower[1:]}", f"{upper} / {lower[1:]}", f"{zh}/{lower[1:]}椎间盘"]
    wide = "".join(chr(ord(c) + 0xFEE0) for c in disc)
    return [
        *(disc, disc.replace("/", "-"), disc.replace("/", "–"), disc.replace("/", " / "), disc.lower(), wide),
        *(
            f"{upper} to {lower}",
            f"between {upper} and {lower}",
            f"{zh}/{ZH[lower[0]]}{lower[1:]}",
            f"{zh}{ZH[lower[0]]}{lower[1:]}",
        ),
        *(short if same or lower[1:] == "1" else []),
    ]


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_spans_are_the_text_and_do_not_overlap(text: str) -> None:
    end = 0
    for mention in find_levels(text):
        assert mention.start >= end
        assert text[mention.start : mention.end] == mention.text
        assert mention.levels
        end = mention.end


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_levels_found_are_canonical_and_read_the_same_again(text: str) -> None:
    for mention in find_levels(text):
        for level in mention.levels:
            (again,) = find_levels(level)
            assert again.levels == (level,)
            assert vertebrae_of(level)


@given(st.sampled_from(VERTEBRAE))
def test_a_canonical_vertebra_is_itself(level: str) -> None:
    assert [(m.kind, m.levels) for m in find_levels(level)] == [(LevelKind.VERTEBRA, (level,))]


@given(st.sampled_from(DISCS), st.sampled_from(["{}", "Disc extrusion at {}.", "({})", "The {} disc", "术中见{}病变"]))
@settings(max_examples=200, deadline=None)
def test_every_disc_is_found_in_each_style(disc: str, frame: str) -> None:
    for style in styles(disc):
        found = find_levels(frame.format(style))
        assert [(m.kind, m.levels) for m in found] == [(LevelKind.DISC, (disc,))], style


@given(
    st.sampled_from(VERTEBRAE),
    st.sampled_from(VERTEBRAE),
    st.sampled_from(["{}-{}", "{} to {}", "{} through {}", "{}至{}"]),
)
@settings(max_examples=200, deadline=None)
def test_a_range_lists_its_discs(first: str, last: str, style: str) -> None:
    discs = discs_between(first, last)
    if len(discs) > 1:
        assert [m.levels for m in find_levels(style.format(first, last))] == [discs]


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_the_normal_text_keeps_its_way_back(text: str) -> None:
    normal = normalise(text)
    assert len(normal.text) == len(normal.origins)
    assert all(a <= b for a, b in zip(normal.origins, normal.origins[1:], strict=False))
