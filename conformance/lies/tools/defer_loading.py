"""Lies about a tool whose definition stays out of the prompt."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.tools import CALLS, WORDS, lie, under_beta
from conformance.reference.transforms import answer_put, drop, put, refuse

DEFERRED_ROW = "tools.defer_loading"
DEFERRED = "tools[*].defer_loading"
CALLED_AT_ONCE = "the deferred tool is called at once, so it is in the prompt"

LIES: list[Lie] = [
    *failures(DEFERRED_ROW, DEFERRED, unless="tools[name=tool_search_tool_regex]"),
    lie(DEFERRED_ROW, "dropped", drop(DEFERRED), status="ignored", note=CALLED_AT_ONCE),
    lie(DEFERRED_ROW, "turned_off", put(DEFERRED, False), status="ignored", note=CALLED_AT_ONCE),
    lie(
        DEFERRED_ROW,
        "tool_dropped",
        drop("tools[defer_loading]"),
        status="partial",
        code="incomplete",
        note="and nothing brings the tool back: after a tool_reference .*; beside a tool search it is not called",
    ),
    lie(
        DEFERRED_ROW,
        "never_brought_in",
        answer_put(CALLS, WORDS, beside=DEFERRED),
        status="partial",
        code="incomplete",
        note=r"the prompt is \d+ tokens shorter, and nothing brings the tool back: after a tool_reference it is not",
    ),
    lie(
        DEFERRED_ROW,
        "references_refused",
        refuse("messages[*].content[type=tool_result].content[type=tool_reference]"),
        answer_put(CALLS, WORDS, beside=DEFERRED),
        status="partial",
        code="incomplete",
        note="nothing brings the tool back: after a tool_reference HTTP 400: ",
    ),
    lie(
        DEFERRED_ROW,
        "in_the_prompt_and_uncalled",
        drop(DEFERRED),
        answer_put(CALLS, WORDS, beside=DEFERRED),
        status="untested",
        code="cannot_tell",
        note="not called, but it makes the prompt only 0 tokens shorter",
    ),
    *(
        each
        for each in under_beta(DEFERRED_ROW, DEFERRED, "advanced-tool-use-2025-11-20")
        if each.name == "beta_refused_as_well"
    ),
]
