"""Servers that the environment names: one address each, and beside it login and certificates, the password in a file.

What may be said in an address may be said by a variable of its own, once; what is half set is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from spinestream.embedded.addresses import (
    KAFKA_FACTS,
    KAFKA_VARIABLE,
    MONGODB_VARIABLE,
    PROTOCOLS,
    REDIS_VARIABLE,
    Addresses,
    kafka_url_facts,
)
from spinestream.embedded.errors import AddressUnreadable
from streams.errors import LoginUnusable
from streams.logins import check_file, check_kafka, check_pair, check_password
from streams.server_url import PASSWORD_FILE, ServerUrl

_BOOTSTRAP = f"{KAFKA_VARIABLE}_BOOTSTRAP"
_KAFKA = {
    f"{KAFKA_VARIABLE}_{name}".upper(): field
    for name, field in {
        "protocol": "kafka_protocol",
        "username": "kafka_user",
        "password": "kafka_password",
        **KAFKA_FACTS,
    }.items()
}
_LOGIN = ("USERNAME", "PASSWORD", "PASSWORD_FILE", "CA_FILE")
SIDE_VARIABLES = frozenset(
    {_BOOTSTRAP, *_KAFKA, *(f"{server}_{name}" for server in (MONGODB_VARIABLE, REDIS_VARIABLE) for name in _LOGIN)}
)
"""Variables beside the addresses; addresses that are handed on hold what these say."""
_CERTIFICATES = {
    MONGODB_VARIABLE: ("tlsCAFile", "tlsCertificateKeyFile"),
    REDIS_VARIABLE: ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile"),
}
"""Options of the URLs that name files."""
_UNCHECKED = {
    "tlsInsecure": "true",
    "tlsAllowInvalidCertificates": "true",
    "tlsAllowInvalidHostnames": "true",
    "ssl_cert_reqs": "none optional",
    "ssl_check_hostname": "false no 0",
}
"""Options of the URLs, with what they may not say: a server would not be held to its certificate."""


def addresses_from_environment(environ: Mapping[str, str] | None = None) -> Addresses:
    """Servers that the environment names, which are used and not started; those it does not name stay empty.

    Raises `AddressUnreadable` for what is no address, is half set or said twice, and for files that cannot be read.
    """
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in environ.items() if value.strip()}
    try:
        return replace(
            _kafka(given),
            mongodb=_url(MONGODB_VARIABLE, ("mongodb", "mongodb+srv"), given),
            redis=_url(REDIS_VARIABLE, ("redis", "rediss", "unix"), given),
        )
    except LoginUnusable as error:
        raise AddressUnreadable(str(error)) from error


def _kafka(environ: Mapping[str, str]) -> Addresses:
    address = environ.get(KAFKA_VARIABLE, "").strip()
    bootstrap = environ.get(_BOOTSTRAP, "").strip()
    if address and bootstrap and address != bootstrap:
        raise AddressUnreadable(f"{KAFKA_VARIABLE} and {_BOOTSTRAP} both name the broker: set one")
    beside = {name: environ[name] for name in _KAFKA if name in environ}
    if not (address or bootstrap):
        _refuse_without_address(KAFKA_VARIABLE, beside)
        return Addresses()
    found = kafka_url_facts(address or bootstrap)
    is_url = "://" in (address or bootstrap)
    for name in beside:
        if getattr(found, _KAFKA[name]) and (is_url or name != f"{KAFKA_VARIABLE}_PROTOCOL"):
            raise AddressUnreadable(f"{KAFKA_VARIABLE} and {name} both say the same: take one away")
    known = {_KAFKA[name]: value if name.endswith("_PASSWORD") else value.strip() for name, value in beside.items()}
    found = replace(found, **known)
    if is_url and found.kafka_protocol.startswith("SASL"):
        found = replace(found, kafka_mechanism=found.kafka_mechanism or "PLAIN")
    if found.kafka_protocol not in PROTOCOLS:
        raise AddressUnreadable(f"{KAFKA_VARIABLE}_PROTOCOL is none of {', '.join(PROTOCOLS)}")
    check_kafka(**{name: value for name, value in found.kafka_fields().items() if name != "bootstrap"})
    return found


def _url(variable: str, schemes: tuple[str, ...], environ: Mapping[str, str]) -> str:
    """Return a server's URL with what the variables beside it say in it."""
    url = environ.get(variable, "").strip()
    beside = {name: environ[f"{variable}_{name}"] for name in _LOGIN if f"{variable}_{name}" in environ}
    if not url:
        _refuse_without_address(variable, {f"{variable}_{name}": value for name, value in beside.items()})
        return ""
    if url.partition("://")[0] not in schemes:
        raise AddressUnreadable(f"{variable} is not an address: it starts with {schemes[0]}://")
    at = ServerUrl.read(url)
    if beside:
        at = _logged_in(variable, at, beside)
        at = _trusting(variable, at, beside.get("CA_FILE", "").strip())
        url = at.text
    for option, refused in _UNCHECKED.items():
        if at.option(option).lower() in refused.split():
            told = f"{variable} says {option}={at.option(option)}: a server's certificate is always checked"
            raise AddressUnreadable(f"{told}; take it away, and name the authority with {variable}_CA_FILE")
    for option in _CERTIFICATES[variable]:
        if at.option(option):
            check_file(at.option(option), f"{option} of {variable}")
    if at.option(PASSWORD_FILE):
        check_password(at.password, at.option(PASSWORD_FILE), f"{variable}_PASSWORD")
    return url


def _logged_in(variable: str, at: ServerUrl, beside: Mapping[str, str]) -> ServerUrl:
    user, password = beside.get("USERNAME", "").strip(), beside.get("PASSWORD", "")
    file = beside.get("PASSWORD_FILE", "").strip()
    if not (user or password or file):
        return at
    if at.user or at.password or at.option(PASSWORD_FILE):
        raise AddressUnreadable(f"{variable} holds a login, and {variable}_USERNAME or _PASSWORD is set: say it once")
    check_password(password, file, f"{variable}_PASSWORD")
    if variable == MONGODB_VARIABLE or user:
        check_pair(user, password or file, f"{variable}_USERNAME", f"{variable}_PASSWORD or {variable}_PASSWORD_FILE")
    return replace(at, user=user, password=password).having({PASSWORD_FILE: file})


def _trusting(variable: str, at: ServerUrl, ca_file: str) -> ServerUrl:
    """Return the URL with TLS that trusts the authorities of a file; at MongoDB that turns TLS on."""
    if not ca_file:
        return at
    if variable == REDIS_VARIABLE:
        if at.scheme != "rediss":
            raise AddressUnreadable(f"{variable}_CA_FILE is set and {variable} has no TLS: write rediss://")
        return at.having({"ssl_ca_certs": ca_file})
    if at.option("tls") == "false" or at.option("ssl") == "false":
        raise AddressUnreadable(f"{variable}_CA_FILE is set and {variable} turns TLS off: take one away")
    return at.having({"tls": "true", "ssl": "", "tlsCAFile": ca_file})


def _refuse_without_address(variable: str, beside: Mapping[str, str]) -> None:
    if beside:
        raise AddressUnreadable(f"{', '.join(sorted(beside))}: set, but no server is named; set {variable}")
