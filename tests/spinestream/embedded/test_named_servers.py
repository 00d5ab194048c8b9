"""Servers that the environment names with logins and certificates beside the address; half set, they are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinestream.embedded import Addresses, AddressUnreadable, addresses_from_environment
from spinestream.embedded.environment import SIDE_VARIABLES
from spinestream.endpoints import endpoints
from spinestream.settings import Settings
from spinestream.supervisor import given_to
from spinestream.wiring import broker_settings, worker_settings
from spinestream.workdir import Workdir
from streams.server_url import PASSWORD_FILE, ServerUrl
from tests.spinestream.cli.front_door import called

KAFKA = {"PROTOCOL": "SASL_SSL", "MECHANISM": "SCRAM-SHA-512", "USERNAME": "app"}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    for name in ("ca", "certificate", "key", "password"):
        (tmp_path / name).write_text("hidden\n")
    return {name: str(tmp_path / name) for name in ("ca", "certificate", "key", "password")}


def named(server: str, address: str, **beside: str) -> dict[str, str]:
    variables = {f"SPINESTREAM_{server}_{name}": value for name, value in beside.items()}
    return {f"SPINESTREAM_{server}": address, **variables}


@pytest.fixture
def everything(files: dict[str, str]) -> dict[str, str]:
    """An environment as a pod has it."""
    login = {"USERNAME": "app", "PASSWORD_FILE": files["password"], "CA_FILE": files["ca"]}
    pair = {"CERTIFICATE_FILE": files["certificate"], "KEY_FILE": files["key"]}
    return {
        **named("KAFKA", "a:9093,b:9093", **{**KAFKA, **login, **pair}),
        **named("MONGODB", "mongodb://m1:27017,m2:27017/?replicaSet=rs0", **login),
        **named("REDIS", "rediss://cache:6379/0", **login),
    }


def test_variables_beside_the_addresses_are_taken_up(everything, files) -> None:
    found = addresses_from_environment(everything)
    assert found.kafka_fields() == {
        "bootstrap": "a:9093,b:9093",
        "protocol": "SASL_SSL",
        "mechanism": "SCRAM-SHA-512",
        "username": "app",
        "password": "",
        "password_file": files["password"],
        "ca_file": files["ca"],
        "certificate_file": files["certificate"],
        "key_file": files["key"],
    }
    store, cache = ServerUrl.read(found.mongodb), ServerUrl.read(found.redis)
    assert (store.user, store.password, store.place) == ("app", "", "m1:27017,m2:27017")
    assert dict(store.options) == {
        "replicaSet": "rs0",
        PASSWORD_FILE: files["password"],
        "tls": "true",
        "tlsCAFile": files["ca"],
    }
    assert (cache.scheme, cache.user, cache.option("ssl_ca_certs")) == ("rediss", "app", files["ca"])


def test_they_are_handed_to_roles_in_the_addresses_and_read_as_the_same(everything) -> None:
    found = addresses_from_environment(everything)
    handed = {**given_to(("store",), everything), **found.environment()}
    assert not set(handed) & SIDE_VARIABLES
    assert addresses_from_environment(handed) == found


def test_a_password_in_a_file_is_in_nothing_that_is_handed_on_printed_or_kept(everything, tmp_path) -> None:
    found = addresses_from_environment(everything)
    place = Workdir(tmp_path)
    settings = Settings()
    worker = worker_settings(place, settings, found, settings.pools["engine"])
    for text in (repr(found), str(found.environment()), str(endpoints(place, found)), repr(worker)):
        assert "hidden" not in text
    assert "hidden" not in settings.model_dump_json() + worker.model_dump_json()
    assert broker_settings(found).secret() == "hidden"


def test_what_a_worker_is_given_is_not_printed(tmp_path) -> None:
    at = Addresses(
        kafka="a:1",
        kafka_protocol="SASL_SSL",
        kafka_mechanism="PLAIN",
        kafka_user="app",
        kafka_password="hidden",
        mongodb="mongodb://app:hidden@m:1/",
        redis="redis://:hidden@r:1/0",
    )
    settings = Settings()
    worker = worker_settings(Workdir(tmp_path), settings, at, settings.pools["engine"])
    assert "hidden" not in f"{worker!r} {worker}"


def test_a_broker_may_be_named_by_either_variable_and_a_url_may_say_it_all(files) -> None:
    beside = {**KAFKA, "PASSWORD": "hidden", "CA_FILE": files["ca"]}
    one = addresses_from_environment(named("KAFKA", "a:1", **beside))
    other = named("KAFKA", "", BOOTSTRAP="a:1", **beside)
    assert addresses_from_environment(other) == one
    url = {"SPINESTREAM_KAFKA": one.kafka_url()}
    assert addresses_from_environment(url) == one
    mixed = named("KAFKA", "sasl-ssl://app@a:1?mechanism=SCRAM-SHA-512", PASSWORD="hidden", CA_FILE=files["ca"])
    assert addresses_from_environment(mixed) == one


BAD = [
    (named("KAFKA", "", USERNAME="app"), "set SPINESTREAM_KAFKA$"),
    (named("REDIS", "", CA_FILE="ca"), "set SPINESTREAM_REDIS$"),
    (named("KAFKA", "a:1", BOOTSTRAP="b:1"), "both name the broker"),
    (named("KAFKA", "a:1", PROTOCOL="TLS"), "SPINESTREAM_KAFKA_PROTOCOL is none of"),
    (named("KAFKA", "a:1", **KAFKA), "set SPINESTREAM_KAFKA_PASSWORD"),
    (named("KAFKA", "a:1", PROTOCOL="SASL_SSL", USERNAME="app", PASSWORD="hidden"), "set SPINESTREAM_KAFKA_MECHANISM"),
    (named("KAFKA", "sasl-ssl://u:hidden@a:1", USERNAME="app"), "both say the same"),
    (named("KAFKA", "sasl-ssl://u:hidden@a:1?colour=red"), "not an address"),
    (named("KAFKA", "ssl://a:1", CERTIFICATE_FILE="certificate"), "SPINESTREAM_KAFKA_KEY_FILE is not"),
    (named("KAFKA", "a:1", CA_FILE="ca"), "protocol PLAINTEXT uses none"),
    (named("MONGODB", "mongodb://m:1", USERNAME="app"), "SPINESTREAM_MONGODB_USERNAME is set and .*PASSWORD"),
    (named("MONGODB", "mongodb://m:1", PASSWORD="hidden"), "SPINESTREAM_MONGODB_USERNAME is not"),
    (named("MONGODB", "mongodb://m:1", USERNAME="app", PASSWORD="hidden", PASSWORD_FILE="password"), "both set"),
    (named("MONGODB", "mongodb://u:hidden@m:1", USERNAME="app", PASSWORD="hidden"), "say it once"),
    (named("MONGODB", "mongodb://m:1/?tls=false", CA_FILE="ca"), "turns TLS off"),
    (named("MONGODB", "mongodb://m:1/?tls=true&tlsCAFile=/nowhere/ca"), "tlsCAFile of SPINESTREAM_MONGODB"),
    (named("MONGODB", "mongodb://m:1/?tls=true&tlsInsecure=true"), "tlsInsecure=true.*SPINESTREAM_MONGODB_CA_FILE"),
    (named("MONGODB", "mongodb://m:1/?tlsallowinvalidcertificates=True"), "tlsAllowInvalidCertificates=True"),
    (named("REDIS", "rediss://r:1?ssl_cert_reqs=none"), "ssl_cert_reqs=none.*SPINESTREAM_REDIS_CA_FILE"),
    (named("REDIS", "rediss://r:1?ssl_check_hostname=false"), "ssl_check_hostname=false"),
    (named("REDIS", "redis://r:1", CA_FILE="ca"), "write rediss://"),
    (named("REDIS", "rediss://r:1", USERNAME="app"), "SPINESTREAM_REDIS_USERNAME is set"),
    (named("REDIS", "rediss://r:1", PASSWORD_FILE="/nowhere/password"), "SPINESTREAM_REDIS_PASSWORD_FILE.*/nowhere"),
]


@pytest.mark.parametrize(("environ", "told"), BAD, ids=[told[:40] for _, told in BAD])
def test_what_is_half_set_said_twice_or_missing_is_refused(files, environ, told) -> None:
    with pytest.raises(AddressUnreadable, match=told) as raised:
        addresses_from_environment({name: files.get(value, value) for name, value in environ.items()})
    assert "hidden" not in str(raised.value)


def test_redis_may_know_a_password_and_no_user(files) -> None:
    found = addresses_from_environment(named("REDIS", "redis://r:1/0", PASSWORD_FILE=files["password"]))
    assert ServerUrl.read(found.redis).option(PASSWORD_FILE) == files["password"]


def test_a_command_ends_as_for_other_wrong_settings(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("SPINESTREAM_KAFKA", "a:1")
    monkeypatch.setenv("SPINESTREAM_KAFKA_PROTOCOL", "SASL_SSL")
    answer = called("up", "--workdir", tmp_path / "W")
    assert answer.code == 2
    assert "SPINESTREAM_KAFKA_MECHANISM" in answer.err


def test_settings_of_a_bucket_beside_a_folder_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("SPINESTREAM_S3_ENDPOINT", "https://s3.example.org")
    found = Addresses(mongodb="mongodb://m:1/", redis="redis://r:1/0", kafka="a:1")
    settings = Settings()
    with pytest.raises(Exception, match=r"SPINESTREAM_S3_ENDPOINT: set, but blobs go to .*SPINESTREAM_BLOBS"):
        worker_settings(Workdir(tmp_path), settings, found, settings.pools["engine"])


def test_a_login_in_the_url_of_a_bucket_gets_into_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("SPINESTREAM_BLOBS", "s3://key:hidden@bucket/x")
    answer = called("up", "--workdir", tmp_path / "W")
    assert answer.code == 2
    assert "SPINESTREAM_BLOBS" in answer.err
    assert "hidden" not in answer.err + answer.out
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and "hidden" in path.read_text()]


def test_keys_of_a_bucket_that_are_half_set_end_a_command_as_wrong_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    for name in ("KAFKA", "MONGODB", "REDIS"):
        address = {"KAFKA": "127.0.0.1:1"}.get(name, f"{name.lower()}://127.0.0.1:1/")
        monkeypatch.setenv(f"SPINESTREAM_{name}", address)
    monkeypatch.setenv("SPINESTREAM_BLOBS", "s3://bucket/x")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    answer = called("config", "apply", "--workdir", tmp_path / "W")
    assert answer.code == 2
    assert "AWS_SECRET_ACCESS_KEY is not" in answer.err
