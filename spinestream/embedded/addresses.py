"""Where the broker, the store and the queue are, and what a client needs to log in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from spinestream.embedded.errors import AddressUnreadable

KAFKA_VARIABLE = "SPINESTREAM_KAFKA"
MONGODB_VARIABLE = "SPINESTREAM_MONGODB"
REDIS_VARIABLE = "SPINESTREAM_REDIS"

_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")


@dataclass(frozen=True, slots=True, repr=False)
class Addresses:
    """Addresses with credentials. An address that was not asked for is empty. Printed, the secrets are masked."""

    kafka: str = ""
    """Bootstrap servers, `host:port[,host:port...]`."""
    mongodb: str = ""
    """`mongodb://user:password@host:port/?...`, with `directConnection=true` for an embedded one."""
    redis: str = ""
    """`redis://:password@host:port/0`."""
    kafka_protocol: str = "PLAINTEXT"
    """`PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` (the embedded broker) or `SASL_SSL`."""
    kafka_mechanism: str = ""
    """`PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, or empty without SASL."""
    kafka_user: str = ""
    kafka_password: str = ""

    def kafka_settings(self) -> dict[str, str]:
        """Keyword arguments for any client of kafka-python: bootstrap servers and login."""
        settings = {"bootstrap_servers": self.kafka, "security_protocol": self.kafka_protocol}
        if self.kafka_mechanism:
            settings["sasl_mechanism"] = self.kafka_mechanism
            settings["sasl_plain_username"] = self.kafka_user
            settings["sasl_plain_password"] = self.kafka_password
        return settings

    def kafka_url(self) -> str:
        """Bootstrap servers and login in one string, as `SPINESTREAM_KAFKA` takes it."""
        if not self.kafka or self.kafka_protocol == "PLAINTEXT":
            return self.kafka
        login = query = ""
        if self.kafka_mechanism:
            login = f"{quote(self.kafka_user, safe='')}:{quote(self.kafka_password, safe='')}@"
            query = "?" + urlencode({"mechanism": self.kafka_mechanism})
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

    PROTOCOL is one of plaintext, ssl, sasl-plaintext, sasl-ssl. Raises `AddressUnreadable`, without the value in it.
    """
    if "://" not in value:
        return Addresses(kafka=value)
    parts = urlsplit(value)
    protocol = parts.scheme.upper().replace("-", "_")
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    if protocol not in _PROTOCOLS or not hosts or (protocol.startswith("SASL") and not (user and password)):
        raise AddressUnreadable(
            f"{KAFKA_VARIABLE} is not an address: write host:port[,host:port], or "
            "sasl-ssl://user:password@host:port?mechanism=SCRAM-SHA-512"
        )
    if not protocol.startswith("SASL"):
        return Addresses(kafka=hosts, kafka_protocol=protocol)
    mechanism = parse_qs(parts.query).get("mechanism", ["PLAIN"])[0]
    return Addresses(
        kafka=hosts,
        kafka_protocol=protocol,
        kafka_mechanism=mechanism,
        kafka_user=unquote(user),
        kafka_password=unquote(password),
    )


def addresses_from_environment(environ: Mapping[str, str] | None = None) -> Addresses:
    """Servers that the environment names, which are used and not started; those it does not name stay empty."""
    environ = os.environ if environ is None else environ
    kafka = environ.get(KAFKA_VARIABLE, "").strip()
    known = read_kafka_url(kafka) if kafka else Addresses()
    mongodb, redis = environ.get(MONGODB_VARIABLE, "").strip(), environ.get(REDIS_VARIABLE, "").strip()
    for variable, value, schemes in (
        (MONGODB_VARIABLE, mongodb, ("mongodb", "mongodb+srv")),
        (REDIS_VARIABLE, redis, ("redis", "rediss", "unix")),
    ):
        if value and value.partition("://")[0] not in schemes:
            raise AddressUnreadable(f"{variable} is not an address: it starts with {schemes[0]}://")
    return replace(known, mongodb=mongodb, redis=redis)
