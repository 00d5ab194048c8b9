"""Which samples may go into a dataset, as rows; a pure function of the samples, so that order does not matter."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from generation.dataset import SnapshotRow
from generation.dialogue import Party, Utterance, dialogue_of
from generation.items import Kind, PlannedItem
from generation.samples import DecisionKind, State
from generation.sources import Split
from review_bridge.sample import Sample, Text

LOOKED_AT = (State.ACCEPTED, State.EDITED, State.RETRACTED)
"""States of the samples that a dataset is chosen from; retracted ones are counted only."""


class LeftOut(StrEnum):
    """Why an accepted or edited sample is not in a dataset; the first that applies counts, in this order."""

    OTHER_SPLIT = "other_split"
    """Its source is not of split `train`."""
    WITHDRAWN = "withdrawn"
    """Its source was withdrawn."""
    RANDOM_WEIGHTS = "random_weights"
    """A model that was never trained wrote it."""
    SIMULATED = "simulated"
    """A decision on it is simulated, and the request does not ask for such."""
    INCOMPLETE = "incomplete"
    """It lacks its plan, or a text that its kind has."""
    OVERLAP = "overlap"
    """It repeats what the bench asks."""
    DUPLICATE = "duplicate"
    """It repeats another sample of the dataset."""


class Candidate(NamedTuple):
    """A sample that may go in."""

    row: SnapshotRow
    text: str
    """What is held against other samples and the bench: question, evidence and answer."""
    title: str
    """Of its source."""
    media_type: str
    """Of its source."""
    criteria: str
    """Name and version of what it was revised by; empty where nothing says."""
    model: str
    """What drafted it, with its adapter."""

    @property
    def names(self) -> frozenset[str]:
        """What a tombstone may call its source by."""
        return frozenset({self.row.source, self.row.version})


def candidate_of(sample: Sample, *, simulated: bool) -> Candidate | LeftOut | None:
    """Return a sample as a candidate, or why it is left out; None for one that nobody has found good.

    `simulated` tells whether simulated decisions may go in. Tombstones, duplicates and overlap are not looked at here.
    """
    if sample.state not in LOOKED_AT or (sample.state is State.RETRACTED and not _was_good(sample)):
        return None
    if sample.plan is None:
        return LeftOut.INCOMPLETE
    if sample.plan.source.split is not Split.TRAIN:
        return LeftOut.OTHER_SPLIT
    if sample.state is State.RETRACTED:
        return LeftOut.WITHDRAWN
    if _untrained(sample):
        return LeftOut.RANDOM_WEIGHTS
    if _is_simulated(sample) and not simulated:
        return LeftOut.SIMULATED
    dialogue = _dialogue(sample.plan, sample.text)
    return _candidate(sample, sample.plan, dialogue) if dialogue else LeftOut.INCOMPLETE


def _candidate(sample: Sample, plan: PlannedItem, dialogue: tuple[Utterance, ...]) -> Candidate:
    row = SnapshotRow(
        id=sample.id,
        kind=plan.kind,
        language=plan.language,
        axis=plan.axis,
        level=plan.target.level,
        source=plan.source.id,
        version=plan.source.version,
        licence=plan.source.licence,
        split=plan.source.split,
        state=sample.state,
        decisions=tuple(decision.id for _, decision in sorted(sample.decisions.items())),
        simulated=_is_simulated(sample),
        images=tuple(figure.image for figure in plan.figures),
        dialogue=dialogue,
    )
    text = compared_text(plan, sample.text)
    source = plan.source
    return Candidate(row, text, source.title, source.media_type, _criteria(sample), _model(sample))


def compared_text(plan: PlannedItem, text: Text) -> str:
    """Return question, evidence and answer of a sample; of a kind that has no answer, all that it says."""
    evidence = " ".join(sentence.text for sentence in plan.evidence)
    match plan.kind:
        case Kind.MCQ:
            answer = next((option.text for option in plan.options if option.id == plan.answer), "")
        case Kind.OPEN_QA:
            answer = text.answer or ""
        case _:
            answer = "\n".join(text.places.values())
    return "\n".join((text.question or "", evidence, answer))


def _dialogue(plan: PlannedItem, text: Text) -> tuple[Utterance, ...]:
    """Return the conversation; empty where a text is missing, or where the model would have nothing to say."""
    try:
        dialogue = dialogue_of(plan, text.places, text.speakers)
    except KeyError:
        return ()
    return dialogue if any(one.party is Party.MODEL and one.text.strip() for one in dialogue) else ()


def _was_good(sample: Sample) -> bool:
    decision = sample.decision
    return decision is not None and decision.kind in (DecisionKind.ACCEPTED, DecisionKind.EDITED)


def _is_simulated(sample: Sample) -> bool:
    return any(decision.simulated for decision in sample.decisions.values())


def _untrained(sample: Sample) -> bool:
    """Whether random weights had a hand in it, also where a person has edited it since."""
    revision, draft = sample.revision, sample.draft
    by = (draft and draft.provenance, revision and revision.provenance, revision and revision.corrected)
    return any(one.random_weights for one in by if one)


def _criteria(sample: Sample) -> str:
    return (sample.revision.provenance.criteria or "") if sample.revision else ""


def _model(sample: Sample) -> str:
    if sample.draft is None:
        return ""
    by = sample.draft.provenance
    return f"{by.model} + {by.adapter}" if by.adapter else by.model
