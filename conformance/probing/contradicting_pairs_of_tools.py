"""The pairs of verdicts about tools, calls and content that cannot both be true of one endpoint: data alone."""

from __future__ import annotations

from conformance.probing.pair_of_rows import (
    BROKEN,
    FAILED,
    IGNORED,
    PARTIAL,
    REFUSED,
    REJECTED,
    SHOWN,
    SUPPORTED,
    TOO_WEAK,
    Pair,
    all_say,
    said,
)

CALLS_WHEN_ASKED = (
    "tools.name",
    "tools.input_schema",
    "tools.description",
    "tools.type_custom",
    "tool_choice.auto",
    "clients.sdk.tool_loop",
    "clients.claude_code.tool_turn",
)


OF_ONE_CALL = r"^(?!.*toolu_01first)"
"""How a refusal reads that is not about the first of two calls: those who send back one call say nothing of two."""


CALLS_SOMEHOW = (
    *CALLS_WHEN_ASKED,
    "tool_choice.any",
    "tool_choice.tool",
    "tool_choice.disable_parallel_tool_use",
    "tools.strict",
    "tools.bash",
    "tools.text_editor",
    "tools.memory",
    "tools.computer",
    "replay.tool_use",
    "response.tool_use",
)


HISTORY_OF_A_CALL = (
    "content.tool_use.id",
    "content.tool_use.input",
    "content.tool_use.name",
    "content.tool_result.tool_use_id",
    "content.tool_result.content",
)


TYPES_OF_CHOICE = ("tool_choice.none", "tool_choice.any", "tool_choice.auto", "tool_choice.tool")


OF_TOOLS = [
    Pair(
        one=said("*", words=(TOO_WEAK,), note=r"calls a tool when it is asked to in 0 of"),
        other=said(*CALLS_WHEN_ASKED, words=SHOWN),
        why="a call came where one was asked for",
    ),
    Pair(
        one=said(
            "*", words=(TOO_WEAK,), note="no answer of this run calls a tool|calls no tool, asked to or forced to"
        ),
        other=said(*CALLS_SOMEHOW, words=SHOWN),
        why="an answer of this run calls a tool",
    ),
    Pair(
        one=said("response.tool_use", "response.stop_reason", words=(BROKEN,), note="stop_reason is tool_use, but no"),
        other=said(
            "*",
            words=(TOO_WEAK,),
            note="no tool is called|calls a tool when it is asked to in 0 of|no answer of this run calls a tool|"
            "calls no tool, asked to or forced to",
        ),
        why="the model called a tool, and its call was lost",
    ),
    Pair(
        one=said("tool_choice.object_form", words=(SUPPORTED,)),
        other=all_say(*TYPES_OF_CHOICE, words=(REJECTED, IGNORED, BROKEN)),
        why="the object form is honoured, although none of its types is",
    ),
    Pair(
        one=said("tool_choice.object_form", words=(IGNORED, REJECTED)),
        other=said("tool_choice.none", "tool_choice.any", "tool_choice.tool", words=SHOWN),
        why="these are asked for in the object form",
    ),
    Pair(
        one=said(*HISTORY_OF_A_CALL, words=REFUSED, note=OF_ONE_CALL),
        other=said("replay.tool_use", "clients.sdk.tool_loop", "clients.claude_code.tool_turn", words=SHOWN),
        why="these send back a call and its result, in which that part stands",
    ),
    Pair(
        one=said(*HISTORY_OF_A_CALL, words=REFUSED, note=OF_ONE_CALL),
        other=said("errors.tool_pairing", words=(SUPPORTED,)),
        why="a call with its result is answered there",
    ),
    Pair(
        one=said("clients.claude_code.first_request", words=FAILED),
        other=said("clients.claude_code.tool_turn", words=SHOWN),
        why="the second turn carries every part of the first",
    ),
]


IN_CLAUDE_CODES_REQUEST = (
    "content.text.text",
    "content.text.cache_control",
    "endpoints.beta_query",
    "fields.metadata",
    "fields.output_config.effort",
    "fields.system.array",
    "fields.system.cache_control",
    "fields.thinking.adaptive",
    "headers.anthropic_beta",
    "messages.role_system",
)


OF_CONTENT = [
    Pair(
        one=said(*IN_CLAUDE_CODES_REQUEST, words=FAILED, note=r"^(?!a stream where one JSON body)"),
        other=said("clients.claude_code.first_request", words=(SUPPORTED,)),
        why="Claude Code's request has it, and is answered",
    ),
    Pair(
        one=said("content.document", words=(IGNORED, REJECTED, BROKEN)),
        other=said("content.document.citations", words=(SUPPORTED, PARTIAL, IGNORED, TOO_WEAK)),
        why="of a document that is not read nothing can be cited, whatever the model is",
    ),
    Pair(
        one=said("content.tool_result.content", words=(IGNORED, REJECTED, BROKEN)),
        other=said("content.tool_result.*", "content.tool_use.id", "content.tool_reference", words=(TOO_WEAK,)),
        why="of results that are not read no model can say anything",
    ),
    Pair(
        one=said("fields.system", words=(IGNORED, REJECTED, BROKEN)),
        other=said("fields.system.array", words=(TOO_WEAK,)),
        why="a system prompt is not followed here by any model",
    ),
    Pair(
        one=said("content.image", words=(IGNORED, REJECTED, BROKEN)),
        other=said("content.tool_result.content.image", words=(IGNORED, TOO_WEAK)),
        why="an image that is not seen anywhere is no matter of tool results",
    ),
    Pair(
        one=said("messages.multi_turn", words=FAILED),
        other=said("replay.text", words=(SUPPORTED,)),
        why="a replay is a conversation of several turns",
    ),
]
