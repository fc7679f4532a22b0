"""A deterministic tokenizer: a token is up to five letters, three digits or two signs, with the blanks before it.

Somewhat finer than a real one: of a tool's JSON it makes 74 tokens where SmolLM2's makes 62, of prose 55 where that
makes 49.
"""

from __future__ import annotations

import re
from functools import lru_cache

TOKEN = re.compile(r"\s*(?:[A-Za-z]{1,5}|\d{1,3}|[^\W\d_A-Za-z]{1,2}|[^\w\s]{1,2}|_)|\s+")


@lru_cache(maxsize=1024)
def count_tokens(text: str) -> int:
    """How many tokens a text has."""
    return len(TOKEN.findall(text))


def first_tokens(text: str, limit: int) -> str:
    """The text's first `limit` tokens."""
    end = 0
    for number, token in enumerate(TOKEN.finditer(text)):
        if number >= limit:
            break
        end = token.end()
    return text[:end]
