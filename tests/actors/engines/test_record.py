from __future__ import annotations

from pathlib import Path

import orjson
from engine_contract import SHORT, make

from actors.engines.adapters import Adapter
from actors.engines.record import Record


def lines(path: Path) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_a_replay_needs_nothing_but_the_file(tmp_path: Path) -> None:
    record = Record(tmp_path / "new" / "record.jsonl")
    record.engine({"model": "/m", "max_num_seqs": 32}, Adapter("zero@0123456789ab", Path("/a"), 8, None))
    request = make("x", seed=5, candidates=2, temperature=0.5)
    record.asked(request, [1, 2, 3], "zero@0123456789ab")
    record.made(request.id, 6, 40, "stop")
    record.close()
    engine, asked, made = lines(tmp_path / "new" / "record.jsonl")
    assert engine == {
        "line": "engine",
        "arguments": {"model": "/m", "max_num_seqs": 32},
        "adapter": "zero@0123456789ab",
        "folder": "/a",
    }
    at, later = asked.pop("at"), made.pop("at")
    assert isinstance(at, float)
    assert isinstance(later, float)
    assert later >= at
    assert asked == {
        "line": "asked",
        "request": "x/draft/0",
        "adapter": "zero@0123456789ab",
        "prompt": [1, 2, 3],
        "images": [],
        "temperature": 0.5,
        "top_p": 1.0,
        "max_tokens": 200,
        "schema": SHORT,
        "seeds": [5, 6],
    }
    assert made == {"line": "made", "request": "x/draft/0", "seed": 6, "tokens": 40, "finish": "stop"}


def test_the_order_of_schema_fields_is_kept(tmp_path: Path) -> None:
    record = Record(tmp_path / "record")
    schema = {"type": "object", "properties": {"z": {"type": "string"}, "a": {"type": "string"}}}
    record.asked(make("x", schema), [1])
    (asked,) = lines(tmp_path / "record")
    assert orjson.dumps(asked["schema"]) == orjson.dumps(schema)


def test_engines_may_share_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "record"
    first, second = Record(path), Record(path)
    for number in range(50):
        first.made("a/draft/0", number, 1, "stop")
        second.asked(make("b"), list(range(2000)))
    assert len(lines(path)) == 100
    assert path.stat().st_mode & 0o077 == 0


def test_without_a_file_nothing_is_written_and_a_closed_one_drops_lines(tmp_path: Path) -> None:
    Record(None).asked(make("x"), [1])
    record = Record(tmp_path / "record")
    record.close()
    record.close()
    record.made("x", 0, 1, "stop")
    assert (tmp_path / "record").read_bytes() == b""
