"""The root command and how errors end it."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from spinestream import __version__
from spinestream.errors import FAILED, USAGE, FrontDoorError

COMMANDS = {
    "run": ("run", "Take documents in, draft, revise and check; returns when every item is settled."),
    "up": ("up", "Start the servers and roles of a deployment and keep them up."),
    "down": ("down", "Stop what `up` started."),
    "ingest": ("ingest", "Take documents and studies in and leave the work to a deployment that runs."),
    "status": ("status", "Show servers, roles, pools, lag, counts and budget of a deployment."),
    "pause": ("pause", "Let a stage take no more work."),
    "resume": ("resume", "Let a paused stage go on."),
    "demo": ("demo", "Show all of it on three documents that come along."),
    "loop": ("loop", "Take one whole turn of the loop: review, train, score, decide, swap."),
    "samples": ("samples", "List, show, accept, edit, reject, reopen and export samples."),
    "reviewers": ("reviewers", "Add, list and remove those who may sign in at the desk."),
    "sources": ("sources", "List and withdraw sources."),
    "documents": ("documents", "Look at how a document is read."),
    "dataset": ("dataset", "Freeze datasets of accepted samples, list, show and export them."),
    "trends": ("trends", "Show rates, review, champion and challengers over time."),
    "lineage": ("lineage", "Walk from any id to what it came from and what came of it."),
    "trace": ("trace", "Draw the journey of an item, a source or a case as a tree with times."),
    "quarantine": ("quarantine", "List, show and release what was refused on its way in."),
    "deadletters": ("deadletters", "List, show and replay what could not be handled."),
    "phantom": ("phantom", "Write studies of nobody with known findings, to try everything on."),
    "levels": ("levels", "Find the vertebral levels that a text names."),
    "config": ("config", "Print settings and their schema; put them in place on the servers of a cluster."),
    "events": ("events", "Print topics, schemas, the AsyncAPI document and manifests of topics."),
    "servers": ("servers", "Look at, prepare or reap the embedded servers; check servers of your own."),
    "bench": ("bench", "Make versions of SpineBench, score and compare models on them."),
    "train": ("train", "Train an adapter on what was accepted, and look at training runs."),
    "models": ("models", "List, show, promote and roll back adapters; prepare the bundled model."),
    "capacity": ("capacity", "Say what a number of released samples takes: engines, clinicians, bytes."),
    "perf": ("perf", "Measure what the pipeline costs on this machine."),
    "role": ("role", "Run roles of a deployment in this process."),
}
"""Command -> (module of `spinestream.cli`, one line of help)."""


class LazyGroup(click.Group):
    """Lists commands from the table and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"spinestream.cli.{COMMANDS[cmd_name][0]}")
        found: click.Command = module.command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="spinestream")
def root() -> None:
    """Stream spine documents and cases into level-aware, traceable, clinician-reviewed instruction data.

    Exit codes: 0 done (held items included), 1 failed, 2 usage, 3 something is dead, refused or open.
    """


def main(argv: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    try:
        code = root.main(args=argv, standalone_mode=False)
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    except click.Abort:
        _say("interrupted")
        code = 130
    except click.ClickException as error:
        error.show()
        code = USAGE
    except Exception as error:
        told = told_of(error)
        known = exit_code_of(told)
        if known is None:
            raise
        _say("\n".join([str(told), *getattr(error, "__notes__", ())]))
        code = known
    sys.exit(code if isinstance(code, int) else 0)


def exit_code_of(error: Exception) -> int | None:
    """Return the exit code of an error of ours that a person can act on, None for a fault of the program."""
    if isinstance(error, FrontDoorError):
        return error.exit_code
    if isinstance(error, OSError):
        return USAGE if isinstance(error, FileNotFoundError) else FAILED
    family = {base.__name__ for base in type(error).__mro__}
    if family & _OURS:
        return USAGE if family & _USAGE_ERRORS else FAILED
    return None


def told_of(error: Exception) -> Exception:
    """Return an error as a person is told it: a server that does not answer is named, whoever's library missed it."""
    if type(error).__module__.split(".")[0] not in ("pymongo", "redis", "kafka", "streams"):
        return error
    from streams.dependencies import as_dependency_down
    from streams.errors import LoginUnusable

    down = as_dependency_down(error)
    if down is None or isinstance(error, LoginUnusable):
        return error
    why = str(down).partition(";")[0]
    look = "`spinestream servers status`, for one of your own `servers check`"
    return FrontDoorError(f"{why}; see that it runs ({look}), then call this again")


_OURS = {
    *("StreamsError", "ReviewError", "GenerationError", "EmbeddedError", "EngineError", "DocumentRefused"),
    *("BenchError", "StatisticsError", "TrainingError"),
}
"""Base classes of the errors of each package; named, not imported, so that `--help` stays quick."""
_USAGE_ERRORS = {
    "AddressUnreadable",
    "BlobStoreUnusable",
    "LoginUnusable",
    "NotPausable",
    "QuarantineUnknown",
    "DeadLetterUnknown",
    "SampleUnknown",
    "NotReviewable",
    "DecisionInvalid",
    "DecisionConflict",
    "ReviewerRefused",
    "ReviewerUnknown",
    "ConfigurationUnusable",
    "RunUnknown",
    "AdapterUnknown",
    "NotPromotable",
    "NotWaiting",
    "ChampionMoved",
    "NoName",
    "SnapshotUnknown",
    "ItemInvalid",
    "TableUnreadable",
    "NoBench",
    "NotScored",
    "NoSnapshot",
}


def _say(text: str) -> None:
    click.echo(f"spinestream: {text}", err=True)


def emit(value: Any) -> None:
    """Print one JSON value on stdout."""
    import orjson

    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())
