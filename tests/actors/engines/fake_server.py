"""A fake chat server: OpenAI's protocol without a model, with failures on demand. A token is four characters."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jsonschema
import orjson

from actors.engines.schema_filler import UnknownSchema, fill
from generation.ids import digest

TOKEN = 4


class FakeServer:
    """Listens on a free port of 127.0.0.1 until `stop`."""

    def __init__(self, *, token_s: float = 0.001, model_len: int = 4096, port: int = 0) -> None:
        self.token_s, self.model_len = token_s, model_len
        self.models: list[dict[str, Any]] = [{"id": "fake", "root": "/models/fake", "max_model_len": model_len}]
        self.key: str | None = None
        self.answers: list[int | str] = []
        """What the next requests get instead of an answer: a status, `break` (a stream that ends early), `silent`."""
        self.always: int | None = None
        """Status that every request gets."""
        self.poison = ""
        """A word: requests with it get 500."""
        self.clamps = False
        """Whether too long an answer is cut to the room there is, as vLLM's server does, and not refused."""
        self.takes_adapters = True
        """Whether adapters may be loaded while it runs."""
        self.adapters: dict[str, str] = {}
        """Folders of those that were, by name."""
        self.hits: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.stopped = threading.Event()
        self._http = _Threads(("127.0.0.1", port), _Handler)
        self._http.fake = self
        self.port = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def load(self, asked: dict[str, Any]) -> tuple[int, object]:
        """Take an adapter in as vLLM does; returns status and body."""
        if not self.takes_adapters:
            return 404, {"detail": "Not Found"}
        if asked["lora_name"] in self.adapters:
            return 400, {"error": {"message": f"The lora adapter {asked['lora_name']} has already been loaded."}}
        if asked["lora_name"].startswith("bad"):
            return 400, {"error": {"message": "LoRA rank 16 is greater than max_lora_rank 8."}}
        self.adapters[asked["lora_name"]] = asked["lora_path"]
        return 200, f"Success: LoRA adapter '{asked['lora_name']}' added successfully."

    def stop(self) -> None:
        """Break off every stream and refuse connections, as a killed server does."""
        self.stopped.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    fake: FakeServer


class _Handler(BaseHTTPRequestHandler):
    server: _Threads
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        fake = self.server.fake
        if fake.key is not None and self.headers.get("authorization") != f"Bearer {fake.key}":
            self._json(401, {"error": {"message": "no"}})
        elif self.path == "/v1/models":
            self._json(200, {"data": fake.models})
        elif self.path == "/version":
            self._json(200, {"version": "1.2.3"})
        else:
            self._json(404, {})

    def do_POST(self) -> None:
        fake = self.server.fake
        asked = orjson.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/v1/load_lora_adapter":
            self._json(*fake.load(asked))
            return
        fake.hits["asked"] += 1
        fake.bodies.append(asked)
        content = orjson.dumps(asked["messages"]).decode()
        ill = 500 if fake.poison and fake.poison in content else None
        planned = ill or fake.always or (fake.answers.pop(0) if fake.answers else None)
        if isinstance(planned, int):
            self._json(planned, {"error": {"message": "planned", "code": planned}}, {"retry-after": "0"})
        elif planned == "silent":
            fake.stopped.wait(30)
            self.close_connection = True
        elif (refusal := self._refusal(asked)) is not None:
            self._json(400, {"error": {"message": refusal, "code": 400}})
        else:
            self._stream(asked, broken=planned == "break")

    def _refusal(self, asked: dict[str, Any]) -> str | None:
        schema = asked["response_format"]["json_schema"]["schema"]
        prompt = sum(len(str(message["content"])) for message in asked["messages"]) // TOKEN
        room = self.server.fake.model_len - prompt
        if self.server.fake.clamps and room > 0:
            asked["max_completion_tokens"] = min(room, asked["max_completion_tokens"])
        elif asked["max_completion_tokens"] > room:
            return f"This model's maximum context length is {self.server.fake.model_len} tokens."
        try:
            jsonschema.validators.validator_for(schema).check_schema(schema)
            fill(schema, "")
        except (jsonschema.SchemaError, UnknownSchema, ValueError, AttributeError):
            return "Invalid JSON schema"
        return None

    def _stream(self, asked: dict[str, Any], *, broken: bool) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        try:
            for number, event in enumerate(_events(asked)):
                if self.server.fake.stopped.is_set() or (broken and number == 2):
                    break
                self.wfile.write(b"data: " + event + b"\n\n")
                self.wfile.flush()
                time.sleep(self.server.fake.token_s)
        except OSError:
            self.server.fake.hits["left"] += 1  # the client went away
        self.close_connection = True

    def _json(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        content = orjson.dumps(body)
        self.send_response(status)
        for name, value in {"content-length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def _events(asked: dict[str, Any]) -> Iterator[bytes]:
    """Yield the answer token by token, then what it cost."""
    seed = f"{digest(orjson.dumps(asked['messages']))}|{asked['seed']}"
    text = orjson.dumps(fill(asked["response_format"]["json_schema"]["schema"], seed)).decode()
    tokens = [text[at : at + TOKEN] for at in range(0, len(text), TOKEN)]
    most = asked["max_completion_tokens"]
    for token in tokens[:most]:
        yield orjson.dumps({"choices": [{"delta": {"content": token}, "finish_reason": None}]})
    yield orjson.dumps({"choices": [{"delta": {}, "finish_reason": "stop" if len(tokens) <= most else "length"}]})
    prompt = sum(len(str(message["content"])) for message in asked["messages"]) // TOKEN
    usage = {"completion_tokens": min(most, len(tokens)), "prompt_tokens": prompt}
    yield orjson.dumps({"choices": [], "usage": {**usage, "prompt_tokens_details": {"cached_tokens": 1}}})
    yield b"[DONE]"
