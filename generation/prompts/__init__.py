"""Versioned prompts: system text, solved examples as earlier chat turns, and a template in which source text is fenced as data."""

from generation.prompts.loader import load_prompt, read_prompt
from generation.prompts.prompt import Example, Prompt

__all__ = ["Example", "Prompt", "load_prompt", "read_prompt"]
