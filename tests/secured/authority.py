"""An authority of one test session: its certificate, one for servers on loopback, one for a client, as PEM files."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key


class Authority:
    """Files in a folder: `ca` is what a client trusts, the rest are pairs of certificate and key."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA()
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.ca)
        self.server_certificate, self.server_key = _pair(authority, folder / "server", "127.0.0.1", "localhost")
        self.client_certificate, self.client_key = _pair(authority, folder / "client", "client.example")
        self.server_both = folder / "server-both.pem"
        self.server_both.write_bytes(self.server_key.read_bytes() + self.server_certificate.read_bytes())

    def server_context(self) -> ssl.SSLContext:
        """Return what a server in this process shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server_certificate, self.server_key)
        return context


def _pair(authority: trustme.CA, stem: Path, *names: str) -> tuple[Path, Path]:
    """Write certificate and key; Java reads keys in PKCS 8 only (RFC 5208)."""
    made = authority.issue_cert(*names)
    certificate, key = stem.with_suffix(".crt"), stem.with_suffix(".key")
    certificate.write_bytes(b"".join(one.bytes() for one in made.cert_chain_pems))
    private = load_pem_private_key(made.private_key_pem.bytes(), password=None)
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    return certificate, key
