"""Items about the truth of phantoms: which level, which finding at a level.

A phantom has findings and no treatment, so it gives nothing on surgical planning; those items come from sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest

from bench.items.item import BenchItem, BenchOption, Origin
from bench.items.naming import bench_id
from bench.items.questions import questions
from bench.items.story import Story
from bench.items.wording import described
from generation.findings import render, vocabulary
from generation.items import Axis, Role, Target
from generation.phantom import PhantomReport, Templates, make_reports
from generation.planning.distractors import OTHER_SIDES
from generation.planning.draw import shuffled
from generation.sources import Language

WRONG = 3
"""Wrong options of an item."""
LETTERS = "ABCD"
Claims = Sequence[tuple[Role, Target]]


def phantom_items(
    count: int, languages: Sequence[Language], seed: int, templates: Templates = Templates.BENCH
) -> list[BenchItem]:
    """Return the items of so many phantoms' reports; the same arguments give the same items."""
    reports = make_reports(count, seed, tuple(languages), templates)
    return [item for report in reports for item in items_of(report)]


def items_of(report: PhantomReport) -> Iterator[BenchItem]:
    """Give the items of one report: of each finding its level, with a twin where one can be told, and itself."""
    story = Story.of(report)
    for target in story.targets:
        yield from _of_level(story, target)
        yield from _of_finding(story, target)


def _of_level(story: Story, target: Target) -> Iterator[BenchItem]:
    """Ask where a finding is; the twin is the same with two of the offered levels exchanged."""
    levels = story.other_levels(target)[:WRONG]
    if len(levels) < WRONG:
        return
    claims = [(Role.ANSWER, target)]
    claims += [(Role.ADJACENT_LEVEL, target.model_copy(update={"level": level})) for level in levels]
    question = (
        questions().phantom[Axis.LEVEL_IDENTIFICATION][story.language].format(what=described(target, story.language))
    )
    item = _item(story, Axis.LEVEL_IDENTIFICATION, target, question, claims)
    twin = _twin(story, item, levels)
    if twin is None:
        yield item
        return
    yield item.model_copy(update={"twin": twin.id})
    yield twin


def _twin(story: Story, item: BenchItem, levels: Iterable[str]) -> BenchItem | None:
    """Return the item told of another of its levels, the first at which its answer alone is true then."""
    right = item.right.claim
    assert right is not None
    for level in levels:
        told = story.swapped(right.level, level)
        if told is None:
            continue
        answer = next(option for option in item.options if option.claim and option.claim.level == level)
        wrong = [option.claim for option in item.options if option is not answer and option.claim is not None]
        if answer.claim and told.states(answer.claim) and all(told.rules_out(claim) for claim in wrong):
            options = tuple(
                option.model_copy(update={"role": Role.ANSWER if option is answer else Role.ADJACENT_LEVEL})
                for option in item.options
            )
            changed = {"level": level, "passage": told.passage, "options": options, "answer": answer.id}
            named = {"id": bench_id(item.id, "twin", level), "twin": item.id, "swapped": True}
            return item.model_copy(update=changed | named)
    return None


def _of_finding(story: Story, target: Target) -> Iterator[BenchItem]:
    """Ask what is at a level."""
    wrong = _wrong_findings(story, target)
    if len(wrong) < WRONG:
        return
    question = questions().phantom[Axis.PATHOLOGY][story.language].format(level=target.level)
    yield _item(story, Axis.PATHOLOGY, target, question, [(Role.ANSWER, target), *wrong[:WRONG]])


def _wrong_findings(story: Story, target: Target) -> Claims:
    """Return what is not at the target's level: first what the report says of other levels, then kind by kind."""
    key = f"{story.case}|{target.finding}|{target.level}"
    elsewhere = [
        (Role.OTHER_FINDING, other.model_copy(update={"level": target.level}))
        for other in story.targets
        if other.level != target.level and vocabulary().finding(other.finding).fits(target.level)
    ]
    kinds = [_sides(target), _grades(target), _alternatives(target)]
    mixed = chain.from_iterable(zip_longest(*(shuffled(kind, key) for kind in kinds)))
    found: dict[str, tuple[Role, Target]] = {}
    for role, claim in chain(elsewhere, (one for one in mixed if one is not None)):
        if story.rules_out(claim):
            found.setdefault(render(claim, story.language), (role, claim))
    return list(found.values())


def _sides(target: Target) -> list[tuple[Role, Target]]:
    allowed = vocabulary().finding(target.finding).sides
    sides = [side for side in OTHER_SIDES.get(target.side or "", ()) if side in allowed]
    return [(Role.OTHER_SIDE, target.model_copy(update={"side": side})) for side in sides]


def _grades(target: Target) -> list[tuple[Role, Target]]:
    if not target.grade:
        return []
    scale = vocabulary().grade(target.grade)[0]
    others = [f"{scale.id}:{value.id}" for value in scale.values if f"{scale.id}:{value.id}" != target.grade]
    return [(Role.OTHER_GRADE, target.model_copy(update={"grade": grade})) for grade in others]


def _alternatives(target: Target) -> list[tuple[Role, Target]]:
    """Other findings at the level, with the target's side and grade where they can have them."""
    found = []
    for name in vocabulary().alternatives(target.finding, target.level):
        other = vocabulary().finding(name)
        side = target.side if target.side in other.sides else None
        grade = target.grade if target.grade and target.grade.partition(":")[0] in other.grades else None
        found.append((Role.OTHER_FINDING, Target(finding=name, level=target.level, side=side, grade=grade)))
    return found


def _item(story: Story, axis: Axis, target: Target, question: str, claims: Claims) -> BenchItem:
    """Return an item whose options stand in an order that its id decides."""
    id_ = bench_id("phantom", story.seed, story.template.id, axis.value, target.model_dump_json())
    texts = {render(claim, story.language): (role, claim) for role, claim in claims}
    options = tuple(
        BenchOption(id=letter, text=text, role=texts[text][0], claim=texts[text][1])
        for letter, text in zip(LETTERS, shuffled(texts, id_), strict=True)
    )
    return BenchItem(
        id=id_,
        axis=axis.value,
        language=story.language,
        level=target.level,
        condition=target.finding,
        case=story.case,
        passage=story.passage,
        question=question,
        options=options,
        answer=next(option.id for option in options if option.role is Role.ANSWER),
        origin=Origin.PHANTOM,
        template=story.template.id,
        phantom=True,
    )
