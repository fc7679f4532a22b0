"""Lies about the tools that the endpoint itself runs."""

from __future__ import annotations

from typing import Any

from conformance.lies.client_tools import lie, only_in_one_mode, under_beta
from conformance.lies.lie import Lie, failures
from conformance.reference import faults
from conformance.reference.transforms import answer_drop, answer_put, drop, put, refuse, refuse_header

USE = "content[type=server_tool_use]"
HANDED = "is handed to the client as tool_use, and not run"
UNOWNED = "belongs to no server_tool_use of the answer"
TEXT = {"type": "text", "text": "I have done as you asked."}


def function(name: str, key: str) -> dict[str, Any]:
    """What a gateway makes of a server tool for a model that knows only functions."""
    schema = {"type": "object", "properties": {key: {"type": "string"}}, "required": [key]}
    return {"name": name, "input_schema": schema}


def server_lies(row: str, kind: str, name: str, key: str, result: str, beta: str) -> list[Lie]:
    """The lies about one server tool of type `kind`, whose input has `key` and whose result block is `result`."""
    typed = f"tools[type={kind}]"
    block = f"content[type={result}]"
    failed = {"type": f"{result}_error", "error_code": "unavailable"}
    silent = answer_drop("usage.server_tool_use", beside=typed)
    return [
        *failures(row, typed),
        lie(row, "dropped", drop(typed), status="ignored", note=f"{name} is not run"),
        lie(
            row,
            "handed_to_the_client",
            put(typed, function(name, key)),
            status="ignored",
            note=f"{name} {HANDED}",
        ),
        lie(
            row,
            "told_in_words",
            answer_put("content[*]", TEXT, beside=typed),
            silent,
            answer_drop("container", beside=typed),
            status="ignored",
            note=f"{name} is not run",
        ),
        lie(
            row,
            "error_for_a_result",
            answer_put(f"{block}.content", failed),
            answer_drop("content[type=text]", beside=typed),
            answer_drop("content[type=tool_use]", beside=typed),
            status="partial",
            code="incomplete",
            note="the tool is run, and fails: unavailable",
        ),
        lie(
            row,
            "result_of_another_use",
            answer_put(f"{block}.tool_use_id", "srvtoolu_0"),
            status="partial",
            code="incomplete",
            note=f"the {result} {UNOWNED}",
        ),
        lie(
            row,
            "result_without_its_use",
            answer_drop(USE, beside=typed),
            status="partial",
            code="incomplete",
            note=f"the {result} {UNOWNED}",
        ),
        lie(
            row,
            "use_without_its_result",
            answer_drop(block, beside=typed),
            answer_drop("content[type=text]", beside=typed),
            answer_drop("content[type=tool_use]", beside=typed),
            silent,
            status="ignored",
            note="a server_tool_use block stands without any result",
        ),
        lie(
            row,
            "paused_for_ever",
            answer_drop(block, beside=typed),
            answer_drop("content[type=text]", beside=typed),
            answer_drop("content[type=tool_use]", beside=typed),
            answer_put("stop_reason", "pause_turn", beside=typed),
            silent,
            status="untested",
            code="model_too_weak",
            note="the turn is paused before any result",
        ),
        lie(
            row,
            "schema_demanded",
            refuse(typed, "tools.0.custom.input_schema: Field required"),
            status="rejected",
            note="HTTP 400: tools.0.custom.input_schema: Field required",
            reports=("O02",) if kind.startswith("web_search") else (),
        ),
        *only_in_one_mode(row, typed, answer_put("content[*]", TEXT), f"{name} is not run"),
        *under_beta(row, typed, beta),
    ]


CODE_ROW = "tools.code_execution"
CODE = "tools[type=code_execution_20250825]"
RESULT = "bash_code_execution_tool_result"

CODE_EXECUTION = [
    *server_lies(CODE_ROW, "code_execution_20250825", "code_execution", "code", RESULT, "code-execution-2025-08-25"),
    lie(
        CODE_ROW,
        "unshown",
        answer_drop(USE, beside=CODE),
        answer_drop(f"content[type={RESULT}]"),
        status="partial",
        code="unreported",
        note="code is run, but the answer has no result block of it",
    ),
    lie(
        CODE_ROW,
        "no_container",
        answer_drop("container", beside=CODE),
        status="partial",
        code="unreported",
        note="code is run, but the answer names no container",
    ),
    lie(
        CODE_ROW,
        "container_as_text",
        answer_put("container", "container_1", beside=CODE),
        status="partial",
        code="unreported",
        note="code is run, but the answer names no container",
    ),
    lie(
        CODE_ROW,
        "made_up_output",
        answer_put(f"content[type={RESULT}].content.stdout", "0" * 64),
        answer_drop("content[type=text]", beside=CODE),
        status="untested",
        code="model_too_weak",
        note="a program is run, but it does not print what was asked for",
    ),
    lie(
        CODE_ROW,
        "made_up_in_words",
        answer_put("content[*]", {"type": "text", "text": f"The SHA-256 is {'0' * 64}."}, beside=CODE),
        status="ignored",
        note="code_execution is not run",
    ),
]

TOOL_ROW = "tools.tool_search"
REGEX = "tools[type=tool_search_tool_regex_20251119]"
BM25 = "tools[type=tool_search_tool_bm25_20251119]"
FOUND = "content[type=tool_search_tool_result].content.tool_references"

# Where the search by regex is refused, the one by bm25 is asked for as well.
BY_REGEX_ALONE = ("refused", "forbidden", "schema_demanded", "behind_its_beta", "beta_refused_as_well")

TOOL_SEARCH = [
    *(
        each
        for each in server_lies(
            TOOL_ROW,
            "tool_search_tool_regex_20251119",
            "tool_search_tool_regex",
            "pattern",
            "tool_search_tool_result",
            "advanced-tool-use-2025-11-20",
        )
        if each.name not in (*BY_REGEX_ALONE, "crashes_under_its_beta")
    ),
    lie(
        TOOL_ROW,
        "regex_refused",
        refuse(REGEX),
        status="partial",
        code="one_form",
        note="the search by bm25 is run, the one by regex refused: HTTP 400: ",
    ),
    lie(TOOL_ROW, "refused", refuse(REGEX), refuse(BM25), status="rejected", note="HTTP 400: .*regex"),
    lie(
        TOOL_ROW,
        "forbidden",
        *(faults.fail(403, path, "Not in your plan") for path in (REGEX, BM25)),
        status="rejected",
        note="HTTP 403: Not in your plan",
    ),
    lie(
        TOOL_ROW,
        "behind_its_beta",
        *(refuse(path, unless="$headers.anthropic-beta") for path in (REGEX, BM25)),
        status="partial",
        code="one_form",
        note="known only with the header anthropic-beta: advanced-tool-use-2025-11-20; without it HTTP 400: ",
    ),
    lie(
        TOOL_ROW,
        "beta_refused_as_well",
        *(refuse(path, unless="$headers.anthropic-beta") for path in (REGEX, BM25)),
        refuse_header("anthropic-beta", "advanced-tool-use-2025-11-20"),
        status="rejected",
        note="HTTP 400: ",
    ),
    lie(
        TOOL_ROW,
        "deferred_tools_refused",
        refuse("tools[*].defer_loading"),
        status="untested",
        code="prerequisite_refused",
        note="the search is taken, but no deferred tool: HTTP 400: ",
    ),
    lie(
        TOOL_ROW,
        "nothing_deferred",
        drop("tools[*].defer_loading"),
        status="ignored",
        note="the deferred tool is called at once, without any search",
    ),
    lie(
        TOOL_ROW,
        "nothing_found",
        answer_put(FOUND, []),
        status="partial",
        code="incomplete",
        note="the search does not find the deferred tool",
    ),
    lie(
        TOOL_ROW,
        "references_left_out",
        answer_drop(FOUND),
        status="partial",
        code="incomplete",
        note="the result has no tool_references",
    ),
    lie(
        TOOL_ROW,
        "call_swallowed",
        answer_drop("content[type=tool_use]", beside=REGEX),
        status="partial",
        code="incomplete",
        note="stop_reason is tool_use, but no tool is called",
    ),
]

LIES: list[Lie] = [*CODE_EXECUTION, *TOOL_SEARCH]
