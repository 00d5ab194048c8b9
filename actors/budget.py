"""A work folder's budget: tokens, and what they cost, that its engines may use.

It counts from when it was first set, over every command and worker, and raising it goes on counting. The counters are
in Redis (`actors.usage`), which may lose them, so the store keeps the highest totals seen: what Redis lost was used all
the same. Whoever looks keeps them, with compare-and-set, so that any number of workers may look at once. A spent budget
stops the engine stages from taking records; what runs finishes, so at most the records in hand are spent beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from actors.usage import Usage, Used
from streams.controls import ENGINE_STAGES, Controls, Paused
from streams.events import now

BUDGET = "budget"
"""Id of the budget's document, and the reason of the stages it pauses."""
NOTHING = {"calls": 0, "prompt_tokens": 0, "output_tokens": 0}


class BudgetSettings(BaseModel):
    """What the engines of a work folder may use; counted from when a budget is first set."""

    model_config = ConfigDict(extra="forbid")

    max_tokens: int = Field(default=0, ge=0, description="Tokens of prompts and answers together; 0: no limit.")
    max_cost: float = Field(default=0.0, ge=0, description="What the tokens may cost; needs prices; 0: no limit.")
    price_per_million_prompt_tokens: float = Field(default=0.0, ge=0, description="Price of a million prompt tokens.")
    price_per_million_output_tokens: float = Field(default=0.0, ge=0, description="Price of a million output tokens.")
    currency: str = Field(default="USD", max_length=12, description="Currency of the prices, for display only.")

    @model_validator(mode="after")
    def _priced(self) -> BudgetSettings:
        if self.max_cost and not (self.price_per_million_prompt_tokens or self.price_per_million_output_tokens):
            raise ValueError("max_cost needs price_per_million_prompt_tokens or price_per_million_output_tokens")
        return self

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self.max_tokens > 0 or self.max_cost > 0

    def cost(self, used: Used) -> float:
        """Return what was used in `currency`."""
        prompt = used.prompt_tokens * self.price_per_million_prompt_tokens
        return (prompt + used.output_tokens * self.price_per_million_output_tokens) / 1e6


@dataclass(frozen=True, slots=True)
class BudgetStanding:
    """A budget and what of it is used."""

    settings: BudgetSettings
    used: Used
    """Since the budget was set."""

    @property
    def tokens(self) -> int:
        """Tokens used of prompts and answers."""
        return self.used.prompt_tokens + self.used.output_tokens

    @property
    def cost(self) -> float:
        """What they cost."""
        return self.settings.cost(self.used)

    @property
    def spent(self) -> bool:
        """Whether a limit is reached."""
        by_tokens = 0 < self.settings.max_tokens <= self.tokens
        return by_tokens or 0 < self.settings.max_cost <= self.cost

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints; a limit that is not set is null."""
        most, cost = self.settings.max_tokens or None, self.settings.max_cost or None
        return {
            "max_tokens": most,
            "used_tokens": self.tokens,
            "left_tokens": max(0, most - self.tokens) if most else None,
            "max_cost": cost,
            "used_cost": round(self.cost, 6),
            "left_cost": round(max(0.0, cost - self.cost), 6) if cost else None,
            "currency": self.settings.currency,
            "spent": self.spent,
        }


class Budget:
    """The budget of a work folder, over its store and its counters."""

    def __init__(self, controls: Controls, usage: Usage) -> None:
        self._controls = controls
        self._usage = usage

    async def set(self, settings: BudgetSettings) -> None:
        """Set the limits. A budget that is there goes on counting; without any limit there is none any more."""
        documents = self._controls.documents
        if not settings.limited:
            await documents.delete_one({"_id": BUDGET})
            return
        used = _document(await self._usage.used())
        first = {"base": used, "seen": used, "lost": NOTHING, "when": now()}
        await documents.update_one(
            {"_id": BUDGET}, {"$set": {"settings": settings.model_dump()}, "$setOnInsert": first}, upsert=True
        )

    async def look(self) -> BudgetStanding | None:
        """Return where the budget stands, None where there is none; keeps the totals that Redis may lose."""
        documents = self._controls.documents
        while True:
            found = await documents.find_one({"_id": BUDGET})
            if found is None:
                return None
            # Read after the document: by how much totals are lower than those it has seen, Redis has lost.
            totals, seen = _document(await self._usage.used()), found["seen"]
            lost = {name: found["lost"][name] + max(0, seen[name] - totals[name]) for name in NOTHING}
            if totals != seen:
                kept = await documents.update_one(
                    {"_id": BUDGET, "seen": seen}, {"$set": {"seen": totals, "lost": lost}}
                )
                if not kept.matched_count:
                    continue
            used = Used(**{name: lost[name] + totals[name] - found["base"][name] for name in NOTHING})
            return BudgetStanding(BudgetSettings.model_validate(found["settings"]), used)

    async def pauses(self) -> dict[str, Paused]:
        """Return the stages that are to stand still now: those people paused, and all that spend a spent budget."""
        return await self.pauses_at(await self.look())

    async def pauses_at(self, standing: BudgetStanding | None) -> dict[str, Paused]:
        """Return the same where the budget stands as given."""
        paused = await self._controls.paused()
        if standing is not None and standing.spent:
            paused |= {stage: Paused(BUDGET, "spinestream", "") for stage in ENGINE_STAGES if stage not in paused}
        return paused


def _document(used: Used) -> dict[str, int]:
    return {"calls": used.calls, "prompt_tokens": used.prompt_tokens, "output_tokens": used.output_tokens}
