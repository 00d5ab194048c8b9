"""Where the broker, the store and the queue are, and what a client needs to log in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from spinestream.embedded.errors import AddressUnreadable
from streams.logins import read_secret

KAFKA_VARIABLE = "SPINESTREAM_KAFKA"
MONGODB_VARIABLE = "SPINESTREAM_MONGODB"
REDIS_VARIABLE = "SPINESTREAM_REDIS"

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
KAFKA_FACTS: Mapping[str, str] = {
    "mechanism": "kafka_mechanism",
    "password_file": "kafka_password_file",
    "ca_file": "kafka_ca_file",
    "certificate_file": "kafka_certificate_file",
    "key_file": "kafka_key_file",
}
"""What may stand behind the `?` of a broker's URL, with the field that it is."""


@dataclass(frozen=True, slots=True, repr=False)
class Addresses:
    """Addresses with credentials. An address that was not asked for is empty. Printed, the secrets are masked."""

    kafka: str = ""
    """Bootstrap servers, `host:port[,host:port...]`."""
    mongodb: str = ""
    """`mongodb://user:password@host:port/?...`, with `directConnection=true` for an embedded one. `passwordFile` among
    its options stands for the password (`streams.servers`)."""
    redis: str = ""
    """`redis://:password@host:port/0`, `rediss://` with TLS; `passwordFile` as above."""
    kafka_protocol: str = "PLAINTEXT"
    """`PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` (the embedded broker) or `SASL_SSL`."""
    kafka_mechanism: str = ""
    """`PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, or empty without SASL."""
    kafka_user: str = ""
    kafka_password: str = ""
    kafka_password_file: str = ""
    """File that holds the password, in the place of one."""
    kafka_ca_file: str = ""
    """PEM file of the authorities whose brokers are trusted; empty: those of the system."""
    kafka_certificate_file: str = ""
    kafka_key_file: str = ""

    def kafka_fields(self) -> dict[str, str]:
        """What `streams.broker.BrokerSettings` takes of these, by its names."""
        return {
            "bootstrap": self.kafka,
            "protocol": self.kafka_protocol,
            "username": self.kafka_user,
            "password": self.kafka_password,
            **{name: getattr(self, field) for name, field in KAFKA_FACTS.items()},
        }

    def kafka_settings(self) -> dict[str, str]:
        """Keyword arguments for any client of kafka-python: bootstrap servers, login and certificates."""
        settings = {"bootstrap_servers": self.kafka, "security_protocol": self.kafka_protocol}
        if self.kafka_mechanism:
            settings["sasl_mechanism"] = self.kafka_mechanism
            settings["sasl_plain_username"] = self.kafka_user
            settings["sasl_plain_password"] = self.kafka_password
            if self.kafka_password_file:
                settings["sasl_plain_password"] = read_secret(self.kafka_password_file, "the password file of Kafka")
        files = {
            "ssl_cafile": self.kafka_ca_file,
            "ssl_certfile": self.kafka_certificate_file,
            "ssl_keyfile": self.kafka_key_file,
        }
        return settings | {name: path for name, path in files.items() if path}

    def kafka_url(self) -> str:
        """Bootstrap servers, login and certificates in one string, as `SPINESTREAM_KAFKA` takes it."""
        if not self.kafka or self.kafka_protocol == "PLAINTEXT":
            return self.kafka
        user, password = quote(self.kafka_user, safe=""), quote(self.kafka_password, safe="")
        login = f"{user}:{password}@" if password else f"{user}@" if user else ""
        facts = {name: getattr(self, field) for name, field in KAFKA_FACTS.items() if getattr(self, field)}
        query = f"?{urlencode(facts)}" if facts else ""
        return f"{self.kafka_protocol.lower().replace('_', '-')}://{login}{self.kafka}{query}"

    def environment(self) -> dict[str, str]:
        """The variables that hand these addresses to another process; `addresses_from_environment` reads them."""
        given = {KAFKA_VARIABLE: self.kafka_url(), MONGODB_VARIABLE: self.mongodb, REDIS_VARIABLE: self.redis}
        return {name: value for name, value in given.items() if value}

    def joined(self, other: Addresses) -> Addresses:
        """These addresses, with what `other` knows in their place."""
        blank = Addresses()
        known = {
            f.name: getattr(other, f.name) for f in fields(other) if getattr(other, f.name) != getattr(blank, f.name)
        }
        return replace(self, **known)

    def __repr__(self) -> str:
        password = "***" if self.kafka_password else ""
        return (
            f"Addresses(kafka={self.kafka!r}, mongodb={_masked(self.mongodb)!r}, redis={_masked(self.redis)!r}, "
            f"kafka_protocol={self.kafka_protocol!r}, kafka_user={self.kafka_user!r}, kafka_password={password!r})"
        )


def _masked(url: str) -> str:
    """`url` with `***` for its password."""
    scheme, separator, rest = url.partition("://")
    login, at, place = rest.rpartition("@")
    if not at:
        return url
    user, colon, _ = login.partition(":")
    return f"{scheme}{separator}{user}{colon}***@{place}" if colon else url


def read_kafka_url(value: str) -> Addresses:
    """Read `host:port[,host:port]`, or `PROTOCOL://user:password@host:port[,host:port]?mechanism=PLAIN`.

    PROTOCOL is one of plaintext, ssl, sasl-plaintext, sasl-ssl; `KAFKA_FACTS` names what else may stand behind the `?`.
    Raises `AddressUnreadable`, without the value in it.
    """
    found = kafka_url_facts(value)
    if not found.kafka_protocol.startswith("SASL"):
        return found
    if not (found.kafka_user and (found.kafka_password or found.kafka_password_file)):
        raise _unreadable_kafka()
    return replace(found, kafka_mechanism=found.kafka_mechanism or "PLAIN")


def kafka_url_facts(value: str) -> Addresses:
    """Read what a broker's URL says, complete or not; raises `AddressUnreadable` where it is none."""
    if "://" not in value:
        return Addresses(kafka=value)
    parts = urlsplit(value)
    protocol = parts.scheme.upper().replace("-", "_")
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    query = parse_qs(parts.query)
    if protocol not in PROTOCOLS or not hosts or query.keys() - KAFKA_FACTS.keys():
        raise _unreadable_kafka()
    facts = {field: query[name][0] for name, field in KAFKA_FACTS.items() if name in query}
    return Addresses(
        kafka=hosts, kafka_protocol=protocol, kafka_user=unquote(user), kafka_password=unquote(password), **facts
    )


def _unreadable_kafka() -> AddressUnreadable:
    return AddressUnreadable(
        f"{KAFKA_VARIABLE} is not an address: write host:port[,host:port], or "
        "sasl-ssl://user:password@host:port?mechanism=SCRAM-SHA-512"
    )
