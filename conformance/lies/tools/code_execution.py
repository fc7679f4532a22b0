"""Lies about code execution, which the endpoint itself runs."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.server_tools import USE, server_lies
from conformance.lies.shared.tools import lie
from conformance.reference.transforms import answer_drop, answer_put

CODE_ROW = "tools.code_execution"
CODE = "tools[type=code_execution_20250825]"
RESULT = "bash_code_execution_tool_result"

LIES: list[Lie] = [
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
