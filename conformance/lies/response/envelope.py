"""Lies about the envelope of an answer."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie
from conformance.reference.transforms import Transform, answer_add, answer_default, answer_drop, answer_put


def envelope(name: str, transform: Transform, **due: Any) -> Lie:
    """A lie about the Message itself; unless told otherwise it breaks the row."""
    return Lie(row="response.envelope", name=name, transforms=(transform,), **{"status": "broken", **due})


def leftover(key: str, value: Any) -> Lie:
    """A key of another protocol beside the official ones."""
    return envelope(
        key,
        answer_default(key, value),
        status="partial",
        code="extra_keys",
        note=f"leftovers of another protocol: {key}$",
    )


LIES: list[Lie] = [
    envelope("other_type", answer_put("type", "completion"), note="type is 'completion', not 'message'"),
    envelope("typeless", answer_drop("type"), note="type is None, not 'message'"),
    envelope("other_role", answer_put("role", "model"), note="role is 'model', not 'assistant'"),
    envelope("roleless", answer_drop("role"), note="role is None, not 'assistant'"),
    envelope(
        "same_id",
        answer_put("id", "msg_mock_warmup"),
        note="two answers have the same id 'msg_mock_warmup'",
        reports=("B18",),
    ),
    envelope("no_id", answer_drop("id"), note="id is None, not a string"),
    envelope("null_id", answer_put("id", None), note="id is None, not a string"),
    envelope("empty_id", answer_put("id", ""), note="id is '', not a string"),
    envelope("numeric_id", answer_put("id", 7), note="id is 7, not a string"),
    envelope("no_model", answer_drop("model"), note="model is None, not a string"),
    envelope("empty_model", answer_put("model", ""), note="model is '', not a string"),
    envelope("model_as_object", answer_put("model", {"name": "x"}), note="model is {'name': 'x'}, not a string"),
    envelope(
        "text_for_a_block",
        answer_add("content", "OK", unless="stream[:true]"),
        note="content.1 is not a block with a type",
    ),
    envelope(
        "untyped_block",
        answer_add("content", {"text": "OK"}, unless="stream[:true]"),
        note="content.1 is not a block with a type",
    ),
    envelope(
        "block_with_a_number_for_a_type",
        answer_add("content", {"type": 1, "text": "OK"}, unless="stream[:true]"),
        note="content.1 is not a block with a type",
    ),
    leftover("object", "chat.completion"),
    leftover("created", 1_700_000_000),
    leftover("system_fingerprint", "fp_1"),
]
