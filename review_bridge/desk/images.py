"""The pictures of an item, for those who have signed in: only the item's own, by the address its plan names."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from review_bridge.store import SampleStore
from streams.blobs import BlobStore
from streams.errors import BlobDamaged, BlobMissing


def image_path(item_id: str, address: str) -> str:
    """Return the path of a picture."""
    return f"/images/{item_id}/{address}"


class Images:
    """Serves pictures."""

    def __init__(self, store: SampleStore, blobs: BlobStore) -> None:
        self._store = store
        self._blobs = blobs

    def add_to(self, app: Starlette) -> None:
        """Add the route to an application."""
        app.add_route(image_path("{item}", "{address}"), self.get, methods=["GET"])

    async def get(self, request: Request) -> Response:
        """Return a picture of an item; whatever is none of its own is not found."""
        sample = await self._store.get(request.path_params["item"])
        address = request.path_params["address"]
        own = sample.plan.figures if sample is not None and sample.plan is not None else ()
        if address not in {figure.image for figure in own}:
            return PlainTextResponse("This item has no such picture.", 404)
        try:
            return Response(await self._blobs.get(address), media_type="image/png")
        except (BlobMissing, BlobDamaged):
            return PlainTextResponse("The picture is not in the blob store any more.", 404)
