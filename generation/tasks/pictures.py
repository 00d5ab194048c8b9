"""Pictures of a source beside the question, for engines that read images."""

from __future__ import annotations

from collections.abc import Mapping

from generation.items import PlannedItem
from generation.prompts.prompt import fenced
from generation.requests import ModelRequest
from generation.sources import Language

_NAMED: Mapping[Language, str] = {Language.EN: "Picture {number}: {caption}", Language.ZH: "图{number}：{caption}"}


def with_pictures(request: ModelRequest, item: PlannedItem, most: int) -> ModelRequest:
    """Return the request with the item's first pictures, `most` of them, before its last question, each named;
    the request itself where there are none."""
    shown = item.figures[:most]
    if not shown:
        return request
    named = _NAMED[item.language]
    lines = [named.format(number=number, caption=fenced(one.caption)) for number, one in enumerate(shown, 1)]
    *before, last = request.turns
    asked = last.model_copy(
        update={"images": tuple(one.image for one in shown), "text": "\n".join((*lines, last.text))}
    )
    return request.model_copy(update={"turns": (*before, asked)})
