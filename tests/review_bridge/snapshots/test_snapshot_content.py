"""What a dataset holds: the same samples, the same name; what must stay out stays out and is counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from snapshot_samples import BENCHED, GUIDE, NOTES, Made, ids_of, words

from generation.cases import CASE_MEDIA_TYPE, Case
from generation.ids import digest
from generation.overlap import index_of
from generation.samples import DecisionKind
from generation.sources import Language, SourceRef, Split
from review_bridge.errors import OverlapUnreadable, SourceUnregistered
from review_bridge.sample import Text
from review_bridge.snapshots import LeftOut
from review_bridge.snapshots.selection import compared_text
from streams.model_payloads import BenchVersioned

Shops = Callable[..., Any]
EDITS = {slot: {"rationale": f"Edited {slot}."} for slot in (0, 4, 8)}
MANY = tuple(
    Made(
        slot,
        NOTES if slot % 3 else GUIDE,
        decided=DecisionKind.EDITED if slot in EDITS else DecisionKind.ACCEPTED,
        changes=EDITS.get(slot, {}),
    )
    for slot in range(12)
)


def test_the_same_samples_give_the_same_name_in_whatever_order_events_came(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        parts = [part for one in MANY for part in one.parts()]
        names = []
        for order in (parts, parts[::-1], [*parts[1::2], *parts[::2], *parts]):
            await place.database["samples"].delete_many({})
            for start in range(0, len(order), 7):
                await place.store.merge(order[start : start + 7])
            names.append((await here.made()).snapshot)
        assert len({*names}) == 1
        manifest = await here.blobs.get(names[0])
        assert digest(manifest) == names[0]
        assert [orjson.loads(line)["id"] for line in manifest.splitlines()] == ids_of(MANY)
        assert b"2026-" not in manifest

    run(scenario)


def test_another_sample_or_another_edit_gives_another_name(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(Made(0))
        first = await here.made()
        await here.hold(Made(1))
        second = await here.made()
        await place.database["samples"].delete_many({})
        await here.hold(Made(0), Made(1, decided=DecisionKind.EDITED, changes={"question": "Edited?"}))
        third = await here.made()
        assert len({first.snapshot, second.snapshot, third.snapshot}) == 3
        assert [one.samples for one in (first, second, third)] == [1, 2, 2]
        [edited] = [row for row in await here.rows(third) if row.id == Made(1).id]
        assert "Edited?" in edited.dialogue[0].text

    run(scenario)


def test_simulated_samples_come_in_only_where_asked_for_and_mark_the_dataset(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        real, played = Made(0), Made(1, simulated=True)
        await here.hold(real, played)
        plain, marked = await here.made(), await here.made(simulated=True)
        assert (await here.ids(plain), plain.simulated, plain.samples) == ([real.id], False, 1)
        assert (await here.card(plain)).left_out[LeftOut.SIMULATED] == 1
        assert (await here.ids(marked), marked.simulated) == (ids_of([real, played]), True)
        assert {row.id: row.simulated for row in await here.rows(marked)} == {real.id: False, played.id: True}
        assert (await here.card(marked)).simulated == 1
        kept = {one.digest: (one.simulated, one.simulated_samples) for one in await here.snapshots.list()}
        assert kept == {plain.snapshot: (False, 0), marked.snapshot: (True, 1)}

    run(scenario)


def test_a_dataset_without_a_simulated_sample_is_not_marked_by_the_asking(run: Any, shop: Shops) -> None:
    """One name cannot have two marks: what counts is what is in it."""

    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(Made(0))
        plain, asked = await here.made(), await here.made(simulated=True)
        assert plain.snapshot == asked.snapshot
        assert (plain.simulated, asked.simulated) == (False, False)
        assert (await here.card(asked)).request.simulated

    run(scenario)


def test_what_stays_out_is_counted_on_the_card(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(
            Made(0), Made(1), Made(2, of=BENCHED), Made(3, random_weights=True), Made(4, simulated=True),
            Made(5, of=NOTES), Made(6, decided=DecisionKind.REJECTED), Made(7, decided=None),
        )  # fmt: skip
        await here.withdraw("notes")
        made = await here.made()
        assert await here.ids(made) == ids_of([Made(0), Made(1)])
        left_out = {why: n for why, n in (await here.card(made)).left_out.items() if n}
        assert left_out == {
            LeftOut.OTHER_SPLIT: 1, LeftOut.RANDOM_WEIGHTS: 1, LeftOut.SIMULATED: 1, LeftOut.WITHDRAWN: 1
        }  # fmt: skip

    run(scenario)


def test_near_duplicates_over_the_whole_set_go_and_the_smaller_id_stays(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        alike = [Made(0, text=words(0, 120)), Made(1, NOTES, text=words(0, 118) + " else where"), Made(2)]
        await here.hold(*alike)
        made = await here.made()
        assert await here.ids(made) == ids_of([Made(2), min(alike[:2], key=lambda one: one.id)])
        assert (await here.card(made)).left_out[LeftOut.DUPLICATE] == 1
        strict = await shop(place, duplicate=1.0)
        all_of_them = await strict.made()
        assert all_of_them.samples == 3
        assert (await strict.card(all_of_them)).cleaning.duplicate == 1.0

    run(scenario)


async def _bench(here: Any, name: str, told: str, *texts: str) -> BenchVersioned:
    index = await here.blobs.put(index_of(texts).model_dump_json().encode())
    versioned = BenchVersioned(bench=digest(name.encode()), items=len(texts), overlap=index)
    await here.snapshots.benches.note(versioned, told)
    return versioned


def test_what_the_newest_bench_asks_stays_out(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(*(Made(slot) for slot in range(4)))
        said = [compared_text(Made(slot).item, Text({"question": "What is seen?"}, (), ())) for slot in range(4)]
        before = await here.made()
        assert (await here.card(before)).cleaning.bench is None
        newest = await _bench(
            here, "new", "2026-11-28T10:00:00.000000Z", said[1], " ".join(said[2].split()[:24]), "zzz"
        )
        await _bench(here, "old", "2026-11-27T10:00:00.000000Z", said[3])
        made = await here.made()
        assert await here.ids(made) == ids_of([Made(0), Made(3)])
        card = await here.card(made)
        assert card.left_out[LeftOut.OVERLAP] == 2
        assert (card.cleaning.bench, card.cleaning.overlap) == (newest.bench, newest.overlap)
        # Told of again, by a replay, the old one is still the older one.
        await _bench(here, "old", "2026-11-27T10:00:00.000000Z", said[3])
        assert (await here.made()).snapshot == made.snapshot

    run(scenario)


def test_a_sample_that_the_bench_knows_takes_no_other_along(run: Any, shop: Shops) -> None:
    """The smaller id repeats the bench, the greater one repeats only the smaller one: it stays."""

    async def scenario(place: Any) -> None:
        here = await shop(place, duplicate=0.3)
        small, great = sorted((0, 1), key=lambda slot: Made(slot).id)
        common = words(0, 60).split()
        known = Made(small, text=" ".join(common))
        alike = Made(great, text=" ".join([*words(1, 20).split(), *common[20:]]))
        await here.hold(known, alike)
        assert await here.ids(await here.made()) == [known.id]
        await _bench(here, "b", "2026-11-28T10:00:00Z", " ".join(common[:40]))
        made = await here.made()
        assert await here.ids(made) == [alike.id]
        left_out = (await here.card(made)).left_out
        assert (left_out[LeftOut.OVERLAP], left_out[LeftOut.DUPLICATE]) == (1, 0)

    run(scenario)


def test_an_overlap_index_that_is_none_is_refused_when_it_is_told_of(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        junk = await here.blobs.put(b"[]")
        with pytest.raises(OverlapUnreadable, match=junk):
            await here.snapshots.benches.note(BenchVersioned(bench="a" * 64, items=1, overlap=junk), "now")
        await here.hold(Made(0))
        assert (await here.card(await here.made())).cleaning.bench is None

    run(scenario)


def _case(phantom: bool) -> tuple[SourceRef, bytes]:
    case = Case(study="1.2.3", patient="p", epoch="e", language=Language.EN, report="Said.", phantom=phantom)
    content = case.content()
    of = SourceRef(
        id=case.source_id, version=digest(content), title="MR", split=Split.TRAIN, media_type=CASE_MEDIA_TYPE
    )
    return of, content


@pytest.mark.parametrize("phantom", [True, False])
def test_samples_of_phantom_studies_are_marked(run: Any, shop: Shops, phantom: bool) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        of, content = _case(phantom)
        await here.sources.register(of, content, "case", (), None)
        await here.hold(Made(0, of), Made(1))
        made = await here.made()
        marks = {row.source: row.phantom for row in await here.rows(made)}
        assert marks == {of.id: phantom, "guide": False}
        card = await here.card(made)
        assert card.phantom == int(phantom)
        assert {one.id: one.phantom for one in card.sources} == marks

    run(scenario)


def test_of_a_case_that_nobody_registered_nobody_can_tell(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(Made(0, _case(True)[0]))
        with pytest.raises(SourceUnregistered):
            await here.made()

    run(scenario)


def test_the_card_counts_what_is_in_it(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(*MANY)
        made = await here.made()
        card = await here.card(made)
        [cell] = card.counts
        assert (cell.kind, cell.language, cell.axis, cell.split, cell.samples) == (
            "mcq",
            "en",
            "pathology",
            "train",
            12,
        )
        assert [(one.id, one.licence, one.samples) for one in card.sources] == [
            ("guide", "CC-BY-4.0", 4), ("notes", "CC-BY-4.0", 8)
        ]  # fmt: skip
        assert card.states == {"accepted": 9, "edited": 3}
        assert (card.licences, card.criteria, card.models) == ({"CC-BY-4.0": 12}, {"spine@1": 12}, {"scripted": 12})
        assert (card.snapshot, card.request.who) == (made.snapshot, "Dr Li")
        content = await here.blobs.get(made.card)
        assert digest(content) == made.card
        assert b"2026-" not in content

    run(scenario)


def test_no_sample_is_a_dataset_too(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        made = await here.made()
        assert (made.samples, made.snapshot, made.simulated) == (0, digest(b""), False)
        assert await here.rows(made) == ()
        [kept] = await here.snapshots.list()
        assert (kept.digest, kept.samples, kept.withdrawn) == (made.snapshot, 0, ())

    run(scenario)
