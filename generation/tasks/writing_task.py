"""The base of every kind: what is asked for a draft, a revision and a correction, and what becomes of the answers.

A kind says only what its templates show, what a model writes of it and how that is read back; see `mcq.py`. Its prompts
are `<kind>_draft` and `<kind>_revise`, its criteria `<kind>.yaml`.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any

from generation.criteria import CriteriaSet, load_criteria
from generation.ids import digest
from generation.items import PlannedItem
from generation.prompts import Prompt, load_prompt
from generation.requests import ModelAnswer, ModelRequest, Turn
from generation.samples import Draft, Revision, Stands, Writing
from generation.tasks import schemas
from generation.tasks.choosing import choose
from generation.tasks.corrections import correction, load_corrections, mendable
from generation.tasks.provenance import CORRECT, provenance_of, request_id, round_of, seed_of
from generation.tasks.reading import Written, read_citations, read_object, read_text
from generation.tasks.settings import GenerationSettings
from generation.tasks.settling import changed, reasons_with, said, settle
from generation.tasks.verdicts import failed_by_model, give_verdicts


class WritingTask(abc.ABC):
    """Turns an item into requests, and answers into a draft and a revision; what all kinds share. Every method is
    pure."""

    @abc.abstractmethod
    def given(self, item: PlannedItem) -> Mapping[str, Any]:
        """Return what the templates show of an item besides `heading`, `sentences` and `support`."""

    @abc.abstractmethod
    def fields(self, item: PlannedItem, settings: GenerationSettings) -> Mapping[str, Any]:
        """Return the schema of each field that a model writes, bounded, in the order of writing; level, citations and
        verdicts are the base's."""

    @abc.abstractmethod
    def read(self, item: PlannedItem, content: Mapping[str, Any], where: str) -> Written:
        """Return what a completion says in the kind's own fields; raises OutputUnreadable naming `where`."""

    def parse(self, item: PlannedItem, raw: str, level: str | None = None) -> Writing:
        """Return what a completion says; `level` is the draft's, which a revision cannot change.

        Raises:
            OutputUnreadable: it is not the object that was asked for.
        """
        where = f"item {item.id}, {'draft' if level is None else 'revision'}"
        content = read_object(raw, where)
        return Writing(
            level=read_text(content, "level", where) if level is None else level,
            citations=read_citations(content, where),
            **self.read(item, content, where)._asdict(),
        )

    def draft_request(self, item: PlannedItem, settings: GenerationSettings, round_: int = 0) -> ModelRequest:
        """Return the draft request: level and citations can only be what the evidence holds."""
        head = {"level": schemas.one_of(item.levels), "citations": schemas.citations(item)}
        schema = schemas.fields({**head, **self.fields(item, settings)})
        name = request_id(item.id, "draft", round_)
        return ModelRequest(
            id=name,
            turns=_prompt("draft", item).turns(self._shown(item), settings.few_shot),
            answer_schema=schema,
            max_tokens=schemas.max_tokens(schema, item.language, settings),
            temperature=settings.temperature,
            top_p=settings.top_p,
            candidates=settings.draft_candidates,
            seed=seed_of(name),
            turn=1,
        )

    def make_draft(
        self, item: PlannedItem, answer: ModelAnswer, request: ModelRequest, seconds: float, host: str
    ) -> Draft:
        """Return the draft that the checks choose of an answer's candidates."""
        choice = choose(item, answer, lambda raw: self.parse(item, raw))
        return Draft(
            round=round_of(request),
            raw=choice.raw,
            parsed=choice.writing,
            reasons=reasons_with(choice.reasons, answer),
            digest=digest(choice.raw.encode()),
            provenance=provenance_of(
                request,
                answer,
                prompt=_prompt("draft", item).label,
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
        tail = {"citations": schemas.citations(item), "verdicts": schemas.verdicts(criteria, item.language)}
        schema = schemas.fields({**self.fields(item, settings), **tail})
        shown = self._shown(item) | {"draft": draft.parsed.model_dump(mode="json") if draft.parsed else None}
        name = request_id(item.id, "revise", round_)
        return ModelRequest(
            id=name,
            turns=_prompt("revise", item).turns(shown, settings.few_shot, _rules(criteria, item)),
            answer_schema=schema,
            max_tokens=schemas.max_tokens(schema, item.language, settings),
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
        """Return the revision: its wording if it passes the checks, else the draft's if that does, else held.

        Target, options, answer and level are never touched. With `settings.hold_on_model_verdict` a criterion that the
        reviser says is not met holds the sample too (`criterion:<id>`); it says so of its own wording, so that a draft
        that stands has no verdict of it. What a model of random weights wrote is always held (`random-weights`).
        """
        criteria = load_criteria(item.kind)
        level = draft.parsed.level if draft.parsed else item.target.level
        choice = choose(item, answer, lambda raw: self.parse(item, raw, level))
        settled = settle(item, draft, choice, answer)
        judged = said(choice.raw) if settled.stands is Stands.REVISION else None
        verdicts = give_verdicts(item, settled.writing, settled.found, criteria, judged)
        reasons = settled.reasons
        if settings.hold_on_model_verdict:
            reasons = (*reasons, *failed_by_model(criteria, verdicts))
        return Revision(
            round=round_of(request),
            draft_digest=draft.digest,
            raw=choice.raw,
            parsed=choice.writing,
            writing=settled.writing,
            stands=settled.stands,
            changed=changed(draft.parsed, settled.writing),
            verdicts=verdicts,
            reasons=reasons,
            provenance=provenance_of(
                request,
                answer,
                prompt=_prompt("revise", item).label,
                criteria=criteria.label,
                chosen=choice.index,
                seconds=seconds,
                host=host,
            ),
        )

    def correct_request(
        self, item: PlannedItem, revision: Revision, request: ModelRequest, settings: GenerationSettings
    ) -> ModelRequest | None:
        """Return the corrective turn: the chat of `request`, what was answered, and what the checks found wrong.

        None when the revision is not held, when nothing a model writes could mend it, or when settings allow none.
        """
        if not settings.corrective_turns or not mendable(revision.reasons):
            return None
        wrong = correction(revision.reasons, load_criteria(item.kind), item.language)
        # The passage goes last once more: a small model answers what stands last.
        asked = f"{wrong}\n{_prompt('revise', item).fill(self._shown(item) | {'draft': None})}"
        name = f"{request.id}/{CORRECT}"
        turns = (*request.turns, Turn(role="assistant", text=revision.raw), Turn(role="user", text=asked))
        return request.model_copy(
            update={
                "id": name,
                "turns": turns,
                "temperature": settings.correction_temperature,
                "seed": seed_of(name),
            }
        )

    def correct(
        self,
        item: PlannedItem,
        draft: Draft,
        revision: Revision,
        answer: ModelAnswer,
        request: ModelRequest,
        seconds: float,
        host: str,
        settings: GenerationSettings,
    ) -> Revision:
        """Return the corrected revision where nothing holds it, else the first with its reasons; `corrected` tells who
        answered."""
        second = self.make_revision(item, draft, answer, request, seconds, host, settings)
        label = f"{second.provenance.prompt}+{load_corrections(item.language).label}"
        who = {"corrected": second.provenance.model_copy(update={"prompt": label})}
        if second.reasons:
            return revision.model_copy(update=who)
        return second.model_copy(update={"provenance": revision.provenance, **who})

    def _shown(self, item: PlannedItem) -> dict[str, Any]:
        return {
            "heading": " / ".join(item.heading_path),
            "sentences": [{"id": sentence.id, "text": sentence.text} for sentence in item.evidence],
            "support": item.support,
            **self.given(item),
        }


def _prompt(stage: str, item: PlannedItem) -> Prompt:
    return load_prompt(f"{item.kind}_{stage}", item.language)


def _rules(criteria: CriteriaSet, item: PlannedItem) -> dict[str, Any]:
    """Return what fills the system text: the criteria that the model judges."""
    return {"criteria": [{"id": c.id, "text": c.text.of(item.language)} for c in criteria.judged_by_model()]}
