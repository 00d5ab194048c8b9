"""How a sample, or a bench item, is put as a conversation: what a tuned model reads, and what it is to answer.

Training data and bench prompts are made by the same functions, so that what was learned is what is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from generation.items import Kind, PlannedItem
from generation.samples import Report, Said, Speaker
from generation.sources import Language


class Party(StrEnum):
    """Who speaks, by ShareGPT's names."""

    SYSTEM = "system"
    """What the conversation is about."""
    HUMAN = "human"
    """Who asks."""
    MODEL = "gpt"
    """Who answers, and learns to."""


class Utterance(NamedTuple):
    """One turn."""

    party: Party
    text: str


class Choice(NamedTuple):
    """One option of a multiple choice question."""

    id: str
    text: str


_ASKS = {
    Language.EN: ("Question", "Answer with the words of the right option.", "Write the report of these findings."),
    Language.ZH: ("问题", "请用正确选项的原文作答。", "请根据这些所见书写报告。"),
}
_PARTS = {
    Language.EN: dict(
        zip(
            Report.model_fields,
            (
                *("Imaging findings", "Diagnosis", "Treatment", "Risk and prognosis", "After the operation"),
                "Basis and disclaimer",
            ),
            strict=True,
        )
    ),
    Language.ZH: dict(
        zip(Report.model_fields, ("影像所见", "诊断", "治疗", "风险与预后", "术后处理", "依据与声明"), strict=True)
    ),
}


def choice_prompt(passage: str, question: str, options: Iterable[Choice], language: Language) -> str:
    """Return what a model is asked by a multiple choice item; an empty passage asks the question blind."""
    asks, answer, _ = _ASKS[language]
    listed = "\n".join(f"{option.id}. {option.text}" for option in options)
    shown = f"{passage}\n\n" if passage else ""
    return f"{shown}{asks}: {question}\n{listed}\n{answer}"


def dialogue_of(
    item: PlannedItem, places: Mapping[str, str], speakers: Sequence[Speaker] = ()
) -> tuple[Utterance, ...]:
    """Return a sample as a conversation.

    `places` are its texts by the names of `Writing.texts`, edits included; `speakers` says who says each turn of a
    consultation. Raises KeyError where the kind lacks a text.
    """
    passage = " ".join(sentence.text for sentence in item.evidence)
    asks, _, report = _ASKS[item.language]
    match item.kind:
        case Kind.MCQ:
            options = [Choice(option.id, option.text) for option in item.options]
            right = next(option.text for option in item.options if option.id == item.answer)
            asked = choice_prompt(passage, places["question"], options, item.language)
            return _exchange(asked, f"{right}\n{places['rationale']}")
        case Kind.OPEN_QA:
            asked = f"{passage}\n\n{asks}: {places['question']}"
            return _exchange(asked, f"{places['answer']}\n{places['rationale']}")
        case Kind.CONSULTATION:
            said = [Said(role=who, text=places[f"turns.{number}"]) for number, who in enumerate(speakers)]
            return (Utterance(Party.SYSTEM, passage), *(_turn(one) for one in said))
        case Kind.REPORT:
            named = _PARTS[item.language]
            parts = (f"{named[name]}\n{places[f'report.{name}']}" for name in Report.model_fields)
            return _exchange(f"{passage}\n\n{report}", "\n\n".join(parts))


def _exchange(asked: str, answered: str) -> tuple[Utterance, ...]:
    return (Utterance(Party.HUMAN, asked), Utterance(Party.MODEL, answered))


def _turn(said: Said) -> Utterance:
    return Utterance(Party.MODEL if said.role is Speaker.DOCTOR else Party.HUMAN, said.text)
