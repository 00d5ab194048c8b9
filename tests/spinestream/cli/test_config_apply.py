"""`spinestream config apply`: what a cluster needs before its roles, on servers that the environment names."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from pymongo import MongoClient

from spinestream.cli.config import command
from streams.topics import specs


@pytest.fixture
def cluster(servers, mongo_db, topic_prefix, monkeypatch):
    for name, value in servers.addresses.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SPINESTREAM_KAFKA_PREFIX", topic_prefix)
    monkeypatch.setenv("SPINESTREAM_DATABASE", mongo_db)
    return mongo_db


def apply(folder, *more: str):
    return CliRunner().invoke(command, ["apply", "--workdir", str(folder), *more], catch_exceptions=False)


def test_what_is_missing_is_made_and_what_is_there_is_left(cluster, mongodb_url, tmp_path) -> None:
    first = apply(tmp_path, "--json")
    assert first.exit_code == 0, first.output
    assert set(json.loads(first.output)["topics_created"]) == {spec.name for spec in specs()}
    with MongoClient(mongodb_url) as client:
        indexes = client[cluster]["samples"].index_information()
        assert len(indexes) > 1
        # Another pod, another folder: nothing of it is kept on a disk.
        again = apply(tmp_path / "another", "--json")
        assert json.loads(again.output) == {"topics_created": []}
        assert client[cluster]["samples"].index_information() == indexes


def test_a_misspelt_setting_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("SPINESTREAM_KAFKA", raising=False)
    monkeypatch.setenv("SPINESTREAM_ENGIN", "vllm")
    told = apply(tmp_path)
    assert "SPINESTREAM_ENGIN is no setting, and is not looked at; is SPINESTREAM_ENGINE meant?" in told.output


def test_servers_that_are_not_named_are_asked_for(tmp_path, monkeypatch) -> None:
    for name in ("SPINESTREAM_KAFKA", "SPINESTREAM_MONGODB", "SPINESTREAM_REDIS"):
        monkeypatch.delenv(name, raising=False)
    refused = apply(tmp_path)
    assert refused.exit_code == 2
    assert "not set: SPINESTREAM_KAFKA, SPINESTREAM_MONGODB, SPINESTREAM_REDIS" in refused.output
