"""What the options of `run`, `up` and `ingest` ask for: documents, kinds of sample, settings of the deployment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

KINDS = "mcq,open_qa,consultation,report"
OWN = "auto"
"""The language of a source itself."""

_DOCUMENTS = (
    click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path)),
    click.option("--kinds", default=KINDS, show_default=True, help="Kinds of sample wanted of them, comma separated."),
    click.option(
        "--languages",
        default=OWN,
        show_default=True,
        help="Languages the samples are written in: en, zh, auto (each document's own), comma separated.",
    ),
    click.option("--id", "source_id", help="Id of the one document given."),
    click.option("--title", help="Title of the one document given."),
    click.option("--licence", help="Licence of the one document given, or of all that name none."),
    click.option("--citation", help="Citation of the one document given."),
)
_DEPLOYMENT = (
    click.option("--engine", help="Engine of the pools: vllm (default), or scripted, which is for tests only."),
    click.option(
        "--engine-setting", multiple=True, metavar="NAME=VALUE", help="A setting of the engine, as JSON or text."
    ),
    click.option("--variants", type=click.IntRange(1, 20), help="Items planned per stated fact, at most."),
    click.option("--actors", type=click.IntRange(1, 256), help="Engine actors of the pool `engine`."),
    click.option("--in-flight", type=click.IntRange(1, 4096), help="Records a stage of an actor holds at most."),
    click.option("--separate", is_flag=True, default=None, help="A process for every role."),
    click.option("--budget-tokens", type=click.IntRange(0), help="Tokens this work folder may use; 0: no limit."),
    click.option("--budget-cost", type=click.FloatRange(0), help="What the tokens may cost; 0: no limit."),
)


_GATEWAY = (
    click.option(
        "--dicom-port",
        type=click.IntRange(0, 65535),
        help="Port that takes studies by C-STORE; 0: any that is free. Default: none.",
    ),
    click.option("--aet", help="AE title of the gateway (default SPINESTREAM)."),
    click.option(
        "--watch-folder",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="Folder whose subfolders come in, a study each, and are removed from it.",
    ),
)


def document_options(command: F) -> F:
    """Add the options that say which documents come in, and what is wanted of them."""
    return _with(_DOCUMENTS, command)


def deployment_options(command: F) -> F:
    """Add the options that are settings of the deployment."""
    return _with(_DEPLOYMENT, command)


def gateway_options(command: F) -> F:
    """Add the options that say how hospital studies come in."""
    return _with(_GATEWAY, command)


def _with(options: Sequence[Callable[[F], F]], command: F) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def request_of(paths: Sequence[Path], flags: dict[str, Any], deadline: float | None = None) -> Any:
    """Return the documents asked for, as a `RunRequest`; raises a usage error for what does not go together."""
    from spinestream.running import RunRequest
    from streams.intake.documents import Metadata

    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"no such file or folder: {path}")
    alone = len(paths) == 1 and not paths[0].is_dir()
    if (flags["source_id"] or flags["title"] or flags["citation"]) and not alone:
        raise click.UsageError("--id, --title and --citation name one document: give exactly one file")
    licence = flags["licence"]
    metadata = Metadata(
        id=flags["source_id"], title=flags["title"], licence=licence if alone else None, citation=flags["citation"]
    )
    wanted = wanted_of(flags["kinds"], flags["languages"])
    return RunRequest(paths=paths, metadata=metadata, licence=licence, wanted=wanted, deadline_seconds=deadline)


def wanted_of(kinds: str, languages: str) -> tuple[Any, ...]:
    """Return every kind in every language, as both options name them; raises a usage error for other names."""
    from generation.items import Kind
    from generation.sources import Language
    from streams.payloads import Wanted

    named = _listed("--kinds", kinds, [one.value for one in Kind])
    spoken = _listed("--languages", languages, [OWN, *(one.value for one in Language)])
    return tuple(
        Wanted(kind=Kind(kind), language=None if language == OWN else Language(language))
        for kind in named
        for language in spoken
    )


def _listed(option: str, text: str, known: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))
    unknown = [one for one in found if one not in known]
    if unknown or not found:
        raise click.UsageError(f"{option} {text}: give some of {', '.join(known)}")
    return found


def settings_of(flags: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that the flags of the command line ask for, and no other."""
    asked: dict[str, Any] = {name: flags[name] for name in ("engine", "separate") if flags[name] is not None}
    if flags["engine_setting"]:
        asked["engine_settings"] = dict(_pair(one) for one in flags["engine_setting"])
    pool: dict[str, Any] = {}
    if flags["actors"] is not None:
        pool |= {"min_actors": flags["actors"], "max_actors": flags["actors"]}
    if flags["in_flight"] is not None:
        pool["in_flight"] = flags["in_flight"]
    if pool:
        asked["pools"] = {"engine": pool}
    if flags["variants"] is not None:
        asked["plan"] = {"variants": flags["variants"]}
    gateway = {"dicom_port": flags.get("dicom_port"), "aet": flags.get("aet"), "watch": _named(flags)}
    if any(one is not None for one in gateway.values()):
        asked["gateway"] = {name: value for name, value in gateway.items() if value is not None}
    budget = {"max_tokens": flags["budget_tokens"], "max_cost": flags["budget_cost"]}
    if any(one is not None for one in budget.values()):
        asked["budget"] = {name: value for name, value in budget.items() if value is not None}
    return asked


def _named(flags: dict[str, Any]) -> str | None:
    folder = flags.get("watch_folder")
    return str(folder.resolve()) if folder is not None else None


def _pair(text: str) -> tuple[str, Any]:
    import json

    name, sign, value = text.partition("=")
    if not (sign and name):
        raise click.UsageError(f"--engine-setting {text}: write NAME=VALUE")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value
