"""One sample beside its evidence, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.columns import Columns
from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel

from review_bridge.words import Change, word_changes

_STYLES = {Change.SAME: "", Change.LOST: "red strike", Change.GAINED: "bold green"}
SIDE_BY_SIDE = 80
"""Columns of a terminal that hold evidence and sample beside each other; a narrower one has one below the other."""


def print_sample(record: dict[str, Any], console: Console | None = None) -> None:
    """Print evidence on the left (cited sentences marked), the sample on the right."""
    console = console or Console(highlight=False)
    beside = console.width >= SIDE_BY_SIDE
    width = (console.width - 1) // 2 if beside else console.width
    left = Panel(_evidence(record), title="evidence", width=width)
    title = f"{record['kind']} {record['id'][:8]} · {record['state']}"
    right = Panel("\n".join(_sample(record)), title=title, width=width)
    console.print(Columns([left, right], padding=(0, 1)) if beside else Group(left, right))


def _evidence(record: dict[str, Any]) -> str:
    cited = set(record["citations"])
    source = record["source"]
    lines = [f"[dim]{escape(str(source['title']))} · {escape(str(source['licence'] or 'no licence named'))}[/dim]", ""]
    for one in record["evidence"]:
        text = escape(" ".join(one["text"].split()))
        page = f" p. {one['page']}" if one["page"] else ""
        mark = "[bold green]▸[/bold green]" if one["id"] in cited else " "
        body = f"[bold]{text}[/bold]" if one["id"] in cited else f"[dim]{text}[/dim]"
        lines.append(f"{mark} [cyan]{one['id']}{page}[/cyan] {body}")
    return "\n".join(lines)


def _sample(record: dict[str, Any]) -> Iterator[str]:
    before = _texts((record["draft"] or {}).get("parsed") or {})
    now = _texts(record)
    if not now:
        yield "[bold](no readable text)[/bold]"
    yield from _options(record, now, before)
    for name, text in now.items():
        if not (name == "question" and record["options"]):
            yield from _place(name, text, before, record)
    for name in before.keys() - now.keys():
        yield f"[dim]{name} of the draft is gone: {escape(before[name])}[/dim]"
    yield ""
    yield f"cites {', '.join(record['citations']) or 'nothing'} · levels {', '.join(record['levels'])}"
    if record["reasons"]:
        yield f"[yellow]held: {', '.join(record['reasons'])}[/yellow]"
    verdicts = (record["revision"] or {}).get("verdicts") or []
    if verdicts:
        yield f"{sum(1 for v in verdicts if v['pass'])} of {len(verdicts)} criteria met"


def _options(record: dict[str, Any], now: Mapping[str, str], before: Mapping[str, str]) -> Iterator[str]:
    """Give the question of a multiple choice item, then its options, the right one marked."""
    if not record["options"]:
        return
    yield from _place("question", now.get("question", "(no readable question)"), before, record)
    for option in record["options"]:
        mark = "[bold green]✓[/bold green]" if option["id"] == record["answer"] else " "
        yield f"{mark} {option['id']}. {escape(option['text'])} [dim]({option['role']})[/dim]"
    yield ""


def _place(name: str, text: str, before: Mapping[str, str], record: dict[str, Any]) -> Iterator[str]:
    """Give one text under its name; where the draft had other words, those it lost and those it gained stand out."""
    place, _, number = name.partition(".")
    speaker = f" {record['turns'][int(number)]['role']}" if place == "turns" and number.isdigit() else ""
    yield f"[cyan]{name}{speaker}[/cyan]"
    old = before.get(name)
    if old is None or old == text:
        yield f"[bold]{escape(text)}[/bold]" if name == "question" else escape(text)
        return
    lost, gained = changed_words(old, text)
    yield gained
    yield f"[dim]draft: {lost}[/dim]"


def changed_words(old: str, new: str) -> tuple[str, str]:
    """Return both texts as markup, with the words struck out that only the old one has, and bold that only the new
    one has. A character of Chinese counts as a word."""
    pieces = word_changes(old, new)
    lost = [_marked(one.text, _STYLES[one.change]) for one in pieces if one.change is not Change.GAINED]
    gained = [_marked(one.text, _STYLES[one.change]) for one in pieces if one.change is not Change.LOST]
    return "".join(lost), "".join(gained)


def _marked(text: str, style: str) -> str:
    return f"[{style}]{escape(text)}[/{style}]" if style and text else escape(text)


def _texts(value: Mapping[str, Any]) -> dict[str, str]:
    """Return every free text of a record, or of a parsed draft, by the name of its place."""
    plain = ("question", "rationale") if value.get("options") else ("question", "rationale", "answer")
    named = {name: value.get(name) for name in plain}
    named |= {f"turns.{number}": said["text"] for number, said in enumerate(value.get("turns") or ())}
    named |= {f"report.{part}": text for part, text in (value.get("report") or {}).items()}
    return {name: text for name, text in named.items() if text}
