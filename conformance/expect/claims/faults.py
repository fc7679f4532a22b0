"""Faults of the wire that vendors document, and how a verdict's note tells each."""

from __future__ import annotations

import re
from collections.abc import Collection

FAULTS = {
    "done_sentinel": re.compile(r"data: \[DONE\]"),
    "zero_usage_at_start": re.compile(r"message_start has input_tokens 0"),
    "unsigned_thinking": re.compile(r"(carries|has) no signature|without an? (empty )?signature"),
}
"""By the name that a claim gives it."""


def is_documented(faults: Collection[str], note: str) -> bool:
    """Is what the note tells one of these documented faults?"""
    return any(FAULTS[name].search(note) for name in faults)
