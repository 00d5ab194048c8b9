"""A person's word on a candidate whose numbers allow it (commands)."""

from __future__ import annotations

from typing import Any

from streams.model_payloads import AdapterRef, CandidateJudged, Judgement
from streams.outbox import Outbox
from training.gate.carrying_out import carry_out
from training.gate.decisions import Document, GateDecisions
from training.gate.errors import ChampionMoved, NoName, NotCarriedOut, NotWaiting
from training.gate.promoter import Promoter


async def approve(
    decisions: GateDecisions,
    promoter: Promoter,
    candidate: str,
    who: str,
    *,
    why: str = "",
    outbox: Outbox | None = None,
) -> CandidateJudged:
    """Promote a candidate that waits for approval; returns the judgement as it stands then.

    The decision and its unsent event are one write; without an outbox the reconciler sends it. Given again after a
    crash, it finishes what it began.

    Raises NotWaiting, NoName, ChampionMoved where another one is live than the candidate was compared with,
    NotPromotable where it may not become the champion, and NotCarriedOut where one of the two came between the decision
    and the promotion.
    """
    document = await _waiting(decisions, candidate, who, promoted=True)
    if document["judgement"] == Judgement.WAITING.value:
        live = await promoter.champion()
        if live != document["champion"]:
            raise ChampionMoved(candidate, document["champion"], live)
        await promoter.check(AdapterRef.model_validate(document["adapter"]))
        document = await _settle(decisions, document, Judgement.PROMOTED, _said("approved", who, why), who)
    left = await carry_out(decisions, promoter, document)
    judged = await _sent(decisions, document, outbox)
    if left:
        raise NotCarriedOut(candidate, left)
    return judged


async def refuse(
    decisions: GateDecisions, candidate: str, who: str, why: str, *, outbox: Outbox | None = None
) -> CandidateJudged:
    """Refuse a candidate that waits for approval; returns the judgement. Raises NotWaiting and NoName."""
    document = await _waiting(decisions, candidate, who)
    document = await _settle(decisions, document, Judgement.REFUSED, _said("refused", who, why), who)
    return await _sent(decisions, document, outbox)


async def _waiting(decisions: GateDecisions, candidate: str, who: str, *, promoted: bool = False) -> Document:
    """Return the decision that waits for a person; or, where asked, one that was promoted and not carried out."""
    if not who.strip():
        raise NoName(candidate)
    found = await decisions.of(candidate)
    for document in found:
        unfinished = document["judgement"] == Judgement.PROMOTED.value and not document["carried_out"]
        if document["judgement"] == Judgement.WAITING.value or (promoted and unfinished):
            return document
    if not found:
        raise NotWaiting(candidate, "the gate has judged no candidate of that name; `models list` shows them")
    raise NotWaiting(candidate, f"it is {found[0]['judgement']} already, by {found[0]['who']}")


async def _settle(decisions: GateDecisions, document: Document, judgement: Judgement, said: str, who: str) -> Document:
    before = CandidateJudged.model_validate(document["payload"])
    judged = before.model_copy(update={"judgement": judgement, "why": (*before.why, said)})
    settled = await decisions.settle(document, judged, who.strip())
    if settled is None:
        raise NotWaiting(document["candidate"], "somebody else decided first")
    return settled


async def _sent(decisions: GateDecisions, document: dict[str, Any], outbox: Outbox | None) -> CandidateJudged:
    if outbox is not None and document.get("unsent"):
        await outbox.send(decisions.documents, document)
    return CandidateJudged.model_validate(document["payload"])


def _said(verb: str, who: str, why: str) -> str:
    return f"{verb} by {who.strip()}" + (f": {why.strip()}" if why.strip() else "")
