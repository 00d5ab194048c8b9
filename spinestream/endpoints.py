"""Where a deployment listens: with logins for those who connect, and as it may be printed, which is without."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from spinestream.embedded import Addresses, addresses_from_environment, status
from spinestream.embedded.server import Place
from spinestream.embedded.starting import server_at
from spinestream.embedded.state import load
from spinestream.gateway_file import gateway_told
from spinestream.sessions import members
from spinestream.supervisor import roles_told
from spinestream.web_file import WebNote, web_told
from spinestream.workdir import Workdir


def addresses_now(workdir: Workdir) -> Addresses:
    """Return the addresses of the servers that run now, with their logins, or that the environment names; starts none.
    An address is empty where there is no server."""
    known = addresses_from_environment()
    records = load(workdir.root).servers
    for one in status(workdir.root):
        if one.ready and not getattr(known, one.name):
            known = known.joined(server_at(Place(workdir.root, one.name), records[one.name]).address())
    return known


def endpoints(workdir: Workdir, addresses: Addresses) -> dict[str, Any]:
    """Return host:port of each server, the desk's URL as `web`, that of the metrics, host:port of the gateway's C-STORE
    as `dicom` (each null where there is none), and where the logins lie."""
    given = addresses_from_environment()
    outside = any((given.kafka, given.mongodb, given.redis))
    return {
        "kafka": addresses.kafka or None,
        "mongodb": _place(addresses.mongodb),
        "redis": _place(addresses.redis),
        "web": _desk(workdir),
        "metrics": _metrics(workdir),
        "dicom": _gateway(workdir),
        "credentials": "the environment" if outside else str(workdir.secrets),
    }


def _desk(workdir: Workdir) -> str | None:
    """Return the URL of the desk, None where no web role of this work folder runs."""
    note = _web(workdir)
    return note.address if note else None


def _metrics(workdir: Workdir) -> str | None:
    """Return the URL of the metrics, None where none are served."""
    note = _web(workdir)
    return f"http://127.0.0.1:{note.metrics}/metrics" if note and note.metrics else None


def _web(workdir: Workdir) -> WebNote | None:
    """Return what the web role of this work folder says of itself, None where it does not run."""
    note = web_told(workdir)
    running = {pid for label, pid in roles_told(workdir).items() if "web" in label.split("+")}
    return note if note and note.pid in running and note.pid in members(note.pid) else None


def _gateway(workdir: Workdir) -> str | None:
    """Return where the gateway takes DICOM, None where no gateway of this work folder does."""
    note = gateway_told(workdir)
    running = {pid for label, pid in roles_told(workdir).items() if "gateway" in label.split("+")}
    return note.place if note and note.pid in running and note.pid in members(note.pid) else None


def _place(url: str) -> str | None:
    """Return host and port of a URL, of several hosts where it names several; a socket's path."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or parts.path or None
