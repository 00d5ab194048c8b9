"""From a decision to the champion: once, and never over the head of somebody who was there in between."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from streams.model_payloads import AdapterRef, Judgement
from training.errors import NotPromotable
from training.gate.decisions import GateDecisions
from training.gate.promoter import Promoter

log = logging.getLogger(__name__)


async def carry_out(decisions: GateDecisions, promoter: Promoter, document: Mapping[str, Any]) -> str:
    """Promote the candidate of a decision that says so, unless that was done; returns why it was left, if it was.

    It was judged against one champion. Where another is live by now (somebody promoted, or rolled back), it is left,
    and the document says so. Doing it again after a crash finds the candidate live and only notes it.
    """
    if document["judgement"] != Judgement.PROMOTED.value:
        return ""
    if document["carried_out"]:
        return str(document.get("left", ""))
    adapter, left = AdapterRef.model_validate(document["adapter"]), ""
    try:
        why = f"comparison {document['_id']}"
        await promoter.promote(adapter, instead_of=document["champion"], who=document["who"], why=why)
    except NotPromotable as refused:
        left = str(refused)
    if left:
        log.warning("candidate %s is not promoted: %s", adapter.name, left)
    await decisions.carried_out(document["_id"], left)
    return left


async def finish_promotions(decisions: GateDecisions, promoter: Promoter) -> int:
    """Carry out what was decided and not done, as a crash leaves it; returns how many. For the start of a role."""
    open_ones = await decisions.open_promotions()
    for document in open_ones:
        await carry_out(decisions, promoter, document)
    return len(open_ones)
