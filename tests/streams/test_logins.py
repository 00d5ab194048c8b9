"""What is half set at a broker or a bucket is refused with one sentence that names the variable, and no secret."""

from __future__ import annotations

import asyncio
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from streams.broker import Broker, BrokerSettings
from streams.errors import DependencyDown, LoginUnusable
from streams.logins import check_file, read_secret
from streams.object_store import S3Settings
from streams.publisher import Publisher
from streams.server_url import PASSWORD_FILE, ServerUrl
from streams.servers import FileLogin, mongo_client
from tests.streams.conftest import event

LOGIN = {"mechanism": "SCRAM-SHA-512", "username": "app", "password": "hidden1"}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    found = {}
    for name in ("ca", "certificate", "key", "password"):
        (tmp_path / name).write_text(f"hidden-{name}\n")
        found[f"{name}_file"] = str(tmp_path / name)
    return found


def refusal(**fields: Any) -> str:
    with pytest.raises(ValidationError) as raised:
        BrokerSettings.model_validate({"bootstrap": "a:1", **fields})
    [fault] = raised.value.errors(include_input=False, include_url=False)
    assert "hidden" not in fault["msg"]
    return str(fault["msg"])


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"protocol": "SASL_SSL"}, ("MECHANISM", "USERNAME", "PASSWORD")),
        ({"protocol": "SASL_SSL", **LOGIN, "mechanism": ""}, ("set SPINESTREAM_KAFKA_MECHANISM",)),
        ({"protocol": "SASL_SSL", **LOGIN, "username": ""}, ("set SPINESTREAM_KAFKA_USERNAME",)),
        ({"protocol": "SASL_PLAINTEXT", **LOGIN, "password": ""}, ("set SPINESTREAM_KAFKA_PASSWORD",)),
        ({"protocol": "SASL_SSL", **LOGIN, "mechanism": "GSSAPI"}, ("SPINESTREAM_KAFKA_MECHANISM is none of",)),
        ({"protocol": "SSL", **LOGIN}, ("protocol SSL takes none", "SASL_SSL")),
        ({"username": "app"}, ("protocol PLAINTEXT takes none", "SPINESTREAM_KAFKA_USERNAME")),
        ({"protocol": "SASL_SSL", **LOGIN, "password_file": "password"}, ("both set",)),
        ({"ca_file": "ca"}, ("SPINESTREAM_KAFKA_CA_FILE", "SPINESTREAM_KAFKA_PROTOCOL")),
        ({"protocol": "SASL_PLAINTEXT", **LOGIN, "ca_file": "ca"}, ("protocol SASL_PLAINTEXT uses none",)),
        ({"protocol": "SSL", "certificate_file": "certificate"}, ("SPINESTREAM_KAFKA_KEY_FILE is not",)),
        ({"protocol": "SSL", "key_file": "key"}, ("SPINESTREAM_KAFKA_CERTIFICATE_FILE is not",)),
    ],
)
def test_what_is_half_set_at_a_broker_is_refused_by_name(files, fields, named) -> None:
    told = refusal(**{name: files.get(name, value) for name, value in fields.items()})
    assert all(one in told for one in named), told


@pytest.mark.parametrize("field", ["ca_file", "password_file"])
def test_a_file_that_is_missing_is_named(files, field, tmp_path) -> None:
    fields = {"protocol": "SASL_SSL", **LOGIN, "password": "", "password_file": files["password_file"]}
    told = refusal(**fields | {field: str(tmp_path / "gone")})
    assert f"SPINESTREAM_KAFKA_{field.upper()}" in told
    assert str(tmp_path / "gone") in told


def test_what_is_whole_reaches_every_client(files) -> None:
    pair = {name: files[name] for name in ("ca_file", "certificate_file", "key_file")}
    settings = BrokerSettings.model_validate(
        {"bootstrap": "a:1", "protocol": "SASL_SSL", **LOGIN, "password": "", **pair}
        | {"password_file": files["password_file"]}
    )
    given_ = settings.client()
    assert given_["ssl_cafile"] == files["ca_file"]
    assert (given_["ssl_certfile"], given_["ssl_keyfile"]) == (files["certificate_file"], files["key_file"])
    assert given_["sasl_plain_password"] == "hidden-password"
    assert "hidden" not in repr(settings)
    Path(files["password_file"]).write_text("changed")
    assert settings.client()["sasl_plain_password"] == "changed"


def test_the_password_of_a_file_does_not_cross_to_another_process(files) -> None:
    settings = BrokerSettings.model_validate(
        {"bootstrap": "a:1", "protocol": "SASL_PLAINTEXT", **LOGIN, "password": ""}
        | {"password_file": files["password_file"]}
    )
    crossing = pickle.dumps(settings)
    assert b"hidden" not in crossing
    assert pickle.loads(crossing).secret() == "hidden-password"


@pytest.mark.parametrize(
    ("content", "secret"), [("s", "s"), ("s\n", "s"), ("s\r\n", "s"), (" s ", " s "), ("s\n\n", "s\n")]
)
def test_of_a_secret_only_the_last_line_break_goes(tmp_path, content, secret) -> None:
    (tmp_path / "secret").write_bytes(content.encode())
    assert read_secret(str(tmp_path / "secret"), "X") == secret


def test_a_secret_that_cannot_be_read_is_named_and_not_quoted(tmp_path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "odd").write_bytes(b"\xff\xfehidden")
    for path in (tmp_path / "empty", tmp_path / "odd", tmp_path / "gone", tmp_path):
        with pytest.raises(LoginUnusable, match=f"X_FILE: .*{path}") as raised:
            read_secret(str(path), "X_FILE")
        assert "hidden" not in str(raised.value)
    if os.getuid() != 0:
        (tmp_path / "closed").write_text("s")
        (tmp_path / "closed").chmod(0)
        with pytest.raises(LoginUnusable, match="Permission denied"):
            check_file(str(tmp_path / "closed"), "X_FILE")


TEXT = st.text(min_size=1, max_size=12).filter(lambda text: not any(0xD800 <= ord(c) < 0xE000 for c in text))


@given(user=TEXT, password=TEXT, file=TEXT)
def test_a_url_that_is_put_together_is_read_as_the_same(user, password, file) -> None:
    at = ServerUrl("mongodb", user, password, "a:1,b:2", "/", (("replicaSet", "rs0"), (PASSWORD_FILE, file)))
    assert ServerUrl.read(at.text) == at
    assert at.without_login().text == "mongodb://a:1,b:2/?replicaSet=rs0"
    assert password not in repr(at) or len(password) < 3


def test_a_url_keeps_options_that_are_given_twice_and_takes_the_place_of_one() -> None:
    at = ServerUrl.read("mongodb://h/db?readPreferenceTags=a:1&readPreferenceTags=b:2&TLS=false")
    assert at.having({"tls": "true"}).text == "mongodb://h/db?readPreferenceTags=a:1&readPreferenceTags=b:2&tls=true"
    assert at.option("tls") == "false"
    assert ServerUrl.read("unix:///tmp/redis.sock").text == "unix:///tmp/redis.sock"


def test_a_login_in_a_file_is_read_when_it_is_needed(tmp_path) -> None:
    file = tmp_path / "password"
    file.write_text("first")
    login = FileLogin("", str(file))
    assert login.get_credentials() == ("first",)
    file.write_text("second")
    assert login.get_credentials() == ("second",)
    assert FileLogin("app", str(file)).get_credentials() == ("app", "second")
    file.unlink()
    with pytest.raises(LoginUnusable, match="MongoDB"):
        mongo_client(f"mongodb://app@127.0.0.1:1/?{PASSWORD_FILE}={file}")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"key_file": "key"}, "SPINESTREAM_S3_SECRET_FILE is not"),
        ({"secret_file": "key"}, "SPINESTREAM_S3_KEY_FILE is not"),
        ({"endpoint": "http://a:1", "ca_file": "ca"}, "write https"),
        ({"endpoint": "a:1"}, "pattern"),
        ({"ca_file": "/nowhere/ca"}, "SPINESTREAM_S3_CA_FILE"),
        ({"key_file": "/nowhere/key", "secret_file": "key"}, "SPINESTREAM_S3_KEY_FILE"),
    ],
)
def test_what_is_half_set_at_a_bucket_is_refused_by_name(files, fields, named) -> None:
    known = {"key": files["key_file"], "ca": files["ca_file"]}
    with pytest.raises(ValidationError, match=named):
        S3Settings.model_validate({name: known.get(value, value) for name, value in fields.items()})


def test_keys_of_a_bucket_are_in_one_place_and_whole(files, monkeypatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    in_files = S3Settings.model_validate({"key_file": files["key_file"], "secret_file": files["password_file"]})
    assert in_files.options()["key"] == "hidden-key"
    assert "hidden" not in repr(in_files)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    with pytest.raises(LoginUnusable, match="AWS_SECRET_ACCESS_KEY is not"):
        S3Settings().options()
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    assert "key" not in S3Settings().options()
    with pytest.raises(LoginUnusable, match="both set"):
        in_files.options()


def test_a_password_file_that_went_is_what_publisher_and_administration_tell(files) -> None:
    fields = {"bootstrap": "127.0.0.1:1", "protocol": "SASL_PLAINTEXT", **LOGIN, "password": ""}
    broker = Broker(BrokerSettings.model_validate(fields | {"password_file": files["password_file"]}))
    Path(files["password_file"]).unlink()
    with pytest.raises(DependencyDown, match="SPINESTREAM_KAFKA_PASSWORD_FILE"):
        broker.missing_topics()
    publisher = Publisher(broker)
    with pytest.raises(DependencyDown, match="SPINESTREAM_KAFKA_PASSWORD_FILE"):
        asyncio.run(publisher.publish([event("planned", 1)]))
    publisher.close()
