"""What the reviser is told after its revision was held: each reason in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

import yaml
from pydantic import Field, ValidationError

from generation.criteria import CriteriaSet
from generation.errors import VocabularyError
from generation.model import Value
from generation.sources import Language

BEYOND_WORDING = frozenset(["random-weights", "distractor-true", "no-disclaimer"])
"""Reasons that no wording mends."""
CRITERION = "criterion:"


class Corrections(Value):
    """The packaged sentences of one language."""

    version: str = Field(min_length=1, max_length=20)
    language: Language
    found: str = Field(min_length=1)
    """Goes before the list."""
    criterion: str = Field(min_length=1)
    """Goes before the text of a criterion that the reviser itself says is not met."""
    otherwise: str = Field(min_length=1)
    """Of a reason that the list does not have."""
    ask: str = Field(min_length=1)
    """Goes after the list."""
    reasons: dict[str, str]
    """Sentence by reason code."""

    @property
    def label(self) -> str:
        """`corrections.<language>@<version>`, as provenance names it."""
        return f"corrections.{self.language}@{self.version}"


@lru_cache(maxsize=4)
def load_corrections(language: Language) -> Corrections:
    """Return the packaged sentences of a language.

    Raises:
        VocabularyError: the file is not usable.
    """
    where = f"generation/prompts/corrections/{language}.yaml"
    path = resources.files("generation.prompts") / "corrections" / f"{language}.yaml"
    try:
        return Corrections.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise VocabularyError(f"{where}: not usable ({error}); correct the file") from error


def mendable(reasons: Sequence[str]) -> bool:
    """Say whether there is a reason and other words could mend every one of them."""
    return bool(reasons) and BEYOND_WORDING.isdisjoint(reasons)


def correction(reasons: Sequence[str], criteria: CriteriaSet, language: Language) -> str:
    """Return the user turn that asks to write again."""
    words = load_corrections(language)
    texts = {criterion.id: criterion.text.of(language) for criterion in criteria.criteria}
    lines = []
    for reason in reasons:
        if reason.startswith(CRITERION):
            lines.append(words.criterion + texts[reason.removeprefix(CRITERION)])
        else:
            lines.append(words.reasons.get(reason, words.otherwise))
    return "\n".join([words.found, *(f"- {line}" for line in dict.fromkeys(lines)), words.ask])
