"""The paper's table: the totals that its formula gives, the misprints, the shares that are no count."""

from __future__ import annotations

from pathlib import Path

from bench.published import SOURCE, published_rows
from tests.prove.row import Row, row

MISPRINTS = {("SpineGPT", "mcq", 87.89, 87.47), ("Qwen2.5-VL-7B", "total", 64.74, 71.85)}


@row("published")
def published(_folder: Path) -> Row:
    """Print each row and check the six totals and the two misprints."""
    result = Row("the published table", f"`bench.published.published_rows`, from the printed scores of {SOURCE}")
    rows = published_rows()
    right = [one for one in rows if abs(one["total"] - one["printed"]) <= 0.01]
    for one in rows:
        result.say(f"{one['model']}: total {one['total']:.4f}, printed {one['printed']:.2f}")
    result.check(f"{len(right)} of {len(rows)} printed totals follow from the printed scores to 0.01", len(right) == 6)
    found = {(one["model"], *each.values()) for one in rows for each in one["misprints"]}
    result.check(f"misprints (model, field, printed, computed): {sorted(found)}", found == MISPRINTS)
    no_count = {one["model"]: one["not_integer"] for one in rows if one["not_integer"]}
    result.check(f"shares that no count gives: {no_count}", no_count == {"GPT-5": ["image", "mcq"]})
    return result
