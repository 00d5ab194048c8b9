"""Which samples are trained on."""

from __future__ import annotations

from tests.training.tiny_model import row, rows
from training.data import chosen, row_digest, seen_blob, seen_of
from training.lora.batches import batch_of
from training.settings import TrainSettings


def test_without_a_parent_everything_is_new() -> None:
    found = chosen(rows(8)[::-1], (), TrainSettings(replay=0.5))
    assert (found.rows, found.new, found.replayed) == (rows(8), 8, 0)


def test_a_stated_share_is_of_what_the_parent_has_seen() -> None:
    old, new = rows(40), rows(12, start=40)
    seen = seen_of(seen_blob((), old))
    found = chosen((*old, *new), seen, TrainSettings(replay=0.25))
    assert (found.new, found.replayed) == (12, 4)
    assert found.replayed / len(found.rows) == 0.25
    assert set(new) < set(found.rows)
    assert found == chosen((*new, *old[::-1]), seen, TrainSettings(replay=0.25)), "the order they come in is nothing"
    drawn = {chosen((*old, *new), seen, TrainSettings(replay=0.25, seed=seed)).rows for seed in range(5)}
    assert len(drawn) > 1, "the seed decides"


def test_there_is_no_more_to_replay_than_there_is() -> None:
    old, new = rows(2), rows(12, start=2)
    found = chosen((*old, *new), {row_digest(one) for one in old}, TrainSettings(replay=0.9))
    assert (found.new, found.replayed) == (12, 2)


def test_an_edited_sample_is_new() -> None:
    seen = {row_digest(row(1, "L4/L5"))}
    assert chosen([row(1, "L5/S1")], seen, TrainSettings()).new == 1
    assert chosen([row(1, "L4/L5")], seen, TrainSettings()).new == 0


def test_what_an_adapter_has_seen_holds_what_its_ancestors_have() -> None:
    before = seen_of(seen_blob((), rows(3)))
    both = seen_of(seen_blob(before, rows(3, start=2)))
    assert both == {row_digest(one) for one in rows(5)}
    assert seen_blob(before, rows(3, start=2)) == seen_blob(both, ())
    assert seen_of(b"") == frozenset()


def test_a_bounded_run_takes_no_more_than_its_steps_show_and_leaves_the_rest_new() -> None:
    settings = TrainSettings(max_steps=6, batch=4, replay=0.25)
    old, new = rows(40), rows(60, start=40)
    seen = seen_of(seen_blob((), old))
    found = chosen((*old, *new), seen, settings)
    assert (found.new, found.replayed, found.left) == (18, 6, 42)
    shown = {place for step in range(6) for place in batch_of(step, [1] * len(found.rows), settings)}
    assert shown == set(range(24)), "every one is in a step"
    later = chosen((*old, *new), seen_of(seen_blob(seen, found.rows)), settings)
    assert (later.new, later.left) == (18, 24)
    assert chosen(new, (), settings) == chosen(new[::-1], (), settings)
    assert chosen(new, (), settings).new == 24


def test_an_unbounded_run_takes_all() -> None:
    found = chosen(rows(60), (), TrainSettings(max_steps=0))
    assert (found.new, found.left) == (60, 0)
