"""Multiple choice: the model writes a question and a rationale around the plan's target and options."""

from __future__ import annotations

from typing import Any

from generation.checks import run_checks
from generation.criteria import load_criteria
from generation.errors import OutputUnreadable
from generation.ids import digest
from generation.items import Kind, PlannedItem
from generation.prompts import Prompt, load_prompt
from generation.requests import ModelAnswer, ModelRequest
from generation.samples import Draft, Revision, Stands, Writing
from generation.tasks import schemas
from generation.tasks.choosing import Choice, choose
from generation.tasks.provenance import provenance_of, request_id, round_of, seed_of
from generation.tasks.reading import read_citations, read_object, read_text
from generation.tasks.settings import GenerationSettings
from generation.tasks.task import task
from generation.tasks.verdicts import failed_by_model, give_verdicts

DRAFT = "mcq_draft"
REVISE = "mcq_revise"


def parse_draft(item: PlannedItem, raw: str) -> Writing:
    """Return what a draft completion says.

    Raises:
        OutputUnreadable: it is not the object that was asked for.
    """
    where = f"item {item.id}, draft"
    content = read_object(raw, where)
    return Writing(
        level=read_text(content, "level", where),
        question=read_text(content, "question", where),
        rationale=read_text(content, "rationale", where),
        citations=read_citations(content, where),
    )


def parse_revision(item: PlannedItem, raw: str, level: str) -> Writing:
    """Return what a revision says; the level is the draft's, which a revision cannot change.

    Raises:
        OutputUnreadable: it is not the object that was asked for.
    """
    where = f"item {item.id}, revision"
    content = read_object(raw, where)
    return Writing(
        level=level,
        question=read_text(content, "question", where),
        rationale=read_text(content, "rationale", where),
        citations=read_citations(content, where),
    )


def given(item: PlannedItem) -> dict[str, Any]:
    """Return what the prompts' templates show of an item."""
    right = next(option for option in item.options if option.id == item.answer)
    return {
        "heading": " / ".join(item.heading_path),
        "sentences": [{"id": sentence.id, "text": sentence.text} for sentence in item.evidence],
        "support": list(item.support),
        "options": [{"id": option.id, "text": option.text} for option in item.options],
        "answer": {"id": right.id, "text": right.text},
    }


@task(Kind.MCQ)
class MultipleChoice:
    """The task of `Kind.MCQ`."""

    def draft_request(self, item: PlannedItem, settings: GenerationSettings, round_: int = 0) -> ModelRequest:
        """Return the draft request: level and citations can only be what the evidence holds."""
        schema = schemas.fields(
            {
                "level": schemas.one_of(item.levels),
                "citations": schemas.citations(item),
                "rationale": schemas.text(schemas.RATIONALE_CHARACTERS),
                "question": schemas.text(schemas.QUESTION_CHARACTERS),
            }
        )
        name = request_id(item.id, "draft", round_)
        return ModelRequest(
            id=name,
            turns=_prompt(DRAFT, item).turns(given(item), settings.few_shot),
            answer_schema=schema,
            max_tokens=settings.max_tokens,
            temperature=settings.temperature,
            top_p=settings.top_p,
            candidates=settings.draft_candidates,
            seed=seed_of(name),
        )

    def make_draft(
        self, item: PlannedItem, answer: ModelAnswer, request: ModelRequest, seconds: float, host: str
    ) -> Draft:
        """Return the draft that the checks choose."""
        choice = choose(item, answer, lambda raw: parse_draft(item, raw))
        return Draft(
            round=round_of(request),
            raw=choice.raw,
            parsed=choice.writing,
            reasons=choice.reasons,
            digest=digest(choice.raw.encode()),
            provenance=provenance_of(
                request,
                answer,
                prompt=_prompt(DRAFT, item).label,
                criteria=None,
                chosen=choice.index,
                seconds=seconds,
                host=host,
            ),
        )

    def revise_request(
        self, item: PlannedItem, draft: Draft, settings: GenerationSettings, round_: int = 0
    ) -> ModelRequest:
        """Return the revise request: the draft beside the criteria; the answer carries a verdict per criterion."""
        criteria = load_criteria(item.kind)
        schema = schemas.fields(
            {
                "rationale": schemas.text(schemas.RATIONALE_CHARACTERS),
                "question": schemas.text(schemas.QUESTION_CHARACTERS),
                "citations": schemas.citations(item),
                "verdicts": schemas.verdicts(criteria),
            }
        )
        values = given(item) | {
            "draft": draft.parsed.model_dump(mode="json") if draft.parsed else None,
        }
        rules = {"criteria": [{"id": c.id, "text": c.text} for c in criteria.judged_by_model()]}
        name = request_id(item.id, "revise", round_)
        return ModelRequest(
            id=name,
            turns=_prompt(REVISE, item).turns(values, settings.few_shot, rules),
            answer_schema=schema,
            max_tokens=settings.max_tokens,
            temperature=settings.revision_temperature,
            top_p=settings.top_p,
            candidates=settings.revision_candidates,
            seed=seed_of(name),
        )

    def make_revision(
        self,
        item: PlannedItem,
        draft: Draft,
        answer: ModelAnswer,
        request: ModelRequest,
        seconds: float,
        host: str,
        settings: GenerationSettings,
    ) -> Revision:
        """Return the revision that the checks choose, with verdicts and the reasons that hold it."""
        criteria = load_criteria(item.kind)
        level = draft.parsed.level if draft.parsed else item.target.level
        choice = choose(item, answer, lambda raw: parse_revision(item, raw, level))
        writing, stands, reasons = _settle(item, draft, choice)
        verdicts = give_verdicts(item, writing, criteria, _said(choice))
        if settings.hold_on_model_verdict and choice.writing is not None:
            reasons = (*reasons, *failed_by_model(criteria, verdicts))
        return Revision(
            round=round_of(request),
            draft_digest=draft.digest,
            raw=choice.raw,
            parsed=choice.writing,
            writing=writing,
            stands=stands,
            changed=_changed(draft.parsed, writing),
            verdicts=verdicts,
            reasons=reasons,
            provenance=provenance_of(
                request,
                answer,
                prompt=_prompt(REVISE, item).label,
                criteria=criteria.label,
                chosen=choice.index,
                seconds=seconds,
                host=host,
            ),
        )


def _prompt(name: str, item: PlannedItem) -> Prompt:
    return load_prompt(name, item.language)


def _settle(item: PlannedItem, draft: Draft, choice: Choice) -> tuple[Writing | None, Stands, tuple[str, ...]]:
    """Say whose wording counts, and why the sample is held (nothing: it is queued)."""
    if choice.writing is None:
        return draft.parsed, Stands.DRAFT, ("revision-unreadable",)
    if not choice.reasons:
        return choice.writing, Stands.REVISION, ()
    if draft.parsed is not None and not draft.reasons and not run_checks(item, draft.parsed, "stop"):
        return draft.parsed, Stands.DRAFT, ()
    return choice.writing, Stands.REVISION, choice.reasons


def _said(choice: Choice) -> dict[str, Any]:
    """Return the verdicts that the chosen completion holds, by criterion id."""
    try:
        said = read_object(choice.raw, "revision").get("verdicts")
    except OutputUnreadable:
        return {}
    return said if isinstance(said, dict) else {}


def _changed(draft: Writing | None, writing: Writing | None) -> tuple[str, ...]:
    """Name the fields in which the wording that counts differs from the draft's."""
    if draft is None or writing is None:
        return ()
    return tuple(f for f in ("question", "rationale", "citations") if getattr(draft, f) != getattr(writing, f))
