"""PNG bytes to pictures, before a model looks at them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from actors.engines.errors import RequestFailed
from generation.requests import ModelRequest

MOST_PIXELS = 64_000_000
"""A larger picture is refused before it is unpacked."""


def given(request: ModelRequest, images: Mapping[str, bytes], most: int) -> list[bytes]:
    """Return the bytes of every image of a request, in order.

    Raises:
        RequestFailed: `too-many-images`, or `no-such-image` when the bytes of one were not given.
    """
    wanted = request.images
    if len(wanted) > most:
        raise RequestFailed("too-many-images", f"{request.id}: {len(wanted)} images, the engine takes {most}")
    missing = next((sha256 for sha256 in wanted if sha256 not in images), None)
    if missing is not None:
        raise RequestFailed("no-such-image", f"{request.id}: the bytes of image {missing[:12]} were not given")
    return [images[sha256] for sha256 in wanted]


def unpack(request_id: str, content: bytes) -> Any:
    """Return a PNG as an RGB picture (PIL).

    Raises:
        RequestFailed: `bad-image`, when it is none, damaged or too large.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise RequestFailed("bad-image", f"{request_id}: an image of {image.width} x {image.height} pixels")
            return image.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise RequestFailed("bad-image", f"{request_id}: an image is no PNG ({type(error).__name__})") from error
