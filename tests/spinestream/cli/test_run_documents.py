"""`run` on a stranger's folder, good and bad files in it: once, the same again, and after it has grown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from generation.ids import source_version
from spinestream.embedded import Servers
from tests.spinestream.cli.front_door import (
    ISSUE_KEYS,
    NECK,
    THORACIC,
    Answer,
    called,
    spinestream,
    write_documents,
    write_pdf,
)

LONG = "A burst fracture of T12 was seen, " + "and the patient was told about it at length, " * 85 + "in the end.\n"
"""Too long for the engine of the first run: a dead letter, which a later engine can answer."""
HELD = "A disc extrusion ≥ 5 mm at L3/L4 was seen.\n"
"""The scripted engine quotes it, and the checks hold a letter that is no English one."""
ENGINE = ("--engine", "scripted")
KIND = ("--kinds", "mcq")
GOOD = ("lumbar.md", "neck.txt", "sacral.pdf")


@dataclass
class Case:
    """A work folder with documents, and what its first run said."""

    root: Path
    first: Answer
    left: Sequence[int] = ()
    """Processes that name the folder and were there after the first run."""

    def run(self, *more: str) -> Answer:
        return spinestream("run", "docs", "--workdir", "W", *ENGINE, *KIND, *more, cwd=self.root)

    def call(self, *arguments: str) -> Any:
        answer = called(*arguments, "--workdir", self.root / "W", "--json")
        assert answer.code == 0, answer.err
        return answer.json

    def export(self, name: str = "out.jsonl") -> list[dict[str, Any]]:
        self.call("samples", "export", "--out", str(self.root / name), "--state", "all", "--canonical")
        return [json.loads(line) for line in (self.root / name).read_text().splitlines()]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """The first run starts and stops its servers; later calls attach to two of them, which are kept up."""
    root = tmp_path_factory.mktemp("stranger")
    docs = write_documents(root / "docs")
    (docs / "long.txt").write_text(LONG)
    (docs / "held.md").write_text(HELD)
    (docs / "empty.md").write_bytes(b"")
    (docs / "binary.txt").write_bytes(b"L4/L5\0\1\2\3")
    (docs / "latin1.txt").write_bytes("Sténose à L4/L5".encode("latin-1"))
    (docs / "slides.pptx").write_bytes(b"PK")
    write_pdf(docs / "locked.pdf", password="secret")
    with (docs / "huge.txt").open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    made = Case(root, Answer(0, "", ""))
    made.first = made.run("--engine-setting", "max_model_len=1500", "--json")
    made.left = [
        one.pid for one in psutil.process_iter(["cmdline"]) if str(root) in " ".join(one.info["cmdline"] or [])
    ]
    with Servers(root / "W", only=("mongodb", "redis")):
        yield made


def test_the_summary_has_the_keys_that_callers_rely_on(case: Case) -> None:
    told = case.first.json
    assert set(told) >= ISSUE_KEYS
    assert {name: told[name] for name in ("sources", "planned", "drafted", "revised", "queued", "open")} == {
        "sources": 6, "planned": 6, "drafted": 5, "revised": 5, "queued": 4, "open": 0,
    }  # fmt: skip
    assert told["held"] == {"wrong-language": 1}
    assert told["dead"] == {"encrypted": 1, "prompt-too-long": 1}
    assert told["model_calls"] >= 10
    assert told["prompt_tokens"] > told["output_tokens"] > 0
    assert 0 < told["seconds"] < 150


def test_exit_3_and_every_bad_file_named_with_its_reason(case: Case) -> None:
    assert case.first.code == 3
    told = {one["path"]: one["why"].split(":")[0] for one in case.first.json["refused"]}
    assert told == {
        "docs/empty.md": "empty",
        "docs/binary.txt": "binary",
        "docs/latin1.txt": "not-utf8",
        "docs/slides.pptx": "unsupported",
        "docs/huge.txt": "too-large",
    }
    letters = {one["document"]: one["why"] for one in case.call("deadletters", "list")}
    assert letters == {"locked.pdf": "encrypted", "long.txt": "prompt-too-long"}


def test_stdout_is_one_object_and_progress_is_plain_lines_on_stderr(case: Case) -> None:
    assert isinstance(json.loads(case.first.out), dict)
    assert case.first.out.startswith("{\n")
    assert "\x1b" not in case.first.err
    lines = case.first.err.splitlines()
    assert "starting the servers (engine scripted)" in lines[0]
    counted = [line for line in lines if "queued" in line]
    assert counted
    for line in counted:
        assert line.startswith("[")
        assert "calls" in line
    assert "logs: W/logs (roles), W/servers" in lines[-1]
    assert "`spinestream deadletters list --workdir W` names what is dead" in lines[-2]
    assert not [line for line in lines if "kafka" in line.lower() or "Traceback" in line]


def test_good_documents_beside_bad_ones_are_whole(case: Case) -> None:
    records = [one for one in case.export() if one["state"] == "queued"]
    assert {one["source"]["title"] for one in records} == {"Lumbar disc disease", "Notes on the neck", "sacral"}
    assert {one["source"]["licence"] for one in records} == {None, "CC-BY-4.0"}
    for record in records:
        name = {"Notes on the neck": "neck.txt", "sacral": "sacral.pdf"}.get(record["source"]["title"], "lumbar.md")
        text = called("documents", "text", case.root / "docs" / name).out
        for sentence in record["evidence"]:
            assert text[sentence["start"] : sentence["end"]] == sentence["text"]
        assert set(record["citations"]) <= {one["id"] for one in record["evidence"]}


def test_no_password_is_in_settings_logs_or_what_roles_tell(case: Case) -> None:
    work = case.root / "W"
    passwords = [(work / "secrets" / name).read_bytes().strip() for name in ("kafka", "mongodb", "redis", "split.key")]
    assert all(len(one) >= 48 for one in passwords)
    told = [file for folder in ("logs", "run") for file in (work / folder).rglob("*") if file.is_file()]
    told += list((work / "servers").rglob("*.log"))
    assert len(told) >= 5
    for file in told:
        content = file.read_bytes()
        assert not [one for one in passwords if one in content], file
    for stream in (case.first.out, case.first.err):
        assert not [one for one in passwords if one.decode() in stream]


def test_nothing_of_it_runs_any_more(case: Case) -> None:
    assert case.left == []
    assert not (case.root / "W" / "run" / "roles.json").exists()


@pytest.fixture(scope="module")
def again(case: Case) -> Answer:
    """The same call a second time, with what the first one exported beside it."""
    case.export("before.jsonl")
    return case.run("--json")


def test_the_same_again_gives_nothing_new_and_starts_no_role(case: Case, again: Answer) -> None:
    first, told = case.first.json, again.json
    assert again.code == 3
    assert (told["model_calls"], told["prompt_tokens"], told["output_tokens"]) == (0, 0, 0)
    same = ISSUE_KEYS - {"model_calls", "prompt_tokens", "output_tokens", "seconds"}
    assert {name: told[name] for name in same} == {name: first[name] for name in same}
    assert told["seconds"] < 45
    assert "Ray" not in again.err
    case.export("after.jsonl")
    assert (case.root / "before.jsonl").read_bytes() == (case.root / "after.jsonl").read_bytes()


@pytest.fixture(scope="module")
def grown(case: Case, again: Answer) -> Answer:
    """The work folder later: a decision, a replay, an edited document, one more, and the bad files gone."""
    docs = case.root / "docs"
    neck = next(one["id"] for one in case.export() if one["source"]["id"] == "neck-notes")
    case.call("samples", "accept", neck, "--who", "Dr Li")
    letter = next(one["id"] for one in case.call("deadletters", "list") if one["document"] == "long.txt")
    assert case.call("deadletters", "replay", letter) == {"replayed": [letter], "sent": False}
    (docs / "neck.txt").write_text(NECK + "A disc protrusion was seen at C6/C7.\n")
    (docs / "fall.md").write_text(THORACIC)
    for name in ("empty.md", "binary.txt", "latin1.txt", "slides.pptx", "locked.pdf", "huge.txt"):
        (docs / name).unlink()
    return case.run("--json")


def test_what_is_added_edited_or_replayed_later_is_all_there(case: Case, grown: Answer) -> None:
    told = grown.json
    assert grown.code == 0, grown.err
    assert told["refused"] == []
    assert told["dead"] == {}
    assert told["open"] == 0
    assert told["sources"] == 6
    assert told["model_calls"] > 0
    assert told["queued"] + told["held_items"] == told["planned"]
    states = {one["name"]: one["state"] for one in case.call("sources", "list")}
    assert states["fall.md"] == "live"
    assert states["long.txt"] == "live"
    assert case.call("deadletters", "list")[0]["document"] == "locked.pdf"
    records = {one["source"]["sha256"]: one for one in case.export()}
    assert records[source_version(LONG.encode())]["state"] in ("queued", "held")
    assert source_version(THORACIC.encode()) in records


def test_an_edited_document_supersedes_the_one_before(case: Case, grown: Answer) -> None:
    old, new = source_version(NECK.encode()), source_version((case.root / "docs" / "neck.txt").read_bytes())
    found = {one["version"]: one for one in case.call("sources", "list") if one["id"] == "neck-notes"}
    assert {version: one["state"] for version, one in found.items()} == {old: "superseded", new: "live"}
    assert found[new]["items"] == 2
    assert not set(_ids(case, old)) & set(_ids(case, new))
    accepted = [one for one in case.export() if one["state"] == "accepted"]
    assert [one["source"]["sha256"] for one in accepted] == [old]


def _ids(case: Case, version: str) -> Sequence[str]:
    return [one["id"] for one in case.export() if one["source"]["sha256"] == version]


def test_a_withdrawn_document_is_refused_from_then_on(case: Case, grown: Answer) -> None:
    case.call("sources", "withdraw", "neck-notes", "--who", "Dr Wu", "--why", "no consent")
    answer = case.run()
    assert answer.code == 3
    assert "what came of it" in answer.out
    assert "refused docs/neck.txt: withdrawn: source neck-notes was withdrawn" in answer.out
    assert "Ray" not in answer.err
    assert not [one for one in case.export() if one["source"]["id"] == "neck-notes"]


def test_a_deadline_ends_a_run_with_what_is_open(case: Case, grown: Answer) -> None:
    (case.root / "more").mkdir()
    (case.root / "more" / "late.md").write_text("# Late\n\nA disc protrusion was seen at T7/T8.\n")
    answer = spinestream("run", "more", "--workdir", "W", *ENGINE, *KIND, "--deadline", "1", "--json", cwd=case.root)
    assert answer.code == 3
    assert answer.json["open"] == 1
    assert answer.json["seconds"] < 30
    assert "1 open: the same command again goes on from here" in answer.err
    assert "Ray" not in answer.err
