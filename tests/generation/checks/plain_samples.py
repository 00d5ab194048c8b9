"""Plain writings of every kind in both languages around any target: nothing is wrong with them, whatever the target."""

from __future__ import annotations

from generation.findings import render, vocabulary
from generation.findings.vocabulary import Finding, LevelWord
from generation.items import Axis, Evidence, Kind, Option, PlannedItem, Role, Target
from generation.samples import Report, Said, Speaker, Writing
from generation.sources import Language, SourceRef, Split

EN, ZH = Language.EN, Language.ZH
PLACES = {LevelWord.DISC: ("L4/L5", "L3/L4"), LevelWord.VERTEBRA: ("L4", "L2")}
"""A level and one that no sentence names, by the kind of level."""
NECK = ("C5/C6", "C3/C4")
OF_THE_NECK = ("acdf", "laminoplasty")
"""Procedures that are done there alone."""
BEFORE = {EN: "A baker had pain after a long walk.", ZH: "患者长时间行走后疼痛。"}
AFTER = {EN: "A follow-up visit was agreed.", ZH: "约定门诊随访。"}


def targets() -> list[Target]:
    """Return a target for each finding and procedure of the vocabulary, with side and grade where it can have them."""
    return [_target(finding) for finding in vocabulary().findings]


def _target(finding: Finding) -> Target:
    scale = next((vocabulary().scale(name) for name in finding.grades), None)
    return Target(
        finding=finding.id,
        level=NECK[0] if finding.id in OF_THE_NECK else PLACES[finding.levels[0]][0],
        side="left" if finding.sided else None,
        grade=f"{scale.id}:{scale.values[1].id}" if scale else None,
    )


def other_level(target: Target) -> str:
    """Return a level of the same kind that no sentence names."""
    return next(other for level, other in (*PLACES.values(), NECK) if level == target.level)


def said_of(target: Target, language: Language) -> str:
    """Return a sentence that states the target."""
    phrase = render(target, language)
    if is_done(target):
        return f"{phrase} was performed." if language is EN else f"患者行{phrase}。"
    return f"MRI showed {phrase[0].lower()}{phrase[1:]}." if language is EN else f"MRI显示{phrase}。"


def is_done(target: Target) -> bool:
    """Say whether a target is a procedure."""
    return vocabulary().finding(target.finding).is_procedure


def item_of(target: Target, kind: Kind, language: Language, source: Language) -> PlannedItem:
    """Return an item in `language` whose evidence is in the language `source`."""
    texts = (BEFORE[source], said_of(target, source), AFTER[source])
    evidence = tuple(Evidence(id=f"p1s{n}", text=text, start=0, end=len(text)) for n, text in enumerate(texts, 1))
    options = (Option(id="A", text=render(target, language), role=Role.ANSWER, claim=target),)
    for letter, name in zip("BC", vocabulary().alternatives(target.finding, target.level), strict=False):
        claim = Target(finding=name, level=target.level)
        options = (*options, Option(id=letter, text=render(claim, language), role=Role.OTHER_FINDING, claim=claim))
    choice = kind is Kind.MCQ
    return PlannedItem(
        id=f"plain-{kind}-{target.finding}",
        source=SourceRef(id="plain", version="0" * 64, title="plain", split=Split.TRAIN, media_type="text/plain"),
        plan="plain",
        plan_version="plain",
        slot=0,
        kind=kind,
        language=language,
        axis=Axis.PATHOLOGY,
        evidence=evidence,
        support=("p1s2",),
        target=target,
        levels=(target.level,),
        options=options if choice else (),
        answer="A" if choice else render(target, language),
    )


def writing_of(item: PlannedItem, told: Target | None = None) -> Writing:
    """Return a plain writing of an item; `told` is told in the target's place."""
    told = told or item.target
    written = _english(item.kind, told) if item.language is EN else _chinese(item.kind, told)
    return written.model_copy(update={"level": item.target.level, "citations": ("p1s2", "p1s1")})


def _written(**fields: object) -> Writing:
    return Writing.model_validate({"level": "", "question": "", "rationale": "", "citations": ()} | fields)


def _turns(*texts: str) -> list[Said]:
    return [Said(role=list(Speaker)[n % 2], text=text) for n, text in enumerate(texts)]


def _english(kind: Kind, told: Target) -> Writing:
    phrase = render(told, EN)
    inner = phrase[0].lower() + phrase[1:]
    if kind in (Kind.MCQ, Kind.OPEN_QA):
        return _written(
            question="What is reported of the baker who had pain after a long walk?",
            rationale=f"The report describes a {inner}, which fits the complaint.",
            answer=f"It is a {inner}." if kind is Kind.OPEN_QA else "",
        )
    if kind is Kind.CONSULTATION:
        return _written(
            turns=_turns(
                "Doctor, I have pain after a long walk.",
                "I have read your notes.",
                "What do they say?",
                f"{phrase} was performed." if is_done(told) else f"They report a {inner}.",
                "What shall I do now?",
                "I recommend physiotherapy, and please come back for a follow-up.",
            )
        )
    return _written(
        report=Report(
            imaging_findings="No new picture was taken." if is_done(told) else f"MRI: {phrase}.",
            diagnosis="Pain after a long walk.",
            treatment=f"For the patient: Rest when it hurts.\nFor the physician: {phrase}; then review and exercise.",
            risk_prognosis="The pain may come back after long walks.",
            postoperative="After an operation, check strength and sensation.",
            basis_disclaimer="This rests on the MRI. It does not replace the judgement of a clinician.",
        )
    )


def _chinese(kind: Kind, told: Target) -> Writing:
    phrase = render(told, ZH)
    if kind in (Kind.MCQ, Kind.OPEN_QA):
        return _written(
            question="这位长时间行走后疼痛的患者，病历记录了什么？",
            rationale=f"病历描述为{phrase}，与主诉相符。",
            answer=f"记录的是{phrase}。" if kind is Kind.OPEN_QA else "",
        )
    if kind is Kind.CONSULTATION:
        return _written(
            turns=_turns(
                "医生，我走久了就疼。",
                "您的病历我看过了。",
                "上面写了什么？",
                f"写的是{phrase}。",
                "那我该怎么办？",
                "建议先做理疗，然后来门诊复查。",
            )
        )
    return _written(
        report=Report(
            imaging_findings="没有新的影像。" if is_done(told) else f"MRI：{phrase}。",
            diagnosis="长时间行走后疼痛。",
            treatment=f"致患者：疼的时候多休息。\n致医师：{phrase}；然后理疗并复查。",
            risk_prognosis="走久以后疼痛可能再次出现。",
            postoperative="若手术，术后检查肌力和感觉。",
            basis_disclaimer="依据MRI所见。本报告仅供参考，不能替代医生的判断。",
        )
    )
