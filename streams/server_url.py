"""A server's URL in parts, so that login and TLS can be put in or taken out. It may name the *file* of its password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

PASSWORD_FILE = "passwordFile"  # noqa: S105 - the name of an option
"""Option of a URL: the file that holds the password."""


@dataclass(frozen=True, slots=True, repr=False)
class ServerUrl:
    """A server's URL in parts; not printed, since it may hold a password."""

    scheme: str
    user: str
    password: str
    place: str
    """host:port, several with commas between them; empty for a socket."""
    path: str
    options: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, url: str) -> ServerUrl:
        """Return the parts of a URL."""
        parts = urlsplit(url)
        login, _, place = parts.netloc.rpartition("@")
        user, _, password = login.partition(":")
        options = tuple(parse_qsl(parts.query, keep_blank_values=True))
        return cls(parts.scheme, unquote(user), unquote(password), place, parts.path, options)

    @property
    def text(self) -> str:
        """The URL."""
        user, password = quote(self.user, safe=""), quote(self.password, safe="")
        login = f"{user}:{password}@" if password else f"{user}@" if user else ""
        query = urlencode(self.options, quote_via=quote, safe="/:")
        path = self.path or ("/" if query else "")
        return f"{self.scheme}://{login}{self.place}{path}" + (f"?{query}" if query else "")

    def option(self, name: str) -> str:
        """Return an option's last value, nothing where it is not given; case does not matter, as to MongoDB."""
        return next((value for known, value in reversed(self.options) if known.lower() == name.lower()), "")

    def having(self, options: Mapping[str, str]) -> ServerUrl:
        """Return the URL with these options in the place of those of the same names; an empty value takes one away."""
        known = {name.lower() for name in options}
        kept = [(name, value) for name, value in self.options if name.lower() not in known]
        return replace(self, options=(*kept, *((name, value) for name, value in options.items() if value)))

    def without_login(self) -> ServerUrl:
        """Return the URL without user, password and the file of one."""
        return replace(self, user="", password="").having({PASSWORD_FILE: ""})
