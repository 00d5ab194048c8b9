"""The engine `openai` on a fake server: what every engine keeps, and what becomes of each failure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_contract import LONG, SHORT, EngineContract, gather, make, until, valid
from fake_server import FakeServer
from swap_contract import SwapContract

from actors.engines.adapters import Adapter, read_adapter
from actors.engines.errors import EngineDead, EngineNotUsable, RequestFailed
from actors.engines.factory import open_engine
from actors.engines.random_vlm import MARK
from generation.ids import digest
from generation.requests import Turn
from tests.actors.made_adapters import plain

QUICK = {"connect_s": 1, "silence_s": 2, "dead_s": 0.6, "tries": 3}


@pytest.fixture
def servers() -> Iterator[list[FakeServer]]:
    made = [FakeServer(), FakeServer()]
    yield made
    for server in made:
        if not server.stopped.is_set():
            server.stop()


def connect(servers: list[FakeServer], **settings: Any) -> Any:
    return open_engine("openai", {"base_urls": [server.url for server in servers], **QUICK, **settings})


@pytest.fixture
def engine(servers: list[FakeServer]) -> Iterator[Any]:
    made = connect(servers)
    yield made
    asyncio.run(made.close())


class TestOpenAIEngineOnFakeServers(EngineContract):
    @pytest.fixture(autouse=True)
    def slow_enough_to_watch(self, servers: list[FakeServer]) -> None:
        self.servers = servers
        for server in servers:
            server.token_s = 0.003

    def kill(self, engine: Any) -> None:
        # All at one instant: what a slow end of the first left time for would be answered by the second.
        for server in self.servers:
            server.stopped.set()
        for server in self.servers:
            server.stop()


def test_work_is_spread_over_the_servers(engine: Any, servers: list[FakeServer]) -> None:
    for answer in asyncio.run(gather(engine, [make(f"s{i}", seed=i) for i in range(40)])):
        valid(answer, SHORT)
    assert all(server.hits["asked"] >= 12 for server in servers)


def test_candidates_are_asked_one_by_one_with_seeds_of_their_own(engine: Any, servers: list[FakeServer]) -> None:
    asyncio.run(engine.generate(make("seeds", seed=5, candidates=3)))
    bodies = [body for server in servers for body in server.bodies]
    assert sorted(body["seed"] for body in bodies) == [5, 6, 7]
    assert {body.get("n", 1) for body in bodies} == {1}


@pytest.mark.parametrize("fault", [500, 503, 429, "break", "silent"])
def test_a_server_that_fails_once_costs_nothing(engine: Any, servers: list[FakeServer], fault: int | str) -> None:
    for server in servers:
        server.answers = [fault]
    for answer in asyncio.run(gather(engine, [make(f"f{i}") for i in range(4)])):
        valid(answer, SHORT)


def test_one_of_two_servers_gone_the_other_does_the_work(engine: Any, servers: list[FakeServer]) -> None:
    servers[0].stop()
    for answer in asyncio.run(gather(engine, [make(f"g{i}", seed=i) for i in range(20)])):
        valid(answer, SHORT)


def test_a_request_on_which_servers_fail_that_answer_others_has_failed(engine: Any, servers: list[FakeServer]) -> None:
    for server in servers:
        server.poison = "poison"

    async def work() -> None:
        poison = asyncio.create_task(engine.generate(make("poison")))
        while not poison.done():
            valid(await engine.generate(make("other")), SHORT)
        with pytest.raises(RequestFailed) as caught:
            await poison
        assert caught.value.reason == "server-error"
        valid(await engine.generate(make("after")), SHORT)

    asyncio.run(work())


def test_servers_that_answered_others_and_then_died_are_no_fault_of_the_request(servers: list[FakeServer]) -> None:
    engine = connect(servers[:1], dead_s=4)

    async def work() -> None:
        servers[0].poison = "first"
        call = asyncio.create_task(engine.generate(make("first")))
        await until(lambda: servers[0].hits["asked"] >= 1)
        valid(await engine.generate(make("other")), SHORT)
        servers[0].always = 500
        with pytest.raises(EngineDead):
            await call

    try:
        asyncio.run(work())
    finally:
        asyncio.run(engine.close())


def test_a_prompt_is_billed_once_a_candidate(engine: Any) -> None:
    answer = asyncio.run(engine.generate(make("billed", candidates=3)))
    assert answer.prompt_tokens > 10
    assert answer.billed_tokens == 3 * answer.prompt_tokens


def test_too_much_work_is_waited_out_and_is_no_death(engine: Any, servers: list[FakeServer]) -> None:
    async def work() -> None:
        for server in servers:
            server.always = 429
        call = asyncio.create_task(engine.generate(make("wait")))
        began = time.monotonic()
        await until(lambda: sum(server.hits["asked"] for server in servers) >= 5 and time.monotonic() > began + 2)
        assert not call.done()
        assert engine.progress().silent_for(time.monotonic()) < 1.5, "a rate limit is no silence"
        for server in servers:
            server.always = None
        valid(await call, SHORT)

    asyncio.run(work())


def test_no_answer_for_long_enough_is_death(engine: Any, servers: list[FakeServer]) -> None:
    for server in servers:
        server.always = 500
    began = time.monotonic()
    with pytest.raises(EngineDead, match="no server has answered"):
        asyncio.run(engine.generate(make("dead")))
    assert time.monotonic() - began >= QUICK["dead_s"]


def test_an_answer_that_the_server_cut_short_had_too_long_a_prompt(engine: Any, servers: list[FakeServer]) -> None:
    for server in servers:
        server.clamps = True
    turns = (Turn(role="user", text="disc " * 3100),)
    near = [make("n0", LONG, turns=turns, max_tokens=500), make("n1", turns=turns, max_tokens=500)]
    cut, short = asyncio.run(gather(engine, near))
    assert isinstance(cut, RequestFailed)
    assert cut.reason == "prompt-too-long"
    valid(short, SHORT)


@pytest.mark.parametrize("status", [401, 404])
def test_a_key_or_model_that_is_refused_is_death(engine: Any, servers: list[FakeServer], status: int) -> None:
    for server in servers:
        server.always = status
    with pytest.raises(EngineDead, match="key and the model"):
        asyncio.run(engine.generate(make("key")))


def test_an_error_never_repeats_what_the_server_said(engine: Any, servers: list[FakeServer]) -> None:
    for server in servers:
        server.always = 400
    with pytest.raises(RequestFailed) as caught:
        asyncio.run(engine.generate(make("quiet")))
    assert caught.value.reason == "bad-request"
    assert "planned" not in str(caught.value)


def test_a_call_that_is_cancelled_breaks_off_its_stream(engine: Any, servers: list[FakeServer]) -> None:
    async def work() -> None:
        call = asyncio.create_task(engine.generate(make("gone", LONG, max_tokens=700)))
        await until(lambda: engine.progress().tokens > 5)
        call.cancel()
        await until(lambda: sum(server.hits["left"] for server in servers) == 1, within_s=10)

    asyncio.run(work())


def test_no_more_are_asked_at_a_time_than_set(servers: list[FakeServer]) -> None:
    engine = connect(servers, max_num_seqs=3)

    async def work() -> None:
        calls = asyncio.gather(*(engine.generate(make(f"m{i}", LONG, max_tokens=40)) for i in range(9)))
        most = 0
        while not calls.done():
            most = max(most, engine.progress().sequences)
            await asyncio.sleep(0.001)
        await calls
        await engine.close()
        assert most == 3

    asyncio.run(work())


def test_images_go_as_data_before_the_text(servers: list[FakeServer]) -> None:
    png = b"\x89PNG\r\n\x1a\nnot looked at here"
    turn = Turn(role="user", text="What is seen <|im_end|>?", images=(digest(png),))
    engine = connect(servers, reads_images=True, images_per_request=1)
    assert engine.card.reads_images

    async def work() -> None:
        valid(await engine.generate(make("image", turns=(turn,)), {digest(png): png}), SHORT)
        many = Turn(role="user", text="?", images=(digest(png),) * 2)
        with pytest.raises(RequestFailed, match="too-many-images"):
            await engine.generate(make("many", turns=(many,)), {digest(png): png})
        await engine.close()

    asyncio.run(work())
    (body,) = [body for server in servers for body in server.bodies]
    image, text = body["messages"][0]["content"]
    assert image["image_url"]["url"].startswith("data:image/png;base64,iVBORw0KGgpub3Q")
    assert text["text"] == "What is seen < |im_end|>?"


def test_the_card_names_what_the_servers_say(servers: list[FakeServer]) -> None:
    plain = connect(servers).card
    assert (plain.engine, plain.model, plain.adapter) == ("openai-compatible 1.2.3", "fake", None)
    assert (plain.max_model_len, plain.reads_images, plain.random_weights) == (4096, False, False)
    for server in servers:
        server.models.append({"id": "spine-draft@0123456789ab", "root": "/adapters/a", "parent": "fake"})
    assert connect(servers).card == plain, "an adapter is not meant unless it is named"
    card = connect(servers, model="spine-draft@0123456789ab").card
    assert (card.model, card.adapter, card.max_model_len) == ("fake", "spine-draft@0123456789ab", 4096)
    assert card.model_digest != plain.model_digest


def test_a_model_that_was_never_trained_is_known_by_its_folder(servers: list[FakeServer], tmp_path: Path) -> None:
    (tmp_path / MARK).touch()
    for server in servers:
        server.models = [{"id": "noise", "root": str(tmp_path)}, {"id": "a@0", "root": "/a", "parent": "noise"}]
    for name in ("noise", "a@0"):
        engine = connect(servers, model=name)
        assert engine.card.max_model_len == 32_768, "the servers do not tell"
        assert asyncio.run(engine.generate(make("x"))).random_weights
        asyncio.run(engine.close())


def test_what_cannot_be_used_is_said_at_the_start(servers: list[FakeServer], tmp_path: Path) -> None:
    with pytest.raises(EngineNotUsable, match="set `model` to one of them"):
        connect(servers, model="other")
    servers[1].models[0]["root"] = "/models/another"
    with pytest.raises(EngineNotUsable, match="different models"):
        connect(servers)
    servers[1].stop()
    connect(servers)  # a server that is away may come back
    servers[0].stop()
    with pytest.raises(EngineNotUsable, match="no server answers"):
        connect(servers)
    with pytest.raises(EngineNotUsable, match="cannot be read"):
        connect(servers, api_key_file=str(tmp_path / "none"))


def test_the_key_comes_from_file_or_environment_and_is_never_shown(
    servers: list[FakeServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for server in servers:
        server.key = "s3cret-word"
    with pytest.raises(EngineNotUsable, match="refuses the key"):
        connect(servers)
    monkeypatch.setenv("MY_KEY", "s3cret-word")
    by_variable = connect(servers, api_key_env="MY_KEY")
    file = tmp_path / "key"
    file.write_text("s3cret-word\n")
    by_file = connect(servers, api_key_file=str(file))
    for made in (by_variable, by_file):
        asyncio.run(made.self_test())
        assert "s3cret" not in repr(vars(made))


class TestOpenAIEngineSwaps(SwapContract):
    @pytest.fixture(autouse=True)
    def slow_enough_to_watch(self, servers: list[FakeServer]) -> None:
        for server in servers:
            server.token_s = 0.003

    @pytest.fixture
    def pair(self, tmp_path: Path) -> tuple[Adapter, Adapter]:
        return read_adapter(plain(tmp_path / "one", 1)), read_adapter(plain(tmp_path / "two", 2))

    def test_every_server_loads_it_from_its_folder_and_is_asked_by_its_name(
        self, engine: Any, servers: list[FakeServer], pair: tuple[Adapter, Adapter]
    ) -> None:
        asyncio.run(engine.load(pair[0]))
        assert [server.adapters for server in servers] == [{pair[0].name: str(pair[0].folder)}] * 2
        other = connect(servers)  # another actor's
        asyncio.run(other.load(pair[0]))
        asyncio.run(other.use(pair[0].name))
        for asked in (other, engine):
            asyncio.run(asked.generate(make("asked")))
        assert sorted(body["model"] for server in servers for body in server.bodies) == ["fake", pair[0].name]
        asyncio.run(other.close())

    def test_a_server_that_takes_none_or_refuses_or_is_away_is_named(
        self, engine: Any, servers: list[FakeServer], pair: tuple[Adapter, Adapter], tmp_path: Path
    ) -> None:
        with pytest.raises(EngineNotUsable, match=r"status 400.*allow rank 8"):
            asyncio.run(engine.load(read_adapter(plain(tmp_path / "bad"))))
        servers[1].takes_adapters = False
        with pytest.raises(EngineNotUsable, match="VLLM_ALLOW_RUNTIME_LORA_UPDATING"):
            asyncio.run(engine.load(pair[0]))
        other = connect(servers)
        servers[1].stop()
        with pytest.raises(ConnectionError, match="does not answer"):
            asyncio.run(other.load(pair[1]))
        asyncio.run(other.close())
        assert engine.card.adapter is None
        valid(asyncio.run(engine.generate(make("goes on"))), SHORT)
