"""Items with good and bad writings of known kind, made over several small cases and wordings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from generation.findings import vocabulary
from generation.ids import source_version
from generation.items import PlannedItem
from generation.levels import neighbours
from generation.planning import make_plan
from generation.samples import Writing
from generation.sources import Document, Language, Passage, Sentence, SourceRef, Split


@dataclass(frozen=True)
class Case:
    """A passage of three sentences, the second of which is the fact, and phrases for questions on it."""

    sentences: tuple[str, str, str]
    patient: str
    complaint: str


CASES = (
    Case(
        (
            "A warehouse worker had pain to the top of the foot for two months.",
            "MRI showed a left posterolateral disc extrusion at L4/L5.",
            "He was offered microdiscectomy.",
        ),
        "the warehouse worker",
        "the pain to the top of the foot",
    ),
    Case(
        (
            "A postman had to sit down after two hundred metres.",
            "Severe central canal stenosis was found at L3/L4.",
            "Decompression doubled his walking distance.",
        ),
        "the postman",
        "the need to sit down after two hundred metres",
    ),
    Case(
        (
            "A typist had numbness of the middle finger.",
            "There was a right foraminal disc protrusion at C6/C7.",
            "The triceps reflex was weak.",
        ),
        "the typist",
        "the numbness of the middle finger",
    ),
    Case(
        (
            "An elderly woman felt a crack in her back while lifting a bag.",
            "Radiographs showed an osteoporotic compression fracture of T12.",
            "A brace was fitted on the same day.",
        ),
        "the elderly woman",
        "the crack felt while lifting a bag",
    ),
    Case(
        (
            "Hamstring tightness changed the gait of a young gymnast.",
            "A grade II spondylolisthesis at L5/S1 was present on standing films.",
            "Training was stopped for a season.",
        ),
        "the young gymnast",
        "the hamstring tightness",
    ),
    Case(
        (
            "Fever and night pain had lasted three weeks in a man on dialysis.",
            "Contrast MRI showed discitis at T8/T9.",
            "Blood cultures grew staphylococci.",
        ),
        "the man on dialysis",
        "the fever and night pain",
    ),
    Case(
        (
            "A fast bowler had pain when arching his back.",
            "Left spondylolysis at L4 was found on CT.",
            "He stopped bowling for three months.",
        ),
        "the fast bowler",
        "the pain on arching the back",
    ),
    Case(
        (
            "A nurse had pain that woke her early.",
            "Modic type 1 changes at L4/L5 were reported.",
            "Two years later she was free of pain.",
        ),
        "the nurse",
        "the pain that woke her early",
    ),
    Case(
        (
            "A woman treated for breast cancer had pain in the middle of the back at night.",
            "A metastasis at T8 replaced the normal marrow signal.",
            "Radiotherapy was given within the week.",
        ),
        "the woman treated for breast cancer",
        "the pain at night",
    ),
    Case(
        (
            "A retired builder could not stand for long.",
            "Moderate left lateral recess stenosis at L4/L5 was described.",
            "An injection helped for half a year.",
        ),
        "the retired builder",
        "the trouble with standing",
    ),
)
QUESTIONS = (
    "Which finding explains {complaint}?",
    "What did imaging show in {patient}?",
    "Which of the following was found in {patient}?",
    "The passage tells of {patient}. Which finding does it report?",
    "Which diagnosis best accounts for {complaint}?",
    "What is the most likely cause of {complaint} according to the passage?",
    "Which statement about the spine of {patient} is correct?",
    "Where does the lesion of {patient} lie, and what is it?",
    "Which abnormality was reported in {patient}?",
    "Considering {complaint}, which description fits the report?",
)
RATIONALES = (
    "{fact}",
    "The report says so: {fact}",
    "{option} is what the cited sentence describes.",
    "The cited sentence names {level} as the place of the {finding}.",
    "It is stated that imaging found a {finding} at {level}, which fits the complaint.",
)


class Planted(NamedTuple):
    """An item with a writing of known worth."""

    kind: str
    item: PlannedItem
    writing: Writing
    finish: str = "stop"


def item_of(case: Case) -> PlannedItem:
    """Return the item that a case's own plan gives."""
    sentences, start = [], 0
    for number, text in enumerate(case.sentences, start=1):
        sentences.append(Sentence(id=f"p1s{number}", text=text, start=start, end=start + len(text)))
        start += len(text) + 1
    passage = Passage(id="p1", start=0, end=start - 1, sentences=tuple(sentences))
    document = Document(language=Language.EN, characters=start, passages=(passage,))
    version = source_version(" ".join(case.sentences).encode())
    source = SourceRef(id=version, version=version, title="case", split=Split.TRAIN, media_type="text/plain")
    (item,) = make_plan(source, document).items
    return item


def good() -> Iterator[Planted]:
    """Give 100 writings that nothing is wrong with: ten cases, ten wordings."""
    for case in CASES:
        item = item_of(case)
        for number, question in enumerate(QUESTIONS):
            yield Planted("good", item, _writing(case, item, question, RATIONALES[number % len(RATIONALES)]))


def bad() -> Iterator[Planted]:
    """Give 100 writings that each have one fault of the kind they name."""
    makers = (_wrong_level, _wrong_side, _uncited, _given_away, _empty, _cut_off)
    yield from (
        planted
        for number in range(10)
        for case_number, case in enumerate(CASES)
        for planted in makers[(number + case_number) % len(makers)](case, item_of(case), number)
    )


def _writing(case: Case, item: PlannedItem, question: str, rationale: str) -> Writing:
    right = next(option.text for option in item.options if option.id == item.answer)
    values = {
        "patient": case.patient,
        "complaint": case.complaint,
        "fact": case.sentences[1],
        "option": right,
        "level": item.target.level,
        "finding": vocabulary().finding(item.target.finding).name.en,
    }
    return Writing(
        level=item.target.level,
        question=question.format(**values),
        rationale=rationale.format(**values),
        citations=("p1s2", "p1s1"),
    )


def _base(case: Case, item: PlannedItem, number: int) -> Writing:
    return _writing(case, item, QUESTIONS[number], RATIONALES[(number + 1) % len(RATIONALES)])


def _wrong_level(case: Case, item: PlannedItem, number: int) -> Iterator[Planted]:
    right = _base(case, item, number)
    other = neighbours(item.target.level)[number % len(neighbours(item.target.level))]
    changes = (
        {"level": other},
        {"rationale": f"The report puts it at {other}, as the {case.patient.split()[-1]} shows."},
        {"rationale": f"{vocabulary().finding(item.target.finding).name.en.capitalize()} was seen at {other}."},
        {"question": f"Which finding at {other.replace('/', '-')} explains {case.complaint}?"},
        {"rationale": right.rationale.rstrip(".") + f", and {other} is affected as well."},
    )
    yield Planted("wrong level", item, right.model_copy(update=changes[number % len(changes)]))


def _wrong_side(case: Case, item: PlannedItem, number: int) -> Iterator[Planted]:
    right = _base(case, item, number)
    side = {"left": "right", "right": "left"}.get(item.target.side or "", ("left", "right")[number % 2])
    name = vocabulary().finding(item.target.finding).name.en
    changes = (
        {"rationale": f"A {side}-sided {name} was seen at {item.target.level}."},
        {"question": f"Which {side}-sided finding explains {case.complaint}?"},
        {"rationale": right.rationale.rstrip(".") + f" on the {side}."},
        {"question": f"What was found on the {side} side in {case.patient}?"},
        {"rationale": f"The {name} at {item.target.level} was bilateral."},
    )
    yield Planted("wrong side", item, right.model_copy(update=changes[number % len(changes)]))


def _uncited(case: Case, item: PlannedItem, number: int) -> Iterator[Planted]:
    right = _base(case, item, number)
    changes: tuple[tuple[str, ...], ...] = ((), ("p1s1",), ("p1s3",), ("p1s1", "p1s3"), ("p1s2", "p9s9"))
    yield Planted("uncited", item, right.model_copy(update={"citations": changes[number % len(changes)]}))


def _given_away(case: Case, item: PlannedItem, number: int) -> Iterator[Planted]:
    right = _base(case, item, number)
    option = next(option.text for option in item.options if option.id == item.answer)
    phrase = option[0].lower() + option[1:]
    changes = (
        f"Is it true that {case.patient} had a {phrase}?",
        f"Which of these findings, for example {option}, explains {case.complaint}?",
        f"Why is option {item.answer} the finding of {case.patient}?",
        f"At {item.target.level}, which {phrase.rsplit(' at ', 1)[0]} explains {case.complaint}?",
        f"Which finding of {case.patient}, a {phrase.replace('/', '-')}, is described?",
    )
    yield Planted("given away", item, right.model_copy(update={"question": changes[number % len(changes)]}))


def _empty(case: Case, item: PlannedItem, number: int) -> Iterator[Planted]:
    right = _base(case, item, number)
    changes = ({"question": ""}, {"rationale": ""}, {"question": "   ?"}, {"rationale": "."}, {"rationale": "See it."})
    yield Planted("empty", item, right.model_copy(update=changes[number % len(changes)]))


def _cut_off(case: Case, item: PlannedItem, number: int) -> Iterator[Planted]:
    right = _base(case, item, number)
    shorter = right.rationale[: len(right.rationale) * 2 // 3].rstrip(" .")
    changes: tuple[dict[str, str], ...] = (
        {"rationale": shorter},
        {"question": right.question[: len(right.question) * 2 // 3].rstrip(" ?")},
        {"rationale": f"{case.sentences[1].rstrip('.')} and the."},
        {"question": f"Which finding explains {case.complaint} and the?"},
    )
    if number % 5 == 4:
        yield Planted("cut off", item, right, "length")
    else:
        yield Planted("cut off", item, right.model_copy(update=changes[number % 5]))
