"""One sample beside its evidence, for the terminal."""

from __future__ import annotations

from typing import Any

from rich.columns import Columns
from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel

SIDE_BY_SIDE = 80
"""Columns of a terminal that hold evidence and sample beside each other; a narrower one has one below the other."""


def print_sample(record: dict[str, Any], console: Console | None = None) -> None:
    """Print evidence on the left (cited sentences marked), the sample on the right."""
    console = console or Console(highlight=False)
    beside = console.width >= SIDE_BY_SIDE
    width = (console.width - 1) // 2 if beside else console.width
    left = Panel(_evidence(record), title="evidence", width=width)
    right = Panel(_sample(record), title=f"sample {record['id'][:8]} · {record['state']}", width=width)
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


def _sample(record: dict[str, Any]) -> str:
    lines = [f"[bold]{escape(record['question'] or '(no readable question)')}[/bold]", ""]
    for option in record["options"]:
        right = option["id"] == record["answer"]
        mark = "[bold green]✓[/bold green]" if right else " "
        lines.append(f"{mark} {option['id']}. {escape(option['text'])} [dim]({option['role']})[/dim]")
    lines += ["", escape(record["rationale"] or "(no readable rationale)"), ""]
    lines.append(f"cites {', '.join(record['citations']) or 'nothing'} · levels {', '.join(record['levels'])}")
    if record["reasons"]:
        lines.append(f"[yellow]held: {', '.join(record['reasons'])}[/yellow]")
    revision = record["revision"] or {}
    verdicts = revision.get("verdicts") or []
    if verdicts:
        lines.append(f"{sum(1 for v in verdicts if v['pass'])} of {len(verdicts)} criteria met")
    return "\n".join(lines)
