"""Plans: deterministic, one item a target, distractors that nothing in the source makes true."""

from __future__ import annotations

from collections import Counter

from generation.findings import could_be_true, render, states
from generation.ids import item_id, plan_id
from generation.items import Axis, Kind, PlannedItem, Role
from generation.levels import neighbours
from generation.planning import PLAN_VERSION, PlanSettings, make_plan
from generation.sources import Document, Language
from tests.generation.planning.documents import HEADING, source
from tests.generation.planning.documents import document as of_passages

PASSAGES = (
    (
        "A driver had pain in the leg.",
        "MRI showed a left disc extrusion at L4/L5.",
        "The extrusion touched the root.",
        "He rested.",
    ),
    ("A nurse had back pain.", "Severe central canal stenosis was found at L2/L3.", "She was operated on."),
    ("There was no fracture of T12.", "The left disc extrusion at L4/L5 had shrunk a year later."),
    ("A disc protrusion at C5/C6 was suspected, but not confirmed.",),
    ("Disc bulges at L3/L4 and L5/S1 were seen in another patient.",),
)


def document(passages: tuple[tuple[str, ...], ...] = PASSAGES, language: Language = Language.EN) -> Document:
    return of_passages(*((HEADING, texts) for texts in passages), language=language)


def options(item: PlannedItem) -> dict[Role, list[str]]:
    return {role: [option.text for option in item.options if option.role is role] for role in Role}


def test_a_plan_is_the_same_every_time() -> None:
    one, two = make_plan(source(), document()), make_plan(source(), document())
    assert one.model_dump_json() == two.model_dump_json()
    assert one.id == plan_id(source().version, PLAN_VERSION, "mcq", "en")
    assert [item.id for item in one.items] == [
        item_id(source().version, PLAN_VERSION, "mcq", "en", slot) for slot in range(len(one.items))
    ]


def test_certain_statements_at_one_level_give_one_item_each() -> None:
    items = make_plan(source(), document()).items
    targets = [(item.target.finding, item.target.level, item.target.side, item.target.grade) for item in items]
    assert targets == [
        ("disc_extrusion", "L4/L5", "left", None),
        ("central_canal_stenosis", "L2/L3", None, "severity:severe"),
    ]
    assert [item.support for item in items] == [("p1s2",), ("p2s2",)]
    assert items[0].levels == ("L4/L5",)
    assert items[0].heading_path == ("Chapter",)
    assert len(items[0].evidence) == 4


def test_every_option_is_what_its_role_says() -> None:
    for item in make_plan(source(), document(), settings=PlanSettings(variants=4)).items:
        sentences = [sentence.text for passage in document().passages for sentence in passage.sentences]
        assert len(item.options) == len({option.text for option in item.options}) == 4
        assert [option.id for option in item.options] == list("ABCD")
        for option in item.options:
            assert option.claim is not None
            differing = [f for f in ("finding", "level", "side", "grade") if _differs(item, option.claim, f)]
            if option.role is Role.ANSWER:
                assert (option.id, differing) == (item.answer, [])
                continue
            kind = {
                Role.ADJACENT_LEVEL: "level",
                Role.OTHER_SIDE: "side",
                Role.OTHER_FINDING: "finding",
                Role.OTHER_GRADE: "grade",
            }[option.role]
            assert differing == [kind]
            assert not could_be_true(option.claim, sentences)
            if option.role is Role.ADJACENT_LEVEL:
                assert option.claim.level in neighbours(item.target.level)
        assert all(states(item.target, e.text) for e in item.evidence if e.id in item.support)


def test_distractors_are_of_several_kinds_and_letters_of_the_answer_vary() -> None:
    items = [item for n in range(20) for item in make_plan(source(bytes([n])), document()).items]
    assert all(len({option.role for option in item.options}) >= 3 for item in items)
    assert set(Counter(item.answer for item in items)) == set("ABCD")


def test_axis_follows_from_the_distractors() -> None:
    for item in make_plan(source(), document(), settings=PlanSettings(variants=6)).items:
        many = len(options(item)[Role.ADJACENT_LEVEL]) > 1
        assert item.axis is (Axis.LEVEL_IDENTIFICATION if many else Axis.PATHOLOGY)


def test_a_statement_that_leaves_fewer_than_three_distractors_gives_no_item() -> None:
    texts = ("A left disc extrusion at L5/S1 was seen.",)
    assert len(make_plan(source(), document((texts,))).items) == 1
    crowded = (
        *texts,
        "Bulges, protrusions and extrusions on the left and right at L3/L4, L4/L5 and L5/S1.",
    )
    assert make_plan(source(), document((crowded,))).items == ()


def test_variants_add_slots_at_the_end_and_differ() -> None:
    one = make_plan(source(), document()).items
    more = make_plan(source(), document(), settings=PlanSettings(variants=5)).items
    assert more[: len(one)] == one
    assert len(more) > 2 * len(one)
    looks = {(i.target, frozenset(o.text for o in i.options), tuple(e.id for e in i.evidence)) for i in more}
    assert len(looks) == len(more)
    assert [item.slot for item in more] == list(range(len(more)))


def test_window_and_number_of_items_are_bounded() -> None:
    settings = PlanSettings(variants=5, window=2, max_items=3)
    items = make_plan(source(), document(), settings=settings).items
    assert len(items) == 3
    assert all(1 <= len(item.evidence) <= 2 for item in items)


def test_a_plan_in_the_other_language_asks_the_same_and_is_worded_in_it() -> None:
    english, chinese = (make_plan(source(), document(), Kind.MCQ, language) for language in (Language.EN, Language.ZH))
    assert chinese.language is Language.ZH
    assert len(english.items) == len(chinese.items) == 2
    for one, other in zip(english.items, chinese.items, strict=True):
        assert other.language is Language.ZH
        assert (one.slot, one.target, one.evidence, one.support, one.levels, one.axis) == (
            *(other.slot, other.target, other.evidence, other.support, other.levels, other.axis),
        )
        assert one.id != other.id
        assert {o.claim for o in one.options} == {o.claim for o in other.options}
        for option in other.options:
            assert option.claim is not None
            assert option.text == render(option.claim, Language.ZH)


def test_a_chinese_document_gives_english_items() -> None:
    chinese = document((("腰4/5左侧椎间盘脱出,压迫神经根。", "腰2/3中央椎管重度狭窄。"),), Language.ZH)
    (item, *_) = make_plan(source(), chinese, Kind.MCQ, Language.EN).items
    assert "Left-sided disc extrusion at L4/L5" in options(item)[Role.ANSWER]
    assert item.evidence[0].text == "腰4/5左侧椎间盘脱出,压迫神经根。"


def test_a_side_word_of_a_findings_name_must_stand_in_the_sentence() -> None:
    assert make_plan(source(), document((("Severe spinal canal stenosis was found at L2/L3.",),))).items == ()


def _differs(item: PlannedItem, claim: object, field: str) -> bool:
    return bool(getattr(item.target, field) != getattr(claim, field))
