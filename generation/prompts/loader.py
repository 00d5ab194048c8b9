"""Reads prompt files and tries them out, so that a broken one is refused at start and not in the middle of a run."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import yaml
from jinja2 import TemplateError
from pydantic import ValidationError

from generation.errors import VocabularyError
from generation.prompts.prompt import Prompt


@lru_cache(maxsize=64)
def load_prompt(name: str, language: str) -> Prompt:
    """Return the packaged prompt `<name>.<language>`.

    Raises:
        VocabularyError: there is no such file, or it is not usable.
    """
    folder = resources.files("generation.prompts") / "files"
    path = folder / f"{name}.{language}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir()))
        raise VocabularyError(f"there is no prompt {name}.{language}; known: {known}")
    where = f"generation/prompts/files/{name}.{language}.yaml"
    prompt = read_prompt(path.read_text(encoding="utf-8"), where)
    if (prompt.name, prompt.language) != (name, language):
        raise VocabularyError(f"{where}: says it is {prompt.name}.{prompt.language}; file name and content must agree")
    return prompt


def read_prompt(text: str, where: str) -> Prompt:
    """Return the prompt written in `text` (YAML); `where` names the file in messages.

    Raises:
        VocabularyError: not YAML, a field missing or unknown, or a template that does not fit its own examples.
    """
    try:
        prompt = Prompt.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise VocabularyError(f"{where}: not readable as YAML ({error}); correct the file") from error
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"]) or "file"
        raise VocabularyError(f"{where}: {place}: {fault['msg']}; correct it as the packaged prompts show") from error
    for number, example in enumerate(prompt.examples, start=1):
        try:
            prompt.fill(example.given)
        except TemplateError as error:
            raise VocabularyError(f"{where}: example {number} does not fit the template: {error}") from error
    return prompt
