"""What really answered a request."""

from __future__ import annotations

from generation.model import Growing


class Provenance(Growing):
    """What really answered a request."""

    model: str
    model_digest: str
    adapter: str | None = None
    engine: str
    prompt: str
    """`<name>@<version>`."""
    criteria: str | None = None
    request: str
    """sha256 of the request."""
    seed: int
    candidates: int
    chosen: int
    """Index of the candidate that the checks chose."""
    prompt_tokens: int
    output_tokens: int
    seconds: float
    host: str
    random_weights: bool = False
    """True when the model was never trained (made for tests): what it writes is held, always."""
