"""What the events of a stream must hold: the message of message_start, the skeletons of blocks, and their deltas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.protocol.status import Deviation
from conformance.protocol.stream_rules import Rule

CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")

OF_ONE_ANSWER = ("text", "thinking", "redacted_thinking", "tool_use")
"""The blocks of an answer whose usage counts it alone: where tools run on the server, or the conversation is compacted,
usage adds up several, or leaves some to `usage.iterations`."""

DELTAS_OF = {
    "text": {"text_delta", "citations_delta"},
    "thinking": {"thinking_delta", "signature_delta"},
    "compaction": {"compaction_delta"},
    **{kind: {"input_json_delta"} for kind in CALLS},
}
"""Which deltas fill which block; a block that is not here comes complete in its start event."""

DELTA_TEXT = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}

Flaw = tuple[str, Deviation | None]
"""What is wrong, and the deviation where clients survive it."""

MOST_TOKENS = 2**53

CACHED = ("cache_read_input_tokens", "cache_creation_input_tokens")
PROMPT_COUNTS = ("input_tokens", *CACHED)


def count_of(usage: object, key: str) -> int | None:
    """A count in usage; None where there is none."""
    value = usage.get(key) if isinstance(usage, Mapping) else None
    counted = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS
    return value if counted else None


def flaws_of_message(message: Mapping[str, Any]) -> Iterator[Flaw]:
    """What a message_start's message lacks, but for its content and its stop_reason."""
    for key, due in (("type", "message"), ("role", "assistant")):
        if message.get(key) != due:
            yield f"message_start has {key} {message.get(key)!r:.60}, not {due!r}", None
    for key in ("id", "model"):
        if not isinstance(message.get(key), str) or not message[key]:
            yield f"message_start has {key} {message.get(key)!r:.60}, not a name", None
    for key in ("stop_reason", "stop_sequence"):
        if key not in message:
            yield f"message_start has no {key}, not even null", None
    if message.get("stop_sequence") is not None:
        yield "message_start already has a stop_sequence", None
    usage = message.get("usage")
    for key in ("input_tokens", "output_tokens"):
        if count_of(usage, key) is None:
            yield f"message_start has no count of {key}", None
    if count_of(usage, "input_tokens") == 0 and not any(count_of(usage, key) for key in CACHED):
        yield "message_start has input_tokens 0 although there was a prompt", Deviation.IMPLAUSIBLE


def flaws_of_skeleton(block: Mapping[str, Any]) -> Iterator[Flaw]:
    """What is wrong with the block of a content_block_start; blocks that come complete are taken as they are."""
    kind = block["type"]
    if kind in ("text", "thinking") and block.get(kind) != "":
        yield f"a {kind} block starts with {kind} {block.get(kind)!r:.60} instead of an empty one", None
    # One that is never signed needs no empty signature; that it is not signed is the finding of another row.
    if kind == "thinking" and block.get("signature") not in (None, ""):
        yield f"a thinking block starts with signature {block['signature']!r:.60} instead of an empty one", None
    if kind in CALLS:
        # A call that code makes comes whole, without a delta.
        if block.get("input") != {} and not (called_by_code(block) and isinstance(block.get("input"), dict)):
            yield f"a {kind} block starts with input {block.get('input')!r:.60} instead of {{}}", None
        for key in ("id", "name"):
            if not isinstance(block.get(key), str) or not block[key]:
                yield f"a {kind} block starts with {key} {block.get(key)!r:.60}, not a name", None


def called_by_code(block: Mapping[str, Any]) -> bool:
    """Was a tool called by code that runs on the server, and not by the model itself?"""
    caller = block.get("caller")
    kind = caller.get("type") if isinstance(caller, Mapping) else None
    return isinstance(kind, str) and kind != "direct"


def flaws_of_counts(
    before: object, told: Mapping[str, Any], content: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Rule, str]]:
    """What is wrong with the counts of the prompt that a message_delta says once more; clients take them in place of
    those of message_start. Nothing is said of usage that counts more than this answer.

    the whole falls to less than half, or to 0       the fault of message_delta
    a count of the cache that message_start left 0   the fault of message_start
    """
    if not all(block.get("type") in OF_ONE_ANSWER for block in content):
        return
    first = {key: count_of(before, key) or 0 for key in PROMPT_COUNTS}
    again = {key: count_of(told, key) for key in PROMPT_COUNTS}
    last = {key: first[key] if again[key] is None else again[key] or 0 for key in PROMPT_COUNTS}
    if sum(last.values()) * 2 < sum(first.values()):
        key = next(each for each in PROMPT_COUNTS if last[each] < first[each])
        yield Rule.MESSAGE_DELTA, f"message_delta has {key} {last[key]} where message_start had {first[key]}"
    for key in CACHED:
        if last[key] and not first[key]:
            yield Rule.MESSAGE_START, f"message_start has no {key} where message_delta has {last[key]}"
