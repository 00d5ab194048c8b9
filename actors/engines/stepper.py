"""One thread that owns a vLLM `LLMEngine`, steps it, and takes requests from any event loop.

The engine is not safe to share, so nothing else touches it: callers put tickets into an inbox, the thread empties the
inbox between two steps and sends outcomes back to the callers' loops, all of one step in one call per loop. An
exception out of `step` leaves the engine in an unknown state: it counts as dead, with everything in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from actors.engines.errors import EngineDead, EngineError, RequestFailed
from actors.engines.meter import Meter
from actors.engines.tickets import Ticket
from actors.engines.vllm_model import check_numbers, refusal, refusals
from generation.requests import Candidate

Outcome = tuple[Candidate, ...] | EngineError


@dataclass(frozen=True)
class Job:
    """Something to be done with the engine between two of its steps."""

    work: Callable[[Any], Any]
    done: Future[Any] = field(default_factory=Future)

    def run(self, engine: Any) -> None:
        """Do it, unless nobody waits any more; what it raises goes to who waits, and is not the engine's death."""
        if not self.done.set_running_or_notify_cancel():
            return
        try:
            self.done.set_result(self.work(engine))
        except Exception as error:  # noqa: BLE001 - goes to who waits
            self.done.set_exception(error)

    def fail(self, error: EngineDead) -> None:
        """Say that it is not done any more."""
        if self.done.set_running_or_notify_cancel():
            self.done.set_exception(error)


class Stepper:
    """Builds an engine in its thread and steps it until it is stopped or dies."""

    def __init__(self, build: Callable[[], Any], release: Callable[[Any], None], meter: Meter) -> None:
        self._build = build
        self._release = release
        self._meter = meter
        self._inbox: queue.SimpleQueue[tuple[str, Ticket | Job | None]] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._dead: EngineDead | None = None
        self._live: dict[str, Ticket] = {}
        self._outcomes: list[tuple[Ticket, Outcome]] = []
        self._refusals: tuple[type[Exception], ...] = ()
        self._stepped_at = 0.0
        self._built: Future[Any] = Future()
        self._thread = threading.Thread(target=self._run, name="engine-step", daemon=True)

    def start(self) -> Any:
        """Start the thread, wait until the engine is built, and return it; raise what building raised."""
        self._thread.start()
        return self._built.result()

    def submit(self, ticket: Ticket) -> None:
        """Hand a ticket to the engine, from any thread.

        Raises:
            EngineDead: the engine is gone.
        """
        with self._gate:
            self.check_alive()
            self._meter.came()
            self._inbox.put(("add", ticket))

    def cancel(self, ticket: Ticket) -> None:
        """Take a ticket's candidates out of the engine, from any thread."""
        self._inbox.put(("cancel", ticket))

    def order(self, work: Callable[[Any], Any]) -> Future[Any]:
        """Have something done with the engine between two steps, after what was handed over before; from any thread.

        Returns its result to be. Raises EngineDead: the engine is gone.
        """
        job = Job(work)
        with self._gate:
            self.check_alive()
            self._inbox.put(("job", job))
        return job.done

    def check_alive(self) -> None:
        """Raise `EngineDead` when the engine is gone."""
        if self._dead is not None:
            raise EngineDead(self._dead.detail)

    def stop(self, timeout_s: float) -> None:
        """Stop after the step that runs; blocks until the thread has ended."""
        self._inbox.put(("stop", None))
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            engine = self._build()
            self._refusals = refusals()
        except BaseException as error:  # noqa: BLE001 - goes to whoever waits in start()
            self._built.set_exception(error)
            return
        self._built.set_result(engine)
        detail = "the engine was closed"
        try:
            while self._empty_inbox(engine):
                if self._live:
                    self._step(engine)
                self._deliver()
        except BaseException as error:  # noqa: BLE001 - the engine's state is unknown from here on
            detail = f"the engine died in a step: {type(error).__name__}: {str(error)[:300]}"
        self._die(EngineDead(detail))
        with contextlib.suppress(Exception):
            self._release(engine)

    def _empty_inbox(self, engine: Any) -> bool:
        """Take what came in; wait for something when there is nothing to compute. Return False when told to stop."""
        wait = not self._live
        while True:
            try:
                order, ticket = self._inbox.get(block=wait)
            except queue.Empty:
                return True
            if wait:
                self._stepped_at = time.monotonic()
            if ticket is None:
                return False
            if isinstance(ticket, Job):
                ticket.run(engine)
            elif order == "add":
                self._add(engine, ticket)
            elif self._withdraw(engine, ticket):
                self._meter.left(started=ticket.started)
            wait = False

    def _add(self, engine: Any, ticket: Ticket) -> None:
        for key, params in zip(ticket.keys, ticket.params, strict=True):
            self._live[key] = ticket
            try:
                engine.add_request(key, ticket.input, params, lora_request=ticket.lora, priority=ticket.turn)
            except self._refusals as error:
                self._withdraw(engine, ticket)
                self._settle(ticket, refusal(ticket.request_id, error))
                return

    def _withdraw(self, engine: Any, ticket: Ticket) -> bool:
        """Take out what is left of a ticket in the engine; return whether there was anything."""
        keys = [key for key in ticket.keys if self._live.pop(key, None) is not None]
        if keys:
            engine.abort_request(keys)
        return bool(keys)

    def _step(self, engine: Any) -> None:
        made = started = sequences = 0
        for output in engine.step():
            ticket = self._live.get(output.request_id)
            if ticket is None:
                continue
            new = output.outputs[0]
            count = len(new.token_ids)
            made += count
            sequences += 1
            if count and not ticket.begun(output.request_id):
                self._meter.prompted(len(output.prompt_token_ids or ()), output.num_cached_tokens or 0)
                if not ticket.started:
                    ticket.started = True
                    started += 1
            try:
                check_numbers(ticket.request_id, new.logprobs)
            except RequestFailed as failed:
                self._withdraw(engine, ticket)
                self._settle(ticket, failed)
                continue
            ticket.add(output.request_id, new.text, count, str(new.finish_reason) if output.finished else None)
            if output.finished:
                self._finish(engine, ticket, output.request_id, str(new.finish_reason))
        now = time.monotonic()
        self._meter.made(made, started)
        self._meter.computed(sequences, now - self._stepped_at)
        self._stepped_at = now

    def _finish(self, engine: Any, ticket: Ticket, key: str, finish: str) -> None:
        del self._live[key]
        if finish not in ("stop", "length"):  # the grammar could not be compiled, or left the model no token
            self._withdraw(engine, ticket)
            self._settle(
                ticket, RequestFailed("bad-schema", f"{ticket.request_id}: the engine ended it with `{finish}`")
            )
        elif (candidates := ticket.finished()) is not None:
            self._settle(ticket, candidates)

    def _settle(self, ticket: Ticket, outcome: Outcome) -> None:
        self._outcomes.append((ticket, outcome))

    def _deliver(self) -> None:
        """Send the outcomes of a step to their loops."""
        loops: dict[asyncio.AbstractEventLoop, list[tuple[Ticket, Outcome]]] = {}
        for ticket, outcome in self._outcomes:
            self._meter.left(started=ticket.started)
            loops.setdefault(ticket.loop, []).append((ticket, outcome))
        self._outcomes = []
        for loop, outcomes in loops.items():
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(_settle_all, outcomes)

    def _die(self, error: EngineDead) -> None:
        """Fail everything that is pending, and everything that comes."""
        with self._gate:
            self._dead = error
        settled = {id(ticket) for ticket, _ in self._outcomes}
        pending = {id(ticket): ticket for ticket in self._live.values() if id(ticket) not in settled}
        self._live = {}
        while True:
            try:
                order, ticket = self._inbox.get_nowait()
            except queue.Empty:
                break
            if isinstance(ticket, Job):
                ticket.fail(EngineDead(error.detail))
            elif order == "add" and ticket is not None:
                pending[id(ticket)] = ticket
        for ticket in pending.values():
            self._settle(ticket, EngineDead(error.detail))
        self._deliver()


def _settle_all(outcomes: list[tuple[Ticket, Outcome]]) -> None:
    for ticket, outcome in outcomes:
        ticket.settle(outcome)
