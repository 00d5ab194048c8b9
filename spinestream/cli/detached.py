"""Starts `up` as a process of its own that outlives this one, and waits until it works."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import click

from spinestream.embedded.credentials import mask
from spinestream.errors import AlreadyRuns, FrontDoorError
from spinestream.seat import holder
from spinestream.workdir import Workdir

LOG = "up"
TAIL_LINES = 12
LOOK_EVERY = 0.1


def start_detached(ctx: click.Context, workdir: Workdir, show: Callable[[str], None]) -> None:
    """Start `up` with the arguments of this call, without `--detach`; return when it says that everything works.

    Raises what it ended with, if it ends before that. Interrupted, it is told to stop.
    """
    other = holder(workdir)
    if other is not None:
        raise AlreadyRuns(workdir.root, other.command, other.pid, other.roles)
    workdir = Workdir.open(workdir.root)
    log = workdir.log_of(LOG)
    command = [sys.executable, "-P", "-m", "spinestream", "up", *arguments(ctx), "--workdir", str(workdir.root)]
    with log.open("ab") as output:
        begun = output.tell()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_ready(process, workdir, show)
    except BaseException as error:
        process.terminate()
        code = process.wait()
        if not isinstance(error, _Ended):
            raise
        with log.open("rb") as told:
            told.seek(begun)
            lines = told.read().decode(errors="replace").splitlines()[-TAIL_LINES:]
        raise NotUp(code, [mask(line, workdir.root) for line in lines]) from None


class _Ended(Exception):
    pass


class NotUp(FrontDoorError):
    """The deployment ended before it worked."""

    def __init__(self, code: int, tail: Sequence[str]) -> None:
        self.exit_code = code if code > 0 else 1
        super().__init__("it did not come up; the end of logs/up.log:\n  " + "\n  ".join(tail))


def _wait_ready(process: subprocess.Popen[bytes], workdir: Workdir, show: Callable[[str], None]) -> None:
    last = ""
    while process.poll() is None:
        told = holder(workdir)
        if told is not None and told.pid == process.pid:
            if told.step != last:
                last = told.step
                show(last)
            if told.ready:
                return
        time.sleep(LOOK_EVERY)
    raise _Ended


def arguments(ctx: click.Context) -> list[str]:
    """Return the arguments of a call again, but for the work folder, `--detach` and `--json`."""
    given: list[str] = []
    for one in ctx.command.params:
        assert one.name is not None
        value: Any = ctx.params[one.name]
        if one.name in ("workdir", "detach", "as_json") or value is None or value == one.get_default(ctx):
            continue
        values = value if isinstance(value, tuple) else (value,)
        for single in values:
            if isinstance(one, click.Argument):
                given.append(str(single))
            elif isinstance(one, click.Option) and one.is_flag:
                given.append(one.opts[0])
            else:
                given += [one.opts[0], str(single)]
    return given
