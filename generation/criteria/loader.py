"""Reads criteria from YAML; what is wrong with a file is said with its name, the criterion's id and what to do."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from pydantic import ValidationError

from generation.criteria.criterion import CriteriaSet
from generation.errors import VocabularyError
from generation.items import Kind


@lru_cache(maxsize=16)
def load_criteria(name: str) -> CriteriaSet:
    """Return the packaged criteria of a kind of sample (`mcq`).

    Raises:
        VocabularyError: there is no such file, or it is not usable.
    """
    folder = resources.files("generation.criteria") / "files"
    path = folder / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir()))
        raise VocabularyError(f"there are no criteria named {name!r}; known: {known}")
    return read_criteria(path.read_text(encoding="utf-8"), f"generation/criteria/files/{name}.yaml")


def read_criteria(text: str, where: str) -> CriteriaSet:
    """Return the criteria written in `text` (YAML); `where` names the file in messages.

    Raises:
        VocabularyError: not YAML, a field missing or unknown, an id twice, or a check that does not look at this kind.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise VocabularyError(f"{where}: not readable as YAML ({error}); correct the file") from error
    try:
        criteria = CriteriaSet.model_validate(content)
    except ValidationError as error:
        raise VocabularyError(f"{where}: {_first(error, content)}") from error
    _checks_exist(criteria, where)
    return criteria


def _first(error: ValidationError, content: Any) -> str:
    """Say the first fault of a file, with the criterion's id where it has one."""
    fault = error.errors()[0]
    place = [str(part) for part in fault["loc"]]
    name = ""
    if len(place) > 1 and place[0] == "criteria" and place[1].isdigit():
        entry = content["criteria"][int(place[1])]
        name = f"criterion {entry.get('id', place[1]) if isinstance(entry, dict) else place[1]}: "
        place = place[2:]
    return f"{name}{'.'.join(place) or 'file'}: {fault['msg']}; correct it as the packaged mcq.yaml shows"


def _checks_exist(criteria: CriteriaSet, where: str) -> None:
    from generation.checks import check_names  # the checks read prompts, not criteria: no circle at run time

    known = check_names(Kind(criteria.name)) if criteria.name in list(Kind) else check_names()
    for criterion in criteria.criteria:
        if criterion.check is not None and criterion.check not in known:
            raise VocabularyError(
                f"{where}: criterion {criterion.id}: there is no check {criterion.check!r} of {criteria.name}; "
                f"use one of {', '.join(known)}, or judged_by: model"
            )
