"""`spinestream lineage ID`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinestream.cli.options import json_option, wide_console, with_parts, workdir_option


@click.command("lineage")
@click.argument("name", metavar="ID")
@workdir_option
@json_option
def command(name: str, workdir: Path, as_json: bool) -> None:
    """Walk from ID (item, source, version, plan, snapshot or adapter) to what it came from and what came of it."""
    from rich.tree import Tree

    from spinestream.cli.main import emit
    from spinestream.lineage import lineage

    found = with_parts(workdir, lambda parts: lineage(parts, name))
    if as_json:
        emit(found)
        return
    tree = Tree(f"{found['kind']} {found['id']}")
    _grow(tree, {key: value for key, value in found.items() if key not in ("kind", "id")})
    wide_console().print(tree)


def _grow(tree: Any, value: Any) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if inner in (None, [], {}):
                continue
            if isinstance(inner, list) and not any(isinstance(one, (dict, list)) for one in inner):
                tree.add(f"{key}: {', '.join(str(one) for one in inner)}")
            elif isinstance(inner, (dict, list)):
                _grow(tree.add(str(key)), inner)
            else:
                tree.add(f"{key}: {inner}")
    else:
        for number, inner in enumerate(value):
            if isinstance(inner, (dict, list)):
                _grow(tree.add(str(number)), inner)
            else:
                tree.add(str(inner))
