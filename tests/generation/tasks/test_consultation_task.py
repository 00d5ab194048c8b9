"""The consultation: one field a turn, patient first, the doctor's last turn the plan."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from task_samples import FACT, SETTINGS, WRONG, draft_of, item_of, revise, revised

from generation.errors import OutputUnreadable
from generation.findings import render
from generation.items import Fact, Kind, PlannedItem, Target
from generation.samples import Said, Speaker, Stands
from generation.sources import Language
from generation.tasks import GenerationSettings
from generation.tasks.consultation import Consultation

TASK = Consultation()
TURNS = {
    "complaint": "My middle finger has been numb for a while.",
    "finding": FACT,
    "question_1": "Does the disc make my finger numb?",
    "answer_1": "Yes, the disc protrusion presses on the nerve that feels for the finger.",
    "request": "What do you advise me to do?",
    "plan": "I advise physiotherapy and a review in the clinic.",
}


@pytest.fixture
def item() -> PlannedItem:
    return item_of(Kind.CONSULTATION)


def drafted(item: PlannedItem, **changes: object) -> str:
    whole: dict[str, Any] = {"level": "C6/C7", "citations": ["p1s2", "p1s1"], **TURNS}
    return orjson.dumps(whole | changes).decode()


def revision_of(**changes: object) -> str:
    whole = orjson.loads(revised(kind=Kind.CONSULTATION))
    kept = {name: value for name, value in whole.items() if name not in ("question", "rationale")}
    return orjson.dumps({**TURNS, **kept, **changes}).decode()


def test_every_turn_is_a_bounded_field_of_its_own(item: PlannedItem) -> None:
    schema = TASK.draft_request(item, SETTINGS).answer_schema
    assert list(schema["properties"]) == ["level", "citations", *TURNS]
    for name in TURNS:
        turn = schema["properties"][name]
        assert set(turn) == {"type", "minLength", "maxLength"}
        assert 0 < turn["minLength"] < turn["maxLength"]
    validator = Draft202012Validator(schema)
    validator.validate(orjson.loads(drafted(item)))
    assert not validator.is_valid(orjson.loads(drafted(item)) | {"another": "And one more turn of the patient."})


@pytest.mark.parametrize("exchanges", [3, 4, 5])
def test_settings_say_how_many_exchanges_there_are(item: PlannedItem, exchanges: int) -> None:
    settings = GenerationSettings(exchanges=exchanges)
    schema = TASK.draft_request(item, settings).answer_schema
    spoken = [name for name in schema["properties"] if name not in ("level", "citations")]
    assert len(spoken) == 2 * exchanges
    assert spoken[-1] == "plan"
    said = {name: f"This is the turn {name}." for name in spoken}
    writing = TASK.parse(item, orjson.dumps({"level": "C6/C7", "citations": ["p1s2"], **said}).decode())
    assert [turn.role for turn in writing.turns] == [Speaker.PATIENT, Speaker.DOCTOR] * exchanges
    assert [turn.text for turn in writing.turns] == list(said.values())


@pytest.mark.parametrize("exchanges", [2, 6])
def test_fewer_than_three_exchanges_or_too_many_are_refused(exchanges: int) -> None:
    with pytest.raises(ValidationError, match="exchanges"):
        GenerationSettings(exchanges=exchanges)


def test_turns_are_read_as_written_in_their_order(item: PlannedItem) -> None:
    backwards = dict(reversed(TURNS.items())) | {"complaint": '  My "finger" is numb é. '}
    writing = TASK.parse(item, orjson.dumps({"level": "C6/C7", "citations": ["p1s2"], **backwards}).decode())
    assert writing.turns[0] == Said(role=Speaker.PATIENT, text='  My "finger" is numb é. ')
    assert writing.turns[1] == Said(role=Speaker.DOCTOR, text=FACT)
    assert writing.turns[-1] == Said(role=Speaker.DOCTOR, text=TURNS["plan"])
    assert list(writing.texts()) == [f"turns.{number}" for number in range(6)]
    assert (writing.question, writing.rationale, writing.answer, writing.report) == ("", "", "", None)


@pytest.mark.parametrize("name", list(TURNS))
def test_a_missing_turn_is_named(item: PlannedItem, name: str) -> None:
    whole = orjson.loads(drafted(item))
    del whole[name]
    with pytest.raises(OutputUnreadable, match=f"{item.id}.*'{name}'"):
        TASK.parse(item, orjson.dumps(whole).decode())
    with pytest.raises(OutputUnreadable, match=f"'{name}'"):
        TASK.parse(item, drafted(item, **{name: ["not", "a text"]}))


@pytest.mark.parametrize("language", list(Language))
def test_the_model_is_shown_every_fact_in_the_items_language(language: Language) -> None:
    item = item_of(Kind.CONSULTATION, language)
    other = Fact(target=Target(finding="disc_bulge", level="C5/C6"), support=("p1s3",))
    item = item.model_copy(update={"facts": (*item.facts, other)})
    shown = TASK.draft_request(item, SETTINGS).turns[-1].text
    for fact in item.facts:
        assert f"[{fact.support[0]}] {render(fact.target, language)}" in shown
    assert shown.endswith(render(item.target, language))
    alone = item.model_copy(update={"facts": ()})
    assert TASK.draft_request(alone, SETTINGS).turns[-1].text.endswith(render(item.target, language))


def test_there_is_room_to_cite_every_fact(item: PlannedItem) -> None:
    one = TASK.draft_request(item, SETTINGS).answer_schema["properties"]["citations"]
    assert one["maxItems"] == 3
    assert one["prefixItems"][0]["enum"] == list(item.support)
    sentence = item.evidence[0]
    evidence = tuple(sentence.model_copy(update={"id": f"p9s{n}"}) for n in range(12))
    facts = tuple(Fact(target=item.target, support=(s.id,)) for s in evidence[:4])
    many = item.model_copy(update={"evidence": evidence, "support": ("p9s0",), "facts": facts})
    assert TASK.draft_request(many, SETTINGS).answer_schema["properties"]["citations"]["maxItems"] == 6
    facts = tuple(Fact(target=item.target, support=(s.id,)) for s in evidence)
    most = many.model_copy(update={"facts": facts})
    assert TASK.draft_request(most, SETTINGS).answer_schema["properties"]["citations"]["maxItems"] == 8


def test_a_good_consultation_is_queued(item: PlannedItem) -> None:
    draft = draft_of(item, drafted(item))
    assert draft.reasons == ()
    plan = "I advise physiotherapy, and an MRI if the numbness stays."
    revision = revise(item, draft, revision_of(plan=plan))
    assert (revision.reasons, revision.stands) == ((), Stands.REVISION)
    assert revision.changed == ("turns.5", "citations")
    assert revision.provenance.prompt.startswith("consultation_revise.en@")
    assert (revision.provenance.criteria or "").startswith("consultation@")
    assert all(verdict.passed for verdict in revision.verdicts)
    assert TURNS["answer_1"] in TASK.revise_request(item, draft, SETTINGS).turns[-1].text


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"plan": "Thank you for coming, and goodbye to you."}, "exchanges-and-plan"),
        ({"finding": WRONG}, "side-grounded"),
        ({"answer_1": "Yes, and there is a disc protrusion at C5/C6 as well."}, "level-grounded"),
        ({"answer_1": "Yes, and you have a haemangioma in the bone too."}, "supported"),
        ({"finding": "There was nothing on the pictures that I need to tell."}, "on-target"),
        ({"citations": ["p1s3"]}, "cited"),
    ],
)
def test_each_criterion_has_its_fault(item: PlannedItem, changes: dict[str, object], failed: str) -> None:
    draft = draft_of(item, drafted(item, **changes))
    revision = revise(item, draft, revision_of(**changes))
    assert revision.reasons
    assert failed in [verdict.criterion for verdict in revision.verdicts if not verdict.passed]
