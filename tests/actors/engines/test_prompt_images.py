from __future__ import annotations

import io

import pytest
from engine_contract import make
from PIL import Image

from actors.engines import images
from actors.engines.errors import RequestFailed
from actors.engines.images import given, unpack
from generation.requests import Turn

TWO = make("two", turns=(Turn(role="user", text="?", images=("a" * 64, "b" * 64)),))


def packed(mode: str = "RGB", kind: str = "PNG", size: tuple[int, int] = (4, 3)) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


def test_images_come_in_the_order_of_the_request() -> None:
    assert given(TWO, {"b" * 64: b"B", "a" * 64: b"A"}, 2) == [b"A", b"B"]


@pytest.mark.parametrize(
    ("offered", "most", "reason"),
    [({"a" * 64: b"A"}, 2, "no-such-image"), ({"a" * 64: b"A", "b" * 64: b"B"}, 1, "too-many-images")],
)
def test_what_is_missing_or_too_much_is_refused(offered: dict[str, bytes], most: int, reason: str) -> None:
    with pytest.raises(RequestFailed) as caught:
        given(TWO, offered, most)
    assert caught.value.reason == reason
    assert TWO.id in str(caught.value)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "I;16", "1"])
def test_a_png_of_any_kind_becomes_rgb(mode: str) -> None:
    picture = unpack("x", packed(mode))
    assert (picture.mode, picture.size) == ("RGB", (4, 3))


@pytest.mark.parametrize("content", [b"", b"no image", packed()[:-30], packed(kind="GIF"), packed(kind="JPEG")])
def test_what_is_no_png_is_refused(content: bytes) -> None:
    with pytest.raises(RequestFailed, match="bad-image"):
        unpack("x/draft/0", content)


def test_a_picture_that_is_too_large_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_PIXELS", 11)
    monkeypatch.setattr(Image.Image, "convert", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(RequestFailed, match="4 x 3"):
        unpack("x", packed())
