"""Rows that send back what came, or read what others measure, and so are taken along by lies about those.

Said here once for all lies of a row, not beside each: these rows need calls, thinking or results as others show them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from conformance.lies.lie import Lie, untested
from conformance.lies.neighbours import NEIGHBOURS

ARRAY, IMAGE = "content.tool_result.content.array", "content.tool_result.content.image"
REFERENCE, FETCHED, STRANGER = "content.tool_reference", "content.web_fetch_tool_result", "content.unknown"
INPUT, TEXT_BLOCKS = "content.tool_use.input", "content.text.text"
TEXT, CALL, THOUGHT = "replay.text", "replay.tool_use", "replay.thinking"
TOOL_TURN, COUNT = "clients.claude_code.tool_turn", "endpoints.count_tokens"
IN_BLOCKS = (ARRAY, IMAGE, REFERENCE)
SAME = "the same"
"""For a row that meets just what the lie's own row meets."""
UNANSWERED = "refused|forbidden|crashed|overloaded|page|error_in_200|foreign|empty|hangs|cut"

REFUSALS = (
    *(f"errors.{name}" for name in ("invalid_key", "unknown_model", "missing_max_tokens", "missing_messages")),
    *(f"errors.{name}" for name in ("malformed_json", "bad_types", "tool_pairing")),
    *("endpoints.models.retrieve", "endpoints.batches", "endpoints.files"),
)
"""Rows that ask for an error.type by its name."""
WITHOUT_TYPE = "error_as_text|error_as_array|error_missing|kind_\\w+|page|plain|streamed|empty|as_array|words_as_json"

TAKEN_ALONG: tuple[tuple[str, Mapping[str, str]], ...] = (
    (r"errors\.envelope/of_a_framework", dict.fromkeys(REFUSALS, "partial")),
    (rf"errors\.envelope/({WITHOUT_TYPE})", {"errors.missing_max_tokens": "partial"}),
    (r"stream\.order/(ends_after_the_blocks|ends_inside_a_block)", {"stream.message_delta": "broken"}),
    (r"fields\.thinking/(unknown|hidden|renamed)", untested([THOUGHT])),
    (r"fields\.thinking/(unsigned\w*|signature_empty)", {THOUGHT: "broken"}),
    (r"fields\.thinking\.budget_tokens/thinking_refused", untested([THOUGHT])),
    (r"tools\.name/(called_in_words|foreign_call|dropped)", untested([REFERENCE, CALL, THOUGHT])),
    (r"tools\.name/(renamed|nameless)", {REFERENCE: "ignored"}),
    (r"tools\.name/renamed", untested([TOOL_TURN])),
    (r"tools\.name/nameless", {CALL: "broken", THOUGHT: "broken"}),
    (r"content\.string/emptied", untested([FETCHED, THOUGHT])),
    (
        r"content\.string/echoed",
        untested(["content.document.pdf", "content.document.content", ARRAY, IMAGE, FETCHED, INPUT]),
    ),
    (
        r"content\.text\.text/refused",
        untested(
            [
                TEXT,
            ]
        ),
    ),
    (rf"content\.thinking/({UNANSWERED}|signature_(forbidden|lost)|crashed_over_signature)", {THOUGHT: "broken"}),
    (r"content\.thinking/limited\w*", untested([THOUGHT])),
    (
        r"content\.tool_(use\.id|result\.tool_use_id)/(refused|crashed|in_the_wrong_role)",
        {**untested(IN_BLOCKS), CALL: "broken", THOUGHT: "broken"},
    ),
    (r"content\.tool_result\.tool_use_id/refused_beside_text", untested(IN_BLOCKS)),
    (r"content\.tool_result\.content/(dropped|replaced)", untested([ARRAY, IMAGE, REFERENCE])),
    # What is asked in text beside results is not answered.
    (r"content\.tool_(use\.input|result\.content)/answer_fixed", {**untested([ARRAY, IMAGE]), TEXT_BLOCKS: "partial"}),
    (r"content\.tool_result\.is_error/always_yes", {**untested([ARRAY, IMAGE]), TEXT_BLOCKS: "partial"}),
    (r"content\.tool_result\.tool_use_id/refused_beside_text", {TEXT_BLOCKS: "partial"}),
    (
        r"response\.envelope/(text_for_a_block|untyped_block|block_with_a_number_for_a_type)",
        {TEXT: "broken", CALL: "broken", THOUGHT: "broken"},
    ),
    # Claude Code's second turn holds these blocks as well.
    (
        rf"content\.thinking/({UNANSWERED}|limited|signature_forbidden|signature_lost|\w+_over_signature)",
        {TOOL_TURN: SAME},
    ),
    (r"content\.tool_(use\.id|result\.tool_use_id)/(refused|crashed)", {TOOL_TURN: SAME}),
    (rf"content\.tool_result\.cache_control/({UNANSWERED}|limited|flickers)", {TOOL_TURN: SAME}),
    # Nothing calls for a second turn where the first one is refused, or calls no tool.
    (r"headers\.anthropic_beta/(refused|dropped)", untested([TOOL_TURN])),
    (r"fields\.thinking/unknown|fields\.thinking\.budget_tokens/thinking_refused", untested([TOOL_TURN])),
    (r"tools\.name/(dropped|called_in_words|foreign_call)", untested([TOOL_TURN])),
    (r"content\.text\.(text/(first_alone|emptied|refused)|cache_control/emptied)", untested([TOOL_TURN])),
    # What it answered itself is refused when it comes back.
    (r"fields\.thinking/renamed", {TOOL_TURN: "rejected"}),
    # It leaves out a thought whose signature is refused, and knows no tool that has another name.
    (r"fields\.thinking/(unsigned(_streamed)?|signature_empty)", {TOOL_TURN: "partial"}),
    (r"tools\.name/nameless", untested([TOOL_TURN])),
    # Neither the count nor usage grows with what is counted.
    (r"fields\.system/dropped_and_uncounted|content\.string/emptied", {COUNT: "partial"}),
    (r"content\.container_upload/refused_where_strangers_pass", {STRANGER: "ignored"}),
)
"""Patterns of a lie's id, and what the lies that match take along."""


def taken_along(lies: Iterable[Lie]) -> tuple[Lie, ...]:
    """The lies with the rows that they take along beside those that they declare themselves."""
    return tuple(replace(lie, moves={**_along(lie), **lie.moves}) for lie in lies)


def _along(lie: Lie) -> dict[str, str]:
    matching = (moves for pattern, moves in TAKEN_ALONG if re.fullmatch(pattern, lie.id))
    neighbours = (moves for row, names, moves in NEIGHBOURS if row == lie.row and lie.name in names.split())
    taken = {row: status for moves in (*matching, *neighbours) for row, status in moves.items() if row != lie.row}
    return {row: lie.status if status == SAME else status for row, status in taken.items()}
