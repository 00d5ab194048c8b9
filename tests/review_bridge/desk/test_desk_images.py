"""Pictures: the item's own and no other."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from review_samples import planned
from starlette.applications import Starlette
from starlette.testclient import TestClient

from generation.ids import digest
from generation.sources import Figure
from review_bridge.desk.images import Images, image_path
from streams.blobs import BlobStore

PNG = b"\x89PNG\r\n\x1a\n..."


class Store:
    """One sample with one picture."""

    async def get(self, item_id: str) -> SimpleNamespace | None:
        plan = planned().model_copy(update={"figures": (Figure(image=digest(PNG), caption="slice 3"),)})
        return SimpleNamespace(plan=plan) if item_id == plan.id else None


@pytest.fixture
def browser() -> TestClient:
    blobs = BlobStore("memory://desk-images")
    blobs.put_now(PNG)
    blobs.put_now(b"of another item")
    app = Starlette()
    Images(Store(), blobs).add_to(app)  # type: ignore[arg-type]
    return TestClient(app)


def test_a_picture_of_the_item(browser: TestClient) -> None:
    answer = browser.get(image_path(planned().id, digest(PNG)))
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "image/png", PNG)


@pytest.mark.parametrize("address", [digest(b"of another item"), "0" * 64, "..%2f..%2fetc%2fpasswd", "x"])
def test_nothing_else_that_lies_in_the_blob_store(browser: TestClient, address: str) -> None:
    assert browser.get(image_path(planned().id, address)).status_code == 404


def test_no_picture_of_an_item_that_is_not_there(browser: TestClient) -> None:
    assert browser.get(image_path("unknown", digest(PNG))).status_code == 404
