"""The command line without any server: help, usage errors, and the commands that need no work folder."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from spinestream.cli.main import COMMANDS, root
from tests.spinestream.cli.front_door import LUMBAR, called, environment, spinestream, write_pdf

HEAVY = ("torch", "ray", "vllm", "pymongo", "kafka", "redis", "pydantic", "rich")


def _commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    with click.Context(root) as context:
        for name in root.list_commands(context):
            command = root.get_command(context, name)
            found.append((name,))
            if isinstance(command, click.Group):
                found += [(name, inner) for inner in command.list_commands(context)]
    return found


@pytest.mark.parametrize("names", _commands(), ids=" ".join)
def test_every_command_has_help(names: tuple[str, ...]) -> None:
    answer = called(*names, "--help")
    assert answer.code == 0
    assert "Usage:" in answer.out
    assert answer.err == ""


def test_the_table_of_commands_says_what_each_does() -> None:
    answer = called("--help")
    for name, (_, text) in COMMANDS.items():
        assert name in answer.out
        assert text.split(".")[0] in " ".join(answer.out.split())
    assert "Exit codes" in answer.out


def test_help_takes_less_than_half_a_second_and_imports_nothing_heavy() -> None:
    """Median of five; a busy machine may need a second round."""
    for _ in range(3):
        if statistics.median(_seconds_of_help() for _ in range(5)) < 0.5:
            break
    else:
        pytest.fail("`spinestream --help` took 0.5 s or longer in three rounds")
    code = "import sys; sys.argv = ['spinestream', '--help']\nfrom spinestream.cli import main\n"
    code += f"try:\n    main()\nfinally:\n    print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert done.stderr.strip() == "[]"


def _seconds_of_help() -> float:
    script = Path(sys.executable).with_name("spinestream")
    began = time.monotonic()
    subprocess.run([script, "--help"], capture_output=True, check=True, env=environment())
    return time.monotonic() - began


def test_version() -> None:
    assert called("--version").out.startswith("spinestream, version ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nonsense",), "No such command 'nonsense'"),
        (("run",), "Missing argument 'PATHS...'"),
        (("run", "nowhere/at/all"), "no such file or folder: nowhere/at/all"),
        (("run", ".", "--title", "T"), "give exactly one file"),
        (("run", ".", "--engine", "scripted", "--engine-setting", "latency_s"), "write NAME=VALUE"),
        (("run", ".", "--variants", "0"), "--variants"),
        (("documents", "text", "nowhere.md"), "no such file: nowhere.md"),
        (("documents", "passages", "nowhere.md"), "no such file: nowhere.md"),
        (("samples", "list", "--workdir", "nowhere"), "nowhere does not exist; `spinestream run"),
        (("samples", "list", "--state", "queued,done"), "states are planned, drafted, queued"),
        (("samples", "export", "--out", "nowhere/x.jsonl"), "there is no folder nowhere"),
        (("samples", "reject", "an-item"), "--why"),
        (("deadletters", "replay"), "give the ids of dead letters, or --all"),
        (("role", "cook"), "no such role: cook"),
        (("role", "store"), "not set: SPINESTREAM_KAFKA"),
        (("servers", "status", "--workdir", "nowhere"), "nowhere does not exist"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_usage_errors_say_what_to_do_and_make_nothing(
    arguments: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SPINESTREAM_KAFKA", "SPINESTREAM_MONGODB", "SPINESTREAM_REDIS"):
        monkeypatch.delenv(name, raising=False)
    answer = called(*arguments)
    assert answer.code == 2
    assert told in answer.err
    assert answer.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_work_folder_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(LUMBAR)
    for command in (("samples", "list"), ("sources", "list"), ("servers", "status"), ("servers", "reap")):
        answer = called(*command, "--workdir", tmp_path)
        assert answer.code == 2
        assert "is no work folder" in answer.err
    assert [one.name for one in tmp_path.iterdir()] == ["notes.md"]


def test_levels() -> None:
    text = "disc extrusion at L4-5, T1-weighted"
    [found] = called("levels", text, "--json").json
    assert found == {"text": "L4-5", "start": 18, "end": 22, "kind": "disc", "levels": ["L4/L5"]}
    assert "L4/L5" in called("levels", text).out
    none = called("levels", "T2 hyperintensity")
    assert (none.code, none.out, none.err) == (0, "", "no level is named\n")


def test_levels_reads_standard_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spinestream", "levels", "-", "--json"],
        input="A fracture of L1.",
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    assert json.loads(done.stdout)[0]["levels"] == ["L1"]


def test_documents_text_is_what_offsets_count_in(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_bytes(b"\xef\xbb\xbf" + LUMBAR.replace("\n", "\r\n").encode())
    answer = called("documents", "text", file)
    assert answer.out == LUMBAR
    assert called("documents", "text", file, "--json").json == {"text": LUMBAR}
    passages = called("documents", "passages", file, "--json").json["passages"]
    sentence = passages[0]["sentences"][0]
    assert LUMBAR[sentence["start"] : sentence["end"]].startswith("A large disc extrusion")
    assert "A large disc extrusion at L4/L5" in called("documents", "passages", file).out


def test_documents_of_a_locked_pdf_say_why(tmp_path: Path) -> None:
    write_pdf(tmp_path / "locked.pdf", password="secret")
    answer = called("documents", "text", tmp_path / "locked.pdf")
    assert answer.code == 1
    assert "needs a password" in answer.err


def test_events() -> None:
    topics = called("events", "topics", "--json").json
    assert {"sources", "planned", "deadletters.draft"} <= {one["name"] for one in topics}
    assert "org.spinestream.item.planned.v1" in called("events", "topics").out
    schemas = called("events", "schemas").json
    assert schemas["item.planned.v1.json"]["properties"]["item"]


def test_event_schemas_are_written_one_a_file(tmp_path: Path) -> None:
    answer = called("events", "schemas", "--out", tmp_path / "schemas")
    names = [Path(line).name for line in answer.out.splitlines()]
    assert "sample.decided.v1.json" in names
    assert all(json.loads((tmp_path / "schemas" / name).read_text())["type"] == "object" for name in names)


def test_config_schema_has_type_default_and_effect_of_each_setting() -> None:
    schema = called("config", "schema").json
    assert {"engine", "pools", "plan", "documents", "generation", "blobs"} <= set(schema["properties"])
    for model in (schema, *schema["$defs"].values(), *schema["environment_only"].values()):
        for name, one in model.get("properties", {}).items():
            told = one.get("description") or schema["$defs"][one["$ref"].split("/")[-1]]["description"]
            assert told.endswith("."), name
    pool = schema["$defs"]["PoolSettings"]["properties"]["max_actors"]
    assert (pool["type"], pool["default"], pool["minimum"]) == ("integer", 1, 1)
    assert "bench" in schema["environment_only"]["SPINESTREAM_SPLIT_"]["properties"]


def test_config_show_tells_what_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINESTREAM_PLAN__VARIANTS", "3")
    assert called("config", "show", "--workdir", tmp_path).json["plan"]["variants"] == 3
    assert list(tmp_path.iterdir()) == []


def test_a_pools_role_shares_its_process_with_no_other(tmp_path: Path) -> None:
    answer = spinestream(
        "role", "pools", "store", "--workdir", tmp_path,
        SPINESTREAM_KAFKA="127.0.0.1:1", SPINESTREAM_MONGODB="mongodb://127.0.0.1:1", SPINESTREAM_REDIS="redis://127.0.0.1:1",
    )  # fmt: skip
    assert answer.code == 2
    assert "name it alone" in answer.err
