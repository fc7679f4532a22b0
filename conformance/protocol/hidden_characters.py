"""Characters that nobody sees, but that change how the text around them is shown.

The list stands here and does not come from Python's tables of Unicode, which differ from version to version: the same
results are the same bytes everywhere.
"""

from __future__ import annotations

import re

_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_SEPARATORS = r"\u2028\u2029"
_DIRECTION = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NO_WIDTH = (
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    r"\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_PRIVATE = r"\ue000-\uf8ff\U000f0000-\U0010ffff"
_NO_CHARACTERS = r"\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"

HIDDEN_RANGES = _CONTROLS + _SEPARATORS + _DIRECTION + _NO_WIDTH + _PRIVATE + _NO_CHARACTERS

HIDDEN = re.compile(f"[{HIDDEN_RANGES}]")
"""One such character: controls (a line's end among them), marks of direction, what has no width, private use, halves of
surrogate pairs, and what Unicode says is no character, which XML forbids."""
