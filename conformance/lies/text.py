"""Lies about text: the string, the blocks, their cache marker and their citations."""

from __future__ import annotations

from conformance.lies.caching import automatic, cache_lies
from conformance.lies.lie import Lie, failures, untested
from conformance.lies.narrow import NEVER_ANSWERED, along, reported, unclean
from conformance.reference.transforms import answer_copy, drop, keep_first_item, keep_last, put, refuse

BLOCKS = "messages[*].content"
TEXTS = f"{BLOCKS}[type=text]"
OTHERS = f"{BLOCKS}[type!=text]"
"""What no message holds that is text alone."""
CITATIONS = f"{TEXTS}.citations"
STRINGS = (
    "fields.stop_sequences",
    "fields.system",
    "fields.system.array",
    "fields.temperature",
    "fields.temperature.with_top_p",
    "fields.top_k",
    "fields.top_p",
    "fields.cache_control",
    "tools.name",
    "tools.input_schema",
    "tools.description",
    "tool_choice.none",
    "tool_choice.auto",
    "tool_choice.disable_parallel_tool_use",
    "messages.multi_turn",
    "messages.consecutive_roles",
    "messages.prefill",
    "messages.role_system",
    "content.server_tool_use",
    "content.web_search_tool_result",
    "content.code_execution_tool_result",
    "content.mcp_tool_use",
    "content.mcp_tool_result",
)
"""The rows that ask in a string, or of a model that is asked for its skills in one."""
CODES_IN_TEXT = (
    "fields.system",
    "fields.system.array",
    "fields.temperature",
    "fields.temperature.with_top_p",
    "fields.top_k",
    "fields.top_p",
    "messages.multi_turn",
    "messages.consecutive_roles",
    "messages.prefill",
    "messages.role_system",
    "content.text.text",
    "content.tool_use.name",
    "content.image",
    "content.document",
    "content.search_result",
    "content.tool_result.content",
    "content.server_tool_use",
    "content.web_search_tool_result",
    "content.code_execution_tool_result",
    "content.mcp_tool_use",
    "content.mcp_tool_result",
)
"""The rows that are judged by what comes back in text."""
TEXT_ALONE = (
    "content.text.cache_control",
    "content.text.citations",
)
"""The rows with a message, be it in the control, of text blocks alone."""
CACHED_TEXT = ("content.text.cache_control", "response.usage.cache")
MISCOUNTED = (
    "unreported",
    "only_the_template",
    "writing_unreported",
    "never_read",
    "read_uncounted",
    "second_time_refused",
)
UNCOUNTED = (*NEVER_ANSWERED, "dropped", "emptied", "without_usage")
"""What cannot be added up, and what is not there to be."""
ASKED_TO_USE_A_TOOL = [
    f"tools.{name}"
    for name in (
        "strict",
        "input_examples",
        "defer_loading",
        "eager_input_streaming",
        "type_custom",
        "bash",
        "text_editor",
        "memory",
        "computer",
        "web_search",
        "web_fetch",
        "code_execution",
        "tool_search",
    )
]
CLAUDE_CODE = "clients.claude_code.first_request"

ASKED_IN_BLOCKS = ("fields.system", "fields.system.array", "messages.multi_turn")
"""Rows whose codes also come back where the question stands in a block."""

LIES: list[Lie] = [
    Lie(
        row="content.string",
        name="emptied",
        transforms=(put(f"{BLOCKS}[:string]", "..."),),
        status="ignored",
        note="^the code does not come back$",
        moves={
            **untested([row for row in (*STRINGS, *ASKED_TO_USE_A_TOOL) if row not in ASKED_IN_BLOCKS]),
            **untested(["response.stop_sequence", "clients.sdk.tool_loop", "stream.input_json"]),
            "response.usage": "partial",
        },
    ),
    Lie(
        row="content.string",
        name="echoed",
        transforms=(
            answer_copy(
                "content[type=text].text",
                f"{BLOCKS}[:string]",
                beside=f"{BLOCKS}[:string]",
                unless="messages[role=assistant]",
            ),
        ),
        status="untested",
        code="cannot_tell",
        note="echoes its prompt, so a code that comes back proves nothing",
        moves={
            **untested(CODES_IN_TEXT),
            "fields.stop_sequences": "partial",
            "fields.output_config.format": "ignored",
        },
    ),
    Lie(
        row="content.text.text",
        name="last_alone",
        transforms=(keep_last(TEXTS),),
        status="partial",
        code="incomplete",
        note="of 2 text blocks only number 2 is read",
        moves=untested(CACHED_TEXT),
    ),
    Lie(
        row="content.text.text",
        name="first_alone",
        transforms=(keep_first_item(TEXTS),),
        status="partial",
        code="incomplete",
        note="of 2 text blocks only number 1 is read",
    ),
    Lie(
        row="content.text.text",
        name="emptied",
        transforms=(put(f"{TEXTS}.text", "...", unless=OTHERS),),
        status="ignored",
        note="no code comes back",
        moves={**untested(CACHED_TEXT), "messages.prefill": "ignored"},
    ),
    Lie(
        row="content.text.text",
        name="refused",
        transforms=(refuse(TEXTS, "messages.0.content: Input should be a valid string", unless=OTHERS),),
        status="rejected",
        note="Input should be a valid string",
        moves={
            **untested([*TEXT_ALONE, "response.usage.cache"]),
            CLAUDE_CODE: "rejected",
            "messages.prefill": "rejected",
        },
    ),
    *along(
        along(
            reported(
                cache_lies(
                    "content.text.cache_control",
                    f"{TEXTS}.cache_control",
                    unless="system",
                    emptied=put(f"{TEXTS}[cache_control].text", "..."),
                    unasked=automatic(TEXTS, unless="tools"),
                ),
                {"never_read": ("D11",)},
            ),
            {"response.usage.cache": "broken"},
            *MISCOUNTED,
        ),
        {"response.usage.cache": "untested"},
        *UNCOUNTED,
    ),
    *failures("content.text.citations", CITATIONS),
    Lie(
        row="content.text.citations",
        name="dropped",
        transforms=(drop(CITATIONS),),
        status="accepted",
        note="a bad value is accepted as well; the field has no visible effect",
    ),
    Lie(
        row="content.text.citations",
        name="coerced",
        transforms=(put(f"{CITATIONS}[:string]", []),),
        status="accepted",
        note="a bad value is accepted as well; the field has no visible effect",
    ),
    *unclean(
        "content.text.citations",
        "bad_value",
        f"{CITATIONS}[:string]",
        "a bad value",
        short="accepted",
        told="whether a bad one is refused is not known: ",
    ),
    Lie(
        row="content.text.citations",
        name="kind_refused",
        transforms=(refuse(f"{CITATIONS}[type=char_location]"),),
        status="rejected",
        note="HTTP 400: .*'char_location'",
    ),
]
