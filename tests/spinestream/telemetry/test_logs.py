"""Lines of a role's log: one object each, with the trace, and no words of other people's errors."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from spinestream.telemetry.logs import PLAIN, JsonLines, Plain
from streams.errors import BlobMissing
from streams.telemetry import tracing
from tests.streams.telemetry.following import following, id_of

CANARY = "Jane Doe MRN 12345678"


class Strict(BaseModel):
    """Something that quotes what it refuses."""

    level: int


@pytest.fixture
def logged() -> Iterator[Callable[[logging.Formatter], tuple[logging.Logger, io.StringIO]]]:
    """Returns a logger that writes with a formatter, and what it wrote."""
    logger, said = logging.getLogger("test-of-logs"), io.StringIO()
    handler = logging.StreamHandler(said)

    def made(form: logging.Formatter) -> tuple[logging.Logger, io.StringIO]:
        handler.setFormatter(form)
        logger.addHandler(handler)
        logger.propagate = False
        return logger, said

    yield made
    logger.removeHandler(handler)
    logger.propagate = True


def refusal() -> ValidationError:
    with pytest.raises(ValidationError) as failed:
        Strict.model_validate({"level": CANARY})
    return failed.value


def test_a_line_is_an_object_with_the_trace_it_belongs_to(logged: Any) -> None:
    logger, said = logged(JsonLines("intake+store"))
    with following() as seen:
        with tracing.source({}):
            logger.warning("stage %s waits for %s", "draft", "kafka")
        logger.warning("outside")
        root = seen.one("take in source")
    inside, outside = (json.loads(line) for line in said.getvalue().splitlines())
    assert inside["message"] == "stage draft waits for kafka"
    assert (inside["level"], inside["logger"], inside["role"]) == ("warning", "test-of-logs", "intake+store")
    assert inside["span_id"] == f"{id_of(root):016x}"
    assert len(inside["trace_id"]) == 32
    assert "T" in inside["time"]
    assert "trace_id" not in outside


def test_what_others_say_of_an_error_stays_inside(logged: Any) -> None:
    logger, said = logged(JsonLines("store"))
    quoting = refusal()
    assert CANARY in str(quoting)
    logger.warning("refused: %s", quoting)
    try:
        try:
            raise quoting
        except ValidationError as error:
            raise BlobMissing("a1b2") from error
    except BlobMissing:
        logger.exception("a stage failed")
    text = said.getvalue()
    assert "Jane" not in text
    assert "12345678" not in text
    first, second = (json.loads(line) for line in text.splitlines())
    assert first["message"] == "refused: ValidationError"
    assert second["error"]["type"] == "BlobMissing"
    assert "a1b2" in second["error"]["told"]
    assert second["error"]["because"] == "ValidationError"
    assert any("test_logs.py" in frame for frame in second["error"]["at"])


def test_a_plain_line_is_masked_too(logged: Any) -> None:
    logger, said = logged(Plain(PLAIN))
    logger.warning("of MRN 12345678, born 1949-12-31")
    assert said.getvalue().endswith("test-of-logs WARNING of MRN <number>, born <date>\n")


def test_errors_of_a_group_are_told_one_by_one(logged: Any) -> None:
    logger, said = logged(JsonLines("web"))
    try:
        raise ExceptionGroup("of a task group", [BlobMissing("a1b2"), refusal()])
    except ExceptionGroup:
        logger.exception("a role ended")
    [line] = said.getvalue().splitlines()
    assert [one["told"] for one in json.loads(line)["error"]["of"]] == ["BlobMissing: a1b2", "ValidationError"]
    assert "Jane" not in line


@pytest.mark.parametrize("json_lines", [False, True])
def test_the_last_words_of_a_process_and_of_a_thread_are_masked(json_lines: bool) -> None:
    program = f"""
import threading
from spinestream.telemetry.logs import log_to_stderr
log_to_stderr("web", json_lines={json_lines})
def fails():
    raise ValueError("of MRN 12345678")
thread = threading.Thread(target=fails, name="a-thread")
thread.start()
thread.join()
fails()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "12345678" not in done.stderr
    assert "thread a-thread ends" in done.stderr
    assert "the process ends" in done.stderr
    assert done.stderr.count("ValueError") >= 2
