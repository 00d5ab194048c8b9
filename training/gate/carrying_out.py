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


async def carry_out(decisions: GateDecisions, promoter: Promoter, document: Mapping[str, Any]) -> None:
    """Promote the candidate of a decision that says so, unless that was done.

    It was judged against one champion. Where another is live by now (somebody promoted, or rolled back), it is left,
    and the document says so. Doing it again after a crash finds the candidate live and only notes it.
    """
    if document["judgement"] != Judgement.PROMOTED.value or document["carried_out"]:
        return
    adapter = AdapterRef.model_validate(document["adapter"])
    live, left = await promoter.champion(), ""
    if live == document["champion"]:
        try:
            await promoter.promote(adapter, who=document["who"], why=f"comparison {document['_id']}")
        except NotPromotable as refused:
            left = str(refused)
    elif live != adapter.name:
        left = f"{live or 'the bare model'} became the champion meanwhile"
    if left:
        log.warning("candidate %s is not promoted: %s", adapter.name, left)
    await decisions.carried_out(document["_id"], left)


async def finish_promotions(decisions: GateDecisions, promoter: Promoter) -> int:
    """Carry out what was decided and not done, as a crash leaves it; returns how many. For the start of a role."""
    open_ones = await decisions.open_promotions()
    for document in open_ones:
        await carry_out(decisions, promoter, document)
    return len(open_ones)
