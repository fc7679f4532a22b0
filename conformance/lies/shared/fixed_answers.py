"""Answers that do not look at the question, word for word."""

from __future__ import annotations

import json
from typing import Any


def message(text: str) -> dict[str, Any]:
    """A Message with this text, as an endpoint answers it that does not look at the question."""
    return {
        "id": "msg_kept",
        "type": "message",
        "role": "assistant",
        "model": "reference-1",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 2},
    }


def kept(text: str) -> bytes:
    """The body of that Message."""
    return json.dumps(message(text)).encode()
