"""`spinestream events`: what other tools are told of the registry, printed and written."""

from __future__ import annotations

import json

import orjson
import pytest
import yaml
from click.testing import CliRunner

from spinestream.cli.events import command
from streams.asyncapi import asyncapi
from streams.kafka_manifests import chart_table, kafka_topics


def run(*arguments: str):
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


@pytest.mark.parametrize(("name", "made"), [("asyncapi", asyncapi), ("chart", chart_table)])
def test_a_document_is_printed_or_written(name, made, tmp_path) -> None:
    assert json.loads(run(name, "--json").output) == made()
    file = tmp_path / "folder" / "it.json"
    written = run(name, "--out", str(file))
    assert written.output.strip() == str(file)
    assert orjson.loads(file.read_bytes()) == made()


def test_manifests_are_yaml_for_kubectl_or_a_json_list() -> None:
    options = ("--cluster", "main", "--prefix", "team.", "--replicas", "1", "--min-insync-replicas", "1")
    wanted = kafka_topics("main", prefix="team.", replicas=1, min_insync_replicas=1)
    assert list(yaml.safe_load_all(run("manifests", *options).output)) == wanted
    assert json.loads(run("manifests", *options, "--json").output) == wanted


def test_replicas_that_cannot_acknowledge_are_refused() -> None:
    refused = run("manifests", "--replicas", "1")
    assert refused.exit_code == 2
    assert "within 1…1" in refused.output
