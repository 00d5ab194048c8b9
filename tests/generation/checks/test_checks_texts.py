"""The parts the checks are made of: words, sentences, numbers, languages, what a text says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.checks.attributes import everywhere, named_in, said_in
from generation.checks.grounds import grounds_in, hold, numbers_of
from generation.checks.language import is_chinese, is_english
from generation.checks.numerals import spelled_in
from generation.checks.sentences import sentences_of, told
from generation.checks.words import letters, longest_run, words
from generation.findings import could_be_true, find_statements
from generation.items import Target
from generation.levels import find_levels
from generation.sources import Language

FEW = st.lists(st.sampled_from("abc"), max_size=12)
PIECES = st.sampled_from(
    [
        "A left disc extrusion",
        "at L4/L5",
        " was seen. ",
        "Is it T12?",
        "没有",
        "椎间盘突出",
        "。",
        "1. ",
        "3 mm",
        " right ",
        "\n",
    ]
)


def _common(one: list[str], other: list[str]) -> int:
    """Return the same as `longest_run`, by looking at every pair of places."""
    best = 0
    for i in range(len(one)):
        for j in range(len(other)):
            length = 0
            while i + length < len(one) and j + length < len(other) and one[i + length] == other[j + length]:
                length += 1
            best = max(best, length)
    return best


@given(FEW, FEW)
def test_the_longest_run_is_the_longest(one: list[str], other: list[str]) -> None:
    assert longest_run(one, other) == _common(one, other) == longest_run(other, one)


@given(st.text(max_size=80))
def test_sentences_lose_nothing_but_blanks(text: str) -> None:
    assert "".join("".join(sentences_of(text)).split()).startswith("".join(text.split())[:1])
    assert all(sentence == sentence.strip() and sentence for sentence in sentences_of(text))
    assert set(told(text)) <= set(sentences_of(text))


@given(st.lists(PIECES, max_size=6).map("".join))
def test_what_a_text_says_is_what_the_readers_say(text: str) -> None:
    said = said_in(text)
    assert said.levels == {level for mention in find_levels(text) for level in mention.levels}
    assert said.statements == find_statements(text)
    assert said.findings >= {statement.finding for statement in said.statements} - said.procedures
    assert said.counts <= said.numbers
    assert named_in(text).levels == said.levels
    assert everywhere([text, ""], "levels") == said.levels


@given(st.lists(st.lists(PIECES, max_size=4).map("".join), max_size=3).map(tuple))
def test_sentences_hold_what_each_of_them_holds(texts: tuple[str, ...]) -> None:
    grounds = grounds_in(texts)
    assert grounds.levels == everywhere(texts, "levels")
    assert grounds.findings <= grounds.possible
    target = Target(finding="disc_extrusion", level="L4/L5", side="left")
    assert hold(texts, "disc_extrusion", "L4/L5", side="left") is could_be_true(target, texts)


def test_no_sentences_hold_nothing() -> None:
    grounds = grounds_in(())
    assert not grounds.levels | grounds.sides | grounds.grades | grounds.possible
    assert not hold((), "disc_extrusion", "L4/L5")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is at L4/L5. Does it hurt?", ("It is at L4/L5.", "Does it hurt?")),
        ("Grade 1.5 of 3. Done.", ("Grade 1.5 of 3.", "Done.")),
        ("在L4/L5。左侧！疼吗？", ("在L4/L5。", "左侧！", "疼吗？")),
        ("For the patient: rest\nFor the physician: review", ("For the patient: rest", "For the physician: review")),
        ('"Is it bad?" he asked.', ('"Is it bad?', "he asked.")),
        ("", ()),
    ],
)
def test_sentences(text: str, expected: tuple[str, ...]) -> None:
    assert sentences_of(text) == expected


def test_questions_are_not_told() -> None:
    assert told("Is it left? It is. 疼吗？不疼。") == ("It is.", "不疼。")


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("You are right.", set()),
        ("That's right, and all right with me.", set()),
        ("This is the right treatment.", set()),
        ("A right disc protrusion.", {"right"}),
        ("It is on the right.", {"right"}),
        ("三周左右复查。", set()),
        ("左右两侧都疼。", {"left", "right", "bilateral"}),
        ("左侧椎间盘突出。", {"left"}),
    ],
)
def test_sides_of_every_day_are_none(text: str, sides: set[str]) -> None:
    assert said_in(text).sides == sides


@pytest.mark.parametrize(
    ("text", "numbers", "counts"),
    [
        ("8 mm at L4/L5", {"8"}, {"8"}),
        ("1. Rest. 2. Review.", {"1", "2"}, set()),
        ("Do: 1) rest; 2) wait 3 days", {"1", "2", "3"}, {"3"}),
        ("1、休息。2、复查3次。", {"1", "2", "3"}, {"3"}),
        ("2、3周后复查。", {"2", "3"}, {"2", "3"}),
        ("1.5 mm", {"1.5"}, {"1.5"}),
        ("T12和L4/L5", set(), set()),
    ],
)
def test_numbers(text: str, numbers: set[str], counts: set[str]) -> None:
    assert (said_in(text).numbers, said_in(text).counts) == (numbers, counts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two hundred metres", {2, 200}),
        ("for twenty weeks", {20}),
        ("Grade II", {2}),
        ("三周", {3}),
        ("二十三岁", {2, 3, 23}),
        ("一百二十米", {1, 2, 120}),
        ("no number", set()),
    ],
)
def test_numbers_in_words(text: str, expected: set[int]) -> None:
    assert set(spelled_in(text)) == expected


def test_numbers_in_words_count_across_languages_only() -> None:
    english = ("A postman walked two hundred metres in 6 minutes.",)
    assert numbers_of(english, Language.EN) == {"6"}
    assert numbers_of(english, Language.ZH) >= {"6", "200"}
    chinese = ("行走三百米，休息2次。",)
    assert numbers_of(chinese, Language.ZH) == {"2"}
    assert numbers_of(chinese, Language.EN) >= {"2", "300"}


@pytest.mark.parametrize(
    "text",
    [
        "MRI显示L4/L5左侧椎间盘脱出，Pfirrmann IV级。",
        "L4/L5 2型Modic改变。",
        "T2WI和STIR上信号增高，ACDF术后。",
        "好的。",
        "建议查MRI、CT和X线片，Cobb角约10°，VAS评分下降。",
        "第四腰椎Schmorl结节，大小约3mm。",
        "C5/C6、C6/C7椎间盘突出。",
        "T5 Chance骨折。",
    ],
)
def test_chinese(text: str) -> None:
    assert is_chinese(text)


@pytest.mark.parametrize(
    "text",
    [
        "MRI shows a left disc extrusion at L4/L5.",
        "L4/L5 MRI.",
        "椎间盘脱出 disc extrusion。",
        "椎间盘脱出disc。",
        "诊断：lumbar disc herniation，腰椎间盘突出症，建议手术治疗。",
        "腰椎のヘルニア。",
        "Грыжа 椎间盘突出。",
        "是 a an 是",
    ],
)
def test_not_chinese(text: str) -> None:
    assert not is_chinese(text)


def test_blank_texts_are_of_every_language() -> None:
    assert is_chinese("  ")
    assert is_english("  ")


@pytest.mark.parametrize(
    "text",
    [
        "L4/L5: left disc extrusion, severe stenosis, loss of height.",
        "Yes.",
        "Please come back after six weeks, doctor.",
        "T1–T2: normal — see “report”.",
    ],
)
def test_english_as_it_is_spoken(text: str) -> None:
    assert is_english(text, spoken=True)


@pytest.mark.parametrize(
    "text",
    [
        "Nach einer Operation wird die Kraft täglich geprüft.",
        "El disco intervertebral muestra una gran hernia izquierda.",
        "Le disque montre une hernie gauche avec sténose sévère.",
        "MRI显示椎间盘脱出。",
        "Диск выпячен.",
    ],
)
def test_not_english(text: str) -> None:
    assert not is_english(text, spoken=True)
    assert not is_english(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Answer: B", ["B"]),
        ("The answer is C, not option D.", ["C", "D"]),
        ("正确答案是A，选项B不对。", ["A", "B"]),
        ("A disc bulge. An option exists.", []),
        ("Vitamin C and the C5 root.", []),
    ],
)
def test_letters(text: str, expected: list[str]) -> None:
    assert letters(text) == expected


def test_words_of_both_languages() -> None:
    assert words("L4/L5椎间盘, Patient’s") == ["l4/l5", "椎", "间", "盘", "patient's"]


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("A protrusion at C5/C6 was seen on axial T2-weighted images.", set()),
        ("Strength was 4/5 at L5 after 6 weeks.", {"4", "5", "6"}),
        ("The slip measured 3.5 mm at L4-5.", {"3.5"}),
        ("L4/5椎间盘突出约6毫米。", {"6"}),
        ("A 1.5T scan; grade 2 on a 7T one.", {"1.5", "2", "7"}),
    ],
)
def test_a_digit_of_a_level_or_of_a_name_is_no_number_of_the_evidence(sentence: str, numbers: set[str]) -> None:
    """Else `it took 2 weeks` would be held by T2-weighted images, and `5 weeks` by C5/C6."""
    assert numbers_of((sentence,), Language.EN if sentence.isascii() else Language.ZH) == numbers
