from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinestream.embedded import Addresses, AddressUnreadable, Servers, addresses_from_environment, read_kafka_url

FULL = Addresses(
    kafka="127.0.0.1:1,127.0.0.1:2",
    mongodb="mongodb://me:hidden1@127.0.0.1:3/?replicaSet=rs0",
    redis="redis://:hidden2@127.0.0.1:4/0",
    kafka_protocol="SASL_PLAINTEXT",
    kafka_mechanism="SCRAM-SHA-256",
    kafka_user="me",
    kafka_password="hidden3",
)


def test_the_environment_carries_addresses_to_another_process() -> None:
    assert addresses_from_environment(FULL.environment()) == FULL


def test_nothing_named_is_nothing_known() -> None:
    assert addresses_from_environment({}) == Addresses()
    assert Addresses().environment() == {}


def test_printed_addresses_hold_no_secret() -> None:
    assert "hidden" not in repr(FULL)
    assert "hidden" not in f"{FULL}"
    assert repr(FULL).count("***") == 3


@given(
    password=st.text(min_size=1, max_size=20).filter(lambda text: not any(0xD800 <= ord(c) < 0xE000 for c in text)),
    protocol=st.sampled_from(["SASL_PLAINTEXT", "SASL_SSL"]),
    mechanism=st.sampled_from(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
)
def test_any_password_survives_the_url(password: str, protocol: str, mechanism: str) -> None:
    given_ = Addresses(
        kafka="a:1,b:2",
        kafka_protocol=protocol,
        kafka_mechanism=mechanism,
        kafka_user="u@x",
        kafka_password=password,
    )
    assert read_kafka_url(given_.kafka_url()) == given_


def test_a_bare_bootstrap_list_needs_no_login() -> None:
    assert read_kafka_url("a:9092,b:9092").kafka_settings() == {
        "bootstrap_servers": "a:9092,b:9092",
        "security_protocol": "PLAINTEXT",
    }
    assert read_kafka_url("ssl://a:9092").kafka_protocol == "SSL"


@pytest.mark.parametrize("value", ["http://a:1", "sasl-ssl://a:1", "sasl-ssl://hidden:@a:1", "sasl-ssl://"])
def test_an_unreadable_kafka_address_is_refused_and_not_quoted(value: str) -> None:
    with pytest.raises(AddressUnreadable, match="SPINESTREAM_KAFKA") as caught:
        read_kafka_url(value)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("name", ["MONGODB", "REDIS"])
def test_an_address_of_another_kind_is_refused(name: str) -> None:
    with pytest.raises(AddressUnreadable, match=f"SPINESTREAM_{name}"):
        addresses_from_environment({f"SPINESTREAM_{name}": "127.0.0.1:1"})


def test_servers_named_by_the_environment_are_not_started(tmp_path) -> None:
    with Servers(tmp_path, environ=FULL.environment()) as servers:
        assert servers.owned == frozenset()
        assert servers.addresses == FULL
        assert servers.ensure() == []


def test_an_unknown_server_is_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match="postgres"):
        Servers(tmp_path, only=("postgres",))
