"""`spinestream lineage ID`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, with_parts, workdir_option


@click.command("lineage")
@click.argument("name", metavar="ID")
@workdir_option
@json_option
def command(name: str, workdir: Path, as_json: bool) -> None:
    """Walk from ID (item, source, source version or plan) to what it came from and what came of it."""
    from rich.console import Console
    from rich.tree import Tree

    from spinestream.cli.main import emit
    from spinestream.lineage import lineage

    found = with_parts(workdir, lambda parts: lineage(parts, name))
    if as_json:
        emit(found)
        return
    tree = Tree(f"{found['kind']} {found['id']}")
    _grow(tree, {key: value for key, value in found.items() if key not in ("kind", "id")})
    Console(highlight=False).print(tree)


def _grow(tree: Any, value: Any) -> None:
    from rich.markup import escape

    if isinstance(value, dict):
        for key, inner in value.items():
            if inner in (None, [], {}):
                continue
            if isinstance(inner, (dict, list)):
                _grow(tree.add(escape(str(key))), inner)
            else:
                tree.add(escape(f"{key}: {inner}"))
    else:
        for number, inner in enumerate(value):
            if isinstance(inner, (dict, list)):
                _grow(tree.add(str(number)), inner)
            else:
                tree.add(escape(str(inner)))
