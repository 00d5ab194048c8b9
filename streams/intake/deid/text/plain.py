"""A report's characters made plain before it is read: full-width letters, odd blanks, what has no width."""

from __future__ import annotations

import unicodedata

_PLAIN: dict[int, str | None] = {
    **{0xFF01 + at: chr(0x21 + at) for at in range(94) if chr(0x21 + at).isalnum() or chr(0x21 + at) in "-/.@#+"},
    **dict.fromkeys([0x00A0, 0x2007, 0x202F, 0x3000], " "),
    **dict.fromkeys([0x2010, 0x2011, 0x2012], "-"),
    **dict.fromkeys([0x00AD, 0x2060, 0xFEFF, *range(0x200B, 0x2010)], None),
}


def plain(text: str) -> str:
    """Return the text with one form of letters, digits, blanks and line ends; its Chinese punctuation stays.

    >>> plain("Ｌ４／Ｌ５，見\\r\\n")
    'L4/L5，見\\n'
    """
    return unicodedata.normalize("NFC", text).translate(_PLAIN).replace("\r\n", "\n").replace("\r", "\n")
