"""Pictures beside the question."""

from __future__ import annotations

from generation.sources import Figure, Language
from generation.tasks import GenerationSettings, task_for, with_pictures
from tests.generation.tasks.task_samples import item_of

FIGURES = tuple(Figure(image=f"{n:064x}", caption=caption) for n, caption in enumerate(("sagittal MR", "<b>AP</b>"), 1))


def test_the_last_question_carries_the_first_pictures_and_their_names() -> None:
    item = item_of().model_copy(update={"figures": FIGURES})
    plain = task_for(item.kind).draft_request(item, GenerationSettings())
    shown = with_pictures(plain, item, 1)
    assert shown.images == (FIGURES[0].image,)
    assert shown.turns[-1].text == "Picture 1: sagittal MR\n" + plain.turns[-1].text
    assert (shown.turns[:-1], shown.id, shown.seed) == (plain.turns[:-1], plain.id, plain.seed)
    assert shown.digest() != plain.digest()


def test_a_caption_cannot_open_a_tag() -> None:
    item = item_of(language=Language.ZH).model_copy(update={"figures": FIGURES})
    shown = with_pictures(task_for(item.kind).draft_request(item, GenerationSettings()), item, 2)
    assert shown.turns[-1].text.splitlines()[1] == "图2：‹b>AP‹/b>"


def test_nothing_is_changed_where_there_is_nothing_to_show() -> None:
    item = item_of()
    request = task_for(item.kind).draft_request(item, GenerationSettings())
    assert with_pictures(request, item, 2) is request
    assert with_pictures(request, item.model_copy(update={"figures": FIGURES}), 0) is request
