"""What a streamed answer must look like, frame by frame."""

from __future__ import annotations

import re

from conformance.probing.case import case
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange
from conformance.protocol.status import Deviation
from conformance.protocol.stream_rules import Broken, Rule
from conformance.rows.shared import sources
from conformance.rows.stream.sampled_streams import (
    KeptRule,
    RuleFinding,
    everywhere,
    finder,
    judge_streams,
    reading_of,
    streamed_requests,
)

EVENT_STREAM = "text/event-stream"
CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)


def find_content_type(exchange: Exchange) -> RuleFinding:
    """The media type, the charset, and bytes that are no UTF-8."""
    reading = reading_of(exchange)
    if reading is None:
        return RuleFinding(shown=False)
    broken = list(finder(Rule.UTF8)(exchange).broken)
    media = exchange.content_type
    charset = CHARSET.search(exchange.headers.get("content-type", ""))
    if media != EVENT_STREAM:
        told = f"the stream comes as {media or 'no content type'}"
        broken.insert(0, Broken(rule=Rule.UTF8, told=told))
    elif charset and charset[1].lower() not in ("utf-8", "utf8"):
        told = f"the stream comes as charset {charset[1]:.40}"
        broken.append(Broken(rule=Rule.UTF8, told=told, deviation=Deviation.FRAMING))
    return RuleFinding(shown=True, broken=broken)


@row(
    "stream.content_type",
    "MUST answer text/event-stream in UTF-8",
    evidence_kind=EvidenceKind.RULE,
    source=sources.STREAMING,
    everywhere=everywhere(find_content_type),
)
def content_type(run: Run) -> Conversation[Verdict]:
    return (yield from judge_streams(streamed_requests(run), find_content_type))


RULES = (
    (
        "stream.framing",
        "MUST send event: and data: in every frame, with data.type equal to event",
        Rule.FRAMING,
    ),
    (
        "stream.order",
        "MUST follow the event grammar from message_start to message_stop, with nothing after it",
        Rule.ORDER,
    ),
    (
        "stream.blocks",
        "MUST open, fill and close content blocks one at a time, indices 0, 1, 2, …",
        Rule.BLOCKS,
    ),
    (
        "stream.skeletons",
        "MUST open each block with its empty skeleton and fill it with the deltas of its type",
        Rule.SKELETONS,
    ),
    (
        "stream.input_json",
        "MUST stream tool input as partial_json that joins to one JSON object",
        Rule.INPUT_JSON,
    ),
    (
        "stream.message_start",
        "MUST start with a complete empty message whose input_tokens is not zero",
        Rule.MESSAGE_START,
    ),
    (
        "stream.message_delta",
        "MUST end with stop_reason, stop_sequence and the cumulative output_tokens",
        Rule.MESSAGE_DELTA,
    ),
    (
        "stream.no_done",
        "MUST not send data: [DONE]",
        Rule.NO_DONE,
    ),
)
"""The rows that judge one rule of the grammar each."""


def add_rule(row_id: str, title: str, rule: Rule) -> None:
    """Registers the row of one rule. What joins to no JSON may be the model's own doing."""
    elsewhere = everywhere(finder(rule), of_model=rule is Rule.INPUT_JSON)

    @case(row_id, title, evidence_kind=EvidenceKind.RULE, source=sources.STREAMING, everywhere=elsewhere)
    def kept(_: Run) -> KeptRule:
        return KeptRule(rule=rule)


for each in RULES:
    add_rule(*each)
