"""Versioned prompts: system text, solved examples as earlier turns, and a template that fences source text as data."""

from generation.prompts.loader import load_prompt, read_prompt
from generation.prompts.prompt import Example, Prompt

__all__ = ["Example", "Prompt", "load_prompt", "read_prompt"]
