"""Of 100 planted bad drafts 95 are held, of 100 good ones 95 are queued; here all of them must be."""

from __future__ import annotations

from collections import Counter

from planted_samples import Planted, bad, good

from generation.checks import run_checks

EXPECTED = {
    "wrong level": {"wrong-level"},
    "wrong side": {"wrong-side"},
    "uncited": {"uncited"},
    "given away": {"answer-given-away"},
    "empty": {"empty"},
    "cut off": {"cut-off"},
}


def _reasons(planted: Planted) -> tuple[str, ...]:
    return run_checks(planted.item, planted.writing, planted.finish)


def test_planted_bad_drafts_are_held_for_what_is_wrong_with_them() -> None:
    planted = list(bad())
    assert len(planted) == 100
    assert len({(p.item.id, p.writing, p.finish) for p in planted}) >= 95
    assert min(Counter(p.kind for p in planted).values()) >= 10
    missed = [(p.kind, p.writing) for p in planted if not _reasons(p)]
    assert missed == []
    other = [(p.kind, _reasons(p), p.writing) for p in planted if not EXPECTED[p.kind] & set(_reasons(p))]
    assert other == []


def test_planted_good_drafts_are_queued() -> None:
    planted = list(good())
    assert len(planted) == 100
    held = [(_reasons(p), p.writing, [o.text for o in p.item.options]) for p in planted if _reasons(p)]
    assert held == []
