"""What the scripted engine, which is for tests only, writes where a request asks for a sample: plain and grounded. Of a
reading it takes the first choices.

It stands for a model that does what the prompt asks, so that tests can follow samples of every kind, in both languages,
through to the review queue. It knows a kind by the fields of its schema and the target by the lines of its prompt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from actors.engines.schema_filler import fill
from generation.levels import find_levels
from generation.requests import ModelRequest

_FACT = re.compile(r"^(?:Fact|事实) \[(?P<id>[^\]]+)\] (?P<text>.+)$", re.MULTILINE)
_TARGET = re.compile(r"^(?:Right option: |正确选项：|Answer: |答案：|- )(?P<text>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class _Shown:
    """What a prompt shows of its item."""

    citation: str
    fact: str
    """The sentence that states the target, in the source's language."""
    target: str
    """In the item's language."""
    chinese: bool


def write_plainly(request: ModelRequest, index: int) -> str:
    """Return a completion: the schema's filling, its writing replaced by plain sentences about the passage's fact."""
    value = fill(request.answer_schema, f"{request.id}|{request.seed + index}")
    if isinstance(value, dict) and "specialty" in value:
        value = {name: choice["enum"][0] for name, choice in request.answer_schema["properties"].items()}
    elif isinstance(value, dict):
        shown = _shown(request)
        texts = next((made for kind, made in _WRITERS.items() if kind in value), None)
        if shown is not None and texts is not None:
            _write(value, shown, texts[shown.chinese])
    return orjson.dumps(value).decode()


def _shown(request: ModelRequest) -> _Shown | None:
    for turn in reversed(request.turns):
        fact, target = _FACT.search(turn.text), _TARGET.search(turn.text)
        if turn.role == "user" and fact and target:
            text = target["text"].strip()
            chinese = re.search(r"[\u3400-\u9fff]", text) is not None
            return _Shown(fact["id"], fact["text"].strip().rstrip(".。"), text, chinese)
    return None


def _write(value: dict[str, Any], shown: _Shown, texts: Mapping[str, str]) -> None:
    for name in value:
        found = texts.get(name.rstrip("0123456789"))
        if found is not None:
            value[name] = found.format(fact=shown.fact, target=shown.target, number=name.rpartition("_")[2])
    value["citations"] = [shown.citation]
    if "level" in value:
        named = [level for mention in find_levels(shown.target) for level in mention.levels]
        value["level"] = named[0] if named else value["level"]
    for verdict in (value.get("verdicts") or {}).values():
        verdict |= {"pass": True, "why": "It does."}


_REPORT = (
    {
        "imaging_findings": "Imaging shows {target}.",
        "diagnosis": "The diagnosis is {target}.",
        "treatment_patient": "Your doctors will first try care without an operation.",
        "treatment_physician": "Begin with conservative care, then review the patient with new imaging.",
        "risk_prognosis": "Most patients improve, and warning signs must be explained.",
        "postoperative": "After an operation the wound and the strength of the legs are watched.",
        "basis": "This rests on the cited sentence of the source.",
    },
    {
        "imaging_findings": "影像显示{target}。",
        "diagnosis": "诊断考虑为{target}。",
        "treatment_patient": "医生会先为您安排不开刀的治疗。",
        "treatment_physician": "先行保守治疗，随后结合影像复查决定下一步。",
        "risk_prognosis": "多数患者会好转，应向患者说明警示症状。",
        "postoperative": "术后应观察伤口和下肢肌力的变化。",
        "basis": "以上依据来自所引用的原文句子。",
    },
)
_CONSULTATION = (
    {
        "complaint": "Doctor, what did the examination of my back show?",
        "finding": "It shows {target}.",
        "question_": "Does that explain what I feel?",
        "answer_": "It may well explain your complaints.",
        "request": "What should we do next?",
        "plan": "I recommend physiotherapy and a follow-up visit in our clinic.",
    },
    {
        "complaint": "医生，我的检查结果怎么样？",
        "finding": "检查显示{target}。",
        "question_": "这能解释我的不舒服吗？",
        "answer_": "这很可能就是您不舒服的原因。",
        "request": "那么下一步应该怎么办？",
        "plan": "建议先做物理治疗，并到门诊复查。",
    },
)
_OPEN = (
    {
        "rationale": "The source describes {target}.",
        "answer": "It is {target}.",
        "question": "Which finding is described for this patient?",
    },
    {
        "rationale": "原文描述了{target}。",
        "answer": "这位患者有{target}。",
        "question": "原文描述了这位患者的哪种表现？",
    },
)
_CHOICE = (
    {"rationale": "{fact}.", "question": "Which finding is described for this patient?"},
    {"rationale": "原文描述了{target}。", "question": "原文描述了这位患者的哪种表现？"},
)
_WRITERS: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "imaging_findings": _REPORT,
    "complaint": _CONSULTATION,
    "answer": _OPEN,
    "question": _CHOICE,
}
"""A field that only one kind has (the first that is there tells) -> English and Chinese texts by field."""
