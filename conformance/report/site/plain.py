"""Text from an endpoint as a page may show it: what cannot be seen, or turns other text around, is spelled out."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters other than tab and line feed, marks of direction, what has no width, tags, and halves of surrogate
pairs. The joiners U+200C and U+200D are left: some scripts, and emoji, are written with them."""


def visible(text: str) -> str:
    """The text with every hidden character as its code point, so that a page shows what is there and no more."""
    return HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text.replace("\r\n", "\n"))


def web_address(url: str | None) -> str | None:
    """The address where it is one of the web; None for any other, which is shown but never made a link."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc and not HIDDEN.search(url) else None
