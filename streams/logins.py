"""Logins, certificates and files of secrets: what goes together at a broker, and how a file of a secret is read.

Whatever is half set is refused here with one sentence, which names the variable and what to do.
"""

from __future__ import annotations

from pathlib import Path

from streams.errors import LoginUnusable

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
"""SASL mechanisms that every client of ours speaks."""


def read_secret(path: str, what: str) -> str:
    """Return what a file of a secret holds, without the line break at its end; `what` names its variable in errors.

    Raises LoginUnusable when it cannot be read or is empty.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise _unreadable(path, what, error) from error
    except UnicodeDecodeError as error:
        raise LoginUnusable(f"{what}: {path} is not text in UTF-8") from error
    secret = text.removesuffix("\n").removesuffix("\r")
    if not secret:
        raise LoginUnusable(f"{what}: the file {path} is empty; write the secret into it")
    return secret


def why(error: BaseException) -> str:
    """Return what to say of an error of a client: what is wrong with a login is ours to tell, else its kind."""
    return str(error) if isinstance(error, LoginUnusable) else type(error).__name__


def check_file(path: str, what: str) -> None:
    """Raise LoginUnusable unless the file can be read by this process; `what` names its variable."""
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise _unreadable(path, what, error) from error


def _unreadable(path: str, what: str, error: OSError) -> LoginUnusable:
    return LoginUnusable(
        f"{what}: the file {path} cannot be read ({error.strerror}); mount it there for this user, or name another"
    )


def check_pair(first: str, second: str, first_name: str, second_name: str) -> None:
    """Raise LoginUnusable where one of two that need each other is set alone."""
    if bool(first) != bool(second):
        there, missing = (first_name, second_name) if first else (second_name, first_name)
        raise LoginUnusable(f"{there} is set and {missing} is not: set both or none")


def check_password(password: str, password_file: str, name: str) -> None:
    """Raise LoginUnusable where a password is given twice, or its file cannot be used; `name` is the variable's."""
    if password and password_file:
        raise LoginUnusable(f"{name} and {name}_FILE are both set: the password is in one place, take one away")
    if password_file:
        read_secret(password_file, f"{name}_FILE")


def check_kafka(
    *,
    protocol: str,
    mechanism: str,
    username: str,
    password: str,
    password_file: str,
    ca_file: str,
    certificate_file: str,
    key_file: str,
    prefix: str = "SPINESTREAM_KAFKA_",
) -> None:
    """Raise LoginUnusable unless these go together and every file named can be read; `prefix` begins each variable."""
    login = {"MECHANISM": mechanism, "USERNAME": username, "PASSWORD": password or password_file}
    missing = [prefix + name for name, value in login.items() if not value]
    if protocol.startswith("SASL") and missing:
        raise LoginUnusable(f"protocol {protocol} needs a mechanism, a user and a password: set {', '.join(missing)}")
    if not protocol.startswith("SASL") and len(missing) < len(login):
        raise LoginUnusable(
            f"a login is set, and protocol {protocol} takes none: set {prefix}PROTOCOL to SASL_SSL, or take away "
            + ", ".join(prefix + name for name, value in login.items() if value)
        )
    if mechanism and mechanism not in MECHANISMS:
        raise LoginUnusable(f"{prefix}MECHANISM is none of {', '.join(MECHANISMS)}")
    files = {"CA_FILE": ca_file, "CERTIFICATE_FILE": certificate_file, "KEY_FILE": key_file}
    named = {prefix + name: path for name, path in files.items() if path}
    if named and not protocol.endswith("SSL"):
        raise LoginUnusable(
            f"{', '.join(named)}: certificates are set, and protocol {protocol} uses none; set {prefix}PROTOCOL to "
            "SASL_SSL or SSL, or take them away"
        )
    check_pair(certificate_file, key_file, f"{prefix}CERTIFICATE_FILE", f"{prefix}KEY_FILE")
    check_password(password, password_file, f"{prefix}PASSWORD")
    for name, path in named.items():
        check_file(path, name)
