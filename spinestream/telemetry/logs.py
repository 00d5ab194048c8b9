"""Log lines of a role: plain for people, or one JSON object a line with the trace they belong to; scrubbed."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson

from spinestream.telemetry.scrub import mask
from streams.telemetry import tracing

PLAIN = "%(asctime)s %(name)s %(levelname)s %(message)s"
OURS = ("spinestream", "bench", "training", "review_bridge", "actors", "streams", "generation")
"""Packages whose errors quote no content, by the rules of the house; what others say may quote what they were given."""
FRAMES = 30
"""Frames of a traceback that are told, the last ones."""


def log_to_stderr(role: str, *, json_lines: bool) -> None:
    """Have this process log to stderr, one way or the other."""
    form = JsonLines(role) if json_lines else Plain(PLAIN)
    handler = logging.StreamHandler()
    handler.setFormatter(form)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Python's own last words would go out unmasked.
    sys.excepthook = _log_the_end
    threading.excepthook = _log_the_end_of_a_thread
    if json_lines:
        logging.captureWarnings(capture=True)


def _log_the_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logging.getLogger("spinestream").critical("the process ends", exc_info=(kind, error, trace))


def _log_the_end_of_a_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None and not issubclass(told.exc_type, SystemExit):
        name = told.thread.name if told.thread else "?"
        ended = (told.exc_type, told.exc_value, told.exc_traceback)
        logging.getLogger("spinestream").critical("thread %s ends", name, exc_info=ended)


class Plain(logging.Formatter):
    """A line for people: its message and its traceback are masked."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """Return the line of a record."""
        record.message = mask(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is logging's
        """Return the traceback below it."""
        return mask(super().formatException(ei))


class JsonLines(logging.Formatter):
    """A JSON object: time, level, logger, message, role, and trace_id and span_id where a record is being handled."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        """Return the object of a record; an error is told by its type and where it came from, its own words only where
        it is one of ours."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": mask(_message(record)),
            "role": self._role,
        }
        if (where := tracing.identify()) is not None:
            told["trace_id"], told["span_id"] = where
        if record.exc_info and record.exc_info[1] is not None:
            told["error"] = _error(record.exc_info[1])
        return orjson.dumps(told, default=str).decode()


def _message(record: logging.LogRecord) -> str:
    """Return the message; an error among its arguments that is not ours goes in by its type."""
    if isinstance(record.args, tuple) and any(isinstance(one, BaseException) for one in record.args):
        args = tuple(words_of(one) if isinstance(one, BaseException) else one for one in record.args)
        return str(record.msg) % args
    return record.getMessage()


def words_of(error: BaseException) -> str:
    """Return what may be told of an error: its own words where it is one of ours, else its type."""
    ours = type(error).__module__.partition(".")[0] in OURS
    return f"{type(error).__name__}: {error}" if ours else type(error).__name__


def _error(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    told: dict[str, Any] = {
        "type": type(error).__name__,
        "told": mask(words_of(error)),
        "at": [f"{one.filename}:{one.lineno} {one.name}" for one in frames],
    }
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        told["because"] = mask(words_of(cause))
    if isinstance(error, BaseExceptionGroup):
        told["of"] = [_error(one) for one in error.exceptions]
    return told
